package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/egress"
)

// What devices' own parts show of conversations and traffic, all devices
// together: a page of 100,000 conversations must still open. The JSON report
// holds them all.
const (
	outsideRows = 2500
	insideRows  = 1000
	chartsShown = 400
	barsOfChart = 120 // buckets beyond this are joined
)

// A conversationsView is who one device talks to.
type conversationsView struct {
	Answer     string
	Chart      *timeChart
	Rows       []conversationRow
	More       string
	Inside     insideTable
	InsideMore string
}

// A conversationRow is one conversation with the outside.
type conversationRow struct {
	Name               tableCell
	Service            string
	Purpose, Encrypted string
	Stands             string
	Network            tableCell
	Controller         tableCell
	Jurisdiction       string
	Up, Down           string
	First, Last        string
	Video              videoCell
	Why                string
	Notes              []string
	Evidence, Again    []evidenceView
}

// rations divides the rows of a page: how many of its conversations each device shows.
type rations struct{ outside, inside, charts int }

// portion is the largest number of rows that every device may show without all
// of them passing budget; at least one, so that a device shows what it sends most to.
func portion(counts []int, budget int) int {
	for _, n := range []int{40, 20, 12, 8, 5, 3, 2} {
		total := 0
		for _, c := range counts {
			total += min(c, n)
		}
		if total <= budget {
			return n
		}
	}
	return 1
}

func newRations(t *talk) rations {
	var outside, inside []int
	for _, s := range t.of {
		outside, inside = append(outside, len(s.outside)), append(inside, len(s.inside))
	}
	return rations{portion(outside, outsideRows), portion(inside, insideRows), chartsShown}
}

// conversations draws a device's part, nil when it was not heard to talk.
func (v *deviceViews) conversations(d *Device, n *numbering) *conversationsView {
	s := v.talk.shareOf(d.ID)
	if len(s.outside)+len(s.inside) == 0 && d.Traffic == nil {
		return nil
	}
	out := &conversationsView{Answer: s.answer(), Inside: insideTable{One: true}}
	if d.Traffic != nil && v.left.charts > 0 {
		if out.Chart = newTimeChart(d.Traffic); out.Chart != nil {
			v.left.charts--
		}
	}
	shown := min(len(s.outside), v.ration.outside, v.left.outside)
	v.left.outside -= shown
	for _, c := range s.outside[:shown] {
		out.Rows = append(out.Rows, conversationOf(c, n))
	}
	out.More = moreOf(s.outside[shown:], shown, "outside")
	shown = min(len(s.inside), v.ration.inside, v.left.inside)
	v.left.inside -= shown
	for _, c := range s.inside[:shown] {
		out.Inside.Rows = append(out.Inside.Rows, v.talk.insideRow(c, d.ID))
	}
	out.InsideMore = moreOf(s.inside[shown:], shown, "inside")
	return out
}

// moreOf says what is not shown, "" when nothing is left.
func moreOf(rest []*egress.Conversation, shown int, where string) string {
	if len(rest) == 0 {
		return ""
	}
	lead := "And " + plural(len(rest), "conversation", "conversations") + " more " + where
	if shown == 0 {
		lead = plural(len(rest), "conversation", "conversations") + " " + where
	}
	return fmt.Sprintf("%s, %s up: the JSON report holds them.", lead, bytesOf(sum(rest, func(c *egress.Conversation) uint64 { return c.BytesUp })))
}

// answer is who one device talks to in a sentence.
func (s *share) answer() string {
	if len(s.servers) == 0 {
		switch {
		case len(s.outside) > 0:
			return "Addresses outside the estate sent to it, and it sent nothing back that was seen."
		case len(s.inside) > 0:
			return "It was not seen to reach outside the estate."
		}
		return ""
	}
	var where []string
	for i, c := range most(s.countries) {
		if i == 4 && len(s.countries) > 5 {
			where = append(where, thousands(int64(len(s.countries)-i))+" more")
			break
		}
		if c != "" {
			where = append(where, countryName(c))
		}
	}
	out := "It reaches outside the estate: " + bytesOf(s.up) + " up and " + bytesOf(s.down) + " down, with " + plural(len(s.servers), "server", "servers")
	if len(where) > 0 {
		out += " in " + and(where)
	}
	out += ". "
	switch s.video {
	case egress.VideoYes:
		out += "Video leaves it."
	case egress.VideoPossibly:
		out += "Video possibly leaves it."
	case egress.VideoNo:
		out += "No video was seen leaving it."
	default:
		out += "Whether video leaves it cannot be told: the traffic was too short."
	}
	return out
}

// conversationOf draws one conversation. A network that is rented out gets the
// words that say so, since its name is often taken for the controller's.
func conversationOf(c *egress.Conversation, n *numbering) conversationRow {
	r := conversationRow{
		Name: cut(c.Name, 44), Service: service(c) + " " + protocolOf(c), Purpose: purposeName(c.Purpose), Encrypted: c.Encrypted, Stands: standsIn(c.Country),
		Network: cut(networkOf(c), 36), Controller: cut(controllerOf(c.Controller), 34), Jurisdiction: jurisdictionOf(c.Controller, c.Jurisdiction),
		Up: bytesOf(c.BytesUp), Down: bytesOf(c.BytesDown), First: clock(c.First), Last: clock(c.Last), Video: videoOf(c.Video.Verdict), Why: strings.TrimSuffix(c.Video.Why, "."),
	}
	if c.Video.Audio {
		r.Notes = append(r.Notes, "Sound goes out, by the same shape.")
	}
	if c.Cloud {
		r.Notes = append(r.Notes, strings.ToUpper(rented[:1])+rented[1:]+".")
	}
	switch c.Opened {
	case "far end":
		r.Notes = append(r.Notes, "The far end opened it.")
	case "both":
		r.Notes = append(r.Notes, "Both ends opened it.")
	}
	if c.Closed {
		r.Notes = append(r.Notes, "The site is said to be closed.")
	}
	r.Evidence, r.Again = n.list(c.Evidence)
	return r
}

// A timeChart is a device's traffic with the outside over time: bars up from a
// zero line for what it sent, down for what it got, on one scale.
type timeChart struct {
	Up, Down           string // paths in a box of Buckets by chartHigh
	Buckets, High      int
	Zero               string // pixels from the top
	Bucket             string // "1 hour"
	First, Last        string
	MostUp, MostDown   string // the tallest bars, with their rate
	TotalUp, TotalDown string
	Label              string
	RateUp, RateDown   string
}

const chartHigh = 96

// newTimeChart draws at most [barsOfChart] bars, buckets joined where there are
// more; nil when there is no traffic in t.
func newTimeChart(t *egress.Timeline) *timeChart {
	joined := max(1, (len(t.Up)+barsOfChart-1)/barsOfChart)
	up, down := rebucket(t.Up, joined), rebucket(t.Down, joined)
	var topUp, topDown, sumUp, sumDown uint64
	for i := range up {
		topUp, topDown = max(topUp, up[i]), max(topDown, at(down, i))
		sumUp, sumDown = sumUp+up[i], sumDown+at(down, i)
	}
	if topUp+topDown == 0 || t.Bucket <= 0 {
		return nil
	}
	seconds := t.Bucket * int64(joined)
	c := &timeChart{Buckets: len(up), High: chartHigh, Bucket: duration(seconds)}
	zero := 2 + (chartHigh-4)*float64(topUp)/float64(topUp+topDown)
	scale := (chartHigh - 4) / float64(topUp+topDown)
	c.Zero = pixels(zero)
	c.Up, c.Down = bars(up, zero, -scale), bars(down, zero, scale)
	c.MostUp, c.MostDown = bytesOf(topUp), bytesOf(topDown)
	c.RateUp, c.RateDown = rate(topUp, seconds), rate(topDown, seconds)
	c.TotalUp, c.TotalDown = bytesOf(sumUp), bytesOf(sumDown)
	c.First, c.Last = clock(t.Start), ""
	if start, err := time.Parse(time.RFC3339, t.Start); err == nil {
		c.Last = clock(start.Add(time.Duration(int64(len(t.Up))*t.Bucket) * time.Second).Format(time.RFC3339))
	}
	c.Label = fmt.Sprintf("Traffic with the outside from %s to %s: %s up and %s down; most in %s, %s up and %s down.", c.First, c.Last, c.TotalUp, c.TotalDown, c.Bucket, c.MostUp, c.MostDown)
	return c
}

func at(list []uint64, i int) uint64 {
	if i < len(list) {
		return list[i]
	}
	return 0
}

func rebucket(list []uint64, joined int) []uint64 {
	out := make([]uint64, (len(list)+joined-1)/joined)
	for i, n := range list {
		out[i/joined] += n
	}
	return out
}

// bars draws one bar a bucket from the zero line; one that is there at all is
// at least half a pixel high.
func bars(list []uint64, zero, scale float64) string {
	var b strings.Builder
	for i, n := range list {
		if n == 0 {
			continue
		}
		h := float64(n) * scale
		if h > -0.5 && h < 0.5 {
			h = 0.5 * scale / max(scale, -scale)
		}
		fmt.Fprintf(&b, "M%d.1 %sv%sh.8V%sz", i, pixels(zero), pixels(h), pixels(zero))
	}
	return b.String()
}

// duration is a bucket's length in words: "1 hour", "5 minutes".
func duration(seconds int64) string {
	for _, u := range []struct {
		length    int64
		one, many string
	}{{86400, "day", "days"}, {3600, "hour", "hours"}, {60, "minute", "minutes"}} {
		if seconds >= u.length && seconds%u.length == 0 {
			return plural(int(seconds/u.length), u.one, u.many)
		}
	}
	return plural(int(seconds), "second", "seconds")
}
