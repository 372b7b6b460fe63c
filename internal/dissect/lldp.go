package dissect

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// LLDP is the Link Layer Discovery Protocol: what a device tells the neighbour
// at the other end of its cable, with the inventory of LLDP-MED. Switches speak
// it more often than cameras do; their capabilities tell them apart.
//
// Layout: IEEE Std 802.1AB-2016, clause 8; ANSI/TIA-1057-2006, clause 10;
// IEEE Std 802.3-2018, clause 79 (power).
var lldpDissector = Dissector{
	Name:       "lldp",
	Fuzz:       "FuzzLLDP",
	EtherTypes: []uint16{0x88cc},
	Frame:      lldpFrame,
}

// lldpTexts gives the field of each plain type that holds text.
var lldpTexts = map[byte]string{4: observation.LLDPPortDesc, 5: observation.LLDPName, 6: observation.LLDPDescription}

// lldpInventory gives the field of each LLDP-MED subtype that holds text.
var lldpInventory = map[byte]string{
	5: observation.LLDPHardware, 6: observation.LLDPFirmware, 7: observation.LLDPSoftware, 8: observation.LLDPSerial,
	9: observation.LLDPManufacturer, 10: observation.LLDPModel, 11: observation.LLDPAsset,
}

// lldpCapabilities names the bits of the capabilities, from the lowest.
var lldpCapabilities = []string{
	"other", "repeater", "bridge", "wlan-access-point", "router", "telephone", "docsis", "station", "vlan-bridge", "vlan-bridge", "relay",
}

// lldpFrame reads the elements of one frame: seven bits of type, nine of length.
func lldpFrame(_ uint16, _ observation.MAC, b []byte, emit Emit) {
	var f fields
	for len(b) >= 2 {
		head := binary.BigEndian.Uint16(b)
		kind, size := byte(head>>9), int(head&0x1ff)
		b = b[2:]
		if kind == 0 || size > len(b) {
			break
		}
		lldpElement(&f, kind, b[:size])
		b = b[size:]
	}
	if !f.has(observation.LLDPChassis) { // the first element of every frame
		return
	}
	f.send(emit, "lldp")
}

// lldpElement reads one element.
func lldpElement(f *fields, kind byte, b []byte) {
	switch {
	case lldpTexts[kind] != "":
		f.addFirst(lldpTexts[kind], string(b))
	case kind == 1 && len(b) > 1:
		lldpID(f, observation.LLDPChassis, b[0] == 4, b[0] == 5, b[1:])
	case kind == 2 && len(b) > 1:
		lldpID(f, observation.LLDPPort, b[0] == 3, b[0] == 4, b[1:])
	case kind == 7 && len(b) == 4:
		addBits(f, observation.LLDPCapability, lldpCapabilities, uint32(binary.BigEndian.Uint16(b[2:])))
	case kind == 8 && len(b) > 1 && int(b[0]) < len(b) && b[0] > 0:
		if ip, ok := lldpAddress(b[1 : 1+int(b[0])]); ok {
			f.addOnce(observation.LLDPAddress, ip.String())
		}
	case kind == 127 && len(b) > 4:
		lldpOwn(f, [3]byte(b), b[3], b[4:])
	}
}

// lldpID reads a chassis or port ID: a MAC address, a network address, or text.
func lldpID(f *fields, name string, isMAC, isAddress bool, b []byte) {
	switch {
	case isMAC && len(b) == 6:
		mac := observation.MAC(b).String()
		f.addFirst(name, mac)
		f.addFirst(observation.LLDPMAC, mac)
	case isAddress:
		if ip, ok := lldpAddress(b); ok {
			f.addFirst(name, ip.String())
		}
	default:
		f.addFirst(name, string(b))
	}
}

// lldpAddress reads an address behind its family number (1 IPv4, 2 IPv6).
func lldpAddress(b []byte) (netip.Addr, bool) {
	if len(b) == 5 && b[0] == 1 || len(b) == 17 && b[0] == 2 {
		ip, ok := netip.AddrFromSlice(b[1:])
		return ip, ok && !ip.IsUnspecified()
	}
	return netip.Addr{}, false
}

// lldpOwn reads an organisation's own element: LLDP-MED's or that of IEEE 802.3.
func lldpOwn(f *fields, organisation [3]byte, subtype byte, b []byte) {
	switch organisation {
	case [3]byte{0x00, 0x12, 0xbb}: // TIA
		switch name := lldpInventory[subtype]; {
		case name != "":
			f.addFirst(name, string(b))
		case subtype == 1 && len(b) >= 3:
			f.addFirst(observation.LLDPMEDClass, [...]string{"", "I", "II", "III", "network"}[min(b[2], 4)%5])
		case subtype == 4 && len(b) >= 3:
			f.addFirst(observation.LLDPPower, powerText(b[0]>>6 == 0, -1, binary.BigEndian.Uint16(b[1:])))
		}
	case [3]byte{0x00, 0x12, 0x0f}: // IEEE 802.3
		if subtype != 2 || len(b) < 3 {
			return
		}
		supply, wants := b[0]&1 != 0, uint16(0)
		if len(b) >= 8 { // since 802.3at: what is wanted, what is granted
			if wants = binary.BigEndian.Uint16(b[4:]); supply {
				wants = binary.BigEndian.Uint16(b[6:])
			}
		}
		f.addFirst(observation.LLDPPower, powerText(supply, int(b[2])-1, wants))
	}
}

// powerText words power over Ethernet; class is -1 for none, tenths are of a
// watt and 0 when not told.
func powerText(supply bool, class int, tenths uint16) string {
	var s strings.Builder
	s.WriteString("device")
	if supply {
		s.Reset()
		s.WriteString("supply")
	}
	if class >= 0 && class <= 8 {
		fmt.Fprintf(&s, ", class %d", class)
	}
	if tenths > 0 && tenths < 1000 {
		fmt.Fprintf(&s, ", %d.%d W", tenths/10, tenths%10)
	}
	return s.String()
}

// addBits adds the name of each bit that is set, from the lowest.
func addBits(f *fields, field string, names []string, bits uint32) {
	for i, name := range names {
		if bits>>i&1 != 0 && name != "" {
			f.addOnce(field, name)
		}
	}
}
