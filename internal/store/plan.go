package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

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
