package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
)

// runLength is how many devices of a site are held at once.
const runLength = 100

// exporting is an export on its way: a site as an audit would have it, put together
// from the store.
type exporting struct {
	*call
	estate *report.Estate // of the organisation; nil for one site

	at      *hub.Site
	prefix  string          // before ids of devices
	doc     report.Document // of the site, without devices, findings and conversations
	decided map[[2]string]decided
	sums    *hub.Sums
}

// begin goes on to a site. It fails with [hub.ErrNotFound] for one where nothing was
// worked out.
func (x *exporting) begin(s *hub.Site, prefix string) error {
	b, err := x.s.Store.SiteSummary(x.ctx(), s.ID)
	if err != nil {
		return err
	}
	if len(b) == 0 {
		return fmt.Errorf("site %d was never worked out: hand in a capture first: %w", s.ID, hub.ErrNotFound)
	}
	x.at, x.prefix, x.doc = s, prefix, report.Document{}
	if err := json.Unmarshal(b, &x.doc); err != nil {
		return fmt.Errorf("summary of site %d: %w", s.ID, err)
	}
	x.doc.Devices, x.doc.Findings, x.doc.Conversations, x.doc.Streams = nil, nil, nil, some(x.doc.Streams)
	if x.estate != nil {
		x.doc.Estate = *x.estate
	}
	if x.doc.Inputs, err = x.inputs(); err != nil {
		return err
	}
	if x.decided, err = x.decidedAt(s.ID); err != nil {
		return err
	}
	x.sums, err = hub.SumUp(x.s.History.Site(x.ctx(), s.ID, time.Time{}, time.Time{}))
	return err
}

// inputs are those that were read.
func (x *exporting) inputs() ([]report.Input, error) {
	out := []report.Input{}
	for before := int64(0); ; {
		page, err := x.s.Store.Ingests(x.ctx(), x.at.ID, before, mostLimit)
		if err != nil {
			return nil, err
		}
		for i := range page {
			if page[i].State == hub.Done {
				in := page[i].Input
				in.NotUnderstood = some(in.NotUnderstood)
				out = append(out, in)
			}
		}
		if len(page) < mostLimit {
			return out, nil
		}
		before = page[len(page)-1].ID
	}
}

var errEnough = errors.New("api: nobody wants more")

// site gives the site in runs, one at least; false when nobody wants more. After an
// error nothing comes.
func (x *exporting) site(yield func(report.Run, error) bool) bool {
	run := x.doc
	first, length := true, 0
	give := func() error {
		if err := x.ctx().Err(); err != nil { // who asked has gone
			return err
		}
		if !yield(report.Run{Document: &run, First: first}, nil) {
			return errEnough
		}
		run = x.doc
		run.Inputs, run.Streams, run.Summary.FarEnds = nil, nil, 0
		first, length = false, 0
		return nil
	}
	err := x.s.Store.Docs(x.ctx(), x.at.ID, func(d *report.Device, found []finding.Finding) error {
		if length == runLength {
			if err := give(); err != nil {
				return err
			}
		}
		length++
		run.Conversations = append(run.Conversations, x.talks(d.ID)...)
		d.ID = x.prefix + d.ID
		if d.Behind != "" {
			d.Behind = x.prefix + d.Behind
		}
		run.Devices = append(run.Devices, *d)
		for i := range found {
			of := x.decided[[2]string{found[i].Device, found[i].Regime}]
			found[i].Status, found[i].Waiver = of.status, of.waiver
			found[i].Device = x.prefix + found[i].Device
		}
		run.Findings = append(run.Findings, found...)
		return nil
	})
	if err == nil && (length > 0 || first) {
		err = give()
	}
	x.sums = nil
	switch {
	case errors.Is(err, errEnough):
		return false
	case err != nil:
		yield(report.Run{}, err)
		return false
	}
	return true
}

// talks are the conversations of a device, by its id in the store.
func (x *exporting) talks(device string) []egress.Conversation {
	out := x.sums.Of(device, x.at.Facts.Closed)
	for i := range out {
		out[i].Device = x.prefix + out[i].Device
	}
	return out
}

// decided is what somebody said of a finding; waiver is nil when none holds.
type decided struct {
	status string
	waiver *finding.Waiver
}

// decidedAt are the decisions of a site, by device and regime.
func (c *call) decidedAt(site int64) (map[[2]string]decided, error) {
	all, err := c.s.Store.Decisions(c.ctx(), site)
	if err != nil {
		return nil, err
	}
	out, today := map[[2]string]decided{}, c.s.Now().UTC().Format(time.DateOnly)
	for i := range all {
		var of decided
		if all[i].Status != hub.Statuses[0] {
			of.status = all[i].Status
		}
		if w := &all[i].Waiver; w.Holds(today) {
			of.waiver = &finding.Waiver{Why: w.Why, By: w.By, Until: w.Until}
		}
		out[[2]string{all[i].Device, all[i].Regime}] = of
	}
	return out, nil
}
