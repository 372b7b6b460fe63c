package maker

import "strings"

// Domain gives the longest known suffix of a name, on a label boundary:
// "hik-connect.com" answers for "dev.hik-connect.com", not for
// "myhik-connect.com". Case and a final dot do not matter.
func (b *Base) Domain(name string) (Domain, bool) {
	const longest = 255 // bytes, RFC 1035 section 2.3.4
	if len(name) > longest {
		return Domain{}, false
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	for name != "" {
		if d, ok := b.domains[name]; ok {
			return d, true
		}
		_, rest, ok := strings.Cut(name, ".")
		if !ok {
			break
		}
		name = rest
	}
	return Domain{}, false
}

// Network gives what is known of the holder of an autonomous system.
func (b *Base) Network(asn uint32) (Network, bool) {
	n, ok := b.networks[asn]
	return n, ok
}
