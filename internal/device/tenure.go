package device

import (
	"net/netip"
	"time"
)

// tenure is the part of s in which the device of that node held the address, where
// several held it one after another: what has no MAC is placed by when it was first
// seen, and may have gone on when the next one had the address.
func (w *work) tenure(r realm, ip netip.Addr, node int, s span) span {
	c := w.claims[claimKey{r.input, ip}]
	if c == nil || len(c.list) < 2 || s.first.IsZero() {
		return s
	}
	if c.plans == nil {
		w.plan(c)
	}
	p := c.plans[int(r.vlan)]
	if p == nil {
		p = c.plans[anyVLAN]
	}
	if p.disputed {
		return s
	}
	node = w.root(node)
	for i, h := range p.held {
		if w.root(h.node) != node {
			continue
		}
		if i+1 < len(p.held) && !s.last.Before(p.held[i+1].first) {
			s.last = h.last // at least: of the rest it is not known when it ended
			if s.first.After(h.last) && s.first.Before(p.held[i+1].first) {
				s.last = s.first
			}
		}
		if i > 0 && !s.first.After(p.held[i-1].last) {
			s.first = h.first
		}
		s.first = earlier(s.first, s.last)
		break
	}
	return s
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
