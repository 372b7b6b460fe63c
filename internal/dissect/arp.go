package dissect

import (
	"encoding/binary"
	"net/netip"

	"github.com/lenscap/lenscap/internal/observation"
)

// ARP (RFC 826) on Ethernet-like links.
var arpDissector = Dissector{Name: "arp", Fuzz: "FuzzARP", EtherTypes: []uint16{0x0806}, Frame: dissectARP}

// dissectARP reads one ARP packet. A packet that names another sender than its
// frame does was passed on by a bridge or a repeater and is about the device
// it names, not about the one that passed it on.
func dissectARP(_ uint16, src observation.MAC, payload []byte, emit Emit) {
	mac, f := parseARP(payload)
	about := observation.Sender
	if !src.IsZero() && src != mac {
		about = observation.Named
	}
	f.sendAbout(emit, "arp", about)
}

// parseARP reads what the sender says of itself: requests, replies and
// announcements give both addresses, a probe (sender 0.0.0.0, RFC 5227) only
// the hardware address. The target's addresses are hearsay and left out.
//
// Anything but Ethernet and IPv4, or a sender that is no single station,
// yields nothing; so does a packet cut before the end of the hardware address.
//
// Format: RFC 826.
func parseARP(b []byte) (observation.MAC, fields) {
	var mac observation.MAC
	if len(b) < 14 || binary.BigEndian.Uint16(b) != 1 || binary.BigEndian.Uint16(b[2:]) != 0x0800 || b[4] != 6 || b[5] != 4 {
		return mac, nil
	}
	copy(mac[:], b[8:14])
	if mac.IsZero() || mac.Group() {
		return mac, nil
	}
	var f fields
	f.add(observation.ARPMAC, mac.String())
	if len(b) >= 18 {
		if ip := netip.AddrFrom4([4]byte(b[14:18])); stationAddr(ip) {
			f.add(observation.ARPIP, ip.String())
		}
	}
	return mac, f
}

// stationAddr reports whether ip can be the address of one device.
func stationAddr(ip netip.Addr) bool {
	return ip.IsValid() && !ip.IsUnspecified() && !ip.IsMulticast() && !ip.IsLoopback() &&
		ip != netip.AddrFrom4([4]byte{255, 255, 255, 255})
}
