package device

import "github.com/lenscap/lenscap/internal/observation"

// A Resolver collects observations and sightings and, once, says which of them
// are one device. It holds every observation it is given; the caller bounds
// their number. It is not safe for use by several goroutines.
//
// The rules, strongest first:
//
//   - A MAC a message states as its sender's own is the device, whatever the
//     frame says. A locally administered MAC counts within one input and VLAN, and over
//     several inputs where it had the same address in each, a day apart at most,
//     and they are of one network: more addresses were held in both by the same
//     manufacturer's MAC than by different ones. One made of its address, as
//     Docker's, and one that software ships with never does.
//   - A serial or a UUID joins, unless it was seen with two MACs or at two
//     addresses at once: then firmware ships it and it says nothing.
//   - An address is a MAC's own when ARP, DHCP, a link-local address or a
//     multicast that cannot have been forwarded proves it. Without proof it is
//     when the MAC speaks for that one address only, or for private ones one
//     after another, and the TTL is not one a router has lowered. Any other MAC
//     that sends for an address is a router; nothing behind it gets its MAC, and
//     its own is the one private address whose TTL was not lowered.
//   - What is known by different keys (a MAC in a message, a serial, a UUID) and
//     held one address of one input and VLAN is one device, unless two of them
//     contradict each other: two MACs, two serials or two UUIDs of one kind. Then
//     an address of the site may have changed hands; where they held it at once,
//     or it is a public one, it is forwarded to several and they stay apart.
//   - An IPv6 address made from a known MAC is that device's.
//   - An address without a MAC belongs to whoever held it at that time in the
//     same input; when two held it at once, to neither. Where its own input says
//     nothing of it, it belongs to the only device that held it within a day of
//     that time in the other inputs; a lease file's holder has it until the file
//     names the next. When two fit, as where two sites use the same range, to
//     neither.
//     What is placed by its address counts for its holder's own time there only.
//   - A certificate or a hostname joins nothing: both are often shared.
type Resolver struct {
	obs  []*observation.Observation
	seen []Sighting
	far  int
	site bool
}

// New returns an empty Resolver.
func New() *Resolver { return &Resolver{} }

// Add hands over one observation. It keeps the pointer and changes nothing in it.
func (r *Resolver) Add(o *observation.Observation) { r.obs = append(r.obs, o) }

// Sight hands over one (MAC, IP) pair that sent frames.
func (r *Resolver) Sight(s Sighting) { r.seen = append(r.seen, s) }

// OneSite says that all inputs are of one site: then they are of one network
// unless an address shows that they are not.
func (r *Resolver) OneSite() { r.site = true }

// Sightings returns what was handed over by [Resolver.Sight], in that order.
func (r *Resolver) Sightings() []Sighting { return r.seen }

// FarEnds counts the addresses that are no device here: servers and peers on
// other networks. It is 0 before [Resolver.Devices].
func (r *Resolver) FarEnds() int { return r.far }

// Devices resolves what was added, sorted by ID. It may be called once.
func (r *Resolver) Devices() []*Device {
	w := newWork(r)
	w.bind()
	w.join()
	w.claimAddresses()
	w.place()
	w.channels()
	devices := w.build()
	r.far = w.farEnds(devices)
	return devices
}
