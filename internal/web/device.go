package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/asset"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/query"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

// A deviceView is a page about one device.
type deviceView struct {
	Row         *store.DeviceRow
	Place       siteOf
	Href        string
	Piece       *report.DevicePiece // nil for what is declared only
	Verdict     *report.Chip
	Partial     bool // more was said than a page reads
	Findings    []decidedFinding
	Quiet       int // rules that do not cover it
	Quieter     []decidedFinding
	Reach       []hub.Reach
	Changes     []hub.Change
	InputNames  map[int64]string // of inputs that the timeline speaks of
	Notes       []hub.Note
	Tags        []string
	Step        *hub.Step
	Declared    []declaredView
	MayJudge    bool
	MayPlan     bool
	MayIngest   bool
	Statuses    []string
	Actions     []string
	Behind      string // link to the recorder
	Channels    tally  // devices behind it
	DaysShown   int
	LetGo       time.Time // when conversations of the time it was there were let go last; zero: never
	LetGoBefore time.Time
	Exports     []exportRow
	doc         *report.Device // nil for what is declared only
}

// A decidedFinding is a finding with what people made of it.
type decidedFinding struct {
	Regime   string
	Name     string
	Clause   string
	Chip     report.Chip
	HTML     template.HTML
	Answers  []linked // where what is missing can be answered
	Decision *hub.Decision
	Waived   bool
	Expired  bool
}

// A declaredView compares a line of an asset list with what was seen, field by field.
type declaredView struct {
	List   string
	Line   int
	Fields []declaredField
}

type declaredField struct {
	Name, Declared, Seen string
	Says                 asset.Agreement
}

func devicePage(c *call) error {
	v, err := c.device(access.View)
	if err != nil {
		return err
	}
	if err := c.deviceEvidence(v); err != nil {
		return err
	}
	if err := c.devicePeople(v); err != nil {
		return err
	}
	v.Exports = deviceExports(v.Place, v.Row.Device.Device)
	return c.show("device", v)
}

// device reads the device of the path, once the person may do that there.
func (c *call) device(action access.Action) (*deviceView, error) {
	id, err := c.number("site")
	if err != nil {
		return nil, err
	}
	site, err := c.site(id, action)
	if err != nil {
		return nil, err
	}
	row, err := c.s.Store.Device(c.ctx(), id, c.PathValue("device"))
	if err != nil {
		return nil, err
	}
	clean := report.Tame(*row)
	v := &deviceView{Row: &clean, Place: site, Href: deviceHref(id, row.Device.Device), MayJudge: c.who.May(access.Judge, site.Organisation), MayPlan: c.who.May(access.Operate, site.Organisation), MayIngest: c.who.May(access.Ingest, site.Organisation),
		Statuses: statuses, Actions: planActions, DaysShown: talkDays}
	if clean.Verdict != "" {
		chip := report.ChipOf(finding.Verdict(clean.Verdict), "")
		v.Verdict = &chip
	}
	if clean.Behind != "" {
		v.Behind = deviceHref(id, row.Behind)
	}
	return v, nil
}

// deviceEvidence draws what was seen and what follows from it.
func (c *call) deviceEvidence(v *deviceView) error {
	ctx, site, id := c.ctx(), v.Place.ID, c.PathValue("device")
	doc, err := c.s.Store.Doc(ctx, site, id)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	v.doc = doc
	found, err := c.s.Store.DeviceFindings(ctx, site, id)
	if err != nil {
		return err
	}
	if doc == nil {
		doc = &report.Device{ID: id, Name: v.Row.Name}
	}
	whole := &report.Document{Devices: []report.Device{*doc}, Findings: found}
	if whole.Conversations, whole.Devices[0].Traffic, v.Partial, err = c.s.talkOf(ctx, site, id, v.Row.Last); err != nil {
		return fmt.Errorf("read the conversations of %s: %w", id, err)
	}
	if list, err := c.s.Store.Ingests(ctx, site, 0, 1000); err == nil { // for "line" and "record" beside places; "packet" without
		for i := range list {
			whole.Inputs = append(whole.Inputs, list[i].Input)
			if in := &list[i]; in.LetGo.After(v.LetGo) && v.Row.First.Before(in.LetGoBefore) {
				v.LetGo, v.LetGoBefore = in.LetGo, in.LetGoBefore
			}
		}
	}
	if v.Piece, err = report.PieceOf(whole, func(regime string) string { return "/rules/" + regime }); err != nil {
		return err
	}
	if v.Changes, err = c.s.Store.Changes(ctx, site, id); err != nil {
		return err
	}
	if v.Reach, err = c.s.Store.Reach(ctx, site, id); err != nil {
		return err
	}
	v.Changes, v.Reach = report.Tame(v.Changes), report.Tame(v.Reach)
	v.InputNames = c.inputNames(v.Changes)
	return c.deviceFindings(v)
}

// deviceFindings puts what people decided beside each finding.
func (c *call) deviceFindings(v *deviceView) error {
	all, err := c.s.Store.Decisions(c.ctx(), v.Place.ID)
	if err != nil {
		return err
	}
	by := map[string]*hub.Decision{}
	for i := range all {
		if all[i].Device == c.PathValue("device") {
			clean := report.Tame(all[i])
			by[all[i].Regime] = &clean
		}
	}
	for _, f := range v.Piece.Findings {
		d := decidedFinding{Regime: f.Regime, Name: f.Name, Clause: f.Clause, Chip: f.Chip, HTML: f.HTML, Decision: by[f.Regime], Answers: c.answers(v.Place, f.Finding)}
		if d.Decision == nil {
			d.Decision = &hub.Decision{Status: "open"}
		} else {
			d.Waived = d.Decision.Waiver.Holds(c.today())
			d.Expired = d.Decision.Waiver.Until != "" && !d.Waived
			d.Decision.Waiver.By = c.called(d.Decision.Waiver.By)
		}
		if f.Verdict == finding.NotCovered && by[f.Regime] == nil {
			v.Quiet++
			v.Quieter = append(v.Quieter, d)
			continue
		}
		v.Findings = append(v.Findings, d)
	}
	return nil
}

// devicePeople reads what people wrote about it.
func (c *call) devicePeople(v *deviceView) error {
	ctx, site, id := c.ctx(), v.Place.ID, c.PathValue("device")
	var err error
	if v.Notes, err = c.s.Store.Notes(ctx, site, id); err != nil {
		return err
	}
	if v.Tags, err = c.s.Store.Tags(ctx, site, id); err != nil {
		return err
	}
	v.Notes, v.Tags = report.Tame(v.Notes), report.Tame(v.Tags)
	for i := range v.Notes { // a note's own lines stay lines
		v.Notes[i].By = c.called(v.Notes[i].By)
		v.Notes[i].Text = strings.TrimSpace(v.Notes[i].Text)
	}
	if v.Step, err = c.s.Store.Step(ctx, site, id); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if v.Step == nil {
		v.Step = &hub.Step{}
	}
	declared, err := c.s.Store.DeclaredOf(ctx, site, id)
	if err != nil {
		return err
	}
	for _, d := range declared {
		var a asset.Declared
		if err := json.Unmarshal(d.Fields, &a); err != nil {
			return fmt.Errorf("line %d of asset list %q: %w", d.Line, d.List, err)
		}
		a = report.Tame(a)
		v.Declared = append(v.Declared, compareDeclared(report.Visible(d.List), d.Line, &a, v.Row, v.doc))
	}
	if v.Channels.N, err = c.count(query.Ask("behind", id) + " AND " + query.Ask("site", v.Place.Name)); err != nil {
		v.Channels.N = 0 // a language without this field shows no number
	}
	v.Channels.Href = estateAsk(query.Ask("behind", id))
	return nil
}

// compareDeclared lists each field that somebody declared, beside what was seen.
func compareDeclared(list string, line int, a *asset.Declared, d *store.DeviceRow, doc *report.Device) declaredView {
	v := declaredView{List: list, Line: line}
	var seen *asset.Seen
	if doc != nil && d.Presence != hub.DeclaredOnly {
		s := hub.SeenAs(doc)
		deviceArea{d.Zone, int(d.VLAN)}.into(&s)
		seen = &s
	}
	for _, f := range asset.Compare(a, seen) {
		if f.Field == asset.Kind {
			f.Declared, f.Seen = report.KindName(f.Declared), report.KindName(f.Seen)
		}
		if f.Declared != "" {
			v.Fields = append(v.Fields, declaredField{fieldNames[f.Field], f.Declared, report.Visible(f.Seen), f.Says})
		}
	}
	return v
}

// fieldNames are fields of a list in the words of a page.
var fieldNames = map[asset.Field]string{
	asset.Name: "Name", asset.Kind: "Kind", asset.Brand: "Brand", asset.Maker: "Maker", asset.Model: "Model", asset.Firmware: "Firmware", asset.Serial: "Serial number", asset.MAC: "MAC", asset.IP: "Address",
	asset.Hostname: "Hostname", asset.Zone: "Zone", asset.VLAN: "VLAN", asset.Location: "Location", asset.Owner: "Owner", asset.Purchased: "Bought", asset.Installed: "Installed", asset.SupportEnds: "Support ends", asset.Tags: "Tags",
}

// statuses are those of a decision, in order.
var statuses = []string{"open", "accepted", "in-hand", "done"}

// planActions are those of a step.
var planActions = []string{"remove", "replace", "isolate", "keep"}

// deviceTag keeps the tags of one device.
func deviceTag(c *call) error {
	v, err := c.device(access.Judge)
	if err != nil {
		return err
	}
	tags, err := tagsOf(c.field("tags"))
	if err != nil {
		return err
	}
	id := c.PathValue("device")
	d := c.deed(v.Place.Organisation, "device.tag", objectOf(v.Place.ID, id), map[string]any{"tags": tags})
	if err := c.s.Store.Do(c.ctx(), d, func(tx hub.Tx) error { return tx.SetTags(v.Place.ID, id, tags) }); err != nil {
		return err
	}
	return c.see(v.Href, "Tags kept.")
}

func objectOf(site int64, device string) string {
	return fmt.Sprintf("device %s of site %d", device, site)
}

// tagsOf reads tags as a person writes them: up to 20 of 40 letters.
func tagsOf(s string) ([]string, error) {
	list := lines(s)
	if len(list) > 20 {
		return nil, invalid("tags", "%d are too many; a device has at most 20", len(list))
	}
	for _, t := range list {
		if len(t) > 40 || report.Visible(t) != t {
			return nil, invalid("tags", "a tag has at most 40 letters that can be seen; %q has not", report.Visible(t))
		}
	}
	slices.SortFunc(list, func(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return slices.CompactFunc(list, strings.EqualFold), nil
}

// deviceNote adds a note.
func deviceNote(c *call) error {
	v, err := c.device(access.Judge)
	if err != nil {
		return err
	}
	n := &hub.Note{Site: v.Place.ID, Device: c.PathValue("device"), Text: c.field("text"), By: c.who.Actor()}
	if n.Text == "" || len(n.Text) > 4000 {
		return invalid("text", "a note has 1 to 4,000 letters")
	}
	if err := c.s.Store.Do(c.ctx(), c.deed(v.Place.Organisation, "note.add", objectOf(n.Site, n.Device), map[string]any{"text": n.Text}), func(tx hub.Tx) error { return tx.AddNote(n) }); err != nil {
		return err
	}
	return c.see(v.Href+"#notes", "Note kept.")
}

// devicePlan plans one device.
func devicePlan(c *call) error {
	v, err := c.device(access.Operate)
	if err != nil {
		return err
	}
	s := &hub.Step{Site: v.Place.ID, Device: c.PathValue("device"), Action: c.field("action"), Target: c.field("target"), Done: c.field("done"), Note: c.field("note")}
	if err := checkStep(s); err != nil {
		return err
	}
	if err := c.s.Store.Do(c.ctx(), c.deed(v.Place.Organisation, "plan.set", objectOf(s.Site, s.Device), s), func(tx hub.Tx) error { return tx.SetStep(s) }); err != nil {
		return err
	}
	return c.see(v.Href+"#plan", "Plan kept.")
}

func checkStep(s *hub.Step) error {
	switch {
	case s.Action != "" && !slices.Contains(planActions, s.Action):
		return invalid("action", "choose one of %s", report.And(planActions))
	case !isDay(s.Target):
		return noDay("target", s.Target)
	case !isDay(s.Done):
		return noDay("done", s.Done)
	case len(s.Note) > 1000:
		return invalid("note", "at most 1,000 letters")
	}
	return nil
}

// isDay reports whether s is a day of the calendar, YYYY-MM-DD, or nothing.
func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return s == "" || err == nil
}

// noDay says of a field that what was typed is none.
func noDay(field, s string) error {
	return invalid(field, "%q is no day; write it as 2026-12-31", report.Visible(report.CutMiddle(s, 30)))
}
