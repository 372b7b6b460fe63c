package dissect

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// DVRIP, also called Sofia or NetSurveillance, is the protocol of Xiongmai's
// platform: JSON behind a header of 20 bytes, TCP port 34567, and discovery by
// broadcast on UDP port 34569.
//
// The header, little-endian: FF, a version, two reserved bytes, session,
// sequence, two bytes of parts, message number at 14, length at 16. Sources:
// https://github.com/NeiroNx/python-dvr (dvrip.py), https://github.com/667bdrm/sofiactl
// (sofia.ksy), https://github.com/AlexxIT/go2rtc (pkg/dvrip).
var dvripDissector = Dissector{
	Name:        "dvrip",
	Fuzz:        "FuzzDVRIP",
	UDP:         []uint16{34569},
	Lead:        []byte{0xff},
	Looks:       looksDVRIPAnswer,
	Datagram:    dvripDatagram,
	TCP:         []uint16{34567},
	LooksStream: looksDVRIP,
	Stream:      dvripStream,
}

const (
	dvripHeaderLen = 20
	dvripSearch    = 1530      // a client looks for devices
	dvripFound     = 1531      // a device answers
	maxDVRIP       = 64        // messages of one half; what follows is media
	maxDVRIPBody   = 256 << 10 // bytes of one message that are read
)

// looksDVRIP reports whether a half starts with a message that opens a session:
// the first that a client sends has no session and no sequence yet.
func looksDVRIP(b []byte) bool {
	return len(b) >= 8 && b[0] == 0xff && b[1] <= 1 && b[2] == 0 && b[3] == 0 && binary.LittleEndian.Uint32(b[4:]) == 0
}

// looksDVRIPAnswer reports whether a datagram is a device's answer to a search,
// with a length that fits.
func looksDVRIPAnswer(b []byte) bool {
	return len(b) > dvripHeaderLen && b[0] == 0xff && b[1] <= 1 && dvripNumber(b) == dvripFound &&
		binary.LittleEndian.Uint32(b[16:]) <= uint32(len(b)-dvripHeaderLen)
}

// dvripNumber is the message number in a header of full length.
func dvripNumber(b []byte) int { return int(binary.LittleEndian.Uint16(b[14:])) }

// dvripDatagram reads the discovery: who answers a search speaks of itself.
func dvripDatagram(_, _ uint16, b []byte, emit Emit) bool {
	var f fields
	switch {
	case looksDVRIPAnswer(b):
		f = dvripBody(b[dvripHeaderLen:])
	case len(b) >= dvripHeaderLen && b[0] == 0xff && dvripNumber(b) == dvripSearch:
		f.add(observation.DVRIPInquiry, "search")
		return f.send(emit, "dvrip")
	}
	if len(f) == 0 {
		return false
	}
	f = append(fields{{Name: observation.DVRIPMessage, Value: strconv.Itoa(dvripFound)}}, f...)
	return f.send(emit, "dvrip")
}

// dvripStream reads what the server, which is the device, says of itself. What
// the client sends is a login, with a password, and wishes: it is not read. A
// session counts only if the device answered in JSON.
func dvripStream(_, _ uint16, _, server []byte, emit Emit) {
	at, spoke := 0, false
	for n := 0; n < maxDVRIP && len(server)-at >= dvripHeaderLen && server[at] == 0xff && server[at+1] <= 1; n++ {
		number := dvripNumber(server[at:])
		size := binary.LittleEndian.Uint32(server[at+16:])
		if size > maxDVRIPBody {
			return
		}
		body := server[at+dvripHeaderLen:]
		body = body[:min(int(size), len(body))]
		at += dvripHeaderLen + len(body)
		f := dvripBody(body)
		if !spoke && (len(f) > 0 || bytes.Contains(body[:min(len(body), 512)], []byte(`"Ret"`))) {
			spoke = true
			f = append(fields{{Name: observation.DVRIPMessage, Value: strconv.Itoa(number)}}, f...)
		}
		if len(f) > 0 {
			emit(Message{Protocol: "dvrip", End: at, Fields: f})
		}
	}
}

// dvripNames gives the field of each key, by the object it stands in: "" for the
// root, as in the answer to a login.
var dvripNames = map[string]map[string]string{
	"": {
		"DeviceType": observation.DVRIPType,
		"ChannelNum": observation.DVRIPChannels,
	},
	"SystemInfo": {
		"DeviceModel":     observation.DVRIPModel,
		"HardWare":        observation.DVRIPHardware,
		"SoftWareVersion": observation.DVRIPFirmware,
		"BuildTime":       observation.DVRIPBuild,
		"SerialNo":        observation.DVRIPSerial,
		"VideoInChannel":  observation.DVRIPChannels,
	},
	"NetWork.NetCommon": {
		"HostName":   observation.DVRIPName,
		"HostIP":     observation.DVRIPIP,
		"MAC":        observation.DVRIPMAC,
		"SN":         observation.DVRIPSerial,
		"TCPPort":    observation.DVRIPTCPPort,
		"HttpPort":   observation.DVRIPHTTPPort,
		"ChannelNum": observation.DVRIPChannels,
	},
}

// dvripBody reads the JSON of one message, which ends with a line feed and
// zeros.
func dvripBody(b []byte) fields {
	if !looksJSON(b) {
		return nil
	}
	var f fields
	walkJSON(bytes.TrimRight(b, "\x00\n"), nil, func(keys []string, value string) bool {
		n := len(keys)
		if n == 0 || n > 2 {
			return true
		}
		object := ""
		if n == 2 {
			object = keys[0]
		}
		name := dvripNames[object][strings.TrimSpace(keys[n-1])] // some send "DeviceType "
		switch name {
		case "":
			return true
		case observation.DVRIPIP:
			value = dvripAddress(value)
		case observation.DVRIPMAC:
			value = macText(value)
		case observation.DVRIPHardware, observation.DVRIPModel, observation.DVRIPFirmware, observation.DVRIPBuild, observation.DVRIPType:
			if strings.EqualFold(value, "Unknown") {
				return true
			}
		}
		f.addFirst(name, value)
		return true
	})
	return f
}

// dvripAddress reads an address written as the hexadecimal of its bytes, the
// first byte last: "0x0A01A8C0" is 192.168.1.10.
func dvripAddress(s string) string {
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "0x"), 16, 32)
	if err != nil || n == 0 {
		return ""
	}
	var a [4]byte
	binary.LittleEndian.PutUint32(a[:], uint32(n))
	return netip.AddrFrom4(a).String()
}
