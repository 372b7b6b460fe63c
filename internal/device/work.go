package device

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/lenscap/lenscap/internal/observation"
)

// work is one run of the resolver. Every key has a node; joining keys joins
// nodes, and what is joined at the end is one device. Nothing in it depends on
// the order in which things were added.
type work struct {
	obs    []*observation.Observation
	ids    []identity // of obs
	from   []*pair    // who sent each observation, nil when the frame does not tell
	seen   []Sighting
	binder *binder

	parent []int
	keys   []key                   // of nodes
	byMAC  map[observation.MAC]int // nodes of manufacturer-given MACs, the most frequent kind
	index  map[key]int             // nodes of the other kinds

	addr   []netip.Addr // what readAddress says of each observation, nil until nothing changes that any more
	known  int          // nodes there were when addresses were claimed
	at     []int        // node of each observation, -1 for none
	claims map[claimKey]*claims
	across across
	sent   []sent // frames and the node that sent them
	behind []link
	alike  []alike // locally administered MACs that are one device in several inputs
	site   bool    // all inputs are of one site
}

// A key is what a device can be known by. Fields that a kind does not use are zero.
type key struct {
	kind keyKind
	realm
	mac  observation.MAC
	ip   netip.Addr
	text string
}

// keyKind orders the keys by strength: a device is named after its strongest.
type keyKind uint8

const (
	byMAC keyKind = iota
	bySerial
	byUUID
	byLocalMAC
	byAddress
	byChannel
)

// A link says a recorder reports a camera, as one of its channels if it names one.
type link struct {
	camera, recorder int
	channel          string
}

func newWork(r *Resolver) *work {
	w := &work{
		obs: r.obs, seen: r.seen, site: r.site, binder: newBinder(len(r.seen)),
		byMAC: make(map[observation.MAC]int, len(r.seen)), index: map[key]int{}, claims: make(map[claimKey]*claims, len(r.seen)),
	}
	if !slices.IsSortedFunc(w.obs, compare) {
		w.obs = sorted(w.obs)
	}
	w.ids = make([]identity, len(w.obs))
	w.from = make([]*pair, len(w.obs))
	w.at = make([]int, len(w.obs))
	for i, o := range w.obs {
		w.ids[i] = identify(o)
		w.at[i] = -1
	}
	return w
}

// sorted returns obs in the order of compare. What nearly always decides is held
// beside the pointers: sorting them looks at each observation once.
func sorted(obs []*observation.Observation) []*observation.Observation {
	type place struct {
		packet, id int64
		input      int
		o          *observation.Observation
	}
	at := make([]place, len(obs))
	for i, o := range obs {
		at[i] = place{o.Packet, o.ID, o.Input, o}
	}
	slices.SortFunc(at, func(a, b place) int {
		switch {
		case a.input != b.input:
			return cmp.Compare(a.input, b.input)
		case a.packet != b.packet:
			return cmp.Compare(a.packet, b.packet)
		case a.id != b.id:
			return cmp.Compare(a.id, b.id)
		}
		return compare(a.o, b.o)
	})
	out := make([]*observation.Observation, len(obs))
	for i := range at {
		out[i] = at[i].o
	}
	return out
}

// compare orders observations by all they hold. The first three nearly always
// decide.
func compare(a, b *observation.Observation) int {
	if c := cmp.Or(cmp.Compare(a.Input, b.Input), cmp.Compare(a.Packet, b.Packet), cmp.Compare(a.ID, b.ID)); c != 0 {
		return c
	}
	return cmp.Or(
		a.Seen.Compare(b.Seen),
		cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.About, b.About), a.From.Compare(b.From), a.To.Compare(b.To),
		slices.Compare(a.MAC[:], b.MAC[:]), slices.Compare(a.ToMAC[:], b.ToMAC[:]), cmp.Compare(a.VLAN, b.VLAN),
		slices.CompareFunc(a.Fields, b.Fields, func(x, y observation.Field) int {
			return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.Value, y.Value))
		}),
		a.Last.Compare(b.Last), cmp.Compare(a.TTL, b.TTL), cmp.Compare(a.Count, b.Count),
	)
}

func (w *work) node(k key) int {
	n, ok := w.index[k]
	if !ok {
		n = w.add(k)
		w.index[k] = n
	}
	return n
}

func (w *work) add(k key) int {
	n := len(w.parent)
	w.parent = append(w.parent, n)
	w.keys = append(w.keys, k)
	return n
}

// macNode is the node of a MAC: everywhere for one its manufacturer gave, in
// its realm for one software chose.
func (w *work) macNode(r realm, m observation.MAC) int {
	if m.Local() {
		return w.node(key{kind: byLocalMAC, realm: r, mac: m})
	}
	n, ok := w.byMAC[m]
	if !ok {
		n = w.add(key{kind: byMAC, mac: m})
		w.byMAC[m] = n
	}
	return n
}

func (w *work) addrNode(vlan uint16, ip netip.Addr) int {
	return w.node(key{kind: byAddress, realm: realm{vlan: vlan}, ip: ip})
}

func (w *work) root(n int) int {
	for w.parent[n] != n {
		w.parent[n] = w.parent[w.parent[n]]
		n = w.parent[n]
	}
	return n
}

// union joins two nodes; the smaller number stays the root.
func (w *work) union(a, b int) {
	a, b = w.root(a), w.root(b)
	if a > b {
		a, b = b, a
	}
	w.parent[b] = a
}

// bind decides which addresses are a MAC's own.
func (w *work) bind() {
	for _, s := range w.seen {
		w.binder.sight(s)
	}
	for i, o := range w.obs {
		w.from[i] = w.binder.observe(o, &w.ids[i])
	}
	w.binder.decide()
}

// addressOf is the address of the device that w.obs[i] is about; zero when the
// observation tells none.
func (w *work) addressOf(i int) netip.Addr {
	if w.addr != nil {
		return w.addr[i]
	}
	return w.readAddress(i)
}

// settleAddresses is called when it is decided which addresses are bound.
func (w *work) settleAddresses() {
	addr := make([]netip.Addr, len(w.obs))
	for i := range addr {
		addr[i] = w.readAddress(i)
	}
	w.addr = addr
}

func (w *work) readAddress(i int) netip.Addr {
	o, id := w.obs[i], &w.ids[i]
	var a netip.Addr
	switch {
	case o.About == observation.Receiver:
		a = o.To.Addr()
	case o.About == observation.Named && (o.Protocol == "dhip" || o.Protocol == "sadp") && (direct(o, id) || !id.addr.IsValid()):
		a = o.From.Addr()
	case o.About == observation.Named:
		a = id.addr
	case o.Protocol == "arp":
		if len(id.macs) > 0 && w.bound(pairKey{realmOf(o), id.macs[0], id.addr}) {
			a = id.addr // not when a router or a repeater answers for another
		}
	case o.Protocol == "dhcp" && len(id.macs) > 0 && usable(o.MAC) && id.macs[0] != o.MAC:
		// from a relay agent, whose address this is
	default:
		a = o.From.Addr()
	}
	if a = a.Unmap(); !unicast(a) {
		return netip.Addr{}
	}
	return a
}

func (w *work) bound(k pairKey) bool {
	p := w.binder.pairs[k]
	return p != nil && p.bound
}

// framePair is the pair of the link address and IP address that the
// observation's frame gives the device it is about; nil when it gives none.
func (w *work) framePair(i int) *pair {
	o := w.obs[i]
	if o.About != observation.Receiver {
		return w.from[i]
	}
	return w.binder.pairs[pairKey{realmOf(o), o.ToMAC, o.To.Addr().Unmap()}]
}

// frameNode is the node of the link address that is the device's own, -1 when
// the frame's MAC is a router's or there is none.
func (w *work) frameNode(i int) int {
	o := w.obs[i]
	if o.About == observation.Named {
		return -1
	}
	if ip := o.From.Addr(); o.About == observation.Sender && usable(o.MAC) && (!ip.IsValid() || ip.Unmap().IsUnspecified()) {
		return w.macNode(realmOf(o), o.MAC) // no router forwards what has no source address
	}
	if p := w.framePair(i); p != nil && p.bound {
		return w.macNode(p.realm, p.mac)
	}
	return -1
}

// join joins the nodes of all keys that may join.
func (w *work) join() {
	for i, o := range w.obs {
		macs := w.ids[i].macs
		for j, m := range macs {
			if n := w.macNode(realmOf(o), m); j > 0 && m != macs[0] {
				w.union(w.macNode(realmOf(o), macs[0]), n)
			}
		}
	}
	w.joinCards()
	if w.severalInputs() {
		w.joinLocal()
	}
	for i, o := range w.obs {
		if len(w.ids[i].macs) > 0 {
			w.at[i] = w.macNode(realmOf(o), w.ids[i].macs[0])
		} else {
			w.at[i] = w.frameNode(i)
		}
	}
	w.joinNames(bySerial, func(id *identity) []string { return id.serials })
	w.joinNames(byUUID, func(id *identity) []string { return id.uuids })
}

// cards are the devices whose MAC messages state in frames of one MAC.
type cards struct {
	root int // the first, where any is set
	any  bool
	more bool // another one too
}

func (c *cards) add(root int) {
	c.more = c.more || c.any && c.root != root
	c.root, c.any = root, true
}

// joinCards deals with frames that carry one MAC and a message that states
// another. Where the frame's MAC has that one address and hears of one other MAC
// only, both are cards of one device. Otherwise the frame's MAC belongs to what
// passes the frames on (a Wi-Fi repeater), and the address to the MAC stated.
func (w *work) joinCards() {
	type seen struct {
		p *pair
		n int
	}
	var against []seen
	for i, o := range w.obs {
		id, p := &w.ids[i], w.from[i]
		if p == nil || !p.bound || len(id.macs) == 0 || !(o.About == observation.Sender && o.Protocol != "dhcp" || direct(o, id)) {
			continue
		}
		n := w.macNode(p.realm, id.macs[0])
		p.stated.add(w.root(n))
		if id.macs[0] != p.mac && w.root(n) != w.root(w.macNode(p.realm, p.mac)) {
			against = append(against, seen{p, n})
		}
	}
	for _, a := range against {
		a.p.oneAddress()
	}
	for _, a := range against {
		if !a.p.stated.more && a.p.oneAddress() {
			w.union(w.macNode(a.p.realm, a.p.mac), a.n)
		} else {
			a.p.bound = false
		}
	}
}

// oneAddress reports whether the sender has one IPv4 address of its own at most,
// link-local ones left out. The first answer stands.
func (s *sender) oneAddress() bool {
	if !s.counted {
		s.counted = true
		for _, p := range s.pairs {
			if p.bound && p.ip.Is4() && !p.ip.IsLinkLocalUnicast() {
				s.own4++
			}
		}
	}
	return s.own4 <= 1
}

// use is what is known of the observations that carry one serial or UUID.
type use struct {
	root   int // the device, -1 while unknown
	node   int // of the name, -1 until joined
	shared bool
	spans  map[int][]addrSpan // by input, where no MAC was known
}

type addrSpan struct {
	ip netip.Addr
	span
}

func (u *use) add(root int) {
	u.shared = u.shared || u.root >= 0 && u.root != root
	u.root = root
}

// inferred reports whether the observation has its MAC only because nothing
// spoke against the frame's.
func (w *work) inferred(i int) bool {
	if len(w.ids[i].macs) > 0 {
		return false
	}
	p := w.framePair(i)
	return p != nil && p.bound && !p.proved
}

// doubt takes back the inference that an address is a MAC's own where a name
// sent from it is that of a device with another, proved MAC: then the frame came
// through a router.
func (w *work) doubt(uses map[string]*use, names func(*identity) []string) {
	var doubted []*pair
	for i, o := range w.obs {
		for _, name := range names(&w.ids[i]) {
			u := uses[name]
			if o.About == observation.Sender && w.at[i] >= 0 && !u.shared && u.root >= 0 && u.root != w.root(w.at[i]) && w.inferred(i) {
				doubted = append(doubted, w.from[i])
			}
		}
	}
	if len(doubted) == 0 {
		return
	}
	for _, p := range doubted {
		p.bound = false
		p.router = true
	}
	for i := range w.obs {
		if n := w.at[i]; n >= 0 && len(w.ids[i].macs) == 0 && w.keys[n].mac != (observation.MAC{}) {
			w.at[i] = w.frameNode(i)
		}
	}
}

// joinNames joins observations by one kind of name, leaving out the names that
// more than one device has.
func (w *work) joinNames(kind keyKind, names func(*identity) []string) {
	uses := map[string]*use{}
	for i := range w.obs {
		for _, name := range names(&w.ids[i]) {
			u := uses[name]
			if u == nil {
				u = &use{root: -1, node: -1}
				uses[name] = u
			}
			if w.at[i] >= 0 && !w.inferred(i) {
				u.add(w.root(w.at[i]))
			}
		}
	}
	if len(uses) == 0 {
		return
	}
	w.doubt(uses, names)
	for i, o := range w.obs {
		for _, name := range names(&w.ids[i]) {
			u := uses[name]
			if n := w.at[i]; n >= 0 {
				u.add(w.root(n))
			} else if ip := w.addressOf(i); ip.Is4() {
				if u.spans == nil {
					u.spans = map[int][]addrSpan{}
				}
				s := addrSpan{ip: ip}
				s.add(o.Seen, o.Last)
				u.spans[o.Input] = append(u.spans[o.Input], s)
			}
		}
	}
	for _, u := range uses {
		for _, spans := range u.spans {
			u.shared = u.shared || atOnce(spans)
		}
	}
	for i := range w.obs {
		for _, name := range names(&w.ids[i]) {
			u := uses[name]
			if u.shared {
				continue
			}
			if u.node < 0 {
				u.node = w.node(key{kind: kind, text: name})
			}
			if w.at[i] >= 0 {
				w.union(w.at[i], u.node)
			}
			w.at[i] = u.node
		}
	}
}

// atOnce reports whether two different addresses were in use at one time.
func atOnce(spans []addrSpan) bool {
	byIP := map[netip.Addr]span{}
	for _, s := range spans {
		t := byIP[s.ip]
		t.add(s.first, s.last)
		byIP[s.ip] = t
	}
	all := make([]span, 0, len(byIP))
	for _, s := range byIP {
		all = append(all, s)
	}
	return crossing(all)
}

// crossing reports whether two of the spans overlap. It sorts them.
func crossing(all []span) bool {
	slices.SortFunc(all, func(a, b span) int { return cmp.Or(a.first.Compare(b.first), a.last.Compare(b.last)) })
	for i := 1; i < len(all); i++ {
		if all[i-1].overlaps(all[i]) {
			return true
		}
	}
	return false
}
