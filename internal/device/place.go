package device

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/observation"
)

// claimKey is an address in one input. VLANs are told apart when looking it up.
type claimKey struct {
	input int
	ip    netip.Addr
}

// A claim says that a node held an address for a time.
type claim struct {
	node int
	vlan uint16
	span
}

// claims are all claims on one address in one input.
type claims struct {
	list  []claim
	plans map[int]*plan // by VLAN, anyVLAN for all together; nil until asked for
}

// anyVLAN is the plan of all VLANs.
const anyVLAN = -1

// A plan says who held an address, in order of time.
type plan struct {
	held     []claim // one of each device, by first
	disputed bool    // two held it at once
}

// A sent is frames of one (MAC, IP) pair, and the node that sent them.
type sent struct {
	node     int
	realm    realm
	ip       netip.Addr
	span     span
	packets  int64
	bytes    int64
	ownFrame bool
}

func (w *work) claim(r realm, ip netip.Addr, node int, first, last time.Time) {
	k := claimKey{r.input, ip}
	c := w.claims[k]
	if c == nil {
		c = &claims{}
		w.claims[k] = c
	}
	c.plans = nil
	if n := len(c.list) - 1; n >= 0 && c.list[n].vlan == r.vlan && w.root(c.list[n].node) == w.root(node) {
		c.list[n].add(first, last)
		return
	}
	one := claim{node: node, vlan: r.vlan}
	one.add(first, last)
	c.list = append(c.list, one)
}

// claimAddresses says which known device held which address when.
func (w *work) claimAddresses() {
	w.settleAddresses()
	for _, p := range w.binder.all {
		if p.bound {
			w.claim(p.realm, p.ip, w.macNode(p.realm, p.mac), p.first, p.last)
		}
	}
	for i, o := range w.obs {
		if ip := w.addressOf(i); w.at[i] >= 0 && ip.IsValid() {
			w.claim(realmOf(o), ip, w.at[i], o.Seen, o.Last)
		}
	}
	w.known = len(w.keys)
	w.claimInterfaces()
	w.merge()
	w.share()
	w.merge()
	w.indexInputs()
	// A relayed answer's packet comes from the recorder, if there is one at that
	// address; if not, the device itself has a second address.
	type late struct {
		i    int
		from netip.Addr
	}
	var later []late
	for i, o := range w.obs {
		from := o.From.Addr().Unmap()
		if !w.relayed(i) || w.at[i] < 0 {
			continue
		}
		if n := w.heldBy(realmOf(o), from, spanOf(o)); n < 0 {
			if w.claims[claimKey{o.Input, from}] == nil {
				later = append(later, late{i, from})
			}
		} else if n != w.root(w.at[i]) {
			w.behind = append(w.behind, link{camera: w.at[i], recorder: n})
		}
	}
	for _, l := range later {
		o := w.obs[l.i]
		w.claim(realmOf(o), l.from, w.at[l.i], o.Seen, o.Last)
	}
	w.merge()
	if len(later) > 0 {
		w.indexInputs()
	}
}

// claimInterfaces gives an IPv6 address that is made from a known MAC to it,
// where the frames do not tell.
func (w *work) claimInterfaces() {
	for i, o := range w.obs {
		if ip := w.addressOf(i); ip.Is6() {
			if n := w.interfaceNode(ip); n >= 0 {
				w.claim(realmOf(o), ip, n, o.Seen, o.Last)
			}
		}
	}
	for _, s := range w.seen {
		if s.MAC.IsZero() && unicast(s.IP) {
			if n := w.interfaceNode(s.IP); n >= 0 {
				w.claim(realm{s.Input, s.VLAN}, s.IP, n, s.First, s.Last)
			}
		}
	}
}

// relayed reports whether a discovery answer came from another address than the
// one it gives, within the site.
func (w *work) relayed(i int) bool {
	o := w.obs[i]
	return o.About == observation.Named && (o.Protocol == "dhip" || o.Protocol == "sadp") &&
		unicast(o.From.Addr().Unmap()) && !direct(o, &w.ids[i])
}

// merge makes one claim of all claims of one device on one address and VLAN.
func (w *work) merge() {
	for _, c := range w.claims {
		list := c.list
		if len(list) == 1 {
			continue
		}
		for i := range list {
			list[i].node = w.root(list[i].node)
		}
		slices.SortFunc(list, func(a, b claim) int {
			return cmp.Or(cmp.Compare(a.vlan, b.vlan), cmp.Compare(a.node, b.node), a.first.Compare(b.first), a.last.Compare(b.last))
		})
		out := list[:1]
		for _, c := range list[1:] {
			if last := &out[len(out)-1]; last.vlan == c.vlan && last.node == c.node {
				last.add(c.first, c.last)
			} else {
				out = append(out, c)
			}
		}
		c.list, c.plans = out, nil
	}
}

// holder is the root of the device that held the address at t, in the VLAN if
// anything is known of it there, in any VLAN of the input otherwise. It is -1
// when nobody did, or two at once.
func (w *work) holder(r realm, ip netip.Addr, t time.Time) int {
	c := w.claims[claimKey{r.input, ip}]
	if c == nil {
		return -1
	}
	if len(c.list) == 1 {
		return w.root(c.list[0].node)
	}
	if c.plans == nil {
		w.plan(c)
	}
	p := c.plans[int(r.vlan)]
	if p == nil {
		p = c.plans[anyVLAN]
	}
	return p.at(t)
}

// plan fills in c.plans. Devices are joined by then.
func (w *work) plan(c *claims) {
	c.plans = map[int]*plan{}
	slots := map[[2]int]int{} // VLAN and root: index into held
	for _, one := range c.list {
		root := w.root(one.node)
		for _, vlan := range [2]int{int(one.vlan), anyVLAN} {
			p := c.plans[vlan]
			if p == nil {
				p = &plan{}
				c.plans[vlan] = p
			}
			i, ok := slots[[2]int{vlan, root}]
			if !ok {
				i = len(p.held)
				slots[[2]int{vlan, root}] = i
				p.held = append(p.held, claim{node: root})
			}
			p.held[i].add(one.first, one.last)
		}
	}
	for _, p := range c.plans {
		slices.SortFunc(p.held, func(a, b claim) int { return cmp.Or(a.first.Compare(b.first), a.last.Compare(b.last)) })
		for i := 1; i < len(p.held); i++ {
			p.disputed = p.disputed || p.held[i-1].overlaps(p.held[i].span)
		}
	}
}

// at is the root of the device that held the address at t: the last that had
// begun, or else the first; -1 when two held it at once.
func (p *plan) at(t time.Time) int {
	if p.disputed {
		return -1
	}
	i, _ := slices.BinarySearchFunc(p.held, t, func(c claim, t time.Time) int {
		if c.first.After(t) {
			return 1
		}
		return -1
	})
	return p.held[max(i-1, 0)].node
}

// place gives a node to every observation and every frame that has none yet, by
// the address.
func (w *work) place() {
	for i, o := range w.obs {
		if w.at[i] >= 0 || w.inList(i) {
			continue
		}
		if ip := w.addressOf(i); ip.IsValid() {
			w.at[i] = w.byAddress(realmOf(o), ip, spanOf(o))
		}
	}
	w.sent = make([]sent, 0, len(w.binder.all))
	for _, p := range w.binder.all {
		if !p.sent {
			continue
		}
		s := sent{realm: p.realm, ip: p.ip, span: p.span, packets: p.packets, bytes: p.bytes, ownFrame: p.bound}
		if p.bound {
			s.node = w.macNode(p.realm, p.mac)
		} else {
			s.node = w.byAddress(p.realm, p.ip, p.span)
		}
		w.sent = append(w.sent, s)
	}
	for _, g := range w.seen {
		s := sent{realm: realm{g.Input, g.VLAN}, packets: g.Packets, bytes: g.Bytes}
		s.span.add(g.First, g.Last)
		ip := g.IP.Unmap()
		switch {
		case unicast(ip) && g.MAC.IsZero():
			s.ip, s.node = ip, w.byAddress(s.realm, ip, s.span)
		case !unicast(ip) && usable(g.MAC):
			s.ownFrame, s.node = true, w.macNode(s.realm, g.MAC)
		default:
			continue // a pair above, or nothing that can be placed
		}
		w.sent = append(w.sent, s)
	}
}

// byAddress is the node of whoever held the address at that time, and of the
// address itself where nobody is known to have.
func (w *work) byAddress(r realm, ip netip.Addr, s span) int {
	if n := w.heldBy(r, ip, s); n >= 0 {
		return n
	}
	return w.addrNode(r.vlan, ip)
}

// heldBy is the root of the device that held the address at that time, by its
// own input or, where that says nothing of it, by the others; -1 for none.
func (w *work) heldBy(r realm, ip netip.Addr, s span) int {
	if n := w.holder(r, ip, s.first); n >= 0 {
		return n
	}
	return w.elsewhere(r, ip, s)
}

// inList reports whether an observation is one line of a recorder's list of
// cameras, whose address may be one inside the recorder.
func (w *work) inList(i int) bool {
	return (w.obs[i].Protocol == "isapi" || w.obs[i].Protocol == "lapi") && w.obs[i].About == observation.Named
}

// A line is one channel of a recorder: "id address model firmware serial", "-"
// for what it does not give.
type line struct {
	id, address, model, serial string
	node                       int
}

func parseLine(s string) (line, bool) {
	f := strings.Fields(s)
	if len(f) != 5 {
		return line{}, false
	}
	for i := range f {
		if f[i] == "-" {
			f[i] = ""
		}
	}
	return line{id: f[0], address: f[1], model: f[2], serial: f[4]}, true
}

// A list is the lines of one recorder; of several with one serial or address
// the first counts.
type list struct{ bySerial, byAddress map[string]line }

func (s *list) add(l line) {
	if _, ok := s.bySerial[l.serial]; !ok {
		s.bySerial[l.serial] = l
	}
	if _, ok := s.byAddress[l.address]; !ok {
		s.byAddress[l.address] = l
	}
}

// find is the line with that serial or, without one, at that address.
func (s *list) find(serial, address string) (l line, ok bool) {
	switch {
	case s == nil:
	case serial != "":
		l, ok = s.bySerial[serial]
	case address != "":
		l, ok = s.byAddress[address]
	}
	return l, ok
}

// channels makes a device of every camera a recorder lists, or finds the one
// that was seen itself, and says whom it is behind.
func (w *work) channels() {
	lists := map[int]*list{}
	for i, o := range w.obs {
		if w.at[i] < 0 || o.About == observation.Named {
			continue
		}
		for _, f := range o.Fields {
			if f.Name != observation.IsapiChannel {
				continue
			}
			if l, ok := parseLine(f.Value); ok {
				recorder := w.root(w.at[i])
				l.node = w.channelNode(recorder, l)
				if lists[recorder] == nil {
					lists[recorder] = &list{bySerial: map[string]line{}, byAddress: map[string]line{}}
				}
				lists[recorder].add(l)
				w.behind = append(w.behind, link{camera: l.node, recorder: recorder, channel: l.id})
			}
		}
	}
	for i, o := range w.obs {
		if !w.inList(i) {
			continue
		}
		recorder := w.heldBy(realmOf(o), o.From.Addr().Unmap(), spanOf(o))
		if recorder < 0 {
			if n, ok := w.index[key{kind: byAddress, realm: realm{vlan: o.VLAN}, ip: o.From.Addr().Unmap()}]; ok {
				recorder = w.root(n)
			}
		}
		w.placeLine(i, recorder, lists[recorder])
	}
}

// channelNode is the node of the camera a line is about: its serial's where it
// has one, one of its own otherwise.
func (w *work) channelNode(recorder int, l line) int {
	if n, ok := w.index[key{kind: bySerial, text: "hikvision:" + l.serial}]; ok {
		return n
	}
	text := "channel " + l.id
	if l.id == "" {
		text = "channel at " + l.address + " " + l.model
	}
	return w.node(key{kind: byChannel, realm: realm{input: recorder}, text: text})
}

// placeLine gives the observation of one listed camera its device: by its own
// keys, or by the line of the list that gives its serial or address.
func (w *work) placeLine(i, recorder int, lines *list) {
	o := w.obs[i]
	serial, address := o.Get(observation.IsapiSerial), o.Get(observation.IsapiIP)
	if l, ok := lines.find(serial, address); ok {
		if w.at[i] < 0 {
			w.at[i] = l.node
		}
		w.behind = append(w.behind, link{camera: w.at[i], recorder: recorder, channel: l.id})
		return
	}
	if w.at[i] < 0 && recorder >= 0 {
		w.at[i] = w.node(key{kind: byChannel, realm: realm{input: recorder}, text: "channel at " + address + " " + o.Get(observation.IsapiModel)})
	}
	if w.at[i] >= 0 && recorder >= 0 {
		w.behind = append(w.behind, link{camera: w.at[i], recorder: recorder})
	}
}
