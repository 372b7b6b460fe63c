package collect

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/netsampler/goflow2/v2/decoders/sflow"
)

// frame is an Ethernet frame in VLAN 12 with a TCP segment, its first 60 bytes.
func frame(src, dst [4]byte, sport, dport uint16, flags byte) []byte {
	b := []byte{0x00, 0x11, 0x22, 0, 0, dst[3], 0x44, 0x19, 0xb6, 0, 0, src[3], 0x81, 0, 0, 12, 0x08, 0}
	ip := []byte{0x45, 0, 0x05, 0xdc, 0, 0, 0x40, 0, 64, 6, 0, 0}
	ip = append(append(ip, src[:]...), dst[:]...)
	tcp := make([]byte, 20)
	binary.BigEndian.PutUint16(tcp, sport)
	binary.BigEndian.PutUint16(tcp[2:], dport)
	tcp[12], tcp[13] = 0x50, flags
	return append(append(b, ip...), tcp...)
}

// A made is a sample as an agent writes it.
type made struct {
	expanded bool
	raw      []byte // first bytes of the frame
	wire     uint32
	v4       []byte // a record of sampled IPv4 in its place
}

var camera, server = [4]byte{10, 0, 0, 5}, [4]byte{192, 0, 2, 1}

var samples = []made{
	{raw: frame(camera, server, 40000, 443, 0x02), wire: 1522},
	{expanded: true, raw: frame(server, camera, 443, 40000, 0x10), wire: 70},
	{raw: frame(camera, server, 40000, 443, 0x18), wire: 1522},
	{v4: []byte{0, 0, 0, 100, 0, 0, 0, 17, 10, 0, 0, 6, 10, 0, 0, 1, 0, 0, 0x9c, 0x40, 0, 0, 0, 53, 0, 0, 0, 0, 0, 0, 0, 0}},
}

// sflowDatagram writes samples as sflow.org's sflow_version_5.txt has it.
func sflowDatagram(number, rate uint32, list ...made) []byte {
	var b bytes.Buffer
	u := func(w *bytes.Buffer, v ...uint32) { binary.Write(w, binary.BigEndian, v) }
	u(&b, 5, 1, 0x0a0000fe, 0, number, 1000, uint32(len(list)+1))
	for _, s := range list {
		var records, body bytes.Buffer
		if s.raw != nil {
			pad := (4 - len(s.raw)%4) % 4
			u(&records, 1, uint32(16+len(s.raw)+pad), 1, s.wire, 4, uint32(len(s.raw)))
			records.Write(append(bytes.Clone(s.raw), make([]byte, pad)...))
		} else {
			u(&records, 3, uint32(len(s.v4)))
			records.Write(s.v4)
		}
		format := uint32(1)
		if s.expanded {
			format = 3
			u(&body, number, 0, 7, rate, 100, 0, 0, 7, 0, 8, 1)
		} else {
			u(&body, number, 7, rate, 100, 0, 7, 8, 1)
		}
		body.Write(records.Bytes())
		u(&b, format, uint32(body.Len()))
		b.Write(body.Bytes())
	}
	u(&b, 2, 12, number, 7, 0) // counters of an interface, of no interest
	return b.Bytes()
}

func decodeSFlow(list ...[]byte) (Batch, told) {
	g := newGatherer(3)
	var t told
	for i := range list {
		t = g.datagram(datagram{netip.MustParseAddrPort("10.0.0.254:6343"), int64(i + 1), &list[i]})
	}
	b, _ := g.take()
	return b, t
}

func TestSFlow(t *testing.T) {
	got, said := decodeSFlow(sflowDatagram(7, 1000, samples...), sflowDatagram(8, 1000, samples[1]))
	want := []flow.Summary{
		{
			Input: 3, Number: 1, First: 1, Last: 2, VLAN: 12, Proto: 6, Begins: true,
			Client: flow.End{Addr: netip.MustParseAddrPort("10.0.0.5:40000"), MAC: observation.MAC{0x44, 0x19, 0xb6, 0, 0, 5}, Packets: 2000, Bytes: 3_044_000, Flags: 0x1a, TTL: 64},
			Server: flow.End{Addr: netip.MustParseAddrPort("192.0.2.1:443"), MAC: observation.MAC{0, 0x11, 0x22, 0, 0, 1}, Packets: 2000, Bytes: 140_000, Flags: 0x10, TTL: 64},
		},
		{
			Input: 3, Number: 1, First: 1, Last: 1, Proto: 17,
			Client: flow.End{Addr: netip.MustParseAddrPort("10.0.0.6:40000"), Packets: 1000, Bytes: 100_000}, Server: flow.End{Addr: netip.MustParseAddrPort("10.0.0.1:53")},
		},
	}
	if diff := cmp.Diff(want, got.Flows, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	var who []netip.Addr
	for _, s := range got.Sights {
		who = append(who, s.IP)
	}
	if diff := cmp.Diff([]netip.Addr{netip.MustParseAddr("10.0.0.5"), netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("10.0.0.6")}, who, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	if want := (told{format: "sFlow 5", records: 1, numbered: true, number: 8, step: 1, messages: true, sampling: 1000}); said != want {
		t.Errorf("%+v, want %+v", said, want)
	}
}

// goflow2's decoder says the same of the samples' fields.
func TestSFlowIsReadAsGoflow2Does(t *testing.T) {
	var p sflow.Packet
	if err := sflow.DecodeMessageVersion(bytes.NewBuffer(sflowDatagram(7, 1000, samples...)), &p); err != nil {
		t.Fatal(err)
	}
	packets, octets, records := uint64(0), uint64(0), 0
	for _, s := range p.Samples {
		rate, list := uint32(0), []sflow.FlowRecord(nil)
		switch s := s.(type) {
		case sflow.FlowSample:
			rate, list = s.SamplingRate, s.Records
		case sflow.ExpandedFlowSample:
			rate, list = s.SamplingRate, s.Records
		}
		for _, r := range list {
			records++
			packets += uint64(rate)
			switch d := r.Data.(type) {
			case sflow.SampledHeader:
				octets += uint64(rate) * uint64(d.FrameLength)
			case sflow.SampledIPv4:
				octets += uint64(rate) * uint64(d.Length)
			}
		}
	}
	got, said := decodeSFlow(sflowDatagram(7, 1000, samples...))
	for _, f := range got.Flows {
		packets -= f.Client.Packets + f.Server.Packets
		octets -= f.Client.Bytes + f.Server.Bytes
	}
	if packets != 0 || octets != 0 || int64(records) != said.records || said.number != p.SequenceNumber {
		t.Errorf("goflow2 counts %d packets and %d bytes more, %d records to %d", int64(packets), int64(octets), records, said.records)
	}
}

// hostile is an expanded sample that says it has four thousand million records.
func hostile() []byte {
	b := sflowDatagram(1, 1, made{expanded: true, raw: frame(camera, server, 1, 2, 0), wire: 64})
	binary.BigEndian.PutUint32(b[28+8+40:], 0xffffffff)
	return b
}

func TestHostileSFlowCostsNothing(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for cut := range len(hostile()) {
		b := hostile()[:cut]
		decodeSFlow(b)
	}
	got, said := decodeSFlow(hostile())
	runtime.ReadMemStats(&after)
	if len(got.Flows) != 1 || !said.bad {
		t.Errorf("%d flows, %+v", len(got.Flows), said)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 1<<30 {
		t.Errorf("%d bytes allocated", used)
	}
	for _, n := range []uint32{1025, 0xffffffff} {
		b := sflowDatagram(1, 1)
		binary.BigEndian.PutUint32(b[24:], n)
		if _, said := decodeSFlow(b); !said.bad {
			t.Errorf("%d samples: %+v", n, said)
		}
	}
}

func BenchmarkSFlow(b *testing.B) {
	d := sflowDatagram(7, 1000, samples...)
	b.Run("lenscap", func(b *testing.B) {
		g := newGatherer(0)
		for range b.N {
			g.datagram(datagram{netip.MustParseAddrPort("10.0.0.254:6343"), 1, &d})
		}
	})
	b.Run("goflow2", func(b *testing.B) {
		for range b.N {
			var p sflow.Packet
			if err := sflow.DecodeMessageVersion(bytes.NewBuffer(d), &p); err != nil {
				b.Fatal(err)
			}
		}
	})
}
