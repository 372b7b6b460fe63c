package lab

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/lenscap/lenscap/internal/observation"
)

// A Network is stations, segments and what passed between them. It is built by
// one goroutine.
type Network struct {
	Start  time.Time // of the virtual clock; times of calls count from here
	Filler []byte    // what sealed records and pictures hold, over and over; nil: bytes by lot, which do not pack

	segments []*Segment
	stations []*Station
	byIP     map[netip.Addr]*Station
	frames   []frame
	rand     *rand.ChaCha8
	ipID     uint16
}

// A Segment is one broadcast domain, seen by one interface of the capture.
type Segment struct {
	Name    string // of the capture interface
	Comment string
	VLAN    uint16 // of the tag its frames carry; 0 for none
	Router  *Station

	index int
}

// A Station is one thing with a network interface.
type Station struct {
	Name    string // in words, for comments and errors
	MAC     observation.MAC
	IP      netip.Addr // zero until it has one
	IP6     netip.Addr // link-local; zero if it speaks no IPv6
	TTL     uint8      // initial; 0 stands for 64
	Segment *Segment   // nil for a far end, which is reached through routers
	Also    []Leg      // further legs of a router
}

// A Leg is the second and further interface of a router.
type Leg struct {
	Segment *Segment
	IP      netip.Addr
}

// A frame is what one capture interface saw at one moment.
type frame struct {
	at   time.Duration
	port int
	data []byte
}

// New returns a network whose clock begins at start. seed decides every value
// that a real network would draw by lot.
func New(start time.Time, seed string) *Network {
	var key [32]byte
	copy(key[:], seed)
	return &Network{Start: start, byIP: map[netip.Addr]*Station{}, rand: rand.NewChaCha8(key)}
}

// Segment adds a broadcast domain and gives it the next interface.
func (n *Network) Segment(name, comment string, vlan uint16) *Segment {
	s := &Segment{Name: name, Comment: comment, VLAN: vlan, index: len(n.segments)}
	n.segments = append(n.segments, s)
	return s
}

// Add puts a station into the network and returns it. Two stations with one
// address on one clock are a fault of the script, and it panics.
func (n *Network) Add(s *Station) *Station {
	for _, ip := range append([]netip.Addr{s.IP}, legs(s)...) {
		if !ip.IsValid() {
			continue
		}
		if other := n.byIP[ip]; other != nil {
			panic(fmt.Sprintf("lab: %s and %s both have %s", other.Name, s.Name, ip))
		}
		n.byIP[ip] = s
	}
	n.stations = append(n.stations, s)
	return s
}

func legs(s *Station) []netip.Addr {
	var out []netip.Addr
	for _, l := range s.Also {
		out = append(out, l.IP)
	}
	return out
}

// Random fills a slice of size bytes by lot.
func (n *Network) Random(size int) []byte {
	b := make([]byte, size)
	_, _ = n.rand.Read(b) // never fails
	return b
}

// content is size bytes of which only the length matters.
func (n *Network) content(size int) []byte {
	if len(n.Filler) == 0 {
		return n.Random(size)
	}
	b := make([]byte, 0, size+len(n.Filler))
	for len(b) < size {
		b = append(b, n.Filler...)
	}
	return b[:size]
}

// Frame records a frame of any type that s sends on its own segment.
func (n *Network) Frame(at time.Duration, s *Station, dst observation.MAC, etherType uint16, payload []byte) {
	n.record(at, s.Segment, s.MAC, dst, etherType, payload)
}

func (n *Network) record(at time.Duration, g *Segment, src, dst observation.MAC, etherType uint16, payload []byte) {
	n.frames = append(n.frames, frame{at: at, port: g.index, data: ethernet(dst, src, g.VLAN, etherType, payload)})
}

// hop is how long a router takes to pass a packet on.
const hop = 180 * time.Microsecond

// packet records an IP packet on every segment it crosses: the sender's, and
// through the routers the receiver's.
func (n *Network) packet(at time.Duration, from *Station, src, dst netip.Addr, proto uint8, segment []byte) {
	ttl := from.TTL
	if ttl == 0 {
		ttl = 64
	}
	if src.Is6() {
		ttl = 255
	}
	n.ipID++
	etherType := uint16(typeIPv4)
	if src.Is6() {
		etherType = typeIPv6
	}
	g := from.Segment
	if mac, ok := groupMAC(dst); ok {
		n.record(at, g, from.MAC, mac, etherType, ip(src, dst, proto, ttl, n.ipID, segment))
		return
	}
	to := n.byIP[dst]
	if to == nil && dst.Is6() {
		to = n.byIP6(dst)
	}
	if to == nil {
		panic(fmt.Sprintf("lab: %s sends to %s, which is nobody's address", from.Name, dst))
	}
	if g == nil { // a far end: some ten routers away
		ttl -= 11
	}
	target := n.segmentOf(to, dst)
	if via := n.legOn(from, target); via != nil { // a router speaking for itself
		g = via
	}
	if g == target && g != nil {
		n.record(at, g, from.MAC, to.MAC, etherType, ip(src, dst, proto, ttl, n.ipID, segment))
		return
	}
	if g != nil {
		n.record(at, g, from.MAC, g.Router.MAC, etherType, ip(src, dst, proto, ttl, n.ipID, segment))
	}
	if target != nil {
		n.record(at+hop, target, target.Router.MAC, to.MAC, etherType, ip(src, dst, proto, ttl-1, n.ipID, segment))
	}
}

// segmentOf is where a station listens on an address.
func (n *Network) segmentOf(s *Station, ip netip.Addr) *Segment {
	for _, l := range s.Also {
		if l.IP == ip {
			return l.Segment
		}
	}
	return s.Segment
}

// legOn is g if s has an interface there.
func (n *Network) legOn(s *Station, g *Segment) *Segment {
	for _, l := range s.Also {
		if l.Segment == g {
			return g
		}
	}
	return nil
}

func (n *Network) byIP6(ip netip.Addr) *Station {
	for _, s := range n.stations {
		if s.IP6 == ip {
			return s
		}
	}
	return nil
}

// groupMAC is the hardware address of a multicast or broadcast address (RFC
// 1112, section 6.4; RFC 2464, section 7).
func groupMAC(ip netip.Addr) (observation.MAC, bool) {
	b := ip.AsSlice()
	switch {
	case ip.Is4() && ip == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return Broadcast, true
	case ip.Is4() && ip.IsMulticast():
		return observation.MAC{0x01, 0x00, 0x5e, b[1] & 0x7f, b[2], b[3]}, true
	case ip.Is6() && ip.IsMulticast():
		return observation.MAC{0x33, 0x33, b[12], b[13], b[14], b[15]}, true
	}
	return observation.MAC{}, false
}

// Broadcast is the hardware address of everybody.
var Broadcast = observation.MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// ARP lets a ask for b, and b answer.
func (n *Network) ARP(at time.Duration, a, b *Station) {
	ip := b.IP
	for _, l := range b.Also {
		if l.Segment == a.Segment {
			ip = l.IP
		}
	}
	n.Frame(at, a, Broadcast, typeARP, arp(1, a.MAC, a.IP, observation.MAC{}, ip))
	n.record(at+400*time.Microsecond, a.Segment, b.MAC, a.MAC, typeARP, arp(2, b.MAC, ip, a.MAC, a.IP))
}

// Gratuitous lets s announce its address by ARP (RFC 5227, section 3).
func (n *Network) Gratuitous(at time.Duration, s *Station) {
	n.Frame(at, s, Broadcast, typeARP, arp(1, s.MAC, s.IP, observation.MAC{}, s.IP))
}

// UDP lets s send a datagram from port sport to the address and port to. The
// source is the address of s of the same IP version.
func (n *Network) UDP(at time.Duration, s *Station, sport uint16, to netip.AddrPort, payload []byte) {
	src := s.IP
	if to.Addr().Is6() {
		src = s.IP6
	}
	n.UDPFrom(at, s, netip.AddrPortFrom(src, sport), to, payload)
}

// UDPFrom is UDP with another source address than the station's own: of a
// router's other leg, or of a client that has none yet.
func (n *Network) UDPFrom(at time.Duration, s *Station, from, to netip.AddrPort, payload []byte) {
	n.packet(at, s, from.Addr(), to.Addr(), protoUDP, udp(from, to, payload))
}

// sorted gives the frames in the order of the clock; at one moment, in the order
// they were sent.
func (n *Network) sorted() []frame {
	out := slices.Clone(n.frames)
	slices.SortStableFunc(out, func(a, b frame) int { return cmp.Compare(a.at, b.at) })
	return out
}

// Port is an address and port of the station.
func (s *Station) Port(port uint16) netip.AddrPort { return netip.AddrPortFrom(s.IP, port) }
