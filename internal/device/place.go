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
	c := claim{node: node, vlan: r.vlan}
	c.add(first, last)
	w.claims[k] = append(w.claims[k], c)
}

// claimAddresses says which known device held which address when.
func (w *work) claimAddresses() {
	for k, p := range w.binder.pairs {
		if p.bound {
			w.claim(k.realm, k.ip, w.macNode(k.realm, k.mac), p.first, p.last)
		}
	}
	for i, o := range w.obs {
		if ip := w.addressOf(i); w.at[i] >= 0 && ip.IsValid() {
			w.claim(realmOf(o), ip, w.at[i], o.Seen, o.Last)
		}
	}
	w.merge()
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
		if n := w.holder(realmOf(o), from, o.Seen); n < 0 {
			if len(w.claims[claimKey{o.Input, from}]) == 0 {
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
}

// relayed reports whether a discovery answer came from another address than the
// one it gives, within the site.
func (w *work) relayed(i int) bool {
	o := w.obs[i]
	return o.About == observation.Named && (o.Protocol == "dhip" || o.Protocol == "sadp") &&
		unicast(o.From.Addr().Unmap()) && !direct(o, w.ids[i])
}

// merge makes one claim of all claims of one device on one address and VLAN.
func (w *work) merge() {
	for k, list := range w.claims {
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
		w.claims[k] = out
	}
}

// holder is the root of the device that held the address at t, in the VLAN if
// anything is known of it there, in any VLAN of the input otherwise. It is -1
// when nobody did, or two at once.
func (w *work) holder(r realm, ip netip.Addr, t time.Time) int {
	all := w.claims[claimKey{r.input, ip}]
	if len(all) == 1 {
		return w.root(all[0].node)
	}
	same := all[:0:0]
	for _, c := range all {
		if c.vlan == r.vlan {
			same = append(same, c)
		}
	}
	if len(same) == 0 {
		same = all
	}
	byRoot := map[int]span{}
	for _, c := range same {
		s := byRoot[w.root(c.node)]
		s.add(c.first, c.last)
		byRoot[w.root(c.node)] = s
	}
	if len(byRoot) == 0 {
		return -1
	}
	spans := make([]span, 0, len(byRoot))
	for _, s := range byRoot {
		spans = append(spans, s)
	}
	if len(spans) > 1 && crossing(spans) {
		return -1
	}
	// No two spans overlap: take the last that had begun, or else the first.
	best := -1
	for n, s := range byRoot {
		if best < 0 || later(s, byRoot[best], t) {
			best = n
		}
	}
	return best
}

// later reports whether a says more than b of who held an address at t.
func later(a, b span, t time.Time) bool {
	begunA, begunB := !a.first.After(t), !b.first.After(t)
	switch {
	case begunA != begunB:
		return begunA
	case begunA:
		return a.first.After(b.first)
	}
	return a.first.Before(b.first)
}

// place gives a node to every observation and every frame that has none yet, by
// the address.
func (w *work) place() {
	for i, o := range w.obs {
		if w.at[i] >= 0 || w.inList(i) {
			continue
		}
		if ip := w.addressOf(i); ip.IsValid() {
			w.at[i] = w.byAddress(realmOf(o), ip, o.Seen)
		}
	}
	for k, p := range w.binder.pairs {
		if !p.sent {
			continue
		}
		s := sent{realm: k.realm, ip: k.ip, span: p.span, packets: p.packets, bytes: p.bytes, ownFrame: p.bound}
		if p.bound {
			s.node = w.macNode(k.realm, k.mac)
		} else {
			s.node = w.byAddress(k.realm, k.ip, p.first)
		}
		w.sent = append(w.sent, s)
	}
	for _, g := range w.seen {
		s := sent{realm: realm{g.Input, g.VLAN}, packets: g.Packets, bytes: g.Bytes}
		s.span.add(g.First, g.Last)
		ip := g.IP.Unmap()
		switch {
		case unicast(ip) && g.MAC.IsZero():
			s.ip, s.node = ip, w.byAddress(s.realm, ip, g.First)
		case !unicast(ip) && usable(g.MAC):
			s.ownFrame, s.node = true, w.macNode(s.realm, g.MAC)
		default:
			continue // a pair above, or nothing that can be placed
		}
		w.sent = append(w.sent, s)
	}
}

func (w *work) byAddress(r realm, ip netip.Addr, t time.Time) int {
	if n := w.holder(r, ip, t); n >= 0 {
		return n
	}
	return w.addrNode(r.vlan, ip)
}

// inList reports whether an observation is one line of a recorder's list of
// cameras, whose address may be one inside the recorder.
func (w *work) inList(i int) bool {
	return w.obs[i].Protocol == "isapi" && w.obs[i].About == observation.Named
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

// channels makes a device of every camera a recorder lists, or finds the one
// that was seen itself, and says whom it is behind.
func (w *work) channels() {
	lists := map[int][]line{}
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
				lists[recorder] = append(lists[recorder], l)
				w.behind = append(w.behind, link{camera: l.node, recorder: recorder, channel: l.id})
			}
		}
	}
	for i, o := range w.obs {
		if !w.inList(i) {
			continue
		}
		recorder := w.holder(realmOf(o), o.From.Addr().Unmap(), o.Seen)
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
func (w *work) placeLine(i, recorder int, lines []line) {
	o := w.obs[i]
	serial, address := o.Get(observation.IsapiSerial), o.Get(observation.IsapiIP)
	for _, l := range lines {
		if serial != "" && l.serial == serial || serial == "" && address != "" && l.address == address {
			if w.at[i] < 0 {
				w.at[i] = l.node
			}
			w.behind = append(w.behind, link{camera: w.at[i], recorder: recorder, channel: l.id})
			return
		}
	}
	if w.at[i] < 0 && recorder >= 0 {
		w.at[i] = w.node(key{kind: byChannel, realm: realm{input: recorder}, text: "channel at " + address + " " + o.Get(observation.IsapiModel)})
	}
	if w.at[i] >= 0 && recorder >= 0 {
		w.behind = append(w.behind, link{camera: w.at[i], recorder: recorder})
	}
}
