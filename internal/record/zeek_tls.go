package record

import (
	"bytes"
	"encoding/base64"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/dissect"
	"github.com/lenscap/lenscap/internal/observation"
)

// ssl reads a line of ssl.log. Its next_protocol is the server's choice among
// those that the client offered.
func (z *zeekEntry) ssl(b *batch) {
	r := z.row
	name, alpn, ja4, subject := r.text(zServerName), r.text(zNextProtocol), r.text(zJA4), r.text(zClientSubject)
	z.say(b, "tls", z.orig, z.resp, observation.Sender, b.cached("tls?", func() []observation.Field {
		var f fieldList
		f.add(observation.TLSSNI, bytes.ToLower(name))
		f.add(observation.TLSALPN, alpn)
		f.add(observation.TLSJA4, ja4)
		f.add(observation.TLSSubject, zeekName(subject))
		f.add(observation.TLSIssuer, zeekName(r.text(zClientIssuer)))
		return f
	}, name, alpn, ja4, subject, r.raw(zClientIssuer)))
	var own []observation.Field
	if r.has(zSubject) {
		own = b.cached("tls=", func() []observation.Field {
			var f fieldList
			f.add(observation.TLSSubject, zeekName(r.text(zSubject)))
			f.add(observation.TLSIssuer, zeekName(r.text(zIssuer)))
			return f
		}, r.raw(zSubject), r.raw(zIssuer))
	}
	z.shows(b, z.orig, z.resp, zClientCertFPs, zClientCertFUIDs, nil)
	shown := z.shows(b, z.resp, z.orig, zCertFPs, zCertFUIDs, own)
	if !shown {
		z.say(b, "tls", z.resp, z.orig, observation.Sender, own)
	}
	if shown || r.has(zCipher) || r.has(zSubject) {
		z.spoke(b, z.resp.Addr())
	}
}

// shows notes which certificate an end showed: the first of a chain, which is
// named by its fingerprint (Zeek 4.1 and later) or by the id of the transfer. It
// reports false if there is none.
func (z *zeekEntry) shows(b *batch, from, to netip.AddrPort, fingerprints, transfers zeekField, own []observation.Field) bool {
	if !from.Addr().IsValid() {
		return false
	}
	id, once := certID(z.row, fingerprints, transfers)
	if id == "" {
		return false
	}
	b.order = append(b.order, isShowing)
	b.shown = append(b.shown, &showing{id: id, once: once, own: own, seen: observation.Observation{
		Input: b.input, Packet: b.line, Seen: nano(z.time), Protocol: "tls", From: from, To: to, About: observation.Sender,
	}})
	return true
}

// certID is the name of the certificate in a column of fingerprints, or else of
// transfers, of which once is true; "" if neither has one.
func certID(r *zeekRow, fingerprint, transfer zeekField) (id string, once bool) {
	take := func(f zeekField) []byte {
		if v := r.raw(f); len(v) > 0 && v[0] == '[' || r.header != nil {
			return r.first(f)
		}
		return r.text(f)
	}
	if v := take(fingerprint); len(v) > 0 && len(v) <= maxCertID {
		return strings.ToLower(string(v)), false
	}
	if v := take(transfer); len(v) > 0 && len(v) <= maxCertID {
		return string(v), true
	}
	return "", false
}

// x509 reads a line of x509.log: a certificate, but not whose it is.
func (z *zeekEntry) x509(b *batch) {
	id, once := certID(z.row, zFingerprint, zID)
	if id == "" {
		return
	}
	key := []byte(id)
	if f := b.cached("x509", func() []observation.Field { return z.certificate(b) }, key, z.row.raw(zCertSerial), z.row.raw(zCertSubject)); len(f) > 0 {
		b.order = append(b.order, isCertificate)
		b.certs = append(b.certs, &sharedCert{id: id, once: once, fields: f, input: b.input})
	}
}

// certificate gives what a dissector would have read from the certificate, of
// which the script log-certs-base64 logs all.
func (z *zeekEntry) certificate(b *batch) []observation.Field {
	r := z.row
	var f fieldList
	if der, err := base64.StdEncoding.DecodeString(string(r.text(zCert))); err == nil && len(der) > 0 {
		dissect.Answer("x509", der, func(m dissect.Message) { f = append(f, m.Fields...) })
	}
	if len(f) > 0 {
		b.notes |= 1 << zeekHasKeys
		return f
	}
	f.add(observation.TLSSubject, zeekName(r.text(zCertSubject)))
	f.add(observation.TLSIssuer, zeekName(r.text(zCertIssuer)))
	f.add(observation.TLSSerial, zeekSerial(r.text(zCertSerial)))
	if at := r.time(zNotAfter); at != 0 {
		f.add(observation.TLSExpires, []byte(nano(at).Truncate(time.Second).Format(time.RFC3339)))
	}
	names := 0
	for _, column := range [...]zeekField{zSANDNS, zSANIP, zSANEmail, zSANURI} {
		r.list(column, func(v []byte) bool {
			names++
			f.addOnce(observation.TLSSAN, v)
			return names < maxNames
		})
	}
	return f
}

// knownCert reads a line of known_certs.log: a server and its certificate.
func (z *zeekEntry) knownCert(b *batch) {
	r := z.row
	of := netip.AddrPortFrom(address(r.text(zHost)), small(r.text(zPortNum)))
	if !of.Addr().IsValid() {
		return
	}
	z.spoke(b, of.Addr())
	var f fieldList
	f.add(observation.TLSSubject, zeekName(r.text(zSubject)))
	f.add(observation.TLSIssuer, zeekName(r.text(zIssuerSubject)))
	f.add(observation.TLSSerial, zeekSerial(r.text(zSerial)))
	z.say(b, "tls", of, netip.AddrPort{}, observation.Sender, f)
}

// zeekSerial is a serial number as it stands in the certificate. Zeek leaves out
// the zero that keeps a high first bit from meaning a negative number.
func zeekSerial(v []byte) []byte {
	v = bytes.ToLower(v)
	if len(v) > 0 && len(v)%2 == 0 && v[0] >= '8' && v[0] <= 'f' {
		v = append([]byte("00"), v...)
	}
	return v
}

// zeekName is a distinguished name as packets would have given it. Zeek has
// OpenSSL write it, with other names for two attributes, and with a backslash and
// two digits for each byte that is not ASCII (XN_FLAG_RFC2253).
func zeekName(v []byte) []byte {
	v = distinguished(v)
	for _, n := range [...][2]string{{"emailAddress=", "EMAILADDRESS="}, {"serialNumber=", "SERIALNUMBER="}} {
		if bytes.Contains(v, []byte(n[0])) {
			v = bytes.ReplaceAll(v, []byte(n[0]), []byte(n[1]))
		}
	}
	if bytes.IndexByte(v, '\\') < 0 {
		return v
	}
	out := make([]byte, 0, len(v))
	for i := 0; i < len(v); i++ {
		if v[i] == '\\' && i+3 <= len(v) {
			if n, err := strconv.ParseUint(string(v[i+1:i+3]), 16, 8); err == nil && n >= 0x80 {
				out = append(out, byte(n))
				i += 2
				continue
			}
			out = append(out, v[i])
			i++ // what is escaped begins nothing
		}
		out = append(out, v[i])
	}
	return out
}
