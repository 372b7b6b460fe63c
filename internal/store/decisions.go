package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/lenscap/lenscap/internal/hub"
)

const decisionColumns = "site, device, regime, status, owner, due, waiver_why, waiver_by, waiver_until, updated, version"

func scanDecision(r scanner) (d hub.Decision, err error) {
	var updated int64
	err = r.Scan(&d.Site, &d.Device, &d.Regime, &d.Status, &d.Owner, &d.Due, &d.Waiver.Why, &d.Waiver.By, &d.Waiver.Until, &updated, &d.Version)
	d.Updated = when(updated)
	return d, err
}

// Decisions is [hub.Store.Decisions].
func (db *DB) Decisions(ctx context.Context, site int64) ([]hub.Decision, error) {
	return collect(ctx, db.readers, scanDecision, "SELECT "+decisionColumns+" FROM decision WHERE site = ? ORDER BY device, regime", site)
}

// Decision is that on one finding; one that is open with version 0 when nobody
// decided.
func (db *DB) Decision(ctx context.Context, site int64, device, regime string) (*hub.Decision, error) {
	d, err := scanDecision(db.readers.QueryRowContext(ctx, "SELECT "+decisionColumns+" FROM decision WHERE site = ? AND device = ? AND regime = ?", site, device, regime))
	if errors.Is(err, sql.ErrNoRows) {
		return &hub.Decision{Site: site, Device: device, Regime: regime, Status: "open"}, nil
	}
	return &d, err
}

// statuses of a decision.
var statuses = map[string]bool{"open": true, "accepted": true, "in-hand": true, "done": true}

// SetDecision is [hub.Tx.SetDecision]. It sets Updated and raises Version.
func (t *Tx) SetDecision(d *hub.Decision) error {
	if !statuses[d.Status] {
		return fmt.Errorf("%w: status %q; it is open, accepted, in-hand or done", hub.ErrInvalid, d.Status)
	}
	what := fmt.Sprintf("decision on %s of device %s of site %d", d.Regime, d.Device, d.Site)
	updated := t.db.now().UTC()
	if d.Version == 0 {
		_, err := t.exec("INSERT INTO decision ("+decisionColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
			d.Site, d.Device, d.Regime, d.Status, d.Owner, d.Due, d.Waiver.Why, d.Waiver.By, d.Waiver.Until, nano(updated))
		switch {
		case taken(err):
			return fmt.Errorf("%s: %w", what, hub.ErrChanged)
		case orphan(err):
			return fmt.Errorf("site %d: %w", d.Site, hub.ErrNotFound)
		case err != nil:
			return fmt.Errorf("set %s: %w", what, err)
		}
	} else {
		n, err := t.affect("UPDATE decision SET status = ?, owner = ?, due = ?, waiver_why = ?, waiver_by = ?, waiver_until = ?, updated = ?, version = version + 1 WHERE site = ? AND device = ? AND regime = ? AND version = ?",
			d.Status, d.Owner, d.Due, d.Waiver.Why, d.Waiver.By, d.Waiver.Until, nano(updated), d.Site, d.Device, d.Regime, d.Version)
		if err := t.raised(n, err, "SELECT 1 FROM decision WHERE site = ? AND device = ? AND regime = ?", []any{d.Site, d.Device, d.Regime}, what); err != nil {
			return err
		}
	}
	d.Updated = updated
	d.Version++
	return nil
}

// Tags are those of a device, sorted.
func (db *DB) Tags(ctx context.Context, site int64, device string) ([]string, error) {
	return collect(ctx, db.readers, func(r scanner) (s string, err error) {
		err = r.Scan(&s)
		return s, err
	}, "SELECT tag FROM tag WHERE site = ? AND device = ? ORDER BY tag", site, device)
}

// SetTags is [hub.Tx.SetTags]: these and no others. Case makes no difference.
func (t *Tx) SetTags(site int64, device string, tags []string) error {
	if _, err := t.exec("DELETE FROM tag WHERE site = ? AND device = ?", site, device); err != nil {
		return fmt.Errorf("set tags of device %s: %w", device, err)
	}
	for _, tag := range tags {
		if tag = strings.TrimSpace(tag); tag == "" {
			continue
		}
		if err := hub.CheckName("a tag", tag); err != nil {
			return err
		}
		if _, err := t.exec("INSERT INTO tag (site, device, tag) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", site, device, tag); err != nil {
			if orphan(err) {
				return fmt.Errorf("site %d: %w", site, hub.ErrNotFound)
			}
			return fmt.Errorf("set tags of device %s: %w", device, err)
		}
	}
	return nil
}

// Notes are the remarks on a device, newest first.
func (db *DB) Notes(ctx context.Context, site int64, device string) ([]hub.Note, error) {
	return collect(ctx, db.readers, func(r scanner) (n hub.Note, err error) {
		var at int64
		err = r.Scan(&n.ID, &n.Site, &n.Device, &n.Text, &n.By, &at)
		n.At = when(at)
		return n, err
	}, "SELECT id, site, device, text, by, at FROM note WHERE site = ? AND device = ? ORDER BY id DESC", site, device)
}

// AddNote is [hub.Tx.AddNote]. It sets ID, and At when it is zero.
func (t *Tx) AddNote(n *hub.Note) error {
	if strings.TrimSpace(n.Text) == "" {
		return fmt.Errorf("%w: a note needs a text", hub.ErrInvalid)
	}
	if err := hub.CheckProse("a note", n.Text); err != nil {
		return err
	}
	if n.At.IsZero() {
		n.At = t.db.now().UTC()
	}
	id, err := t.insert("INSERT INTO note (site, device, text, by, at) VALUES (?, ?, ?, ?, ?)", n.Site, n.Device, n.Text, n.By, nano(n.At))
	switch {
	case orphan(err):
		return fmt.Errorf("site %d: %w", n.Site, hub.ErrNotFound)
	case err != nil:
		return fmt.Errorf("add note on device %s: %w", n.Device, err)
	}
	n.ID = id
	return nil
}

// DropNote takes a note out.
func (t *Tx) DropNote(site, id int64) error {
	n, err := t.affect("DELETE FROM note WHERE site = ? AND id = ?", site, id)
	if err == nil && n == 0 {
		err = fmt.Errorf("note %d of site %d: %w", id, site, hub.ErrNotFound)
	}
	return err
}
