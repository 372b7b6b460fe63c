package record

import (
	"bytes"
	"net/netip"

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
		f.add(observation.TLSSubject, subject)
		f.add(observation.TLSIssuer, r.text(zClientIssuer))
		return f
	}, name, alpn, ja4, subject, r.raw(zClientIssuer)))
	if r.has(zCipher) || r.has(zSubject) {
		z.spoke(b, z.resp.Addr())
	}
	if !r.has(zSubject) {
		return
	}
	z.say(b, "tls", z.resp, z.orig, observation.Sender, b.cached("tls=", func() []observation.Field {
		var f fieldList
		f.add(observation.TLSSubject, distinguished(r.text(zSubject)))
		f.add(observation.TLSIssuer, distinguished(r.text(zIssuer)))
		return f
	}, r.raw(zSubject), r.raw(zIssuer)))
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
	f.add(observation.TLSSubject, distinguished(r.text(zSubject)))
	f.add(observation.TLSIssuer, distinguished(r.text(zIssuerSubject)))
	f.add(observation.TLSSerial, bytes.ToLower(r.text(zSerial)))
	z.say(b, "tls", of, netip.AddrPort{}, observation.Sender, f)
}
