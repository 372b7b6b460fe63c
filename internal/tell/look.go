package tell

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/query"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

// Names of the marks. That of an organisation says since when somebody listens;
// that of a site has the digests of what was told of it.
func organisationMark(id int64) string { return fmt.Sprintf("told.organisation.%d", id) }
func siteMark(id int64) string         { return fmt.Sprintf("told.site.%d", id) }

const (
	ingestMark = "told.ingest" // when the last input failed that was told
	waiverMark = "told.waiver" // the day up to which ended waivers were told
)

// Look puts what happened since the last look in the queue. Nothing is lost when
// it is not called for a while.
func (m *Messenger) Look(ctx context.Context) error {
	m.looking.Lock()
	defer m.looking.Unlock()
	orgs, err := m.cfg.Store.Organisations(ctx)
	if err != nil {
		return err
	}
	for i := range orgs {
		if err := m.organisation(ctx, &orgs[i]); err != nil {
			return fmt.Errorf("look at organisation %d: %w", orgs[i].ID, err)
		}
	}
	if err := m.ingests(ctx, orgs); err != nil {
		return err
	}
	if err := m.waivers(ctx, orgs); err != nil {
		return err
	}
	m.poke()
	return nil
}

// Subscribed is called once somebody subscribed, or saved a search that tells: what is
// there now is not told, and what comes after it is.
func (m *Messenger) Subscribed(ctx context.Context, organisation int64) {
	m.looking.Lock()
	defer m.looking.Unlock()
	o, err := m.cfg.Store.Organisation(ctx, organisation)
	if err == nil {
		err = m.organisation(ctx, o)
	}
	if err != nil { // it begins with the next look
		m.cfg.Log.WarnContext(ctx, "what is there at the beginning of a subscription could not be looked at", slog.Int64("organisation", organisation), slog.Any("error", err))
	}
}

// organisation looks at the sites of one. What was there before anybody
// subscribed is not told.
func (m *Messenger) organisation(ctx context.Context, o *hub.Organisation) error {
	hooks, err := m.hooks(ctx, o)
	if err != nil {
		return err
	}
	mark, err := m.cfg.Store.Setting(ctx, organisationMark(o.ID))
	if err != nil {
		return err
	}
	listens := slices.ContainsFunc(hooks, func(w store.Webhook) bool { return w.Active })
	if !listens {
		if mark == "" {
			return nil
		}
		return m.cfg.Store.Keep(ctx, func(tx *store.Tx) error { return tx.SetSetting(organisationMark(o.ID), "") })
	}
	sites, err := m.cfg.Store.Sites(ctx, o.ID)
	if err != nil {
		return err
	}
	changed := false
	for i := range sites {
		s := &sites[i]
		if s.Derived.IsZero() || mark != "" && m.derived[s.ID].Equal(s.Derived) {
			continue
		}
		if err := m.site(ctx, o, s, mark == ""); err != nil {
			return fmt.Errorf("site %d: %w", s.ID, err)
		}
		m.derived[s.ID] = s.Derived
		changed = true
	}
	if err := m.queries(ctx, o, changed, mark == ""); err != nil {
		return err
	}
	if mark != "" {
		return nil
	}
	return m.cfg.Store.Keep(ctx, func(tx *store.Tx) error {
		return tx.SetSetting(organisationMark(o.ID), m.cfg.Now().UTC().Format(time.RFC3339))
	})
}

// hooks are the subscriptions of an organisation. A syslog server in the settings
// is told of everything: it gets a subscription where it has none.
func (m *Messenger) hooks(ctx context.Context, o *hub.Organisation) ([]store.Webhook, error) {
	list, err := m.cfg.Store.Webhooks(ctx, o.ID)
	if err != nil || m.cfg.Syslog == nil || slices.ContainsFunc(list, func(w store.Webhook) bool { return schemeOf(w.URL) == "syslog" }) {
		return list, err
	}
	w := store.Webhook{Organisation: o.ID, URL: "syslog:", Events: []string{Every}, Active: true}
	if err := m.cfg.Store.Keep(ctx, func(tx *store.Tx) error { return tx.SetWebhook(&w) }); err != nil {
		return nil, fmt.Errorf("subscribe the syslog server: %w", err)
	}
	return append(list, w), nil
}

// A set holds digests of what was told.
type set map[uint64]bool

func key(parts ...string) uint64 {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return binary.BigEndian.Uint64(sum[:8])
}

func (s set) bytes() []byte {
	list := make([]uint64, 0, len(s))
	for k := range s {
		list = append(list, k)
	}
	slices.Sort(list)
	out := []byte{1} // version; an empty set is not nothing
	for _, k := range list {
		out = binary.BigEndian.AppendUint64(out, k)
	}
	return out
}

func setOf(b []byte) set {
	out := set{}
	for b = b[min(1, len(b)):]; len(b) >= 8; b = b[8:] {
		out[binary.BigEndian.Uint64(b)] = true
	}
	return out
}

// site compares one with its mark. silent moves the mark only. Devices that are as
// they were when the mark was made are not read.
func (m *Messenger) site(ctx context.Context, o *hub.Organisation, s *hub.Site, silent bool) error {
	st := m.cfg.Store
	text, err := st.Setting(ctx, siteMark(s.ID))
	if err != nil {
		return err
	}
	b, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return fmt.Errorf("mark %s is damaged: %w", siteMark(s.ID), err)
	}
	was, now := markOf(b), newMark()
	told, err := st.Told(ctx, s.ID, func(d store.DeviceDigest) bool { return now.take(was, d) })
	if err != nil {
		return err
	}
	fresh := func(device string, parts ...string) bool {
		k := key(append([]string{parts[0], device}, parts[1:]...)...)
		now.add(device, k)
		return !was.all[k]
	}
	items := map[string][]Item{}
	add := func(kind string, it Item) {
		it.Site, it.Link = s.ID, m.link("devices", fmt.Sprint(s.ID), it.Device)
		it.Name, it.Says = clean(it.Name), clean(it.Says)
		items[kind] = append(items[kind], it)
	}
	began := map[string]bool{} // whose timeline is new with them
	for i := range told.Rows {
		d := &told.Rows[i]
		if d.Presence != hub.DeclaredOnly && fresh(d.Device, "device") {
			began[d.Device] = true
			add(DeviceNew, Item{Device: d.Device, Name: d.Name, Maker: clean(d.Maker), Model: clean(d.Model), Address: d.Address, Says: "Seen for the first time."})
		}
	}
	for i := range told.Findings {
		f := &told.Findings[i]
		if fresh(f.Device, "finding", f.Regime, f.Verdict) {
			add(findingPrefix+f.Verdict, Item{Device: f.Device, Name: f.Name, Regime: f.Regime, Rule: f.Rule, Clause: f.Clause, Verdict: f.Verdict, Says: report.VerdictWord(finding.Verdict(f.Verdict)) + " under " + f.Rule + ": " + f.Why})
		}
	}
	for i := range told.Changes {
		c := &told.Changes[i]
		if fresh(c.Device, "change", c.At.UTC().Format(time.RFC3339Nano), c.What, c.Before, c.After) && !began[c.Device] {
			add(DeviceChanged, Item{Device: c.Device, Name: c.Name, What: c.What, Before: clean(c.Before), After: clean(c.After), When: c.At, Says: c.Says})
		}
	}
	mark := base64.RawStdEncoding.EncodeToString(now.bytes())
	if mark == text {
		return nil
	}
	var events []Event
	if !silent {
		base := Event{At: m.cfg.Now().UTC(), Organisation: Named{o.ID, o.Name}, Site: &Named{s.ID, s.Name}, Link: m.link("sites", fmt.Sprint(s.ID))}
		for _, kind := range Kinds() {
			e := base
			e.Kind = kind
			events = append(events, chunks(e, func(n int) string { return heading(kind, n, s.Name) }, items[kind])...)
		}
	}
	return m.queue(ctx, events, func(tx *store.Tx) error { return tx.SetSetting(siteMark(s.ID), mark) })
}

func heading(kind string, n int, place string) string {
	switch kind {
	case DeviceNew:
		return report.Plural(int64(n), "new device", "new devices") + " at " + clean(place)
	case DeviceChanged:
		return report.Plural(int64(n), "change", "changes") + " at " + clean(place)
	case WaiverEnded:
		return report.Plural(int64(n), "waiver", "waivers") + " ended at " + clean(place)
	}
	return report.Plural(int64(n), "new finding", "new findings") + " “" + strings.TrimPrefix(kind, findingPrefix) + "” at " + clean(place)
}

// queue puts events in the queue and moves a mark, both or neither.
func (m *Messenger) queue(ctx context.Context, events []Event, mark func(*store.Tx) error) error {
	return m.cfg.Store.Keep(ctx, func(tx *store.Tx) error {
		for i := range events {
			b, err := json.Marshal(&events[i])
			if err != nil {
				return err
			}
			if err := tx.Tell(events[i].Organisation.ID, events[i].Kind, string(b)); err != nil {
				return err
			}
		}
		return mark(tx)
	})
}

func (m *Messenger) link(parts ...string) string {
	if m.cfg.URL == "" {
		return ""
	}
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return strings.TrimSuffix(m.cfg.URL, "/") + "/" + strings.Join(parts, "/")
}

// queries compares what saved searches match with what they matched: all of them
// when a site changed, else those that are new.
func (m *Messenger) queries(ctx context.Context, o *hub.Organisation, changed, silent bool) error {
	all, err := m.cfg.Store.AlertingQueries(ctx)
	if err != nil {
		return err
	}
	for i := range all {
		q := &all[i]
		if q.Organisation != o.ID {
			continue
		}
		if !changed {
			if b, err := m.cfg.Store.Matching(ctx, q.ID); err != nil || b != nil {
				if err != nil {
					return err
				}
				continue
			}
		}
		parsed, err := query.Parse(q.Text, store.Fields())
		if err != nil {
			m.cfg.Log.WarnContext(ctx, "a saved search cannot be read any more", slog.Int64("query", q.ID), slog.Any("error", err))
			continue
		}
		parsed.Now = m.cfg.Now()
		if err := m.query(ctx, o, q, store.DeviceQuery{Organisations: []int64{o.ID}, Query: parsed}, silent); err != nil {
			return fmt.Errorf("saved search %d: %w", q.ID, err)
		}
	}
	return nil
}

func (m *Messenger) query(ctx context.Context, o *hub.Organisation, q *hub.Query, asked store.DeviceQuery, silent bool) error {
	b, err := m.cfg.Store.Matching(ctx, q.ID)
	if err != nil {
		return err
	}
	devices, err := m.cfg.Store.Matches(ctx, asked)
	if err != nil {
		return err
	}
	was, now := setOf(b), set{}
	var items []Item
	for i := range devices {
		d := &devices[i]
		k := key(fmt.Sprint(d.Site), d.Device)
		if now[k] = true; !was[k] {
			items = append(items, Item{Site: d.Site, Device: d.Device, Name: clean(d.Name), Maker: clean(d.Maker), Model: clean(d.Model), Address: d.Address,
				Says: "Begins to match.", Link: m.link("devices", fmt.Sprint(d.Site), d.Device)})
		}
	}
	if len(items) == 0 && len(was) == len(now) && b != nil {
		return nil
	}
	var events []Event
	if !silent && b != nil { // a search that is new matches what it matches
		e := Event{Kind: QueryMatch, At: m.cfg.Now().UTC(), Organisation: Named{o.ID, o.Name}, Query: &Named{q.ID, q.Name}}
		if e.Link = m.link(""); e.Link != "" {
			e.Link += "?" + url.Values{"q": {q.Text}}.Encode()
		}
		events = chunks(e, func(n int) string {
			return report.Plural(int64(n), "device begins", "devices begin") + " to match “" + clean(q.Name) + "”"
		}, items)
	}
	return m.queue(ctx, events, func(tx *store.Tx) error { return tx.SetMatching(q.ID, now.bytes()) })
}

// places finds sites with their organisations by id.
func (m *Messenger) places(ctx context.Context, orgs []hub.Organisation) (map[int64]*hub.Site, map[int64]*hub.Organisation, error) {
	sites, err := m.cfg.Store.Sites(ctx, 0)
	if err != nil {
		return nil, nil, err
	}
	site, org := map[int64]*hub.Site{}, map[int64]*hub.Organisation{}
	for i := range sites {
		site[sites[i].ID] = &sites[i]
	}
	for i := range orgs {
		org[orgs[i].ID] = &orgs[i]
	}
	return site, org, nil
}

// ingests tells inputs that failed.
func (m *Messenger) ingests(ctx context.Context, orgs []hub.Organisation) error {
	mark, err := m.cfg.Store.Setting(ctx, ingestMark)
	if err != nil {
		return err
	}
	set := func(at time.Time) func(*store.Tx) error {
		return func(tx *store.Tx) error { return tx.SetSetting(ingestMark, at.UTC().Format(time.RFC3339Nano)) }
	}
	last, err := time.Parse(time.RFC3339Nano, mark)
	if err != nil { // the first look
		return m.queue(ctx, nil, set(m.cfg.Now()))
	}
	failed, err := m.cfg.Store.FailedIngests(ctx, last)
	if err != nil || len(failed) == 0 {
		return err
	}
	site, org, err := m.places(ctx, orgs)
	if err != nil {
		return err
	}
	var events []Event
	for i := range failed {
		in := &failed[i]
		last = in.Ended
		s := site[in.Site]
		if s == nil || org[s.Organisation] == nil {
			continue
		}
		o := org[s.Organisation]
		events = append(events, Event{Kind: IngestFailed, At: m.cfg.Now().UTC(), Organisation: Named{o.ID, o.Name}, Site: &Named{s.ID, s.Name}, Ingest: &Named{in.ID, clean(in.Name)},
			Says: "An input of " + clean(s.Name) + " could not be read: " + clean(in.Name) + ": " + clean(in.Error), Link: m.link("inputs", fmt.Sprint(in.ID))})
	}
	return m.queue(ctx, events, set(last))
}

// waivers tells those that ended.
func (m *Messenger) waivers(ctx context.Context, orgs []hub.Organisation) error {
	mark, err := m.cfg.Store.Setting(ctx, waiverMark)
	if err != nil {
		return err
	}
	today := m.cfg.Now().UTC().Format(time.DateOnly)
	if mark == today {
		return nil
	}
	var ended []hub.Decision
	if mark != "" {
		if ended, err = m.cfg.Store.EndedWaivers(ctx, mark, today); err != nil {
			return err
		}
	}
	site, org, err := m.places(ctx, orgs)
	if err != nil {
		return err
	}
	items, order := map[int64][]Item{}, []int64(nil)
	for i := range ended {
		d := &ended[i]
		if items[d.Site] == nil {
			order = append(order, d.Site)
		}
		items[d.Site] = append(items[d.Site], Item{Site: d.Site, Device: d.Device, Regime: d.Regime, Says: "The waiver of " + clean(d.Waiver.By) + " counted until " + d.Waiver.Until + ": " + clean(d.Waiver.Why),
			Link: m.link("devices", fmt.Sprint(d.Site), d.Device)})
	}
	var events []Event
	for _, id := range order {
		s := site[id]
		if s == nil || org[s.Organisation] == nil {
			continue
		}
		o := org[s.Organisation]
		e := Event{Kind: WaiverEnded, At: m.cfg.Now().UTC(), Organisation: Named{o.ID, o.Name}, Site: &Named{s.ID, s.Name}, Link: m.link("sites", fmt.Sprint(s.ID))}
		events = append(events, chunks(e, func(n int) string { return heading(WaiverEnded, n, s.Name) }, items[id])...)
	}
	return m.queue(ctx, events, func(tx *store.Tx) error { return tx.SetSetting(waiverMark, today) })
}
