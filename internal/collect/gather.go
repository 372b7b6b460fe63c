package collect

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/packet"
	"github.com/lenscap/lenscap/internal/record/export"
)

// A gatherer decodes datagrams into a batch. It is for one goroutine.
type gatherer struct {
	input    int
	number   int64
	decoder  *export.Decoder
	frames   packet.Decoder // of sampled packets
	batch    Batch
	first    int64
	last     int64
	sights   map[speaker]int // place in batch.Sights
	talks    map[talk]int    // place in batch.Flows of what samples belong to
	now      datagram        // the one that is decoded
	misdated map[netip.Addr]flow.Misdated
	usual    int // flows of the last batch, for which room is made
}

// A speaker is an address that sent.
type speaker struct {
	ip   netip.Addr
	mac  observation.MAC
	vlan uint16
}

// A talk is a flow that samples are added up in.
type talk struct {
	client, server netip.AddrPort
	vlan           uint16
	proto          uint8
}

func newGatherer(input int) *gatherer {
	g := &gatherer{input: input, sights: map[speaker]int{}, talks: map[talk]int{}, misdated: map[netip.Addr]flow.Misdated{}}
	g.decoder = export.New(input, g)
	g.decoder.Times = g.times
	return g
}

// Flow and Sight make a gatherer an [export.Sink].
func (g *gatherer) Flow(s *flow.Summary) {
	if g.batch.Flows == nil {
		g.batch.Flows = make([]flow.Summary, 0, g.usual+g.usual/8)
	}
	g.batch.Flows = append(g.batch.Flows, *s)
}

// Sight adds up what one address sent.
func (g *gatherer) Sight(s device.Sighting) {
	k := speaker{s.IP, s.MAC, s.VLAN}
	if i, ok := g.sights[k]; ok {
		have := &g.batch.Sights[i]
		if s.First.Before(have.First) {
			have.First = s.First
		}
		if s.Last.After(have.Last) {
			have.Last = s.Last
		}
		have.Packets += s.Packets
		have.Bytes += s.Bytes
		have.TTL = max(have.TTL, s.TTL)
		return
	}
	g.sights[k] = len(g.batch.Sights)
	g.batch.Sights = append(g.batch.Sights, s)
}

func (g *gatherer) len() int { return max(len(g.batch.Flows), len(g.batch.Sights)) }

// finish lets go the records that wait for their other direction.
func (g *gatherer) finish() { g.decoder.Finish() }

// take hands out the batch, if anything is in it.
func (g *gatherer) take() (Batch, bool) {
	if g.len() == 0 {
		return Batch{}, false
	}
	b := g.batch
	b.First, b.Last = time.Unix(0, g.first).UTC(), time.Unix(0, g.last).UTC()
	b.Misdated = g.misdatedInOrder()
	g.usual = len(b.Flows)
	g.batch, g.first = Batch{}, 0
	clear(g.sights)
	clear(g.talks)
	return b, true
}

// datagram decodes one.
func (g *gatherer) datagram(d datagram) told {
	b := *d.b
	g.number++
	g.now = d
	if g.first == 0 {
		g.first = d.at
	}
	g.last = d.at
	be16, be32 := binary.BigEndian.Uint16, binary.BigEndian.Uint32
	var t told
	switch {
	case len(b) >= 28 && be32(b) == 5:
		return g.sflow(b, d.at)
	case len(b) >= 24 && be16(b) == 5:
		t = told{format: "NetFlow 5", numbered: true, domain: uint64(be16(b[20:])), number: be32(b[16:])}
	case len(b) >= 20 && be16(b) == 9:
		t = told{format: "NetFlow 9", numbered: true, domain: uint64(be32(b[16:])), number: be32(b[12:]), step: 1, messages: true}
	case len(b) >= 16 && be16(b) == 10:
		t = told{format: "IPFIX", numbered: true, domain: uint64(be32(b[12:])), number: be32(b[8:])}
	default:
		return told{bad: true}
	}
	x := g.decoder
	records, data, blind, faults := x.Records, x.Data, x.Blind, x.Faults
	// Templates are kept by address, not by port: an exporter that starts again
	// has another port, and its old templates would stay for ever.
	x.Message(netip.AddrPortFrom(d.from.Addr(), 0), b, d.at, g.number)
	t.records, t.blind = x.Records-records, x.Blind-blind
	t.bad = x.Faults-faults > t.blind
	switch {
	case t.format == "NetFlow 5":
		t.step = uint32(be16(b[2:]))
	case t.format == "IPFIX" && t.blind == 0 && !t.bad:
		t.step = uint32(x.Data - data)
		t.numbered = t.step > 0 // one of templates alone says nothing new
	}
	return t
}
