package api

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
	"github.com/lenscap/lenscap/internal/tell"
)

// A NewSubscription is one that is to be.
type NewSubscription struct {
	Organisation int64    `json:"organisation"`
	URL          string   `json:"url"`    // https://…, mailto:name@example.org or syslog:
	Events       []string `json:"events"` // kinds, or * for all
}

// SubscriptionFields is what of a subscription can change.
type SubscriptionFields struct {
	Events []string `json:"events,omitempty"`
	Active bool     `json:"active,omitempty"`
}

// A MadeSubscription is a subscription with the secret that signs what is sent,
// which is told once.
type MadeSubscription struct {
	store.Webhook
	Secret string `json:"secret,omitempty"` // of a webhook
}

func subscriptions(c *call) error {
	org, err := strconv.ParseInt(c.query("organisation"), 10, 64)
	if err != nil {
		return invalid("organisation", "the id of an organisation")
	}
	if err := c.may(access.Administer, org, fmt.Sprintf("organisation %d", org)); err != nil {
		return err
	}
	return pageOf(c, func(p store.Page) ([]store.Webhook, int64, error) { return c.s.Store.WebhookPage(c.ctx(), org, p) }, func(w *store.Webhook) int64 { return w.ID }, self)
}

func subscriptionAdd(c *call) error {
	var n NewSubscription
	if err := c.read(&n); err != nil {
		return err
	}
	if err := c.may(access.Administer, n.Organisation, fmt.Sprintf("organisation %d", n.Organisation)); err != nil {
		return err
	}
	if err := c.s.Tell.CheckTarget(c.ctx(), n.URL); err != nil {
		return &fieldError{"url", err}
	}
	if err := tell.CheckKinds(n.Events); err != nil {
		return err
	}
	slices.Sort(n.Events)
	w := &store.Webhook{Organisation: n.Organisation, URL: n.URL, Events: slices.Compact(n.Events), Active: true}
	if strings.HasPrefix(w.URL, "http") {
		w.Secret = tell.NewSecret()
	}
	if err := c.s.Store.Change(c.ctx(), c.deed(w.Organisation, "subscription.create", scheme(w), map[string]any{"to": reach(w.URL), "events": w.Events}), func(tx *store.Tx) error { return tx.SetWebhook(w) }); err != nil {
		return err
	}
	c.s.Tell.Subscribed(c.ctx(), w.Organisation)
	return c.created(fmt.Sprintf("/subscriptions/%d", w.ID), 0, MadeSubscription{*w, w.Secret})
}

// scheme is what the audit log says of where a subscription goes: an address may
// have a secret in it.
func scheme(w *store.Webhook) string {
	s, _, _ := strings.Cut(w.URL, ":")
	return "subscription by " + s
}

// reach is the part of an address that says where it leads: a scheme with the
// server or the mailbox, without path and query.
func reach(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	if u.Opaque != "" {
		return u.Scheme + ":" + u.Opaque
	}
	return u.Scheme + "://" + u.Host
}

func (c *call) subscription() (*store.Webhook, error) {
	id, err := c.number("subscription")
	if err != nil {
		return nil, err
	}
	w, err := c.s.Store.Webhook(c.ctx(), id)
	if err != nil {
		return nil, err
	}
	if !c.who.May(access.Administer, w.Organisation) {
		return nil, fmt.Errorf("subscription %d: %w", id, hub.ErrNotFound)
	}
	return w, nil
}

func subscriptionGet(c *call) error {
	w, err := c.subscription()
	if err != nil {
		return err
	}
	return c.reply(w)
}

// subscriptionTry sends something now. What the far end does not take is a 422
// with its reason.
func subscriptionTry(c *call) error {
	w, err := c.subscription()
	if err != nil {
		return err
	}
	if err := c.s.Tell.Try(c.ctx(), w); err != nil {
		return &fieldError{"url", err}
	}
	return c.gone()
}

func subscriptionPatch(c *call) error {
	w, err := c.subscription()
	if err != nil {
		return err
	}
	f := SubscriptionFields{w.Events, w.Active}
	if err := c.patch(&f); err != nil {
		return err
	}
	if err := tell.CheckKinds(f.Events); err != nil {
		return err
	}
	w.Events, w.Active = f.Events, f.Active
	if err := c.s.Store.Change(c.ctx(), c.deed(w.Organisation, "subscription.change", fmt.Sprintf("subscription %d", w.ID), f), func(tx *store.Tx) error { return tx.SetWebhook(w) }); err != nil {
		return err
	}
	c.s.Tell.Subscribed(c.ctx(), w.Organisation)
	return c.reply(w)
}

func subscriptionDrop(c *call) error {
	w, err := c.subscription()
	if err != nil {
		return err
	}
	if err := c.s.Store.Change(c.ctx(), c.deed(w.Organisation, "subscription.drop", fmt.Sprintf("subscription %d", w.ID), nil), func(tx *store.Tx) error { return tx.DropWebhook(w.Organisation, w.ID) }); err != nil {
		return err
	}
	return c.gone()
}

func deliveries(c *call) error {
	w, err := c.subscription()
	if err != nil {
		return err
	}
	n, err := c.limit()
	if err != nil {
		return err
	}
	var before int64
	if _, err := c.after(&before); err != nil {
		return err
	}
	found, err := c.s.Store.DeliveryPage(c.ctx(), w.ID, before, n+1)
	if err != nil {
		return err
	}
	out := list[store.Delivery]{Items: some(found[:min(n, len(found))])}
	if len(found) > n {
		if out.Next, err = cursor(found[n-1].ID); err != nil {
			return err
		}
	}
	return c.reply(out)
}
