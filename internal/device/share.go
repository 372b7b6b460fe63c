package device

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/observation"
)

// lease is how long an address is taken to stay with one device while nothing
// is heard of it.
const lease = 24 * time.Hour

// kinds is a set of what a device can be known by. One device has one of each,
// so two nodes with one in common contradict each other: were it the same value,
// they would be one node.
type kinds uint8

const (
	hasMAC kinds = 1 << iota
	hasWSD
	hasUPnP
	hasOnvif
	hasHikvision
	hasDahua
	hasOther // any other serial
)

// A tenant is one node at one address.
type tenant struct {
	node  int // root
	kinds kinds
	span
}

// A place is one address in one realm.
type place struct {
	realm
	ip netip.Addr
}

// share joins what held one address in one realm, where only parts of a
// device's identity were sent in each message and no MAC joins them: a UUID
// here, a serial there. What contradicts what stays apart. Nothing is joined
// that would, by way of another address, join two that contradict each other.
func (w *work) share() {
	tenants := w.tenants()
	if len(tenants) == 0 {
		return
	}
	of := w.kindsOf()
	split := w.forwarded(tenants)
	up := map[int]int{} // of roots that are to be joined
	top := func(n int) int {
		for up[n] != n {
			up[n] = up[up[n]]
			n = up[n]
		}
		return n
	}
	for p, nodes := range tenants {
		if len(nodes) < 2 || split[p] {
			continue
		}
		list := make([]tenant, 0, len(nodes))
		for n, s := range nodes {
			list = append(list, tenant{n, of[n], *s})
		}
		for _, pair := range together(list, local(p.ip)) {
			for _, n := range pair {
				if _, ok := up[n]; !ok {
					up[n] = n
				}
			}
			up[top(pair[0])] = top(pair[1])
		}
	}
	have, clash := map[int]kinds{}, map[int]bool{}
	for n := range up {
		t := top(n)
		clash[t] = clash[t] || have[t]&of[n] != 0
		have[t] |= of[n]
	}
	for n := range up {
		if t := top(n); !clash[t] {
			w.union(n, t)
		}
	}
}

// tenants are the nodes at every address that more than one claims. A list of
// cameras, and an answer that a recorder passes on without saying whose address
// it is, claim none.
func (w *work) tenants() map[place]map[int]*span {
	out := map[place]map[int]*span{}
	add := func(r realm, ip netip.Addr, n int, first, last time.Time) {
		if c := w.claims[claimKey{r.input, ip}]; c == nil || len(c.list) < 2 {
			return
		}
		p, n := place{r, ip}, w.root(n)
		if out[p] == nil {
			out[p] = map[int]*span{}
		}
		if out[p][n] == nil {
			out[p][n] = &span{}
		}
		out[p][n].add(first, last)
	}
	for _, p := range w.binder.all {
		if p.bound {
			add(p.realm, p.ip, w.macNode(p.realm, p.mac), p.first, p.last)
		}
	}
	for i, o := range w.obs {
		ip := w.addressOf(i)
		if !ip.IsValid() {
			continue
		}
		if n := w.interfaceNode(ip); n >= 0 {
			add(realmOf(o), ip, n, o.Seen, o.Last)
		}
		if w.at[i] >= 0 && !w.inList(i) && (o.About != observation.Named || w.ids[i].addr.IsValid()) {
			add(realmOf(o), ip, w.at[i], o.Seen, o.Last)
		}
	}
	return out
}

// kindsOf tells of every root what it is known by.
func (w *work) kindsOf() map[int]kinds {
	uuids := map[string]kinds{}
	for i, o := range w.obs {
		if len(w.ids[i].uuids) == 0 {
			continue
		}
		for _, f := range o.Fields {
			switch f.Name {
			case observation.WSDUUID:
				uuids[uuidKey(f.Value)] |= hasWSD
			case observation.SSDPUUID, observation.UPnPUUID:
				uuids[uuidKey(f.Value)] |= hasUPnP
			}
		}
	}
	of := map[int]kinds{}
	for n, k := range w.keys {
		var is kinds
		switch k.kind {
		case byMAC, byLocalMAC:
			is = hasMAC
		case byUUID:
			is = uuids[k.text]
		case bySerial:
			is = serialKind(k.text)
		}
		of[w.root(n)] |= is
	}
	return of
}

func serialKind(text string) kinds {
	switch {
	case strings.HasPrefix(text, "onvif "):
		return hasOnvif
	case strings.HasPrefix(text, "hikvision:"):
		return hasHikvision
	case strings.HasPrefix(text, "dahua:"):
		return hasDahua
	}
	return hasOther
}

// forwarded are the addresses where two ports show two certificates at once
// that are seen nowhere else, as where a router forwards to several devices.
func (w *work) forwarded(tenants map[place]map[int]*span) map[place]bool {
	type shown struct {
		at   place
		port uint16
		more bool // at several addresses
		span
	}
	type cert struct {
		input int
		key   string
	}
	certs := map[cert]*shown{}
	for i, o := range w.obs {
		ip := w.addressOf(i)
		v := o.Get(observation.TLSSPKI)
		if v == "" || !ip.IsValid() || o.About == observation.Named {
			continue
		}
		port := o.From.Port()
		if o.About == observation.Receiver {
			port = o.To.Port()
		}
		k, p := cert{o.Input, strings.ToLower(v)}, place{realmOf(o), ip}
		s := certs[k]
		if s == nil {
			s = &shown{at: p, port: port}
			certs[k] = s
		}
		s.more = s.more || s.at != p
		s.port = min(s.port, port)
		s.add(o.Seen, o.Last)
	}
	ports := map[place]map[uint16]*span{}
	for _, s := range certs {
		if s.more || len(tenants[s.at]) < 2 {
			continue
		}
		if ports[s.at] == nil {
			ports[s.at] = map[uint16]*span{}
		}
		if ports[s.at][s.port] == nil {
			ports[s.at][s.port] = &span{}
		}
		ports[s.at][s.port].add(s.first, s.last)
	}
	out := map[place]bool{}
	for p, spans := range ports {
		all := make([]span, 0, len(spans))
		for _, s := range spans {
			all = append(all, *s)
		}
		out[p] = crossing(all)
	}
	return out
}

// together pairs the tenants of one address that are one device. Those that
// contradict each other may have held it one after another, if it is one of the
// site: then each time has its device, and what fits into two of them must be
// clearly nearer to one.
func together(list []tenant, site bool) [][2]int {
	slices.SortFunc(list, func(a, b tenant) int {
		return cmp.Or(a.first.Compare(b.first), a.last.Compare(b.last), cmp.Compare(a.kinds, b.kinds))
	})
	type epoch struct {
		from, to int // of list
		kinds    kinds
		span
	}
	var epochs []epoch
	for i, t := range list {
		n := len(epochs) - 1
		if n < 0 || epochs[n].kinds&t.kinds != 0 {
			epochs = append(epochs, epoch{from: i})
			n++
		}
		epochs[n].to = i + 1
		epochs[n].kinds |= t.kinds
		epochs[n].add(t.first, t.last)
	}
	if len(epochs) > 1 && !site {
		return nil
	}
	for i := 1; i < len(epochs); i++ {
		if epochs[i-1].overlaps(epochs[i].span) {
			return nil
		}
	}
	var pairs [][2]int
	for i, e := range epochs {
		var last *tenant
		for j := e.from; j < e.to; j++ {
			t := &list[j]
			own := lease
			if j > e.from {
				own = min(own, gap(list[j-1].span, t.span))
			}
			if j+1 < e.to {
				own = min(own, gap(t.span, list[j+1].span))
			}
			fits := func(other int) bool { // into another time as well
				return other >= 0 && other < len(epochs) && epochs[other].kinds&t.kinds == 0 && 4*own >= gap(t.span, epochs[other].span)
			}
			if fits(i-1) || fits(i+1) {
				continue
			}
			if last != nil && gap(last.span, t.span) < lease {
				pairs = append(pairs, [2]int{last.node, t.node})
			}
			last = t
		}
	}
	return pairs
}

// gap is the time between two spans, 0 when they meet or one has no time.
func gap(a, b span) time.Duration {
	if a.first.IsZero() || b.first.IsZero() {
		return 0
	}
	return max(0, a.first.Sub(b.last), b.first.Sub(a.last))
}

// interfaceNode is the node of the MAC that an IPv6 address is made from, -1
// when there is none or it is not known to be a device's.
func (w *work) interfaceNode(ip netip.Addr) int {
	m, ok := fromEUI64(ip)
	if !ok {
		return -1
	}
	if n, ok := w.byMAC[m]; ok && n < w.known {
		return n
	}
	return -1
}

// fromEUI64 is the MAC, given by a manufacturer, that an IPv6 address is made from.
func fromEUI64(a netip.Addr) (observation.MAC, bool) {
	if !a.Is6() || a.Is4In6() {
		return observation.MAC{}, false
	}
	b := a.As16()
	m := observation.MAC{b[8] ^ 2, b[9], b[10], b[13], b[14], b[15]}
	return m, binary.BigEndian.Uint16(b[11:]) == 0xfffe && usable(m) && !m.Local()
}
