package hub_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/history"
	"github.com/lenscap/lenscap/internal/hub"
)

// A taping is a capture in memory, of Ethernet.
type taping struct {
	at    []time.Time
	frame [][]byte
}

// tape takes frames out of captures.
func tape(t *testing.T, files ...[]byte) *taping {
	t.Helper()
	var out taping
	for _, b := range files {
		src, err := capture.Open(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		r, err := src.Frames()
		if err != nil {
			t.Fatal(err)
		}
		for {
			var f capture.Frame
			if err := r.Next(&f); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			out.at, out.frame = append(out.at, time.Unix(0, f.Time)), append(out.frame, bytes.Clone(f.Data))
		}
		if err := src.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return &out
}

// file writes the frames that keep gives a time for as a capture, at those times.
func (p *taping) file(keep func(i int, at time.Time) time.Time) []byte {
	b := binary.LittleEndian.AppendUint32(nil, 0xa1b23c4d) // nanoseconds
	b = append(b, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, 1<<18)
	b = binary.LittleEndian.AppendUint32(b, 1)
	for i, at := range p.at {
		if at = keep(i, at); at.IsZero() {
			continue
		}
		n := uint32(len(p.frame[i]))
		for _, v := range []uint32{uint32(at.Unix()), uint32(at.Nanosecond()), n, n} {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
		b = append(b, p.frame[i]...)
	}
	return b
}

func (p *taping) between(from, to time.Time) []byte {
	return p.file(func(_ int, at time.Time) time.Time {
		if at.Before(from) || !at.Before(to) {
			return time.Time{}
		}
		return at
	})
}

// A tally is what counts at the bench's site.
type tally struct{ Up, Down, Packets, Flows int64 }

// counted asks the history three ways, which must agree, and what pages are made of.
func (b *bench) counted() tally {
	b.t.Helper()
	var sum tally
	for r, err := range b.hist.Site(b.t.Context(), b.site.ID, time.Time{}, time.Time{}) {
		if err != nil {
			b.t.Fatal(err)
		}
		if !r.Again {
			sum = tally{sum.Up + r.BytesUp, sum.Down + r.BytesDown, sum.Packets + r.PacketsUp + r.PacketsDown, sum.Flows + r.Flows}
		}
	}
	list, err := b.hist.Totals(b.t.Context(), history.Query{Sum: history.SumAll, Sites: []int64{b.site.ID}})
	if err != nil || len(list) != 1 {
		b.t.Fatalf("%d totals, %v", len(list), err)
	}
	if x := (tally{list[0].BytesUp, list[0].BytesDown, list[0].PacketsUp + list[0].PacketsDown, list[0].Flows}); x != sum {
		b.t.Errorf("totals say %+v, rows that count %+v", x, sum)
	}
	sums, err := hub.SumUp(b.hist.Site(b.t.Context(), b.site.ID, time.Time{}, time.Time{}))
	if err != nil {
		b.t.Fatal(err)
	}
	var x tally
	for _, device := range sums.Devices() {
		for _, c := range sums.Of(device, false) {
			x = tally{x.Up + int64(c.BytesUp), x.Down + int64(c.BytesDown), x.Packets + int64(c.PacketsUp+c.PacketsDown), x.Flows + c.Flows}
		}
	}
	if x != sum {
		b.t.Errorf("conversations say %+v, rows that count %+v", x, sum)
	}
	return sum
}

func (b *bench) overlaps() []hub.Overlap {
	b.t.Helper()
	list, err := b.store.Overlaps(b.t.Context(), []int64{b.site.ID})
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

// again says which rows do not count.
func (b *bench) again() (list []string) {
	b.t.Helper()
	for r, err := range b.hist.Site(b.t.Context(), b.site.ID, time.Time{}, time.Time{}) {
		if err != nil {
			b.t.Fatal(err)
		}
		if r.Again {
			list = append(list, fmt.Sprint(r.Ingest, r.Device, r.Address, r.Port, r.Hour))
		}
	}
	slices.Sort(list)
	return list
}

// shared counts conversations of an hour that more than one input told of.
func (b *bench) shared() (n int) {
	b.t.Helper()
	var last history.Row
	for r, err := range b.hist.Site(b.t.Context(), b.site.ID, time.Time{}, time.Time{}) {
		if err != nil {
			b.t.Fatal(err)
		}
		if r.Device == last.Device && r.Address == last.Address && r.Port == last.Port && r.Hour == last.Hour && r.Ingest != last.Ingest {
			n++
		}
		last = r
	}
	return n
}

func (b *bench) out(in *hub.Ingest) {
	b.t.Helper()
	if err := b.hub.DropIngest(b.t.Context(), "anna", in.ID); err != nil {
		b.t.Fatal(err)
	}
	b.drain()
}

// alone is what counts, and what is derived, of one input.
func alone(t *testing.T, content []byte) tally {
	b := newBench(t)
	b.take("alone.pcap", content)
	if list := b.overlaps(); len(list) > 0 {
		t.Errorf("one input overlaps: %+v", list)
	}
	return b.counted()
}

// near is whether two figures differ by so many percent at most.
func near(a, b tally, percent int64) bool {
	close := func(x, y int64) bool { return 100*max(x-y, y-x) <= percent*max(x, y) }
	return close(a.Up, b.Up) && close(a.Down, b.Down) && close(a.Packets, b.Packets)
}

// TestWhatTwoInputsShowCountsOnce hands in the same traffic in other files.
func TestWhatTwoInputsShowCountsOnce(t *testing.T) {
	whole := tape(t, estateFile(t, "depot/2026-11-03.pcapng.zst"), estateFile(t, "depot/2026-11-05.pcapng.zst"))
	first, end := whole.at[0], whole.at[len(whole.at)-1].Add(time.Second)
	night := time.Date(2026, 11, 4, 0, 0, 0, 0, time.UTC)
	both := whole.between(first, end)
	want := alone(t, both)
	sensor := func(miss int) []byte { // another one, with a clock of its own, that misses some
		return whole.file(func(i int, at time.Time) time.Time {
			if i%miss == miss-1 {
				return time.Time{}
			}
			return at.Add(time.Duration(i%7) * 300 * time.Microsecond)
		})
	}
	for _, c := range []struct {
		name    string
		a, b    []byte
		percent int64
	}{
		{"a day, and it and another", whole.between(first, night), both, 0},
		{"two days, and the first of them", both, whole.between(first, night), 0},
		{"a part of a day within", both, whole.between(first.Add(5*time.Hour+10*time.Minute), first.Add(9*time.Hour+25*time.Minute)), 0},
		{"two sensors", both, sensor(1 << 20), 0},
		{"two sensors, one of which misses some", sensor(60), both, 1},
		{"two sensors that miss some each", sensor(60), sensor(70), 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			one := b.take("one.pcap", c.a)
			mine := b.dump()
			two := b.take("two.pcap", c.b)
			if got := b.counted(); !near(got, want, c.percent) {
				t.Errorf("counted %+v, want %+v within %d %%", got, want, c.percent)
			}
			list := b.overlaps()
			if len(list) != 1 || list[0].Ingest != two.ID || list[0].Other != one.ID || list[0].Name != "one.pcap" || list[0].Same < 10 || list[0].Bytes == 0 || list[0].Of < list[0].Same {
				t.Errorf("overlaps: %+v", list)
			}
			// The same again, and without each of them.
			dump, again := b.dump(), b.again()
			if err := b.hub.Rebuild(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			if b.dump() != dump || !slices.Equal(b.again(), again) {
				t.Error("a rebuild changed what counts")
			}
			b.out(two)
			if b.dump() != mine || len(b.again()) > 0 || len(b.overlaps()) > 0 {
				t.Errorf("without the second it is not as before: %d rows do not count, overlaps %+v", len(b.again()), b.overlaps())
			}
			two = b.take("two.pcap", c.b)
			b.out(one)
			if got, want := b.counted(), alone(t, c.b); got != want || len(b.again()) > 0 || len(b.overlaps()) > 0 {
				t.Errorf("without the first %+v counts, want %+v; overlaps %+v", got, want, b.overlaps())
			}
			b.out(two)
		})
	}
}

// TestWhatIsNotTheSameCountsInEach hands in captures that only seem to repeat.
func TestWhatIsNotTheSameCountsInEach(t *testing.T) {
	whole, short := tape(t, estateFile(t, "depot/2026-11-03.pcapng.zst")), tape(t, station(t))
	first, end := short.at[0], short.at[len(short.at)-1].Add(time.Second)
	middle := first.Add(2 * time.Minute)
	share := func(n uint32) []byte { // of two captures that share the flows between them
		return whole.file(func(i int, at time.Time) time.Time {
			f, h := whole.frame[i], fnv.New32a()
			if len(f) < 38 {
				return at
			}
			ports := slices.Sorted(slices.Values([]uint16{binary.BigEndian.Uint16(f[34:]), binary.BigEndian.Uint16(f[36:])}))
			fmt.Fprint(h, ports)
			if h.Sum32()>>7&1 != n {
				return time.Time{}
			}
			return at
		})
	}
	for _, c := range []struct {
		name       string
		a, b, both []byte
	}{
		{"the next file of a recording", short.between(first, middle), short.between(middle, end), short.between(first, end)},
		{"the files in reverse", short.between(middle, end), short.between(first, middle), short.between(first, end)},
		{"files that overlap by a few seconds", short.between(first, middle.Add(3*time.Second)), short.between(middle, end), nil},
		{"half the flows each", share(0), share(1), whole.file(func(_ int, at time.Time) time.Time { return at })},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			b.take("one.pcap", c.a)
			b.take("two.pcap", c.b)
			if n := b.shared(); n < 3 {
				t.Errorf("the two show %d conversations of one hour: the test shows nothing", n)
			}
			if got := b.counted(); c.both != nil {
				if want := alone(t, c.both); !near(got, want, 1) || got.Packets != want.Packets {
					t.Errorf("counted %+v, want %+v", got, want)
				}
			}
			if list := b.overlaps(); len(list) > 0 || len(b.again()) > 0 {
				t.Errorf("overlaps %+v", list)
			}
		})
	}
}

// TestWhereTooFewConversationsTell has two recordings that run on beside each other
// for a while: of one conversation that lies in that time what both show counts
// once, and of one that goes on beyond it, it is said that it counts in each.
func TestWhereTooFewConversationsTell(t *testing.T) {
	short := tape(t, station(t))
	part := func(from, to int) []byte {
		return short.file(func(i int, at time.Time) time.Time {
			if i < from || i >= to {
				return time.Time{}
			}
			return at
		})
	}
	t.Run("one that goes on", func(t *testing.T) {
		b := newBench(t)
		b.take("a.pcap", part(0, 1255))
		two := b.take("b.pcap", part(836, len(short.at)))
		list := b.overlaps()
		if len(list) != 1 || list[0].Ingest != two.ID || list[0].Part == 0 {
			t.Fatalf("overlaps: %+v", list)
		}
		from, to := short.at[836].UTC().Format(time.DateTime), short.at[1254].UTC().Format(time.DateTime)
		if s := list[0].Says(); !strings.Contains(s, "from "+from+" to "+to) || !strings.Contains(s, "counted in each") {
			t.Errorf("says %q, want from %s to %s", s, from, to)
		}
	})
	for _, c := range []struct {
		name  string
		bytes int // of the second's conversation beside the first's
		other bool
		want  int64 // bytes up
	}{
		{"one, the same to the byte", 0, false, 50_000},
		{"one, of another size", 40, false, 100_040},
		{"one the same, and one that only the second shows", 0, true, 107_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			now := b.now.Add(-40 * time.Minute)
			for i, name := range []string{"one", "two"} {
				p := hub.Parcel{Site: b.site.ID, Organisation: b.site.Organisation, Name: name, Source: "listener", By: "hub"}
				var flows []flow.Summary
				var sights []device.Sighting
				add := func(camera string, begin, length time.Duration, up int) {
					at, ip := now.Add(begin).UnixNano(), netip.MustParseAddr(camera)
					f := flow.Summary{First: at, Last: at + int64(length), Proto: 6, Begins: true, Number: int64(len(flows) + 1)}
					f.Client = flow.End{Addr: netip.AddrPortFrom(ip, 40000), Packets: 100, Bytes: uint64(up)} //nolint:gosec // small
					f.Server = flow.End{Addr: netip.MustParseAddrPort("52.58.1.1:443"), Packets: 80, Bytes: 9_000}
					flows, sights = append(flows, f), append(sights, device.Sighting{IP: ip, First: time.Unix(0, at), Last: time.Unix(0, f.Last), Packets: 100, Bytes: 50_000})
				}
				add("10.0.0.1", 5*time.Minute, time.Minute, 50_000+i*c.bytes)
				if i == 1 && c.other {
					add("10.0.0.2", 5*time.Minute, time.Minute, 7_000)
				}
				b.receive(p, flows, sights)
			}
			b.now = b.now.Add(10 * time.Minute)
			b.drain()
			if got := b.counted().Up; got != c.want {
				t.Errorf("%d bytes up count, want %d; overlaps %+v", got, c.want, b.overlaps())
			}
		})
	}
}

// TestExportersThatTellTheSameFlowsCountOnce has two routers tell of the same
// cameras for three hours, a window after the other; hours of one exporter are no
// overlap, though its flows reach from one into the next.
func TestExportersThatTellTheSameFlowsCountOnce(t *testing.T) {
	b := newBench(t)
	var want tally
	for i := range 18 { // windows of ten minutes
		for _, name := range []string{"NetFlow on :2055", "IPFIX on :4739"} {
			p := hub.Parcel{Site: b.site.ID, Organisation: b.site.Organisation, Name: name, Source: "listener", By: "hub"}
			var flows []flow.Summary
			var sights []device.Sighting
			for n := range 5 {
				at := b.now.Add(-15 * time.Minute).UnixNano()
				camera := netip.AddrFrom4([4]byte{10, 0, 0, byte(n + 1)})
				f := flow.Summary{First: at, Last: at + int64(12*time.Minute), Proto: 6, Begins: true, Number: int64(i + 1)}
				f.Client = flow.End{Addr: netip.AddrPortFrom(camera, 40000), Packets: 100, Bytes: uint64(50_000 + n)}
				f.Server = flow.End{Addr: netip.MustParseAddrPort("52.58.1.1:443"), Packets: 80, Bytes: 9_000}
				flows, sights = append(flows, f), append(sights, device.Sighting{IP: camera, First: time.Unix(0, at), Last: time.Unix(0, f.Last), Packets: 100, Bytes: 50_000})
				if name[0] == 'N' {
					want = tally{want.Up + int64(f.Client.Bytes), want.Down + 9_000, want.Packets + 180, want.Flows + 1}
				}
			}
			b.receive(p, flows, sights)
		}
		b.now = b.now.Add(10 * time.Minute)
		b.drain()
	}
	if got := b.counted(); got != want {
		t.Errorf("counted %+v, want %+v; overlaps %+v", got, want, b.overlaps())
	}
	for _, o := range b.overlaps() {
		one, err := b.store.Ingest(t.Context(), o.Ingest)
		if err != nil {
			t.Fatal(err)
		}
		if one.Name[:5] == o.Name[:5] {
			t.Errorf("%s overlaps %s, which is of the same exporter", one.Name, o.Name)
		}
	}
}

// Of three inputs of the same traffic one counts, and of no two of them it is said
// that what both show counts in each.
func TestWhatAThirdInputShowsIsNotSaidToCountTwice(t *testing.T) {
	whole := tape(t, estateFile(t, "depot/2026-11-03.pcapng.zst"))
	first, end := whole.at[0], whole.at[len(whole.at)-1].Add(time.Second)
	files := map[string][]byte{
		"whole.pcap": whole.between(first, end),
		"part.pcap":  whole.between(first, first.Add(9*time.Hour)),
		"cut.pcap":   whole.between(first, first.Add(6*time.Hour+20*time.Minute)),
	}
	want := alone(t, files["whole.pcap"])
	for _, order := range [][]string{{"whole.pcap", "part.pcap", "cut.pcap"}, {"cut.pcap", "part.pcap", "whole.pcap"}, {"part.pcap", "whole.pcap", "cut.pcap"}} {
		b := newBench(t)
		for _, name := range order {
			b.take(name, files[name])
		}
		if got := b.counted(); !near(got, want, 1) {
			t.Errorf("%v: counted %+v, want %+v within 1 %%", order, got, want)
		}
		list := b.overlaps()
		if len(list) < 2 {
			t.Errorf("%v: overlaps %+v", order, list)
		}
		for _, o := range list {
			if o.Same == 0 || strings.Contains(o.Says(), "counted in each") {
				t.Errorf("%v: of input %d it is said: %s", order, o.Ingest, o.Says())
			}
		}
	}
}
