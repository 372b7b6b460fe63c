package attribution

import (
	"sync"

	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/fingerprint"
	"github.com/lenscap/lenscap/internal/maker"
)

// A Resolver attributes devices with one release of the knowledge base. It may
// be used from many goroutines.
type Resolver struct {
	base    *maker.Base
	prints  *fingerprint.Set
	byWord  map[string][]companyName // see namesOf
	nothing Attribution              // of a device of which nothing was gathered
	terse   bool                     // keep no steps
}

// New returns a Resolver that reads companies from base and patterns from prints.
func New(base *maker.Base, prints *fingerprint.Set) *Resolver {
	r := &Resolver{base: base, prints: prints, byWord: namesOf(base)}
	r.nothing = r.attribute(&gathered{d: &device.Device{}})
	return r
}

// WithoutSteps returns a Resolver that says the same and leaves out
// [Attribution.Steps], for callers that print no reasoning.
func (r *Resolver) WithoutSteps() *Resolver {
	t := *r
	t.terse, t.nothing.Steps = true, nil
	return &t
}

// spare holds what [Resolver.gather] filled and nothing points to any more.
var spare = sync.Pool{New: func() any { return new(gathered) }}

// Attribute says who made d and what is in it. inputs names the inputs that the
// observations of d point to. The same device gives the same Attribution.
//
// The order is that of a careful person: what is it, whose firmware runs on it,
// what name is on the box, who then made it, which model, which version, which
// chip. Each later answer may lean on an earlier one and never the other way.
func (r *Resolver) Attribute(d *device.Device, inputs []string) Attribution {
	g, _ := spare.Get().(*gathered)
	defer spare.Put(g)
	g.reset(d, inputs, r.terse)
	r.gather(g)
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
