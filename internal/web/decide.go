package web

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/query"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

// decideForm writes what somebody made of one finding.
func decideForm(c *call) error {
	v, err := c.device(access.Judge)
	if err != nil {
		return err
	}
	d := &hub.Decision{Site: v.Place.ID, Device: c.PathValue("device"), Regime: c.PathValue("regime")}
	if d.Version, err = c.version(); err != nil {
		return err
	}
	if err := c.readDecision(d); err != nil {
		return err
	}
	if err := c.writeDecisions(v.Place.Organisation, []*hub.Decision{d}); err != nil {
		return err
	}
	c.s.Hub.Stale(d.Site)
	back := v.Href + "#findings"
	if to := c.field("back"); to != "" {
		back = to
	}
	return c.see(back, "Kept. The estate is being worked out again.")
}

// readDecision takes status, owner, due day and waiver from the form.
func (c *call) readDecision(d *hub.Decision) error {
	d.Status, d.Owner, d.Due = c.field("status"), c.field("owner"), c.field("due")
	if why, until := c.field("waiver_why"), c.field("waiver_until"); why != "" || until != "" {
		d.Waiver = hub.Waiver{Why: why, By: c.who.Actor(), Until: until}
		if d.Status == "open" { // who accepts it has decided
			d.Status = "accepted"
		}
	}
	err := d.Check(c.s.Now())
	if err == nil {
		return nil
	}
	what := strings.TrimPrefix(err.Error(), hub.ErrInvalid.Error()+": ")
	field, why, is := strings.Cut(what, ": ")
	if !is || strings.Contains(field, " ") { // of a text: "owner has …"
		field, why, _ = strings.Cut(what, " ")
	}
	return invalid(strings.ReplaceAll(field, ".", "_"), "%s", why)
}

// writeDecisions writes them in one transaction, one row of the audit log each.
func (c *call) writeDecisions(organisation int64, list []*hub.Decision) error {
	for _, d := range list {
		action := "finding.decide"
		if d.Waiver.Until != "" {
			action = "finding.waive"
		}
		deed := c.deed(organisation, action, fmt.Sprintf("%s of %s", d.Regime, objectOf(d.Site, d.Device)), d)
		if err := c.s.Store.Do(c.ctx(), deed, func(tx hub.Tx) error { return tx.SetDecision(d) }); err != nil {
			return err
		}
	}
	return nil
}

// bulkMost bounds what one form changes.
const bulkMost = 5000

// chosen are the devices that a bulk form is about, by organisation: the lines
// that were chosen, or all that match its search. Those where the person may not
// do that are an error, and nothing is done.
func (c *call) chosen(action access.Action) (map[int64][]*store.DeviceRow, int, error) {
	if err := c.ParseForm(); err != nil {
		return nil, 0, invalid("device", "load the page again")
	}
	by, n := map[int64][]*store.DeviceRow{}, 0
	add := func(d *store.DeviceRow) error {
		if n++; n > bulkMost {
			return invalid("device", "at most %s at once; narrow the search", report.Thousands(bulkMost))
		}
		if err := c.may(action, d.Organisation, fmt.Sprintf("organisation %d", d.Organisation)); err != nil {
			return err
		}
		clone := *d
		by[d.Organisation] = append(by[d.Organisation], &clone)
		return nil
	}
	if c.PostForm.Get("all") != "" {
		a, err := c.askingOf(c.PostForm.Get("q"))
		if err != nil {
			return nil, 0, err
		}
		if a.Error != "" {
			return nil, 0, invalid("q", "%s", a.Error)
		}
		return by, n, orCount(c.each(c.ctx(), a, add), &n)
	}
	for _, key := range c.PostForm["device"] {
		id, device, ok := strings.Cut(key, "/")
		site, err := strconv.ParseInt(id, 10, 64)
		if !ok || err != nil {
			return nil, 0, invalid("device", "load the page again")
		}
		if _, err := c.site(site, access.View); err != nil {
			return nil, 0, err
		}
		d, err := c.s.Store.Device(c.ctx(), site, device)
		if err != nil {
			return nil, 0, err
		}
		if err := add(d); err != nil {
			return nil, 0, err
		}
	}
	return by, n, orCount(nil, &n)
}

func orCount(err error, n *int) error {
	if err == nil && *n == 0 {
		return invalid("device", "choose at least one line")
	}
	return err
}

// bulkForm tags, plans or decides many devices at once.
func bulkForm(c *call) error {
	var action access.Action
	what := c.FormValue("do")
	switch what {
	case "tag", "untag", "decide":
		action = access.Judge
	case "plan":
		action = access.Operate
	default:
		return invalid("do", "tag, untag, plan or decide")
	}
	by, n, err := c.chosen(action)
	if err != nil {
		return err
	}
	change, err := c.bulkChange(what)
	if err != nil {
		return err
	}
	left := 0
	if what == "decide" {
		if left, err = c.withFinding(by, c.field("regime")); err != nil {
			return err
		}
		n -= left
	}
	for org, list := range by {
		ids := make([]string, len(list))
		for i, d := range list {
			ids[i] = rowKey(d.Site, d.Device.Device)
		}
		detail := map[string]any{"devices": ids, "form": c.bulkDetail()}
		deed := c.deed(org, "device."+what, report.Plural(int64(len(list)), "device", "devices"), detail)
		err := c.s.Store.Do(c.ctx(), deed, func(tx hub.Tx) error {
			for _, d := range list {
				if err := change(tx, d); err != nil {
					return fmt.Errorf("%s: %w", objectOf(d.Site, d.Device.Device), err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if what == "decide" {
			for _, d := range list {
				c.s.Hub.Stale(d.Site)
			}
		}
	}
	said := "Done for " + report.Plural(int64(n), "device", "devices") + "."
	if left > 0 {
		said += " The rule says nothing of " + report.Plural(int64(left), "other that was chosen", "others that were chosen") + "."
	}
	return c.see(c.field("back"), said)
}

// withFinding leaves those devices that the rule says something of, and tells how
// many were taken out.
func (c *call) withFinding(by map[int64][]*store.DeviceRow, regime string) (out int, err error) {
	a, err := c.askingOf(query.Ask("rule", regime) + " OR " + query.Ask("rule.unclear", regime))
	if err != nil {
		return 0, err
	}
	has := map[string]bool{}
	if err := c.each(c.ctx(), a, func(d *store.DeviceRow) error {
		has[rowKey(d.Site, d.Device.Device)] = true
		return nil
	}); err != nil {
		return 0, err
	}
	for org, list := range by {
		left := slices.DeleteFunc(list, func(d *store.DeviceRow) bool { return !has[rowKey(d.Site, d.Device.Device)] })
		if out += len(list) - len(left); len(left) == 0 {
			delete(by, org)
		} else {
			by[org] = left
		}
	}
	if len(by) == 0 {
		return out, invalid("regime", "it says nothing of the devices that were chosen; choose another")
	}
	return out, nil
}

func (c *call) bulkDetail() map[string]string {
	out := map[string]string{}
	for _, k := range []string{"tags", "action", "target", "note", "regime", "status", "owner", "due", "waiver_why", "waiver_until"} {
		if v := c.field(k); v != "" {
			out[k] = v
		}
	}
	return out
}

// bulkChange reads the form once and gives what is to be done for each device.
func (c *call) bulkChange(what string) (func(hub.Tx, *store.DeviceRow) error, error) {
	switch what {
	case "plan":
		step := hub.Step{Action: c.field("action"), Target: c.field("target"), Note: c.field("note")}
		if err := checkStep(&step); err != nil {
			return nil, err
		}
		return func(tx hub.Tx, d *store.DeviceRow) error {
			s := step
			s.Site, s.Device = d.Site, d.Device.Device
			return tx.SetStep(&s)
		}, nil
	case "decide":
		var model hub.Decision
		if model.Regime = c.field("regime"); model.Regime == "" {
			return nil, invalid("regime", "choose a rule")
		}
		if err := c.readDecision(&model); err != nil {
			return nil, err
		}
		return func(tx hub.Tx, d *store.DeviceRow) error {
			one := model
			one.Site, one.Device = d.Site, d.Device.Device
			before, err := c.s.Store.Decision(c.ctx(), one.Site, one.Device, one.Regime)
			if err != nil {
				return err
			}
			one.Version = before.Version
			return tx.SetDecision(&one)
		}, nil
	}
	tags, err := tagsOf(c.field("tags"))
	if err != nil {
		return nil, err
	}
	if len(tags) == 0 {
		return nil, invalid("tags", "write at least one")
	}
	return func(tx hub.Tx, d *store.DeviceRow) error {
		list := slices.DeleteFunc(slices.Clone(d.Tags), func(t string) bool {
			return slices.ContainsFunc(tags, func(x string) bool { return strings.EqualFold(x, t) })
		})
		if what == "tag" {
			list = append(list, tags...)
		}
		return tx.SetTags(d.Site, d.Device.Device, list)
	}, nil
}
