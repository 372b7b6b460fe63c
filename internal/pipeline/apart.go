package pipeline

import (
	"cmp"
	"context"
	"net/netip"
	"slices"

	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/regime"
	"github.com/lenscap/lenscap/internal/report"
)

// Evidence is what inputs held, before anything was concluded. [Run] keeps it for
// a moment; who keeps it for longer reads with [Read] and concludes with [Judge].
type Evidence struct {
	Names        []string                   // of all inputs, by number
	Inputs       []report.Input             // what could be read of those that [Read] was given
	Observations []*observation.Observation // Input is a number of Names; ID counts within one Evidence
	Sightings    []device.Sighting          // likewise
	Book         *egress.Book               // flows of those that [Read] was given, added up; nil where there are none
}

// Read reads the inputs of cfg as [Run] does, and concludes nothing. Numbers of
// inputs begin behind cfg.Known. With [ErrNothingRead] the Evidence says why in
// its Inputs.
func Read(ctx context.Context, cfg Config) (*Evidence, error) {
	p := newRun(cfg)
	if err := p.gather(ctx); err != nil {
		return &Evidence{Names: p.names, Inputs: p.inputs}, err
	}
	return &Evidence{Names: p.names, Inputs: p.inputs, Observations: p.log.All, Sightings: p.devices.Sightings(), Book: p.book}, nil
}

// Judged is what follows from evidence. Conversations are told by the hour, see
// [Judged.Hours]; those of Document are empty, and so is what follows from them.
type Judged struct {
	Document *report.Document // without summary

	p       *run
	devices []*device.Device
	estate  *egress.Estate
}

// Judge works out the devices that ev shows, who made them, and what the rules
// say of them. Of cfg it takes the knowledge base, the organisation, the day and
// the version.
func Judge(ctx context.Context, cfg Config, ev *Evidence) (*Judged, error) {
	p := newRun(cfg)
	p.names, p.inputs, p.first = ev.Names, ev.Inputs, len(ev.Names)-len(ev.Inputs)
	p.log = &observation.Log{All: ev.Observations}
	for _, s := range ev.Sightings {
		p.devices.Sight(s)
	}
	if ev.Book != nil {
		p.book = ev.Book
	}
	doc, devices := p.conclude(ctx)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return &Judged{doc, p, devices, p.egressEstate(doc, devices)}, nil
}

// Hours tells of each hour of each conversation in the evidence's book, the hour
// counted from 1970-01-01 UTC. What it is given is valid until yield returns.
func (j *Judged) Hours(yield func(hour int64, c *egress.Conversation)) {
	j.p.book.Hours(j.estate, j.p.log.All, j.p.cfg.Knowledge.Places, j.p.cfg.Knowledge.Base, yield)
}

// Owner returns the id of the device that held an address in a time, nanoseconds
// since 1970-01-01 UTC, and "" when none did.
func (j *Judged) Owner(addr netip.Addr, first, last int64) string {
	return j.estate.Owner(-1, addr, observation.MAC{}, first, last)
}

// Device returns what was resolved of a device of Document, nil for another id.
func (j *Judged) Device(id string) *device.Device {
	i, ok := slices.BinarySearchFunc(j.devices, device.ID(id), func(d *device.Device, id device.ID) int { return cmp.Compare(d.ID, id) })
	if !ok {
		return nil
	}
	return j.devices[i]
}

// Traffic judges the conversations of one device of Document.
func (j *Judged) Traffic(d *report.Device, talks []*egress.Conversation) []finding.Finding {
	return j.p.cfg.Knowledge.Regimes.JudgeEgress(regime.Device{ID: d.ID, Attribution: d.Attribution}, talks, &j.p.cfg.Organisation, j.p.cfg.AsAt)
}
