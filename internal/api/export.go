package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/report/exchange"
)

// A format is one that the audit writes.
type format struct {
	name, kind, ending string
	write              func(io.Writer, *report.Document) error
}

// formats are those of `lenscap audit --format` that a whole site makes sense in.
var formats = []format{
	{"json", "application/json", ".json", report.JSON},
	{"csv", "text/csv; charset=utf-8", ".csv", report.CSV},
	{"cyclonedx", "application/vnd.cyclonedx+json", ".cdx.json", exchange.CycloneDX},
	{"sarif", "application/sarif+json", ".sarif", exchange.SARIF},
	{"ocsf", "application/x-ndjson", ".ocsf.jsonl", exchange.OCSF},
}

var formatParam = Param{Name: "format", Says: "which; json when absent", Values: formatNames()}

func formatNames() (out []string) {
	for _, f := range formats {
		out = append(out, f.name)
	}
	return out
}

func exportKinds() (out []string) {
	for _, f := range formats {
		kind, _, _ := strings.Cut(f.kind, ";")
		out = append(out, kind)
	}
	return out
}

// An export holds its whole document in memory, about 30 kB a device, so that one is
// made at a time. Whoever comes meanwhile waits exportPatience; whoever takes it
// has exportTime.
const (
	exportPatience = 20 * time.Second
	exportTime     = 10 * time.Minute
)

// alone waits until no other export is made. end lets the next begin.
func (c *call) alone() (end func(), err error) {
	if err := c.oneOf(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(c.ctx(), exportPatience)
	defer cancel()
	select {
	case c.s.exporting <- struct{}{}:
	case <-ctx.Done():
		return nil, errExporting
	}
	if err := http.NewResponseController(c.w).SetWriteDeadline(time.Now().Add(exportTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		<-c.s.exporting
		return nil, fmt.Errorf("bound the time of an export: %w", err)
	}
	return func() { <-c.s.exporting }, nil
}

func siteExport(c *call) error {
	s, err := c.site(access.View)
	if err != nil {
		return err
	}
	end, err := c.alone()
	if err != nil {
		return err
	}
	defer end()
	doc, err := c.document(s, "")
	if err != nil {
		return err
	}
	return c.export(doc, s.Name)
}

// organisationExport joins the documents of the sites. The same id at two sites
// is two devices: it begins with its site there.
func organisationExport(c *call) error {
	o, err := c.organisation(access.View)
	if err != nil {
		return err
	}
	end, err := c.alone()
	if err != nil {
		return err
	}
	defer end()
	all, err := c.s.Store.Sites(c.ctx(), o.ID)
	if err != nil {
		return err
	}
	var doc *report.Document
	for i := range all {
		one, err := c.document(&all[i], fmt.Sprintf("site%d.", all[i].ID))
		if errors.Is(err, fs.ErrNotExist) {
			continue // nothing was ever seen there
		}
		if err != nil {
			return err
		}
		if doc == nil {
			doc = one
			doc.Estate = report.Estate{Organisation: o.Name, OrganisationType: o.Type, Country: o.Country}
			continue
		}
		doc.Inputs = append(doc.Inputs, one.Inputs...)
		doc.Devices = append(doc.Devices, one.Devices...)
		doc.Findings = append(doc.Findings, one.Findings...)
		doc.Conversations = append(doc.Conversations, one.Conversations...)
		doc.Streams = append(doc.Streams, one.Streams...)
		doc.Summary.FarEnds += one.Summary.FarEnds
	}
	if doc == nil {
		return fmt.Errorf("organisation %d has no site where anything was seen: %w", o.ID, hub.ErrNotFound)
	}
	return c.export(doc, o.Name)
}

// document is a site as an audit would have it, put together from the store.
// prefix is put before ids of devices.
func (c *call) document(s *hub.Site, prefix string) (*report.Document, error) {
	b, err := c.s.Store.SiteSummary(c.ctx(), s.ID)
	if err != nil {
		return nil, err
	}
	if len(b) == 0 {
		return nil, fmt.Errorf("site %d was never worked out: hand in a capture first: %w", s.ID, hub.ErrNotFound)
	}
	var doc report.Document
	if err := json.Unmarshal(b, &doc); err != nil {
		return nil, fmt.Errorf("summary of site %d: %w", s.ID, err)
	}
	doc.Inputs, doc.Devices, doc.Findings, doc.Streams = []report.Input{}, []report.Device{}, []finding.Finding{}, some(doc.Streams)
	waivers, err := c.waivers(s.ID)
	if err != nil {
		return nil, err
	}
	err = c.s.Store.Docs(c.ctx(), s.ID, func(d *report.Device, found []finding.Finding) error {
		d.ID = prefix + d.ID
		if d.Behind != "" {
			d.Behind = prefix + d.Behind
		}
		doc.Devices = append(doc.Devices, *d)
		for i := range found {
			found[i].Waiver = waivers[[2]string{found[i].Device, found[i].Regime}]
			found[i].Device = prefix + found[i].Device
		}
		doc.Findings = append(doc.Findings, found...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for before := int64(0); ; {
		page, err := c.s.Store.Ingests(c.ctx(), s.ID, before, mostLimit)
		if err != nil {
			return nil, err
		}
		for i := range page {
			if page[i].State == hub.Done {
				in := page[i].Input
				in.NotUnderstood = some(in.NotUnderstood)
				doc.Inputs = append(doc.Inputs, in)
			}
		}
		if len(page) < mostLimit {
			break
		}
		before = page[len(page)-1].ID
	}
	talks, err := hub.Conversations(c.s.History.Site(c.ctx(), s.ID, time.Time{}, time.Time{}), s.Facts.Closed)
	if err != nil {
		return nil, err
	}
	by := map[string][]egress.Conversation{}
	for i := range talks {
		talks[i].Device = prefix + talks[i].Device
		by[talks[i].Device] = append(by[talks[i].Device], talks[i])
	}
	doc.Conversations = []egress.Conversation{}
	for i := range doc.Devices {
		doc.Conversations = append(doc.Conversations, by[doc.Devices[i].ID]...)
	}
	return &doc, nil
}

// waivers are those of a site that hold today, by device and regime.
func (c *call) waivers(site int64) (map[[2]string]*finding.Waiver, error) {
	all, err := c.s.Store.Decisions(c.ctx(), site)
	if err != nil {
		return nil, err
	}
	out, today := map[[2]string]*finding.Waiver{}, c.s.Now().UTC().Format(time.DateOnly)
	for i := range all {
		if w := &all[i].Waiver; w.Holds(today) {
			out[[2]string{all[i].Device, all[i].Regime}] = &finding.Waiver{Why: w.Why, By: w.By, Until: w.Until}
		}
	}
	return out, nil
}

func (c *call) export(doc *report.Document, name string) error {
	f := formats[0]
	for _, one := range formats {
		if one.name == c.query("format") {
			f = one
		}
	}
	report.Summarise(doc)
	h := c.w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Content-Disposition", `attachment; filename="`+fileName(name)+f.ending+`"`)
	h.Set("Cache-Control", "no-store")
	return f.write(&sender{c}, doc)
}

// sender notes that the answer has begun, after which an error cuts it off.
type sender struct{ c *call }

func (s *sender) Write(b []byte) (int, error) {
	s.c.sent = true
	return s.c.w.Write(b)
}

// fileName keeps letters, digits and a few marks of a name.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		case r == ' ', r == '.':
			return '-'
		}
		return -1
	}, s)
	if s == "" {
		return "lenscap"
	}
	return s[:min(len(s), 60)]
}
