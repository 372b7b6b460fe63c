package dissect

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"

	"github.com/lenscap/lenscap/internal/observation"
)

// Session descriptions (RFC 8866) as cameras send them in RTSP.
var sdpDissector = Dissector{Name: "sdp", Fuzz: "FuzzSDP"}

const (
	maxSDP      = 1 << 16 // bytes of one description
	maxSDPLines = 256
)

// ParseSDP reads a lone session description. b may be cut anywhere, and may
// break the grammar, as many cameras do: every line of the form "x=…" is kept as
// sent. It returns nothing if there is no such line.
func ParseSDP(b []byte) []observation.Field { return sdpFields(b) }

// sdpFields reads a description: its lines, then what its media are.
func sdpFields(b []byte) fields {
	if at := bytes.Index(b[:min(len(b), 1024)], []byte("v=")); at > 0 {
		b = b[at:]
	}
	b = b[:min(len(b), maxSDP)]
	var f fields
	for line := range bytes.Lines(b) {
		line = bytes.TrimSpace(line)
		if len(line) < 2 || line[1] != '=' || len(f) == maxSDPLines {
			continue
		}
		f.add(observation.SDPLine, string(line))
	}
	media, ok := sdpStrict(b)
	if !ok {
		media = sdpTolerant(b)
	}
	for _, m := range media {
		m.add(&f)
	}
	return f
}

// An sdpMedium is one m= section, as far as it matters.
type sdpMedium struct {
	kind   string            // "video", "audio", "application"
	format string            // first payload type
	names  map[string]string // payload type → encoding name, of rtpmap
	sends  bool              // a=sendonly: the client is to send
}

// add adds the codec, and whether the device takes audio in. ONVIF's streaming
// specification (section 5.3) puts directions from the client's side: "sendonly"
// is the backchannel, and a camera's own audio is "recvonly".
func (m *sdpMedium) add(f *fields) {
	name := observation.SDPVideo
	switch m.kind {
	case "video":
	case "audio":
		name = observation.SDPAudio
		if m.sends {
			f.addOnce(observation.SDPBackchan, "true")
		}
	default:
		return
	}
	codec := strings.ToUpper(m.names[m.format])
	if codec == "" && m.format != "" {
		codec = payloadCodec(m.format)
	}
	f.addOnce(name, codec)
}

// payloadCodec names the codec of a payload type in decimal that no rtpmap
// explains.
func payloadCodec(format string) string {
	pt, err := strconv.ParseUint(format, 10, 7)
	if err != nil {
		return ""
	}
	return RTP{PayloadType: uint8(pt)}.Codec()
}

// sdpStrict reads the media of a description that keeps to the grammar.
func sdpStrict(b []byte) ([]sdpMedium, bool) {
	var d sdp.SessionDescription
	if d.Unmarshal(b) != nil {
		return nil, false
	}
	var all []sdpMedium
	for _, md := range d.MediaDescriptions {
		m := sdpMedium{kind: md.MediaName.Media}
		if len(md.MediaName.Formats) > 0 {
			m.format = md.MediaName.Formats[0]
		}
		for _, a := range md.Attributes {
			m.attribute(a.Key, a.Value)
		}
		all = append(all, m)
	}
	return all, true
}

// sdpTolerant reads the media line by line, whatever else is there.
func sdpTolerant(b []byte) []sdpMedium {
	var all []sdpMedium
	for line := range bytes.Lines(b) {
		kind, rest, ok := strings.Cut(string(bytes.TrimSpace(line)), "=")
		switch {
		case !ok:
		case kind == "m" && len(all) < maxSDPLines:
			words := strings.Fields(rest) // media port proto format …
			m := sdpMedium{}
			if len(words) > 0 {
				m.kind = words[0]
			}
			if len(words) > 3 {
				m.format = words[3]
			}
			all = append(all, m)
		case kind == "a" && len(all) > 0:
			key, value, _ := strings.Cut(rest, ":")
			all[len(all)-1].attribute(key, value)
		}
	}
	return all
}

// attribute takes one a= line of the medium.
func (m *sdpMedium) attribute(key, value string) {
	switch key {
	case "sendonly":
		m.sends = true
	case "rtpmap": // "96 H264/90000"
		format, encoding, ok := strings.Cut(strings.TrimSpace(value), " ")
		if !ok {
			return
		}
		if m.names == nil {
			m.names = make(map[string]string)
		}
		name, _, _ := strings.Cut(strings.TrimSpace(encoding), "/")
		m.names[format] = name
	}
}
