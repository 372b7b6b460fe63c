package web

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
)

const (
	inputsShown = 100
	inputsRead  = 1000 // how many are counted
)

// inputStates are what the list can be narrowed to.
var inputStates = []string{"waiting", "read", "partial", "failed"}

// An inputsView is the list of what was handed in.
type inputsView struct {
	Answer  []linked
	Rows    []inputRow
	Pager   pager
	MayAdd  bool
	Waiting int
	// Narrowed says that the list is of some inputs only.
	Narrowed bool
	// Together is how many files were handed in at once, where the list is of those.
	Together int
	Put      []string // what was put off, each with why and what to do
}

type inputRow struct {
	*hub.Ingest
	Place   siteOf
	Partial string // what could not be read, in short
	Percent int    // of reading; -1 when not known
	Again   bool   // the site had this file already
}

// unread says in short what of an input could not be read, "" when all was.
func unread(in *report.Input) string {
	var packets int64
	for _, g := range in.NotUnderstood {
		packets += g.Packets
	}
	switch {
	case in.Error != "":
		return "ended early"
	case packets > 0:
		unit := in.Unit
		if unit == "" {
			unit = "packet"
		}
		return report.Plural(packets, unit, unit+"s") + " not understood"
	case len(in.NotUnderstood) > 0:
		return "parts not understood"
	}
	return ""
}

func (c *call) inputRow(in *hub.Ingest, sites map[int64]siteOf) inputRow {
	in.Input = report.Tame(in.Input)
	in.Name, in.Error, in.By = report.Visible(in.Name), report.Visible(in.Error), c.called(in.By)
	in.Error = sentence(in.Error)
	r := inputRow{Ingest: in, Place: sites[in.Site], Partial: unread(&in.Input), Percent: -1}
	if p, ok := c.s.Hub.Progress(in.ID); ok && p.Total > 0 {
		r.Percent = int(100 * p.Read / p.Total)
	}
	return r
}

func (c *call) siteMap() (map[int64]siteOf, error) {
	list, err := c.sites(access.View)
	if err != nil {
		return nil, err
	}
	out := make(map[int64]siteOf, len(list))
	for _, s := range list {
		out[s.ID] = s
	}
	return out, nil
}

// putOff says what of the work on sites that the person may see waits for somebody.
// What is of no site, such as a watched folder, is for who runs the hub.
func (c *call) putOff(sites map[int64]siteOf) (out []string) {
	for _, t := range c.s.Hub.Troubles() {
		place, known := sites[t.Site]
		switch {
		case t.Ingest != 0: // its row says so
		case known && t.Drop:
			out = append(out, place.Full()+" is to be taken out, and cannot be yet: "+report.Visible(t.Says)+".")
		case known:
			out = append(out, place.Full()+" cannot be worked out: "+report.Visible(t.Says)+".")
		case t.Site == 0 && c.who.May(access.Administer, 0):
			out = append(out, report.Visible(t.What)+": "+report.Visible(t.Says)+".")
		}
	}
	return out
}

func inputsPage(c *call) error {
	sites, err := c.siteMap()
	if err != nil {
		return err
	}
	q, err := c.inputsAsked()
	if err != nil {
		return err
	}
	list, err := c.inputsOf(&q)
	if err != nil {
		return err
	}
	v := inputsView{Narrowed: q.state != "" || q.site > 0 || q.organisation > 0 || q.before > 0, MayAdd: c.who.MaySomewhere(access.Ingest), Pager: pager{N: inputsShown}, Together: len(q.of), Put: c.putOff(sites)}
	if q.before > 0 {
		v.Pager.First = q.href("before", "")
	}
	n := map[string]int{}
	for i := range list {
		r := c.inputRow(&list[i], sites)
		r.Again = slices.Contains(q.again, r.ID)
		is := inputState(&r)
		n[is]++
		switch {
		case q.state != "" && q.state != is:
		case len(v.Rows) < inputsShown || len(q.of) > 0:
			v.Rows = append(v.Rows, r)
		case v.Pager.Next == "":
			v.Pager.Next = q.href("before", strconv.FormatInt(v.Rows[len(v.Rows)-1].ID, 10))
		}
	}
	if v.Pager.Next == "" && len(list) == inputsRead { // older ones were not looked at
		v.Pager.Next = q.href("before", strconv.FormatInt(list[len(list)-1].ID, 10))
	}
	v.Waiting = n["waiting"]
	v.Answer = inputsAnswer(&q, n, len(list))
	return c.show("inputs", v)
}

// inputState is which of the states of the list an input is in.
func inputState(r *inputRow) string {
	switch {
	case r.State == hub.Failed:
		return "failed"
	case r.State == hub.Waiting || r.State == hub.Reading || r.State == hub.Judging:
		return "waiting"
	case r.Partial != "":
		return "partial"
	}
	return "read"
}

// An inputsQuery is what the address asks of the inputs.
type inputsQuery struct {
	before, site, organisation int64
	state                      string
	of, again                  []int64 // those that were handed in together; which of them were there before
	values                     url.Values
}

// ofMost bounds how many inputs are shown as handed in together.
const ofMost = 500

func (c *call) inputsAsked() (q inputsQuery, err error) {
	q.values = url.Values{}
	for _, k := range []string{"site", "organisation", "state", "of", "again"} {
		if s := c.query(k); s != "" {
			q.values.Set(k, s)
		}
	}
	for name, to := range map[string]*int64{"before": &q.before, "site": &q.site, "organisation": &q.organisation} {
		if *to, err = c.id(name); err != nil {
			return q, err
		}
	}
	for name, to := range map[string]*[]int64{"of": &q.of, "again": &q.again} {
		if *to, err = numbers(name, c.query(name)); err != nil {
			return q, err
		}
	}
	q.state, err = c.among("state", inputStates...)
	return q, err
}

// numbers takes a list of ids apart.
func numbers(name, s string) (out []int64, err error) {
	for _, part := range lines(s) {
		n, err := strconv.ParseInt(part, 10, 64)
		if err != nil || len(out) == ofMost {
			return nil, invalid(name, "%q is no number, or there are more than %d", report.CutMiddle(part, 30), ofMost)
		}
		out = append(out, n)
	}
	return out, nil
}

// href is the list with parameters changed; "" takes one away.
func (q *inputsQuery) href(set ...string) string {
	v := maps.Clone(q.values)
	for i := 0; i+1 < len(set); i += 2 {
		if v.Set(set[i], set[i+1]); set[i+1] == "" {
			v.Del(set[i])
		}
	}
	if len(v) == 0 {
		return "/inputs"
	}
	return "/inputs?" + v.Encode()
}

// inputsOf reads the inputs asked for, inputsRead at most, newest first.
func (c *call) inputsOf(q *inputsQuery) ([]hub.Ingest, error) {
	switch {
	case len(q.of) > 0:
		var out []hub.Ingest
		for _, id := range q.of {
			in, err := c.s.Store.Ingest(c.ctx(), id)
			if err != nil {
				return nil, err
			}
			if _, err := c.site(in.Site, access.View); err != nil {
				return nil, err
			}
			out = append(out, *in)
		}
		return out, nil
	case q.site > 0:
		if _, err := c.site(q.site, access.View); err != nil {
			return nil, err
		}
		return c.s.Store.Ingests(c.ctx(), q.site, q.before, inputsRead)
	case q.organisation > 0:
		if err := c.may(access.View, q.organisation, "organisation"); err != nil {
			return nil, err
		}
		return c.s.Store.RecentIngests(c.ctx(), []int64{q.organisation}, false, q.before, inputsRead)
	}
	ids, all := c.who.Organisations(access.View)
	return c.s.Store.RecentIngests(c.ctx(), ids, all, q.before, inputsRead)
}

// inputsAnswer says how many of the inputs are in which state.
func inputsAnswer(q *inputsQuery, n map[string]int, all int) (out []linked) {
	say := func(parts ...linked) { out = append(out, parts...) }
	count := func(k int, one, many string) string { return report.Plural(int64(k), one, many) }
	switch {
	case len(q.of) > 0:
		say(linked{Text: count(all, "file was", "files were") + " handed in together"})
	case all == inputsRead:
		say(linked{Text: "The last " + report.Thousands(inputsRead) + " inputs are counted"})
	default:
		say(linked{Text: count(all, "input was", "inputs were") + " handed in"})
	}
	if k := n["waiting"]; k > 0 {
		say(linked{Text: ", "}, linked{count(k, "of them is", "of them are") + " not read yet", q.href("state", "waiting")})
	}
	say(linked{Text: ". "})
	switch partial, failed := n["partial"], n["failed"]; {
	case failed+partial == 0 && n["read"] > 0:
		say(linked{Text: "All that was read was understood as far as its headers."})
	case failed+partial > 0:
		if partial > 0 {
			say(linked{count(partial, "holds parts that were", "hold parts that were") + " not understood", q.href("state", "partial")})
		}
		if partial > 0 && failed > 0 {
			say(linked{Text: ", and "})
		}
		if failed > 0 {
			say(linked{report.Thousands(int64(failed)) + " could not be read at all", q.href("state", "failed")})
		}
		say(linked{Text: "."})
	}
	if q.state != "" {
		say(linked{Text: " "}, linked{"Show all", q.href("state", "")}, linked{Text: "."})
	}
	return out
}

// An ingestView is one input.
type ingestView struct {
	inputRow
	Running   bool
	Waited    bool // the person handed it in and waits for its result
	Packets   int64
	Stage     string
	MayCancel bool
	MayDrop   bool
	Repeats   []repeat
	Then      string // where to go when it is done, for who waits here
	Estate    string // its site in the estate
}

func ingestPage(c *call) error {
	in, site, err := c.ingest(access.View)
	if err != nil {
		return err
	}
	v := ingestView{inputRow: c.inputRow(in, map[int64]siteOf{site.ID: site}), Estate: estateOf(site)}
	v.Running = in.State == hub.Waiting || in.State == hub.Reading || in.State == hub.Judging || in.State == hub.Dropping
	v.Waited = c.query("wait") != ""
	v.MayDrop = in.State == hub.Done && c.who.May(access.Operate, site.Organisation)
	v.MayCancel = (in.State == hub.Waiting || in.State == hub.Reading) && c.who.May(access.Ingest, site.Organisation)
	if v.Repeats, err = c.repeats(in); err != nil {
		return err
	}
	if p, ok := c.s.Hub.Progress(in.ID); ok {
		v.Packets, v.Stage = p.Packets, p.Stage
	}
	if in.State == hub.Done && c.Request.Header.Get("X-Part") != "" {
		v.Then = v.Estate
	}
	return c.show("ingest", v)
}

func cancelForm(c *call) error {
	in, _, err := c.ingest(access.Ingest)
	if err != nil {
		return err
	}
	if err := c.s.Hub.Cancel(c.ctx(), c.who.Actor(), in.ID); err != nil {
		return err
	}
	return c.see(fmt.Sprintf("/inputs/%d", in.ID), "Reading is being stopped.")
}
