package device

import "github.com/lenscap/lenscap/internal/observation"

// A Resolver collects observations and sightings and, once, says which of them
// are one device. It holds every observation it is given; the caller bounds
// their number. It is not safe for use by several goroutines.
type Resolver struct {
	obs  []*observation.Observation
	seen []Sighting
	far  int
}

// New returns an empty Resolver.
func New() *Resolver { return &Resolver{} }

// Add hands over one observation. It keeps the pointer and changes nothing in it.
func (r *Resolver) Add(o *observation.Observation) { r.obs = append(r.obs, o) }

// Sight hands over one (MAC, IP) pair that sent frames.
func (r *Resolver) Sight(s Sighting) { r.seen = append(r.seen, s) }

// FarEnds counts the addresses that are no device here: servers and peers on
// other networks. It is 0 before [Resolver.Devices].
func (r *Resolver) FarEnds() int { return r.far }

// Devices resolves what was added, sorted by ID. It may be called once.
func (r *Resolver) Devices() []*Device { return nil }
