package attribution

import (
	"slices"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
)

// An answered is a service of the device of which a flow shows no more than that
// it answered.
type answered struct {
	o    *observation.Observation
	f    observation.Field
	port int
}

// flowed notes a port on which the device answered, or was answered.
func (g *gathered) flowed(o *observation.Observation, f observation.Field) {
	if f.Name != observation.FlowService && f.Name != observation.FlowReached {
		return
	}
	_, port, _ := strings.Cut(f.Value, "/")
	if n, err := strconv.Atoi(port); err == nil && n > 0 {
		g.ports = append(g.ports, answered{o, f, n})
	}
}

// services adds what the ports say on which the device answered, where nothing
// that it said there was read: a port is a convention, and any program may use
// it. It supports and never proves; what is common to many says nothing.
func (r *Resolver) services(g *gathered) {
	for _, a := range g.ports {
		proto, _, _ := strings.Cut(a.f.Value, "/")
		if a.f.Name == observation.FlowReached {
			r.reached(g, a, proto)
			continue
		}
		if g.spokeOn(a.port) {
			continue
		}
		for _, p := range r.base.Port(proto, a.port) {
			if p.InCloud() {
				continue
			}
			if p.Company == "" {
				r.streaming(g, a, &p)
				continue
			}
			r.answers(g, a, &p)
		}
	}
}

// spokeOn reports whether something was read that the device said on the port:
// then that counts, and the bare port nothing.
func (g *gathered) spokeOn(port int) bool {
	for _, o := range g.d.Observations {
		if o.Protocol != "flow" && (o.About == observation.Sender && int(o.From.Port()) == port || o.About == observation.Receiver && int(o.To.Port()) == port) {
			return true
		}
	}
	return false
}

// answers adds the company whose firmware usually answers on the port. One that
// others use as well counts beside something else that speaks for the company.
func (r *Resolver) answers(g *gathered, a answered, p *maker.Port) {
	if p.Strength == "weak" || p.Strength == "medium" && !g.speaksFor(p.Company) {
		return
	}
	ev := g.evidence(a.o, a.f, p.Row, p.Source, "it answers on "+a.f.Value+", the port of "+p.Service)
	s := signal{value: r.name(p.Company), id: p.Company, family: famService, strength: hint, ev: ev}
	if p.Strength == "strong" {
		s.strength, s.unread = weak, !p.Source.Verified
		if s.unread {
			s.strength = hint
		}
	}
	if r.isBadge(p.Company) {
		g.brand = append(g.brand, s)
	} else {
		g.platform = append(g.platform, s)
	}
	kind := KindCamera
	switch text := strings.ToLower(p.Service); {
	case strings.Contains(text, "on the recorder"), strings.Contains(text, "to recorder"):
		kind = KindRecorder
	case strings.Contains(text, "server"):
		kind = KindVMS
	case !r.camerasOnly(p.Company):
		return // its other equipment answers there too
	default:
		s.ev.Says += "; whether it is a camera or a recorder the port does not say"
	}
	s.value, s.id, s.by = kind, "", p.Company
	g.kind = append(g.kind, s)
}

// speaksFor reports whether anything but a port speaks for the company.
func (g *gathered) speaksFor(id maker.ID) bool {
	is := func(s signal) bool { return s.id == id && s.family != famService }
	return slices.ContainsFunc(g.platform, is) || slices.ContainsFunc(g.brand, is)
}

// streaming adds a hint for the port that is registered for RTSP: what answers
// there serves pictures or sound, most often a camera or a recorder.
func (r *Resolver) streaming(g *gathered, a answered, p *maker.Port) {
	if a.f.Value != "tcp/554" {
		return
	}
	ev := g.evidence(a.o, a.f, p.Row, p.Source, "it answers on tcp/554, the port registered for RTSP: cameras and recorders serve video there, and so do media servers")
	g.kind = append(g.kind, signal{value: KindCamera, family: famService, strength: hint, ev: ev})
}

// reached adds a hint where a P2P server answered the device on the port of a
// platform that serves cameras.
func (r *Resolver) reached(g *gathered, a answered, proto string) {
	for _, p := range r.base.Port(proto, a.port) {
		if !p.InCloud() || p.Strength != "strong" || p.Company == "" {
			continue
		}
		ev := g.evidence(a.o, a.f, p.Row, p.Source, "a server outside answers it on "+a.f.Value+", the port of "+p.Service+
			", by which many home cameras are reached; an app that shows their pictures uses it too")
		g.asks = append(g.asks, signal{value: KindCamera, by: p.Company, family: famService, strength: hint, ev: ev})
	}
}
