package record

import (
	"bytes"
	"encoding/base64"
	"net/netip"
	"strings"

	"github.com/lenscap/lenscap/internal/dissect"
	"github.com/lenscap/lenscap/internal/observation"
)

// say adds an observation of the event's time, from one end to the other.
func (e *eveEvent) say(b *batch, protocol string, from, to netip.AddrPort, about observation.About, fields []observation.Field) {
	if len(fields) == 0 {
		return
	}
	o := b.observation()
	o.Seen = nano(e.time)
	o.Last, o.Protocol, o.VLAN, o.From, o.To, o.About, o.Fields = o.Seen, protocol, e.vlan, from, to, about, fields
	if from.Addr() == e.src {
		o.MAC, o.ToMAC = e.srcMAC, e.dstMAC
	} else {
		o.MAC, o.ToMAC = e.dstMAC, e.srcMAC
	}
}

// answered notes that the far end of the event spoke too.
func (e *eveEvent) answered(b *batch) {
	b.sights.see(speaker{e.dst, e.dstMAC, e.vlan}, e.time, e.time, 0, 0)
}

// dns reads a question or an answer. Version 1 gives an answer's sender as source,
// versions 2 and 3 whoever asked; the port of DNS tells them apart.
func (e *eveEvent) dns(b *batch) {
	client, server := e.addresses()
	if e.sport == 53 && e.dport != 53 {
		client, server = server, client
	}
	m := dnsRecord(b, e.body[eveDNS])
	if m.answer {
		if server.Addr() == e.dst {
			e.answered(b)
		}
		e.say(b, "dns", server, client, observation.Receiver, m.answerFields(b))
		return
	}
	e.say(b, "dns", client, server, observation.Sender, m.questionFields(b))
}

// http reads a request with its answer.
func (e *eveEvent) http(b *batch) {
	client, server := e.addresses()
	var host, url, agent, header, status []byte
	var auth [][]byte
	o, _ := object(e.body[eveHTTP])
	for o.next() {
		switch string(o.key) {
		case "hostname":
			host = text(o.val)
		case "url":
			url = text(o.val)
		case "http_user_agent":
			agent = text(o.val)
		case "status":
			status = o.val
		case "server":
			header = text(o.val)
		case "www_authenticate":
			auth = append(auth, text(o.val))
		case "request_headers":
			eachHeader(o.val, func(name, value []byte) {
				if agent == nil && bytes.EqualFold(name, []byte("user-agent")) {
					agent = value
				}
			})
		case "response_headers":
			eachHeader(o.val, func(name, value []byte) {
				switch {
				case bytes.EqualFold(name, []byte("server")):
					header = value
				case bytes.EqualFold(name, []byte("www-authenticate")):
					auth = append(auth, value)
				}
			})
		}
	}
	e.say(b, "http", client, server, observation.Sender, b.httpRequest(host, agent))
	if status = statusCode(status); status == nil {
		return
	}
	e.answered(b)
	if bytes.Contains(url, []byte("://")) {
		return // to a proxy: the answer speaks of a third device
	}
	if len(header) > 0 || len(auth) > 0 {
		b.notes |= eveServers
	}
	e.say(b, "http", server, client, observation.Sender, b.httpAnswer(status, url, header, auth))
}

// eachHeader walks a list of {"name":…,"value":…}.
func eachHeader(v []byte, yield func(name, value []byte)) {
	for a := array(v); a.next(); {
		var name, value []byte
		h, _ := object(a.val)
		for h.next() {
			switch string(h.key) {
			case "name":
				name = text(h.val)
			case "value":
				value = text(h.val)
			}
		}
		yield(name, value)
	}
}

// tls reads what was in the clear of a handshake.
func (e *eveEvent) tls(b *batch) {
	client, server := e.addresses()
	var hello fieldList
	var cert certificate
	o, _ := object(e.body[eveTLS])
	for o.next() {
		switch string(o.key) {
		case "sni":
			hello.add(observation.TLSSNI, bytes.ToLower(text(o.val)))
		case "client_alpns":
			for a := array(o.val); a.next(); {
				hello.addOnce(observation.TLSALPN, text(a.val))
			}
		case "ja4":
			hello.add(observation.TLSJA4, text(o.val))
		case "client":
			e.clientCertificate(b, o.val)
		case "version":
			cert.hello = string(text(o.val)) != "UNDETERMINED"
		default:
			cert.set(o.key, o.val)
		}
	}
	e.say(b, "tls", client, server, observation.Sender, hello)
	if cert.hello || cert.subject != nil || cert.der != nil {
		e.answered(b)
	}
	if len(cert.names) > 0 || len(cert.der) > maxCacheKey {
		e.say(b, "tls", server, client, observation.Sender, cert.fields(b))
		return
	}
	e.say(b, "tls", server, client, observation.Sender, b.cached("tls=", func() []observation.Field { return cert.fields(b) },
		cert.subject, cert.issuer, cert.serial, cert.expires, cert.der))
}

// clientCertificate reads the certificate by which the client proved itself.
func (e *eveEvent) clientCertificate(b *batch, v []byte) {
	client, server := e.addresses()
	var cert certificate
	o, _ := object(v)
	for o.next() {
		cert.set(o.key, o.val)
	}
	e.say(b, "tls", client, server, observation.Sender, cert.fields(b))
}

// A certificate is what Suricata logs of one.
type certificate struct {
	subject, issuer, serial, expires []byte
	names                            [][]byte
	der                              []byte
	hello                            bool // the server answered
}

func (c *certificate) set(key, v []byte) {
	switch string(key) {
	case "subject":
		c.subject = text(v)
	case "issuerdn":
		c.issuer = text(v)
	case "serial":
		c.serial = text(v)
	case "notafter":
		c.expires = text(v)
	case "subjectaltname":
		for a := array(v); a.next() && len(c.names) < maxNames; {
			c.names = append(c.names, text(a.val))
		}
	case "certificate":
		c.der = text(v)
	}
}

// maxNames bounds the alternative names of one certificate, as package dissect does.
const maxNames = 16

// fields gives what a dissector would have read from the certificate.
func (c *certificate) fields(b *batch) []observation.Field {
	var f fieldList
	if der, err := base64.StdEncoding.DecodeString(string(c.der)); err == nil && len(der) > 0 {
		dissect.Answer("x509", der, func(m dissect.Message) { f = append(f, m.Fields...) })
	}
	if len(f) > 0 {
		b.notes |= eveCerts
		return f
	}
	f.add(observation.TLSSubject, distinguished(c.subject))
	f.add(observation.TLSIssuer, distinguished(c.issuer))
	f.add(observation.TLSSerial, bytes.ToLower(bytes.ReplaceAll(c.serial, []byte(":"), nil)))
	if len(c.expires) == 19 && stamp(c.expires) != 0 {
		f.add(observation.TLSExpires, append(c.expires[:19:19], 'Z'))
	}
	for _, name := range c.names {
		f.add(observation.TLSSAN, name)
	}
	return f
}

// distinguished turns "C=TW, O=D-Link, Inc., CN=x" into the form of RFC 2253, last
// part first, as certificates from packets have it: "CN=x,O=D-Link\, Inc.,C=TW".
// A name that is in that form already, without a space behind its commas, stays.
func distinguished(b []byte) []byte {
	s := string(b)
	if !strings.Contains(s, ", ") || strings.Contains(s, `\,`) {
		return b
	}
	for i := range len(s) {
		if s[i] == ',' && isPartStart(s[i+1:]) {
			return b
		}
	}
	var parts []string
	for len(s) > 0 {
		end := nextPart(s)
		name, value, _ := strings.Cut(s[:end], "=")
		if strings.EqualFold(name, "email") || strings.EqualFold(name, "emailAddress") {
			name = "EMAILADDRESS"
		}
		parts = append(parts, name+"="+escapeValue(value))
		s = strings.TrimPrefix(s[end:], ", ")
	}
	var out []byte
	for i := len(parts) - 1; i >= 0; i-- {
		out = append(out, parts[i]...)
		if i > 0 {
			out = append(out, ',')
		}
	}
	return out
}

// nextPart is where the first part of a name ends: before ", " and a type.
func nextPart(s string) int {
	for at := 0; ; {
		n := strings.Index(s[at:], ", ")
		if n < 0 {
			return len(s)
		}
		at += n
		if isPartStart(s[at+2:]) {
			return at
		}
		at += 2
	}
}

// isPartStart reports whether s begins with an attribute type and "=".
func isPartStart(s string) bool {
	for i := 0; i < len(s) && i < 32; i++ {
		c := s[i]
		if c == '=' {
			return i > 0
		}
		if !(c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '.') {
			return false
		}
	}
	return false
}

// escapeValue escapes what has a meaning in a name (RFC 2253, section 2.4).
func escapeValue(s string) string {
	if !strings.ContainsAny(s, `,+"\<>;`) {
		return s
	}
	var out strings.Builder
	for _, r := range s {
		if strings.ContainsRune(`,+"\<>;`, r) {
			out.WriteByte('\\')
		}
		out.WriteRune(r)
	}
	return out.String()
}

// quic reads what was in the clear of a client's Initial packet.
func (e *eveEvent) quic(b *batch) {
	client, server := e.addresses()
	var f fieldList
	o, _ := object(e.body[eveQUIC])
	for o.next() {
		switch string(o.key) {
		case "version":
			f.add(observation.QUICVersion, text(o.val))
		case "sni":
			f.add(observation.QUICSNI, bytes.ToLower(text(o.val)))
		}
	}
	e.say(b, "quic", client, server, observation.Sender, f)
}

// dhcp reads a request or a reply, of which a reply is about the client it names.
func (e *eveEvent) dhcp(b *batch) {
	var mac, assigned, host, class, requested, relay, kind []byte
	reply := false
	o, _ := object(e.body[eveDHCP])
	for o.next() {
		switch string(o.key) {
		case "type":
			reply = string(text(o.val)) == "reply"
		case "dhcp_type":
			kind = bytes.ToUpper(text(o.val))
		case "client_mac":
			mac = text(o.val)
		case "assigned_ip":
			assigned = text(o.val)
		case "hostname":
			host = text(o.val)
		case "vendor_class_identifier":
			class = text(o.val)
		case "requested_ip":
			requested = text(o.val)
		case "relay_ip":
			relay = text(o.val)
		}
	}
	m, ok := observation.ParseMAC(string(mac))
	if !ok || m.Group() {
		return
	}
	var f fieldList
	f.add(observation.DHCPMessage, kind)
	f.add(observation.DHCPMAC, []byte(m.String()))
	about := observation.Sender
	if reply {
		about = observation.Named
		f.add(observation.DHCPHostname, host)
		if string(kind) == "ACK" {
			f.addAddr(observation.DHCPAssignedIP, assigned)
		}
	} else {
		f.add(observation.DHCPVendorClass, class)
		f.add(observation.DHCPHostname, host)
		f.addAddr(observation.DHCPRequestedIP, requested)
		if a := address(relay); a.IsValid() && !a.IsUnspecified() {
			about = observation.Named
		}
	}
	from, to := e.addresses()
	e.say(b, "dhcp", from, to, about, f)
}

// arp reads an event of Suricata 8.
func (e *eveEvent) arp(b *batch) {
	var f fieldList
	var mac, ip []byte
	o, _ := object(e.body[eveARP])
	for o.next() {
		switch string(o.key) {
		case "src_mac":
			mac = text(o.val)
		case "src_ip":
			ip = text(o.val)
		}
	}
	m, ok := observation.ParseMAC(string(mac))
	if !ok || m.Group() {
		return
	}
	b.hasMAC = true
	e.srcMAC = m
	f.add(observation.ARPMAC, []byte(m.String()))
	f.addAddr(observation.ARPIP, ip)
	b.sights.see(speaker{address(ip), m, e.vlan}, e.time, e.time, 0, 0)
	from := netip.AddrPortFrom(address(ip), 0)
	b.observe(observation.Observation{Seen: nano(e.time), Protocol: "arp", MAC: m, VLAN: e.vlan, From: from, Fields: f})
}

// ftp reads the greeting of a server, which answers no command.
func (e *eveEvent) ftp(b *batch) {
	var code, reply, command []byte
	o, _ := object(e.body[eveFTP])
	for o.next() {
		switch string(o.key) {
		case "command":
			command = text(o.val)
		case "completion_code":
			if a := array(o.val); a.next() {
				code = text(a.val)
			}
		case "reply":
			if a := array(o.val); a.next() {
				reply = text(a.val)
			}
		}
	}
	if code == nil {
		return
	}
	e.answered(b)
	if string(code) != "220" || command != nil {
		return
	}
	client, server := e.addresses()
	var f fieldList
	f.add(observation.FTPBanner, reply)
	e.say(b, "ftp", server, client, observation.Sender, f)
}
