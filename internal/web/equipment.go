package web

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strconv"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/asset"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
)

// An equipmentView is what people entered at a site line by line, with the form.
type equipmentView struct {
	siteOf
	List    string
	Rows    []enteredRow
	Editing int64 // id of the line in the form; 0 for a new one
	Was     string
	Kinds   input
	Fields  []input
	MayKeep bool
}

type enteredRow struct {
	ID     int64
	Line   int
	Href   string // of the device it is
	Seen   bool
	Fields asset.Declared
}

// enterable are the fields of the form after the kind; the others come from lists.
var enterable = []asset.Field{asset.Name, asset.Brand, asset.Maker, asset.Model, asset.Serial, asset.Firmware, asset.MAC, asset.IP, asset.Location, asset.Owner, asset.Purchased, asset.Installed, asset.SupportEnds, asset.Tags}

var enterHints = map[asset.Field]string{
	asset.Name: "What people here call it, such as its number on the shelf.", asset.MAC: "Only if it is ever in a network.", asset.Purchased: "YYYY, YYYY-MM or YYYY-MM-DD, as the next two.", asset.Tags: "With semicolons between.",
}

func equipmentPage(c *call) error {
	v, lines, err := c.equipment(access.View)
	if err != nil {
		return err
	}
	var d asset.Declared
	if text := c.query("line"); text != "" && v.MayKeep {
		id, err := strconv.ParseInt(text, 10, 64)
		at := slices.IndexFunc(lines, func(l hub.Declared) bool { return l.ID == id })
		if err != nil || at < 0 {
			return fmt.Errorf("line %s: %w", text, fs.ErrNotExist)
		}
		if err := json.Unmarshal(lines[at].Fields, &d); err != nil {
			return fmt.Errorf("line %d of asset list %q: %w", lines[at].Line, lines[at].List, err)
		}
		v.Editing, v.Was = id, digestOf(lines[at].Fields)
	}
	v.form(func(f asset.Field) string { return d.Get(f) }, nil)
	return c.show("equipment", v)
}

// equipment reads what was entered, once the person may do that there.
func (c *call) equipment(action access.Action) (*equipmentView, []hub.Declared, error) {
	id, err := c.number("site")
	if err != nil {
		return nil, nil, err
	}
	site, err := c.site(id, action)
	if err != nil {
		return nil, nil, err
	}
	lines, err := c.s.Store.Lines(c.ctx(), id, hub.ByHand)
	if err != nil {
		return nil, nil, err
	}
	v := &equipmentView{siteOf: site, List: hub.ByHand, MayKeep: c.who.May(access.Operate, site.Organisation)}
	for i := range lines {
		l := &lines[i]
		r := enteredRow{ID: l.ID, Line: l.Line, Seen: len(l.Device) > 2 && l.Device[:2] == "d-"}
		if err := json.Unmarshal(l.Fields, &r.Fields); err != nil {
			return nil, nil, fmt.Errorf("line %d of asset list %q: %w", l.Line, l.List, err)
		}
		r.Fields = report.Tame(r.Fields)
		if l.Device != "" {
			r.Href = deviceHref(id, l.Device)
		}
		v.Rows = append(v.Rows, r)
	}
	return v, lines, nil
}

// form fills the fields of the form in, with what is wrong beside each.
func (v *equipmentView) form(value func(asset.Field) string, faults []asset.Fault) {
	wrong := func(f asset.Field) string {
		for _, x := range faults {
			if x.Column == string(f) {
				return x.Says
			}
		}
		return ""
	}
	v.Kinds = input{Name: string(asset.Kind), Label: "What is it?", Value: value(asset.Kind), Wrong: wrong(asset.Kind), Options: []option{{"", "choose"}}}
	for _, k := range asset.Kinds {
		v.Kinds.Options = append(v.Kinds.Options, option{k, k})
	}
	for _, f := range enterable {
		v.Fields = append(v.Fields, input{Name: string(f), Label: fieldNames[f], Value: report.Visible(value(f)), Wrong: wrong(f), Hint: enterHints[f], Max: 1000})
	}
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// equipmentForm keeps a line, changed or new, or drops one.
func equipmentForm(c *call) error {
	v, lines, err := c.equipment(access.Operate)
	if err != nil {
		return err
	}
	var was *hub.Declared // the line it is about; nil for a new one
	if text := c.field("line"); text != "" {
		id, err := strconv.ParseInt(text, 10, 64)
		at := slices.IndexFunc(lines, func(l hub.Declared) bool { return l.ID == id })
		if err != nil || at < 0 {
			return fmt.Errorf("line %s: %w", text, fs.ErrNotExist)
		}
		was = &lines[at]
	}
	object := func(line int) string {
		return fmt.Sprintf("line %d of asset list %q of site %d", line, hub.ByHand, v.ID)
	}
	back := fmt.Sprintf("/sites/%d/equipment", v.ID)
	if c.field("do") == "drop" {
		if was == nil {
			return invalid("line", "choose one of the list")
		}
		deed := c.deed(v.Organisation, "list.line.drop", object(was.Line), json.RawMessage(was.Fields))
		if err := c.s.Store.Do(c.ctx(), deed, func(tx hub.Tx) error { return tx.DropLine(v.ID, hub.ByHand, was.ID) }); err != nil {
			return err
		}
		c.s.Hub.Stale(v.ID)
		return c.see(back, "It was taken out.")
	}
	d, faults := enteredLine(c, was)
	if was == nil && len(lines) >= maxEntered {
		faults = append(faults, asset.Fault{Column: string(asset.Name), Says: fmt.Sprintf("%d lines are entered already; hand in the rest as a list", maxEntered)})
	}
	if len(faults) > 0 {
		if was != nil {
			v.Editing, v.Was = was.ID, c.field("was")
		}
		v.form(func(f asset.Field) string { return c.field(string(f)) }, faults)
		return c.page(422, "equipment", v)
	}
	b, err := json.Marshal(&d)
	if err != nil {
		return err
	}
	line := hub.Declared{List: hub.ByHand, Fields: b}
	action, before := "list.line.add", []byte(nil)
	if was != nil {
		line.ID, line.Line, before, action = was.ID, was.Line, was.Fields, "list.line.change"
		switch {
		case digestOf(was.Fields) != c.field("was"):
			return fmt.Errorf("line %d: %w", was.Line, hub.ErrChanged)
		case bytes.Equal(b, was.Fields):
			return c.see(back, "")
		}
	}
	deed := c.deed(v.Organisation, action, fmt.Sprintf("asset list %q of site %d", hub.ByHand, v.ID), json.RawMessage(b))
	if was != nil {
		deed.Object = object(was.Line)
	}
	if err := c.s.Store.Do(c.ctx(), deed, func(tx hub.Tx) error { return tx.SaveLine(v.ID, c.who.Actor(), &line, before) }); err != nil {
		return err
	}
	c.s.Hub.Stale(v.ID)
	return c.see(back, "Kept.")
}

const maxEntered = 2000 // lines; the page shows them all

// enteredLine is the line of the form. What the form does not ask stays as it was.
func enteredLine(c *call, was *hub.Declared) (asset.Declared, []asset.Fault) {
	values := map[asset.Field]string{asset.Kind: c.field(string(asset.Kind))}
	for _, f := range enterable {
		values[f] = c.field(string(f))
	}
	d, faults := asset.Line(values)
	if !slices.Contains(asset.Kinds, values[asset.Kind]) {
		faults = append(faults, asset.Fault{Column: string(asset.Kind), Says: "choose one of the list"})
	}
	if was != nil {
		var old asset.Declared
		if json.Unmarshal(was.Fields, &old) == nil {
			d.Line, d.Hostname, d.Site, d.Zone, d.VLAN, d.Extra = old.Line, cmp.Or(d.Hostname, old.Hostname), old.Site, old.Zone, old.VLAN, old.Extra
		}
	}
	return d, faults
}
