package dissect

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/lenscap/lenscap/internal/observation"
)

// parseCertificate reads an X.509 certificate in DER. b may be cut: what comes
// before the cut is kept, and the key's digest only if the key is whole.
//
// It is read by hand (see [ber]) and not with crypto/x509, which refuses a
// certificate whole for a negative serial number, a wrong character in a name,
// an unknown curve or a missing last byte; cameras make such certificates for
// themselves. A test holds it to what crypto/x509 says of those it accepts.
//
// Format: RFC 5280, section 4.1.
func parseCertificate(b []byte) fields {
	outer := ber{b}
	cert, ok := outer.expect(berSequence)
	if !ok {
		return nil
	}
	inner := ber{cert}
	tbs, ok := inner.expect(berSequence)
	if !ok {
		return nil
	}
	var f fields
	readTBS(&f, tbs)
	return f
}

// readTBS reads the signed part, field by field in their fixed order, until one
// is missing or cut.
func readTBS(f *fields, tbs []byte) {
	r := ber{tbs}
	r.expect(0xa0) // version
	serial, ok := r.expect(berInteger)
	if !ok {
		return
	}
	r.expect(berSequence) // signature algorithm
	issuer, ok := r.expect(berSequence)
	if !ok {
		return
	}
	validity, _ := r.expect(berSequence)
	subject, hasSubject := r.expect(berSequence)
	if hasSubject {
		f.add(observation.TLSSubject, distinguishedName(subject))
	}
	f.add(observation.TLSIssuer, distinguishedName(issuer))
	if len(serial) <= 64 {
		f.add(observation.TLSSerial, hex.EncodeToString(serial))
	}
	if _, _, key, cut, ok := r.next(); ok && hasSubject && !cut && key[0] == berSequence {
		sum := sha256.Sum256(key)
		f.add(observation.TLSSPKI, hex.EncodeToString(sum[:]))
	}
	f.add(observation.TLSExpires, notAfter(validity))
	for {
		tag, contents, _, _, ok := r.next()
		if !ok {
			return
		}
		if tag == 0xa3 {
			readExtensions(f, contents)
		}
	}
}

// notAfter is the second time of a validity, RFC 3339; "" if it is none.
func notAfter(validity []byte) string {
	r := ber{validity}
	r.next()
	tag, text, _, cut, ok := r.next()
	layout := "060102150405Z0700"
	if tag == 0x18 {
		layout = "20060102150405Z0700"
	}
	if !ok || cut {
		return ""
	}
	t, err := time.Parse(layout, string(text))
	if err != nil {
		return ""
	}
	if tag == 0x17 && t.Year() >= 2050 { // RFC 5280, section 4.1.2.5.1
		t = t.AddDate(-100, 0, 0)
	}
	return t.UTC().Format(time.RFC3339)
}

// oidSAN is the subject alternative name extension, RFC 5280, section 4.2.1.6.
const oidSAN = "2.5.29.17"

// readExtensions reads the alternative names: DNS names, addresses, e-mail
// addresses and URIs.
func readExtensions(f *fields, b []byte) {
	outer := ber{b}
	list, _ := outer.expect(berSequence)
	for r := (ber{list}); ; {
		extension, ok := r.expect(berSequence)
		if !ok {
			return
		}
		e := ber{extension}
		oid, _ := e.expect(berOID)
		if oidText(oid) != oidSAN {
			continue
		}
		e.expect(0x01) // critical
		value, _ := e.expect(berOctetString)
		v := ber{value}
		names, _ := v.expect(berSequence)
		addNames(f, names)
	}
}

func addNames(f *fields, b []byte) {
	r := ber{b}
	for range maxTLSNames {
		tag, contents, _, cut, ok := r.next()
		if !ok || cut {
			return
		}
		switch tag {
		case 0x81, 0x82, 0x86:
			f.add(observation.TLSSAN, string(contents))
		case 0x87:
			if ip, ok := netip.AddrFromSlice(contents); ok {
				f.add(observation.TLSSAN, ip.String())
			}
		}
	}
}

// attributeNames are the short names of RFC 4514, section 3, and for e-mail the
// one in common use.
var attributeNames = map[string]string{
	"2.5.4.3": "CN", "2.5.4.5": "SERIALNUMBER", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST", "2.5.4.9": "STREET",
	"2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.17": "POSTALCODE",
	"0.9.2342.19200300.100.1.25": "DC", "0.9.2342.19200300.100.1.1": "UID", "1.2.840.113549.1.9.1": "EMAILADDRESS",
}

// maxAttributes bounds the parts of a name.
const maxAttributes = 32

// distinguishedName writes a name as RFC 2253 has it: the last part first,
// commas between, as the fingerprints of Rapid7's Recog expect. Attributes of
// one set are joined by "+". An attribute without a short name has its number.
func distinguishedName(b []byte) string {
	var parts []string
	r := ber{b}
	for range maxAttributes {
		set, ok := r.expect(berSet)
		if !ok {
			break
		}
		var joined []string
		s := ber{set}
		for range maxAttributes {
			pair, ok := s.expect(berSequence)
			if !ok {
				break
			}
			if text := attribute(pair); text != "" {
				joined = append(joined, text)
			}
		}
		if len(joined) > 0 {
			parts = append(parts, strings.Join(joined, "+"))
		}
	}
	var out strings.Builder
	for i := len(parts) - 1; i >= 0; i-- {
		if out.Len() > 0 {
			out.WriteByte(',')
		}
		out.WriteString(parts[i])
	}
	return out.String()
}

// attribute writes one type and value.
func attribute(pair []byte) string {
	r := ber{pair}
	oid, ok := r.expect(berOID)
	if !ok {
		return ""
	}
	tag, value, _, _, ok := r.next()
	name := oidText(oid)
	if !ok || name == "" || len(value) > observation.MaxValue {
		return ""
	}
	if short := attributeNames[name]; short != "" {
		name = short
	}
	return name + "=" + escapeAttribute(derText(tag, value))
}

// derText decodes a string of ASN.1: BMPString is UTF-16, what is no UTF-8 is
// taken as ISO 8859-1, as T61String is used in practice.
func derText(tag byte, b []byte) string {
	if tag == 0x1e {
		units := make([]uint16, 0, len(b)/2)
		for ; len(b) >= 2; b = b[2:] {
			units = append(units, uint16(b[0])<<8|uint16(b[1]))
		}
		return string(utf16.Decode(units))
	}
	if utf8.Valid(b) {
		return string(b)
	}
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}

// escapeAttribute escapes what has a meaning in a name; RFC 2253, section 2.4.
func escapeAttribute(s string) string {
	var out strings.Builder
	for i, r := range s {
		switch {
		case strings.ContainsRune(`,+"\<>;`, r), i == 0 && (r == '#' || r == ' '), i == len(s)-1 && r == ' ':
			out.WriteByte('\\')
		}
		out.WriteRune(r)
	}
	return out.String()
}
