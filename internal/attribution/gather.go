package attribution

import (
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/fingerprint"
	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
)

// gathered is every signal about one device, sorted by what it speaks for.
type gathered struct {
	d      *device.Device
	inputs []string

	platform []signal // company whose firmware it is
	brand    []signal // name on the box
	model    []signal
	firmware []signal
	kind     []signal // value is a Kind constant
	part     []signal // maker of the network interface

	asks    []signal        // kinds that the names it asks for speak for
	ports   []answered      // on which it answered, or was answered
	domains map[string]bool // that it asks for, manyNames of them at most
	alone   bool            // they alone speak for a camera, so that they do not count
	views   string          // why what it asks for says nothing of what it is; "" when nothing speaks against it

	placeholder []observation.Evidence // brand fields that say "General", "Private" …
	badge       []observation.Evidence // signs that the badge is not the platform's own
	generic     []observation.Evidence // model fields that only repeat the class
	chosen      []candidate            // the platform that was chosen
	onvif       *observation.Evidence  // an answer of ONVIF's device service
	matches     []fingerprint.Match    // reused
	terse       bool                   // keep no steps
	behaves     bool                   // some protocol may show what it is by its traffic
	steps       []Step
}

// reset makes g ready for another device; the memory of its signals is kept.
func (g *gathered) reset(d *device.Device, inputs []string, terse bool) {
	*g = gathered{
		d: d, inputs: inputs, terse: terse, matches: g.matches[:0],
		platform: g.platform[:0], brand: g.brand[:0], model: g.model[:0], firmware: g.firmware[:0], kind: g.kind[:0], part: g.part[:0], asks: g.asks[:0], ports: g.ports[:0],
	}
}

func (g *gathered) step(claim, weight, says string, from ...observation.Evidence) {
	if g.terse {
		return
	}
	g.steps = append(g.steps, Step{Claim: claim, Says: says, Weight: weight, From: from})
}

// evidence points at field f of o.
func (g *gathered) evidence(o *observation.Observation, f observation.Field, rule string, src maker.Source, says string) observation.Evidence {
	name := ""
	if o.Input >= 0 && o.Input < len(g.inputs) {
		name = g.inputs[o.Input]
	}
	return observation.Evidence{
		Input: name, Packet: o.Packet, Protocol: o.Protocol, Field: f.Name, Value: f.Value,
		Rule: rule, Source: src.String(), Says: says, Unverified: !src.Verified,
	}
}

// gather reads every observation of d once.
func (r *Resolver) gather(g *gathered) {
	ms := g.matches
	for _, o := range g.d.Observations {
		r.spoke(g, o)
		r.interfaces(g, o)
		g.behaves = g.behaves || mayBehave[o.Protocol]
		txt := o.Protocol == "mdns"
		for _, f := range o.Fields {
			ms = r.prints.MatchField(ms[:0], f)
			for _, m := range ms {
				r.matched(g, o, f, m)
			}
			r.declared(g, o, f)
			if f.Name == observation.OnvifModel || f.Name == observation.OnvifService && g.onvif == nil {
				ev := g.evidence(o, f, "reading/onvif", ownSource, "")
				g.onvif = &ev
			}
			if txt && f.Name == observation.MDNSTXT {
				r.textRecord(g, o, f)
			}
			switch o.Protocol {
			case "discovery":
				if f.Name == observation.DiscoveryProtocol {
					r.discovered(g, o, f)
				}
			case "odid", "dji":
				r.drone(g, o, f)
			}
			r.contacted(g, o, f)
			g.viewing(o, f)
			r.personal(g, o, f)
			g.flowed(o, f)
			r.named(g, o, f)
		}
	}
	r.hardware(g)
	r.services(g)
	r.weighNames(g)
	g.matches = ms[:0]
}

// mayBehave are the protocols in which [Resolver.behaviour] looks for traffic
// that shows what a device is.
var mayBehave = map[string]bool{"dhip": true, "sadp": true, "isapi": true, "odid": true, "dji": true, "sdp": true, "rtsp": true}

// empty reports that nothing was gathered that any claim could rest on.
func (g *gathered) empty() bool {
	return !g.behaves && len(g.platform)+len(g.brand)+len(g.model)+len(g.firmware)+len(g.kind)+len(g.part)+len(g.placeholder)+len(g.badge)+len(g.generic) == 0
}

// families says which witness a protocol is.
var families = map[string]family{
	"sadp": famProtocol, "dhip": famProtocol, "baichuan": famProtocol, "pppp": famProtocol, "isapi": famProtocol, "odid": famProtocol,
	"onvif": famSelf, "wsd": famSelf, "upnp": famSelf, "ssdp": famSelf, "mdns": famSelf, "hnap": famSelf,
	"vapix": famProtocol, "dahua-cgi": famProtocol, "lapi": famProtocol, "tapo": famProtocol, "kasa": famProtocol, "unifi": famProtocol,
	"ubnt": famProtocol, "dvrip": famProtocol, "tvt": famProtocol, "dahua-dvrip": famProtocol, "hik-sdk": famProtocol, "ezviz": famProtocol, "tutk": famProtocol, "dhp2p": famProtocol, "dji": famProtocol,
	"discovery": famProtocol, "lldp": famManage, "cdp": famManage, "ssh": famManage, "contacted": famContact,
	"http": famWeb, "rtsp": famVideo, "sdp": famVideo, "rtp": famVideo, "sip": famVideo, "tls": famCert, "snmp": famManage,
	"ftp": famManage, "telnet": famManage, "dhcp": famDHCP, "dns": famContact, "quic": famContact, "flow": famService,
}

func familyOf(field string) family {
	p, _, _ := strings.Cut(field, ".")
	if f, ok := families[p]; ok {
		return f
	}
	return famSelf
}

// matched turns one fingerprint match into signals.
func (r *Resolver) matched(g *gathered, o *observation.Observation, f observation.Field, m fingerprint.Match) {
	row := m.Row
	ev := g.evidence(o, f, row.ID, row.Source, r.says(row))
	if f.Name == observation.RTSPPath || f.Name == observation.HTTPPath {
		ev.Says += "; the packet is the answer to a request for it"
	}
	s := signal{id: row.Company, family: familyOf(f.Name), strength: strengthOf(row), ev: ev}
	s.unread = row.Confidence == "high" && !row.Source.Verified
	if row.Kind == "model-regex" { // a short prefix: a witness of its own, never a good one
		s.family, s.strength = famModel, min(s.strength, weak)
	}
	if row.Company != "" {
		s.value = r.name(row.Company)
		if r.isBadge(row.Company) {
			g.brand = append(g.brand, s)
		} else {
			g.platform = append(g.platform, s)
		}
	}
	if k := kindOf(row.Product); k != "" {
		ks := s
		ks.value, ks.id, ks.by = k, "", row.Company
		if k == KindNotCamera {
			ks.strength = strengthOf(row) // the model of a plug is certain; only "camera" needs care
		}
		if statesClass[row.Kind] && ks.strength == good {
			ks.strength = strong
		}
		g.kind = append(g.kind, ks)
	}
	if m.Brand != "" {
		r.addBrand(g, m.Brand, s.family, good, ev)
	}
	if m.Model != "" {
		g.addModel(m.Model, s.family, min(max(s.strength, weak), good), ev)
	}
	if m.Firmware != "" {
		g.firmware = append(g.firmware, signal{value: m.Firmware, family: s.family, strength: good, ev: ev})
	}
}

// statesClass are the kinds of fingerprint that read a field in which a device
// states its own class of equipment.
var statesClass = map[string]bool{"dhip-class": true, "isapi-device-type": true, "upnp-device": true, "wsd-types": true, "hnap-type": true,
	"hnap-description": true, "upnp-model": true, "device-type": true, "snmp-sysdescr": true, "ubnt-platform": true}

// says words what a row of the knowledge base says.
func (r *Resolver) says(row *fingerprint.Row) string {
	who := "a maker that is not known"
	if row.Company != "" {
		who = r.name(row.Company)
	}
	switch {
	case row.Company == "" && row.Product != "":
		return "this text is typical of the kind " + row.Product
	case row.Product == "":
		return "this text is typical of " + who
	}
	return "this text is typical of " + who + " (" + row.Product + ")"
}

func strengthOf(row *fingerprint.Row) strength {
	if !row.Source.Verified {
		return hint
	}
	switch row.Confidence {
	case "high":
		return good
	case "medium":
		return weak
	}
	return hint
}

// name is what to call a company: its first common name.
func (r *Resolver) name(id maker.ID) string {
	if c, ok := r.base.Company(id); ok {
		if len(c.Names) > 0 {
			return c.Names[0]
		}
		return c.LegalName
	}
	return string(id)
}

// isBadge reports whether a company mostly puts its name on what others make.
func (r *Resolver) isBadge(id maker.ID) bool {
	c, ok := r.base.Company(id)
	return ok && c.Kind == "brand"
}

// spoke adds what follows from a device speaking a protocol at all: the camera
// makers' own protocols prove whose firmware runs, whatever the badge.
func (r *Resolver) spoke(g *gathered, o *observation.Observation) {
	for _, p := range ownProtocols {
		if o.Protocol != p.protocol {
			continue
		}
		for _, f := range o.Fields {
			if f.Name != p.field || (p.not != "" && o.Get(p.not) != "") {
				continue
			}
			for _, port := range r.base.Port(p.proto, p.port) {
				if port.Company == "" {
					continue
				}
				ev := g.evidence(o, f, "port/"+p.proto+"-"+itoa(p.port), port.Source, p.says)
				s := signal{value: r.name(port.Company), id: port.Company, family: famProtocol, strength: p.strength, ev: ev}
				if !port.Source.Verified {
					s.strength = hint
				}
				if p.strength > hint {
					g.platform = append(g.platform, s)
				}
				if p.kind != "" {
					if s.value, s.id = p.kind, ""; port.Source.Verified {
						s.strength = p.kindStrength
					}
					g.kind = append(g.kind, s)
				}
				break
			}
			break
		}
	}
}

// ownProtocols are protocols that one maker's firmware speaks. The company and
// the public source are the knowledge base's row for the port; what is said here
// is which field shows that a device, not a client, speaks.
var ownProtocols = []struct {
	protocol, field, not string // the protocol, a field only a device sends, one only a client sends
	proto                string
	port                 int
	strength             strength
	kind                 string
	kindStrength         strength
	says                 string
}{
	{"sadp", observation.SADPModel, observation.SADPInquiry, "udp", 37020, strong, "", 0, "only Hikvision firmware answers SADP, whatever name is on the box"},
	{"sadp", observation.SADPMAC, observation.SADPInquiry, "udp", 37020, strong, "", 0, "only Hikvision firmware answers SADP, whatever name is on the box"},
	{"sadp", observation.SADPBoot, "", "udp", 37020, strong, "", 0, "the Hikvision boot loader looks for its update server like this"},
	{"dhip", observation.DHIPMAC, "", "udp", 37810, strong, "", 0, "only Dahua firmware answers DHIP discovery, whatever name is on the box"},
	{"dhip", observation.DHIPSerial, "", "udp", 37810, strong, "", 0, "only Dahua firmware answers DHIP discovery, whatever name is on the box"},
	{"baichuan", observation.BaichuanMessage, "", "tcp", 9000, strong, KindCamera, good, "only Reolink firmware serves the Baichuan protocol"},
	{"ubnt", observation.UbntMAC, "", "udp", 10001, strong, "", 0, "only Ubiquiti's equipment announces itself like this"},
	{"dvrip", observation.DVRIPMessage, "", "tcp", 34567, strong, "", 0, "only Xiongmai firmware serves DVRIP, whatever name is on the box"},
	{"tvt", observation.TVTMessage, "", "udp", 23456, strong, "", 0, "only TVT firmware greets or announces itself like this, whatever name is on the box"},
	{"dahua-dvrip", observation.DahuaMessage, "", "tcp", 37777, strong, "", 0, "only Dahua firmware states the terms of a login like this, whatever name is on the box"},
	{"hik-sdk", observation.HikSDKMessage, "", "tcp", 8000, weak, "", 0, "it answers in the form of Hikvision's SDK, on the port of it"},
	{"ezviz", observation.EzvizService, "", "tcp", 9010, good, "", 0, "only equipment of EZVIZ and Hikvision serves frames like these"},
	{"tutk", observation.TUTKMessage, observation.TUTKPeer, "udp", 32761, hint, KindCamera, weak, "it speaks Kalay, the P2P platform of many home cameras"},
	{"pppp", observation.PPPPMessage, observation.PPPPUID, "udp", 32108, hint, KindCamera, weak, "it serves a stream of data over PPPP, the P2P protocol of many home cameras"},
	{"pppp", observation.PPPPUID, "", "udp", 32108, hint, KindCamera, weak, "it has a device number of PPPP, the P2P protocol of many home cameras"},
}

// hardware adds what the registered prefix of a hardware address says.
func (r *Resolver) hardware(g *gathered) {
	macs, made := g.d.MACs, false
	if len(macs) == 0 {
		macs, made = interfaces(g.d), true
	}
	for _, m := range macs {
		p, ok := r.base.Prefix(m)
		if !ok {
			continue
		}
		o, f := macField(g.d, m)
		ev := g.evidence(o, f, "prefix/"+p.Prefix, p.Source, "the prefix is registered to "+p.Organisation)
		if made {
			ev.Protocol, ev.Field = "ipv6", "address"
			ev.Says = "its IPv6 address is made from a hardware address, whose prefix is registered to " + p.Organisation
		}
		s := signal{value: p.Organisation, id: p.Company, family: famHardware, strength: good, ev: ev}
		g.part = append(g.part, s)
		if p.Company == "" || p.Specificity == "soc" || p.Specificity == "wifi-module" {
			continue
		}
		s.value = r.name(p.Company)
		s.strength = weak
		if p.Specificity == "camera-only" {
			s.strength = good
			k := s
			k.value, k.id, k.by, k.strength = KindCamera, "", p.Company, hint
			k.ev.Says = "the prefix is registered to " + p.Organisation + ", which makes cameras and little else"
			g.kind = append(g.kind, k)
		}
		if r.isBadge(p.Company) {
			g.brand = append(g.brand, s)
		} else {
			g.platform = append(g.platform, s)
		}
	}
}

// interfaces are the hardware addresses from which a device without a known one
// made its IPv6 addresses (RFC 4291, appendix A): ff:fe in the middle, and the
// bit turned that says that its manufacturer gave it.
func interfaces(d *device.Device) []observation.MAC {
	var out []observation.MAC
	for _, a := range d.Addresses {
		b := a.IP.As16()
		m := observation.MAC{b[8] ^ 2, b[9], b[10], b[13], b[14], b[15]}
		if a.IP.Is6() && b[11] == 0xff && b[12] == 0xfe && !m.Local() && !m.Group() && !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}

// macField finds the observation that shows address m, a field naming it first.
func macField(d *device.Device, m observation.MAC) (*observation.Observation, observation.Field) {
	var frame *observation.Observation
	for _, o := range d.Observations {
		for _, f := range o.Fields {
			if strings.HasSuffix(f.Name, "mac") {
				if got, ok := observation.ParseMAC(f.Value); ok && got == m {
					return o, f
				}
			}
		}
		if frame == nil && o.MAC == m {
			frame = o
		}
	}
	if frame == nil {
		frame = &observation.Observation{Input: firstInput(d), Protocol: "ethernet"}
	}
	return frame, observation.Field{Name: "frame.source", Value: m.String()}
}

func firstInput(d *device.Device) int {
	if len(d.Inputs) > 0 {
		return d.Inputs[0]
	}
	return -1
}
