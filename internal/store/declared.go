package store

import (
	"context"
	"fmt"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

// Declared is [hub.Store.Declared]: the lines of all lists of a site, oldest list
// first.
func (db *DB) Declared(ctx context.Context, site int64) ([]hub.Declared, error) {
	return collect(ctx, db.readers, scanDeclared, "SELECT d.id, l.name, d.line, d.fields, d.device FROM declared d JOIN asset_list l ON l.id = d.list WHERE d.site = ? ORDER BY d.id", site)
}

// DeclaredOf gives the lines of asset lists that are one device.
func (db *DB) DeclaredOf(ctx context.Context, site int64, device string) ([]hub.Declared, error) {
	return collect(ctx, db.readers, scanDeclared, "SELECT d.id, l.name, d.line, d.fields, d.device FROM declared d JOIN asset_list l ON l.id = d.list WHERE d.site = ? AND d.device = ? ORDER BY d.id", site, device)
}

func scanDeclared(r scanner) (d hub.Declared, err error) {
	err = r.Scan(&d.ID, &d.List, &d.Line, &d.Fields, &d.Device)
	return d, err
}

// An AssetList is one list that was taken in.
type AssetList struct {
	ID      int64     `json:"id"`
	Site    int64     `json:"site"`
	Name    string    `json:"name"`
	Mapping []byte    `json:"-"` // JSON of asset.Mapping
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Rows    int64     `json:"rows"`
	Matched int64     `json:"matched"` // lines that are a device that was seen
}

// AssetLists gives the lists of a site, newest first.
func (db *DB) AssetLists(ctx context.Context, site int64) ([]AssetList, error) {
	return collect(ctx, db.readers, func(r scanner) (l AssetList, err error) {
		var at int64
		err = r.Scan(&l.ID, &l.Site, &l.Name, &l.Mapping, &l.By, &at, &l.Rows, &l.Matched)
		l.At = when(at)
		return l, err
	}, `SELECT l.id, l.site, l.name, l.mapping, l.by, l.at, count(d.id), count(CASE WHEN d.device LIKE 'd-%' THEN 1 END)
		FROM asset_list l LEFT JOIN declared d ON d.list = l.id WHERE l.site = ? GROUP BY l.id ORDER BY l.id DESC`, site)
}

// AddDeclared is [hub.Tx.AddDeclared]. A list takes the place of one with the
// same name. It sets the IDs of rows.
func (t *Tx) AddDeclared(site int64, list string, mapping []byte, by string, rows []hub.Declared) error {
	if list == "" {
		return fmt.Errorf("%w: an asset list needs a name", hub.ErrInvalid)
	}
	if _, err := t.exec("DELETE FROM asset_list WHERE site = ? AND name = ?", site, list); err != nil {
		return fmt.Errorf("add asset list %q: %w", list, err)
	}
	id, err := t.insert("INSERT INTO asset_list (site, name, mapping, by, at) VALUES (?, ?, ?, ?, ?)", site, list, string(mapping), by, nano(t.db.now()))
	switch {
	case orphan(err):
		return fmt.Errorf("site %d: %w", site, hub.ErrNotFound)
	case err != nil:
		return fmt.Errorf("add asset list %q: %w", list, err)
	}
	for i := range rows {
		r := &rows[i]
		if i%1000 == 0 {
			if err := t.alive(); err != nil {
				return err
			}
		}
		if r.ID, err = t.insert("INSERT INTO declared (list, site, line, fields) VALUES (?, ?, ?, ?)", id, site, r.Line, string(r.Fields)); err != nil {
			return fmt.Errorf("add line %d of asset list %q: %w", r.Line, list, err)
		}
		r.List, r.Device = list, ""
	}
	return nil
}

// DropAssetList takes a list out with its lines.
func (t *Tx) DropAssetList(site, id int64) error {
	n, err := t.affect("DELETE FROM asset_list WHERE site = ? AND id = ?", site, id)
	if err == nil && n == 0 {
		err = fmt.Errorf("asset list %d of site %d: %w", id, site, hub.ErrNotFound)
	}
	return err
}
