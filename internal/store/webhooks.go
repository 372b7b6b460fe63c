package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

// A Webhook is told of events of an organisation.
type Webhook struct {
	ID           int64    `json:"id"`
	Organisation int64    `json:"organisation"`
	URL          string   `json:"url"`
	Secret       string   `json:"-"` // that signs what is sent
	Events       []string `json:"events"`
	Active       bool     `json:"active"`
}

// A Delivery is an event that waits to be told, or was.
type Delivery struct {
	ID      int64     `json:"id"`
	Webhook int64     `json:"webhook"`
	Event   string    `json:"event"`
	Body    string    `json:"body"` // JSON
	At      time.Time `json:"at"`
	Next    time.Time `json:"next,omitzero"` // when to try; zero: it was told, or given up
	Tries   int       `json:"tries"`
	Error   string    `json:"error,omitempty"` // of the last try
}

const webhookColumns = "id, organisation, url, secret, events, active"

func scanWebhook(r scanner) (w Webhook, err error) {
	var events string
	err = r.Scan(&w.ID, &w.Organisation, &w.URL, &w.Secret, &events, &w.Active)
	w.Events = strings.Fields(events)
	return w, err
}

// Webhooks gives those of an organisation.
func (db *DB) Webhooks(ctx context.Context, organisation int64) ([]Webhook, error) {
	return collect(ctx, db.readers, scanWebhook, "SELECT "+webhookColumns+" FROM webhook WHERE organisation = ? ORDER BY id", organisation)
}

// Webhook gives one.
func (db *DB) Webhook(ctx context.Context, id int64) (*Webhook, error) {
	w, err := scanWebhook(db.readers.QueryRowContext(ctx, "SELECT "+webhookColumns+" FROM webhook WHERE id = ?", id))
	if err != nil {
		return nil, missing(err, "webhook %d", id)
	}
	return &w, nil
}

// SetWebhook keeps a webhook: a new one when its ID is 0, and then sets ID. A
// second one of an organisation to syslog: is [hub.ErrNotNow], for the one server
// of the settings would be told of everything twice.
func (t *Tx) SetWebhook(w *Webhook) error {
	events := strings.Join(w.Events, " ")
	var n int64 = 1
	var err error
	if w.ID == 0 {
		if strings.HasPrefix(w.URL, "syslog:") {
			same, err := t.query("SELECT id FROM webhook WHERE organisation = ? AND url = ?", w.Organisation, w.URL)
			if err != nil {
				return err
			}
			have := same.Next()
			if err := errors.Join(same.Err(), same.Close()); err != nil {
				return err
			}
			if have {
				return fmt.Errorf("%w: the organisation has a subscription to %s already, and a second would tell everything twice; change its events, or take it out first", hub.ErrNotNow, w.URL)
			}
		}
		w.ID, err = t.insert("INSERT INTO webhook (organisation, url, secret, events, active) VALUES (?, ?, ?, ?, ?)", w.Organisation, w.URL, w.Secret, events, w.Active)
	} else {
		n, err = t.affect("UPDATE webhook SET url = ?, secret = ?, events = ?, active = ? WHERE id = ? AND organisation = ?", w.URL, w.Secret, events, w.Active, w.ID, w.Organisation)
	}
	switch {
	case orphan(err):
		return fmt.Errorf("organisation %d: %w", w.Organisation, hub.ErrNotFound)
	case err == nil && n == 0:
		return fmt.Errorf("webhook %d: %w", w.ID, hub.ErrNotFound)
	}
	return err
}

// DropWebhook takes a webhook out with what waits for it.
func (t *Tx) DropWebhook(organisation, id int64) error {
	n, err := t.affect("DELETE FROM webhook WHERE id = ? AND organisation = ?", id, organisation)
	if err == nil && n == 0 {
		err = fmt.Errorf("webhook %d: %w", id, hub.ErrNotFound)
	}
	return err
}

// Tell puts an event in the queue of every active webhook of the organisation
// that asked for it, or for "*". It belongs into the change that it tells of.
func (t *Tx) Tell(organisation int64, event, body string) error {
	now := nano(t.db.now())
	_, err := t.exec("INSERT INTO delivery (webhook, event, body, at, next) SELECT id, ?, ?, ?, ? FROM webhook WHERE organisation = ? AND active <> 0 AND instr(' ' || events || ' ', ' ' || ? || ' ') + instr(' ' || events || ' ', ' * ') > 0",
		event, body, now, now, organisation, event)
	return err
}

const deliveryColumns = "id, webhook, event, body, at, next, tries, error"

func scanDelivery(r scanner) (d Delivery, err error) {
	var at, next int64
	err = r.Scan(&d.ID, &d.Webhook, &d.Event, &d.Body, &at, &next, &d.Tries, &d.Error)
	d.At, d.Next = when(at), when(next)
	return d, err
}

// DueDeliveries gives n deliveries whose time has come, longest due first.
func (db *DB) DueDeliveries(ctx context.Context, n int) ([]Delivery, error) {
	return collect(ctx, db.readers, scanDelivery, "SELECT "+deliveryColumns+" FROM delivery WHERE next > 0 AND next <= ? ORDER BY next, id LIMIT ?", nano(db.now()), n)
}

// SetDelivery keeps Next, Tries and Error of a delivery.
func (t *Tx) SetDelivery(d *Delivery) error {
	_, err := t.exec("UPDATE delivery SET next = ?, tries = ?, error = ? WHERE id = ?", nano(d.Next), d.Tries, d.Error, d.ID)
	return err
}
