package record

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// maxRecords bounds the resource records read of one message.
const maxRecords = 256

// A dnsMessage is a question or an answer as a tool has written it down.
type dnsMessage struct {
	answer    bool
	questions [][]byte // names as sent
	records   []dnsResource
}

// A dnsResource is one record of an answer.
type dnsResource struct {
	name, kind, data []byte
	raw              []byte // the whole record, of kinds whose data have parts
}

// dnsRecord reads the dns or mdns member of a Suricata event, of any version.
// What it returns is good until the next call for the batch.
func dnsRecord(b *batch, v []byte) *dnsMessage {
	m := &b.dns
	m.answer, m.questions, m.records = false, m.questions[:0], m.records[:0]
	var name, kind, data, grouped, version []byte
	o, _ := object(v)
	for o.next() {
		switch string(o.key) {
		case "type":
			t := string(text(o.val))
			m.answer = t == "answer" || t == "response"
		case "version":
			version = o.val
		case "rrname":
			name = text(o.val)
		case "rrtype":
			kind = text(o.val)
		case "rdata":
			data = text(o.val)
		case "queries":
			for a := array(o.val); a.next() && len(m.questions) < maxRecords; {
				if r := dnsResourceOf(a.val); r.name != nil {
					m.questions = append(m.questions, r.name)
				}
			}
		case "answers", "additionals":
			for a := array(o.val); a.next() && len(m.records) < maxRecords; {
				m.records = append(m.records, dnsResourceOf(a.val))
			}
		case "grouped":
			grouped = o.val
		}
	}
	if name != nil && len(m.questions) == 0 {
		m.questions = append(m.questions, name)
	}
	if version == nil && data != nil { // version 1: one record an event
		m.records = append(m.records, dnsResource{name: name, kind: kind, data: data})
	}
	if len(m.records) == 0 {
		m.group(grouped, name)
	}
	return m
}

// dnsResourceOf reads {"rrname":…,"rrtype":…,"rdata":…}.
func dnsResourceOf(v []byte) dnsResource {
	r := dnsResource{raw: v}
	o, _ := object(v)
	for o.next() {
		switch string(o.key) {
		case "rrname":
			r.name = text(o.val)
		case "rrtype":
			r.kind = text(o.val)
		case "rdata":
			r.data = text(o.val)
		}
	}
	return r
}

// group reads {"A":["192.0.2.1"],"AAAA":[…]}, answers without their owners.
func (m *dnsMessage) group(v, name []byte) {
	o, _ := object(v)
	for o.next() {
		kind := o.key
		if string(kind) != "A" && string(kind) != "AAAA" {
			continue
		}
		for a := array(o.val); a.next() && len(m.records) < maxRecords; {
			m.records = append(m.records, dnsResource{name: name, kind: kind, data: text(a.val)})
		}
	}
}

// questionFields gives the names asked for.
func (m *dnsMessage) questionFields(b *batch) []observation.Field {
	if len(m.questions) == 0 {
		return nil
	}
	build := func() []observation.Field {
		var f fieldList
		for _, q := range m.questions {
			f.addOnce(observation.DNSQuestion, domain(q))
		}
		return f
	}
	if len(m.questions) > 1 {
		return build()
	}
	return b.cached("dns?", build, m.questions[0])
}

// answerFields gives the addresses of an answer.
func (m *dnsMessage) answerFields(b *batch) []observation.Field {
	b.key = append(b.key[:0], "dns="...)
	for _, q := range m.questions {
		b.part(q)
	}
	for i := range m.records {
		r := &m.records[i]
		if len(m.questions) > 0 && bytes.Equal(r.name, m.questions[0]) {
			b.part(nil)
		} else {
			b.part(r.name)
		}
		b.part(r.kind)
		b.part(r.data)
		if len(b.key) > maxCacheKey {
			return m.addresses()
		}
	}
	b.part([]byte(strconv.Itoa(len(m.questions))))
	return b.cache.get(b.key, m.addresses)
}

// addresses gives each address with the name that was asked for, CNAMEs followed,
// as package dissect does.
func (m *dnsMessage) addresses() []observation.Field {
	asked := map[string]string{}
	for _, q := range m.questions {
		name := string(domain(q))
		asked[name] = name
	}
	for range 16 { // a chain that is not in order takes more than one round
		grown := false
		for i := range m.records {
			r := &m.records[i]
			if string(r.kind) != "CNAME" {
				continue
			}
			question, ok := asked[string(domain(r.name))]
			if _, known := asked[string(domain(r.data))]; ok && !known {
				asked[string(domain(r.data))] = question
				grown = true
			}
		}
		if !grown {
			break
		}
	}
	var f fieldList
	for i := range m.records {
		r := &m.records[i]
		if string(r.kind) != "A" && string(r.kind) != "AAAA" {
			continue
		}
		ip := address(r.data)
		name := string(domain(r.name))
		if question, ok := asked[name]; ok {
			name = question
		}
		if ip.IsValid() && name != "" {
			f.addOnce(observation.DNSAnswer, []byte(name+" "+ip.String()))
		}
	}
	return f
}

// mdns reads what a device states of itself in an answer (Suricata 8). What is
// asked for is a statement about others.
func (e *eveEvent) mdns(b *batch) {
	b.notes |= eveMDNS
	m := dnsRecord(b, e.body[eveMDNSType])
	if !m.answer {
		return
	}
	var f fieldList
	for i := range m.records {
		f.addMDNS(&m.records[i])
	}
	from, to := e.addresses()
	e.say(b, "mdns", from, to, observation.Sender, f)
}

// addMDNS adds what one record says.
func (f *fieldList) addMDNS(r *dnsResource) {
	switch string(r.kind) {
	case "A", "AAAA":
		f.addOnce(observation.MDNSHostname, localName(r.name))
		if a := address(r.data); a.IsValid() && !a.IsMulticast() && !a.IsUnspecified() && !a.IsLoopback() {
			f.addOnce(observation.MDNSAddress, []byte(a.String()))
		}
	case "SRV":
		f.addInstance(r.name)
		o, _ := object(memberOf(r.raw, "srv"))
		for o.next() {
			if string(o.key) == "name" {
				f.addOnce(observation.MDNSHostname, localName(text(o.val)))
			}
		}
	case "TXT":
		f.addInstance(r.name)
		for a := array(memberOf(r.raw, "txt")); a.next(); {
			f.addOnce(observation.MDNSTXT, text(a.val))
		}
		if r.data != nil {
			f.addOnce(observation.MDNSTXT, r.data)
		}
	case "PTR":
		if bytes.HasPrefix(bytes.ToLower(r.name), []byte("_services._dns-sd._udp.")) {
			_, service := splitInstance(string(r.data))
			f.addOnce(observation.MDNSService, []byte(service))
			return
		}
		if _, service := splitInstance(string(r.name)); service != "" {
			f.addOnce(observation.MDNSService, []byte(service))
			f.addInstance(r.data)
		}
	}
}

// memberOf is the member of an object called name, raw.
func memberOf(v []byte, name string) []byte {
	o, _ := object(v)
	for o.next() {
		if string(o.key) == name {
			return o.val
		}
	}
	return nil
}

// localName is a name without ".local".
func localName(b []byte) []byte {
	b = bytes.TrimSuffix(b, []byte("."))
	if n := len(b) - len(".local"); n > 0 && strings.EqualFold(string(b[n:]), ".local") {
		b = b[:n]
	}
	return b
}

// addInstance adds the instance and service of a DNS-SD name.
func (f *fieldList) addInstance(name []byte) {
	instance, service := splitInstance(string(name))
	if service == "" {
		return
	}
	f.addOnce(observation.MDNSService, []byte(service))
	f.addOnce(observation.MDNSInstance, []byte(instance))
}

// splitInstance splits "Front door._http._tcp.local" into "Front door" and
// "_http._tcp" (RFC 6763, section 4.1). service is "" for other names.
func splitInstance(name string) (instance, service string) {
	for _, proto := range []string{"._tcp", "._udp"} {
		at := strings.LastIndex(strings.ToLower(name), proto)
		if at < 0 {
			continue
		}
		before := name[:at]
		dot := strings.LastIndexByte(before, '.')
		if !strings.HasPrefix(before[dot+1:], "_") {
			continue
		}
		service = before[dot+1:] + proto
		if dot > 0 && !strings.HasSuffix(strings.ToLower(before[:dot]), "._sub") {
			instance = before[:dot]
		}
		return instance, service
	}
	return "", ""
}
