package flow

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/packet"
)

const (
	camera = "192.0.2.10:554"
	viewer = "192.0.2.20:40000"
)

// connect adds a handshake whose halves begin at 1000 and 5000.
func connect(t *Table, c *clock) {
	t.Add(c.tcp(viewer, camera, packet.SYN, 999, ""))
	t.Add(c.tcp(camera, viewer, packet.SYN|packet.ACK, 4999, ""))
}

func TestStreams(t *testing.T) {
	cases := []struct {
		name   string
		feed   func(t *Table, c *clock)
		client string
		server string
		hole   bool // in the server's half
		full   bool
		start  bool
	}{
		{name: "question and answer, FIN from both", start: true, client: "GET / HTTP/1.0\r\n\r\n", server: "HTTP/1.0 200 OK\r\n\r\n",
			feed: func(t *Table, c *clock) {
				connect(t, c)
				t.Add(c.tcp(viewer, camera, packet.ACK, 1000, "GET / HTTP/1.0\r\n\r\n"))
				t.Add(c.tcp(camera, viewer, packet.ACK|packet.FIN, 5000, "HTTP/1.0 200 OK\r\n\r\n"))
				t.Add(c.tcp(viewer, camera, packet.ACK|packet.FIN, 1018, ""))
			}},
		{name: "segments out of order, sent again, and overlapping: the first copy wins", start: true, server: "abcdefghijklmnop",
			feed: func(t *Table, c *clock) {
				connect(t, c)
				t.Add(c.tcp(camera, viewer, packet.ACK, 5008, "ijkl"))
				t.Add(c.tcp(camera, viewer, packet.ACK, 5004, "efghXX"))
				t.Add(c.tcp(camera, viewer, packet.ACK, 5000, "abcd"))
				t.Add(c.tcp(camera, viewer, packet.ACK, 5000, "ABCD"))
				t.Add(c.tcp(camera, viewer, packet.ACK, 5006, "YYYYYYmnop"))
			}},
		{name: "a hole that is not filled: what came before it", start: true, server: "abcd", hole: true,
			feed: func(t *Table, c *clock) {
				connect(t, c)
				t.Add(c.tcp(camera, viewer, packet.ACK, 5000, "abcd"))
				t.Add(c.tcp(camera, viewer, packet.ACK, 5008, "ijkl"))
			}},
		{name: "a hole and more behind it than may wait", start: true, server: "abcdefgh", hole: true,
			feed: func(t *Table, c *clock) {
				connect(t, c)
				t.Add(c.tcp(camera, viewer, packet.ACK, 5000, "abcdefgh"))
				for i := range uint32(200) {
					t.Add(c.tcp(camera, viewer, packet.ACK, 5009+10*i, "0123456789"))
				}
			}},
		{name: "begun before the capture, second segment first", client: "1234567890abcdef",
			feed: func(t *Table, c *clock) {
				t.Add(c.tcp(viewer, camera, packet.ACK, 1008, "90abcd"))
				t.Add(c.tcp(viewer, camera, packet.ACK, 1000, "12345678"))
				t.Add(c.tcp(viewer, camera, packet.ACK, 1014, "ef"))
			}},
		{name: "begun before the capture, a keep-alive first", client: "12345678",
			feed: func(t *Table, c *clock) {
				t.Add(c.tcp(viewer, camera, packet.ACK, 999, "\x00"))
				t.Add(c.tcp(viewer, camera, packet.ACK, 1000, "12345678"))
			}},
		{name: "keep-alives within", start: true, client: "12345678abcd",
			feed: func(t *Table, c *clock) {
				connect(t, c)
				t.Add(c.tcp(viewer, camera, packet.ACK, 999, "\x00"))
				t.Add(c.tcp(viewer, camera, packet.ACK, 1000, "12345678"))
				t.Add(c.tcp(viewer, camera, packet.ACK, 1007, "\x00"))
				t.Add(c.tcp(viewer, camera, packet.ACK, 1008, "abcd"))
			}},
		{name: "sequence numbers wrap", start: true, client: "12345678abcd",
			feed: func(t *Table, c *clock) {
				t.Add(c.tcp(viewer, camera, packet.SYN, 0xfffffffa, ""))
				t.Add(c.tcp(viewer, camera, packet.ACK, 0x00000003, "abcd"))
				t.Add(c.tcp(viewer, camera, packet.ACK, 0xfffffffb, "12345678"))
			}},
		{name: "data with SYN, then RST", start: true, client: "12345678",
			feed: func(t *Table, c *clock) {
				t.Add(c.tcp(viewer, camera, packet.SYN, 999, "12345678"))
				t.Add(c.tcp(camera, viewer, packet.RST, 0, ""))
				t.Add(c.tcp(viewer, camera, packet.ACK, 1008, "not any more"))
			}},
		{name: "data before its SYN", start: true, client: "12345678",
			feed: func(t *Table, c *clock) {
				t.Add(c.tcp(viewer, camera, packet.ACK, 1000, "12345678"))
				t.Add(c.tcp(viewer, camera, packet.SYN, 999, ""))
			}},
		{name: "as much as is kept", start: true, client: strings.Repeat("x", 4096), full: true,
			feed: func(t *Table, c *clock) {
				connect(t, c)
				for i := range uint32(10) {
					t.Add(c.tcp(viewer, camera, packet.ACK, 1000+1000*i, strings.Repeat("x", 1000)))
				}
			}},
		{name: "a segment cut by the snapshot length", start: true, server: "abcd", hole: true,
			feed: func(t *Table, c *clock) {
				connect(t, c)
				p := c.tcp(camera, viewer, packet.ACK, 5000, "abcd")
				p.Cut = true
				t.Add(p)
				t.Add(c.tcp(camera, viewer, packet.ACK, 5100, "rest"))
			}},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			var got told
			table, c := New(Config{StreamBytes: 4096}, &got), &clock{}
			test.feed(table, c)
			table.Close()
			if len(got.streams) != 1 || len(got.ends) != 1 {
				t.Fatalf("%d streams and %d ends, want one each", len(got.streams), len(got.ends))
			}
			s := got.streams[0]
			if s.Client.Data != test.client || s.Server.Data != test.server {
				t.Errorf("got  client %q server %q\nwant client %q server %q", s.Client.Data, s.Server.Data, test.client, test.server)
			}
			if s.Server.Hole != test.hole || s.Client.Full != test.full || (table.Stats().Holes > 0) != test.hole {
				t.Errorf("hole %t, full %t, holes counted %d; want %t, %t", s.Server.Hole, s.Client.Full, table.Stats().Holes, test.hole, test.full)
			}
			if (s.Client.Start || s.Server.Start) != test.start {
				t.Errorf("start %t and %t, want %t in what has data", s.Client.Start, s.Server.Start, test.start)
			}
			checkEmpty(t, table)
		})
	}
}

// checkEmpty proves that a closed table has taken all its room back.
func checkEmpty(t *testing.T, table *Table) {
	t.Helper()
	s := &table.streams
	if n := s.used(); n != 0 || s.chunks.taken != 0 || s.segments.used() != 0 || s.head != 0 || s.tail != 0 {
		t.Errorf("after Close: %d streams, %d chunks, %d segments in use", n, s.chunks.taken, s.segments.used())
	}
	if table.rtp.used() != 0 || table.slots.used != 0 || table.stats.Live != 0 {
		t.Errorf("after Close: %d RTP records, %d slots, %d flows in use", table.rtp.used(), table.slots.used, table.stats.Live)
	}
}

// TestStreamsAgainstModel compares random segmentations with a model that keeps
// every byte of every segment: the first to arrive at its place wins, and what
// is contiguous from the first byte is what must be handed over.
func TestStreamsAgainstModel(t *testing.T) {
	for round := range 1500 {
		rng := rand.New(rand.NewPCG(1, uint64(round)))
		var got told
		limit := 1 + rng.IntN(6000)
		table, c := New(Config{StreamBytes: limit}, &got), &clock{}
		isn := rng.Uint32()
		if rng.IntN(2) == 0 {
			isn = -uint32(rng.IntN(3000))
		}
		syn := rng.IntN(3) > 0
		if syn {
			table.Add(c.tcp(viewer, camera, packet.SYN, isn-1, ""))
		}
		segments := segmentation(rng)
		first := segments[0].at
		for _, s := range segments[:min(len(segments), settleAfter)] {
			first = min(first, s.at)
		}
		if syn {
			first = 0
		}
		place := map[int]byte{} // the model
		number := map[int]int64{}
		for _, s := range segments {
			p := c.tcp(viewer, camera, packet.ACK, isn+uint32(s.at), s.data)
			table.Add(p)
			for i := range s.data {
				if _, taken := place[s.at+i]; !taken {
					place[s.at+i], number[s.at+i] = s.data[i], p.Number
				}
			}
		}
		table.Close()
		var want []byte
		var numbers []int64
		for i := first; len(want) < limit; i++ {
			b, ok := place[i]
			if !ok {
				break
			}
			want, numbers = append(want, b), append(numbers, number[i])
		}
		var half toldHalf
		if len(got.streams) > 0 {
			half = got.streams[0].Client
		}
		if half.Data != string(want) || !reflect.DeepEqual(half.Numbers, numbers) {
			t.Fatalf("round %d, SYN %t, limit %d, segments %v:\ngot  %q %v\nwant %q %v", round, syn, limit, segments, half.Data, half.Numbers, want, numbers)
		}
		checkEmpty(t, table)
	}
}

type placed struct {
	at   int
	data string
}

func (p placed) String() string { return fmt.Sprintf("%d+%d", p.at, len(p.data)) }

// segmentation cuts up to 6000 bytes at random, loses some pieces, sends some
// again with other borders and other bytes, and mixes the order of neighbours.
func segmentation(rng *rand.Rand) []placed {
	var all []placed
	size := 1 + rng.IntN(6000)
	longest := 1 + rng.IntN(1460)
	for at := 0; at < size; {
		n := min(1+rng.IntN(longest), size-at)
		all = append(all, placed{at, text(rng, n)})
		at += n
	}
	if len(all) > heldMost/2 {
		all = all[:heldMost/2]
	}
	for i := range all {
		if rng.IntN(4) == 0 {
			again := placed{max(all[i].at-rng.IntN(50), 0), text(rng, 1+rng.IntN(longest))}
			all = append(all, again)
		}
	}
	for i := range all {
		j := min(i+rng.IntN(6), len(all)-1)
		all[i], all[j] = all[j], all[i]
	}
	if rng.IntN(3) == 0 && len(all) > 1 {
		lose := rng.IntN(len(all))
		all = append(all[:lose], all[lose+1:]...)
	}
	return all
}

// text is random and holds neither a zero nor "$".
func text(rng *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('A' + rng.IntN(50))
	}
	return string(b)
}

func TestStreamWantedIsAskedWithTheFirstBytes(t *testing.T) {
	var asked []string
	want := func(port uint16, first []byte) bool {
		asked = append(asked, fmt.Sprintf("%d %s", port, first))
		return strings.HasPrefix(string(first), "HTTP")
	}
	var got told
	table, c := New(Config{StreamWanted: want}, &got), &clock{}
	connect(table, c)
	table.Add(c.tcp(viewer, camera, packet.ACK, 1000, "abc"))
	table.Add(c.tcp(viewer, camera, packet.ACK, 1003, "def"))
	table.Add(c.tcp(viewer, camera, packet.ACK, 1006, "ghijkl"))
	if table.streams.chunks.taken != 0 {
		t.Errorf("%d chunks kept of a half that nobody wants", table.streams.chunks.taken)
	}
	table.Add(c.tcp(camera, viewer, packet.ACK, 5000, "HTTP/1.1 200"))
	table.Add(c.tcp(camera, viewer, packet.ACK, 5012, " OK"))
	table.Close()
	if want := []string{"554 abc", "554 abcdef", "554 abcdefghijkl", "554 HTTP/1.1 200"}; !reflect.DeepEqual(asked, want) {
		t.Errorf("asked %q\nwant  %q", asked, want)
	}
	if s := got.streams[0]; s.Client.Data != "" || s.Server.Data != "HTTP/1.1 200 OK" {
		t.Errorf("got %q and %q", s.Client.Data, s.Server.Data)
	}
}

func TestUnwantedStreamsKeepNoRecord(t *testing.T) {
	var got told
	table, c := New(Config{StreamWanted: func(uint16, []byte) bool { return false }}, &got), &clock{}
	connect(table, c)
	table.Add(c.tcp(viewer, camera, packet.ACK, 1000, "something"))
	table.Add(c.tcp(camera, viewer, packet.ACK, 5000, "something else"))
	if n := table.streams.used(); n != 0 {
		t.Errorf("%d stream records in use, want none", n)
	}
	table.Close()
	if len(got.streams) != 0 {
		t.Errorf("streams %v of an unwanted connection", got.streams)
	}
}

// The budget is 256 KiB: 224 chunks, 112 records or so. Streams that kept bytes
// least lately go first, with what they have, and are counted.
func TestBudgetHandsOverTheLeastRecentlyActive(t *testing.T) {
	var got told
	table, c := New(Config{StreamBudget: 1}, &got), &clock{}
	budget := table.streams.chunks.limit
	open := func(i int) string { return fmt.Sprintf("10.0.%d.%d:50000", i>>8, i&255) }
	for i := range 40 {
		table.Add(c.tcp(open(i), camera, packet.SYN, 0, ""))
		table.Add(c.tcp(open(i), camera, packet.ACK, 1, fmt.Sprintf("stream %03d ", i)))
	}
	seq := uint32(12)
	for range 30 { // stream 0 stays active and takes the room of the others
		for _, i := range []int{0, 37, 38, 39} {
			table.Add(c.tcp(open(i), camera, packet.ACK, seq, strings.Repeat("y", 10_000)))
		}
		seq += 10_000
	}
	if table.streams.chunks.taken > budget {
		t.Errorf("%d chunks taken, budget %d", table.streams.chunks.taken, budget)
	}
	if len(got.streams) == 0 || got.streams[0].Flow.ID != 2 || got.streams[0].Client.Data != "stream 001 " || !got.streams[0].Client.Full {
		t.Fatalf("first handed over: %+v, want flow 2", got.streams)
	}
	forced := table.Stats().StreamsForced
	if forced == 0 || int(forced) != len(got.streams)-full(got.streams) {
		t.Errorf("%d forced, %d handed over of which %d were full", forced, len(got.streams), full(got.streams))
	}
	table.Close()
	if len(got.streams) != 40 {
		t.Errorf("%d streams, want each of 40 once", len(got.streams))
	}
	checkEmpty(t, table)
}

func full(streams []toldStream) (n int) {
	for _, s := range streams {
		if len(s.Client.Data) == 64<<10 {
			n++
		}
	}
	return n
}

func TestMoreStreamsThanRecords(t *testing.T) {
	var got told
	table, c := New(Config{StreamBudget: 1}, &got), &clock{}
	for i := range 1000 {
		table.Add(c.tcp(fmt.Sprintf("10.0.%d.%d:50000", i>>8, i&255), camera, packet.ACK, 1, "GET / HTTP/1.0"))
	}
	table.Close()
	if len(got.streams) != 1000 || table.Stats().StreamsForced == 0 {
		t.Errorf("%d streams, %d forced; want 1000 and some", len(got.streams), table.Stats().StreamsForced)
	}
	checkEmpty(t, table)
}
