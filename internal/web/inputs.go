package web

import (
	"fmt"
	"strconv"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
)

const inputsShown = 100

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
	if one, _ := strconv.ParseInt(c.query("site"), 10, 64); one > 0 { // likewise
		if _, err := c.site(one, access.View); err != nil {
			return err
		}
		list, err = c.s.Store.Ingests(c.ctx(), one, before, inputsShown+1)
	} else {
		list, err = c.s.Store.RecentIngests(c.ctx(), ids, all, before, inputsShown+1)
	}
	if err != nil {
		return err
	}
	v := inputsView{MayAdd: c.who.MaySomewhere(access.Ingest), Pager: pager{N: inputsShown}}
	if before > 0 {
		v.Pager.First = "/inputs"
	}
	if len(list) > inputsShown {
		list = list[:inputsShown]
		v.Pager.Next = fmt.Sprintf("/inputs?before=%d", list[len(list)-1].ID)
	}
	partial, failed := 0, 0
	for i := range list {
		r := c.inputRow(&list[i], sites)
		switch {
		case r.State == hub.Failed:
			failed++
		case r.Partial != "":
			partial++
		case r.State == hub.Waiting || r.State == hub.Reading || r.State == hub.Judging:
			v.Waiting++
		}
		v.Rows = append(v.Rows, r)
	}
	text := report.Plural(int64(len(list)), "input is", "inputs are") + " shown"
	if v.Waiting > 0 {
		text += ", " + report.Plural(int64(v.Waiting), "of them is", "of them are") + " not read yet"
	}
	text += ". "
	switch {
	case failed+partial == 0 && len(list) > 0:
		text += "All that was read was understood as far as its headers."
	case failed+partial > 0:
		text += report.Plural(int64(partial), "holds parts that were", "hold parts that were") + " not understood, and " + report.Plural(int64(failed), "could not be read at all", "could not be read at all") + "."
	}
	v.Answer = []linked{{Text: text}}
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
	v.MayCancel = v.Running && in.State != hub.Dropping && c.who.May(access.Ingest, site.Organisation)
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
