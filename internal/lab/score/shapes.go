package main

import (
	"fmt"
	"io"
	"time"

	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/lab"
	"github.com/lenscap/lenscap/internal/packet"
)

// heldOut are the seeds that are scored. The limits of [egress.JudgeVideo] were
// tuned on the tuning set with seeds 100 to 105; the held-out set has other
// seeds, and other rates, picture rates, lengths, sizes and lines besides.
var heldOut = []uint64{1, 2, 3, 4, 5, 6, 7, 8}

// A rendering is a way in which a traffic reaches the judge.
type rendering struct {
	name    string
	pattern func(t *lab.Traffic) *egress.Pattern
}

var renderings = []rendering{
	{"packets", fromPackets},
	{"records of a minute", func(t *lab.Traffic) *egress.Pattern { return fromRecords(t, time.Minute) }},
	{"one record a flow", func(t *lab.Traffic) *egress.Pattern { return fromRecords(t, 24*time.Hour) }},
}

// content stands for any payload: the judge never sees it.
var content = make([]byte, 1<<16)

// adder adds the parts of flows up from the device's side.
type adder struct {
	device  *lab.Traffic
	pattern egress.Pattern
}

func (a *adder) Datagram(*flow.Flow, *packet.Packet, bool) {}
func (a *adder) Stream(*flow.Flow, *flow.Stream)           {}
func (a *adder) End(*flow.Flow)                            {}
func (a *adder) Part(s *flow.Summary) {
	a.pattern.Add(s, s.Client.Addr.Addr() == a.device.Device())
}

func fromPackets(t *lab.Traffic) *egress.Pattern {
	a := &adder{device: t}
	table := flow.New(flow.Config{}, a)
	t.Packets(content, table.Add)
	table.Close()
	return &a.pattern
}

func fromRecords(t *lab.Traffic, active time.Duration) *egress.Pattern {
	var p egress.Pattern
	records := t.Records(active)
	for i := range records {
		p.Add(&records[i], records[i].Client.Addr.Addr() == t.Device())
	}
	return &p
}

// measure is precision and recall of one statement.
type measure struct{ said, right, there, found int }

func (m *measure) count(said, precise, there, found bool) {
	if said {
		m.said++
		if precise {
			m.right++
		}
	}
	if there {
		m.there++
		if found {
			m.found++
		}
	}
}

// verdicts are the measures of one rendering.
type verdicts struct{ video, possibly, short, sound, no measure }

// isVideo tells which kinds send pictures for long enough to be told.
func isVideo(k lab.Kind) bool {
	return k == lab.Live || k == lab.Slow || k == lab.Clips || k == lab.Pieces
}

func (v *verdicts) add(k lab.Kind, got egress.Video) {
	yes, maybe := got.Verdict == egress.VideoYes, got.Verdict == egress.VideoPossibly
	short, no := got.Verdict == egress.VideoTooShort, got.Verdict == egress.VideoNo
	v.video.count(yes, isVideo(k), k == lab.Live, yes)
	v.possibly.count(yes || maybe, isVideo(k), isVideo(k), yes || maybe)
	v.short.count(short, k == lab.Short || k == lab.Small, k == lab.Short, short)
	v.sound.count(got.Audio, k == lab.Sound, k == lab.Sound, got.Audio)
	v.no.count(no, !isVideo(k) && k != lab.Short, !isVideo(k) && k != lab.Short && k != lab.Small, no)
}

// judge gives every traffic of the seeds to the judge of video, in one
// rendering. told, unless nil, is called with each verdict.
func judge(r rendering, seeds []uint64, told func(t *lab.Traffic, got egress.Video)) (v verdicts, n int) {
	for _, seed := range seeds {
		for _, t := range lab.Shapes(seed, true) {
			got := egress.JudgeVideo(r.pattern(t))
			v.add(t.Kind, got)
			if n++; told != nil {
				told(t, got)
			}
		}
	}
	return v, n
}

// shapes prints how well video is told from other traffic by shape alone.
func shapes(w io.Writer) {
	for _, r := range renderings {
		v, n := judge(r, heldOut, nil)
		fmt.Fprintf(w, "\nvideo by shape alone, from %s: %d conversations of the held-out set (other seeds, rates, lengths and sizes than those tuned on)\n", r.name, n)
		fmt.Fprintf(w, "%-42s %9s %9s   %s\n", "said", "precision", "recall", "right of said; found of those there")
		for _, row := range []struct {
			name string
			m    measure
		}{
			{"video (recall: of live video)", v.video},
			{"video or possibly (of all video)", v.possibly},
			{"too short to tell (of starts of video)", v.short},
			{"sound", v.sound},
			{"no (of what is none)", v.no},
		} {
			fmt.Fprintf(w, "%-42s %9s %9s   %d/%d; %d/%d\n", row.name, share(row.m.right, row.m.said), share(row.m.found, row.m.there), row.m.right, row.m.said, row.m.found, row.m.there)
		}
	}
}
