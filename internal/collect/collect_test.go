package collect

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/packet"
	"github.com/lenscap/lenscap/internal/record/export"
)

// recorded are datagrams that softflowd 1.1.0 sent; see its README.
func recorded(t testing.TB, name string) [][]byte {
	t.Helper()
	f, err := os.Open("../record/export/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := capture.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var d packet.Decoder
	var out [][]byte
	for {
		var frame capture.Frame
		if err := r.Next(&frame); errors.Is(err, io.EOF) {
			return out
		} else if err != nil {
			t.Fatal(err)
		}
		var p packet.Packet
		if d.Decode(&frame, &p) == packet.UDP {
			out = append(out, slices.Clone(p.Payload))
		}
	}
}

// A rig is a collector that runs, what it handed on, and somebody who sends.
type rig struct {
	*Collector
	t      testing.TB
	addr   netip.AddrPort
	from   *net.UDPConn
	end    func()
	mu     sync.Mutex
	flows  []flow.Summary
	sights []device.Sighting
}

func start(t testing.TB, cfg Config) *rig {
	t.Helper()
	r := &rig{t: t}
	if cfg.Addr == "" {
		cfg.Addr = "127.0.0.1:0"
	}
	if cfg.Every == 0 {
		cfg.Every = 20 * time.Millisecond
	}
	if cfg.Sink == nil {
		cfg.Sink = r.keep
	}
	r.Collector = New(cfg)
	r.stats.changed = make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	var once sync.Once
	r.end = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("Run: %v", err)
			}
		})
	}
	t.Cleanup(r.end)
	var err error
	if r.addr, err = r.Addr(ctx); err != nil {
		t.Fatal(err)
	}
	if r.from, err = net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(r.addr)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.from.Close() })
	return r
}

func (r *rig) keep(_ context.Context, b Batch) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.flows = append(r.flows, b.Flows...)
	r.sights = append(r.sights, b.Sights...)
	return nil
}

func (r *rig) send(b []byte) {
	r.t.Helper()
	if _, err := r.from.Write(b); err != nil {
		r.t.Fatal(err)
	}
}

// until waits for something that the collector does in its own time: it looks again
// whenever a figure changes.
func (r *rig) until(ok func(Stats) bool) {
	r.t.Helper()
	for !ok(r.Stats()) {
		<-r.stats.changed
	}
}

// bare collects what the decoder alone says.
type bare struct{ flows []flow.Summary }

func (b *bare) Flow(s *flow.Summary)  { b.flows = append(b.flows, *s) }
func (b *bare) Sight(device.Sighting) {}

func inOrder(flows []flow.Summary) []flow.Summary {
	for i := range flows {
		flows[i].Number = 0
	}
	slices.SortFunc(flows, func(a, b flow.Summary) int {
		return cmp.Or(cmp.Compare(a.First, b.First), a.Client.Addr.Compare(b.Client.Addr), a.Server.Addr.Compare(b.Server.Addr), cmp.Compare(a.Last, b.Last))
	})
	return flows
}

func TestRecordedExportersGiveWhatTheirDecoderSays(t *testing.T) {
	for _, c := range []struct{ file, format string }{{"softflowd-v5.pcap", "NetFlow 5"}, {"softflowd-v9.pcap", "NetFlow 9"}, {"softflowd-ipfix.pcap", "IPFIX"}} {
		t.Run(c.format, func(t *testing.T) {
			sent := recorded(t, c.file)
			var want bare
			x := export.New(0, &want)
			for i, b := range sent {
				x.Message(netip.MustParseAddrPort("127.0.0.1:0"), b, 0, int64(i))
			}
			x.Finish()
			// None of its times is far from this clock.
			r := start(t, Config{Every: time.Hour, Now: func() time.Time { return time.Unix(0, x.Last) }})
			for _, b := range sent {
				r.send(b)
			}
			r.until(func(s Stats) bool { return len(s.Exporters) == 1 && s.Exporters[0].Datagrams == int64(len(sent)) })
			r.end()
			if len(want.flows) == 0 || !slices.Equal(inOrder(r.flows), inOrder(want.flows)) {
				t.Errorf("%d flows, want the %d of the decoder", len(r.flows), len(want.flows))
			}
			e := r.Stats().Exporters[0]
			if e.Format != c.format || e.Records != x.Records || e.Bad != 0 || e.Blind != 0 || e.LostRecords+e.LostMessages+e.Restarts != 0 || e.Address != netip.MustParseAddr("127.0.0.1") {
				t.Errorf("%+v, want %d records and nothing lost", e, x.Records)
			}
			if len(r.sights) == 0 {
				t.Error("nobody was seen")
			}
		})
	}
}

// v5 is a NetFlow 5 datagram with n flows that differ by their ports.
func v5(number uint32, n int) []byte {
	b := make([]byte, 24+48*n)
	binary.BigEndian.PutUint16(b, 5)
	binary.BigEndian.PutUint16(b[2:], uint16(n))
	binary.BigEndian.PutUint32(b[4:], 3_600_000)
	binary.BigEndian.PutUint32(b[8:], 1_790_000_000)
	binary.BigEndian.PutUint32(b[16:], number)
	for i := range n {
		r := b[24+48*i:]
		copy(r, []byte{10, 0, 0, byte(i), 192, 0, 2, 1})
		binary.BigEndian.PutUint32(r[16:], 10)
		binary.BigEndian.PutUint32(r[20:], 9000)
		binary.BigEndian.PutUint32(r[24:], 3_500_000)
		binary.BigEndian.PutUint32(r[28:], 3_510_000)
		binary.BigEndian.PutUint16(r[32:], uint16(40000+(number+uint32(i))%20000))
		binary.BigEndian.PutUint16(r[34:], 443)
		r[37], r[38] = 0x1b, 6
	}
	return b
}

func TestWhatTheNetworkLostIsCounted(t *testing.T) {
	r := start(t, Config{})
	for _, number := range []uint32{0xffffffec, 0, 40, 20, 60, 500_000_000, 500_000_020} { // over the end of the numbers; 20 to 39 come late; a new start
		r.send(v5(number, 20))
	}
	r.send([]byte("no exporter's"))
	r.until(func(s Stats) bool { return len(s.Exporters) == 1 && s.Exporters[0].Datagrams == 8 })
	e := r.Stats().Exporters[0]
	if e.Records != 140 || e.LostRecords != 0 || e.Restarts != 1 || e.Bad != 1 {
		t.Errorf("%+v: want 140 records, none lost, 1 restart, 1 bad", e)
	}
	r.send(v5(500_000_140, 20)) // 40 to 139
	r.until(func(s Stats) bool { return s.Exporters[0].LostRecords == 100 })
}

func TestTemplatesThatHaveNotComeAreCounted(t *testing.T) {
	r := start(t, Config{})
	var data []byte
	for _, b := range recorded(t, "softflowd-v9.pcap") {
		m := slices.Clone(b[:20])
		for rest := b[20:]; len(rest) >= 4; rest = rest[binary.BigEndian.Uint16(rest[2:]):] {
			if binary.BigEndian.Uint16(rest) >= 256 {
				m = append(m, rest[:binary.BigEndian.Uint16(rest[2:])]...)
			}
		}
		if len(m) > 20 {
			data = m
		}
	}
	r.send(data)
	r.until(func(s Stats) bool { return len(s.Exporters) == 1 && s.Exporters[0].Datagrams == 1 })
	if e := r.Stats().Exporters[0]; e.Blind == 0 || e.Bad != 0 || e.Records != 0 {
		t.Errorf("%+v", e)
	}
}

func TestStrangersAreRefused(t *testing.T) {
	r := start(t, Config{Allow: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}})
	r.send(v5(0, 1))
	r.send(v5(1, 1))
	r.until(func(s Stats) bool { return s.Refused == 2 })
	if s := r.Stats(); len(s.Exporters) != 0 || len(s.Refusals) != 1 || s.Refusals[0] != netip.MustParseAddr("127.0.0.1") {
		t.Errorf("%+v", s)
	}
}

func TestASlowSinkLosesNothingUntilTheQueueIsFull(t *testing.T) {
	hold := make(chan struct{})
	var r *rig
	const queue, burst = 16, 40
	r = start(t, Config{Queue: queue, Flows: 20, Sink: func(ctx context.Context, b Batch) error {
		<-hold
		return r.keep(ctx, b)
	}})
	var s Stats
	sent := int64(0)
	arrived := func(n int64) func(Stats) bool {
		return func(now Stats) bool {
			s = now
			return len(s.Exporters) == 1 && s.Exporters[0].Datagrams+s.Dropped >= n
		}
	}
	for s.Dropped < 100 {
		for range burst {
			r.send(v5(uint32(20*sent), 20))
			sent++
		}
		r.until(arrived(sent - queue)) // the others wait in the queue
	}
	close(hold)
	r.until(arrived(sent))
	r.end()
	if got := int64(len(r.flows)); got != s.Exporters[0].Records || got < queue*20 {
		t.Errorf("%d flows handed on of %d decoded", got, s.Exporters[0].Records)
	}
}

func TestASinkThatFailsIsGivenTheSameAgain(t *testing.T) {
	var r *rig
	tries := 0
	r = start(t, Config{Sink: func(ctx context.Context, b Batch) error {
		if tries++; tries < 3 {
			return errors.New("disk full")
		}
		return r.keep(ctx, b)
	}})
	r.send(v5(0, 20))
	r.until(func(s Stats) bool { return s.Flows == 20 })
	if s := r.Stats(); s.Faults != 2 || s.Fault != "hand on: disk full" || s.Lost != 0 || len(r.flows) != 20 {
		t.Errorf("%+v, %d flows", s, len(r.flows))
	}
}

func TestTheEndHandsOnWhatCame(t *testing.T) {
	r := start(t, Config{Every: time.Hour})
	r.send(v5(0, 20))
	r.until(func(s Stats) bool { return len(s.Exporters) == 1 })
	r.end()
	if s := r.Stats(); len(r.flows) != 20 || s.Flows != 20 {
		t.Errorf("%d flows, %+v", len(r.flows), s)
	}
	failing := start(t, Config{Sink: func(context.Context, Batch) error { return errors.New("closed") }})
	failing.send(v5(0, 20))
	failing.until(func(s Stats) bool { return s.Faults > 0 })
	failing.end()
	if s := failing.Stats(); s.Lost != 20 {
		t.Errorf("%+v: want 20 lost", s)
	}
}

func TestAPortThatIsTakenIsNamed(t *testing.T) {
	r := start(t, Config{})
	if err := New(Config{Addr: r.addr.String()}).Run(context.Background()); err == nil || !strings.Contains(err.Error(), r.addr.String()) {
		t.Errorf("got %v", err)
	}
}

func TestExportersAreBounded(t *testing.T) {
	s := stats{exporters: map[netip.Addr]*Exporter{}, sequences: map[stream]*sequence{}}
	a := netip.MustParseAddr("10.0.0.0")
	for range maxExporters + 10 {
		a = a.Next()
		s.known(a, 1)
	}
	if len(s.exporters) != maxExporters || s.s.Refused != 10 {
		t.Errorf("%d exporters, %d refused", len(s.exporters), s.s.Refused)
	}
	b := make([]byte, 1)
	from := netip.MustParseAddr("10.0.0.5")
	for i := range 2 * maxStreams {
		s.count(datagram{netip.AddrPortFrom(from, uint16(i)), int64(i), &b}, told{numbered: true, step: 1, domain: uint64(i)})
	}
	if len(s.sequences) > maxStreams {
		t.Errorf("%d streams", len(s.sequences))
	}
}

func FuzzDatagram(f *testing.F) {
	for _, name := range []string{"softflowd-v5.pcap", "softflowd-v9.pcap", "softflowd-ipfix.pcap"} {
		for _, b := range recorded(f, name)[:1] {
			f.Add(b)
		}
	}
	f.Add(sflowDatagram(1, 1000, samples...))
	f.Fuzz(func(t *testing.T, b []byte) {
		g := newGatherer(0)
		for range 2 {
			g.datagram(datagram{netip.MustParseAddrPort("127.0.0.1:9"), 1, &b})
		}
		g.finish()
		if batch, ok := g.take(); ok {
			for _, s := range batch.Flows {
				if !s.Client.Addr.Addr().IsValid() || !s.Server.Addr.Addr().IsValid() {
					t.Errorf("a flow without addresses: %+v", s)
				}
			}
		}
	})
}
