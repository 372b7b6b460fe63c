package dissect

import (
	"bytes"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// SSDP (UPnP device architecture 2.0, section 1), UDP port 1900; answers to a
// search go to any port.
var ssdpDissector = Dissector{Name: "ssdp", Fuzz: "FuzzSSDP", UDP: []uint16{1900}, Looks: looksSSDP, Datagram: dissectSSDP}

// looksSSDP accepts the first bytes of the three messages of SSDP on any port:
// the answer to a search comes from a port of the device's choice.
func looksSSDP(b []byte) bool {
	return bytes.HasPrefix(b, []byte("NOTIFY * HTTP/1.")) ||
		bytes.HasPrefix(b, []byte("M-SEARCH * HTTP/1.")) ||
		bytes.HasPrefix(b, []byte("HTTP/1.1 200 OK\r\n"))
}

// dissectSSDP reads one SSDP message.
func dissectSSDP(_, _ uint16, b []byte, emit Emit) bool {
	return parseSSDP(b).send(emit, "ssdp")
}

// parseSSDP reads an announcement, the answer to a search, or a search. Who
// searches is looking for a device and offers nothing, so a search fills only
// ssdp.search and ssdp.user-agent. A byebye still names the device that leaves.
//
// b may be cut: headers whose line is whole are kept.
//
// Format: UPnP device architecture 2.0, section 1.
func parseSSDP(b []byte) fields {
	start, rest := cutLine(b)
	search := bytes.HasPrefix(start, []byte("M-SEARCH "))
	if !search && !bytes.HasPrefix(start, []byte("NOTIFY ")) && !isStatusLine(start) {
		return nil
	}
	headers, _, _ := readHeaders(rest)
	var f fields
	if search {
		f.add(observation.SSDPSearch, headers.get("ST"))
		f.add(observation.SSDPUserAgent, headers.get("USER-AGENT"))
		return f
	}
	kind := headers.get("NT")
	if kind == "" {
		kind = headers.get("ST")
	}
	if kind == "" && headers.get("USN") == "" {
		return nil // some other protocol in the clothes of HTTP
	}
	f.add(observation.SSDPServer, headers.get("SERVER"))
	f.add(observation.SSDPLocation, headers.get("LOCATION"))
	f.add(observation.SSDPType, kind)
	f.add(observation.SSDPUSN, headers.get("USN"))
	f.add(observation.SSDPUUID, usnUUID(headers.get("USN")))
	return f
}

// usnUUID is the part of "uuid:8f7ca0de…::upnp:rootdevice" between the colons.
func usnUUID(usn string) string {
	if len(usn) < 5 || !strings.EqualFold(usn[:5], "uuid:") {
		return ""
	}
	uuid, _, _ := strings.Cut(usn[5:], "::")
	return strings.TrimSpace(uuid)
}

// isStatusLine reports whether line starts an HTTP/1 answer.
func isStatusLine(line []byte) bool { return bytes.HasPrefix(line, []byte("HTTP/1.")) }
