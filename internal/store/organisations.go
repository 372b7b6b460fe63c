package store

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

const organisationColumns = "id, name, type, country, created, version"

func scanOrganisation(r scanner) (o hub.Organisation, err error) {
	var created int64
	err = r.Scan(&o.ID, &o.Name, &o.Type, &o.Country, &created, &o.Version)
	o.Created = when(created)
	return o, err
}

// Organisations is [hub.Store.Organisations].
func (db *DB) Organisations(ctx context.Context) ([]hub.Organisation, error) {
	return collect(ctx, db.readers, scanOrganisation, "SELECT "+organisationColumns+" FROM organisation ORDER BY name, id")
}

// Organisation is [hub.Store.Organisation].
func (db *DB) Organisation(ctx context.Context, id int64) (*hub.Organisation, error) {
	o, err := scanOrganisation(db.readers.QueryRowContext(ctx, "SELECT "+organisationColumns+" FROM organisation WHERE id = ?", id))
	if err != nil {
		return nil, missing(err, "organisation %d", id)
	}
	return &o, nil
}

// AddOrganisation is [hub.Tx.AddOrganisation].
func (t *Tx) AddOrganisation(o *hub.Organisation) error {
	if err := hub.CheckName("the name of an organisation", o.Name); err != nil {
		return err
	}
	created := t.db.now().UTC()
	next, err := t.next("organisation")
	if err != nil {
		return fmt.Errorf("add organisation %q: %w", o.Name, err)
	}
	id, err := t.insert("INSERT INTO organisation (id, name, type, country, created) VALUES (?, ?, ?, ?, ?)", next, o.Name, o.Type, o.Country, nano(created))
	if taken(err) {
		return fmt.Errorf("organisation %q: %w", o.Name, hub.ErrExists)
	}
	if err != nil {
		return fmt.Errorf("add organisation %q: %w", o.Name, err)
	}
	o.ID, o.Created, o.Version = id, created, 1
	return nil
}

// SetOrganisation is [hub.Tx.SetOrganisation].
func (t *Tx) SetOrganisation(o *hub.Organisation) error {
	if err := hub.CheckName("the name of an organisation", o.Name); err != nil {
		return err
	}
	n, err := t.affect("UPDATE organisation SET name = ?, type = ?, country = ?, version = version + 1 WHERE id = ? AND version = ?", o.Name, o.Type, o.Country, o.ID, o.Version)
	if taken(err) {
		return fmt.Errorf("organisation %q: %w", o.Name, hub.ErrExists)
	}
	if err := t.raised(n, err, "SELECT 1 FROM organisation WHERE id = ?", []any{o.ID}, fmt.Sprintf("organisation %d", o.ID)); err != nil {
		return err
	}
	o.Version++
	return nil
}

// raised tells why an update with a version changed n rows: none is an error.
func (t *Tx) raised(n int64, err error, exists string, args []any, what string) error {
	switch {
	case err != nil:
		return fmt.Errorf("set %s: %w", what, err)
	case n > 0:
		return nil
	}
	var one int
	if err := t.get(exists, args, &one); err != nil {
		return missing(err, "%s", what)
	}
	return fmt.Errorf("%s: %w", what, hub.ErrChanged)
}

const siteColumns = "id, organisation, name, facts, created, version, derived"

func scanSite(r scanner) (s hub.Site, err error) {
	var facts []byte
	var created, derived int64
	if err = r.Scan(&s.ID, &s.Organisation, &s.Name, &facts, &created, &s.Version, &derived); err != nil {
		return s, err
	}
	s.Created, s.Derived = when(created), when(derived)
	if err = json.Unmarshal(facts, &s.Facts); err != nil {
		err = fmt.Errorf("facts of site %d: %w", s.ID, err)
	}
	return s, err
}

// Sites is [hub.Store.Sites].
func (db *DB) Sites(ctx context.Context, organisation int64) ([]hub.Site, error) {
	where, args := "", []any(nil)
	if organisation != 0 {
		where, args = " WHERE organisation = ?", []any{organisation}
	}
	return collect(ctx, db.readers, scanSite, "SELECT "+siteColumns+" FROM site"+where+" ORDER BY name, id", args...)
}

// Site is [hub.Store.Site].
func (db *DB) Site(ctx context.Context, id int64) (*hub.Site, error) {
	s, err := scanSite(db.readers.QueryRowContext(ctx, "SELECT "+siteColumns+" FROM site WHERE id = ?", id))
	if err != nil {
		return nil, missing(err, "site %d", id)
	}
	return &s, nil
}

// SiteSummary is what [hub.Tx.ReplaceSite] kept of a site beside its devices;
// nil when it was never worked out.
func (db *DB) SiteSummary(ctx context.Context, id int64) ([]byte, error) {
	var b []byte
	if err := db.readers.QueryRowContext(ctx, "SELECT summary FROM site WHERE id = ?", id).Scan(&b); err != nil {
		return nil, missing(err, "site %d", id)
	}
	return b, nil
}

// siteFacts are the facts as they are kept: JSON, and apart what rows are
// chosen by.
func siteFacts(s *hub.Site) (facts string, sensitive any, err error) {
	b, err := json.Marshal(&s.Facts)
	switch s.Facts.Sensitivity() {
	case "yes":
		sensitive = 1
	case "no":
		sensitive = 0
	}
	return string(b), sensitive, err
}

// AddSite is [hub.Tx.AddSite].
func (t *Tx) AddSite(s *hub.Site) error {
	if err := hub.CheckName("the name of a site", s.Name); err != nil {
		return err
	}
	facts, sensitive, err := siteFacts(s)
	if err != nil {
		return fmt.Errorf("add site %q: %w", s.Name, err)
	}
	going, err := t.Setting(droppingOrg + strconv.FormatInt(s.Organisation, 10))
	switch {
	case err != nil:
		return fmt.Errorf("add site %q: %w", s.Name, err)
	case going != "":
		return fmt.Errorf("%w: organisation %d is being taken out, and takes no site any more", hub.ErrNotNow, s.Organisation)
	}
	created := t.db.now().UTC()
	next, err := t.next("site")
	if err != nil {
		return fmt.Errorf("add site %q: %w", s.Name, err)
	}
	id, err := t.insert("INSERT INTO site (id, organisation, name, facts, sensitive, closed, created) VALUES (?, ?, ?, ?, ?, ?, ?)", next, s.Organisation, s.Name, facts, sensitive, s.Facts.Closed, nano(created))
	switch {
	case taken(err):
		return fmt.Errorf("site %q: %w", s.Name, hub.ErrExists)
	case orphan(err):
		return fmt.Errorf("organisation %d: %w", s.Organisation, hub.ErrNotFound)
	case err != nil:
		return fmt.Errorf("add site %q: %w", s.Name, err)
	case id > maxSite:
		return fmt.Errorf("add site %q: there are %d sites already", s.Name, maxSite)
	}
	s.ID, s.Created, s.Version = id, created, 1
	return nil
}

// SetSite is [hub.Tx.SetSite]. A site stays with its organisation.
func (t *Tx) SetSite(s *hub.Site) error {
	if err := hub.CheckName("the name of a site", s.Name); err != nil {
		return err
	}
	facts, sensitive, err := siteFacts(s)
	if err != nil {
		return fmt.Errorf("set site %d: %w", s.ID, err)
	}
	n, err := t.affect("UPDATE site SET name = ?, facts = ?, sensitive = ?, closed = ?, version = version + 1 WHERE id = ? AND version = ? AND organisation = ?",
		s.Name, facts, sensitive, s.Facts.Closed, s.ID, s.Version, s.Organisation)
	if taken(err) {
		return fmt.Errorf("site %q: %w", s.Name, hub.ErrExists)
	}
	if err := t.raised(n, err, "SELECT 1 FROM site WHERE id = ? AND organisation = ?", []any{s.ID, s.Organisation}, fmt.Sprintf("site %d", s.ID)); err != nil {
		return err
	}
	s.Version++
	return nil
}

// SetDerived is [hub.Tx.SetDerived].
func (t *Tx) SetDerived(site int64, at time.Time) error {
	n, err := t.affect("UPDATE site SET derived = ? WHERE id = ?", nano(at), site)
	if err == nil && n == 0 {
		err = fmt.Errorf("site %d: %w", site, hub.ErrNotFound)
	}
	return err
}

const zoneColumns = "id, site, name, vlan, networks"

func scanZone(r scanner) (z hub.Zone, err error) {
	var networks []byte
	if err = r.Scan(&z.ID, &z.Site, &z.Name, &z.VLAN, &networks); err != nil {
		return z, err
	}
	return z, json.Unmarshal(networks, &z.Networks)
}

// Zones is [hub.Store.Zones].
func (db *DB) Zones(ctx context.Context, site int64) ([]hub.Zone, error) {
	return collect(ctx, db.readers, scanZone, "SELECT "+zoneColumns+" FROM zone WHERE site = ? ORDER BY name", site)
}

// SetZones is [hub.Tx.SetZones]. It sets the IDs of zones.
func (t *Tx) SetZones(site int64, zones []hub.Zone) error {
	if _, err := t.exec("DELETE FROM zone WHERE site = ?", site); err != nil {
		return fmt.Errorf("set zones of site %d: %w", site, err)
	}
	for i := range zones {
		z := &zones[i]
		if err := hub.CheckName("the name of a zone", z.Name); err != nil {
			return err
		}
		networks := z.Networks
		if networks == nil {
			networks = []netip.Prefix{}
		}
		b, err := json.Marshal(networks)
		if err != nil {
			return err
		}
		id, err := t.insert("INSERT INTO zone (site, name, vlan, networks) VALUES (?, ?, ?, ?)", site, z.Name, z.VLAN, string(b))
		switch {
		case taken(err):
			return fmt.Errorf("zone %q: %w", z.Name, hub.ErrExists)
		case orphan(err):
			return fmt.Errorf("site %d: %w", site, hub.ErrNotFound)
		case err != nil:
			return fmt.Errorf("set zones of site %d: %w", site, err)
		}
		z.ID, z.Site = id, site
	}
	return nil
}

// SiteDropped says when a site of that name was last ordered to be taken out of an
// organisation, and by whom; [hub.ErrNotFound] when it never was.
func (db *DB) SiteDropped(ctx context.Context, organisation int64, name string) (at time.Time, by string, err error) {
	var n int64
	err = db.readers.QueryRowContext(ctx, "SELECT at, actor FROM audit WHERE organisation = ? AND CASE action WHEN 'site.drop' THEN detail ->> '$.name' END = ? ORDER BY id DESC LIMIT 1", organisation, name).Scan(&n, &by)
	if err != nil {
		return time.Time{}, "", missing(err, "a site %q that was taken out of organisation %d", name, organisation)
	}
	return when(n), by, nil
}

// OrganisationDropped says when an organisation of that name was last ordered to be
// taken out, and by whom; [hub.ErrNotFound] when none ever was.
func (db *DB) OrganisationDropped(ctx context.Context, name string) (at time.Time, by string, err error) {
	var n int64
	err = db.readers.QueryRowContext(ctx, "SELECT at, actor FROM audit WHERE CASE action WHEN 'organisation.drop' THEN detail ->> '$.name' END = ? ORDER BY id DESC LIMIT 1", name).Scan(&n, &by)
	if err != nil {
		return time.Time{}, "", missing(err, "an organisation %q that was taken out", name)
	}
	return when(n), by, nil
}
