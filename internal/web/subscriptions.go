package web

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
	"github.com/lenscap/lenscap/internal/tell"
)

// hooker is the part of a transaction that keeps subscriptions; [store.Tx] has it.
type hooker interface {
	SetWebhook(w *store.Webhook) error
	DropWebhook(organisation, id int64) error
}

func hooking(tx hub.Tx) (hooker, error) {
	h, ok := tx.(hooker)
	if !ok {
		return nil, fmt.Errorf("keep a subscription: %T cannot", tx)
	}
	return h, nil
}

// A subscriptionsView lists who is told of what.
type subscriptionsView struct {
	Answer        string
	Groups        []subscriptionGroup
	Kinds         []eventKind
	Organisations []option
	Secret        string // of the one that was made, shown once
	Able          bool   // this hub tells anybody at all
	Channels      []channelView
}

type subscriptionGroup struct {
	Name string
	Rows []subscriptionRow
}

type subscriptionRow struct {
	ID      int64
	To, By  string // where it leads, without what may be secret; and how
	Events  string
	Active  bool
	Waiting int
	Last    time.Time
	Error   string
}

type eventKind struct{ ID, Says string }

// kindSays are kinds of events in the words of a page.
var kindSays = map[string]string{
	tell.DeviceNew: "a device is seen for the first time", tell.DeviceChanged: "a device changes: its firmware, model or address, or the country or company it reaches", tell.QueryMatch: "devices begin to match a saved search",
	tell.IngestFailed: "an input cannot be read", tell.WaiverEnded: "a waiver ends", tell.Every: "everything",
	"finding.prohibited": "a rule prohibits a device", "finding.restricted": "a rule restricts a device", "finding.advised-against": "a rule advises against a device", "finding.cannot-tell": "a rule cannot tell of a device",
}

// A channelView is a way to tell in the words of the page.
type channelView struct {
	tell.Channel
	Name, Write string // what an address of it looks like
}

// Ready are the channels that are set up.
func (v subscriptionsView) Ready() (out []channelView) {
	for _, ch := range v.Channels {
		if ch.Ready {
			out = append(out, ch)
		}
	}
	return out
}

func (c *call) channels() (out []channelView) {
	if c.s.Tell == nil {
		return nil
	}
	says := map[string][2]string{"https": {"Webhooks", "https://name/path"}, "mailto": {"Mail", "mailto:name@example.org"}, "syslog": {"Syslog", "syslog:"}}
	for _, ch := range c.s.Tell.Channels() {
		out = append(out, channelView{ch, says[ch.Scheme][0], says[ch.Scheme][1]})
	}
	return out
}

const deliveriesShown = 50 // of each subscription

func subscriptionsPage(c *call) error { return c.subscriptions("") }

func (c *call) subscriptions(secret string) error {
	orgs, err := c.mine(access.Administer)
	if err != nil {
		return err
	}
	v := subscriptionsView{Secret: secret, Channels: c.channels()}
	v.Able = slices.ContainsFunc(v.Channels, func(ch channelView) bool { return ch.Ready })
	for _, k := range append([]string{tell.Every}, tell.Kinds()...) {
		says := kindSays[k]
		if says == "" {
			says = k
		}
		v.Kinds = append(v.Kinds, eventKind{k, says})
	}
	n, failing := 0, 0
	for _, o := range orgs {
		v.Organisations = append(v.Organisations, option{fmt.Sprint(o.ID), report.Visible(o.Name)})
		list, err := c.s.Store.Webhooks(c.ctx(), o.ID)
		if err != nil {
			return err
		}
		g := subscriptionGroup{Name: report.Visible(o.Name)}
		for i := range list {
			r, err := c.subscriptionRow(&list[i])
			if err != nil {
				return err
			}
			if n++; r.Error != "" {
				failing++
			}
			g.Rows = append(g.Rows, r)
		}
		if len(g.Rows) > 0 {
			v.Groups = append(v.Groups, g)
		}
	}
	v.Answer = "Nobody is told yet."
	if n > 0 {
		v.Answer = report.Plural(int64(n), "subscription tells", "subscriptions tell") + " of what happens."
	}
	if failing > 0 {
		v.Answer += " The last try of " + report.Thousands(int64(failing)) + " failed."
	}
	return c.show("subscriptions", v)
}

func (c *call) subscriptionRow(w *store.Webhook) (subscriptionRow, error) {
	r := subscriptionRow{ID: w.ID, To: report.Visible(reach(w.URL)), Active: w.Active}
	switch {
	case strings.HasPrefix(w.URL, "mailto:"):
		r.By = "mail"
	case strings.HasPrefix(w.URL, "syslog:"):
		r.By = "syslog"
	default:
		r.By = "webhook"
	}
	var events []string
	for _, k := range w.Events {
		if says := kindSays[k]; says != "" {
			k = says
		}
		events = append(events, k)
	}
	r.Events = strings.Join(events, "; ")
	list, err := c.s.Store.DeliveryPage(c.ctx(), w.ID, 0, deliveriesShown)
	if err != nil {
		return r, err
	}
	for i, d := range list {
		if i == 0 {
			r.Last, r.Error = d.At, report.Visible(d.Error)
		}
		if !d.Next.IsZero() {
			r.Waiting++
		}
	}
	return r, nil
}

// reach is the part of an address that says where it leads, without path and
// query: they may hold a secret.
func reach(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return ""
	case u.Opaque != "":
		return u.Scheme + ":" + u.Opaque
	}
	return strings.TrimSuffix(u.Scheme+"://"+u.Host, "://")
}

// subscriptionAdd makes one, and shows the secret that signs what a webhook is
// sent. That is not kept in the browser and not shown again.
func subscriptionAdd(c *call) error {
	org, err := c.formNumber("organisation")
	if err != nil {
		return err
	}
	if err := c.may(access.Administer, org, fmt.Sprintf("organisation %d", org)); err != nil {
		return err
	}
	w := &store.Webhook{Organisation: org, URL: c.field("url"), Events: slices.Clone(c.PostForm["event"]), Active: true}
	if c.s.Tell == nil {
		return invalid("url", "this hub tells nobody")
	}
	if err := c.s.Tell.CheckTarget(c.ctx(), w.URL); err != nil {
		_, why, is := strings.Cut(err.Error(), hub.ErrInvalid.Error()+": ")
		if !is {
			why = err.Error()
		}
		return invalid("url", "%s", strings.TrimPrefix(why, "url: "))
	}
	if slices.Contains(w.Events, tell.Every) {
		w.Events = []string{tell.Every}
	}
	if err := tell.CheckKinds(w.Events); err != nil {
		return invalid("event", "choose at least one thing to be told of")
	}
	slices.Sort(w.Events)
	w.Events = slices.Compact(w.Events)
	by, _, _ := strings.Cut(w.URL, ":")
	if strings.HasPrefix(by, "http") {
		w.Secret = tell.NewSecret()
	}
	detail := map[string]any{"to": reach(w.URL), "events": w.Events}
	err = c.s.Store.Do(c.ctx(), c.deed(org, "subscription.create", "subscription by "+by, detail), func(tx hub.Tx) error {
		h, err := hooking(tx)
		if err != nil {
			return err
		}
		return h.SetWebhook(w)
	})
	if err != nil {
		return err
	}
	c.s.Tell.Subscribed(c.ctx(), org)
	if w.Secret == "" {
		return c.see("/subscriptions", "Kept. It is told from now on.")
	}
	c.w.Header().Set("Cache-Control", "no-store")
	return c.subscriptions(w.Secret)
}

// subscriptionForm tries or halts a subscription, lets it go on, or drops it.
func subscriptionForm(c *call) error {
	id, err := c.number("subscription")
	if err != nil {
		return err
	}
	w, err := c.s.Store.Webhook(c.ctx(), id)
	if err != nil {
		return err
	}
	if err := c.may(access.Administer, w.Organisation, fmt.Sprintf("subscription %d", id)); err != nil {
		return err
	}
	if c.field("do") == "try" && c.s.Tell != nil {
		if err := c.s.Tell.Try(c.ctx(), w); err != nil {
			return c.see("/subscriptions", "The try failed: "+plainError(err))
		}
		return c.see("/subscriptions", "A message was sent to try it.")
	}
	action, said := "subscription.change", "It is halted: what happens meanwhile is not told."
	switch c.field("do") {
	case "halt":
		w.Active = false
	case "go":
		w.Active, said = true, "It is told again from now on."
	case "drop":
		action, said = "subscription.drop", "It was taken out."
	default:
		return invalid("do", "try, halt, go or drop")
	}
	err = c.s.Store.Do(c.ctx(), c.deed(w.Organisation, action, fmt.Sprintf("subscription %d", id), map[string]any{"active": w.Active}), func(tx hub.Tx) error {
		h, err := hooking(tx)
		if err != nil {
			return err
		}
		if action == "subscription.drop" {
			return h.DropWebhook(w.Organisation, id)
		}
		return h.SetWebhook(w)
	})
	if err != nil {
		return err
	}
	c.s.Tell.Subscribed(c.ctx(), w.Organisation)
	return c.see("/subscriptions", said)
}
