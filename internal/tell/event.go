package tell

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
)

// The kinds of events.
const (
	DeviceNew     = "device.new"     // seen for the first time
	DeviceChanged = "device.changed" // an entry of its timeline
	QueryMatch    = "query.match"    // devices begin to match a saved search that alerts
	IngestFailed  = "ingest.failed"
	WaiverEnded   = "waiver.ended"
	Trial         = "test" // what [Messenger.Try] sends; nobody subscribes to it

	findingPrefix = "finding." // and the verdict: whoever wants the grave ones asks for those
)

// Every is what a subscription to all kinds says.
const Every = "*"

// Kinds are all of them.
func Kinds() []string {
	out := []string{DeviceNew, DeviceChanged}
	for _, v := range []finding.Verdict{finding.Prohibited, finding.Restricted, finding.AdvisedAgainst, finding.CannotTell} {
		out = append(out, findingPrefix+string(v))
	}
	return append(out, QueryMatch, IngestFailed, WaiverEnded)
}

// An Event is what is told: one kind of thing that happened at one place, to one
// or more.
type Event struct {
	Kind         string    `json:"kind"`
	At           time.Time `json:"at"` // when it was found
	Organisation Named     `json:"organisation"`
	Site         *Named    `json:"site,omitempty"`
	Query        *Named    `json:"query,omitempty"`  // saved search
	Ingest       *Named    `json:"ingest,omitempty"` // that failed
	Says         string    `json:"says"`             // one line
	Link         string    `json:"link,omitempty"`
	Items        []Item    `json:"items,omitempty"` // at most 100; more are another event
}

// Named is a thing of the hub.
type Named struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// An Item is one device it happened to.
type Item struct {
	Site    int64     `json:"site"`
	Device  string    `json:"device"`
	Name    string    `json:"name,omitempty"`
	Maker   string    `json:"maker,omitempty"`
	Model   string    `json:"model,omitempty"`
	Address string    `json:"address,omitempty"`
	Regime  string    `json:"regime,omitempty"`
	Rule    string    `json:"rule,omitempty"` // name of the regime
	Clause  string    `json:"clause,omitempty"`
	Verdict string    `json:"verdict,omitempty"`
	What    string    `json:"what,omitempty"` // of a change: firmware, country …
	Before  string    `json:"before,omitempty"`
	After   string    `json:"after,omitempty"`
	When    time.Time `json:"when,omitzero"` // of a change
	Says    string    `json:"says"`          // one sentence
	Link    string    `json:"link,omitempty"`
}

const mostItems = 100

// severity is from 0 to 10, as CEF counts.
func (e *Event) severity() int {
	switch {
	case strings.HasPrefix(e.Kind, findingPrefix):
		return 2 + 2*finding.Severity(finding.Verdict(strings.TrimPrefix(e.Kind, findingPrefix)))
	case e.Kind == DeviceNew, e.Kind == DeviceChanged, e.Kind == WaiverEnded, e.Kind == IngestFailed:
		return 5
	case e.Kind == QueryMatch:
		return 6
	}
	return 3
}

func parse(body string) (*Event, error) {
	var e Event
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		return nil, fmt.Errorf("read a delivery: %w", err)
	}
	return &e, nil
}

// A Channel is a way to tell, and whether this hub is set up for it.
type Channel struct {
	Scheme  string // https, mailto, syslog: how an address of it begins
	Setting string // the one that sets it up
	Ready   bool
}

// Channels are all the ways there are.
func (m *Messenger) Channels() []Channel {
	out := []Channel{{Scheme: "https"}, {Scheme: "mailto"}, {Scheme: "syslog"}}
	for i := range out {
		out[i].Setting, out[i].Ready = settingOf(out[i].Scheme), m.tellers[out[i].Scheme] != nil
	}
	return out
}

// settingOf is the setting without which nothing is told by a scheme.
func settingOf(scheme string) string {
	switch scheme {
	case "mailto":
		return "mail.server"
	case "syslog":
		return "syslog.server"
	}
	return "webhooks.allow"
}

// CheckTarget says what of an address cannot be subscribed on this hub, as
// [hub.ErrInvalid] with what would be right: its form, and where the settings let
// the hub call. What it lets through is asked again, after the name was looked up,
// whenever something is sent.
func (m *Messenger) CheckTarget(ctx context.Context, s string) error {
	if err := checkForm(s); err != nil {
		return err
	}
	scheme := schemeOf(s)
	if m.tellers[scheme] == nil {
		return fmt.Errorf("%w: url: this hub's settings have no %s, so nothing can be sent by %s; who runs the hub sets it in its settings file", hub.ErrInvalid, settingOf(scheme), scheme)
	}
	if scheme != "https" && scheme != "http" {
		return nil
	}
	if err := m.cfg.Webhooks.MayCall(ctx, s); err != nil {
		return fmt.Errorf("%w; the allow-list is webhooks.allow in the hub's settings", err)
	}
	return nil
}

// checkForm looks at an address alone. It is one of a webhook, mailto: with one
// address, or "syslog:".
func checkForm(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || len(s) > 1000:
		return fmt.Errorf("%w: url: write https://name/path, mailto:name@example.org or syslog:", hub.ErrInvalid)
	case schemeOf(s) != u.Scheme:
		return fmt.Errorf("%w: url: write %s: in small letters", hub.ErrInvalid, u.Scheme)
	case u.Scheme == "https" || u.Scheme == "http":
		if u.Host == "" || u.User != nil || u.Fragment != "" {
			return fmt.Errorf("%w: url: write https://name/path, without a user or a fragment", hub.ErrInvalid)
		}
	case u.Scheme == "mailto":
		if err := checkAddress(u.Opaque); err != nil || u.RawQuery != "" {
			return fmt.Errorf("%w: url: write mailto:name@example.org, with one address", hub.ErrInvalid)
		}
	case u.Scheme == "syslog":
		if s != "syslog:" {
			return fmt.Errorf("%w: url: write syslog: alone; the server is in the hub's settings", hub.ErrInvalid)
		}
	default:
		return fmt.Errorf("%w: url: https://name/path, mailto:name@example.org or syslog: are known here", hub.ErrInvalid)
	}
	return nil
}

// CheckKinds says which of a list is no kind of event.
func CheckKinds(kinds []string) error {
	if len(kinds) == 0 {
		return fmt.Errorf("%w: events: choose of %s, or %s for all", hub.ErrInvalid, strings.Join(Kinds(), ", "), Every)
	}
	for _, k := range kinds {
		if k != Every && !slices.Contains(Kinds(), k) {
			return fmt.Errorf("%w: events: there is no %q; there are %s, and %s for all", hub.ErrInvalid, clip(k, 50), strings.Join(Kinds(), ", "), Every)
		}
	}
	return nil
}

func schemeOf(s string) string {
	scheme, _, _ := strings.Cut(s, ":")
	return scheme
}

// chunks cuts items into events of at most mostItems.
func chunks(e Event, says func(n int) string, items []Item) (out []Event) {
	for part := range slices.Chunk(items, mostItems) {
		one := e
		one.Items, one.Says = part, says(len(part))
		out = append(out, one)
	}
	return out
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

// clean makes what a device says of itself harmless in a line of text.
func clean(s string) string { return report.Visible(clip(s, 300)) }
