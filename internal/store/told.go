package store

import (
	"context"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

// A Matched is a device that matches a query, by what tells it from others.
type Matched struct {
	Site         int64
	Device, Name string
	Maker, Model string
	Address      string
	Presence     string
}

// Matches gives every device that matches, in no order. Sort, After and Limit make
// no difference.
func (db *DB) Matches(ctx context.Context, q DeviceQuery) ([]Matched, error) {
	tx, err := db.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer tx.end()
	found, err := q.narrowed(ctx, tx)
	if err != nil {
		return nil, err
	}
	where, args := found.where()
	return collect(ctx, tx, func(r scanner) (m Matched, err error) {
		err = r.Scan(&m.Site, &m.Device, &m.Name, &m.Maker, &m.Model, &m.Address, &m.Presence)
		return m, err
	}, "SELECT d.site, d.device, d.name, d.maker, d.model, d.address, d.presence"+from+" WHERE "+where, args...)
}

// A ChangeOf is an entry of a device's timeline.
type ChangeOf struct {
	Device, Name string
	hub.Change
}

// A Found is a finding of a site.
type Found struct {
	Device, Name          string // of the device
	Regime, Rule, Verdict string // Rule is the regime's name
	Clause, Why           string
	Severity              int
}

// A DeviceDigest says whether a device is as it was: all that was worked out of it
// has a digest.
type DeviceDigest struct {
	Device string
	Digest []byte // SHA-256
}

// Told is what there is to tell of a site: all of its devices by id, and of those
// that are not as they were also what is said of them.
type Told struct {
	Devices  []DeviceDigest
	Rows     []Matched  // by device
	Findings []Found    // gravest first
	Changes  []ChangeOf // in the order of time, but that devices appeared
}

// Told reads one committed state of a site. known says that a device is as it was;
// nil: none is.
func (db *DB) Told(ctx context.Context, site int64, known func(DeviceDigest) bool) (*Told, error) {
	tx, err := db.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer tx.end()
	var out Told
	rest := []int64{}
	if out.Devices, err = collect(ctx, tx, func(r scanner) (d DeviceDigest, err error) {
		var id int64
		if err = r.Scan(&id, &d.Device, &d.Digest); err == nil && (known == nil || !known(d)) {
			rest = append(rest, id)
		}
		return d, err
	}, "SELECT id, device, digest FROM device WHERE site = ? ORDER BY device", site); err != nil || len(rest) == 0 {
		return &out, err
	}
	ids := jsonInts(rest)
	if out.Rows, err = collect(ctx, tx, func(r scanner) (m Matched, err error) {
		err = r.Scan(&m.Site, &m.Device, &m.Name, &m.Maker, &m.Model, &m.Address, &m.Presence)
		return m, err
	}, "SELECT d.site, d.device, d.name, d.maker, d.model, d.address, d.presence FROM json_each(?) j CROSS JOIN device d ON d.id = j.value ORDER BY d.device", ids); err != nil {
		return nil, err
	}
	if out.Findings, err = collect(ctx, tx, func(r scanner) (f Found, err error) {
		err = r.Scan(&f.Device, &f.Name, &f.Regime, &f.Rule, &f.Verdict, &f.Clause, &f.Why, &f.Severity)
		return f, err
	}, "SELECT d.device, d.name, f.regime, f.name, f.verdict, f.clause, f.why, f.severity FROM json_each(?) j CROSS JOIN device d ON d.id = j.value CROSS JOIN finding f ON f.device = d.id ORDER BY f.severity DESC, d.device, f.regime", ids); err != nil {
		return nil, err
	}
	out.Changes, err = collect(ctx, tx, func(r scanner) (c ChangeOf, err error) {
		var at int64
		err = r.Scan(&c.Device, &c.Name, &at, &c.What, &c.Before, &c.After, &c.Says, &c.Ingest)
		c.At = when(at)
		return c, err
	}, "SELECT d.device, d.name, c.at, c.what, c.before, c.after, c.says, c.ingest FROM json_each(?) j CROSS JOIN device d ON d.id = j.value CROSS JOIN change c ON c.device = d.id WHERE c.what <> ? ORDER BY c.at, d.device, c.what, c.after", ids, hub.Appeared)
	return &out, err
}

// FailedIngests gives those that failed after a time, first the one that failed
// first.
func (db *DB) FailedIngests(ctx context.Context, after time.Time) ([]hub.Ingest, error) {
	return collect(ctx, db.readers, scanIngest, "SELECT "+ingestColumns+" FROM ingest WHERE state = 'failed' AND ended > ? ORDER BY ended, id", nano(after))
}

// EndedWaivers gives decisions whose waiver counted last on a day in [from, to),
// YYYY-MM-DD.
func (db *DB) EndedWaivers(ctx context.Context, from, to string) ([]hub.Decision, error) {
	return collect(ctx, db.readers, scanDecision, "SELECT "+decisionColumns+" FROM decision WHERE waiver_until >= ? AND waiver_until < ? ORDER BY site, device, regime", from, to)
}

// Waits counts deliveries that wait, and those of them that were tried in vain.
func (db *DB) Waits(ctx context.Context) (waiting, failing int64, err error) {
	err = db.readers.QueryRowContext(ctx, "SELECT count(*), coalesce(sum(tries > 0), 0) FROM delivery WHERE next > 0").Scan(&waiting, &failing)
	return waiting, failing, err
}
