package dissect

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// Discovery is what the search tools of camera makers get answered on UDP, for
// the protocols that have no name: Bosch (1757, answers to 1758), Hanwha and
// Samsung Techwin (7701, 7711), Panasonic and i-PRO (10669, 10670), Vivotek
// (10000), Sony (2380), VStarcam (8600), HDS (8002, 12222), which the firmware of
// Hichip, of Juan and of others answers, and GigE Vision (3956), the standard of
// machine vision. Questions say nothing and yield nothing.
//
// The layouts, each in the file of its maker:
// https://github.com/julienblitte/UniversalScanner/tree/1be6e8be67d7e51345a227f47df0cb601c45f169;
// GigE Vision also in its standard (AIA, version 2.2, discovery acknowledgement).
// Foscam's and Wansview's early cameras (10000) as read in
// https://github.com/jimboca/ISYHelperPolyglot (node_servers/camera/bin).
// HDS as read in https://github.com/pmarrapese/iot (exploits/cve-2020-9529), and
// in the answer that a report prints (its keys only; the text is not ours).
// We have seen none of them in a capture yet.
var discoveryDissector = Dissector{
	Name:     "discovery",
	Fuzz:     "FuzzDiscovery",
	UDP:      []uint16{1757, 1758, 2380, 3956, 7701, 7711, 8002, 8600, 10000, 10669, 10670, 12222},
	Datagram: discoveryDatagram,
}

// discoveryReaders are tried in turn; each checks its port and its magic.
var discoveryReaders = []struct {
	name  string
	ports [2]uint16
	read  func(b []byte) fields
}{
	{"bosch", [2]uint16{1757, 1758}, boschAnswer},
	{"hanwha", [2]uint16{7701, 7711}, hanwhaAnswer},
	{"panasonic", [2]uint16{10669, 10670}, panasonicAnswer},
	{"vivotek", [2]uint16{10000, 10000}, vivotekAnswer},
	{"foscam-mjpeg", [2]uint16{10000, 10000}, foscamAnswer},
	{"sony", [2]uint16{2380, 2380}, sonyAnswer},
	{"vstarcam", [2]uint16{8600, 8600}, vstarcamAnswer},
	{"gigevision", [2]uint16{3956, 3956}, gigeAnswer},
	{"hds", [2]uint16{8002, 12222}, hdsAnswer},
}

// discoveryDatagram reads one answer. One that names neither hardware address
// nor model is not taken for one.
func discoveryDatagram(src, dst uint16, b []byte, emit Emit) bool {
	for _, r := range discoveryReaders {
		if !contains(r.ports[:], src) && !contains(r.ports[:], dst) {
			continue
		}
		if f := r.read(b); f.has(observation.DiscoveryMAC) || f.has(observation.DiscoveryModel) {
			all := fields{{Name: observation.DiscoveryProtocol, Value: r.name}}
			return append(all, f...).send(emit, "discovery")
		}
	}
	return false
}

// addHardware adds six bytes as the hardware address, unless they are none.
func (f *fields) addHardware(b []byte) {
	if m := observation.MAC(b); !m.IsZero() && !m.Group() {
		f.addFirst(observation.DiscoveryMAC, m.String())
	}
}

// addIP4 adds four bytes as the address, unless they are none.
func (f *fields) addIP4(b []byte) {
	if ip := netip.AddrFrom4([4]byte(b)); !ip.IsUnspecified() {
		f.addFirst(observation.DiscoveryIP, ip.String())
	}
}

// addIPText adds an address that is written out.
func (f *fields) addIPText(s string) {
	if ip, err := netip.ParseAddr(s); err == nil && !ip.IsUnspecified() && ip.Zone() == "" {
		f.addFirst(observation.DiscoveryIP, ip.String())
	}
}

// addFixed adds the text in a fixed place, which ends at its first zero.
func (f *fields) addFixed(name string, b []byte, at, size int) {
	if s, ok := fixedText(b, at, size); ok {
		f.addFirst(name, s)
	}
}

// boschNames gives the field of each element of the XML answer.
var boschNames = map[string]string{
	"friendlyName": observation.DiscoveryModel, "unitName": observation.DiscoveryName, "serialNumber": observation.DiscoverySerial,
	"physAddress": observation.DiscoveryMAC, "unitIPAddress": observation.DiscoveryIP,
}

// boschAnswer reads the XML answer, or the older one of 32 bytes: a magic number,
// that of the question, hardware address, IP address, mask and gateway.
func boschAnswer(b []byte) fields {
	var f fields
	if len(b) == 32 && binary.BigEndian.Uint32(b) == 0x9939a427 {
		f.addHardware(b[8:14])
		f.addIP4(b[16:20])
		return f
	}
	if !bytes.HasPrefix(b, []byte("<?xml")) || !bytes.Contains(b[:min(len(b), 256)], []byte("OEMExt00:device")) {
		return nil
	}
	walkXML(b, func(e *element) bool {
		name := boschNames[e.name()]
		switch {
		case !e.under("root", "device") || len(e.path) != 3 || name == "":
		case name == observation.DiscoveryMAC:
			f.addFirst(name, macText(e.text))
		case name == observation.DiscoveryIP:
			f.addIPText(e.text)
		default:
			f.addFirst(name, e.text)
		}
		return true
	})
	return f
}

// hanwhaAnswer reads the answer (0B): 18 bytes that repeat the question's, then
// hardware address, address, mask and gateway as text, and the model at 109.
func hanwhaAnswer(b []byte) fields {
	if len(b) < 172 || b[0] != 0x0b {
		return nil
	}
	mac, ok := fixedText(b, 19, 18)
	if mac = macText(mac); !ok || mac == "" {
		return nil
	}
	var f fields
	f.addFirst(observation.DiscoveryMAC, mac)
	if ip, ok := fixedText(b, 37, 16); ok {
		f.addIPText(ip)
	}
	f.addFixed(observation.DiscoveryModel, b, 109, 10)
	return f
}

// panasonicAnswer reads the answer: a header of 53 bytes with the hardware
// address at 6, then elements of a type and a length of two bytes each. A
// question ends before the elements.
func panasonicAnswer(b []byte) fields {
	const elementsAt = 53
	if len(b) <= elementsAt+4 || b[0] != 0 || b[1] != 1 {
		return nil
	}
	var f, short fields
	f.addHardware(b[6:12])
	for e := b[elementsAt:]; len(e) >= 4; {
		kind, size := binary.BigEndian.Uint16(e), int(binary.BigEndian.Uint16(e[2:]))
		if e = e[4:]; size > len(e) {
			break
		}
		switch {
		case kind == 0x20 && size == 4:
			f.addIP4(e)
		case kind == 0xa7:
			f.addFirst(observation.DiscoveryModel, string(bytes.TrimRight(e[:size], "\x00")))
		case kind == 0xa8:
			short.addFirst(observation.DiscoveryModel, string(bytes.TrimRight(e[:size], "\x00")))
		}
		e = e[size:]
	}
	if len(short) > 0 {
		f.addFirst(observation.DiscoveryModel, short[0].Value)
	}
	if !f.has(observation.DiscoveryModel) {
		return nil
	}
	return f
}

// vivotekAnswer reads the answer: a number, a magic, then elements of one byte
// of type and one of length; the fourth type has no value but the byte itself.
// A question has no elements.
func vivotekAnswer(b []byte) fields {
	if len(b) < 7 || binary.BigEndian.Uint32(b[1:]) != 0x4a5d8f1c {
		return nil
	}
	var f fields
	for b = b[5:]; len(b) >= 2 && b[0] != 0; {
		kind, size := b[0], int(b[1])
		if b = b[2:]; kind == 4 {
			continue
		}
		if size > len(b) {
			break
		}
		switch {
		case kind == 2 && size == 6:
			f.addHardware(b)
		case kind == 3 && size == 4:
			f.addIP4(b)
		case kind == 9:
			f.addFirst(observation.DiscoveryModel, string(bytes.TrimRight(b[:size], "\x00")))
		case kind == 1:
			f.addFirst(observation.DiscoveryName, string(bytes.TrimRight(b[:size], "\x00")))
		}
		b = b[size:]
	}
	return f
}

// foscamAnswer reads the answer of the search of early Foscam and Wansview
// cameras: "MO_I", the number of an answer (1, little-endian), 17 bytes more of
// header, then number, name, addresses and versions in fixed places. The number
// is the hardware address in the cameras that have been recorded.
func foscamAnswer(b []byte) fields {
	if len(b) != 88 || string(b[:6]) != "MO_I\x01\x00" {
		return nil
	}
	var f fields
	if id, ok := fixedText(b, 23, 13); ok {
		f.addFirst(observation.DiscoveryMAC, macText(id))
		f.addFirst(observation.DiscoverySerial, id)
	}
	f.addFixed(observation.DiscoveryName, b, 36, 21)
	f.addIP4(b[57:61])
	f.add(observation.DiscoveryFirmware, fmt.Sprintf("%d.%d.%d.%d", b[77], b[78], b[79], b[80]))
	return f
}

// sonyNames gives the field of each key.
var sonyNames = map[string]string{
	"MODEL": observation.DiscoveryModel, "SERIAL": observation.DiscoverySerial, "SOFTVERSION": observation.DiscoveryFirmware,
	"MAC": observation.DiscoveryMAC, "IPADR": observation.DiscoveryIP,
}

// sonyAnswer reads the answer: 02, lines of "KEY:value" that each end with FF, 03.
func sonyAnswer(b []byte) fields {
	if len(b) < 2 || b[0] != 2 || bytes.HasPrefix(b[1:], []byte("ENQ:")) {
		return nil
	}
	var f fields
	for line := range bytes.SplitSeq(b[1:], []byte{0xff}) {
		key, value, _ := strings.Cut(string(line[:min(len(line), observation.MaxValue)]), ":")
		switch name := sonyNames[key]; name {
		case "":
		case observation.DiscoveryMAC:
			f.addFirst(name, macText(value))
		case observation.DiscoveryIP:
			f.addIPText(value)
		default:
			f.addFirst(name, value)
		}
		if len(f) == len(sonyNames) {
			break
		}
	}
	return f
}

// vstarcamAnswer reads the answer: a magic, addresses as text, the hardware
// address at 84, serial number, name and firmware in fixed places.
func vstarcamAnswer(b []byte) fields {
	if len(b) < 0xec || binary.BigEndian.Uint32(b) != 0x44480108 {
		return nil
	}
	var f fields
	f.addHardware(b[0x54:0x5a])
	if ip, ok := fixedText(b, 4, 16); ok {
		f.addIPText(ip)
	}
	f.addFixed(observation.DiscoverySerial, b, 0x5c, 32)
	f.addFixed(observation.DiscoveryName, b, 0x7c, 32)
	f.addFixed(observation.DiscoveryFirmware, b, 0xcc, 32)
	return f
}

// gigeAnswer reads a discovery acknowledgement: status, command (3), length
// (248), number; then the device's registers.
func gigeAnswer(b []byte) fields {
	if len(b) != 256 || binary.BigEndian.Uint64(b)>>16 != 0x0000_0003_00f8 {
		return nil
	}
	var f fields
	f.addHardware(b[0x12:0x18])
	f.addIP4(b[0x2c:0x30])
	f.addFixed(observation.DiscoveryManufacturer, b, 0x50, 32)
	f.addFixed(observation.DiscoveryModel, b, 0x70, 32)
	f.addFixed(observation.DiscoveryFirmware, b, 0x90, 32)
	f.addFixed(observation.DiscoverySerial, b, 0xe0, 16)
	f.addFixed(observation.DiscoveryName, b, 0xf0, 16)
	return f
}

// hdsNames gives the field of each key.
var hdsNames = map[string]string{
	"Device-Model": observation.DiscoveryModel, "Device-Name": observation.DiscoveryName, "Device-ID": observation.DiscoverySerial,
	"Software-Version": observation.DiscoveryFirmware, "MAC": observation.DiscoveryMAC, "IP": observation.DiscoveryIP,
}

// hdsAnswer reads the answer: a status line and headers as in HTTP, then one or
// more segments of "Key=value" lines. What a device tells of accounts is not
// read.
func hdsAnswer(b []byte) fields {
	if !bytes.HasPrefix(b, []byte("HDS/1.0 200 OK\r\n")) {
		return nil
	}
	var f fields
	for line := range bytes.Lines(b) {
		key, value, ok := strings.Cut(string(line[:min(len(line), observation.MaxValue)]), "=")
		value = strings.TrimSpace(value)
		switch name := hdsNames[key]; {
		case !ok || name == "":
		case name == observation.DiscoveryMAC:
			f.addFirst(name, macText(value))
		case name == observation.DiscoveryIP:
			f.addIPText(value)
		default:
			f.addFirst(name, value)
		}
	}
	return f
}
