package dissect_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/dissect"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/packet"
)

// hammer says how many damaged messages TestHammer makes; the fuzz targets look
// for new paths, this for volume: it needs no instrumentation and runs ten times
// as many a second.
var hammer = flag.Int("hammer", 30000, "damaged messages made from those in examples/")

// A seed is one message of the examples, as a dissector is given it.
type seed struct {
	kind          string // "datagram", "stream", "frame", "wlan"
	src, dst      uint16
	etherType     uint16
	first, second []byte
}

// collector keeps every message of a capture that some dissector wants.
type collector struct{ seeds []seed }

func (c *collector) Datagram(_ *flow.Flow, p *packet.Packet, _ bool) {
	c.seeds = append(c.seeds, seed{kind: "datagram", src: p.SrcPort, dst: p.DstPort, first: bytes.Clone(p.Payload)})
}

func (c *collector) Stream(f *flow.Flow, s *flow.Stream) {
	const most = 8 << 10 // what one damaged stream costs stays small
	c.seeds = append(c.seeds, seed{
		kind: "stream", src: f.Client.Port, dst: f.Server.Port,
		first: bytes.Clone(s.Client.Data[:min(most, len(s.Client.Data))]), second: bytes.Clone(s.Server.Data[:min(most, len(s.Server.Data))]),
	})
}

func (c *collector) End(*flow.Flow)     {}
func (c *collector) Part(*flow.Summary) {}

func collect(t *testing.T) []seed {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "examples", "*.pcap*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	c := &collector{}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := capture.NewReader(file)
		if err != nil {
			t.Fatal(err)
		}
		table := flow.New(flow.Config{StreamWanted: dissect.StreamWanted, DatagramWanted: dissect.DatagramWanted}, c)
		var d packet.Decoder
		var f capture.Frame
		var p packet.Packet
		for {
			if err := r.Next(&f); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			switch d.Decode(&f, &p) {
			case packet.LinkOnly:
				c.seeds = append(c.seeds, seed{kind: "frame", etherType: p.EtherType, first: bytes.Clone(p.Payload)})
			case packet.TCP, packet.UDP:
				table.Add(&p)
			}
		}
		table.Close()
		file.Close()
	}
	for _, s := range dissect.Seeds(t) {
		c.seeds = append(c.seeds, seed{kind: s.Kind, src: s.Src, dst: s.Dst, first: []byte(s.Client), second: []byte(s.Server)})
	}
	for _, m := range dissect.MadeSeeds() {
		c.seeds = append(c.seeds, seed{kind: m.Kind, src: m.Src, dst: m.Dst, etherType: m.EtherType, first: m.Data})
	}
	return c.seeds
}

// damage changes b in one of the ways that break parsers.
func damage(r *rand.Rand, b []byte, others []seed) []byte {
	b = bytes.Clone(b)
	for range 1 + r.IntN(4) {
		if len(b) == 0 {
			return append(b, byte(r.Uint32()))
		}
		i := r.IntN(len(b))
		switch r.IntN(8) {
		case 0:
			b[i] ^= 1 << r.IntN(8)
		case 1:
			b[i] = []byte{0, 1, 0x7f, 0x80, 0xff, '<', '"', '\n'}[r.IntN(8)]
		case 2:
			b = b[:i]
		case 3:
			b = append(b[:i], b[min(len(b), i+1+r.IntN(16)):]...)
		case 4:
			j := min(len(b), i+1+r.IntN(64))
			b = append(b[:j:j], b[i:]...)
		case 5:
			o := others[r.IntN(len(others))].first
			if len(o) > 0 {
				k := r.IntN(len(o))
				b = append(b[:i:i], o[k:min(len(o), k+256)]...)
			}
		case 6:
			for k := i; k < min(len(b), i+4); k++ {
				b[k] = 0xff
			}
		case 7:
			b[i] += byte(r.IntN(32)) - 16
		}
	}
	return b[:min(len(b), 16<<10)]
}

// TestHammer damages real messages and holds every dissector to what it promises:
// no panic, values that are short, valid text, and an end within the bytes given.
func TestHammer(t *testing.T) {
	seeds := collect(t)
	groups, order := map[string][]seed{}, []string{}
	for _, s := range seeds { // each protocol has its turn, however few its messages are
		k := fmt.Sprintf("%s %d %04x", s.kind, min(s.src, s.dst), s.etherType)
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], s)
	}
	r := rand.New(rand.NewPCG(1, uint64(*hammer)))
	said := map[string]int{}
	var slowest time.Duration
	for n := range *hammer {
		g := groups[order[n%len(order)]]
		s := g[r.IntN(len(g))]
		first, second := damage(r, s.first, seeds), s.second
		if s.kind == "stream" {
			second = damage(r, s.second, seeds)
		}
		emit := func(m dissect.Message) {
			said[m.Protocol]++
			limit := len(second)
			if m.FromClient {
				limit = len(first)
			}
			if s.kind == "stream" && (m.End < 0 || m.End > limit) {
				t.Fatalf("message %d: %s ends at %d of %d", n, m.Protocol, m.End, limit)
			}
			for _, f := range m.Fields {
				if len(f.Value) > observation.MaxValue || !utf8.ValidString(f.Value) {
					t.Fatalf("message %d: %s has a value of %d bytes that is too long or no text", n, f.Name, len(f.Value))
				}
			}
		}
		start := time.Now()
		switch s.kind {
		case "datagram":
			dissect.Datagram(s.src, s.dst, first, emit)
		case "stream":
			dissect.Stream(s.src, s.dst, first, second, emit)
		case "wlan":
			dissect.WLAN(first, emit)
		case "frame":
			dissect.Frame(s.etherType, observation.MAC{}, first, emit)
		}
		slowest = max(slowest, time.Since(start))
	}
	if len(said) < 8 {
		t.Errorf("the damaged messages were understood in %d protocols only: %v", len(said), said)
	}
	t.Logf("%d damaged messages, %d of each of %d kinds of %d seeds, slowest %s; understood as %v", *hammer, *hammer/len(order), len(order), len(seeds), slowest, said)
}
