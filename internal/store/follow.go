package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
)

// Devices that people said something of and that got another id or are gone are
// remembered as settings: they are few.
func formerName(site int64, device string) string { return fmt.Sprintf("former.%d.%s", site, device) }

// former is what is remembered of one.
type former struct {
	Became string         `json:"became,omitempty"` // its id now; "" nobody knows
	Known  *report.Device `json:"known,omitempty"`  // what it was known by; nil for what was declared only
}

// Spoken is [hub.Store.Spoken].
func (db *DB) Spoken(ctx context.Context, site int64) ([]string, error) {
	return collect(ctx, db.readers, func(r scanner) (s string, err error) {
		err = r.Scan(&s)
		return s, err
	}, "SELECT device FROM decision WHERE site = ?1 UNION SELECT device FROM note WHERE site = ?1 UNION SELECT device FROM tag WHERE site = ?1 UNION SELECT device FROM plan WHERE site = ?1 ORDER BY device", site)
}

// Former is [hub.Store.Former].
func (db *DB) Former(ctx context.Context, site int64, device string) (*report.Device, error) {
	f, err := db.former(ctx, site, device)
	if err == nil && f.Known == nil {
		err = fmt.Errorf("device %s of site %d: %w", device, site, hub.ErrNotFound)
	}
	return f.Known, err
}

// Became is the id that a device has now which people said something of; "" when
// it is not known to have got another.
func (db *DB) Became(ctx context.Context, site int64, device string) (string, error) {
	id := device
	for range 16 { // ids it had one after the other
		f, err := db.former(ctx, site, id)
		if errors.Is(err, hub.ErrNotFound) || err == nil && f.Became == "" {
			break
		}
		if err != nil {
			return "", err
		}
		id = f.Became
	}
	if id == device {
		return "", nil
	}
	return id, nil
}

func (db *DB) former(ctx context.Context, site int64, device string) (f former, err error) {
	text, err := db.Setting(ctx, formerName(site, device))
	if err == nil && text == "" {
		err = fmt.Errorf("device %s of site %d: %w", device, site, hub.ErrNotFound)
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &f)
	}
	return f, err
}

// Follow is [hub.Tx.Follow].
func (t *Tx) Follow(site int64, moved []hub.Moved) error {
	for i := range moved {
		if err := t.follow(site, &moved[i]); err != nil {
			return fmt.Errorf("take along what was said of device %s: %w", moved[i].From, err)
		}
	}
	return nil
}

func (t *Tx) follow(site int64, m *hub.Moved) error {
	f := former{Became: m.To}
	if d := m.Doc; d != nil {
		f.Known = &report.Device{ID: d.ID, Name: d.Name, MACs: d.MACs, Addresses: d.Addresses, Serials: d.Serials, UUIDs: d.UUIDs, Hostnames: d.Hostnames, Certs: d.Certs, Channel: d.Channel}
	}
	b, err := json.Marshal(f)
	if err != nil {
		return err
	}
	if err := t.SetSetting(formerName(site, m.From), string(b)); err != nil || m.To == "" {
		return err
	}
	decisions, err := t.followDecisions(site, m)
	if err != nil {
		return err
	}
	step, err := t.followStep(site, m)
	if err != nil {
		return err
	}
	lost := slices.Concat(decisions, step)
	for _, text := range []string{
		"UPDATE note SET device = ?2 WHERE site = ?1 AND device = ?3",
		"INSERT INTO tag (site, device, tag) SELECT site, ?2, tag FROM tag WHERE site = ?1 AND device = ?3 ON CONFLICT DO NOTHING",
		"DELETE FROM tag WHERE ?2 <> '' AND site = ?1 AND device = ?3",
	} {
		if _, err := t.exec(text, site, m.To, m.From); err != nil {
			return err
		}
	}
	if len(lost) == 0 {
		return nil
	}
	return t.AddNote(&hub.Note{Site: site, Device: m.To, By: "hub",
		Text: fmt.Sprintf("Until %s this was also device %s, of which was said: %s.", t.db.now().UTC().Format(time.DateOnly), m.From, strings.Join(lost, "; "))})
}

// followDecisions moves decisions; of two on one rule the later stays. It tells
// the others.
func (t *Tx) followDecisions(site int64, m *hub.Moved) (lost []string, err error) {
	list, err := t.decisions(site, m.From)
	if err != nil {
		return nil, err
	}
	for i := range list {
		from := &list[i]
		var at int64
		err := t.get("SELECT updated FROM decision WHERE site = ? AND device = ? AND regime = ?", []any{site, m.To, from.Regime}, &at)
		switch {
		case errors.Is(err, sql.ErrNoRows):
		case err != nil:
			return nil, err
		default:
			drop := m.From
			if at < nano(from.Updated) {
				drop = m.To
			}
			d, err := t.decisions(site, drop)
			if err != nil {
				return nil, err
			}
			for j := range d {
				if d[j].Regime == from.Regime {
					lost = append(lost, sayDecision(&d[j]))
				}
			}
			if _, err := t.exec("DELETE FROM decision WHERE site = ? AND device = ? AND regime = ?", site, drop, from.Regime); err != nil {
				return nil, err
			}
		}
		if _, err := t.exec("UPDATE decision SET device = ? WHERE site = ? AND device = ? AND regime = ?", m.To, site, m.From, from.Regime); err != nil {
			return nil, err
		}
	}
	return lost, nil
}

func (t *Tx) decisions(site int64, device string) ([]hub.Decision, error) {
	rows, err := t.query("SELECT "+decisionColumns+" FROM decision WHERE site = ? AND device = ? ORDER BY regime", site, device)
	if err != nil {
		return nil, err
	}
	return drain(rows, scanDecision)
}

func sayDecision(d *hub.Decision) string {
	s := d.Regime + " is " + d.Status
	if d.Owner != "" {
		s += ", of " + d.Owner
	}
	if d.Due != "" {
		s += ", due " + d.Due
	}
	if d.Waiver.Until != "" {
		s += fmt.Sprintf(", waived until %s by %s: %s", d.Waiver.Until, d.Waiver.By, d.Waiver.Why)
	}
	return s
}

// followStep moves what is planned, unless something is planned there.
func (t *Tx) followStep(site int64, m *hub.Moved) ([]string, error) {
	n, err := t.affect("UPDATE plan SET device = ?1 WHERE site = ?2 AND device = ?3 AND NOT EXISTS (SELECT 1 FROM plan WHERE site = ?2 AND device = ?1)", m.To, site, m.From)
	if err != nil || n > 0 {
		return nil, err
	}
	var s hub.Step
	err = t.get("SELECT action, target, done, note FROM plan WHERE site = ? AND device = ?", []any{site, m.From}, &s.Action, &s.Target, &s.Done, &s.Note)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	_, err = t.exec("DELETE FROM plan WHERE site = ? AND device = ?", site, m.From)
	return []string{strings.TrimSpace(fmt.Sprintf("plan to %s it %s %s %s", s.Action, s.Target, s.Done, s.Note))}, err
}
