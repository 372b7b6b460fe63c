package record

import (
	"bytes"
	"context"
	"io"
	"net/netip"

	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/observation"
)

// Suricata's EVE JSON, one event a line (eve-log output of Suricata 4 to 8).
//
// Read are flow, netflow, dns (versions 1, 2 and 3), mdns, http, tls, quic, dhcp,
// arp and ftp. Of the other protocols that Suricata logs, an event says only that
// its addresses spoke; alert, anomaly, fileinfo and stats repeat what others say,
// or say nothing of devices.
//
// Format: https://docs.suricata.io/en/latest/output/eve/eve-json-format.html
var eveReader = Reader{Name: "Suricata EVE JSON", Fuzz: "FuzzEVE", Is: isEVE, Read: readEVE}

// isEVE reports whether the first line that is there begins as an event.
func isEVE(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	o, ok := object(head)
	if !ok {
		return false
	}
	stamped, typed := false, false
	for o.next() && !(stamped && typed) {
		switch string(o.key) {
		case "timestamp":
			stamped = stamp(text(o.val)) != 0
		case "event_type":
			typed = text(o.val) != nil
		}
	}
	return stamped && typed
}

func readEVE(ctx context.Context, r io.Reader, job *Job) (Result, error) {
	res, all, err := readLines(ctx, r, job, lineFormat{line: eveLine})
	res.Format = "Suricata EVE JSON"
	res.Lacks = eveLacks(all)
	return res, err
}

// What was met in an EVE input, as bits of [batch.notes].
const (
	eveFlows uint64 = 1 << iota
	eveNetflows
	eveServers // HTTP Server headers, which are logged only when asked for
	eveCerts   // certificates whole
	eveMDNS
)

// eveLacks says what packets would have shown.
func eveLacks(t *tally) []string {
	var out []string
	if !t.has.mac {
		out = append(out, "hardware addresses, except in DHCP")
	}
	if t.has.notes&(eveFlows|eveNetflows) == 0 {
		out = append(out, "flows: who sent how much to whom")
	}
	if t.has.notes&eveServers == 0 {
		out = append(out, "headers of HTTP answers (Server, WWW-Authenticate)")
	}
	out = append(out, "the contents of HTTP answers: titles, icons, device descriptions (UPnP, HNAP, ISAPI, ONVIF)")
	if t.has.notes&eveMDNS == 0 {
		out = append(out, "multicast discovery (mDNS, SSDP, WS-Discovery, SADP, DHIP)")
	} else {
		out = append(out, "multicast discovery other than mDNS (SSDP, WS-Discovery, SADP, DHIP)")
	}
	if t.has.notes&eveCerts == 0 {
		out = append(out, "keys of certificates")
	}
	return append(out, "RTSP and RTP", "NTP, SNMP answers and the makers' own protocols", "DHCP parameter lists", "the shape of traffic within a flow")
}

// An eveType is a type of event.
type eveType uint8

const (
	eveOther eveType = iota // says that its addresses spoke
	eveSkipped
	eveFlow
	eveNetflow
	eveDNS
	eveMDNSType
	eveHTTP
	eveTLS
	eveQUIC
	eveDHCP
	eveARP
	eveFTP
	eveTypes
)

func eveTypeOf(name []byte) eveType {
	switch string(name) {
	case "flow":
		return eveFlow
	case "netflow":
		return eveNetflow
	case "dns":
		return eveDNS
	case "mdns":
		return eveMDNSType
	case "http":
		return eveHTTP
	case "tls":
		return eveTLS
	case "quic":
		return eveQUIC
	case "dhcp":
		return eveDHCP
	case "arp":
		return eveARP
	case "ftp":
		return eveFTP
	case "alert", "anomaly", "stats", "fileinfo", "drop", "pkthdr", "packet", "metadata", "engine", "lua", "pgsql_stats":
		return eveSkipped
	}
	return eveOther
}

// An eveEvent is the members of one event that are read, as they are written.
type eveEvent struct {
	kind     eveType
	time     int64
	timeText []byte
	flowID   []byte
	src, dst netip.Addr
	sport    uint16
	dport    uint16
	proto    []byte
	app      []byte
	vlan     uint16
	srcMAC   observation.MAC
	dstMAC   observation.MAC
	tcp      []byte
	count    eveCount
	body     [eveTypes][]byte
}

// An eveCount is what the members flow and tcp of a flow event say.
type eveCount struct {
	toServer, toClient           uint64 // packets
	bytesToServer, bytesToClient uint64
	start, end                   int64
	flagsServer, flagsClient     uint8 // towards them
}

// members reads the members of either; no name stands in both.
func (c *eveCount) members(o *jsonObject) {
	for o.next() {
		switch string(o.key) {
		case "pkts_toserver":
			c.toServer = count(o.val)
		case "pkts_toclient":
			c.toClient = count(o.val)
		case "bytes_toserver":
			c.bytesToServer = count(o.val)
		case "bytes_toclient":
			c.bytesToClient = count(o.val)
		case "start":
			c.start = stamp(text(o.val))
		case "end":
			c.end = stamp(text(o.val))
		case "tcp_flags_ts":
			c.flagsServer = hexByte(text(o.val))
		case "tcp_flags_tc":
			c.flagsClient = hexByte(text(o.val))
		}
	}
}

const notJSON = "lines that are no JSON object, or were cut"

// eveLine reads one line.
func eveLine(b *batch, line []byte) {
	var e eveEvent
	switch e.read(line) {
	case eveBad:
		b.bad(notJSON)
		return
	case eveNoEvent:
		b.bad("lines that are JSON but no event: without event_type or timestamp")
		return
	}
	b.records++
	if e.kind == eveSkipped {
		return
	}
	e.time = stamp(e.timeText)
	b.hasMAC = b.hasMAC || !e.srcMAC.IsZero()
	switch e.kind {
	case eveFlow:
		e.flow(b)
		return
	case eveNetflow:
		e.netflow(b)
		return
	}
	b.time(e.time, e.time)
	if e.kind != eveARP {
		b.sights.see(speaker{e.src, e.srcMAC, e.vlan}, e.time, e.time, 0, 0)
	}
	switch e.kind {
	case eveDNS:
		e.dns(b)
	case eveMDNSType:
		e.mdns(b)
	case eveHTTP:
		e.http(b)
	case eveTLS:
		e.tls(b)
	case eveQUIC:
		e.quic(b)
	case eveDHCP:
		e.dhcp(b)
	case eveARP:
		e.arp(b)
	case eveFTP:
		e.ftp(b)
	}
}

// Outcomes of reading an event.
type eveOutcome uint8

const (
	eveRead eveOutcome = iota
	eveBad
	eveNoEvent
)

// read walks the members of the line. Of an event that is skipped it reads no
// further than its type, except to see that the line was not cut.
func (e *eveEvent) read(line []byte) eveOutcome {
	o, ok := object(line)
	if !ok {
		return eveBad
	}
	typed := false
	for o.name() {
		if e.kind == eveFlow && (string(o.key) == "flow" || string(o.key) == "tcp") {
			if inner, ok := o.within(); ok { // the most frequent of all: walked once only
				e.count.members(&inner)
				if !o.behind(&inner) {
					return eveBad
				}
				continue
			}
		}
		if !o.value() {
			break
		}
		v := o.val
		switch string(o.key) {
		case "timestamp":
			e.timeText = text(v)
		case "event_type":
			e.kind = eveTypeOf(text(v))
			if typed = true; e.kind == eveSkipped && e.timeText != nil {
				if end := bytes.TrimRight(line, " \t"); end[len(end)-1] != '}' {
					return eveBad
				}
				return eveRead
			}
		case "flow_id":
			e.flowID = v
		case "src_ip":
			e.src = address(text(v))
		case "dest_ip":
			e.dst = address(text(v))
		case "src_port":
			e.sport = small(v)
		case "dest_port":
			e.dport = small(v)
		case "proto":
			e.proto = text(v)
		case "app_proto":
			e.app = text(v)
		case "vlan":
			e.vlan = firstVLAN(v)
		case "ether":
			e.ether(v)
		case "tcp":
			e.tcp = v
		case "flow":
			e.body[eveFlow] = v
		case "netflow":
			e.body[eveNetflow] = v
		case "dns":
			e.body[eveDNS] = v
		case "mdns":
			e.body[eveMDNSType] = v
		case "http":
			e.body[eveHTTP] = v
		case "tls":
			e.body[eveTLS] = v
		case "quic":
			e.body[eveQUIC] = v
		case "dhcp":
			e.body[eveDHCP] = v
		case "arp":
			e.body[eveARP] = v
		case "ftp":
			e.body[eveFTP] = v
		}
	}
	if !o.closed() {
		return eveBad
	}
	if !typed || e.timeText == nil {
		return eveNoEvent
	}
	return eveRead
}

// firstVLAN reads a number, or the first of a list, which is the outermost.
func firstVLAN(v []byte) uint16 {
	if a := array(v); a.next() {
		v = a.val
	}
	return small(v) & 0xfff
}

// ether reads the hardware addresses that Suricata logs when asked for: of one
// packet, or of a flow as lists. Of a list with more than one the addresses are
// several senders', and none is kept.
func (e *eveEvent) ether(v []byte) {
	o, _ := object(v)
	for o.next() {
		to := &e.srcMAC
		switch string(o.key) {
		case "src_mac":
		case "dest_mac":
			to = &e.dstMAC
		case "src_macs":
			o.val = only(o.val)
		case "dest_macs":
			o.val, to = only(o.val), &e.dstMAC
		default:
			continue
		}
		if m, ok := observation.ParseMAC(string(text(o.val))); ok {
			*to = m
		}
	}
}

// only is the element of an array that has one.
func only(v []byte) []byte {
	a := array(v)
	if !a.next() {
		return nil
	}
	first := a.val
	if a.next() {
		return nil
	}
	return first
}

// flow reads an event of type flow. Source is who sent the first packet that
// Suricata saw.
func (e *eveEvent) flow(b *batch) {
	b.notes |= eveFlows
	if !e.src.IsValid() || !e.dst.IsValid() {
		b.bad("flow events without addresses")
		return
	}
	for _, member := range [][]byte{e.body[eveFlow], e.tcp} { // those that stood before event_type
		if o, ok := object(member); ok {
			e.count.members(&o)
		}
	}
	s := b.flow()
	b.name(isToldFlow, e.flowID)
	e.ends(s)
	c := &e.count
	s.First, s.Last, s.Begins = c.start, c.end, true
	s.Client.Packets, s.Client.Bytes = c.toServer, c.bytesToServer
	s.Server.Packets, s.Server.Bytes = c.toClient, c.bytesToClient
	if s.Proto == 6 {
		s.Client.Flags, s.Server.Flags = c.flagsServer, c.flagsClient
		s.Begins = s.Client.Flags&flagSYN != 0
	}
	e.finish(b, s)
}

// ends fills in who spoke with whom.
func (e *eveEvent) ends(s *flow.Summary) {
	s.Proto, s.VLAN = protocol(e.proto), e.vlan
	s.App = appName(e.app)
	s.Client.Addr, s.Server.Addr = e.addresses()
	s.Client.MAC, s.Server.MAC = e.srcMAC, e.dstMAC
}

// addresses gives source and destination; ports only of TCP and UDP.
func (e *eveEvent) addresses() (src, dst netip.AddrPort) {
	sport, dport := e.sport, e.dport
	if p := protocol(e.proto); p != 6 && p != 17 {
		sport, dport = 0, 0
	}
	return netip.AddrPortFrom(e.src, sport), netip.AddrPortFrom(e.dst, dport)
}

// turn puts the ends of a flow whose beginning was not seen, or that an answer
// began, the other way round, where the ports say so: a server's is a well-known
// one, and the client's is not.
func turn(s *flow.Summary) {
	if s.Proto == 6 && s.Begins {
		return
	}
	if c, r := s.Client.Addr.Port(), s.Server.Addr.Port(); c != 0 && c < 1024 && r >= 1024 {
		s.Client, s.Server, s.Begins = s.Server, s.Client, false
	}
}

// finish completes the times of a flow and notes who sent.
func (e *eveEvent) finish(b *batch, s *flow.Summary) {
	e.times(s)
	b.flowSights(s)
}

func (e *eveEvent) times(s *flow.Summary) {
	turn(s)
	if s.First == 0 {
		s.First = e.time
	}
	s.Last = max(s.First, s.Last)
}

const flagSYN = 2

// hexByte reads up to two hexadecimal digits.
func hexByte(b []byte) uint8 {
	var n uint8
	if len(b) > 2 {
		b = b[len(b)-2:]
	}
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9':
			n = n<<4 | (c - '0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			n = n<<4 | (c | 0x20 - 'a' + 10)
		default:
			return 0
		}
	}
	return n
}

// appName is the protocol above a flow, lower case; "" where it is not known.
// The protocols that tools name most cost no allocation.
func appName(b []byte) string {
	switch string(b) {
	case "", "failed", "-", "unknown":
		return ""
	case "tls", "ssl":
		return "tls"
	case "dns":
		return "dns"
	case "http":
		return "http"
	case "http2":
		return "http2"
	case "quic":
		return "quic"
	case "ntp":
		return "ntp"
	case "dhcp":
		return "dhcp"
	case "ssh":
		return "ssh"
	case "rtsp":
		return "rtsp"
	case "snmp":
		return "snmp"
	case "ftp":
		return "ftp"
	case "smtp":
		return "smtp"
	case "mdns":
		return "mdns"
	case "sip":
		return "sip"
	case "smb":
		return "smb"
	case "mqtt":
		return "mqtt"
	}
	if len(b) > 64 {
		return ""
	}
	return string(bytes.ToLower([]byte(cleanText(b))))
}

// flowSights notes the times of a flow and which of its ends sent something.
func (b *batch) flowSights(s *flow.Summary) {
	b.time(s.First, s.Last)
	b.sights.flow(s)
}
