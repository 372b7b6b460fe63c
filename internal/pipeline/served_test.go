package pipeline

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/kb"
)

// talkOf is a flow from client to server: packets and bytes each way.
func talkOf(proto uint8, client, server string, up, upBytes, down, downBytes uint64, change ...func(*flow.Summary)) *flow.Summary {
	f := &flow.Summary{
		Number: 1, First: 1e9, Last: 2e9, Proto: proto, Begins: true,
		Client: flow.End{Addr: netip.MustParseAddrPort(client), Packets: up, Bytes: upBytes},
		Server: flow.End{Addr: netip.MustParseAddrPort(server), Packets: down, Bytes: downBytes},
	}
	for _, c := range change {
		c(f)
	}
	return f
}

// TestServed tells which services answered.
func TestServed(t *testing.T) {
	base, err := maker.Load(kb.FS)
	if err != nil {
		t.Fatal(err)
	}
	flags := func(client, server uint8) func(*flow.Summary) {
		return func(f *flow.Summary) { f.Client.Flags, f.Server.Flags = client, server }
	}
	later := func(f *flow.Summary) { f.First, f.Last = f.First+2*silence, f.Last+2*silence }
	open := func(f *flow.Summary) { f.Begins = false }
	for _, c := range []struct {
		name  string
		flows []*flow.Summary
		want  []string // "address field value"
	}{
		{"a recorder asks a camera for video", []*flow.Summary{talkOf(6, "10.0.0.2:40000", "10.0.0.9:554", 20, 2000, 400, 400000)}, []string{"10.0.0.9:554 flow.service tcp/554"}},
		{"the same twice is told once", []*flow.Summary{
			talkOf(6, "10.0.0.2:40000", "10.0.0.9:554", 20, 2000, 400, 400000), talkOf(6, "10.0.0.3:40000", "10.0.0.9:554", 20, 2000, 400, 400000),
		}, []string{"10.0.0.9:554 flow.service tcp/554"}},
		{"only the handshake", []*flow.Summary{talkOf(6, "10.0.0.2:40000", "10.0.0.9:554", 2, 100, 1, 60, flags(0x12, 0x12))}, nil},
		{"refused three times", []*flow.Summary{talkOf(6, "10.0.0.2:40000", "10.0.0.9:37777", 3, 180, 3, 120, flags(0x02, 0x14))}, nil},
		{"three small packets each way and no word of flags", []*flow.Summary{talkOf(6, "10.0.0.2:40000", "10.0.0.9:37777", 3, 180, 3, 120)}, nil},
		{"no answer", []*flow.Summary{talkOf(6, "10.0.0.2:40000", "10.0.0.9:554", 5, 300, 0, 0), talkOf(17, "10.0.0.2:40000", "10.0.0.9:37810", 5, 300, 0, 0)}, nil},
		{"two packets each way that carry something", []*flow.Summary{talkOf(6, "10.0.0.2:40000", "10.0.0.9:34567", 2, 400, 2, 600)}, []string{"10.0.0.9:34567 flow.service tcp/34567"}},
		{"a datagram and its answer", []*flow.Summary{talkOf(17, "10.0.0.2:40000", "10.0.0.9:37810", 1, 100, 1, 300)}, []string{"10.0.0.9:37810 flow.service udp/37810"}},
		{"one port on both ends tells no server", []*flow.Summary{talkOf(17, "10.0.0.2:37810", "10.0.0.9:37810", 1, 100, 1, 300)}, nil},
		{"who opened it was not seen", []*flow.Summary{talkOf(6, "10.0.0.2:40000", "10.0.0.9:37777", 9, 900, 9, 900, flags(0x10, 0x18), open)}, nil},
		{"who opened it was not seen, twice", []*flow.Summary{
			talkOf(6, "10.0.0.2:40000", "10.0.0.9:37777", 9, 900, 9, 900, flags(0x10, 0x18), open), talkOf(6, "10.0.0.2:40001", "10.0.0.9:37777", 9, 900, 9, 900, flags(0x10, 0x18), open),
		}, []string{"10.0.0.9:37777 flow.service tcp/37777"}},
		{"what everybody serves, and what nobody knows", []*flow.Summary{
			talkOf(6, "10.0.0.2:40000", "10.0.0.9:80", 9, 900, 9, 900, flags(0x1a, 0x1a)), talkOf(6, "10.0.0.2:40000", "10.0.0.9:29999", 9, 900, 9, 900, flags(0x1a, 0x1a)),
		}, nil},
		{"a server on another network, on a port of devices", []*flow.Summary{talkOf(6, "10.0.0.2:40000", "192.0.2.9:554", 9, 900, 9, 900, flags(0x1a, 0x1a))}, nil},
		{"a P2P server on another network", []*flow.Summary{talkOf(17, "10.0.0.2:40000", "192.0.2.9:32100", 1, 60, 1, 60)}, []string{"10.0.0.2:40000 flow.reached udp/32100"}},
		{"two P2P servers, and the record does not say who opened it", []*flow.Summary{
			talkOf(17, "192.0.2.9:32100", "10.0.0.2:25508", 3, 180, 3, 180, open), talkOf(17, "192.0.2.10:32100", "10.0.0.2:25508", 3, 180, 3, 180, open),
		}, []string{"10.0.0.2:25508 flow.reached udp/32100"}},
		{"a computer whose own port is one of cameras asks web servers", []*flow.Summary{
			talkOf(6, "10.0.0.2:37777", "192.0.2.9:443", 9, 900, 9, 900, flags(0x18, 0x18), open), talkOf(6, "192.0.2.10:443", "10.0.0.2:37777", 9, 900, 9, 900, flags(0x18, 0x18), open),
		}, nil},
		{"two ends of other networks", []*flow.Summary{talkOf(17, "198.51.100.2:40000", "192.0.2.9:32100", 1, 60, 1, 60)}, nil},
		{"again after more than a day: it may be another device's address", []*flow.Summary{
			talkOf(17, "10.0.0.2:40000", "10.0.0.9:37810", 1, 100, 1, 300), talkOf(17, "10.0.0.2:40000", "10.0.0.9:37810", 1, 100, 1, 300, later),
		}, []string{"10.0.0.9:37810 flow.service udp/37810", "10.0.0.9:37810 flow.service udp/37810"}},
		{"who answers DNS", []*flow.Summary{talkOf(17, "10.0.0.2:40000", "10.0.0.1:53", 1, 60, 1, 90)}, []string{"10.0.0.1:53 flow.service udp/53"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var k served
			for _, f := range c.flows {
				k.add(f)
			}
			log := observation.NewLog()
			k.tell(base, log)
			log.Close()
			var got []string
			for _, o := range log.All {
				got = append(got, o.From.String()+" "+o.Fields[0].Name+" "+o.Fields[0].Value)
				if o.Protocol != "flow" || o.Packet != 1 || o.Seen.UnixNano()%silence != 1e9 || o.Last.UnixNano()%silence != 2e9 {
					t.Errorf("observation %+v; want protocol flow, packet 1, from the first to the last second", o)
				}
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("served (-want +got):\n%s", d)
			}
		})
	}
}

// TestServedIsBounded fills it with more services than it keeps.
func TestServedIsBounded(t *testing.T) {
	var k served
	f := talkOf(17, "10.0.0.2:40000", "10.0.0.9:1", 1, 60, 1, 60)
	for i := range maxServed + 1000 {
		a := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		f.Server.Addr = netip.AddrPortFrom(a, 554)
		k.add(f)
	}
	if len(k.seen) != maxServed || k.dropped != 1000 {
		t.Errorf("kept %d and dropped %d; want %d and 1000", len(k.seen), k.dropped, maxServed)
	}
}

func BenchmarkServed(b *testing.B) {
	var k served
	web := talkOf(6, "10.0.0.2:40000", "192.0.2.9:443", 9, 900, 9, 900)
	camera := talkOf(6, "10.0.0.2:40000", "10.0.0.9:554", 9, 900, 9, 900)
	b.ReportAllocs()
	for b.Loop() {
		k.add(web)
		k.add(camera)
	}
}
