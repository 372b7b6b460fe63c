package dissect

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/lenscap/lenscap/internal/observation"
)

// CDP is the Cisco Discovery Protocol, which others speak too: what a device
// tells the switch at the other end of its cable. It comes in LLC with a SNAP
// header, which has no ethertype (0).
//
// Layout: https://github.com/the-tcpdump-group/tcpdump/blob/master/print-cdp.c
// and https://wiki.wireshark.org/CDP.
var cdpDissector = Dissector{
	Name:       "cdp",
	Fuzz:       "FuzzCDP",
	EtherTypes: []uint16{0},
	Frame:      cdpFrame,
}

// cdpHeader is LLC, SNAP, Cisco's OUI and the number of CDP.
var cdpHeader = []byte{0xaa, 0xaa, 0x03, 0x00, 0x00, 0x0c, 0x20, 0x00}

// cdpTexts gives the field of each type that holds text.
var cdpTexts = map[uint16]string{
	1: observation.CDPDevice, 3: observation.CDPPort, 5: observation.CDPVersion, 6: observation.CDPPlatform, 0x14: observation.CDPName,
}

// cdpCapabilities names the bits of the capabilities, from the lowest.
var cdpCapabilities = []string{"router", "bridge", "bridge", "switch", "station", "", "repeater", "telephone", "", "", "relay"}

// cdpFrame reads the elements of one frame: type and length, of which the length
// counts both.
func cdpFrame(_ uint16, _ observation.MAC, b []byte, emit Emit) {
	if !bytes.HasPrefix(b, cdpHeader) || len(b) < len(cdpHeader)+4 {
		return
	}
	var f fields
	b = b[len(cdpHeader)+4:] // version, time to live, checksum
	for len(b) >= 4 {
		kind, size := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		if size < 4 || size > len(b) {
			break
		}
		cdpElement(&f, kind, b[4:size])
		b = b[size:]
	}
	f.send(emit, "cdp")
}

// cdpElement reads one element.
func cdpElement(f *fields, kind uint16, b []byte) {
	switch {
	case cdpTexts[kind] != "":
		f.addFirst(cdpTexts[kind], string(b))
	case kind == 4 && len(b) == 4:
		addBits(f, observation.CDPCapability, cdpCapabilities, binary.BigEndian.Uint32(b))
	case (kind == 2 || kind == 0x16) && len(b) >= 4:
		cdpAddresses(f, b[4:])
	case kind == 0x10 && len(b) >= 2:
		if mW := binary.BigEndian.Uint16(b); mW > 0 {
			f.addFirst(observation.CDPPower, fmt.Sprintf("%d.%d W", mW/1000, mW%1000/100))
		}
	}
}

// cdpAddresses reads a list of addresses, each behind the name of its protocol:
// CC for IPv4, an LLC header with the ethertype for IPv6.
func cdpAddresses(f *fields, b []byte) {
	for len(b) >= 2 {
		n := int(b[1])
		if len(b) < 4+n {
			return
		}
		protocol, size := b[2:2+n], int(binary.BigEndian.Uint16(b[2+n:]))
		b = b[4+n:]
		if size > len(b) {
			return
		}
		if size == 4 && bytes.Equal(protocol, []byte{0xcc}) || size == 16 && bytes.HasSuffix(protocol, []byte{0x86, 0xdd}) {
			if ip, ok := netip.AddrFromSlice(b[:size]); ok && !ip.IsUnspecified() {
				f.addOnce(observation.CDPAddress, ip.String())
			}
		}
		b = b[size:]
	}
}
