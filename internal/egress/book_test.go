package egress

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"

	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/geo"
	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
)

const start = int64(1_780_000_000_000_000_000) // 2026-05-28

// sum makes a summary of a flow that the client opened a number of seconds after
// start and that lasted ten seconds.
func sum(client, server string, proto uint8, second, up, down int) flow.Summary {
	first := start + int64(second)*1e9
	return flow.Summary{
		Number: int64(second + 1), First: first, Last: first + 10e9, Proto: proto, Begins: true, Exact: true,
		Client: flow.End{Addr: netip.MustParseAddrPort(client), Packets: uint64(up/1000 + 1), Bytes: uint64(up)},
		Server: flow.End{Addr: netip.MustParseAddrPort(server), Packets: uint64(down/1000 + 1), Bytes: uint64(down)},
	}
}

// cameras says that 10.0.0.x is the device camera-x, 10.0.1.x the recorder recorder-x.
func cameras() *Estate {
	rank := func(id string) int {
		var n int
		_, _ = fmt.Sscanf(id[len(id)-3:], "%d", &n)
		if id[0] == 'r' {
			n += 1000
		}
		return n
	}
	return &Estate{
		Owner: func(_ int, a netip.Addr, _ observation.MAC, _, _ int64) string {
			b := a.As16()
			switch {
			case a.Is4() && b[12] == 10 && b[14] == 0:
				return fmt.Sprintf("camera-%03d", b[15])
			case a.Is4() && b[12] == 10 && b[14] == 1:
				return fmt.Sprintf("recorder-%03d", b[15])
			}
			return ""
		},
		Rank: rank, IsRecorder: func(id string) bool { return id[0] == 'r' }, Inputs: []string{"a.pcap", "b.pcap"},
	}
}

func knowledge(t testing.TB) (*geo.Set, *maker.Base) {
	t.Helper()
	fsys := os.DirFS("../../kb")
	places, err := geo.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	base, err := maker.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return places, base
}

func TestAnEntryIsAtMost300Bytes(t *testing.T) {
	const slots = 8 * 8 / 3 // a slot has eight bytes, and at least three of eight are used
	if n := unsafe.Sizeof(entry{}) + slots; n > 300 {
		t.Errorf("an entry has %d bytes", n)
	}
	t.Logf("entry %d, key %d, pattern %d bytes", unsafe.Sizeof(entry{}), unsafe.Sizeof(key{}), unsafe.Sizeof(Pattern{}))
}

// traffic is n random summaries between cameras, recorders, servers and
// strangers.
func traffic(r *rand.Rand, n int) []flow.Summary {
	addr := func() string {
		switch r.IntN(5) {
		case 0:
			return fmt.Sprintf("10.0.0.%d", 1+r.IntN(5))
		case 1:
			return fmt.Sprintf("10.0.1.%d", 1+r.IntN(2))
		case 2:
			return fmt.Sprintf("10.0.9.%d", 1+r.IntN(2))
		case 3:
			return "239.255.255.250"
		}
		return fmt.Sprintf("52.0.0.%d", 1+r.IntN(4))
	}
	ports := []int{443, 554, 123, 40000, 40001, 50000}
	out := make([]flow.Summary, n)
	for i := range out {
		proto := []uint8{6, 17}[r.IntN(2)]
		out[i] = sum(fmt.Sprintf("%s:%d", addr(), 30000+r.IntN(4)), fmt.Sprintf("%s:%d", addr(), ports[r.IntN(len(ports))]), proto, r.IntN(20000), r.IntN(50000), r.IntN(50000))
		out[i].Begins = r.IntN(3) > 0
		out[i].Input = r.IntN(2)
		out[i].App = []string{"", "", "tls", "rtsp"}[r.IntN(4)]
	}
	return out
}

func TestConversationsDoNotDependOnTheOrderOfFlows(t *testing.T) {
	places, base := knowledge(t)
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		in := traffic(r, 400)
		var want []Conversation
		var lines map[string]*Timeline
		for round := range 3 {
			b := NewBook(0)
			for i := range in {
				b.Add(&in[i])
			}
			got := b.Conversations(cameras(), nil, places, base)
			gotLines := b.Timelines(cameras())
			if round == 0 {
				want, lines = got, gotLines
				if len(want) < 20 || len(lines) == 0 {
					t.Fatalf("seed %d: %d conversations and %d timelines prove nothing", seed, len(want), len(lines))
				}
			} else if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("seed %d: conversations differ:\n%s", seed, d)
			} else if d := cmp.Diff(timelineTotals(lines), timelineTotals(gotLines)); d != "" {
				t.Fatalf("seed %d: timelines differ:\n%s", seed, d)
			}
			r.Shuffle(len(in), func(i, j int) { in[i], in[j] = in[j], in[i] })
		}
	}
}

// timelineTotals gives what does not depend on rounding.
func timelineTotals(lines map[string]*Timeline) map[string][3]uint64 {
	out := map[string][3]uint64{}
	for id, l := range lines {
		s := [3]uint64{uint64(l.Bucket)}
		for i := range l.Up {
			s[1] += l.Up[i]
			s[2] += l.Down[i]
		}
		out[id] = s
	}
	return out
}

// No byte is lost or counted twice, whatever the book's limit.
func TestBytesOfConversationsAreThoseOfTheFlowsLessTheDropped(t *testing.T) {
	for _, limit := range []int{0, 400, 60} {
		for seed := range uint64(10) {
			in := traffic(rand.New(rand.NewPCG(seed, 2)), 2000)
			b := NewBook(limit)
			e := cameras()
			var want, flows int64
			for i := range in {
				b.Add(&in[i])
				c, s := e.owner(0, in[i].Client.Addr.Addr(), observation.MAC{}, 0, 0), e.owner(0, in[i].Server.Addr.Addr(), observation.MAC{}, 0, 0)
				if c != s {
					want += int64(in[i].Client.Bytes + in[i].Server.Bytes)
				}
			}
			var got int64
			for _, c := range b.Conversations(e, nil, nil, nil) {
				got += int64(c.BytesUp + c.BytesDown)
				flows += c.Flows
			}
			folded, dropped := b.Losses(0).Services+b.Losses(1).Services, b.Losses(0).Dropped+b.Losses(1).Dropped
			switch {
			case limit == 0 && (got != want || folded != 0):
				t.Errorf("limit %d seed %d: %d bytes of %d, %d folded", limit, seed, got, want, folded)
			case limit == 60 && (got > want || dropped == 0 && got != want):
				t.Errorf("limit %d seed %d: %d bytes of %d, %d dropped", limit, seed, got, want, dropped)
			case b.n > max(limit, defaultLimit*b2i(limit == 0)):
				t.Errorf("limit %d seed %d: %d entries", limit, seed, b.n)
			}
		}
	}
}

func b2i(v bool) int {
	if v {
		return 1
	}
	return 0
}

func TestAddAllocatesNothingForAKnownPair(t *testing.T) {
	b := NewBook(0)
	s := sum("10.0.0.1:40000", "52.0.0.1:443", 6, 1, 1000, 2000)
	s.App = "tls"
	b.Add(&s)
	if n := testing.AllocsPerRun(1000, func() { b.Add(&s) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAdd(b *testing.B) {
	in := traffic(rand.New(rand.NewPCG(1, 2)), 1<<14)
	book := NewBook(0)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		book.Add(&in[i&(len(in)-1)])
		i++
	}
}

// BenchmarkConversations makes 100,000 of them.
func BenchmarkConversations(b *testing.B) {
	places, base := knowledge(b)
	book := NewBook(0)
	for i := range 100_000 {
		s := sum(fmt.Sprintf("10.0.0.%d:40000", i%250+1), fmt.Sprintf("52.%d.%d.1:443", i/256%256, i/65536*100+i%100), 6, i/100, 1000, 2000)
		book.Add(&s)
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n = len(book.Conversations(cameras(), nil, places, base))
	}
	b.ReportMetric(float64(n), "conversations")
	b.ReportMetric(float64(len(book.entries))*chunk*float64(unsafe.Sizeof(entry{}))/1e6, "MB")
}
