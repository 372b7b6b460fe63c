package dissect

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// Baichuan is the protocol of Reolink's cameras and of others with the same
// platform: TCP port 9000, and UDP (ports 2015 to 2018, then any) when a phone
// comes in from outside. Bodies are XML, masked with a published key up to the
// login and by older firmware after it too; what is encrypted with the password
// is not read. Media is never looked at.
//
// The header, little-endian: magic, message number, body length, channel and
// other bytes, at 16 a status of an answer or the encryption wanted, at 18 the
// class, which says whether four bytes follow: where in the body the XML begins.
// Discovery over UDP: magic, length, a one, the number of the transmission, a
// checksum, then XML masked with eight words and that number. As published in
// https://github.com/thirtythreeforty/neolink (dissector/), and seen in the
// recorded messages we test with; names of elements also in
// https://github.com/starkillerOG/reolink_aio.
var baichuanDissector = Dissector{
	Name:        "baichuan",
	Fuzz:        "FuzzBaichuan",
	Lead:        []byte{0x3a, 0x10, 0x20},
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

const maxBaichuan = 512 // messages read of one conversation: what it starts with

// baichuanStream reads the messages of the server, which is the device: the
// first one whatever it is, later ones that say something of it. A client that
// got no answer proves nothing.
func baichuanStream(_, _ uint16, _, server []byte, emit Emit) {
	for at, n := 0, 0; n < maxBaichuan; n++ {
		f, body, size := baichuanMessage(server[at:])
		if len(f) == 0 {
			return
		}
		end := at + size
		if body != nil {
			f = append(f, baichuanXML(body)...)
		} else if n == 0 {
			end = at + baichuanHeaderLen // cut inside its body
		}
		if n == 0 || len(f) > 2 {
			emit(Message{Protocol: "baichuan", End: end, Fields: f})
		}
		if body == nil {
			return
		}
		at = end
	}
}

// baichuanMessage reads the message that b starts with: its header, its body
// without mask if that is text, and its size in bytes. The body is nil if b ends
// before it does, and empty if it is media or encrypted.
func baichuanMessage(b []byte) (f fields, body []byte, size int) {
	if f = baichuanHeader(b); len(f) == 0 {
		return nil, nil, 0
	}
	head, length := baichuanHeaderLen, int64(binary.LittleEndian.Uint32(b[8:]))
	switch binary.LittleEndian.Uint16(b[18:]) {
	case 0x6414, 0x6482, 0x0000:
		head += 4
	}
	if length > int64(len(b)-head) {
		return f, nil, 0
	}
	size = head + int(length)
	body = b[head:size]
	if head > baichuanHeaderLen {
		body = body[min(int64(binary.LittleEndian.Uint32(b[20:])), length):]
	}
	return f, baichuanUnmask(body, b[12]), size
}

var baichuanKey = [8]byte{0x1f, 0x2d, 0x3c, 0x4b, 0x5a, 0x69, 0x78, 0xff}

// baichuanUnmask undoes the mask of a body, in a copy; channel shifts it. It
// returns an empty slice if the body is no XML, masked or not.
func baichuanUnmask(b []byte, channel byte) []byte {
	const head, most = "<?xml", 64 << 10
	if bytes.HasPrefix(b, []byte(head)) {
		return b
	}
	out := make([]byte, 0, 8)
	for i := range b[:min(len(b), most)] {
		out = append(out, b[i]^baichuanKey[(i+int(channel))%8]^channel)
		if i < len(head) && out[i] != head[i] {
			return out[:0]
		}
	}
	return out
}

// baichuanNames gives the field of each element, by the one around it and its
// own name.
var baichuanNames = map[[2]string]string{
	{"DeviceInfo", "type"}: observation.BaichuanType, {"DeviceInfo", "channelNum"}: observation.BaichuanChannels,
	{"VersionInfo", "name"}: observation.BaichuanName, {"VersionInfo", "type"}: observation.BaichuanModel,
	{"VersionInfo", "serialNumber"}: observation.BaichuanSerial, {"VersionInfo", "hardwareVersion"}: observation.BaichuanHardware,
	{"VersionInfo", "firmwareVersion"}: observation.BaichuanFirmware, {"Uid", "uid"}: observation.BaichuanUID,
}

// baichuanXML reads what a body says of the device.
func baichuanXML(b []byte) fields {
	if len(b) == 0 {
		return nil
	}
	var f fields
	walkXML(b, func(e *element) bool {
		if e.under("body") && len(e.path) == 3 {
			if name := baichuanNames[[2]string{e.path[1], e.path[2]}]; name != "" {
				f.addFirst(name, e.text)
			}
		}
		return true
	})
	return f
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
// an answer: only those come from a device. Of discovery it reads what a device
// says.
func baichuanDatagram(_, _ uint16, b []byte, emit Emit) bool {
	if !looksBaichuanUDP(b) {
		return false
	}
	body := b[baichuanUDPHeader:]
	switch {
	case b[0] == 0x3a:
		baichuanDiscovery(body, binary.LittleEndian.Uint32(b[12:])).send(emit, "baichuan")
	case b[0] == 0x10 && baichuanAnswer(body):
		f, text, _ := baichuanMessage(body)
		append(f, baichuanXML(text)...).send(emit, "baichuan")
	}
	return true
}

var baichuanUDPKey = [8]uint32{0x1f2d3c4b, 0x5a6c7f8d, 0x38172e4b, 0x8271635a, 0x863f1a2b, 0xa5c6f7d8, 0x8371e1b4, 0x17f2d3a5}

// baichuanDiscovery reads discovery: XML of one element named after who speaks
// to whom, D being the device, C the client, R and M servers.
func baichuanDiscovery(b []byte, transmission uint32) fields {
	out := make([]byte, 0, 256)
	for i := range b[:min(len(b), 4096)] {
		word := baichuanUDPKey[i/4%8] + transmission
		out = append(out, b[i]^byte(word>>(8*(i%4))))
	}
	if !bytes.HasPrefix(out, []byte("<P2P>")) {
		return nil
	}
	var f fields
	walkXML(out, func(e *element) bool {
		if len(e.path) < 2 || !strings.HasPrefix(e.path[1], "D2") {
			return true
		}
		switch {
		case len(e.path) == 2:
			f.addFirst(observation.BaichuanMessage, e.path[1])
		case len(e.path) == 3 && e.path[2] == "uid":
			f.addFirst(observation.BaichuanUID, e.text)
		}
		return true
	})
	return f
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
