package api

import (
	"encoding/json"
	"errors"
	"io/fs"
	"reflect"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

// A Device is all that is known of one device.
type Device struct {
	Device   *store.DeviceRow  `json:"device"`
	Document *report.Device    `json:"document,omitempty"` // what is claimed of it, with the evidence; absent when it was declared and never seen
	Findings []finding.Finding `json:"findings"`
	Reach    []hub.Reach       `json:"reach"`   // whom it talks to outside, most bytes up first
	Changes  []hub.Change      `json:"changes"` // newest first
}

// rowFields are the keys of a device in a list.
var rowFields = keysOf(reflect.TypeFor[store.DeviceRow]())

func keysOf(t reflect.Type) (out []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			out = append(out, keysOf(f.Type)...)
		case name != "" && name != "-":
			out = append(out, name)
		}
	}
	return out
}

func devices(c *call) error {
	q, err := c.estate()
	if err != nil {
		return err
	}
	if q.Sort, q.Descending, err = c.order(store.Sorts()); err != nil {
		return err
	}
	if q.Limit, err = c.limit(); err != nil {
		return err
	}
	var fields []string
	for f := range strings.SplitSeq(c.query("fields"), ",") {
		if f = strings.TrimSpace(f); f != "" {
			if !slices.Contains(rowFields, f) {
				return invalid("fields", "there is no %q; there are %s", f, strings.Join(rowFields, ", "))
			}
			fields = append(fields, f)
		}
	}
	q.After = c.query("after")
	page, err := c.s.Store.Devices(c.ctx(), q)
	if err != nil {
		return err
	}
	if page.Devices == nil {
		page.Devices = []store.DeviceRow{}
	}
	if fields == nil {
		return c.reply(list[store.DeviceRow]{page.Devices, page.Next, &page.Total, page.MoreThan})
	}
	out := list[map[string]json.RawMessage]{[]map[string]json.RawMessage{}, page.Next, &page.Total, page.MoreThan}
	for i := range page.Devices {
		b, err := json.Marshal(&page.Devices[i])
		if err != nil {
			return err
		}
		var all map[string]json.RawMessage
		if err := json.Unmarshal(b, &all); err != nil {
			return err
		}
		some := map[string]json.RawMessage{}
		for _, f := range fields {
			if v, ok := all[f]; ok {
				some[f] = v
			}
		}
		out.Items = append(out.Items, some)
	}
	return c.reply(out)
}

func deviceGet(c *call) error {
	s, err := c.site(access.View)
	if err != nil {
		return err
	}
	id := c.PathValue("device")
	v := Device{}
	st := c.s.Store
	if v.Device, err = st.Device(c.ctx(), s.ID, id); err != nil {
		return err
	}
	if v.Document, err = st.Doc(c.ctx(), s.ID, id); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if v.Findings, err = st.DeviceFindings(c.ctx(), s.ID, id); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if v.Reach, err = st.Reach(c.ctx(), s.ID, id); err != nil {
		return err
	}
	if v.Changes, err = st.Changes(c.ctx(), s.ID, id); err != nil {
		return err
	}
	v.Findings, v.Reach, v.Changes = some(v.Findings), some(v.Reach), some(v.Changes)
	return c.reply(v)
}

// some is a list that JSON writes as [] when it is empty.
func some[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// figures are sums by organisation, for who may read no more than that.
func figures(c *call) error {
	ids, all, err := c.wanted(access.Figures)
	if err != nil {
		return err
	}
	return pageOf(c, func(p store.Page) ([]store.Figures, int64, error) {
		orgs, n, err := c.s.Store.OrganisationPage(c.ctx(), ids, all, p)
		out := make([]store.Figures, 0, len(orgs))
		for i := range orgs {
			if err != nil {
				break
			}
			var f *store.Figures
			if f, err = c.s.Store.Figures(c.ctx(), &orgs[i]); err == nil {
				out = append(out, *f)
			}
		}
		return out, n, err
	}, func(f *store.Figures) int64 { return f.Organisation }, self)
}

func facets(c *call) error {
	q, err := c.estate()
	if err != nil {
		return err
	}
	var by []string
	if c.query("by") == "" {
		return invalid("by", "it is missing; name one field or more, with commas between, of %s", strings.Join(store.FacetFields(), ", "))
	}
	for f := range strings.SplitSeq(c.query("by"), ",") {
		if f = strings.TrimSpace(f); !slices.Contains(store.FacetFields(), f) {
			return invalid("by", "%q is not known; it is one of %s", f, strings.Join(store.FacetFields(), ", "))
		}
		by = append(by, f)
	}
	counts, err := c.s.Store.Facets(c.ctx(), q, by)
	if err != nil {
		return err
	}
	for f, list := range counts {
		counts[f] = some(list)
	}
	return c.reply(counts)
}
