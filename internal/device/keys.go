package device

import (
	"net/netip"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// identity is what one observation says of the device it is about.
type identity struct {
	macs    []observation.MAC // from fields, never the frame's
	serials []string          // key text, "hikvision:DS-2CD…"
	uuids   []string          // lower case
	cert    string
	addr    netip.Addr // the address a discovery answer or lease names, zero when none
}

// macFields are the fields in which a device states its own MAC.
var macFields = map[string]bool{
	observation.ARPMAC: true, observation.DHCPMAC: true, observation.SADPMAC: true, observation.IsapiMAC: true,
	observation.DHIPMAC: true, observation.OnvifScopeMAC: true, observation.HNAPMAC: true, observation.UPnPMAC: true,
	observation.OnvifMAC: true,
}

// addrFields are the fields in which a message names the device's address.
var addrFields = map[string]bool{
	observation.ARPIP: true, observation.DHCPAssignedIP: true, observation.SADPIP: true, observation.DHIPIP: true,
	observation.IsapiIP: true,
}

var uuidFields = map[string]bool{
	observation.SSDPUUID: true, observation.UPnPUUID: true, observation.WSDUUID: true,
}

// identify reads the identity fields of o. A serial counts only beside what
// scopes it: the protocol of one maker, or the maker's name in the same message.
func identify(o *observation.Observation) identity {
	var id identity
	for _, f := range o.Fields {
		switch {
		case macFields[f.Name]:
			if m, ok := observation.ParseMAC(f.Value); ok && usable(m) {
				id.macs = append(id.macs, m)
			}
		case addrFields[f.Name]:
			if a, err := netip.ParseAddr(f.Value); err == nil && !id.addr.IsValid() && unicast(a) {
				id.addr = a.Unmap()
			}
		case uuidFields[f.Name]:
			if u := uuidKey(f.Value); u != "" {
				id.uuids = append(id.uuids, u)
			}
		case f.Name == observation.TLSSPKI:
			id.cert = strings.ToLower(f.Value)
		default:
			if s := serialKey(o, f); s != "" {
				id.serials = append(id.serials, s)
			}
		}
	}
	return id
}

// serialKey is the serial in f with its scope before it, "" when f holds none
// or a placeholder.
func serialKey(o *observation.Observation, f observation.Field) string {
	scope := ""
	switch f.Name {
	case observation.SADPSerial, observation.IsapiSerial:
		scope = "hikvision"
	case observation.DHIPSerial:
		scope = "dahua"
	case observation.OnvifSerial:
		scope = "onvif " + strings.ToLower(o.Get(observation.OnvifManufacturer))
	case observation.UPnPSerial:
		scope = "upnp " + strings.ToLower(o.Get(observation.UPnPManufacturer))
	case observation.ODIDID:
		if o.Get(observation.ODIDIDType) == "serial-number" {
			scope = "odid"
		}
	}
	v := strings.TrimSpace(f.Value)
	if scope == "" || placeholder(v) {
		return ""
	}
	return scope + ":" + v
}

// placeholder reports whether v is a serial that firmware ships instead of one:
// too short, one character repeated, or a run such as 123456789.
func placeholder(v string) bool {
	v = strings.ToLower(strings.TrimSpace(v))
	if len(v) < 5 || strings.Trim(v, v[:1]) == "" {
		return true
	}
	var seen [256]bool
	distinct, run := 0, true
	for i := 0; i < len(v); i++ {
		if c := v[i]; !seen[c] && (c >= '0' && c <= '9' || c >= 'a' && c <= 'z') {
			seen[c] = true
			distinct++
		}
		if i > 0 && v[i] != v[i-1]+1 && !(v[i] == '0' && v[i-1] == '9') {
			run = false
		}
	}
	switch v {
	case "none", "unknown", "not available", "serial", "serialnumber", "default", "n/a":
		return true
	}
	return run || distinct < 3
}

// uuidKey is a UUID in lower case without braces or prefix; "" for one that
// is no key: nil, all ones, or shorter than 8 digits.
func uuidKey(v string) string {
	v = strings.ToLower(strings.Trim(strings.TrimSpace(v), "{}"))
	v = strings.TrimPrefix(strings.TrimPrefix(v, "urn:"), "uuid:")
	digits := strings.ReplaceAll(v, "-", "")
	if len(digits) < 8 || len(v) > 128 || strings.Trim(digits, digits[:1]) == "" {
		return ""
	}
	return v
}

// embeds reports whether the last twelve digits of the UUID are m, as many
// firmwares make them.
func embeds(uuid string, m observation.MAC) bool {
	digits := strings.ReplaceAll(uuid, "-", "")
	if len(digits) < 12 {
		return false
	}
	got, ok := observation.ParseMAC(digits[len(digits)-12:])
	return ok && got == m
}

// usable reports whether m can be one device's.
func usable(m observation.MAC) bool { return !m.IsZero() && !m.Group() }

// unicast reports whether a can be one device's address.
func unicast(a netip.Addr) bool {
	return a.IsValid() && !a.IsUnspecified() && !a.IsMulticast() && !a.IsLoopback() &&
		a.Unmap() != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// local reports whether a is an address of the site itself: private (RFC 1918,
// RFC 4193) or link-local.
func local(a netip.Addr) bool { return a.IsPrivate() || a.IsLinkLocalUnicast() }

// eui64 reports whether the interface part of the IPv6 address a is made from m
// (RFC 4291, appendix A).
func eui64(a netip.Addr, m observation.MAC) bool {
	b := a.As16()
	return a.Is6() && b[8] == m[0]^2 && b[9] == m[1] && b[10] == m[2] && b[11] == 0xff && b[12] == 0xfe &&
		b[13] == m[3] && b[14] == m[4] && b[15] == m[5]
}
