package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/asset"
	"github.com/lenscap/lenscap/internal/hub"
)

// described is an estate as a file says it, see [App.Fill].
type described struct {
	Organisations []struct {
		Name    string `json:"name"`
		Type    string `json:"type"`
		Country string `json:"country"`
		Sites   []struct {
			Folder string        `json:"folder"`
			Name   string        `json:"name"`
			Facts  hub.SiteFacts `json:"facts"`
			Zones  []hub.Zone    `json:"zones"`
			Lists  []string      `json:"lists"` // asset lists in Folder
		} `json:"sites"`
	} `json:"organisations"`
}

// filler is who fills a hub, for its audit log.
const filler = "demonstration"

// Fill puts an estate into an empty hub: estate.json in fsys says which
// organisations and sites there are; each site's folder has its asset lists and
// captures, which are taken in the order of their names. tell, if not nil, is
// called before each capture is read.
func (a *App) Fill(ctx context.Context, fsys fs.FS, tell func(done, of int, name string)) error {
	b, err := fs.ReadFile(fsys, "estate.json")
	if err != nil {
		return fmt.Errorf("fill the hub: %w", err)
	}
	var d described
	if err := json.Unmarshal(b, &d); err != nil {
		return fmt.Errorf("fill the hub: estate.json: %w", err)
	}
	type piece struct {
		parcel hub.Parcel
		file   string
	}
	var pieces []piece
	for _, o := range d.Organisations {
		org := &hub.Organisation{Name: o.Name, Type: o.Type, Country: o.Country}
		if err := a.Store.Do(ctx, hub.Deed{Actor: filler, Action: "organisation.create", Object: o.Name}, func(tx hub.Tx) error { return tx.AddOrganisation(org) }); err != nil {
			return fmt.Errorf("fill the hub: organisation %s: %w", o.Name, err)
		}
		for _, s := range o.Sites {
			site := &hub.Site{Organisation: org.ID, Name: s.Name, Facts: s.Facts}
			err := a.Store.Do(ctx, hub.Deed{Actor: filler, Organisation: org.ID, Action: "site.create", Object: s.Name}, func(tx hub.Tx) error {
				if err := tx.AddSite(site); err != nil {
					return err
				}
				if err := tx.SetZones(site.ID, s.Zones); err != nil {
					return err
				}
				for _, name := range s.Lists {
					if err := declare(tx, fsys, site.ID, s.Folder, name); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return fmt.Errorf("fill the hub: site %s: %w", s.Name, err)
			}
			files, err := fs.ReadDir(fsys, s.Folder)
			if err != nil {
				return fmt.Errorf("fill the hub: site %s: %w", s.Name, err)
			}
			for _, f := range files {
				if strings.Contains(f.Name(), ".pcap") {
					pieces = append(pieces, piece{hub.Parcel{Site: site.ID, Organisation: org.ID, Name: f.Name(), Source: "command", By: filler}, path.Join(s.Folder, f.Name())})
				}
			}
		}
	}
	slices.SortStableFunc(pieces, func(x, y piece) int { return strings.Compare(x.parcel.Name, y.parcel.Name) }) // as the days went by
	for i, p := range pieces {
		if tell != nil {
			tell(i, len(pieces), p.file)
		}
		if err := a.give(ctx, fsys, p.parcel, p.file); err != nil {
			return fmt.Errorf("fill the hub: %w", err)
		}
	}
	if err := a.say(ctx, fsys); err != nil {
		return fmt.Errorf("fill the hub: said.json: %w", err)
	}
	return nil
}

func (a *App) give(ctx context.Context, fsys fs.FS, p hub.Parcel, name string) error {
	f, err := fsys.Open(name)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // read only
	in, err := a.Hub.Take(ctx, p, f)
	if err != nil {
		return err
	}
	if err := a.Hub.Drain(ctx); err != nil {
		return err
	}
	if in, err = a.Store.Ingest(ctx, in.ID); err == nil && in.State != hub.Done {
		err = fmt.Errorf("%s: %s", name, in.Error)
	}
	return err
}

func declare(tx hub.Tx, fsys fs.FS, site int64, folder, name string) error {
	f, err := fsys.Open(path.Join(folder, name))
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // read only
	list, err := asset.Read(f, name, nil)
	if err != nil {
		return err
	}
	mapping, err := json.Marshal(list.Mapping)
	if err != nil {
		return err
	}
	rows := make([]hub.Declared, len(list.Rows))
	for i := range list.Rows {
		rows[i] = hub.Declared{List: name, Line: list.Rows[i].Line}
		if rows[i].Fields, err = json.Marshal(&list.Rows[i]); err != nil {
			return err
		}
	}
	return tx.AddDeclared(site, name, mapping, filler, rows)
}
