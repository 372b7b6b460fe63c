package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

var actions = map[string]bool{"remove": true, "replace": true, "isolate": true, "keep": true}

// Step is what is planned for a device; [hub.ErrNotFound] when nothing is.
func (db *DB) Step(ctx context.Context, site int64, device string) (*hub.Step, error) {
	s, err := scanStep(db.readers.QueryRowContext(ctx, "SELECT site, device, action, target, done, note FROM plan WHERE site = ? AND device = ?", site, device))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("plan of device %s of site %d: %w", device, site, hub.ErrNotFound)
	}
	return &s, err
}

func scanStep(r scanner) (s hub.Step, err error) {
	err = r.Scan(&s.Site, &s.Device, &s.Action, &s.Target, &s.Done, &s.Note)
	return s, err
}

// SetStep is [hub.Tx.SetStep]. One without an action takes the device out of
// the plan.
func (t *Tx) SetStep(s *hub.Step) error {
	if s.Action == "" {
		_, err := t.exec("DELETE FROM plan WHERE site = ? AND device = ?", s.Site, s.Device)
		return err
	}
	if !actions[s.Action] {
		return fmt.Errorf("%w: action %q; it is remove, replace, isolate or keep", hub.ErrInvalid, s.Action)
	}
	for what, s := range map[string]string{"the target of a plan": s.Target, "the note of a plan": s.Note} {
		if err := hub.CheckProse(what, s); err != nil {
			return err
		}
	}
	_, err := t.exec("INSERT INTO plan (site, device, action, target, done, note, updated) VALUES (?, ?, ?, ?, ?, ?, ?) "+
		"ON CONFLICT (site, device) DO UPDATE SET action = excluded.action, target = excluded.target, done = excluded.done, note = excluded.note, updated = excluded.updated",
		s.Site, s.Device, s.Action, s.Target, s.Done, s.Note, nano(t.db.now()))
	switch {
	case orphan(err):
		return fmt.Errorf("site %d: %w", s.Site, hub.ErrNotFound)
	case err != nil:
		return fmt.Errorf("plan device %s of site %d: %w", s.Device, s.Site, err)
	}
	return nil
}

// A PlanRow is a step with the device it is for.
type PlanRow struct {
	hub.Step
	Ends  string    `json:"support_ends,omitempty"` // day, month or year as an asset list has it
	Row   DeviceRow `json:"row"`
	Known bool      `json:"known"` // the device is still there; if not, Row holds the site and its id only
}

// planEnds is when the maker's support of a device ends, as it is declared.
const planEnds = "coalesce((SELECT min(json_extract(l.fields, '$.support_ends')) FROM declared l WHERE l.site = p.site AND l.device = p.device), '')"

// planOrder is the order in which devices are best dealt with: of sensitive sites
// first, then those that reach outside, then those whose support ends first, then
// by verdict, by what they send, and by target.
const planOrder = " ORDER BY p.done <> '', s.sensitive IS NOT 1, d.outside IS NOT 1, ends = '', ends, coalesce(d.severity, 0) DESC, coalesce(d.bytes_up, 0) DESC, p.target = '', p.target, p.site, p.device"

// Plan gives the steps for devices that match, 10,000 at most, in the order in
// which they are best done, those that are done last.
func (db *DB) Plan(ctx context.Context, q DeviceQuery) ([]PlanRow, error) {
	tx, err := db.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer tx.end()
	from, args, err := q.steps(ctx, tx)
	if err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, "SELECT p.site, p.device, p.action, p.target, p.done, p.note, d.id, "+planEnds+" AS ends"+from+planOrder+" LIMIT 10000", args...)
	if err != nil {
		return nil, err
	}
	var which []int64
	list, err := drain(rows, func(r scanner) (p PlanRow, err error) {
		var id sql.NullInt64
		err = r.Scan(&p.Site, &p.Step.Device, &p.Action, &p.Target, &p.Done, &p.Note, &id, &p.Ends)
		p.Known, p.Row.ID, p.Row.Site, p.Row.Device.Device = id.Valid, id.Int64, p.Site, p.Step.Device
		if id.Valid {
			which = append(which, id.Int64)
		}
		return p, err
	})
	if err != nil {
		return nil, err
	}
	of, err := byID(ctx, tx, which)
	for i := range list {
		if d, ok := of[list[i].Row.ID]; ok {
			list[i].Row = d
		}
	}
	return list, err
}

// steps are those for devices that match, as a FROM and WHERE: p is the step, d its
// device, s the site and o the organisation.
func (q *DeviceQuery) steps(ctx context.Context, tx snapshot) (from string, args []any, err error) {
	found, err := q.narrowed(ctx, tx)
	if err != nil {
		return "", nil, err
	}
	where, args := q.visible("p.site")
	join := "LEFT JOIN" // of everything, a step whose device is gone is one too
	if !q.plain() {
		join, where, args = "JOIN", where+" AND ("+found.Where+")", append(args, found.Args...)
	}
	return " FROM plan AS p JOIN site AS s ON s.id = p.site JOIN organisation AS o ON o.id = s.organisation " + join + " device AS d ON d.site = p.site AND d.device = p.device WHERE " + where, args, nil
}

// A Month is one point of the plan's burn-down.
type Month struct {
	Month   string `json:"month"`   // YYYY-MM
	Planned int64  `json:"planned"` // steps left at its end if all goes as planned
	Left    int64  `json:"left"`    // steps left at its end; what is not over yet, as of today
	Done    int64  `json:"done"`    // done in it
}

// BurnDown counts the steps that are not "keep", month by month. It begins the
// month before the first was done or is due, or before this one if that is
// earlier, so that all are left at its beginning, and ends with the last or with
// this one. Steps without a target stay planned for ever; without a day in any
// step there is no month.
func (db *DB) BurnDown(ctx context.Context, q DeviceQuery) ([]Month, error) {
	tx, err := db.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer tx.end()
	from, args, err := q.steps(ctx, tx)
	if err != nil {
		return nil, err
	}
	type step struct{ target, done string }
	rows, err := tx.QueryContext(ctx, "SELECT substr(p.target, 1, 7), substr(p.done, 1, 7)"+from+" AND p.action <> 'keep'", args...)
	if err != nil {
		return nil, err
	}
	steps, err := drain(rows, func(r scanner) (s step, err error) {
		err = r.Scan(&s.target, &s.done)
		return s, err
	})
	if err != nil || len(steps) == 0 {
		return nil, err
	}
	due, done := map[string]int64{}, map[string]int64{}
	first, last := "9999-12", ""
	note := func(month string, n map[string]int64) {
		if _, err := time.Parse("2006-01", month); err == nil {
			n[month]++
			first, last = min(first, month), max(last, month)
		}
	}
	for _, s := range steps {
		note(s.target, due)
		note(s.done, done)
	}
	var out []Month
	if last != "" {
		now := db.now().UTC().Format("2006-01")
		last = max(last, now)
		if m, err := time.Parse("2006-01", min(first, now)); err == nil {
			first = m.AddDate(0, -1, 0).Format("2006-01")
		}
	}
	planned, left := int64(len(steps)), int64(len(steps))
	for m, err := time.Parse("2006-01", first); err == nil && last != "" && m.Format("2006-01") <= last && len(out) < 600; m = m.AddDate(0, 1, 0) {
		name := m.Format("2006-01")
		planned -= due[name]
		left -= done[name]
		out = append(out, Month{name, planned, left, done[name]})
	}
	return out, nil
}
