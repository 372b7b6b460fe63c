package dissect

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// SADP, the Search Active Devices Protocol of Hikvision's platform, has three
// forms: XML in UDP (port 37020, multicast 239.255.255.250), binary frames of
// ethertype 0x8033, and the boot loader's handshake (UDP 9978 and 9979).
//
// The XML names are those of recorded answers; see also
// https://github.com/cameronnewman/hikvision-tooling (internal/sadp/scanner.go)
// and https://github.com/MatrixEditor/hiktools.
var sadpDissector = Dissector{
	Name:       "sadp",
	Fuzz:       "FuzzSADP",
	EtherTypes: []uint16{0x8033},
	Frame:      sadpFrame,
	UDP:        []uint16{37020, 9978, 9979},
	Datagram:   sadpDatagram,
}

// sadpNames gives the field of each element of a ProbeMatch. The Uuid element
// is not among them: it repeats the question's, so that all answers to one
// question share it.
var sadpNames = map[string]string{
	"DeviceType":        observation.SADPType,
	"DeviceDescription": observation.SADPModel,
	"DeviceSN":          observation.SADPSerial,
	"SoftwareVersion":   observation.SADPFirmware,
	"DSPVersion":        observation.SADPDSP,
	"MAC":               observation.SADPMAC,
	"IPv4Address":       observation.SADPIP,
	"IPv6Address":       observation.SADPIP6,
	"CommandPort":       observation.SADPSDKPort,
	"HttpPort":          observation.SADPHTTPPort,
	"AnalogChannelNum":  observation.SADPAnalogue,
	"DigitalChannelNum": observation.SADPDigital,
	"Activated":         observation.SADPActivated,
	"OEMInfo":           observation.SADPOEMInfo,
	"OEMCode":           observation.SADPOEMCode,
	"DetailOEMCode":     observation.SADPOEMCode,
}

// sadpDatagram reads the UDP forms.
func sadpDatagram(src, dst uint16, b []byte, emit Emit) bool {
	if bytes.HasPrefix(b, []byte("SWKH")) {
		return sadpBoot(src, dst, emit)
	}
	f, _ := sadpXML(b)
	return f.send(emit, "sadp")
}

// sadpBoot reads the handshake by which a boot loader asks from port 9979
// whether a server at port 9978 has firmware for it. The server echoes it, and
// the echo is about the device it goes to.
//
// Source: https://github.com/scottlamb/hikvision-tftpd (README.md).
func sadpBoot(src, dst uint16, emit Emit) bool {
	var f fields
	f.add(observation.SADPBoot, "SWKH")
	switch {
	case dst == 9978:
		return f.send(emit, "sadp")
	case src == 9978:
		return f.sendAbout(emit, "sadp", observation.Receiver)
	}
	return false
}

// sadpXML reads an inquiry or an answer. device is false for an inquiry.
func sadpXML(b []byte) (f fields, device bool) {
	walkXML(b, func(e *element) bool {
		switch {
		case len(e.path) == 2 && e.path[0] == "ProbeMatch":
			name := sadpNames[e.name()]
			if name == "" || e.text == "" || name == observation.SADPIP6 && e.text == "::" {
				return true
			}
			f.addOnce(name, e.text)
			device = true
		case len(e.path) == 2 && e.path[0] == "Probe" && e.name() == "Types":
			f.addFirst(observation.SADPInquiry, e.text)
		}
		return true
	})
	return f, device
}

// Offsets in a frame of ethertype 0x8033, after the Ethernet header.
//
// The header is known from two independent readings, which agree:
// https://github.com/MatrixEditor/hiktools (lua/sadp.lua) and the structures in
// https://github.com/LLLL-M/privateCodeforItsc (ARM/trunk/sadp/sadp.h). The
// body of an answer is known from the second only, for devices of its time;
// what does not look like that body is searched for a firmware version and
// otherwise left alone.
const (
	sadpMarker    = 0x21
	sadpOpAt      = 10
	sadpMACAt     = 14
	sadpIPAt      = 20
	sadpHeaderLen = 38

	sadpSerialAt   = sadpHeaderLen       // 48 bytes
	sadpTypeAt     = sadpSerialAt + 48   // uint32
	sadpPortAt     = sadpTypeAt + 4      // uint32
	sadpChannelsAt = sadpPortAt + 4      // uint32: channels encoded here
	sadpSoftwareAt = sadpChannelsAt + 8  // 48 bytes, after the number of disks
	sadpDSPAt      = sadpSoftwareAt + 48 // 48 bytes
	sadpStartAt    = sadpDSPAt + 48      // 48 bytes: when it booted
	sadpV20At      = sadpStartAt + 48
	sadpIP6At      = sadpV20At + 4   // 16 bytes, after the gateway
	sadpHTTPAt     = sadpV20At + 68  // uint16
	sadpDigitalAt  = sadpV20At + 70  // uint16
	sadpOEMAt      = sadpV20At + 72  // uint8
	sadpModelAt    = sadpV20At + 104 // 24 bytes
	sadpOEMInfoAt  = sadpV20At + 128 // 24 bytes
)

// sadpQuestions are the operations that a client sends to devices.
var sadpQuestions = map[byte]string{
	0x03: "inquiry", 0x06: "update", 0x0a: "reset-password", 0x0c: "cms", 0x10: "modify",
}

// sadpAnswers are the operations that only a device sends. Operations 1 and 2
// are not among them: the two sources differ on who sends which.
var sadpAnswers = map[byte]bool{0x04: true, 0x07: true, 0x0b: true, 0x0d: true, 0x11: true}

// sadpFrame reads the layer-2 form. The message is about its sender, unless the
// address in it is another's: then it is only about the device it names.
func sadpFrame(_ uint16, src observation.MAC, b []byte, emit Emit) {
	if len(b) < sadpHeaderLen || b[0] != sadpMarker {
		return
	}
	var f fields
	op := b[sadpOpAt]
	if question, ok := sadpQuestions[op]; ok {
		f.add(observation.SADPInquiry, question)
		f.send(emit, "sadp")
		return
	}
	body := sadpBody(b)
	if !sadpAnswers[op] && len(body) == 0 {
		return
	}
	f.add(observation.SADPLayer2, "true")
	mac := observation.MAC(b[sadpMACAt : sadpMACAt+6])
	f.add(observation.SADPMAC, mac.String())
	if ip := netip.AddrFrom4([4]byte(b[sadpIPAt : sadpIPAt+4])); !ip.IsUnspecified() {
		f.add(observation.SADPIP, ip.String())
	}
	f = append(f, body...)
	about := observation.Sender
	if !mac.IsZero() && !src.IsZero() && mac != src {
		about = observation.Named
	}
	f.sendAbout(emit, "sadp", about)
}

// sadpBody reads what follows the header of an answer: the known structure, XML
// as in the UDP form, or failing both a firmware version standing in it.
func sadpBody(b []byte) fields {
	rest := b[sadpHeaderLen:]
	if at := bytes.Index(rest, []byte("<ProbeMatch")); at >= 0 {
		f, _ := sadpXML(rest[at:])
		return f
	}
	var f fields
	serial, ok := fixedText(b, sadpSerialAt, 48)
	if !ok {
		if version := firmwareIn(rest); version != "" {
			f.add(observation.SADPFirmware, version)
		}
		return f
	}
	f.add(observation.SADPSerial, serial)
	sadpNumber(&f, observation.SADPType, b, sadpTypeAt, 4)
	sadpNumber(&f, observation.SADPSDKPort, b, sadpPortAt, 4)
	sadpNumber(&f, observation.SADPAnalogue, b, sadpChannelsAt, 4)
	sadpText(&f, observation.SADPFirmware, b, sadpSoftwareAt, 48)
	sadpText(&f, observation.SADPDSP, b, sadpDSPAt, 48)
	if len(b) >= sadpIP6At+16 {
		if ip := netip.AddrFrom16([16]byte(b[sadpIP6At : sadpIP6At+16])); !ip.IsUnspecified() {
			f.add(observation.SADPIP6, ip.String())
		}
	}
	sadpNumber(&f, observation.SADPHTTPPort, b, sadpHTTPAt, 2)
	sadpNumber(&f, observation.SADPDigital, b, sadpDigitalAt, 2)
	if model, ok := fixedText(b, sadpModelAt, 24); ok {
		f.add(observation.SADPModel, model)
		f.add(observation.SADPOEMCode, strconv.Itoa(int(b[sadpOEMAt])))
	}
	sadpText(&f, observation.SADPOEMInfo, b, sadpOEMInfoAt, 24)
	return f
}

func sadpText(f *fields, name string, b []byte, at, size int) {
	if s, ok := fixedText(b, at, size); ok {
		f.add(name, s)
	}
}

// sadpNumber adds a number of 2 or 4 bytes. The sources do not say in which
// byte order devices write it: the order that gives a number below 65536 is
// taken, the network's first.
func sadpNumber(f *fields, name string, b []byte, at, size int) {
	if len(b) < at+size {
		return
	}
	var n uint32
	switch {
	case size == 2:
		n = uint32(binary.BigEndian.Uint16(b[at:]))
	default:
		n = binary.BigEndian.Uint32(b[at:])
		if n > 0xffff {
			n = binary.LittleEndian.Uint32(b[at:])
		}
	}
	if n != 0 && n <= 0xffff {
		f.add(name, strconv.Itoa(int(n)))
	}
}

// fixedText reads a string that is filled up with zeros to size bytes. It
// reports false unless there are at least three characters, all printable
// ASCII.
func fixedText(b []byte, at, size int) (string, bool) {
	if len(b) < at+size {
		return "", false
	}
	b = b[at : at+size]
	if end := bytes.IndexByte(b, 0); end >= 0 {
		b = b[:end]
	}
	s := strings.TrimSpace(string(b))
	if len(s) < 3 {
		return "", false
	}
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return "", false
		}
	}
	return s, true
}

// firmwareIn finds the first printable run of the form "V5.4.5build 170124" in
// b, "" if there is none.
func firmwareIn(b []byte) string {
	for i := 0; i+6 <= len(b); i++ {
		if b[i] != 'V' || b[i+1] < '0' || b[i+1] > '9' || b[i+2] != '.' && b[i+3] != '.' {
			continue
		}
		end := i
		for end < len(b) && end-i < 48 && b[end] >= 0x20 && b[end] <= 0x7e {
			end++
		}
		if end-i >= 6 {
			return string(b[i:end])
		}
		i = end - 1
	}
	return ""
}
