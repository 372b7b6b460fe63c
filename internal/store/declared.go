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

// A Presence counts the devices of a site that lists declare, that were seen, or
// both, and the lines of lists that they stand in: two lists may have one device.
type Presence struct {
	Presence string // of hub.Device; "" for lines that are not compared yet
	Devices  int64
	Lines    int64
}

// Presences counts the devices of a site and the lines of its lists.
func (db *DB) Presences(ctx context.Context, site int64) ([]Presence, error) {
	return collect(ctx, db.readers, func(r scanner) (p Presence, err error) {
		err = r.Scan(&p.Presence, &p.Devices, &p.Lines)
		return p, err
	}, `SELECT presence, count(*), sum((SELECT count(*) FROM declared d WHERE d.site = v.site AND d.device = v.device)) FROM device v WHERE v.site = ?1 GROUP BY presence
		UNION ALL SELECT '', 0, count(*) FROM declared WHERE site = ?1 AND device = '' HAVING count(*) > 0`, site)
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
	return collect(ctx, db.readers, scanAssetList, "SELECT "+assetListColumns+" FROM asset_list AS l WHERE l.site = ? ORDER BY l.id DESC", site)
}

// AssetList gives one of a site.
func (db *DB) AssetList(ctx context.Context, site, id int64) (*AssetList, error) {
	l, err := scanAssetList(db.readers.QueryRowContext(ctx, "SELECT "+assetListColumns+" FROM asset_list AS l WHERE l.site = ? AND l.id = ?", site, id))
	if err != nil {
		return nil, missing(err, "asset list %d of site %d", id, site)
	}
	return &l, nil
}

const assetListColumns = "l.id, l.site, l.name, l.mapping, l.by, l.at, (SELECT count(*) FROM declared d WHERE d.list = l.id), (SELECT count(*) FROM declared d WHERE d.list = l.id AND d.device LIKE 'd-%')"

func scanAssetList(r scanner) (l AssetList, err error) {
	var at int64
	err = r.Scan(&l.ID, &l.Site, &l.Name, &l.Mapping, &l.By, &at, &l.Rows, &l.Matched)
	l.At = when(at)
	return l, err
}

// AddDeclared is [hub.Tx.AddDeclared]. A list takes the place of one with the
// same name. It sets the IDs of rows.
func (t *Tx) AddDeclared(site int64, list string, mapping []byte, by string, rows []hub.Declared) error {
	if err := hub.CheckName("the name of an asset list", list); err != nil {
		return err
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

// DropAssetList is [hub.Tx.DropAssetList]: it takes a list out with its lines.
func (t *Tx) DropAssetList(site, id int64) error {
	n, err := t.affect("DELETE FROM asset_list WHERE site = ? AND id = ?", site, id)
	if err == nil && n == 0 {
		err = fmt.Errorf("asset list %d of site %d: %w", id, site, hub.ErrNotFound)
	}
	return err
}

// SaveLine is [hub.Tx.SaveLine].
func (t *Tx) SaveLine(site int64, by string, d *hub.Declared, was []byte) error {
	if d.ID != 0 {
		n, err := t.affect("UPDATE declared SET fields = ?, device = '' WHERE id = ? AND site = ? AND fields = ? AND list = (SELECT id FROM asset_list WHERE site = ? AND name = ?)",
			string(d.Fields), d.ID, site, string(was), site, d.List)
		if err == nil && n == 0 {
			err = fmt.Errorf("line %d of asset list %q: %w", d.ID, d.List, hub.ErrChanged)
		}
		return err
	}
	if d.List == "" {
		return fmt.Errorf("%w: an asset list needs a name", hub.ErrInvalid)
	}
	_, err := t.exec("INSERT INTO asset_list (site, name, mapping, by, at) VALUES (?, ?, '{}', ?, ?) ON CONFLICT (site, name) DO UPDATE SET by = excluded.by, at = excluded.at", site, d.List, by, nano(t.db.now()))
	switch {
	case orphan(err):
		return fmt.Errorf("site %d: %w", site, hub.ErrNotFound)
	case err != nil:
		return fmt.Errorf("add to asset list %q: %w", d.List, err)
	}
	var list int64
	const next = "SELECT l.id, coalesce(max(d.line), 0) + 1 FROM asset_list l LEFT JOIN declared d ON d.list = l.id WHERE l.site = ? AND l.name = ? GROUP BY l.id"
	if err := t.get(next, []any{site, d.List}, &list, &d.Line); err != nil {
		return fmt.Errorf("add to asset list %q: %w", d.List, err)
	}
	d.ID, err = t.insert("INSERT INTO declared (list, site, line, fields) VALUES (?, ?, ?, ?)", list, site, d.Line, string(d.Fields))
	return err
}

// DropLine is [hub.Tx.DropLine].
func (t *Tx) DropLine(site int64, list string, id int64) error {
	n, err := t.affect("DELETE FROM declared WHERE id = ? AND site = ? AND list = (SELECT id FROM asset_list WHERE site = ? AND name = ?)", id, site, site, list)
	if err == nil && n == 0 {
		err = fmt.Errorf("line %d of asset list %q: %w", id, list, hub.ErrNotFound)
	}
	return err
}

// Mappings is [hub.Mappings], 200 at most.
func (db *DB) Mappings(ctx context.Context, organisation, site int64) ([]hub.ReadList, error) {
	return collect(ctx, db.readers, func(r scanner) (l hub.ReadList, err error) {
		err = r.Scan(&l.Site, &l.Name, &l.Mapping)
		return l, err
	}, "SELECT l.site, l.name, l.mapping FROM asset_list l JOIN site s ON s.id = l.site WHERE s.organisation = ? ORDER BY l.site = ? DESC, l.id DESC LIMIT 200", organisation, site)
}

// Lines gives the lines of one list of a site, in its order.
func (db *DB) Lines(ctx context.Context, site int64, list string) ([]hub.Declared, error) {
	return collect(ctx, db.readers, scanDeclared, "SELECT d.id, l.name, d.line, d.fields, d.device FROM declared d JOIN asset_list l ON l.id = d.list WHERE l.site = ? AND l.name = ? ORDER BY d.line, d.id", site, list)
}
