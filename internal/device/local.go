package device

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/lenscap/lenscap/internal/observation"
)

// A turn is one input's time of a locally administered MAC at one address.
type turn struct {
	realm
	span
}

// A seat is what such a MAC must have had in two inputs to be one device.
type seat struct {
	mac  observation.MAC
	vlan uint16
	ip   netip.Addr
}

// mostTurns bounds with how many others a turn is compared. Within a site all
// are one after the other; only several sites at once are more.
const mostTurns = 16

// joinLocal joins a MAC that software chose over several inputs, as those of a
// recording that was cut into files. It counts where the MAC had the same address
// in both, a lease apart at most, and both are of one network. Of its own input it
// says nothing to the next otherwise: clones and containers have one MAC in many
// places, and a phone takes another one.
func (w *work) joinLocal() {
	turns := map[seat][]turn{}
	var order []seat
	for _, p := range w.binder.all {
		if !p.bound || p.router || p.first.IsZero() || !chosen(p.mac) || p.ip.IsLinkLocalUnicast() || eui64(p.ip, p.mac) || madeOf(p.mac, p.ip) {
			continue
		}
		at := seat{p.mac, p.vlan, p.ip}
		if turns[at] == nil {
			order = append(order, at)
		}
		turns[at] = append(turns[at], turn{p.realm, p.span})
	}
	var nets networks
	for _, at := range order {
		list := turns[at]
		if len(list) < 2 {
			continue
		}
		slices.SortFunc(list, func(a, b turn) int {
			return cmp.Or(a.first.Compare(b.first), a.last.Compare(b.last), cmp.Compare(a.input, b.input))
		})
		var open []turn // the latest of each network
		for _, t := range list {
			n := w.macNode(t.realm, at.mac)
			latest := t
			open = slices.DeleteFunc(open, func(o turn) bool {
				if t.first.Sub(o.last) > lease || local(at.ip) && !nets.one(w, o.realm, t.realm) {
					return false
				}
				w.union(w.macNode(o.realm, at.mac), n)
				w.alike = append(w.alike, alike{n, Alike{at.mac, at.ip}})
				if o.last.After(latest.last) {
					latest = o
				}
				return true
			})
			if len(open) < mostTurns {
				open = append(open, latest)
			}
		}
	}
}

// chosen reports whether m was chosen for one device, as far as it shows: by
// software, and not one that ships with it. 52:54:00:12:34:56 is QEMU's for a
// machine that was given none (QEMU, net/net.c), 02:00:00:00:00:00 what Android
// says in the place of the true one, and ee:ee:ee:ee:ee:ee Calico's for all.
func chosen(m observation.MAC) bool {
	if !m.Local() || !usable(m) {
		return false
	}
	distinct := 0
	for i, b := range m {
		if !slices.Contains(m[:i], b) {
			distinct++
		}
	}
	return distinct > 3 && m != observation.MAC{0x52, 0x54, 0x00, 0x12, 0x34, 0x56}
}

// madeOf reports whether software made m of the address, as Docker does
// (02:42:ac:11:00:02 of 172.17.0.2) and others (0a:58, 02:bf): then every machine
// that gives the address gives the MAC too.
func madeOf(m observation.MAC, ip netip.Addr) bool {
	if !ip.Is4() {
		return false
	}
	b := ip.As4()
	return [4]byte(m[2:]) == b
}

// An alike is the node whose MAC was joined over inputs, and by what.
type alike struct {
	node int
	Alike
}

// networks tells inputs of one network from those of several that use the same
// private addresses.
type networks struct {
	holders map[realm]map[netip.Addr]observation.MAC // a zero MAC where several held it
	known   map[[2]realm]bool
}

// one reports whether more of the addresses that both know were held in both by
// the same manufacturer's MAC than by different ones. Where the caller says that
// all inputs are of one site, none by different ones will do.
func (n *networks) one(w *work, a, b realm) bool {
	if a.input == b.input {
		return false
	}
	if a.input > b.input {
		a, b = b, a
	}
	if is, ok := n.known[[2]realm{a, b}]; ok {
		return is
	}
	if n.holders == nil {
		n.index(w)
	}
	same, other := 0, 0
	few, many := n.holders[a], n.holders[b]
	if len(few) > len(many) {
		few, many = many, few
	}
	for ip, m := range few {
		switch o := many[ip]; {
		case o.IsZero() || m.IsZero():
		case o == m || w.root(w.byMAC[o]) == w.root(w.byMAC[m]):
			same++
		default:
			other++
		}
	}
	is := same > other || w.site && other == 0
	n.known[[2]realm{a, b}] = is
	return is
}

func (n *networks) index(w *work) {
	n.holders, n.known = map[realm]map[netip.Addr]observation.MAC{}, map[[2]realm]bool{}
	for _, p := range w.binder.all {
		if !p.bound || p.mac.Local() || shared(p.mac) || !p.ip.IsPrivate() {
			continue
		}
		held := n.holders[p.realm]
		if held == nil {
			held = map[netip.Addr]observation.MAC{}
			n.holders[p.realm] = held
		}
		if m, ok := held[p.ip]; ok && m != p.mac {
			held[p.ip] = observation.MAC{}
			continue
		}
		held[p.ip] = p.mac
		w.macNode(p.realm, p.mac)
	}
}

// shared reports a MAC that routers take in turns, and every site has: VRRP's and
// CARP's (RFC 9568, section 7.3), HSRP's and GLBP's.
func shared(m observation.MAC) bool {
	switch {
	case [4]byte(m[:4]) == [4]byte{0x00, 0x00, 0x5e, 0x00},
		[5]byte(m[:5]) == [5]byte{0x00, 0x00, 0x0c, 0x07, 0xac},
		[5]byte(m[:5]) == [5]byte{0x00, 0x00, 0x0c, 0x9f, 0xf0},
		[3]byte(m[:3]) == [3]byte{0x00, 0x07, 0xb4}:
		return true
	}
	return false
}
