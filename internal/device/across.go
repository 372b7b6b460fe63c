package device

import (
	"net/netip"
	"time"

	"github.com/lenscap/lenscap/internal/observation"
)

// across finds in other inputs who held an address that one input gives without
// a MAC, as flow records and the logs of other tools do.
type across struct {
	inputs map[netip.Addr][]int // that know who held an address
	open   map[openKey]bool
}

// An openKey is one device at one address of an input that lists leases: it has
// the address from then on, until the list gives it to another.
type openKey struct {
	input int
	ip    netip.Addr
	node  int // root
}

// indexInputs notes which inputs know of which address. It does nothing where there is
// one input only.
func (w *work) indexInputs() {
	w.across = across{}
	if !w.severalInputs() {
		return
	}
	w.across.inputs = make(map[netip.Addr][]int, len(w.claims))
	for k := range w.claims {
		w.across.inputs[k.ip] = append(w.across.inputs[k.ip], k.input)
	}
	w.across.open = map[openKey]bool{}
	for i, o := range w.obs {
		if ip := w.addressOf(i); w.at[i] >= 0 && ip.IsValid() && isLease(o) {
			w.across.open[openKey{o.Input, ip, w.root(w.at[i])}] = true
		}
	}
}

// severalInputs reports whether what was added is of more than one input.
func (w *work) severalInputs() bool {
	first, any := 0, false
	other := func(n int) bool {
		if !any {
			first, any = n, true
		}
		return n != first
	}
	for _, o := range w.obs {
		if other(o.Input) {
			return true
		}
	}
	for i := range w.seen {
		if other(w.seen[i].Input) {
			return true
		}
	}
	return false
}

// isLease reports an entry of a lease file: what an acknowledgement says, and no
// packet that carried it.
func isLease(o *observation.Observation) bool {
	return o.Protocol == "dhcp" && o.About == observation.Named && !o.From.IsValid()
}

// elsewhere is the root of the one device that held the address at that time in
// the other inputs, where nothing is known of it in its own. It is -1 when there
// is none or more than one: an address of 192.168.1.0/24 is on many sites.
func (w *work) elsewhere(r realm, ip netip.Addr, s span) int {
	if len(w.across.inputs) == 0 || !travels(ip) || w.claims[claimKey{r.input, ip}] != nil {
		return -1
	}
	found := -1
	for _, input := range w.across.inputs[ip] {
		n, more := w.heldIn(input, r.vlan, ip, s)
		switch {
		case more, n >= 0 && found >= 0 && n != found:
			return -1
		case n >= 0:
			found = n
		}
	}
	return found
}

// travels reports an address that means one thing in several inputs. A
// link-local one does where its interface part is a long number: 169.254.0.0/16
// and fe80::1 are on every link.
func travels(ip netip.Addr) bool {
	if !ip.IsLinkLocalUnicast() {
		return true
	}
	b := ip.As16()
	return ip.Is6() && b[8]|b[9]|b[10]|b[11] != 0
}

// heldIn is the root of the device that held the address in an input at about
// that time, -1 when there is none. more says that several did. An untagged frame
// may be of any VLAN; of two VLANs that are named, both must be the same.
func (w *work) heldIn(input int, vlan uint16, ip netip.Addr, s span) (node int, more bool) {
	c := w.claims[claimKey{input, ip}]
	if len(c.list) == 1 {
		one := c.list[0]
		if vlan != 0 && one.vlan != 0 && vlan != one.vlan {
			return -1, false
		}
		one.node = w.root(one.node)
		return w.oneOf([]claim{one}, false, input, ip, s)
	}
	if c.plans == nil {
		w.plan(c)
	}
	p := c.plans[anyVLAN]
	if vlan != 0 {
		if p = c.plans[int(vlan)]; p == nil {
			p = c.plans[0]
		}
	}
	if p == nil {
		return -1, false
	}
	return w.oneOf(p.held, p.disputed, input, ip, s)
}

// oneOf is the root of the only one in held, which is in order of time, whose
// time s falls into. Between two, either may have had the address; before the
// first and after the last, for as long as a lease lasts.
func (w *work) oneOf(held []claim, disputed bool, input int, ip netip.Addr, s span) (node int, more bool) {
	node = -1
	for i, h := range held {
		from, to := h.first.Add(-lease), h.last.Add(lease)
		if w.across.open[openKey{input, ip, h.node}] {
			to = endless
		}
		if i > 0 && !disputed {
			if from = later(from, held[i-1].last); w.across.open[openKey{input, ip, held[i-1].node}] {
				from = h.first
			}
		}
		if i+1 < len(held) && !disputed {
			to = earlier(to, held[i+1].first)
		}
		timeless := h.first.IsZero() || s.first.IsZero()
		if !timeless && (!s.first.Before(to) || !s.last.After(from) && s.last.Before(h.first)) {
			continue
		}
		if node >= 0 {
			return -1, true
		}
		node = h.node
	}
	return node, false
}

// endless is later than anything an input holds.
var endless = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
