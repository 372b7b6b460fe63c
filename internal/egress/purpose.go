package egress

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
)

// purposeOf maps the words of kb/domains, column purpose, to ours. A name with
// several words serves several purposes, which one this time is not known.
var purposeOf = map[string]string{
	"firmware-update": PurposeUpdate,
	"p2p":             PurposeP2P,
	"relay":           PurposeP2P,
	"stun":            PurposeP2P,
	"storage":         PurposeStorage,
	"push":            PurposePush,
	"telemetry":       PurposeTelemetry,
	"ntp":             PurposeNTP,
	"dns":             PurposeDNS,
	"api":             PurposeCloud,
	"cloud":           PurposeCloud,
	"device-access":   PurposeCloud,
	"ddns":            PurposeCloud,
	"web":             PurposeCloud,
}

// phrase is a purpose inside a sentence: "used for …".
func phrase(purpose string) string {
	switch purpose {
	case PurposeUpdate:
		return "updates"
	case PurposeP2P:
		return "peer-to-peer connections"
	case PurposePush:
		return "messages pushed to and from a device"
	case PurposeNTP:
		return "telling the time"
	case PurposeDNS:
		return "looking names up"
	}
	return purpose
}

// domainPurpose gives the purposes of a row, PurposeCloud left out where there
// is a closer one.
func domainPurpose(words string) []string {
	var out []string
	for w := range strings.SplitSeq(words, "/") {
		if p := purposeOf[strings.TrimSpace(w)]; p != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// words of a name's labels that say what it is for, in the order they decide.
// They are taken only where the knowledge base has nothing closer.
var nameWords = []struct {
	purpose string
	words   []string
}{
	{PurposeNTP, []string{"ntp", "sntp", "time", "clock"}},
	{PurposeUpdate, []string{"update", "updates", "upgrade", "upgrades", "firmware", "fw", "fota", "ota", "fwupdate", "fwupgrade", "autoupdate"}},
	{PurposeP2P, []string{"p2p", "stun", "turn", "relay", "ice", "nat", "rendezvous", "kcp", "pppp", "coturn"}},
	{PurposePush, []string{"mqtt", "mqtts", "push", "xmpp", "alarm", "notify", "notification", "notifications", "iot", "mtalk", "fcm", "apns"}},
	{PurposeTelemetry, []string{"log", "logs", "logger", "stat", "stats", "metric", "metrics", "telemetry", "analytics", "report", "crash", "sentry", "event", "events", "diag"}},
	{PurposeStorage, []string{"s3", "oss", "blob", "storage", "upload", "uploads", "cos", "obs", "kinesisvideo", "bucket", "record", "records", "playback", "cloudstorage"}},
	{PurposeDNS, []string{"dns", "doh", "dot"}},
}

// namePurpose reads the words of a name's labels but the last two: "s3" in
// "x.s3.eu-west-1.amazonaws.com".
func namePurpose(name string) (purpose, word string) {
	labels := strings.Split(name, ".")
	if len(labels) < 3 {
		return "", ""
	}
	var words []string
	for _, l := range labels[:len(labels)-2] {
		for _, w := range strings.FieldsFunc(l, func(r rune) bool { return r == '-' || r == '_' }) {
			words = append(words, w, strings.Trim(w, "0123456789"))
		}
	}
	for _, p := range nameWords {
		for _, w := range words {
			if slices.Contains(p.words, w) {
				return p.purpose, w
			}
		}
	}
	return "", ""
}

// protocolPurpose is what a protocol is for, whoever speaks it.
var protocolPurpose = map[string]string{
	"ntp": PurposeNTP, "sntp": PurposeNTP, "dns": PurposeDNS,
	"mdns": PurposeDiscovery, "ssdp": PurposeDiscovery, "wsd": PurposeDiscovery, "ws-discovery": PurposeDiscovery, "sadp": PurposeDiscovery,
	"dhip": PurposeDiscovery, "dhcp": PurposeDiscovery, "dhcpv6": PurposeDiscovery, "arp": PurposeDiscovery, "llmnr": PurposeDiscovery, "nbns": PurposeDiscovery,
	"upnp": PurposeDiscovery, "igmp": PurposeDiscovery,
	"stun": PurposeP2P, "turn": PurposeP2P, "pppp": PurposeP2P, "cs2": PurposeP2P, "tutk": PurposeP2P, "dhp2p": PurposeP2P, "ezviz": PurposeP2P, "hikp2p": PurposeP2P, "xmp2p": PurposeP2P,
	"mqtt": PurposePush, "xmpp": PurposePush, "syslog": PurposeTelemetry, "netflow": PurposeTelemetry, "smtp": PurposePush,
}

// A wellKnownPort is what a port is for by its registration or by what cameras
// use it for. Source: IANA Service Name and Transport Protocol Port Number
// Registry, unless said otherwise.
type wellKnownPort struct {
	app, purpose string
	tcp, udp     bool
}

var portUse = map[uint16]wellKnownPort{
	21:    {"ftp", "", true, false},
	22:    {"ssh", "", true, false},
	23:    {"telnet", "", true, false},
	25:    {"smtp", PurposePush, true, false}, // mail on an event
	53:    {"dns", PurposeDNS, true, true},
	67:    {"dhcp", PurposeDiscovery, false, true},
	68:    {"dhcp", PurposeDiscovery, false, true},
	80:    {"http", "", true, false},
	123:   {"ntp", PurposeNTP, false, true},
	137:   {"nbns", PurposeDiscovery, false, true},
	138:   {"nbds", PurposeDiscovery, false, true},
	161:   {"snmp", "", false, true},
	443:   {"tls", "", true, false},
	465:   {"smtps", PurposePush, true, false},
	514:   {"syslog", PurposeTelemetry, true, true},
	546:   {"dhcpv6", PurposeDiscovery, false, true},
	547:   {"dhcpv6", PurposeDiscovery, false, true},
	554:   {"rtsp", "", true, true},
	587:   {"smtp", PurposePush, true, false},
	853:   {"dns", PurposeDNS, true, true},
	1883:  {"mqtt", PurposePush, true, false},
	1900:  {"ssdp", PurposeDiscovery, false, true},
	1935:  {"rtmp", "", true, false},
	3478:  {"stun", PurposeP2P, true, true},
	3479:  {"stun", PurposeP2P, true, true},
	3702:  {"wsd", PurposeDiscovery, false, true},
	5222:  {"xmpp", PurposePush, true, false},
	5223:  {"", PurposePush, true, false}, // XMPP over TLS, Apple push
	5228:  {"", PurposePush, true, false}, // Google push
	5349:  {"stun", PurposeP2P, true, true},
	5353:  {"mdns", PurposeDiscovery, false, true},
	5355:  {"llmnr", PurposeDiscovery, false, true},
	6514:  {"syslog", PurposeTelemetry, true, false},
	8554:  {"rtsp", "", true, true},
	8883:  {"mqtt", PurposePush, true, false},
	19302: {"stun", PurposeP2P, false, true},
}

func (w wellKnownPort) of(proto uint8) bool {
	return w.tcp && proto == protoTCP || w.udp && proto == protoUDP
}

// wellKnown says whether a port stands for a service by itself.
func wellKnown(base *maker.Base, proto uint8, port uint16) bool {
	return portUse[port].of(proto) || base != nil && len(base.Port(protocolName(proto), int(port))) > 0
}

// app is the protocol above: the one seen that says most, else the port's.
func (t *talk) app() string {
	for _, a := range []string{"quic", "rtsp", "ssh", "mqtt", "tls", "dtls", "http"} {
		if t.speaksAny(a) {
			return a
		}
	}
	if len(t.protocols) > 0 {
		return t.protocols[0]
	}
	if w := portUse[t.port]; w.of(t.proto) {
		return w.app
	}
	return ""
}

func (t *talk) speaksAny(names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { _, ok := slices.BinarySearch(t.protocols, n); return ok })
}

var (
	secret = []string{"tls", "ssl", "quic", "dtls", "srtp", "ssh", "https", "wireguard", "ipsec", "esp"}
	plain  = []string{"http", "rtsp", "dns", "ntp", "mdns", "ssdp", "wsd", "dhcp", "dhcpv6", "sadp", "dhip", "onvif", "isapi", "snmp", "ftp", "telnet", "mqtt",
		"smtp", "syslog", "rtmp", "sip", "hnap", "upnp", "dvrip", "llmnr", "nbns", "tftp", "netflow"}
)

// encrypted says what the protocols seen show; a port alone shows nothing.
func (t *talk) encrypted() string {
	if t.proto == 50 { // ESP, RFC 4303
		return "yes"
	}
	isSecret, isPlain := t.speaksAny(secret...), t.speaksAny(plain...)
	switch {
	case isPlain: // also where something else on the port is encrypted
		return "no"
	case isSecret:
		return "yes"
	}
	return "unknown"
}

// decidePurpose says what the conversation is for, by what shows it most closely.
func (t *talk) decidePurpose(e *Estate, base *maker.Base) {
	c := t.conv
	purpose, proof := t.purpose(e, base)
	c.Purpose = purpose
	if purpose == PurposeUnknown {
		return
	}
	if proof.Input == "" && proof.Packet == 0 {
		proof.Input, proof.Packet = e.input(t.input), t.number
	}
	c.Evidence = append(c.Evidence, proof)
}

func (t *talk) purpose(e *Estate, base *maker.Base) (string, observation.Evidence) {
	for _, ask := range []func() (string, observation.Evidence){
		t.byProtocol,
		t.byDomain,
		t.byWord,
		func() (string, observation.Evidence) { return t.byPeer(e) },
		func() (string, observation.Evidence) { return t.byPort(base) },
		t.byController,
	} {
		if p, proof := ask(); p != "" {
			return p, proof
		}
	}
	return PurposeUnknown, observation.Evidence{}
}

func (t *talk) byProtocol() (string, observation.Evidence) {
	for _, p := range t.protocols {
		if purpose := protocolPurpose[p]; purpose != "" && (purpose != PurposeDiscovery || t.proto != protoTCP) {
			return purpose, observation.Evidence{Protocol: p, Rule: "egress/protocol", Says: fmt.Sprintf("Its messages are %s, which is for %s.", p, phrase(purpose))}
		}
	}
	if w := portUse[t.port]; w.of(t.proto) && w.purpose != "" && !t.speaksAny("http", "rtsp") && !(t.port == 853 && t.speaksAny("http")) {
		return w.purpose, t.portProof(w.purpose)
	}
	if t.conv.Scope == ScopeGroup && (t.proto == protoUDP && !t.speaksAny("rtp", "rtcp") && t.conv.Video.Verdict != VideoYes || t.proto == 2 || t.proto == protoICMP6) {
		return PurposeDiscovery, observation.Evidence{Rule: "egress/group", Value: t.conv.Address, Says: "It goes to a group of addresses and to nobody in particular."}
	}
	return "", observation.Evidence{}
}

func (t *talk) portProof(purpose string) observation.Evidence {
	return observation.Evidence{
		Field: "port", Value: fmt.Sprintf("%s/%d", t.conv.Protocol, t.port), Rule: "egress/port",
		Source: "https://www.iana.org/assignments/service-names-port-numbers/", Says: fmt.Sprintf("The port is used for %s; no message shows it.", phrase(purpose)),
	}
}

// byDomain takes the purpose of the name's row, where it is one, or where the
// name's own words or the protocol choose among several.
func (t *talk) byDomain() (string, observation.Evidence) {
	if t.domain.Row == "" {
		return "", observation.Evidence{}
	}
	all := domainPurpose(t.domain.Purpose)
	if rented(t.domain) { // what it is rented for is the question
		all = slices.DeleteFunc(all, func(p string) bool { return p == PurposeCloud })
	}
	purpose := ""
	word, _ := namePurpose(t.conv.Name)
	switch {
	case len(all) == 1:
		purpose = all[0]
	case slices.Contains(all, word):
		purpose = word
	case slices.Contains(all, PurposeP2P) && t.proto == protoUDP && t.port != 443:
		purpose = PurposeP2P
	}
	if purpose == "" || purpose == PurposeCloud {
		return "", observation.Evidence{}
	}
	d := t.domain
	proof := t.namedProof
	proof.Rule, proof.Source, proof.Unverified = d.Row, d.Source.String(), !d.Source.Verified
	proof.Says = fmt.Sprintf("%s is used for %s.", d.Suffix, phrase(purpose))
	return purpose, proof
}

func (t *talk) byWord() (string, observation.Evidence) {
	if t.namedProof.Field == observation.MDNSHostname {
		return "", observation.Evidence{}
	}
	purpose, word := namePurpose(t.conv.Name)
	if purpose == "" {
		return "", observation.Evidence{}
	}
	proof := t.namedProof
	proof.Rule, proof.Says = "egress/name-word", fmt.Sprintf("%q in the name points to %s; nothing else shows it.", word, phrase(purpose))
	return purpose, proof
}

// byPeer tells who takes a device's video: a recorder, or a client that opened
// the conversation.
func (t *talk) byPeer(e *Estate) (string, observation.Evidence) {
	media := t.speaksAny("rtsp", "rtp", "onvif", "isapi", "dvrip", "baichuan", "http") || portUse[t.port].app == "rtsp" || portUse[t.port].app == "http" ||
		t.conv.Video.Verdict == VideoYes
	switch {
	case t.conv.Scope == ScopeGroup || t.proto != protoTCP && t.proto != protoUDP:
	case e.recorder(t.peer):
		return PurposeRecorder, observation.Evidence{Value: t.peer, Rule: "egress/peer", Says: "The far end is a recorder or video management."}
	case t.byFar && !t.byDevice && (media || t.proto == protoTCP):
		return PurposeViewer, observation.Evidence{Value: t.conv.Address, Rule: "egress/opened", Says: "The far end opened it and asks the device."}
	case t.conv.Opened == "unknown" && !t.farOwns && t.port != 0 && media:
		return PurposeViewer, observation.Evidence{Value: t.conv.Address, Rule: "egress/opened", Says: "The service is the device's own, which the far end asks."}
	}
	return "", observation.Evidence{}
}

// byPort takes what the knowledge base knows of the port.
func (t *talk) byPort(base *maker.Base) (string, observation.Evidence) {
	if base == nil || t.port == 0 {
		return "", observation.Evidence{}
	}
	for _, p := range base.Port(t.conv.Protocol, int(t.port)) {
		text := strings.ToLower(p.Service)
		purpose := ""
		switch {
		case strings.Contains(text, "cloud side") && t.conv.Scope != ScopeOutside:
			continue
		case strings.Contains(text, "discovery"), strings.Contains(text, "lan search"), strings.Contains(text, "easy ip setup"), strings.Contains(text, "broadcast"):
			if t.conv.Scope == ScopeOutside {
				continue
			}
			purpose = PurposeDiscovery
		case strings.Contains(text, "p2p"), strings.Contains(text, "relay"), strings.Contains(text, "kalay master"):
			purpose = PurposeP2P
		default:
			continue
		}
		return purpose, observation.Evidence{
			Field: "port", Value: fmt.Sprintf("%s/%d", t.conv.Protocol, t.port), Rule: p.Row, Source: p.Source.String(), Unverified: !p.Source.Verified,
			Says: fmt.Sprintf("The port is known for %s.", p.Service),
		}
	}
	return "", observation.Evidence{}
}

// byController leaves it at the company's service, not known which.
func (t *talk) byController() (string, observation.Evidence) {
	if t.conv.ControllerID == "" {
		return "", observation.Evidence{}
	}
	for i := range t.conv.Evidence {
		if ev := t.conv.Evidence[i]; ev.Rule == t.domain.Row || strings.HasPrefix(ev.Rule, "network/") {
			ev.Says = fmt.Sprintf("It is a service of %s, not known which.", t.conv.Controller)
			return PurposeCloud, ev
		}
	}
	return PurposeCloud, observation.Evidence{Rule: "egress/controller", Says: fmt.Sprintf("It is a service of %s, not known which.", t.conv.Controller)}
}
