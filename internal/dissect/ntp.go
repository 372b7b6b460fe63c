package dissect

import "github.com/lenscap/lenscap/internal/observation"

// NTP (RFC 5905), UDP port 123.
var ntpDissector = Dissector{Name: "ntp", Fuzz: "FuzzNTP", UDP: []uint16{123}, Datagram: dissectNTP}

// dissectNTP reads one NTP packet.
func dissectNTP(_, _ uint16, b []byte, emit Emit) bool {
	return parseNTP(b).send(emit, "ntp")
}

// parseNTP says whether the sender asks for the time or gives it. Control and
// private packets (modes 6 and 7) and broadcasts say neither.
//
// A header is 48 bytes; the mode is in the first, so a packet cut after its
// first four bytes still counts.
//
// Format: RFC 5905, section 7.3.
func parseNTP(b []byte) fields {
	if len(b) < 4 {
		return nil
	}
	if version := b[0] >> 3 & 7; version < 1 || version > 4 {
		return nil
	}
	var f fields
	switch b[0] & 7 {
	case 3:
		f.add(observation.NTPMode, "client")
	case 4:
		f.add(observation.NTPMode, "server")
	}
	return f
}
