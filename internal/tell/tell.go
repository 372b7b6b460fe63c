// Package tell says what happened in an estate to those who asked: by a signed
// request (webhook), by syslog, or by mail.
//
// What is told is found by comparing what the store has with a mark of what was
// told before. The mark moves in the same transaction that puts the deliveries in
// the queue, so that a crash neither loses an event nor queues it twice. A
// delivery is tried until it was taken or given up, over restarts too: each is
// told at least once, and its id says when it is the same.
//
// The package decides nothing about an event and calls only where its dialler
// may.
package tell

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
)

// A Store has the estate and the queue; [store.DB] is one.
type Store interface {
	Keep(ctx context.Context, fn func(*store.Tx) error) error
	Setting(ctx context.Context, name string) (string, error)

	Organisations(ctx context.Context) ([]hub.Organisation, error)
	Organisation(ctx context.Context, id int64) (*hub.Organisation, error)
	Sites(ctx context.Context, organisation int64) ([]hub.Site, error)
	Matches(ctx context.Context, q store.DeviceQuery) ([]store.Matched, error)
	Told(ctx context.Context, site int64, known func(store.DeviceDigest) bool) (*store.Told, error)
	FailedIngests(ctx context.Context, after time.Time) ([]hub.Ingest, error)
	EndedWaivers(ctx context.Context, from, to string) ([]hub.Decision, error)
	AlertingQueries(ctx context.Context) ([]hub.Query, error)
	Matching(ctx context.Context, id int64) ([]byte, error)

	Webhooks(ctx context.Context, organisation int64) ([]store.Webhook, error)
	Webhook(ctx context.Context, id int64) (*store.Webhook, error)
	DueDeliveries(ctx context.Context, n int) ([]store.Delivery, error)
}

// A Hub says that something changed; [hub.Hub] is one.
type Hub interface {
	Listen() (events <-chan hub.Event, stop func())
}

// Config is what a [Messenger] is made of. Store and Hub must be set.
type Config struct {
	Store    Store
	Hub      Hub
	Webhooks *access.Dialer // goes where webhooks may; nil: none is sent
	Mail     *Mail          // nil: none is sent
	Syslog   *Syslog        // nil: none is sent
	URL      string         // of the hub, for links
	Version  string
	Now      func() time.Time // nil: time.Now
	Log      *slog.Logger     // nil: none
}

// A teller hands one delivery over. Its error is [errFinal] when trying again is
// of no use.
type teller interface {
	tell(ctx context.Context, w *store.Webhook, d *store.Delivery, e *Event) error
}

// A Messenger finds events and tells them.
type Messenger struct {
	cfg     Config
	tellers map[string]teller // by scheme
	kick    chan struct{}     // there is something to deliver

	looking sync.Mutex // a look is on
	derived map[int64]time.Time
}

// New checks the settings and makes a messenger. Nothing runs before
// [Messenger.Run].
func New(cfg Config) (*Messenger, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	m := &Messenger{cfg: cfg, tellers: map[string]teller{}, kick: make(chan struct{}, 1), derived: map[int64]time.Time{}}
	if cfg.Webhooks != nil {
		client := cfg.Webhooks.WebhookClient()
		// A receiver that sends on has not taken it (Standard Webhooks 1.0.0): what goes
		// on would be without body and signature.
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		h := &hooks{client: client, version: cfg.Version, now: cfg.Now}
		m.tellers["https"], m.tellers["http"] = h, h
	}
	if cfg.Mail != nil {
		t, err := newMailer(*cfg.Mail)
		if err != nil {
			return nil, err
		}
		m.tellers["mailto"] = t
	}
	if cfg.Syslog != nil {
		t, err := newSyslogger(*cfg.Syslog, cfg.Version)
		if err != nil {
			return nil, err
		}
		m.tellers["syslog"] = t
	}
	return m, nil
}

const (
	lookEvery    = time.Minute
	settle       = 2 * time.Second // events of the hub that come together are one look
	deliverEvery = 5 * time.Second
)

// Run finds and tells until ctx ends. It returns nil then.
func (m *Messenger) Run(ctx context.Context) error {
	events, stop := m.cfg.Hub.Listen()
	defer stop()
	var both sync.WaitGroup
	both.Go(func() {
		tick := time.NewTicker(deliverEvery)
		defer tick.Stop()
		for {
			if err := m.Deliver(ctx); err != nil && ctx.Err() == nil {
				m.cfg.Log.ErrorContext(ctx, "deliveries could not be looked at", slog.Any("error", err))
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			case <-m.kick:
			}
		}
	})
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := m.Look(ctx); err != nil && ctx.Err() == nil {
			m.cfg.Log.ErrorContext(ctx, "events could not be found; trying again", slog.Any("error", err))
		}
		m.wait(ctx, events, tick.C)
	}
	both.Wait()
	return nil
}

// wait returns when something may have happened.
func (m *Messenger) wait(ctx context.Context, events <-chan hub.Event, tick <-chan time.Time) {
	select {
	case <-ctx.Done():
		return
	case <-tick:
		return
	case <-events:
	}
	after := time.NewTimer(settle)
	defer after.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-events:
		case <-after.C:
			return
		}
	}
}

func (m *Messenger) poke() {
	select {
	case m.kick <- struct{}{}:
	default:
	}
}

// errFinal says that a delivery is of no use.
var errFinal = errors.New("given up")

// backoff is how long to wait after each try in vain: three days in all.
var backoff = []time.Duration{10 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 12 * time.Hour, 24 * time.Hour, 24 * time.Hour}

const (
	atOnce   = 200 // deliveries of one round
	patience = 30 * time.Second
)

// Deliver tells what is due. Its error is one of the store; what could not be told
// is kept with the reason.
func (m *Messenger) Deliver(ctx context.Context) error {
	for ctx.Err() == nil {
		due, err := m.cfg.Store.DueDeliveries(ctx, atOnce)
		if err != nil || len(due) == 0 {
			return err
		}
		by, order := map[int64][]*store.Delivery{}, []int64(nil)
		for i := range due {
			d := &due[i]
			if by[d.Webhook] == nil {
				order = append(order, d.Webhook)
			}
			by[d.Webhook] = append(by[d.Webhook], d)
		}
		errs := make([]error, len(order))
		var all sync.WaitGroup
		room := make(chan struct{}, 4)
		for i, id := range order {
			all.Go(func() {
				room <- struct{}{}
				defer func() { <-room }()
				errs[i] = m.deliver(ctx, id, by[id])
			})
		}
		all.Wait()
		if err := errors.Join(errs...); err != nil {
			return err
		}
	}
	return nil
}

// deliver tells one destination what waits for it, in order. After one that fails
// the others wait with it.
func (m *Messenger) deliver(ctx context.Context, id int64, list []*store.Delivery) error {
	w, err := m.cfg.Store.Webhook(ctx, id)
	if errors.Is(err, hub.ErrNotFound) {
		return nil // dropped meanwhile, with what waited
	}
	if err != nil {
		return err
	}
	for i, d := range list {
		err := m.one(ctx, w, d)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the hub ends: it is tried again
		}
		d.Tries++
		d.Next, d.Error = time.Time{}, ""
		held := []*store.Delivery{d}
		if err != nil {
			d.Error = clip(err.Error(), 500)
			if d.Tries <= len(backoff) && !errors.Is(err, errFinal) {
				d.Next = m.cfg.Now().Add(backoff[d.Tries-1])
				for _, later := range list[i+1:] {
					later.Next = d.Next
				}
				held = list[i:]
			}
			m.cfg.Log.WarnContext(ctx, "event not delivered", slog.Int64("delivery", d.ID), slog.Int64("subscription", w.ID), slog.Int("tries", d.Tries), slog.Bool("again", !d.Next.IsZero()), slog.String("why", d.Error))
		}
		if err := m.cfg.Store.Keep(ctx, func(tx *store.Tx) error {
			for _, d := range held {
				if err := tx.SetDelivery(d); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return fmt.Errorf("keep delivery %d: %w", d.ID, err)
		}
		if !d.Next.IsZero() {
			return nil
		}
	}
	return nil
}

func (m *Messenger) one(ctx context.Context, w *store.Webhook, d *store.Delivery) error {
	if !w.Active {
		return fmt.Errorf("%w: the subscription is paused", errFinal)
	}
	e, err := parse(d.Body)
	if err != nil {
		return fmt.Errorf("%w: %w", errFinal, err)
	}
	t := m.tellers[schemeOf(w.URL)]
	if t == nil {
		return fmt.Errorf("%s: is not set up in this hub's settings", schemeOf(w.URL))
	}
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	return t.tell(ctx, w, d, e)
}

// Try tells a subscription something now, whether it is paused or not, and says
// why it could not be told. Nothing is kept of it.
func (m *Messenger) Try(ctx context.Context, w *store.Webhook) error {
	o, err := m.cfg.Store.Organisation(ctx, w.Organisation)
	if err != nil {
		return err
	}
	e := Event{Kind: Trial, At: m.cfg.Now().UTC(), Organisation: Named{o.ID, o.Name}, Says: "Somebody tries whether this hub reaches you.", Link: m.link("settings")}
	b, err := json.Marshal(&e)
	if err != nil {
		return err
	}
	one := *w
	one.Active = true
	if err := m.one(ctx, &one, &store.Delivery{Webhook: w.ID, Event: e.Kind, Body: string(b), At: e.At}); err != nil {
		return fmt.Errorf("%w: it was not taken: %w", hub.ErrInvalid, err)
	}
	return nil
}
