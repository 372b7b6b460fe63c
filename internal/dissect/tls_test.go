package dissect

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"encoding/hex"
	"testing"
	"time"
)

var (
	wemoHello = list("tls.sni", "api.xbcs.net", "tls.ja4", "t10d230100_6a57a6f57151_000000000000")
	dlinkCert = list(
		"tls.subject", "CN=*.auto.mydlink.com,O=D-Link Corporation,OU=IT Dept.,L=Taipei,ST=Taiwan,C=TW",
		"tls.issuer", "CN=GlobalSign Organization Validation CA - SHA256 - G2,O=GlobalSign nv-sa,C=BE",
		"tls.serial", "1121b4f60ec77b9e90604ce8af17bee61fad",
		"tls.spki-sha256", "93e96a785bab38d6c8bf4d6a683a6f2239577df07609affbd25708f53484f81d",
		"tls.not-after", "2017-09-22T08:22:05Z", "tls.san", "*.auto.mydlink.com", "tls.san", "auto.mydlink.com")
)

// An old camera greets in the form of SSL 2, which names no server; the
// certificate comes all the same.
func TestTLSRecorded(t *testing.T) {
	same(t, collectTCP(443, packet(t, "tls-dlink-client.bin"), packet(t, "tls-dlink-server.bin")),
		[]Message{{Protocol: "tls", End: 3501, Fields: dlinkCert}})
	same(t, collectTCP(40443, packet(t, "tls-wemo-client.bin"), nil),
		[]Message{{Protocol: "tls", FromClient: true, End: 117, Fields: wemoHello}})
}

// A handshake message in records of 11 bytes reads as in one.
func TestTLSFragmented(t *testing.T) {
	whole := packet(t, "tls-wemo-client.bin")
	body := whole[5 : 5+int(binary.BigEndian.Uint16(whole[3:]))]
	var split []byte
	for len(body) > 0 {
		n := min(11, len(body))
		split = append(append(split, 22, 3, 1, 0, byte(n)), body[:n]...)
		body = body[n:]
	}
	same(t, collectTCP(443, split, nil), []Message{{Protocol: "tls", FromClient: true, End: len(split), Fields: wemoHello}})
}

func TestTLSCutAnywhere(t *testing.T) {
	server := packet(t, "tls-dlink-server.bin")
	for at := 0; at < 2000; at++ {
		for _, m := range collectTCP(443, nil, server[:at]) {
			if fields(m.Fields).get("tls.spki-sha256") == "" {
				continue
			}
			startsWith(t, at, m.Fields, dlinkCert)
		}
	}
}

// What crypto/x509 accepts, it reads the same.
func TestCertificateAgrees(t *testing.T) {
	for _, name := range []string{"tls-dlink-server.bin", "tls-wemo-server.bin"} {
		eachHandshake(packet(t, name), func(kind byte, body []byte, _ bool, _ int) {
			if kind != certificate {
				return
			}
			c, err := x509.ParseCertificate(body[6 : 6+int(body[3])<<16+int(binary.BigEndian.Uint16(body[4:]))])
			if err != nil {
				t.Fatal(err)
			}
			got := parseCertificates(body)
			same(t, got.get("tls.subject"), rdn(t, c.RawSubject))
			same(t, got.get("tls.issuer"), rdn(t, c.RawIssuer))
			spki := sha256.Sum256(c.RawSubjectPublicKeyInfo)
			same(t, got.get("tls.spki-sha256"), hex.EncodeToString(spki[:]))
			same(t, got.get("tls.not-after"), c.NotAfter.UTC().Format(time.RFC3339))
		})
	}
}

// rdn is the name as package pkix writes it, in the order of the certificate.
func rdn(t *testing.T, raw []byte) string {
	var seq pkix.RDNSequence
	if _, err := asn1.Unmarshal(raw, &seq); err != nil {
		t.Fatal(err)
	}
	return seq.String()
}

// A certificate with a negative serial number, a name in Latin-1 under the tag
// of UTF-8, and lengths written long, as crypto/x509 refuses it.
func TestCertificateDamaged(t *testing.T) {
	name := "3081 13 3181 10 3081 0d 0603550403 0c06 43616de9 7261" // CN=Camera with an acute accent
	tbs := "a003020102 0201ff 3000 " + name + " 301e 170d 323031323331323335393539 5a 170d 343931323331323335393539 5a " + name + " 3003 020101"
	body := unhex(t, tbs)
	der := append([]byte{0x30, 0x82, 0, byte(len(body) + 4), 0x30, 0x82, 0, byte(len(body))}, body...)
	if _, err := x509.ParseCertificate(der); err == nil {
		t.Fatal("crypto/x509 takes it")
	}
	key := sha256.Sum256([]byte{0x30, 3, 2, 1, 1})
	want := fields(list("tls.subject", "CN=Caméra", "tls.issuer", "CN=Caméra", "tls.serial", "ff",
		"tls.spki-sha256", hex.EncodeToString(key[:]), "tls.not-after", "2049-12-31T23:59:59Z"))
	same(t, parseCertificate(der), want)
	same(t, parseCertificate(der[:len(der)-1]), append(want[:3:3], want[4]))
}

// The example of the JA4 specification (Chrome; technical_details/JA4.md).
func TestJA4(t *testing.T) {
	h := clientHello{
		version:  0x0303,
		ciphers:  []uint16{0x1a1a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035},
		versions: []uint16{0x2a2a, 0x0304, 0x0303},
		extensions: []uint16{0x3a3a, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012, 0x002b, 0xff01,
			0x000b, 0x000a, 0x0015},
		signatures: []uint16{0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601},
		hasSNI:     true, sni: "a.example", alpn: []string{"h2", "http/1.1"},
	}
	same(t, h.ja4(), "t13d1516h2_8daaf6152771_e5627efa2ab1")
	h.alpn, h.hasSNI = []string{"\xab\xcd"}, false
	same(t, h.ja4()[:10], "t13i1516ad")
	empty := clientHello{version: 0x0301}
	same(t, empty.ja4(), "t10i000000_000000000000_000000000000")
}

func FuzzTLS(f *testing.F) {
	f.Add(packet(f, "tls-wemo-client.bin")[:200], packet(f, "tls-wemo-server.bin"))
	f.Add(packet(f, "tls-dlink-client.bin")[:200], packet(f, "tls-dlink-server.bin"))
	f.Fuzz(func(t *testing.T, client, server []byte) {
		before := bytes.Clone(server)
		for _, m := range collect(func(emit Emit) { dissectTLS(1, 443, client, server, emit) }) {
			check(t, m, len(client), len(server))
		}
		if !bytes.Equal(before, server) {
			t.Error("the input was changed")
		}
	})
}
