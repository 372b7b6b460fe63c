package flow

import (
	"github.com/lenscap/lenscap/internal/packet"
)

// udp looks for RTP in p and hands over what a dissector wants.
func (t *Table) udp(f *Record, index uint32, p *packet.Packet, fromClient bool) {
	side := f.Side(fromClient)
	if t.rtpDatagram(f, index, side, p, fromClient) || len(p.Payload) == 0 {
		return
	}
	limited := !unlimited(p.SrcPort) && !unlimited(p.DstPort)
	if limited && int(side.handed) >= t.cfg.DatagramsPerFlow {
		t.stats.DatagramsSkipped++
		return
	}
	if !t.cfg.DatagramWanted(p.SrcPort, p.DstPort, p.Payload) {
		return
	}
	if t.repeats.seen(datagramHash(f.ID, fromClient, p)) {
		t.stats.DatagramRepeats++
		return
	}
	if limited {
		side.handed++
	}
	t.stats.Datagrams++
	t.h.Datagram(t.show(f), p, fromClient)
}

// unlimited lists the ports of DNS, SSDP, WS-Discovery, mDNS, LLMNR, SADP and
// DHIP: each new datagram there may be another device or name.
func unlimited(port uint16) bool {
	switch port {
	case 53, 1900, 3702, 5353, 5355, 37020, 37810:
		return true
	}
	return false
}

// repeats remembers the datagrams handed over lately: fixed room for 65,536,
// in sets of four of which the one met longest ago gives way.
type repeats struct{ set [][4]uint64 }

const repeatSets = 1 << 14

// seen reports whether hash is remembered, and remembers it.
func (r *repeats) seen(hash uint64) bool {
	if r.set == nil {
		r.set = make([][4]uint64, repeatSets)
	}
	s := &r.set[hash%uint64(len(r.set))]
	at := len(s) - 1
	for i, h := range s {
		if h == hash {
			at = i
			break
		}
	}
	known := s[at] == hash
	copy(s[1:at+1], s[:at])
	s[0] = hash
	return known
}

// datagramHash is of flow, direction, sender's MAC (two devices may claim one
// address) and payload. Its constants are fixed, so that two runs forget the
// same; who makes two payloads collide hides only a datagram of their own flow.
func datagramHash(flow uint64, fromClient bool, p *packet.Packet) uint64 {
	const a, b = 0x9e3779b97f4a7c15, 0xd6e8feb86659fd93
	h := mix(flow^a, b^uint64(len(p.Payload)))
	if fromClient {
		h ^= a
	}
	m := p.SrcMAC
	h = mix(h^uint64(m[0])<<40^uint64(m[1])<<32^uint64(m[2])<<24^uint64(m[3])<<16^uint64(m[4])<<8^uint64(m[5]), b)
	rest := p.Payload
	for len(rest) >= 16 {
		h = mix(h^le64(rest), a^le64(rest[8:]))
		rest = rest[16:]
	}
	var tail [16]byte
	copy(tail[:], rest)
	h = mix(h^le64(tail[:8]), a^le64(tail[8:]))
	return h | 1
}
