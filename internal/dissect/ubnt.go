package dissect

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strconv"

	"github.com/lenscap/lenscap/internal/observation"
)

// Ubnt is Ubiquiti's discovery: UDP port 10001, broadcast or multicast
// 233.89.188.1. A message is its version (1 or 2), a command, a length, and
// elements of one byte of type and two of length, big-endian. A question is the
// header with no element.
//
// Read from https://github.com/nitefood/python-ubnt-discovery,
// https://github.com/colincarter/ubiquiti-parser (numbers of version 2) and
// https://github.com/headlesszeke/ubiquiti-probing (an answer of an AirCam).
var ubntDissector = Dissector{
	Name:     "ubnt",
	Fuzz:     "FuzzUbnt",
	UDP:      []uint16{10001},
	Datagram: ubntDatagram,
}

// ubntTexts gives the field of each type that holds text, the same in both
// versions; 14 is the long name in version 1, 15 the name in version 2, where 14
// was not seen.
var ubntTexts = map[byte]string{
	0x03: observation.UbntFirmware, 0x0b: observation.UbntHostname, 0x0c: observation.UbntPlatform, 0x0d: observation.UbntESSID,
	0x14: observation.UbntModel, 0x15: observation.UbntModel, 0x16: observation.UbntFirmware,
}

// ubntDatagram reads an announcement or answer.
func ubntDatagram(_, _ uint16, b []byte, emit Emit) bool {
	if len(b) < 4 || b[0] != 1 && b[0] != 2 || int(binary.BigEndian.Uint16(b[2:])) > len(b)-4 {
		return false
	}
	var f fields
	for b = b[4:]; len(b) >= 3; {
		kind, size := b[0], int(binary.BigEndian.Uint16(b[1:]))
		if b = b[3:]; size > len(b) {
			break
		}
		ubntElement(&f, kind, b[:size])
		b = b[size:]
	}
	if !f.has(observation.UbntMAC) {
		return false
	}
	return f.send(emit, "ubnt")
}

// ubntElement reads one element.
func ubntElement(f *fields, kind byte, b []byte) {
	switch {
	case kind == 0x01 && len(b) == 6, kind == 0x13 && len(b) == 6:
		ubntMAC(f, b)
	case kind == 0x02 && len(b) == 10: // one for each address
		ubntMAC(f, b[:6])
		if ip := netip.AddrFrom4([4]byte(b[6:])); !ip.IsUnspecified() {
			f.addOnce(observation.UbntIP, ip.String())
		}
	case kind == 0x0a && len(b) == 4:
		f.addFirst(observation.UbntUptime, strconv.FormatUint(uint64(binary.BigEndian.Uint32(b)), 10))
	case ubntTexts[kind] != "":
		f.addFirst(ubntTexts[kind], string(bytes.TrimRight(b, "\x00")))
	}
}

// ubntMAC adds a hardware address, unless it is none.
func ubntMAC(f *fields, b []byte) {
	if m := observation.MAC(b); !m.IsZero() && !m.Group() {
		f.addOnce(observation.UbntMAC, m.String())
	}
}
