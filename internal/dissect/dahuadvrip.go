package dissect

import (
	"bytes"
	"encoding/binary"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// Dahua's own DVRIP (no kin of Xiongmai's): TCP port 37777, headers of 32 bytes.
// A client asks for the login's terms with A0 01 and gets lines of text behind a
// header B0; it may ask for a piece of information by number with A4 and gets it
// as text behind B4.
//
// Sources: https://github.com/mcw0/DahuaConsole and https://github.com/mcw0/PoC
// (Dahua-3DES-IMOU-PoC.py) for the login; the numbers 8 (firmware) and 11
// (model) from scanners that read them, not yet seen by us in a capture.
var dahuaDissector = Dissector{
	Name:        "dahua-dvrip",
	Fuzz:        "FuzzDahuaDVRIP",
	TCP:         []uint16{37777},
	LooksStream: looksDahua,
	Stream:      dahuaStream,
}

const (
	dahuaHeaderLen = 32
	maxDahua       = 64
	dahuaFirmware  = 0x08
	dahuaModel     = 0x0b
)

// looksDahua reports whether a half starts with the question for the login's
// terms, or with the device's answer to it.
func looksDahua(b []byte) bool {
	return len(b) >= 8 && b[0] == 0xa0 && b[1] == 1 && b[2] == 0 && b[3] == 0 && binary.LittleEndian.Uint32(b[4:]) == 0
}

// dahuaStream reads what the server, which is the device, says. Names and
// passwords are only the client's and are not read.
func dahuaStream(_, _ uint16, client, server []byte, emit Emit) {
	asked := dahuaAsked(client)
	for n, at := 0, 0; n < maxDahua && len(server)-at >= dahuaHeaderLen; n++ {
		h := server[at : at+dahuaHeaderLen]
		body := server[at+dahuaHeaderLen:]
		body = body[:min(int(binary.LittleEndian.Uint16(h[4:])), len(body))]
		at += dahuaHeaderLen + len(body)
		var f fields
		switch h[0] {
		case 0xb0:
			f = dahuaTerms(body)
		case 0xb4:
			f = dahuaInformation(h[8], asked, body)
		case 0xf6, 0xb1, 0xbb, 0xbc: // JSON and others, of the same form
		default:
			return
		}
		if len(f) > 0 {
			emit(Message{Protocol: "dahua-dvrip", End: at, Fields: f})
		}
	}
}

// dahuaAsked notes which pieces of information the client asked for.
func dahuaAsked(client []byte) (asked [256]bool) {
	for n, at := 0, 0; n < maxDahua && len(client)-at >= dahuaHeaderLen; n++ {
		if client[at] == 0xa4 {
			asked[client[at+8]] = true
		}
		at += dahuaHeaderLen + int(binary.LittleEndian.Uint16(client[at+4:]))
	}
	return asked
}

// dahuaTerms reads "Realm:Login to …" and knows the message by it.
func dahuaTerms(b []byte) fields {
	var f fields
	for line := range bytes.Lines(b) {
		if realm, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("Realm:")); ok {
			f.add(observation.DahuaMessage, "login")
			f.add(observation.DahuaRealm, string(realm))
			f.add(observation.DahuaSerial, dahuaRealmSerial(string(realm)))
			break
		}
	}
	return f
}

// dahuaRealmSerial is the serial number that a realm of older firmware ends
// with. Newer firmware puts a number made of it there, which is hexadecimal.
func dahuaRealmSerial(realm string) string {
	serial, ok := strings.CutPrefix(strings.TrimSpace(realm), "Login to ")
	if !ok || !dahuaSerialForm(serial) || strings.Trim(serial, "0123456789ABCDEF") == "" {
		return ""
	}
	return serial
}

// dahuaInformation reads one piece of information that the client asked for.
func dahuaInformation(number byte, asked [256]bool, b []byte) fields {
	if !asked[number] {
		return nil
	}
	name := ""
	switch number {
	case dahuaFirmware:
		name = observation.DahuaFirmware
	case dahuaModel:
		name = observation.DahuaModel
	}
	text, ok := fixedText(b, 0, len(b))
	if name == "" || !ok || len(text) > 64 {
		return nil
	}
	var f fields
	f.add(observation.DahuaMessage, "information")
	f.add(name, text)
	return f
}
