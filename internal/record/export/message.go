package export

import (
	"encoding/binary"
	"net/netip"
)

func be16(b []byte) uint16 { return binary.BigEndian.Uint16(b) }
func be32(b []byte) uint32 { return binary.BigEndian.Uint32(b) }
func be64(b []byte) uint64 { return binary.BigEndian.Uint64(b) }

const (
	second      = int64(1_000_000_000)
	millisecond = int64(1_000_000)
	minute      = 60 * second
)

// A message is one being decoded.
type message struct {
	x        *Decoder
	b        []byte
	exporter netip.AddrPort
	at       int64 // when it came, ns
	number   int64
	version  uint8
	domain   uint32
	sent     int64 // when the exporter says it sent it, ns
	boot     int64 // when the exporter started, ns; 0 unknown
}

func (m *message) bad(bytes int, why string) {
	m.x.Faults++
	m.x.gaps.add(-1, int64(bytes), 1, why)
}

// since is the time of an exporter's clock of milliseconds that began at boot. The
// clock has 32 bits and begins anew each 49.7 days (RFC 3954, section 5.1,
// sysUpTime): of the times that its reading can mean, it is the one nearest to when
// the message was sent.
func (m *message) since(boot int64, ms uint64) int64 {
	const round = millisecond << 32
	at := boot + int64(ms)*millisecond //nolint:gosec // a reading beyond 32 bits is out of reach below
	if ms >= 1<<32 || m.sent <= 0 {
		return at
	}
	off := m.sent - at
	turns := (max(off, -off) + round/2) / round
	if off < 0 {
		turns = -turns
	}
	return at + turns*round
}

// v5 decodes a NetFlow 5 message: a header of 24 bytes and records of 48.
func (m *message) v5() {
	n := int(be16(m.b[2:]))
	m.sent = int64(be32(m.b[8:]))*second + int64(be32(m.b[12:])%1_000_000_000)
	m.boot = m.sent - int64(be32(m.b[4:]))*millisecond
	if s := be16(m.b[22:]) & 0x3fff; s > 1 {
		m.x.sampled = true
	}
	b := m.b[24:]
	if len(b) < 48*n {
		m.bad(len(b)%48, "NetFlow v5 messages cut short")
		n = len(b) / 48
	}
	for ; n > 0; n, b = n-1, b[48:] {
		r := exported{
			src: netip.AddrFrom4([4]byte(b[0:4])), dst: netip.AddrFrom4([4]byte(b[4:8])),
			packets: uint64(be32(b[16:])), bytes: uint64(be32(b[20:])),
			first: m.since(m.boot, uint64(be32(b[24:]))), last: m.since(m.boot, uint64(be32(b[28:]))),
			sport: be16(b[32:]), dport: be16(b[34:]), flags: b[37], proto: b[38], number: m.number,
		}
		m.record(&r)
	}
}

// record takes a record of the message.
func (m *message) record(r *exported) { m.x.take(r, m.when()) }

// when is the time of a record that carries none.
func (m *message) when() int64 {
	if m.sent > 0 {
		return m.sent
	}
	return m.at
}

// v9 decodes a NetFlow 9 message (RFC 3954, section 5.1).
func (m *message) v9() {
	m.version = 9
	m.sent = int64(be32(m.b[8:])) * second
	m.boot = m.sent - int64(be32(m.b[4:]))*millisecond
	m.domain = be32(m.b[16:])
	m.sets(m.b[20:], 0, 1)
}

// ipfix decodes an IPFIX message (RFC 7011, section 3.1).
func (m *message) ipfix() {
	m.version = 10
	m.sent = int64(be32(m.b[4:])) * second
	m.domain = be32(m.b[12:])
	m.boot = m.x.boots[m.self()]
	end := int(be16(m.b[2:]))
	if end < 16 || end > len(m.b) {
		m.bad(len(m.b), "IPFIX messages cut short")
		end = len(m.b)
	}
	m.sets(m.b[16:end], 2, 3)
}

// sets walks the sets of a message; the two ids are of templates and of
// options templates.
func (m *message) sets(b []byte, templates, options uint16) {
	for len(b) >= 4 {
		id, n := be16(b), int(be16(b[2:]))
		if n < 4 || n > len(b) {
			m.bad(len(b), "export sets whose length is wrong")
			return
		}
		set := b[4:n]
		b = b[n:]
		switch {
		case id == templates:
			m.learn(set)
		case id == options:
			m.learnOptions(set)
		case id >= 256:
			m.data(id, set)
		default:
			m.bad(len(set), "export sets of an unknown kind")
		}
	}
	if len(b) > 0 && !zero(b) {
		m.bad(len(b), "bytes behind the last export set")
	}
}

func zero(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}

func (m *message) self() templateKey {
	return templateKey{exporter: m.exporter, domain: m.domain, version: m.version}
}

// started keeps when the exporter started, where options say it: softflowd's
// flows count milliseconds from then on.
func (m *message) started(t *template, b []byte) {
	at, ok := t.boot(b)
	if _, have := m.x.boots[m.self()]; ok && (have || len(m.x.boots) < maxTemplates) {
		m.boot = at
		m.x.boots[m.self()] = at
	}
}

// data decodes the records of one set.
func (m *message) data(id uint16, b []byte) {
	t := m.x.templates[templateKey{m.exporter, m.domain, id, m.version}]
	if t == nil {
		m.x.Blind++
		m.bad(len(b), "export sets whose template was not seen before them")
		return
	}
	if t.options {
		if t.least > 0 {
			m.x.Data += int64(len(b) / t.least)
		}
		if t.samples(b) {
			m.x.sampled = true
		}
		m.started(t, b)
		return
	}
	for len(b) >= t.least && t.least > 0 {
		var r exported
		rest, ok := t.decode(b, m, &r)
		if !ok {
			m.bad(len(b), "export records cut short")
			return
		}
		b = rest
		m.x.Data++
		r.number = m.number
		m.record(&r)
	}
}
