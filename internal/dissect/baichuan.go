package dissect

import (
	"encoding/binary"
	"strconv"

	"github.com/lenscap/lenscap/internal/observation"
)

// Baichuan is the protocol of Reolink's cameras and of others with the same
// platform: TCP port 9000, and UDP (ports 2015 to 2018, then any) when a phone
// comes in from outside. Its bodies are obfuscated or encrypted; only headers
// are read, and they carry no model.
//
// The header, little-endian: magic, message number, body length, channel and
// other bytes, at 16 a status of an answer or the encryption wanted, at 18 the
// class. As published in https://github.com/thirtythreeforty/neolink
// (dissector/), and seen in the recorded login we test with.
var baichuanDissector = Dissector{
	Name:        "baichuan",
	Fuzz:        "FuzzBaichuan",
	Looks:       looksBaichuanUDP,
	Datagram:    baichuanDatagram,
	TCP:         []uint16{9000},
	LooksStream: looksBaichuan,
	Stream:      baichuanStream,
}

const (
	baichuanMagic     = 0x0abcdef0
	baichuanMagicRev  = 0x0fedcba0 // cameras' requests to their servers
	baichuanHeaderLen = 20
	baichuanUDPHeader = 20
)

// looksBaichuan reports whether b starts with a message.
func looksBaichuan(b []byte) bool {
	if len(b) < 4 {
		return false
	}
	magic := binary.LittleEndian.Uint32(b)
	return magic == baichuanMagic || magic == baichuanMagicRev
}

// baichuanStream reads the first message of the server, which is the device. A
// client that got no answer proves nothing.
func baichuanStream(_, _ uint16, _, server []byte, emit Emit) {
	f := baichuanHeader(server)
	if len(f) > 0 {
		emit(Message{Protocol: "baichuan", End: baichuanHeaderLen, Fields: f})
	}
}

// baichuanHeader reads the header that b starts with.
func baichuanHeader(b []byte) fields {
	if len(b) < baichuanHeaderLen || !looksBaichuan(b) {
		return nil
	}
	var f fields
	f.add(observation.BaichuanMessage, strconv.FormatUint(uint64(binary.LittleEndian.Uint32(b[4:])), 10))
	f.add(observation.BaichuanClass, hexadecimal(b[18:20]))
	return f
}

// looksBaichuanUDP reports whether b starts with the header of the UDP form:
// discovery (3A), data (10) or acknowledgement (20), then CF 87 2A.
func looksBaichuanUDP(b []byte) bool {
	return len(b) >= baichuanUDPHeader && b[1] == 0xcf && b[2] == 0x87 && b[3] == 0x2a &&
		(b[0] == 0x3a || b[0] == 0x10 || b[0] == 0x20)
}

// baichuanDatagram reads the message that a data packet starts with, if it is
// an answer: only those come from a device. Discovery packets are encrypted and
// go both ways alike.
func baichuanDatagram(_, _ uint16, b []byte, emit Emit) bool {
	if !looksBaichuanUDP(b) {
		return false
	}
	body := b[baichuanUDPHeader:]
	if b[0] == 0x10 && baichuanAnswer(body) {
		baichuanHeader(body).send(emit, "baichuan")
	}
	return true
}

// baichuanAnswer reports whether the header b starts with is a device's: status
// 200 or 400 in the later form, or the DD that answers a login's DC.
func baichuanAnswer(b []byte) bool {
	if len(b) < baichuanHeaderLen {
		return false
	}
	status, class := binary.LittleEndian.Uint16(b[16:]), binary.LittleEndian.Uint16(b[18:])
	return class == 0 && (status == 200 || status == 400) || class == 0x6614 && b[17] == 0xdd
}

// hexadecimal writes bytes without separators, in the order they came.
func hexadecimal(b []byte) string {
	const digits = "0123456789abcdef"
	out := make([]byte, 0, 2*len(b))
	for _, x := range b {
		out = append(out, digits[x>>4], digits[x&15])
	}
	return string(out)
}
