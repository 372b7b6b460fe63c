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

// SiteChanges gives the timelines of all devices of a site, but that they
// appeared, in the order of time.
func (db *DB) SiteChanges(ctx context.Context, site int64) ([]ChangeOf, error) {
	return collect(ctx, db.readers, func(r scanner) (c ChangeOf, err error) {
		var at int64
		err = r.Scan(&c.Device, &c.Name, &at, &c.What, &c.Before, &c.After, &c.Says, &c.Ingest)
		c.At = when(at)
		return c, err
	}, "SELECT d.device, d.name, c.at, c.what, c.before, c.after, c.says, c.ingest FROM device d CROSS JOIN change c ON c.device = d.id WHERE d.site = ? AND c.what <> ? ORDER BY c.at, d.device, c.what, c.after", site, hub.Appeared)
}

// A Found is a finding of a site.
type Found struct {
	Device, Name          string // of the device
	Regime, Rule, Verdict string // Rule is the regime's name
	Clause, Why           string
	Severity              int
}

// SiteFindings gives what regimes say of the devices of a site.
func (db *DB) SiteFindings(ctx context.Context, site int64) ([]Found, error) {
	return collect(ctx, db.readers, func(r scanner) (f Found, err error) {
		err = r.Scan(&f.Device, &f.Name, &f.Regime, &f.Rule, &f.Verdict, &f.Clause, &f.Why, &f.Severity)
		return f, err
	}, "SELECT d.device, d.name, f.regime, f.name, f.verdict, f.clause, f.why, f.severity FROM device d CROSS JOIN finding f ON f.device = d.id WHERE d.site = ? ORDER BY f.severity DESC, d.device, f.regime", site)
}

// FailedIngests gives those that failed after a time, first the one that failed
// first.
func (db *DB) FailedIngests(ctx context.Context, after time.Time) ([]hub.Ingest, error) {
	return collect(ctx, db.readers, scanIngest, "SELECT "+ingestColumns+" FROM ingest WHERE state = ? AND ended > ? ORDER BY ended, id", hub.Failed, nano(after))
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
