package dissect

import (
	"encoding/binary"
	"slices"

	"github.com/lenscap/lenscap/internal/observation"
)

// Kasa is the first local protocol of TP-Link's smart home: JSON that is masked
// by an XOR of each byte with the masked byte before it, the first with 171. On
// UDP port 9999 it stands bare, on TCP port 9999 after its length in four bytes.
//
// Published by softScheck,
// https://github.com/softScheck/tplink-smartplug/blob/dcf978b970356c3edd941583d277612182381f2c/tplink_smartplug.py
var kasaDissector = Dissector{
	Name:     "kasa",
	Fuzz:     "FuzzKasa",
	UDP:      []uint16{9999},
	Datagram: kasaDatagram,
	TCP:      []uint16{9999},
	Stream:   kasaStream,
}

const (
	kasaKey = 171
	maxKasa = 64 << 10 // bytes of one message; answers have a few thousand at most
)

// kasaDatagram reads an answer. A question has no values in it.
func kasaDatagram(src, _ uint16, b []byte, emit Emit) bool {
	if len(b) < 2 || b[0]^kasaKey != '{' {
		return false
	}
	if src == 9999 {
		fields(ParseKasa(kasaUnmask(b))).send(emit, "kasa")
	}
	return true
}

// kasaStream reads the messages of the server, which is the device.
func kasaStream(_, _ uint16, _, server []byte, emit Emit) {
	for at := 0; at+5 <= len(server) && server[at+4]^kasaKey == '{'; {
		size := binary.BigEndian.Uint32(server[at:])
		if size > maxKasa {
			return
		}
		body := server[at+4:]
		body = body[:min(int(size), len(body))]
		at += 4 + len(body)
		if f := ParseKasa(kasaUnmask(body)); len(f) > 0 {
			emit(Message{Protocol: "kasa", End: at, Fields: f})
		}
	}
}

// kasaUnmask undoes the mask, in a copy.
func kasaUnmask(b []byte) []byte {
	out := make([]byte, min(len(b), maxKasa))
	key := byte(kasaKey)
	for i := range out {
		out[i] = b[i] ^ key
		key = b[i]
	}
	return out
}

// kasaNames gives the field of each key of get_sysinfo. Plugs, bulbs and cameras
// do not use the same ones.
var kasaNames = map[string]string{
	"model": observation.KasaModel, "type": observation.KasaType, "mic_type": observation.KasaType,
	"dev_name": observation.KasaName, "description": observation.KasaName, "alias": observation.KasaAlias,
	"mac": observation.KasaMAC, "mic_mac": observation.KasaMAC, "ethernet_mac": observation.KasaMAC,
	"sw_ver": observation.KasaFirmware, "hw_ver": observation.KasaHardware, "deviceId": observation.KasaID,
}

// ParseKasa reads the JSON of a Kasa device's answer to get_sysinfo, with its
// mask taken off. Cameras put one more object, "system", around it; what it
// lists of its sockets is left out. It returns nil for any other text; of one
// that is cut, the values before the cut.
func ParseKasa(b []byte) []observation.Field {
	var f fields
	walkJSON(b, nil, func(path []string, value string) bool {
		at := len(path) - 1
		if at < 1 || !endsWith(path[:at], "get_sysinfo") && !endsWith(path[:at], "get_sysinfo", "system") {
			return true
		}
		name := kasaNames[path[at]]
		if name == observation.KasaMAC {
			value = macText(value)
		}
		if name != "" {
			f.addFirst(name, value)
		}
		return true
	})
	return f
}

// endsWith reports whether a path ends with keys.
func endsWith(path []string, keys ...string) bool {
	return len(path) >= len(keys) && slices.Equal(path[len(path)-len(keys):], keys)
}
