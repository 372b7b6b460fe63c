package pipeline

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/parallel"
	"github.com/lenscap/lenscap/internal/regime"
	"github.com/lenscap/lenscap/internal/report"
)

// maxSeen bounds what one device said that is printed in a report.
const maxSeen = 60

// document turns what was found into the form every report is written from, but
// for conversations and what follows from them. Once ctx is cancelled it stops
// short; the caller looks.
func (p *run) document(ctx context.Context, devices []*device.Device, farEnds int) *report.Document {
	doc := &report.Document{
		Schema:        report.SchemaURL,
		SchemaVersion: report.SchemaVersion,
		Lenscap:       p.cfg.Version,
		AsAt:          p.cfg.AsAt.Format(time.DateOnly),
		KnowledgeBase: report.KnowledgeBase{Name: p.cfg.Knowledge.Release.Name, Date: p.cfg.Knowledge.Release.Date, Digest: p.cfg.Knowledge.Release.Digest},
		Estate:        p.estate(),
		Inputs:        p.inputs,
	}
	doc.Summary.FarEnds = farEnds
	for _, f := range p.cfg.Passed {
		doc.Passed = append(doc.Passed, report.Passed(f))
	}
	owner := map[string]string{}
	doc.Devices = make([]report.Device, len(devices))
	by := p.cfg.Knowledge.Attribution
	if p.cfg.NoSteps {
		by = by.WithoutSteps()
	}
	parallel.Each(ctx, len(devices), func(i int) {
		doc.Devices[i] = p.device(devices[i], by.Attribute(devices[i], p.names))
	})
	if ctx.Err() != nil {
		return doc
	}
	for i := range doc.Devices {
		for _, ip := range doc.Devices[i].Addresses {
			owner[ip.IP] = doc.Devices[i].ID
		}
	}
	slices.SortStableFunc(doc.Devices, func(a, b report.Device) int {
		return cmp.Or(cmp.Compare(kindRank(a.Kind.Value), kindRank(b.Kind.Value)), strings.Compare(a.Maker.Value, b.Maker.Value), strings.Compare(a.Model.Value, b.Model.Value), strings.Compare(a.ID, b.ID))
	})
	var wait sync.WaitGroup
	wait.Go(func() { doc.Findings = p.judge(ctx, doc.Devices) })
	doc.Streams = p.streams(owner)
	doc.Conversations = []egress.Conversation{}
	if p.beside != nil {
		p.beside(doc, devices)
	}
	wait.Wait()
	if ctx.Err() != nil {
		return doc
	}
	for _, info := range append(p.cfg.Knowledge.Regimes.Regimes(p.cfg.AsAt), regime.EgressRules(&p.cfg.Organisation.Egress)...) {
		doc.Regimes = append(doc.Regimes, reportRegime(&info))
	}
	return doc
}

func reportRegime(r *regime.Info) report.Regime {
	return report.Regime{
		ID: r.ID, Name: r.Name, Jurisdiction: r.Jurisdiction, Force: string(r.Force), Citation: r.Citation, Who: r.Who, What: r.What,
		Exceptions: r.Exceptions, Confidence: r.Confidence, InForce: r.InForce, Sources: r.Sources,
	}
}

// kindRank puts the equipment a person asks about first.
func kindRank(kind string) int {
	order := []string{
		attribution.KindRecorder, attribution.KindCamera, attribution.KindANPR, attribution.KindDoorbell, attribution.KindEncoder,
		attribution.KindBodyWorn, attribution.KindDrone, attribution.KindVMS, attribution.KindUnknown, attribution.KindNotCamera,
	}
	if i := slices.Index(order, kind); i >= 0 {
		return i
	}
	return len(order)
}

func (p *run) estate() report.Estate {
	o := p.cfg.Organisation
	e := report.Estate{
		Organisation: o.Name, OrganisationType: o.Type, Country: o.Country, Site: o.Site,
		Sensitive: o.Sensitive, Purchased: o.Purchased, Installed: o.Installed,
		Closed: o.Egress.Closed, ForbiddenCompanies: o.Egress.Companies, ForbiddenCountries: o.Egress.Countries,
	}
	for _, network := range o.Egress.Inside {
		e.Inside = append(e.Inside, network.String())
	}
	return e
}

func (p *run) device(d *device.Device, a attribution.Attribution) report.Device {
	rd := report.Device{
		ID: string(d.ID), MACs: []string{}, Addresses: []report.Address{}, Serials: nonNil(d.Serials), UUIDs: nonNil(d.UUIDs),
		Hostnames: nonNil(d.Hostnames), Certs: nonNil(d.Certs), FirstSeen: stamp(d.First), LastSeen: stamp(d.Last),
		Inputs: []string{}, Protocols: []string{}, Behind: string(d.Behind), Channel: d.Channel, Attribution: a, Seen: []report.Seen{},
	}
	for _, m := range d.MACs {
		rd.MACs = append(rd.MACs, m.String())
	}
	for _, ip := range current(d.Addresses) {
		rd.Addresses = append(rd.Addresses, report.Address{IP: ip.IP.String(), First: stamp(ip.First), Last: stamp(ip.Last)})
	}
	for _, i := range d.Inputs {
		rd.Inputs = append(rd.Inputs, p.names[i])
	}
	for _, o := range d.Observations {
		if o.Protocol != "flow" && !slices.Contains(rd.Protocols, o.Protocol) { // that a port answered is nothing it spoke
			rd.Protocols = append(rd.Protocols, o.Protocol)
		}
	}
	slices.Sort(rd.Protocols)
	for _, a := range d.Alike {
		rd.Alike = append(rd.Alike, report.Alike{MAC: a.MAC.String(), IP: a.IP.String()})
	}
	rd.Name = displayName(&rd)
	if !p.cfg.NoSeen {
		rd.Seen = p.seen(d)
	}
	return rd
}

// current orders addresses for reading: IPv4 before IPv6, link-local ones last,
// then the one used latest first.
func current(in []device.Address) []device.Address {
	rank := func(a device.Address) int {
		switch {
		case a.IP.IsLinkLocalUnicast():
			return 2
		case a.IP.Is6():
			return 1
		}
		return 0
	}
	out := slices.Clone(in)
	slices.SortStableFunc(out, func(a, b device.Address) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), b.Last.Compare(a.Last), a.IP.Compare(b.IP))
	})
	return out
}

// seen prints what a device said, the messages that carry evidence of what it is
// before names it merely asked for, then in the order heard.
func (p *run) seen(d *device.Device) []report.Seen {
	list := slices.Clone(d.Observations)
	slices.SortStableFunc(list, func(a, b *observation.Observation) int {
		return cmp.Or(cmp.Compare(dull(a), dull(b)), cmp.Compare(a.ID, b.ID))
	})
	if len(list) > maxSeen {
		list = list[:maxSeen]
	}
	out := make([]report.Seen, 0, len(list))
	for _, o := range list {
		s := report.Seen{Input: p.names[o.Input], Packet: o.Packet, Time: stamp(o.Seen), Count: o.Count, Protocol: o.Protocol, Fields: [][2]string{}}
		for _, f := range o.Fields {
			s.Fields = append(s.Fields, [2]string{f.Name, f.Value})
		}
		out = append(out, s)
	}
	return out
}

func dull(o *observation.Observation) int {
	switch o.Protocol {
	case "arp", "dns", "ntp":
		return 1
	}
	return 0
}

// displayName is what a person would call the device.
func displayName(d *report.Device) string {
	switch {
	case len(d.Hostnames) > 0:
		return d.Hostnames[0]
	case d.Model.Value != "" && d.Brand.Value != "" && !strings.Contains(strings.ToLower(d.Model.Value), strings.ToLower(d.Brand.Value)):
		return d.Brand.Value + " " + d.Model.Value
	case d.Model.Value != "":
		return d.Model.Value
	case len(d.Addresses) > 0:
		return d.Addresses[0].IP
	case len(d.MACs) > 0:
		return d.MACs[0]
	}
	return d.ID
}

// judge gives the findings on all devices, in their order. They are many and
// large: all lie in one array, with some room for what follows from traffic.
func (p *run) judge(ctx context.Context, devices []report.Device) []finding.Finding {
	verdicts := make([]regime.Verdicts, len(devices))
	judged := func(i int) *regime.Device {
		return &regime.Device{ID: devices[i].ID, Attribution: devices[i].Attribution}
	}
	parallel.Each(ctx, len(devices), func(i int) {
		verdicts[i] = p.cfg.Knowledge.Regimes.Verdicts(judged(i), &p.cfg.Organisation, p.cfg.AsAt)
	})
	if ctx.Err() != nil {
		return nil
	}
	from, total := make([]int, len(devices)), 0
	for i, v := range verdicts {
		from[i] = total
		total += v.Len()
	}
	out := make([]finding.Finding, total, total+total/16)
	parallel.Each(ctx, len(devices), func(i int) { verdicts[i].Fill(out[from[i]:], judged(i)) })
	return out
}

// codecs reads which codec each sender gave a payload type in its session
// descriptions (RFC 8866, section 6.6).
func (p *run) codecs() map[string]string {
	out := map[string]string{}
	for _, o := range p.log.All {
		for _, f := range o.Fields {
			if f.Name != observation.SDPLine {
				continue
			}
			rest, ok := strings.CutPrefix(f.Value, "a=rtpmap:")
			if !ok {
				continue
			}
			if pt, codec, ok := strings.Cut(rest, " "); ok {
				codec, _, _ = strings.Cut(codec, "/")
				out[o.From.Addr().String()+" dynamic "+pt] = codec
			}
		}
	}
	return out
}

// streams lists video and audio by who sent it.
func (p *run) streams(owner map[string]string) []report.Stream {
	out := []report.Stream{}
	codecs := p.codecs()
	for _, o := range p.log.All {
		if o.Protocol != "rtp" {
			continue
		}
		from := o.From.Addr().String()
		codec := o.Get(observation.RTPCodec)
		codec = cmp.Or(codecs[from+" "+codec], codec)
		out = append(out, report.Stream{
			Device: owner[from], From: o.From.String(), To: o.Get(observation.RTPTo), Media: o.Get(observation.RTPMedia), Codec: codec,
			Packets: number(o.Get(observation.RTPPackets)), Bytes: number(o.Get(observation.RTPBytes)), First: stamp(o.Seen), Last: stamp(o.Last),
		})
	}
	return out
}

func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil { // no figure that this program wrote
		return 0
	}
	return n
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000Z")
}

func nonNil(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}
