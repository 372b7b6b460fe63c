package dissect

import (
	"bytes"
	"encoding/binary"

	"github.com/lenscap/lenscap/internal/observation"
)

// Open Drone ID (ASTM F3411-22a, ASD-STAN EN 4709-002) as drones send it over
// Wi-Fi: in a vendor element of a beacon, or in the service information of a NAN
// action frame. Where it flies and from where it is flown is not read.
//
// Layouts: https://github.com/opendroneid/opendroneid-core-c, and the recorded
// frames we test with.
var odidDissector = Dissector{
	Name: "odid",
	Fuzz: "FuzzODID",
	WLAN: wlanFrame,
}

const (
	wlanHeaderLen   = 24
	wlanBeaconFixed = 12 // timestamp, interval, capabilities
	odidMessageLen  = 25
)

var (
	odidVendor  = []byte{0xfa, 0x0b, 0xbc, 0x0d}             // OUI of ASD-STAN and its type
	nanAction   = []byte{4, 9, 0x50, 0x6f, 0x9a, 0x13}       // public, vendor, Wi-Fi Alliance, NAN service discovery
	odidService = []byte{0x88, 0x69, 0x19, 0x9d, 0x92, 0x09} // first of SHA-256("org.opendroneid.remoteid")
)

// wlanFrame reads a beacon or probe answer, for its network name and Open Drone
// ID, and a NAN action frame, for the latter.
func wlanFrame(b []byte, emit Emit) {
	if len(b) < wlanHeaderLen || b[0]&0x0f != 0 || b[1]&0x40 != 0 { // management, version 0, not protected
		return
	}
	body := b[wlanHeaderLen:]
	if b[1]&0x80 != 0 { // HT control
		body = body[min(4, len(body)):]
	}
	switch b[0] >> 4 {
	case 5, 8: // probe response, beacon
		if len(body) > wlanBeaconFixed {
			wlanElements(body[wlanBeaconFixed:], emit)
		}
	case 13: // action
		if bytes.HasPrefix(body, nanAction) {
			nanAttributes(body[len(nanAction):], emit)
		}
	}
}

// wlanElements reads the elements of a beacon: number, length, content.
func wlanElements(b []byte, emit Emit) {
	var wlan fields
	for len(b) >= 2 {
		id, size := b[0], int(b[1])
		b = b[2:]
		if size > len(b) {
			break
		}
		content := b[:size]
		b = b[size:]
		switch {
		case id == 0:
			wlan.addFirst(observation.WLANSSID, string(content))
		case id == 221 && bytes.HasPrefix(content, odidVendor) && size > len(odidVendor)+1:
			odidMessages(content[len(odidVendor)+1:], emit) // after a counter
		case id == 221:
			djiElement(content, emit)
		}
	}
	wlan.send(emit, "wlan")
}

// nanAttributes reads the attributes of a NAN frame, number, length of 16 bits,
// content, for the service descriptor of Open Drone ID.
//
// Layout: Wi-Fi Aware specification, section 9.5.4.
func nanAttributes(b []byte, emit Emit) {
	for len(b) >= 3 {
		id, size := b[0], int(binary.LittleEndian.Uint16(b[1:]))
		b = b[3:]
		if size > len(b) {
			break
		}
		if content := b[:size]; id == 3 && bytes.HasPrefix(content, odidService) && size > 9 {
			odidMessages(nanServiceInfo(content[8], content[9:]), emit)
		}
		b = b[size:]
	}
}

// nanServiceInfo steps over the optional parts of a service descriptor to the
// information of the service, less the counter it starts with.
func nanServiceInfo(control byte, b []byte) []byte {
	skip := func(n int) { b = b[min(n, len(b)):] }
	if control&0x40 != 0 { // binding bitmap
		skip(2)
	}
	for _, bit := range []byte{0x04, 0x08} { // matching filter, service response filter
		if control&bit != 0 && len(b) > 0 {
			skip(1 + int(b[0]))
		}
	}
	if control&0x10 == 0 || len(b) < 2 {
		return nil
	}
	end := min(1+int(b[0]), len(b))
	return b[min(2, end):end]
}

// odidMessages reads one message of 25 bytes or a pack of up to nine, and emits
// what they say of the aircraft as one.
func odidMessages(b []byte, emit Emit) {
	var f fields
	if len(b) >= 3 && b[0]>>4 == 0x0f {
		count := int(b[2])
		if b[1] != odidMessageLen {
			return
		}
		for b = b[3:]; len(b) >= odidMessageLen && count > 0; count-- {
			odidMessage(&f, b[:odidMessageLen])
			b = b[odidMessageLen:]
		}
	} else if len(b) >= odidMessageLen {
		odidMessage(&f, b[:odidMessageLen])
	}
	f.send(emit, "odid")
}

// odidIDTypes and odidUATypes name the numbers of a Basic ID message.
var (
	odidIDTypes = [...]string{1: "serial-number", 2: "registration", 3: "utm", 4: "session"}
	odidUATypes = [...]string{
		1: "aeroplane", 2: "helicopter or multirotor", 3: "gyroplane", 4: "hybrid lift", 5: "ornithopter",
		6: "glider", 7: "kite", 8: "free balloon", 9: "captive balloon", 10: "airship",
		11: "parachute", 12: "rocket", 13: "tethered aircraft", 14: "ground obstacle", 15: "other",
	}
)

// odidStatuses, odidAuths and odidPlaces name the numbers of a Location, an
// Authentication and a System message.
var (
	odidStatuses = [...]string{1: "ground", 2: "airborne", 3: "emergency", 4: "failure"}
	odidAuths    = [...]string{1: "uas-id-signature", 2: "operator-id-signature", 3: "message-set-signature", 4: "network", 5: "specific"}
	odidPlaces   = [...]string{0: "take-off", 1: "live", 2: "fixed"}
)

// odidMessage reads one message of exactly 25 bytes.
func odidMessage(f *fields, b []byte) {
	switch b[0] >> 4 {
	case 0:
		odidBasic(f, b)
	case 1: // location: of it only what the aircraft is doing
		addNamed(f, observation.ODIDStatus, odidStatuses[:], b[1]>>4)
	case 2: // authentication: its first page says how
		if b[1]&0x0f == 0 {
			addNamed(f, observation.ODIDAuth, odidAuths[:], b[1]>>4)
		}
	case 3:
		f.addOnce(observation.ODIDSelf, string(bytes.TrimRight(b[2:25], "\x00 ")))
	case 4: // system: of it only how the operator's place was found
		addNamed(f, observation.ODIDSystem, odidPlaces[:], b[1]&3)
	case 5:
		f.addOnce(observation.ODIDOperator, string(bytes.TrimRight(b[2:22], "\x00 ")))
	}
}

// addNamed adds the name of a number, unless it has none.
func addNamed(f *fields, field string, names []string, number byte) {
	if int(number) < len(names) {
		f.addOnce(field, names[number])
	}
}

// odidBasic reads a Basic ID message: what kind of number, of what aircraft, and
// the number.
func odidBasic(f *fields, b []byte) {
	idType, id := b[1]>>4, b[2:22]
	if int(idType) >= len(odidIDTypes) || idType == 0 {
		return
	}
	text := string(bytes.TrimRight(id, "\x00 "))
	if idType >= 3 { // binary
		text = hexadecimal(bytes.TrimRight(id, "\x00"))
	}
	if text == "" {
		return
	}
	f.addOnce(observation.ODIDID, text)
	f.addOnce(observation.ODIDIDType, odidIDTypes[idType])
	f.addOnce(observation.ODIDUAType, odidUATypes[b[1]&0x0f])
}
