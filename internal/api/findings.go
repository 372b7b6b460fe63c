package api

import (
	"fmt"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
)

// A Decision is what somebody makes of a finding.
type Decision struct {
	Status string  `json:"status,omitempty"` // open, accepted, in-hand, done
	Owner  string  `json:"owner,omitempty"`
	Due    string  `json:"due,omitempty"`    // YYYY-MM-DD
	Waiver *Waiver `json:"waiver,omitempty"` // null ends it
}

// A Waiver accepts a finding for a while.
type Waiver struct {
	Why   string `json:"why"`
	Until string `json:"until"` // the last day it counts, YYYY-MM-DD
}

// verdicts are what a finding can come to, the gravest first.
var verdicts = func() (out []string) {
	for _, v := range finding.Outcomes {
		out = append(out, string(v))
	}
	return out
}()

func findings(c *call) error {
	d, err := c.estate()
	if err != nil {
		return err
	}
	q := store.FindingQuery{Organisations: d.Organisations, All: d.All, Sites: d.Sites, Query: d.Query, Status: c.query("status"), Owner: c.query("owner"),
		Regime: c.query("regime"), Verdict: c.query("verdict"), Due: c.query("due"), Waived: c.query("waived"), After: c.query("after")}
	if err := c.oneOf(); err != nil {
		return err
	}
	if _, err := time.Parse(time.DateOnly, q.Due); q.Due != "" && q.Due != store.Overdue && err != nil {
		return invalid("due", "a day, YYYY-MM-DD, or %s", store.Overdue)
	}
	if q.Severity, err = c.count("severity", 0); err != nil {
		return err
	}
	if most := finding.Severity(finding.Prohibited); q.Severity > most {
		return invalid("severity", "0 to %d", most)
	}
	if err := c.knownRule(q.Regime); err != nil {
		return err
	}
	if q.Sort, q.Descending, err = c.order(store.FindingSorts()); err != nil {
		return err
	}
	if q.Limit, err = c.limit(); err != nil {
		return err
	}
	page, err := c.s.Store.Findings(c.ctx(), q)
	if err != nil {
		return err
	}
	return c.reply(list[store.FindingRow]{some(page.Findings), page.Next, &page.Total, page.MoreThan})
}

// knownRule is an error for a rule that does not exist: an empty list would say
// that no device falls under it.
func (c *call) knownRule(id string) error {
	if id == "" || c.s.Rules == nil {
		return nil
	}
	rules := c.s.Rules(c.s.Now())
	for _, known := range rules {
		if strings.EqualFold(known, id) {
			return nil
		}
	}
	return invalid("regime", "%q is not known; it is one of %s", id, strings.Join(rules, ", "))
}

// oneOf holds the parameters of the route to their values.
func (c *call) oneOf() error {
	for _, p := range c.rt.Params {
		v := c.query(p.Name)
		if v == "" || p.Values == nil {
			continue
		}
		found := false
		for _, known := range p.Values {
			found = found || v == known
		}
		if !found {
			return invalid(p.Name, "%q is not known; it is one of %s", v, strings.Join(p.Values, ", "))
		}
	}
	return nil
}

// finding reads the one of the path.
func (c *call) finding(action access.Action) (*store.FindingRow, error) {
	s, err := c.site(action)
	if err != nil {
		return nil, err
	}
	page, err := c.s.Store.Findings(c.ctx(), store.FindingQuery{All: true, Sites: []int64{s.ID}, Regime: c.PathValue("regime"), Where: "d.device = ?", Args: []any{c.PathValue("device")}, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(page.Findings) == 0 {
		return nil, fmt.Errorf("finding of %s on device %s of site %d: %w", c.PathValue("regime"), c.PathValue("device"), s.ID, hub.ErrNotFound)
	}
	return &page.Findings[0], nil
}

// findingVersion is that of the decision, from 1: one that nobody made has one too.
func findingVersion(f *store.FindingRow) int64 { return f.Decision.Version + 1 }

func findingGet(c *call) error {
	f, err := c.finding(access.View)
	if err != nil {
		return err
	}
	return c.replyVersion(findingVersion(f), f)
}

func findingPatch(c *call) error {
	f, err := c.finding(access.Judge)
	if err != nil {
		return err
	}
	if err := c.same(findingVersion(f)); err != nil {
		return err
	}
	d := &f.Decision
	v := Decision{Status: d.Status, Owner: d.Owner, Due: d.Due}
	if d.Waiver.Until != "" {
		v.Waiver = &Waiver{d.Waiver.Why, d.Waiver.Until}
	}
	before := d.Waiver
	if err := c.patch(&v); err != nil {
		return err
	}
	d.Status, d.Owner, d.Due, d.Waiver = v.Status, v.Owner, v.Due, hub.Waiver{}
	if d.Status == "" {
		d.Status = "open"
	}
	if v.Waiver != nil {
		d.Waiver = hub.Waiver{Why: v.Waiver.Why, Until: v.Waiver.Until, By: c.who.Actor()}
		if d.Waiver.Why == before.Why && d.Waiver.Until == before.Until {
			d.Waiver.By = before.By
		}
	}
	if d.Waiver != before || d.Waiver == (hub.Waiver{}) {
		err = d.Check(c.s.Now())
	} else { // one that ended stays as it was
		rest := *d
		rest.Waiver = hub.Waiver{}
		err = rest.Check(c.s.Now())
	}
	if err != nil {
		return err
	}
	action := "finding.decide"
	if d.Waiver != before && d.Waiver.Until != "" {
		action = "finding.waive"
	}
	deed := c.deed(f.Organisation, action, fmt.Sprintf("%s of device %s of site %d", d.Regime, d.Device, d.Site), d)
	if err := c.s.Store.Do(c.ctx(), deed, func(tx hub.Tx) error { return tx.SetDecision(d) }); err != nil {
		return err
	}
	c.s.Hub.Stale(d.Site)
	if f, err = c.finding(access.View); err != nil {
		return err
	}
	return c.replyVersion(findingVersion(f), f)
}
