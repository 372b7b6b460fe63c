// Package export decodes what flow exporters send: NetFlow 5 and 9, and IPFIX.
//
// It turns messages into flow summaries, both directions of a flow in one, and
// says what could not be decoded. It receives nothing itself: messages come out
// of captures, files or a listener of its caller. It remembers templates and the
// records that wait for their other direction, in fixed memory, and names no
// device.
package export

import (
	"net/netip"

	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/observation"
)

// A Sink receives flows. It keeps no reference to what it is given.
type Sink interface {
	Flow(s *flow.Summary)    // Input and Number set
	Sight(s device.Sighting) // an address, with its MAC where the record has one, that sent
}

// A Decoder decodes the messages of NetFlow and IPFIX exporters, whether they
// come out of a capture or of a file. Templates are kept for each exporter and
// observation domain, [maxTemplates] of them at most.
//
// Formats: NetFlow 5 as Cisco documents it; NetFlow 9, RFC 3954; IPFIX, RFC
// 7011, with the two directions of RFC 5103; information elements as IANA
// numbers them.
type Decoder struct {
	sink      Sink
	input     int
	templates map[templateKey]*template
	boots     map[templateKey]int64 // when an exporter started, ns, as its options say; id 0
	joiner    joiner
	gaps      gaps
	Times     func(first, last int64) (int64, int64) // nil, or gives the times to keep of a record that began and ended then, ns
	sampled   bool                                   // some exporter says that it looks at only some of the packets
	versions  [11]int64
	nfdump    int64 // records of nfdump files
	Records   int64 // flow records read
	Data      int64 // data records met, options among them: what an IPFIX exporter numbers (RFC 7011, section 3.1)
	Faults    int64 // messages, sets and templates that could not be decoded
	Blind     int64 // of these, data sets whose template was not seen before them
	First     int64 // earliest, nanoseconds since 1970-01-01 UTC; 0 for none
	Last      int64
}

// New returns a decoder that gives flows of that input to sink.
func New(input int, sink Sink) *Decoder {
	x := &Decoder{sink: sink, input: input, templates: map[templateKey]*template{}, boots: map[templateKey]int64{}}
	x.joiner.init(func(r *exported) { x.hand(r) })
	return x
}

// Looks reports whether a UDP payload may be an exporter's message. It is
// strict enough to be asked about every datagram on any port, and costs a few
// comparisons.
func Looks(b []byte) bool {
	if len(b) < 20 || b[0] != 0 {
		return false
	}
	switch b[1] {
	case 5:
		n := int(be16(b[2:]))
		return n > 0 && n <= 30 && len(b) == 24+48*n
	case 9:
		if len(b) < 24 {
			return false
		}
		n, first, length := be16(b[2:]), be16(b[20:]), int(be16(b[22:]))
		return n > 0 && n < 512 && (first <= 1 || first >= 256) && length >= 4 && length <= len(b)-20
	case 10:
		if int(be16(b[2:])) != len(b) {
			return false
		}
		first, length := be16(b[16:]), int(be16(b[18:]))
		return (first == 2 || first == 3 || first >= 256) && length >= 4 && length <= len(b)-16
	}
	return false
}

// Message decodes one message that exporter sent. at is when it came, and
// stands in for times the message does not carry; number is the packet or
// record it came in.
func (x *Decoder) Message(exporter netip.AddrPort, b []byte, at, number int64) {
	m := message{x: x, b: b, exporter: exporter, at: at, number: number}
	switch {
	case len(b) >= 24 && be16(b) == 5:
		m.v5()
	case len(b) >= 20 && be16(b) == 9:
		m.v9()
	case len(b) >= 16 && be16(b) == 10:
		m.ipfix()
	default:
		x.gaps.add(-1, int64(len(b)), 1, "export messages of an unknown version")
		return
	}
	x.versions[b[1]]++
}

// Finish hands over the records that wait for their other direction.
func (x *Decoder) Finish() { x.joiner.flush() }

// Gaps lists what was not understood. Packets counts messages, sets or records.
func (x *Decoder) Gaps() []capture.Gap { return x.gaps.list }

// Lacks says what packets would have shown and export records do not hold.
func (x *Decoder) Lacks() []string {
	lacks := []string{
		"names: which the devices used for far ends (DNS, TLS, HTTP)",
		"what devices say of themselves: model, firmware and serial",
		"size and time of single packets, so that video is told from totals only",
		"broadcast and multicast inside a segment that no exporter sees",
	}
	if x.sampled {
		lacks = append(lacks, "packets that the exporter left out: it samples, and counts are given as exported, not scaled up")
	}
	return lacks
}

// Versions words which versions were read: "NetFlow v9, IPFIX".
func (x *Decoder) Versions() string {
	out := ""
	for v, name := range []string{5: "NetFlow v5", 9: "NetFlow v9", 10: "IPFIX"} {
		if name != "" && x.versions[v] > 0 {
			if out != "" {
				out += ", "
			}
			out += name
		}
	}
	if x.nfdump > 0 {
		return "nfdump"
	}
	return out
}

// exported is one flow record, both directions where the exporter joined them.
type exported struct {
	src, dst       netip.Addr
	srcMAC, dstMAC observation.MAC
	sport, dport   uint16
	vlan           uint16
	proto, flags   uint8
	back           uint8 // flags of the other direction
	ttl            uint8
	packets, bytes uint64
	backPackets    uint64
	backBytes      uint64
	first, last    int64
	number         int64
	knownStart     bool // src is who opened the flow, because the exporter says so
}

// late is said of flows whose time cannot be right: exporters that read a
// capture of another day count from their own start, and the count wraps.
const late = "flows that end after the message telling of them: read, but their times are not to be relied on"

// take checks a record and lets it wait for its other direction. when stands in
// for a time it does not carry.
func (x *Decoder) take(r *exported, when int64) {
	if !r.src.IsValid() || !r.dst.IsValid() {
		x.gaps.add(-1, 0, 1, "export records without addresses")
		return
	}
	if r.packets|r.backPackets == 0 && r.bytes|r.backBytes == 0 {
		x.gaps.add(-1, 0, 1, "export records that count nothing")
		return
	}
	if r.first <= 0 {
		r.first = when
	}
	r.last = max(r.last, r.first)
	if when > 0 && r.last > when+minute {
		x.gaps.add(-1, 0, 1, late)
	}
	if x.Times != nil {
		r.first, r.last = x.Times(r.first, r.last)
	}
	if r.proto != 6 && r.proto != 17 && r.proto != 132 {
		r.sport, r.dport = 0, 0 // ICMP's type and code are written there
	}
	x.Records++
	x.joiner.add(r)
}

// hand gives a flow to the sink, the client first.
func (x *Decoder) hand(r *exported) {
	x.note(r.first, r.last)
	client := flow.End{Addr: netip.AddrPortFrom(r.src, r.sport), MAC: r.srcMAC, Packets: r.packets, Bytes: r.bytes, Flags: r.flags, TTL: r.ttl}
	server := flow.End{Addr: netip.AddrPortFrom(r.dst, r.dport), MAC: r.dstMAC, Packets: r.backPackets, Bytes: r.backBytes, Flags: r.back}
	for _, e := range []*flow.End{&client, &server} {
		if e.Packets > 0 && !e.Addr.Addr().IsUnspecified() {
			x.sink.Sight(device.Sighting{
				Input: x.input, MAC: e.MAC, IP: e.Addr.Addr(), First: nanoTime(r.first), Last: nanoTime(r.last),
				Packets: int64(e.Packets), Bytes: int64(e.Bytes), VLAN: r.vlan, TTL: e.TTL,
			})
		}
	}
	opened, sure := r.opened()
	if opened < 0 {
		client, server = server, client
	}
	x.sink.Flow(&flow.Summary{
		Input: x.input, Number: r.number, First: r.first, Last: r.last, Client: client, Server: server, VLAN: r.vlan, Proto: r.proto, Begins: sure,
	})
}

func (x *Decoder) note(first, last int64) {
	if x.First == 0 || first < x.First {
		x.First = first
	}
	x.Last = max(x.Last, last)
}

// opened says who opened the flow: 1 the source, -1 the destination; and
// whether the record shows it rather than the ports suggest it.
func (r *exported) opened() (int, bool) {
	if r.knownStart {
		return 1, true
	}
	switch s, d := flow.ServesAt(r.sport), flow.ServesAt(r.dport); {
	case s > d:
		return -1, r.proto != 6 || (r.flags|r.back)&2 != 0
	case s < d:
		return 1, r.proto != 6 || (r.flags|r.back)&2 != 0
	}
	return 1, false
}
