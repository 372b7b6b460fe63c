package dissect

import (
	"encoding/binary"
	"net/netip"
	"strconv"

	"github.com/lenscap/lenscap/internal/observation"
)

// Hikvision's SDK protocol: TCP port 8000, frames behind a header of 16 bytes
// whose first word, in the network's order, is the length of the whole frame. In
// a client's frame the byte at 4 is 90 in a login and 99 in what follows. Bodies
// are enciphered; that a server answers in this form is all that is read, and
// only on this port, for others use the same number for other services.
//
// Source: https://github.com/RenierM26/pyEzvizApi (pyezvizapi/hcnetsdk.py).
var hiksdkDissector = Dissector{
	Name:   "hik-sdk",
	Fuzz:   "FuzzHikSDK",
	TCP:    []uint16{8000},
	Stream: hiksdkStream,
}

const (
	hiksdkHeaderLen = 16
	maxHikSDKFrame  = 64 << 10
	hiksdkLogin     = 90
	hiksdkControl   = 99
)

// hiksdkStream reports the exchange if both halves hold to the form.
func hiksdkStream(_, _ uint16, client, server []byte, emit Emit) {
	if len(client) < hiksdkHeaderLen || len(server) < hiksdkHeaderLen || !hiksdkFrame(client) || !hiksdkFrame(server) {
		return
	}
	var f fields
	switch binary.LittleEndian.Uint32(client[4:]) {
	case hiksdkLogin:
		f.add(observation.HikSDKMessage, "login")
	case hiksdkControl:
		f.add(observation.HikSDKMessage, "control")
	default:
		return
	}
	emit(Message{Protocol: "hik-sdk", End: hiksdkHeaderLen, Fields: f})
}

// hiksdkFrame reports whether b starts with a length that can be a frame's, and
// is followed by another such length if there is more.
func hiksdkFrame(b []byte) bool {
	n := binary.BigEndian.Uint32(b)
	if n < hiksdkHeaderLen || n > maxHikSDKFrame {
		return false
	}
	if len(b) >= int(n)+4 {
		next := binary.BigEndian.Uint32(b[n:])
		return next >= hiksdkHeaderLen && next <= maxHikSDKFrame
	}
	return true
}

// EZVIZ, the consumer brand of Hikvision, and Hik-Connect: frames that start
// with 9E BA AC E9, then version, sequence, a word that is zero, command at 16,
// status, length at 24, a word that is zero; behind it XML or cipher text and 32
// bytes of MD5. Over TCP ports 9010 (commands) and 9020 (media) in the local
// network, and over UDP to the servers that tell a device its address.
//
// Source: https://github.com/RenierM26/pyEzvizApi (pyezvizapi/hcnetsdk.py,
// stream.py) for the header.
var ezvizDissector = Dissector{
	Name:        "ezviz",
	Fuzz:        "FuzzEzviz",
	Lead:        []byte{0x9e},
	Looks:       looksEzviz,
	Datagram:    ezvizDatagram,
	LooksStream: looksEzviz,
	Stream:      ezvizStream,
}

const (
	ezvizMagic     = 0x9ebaace9
	ezvizHeaderLen = 32
	ezvizTailLen   = 32
	maxEzviz       = 32
)

// looksEzviz reports whether b starts with the magic number and version 1 in
// either order of bytes.
func looksEzviz(b []byte) bool {
	if len(b) < 8 || binary.BigEndian.Uint32(b) != ezvizMagic {
		return false
	}
	version := binary.BigEndian.Uint32(b[4:])
	return version == 1 || version == 0x01000000
}

// ezvizDatagram reads one frame, of the client or a server.
func ezvizDatagram(_, _ uint16, b []byte, emit Emit) bool {
	f, named, mapped, _ := ezvizFrame(b)
	if len(f) == 0 {
		return false
	}
	f.send(emit, "ezviz")
	named.sendAbout(emit, "ezviz", observation.Named)
	mapped.sendAbout(emit, "ezviz", observation.Receiver)
	return true
}

// ezvizServices names the ports of the local network, on which the server is the
// device.
var ezvizServices = map[uint16]string{9010: "commands", 9020: "media"}

// ezvizStream reads the frames of both halves. On the ports of the local network
// an answer shows the server to be a device; elsewhere either may be, and only
// the device that a frame names is told of.
func ezvizStream(_, serverPort uint16, client, server []byte, emit Emit) {
	for _, half := range [...]struct {
		data       []byte
		fromClient bool
	}{{client, true}, {server, false}} {
		at := 0
		for n := 0; n < maxEzviz && looksEzviz(half.data[at:]); n++ {
			f, named, _, used := ezvizFrame(half.data[at:])
			if used == 0 {
				break
			}
			at += used
			if service := ezvizServices[serverPort]; service != "" && !half.fromClient {
				f.add(observation.EzvizService, service)
				emitPart(part{protocol: "ezviz", fields: f}, false, at, emit)
			}
			emitPart(part{protocol: "ezviz", about: observation.Named, fields: named}, half.fromClient, at, emit)
		}
	}
}

// ezvizFrame reads the frame that b starts with: what it says of its sender, of
// the device it names, and of whom it answers; and how many bytes it takes, 0 if
// it is none. A body may be cut.
func ezvizFrame(b []byte) (f, named, mapped fields, used int) {
	if len(b) < ezvizHeaderLen || !looksEzviz(b) || binary.BigEndian.Uint32(b[12:]) != 0 {
		return nil, nil, nil, 0
	}
	command, size := binary.BigEndian.Uint32(b[16:]), binary.BigEndian.Uint32(b[24:])
	if command > 0xffff || size > maxXML {
		return nil, nil, nil, 0
	}
	body := b[ezvizHeaderLen:]
	used = min(len(b), ezvizHeaderLen+int(size)+ezvizTailLen)
	body = body[:min(len(body), int(size))]
	f.add(observation.EzvizMessage, hexadecimal([]byte{byte(command >> 8), byte(command)}))
	if !looksXML(body) {
		return f, nil, nil, used
	}
	walkXML(body, func(e *element) bool {
		switch e.name() {
		case "DevSerial", "DeviceSerial", "SubSerial":
			named.addFirst(observation.EzvizSerial, e.text)
		case "Client":
			if a := ezvizAddress(e); a != "" {
				mapped.addFirst(observation.EzvizMapped, a)
			}
		}
		return len(named)+len(mapped) < 2
	})
	return f, named, mapped, used
}

// ezvizAddress reads the attributes Address and Port, "" if they are not both
// there.
func ezvizAddress(e *element) string {
	var ip netip.Addr
	port := 0
	for _, a := range e.attrs {
		switch a.Name.Local {
		case "Address":
			ip, _ = netip.ParseAddr(a.Value)
		case "Port":
			port, _ = strconv.Atoi(a.Value)
		}
	}
	if !ip.IsValid() || port < 1 || port > 65535 {
		return ""
	}
	return netip.AddrPortFrom(ip, uint16(port)).String()
}
