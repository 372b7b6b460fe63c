package device

import (
	"net/netip"
	"time"

	"github.com/lenscap/lenscap/internal/observation"
)

// A realm is where a MAC and a private address mean one thing: a VLAN of an input.
type realm struct {
	input int
	vlan  uint16
}

func realmOf(o *observation.Observation) realm { return realm{o.Input, o.VLAN} }

type pairKey struct {
	realm
	mac observation.MAC
	ip  netip.Addr
}

// A pair is what is known of one MAC sending for one address.
type pair struct {
	pairKey
	*sender
	span
	proved  bool // the address is the MAC's own: ARP, DHCP, link-local, link-scope multicast
	arp     bool // proved by ARP only, which a router that answers for others sends too
	against bool // a message from the address names another MAC as the sender's own
	sent    bool // frames were seen
	ttl     uint8
	packets int64
	bytes   int64
	bound   bool // decided: the address is the MAC's
}

// A span is a stretch of time; its zero value is empty.
type span struct{ first, last time.Time }

func (s *span) add(first, last time.Time) {
	if first.IsZero() {
		return
	}
	if last.Before(first) {
		last = first
	}
	if s.first.IsZero() || first.Before(s.first) {
		s.first = first
	}
	if last.After(s.last) {
		s.last = last
	}
}

// spanOf is when o was said.
func spanOf(o *observation.Observation) span {
	var s span
	s.add(o.Seen, o.Last)
	return s
}

// overlaps reports whether the spans share more than their ends.
func (s span) overlaps(o span) bool {
	if s.first.IsZero() || o.first.IsZero() {
		return true
	}
	return s.first.Before(o.last) && o.first.Before(s.last) || s.first.Equal(o.first)
}

// maxARP is how many IPv4 addresses ARP may prove for one MAC before it is
// taken for a router that answers for others (RFC 1027).
const maxARP = 8

// maxOwn6 is how many routable IPv6 addresses a device that is no router is
// taken to have without proof.
const maxOwn6 = 4

// A binder decides which addresses are a MAC's own.
type binder struct {
	pairs map[pairKey]*pair
	macs  map[macKey]*sender
	all   []*pair // in the order met
}

// macKey is a MAC in a realm.
type macKey struct {
	realm
	mac observation.MAC
}

// A sender is what one MAC does in one realm.
type sender struct {
	pairs  []*pair
	router bool // sends for addresses that are not its own
	stated cards

	counted bool // own4 is set
	own4    int  // IPv4 addresses bound, link-local ones left out
}

// newBinder has room for n pairs before it grows.
func newBinder(n int) *binder {
	return &binder{pairs: make(map[pairKey]*pair, n), macs: make(map[macKey]*sender, n)}
}

func (b *binder) pair(k pairKey) *pair {
	p := b.pairs[k]
	if p == nil {
		m := macKey{k.realm, k.mac}
		s := b.macs[m]
		if s == nil {
			s = &sender{}
			b.macs[m] = s
		}
		p = &pair{pairKey: k, sender: s}
		b.pairs[k] = p
		b.all = append(b.all, p)
		s.pairs = append(s.pairs, p)
	}
	return p
}

func (b *binder) sight(s Sighting) {
	if !usable(s.MAC) || !unicast(s.IP) {
		return
	}
	k := pairKey{realm{s.Input, s.VLAN}, s.MAC, s.IP.Unmap()}
	p := b.pair(k)
	p.add(s.First, s.Last)
	p.sent = true
	p.ttl = max(p.ttl, s.TTL)
	p.packets += s.Packets
	p.bytes += s.Bytes
}

// observe takes what one observation proves or contradicts about its frame, and
// returns the pair that sent it, nil when it names none.
func (b *binder) observe(o *observation.Observation, id *identity) *pair {
	r := realmOf(o)
	from := o.From.Addr().Unmap()
	var p *pair
	if usable(o.MAC) && unicast(from) {
		p = b.pair(pairKey{r, o.MAC, from})
		p.add(o.Seen, o.Last)
		p.sent = true
		p.ttl = max(p.ttl, o.TTL)
		if linkScope(o) {
			p.proved, p.arp = true, false
		}
		if o.About == observation.Sender || direct(o, id) {
			p.statement(o.MAC, id)
		}
	}
	switch o.Protocol {
	case "arp":
		if len(id.macs) > 0 && id.addr.IsValid() {
			b.prove(pairKey{r, id.macs[0], id.addr}, o, true)
		}
	case "dhcp", "lldp": // an LLDP frame goes no further than the next port
		if len(id.macs) > 0 && id.addr.IsValid() {
			b.prove(pairKey{r, id.macs[0], id.addr}, o, false)
		}
	case "cdp":
		if usable(o.MAC) && id.addr.IsValid() {
			b.prove(pairKey{r, o.MAC, id.addr}, o, false)
		}
	}
	return p
}

// direct reports whether a discovery answer about the device its fields name
// comes from that device itself: it gives the frame's MAC or the packet's
// address, or comes from another network, where no recorder relays.
func direct(o *observation.Observation, id *identity) bool {
	if o.About != observation.Named || o.Protocol != "dhip" && o.Protocol != "sadp" {
		return false
	}
	from := o.From.Addr().Unmap()
	for _, m := range id.macs {
		if m == o.MAC {
			return true
		}
	}
	return !id.addr.IsValid() || id.addr == from || !local(from)
}

// statement weighs the MACs a message from this pair gives as its sender's own.
func (p *pair) statement(frame observation.MAC, id *identity) {
	for _, u := range id.uuids {
		if embeds(u, frame) {
			p.proved, p.arp = true, false
		}
	}
	for _, m := range id.macs {
		if m == frame {
			p.proved, p.arp = true, false
			return
		}
	}
	for _, m := range id.macs {
		p.against = p.against || !sameCard(frame, m)
	}
}

func (b *binder) prove(k pairKey, o *observation.Observation, arp bool) {
	p := b.pair(k)
	p.add(o.Seen, o.Last)
	p.arp = arp && (p.arp || !p.proved)
	p.proved = true
}

// linkScope reports whether o cannot have passed a router: sent from or to a
// link-local address, or to a multicast group with the TTL it started with.
func linkScope(o *observation.Observation) bool {
	from, to := o.From.Addr().Unmap(), o.To.Addr().Unmap()
	if from.IsLinkLocalUnicast() || to.IsLinkLocalUnicast() || to.IsLinkLocalMulticast() {
		return true
	}
	return to.IsMulticast() && initialTTL(o.TTL)
}

// initialTTL reports whether senders start with this TTL, so that the packet
// has most likely not been forwarded.
func initialTTL(ttl uint8) bool {
	switch ttl {
	case 1, 2, 4, 8, 16, 32, 64, 128, 255:
		return true
	}
	return false
}

// forwardedTTL reports whether the TTL is a few hops below a usual start.
func forwardedTTL(ttl uint8) bool {
	return ttl >= 50 && ttl < 64 || ttl >= 112 && ttl < 128 || ttl >= 240 && ttl < 255
}

// decide fills in bound and router. The rules are in the comment of [Resolver].
func (b *binder) decide() {
	for m, s := range b.macs {
		s.decide(m.mac)
	}
}

func (s *sender) decide(mac observation.MAC) {
	var proofs int
	for _, p := range s.pairs {
		if p.arp && p.ip.Is4() {
			proofs++
		}
	}
	var open4, open6 []*pair // not proved
	var own []*pair
	for _, p := range s.pairs {
		if p.arp && proofs > maxARP {
			p.proved = false
		}
		switch {
		case p.proved || eui64(p.ip, mac) || p.ip.IsLinkLocalUnicast():
			p.bound = true
			own = append(own, p)
		case p.against:
			s.router = true
		case p.ip.Is4():
			open4 = append(open4, p)
		default:
			open6 = append(open6, p)
		}
	}
	if infer4(open4, own) {
		bindAll(open4)
	} else if len(open4) > 0 {
		s.router = true
		if p := own4(open4, own); p != nil {
			p.bound = true
		}
	}
	if !s.router && len(open6) <= maxOwn6 && all(open6, func(p *pair) bool {
		return p.ip.IsPrivate() && !forwardedTTL(p.ttl) || initialTTL(p.ttl)
	}) {
		bindAll(open6)
	} else if len(open6) > 0 {
		s.router = true
	}
}

func bindAll(pairs []*pair) {
	for _, p := range pairs {
		p.bound = true
	}
}

// sameCard reports whether two MACs differ in the last three bytes only, as two
// interfaces of one box do.
func sameCard(a, b observation.MAC) bool { return [3]byte(a[:3]) == [3]byte(b[:3]) && !a.Local() }

// own4 is the address of a router itself among those it sends for: the only
// private one whose TTL no router has lowered, where none was proved. It is nil
// when there is none.
func own4(open, own []*pair) *pair {
	for _, p := range own {
		if p.ip.Is4() && !p.ip.IsLinkLocalUnicast() {
			return nil
		}
	}
	var found *pair
	for _, p := range open {
		if p.ip.IsPrivate() && initialTTL(p.ttl) {
			if found != nil {
				return nil
			}
			found = p
		}
	}
	return found
}

// infer4 reports whether the unproved IPv4 addresses can be taken as the MAC's
// own: one address, or private ones held one after another.
func infer4(open, own []*pair) bool {
	if len(open) == 0 {
		return true
	}
	if !all(open, func(p *pair) bool {
		if local(p.ip) {
			return !forwardedTTL(p.ttl)
		}
		return initialTTL(p.ttl)
	}) {
		return false
	}
	var spans []span
	for _, p := range own {
		if p.ip.Is4() && !p.ip.IsLinkLocalUnicast() {
			spans = append(spans, p.span)
		}
	}
	if len(open) == 1 && len(spans) == 0 {
		return true
	}
	for _, p := range open {
		if !local(p.ip) || !initialTTL(p.ttl) || len(spans) > 4 {
			return false
		}
		for _, s := range spans {
			if p.overlaps(s) {
				return false
			}
		}
		spans = append(spans, p.span)
	}
	return true
}

func all(pairs []*pair, ok func(*pair) bool) bool {
	for _, p := range pairs {
		if !ok(p) {
			return false
		}
	}
	return true
}
