package record

import (
	"bytes"
	"net/netip"

	"github.com/lenscap/lenscap/internal/observation"
)

// A zeekEntry is one line of a log that is known.
type zeekEntry struct {
	row  *zeekRow
	kind zeekKind
	time int64

	orig, resp netip.AddrPort
}

// read says what the line does.
func (z *zeekEntry) read(b *batch) {
	if z.kind == zeekConn {
		z.conn(b)
		return
	}
	b.time(z.time, z.time)
	z.orig = netip.AddrPortFrom(b.addrs.read(z.row.text(zOrigH)), small(z.row.text(zOrigP)))
	z.resp = netip.AddrPortFrom(b.addrs.read(z.row.text(zRespH)), small(z.row.text(zRespP)))
	z.spoke(b, z.orig.Addr())
	switch z.kind {
	case zeekDNS:
		z.dns(b)
	case zeekHTTP:
		z.http(b)
	case zeekSSL:
		z.ssl(b)
	case zeekQUIC:
		z.quic(b)
	case zeekDHCP:
		z.dhcp(b)
	case zeekSoftware:
		z.software(b)
	case zeekKnownHosts, zeekKnownServices:
		z.spoke(b, address(z.row.text(zHost)))
	case zeekKnownDevices:
		z.knownDevice(b)
	case zeekKnownCerts:
		z.knownCert(b)
	case zeekX509:
		z.x509(b)
	case zeekNTP:
		z.ntp(b)
	case zeekSNMP:
		z.snmp(b)
	case zeekSIP:
		z.say(b, "sip", z.orig, z.resp, observation.Sender, z.only(b, observation.SIPAgent, zUserAgent))
	}
}

// spoke notes that an address sent something.
func (z *zeekEntry) spoke(b *batch, a netip.Addr) {
	if a.IsValid() {
		b.sights.see(speaker{ip: a}, z.time, z.time, 0, 0)
	}
}

func (z *zeekEntry) say(b *batch, protocol string, from, to netip.AddrPort, about observation.About, f []observation.Field) {
	if len(f) == 0 {
		return
	}
	o := b.observation()
	o.Seen = nano(z.time)
	o.Last, o.Protocol, o.From, o.To, o.About, o.Fields = o.Seen, protocol, from, to, about, f
}

// conn reads a line of conn.log.
func (z *zeekEntry) conn(b *batch) {
	r := z.row
	orig, resp := b.addrs.read(r.text(zOrigH)), b.addrs.read(r.text(zRespH))
	if !orig.IsValid() || !resp.IsValid() {
		b.bad("lines of conn.log without addresses")
		return
	}
	s := b.flow()
	s.First = z.time
	s.Last = z.time + max(seconds(r.text(zDuration)), 0)
	if s.Proto = protocol(r.text(zProto)); s.Proto == 1 && orig.Is6() {
		s.Proto = 58 // Zeek calls both icmp
	}
	if r.has(zIPProto) {
		s.Proto = uint8(min(r.number(zIPProto), 255))
	}
	sport, dport := uint16(0), uint16(0)
	if s.Proto == 6 || s.Proto == 17 {
		sport, dport = small(r.text(zOrigP)), small(r.text(zRespP))
	}
	s.Client.Addr, s.Server.Addr = netip.AddrPortFrom(orig, sport), netip.AddrPortFrom(resp, dport)
	s.VLAN = small(r.text(zVLAN)) & 0xfff
	if r.has(zOrigL2) || r.has(zRespL2) {
		s.Client.MAC, _ = observation.ParseMAC(string(r.text(zOrigL2)))
		s.Server.MAC, _ = observation.ParseMAC(string(r.text(zRespL2)))
		b.hasMAC = true
	}
	s.Client.Packets, s.Client.Bytes = r.number(zOrigPkts), r.number(zOrigIPBytes)
	s.Server.Packets, s.Server.Bytes = r.number(zRespPkts), r.number(zRespIPBytes)
	s.Client.Shape.Payload, s.Server.Shape.Payload = r.number(zOrigBytes), r.number(zRespBytes)
	if !r.has(zOrigIPBytes) { // without the packet counts of the default log
		s.Client.Bytes, s.Server.Bytes = s.Client.Shape.Payload, s.Server.Shape.Payload
	}
	service := r.text(zService)
	if end := bytes.IndexByte(service, ','); end >= 0 {
		service = service[:end]
	}
	s.App = appName(service)
	history := readHistory(r.text(zHistory))
	s.Begins = s.Proto != 6 || history.begins && !history.flipped
	if s.Proto == 6 {
		s.Client.Flags, s.Server.Flags = history.orig, history.resp
	}
	turn(s)
	b.flowSights(s)
}

// A zeekHistory is what the history of a connection proves.
type zeekHistory struct {
	orig, resp uint8 // TCP flags
	begins     bool  // with a SYN of the originator
	flipped    bool  // Zeek took the responder for the originator at first
}

// readHistory reads a column in which upper case letters are the originator's.
func readHistory(letters []byte) (h zeekHistory) {
	for _, c := range letters {
		if flags := historyFlags[c|0x20]; c < 'a' {
			h.orig |= flags
		} else {
			h.resp |= flags
		}
		h.begins = h.begins || c == 'S'
		h.flipped = h.flipped || c == '^'
	}
	return h
}

// historyFlags are the TCP flags that a letter proves.
var historyFlags = [256]uint8{'s': 0x02, 'h': 0x12, 'a': 0x10, 'd': 0x10, 'f': 0x01, 'r': 0x04}

// dns reads a line of dns.log: a question and, where there was one, its answer.
// Multicast and NetBIOS names stand in the same log; they are left out, for the
// log does not say who answered.
func (z *zeekEntry) dns(b *batch) {
	switch z.resp.Port() {
	case 5353, 5355, 137:
		return
	}
	name := bytes.TrimSuffix(z.row.text(zQuery), []byte("."))
	if len(name) == 0 {
		return
	}
	z.say(b, "dns", z.orig, z.resp, observation.Sender, b.cached("dns?", func() []observation.Field {
		var f fieldList
		f.add(observation.DNSQuestion, bytes.ToLower(name))
		return f
	}, name))
	if !z.row.has(zAnswers) {
		if z.row.has(zRcode) {
			z.spoke(b, z.resp.Addr())
		}
		return
	}
	z.spoke(b, z.resp.Addr())
	z.say(b, "dns", z.resp, z.orig, observation.Receiver, b.cached("dns=", func() []observation.Field {
		var f fieldList
		name := string(bytes.ToLower(name))
		z.row.list(zAnswers, func(v []byte) bool {
			if ip := address(v); ip.IsValid() {
				f.addOnce(observation.DNSAnswer, []byte(name+" "+ip.String()))
			}
			return true
		})
		return f
	}, name, z.row.raw(zAnswers)))
}

// http reads a line of http.log: a request and, where there was one, its answer.
func (z *zeekEntry) http(b *batch) {
	r := z.row
	host, agent := r.text(zHost), r.text(zUserAgent)
	z.say(b, "http", z.orig, z.resp, observation.Sender, b.httpRequest(host, agent))
	status, uri := statusCode(r.text(zStatus)), r.text(zURI)
	if status == nil {
		return
	}
	z.spoke(b, z.resp.Addr())
	if bytes.Contains(uri, []byte("://")) {
		return // to a proxy: the answer speaks of a third device
	}
	z.say(b, "http", z.resp, z.orig, observation.Sender, b.httpAnswer(status, uri, nil, nil))
}

// quic reads a line of quic.log.
func (z *zeekEntry) quic(b *batch) {
	version, name := z.row.text(zVersion), z.row.text(zServerName)
	z.say(b, "quic", z.orig, z.resp, observation.Sender, b.cached("quic", func() []observation.Field {
		var f fieldList
		f.add(observation.QUICVersion, version)
		f.add(observation.QUICSNI, bytes.ToLower(name))
		return f
	}, version, name))
}

// dhcp reads a line of dhcp.log, which sums up a whole exchange (Zeek 3 and later)
// or tells a lease (before).
func (z *zeekEntry) dhcp(b *batch) {
	r := z.row
	m, ok := observation.ParseMAC(string(r.text(zMAC)))
	if !ok || m.Group() {
		return
	}
	request, acked := "", r.has(zAssignedIP)
	r.list(zMsgTypes, func(v []byte) bool {
		switch string(v) {
		case "ACK":
			acked = true
		case "DISCOVER":
			request = "DISCOVER"
		case "REQUEST":
			request = "REQUEST"
		case "INFORM":
			request = "INFORM"
		case "RELEASE":
			request = "RELEASE"
		case "DECLINE":
			request = "DECLINE"
		}
		return true
	})
	name := r.text(zHostName)
	if len(name) == 0 {
		name = r.text(zClientFQDN)
	}
	class, requested := r.text(zClientSoftware), r.text(zRequestedAddr)
	f := b.cached("dhcp?"+request, func() []observation.Field {
		var f fieldList
		f.add(observation.DHCPMessage, []byte(request))
		f.add(observation.DHCPMAC, []byte(m.String()))
		f.add(observation.DHCPVendorClass, class)
		f.add(observation.DHCPHostname, name)
		f.addAddr(observation.DHCPRequestedIP, requested)
		return f
	}, m[:], class, name, requested)
	client, server := netip.AddrPortFrom(address(r.text(zClientAddr)), 68), netip.AddrPortFrom(address(r.text(zServerAddr)), 67)
	if client.Addr().IsValid() {
		z.spoke(b, client.Addr())
	} else {
		client = netip.AddrPort{}
	}
	if !server.Addr().IsValid() {
		server = z.resp // of a log before Zeek 3; the zero address in later ones
	}
	z.say(b, "dhcp", client, server, observation.Named, f)
	if !acked {
		return
	}
	z.spoke(b, server.Addr())
	assigned := r.text(zAssignedAddr)
	if r.has(zAssignedIP) {
		assigned = r.text(zAssignedIP)
	}
	z.say(b, "dhcp", server, client, observation.Named, b.cached("dhcp=", func() []observation.Field {
		var f fieldList
		f.add(observation.DHCPMessage, []byte("ACK"))
		f.add(observation.DHCPMAC, []byte(m.String()))
		f.addAddr(observation.DHCPAssignedIP, assigned)
		return f
	}, m[:], assigned))
}

// software reads a line of software.log: what a device calls itself.
func (z *zeekEntry) software(b *batch) {
	r := z.row
	of := netip.AddrPortFrom(address(r.text(zHost)), small(r.text(zHostP)))
	if !of.Addr().IsValid() {
		return
	}
	z.spoke(b, of.Addr())
	protocol, name := "", ""
	switch string(r.text(zSoftwareType)) {
	case "HTTP::SERVER", "HTTP::APPSERVER":
		protocol, name = "http", observation.HTTPServer
	case "HTTP::BROWSER":
		protocol, name = "http", observation.HTTPUserAgent
	case "DHCP::CLIENT":
		protocol, name = "dhcp", observation.DHCPVendorClass
	case "FTP::SERVER":
		protocol, name = "ftp", observation.FTPBanner
	default:
		return
	}
	z.say(b, protocol, of, netip.AddrPort{}, observation.Sender, z.only(b, name, zUnparsed))
}

// only is a list of one field, the text of a column.
func (z *zeekEntry) only(b *batch, name string, f zeekField) []observation.Field {
	value := z.row.text(f)
	return b.cached(name, func() []observation.Field {
		var f fieldList
		f.add(name, value)
		return f
	}, value)
}

// knownDevice reads a line of known_devices.log: a hardware address, and the name
// it gave in DHCP.
func (z *zeekEntry) knownDevice(b *batch) {
	m, ok := observation.ParseMAC(string(z.row.text(zMAC)))
	if !ok || m.Group() {
		return
	}
	b.hasMAC = true
	name := z.row.text(zDHCPHost)
	z.say(b, "dhcp", netip.AddrPort{}, netip.AddrPort{}, observation.Named, b.cached("known", func() []observation.Field {
		var f fieldList
		f.add(observation.DHCPMAC, []byte(m.String()))
		f.add(observation.DHCPHostname, name)
		return f
	}, m[:], name))
}

// ntp reads a line of ntp.log: one message.
func (z *zeekEntry) ntp(b *batch) {
	from, to := z.orig, z.resp
	var mode []observation.Field
	switch string(z.row.text(zMode)) {
	case "3":
		mode = ntpClient
	case "4":
		mode, from, to = ntpServer, z.resp, z.orig
		z.spoke(b, from.Addr())
	}
	z.say(b, "ntp", from, to, observation.Sender, mode)
}

// Every message of NTP says one of the two.
var (
	ntpClient = []observation.Field{{Name: observation.NTPMode, Value: "client"}}
	ntpServer = []observation.Field{{Name: observation.NTPMode, Value: "server"}}
)

// snmp reads a line of snmp.log, of which the description is the responder's.
func (z *zeekEntry) snmp(b *batch) {
	if !z.row.has(zDisplay) {
		return
	}
	z.spoke(b, z.resp.Addr())
	z.say(b, "snmp", z.resp, z.orig, observation.Sender, z.only(b, observation.SNMPSysDescr, zDisplay))
}
