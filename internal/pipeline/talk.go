package pipeline

import (
	"cmp"
	"context"
	"math"
	"net/netip"
	"slices"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/regime"
	"github.com/lenscap/lenscap/internal/report"
)

// conversations fills in who each device of doc talked to, and its traffic over
// time.
func (p *run) conversations(doc *report.Document, devices []*device.Device) {
	e := p.egressEstate(doc, devices)
	doc.Conversations = p.book.Conversations(e, p.log.All, p.cfg.Knowledge.Places, p.cfg.Knowledge.Base)
	doc.Places = p.cfg.Knowledge.Places.Sources()
	times := p.book.Timelines(e)
	for i := range doc.Devices {
		doc.Devices[i].Traffic = times[doc.Devices[i].ID]
	}
}

// talk fills in what follows from the conversations.
func (p *run) talk(ctx context.Context, doc *report.Document) {
	byDevice := map[string][]*egress.Conversation{}
	for i := range doc.Conversations {
		c := &doc.Conversations[i]
		byDevice[c.Device] = append(byDevice[c.Device], c)
	}
	for i := range doc.Devices {
		if ctx.Err() != nil {
			return
		}
		d := &doc.Devices[i]
		if talks := byDevice[d.ID]; talks != nil {
			judged := regime.Device{ID: d.ID, Attribution: d.Attribution}
			doc.Findings = append(doc.Findings, p.cfg.Knowledge.Regimes.JudgeEgress(judged, talks, &p.cfg.Organisation, p.cfg.AsAt)...)
		}
	}
	if len(doc.Inputs) > 1 {
		repeats := p.twice.pairs()
		for _, o := range p.book.Overlaps() {
			if k := [2]int{o.Input, o.Other}; !slices.Contains(repeats, k) {
				repeats = append(repeats, k)
			}
		}
		slices.SortFunc(repeats, func(a, b [2]int) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
		for _, k := range repeats {
			in := &doc.Inputs[k[0]-p.first]
			in.Repeats = append(in.Repeats, p.names[k[1]])
		}
	}
}

// limits says what the fixed memory cost each input.
func (p *run) limits() {
	for i := range p.inputs {
		in := &p.inputs[i]
		lost := p.book.Losses(p.first + i)
		served := p.served.dropped
		if i < len(p.inputs)-1 { // it is not known of which
			served = 0
		}
		for _, l := range []struct {
			n   int64
			why string
		}{
			{lost.Services, "flows counted together: more services of the same two addresses than memory is set aside for"},
			{lost.Others, "flows counted together as " + egress.Others + " of their device: it has more of them than memory is set aside for, and the smallest were added up"},
			{lost.Hours, "flows counted in the first hour of a day of the input: more conversations by the hour than memory is set aside for"},
			{served, "flows of which the service was not looked at: more services than memory is set aside for"},
			{lost.Dropped, "flows left out of the conversations: more pairs of addresses than memory is set aside for"},
		} {
			if l.n > 0 {
				in.NotUnderstood = append(in.NotUnderstood, report.Gap{Offset: -1, Packets: l.n, Why: l.why})
			}
		}
	}
}

// A holding is one device at one address for a while.
type holding struct {
	id          string
	macs        []observation.MAC
	inputs      []int // that saw the device
	first, last int64 // nanoseconds
}

// egressEstate tells package egress what the audit knows of the devices.
func (p *run) egressEstate(doc *report.Document, devices []*device.Device) *egress.Estate {
	held := map[netip.Addr][]holding{}
	for _, d := range devices {
		for _, a := range d.Addresses {
			h := holding{string(d.ID), d.MACs, d.Inputs, 0, math.MaxInt64} // at any time, where none is known
			if !a.First.IsZero() {
				h.first, h.last = a.First.UnixNano(), a.Last.UnixNano()
			}
			held[a.IP] = append(held[a.IP], h)
		}
	}
	rank, kinds := map[string]int{}, map[string]string{}
	makers := map[string]string{}
	for i := range doc.Devices {
		d := &doc.Devices[i]
		rank[d.ID] = talkRank(d.Kind.Value)*len(doc.Devices) + i
		kinds[d.ID] = d.Kind.Value
		makers[d.ID] = d.Maker.ID
	}
	return &egress.Estate{
		Owner: func(input int, addr netip.Addr, mac observation.MAC, first, last int64) string {
			return owner(held[addr.Unmap().WithZone("")], input, mac, first, last)
		},
		Rank: func(id string) int { return rank[id] },
		IsRecorder: func(id string) bool {
			return kinds[id] == attribution.KindRecorder || kinds[id] == attribution.KindVMS
		},
		Maker:    func(id string) string { return makers[id] },
		Networks: p.cfg.Organisation.Egress.Inside,
		Closed:   p.cfg.Organisation.Egress.Closed,
		Inputs:   p.names,
	}
}

// owner picks who held an address at a time: the one with that MAC, else of
// those that this input saw the one whose time there is nearest. The resolver
// gave the input's own sightings to one of them; another input's device may be
// another site's.
func owner(list []holding, input int, mac observation.MAC, first, last int64) string {
	if len(list) == 0 {
		return ""
	}
	best, distance, seen := 0, int64(-1), false
	for i, h := range list {
		if !mac.IsZero() && slices.Contains(h.macs, mac) {
			return h.id
		}
		here := slices.Contains(h.inputs, input)
		if d := max(h.first-last, first-h.last, 0); distance < 0 || here && !seen || here == seen && d < distance {
			best, distance, seen = i, d, here
		}
	}
	return list[best].id
}

// talkRank says whose conversation it is when two devices talk: the camera's
// before the recorder's before anybody else's.
func talkRank(kind string) int {
	switch kind {
	case attribution.KindRecorder, attribution.KindVMS:
		return 1
	case attribution.KindUnknown:
		return 2
	case attribution.KindNotCamera:
		return 3
	}
	return 0
}
