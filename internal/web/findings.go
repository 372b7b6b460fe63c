package web

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

const findingsShown = 100

// A findingsView is the queue.
type findingsView struct {
	Answer   []linked
	Rows     []findingRow
	Total    int64
	MoreThan bool
	Pager    pager
	Heads    []headView
	Filters  []facetView
	searched
	Hidden   []option // what the search form keeps
	MayJudge bool
	Statuses []string
	Clear    string
	Narrowed bool
	Empty    string // said in the place of rows
	Overdue  tally
	Unwaived bool
	Regime   string
	Why      bool // of one rule: the reason stands in the place of its name
	Exports  []exportRow
	openQuestions
}

type findingRow struct {
	*store.FindingRow
	Key, Href string
	Chip      report.Chip
	Late      bool
}

// filters of the queue, as they stand in the address.
var findingFilters = []string{"verdict", "status", "waived", "owner", "due", "regime", "site", "organisation", "all", "outcome", "q", "sort", "desc"}

func findingsPage(c *call) error {
	v, q, err := c.findingsOf(url.Values{})
	if err != nil {
		return err
	}
	v.Clear = "/findings"
	if err := c.findingsFill(v, q, "/findings"); err != nil {
		return err
	}
	if v.Asked, v.AskedMore, err = c.asked(q.Organisations, q.All, q.Sites); err != nil {
		return err
	}
	return c.show("findings", v)
}

// findingsOf reads the address into a question; fixed are filters that the page sets.
func (c *call) findingsOf(fixed url.Values) (*findingsView, store.FindingQuery, error) {
	get := func(k string) string { return cmp.Or(fixed.Get(k), c.query(k)) }
	ids, all := c.who.Organisations(access.View)
	q := store.FindingQuery{Organisations: ids, All: all, Status: get("status"), Owner: get("owner"), Regime: get("regime"), Verdict: get("verdict"), Due: get("due"), Waived: get("waived"), WouldBe: get("would"),
		Day: c.today(), Sort: get("sort"), Descending: get("desc") == "1", After: c.query("after"), Limit: findingsShown}
	if get("all") == "" && q.Verdict == "" {
		q.Severity = finding.Severity(finding.CannotTell)
	}
	if err := c.knownFilters(q.Due); err != nil {
		return nil, q, err
	}
	v := &findingsView{searched: searched{Text: c.query("q")}, Statuses: statuses, MayJudge: c.who.MaySomewhere(access.Judge), Regime: q.Regime}
	if v.Text != "" {
		a, err := c.askingOf(v.Text)
		if err != nil {
			return nil, q, err
		}
		v.searched, q.Query = a.searched, a.db.Query
	}
	if id, err := c.id("organisation"); err != nil {
		return nil, q, err
	} else if id > 0 {
		if _, err := c.s.Store.Organisation(c.ctx(), id); err != nil {
			return nil, q, err
		}
		if err := c.may(access.View, id, "organisation"); err != nil {
			return nil, q, err
		}
		q.Organisations, q.All = []int64{id}, false
	}
	if id, err := c.id("site"); err != nil {
		return nil, q, err
	} else if id > 0 {
		if _, err := c.site(id, access.View); err != nil {
			return nil, q, err
		}
		q.Sites = []int64{id}
	}
	return v, q, nil
}

// knownFilters says of a filter of the address what it may be, when it is none of
// that: an empty list would look like an answer.
func (c *call) knownFilters(due string) error {
	words := make([]string, len(finding.Outcomes))
	for i, v := range finding.Outcomes {
		words[i] = string(v)
	}
	var rules []string
	for _, r := range c.s.regimes(c.s.Now()) {
		rules = append(rules, r.ID)
	}
	for _, f := range []struct {
		name   string
		values []string
	}{{"sort", store.FindingSorts()}, {"verdict", words}, {"status", append(slices.Clone(statuses), store.Decided)}, {"waived", []string{"yes", "no"}}, {"regime", rules}, {"all", []string{"1"}}, {"desc", []string{"1"}}, {"outcome", report.Outcomes()}} {
		if _, err := c.among(f.name, f.values...); err != nil {
			return err
		}
	}
	if !isDay(due) && due != store.Overdue {
		return noDay("due", due)
	}
	return nil
}

// link is the queue with some filters changed.
func (c *call) link(path string, set ...string) string {
	v := url.Values{}
	for _, k := range findingFilters {
		if s := c.query(k); s != "" {
			v.Set(k, s)
		}
	}
	for i := 0; i+1 < len(set); i += 2 {
		if set[i+1] == "" {
			v.Del(set[i])
		} else {
			v.Set(set[i], set[i+1])
		}
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

func (c *call) findingsFill(v *findingsView, q store.FindingQuery, path string) error {
	for _, k := range []string{"verdict", "status", "waived", "owner", "due", "regime", "site", "organisation", "all", "outcome", "sort", "desc"} {
		if s := c.query(k); s != "" {
			v.Hidden = append(v.Hidden, option{k, s})
			v.Narrowed = true
		}
	}
	v.Narrowed = v.Narrowed || v.Text != ""
	if v.Error != "" {
		v.Answer = []linked{{Text: "Nothing is shown until the search can be read."}}
		return nil
	}
	page, err := c.s.Store.Findings(c.ctx(), q)
	if err != nil {
		return err
	}
	v.Total, v.MoreThan = page.Total, page.MoreThan
	for i := range page.Findings {
		raw := page.Findings[i]
		f := report.Tame(raw)
		v.Rows = append(v.Rows, findingRow{&f, rowKey(raw.Site, raw.Device) + "/" + raw.Regime, deviceHref(raw.Site, raw.Device) + "#findings", report.ChipOf(finding.Verdict(f.Verdict), finding.Verdict(f.WouldBe)),
			f.Decision.Due != "" && f.Decision.Due < c.today() && f.Decision.Status != "done" && !f.Waived})
	}
	v.Pager = pager{N: findingsShown}
	if page.Next != "" {
		v.Pager.Next = c.link(path, "after", page.Next)
	}
	if q.After != "" {
		v.Pager.First = c.link(path)
	}
	for _, h := range []struct{ title, sort, class string }{{"Device", "device", ""}, {"Rule", "regime", ""}, {"Verdict", "severity", ""}, {"Maker", "maker", "p3"}, {"Site", "site", "p2"}, {"Status", "status", ""}, {"Owner", "owner", "p3"}, {"Due", "due", "p2"}} {
		desc, sorted := "", ""
		if q.Sort == h.sort && !q.Descending || q.Sort != h.sort && h.sort == "severity" {
			desc = "1"
		}
		if q.Sort == h.sort {
			sorted = map[bool]string{true: "descending", false: "ascending"}[q.Descending]
		}
		if h.sort == "regime" && v.Why {
			h.title = "Why"
		}
		v.Heads = append(v.Heads, headView{h.title, h.class, c.link(path, "sort", h.sort, "desc", desc, "after", ""), sorted})
	}
	if v.Exports, err = c.findingExports(&q, v.Text, c.query("organisation")); err != nil {
		return err
	}
	return c.findingsCounts(v, q, path)
}

// regimeNames are the names of all rules by id.
func (c *call) regimeNames() map[string]string {
	out := map[string]string{}
	for _, r := range c.s.regimes(c.s.Now()) {
		out[r.ID] = r.Name
	}
	return out
}

// findingsForm decides many findings at once: all in one transaction an
// organisation, or none of them.
func findingsForm(c *call) error {
	if err := c.ParseForm(); err != nil {
		return invalid("finding", "load the page again")
	}
	keys := c.PostForm["finding"]
	if len(keys) == 0 || len(keys) > bulkMost {
		return invalid("finding", "choose at least one line, and at most %s", report.Thousands(bulkMost))
	}
	var model hub.Decision
	if err := c.readDecision(&model); err != nil {
		return err
	}
	by, stale := map[int64][]hub.Decision{}, map[int64]bool{}
	for _, k := range keys {
		parts := strings.SplitN(k, "/", 3)
		if len(parts) != 3 {
			return invalid("finding", "load the page again")
		}
		id, err := strconv.ParseInt(parts[0], 10, 64)
		if err != nil {
			return invalid("finding", "load the page again")
		}
		site, err := c.site(id, access.Judge)
		if err != nil {
			return err
		}
		if _, err := c.s.Store.Device(c.ctx(), id, parts[1]); err != nil {
			return err
		}
		d := model
		d.Site, d.Device, d.Regime = id, parts[1], parts[2]
		before, err := c.s.Store.Decision(c.ctx(), id, d.Device, d.Regime)
		if err != nil {
			return err
		}
		d.Version = before.Version
		by[site.Organisation], stale[id] = append(by[site.Organisation], d), true
	}
	action := "finding.decide"
	if model.Waiver.Until != "" {
		action = "finding.waive"
	}
	for org, list := range by {
		deed := c.deed(org, action, report.Plural(int64(len(list)), "finding", "findings"), list)
		err := c.s.Store.Do(c.ctx(), deed, func(tx hub.Tx) error {
			for i := range list {
				if err := tx.SetDecision(&list[i]); err != nil {
					return fmt.Errorf("%s of %s: %w", list[i].Regime, objectOf(list[i].Site, list[i].Device), err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for id := range stale {
		c.s.Hub.Stale(id)
	}
	return c.see(c.field("back"), "Decided "+report.Plural(int64(len(keys)), "finding", "findings")+". The estate is being worked out again.")
}
