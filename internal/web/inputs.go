package web

import (
	"fmt"
	"net/url"
	"strconv"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
)

const (
	inputsShown = 100
	inputsRead  = 1000 // where some of them are asked for
)

// An inputsView is the list of what was handed in.
type inputsView struct {
	Answer  []linked
	Rows    []inputRow
	Pager   pager
	MayAdd  bool
	Waiting int
}

type inputRow struct {
	*hub.Ingest
	Place   siteOf
	Partial string // what could not be read, in short
	Percent int    // of reading; -1 when not known
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
	in.Name, in.Error, in.By = report.Visible(in.Name), report.Visible(in.Error), report.Visible(in.By)
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

func inputsPage(c *call) error {
	sites, err := c.siteMap()
	if err != nil {
		return err
	}
	before, _ := strconv.ParseInt(c.query("before"), 10, 64) // what is no number is the beginning
	ids, all := c.who.Organisations(access.View)
	var list []hub.Ingest
	state, most := c.query("state"), inputsShown
	if state != "" {
		most = inputsRead
	}
	if one, _ := strconv.ParseInt(c.query("site"), 10, 64); one > 0 { // likewise
		if _, err := c.site(one, access.View); err != nil {
			return err
		}
		list, err = c.s.Store.Ingests(c.ctx(), one, before, most+1)
	} else {
		list, err = c.s.Store.RecentIngests(c.ctx(), ids, all, before, most+1)
	}
	if err != nil {
		return err
	}
	v := inputsView{MayAdd: c.who.MaySomewhere(access.Ingest), Pager: pager{N: inputsShown}}
	if before > 0 {
		v.Pager.First = "/inputs"
	}
	with := func(set ...string) string {
		p := url.Values{}
		for _, k := range []string{"site", "state"} {
			if s := c.query(k); s != "" {
				p.Set(k, s)
			}
		}
		for i := 0; i+1 < len(set); i += 2 {
			p.Set(set[i], set[i+1])
		}
		return "/inputs?" + p.Encode()
	}
	if len(list) > most {
		list = list[:most]
		v.Pager.Next = with("before", strconv.FormatInt(list[len(list)-1].ID, 10))
	}
	partial, failed := 0, 0
	for i := range list {
		r := c.inputRow(&list[i], sites)
		is := "read"
		switch {
		case r.State == hub.Failed:
			failed++
			is = "failed"
		case r.Partial != "":
			partial++
			is = "partial"
		case r.State == hub.Waiting || r.State == hub.Reading || r.State == hub.Judging:
			v.Waiting++
			is = "waiting"
		}
		if state == "" || state == is {
			v.Rows = append(v.Rows, r)
		}
	}
	v.Answer = []linked{{Text: report.Plural(int64(len(v.Rows)), "input is", "inputs are") + " shown"}}
	say := func(parts ...linked) { v.Answer = append(v.Answer, parts...) }
	if v.Waiting > 0 {
		say(linked{Text: ", "}, linked{report.Plural(int64(v.Waiting), "of them is", "of them are") + " not read yet", with("state", "waiting")})
	}
	say(linked{Text: ". "})
	switch {
	case failed+partial == 0 && len(list) > 0:
		say(linked{Text: "All that was read was understood as far as its headers."})
	case failed+partial > 0:
		say(linked{report.Plural(int64(partial), "holds parts that were", "hold parts that were") + " not understood", with("state", "partial")}, linked{Text: ", and "},
			linked{report.Plural(int64(failed), "could not be read at all", "could not be read at all"), with("state", "failed")}, linked{Text: "."})
	}
	if state != "" {
		say(linked{Text: " "}, linked{"Show all", "/inputs"}, linked{Text: "."})
	}
	return c.show("inputs", v)
}

// An ingestView is one input.
type ingestView struct {
	inputRow
	Running   bool
	Packets   int64
	Stage     string
	MayCancel bool
	MayDrop   bool
	Then      string // where to go when it is done, for who waits here
	Estate    string // its site in the estate
}

func ingestPage(c *call) error {
	id, err := c.number("ingest")
	if err != nil {
		return err
	}
	in, err := c.s.Store.Ingest(c.ctx(), id)
	if err != nil {
		return err
	}
	site, err := c.site(in.Site, access.View)
	if err != nil {
		return err
	}
	v := ingestView{inputRow: c.inputRow(in, map[int64]siteOf{site.ID: site}), Estate: estateOf(site)}
	v.Running = in.State == hub.Waiting || in.State == hub.Reading || in.State == hub.Judging || in.State == hub.Dropping
	v.MayDrop = in.State == hub.Done && c.who.May(access.Operate, site.Organisation)
	v.MayCancel = (in.State == hub.Waiting || in.State == hub.Reading) && c.who.May(access.Ingest, site.Organisation)
	if p, ok := c.s.Hub.Progress(id); ok {
		v.Packets, v.Stage = p.Packets, p.Stage
	}
	if in.State == hub.Done && c.Request.Header.Get("X-Part") != "" {
		v.Then = v.Estate
	}
	return c.show("ingest", v)
}

func cancelForm(c *call) error {
	id, err := c.number("ingest")
	if err != nil {
		return err
	}
	in, err := c.s.Store.Ingest(c.ctx(), id)
	if err != nil {
		return err
	}
	if _, err := c.site(in.Site, access.Ingest); err != nil {
		return err
	}
	if err := c.s.Hub.Cancel(c.ctx(), c.who.Actor(), id); err != nil {
		return err
	}
	return c.see(fmt.Sprintf("/inputs/%d", id), "Reading is being stopped.")
}
