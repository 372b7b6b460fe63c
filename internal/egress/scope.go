package egress

import (
	"net/netip"
	"slices"
)

// outside says whether an address is neither private, link-local nor a group:
// a server that holds it could stand anywhere.
//
// Private: RFC 1918, RFC 4193, RFC 6598 (carrier-grade NAT, used inside by
// routers and overlay networks). Blocks for documentation and benchmarks are
// outside, since an estate that uses them as if they were its own says so.
func outside(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsValid() || a.IsPrivate() || a.IsLoopback() || a.IsUnspecified() || a.IsLinkLocalUnicast() || group(a) {
		return false
	}
	if a.Is4() {
		b := a.As4()
		return !(b[0] == 100 && b[1]&0xc0 == 64) && b[0] != 0
	}
	return true
}

// group says whether an address is nobody's in particular. The broadcast
// address of a network inside is taken for one where it ends in 255 and the
// network is private: most are of 24 bits.
func group(a netip.Addr) bool {
	a = a.Unmap()
	if a.IsMulticast() {
		return true
	}
	if a.Is4() {
		b := a.As4()
		return b == [4]byte{255, 255, 255, 255} || b[3] == 255 && a.IsPrivate()
	}
	return false
}

// scope says where an address is for this estate.
func (e *Estate) scope(a netip.Addr) string {
	switch {
	case group(a):
		return ScopeGroup
	case outside(a) && !within(e.Networks, a):
		return ScopeOutside
	}
	return ScopeInside
}

func within(networks []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(a) })
}
