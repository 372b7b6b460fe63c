package attribution

import (
	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/fingerprint"
	"github.com/lenscap/lenscap/internal/maker"
)

// A Resolver attributes devices with one release of the knowledge base. It may
// be used from many goroutines.
type Resolver struct {
	base    *maker.Base
	prints  *fingerprint.Set
	nothing Attribution // of a device of which nothing was gathered
}

// New returns a Resolver that reads companies from base and patterns from prints.
func New(base *maker.Base, prints *fingerprint.Set) *Resolver {
	r := &Resolver{base: base, prints: prints}
	r.nothing = r.attribute(&gathered{d: &device.Device{}})
	return r
}

// Attribute says who made d and what is in it. inputs names the inputs that the
// observations of d point to. The same device gives the same Attribution.
//
// The order is that of a careful person: what is it, whose firmware runs on it,
// what name is on the box, who then made it, which model, which version, which
// chip. Each later answer may lean on an earlier one and never the other way.
func (r *Resolver) Attribute(d *device.Device, inputs []string) Attribution {
	g := r.gather(d, inputs)
	if g.empty() { // most answers of a list of banners say nothing of cameras
		return r.nothing
	}
	return r.attribute(g)
}

func (r *Resolver) attribute(g *gathered) Attribution {
	var a Attribution
	a.NetworkPart = r.networkPart(g)
	a.Platform = r.platform(g)
	a.Brand = r.brand(g, &a)
	a.Model = r.model(g, &a)
	a.Kind = r.kind(g, &a)
	a.Maker = r.maker(g, &a)
	a.Firmware = r.firmware(g, &a)
	a.Chip, a.ChipMaker = r.chip(g, &a)
	for _, c := range a.claims() {
		if c.Evidence == nil {
			c.Evidence = noEvidence
		}
	}
	a.Steps = g.steps
	return a
}
