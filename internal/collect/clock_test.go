package collect

import (
	"context"
	"encoding/binary"
	"log/slog"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/flow"
)

// sentAt is when the datagrams of [v5] and [ipfix] say that they were sent.
var sentAt = time.Unix(1_790_000_000, 0).UTC()

// ipfix is a message with a template and one flow of it.
func ipfix(first, last time.Time) []byte {
	put := binary.BigEndian
	b := put.AppendUint16(nil, 10)
	b = put.AppendUint16(b, 0) // length
	b = put.AppendUint32(b, uint32(sentAt.Unix()))
	b = put.AppendUint32(b, 0)
	b = put.AppendUint32(b, 0)
	fields := [][2]uint16{{8, 4}, {12, 4}, {7, 2}, {11, 2}, {4, 1}, {2, 8}, {1, 8}, {152, 8}, {153, 8}}
	for _, v := range []uint16{2, uint16(8 + 4*len(fields)), 256, uint16(len(fields))} {
		b = put.AppendUint16(b, v)
	}
	for _, f := range fields {
		b = put.AppendUint16(put.AppendUint16(b, f[0]), f[1])
	}
	b = put.AppendUint16(put.AppendUint16(b, 256), 4+45)
	b = append(b, 10, 0, 0, 7, 192, 0, 2, 1)
	b = put.AppendUint16(put.AppendUint16(b, 40000), 443)
	b = append(b, 6)
	for _, v := range []uint64{10, 9000, uint64(first.UnixMilli()), uint64(last.UnixMilli())} {
		b = put.AppendUint64(b, v)
	}
	put.PutUint16(b[2:], uint16(len(b)))
	return b
}

// heard is what a gatherer makes of one datagram.
func heard(t *testing.T, b []byte, now time.Time) Batch {
	t.Helper()
	g := newGatherer(0)
	g.datagram(datagram{netip.MustParseAddrPort("10.0.0.254:9000"), now.UnixNano(), &b})
	g.finish()
	batch, ok := g.take()
	if !ok || len(batch.Flows) != 1 || len(batch.Sights) != 1 {
		t.Fatalf("got %+v, want one flow and one sender", batch)
	}
	return batch
}

func TestTimesThatCannotBeAreThoseOfArrival(t *testing.T) {
	const day = 24 * time.Hour
	v5ends := sentAt.Add(-90 * time.Second) // and lasts 10 s
	for _, c := range []struct {
		name        string
		b           []byte
		now         time.Time
		first, last time.Time
		most        time.Duration // 0: left as it is
	}{
		{"NetFlow 5, now", v5(0, 1), sentAt, v5ends.Add(-10 * time.Second), v5ends, 0},
		{"NetFlow 5, an exporter 32 days ahead", v5(0, 1), v5ends.Add(-32 * day), v5ends.Add(-32*day - 10*time.Second), v5ends.Add(-32 * day), 32 * day},
		{"NetFlow 5, an exporter 500 days behind", v5(0, 1), v5ends.Add(500 * day), v5ends.Add(500*day - 10*time.Second), v5ends.Add(500 * day), -500*day - 10*time.Second},
		{"IPFIX, 10 minutes ahead", ipfix(sentAt, sentAt.Add(maxAhead)), sentAt, sentAt, sentAt.Add(maxAhead), 0},
		{"IPFIX, an hour long and more than 10 minutes ahead", ipfix(sentAt.Add(-49*time.Minute), sentAt.Add(11*time.Minute)), sentAt, sentAt.Add(-time.Hour), sentAt, 11 * time.Minute},
		{"IPFIX, 399 days behind", ipfix(sentAt.Add(-399*day), sentAt.Add(-399*day)), sentAt, sentAt.Add(-399 * day), sentAt.Add(-399 * day), 0},
		{"IPFIX, began 401 days ago and goes on", ipfix(sentAt.Add(-401*day), sentAt), sentAt, sentAt, sentAt, -401 * day},
		{"IPFIX, lasts 32 days to come", ipfix(sentAt, sentAt.Add(32*day)), sentAt, sentAt, sentAt, 32 * day},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := heard(t, c.b, c.now)
			f, s := got.Flows[0], got.Sights[0]
			if f.First != c.first.UnixNano() || f.Last != c.last.UnixNano() || !s.First.Equal(c.first) || !s.Last.Equal(c.last) {
				t.Errorf("kept %s to %s, the sender %s to %s; want %s to %s", time.Unix(0, f.First).UTC(), time.Unix(0, f.Last).UTC(), s.First, s.Last, c.first, c.last)
			}
			if c.most == 0 {
				if len(got.Misdated) != 0 {
					t.Errorf("said %+v of times that can be", got.Misdated)
				}
				return
			}
			want := flow.Misdated{Exporter: netip.MustParseAddr("10.0.0.254"), Records: 1, Most: c.most}
			if len(got.Misdated) != 1 || got.Misdated[0] != want {
				t.Errorf("said %+v, want %+v", got.Misdated, want)
			}
		})
	}
}

// said keeps what is logged of clocks.
type said struct {
	slog.Handler
	mu      sync.Mutex
	records []int64
}

func (s *said) Enabled(context.Context, slog.Level) bool { return true }

func (s *said) Handle(_ context.Context, rec slog.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	rec.Attrs(func(a slog.Attr) bool {
		if a.Key == "records" {
			s.records = append(s.records, a.Value.Int64())
		}
		return true
	})
	return nil
}

func TestTheLogTellsOfWrongClocksOnceAnHour(t *testing.T) {
	h := &said{Handler: slog.DiscardHandler}
	s := sayer{log: slog.New(h), from: map[netip.Addr]bool{}}
	one := []flow.Misdated{{Exporter: netip.MustParseAddr("10.0.0.254"), Records: 3, Most: time.Hour}}
	for _, after := range []time.Duration{0, 10 * time.Minute, 59 * time.Minute, time.Hour, 61 * time.Minute, 3 * time.Hour} {
		s.say(sentAt.Add(after), one)
	}
	s.say(sentAt.Add(9*time.Hour), nil)
	if len(h.records) != 3 || h.records[0] != 3 || h.records[1] != 9 || h.records[2] != 6 {
		t.Errorf("logged %v, want 3 at first, 9 after an hour, 6 later", h.records)
	}
}

// TestRecordedExportersAheadOfTheClock hears what softflowd sent 60 days before its own
// clock says.
func TestRecordedExportersAheadOfTheClock(t *testing.T) {
	for _, c := range []struct {
		file string
		at   int // where a message says when it was sent
	}{{"softflowd-v5.pcap", 8}, {"softflowd-v9.pcap", 8}, {"softflowd-ipfix.pcap", 4}} {
		t.Run(c.file, func(t *testing.T) {
			g := newGatherer(0)
			var now time.Time
			for _, b := range recorded(t, c.file) {
				now = time.Unix(int64(binary.BigEndian.Uint32(b[c.at:])), 0).Add(-60 * 24 * time.Hour)
				g.datagram(datagram{netip.MustParseAddrPort("10.0.0.254:9000"), now.UnixNano(), &b})
			}
			g.finish()
			batch, _ := g.take()
			if len(batch.Flows) < 80 || len(batch.Misdated) != 1 || batch.Misdated[0].Most < 24*time.Hour {
				t.Fatalf("%d flows, said %+v; want the exporter, days ahead", len(batch.Flows), batch.Misdated)
			}
			latest := now.Add(maxAhead)
			for _, f := range batch.Flows {
				if f.Last > latest.UnixNano() || f.First > f.Last {
					t.Fatalf("a flow from %s to %s, heard %s", time.Unix(0, f.First).UTC(), time.Unix(0, f.Last).UTC(), now.UTC())
				}
			}
			for _, s := range batch.Sights {
				if s.Last.After(latest) {
					t.Fatalf("%s was seen %s, heard %s", s.IP, s.Last, now.UTC())
				}
			}
			t.Logf("%+v", batch.Misdated)
		})
	}
}

// TestACollectorKeepsTheTimeOfArrival sends a datagram of an exporter 32 days ahead.
func TestACollectorKeepsTheTimeOfArrival(t *testing.T) {
	now := sentAt.Add(-32 * 24 * time.Hour)
	h := &said{Handler: slog.DiscardHandler}
	r := start(t, Config{Now: func() time.Time { return now }, Log: slog.New(h)})
	r.send(v5(0, 20))
	r.until(func(s Stats) bool { return s.Flows == 20 })
	r.end()
	for _, f := range r.flows {
		if f.Last != now.UnixNano() {
			t.Fatalf("a flow ends %s, want %s", time.Unix(0, f.Last).UTC(), now)
		}
	}
	if len(h.records) != 1 || h.records[0] != 20 {
		t.Errorf("logged %v, want 20 records once", h.records)
	}
}
