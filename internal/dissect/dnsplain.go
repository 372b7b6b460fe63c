package dissect

import (
	"encoding/binary"
	"net/netip"

	"github.com/miekg/dns"

	"github.com/lenscap/lenscap/internal/observation"
)

// plainDNS reads what nearly all of DNS is, at a tenth of the cost: one question
// for a name of letters, digits, hyphens and underscores, and answers that are
// addresses of that very name. ok is false for anything else, which [readDNS]
// must read; where both read a message they say the same.
func plainDNS(b []byte) (f fields, response, ok bool) {
	if len(b) < dnsHeader || b[2]>>3&15 != 0 || count16(b[4:]) != 1 {
		return nil, false, false
	}
	response = b[2]&0x80 != 0
	var room [256]byte
	name, at := plainName(room[:0], b)
	if at == 0 || at+4 > len(b) || response && len(name) == 0 {
		return nil, false, false
	}
	if !response {
		if len(name) > 0 {
			f = fields{{Name: observation.DNSQuestion, Value: string(name)}} // clean already
		}
		return f, false, true
	}
	at += 4
answers:
	for range count16(b[6:]) {
		ip, next := plainAddress(b, at)
		if next == 0 || len(f) >= 16 {
			return nil, false, false
		}
		text := ip.AppendTo(append(name, ' ')) // behind the name, which stays
		at = next
		for i := range f {
			if f[i].Value == string(text) {
				continue answers
			}
		}
		f = append(f, observation.Field{Name: observation.DNSAnswer, Value: string(text)})
	}
	return f, true, true
}

// dns is [dissectDNS] of a message that [plainDNS] reads, remembered; false for any
// other.
func (m *Memory) dns(b []byte, emit Emit) bool {
	text, ok := appendDNS(m.begin(ofDNS), b)
	if !ok {
		return false
	}
	k := m.find(text)
	if k.parts == nil {
		f, response, ok := plainDNS(b)
		about := observation.Sender
		if response {
			about = observation.Receiver
		}
		if !ok || len(f) == 0 { // says nothing, and may be another protocol's
			return false
		}
		emitPart(k.one("dns", about, f), false, 0, emit)
		return true
	}
	emitPart(k.parts[0], false, 0, emit)
	return true
}

// appendDNS appends what plainDNS reads of a message: not its number, nor the
// types and times to live of its records.
func appendDNS(text, b []byte) (_ []byte, ok bool) {
	if len(b) < dnsHeader || b[2]>>3&15 != 0 || count16(b[4:]) != 1 {
		return text, false
	}
	text = append(text, b[2]&0x80)
	text, at := plainName(text, b)
	if at == 0 || at+4 > len(b) {
		return text, false
	}
	if b[2]&0x80 == 0 {
		return text, true
	}
	at += 4
	text = append(text, ' ')
	for range count16(b[6:]) {
		ip, next := plainAddress(b, at)
		if next == 0 {
			return text, false
		}
		if ip.Is4() {
			four := ip.As4()
			text = append(append(text, 4), four[:]...)
		} else {
			all := ip.As16()
			text = append(append(text, 16), all[:]...)
		}
		at = next
	}
	return text, true
}

// plainName appends the name behind the header to dst, in lower case, and returns
// the offset behind it; 0 if it is not plain.
func plainName(dst, b []byte) (name []byte, end int) {
	at := dnsHeader
	for {
		if at >= len(b) || b[at] > 63 || at+1+int(b[at]) > len(b) || len(dst)+int(b[at]) > 250 {
			return nil, 0
		}
		n := int(b[at])
		at++
		if n == 0 {
			return dst, at
		}
		if len(dst) > 0 {
			dst = append(dst, '.')
		}
		for _, c := range b[at : at+n] {
			switch {
			case c >= 'A' && c <= 'Z':
				c |= 0x20
			case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
			default:
				return nil, 0
			}
			dst = append(dst, c)
		}
		at += n
	}
}

// plainAddress reads an A or AAAA record of the name in the question and returns
// the offset behind it; 0 if it is anything else.
func plainAddress(b []byte, at int) (ip netip.Addr, end int) {
	if at+12 > len(b) || b[at] != 0xc0 || b[at+1] != dnsHeader {
		return ip, 0
	}
	kind, size := binary.BigEndian.Uint16(b[at+2:]), count16(b[at+10:])
	end = at + 12 + size
	switch {
	case end > len(b):
		return ip, 0
	case kind == dns.TypeA && size == 4:
		return netip.AddrFrom4([4]byte(b[at+12 : end])), end
	case kind == dns.TypeAAAA && size == 16:
		return netip.AddrFrom16([16]byte(b[at+12 : end])), end
	}
	return ip, 0
}
