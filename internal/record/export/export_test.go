package export_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/packet"
	"github.com/lenscap/lenscap/internal/record/export"
)

// kept is a sink that keeps everything.
type kept struct {
	flows  []flow.Summary
	sights []device.Sighting
}

func (k *kept) Flow(s *flow.Summary)    { k.flows = append(k.flows, *s) }
func (k *kept) Sight(s device.Sighting) { k.sights = append(k.sights, s) }

// packets calls each with the packets of a capture.
func packets(t testing.TB, name string, each func(p *packet.Packet)) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read only
	r, err := capture.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var d packet.Decoder
	var frame capture.Frame
	var p packet.Packet
	for {
		if err := r.Next(&frame); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		switch d.Decode(&frame, &p) {
		case packet.TCP, packet.UDP, packet.ICMP, packet.OtherIP:
			each(&p)
		}
	}
}

func decode(t testing.TB, name string) (*kept, *export.Decoder) {
	k := &kept{}
	x := export.New(0, k)
	packets(t, name, func(p *packet.Packet) {
		if export.Looks(p.Payload) {
			x.Message(p.Source(), p.Payload, p.Time, p.Number)
		}
	})
	x.Finish()
	return k, x
}

// sums adds up packets by who sent to whom with which ports.
func sums(flows []flow.Summary) map[string]uint64 {
	out := map[string]uint64{}
	for _, f := range flows {
		if f.Proto != 6 && f.Proto != 17 {
			continue
		}
		if f.Client.Packets > 0 {
			out[fmt.Sprint(f.Client.Addr, " ", f.Server.Addr)] += f.Client.Packets
		}
		if f.Server.Packets > 0 {
			out[fmt.Sprint(f.Server.Addr, " ", f.Client.Addr)] += f.Server.Packets
		}
	}
	return out
}

// What a real exporter made of a capture says the same as the capture's packets.
func TestSoftflowdAgreesWithPackets(t *testing.T) {
	want, want4 := map[string]uint64{}, map[string]uint64{}
	packets(t, "../../../examples/lab-station.pcapng", func(p *packet.Packet) {
		if p.SrcPort == 0 || p.Tunnel > 0 {
			return
		}
		key := fmt.Sprint(p.Source(), " ", p.Destination())
		want[key]++
		if p.Source().Addr().Is4() {
			want4[key]++
		}
	})
	if len(want) < 100 {
		t.Fatalf("the capture gives %d directions only", len(want))
	}
	for _, c := range []struct {
		file, versions string
		want           map[string]uint64
	}{
		{"softflowd-v5.pcap", "NetFlow v5", want4}, // its records hold no IPv6
		{"softflowd-v9.pcap", "NetFlow v9", want},
		{"softflowd-ipfix.pcap", "IPFIX", want},
	} {
		k, x := decode(t, "testdata/"+c.file)
		if x.Versions() != c.versions {
			t.Errorf("%s: versions %q, want %q", c.file, x.Versions(), c.versions)
		}
		if g := unreadOf(x); len(g) > 0 {
			t.Errorf("%s: gaps %+v", c.file, g)
		}
		got := sums(k.flows)
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %d directions, want %d; differences:\n%s", c.file, len(got), len(c.want), difference(got, c.want))
		}
		both, lasting := 0, 0
		for _, f := range k.flows {
			if f.Last > f.First {
				lasting++
			}
			if f.Client.Packets > 0 && f.Server.Packets > 0 {
				both++
			}
			if f.First <= 0 || f.Last < f.First || f.Last-f.First > 3600e9 {
				t.Errorf("%s: flow %+v has no sensible time", c.file, f)
			}
		}
		if lasting < 40 {
			t.Errorf("%s: %d flows last longer than no time, want most of %d", c.file, lasting, len(k.flows))
		}
		if both < 40 {
			t.Errorf("%s: %d flows have both directions, want most of %d", c.file, both, len(k.flows))
		}
	}
}

// unreadOf are the gaps but the one on times: softflowd read a capture of
// another day for these files.
func unreadOf(x *export.Decoder) []capture.Gap {
	return slices.DeleteFunc(x.Gaps(), func(g capture.Gap) bool { return strings.HasPrefix(g.Why, "flows that end after the message") })
}

func TestTimesThatCannotBeRightAreTold(t *testing.T) {
	template := slices.Concat(u16(300, 4), u16(8, 4, 12, 4, 2, 4, 153, 8))
	row := func(ms uint64) []byte {
		return slices.Concat([]byte{10, 0, 0, 5, 203, 0, 113, 9}, u32(7), u32(uint32(ms>>32), uint32(ms)))
	}
	x := export.New(0, &kept{})
	from := netip.MustParseAddrPort("192.0.2.1:4739")
	x.Message(from, ipfix(1, set(2, template), set(300, row(1_699_999_990_000))), 5, 1)
	if len(x.Gaps()) != 0 {
		t.Errorf("gaps %+v, want none: it ended before the message", x.Gaps())
	}
	x.Message(from, ipfix(1, set(300, row(1_800_000_000_000))), 5, 2)
	if g := x.Gaps(); len(g) != 1 || g[0].Packets != 1 || len(unreadOf(x)) != 0 {
		t.Errorf("gaps %+v, want one", g)
	}
}

func difference(got, want map[string]uint64) string {
	var out []string
	for k, n := range want {
		if got[k] != n {
			out = append(out, fmt.Sprintf("  %s: got %d, want %d", k, got[k], n))
		}
	}
	for k, n := range got {
		if want[k] == 0 {
			out = append(out, fmt.Sprintf("  %s: got %d, want none", k, n))
		}
	}
	slices.Sort(out)
	return strings.Join(out[:min(len(out), 20)], "\n")
}

func u16(v ...uint16) (b []byte) {
	for _, x := range v {
		b = binary.BigEndian.AppendUint16(b, x)
	}
	return b
}

func u32(v ...uint32) (b []byte) {
	for _, x := range v {
		b = binary.BigEndian.AppendUint32(b, x)
	}
	return b
}

// ipfix makes a message of sets; each is its id and content.
func ipfix(domain uint32, sets ...[]byte) []byte {
	body := slices.Concat(sets...)
	return slices.Concat(u16(10, uint16(16+len(body))), u32(1_700_000_000, 1, domain), body)
}

func set(id uint16, content ...[]byte) []byte {
	body := slices.Concat(content...)
	return slices.Concat(u16(id, uint16(4+len(body))), body)
}

// A template with a variable-length field, a reverse element of RFC 5103, an
// unknown enterprise's element and times in milliseconds.
func TestIPFIXTemplate(t *testing.T) {
	template := slices.Concat(u16(300, 10),
		u16(8, 4, 12, 4, 7, 2, 11, 2, 4, 1), // addresses, ports, protocol
		u16(0x8000|99, 65535), u32(4711),    // somebody's own, of any length
		u16(2, 8), u16(1, 4), // packets in eight bytes, octets in four
		u16(0x8000|1, 4), u32(29305), // octets back
		u16(152, 8))
	row := slices.Concat([]byte{10, 0, 0, 5, 203, 0, 113, 9}, u16(40000, 443), []byte{6}, []byte{3, 'a', 'b', 'c'},
		u32(0, 7), u32(900), u32(1800), u32(0x18b, 0xcfe56800)) // 1,700,000,000,000 ms
	k := &kept{}
	x := export.New(3, k)
	from := netip.MustParseAddrPort("192.0.2.1:4739")
	x.Message(from, ipfix(1, set(300, row)), 5, 1) // before its template
	x.Message(from, ipfix(1, set(2, template)), 5, 2)
	x.Message(from, ipfix(2, set(300, row)), 5, 3) // another domain
	x.Message(from, ipfix(1, set(300, row, row)), 5, 4)
	x.Finish()
	if len(k.flows) != 2 {
		t.Fatalf("%d flows, want 2: %+v", len(k.flows), k.flows)
	}
	f := k.flows[0]
	want := flow.Summary{Input: 3, Number: 4, First: 1_700_000_000_000_000_000, Last: 1_700_000_000_000_000_000, Proto: 6,
		Client: flow.End{Addr: netip.MustParseAddrPort("10.0.0.5:40000"), Packets: 7, Bytes: 900},
		Server: flow.End{Addr: netip.MustParseAddrPort("203.0.113.9:443"), Bytes: 1800}}
	if f != want {
		t.Errorf("got  %+v\nwant %+v", f, want)
	}
	if g := x.Gaps(); len(g) != 1 || g[0].Packets != 2 || !strings.Contains(g[0].Why, "template was not seen") {
		t.Errorf("gaps %+v, want one for two sets without template", g)
	}
}

func TestTemplateIsWithdrawn(t *testing.T) {
	template := slices.Concat(u16(300, 3), u16(8, 4, 12, 4, 2, 4))
	row := slices.Concat([]byte{10, 0, 0, 5, 203, 0, 113, 9}, u32(7))
	k := &kept{}
	x := export.New(0, k)
	from := netip.MustParseAddrPort("192.0.2.1:4739")
	x.Message(from, ipfix(1, set(2, template), set(300, row)), 5, 1)
	x.Message(from, ipfix(1, set(2, u16(300, 0))), 5, 2)
	x.Message(from, ipfix(1, set(300, row)), 5, 3)
	x.Finish()
	if len(k.flows) != 1 || len(x.Gaps()) != 1 {
		t.Errorf("%d flows and gaps %+v, want one of each", len(k.flows), x.Gaps())
	}
}

func TestSamplingIsTold(t *testing.T) {
	k := &kept{}
	x := export.New(0, k)
	from := netip.MustParseAddrPort("192.0.2.1:4739")
	options := set(3, u16(400, 2, 1), u16(149, 4, 34, 4))
	x.Message(from, ipfix(1, options, set(400, u32(1, 1))), 5, 1)
	if said := strings.Join(x.Lacks(), " "); strings.Contains(said, "samples") {
		t.Errorf("1 in 1 is no sampling: %q", said)
	}
	x.Message(from, ipfix(1, set(400, u32(1, 100))), 5, 2)
	if said := strings.Join(x.Lacks(), " "); !strings.Contains(said, "samples") {
		t.Errorf("1 in 100 is not told: %q", said)
	}
}

func TestLooks(t *testing.T) {
	v5 := append(u16(5, 1), make([]byte, 20+48)...)
	for _, c := range []struct {
		name string
		b    []byte
		want bool
	}{
		{"v5", v5, true},
		{"v5 of another length", v5[:70], false},
		{"ipfix", ipfix(1, set(2, u16(300, 1, 8, 4))), true},
		{"ipfix cut", ipfix(1, set(2, u16(300, 1, 8, 4)))[:20], false},
		{"empty", nil, false},
		{"zeros", make([]byte, 100), false},
		{"DNS question", []byte("\x00\x05\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01"), false},
	} {
		if got := export.Looks(c.b); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func FuzzMessage(f *testing.F) {
	for _, name := range []string{"softflowd-v5.pcap", "softflowd-v9.pcap", "softflowd-ipfix.pcap"} {
		packets(f, "testdata/"+name, func(p *packet.Packet) { f.Add(slices.Clone(p.Payload)) })
	}
	from := netip.MustParseAddrPort("192.0.2.1:2055")
	f.Fuzz(func(t *testing.T, b []byte) {
		k := &kept{}
		x := export.New(0, k)
		x.Message(from, b, 1, 1)
		x.Message(from, b, 2, 2)
		x.Finish()
		if int64(len(k.flows)) > x.Records {
			t.Errorf("%d flows of %d records", len(k.flows), x.Records)
		}
		for _, s := range k.flows {
			if s.Last < s.First || !s.Client.Addr.IsValid() || !s.Server.Addr.IsValid() {
				t.Errorf("flow %+v", s)
			}
		}
	})
}

func BenchmarkMessage(b *testing.B) {
	var messages [][]byte
	var from netip.AddrPort
	packets(b, "testdata/softflowd-v9.pcap", func(p *packet.Packet) {
		messages, from = append(messages, slices.Clone(p.Payload)), p.Source()
	})
	x := export.New(0, nothing{})
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		x.Message(from, messages[i%len(messages)], 1, 1)
	}
	b.ReportMetric(float64(x.Records)/b.Elapsed().Seconds()/1e6, "Mrecords/s")
}

type nothing struct{}

func (nothing) Flow(*flow.Summary)    {}
func (nothing) Sight(device.Sighting) {}
