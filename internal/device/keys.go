package device

import (
	"net/netip"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// identity is what one observation says of the device it is about.
type identity struct {
	macs    []observation.MAC // from fields; the frame's only beside them in LLDP, which nobody forwards
	serials []string          // key text, "hikvision:DS-2CD…"
	uuids   []string          // lower case
	addr    netip.Addr        // the address a discovery answer or lease names, zero when none
}

// role is what a field tells of identity.
type role uint8

const (
	none      role = iota
	ownMAC         // a device states its own MAC
	ownAddr        // a message names the device's address
	ownUUID        // its UUID
	ownSerial      // its serial, beside what scopes it
	ownCert        // its public key
	ownName        // a name it gives itself
)

// roleOf is the role of the field called name.
func roleOf(name string) role {
	switch name {
	case observation.ARPMAC, observation.DHCPMAC, observation.SADPMAC, observation.IsapiMAC, observation.DHIPMAC,
		observation.LLDPMAC, observation.UbntMAC, observation.UniFiMAC, observation.KasaMAC, observation.TapoMAC, observation.DiscoveryMAC, observation.MDNSMAC,
		observation.OnvifScopeMAC, observation.OnvifMAC, observation.HNAPMAC, observation.UPnPMAC,
		observation.VapixMAC, observation.DahuaCGIMAC, observation.LapiMAC, observation.DVRIPMAC, observation.TVTMAC:
		return ownMAC
	case observation.LLDPAddress, observation.CDPAddress, observation.UbntIP, observation.UniFiIP, observation.TapoIP, observation.DiscoveryIP,
		observation.ARPIP, observation.DHCPAssignedIP, observation.SADPIP, observation.DHIPIP, observation.IsapiIP,
		observation.LapiIP, observation.DVRIPIP, observation.TVTIP:
		return ownAddr
	case observation.UniFiGUID, observation.KasaID, observation.TapoID, observation.SSDPUUID, observation.UPnPUUID, observation.WSDUUID:
		return ownUUID
	case observation.LLDPSerial, observation.DiscoverySerial, observation.BaichuanSerial, observation.BaichuanUID, observation.DJISerial,
		observation.SADPSerial, observation.IsapiSerial, observation.DHIPSerial, observation.OnvifSerial, observation.UPnPSerial, observation.ODIDID,
		observation.VapixSerial, observation.DahuaCGISerial, observation.DahuaSerial, observation.LapiSerial, observation.DVRIPSerial, observation.TVTSerial:
		return ownSerial
	case observation.TLSSPKI:
		return ownCert
	case observation.LLDPName, observation.CDPName, observation.UbntHostname, observation.DHCPHostname, observation.MDNSHostname, observation.OnvifHostname, observation.SNMPSysName:
		return ownName
	}
	return none
}

// identify reads the identity fields of o. A serial counts only beside what
// scopes it: the protocol of one maker, or the maker's name in the same message.
func identify(o *observation.Observation) identity {
	var id identity
	for i := range o.Fields {
		f := &o.Fields[i]
		switch roleOf(f.Name) {
		case ownMAC:
			if m, ok := observation.ParseMAC(f.Value); ok && usable(m) {
				id.macs = append(id.macs, m)
			}
		case ownAddr:
			if a, err := netip.ParseAddr(f.Value); err == nil && !id.addr.IsValid() && unicast(a) {
				id.addr = a.Unmap()
			}
		case ownUUID:
			if u := uuidKey(f.Value); u != "" {
				id.uuids = append(id.uuids, u)
			}
		case ownSerial:
			if scope, v := serialOf(o, f); scope != "" {
				id.serials = append(id.serials, scope+":"+v)
			}
		}
	}
	if o.Protocol == "lldp" && usable(o.MAC) {
		id.macs = append(id.macs, o.MAC) // a switch names its chassis in frames of each port
	}
	return id
}

// serialOf is the serial in f and its scope; the scope is "" when f holds none
// or a placeholder.
func serialOf(o *observation.Observation, f *observation.Field) (scope, serial string) {
	switch f.Name {
	case observation.SADPSerial, observation.IsapiSerial:
		scope = "hikvision"
	case observation.DHIPSerial, observation.DahuaCGISerial, observation.DahuaSerial:
		scope = "dahua"
	case observation.VapixSerial:
		scope = "vapix " + strings.ToLower(o.Get(observation.VapixBrand))
	case observation.LapiSerial:
		if o.About != observation.Named || strings.Contains(strings.ToLower(o.Get(observation.LapiManufacturer)), "uniview") {
			scope = "uniview" // a camera that a recorder lists may be another maker's
		}
	case observation.DVRIPSerial:
		scope = "xiongmai"
	case observation.TVTSerial:
		scope = "tvt"
	case observation.OnvifSerial:
		scope = "onvif " + strings.ToLower(o.Get(observation.OnvifManufacturer))
	case observation.UPnPSerial:
		scope = "upnp " + strings.ToLower(o.Get(observation.UPnPManufacturer))
	case observation.LLDPSerial:
		scope = "lldp " + strings.ToLower(o.Get(observation.LLDPManufacturer))
	case observation.DiscoverySerial:
		scope = o.Get(observation.DiscoveryProtocol) + " " + strings.ToLower(o.Get(observation.DiscoveryManufacturer))
	case observation.BaichuanSerial:
		scope = "reolink"
	case observation.BaichuanUID:
		scope = "reolink uid"
	case observation.DJISerial:
		scope = "dji"
	case observation.ODIDID:
		if o.Get(observation.ODIDIDType) == "serial-number" {
			scope = "odid"
		}
	}
	if serial = strings.TrimSpace(f.Value); scope == "" || placeholder(serial) {
		return "", ""
	}
	return scope, serial
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
