// Package dissect turns the bytes of one message into fields: one file a
// protocol, each a pure function that keeps nothing between calls.
//
// It holds what a message says and whom it speaks about, and refuses to say
// what follows: it names no maker, joins no two messages into a device, and
// knows no addresses but those written in the bytes it was given. A [Memory]
// spares the work on messages that come again, and changes nothing of what is said.
//
// All input is hostile. Every parser is bounded in fields and in memory, takes
// time linear in its input, never panics, and accepts bytes cut at any place:
// fields found before the cut are kept. A message that does not parse yields
// fewer fields, never an error. Each dissector has a fuzz target named in
// [Dissectors].
package dissect

import (
	"bytes"

	"github.com/lenscap/lenscap/internal/observation"
)

// A Message is one message of one protocol with what it says.
type Message struct {
	Protocol   string              // lower case: "sadp", "rtsp" …
	FromClient bool                // in a stream: spoken by the client's half; false in datagrams and frames
	About      observation.About   // whom Fields describe
	End        int                 // in a stream: offset in the speaker's half just after this message; else 0
	Fields     []observation.Field // in the order seen, never empty

	Known *observation.Digest // from a [Memory]: with it Fields come again; else nil
}

// An Emit receives messages. Fields belong to the receiver after the call; they
// hold no reference to the bytes that were dissected.
type Emit func(Message)

// A Dissector reads one protocol. Functions that do not apply are nil.
type Dissector struct {
	Name string // protocol, the prefix of its field names
	Fuzz string // its fuzz target, in a test file of this package

	// Frame reads what follows one of EtherTypes on an Ethernet-like link.
	EtherTypes []uint16
	Frame      func(etherType uint16, src observation.MAC, payload []byte, emit Emit)

	// WLAN reads one 802.11 management frame from its frame control field on,
	// without radiotap header; a frame check sequence may or may not follow.
	WLAN func(frame []byte, emit Emit)

	// Datagram reads one UDP payload and reports whether it was of this
	// protocol, in which case no other dissector is asked. It is called for
	// datagrams from or to one of UDP, and for those that Looks accepts. Looks is
	// asked only if the first byte is one of Lead, or if Lead is empty.
	UDP      []uint16
	Lead     []byte
	Looks    func(b []byte) bool // by shape on any port; constant time, no allocation
	Datagram func(src, dst uint16, b []byte, emit Emit) bool

	// Stream reads both halves of one TCP conversation. It is called if
	// LooksStream accepts the first bytes of either half, or else if the
	// server's port is one of TCP; the first dissector in the list that
	// accepts by shape wins, then the first by port.
	TCP         []uint16
	LooksStream func(first []byte) bool // constant time, no allocation
	Stream      func(clientPort, serverPort uint16, client, server []byte, emit Emit)

	again func(m *Memory, client, server []byte, emit Emit) // Stream with a Memory, if it can use one
}

// Dissectors is every dissector, in the order they are asked.
var Dissectors = []Dissector{
	sadpDissector,
	dhipDissector,
	onvifDissector,
	isapiDissector,
	rtspDissector, // before HTTP, whose messages may tunnel it
	sdpDissector,
	rtpDissector,
	baichuanDissector,
	ppppDissector,
	quicDissector,
	stunDissector,
	tutkDissector,
	dhp2pDissector, // before SSDP, whose answers start alike
	dvripDissector,
	tvtDissector,
	dahuaDissector,
	ezvizDissector,
	hiksdkDissector, // before HTTP, which has the same port
	odidDissector,
	djiDissector, // inside odid
	arpDissector,
	dhcpDissector,
	dhcp6Dissector,
	dnsDissector,
	mdnsDissector,
	ssdpDissector,
	upnpDissector,
	httpDissector,
	hnapDissector,
	tlsDissector,
	ntpDissector,
	snmpDissector,
	lldpDissector,
	cdpDissector,
	discoveryDissector,
	ubntDissector,
	kasaDissector,
	tapoDissector,
	unifiDissector,
}

// Frame dissects what follows the ethertype of a link-level frame sent by src:
// ARP and the layer-2 form of SADP.
func Frame(etherType uint16, src observation.MAC, payload []byte, emit Emit) {
	for i := range Dissectors {
		d := &Dissectors[i]
		if d.Frame != nil && contains(d.EtherTypes, etherType) {
			d.Frame(etherType, src, payload, emit)
			return
		}
	}
}

// WLAN dissects one 802.11 management frame, from its frame control field on.
func WLAN(frame []byte, emit Emit) {
	for i := range Dissectors {
		if d := &Dissectors[i]; d.WLAN != nil {
			d.WLAN(frame, emit)
		}
	}
}

// Datagram dissects one UDP payload, by port first and by shape second. What no
// dissector recognises yields nothing.
func Datagram(src, dst uint16, payload []byte, emit Emit) {
	(*Memory)(nil).Datagram(src, dst, payload, emit)
}

// Datagram is [Datagram].
func (m *Memory) Datagram(src, dst uint16, payload []byte, emit Emit) {
	switch {
	case len(payload) == 0:
	case m != nil && (src == 53 || dst == 53) && m.dns(payload, emit):
	default:
		datagram(src, dst, payload, emit)
	}
}

func datagram(src, dst uint16, payload []byte, emit Emit) {
	for i := range Dissectors {
		d := &Dissectors[i]
		if d.Datagram != nil && (contains(d.UDP, dst) || contains(d.UDP, src)) && d.Datagram(src, dst, payload, emit) {
			return
		}
	}
	for i := range Dissectors {
		d := &Dissectors[i]
		if d.Looks != nil && d.leads(payload[0]) && d.Looks(payload) && d.Datagram(src, dst, payload, emit) {
			return
		}
	}
}

// DatagramWanted reports whether some dissector would look at the payload. It
// allocates nothing and looks at a few bytes only, so that it can be asked for
// every packet.
func DatagramWanted(src, dst uint16, payload []byte) bool {
	if len(payload) == 0 {
		return false
	}
	if udpPorts.has(src) || udpPorts.has(dst) {
		return true
	}
	for _, looks := range udpShapes[payload[0]] {
		if looks(payload) {
			return true
		}
	}
	return false
}

// leads reports whether a datagram that Looks accepts may start with b.
func (d *Dissector) leads(b byte) bool { return len(d.Lead) == 0 || bytes.IndexByte(d.Lead, b) >= 0 }

// Stream dissects one TCP conversation. Both halves start at their first byte;
// either may be empty or cut anywhere.
func Stream(clientPort, serverPort uint16, client, server []byte, emit Emit) {
	(*Memory)(nil).Stream(clientPort, serverPort, client, server, emit)
}

// Stream is [Stream].
func (m *Memory) Stream(clientPort, serverPort uint16, client, server []byte, emit Emit) {
	d := ofStream(serverPort, client, server)
	switch {
	case d == nil:
	case d.again != nil:
		d.again(m, client, server, emit)
	default:
		d.Stream(clientPort, serverPort, client, server, emit)
	}
}

// ofStream is the dissector that reads a conversation, nil if none does.
func ofStream(serverPort uint16, client, server []byte) *Dissector {
	if isTLSRecord(client) && (len(server) == 0 || isTLSRecord(server)) && looksTLS(client) { // most of what there is
		return &tlsDissector
	}
	for i := range Dissectors {
		d := &Dissectors[i]
		if d.LooksStream != nil && (d.LooksStream(client) || d.LooksStream(server)) {
			return d
		}
	}
	for i := range Dissectors {
		d := &Dissectors[i]
		if d.Stream != nil && contains(d.TCP, serverPort) {
			return d
		}
	}
	return nil
}

// isTLSRecord reports whether b begins with a type of TLS record, with which no
// other dissector's shape does.
func isTLSRecord(b []byte) bool { return len(b) > 0 && b[0] >= 20 && b[0] <= 23 }

// between lists the bytes from first to last.
func between(first, last byte) []byte {
	all := make([]byte, 0, int(last-first)+1)
	for b := int(first); b <= int(last); b++ {
		all = append(all, byte(b))
	}
	return all
}

// StreamWanted reports whether a conversation is worth collecting, given the
// server's port and the first bytes that either half sent. Eight bytes are
// enough to decide. It allocates nothing.
func StreamWanted(serverPort uint16, first []byte) bool {
	if tcpPorts.has(serverPort) {
		return true
	}
	for _, looks := range tcpShapes {
		if looks(first) {
			return true
		}
	}
	return false
}

// A portSet holds port numbers; one bit each.
type portSet [65536 / 64]uint64

func (s *portSet) has(p uint16) bool { return s[p>>6]>>(p&63)&1 != 0 }

// What the cheap tests need, gathered from the list once.
var (
	udpPorts  = gatherPorts(func(d *Dissector) []uint16 { return d.UDP })
	tcpPorts  = gatherPorts(func(d *Dissector) []uint16 { return d.TCP })
	udpShapes = gatherLeads()
	tcpShapes = gatherShapes()
)

func gatherPorts(of func(*Dissector) []uint16) *portSet {
	s := new(portSet)
	for i := range Dissectors {
		for _, p := range of(&Dissectors[i]) {
			s[p>>6] |= 1 << (p & 63)
		}
	}
	return s
}

// gatherLeads lists for each first byte the shapes of datagrams to try.
func gatherLeads() (byFirst [256][]func([]byte) bool) {
	for i := range Dissectors {
		d := &Dissectors[i]
		for b := range byFirst {
			if d.Looks != nil && d.leads(byte(b)) {
				byFirst[b] = append(byFirst[b], d.Looks)
			}
		}
	}
	return byFirst
}

func gatherShapes() []func([]byte) bool {
	var all []func([]byte) bool
	for i := range Dissectors {
		if looks := Dissectors[i].LooksStream; looks != nil {
			all = append(all, looks)
		}
	}
	return all
}

func contains(ports []uint16, p uint16) bool {
	for _, x := range ports {
		if x == p {
			return true
		}
	}
	return false
}
