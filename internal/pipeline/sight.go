package pipeline

import (
	"context"
	"net/netip"
	"strconv"
	"time"

	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/dissect"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/packet"
	"github.com/lenscap/lenscap/internal/record/export"
	"github.com/lenscap/lenscap/internal/report"
)

// A sight turns the frames of one input into observations. It is the only place
// where bytes, flows and observations meet.
type sight struct {
	p     *run
	input int
	table *flow.Table
	relay *relay // what the table finds goes through it
	pairs *flow.Pairs
	bytes int64         // captured bytes of the packets
	gaps  []capture.Gap // of frames that were not understood

	// Of the relay's goroutine, until it has finished:

	senders sightings       // of frames without IP, of flows without hardware address, of exported flows
	exports *export.Decoder // of the flows that exporters in the capture tell of
}

// streamBudget is the memory for the beginnings of all TCP streams together, in
// bytes.
const streamBudget = 12 << 20

func newSight(p *run, input int) *sight {
	s := &sight{p: p, input: input}
	s.exports = export.New(input, exportSink{s})
	s.relay = newRelay(s)
	s.pairs = flow.NewPairs(0, s.pair)
	s.table = flow.New(flow.Config{
		MaxFlows: p.cfg.MaxFlows, StreamWanted: dissect.StreamWanted, DatagramWanted: dissect.DatagramWanted, StreamBudget: streamBudget, Pairs: s.pairs,
	}, s.relay)
	return s
}

// frames reads r to its end, which is no error. Cancelling ctx ends it with the
// context's error.
func (s *sight) frames(ctx context.Context, r *capture.Reader) error {
	t := newTaker(ctx, r, s.input, s.table)
	told := int64(0)
	for b := range t.full {
		s.bytes += b.bytes
		for from := 0; from < b.n; from += warmAtOnce {
			to := min(from+warmAtOnce, b.n)
			s.table.Warm(b.hashes[from:to])
			for i := from; i < to; i++ {
				s.packet(&b.packets[i], b.results[i], b.hashes[i])
			}
		}
		s.p.state.Packets += int64(b.n)
		t.free <- b
		if s.p.state.Packets-told > 4096 {
			told = s.p.state.Packets
			if time.Since(s.p.told) > 100*time.Millisecond {
				s.p.progress("reading")
			}
		}
	}
	s.gaps = t.decoder.Gaps()
	return t.err
}

// warmAtOnce is how many packets' flows are fetched together, see [flow.Table.Warm].
const warmAtOnce = 32

// packet hands one packet to who wants it.
func (s *sight) packet(p *packet.Packet, result packet.Result, hash uint32) {
	if !p.HasMAC { // inside a tunnel: the address is of the tunnel's end, not of the sender
		p.SrcMAC, p.DstMAC = observation.MAC{}, observation.MAC{}
	}
	switch result {
	case packet.TCP, packet.UDP, packet.ICMP, packet.OtherIP:
		s.p.twice.add(p)
		s.table.AddHashed(p, hash)
		if result == packet.UDP && export.Looks(p.Payload) {
			s.relay.packet(callExport, p)
		}
	case packet.LinkOnly:
		s.relay.packet(callFrame, p)
	case packet.WLANOther: // encrypted, but the sender is plain
		p.Payload = nil
		s.relay.packet(callLink, p)
	case packet.WLANMgmt:
		s.relay.packet(callWLAN, p)
	}
}

// finish ends the flows and hands over who sent frames.
func (s *sight) finish() {
	s.table.Close()
	s.relay.finish()
	for pair := range s.pairs.All() {
		s.pair(pair)
	}
	s.exports.Finish()
	s.senders.all(s.p.devices.Sight)
}

// limits words what the fixed memory cost.
func (s *sight) limits() []report.Gap {
	var out []report.Gap
	st := s.table.Stats()
	for _, l := range []struct {
		n   int64
		why string
	}{
		{st.Evicted, "flows ended early: more were live at once than --max-flows allows"},
		{st.StreamsForced, "TCP streams read early: the memory for the beginnings of streams was used up"},
		{s.pairs.Evicted() + s.senders.dropped, "senders forgotten: more hardware and IP addresses than memory is set aside for"},
	} {
		if l.n > 0 {
			out = append(out, report.Gap{Offset: -1, Packets: l.n, Why: l.why})
		}
	}
	return out
}

func (s *sight) pair(p *flow.Pair) {
	s.p.devices.Sight(device.Sighting{
		Input: s.input, MAC: p.MAC, IP: p.IP(), First: nano(p.First), Last: nano(p.Last), Packets: p.Packets, Bytes: p.Bytes, VLAN: p.VLAN, TTL: p.TTL,
	})
}

func (s *sight) link(p *packet.Packet) {
	if !p.HasMAC || p.SrcMAC.IsZero() {
		return
	}
	s.senders.add(device.Sighting{
		Input: s.input, MAC: p.SrcMAC, VLAN: p.VLAN, First: nano(p.Time), Last: nano(p.Time), Packets: 1, Bytes: int64(p.Wire),
	})
}

// An exportSink keeps the flows that exporters in a capture tell of.
type exportSink struct{ s *sight }

// Flow is part of [export.Sink].
func (e exportSink) Flow(f *flow.Summary) { e.s.p.flow(f) }

// Sight is part of [export.Sink].
func (e exportSink) Sight(d device.Sighting) { e.s.senders.add(d) }

// frame keeps what a frame without flow said.
func (s *sight) frame(p *packet.Packet, m dissect.Message) {
	s.keep(&observation.Observation{
		Packet: p.Number, Seen: nano(p.Time), Protocol: m.Protocol, MAC: p.SrcMAC, ToMAC: p.DstMAC, VLAN: p.VLAN, About: m.About, Fields: m.Fields,
	}, m.Known)
}

// A teller keeps what dissectors say of the datagram or stream that is set. There
// is one, so that none is made for each.
type teller struct {
	s      *sight
	memory *dissect.Memory
	p      *packet.Packet
	f      *flow.Record
	st     *flow.Stream
	said   [2]dissect.Emit // of a datagram, of a stream
}

func newTeller(s *sight) *teller {
	t := &teller{s: s, memory: dissect.NewMemory()}
	t.said = [2]dissect.Emit{t.ofDatagram, t.ofStream}
	return t
}

func (t *teller) datagram(p *packet.Packet) {
	t.p = p
	t.memory.Datagram(p.SrcPort, p.DstPort, p.Payload, t.said[0])
}

func (t *teller) stream(f *flow.Record, st *flow.Stream) {
	t.f, t.st = f, st
	t.memory.Stream(f.Client.Port, f.Server.Port, st.Client.Data, st.Server.Data, t.said[1])
}

func (t *teller) ofDatagram(m dissect.Message) {
	p := t.p
	t.s.keep(&observation.Observation{
		Packet: p.Number, Seen: nano(p.Time), Protocol: m.Protocol, MAC: p.SrcMAC, ToMAC: p.DstMAC, VLAN: p.VLAN,
		From: p.Source(), To: p.Destination(), TTL: p.TTL, About: m.About, Fields: m.Fields,
	}, m.Known)
}

// ofStream keeps what one half of a TCP stream says.
func (t *teller) ofStream(m dissect.Message) {
	f := t.f
	from, to, half := f.Side(m.FromClient), f.Side(!m.FromClient), &t.st.Server
	if m.FromClient {
		half = &t.st.Client
	}
	number, at := half.PacketAt(m.End - 1)
	if number == 0 { // said of a half of which nothing was captured
		number, at = f.Number, f.First
	}
	t.s.keep(&observation.Observation{
		Packet: number, Seen: nano(at), Protocol: m.Protocol, MAC: from.MAC, ToMAC: to.MAC, VLAN: f.VLAN,
		From: from.AddrPort(), To: to.AddrPort(), TTL: from.TTL, About: m.About, Fields: m.Fields,
	}, m.Known)
}

// nameless reports whether no frame names a hardware address for who spoke.
func nameless(s *flow.Side) bool { return s.Packets > 0 && s.MAC.IsZero() }

// end keeps who spoke where no frame names a hardware address.
func (s *sight) end(f *flow.Record) {
	for _, client := range [...]bool{true, false} {
		if side := f.Side(client); nameless(side) {
			s.senders.add(device.Sighting{
				Input: s.input, IP: side.IP(), First: nano(f.First), Last: nano(f.Last()), Packets: int64(side.Packets), Bytes: int64(side.Bytes), VLAN: f.VLAN, TTL: side.TTL,
			})
		}
	}
}

func (s *sight) rtp(f *flow.Record, client bool, r *flow.RTP) {
	from, to := f.Side(client), f.Side(!client)
	head := dissect.RTP{PayloadType: r.PayloadType}
	codec, media := head.Codec(), head.Media()
	if media == "unknown" && r.ClockRate() == 90000 {
		media = "video" // RFC 3551, section 4: every video profile uses a 90 kHz clock
	}
	kept := s.keep(&observation.Observation{
		Packet: f.Number, Seen: nano(r.First), Protocol: "rtp", MAC: from.MAC, ToMAC: to.MAC, VLAN: f.VLAN, From: from.AddrPort(), To: to.AddrPort(), TTL: from.TTL,
		Fields: []observation.Field{
			{Name: observation.RTPCodec, Value: codec}, {Name: observation.RTPMedia, Value: media},
			{Name: observation.RTPPackets, Value: strconv.FormatUint(r.Packets, 10)}, {Name: observation.RTPBytes, Value: strconv.FormatUint(r.PayloadBytes, 10)},
			{Name: observation.RTPTo, Value: to.AddrPort().String()},
		},
	}, nil)
	if kept {
		s.p.log.Lasted(nano(r.Last))
	}
}

// keep adds an observation to the log of the audit, and reports whether it is new.
func (s *sight) keep(o *observation.Observation, known *observation.Digest) bool {
	o.Input = s.input
	if o.From == (netip.AddrPort{}) && o.Protocol == "arp" {
		if ip, err := netip.ParseAddr(o.Get(observation.ARPIP)); err == nil {
			o.From = netip.AddrPortFrom(ip, 0)
		}
	}
	return s.p.log.AddKnown(o, known)
}

func nano(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}
