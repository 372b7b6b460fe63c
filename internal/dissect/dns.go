package dissect

import (
	"encoding/binary"
	"net/netip"
	"strings"

	"github.com/miekg/dns"

	"github.com/lenscap/lenscap/internal/observation"
)

// DNS (RFC 1035) over UDP and TCP.
var dnsDissector = Dissector{
	Name:     "dns",
	Fuzz:     "FuzzDNS",
	UDP:      []uint16{53},
	Datagram: dissectDNS,
	TCP:      []uint16{53},
	Stream:   dissectDNSStream,
}

// Multicast DNS (RFC 6762, port 5353) with service discovery (RFC 6763), and
// LLMNR (RFC 4795, port 5355), whose answers have the same form and meaning.
var mdnsDissector = Dissector{Name: "mdns", Fuzz: "FuzzDNS", UDP: []uint16{5353, 5355}, Datagram: dissectMDNS}

const (
	dnsHeader     = 12
	maxDNSRecords = 256 // of one message, questions included
	maxCNAMEs     = 16  // followed from one question
)

// dissectDNS reads one datagram to or from port 53.
func dissectDNS(_, _ uint16, b []byte, emit Emit) bool {
	if f, response, ok := plainDNS(b); ok {
		if response {
			return f.sendAbout(emit, "dns", observation.Receiver)
		}
		return f.send(emit, "dns")
	}
	m := readDNS(b)
	if m.response {
		return dnsAnswers(&m).sendAbout(emit, "dns", observation.Receiver)
	}
	return dnsQuestions(&m).send(emit, "dns")
}

// dissectDNSStream reads DNS over TCP: each message has its length in two
// octets before it (RFC 1035, section 4.2.2).
func dissectDNSStream(_, _ uint16, client, server []byte, emit Emit) {
	eachDNS(client, func(b []byte, end int) {
		if m := readDNS(b); !m.response {
			if f := dnsQuestions(&m); len(f) > 0 {
				emit(Message{Protocol: "dns", FromClient: true, End: end, Fields: f})
			}
		}
	})
	eachDNS(server, func(b []byte, end int) {
		if m := readDNS(b); m.response {
			if f := dnsAnswers(&m); len(f) > 0 {
				emit(Message{Protocol: "dns", About: observation.Receiver, End: end, Fields: f})
			}
		}
	})
}

// eachDNS calls yield with each message of a stream and the offset of its end;
// the last may be cut.
func eachDNS(b []byte, yield func(message []byte, end int)) {
	for at := 0; at+2 < len(b); {
		end := min(at+2+count16(b[at:]), len(b))
		yield(b[at+2:end], end)
		at = end
	}
}

// dissectMDNS reads one datagram of mDNS or LLMNR.
func dissectMDNS(_, _ uint16, b []byte, emit Emit) bool {
	m := readDNS(b)
	return mdnsFields(&m).send(emit, "mdns")
}

// A dnsMessage is what could be read of one DNS message.
type dnsMessage struct {
	response  bool
	questions []dns.Question
	answers   []dns.RR
	authority []dns.RR
	extra     []dns.RR
}

// readDNS reads the header and as many questions and records as are whole, at
// most 256. Opcodes other than a standard query yield an empty message.
//
// Records are unpacked one at a time with miekg/dns. dnsmessage of x/net would
// do the same but refuses every name with a dot inside a label, which DNS-SD
// instance names may have ("D-Link DCS-935L v1.06._http._tcp.local"), and
// dns.Msg.Unpack gives up all records for one bad one. Neither minds the
// cache-flush bit in a class or a compressed SRV target.
//
// Format: RFC 1035, section 4.
func readDNS(b []byte) dnsMessage {
	var m dnsMessage
	if len(b) < dnsHeader || b[2]>>3&15 != 0 {
		return m
	}
	m.response = b[2]&0x80 != 0
	at, left := dnsHeader, maxDNSRecords
	for range min(count16(b[4:]), left) {
		name, next, err := dns.UnpackDomainName(b, at)
		if err != nil || next+4 > len(b) {
			return m
		}
		m.questions = append(m.questions, dns.Question{
			Name:   name,
			Qtype:  binary.BigEndian.Uint16(b[next:]),
			Qclass: binary.BigEndian.Uint16(b[next+2:]),
		})
		at = next + 4
		left--
	}
	m.answers, at, left = readRecords(b, at, count16(b[6:]), left)
	m.authority, at, left = readRecords(b, at, count16(b[8:]), left)
	m.extra, _, _ = readRecords(b, at, count16(b[10:]), left)
	return m
}

func count16(b []byte) int { return int(binary.BigEndian.Uint16(b)) }

// readRecords reads n records from b[at:], at most left of them. A record whose
// data is bad is left out; one that is cut ends the message, which is told by
// at being the length of b.
func readRecords(b []byte, at, n, left int) ([]dns.RR, int, int) {
	var records []dns.RR
	for ; n > 0 && left > 0 && at < len(b); n, left = n-1, left-1 {
		_, header, err := dns.UnpackDomainName(b, at)
		if err != nil || header+10 > len(b) {
			return records, len(b), left
		}
		end := header + 10 + count16(b[header+8:])
		if end > len(b) {
			return records, len(b), left
		}
		if wantedRecord(binary.BigEndian.Uint16(b[header:])) {
			if rr, _, err := dns.UnpackRR(b[:end], at); err == nil {
				records = append(records, rr)
			}
		}
		at = end
	}
	return records, at, left
}

// wantedRecord reports the types that yield fields; the others are stepped over.
func wantedRecord(rrtype uint16) bool {
	switch rrtype {
	case dns.TypeA, dns.TypeAAAA, dns.TypeCNAME, dns.TypePTR, dns.TypeSRV, dns.TypeTXT:
		return true
	}
	return false
}

// dnsQuestions gives the names asked for.
func dnsQuestions(m *dnsMessage) fields {
	var f fields
	for i := range m.questions {
		f.addOnce(observation.DNSQuestion, dnsName(m.questions[i].Name))
	}
	return f
}

// dnsAnswers gives each address with the name that was asked for, so that an
// address behind a chain of CNAMEs is known by the name the device used.
func dnsAnswers(m *dnsMessage) fields {
	alias := make(map[string]string)
	for _, rr := range m.answers {
		if c, ok := rr.(*dns.CNAME); ok {
			alias[dnsName(c.Hdr.Name)] = dnsName(c.Target)
		}
	}
	asked := make(map[string]string) // name at the end of a chain → name asked
	for i := range min(len(m.questions), maxCNAMEs) {
		question := dnsName(m.questions[i].Name)
		name := question
		for range maxCNAMEs {
			if _, seen := asked[name]; seen {
				break
			}
			asked[name] = question
			next, ok := alias[name]
			if !ok {
				break
			}
			name = next
		}
	}
	var f fields
	for _, rr := range m.answers {
		ip, ok := recordAddr(rr)
		if !ok {
			continue
		}
		name := dnsName(rr.Header().Name)
		if question, ok := asked[name]; ok {
			name = question
		}
		if name != "" {
			f.addOnce(observation.DNSAnswer, name+" "+ip.String())
		}
	}
	return f
}

// recordAddr gives the address of an A or AAAA record.
func recordAddr(rr dns.RR) (netip.Addr, bool) {
	var ip netip.Addr
	switch rr := rr.(type) {
	case *dns.A:
		ip, _ = netip.AddrFromSlice(rr.A.To4())
	case *dns.AAAA:
		ip, _ = netip.AddrFromSlice(rr.AAAA.To16())
	}
	return ip, ip.IsValid()
}

// mdnsFields gives what the sender states of itself: the records of an answer,
// and those in the authority section of a probe, which are the names it is
// about to take (RFC 6762, section 8.1). What a query asks for, and the answers
// it lists as known already, are statements of others and left out.
func mdnsFields(m *dnsMessage) fields {
	var f fields
	if !m.response {
		for _, rr := range m.authority {
			addMDNS(&f, rr)
		}
		return f
	}
	for _, rr := range m.answers {
		addMDNS(&f, rr)
	}
	for _, rr := range m.extra {
		addMDNS(&f, rr)
	}
	return f
}

// addMDNS adds what one record says.
func addMDNS(f *fields, rr dns.RR) {
	switch rr := rr.(type) {
	case *dns.A, *dns.AAAA:
		f.addOnce(observation.MDNSHostname, mdnsHost(rr.Header().Name))
		if ip, ok := recordAddr(rr); ok && stationAddr(ip) {
			f.addOnce(observation.MDNSAddress, ip.String())
		}
	case *dns.SRV:
		addInstance(f, rr.Hdr.Name)
		f.addOnce(observation.MDNSHostname, mdnsHost(rr.Target))
	case *dns.TXT:
		addInstance(f, rr.Hdr.Name)
		_, service := splitInstance(rr.Hdr.Name)
		for _, s := range rr.Txt {
			f.addOnce(observation.MDNSTXT, unescapeDNS(s))
			if mac, ok := strings.CutPrefix(s, "macaddress="); ok && strings.HasPrefix(service, "_axis-") {
				f.addOnce(observation.MDNSMAC, macText(mac))
			}
		}
	case *dns.PTR:
		if strings.HasPrefix(strings.ToLower(rr.Hdr.Name), "_services._dns-sd._udp.") {
			_, service := splitInstance(rr.Ptr)
			f.addOnce(observation.MDNSService, service)
			return
		}
		if _, service := splitInstance(rr.Hdr.Name); service != "" {
			f.addOnce(observation.MDNSService, service)
			addInstance(f, rr.Ptr)
		}
	}
}

// addInstance adds the instance and service of a DNS-SD name.
func addInstance(f *fields, name string) {
	instance, service := splitInstance(name)
	if service == "" {
		return
	}
	f.addOnce(observation.MDNSService, service)
	f.addOnce(observation.MDNSInstance, instance)
}

// splitInstance splits "Front door._http._tcp.local." into "Front door" and
// "_http._tcp". A name that is only a service has no instance, and the subtype
// before "_sub" is dropped (RFC 6763, section 7.1). service is "" for names
// of any other form.
func splitInstance(name string) (instance, service string) {
	labels := dns.SplitDomainName(name)
	for i := len(labels) - 1; i > 0; i-- {
		proto := strings.ToLower(labels[i])
		if proto != "_tcp" && proto != "_udp" || !strings.HasPrefix(labels[i-1], "_") {
			continue
		}
		service = unescapeDNS(labels[i-1]) + "." + proto
		if i > 1 && !strings.EqualFold(labels[i-2], "_sub") {
			instance = unescapeDNS(strings.Join(labels[:i-1], "."))
		}
		return instance, service
	}
	return "", ""
}

// mdnsHost is a name without ".local".
func mdnsHost(name string) string {
	name = strings.TrimSuffix(unescapeDNS(name), ".")
	if n := len(name) - len(".local"); n > 0 && strings.EqualFold(name[n:], ".local") {
		name = name[:n]
	}
	return name
}

// dnsName is a name in lower case without its final dot.
func dnsName(name string) string {
	return strings.ToLower(strings.TrimSuffix(unescapeDNS(name), "."))
}

// unescapeDNS undoes the presentation format that miekg/dns writes: \DDD for
// an octet, and a backslash before a special character.
func unescapeDNS(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b = append(b, s[i])
			continue
		}
		i++
		if i+2 < len(s) && isDigit(s[i]) && isDigit(s[i+1]) && isDigit(s[i+2]) {
			b = append(b, byte(int(s[i]-'0')*100+int(s[i+1]-'0')*10+int(s[i+2]-'0')))
			i += 2
			continue
		}
		b = append(b, s[i])
	}
	return string(b)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
