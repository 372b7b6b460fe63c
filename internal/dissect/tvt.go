package dissect

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"

	"github.com/lenscap/lenscap/internal/observation"
)

// TVT's platform. In TCP, ports 6036 (recorders) and 9008 (cameras), the device
// greets with 64 bytes that start with "head"; then both send frames that start
// with "1111". In UDP, port 23456, multicast 234.55.55.55 and .56, devices
// announce themselves with packets that start with "MHED".
//
// Sources: https://github.com/2BAD/tvt (proto/struct) for TCP, and
// https://github.com/AlexandruIspas659/ipcprobe (PROTOCOL.md) for UDP.
var tvtDissector = Dissector{
	Name:        "tvt",
	Fuzz:        "FuzzTVT",
	UDP:         []uint16{23456},
	Lead:        []byte{'M'},
	Looks:       looksMHED,
	Datagram:    mhedDatagram,
	LooksStream: looksTVT,
	Stream:      tvtStream,
}

const (
	tvtGreetingLen = 64
	tvtFrameLen    = 24        // header of a frame with a command
	tvtLoggedIn    = 0x1000101 // the device accepts a login
	tvtLoginLen    = 92        // of that answer, as far as it is read
	maxTVT         = 32        // frames of one half
	mhedAnswerLen  = 228       // of an announcement, as far as it is read
)

// looksTVT reports whether a half starts with the greeting: its second word is
// the kind of device, a small number.
func looksTVT(b []byte) bool {
	return len(b) >= 8 && string(b[:4]) == "head" && b[5] == 0 && b[6] == 0 && b[7] == 0
}

// tvtStream reads the greeting and the answer to a login, both the device's.
func tvtStream(_, _ uint16, _, server []byte, emit Emit) {
	if len(server) < tvtGreetingLen || !looksTVT(server) {
		return
	}
	var f fields
	f.add(observation.TVTMessage, "greeting")
	f.add(observation.TVTDevice, strconv.Itoa(int(server[4])))
	f.add(observation.TVTMAC, tvtMAC(server[32:38]))
	emit(Message{Protocol: "tvt", End: tvtGreetingLen, Fields: f})
	for n, at := 0, tvtGreetingLen; n < maxTVT && len(server)-at >= 8 && string(server[at:at+4]) == "1111"; n++ {
		size := int64(binary.LittleEndian.Uint32(server[at+4:]))
		if size > int64(len(server)-at-8) {
			return
		}
		frame := server[at : at+8+int(size)]
		at += len(frame)
		if len(frame) >= tvtFrameLen+tvtLoginLen && binary.LittleEndian.Uint32(frame[8:]) == tvtLoggedIn {
			emit(Message{Protocol: "tvt", End: at, Fields: tvtLogin(frame[tvtFrameLen:])})
			return
		}
	}
}

// tvtLogin reads the device's answer to a login: build date at 48, MAC at 52,
// name at 58.
func tvtLogin(b []byte) fields {
	var f fields
	f.add(observation.TVTMessage, "login")
	f.add(observation.TVTBuild, tvtDate(b[48:]))
	f.add(observation.TVTMAC, tvtMAC(b[52:58]))
	if name, ok := fixedText(b, 58, 34); ok {
		f.add(observation.TVTName, name)
	}
	return f
}

// looksMHED reports whether b is a packet of the discovery.
func looksMHED(b []byte) bool {
	return len(b) >= 12 && string(b[:4]) == "MHED" && b[6] == 1 && b[7] == 0
}

// mhedAnnounce is the command by which a device speaks of itself. mhedInquiries
// are a tool's; what it sets carries a password and is not read.
const mhedAnnounce = 2

var mhedInquiries = map[uint16]string{1: "search", 3: "set-network"}

// mhedDatagram reads one packet. An announcement is about its sender.
func mhedDatagram(_, _ uint16, b []byte, emit Emit) bool {
	if !looksMHED(b) {
		return false
	}
	var f fields
	command := binary.LittleEndian.Uint16(b[8:])
	if inquiry := mhedInquiries[command]; inquiry != "" {
		f.add(observation.TVTInquiry, inquiry)
		return f.send(emit, "tvt")
	}
	if command != mhedAnnounce || len(b) < mhedAnswerLen {
		return false
	}
	f.add(observation.TVTMessage, "announce")
	f.add(observation.TVTMAC, tvtMAC(b[32:38]))
	if ip := netip.AddrFrom4([4]byte(b[40:44])); !ip.IsUnspecified() {
		f.add(observation.TVTIP, ip.String())
	}
	f.add(observation.TVTBuild, tvtDate(b[56:]))
	for _, p := range [...]struct {
		name string
		at   int
	}{{observation.TVTHTTPPort, 60}, {observation.TVTRTSPPort, 62}} {
		if port := binary.LittleEndian.Uint16(b[p.at:]); port != 0 {
			f.add(p.name, strconv.Itoa(int(port)))
		}
	}
	for _, p := range [...]struct {
		name     string
		at, size int
	}{{observation.TVTName, 12, 20}, {observation.TVTSerial, 140, 16}, {observation.TVTFirmware, 156, 16}, {observation.TVTModel, 196, 16}, {observation.TVTVendor, 212, 16}} {
		if s, ok := fixedText(b, p.at, p.size); ok {
			f.add(p.name, s)
		}
	}
	return f.send(emit, "tvt")
}

// tvtMAC writes six bytes as a MAC address; "" if they are nobody's.
func tvtMAC(b []byte) string {
	m := observation.MAC(b)
	if m.IsZero() || m.Group() {
		return ""
	}
	return m.String()
}

// tvtDate reads a day that is stored as the decimal number YYYYMMDD; "" if it is
// none.
func tvtDate(b []byte) string {
	n := binary.LittleEndian.Uint32(b)
	year, month, day := n/10000, n/100%100, n%100
	if year < 2000 || year > 2100 || month < 1 || month > 12 || day < 1 || day > 31 {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", year, month, day)
}
