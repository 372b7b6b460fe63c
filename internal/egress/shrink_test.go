package egress

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lenscap/lenscap/internal/flow"
)

// fill adds flows to a book of a limit.
func fill(limit int, in []flow.Summary) *Book {
	b := NewBook(limit)
	for i := range in {
		b.Add(&in[i])
	}
	return b
}

// moved is bytes up and down by device.
func moved(b *Book) map[string][2]uint64 {
	out := map[string][2]uint64{}
	for _, c := range b.Conversations(cameras(), nil, nil, nil) {
		n := out[c.Device]
		out[c.Device] = [2]uint64{n[0] + c.BytesUp, n[1] + c.BytesDown}
	}
	return out
}

// noise is what camera-009 sends to n far ends, outside and inside, of which
// those inside do not answer, and what a stranger sends to it.
func noise(n, seconds int) []flow.Summary {
	out := make([]flow.Summary, n)
	for i := range out {
		second := i * seconds / n
		switch i % 3 {
		case 0:
			out[i] = sum("10.0.0.9:40000", fmt.Sprintf("52.1.%d.%d:443", i/250, i%250+1), protoTCP, second, 60, 40)
		case 1:
			out[i] = sum("10.0.0.9:40000", fmt.Sprintf("10.9.%d.%d:554", i/250+2, i%250+1), protoTCP, second, 60, 0)
			out[i].Server.Packets = 0
		case 2:
			out[i] = sum(fmt.Sprintf("91.1.%d.%d:50000", i/250, i%250+1), "10.0.0.9:80", protoTCP, second, 60, 40)
		}
	}
	return out
}

// quiet is what four cameras do: a stream to the recorder and two servers each.
func quiet(seconds int) []flow.Summary {
	var out []flow.Summary
	for camera := range 4 {
		for s := 0; s < seconds; s += 3600 {
			from := fmt.Sprintf("10.0.0.%d", camera+1)
			out = append(out, sum("10.0.1.1:50000", from+":554", protoTCP, s, 1000, 2_000_000),
				sum(from+":40000", fmt.Sprintf("52.58.1.%d:443", camera+1), protoTCP, s, 50, 20), sum(from+":40001", "193.0.6.139:123", protoUDP, s, 48, 48))
		}
	}
	return out
}

// mixed puts the noise among the rest, as it would come.
func mixed(seed uint64, lists ...[]flow.Summary) []flow.Summary {
	var out []flow.Summary
	for _, l := range lists {
		out = append(out, l...)
	}
	rand.New(rand.NewPCG(seed, 7)).Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// hoursOf tells when each device was active.
func hoursOf(b *Book) (byDevice map[string]map[int64]bool) {
	byDevice = map[string]map[int64]bool{}
	b.Hours(cameras(), nil, nil, nil, func(hour int64, c *Conversation) {
		if byDevice[c.Device] == nil {
			byDevice[c.Device] = map[int64]bool{}
		}
		byDevice[c.Device][hour] = true
	})
	return byDevice
}

// A device that scans, or is scanned, costs the others nothing: neither their
// far ends nor their hours. Its own bytes stay, by device and way.
func TestANoisyDevicePushesNobodyOut(t *testing.T) {
	for seed := range uint64(3) {
		in := mixed(seed, noise(20_000, 3*3600), quiet(3*3600))
		full, small := fill(0, in), fill(1000, in)
		if small.n > 1000 {
			t.Fatalf("%d entries", small.n)
		}
		if d := cmp.Diff(moved(full), moved(small)); d != "" {
			t.Errorf("seed %d: bytes up and down by device:\n%s", seed, d)
		}
		pick := func(b *Book) (quiet []Conversation, others, far int) {
			for _, c := range b.Conversations(cameras(), nil, nil, nil) {
				switch {
				case c.Device != "camera-009":
					quiet = append(quiet, c)
				case c.Name == Others:
					others++
				default:
					far++
				}
			}
			return quiet, others, far
		}
		want, _, _ := pick(full)
		got, others, far := pick(small)
		if d := cmp.Diff(want, got); d != "" || len(want) != 12 {
			t.Errorf("seed %d: %d conversations of the others:\n%s", seed, len(want), d)
		}
		if others < 2 || others > 6 || far < 100 {
			t.Errorf("seed %d: the noisy device has %d far ends and %d for all others", seed, far, others)
		}
		if d := cmp.Diff(hoursOf(full), hoursOf(small)); d != "" {
			t.Errorf("seed %d: hours:\n%s", seed, d)
		}
		if l := small.Losses(0); l.Others < 15_000 || l.Dropped != 0 || l.Hours != 0 {
			t.Errorf("seed %d: %+v", seed, l)
		}
		if l := full.Losses(0); l != (Losses{}) {
			t.Errorf("seed %d: with room for all: %+v", seed, l)
		}
	}
}

// The scope of what was added up stays: a device of a closed site that reached
// many servers outside has reached outside.
func TestOthersKeepTheirScope(t *testing.T) {
	b := fill(64, noise(3000, 60))
	e := cameras()
	e.Closed = true
	scopes := map[string]bool{}
	for _, c := range b.Conversations(e, nil, nil, nil) {
		if c.Name == Others {
			scopes[c.Scope] = true
			if c.Address != "0.0.0.0" || c.Closed != (c.Scope == ScopeOutside) || c.Flows < 2 || len(c.Evidence) != 1 || c.Names == nil {
				t.Errorf("%+v", c)
			}
		}
	}
	if !scopes[ScopeOutside] || !scopes[ScopeInside] {
		t.Errorf("scopes %v", scopes)
	}
}

// Whatever does not fit, no flow leaves the days of its input.
func TestNothingIsDated1970(t *testing.T) {
	for name, in := range map[string][]flow.Summary{
		"one noisy device":         noise(3000, 3600),
		"one over three days":      noise(3000, 3*86400),
		"few over 100 days":        quiet(100 * 86400),
		"anything":                 traffic(rand.New(rand.NewPCG(1, 2)), 5000),
		"as many devices as flows": crowdOf(5000),
	} {
		for _, limit := range []int{16, 60, 400} {
			var first, last int64
			for i := range in {
				h := in[i].First / hour
				if i == 0 || h < first {
					first = h
				}
				last = max(last, h)
			}
			b := fill(limit, in)
			n := 0
			b.Hours(cameras(), nil, nil, nil, func(h int64, c *Conversation) {
				if n++; h < first/24*24 || h > last {
					t.Errorf("%s, limit %d: hour %d is outside the input's days, which begin with %d: %+v", name, limit, h, first, c)
				}
			})
			if n == 0 || b.n > limit {
				t.Errorf("%s, limit %d: %d hours of conversations, %d entries", name, limit, n, b.n)
			}
		}
	}
}

// crowdOf is one flow each of n addresses to one server.
func crowdOf(n int) []flow.Summary {
	out := make([]flow.Summary, n)
	for i := range out {
		out[i] = sum(fmt.Sprintf("10.%d.0.%d:40000", i/250, i%250+1), "52.0.0.1:443", protoTCP, i%3600, 100+i, 10)
	}
	return out
}

// A long recording of few devices loses hours before it loses far ends, and what
// it lost is said of its input.
func TestHoursGoBeforeFarEnds(t *testing.T) {
	in := quiet(60 * 86400)
	for i := range in {
		in[i].Input = 1
	}
	full, small := fill(0, in), fill(1000, in)
	if d := cmp.Diff(full.Conversations(cameras(), nil, nil, nil), small.Conversations(cameras(), nil, nil, nil)); d != "" {
		t.Error(d)
	}
	if l := small.Losses(1); l.Hours == 0 || l.Others+l.Dropped != 0 || small.Losses(0) != (Losses{}) {
		t.Errorf("%+v", l)
	}
}

// BenchmarkAddOfAScan adds a million far ends of one device.
func BenchmarkAddOfAScan(b *testing.B) {
	in := make([]flow.Summary, 1_000_000)
	for i := range in {
		in[i] = sum("10.0.0.9:40000", fmt.Sprintf("52.%d.%d.%d:443", i>>16, i>>8&255, i&255), protoTCP, i/400, 60, 40)
	}
	for b.Loop() {
		fill(0, in)
	}
}
