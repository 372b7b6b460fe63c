package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/egress"
)

const (
	talkersShown  = 6  // devices that reach outside
	serversListed = 8  // destinations
	explainShown  = 12 // conversations of one device
)

// talks writes who the devices talk to: those that reach outside, whether video
// leaves, the servers that get most.
func (t *term) talks(k *talk) {
	if len(t.doc.Conversations)+len(t.doc.Asked) == 0 {
		return
	}
	t.title("Who they talk to")
	for _, a := range t.doc.Asked {
		t.prose(2, 2, a.Says)
	}
	t.prose(2, 2, plainWords(k.answer(len(t.doc.Devices))))
	if len(k.reaching) == 0 {
		return
	}
	t.prose(2, 2, plainWords(k.videoAnswer()))
	if n := k.total.cloudUnknown; n > 0 {
		t.prose(2, 2, bytesOf(n)+" went to rented networks, whose provider's name says nothing of who controls a server there.")
	}
	t.talkers(k)
	t.servers(k)
}

func plainWords(list []phrase) string {
	var b strings.Builder
	for _, p := range list {
		b.WriteString(p.Text)
	}
	return b.String()
}

// A slim is a table of a few lines: the columns of the highest rank go first
// where there is little room, and what is left goes to the first column.
type slim struct {
	title string
	rank  int
	most  int // widest
	right bool
	list  bool // several things, cut at the end
}

func (t *term) talkers(k *talk) {
	cols := []slim{{"DEVICE", 0, 44, false, false}, {"UP", 1, 10, true, false}, {"DOWN", 4, 10, true, false}, {"SERVERS IN", 3, 30, false, true}, {"CONTROLLED BY", 2, 40, false, true}, {"VIDEO", 1, 9, false, false}}
	list := slices.Clone(k.reaching)
	slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(videoRank[k.of[b].video]/3, videoRank[k.of[a].video]/3) })
	var rows [][]string
	for _, id := range list[:t.shown(len(list), talkersShown)] {
		s := k.of[id]
		var where []string
		for _, c := range most(s.countries) {
			where = append(where, cmp.Or(countryShort(c), "not known"))
		}
		var by []string
		for _, c := range most(s.controllers) {
			by = append(by, controllerOf(c))
		}
		rows = append(rows, []string{k.nameAt(id), bytesOf(s.up), bytesOf(s.down), strings.Join(where, ", "), strings.Join(by, ", "), shortVideo(s.video)})
	}
	fmt.Fprintln(t.b)
	t.slimTable(cols, rows)
	if more := len(list) - len(rows); more > 0 {
		t.prose(2, 2, fmt.Sprintf("… %s: --all, -o report.html or --json", plural(more, "more device", "more devices")))
	}
}

func (t *term) servers(k *talk) {
	cols := []slim{{"SERVER", 0, 44, false, false}, {"UP", 1, 10, true, false}, {"DOWN", 6, 10, true, false}, {"FOR", 5, 13, false, false}, {"STANDS IN", 2, 22, false, false}, {"CONTROLLED BY", 1, 30, false, false}, {"LAW OF", 3, 8, false, false}, {"DEVICES", 4, 7, true, false}, {"VIDEO", 1, 9, false, false}}
	list := k.destinations()
	var rows [][]string
	for _, d := range list[:t.shown(len(list), serversListed)] {
		rows = append(rows, []string{cmp.Or(d.Name, service(d.Conversation)), bytesOf(d.up), bytesOf(d.down), d.Purpose, cmp.Or(countryShort(d.Country), "not known"), controllerOf(d.Controller), d.Jurisdiction,
			thousands(int64(len(d.devices))), shortVideo(d.video)})
	}
	fmt.Fprintln(t.b)
	t.slimTable(cols, rows)
	if more := len(list) - len(rows); more > 0 {
		t.prose(2, 2, fmt.Sprintf("… %s: --all, -o report.html or --json", plural(more, "more server", "more servers")))
	}
}

// shortVideo is a verdict on video as a narrow cell.
func shortVideo(verdict string) string {
	switch verdict {
	case egress.VideoYes:
		return "yes"
	case egress.VideoPossibly:
		return "possibly"
	case egress.VideoNo:
		return "no"
	}
	return "too short"
}

// shown is how many of n lines are written; one more than the limit is written
// rather than announced.
func (t *term) shown(n, limit int) int {
	if t.opts.All || n <= limit+1 {
		return n
	}
	return limit
}

// slimTable writes rows indented by two, each within the terminal's width.
func (t *term) slimTable(cols []slim, rows [][]string) {
	width := make([]int, len(cols))
	for i, c := range cols {
		for _, r := range rows {
			width[i] = max(width[i], columns(r[i]))
		}
		if width[i] > 0 {
			width[i] = max(width[i], columns(c.title))
		}
		if !t.opts.Wide {
			width[i] = min(width[i], c.most)
		}
	}
	if !t.opts.Wide {
		fitSlim(cols, width, t.width-2)
	}
	line := func(code string, cell func(int) string) {
		var out []string
		for i := range cols {
			if width[i] == 0 {
				continue
			}
			text := cutMiddle(cell(i), width[i])
			if cols[i].list {
				text = cutEnd(cell(i), width[i])
			}
			if cols[i].right {
				out = append(out, padLeft(text, width[i]))
			} else {
				out = append(out, pad(text, width[i]))
			}
		}
		fmt.Fprintln(t.b, "  "+t.colour(code, strings.TrimRight(strings.Join(out, "  "), " ")))
	}
	line(dim, func(i int) string { return cols[i].title })
	for _, r := range rows {
		line("", func(i int) string { return r[i] })
	}
}

// fitSlim narrows what is long, the columns that matter least first, and leaves
// columns out when that is not enough.
func fitSlim(cols []slim, width []int, room int) {
	total := func() int {
		n := -gutter
		for _, w := range width {
			if w > 0 {
				n += w + gutter
			}
		}
		return n
	}
	natural := slices.Clone(width)
	least := func(i int) int {
		if i == 0 {
			return min(width[i], 24)
		}
		return min(width[i], max(columns(cols[i].title), 14))
	}
	for rank := 9; rank >= 0; rank-- {
		for i := range cols {
			if over := total() - room; over > 0 && cols[i].rank == rank && !cols[i].right {
				width[i] = max(least(i), width[i]-over)
			}
		}
	}
	for rank := 9; rank > 0; rank-- {
		for i := range slices.Backward(cols) {
			if cols[i].rank == rank && total() > room {
				width[i] = 0
			}
		}
	}
	if over := total() - room; over > 0 {
		width[0] = max(8, width[0]-over)
	}
	for rank := range 10 { // what dropping columns freed
		for i := range cols {
			if cols[i].rank == rank && width[i] > 0 {
				width[i] = min(natural[i], width[i]+max(0, room-total()))
			}
		}
	}
}

// conversations writes who one device talks to, with the evidence, for an
// explanation.
func (t *term) conversations(d *Device) {
	k := newTalk(t.doc)
	s := k.shareOf(d.ID)
	if len(s.outside)+len(s.inside) == 0 {
		return
	}
	t.title("Who it talks to")
	t.prose(2, 2, s.answer())
	shown := t.shown(len(s.outside), explainShown)
	for i, c := range s.outside[:shown] {
		t.conversation(i+1, c)
	}
	if more := moreOf(s.outside[shown:], shown, "outside"); more != "" {
		t.prose(2, 4, more)
	}
	for i, c := range s.inside {
		if i == 3 && len(s.inside) > 4 && !t.opts.All {
			t.prose(2, 4, fmt.Sprintf("and %d more inside the estate", len(s.inside)-i))
			break
		}
		r := k.insideRow(c, d.ID)
		video := ""
		if r.Video.Text != "" {
			video = "; video: " + r.Video.Text
		}
		t.prose(2, 4, fmt.Sprintf("inside: %s, %s, %s: %s sent, %s got%s", r.To.Text, r.Service, c.Purpose, r.Up, r.Down, video))
	}
}

func (t *term) conversation(n int, c *egress.Conversation) {
	name := service(c)
	if c.Name != "" {
		name = cutMiddle(c.Name, 100) + ", " + name
	}
	t.prose(2, 4, fmt.Sprintf("%2d. %s %s: %s up, %s down, %s", n, name, protocolOf(c), bytesOf(c.BytesUp), bytesOf(c.BytesDown), span(c.First, c.Last)))
	where := "where it stands is not known"
	if c.Country != "" {
		where = "stands in " + standsIn(c.Country)
	}
	if network := networkOf(c); network != "" {
		where += ", network " + network
		if c.Cloud {
			where += " (" + rented + ")"
		}
	}
	if c.PlaceSource != "" && !t.said[c.PlaceSource] {
		t.said[c.PlaceSource] = true
		where += ", by " + c.PlaceSource
	}
	t.prose(6, 2, where)
	who := "controlled by " + controllerOf(c.Controller)
	if c.Controller == "" {
		who = "who controls it is not known"
	} else {
		who += ", under the law of " + jurisdictionOf(c.Controller, c.Jurisdiction)
	}
	who += "; for: " + c.Purpose + "; encrypted: " + c.Encrypted
	switch c.Opened {
	case "far end":
		who += "; the far end opened it"
	case "both":
		who += "; both ends opened it"
	}
	if c.Closed {
		who += "; the site is said to be closed"
	}
	t.prose(6, 2, who)
	video := "video: " + cmp.Or(c.Video.Verdict, egress.VideoTooShort)
	if c.Video.Why != "" {
		video += " (" + strings.TrimSuffix(c.Video.Why, ".") + ")"
	}
	if c.Video.Audio {
		video += "; sound goes out"
	}
	t.prose(6, 2, video)
	for i := range c.Evidence {
		e := &c.Evidence[i]
		s := e.Says
		if e.Field != "" {
			s = strings.TrimSuffix(s, ".") + ": " + t.place(e)
		}
		if e.Rule != "" {
			s += ", rule " + e.Rule
		}
		switch {
		case e.Source == "" || t.said[e.Source]:
		default:
			t.said[e.Source] = true
			s += ", " + e.Source
		}
		t.prose(6, 2, strings.TrimPrefix(s, ": "))
	}
}

// repeats says which inputs were counted beside each other though they seem to
// show the same traffic.
func (t *term) repeats() {
	const most = 3
	n := 0
	for i := range t.doc.Inputs {
		in := &t.doc.Inputs[i]
		if len(in.Repeats) == 0 {
			continue
		}
		if n++; n <= most || t.opts.All {
			t.prose(0, 2, fmt.Sprintf("%s seems to show the same traffic as %s%s: flows and bytes are counted in each. Leave one out, or cut that time out of one, for true amounts.",
				cutMiddle(in.Name, 60), cutMiddle(in.Repeats[0], 60), t.together(in)))
		}
	}
	if n > most && !t.opts.All {
		t.prose(0, 2, fmt.Sprintf("%s more inputs show what another does, too: --all lists them.", thousands(int64(n-most))))
	}
}

// together is from when to when an input and the first that it repeats both ran, ""
// when that is not known.
func (t *term) together(in *Input) string {
	i := slices.IndexFunc(t.doc.Inputs, func(o Input) bool { return o.Name == in.Repeats[0] })
	if i < 0 {
		return ""
	}
	o := &t.doc.Inputs[i]
	from, to := max(in.First, o.First), in.Last
	if o.Last < to {
		to = o.Last
	}
	if in.First == "" || o.First == "" || to < from {
		return ""
	}
	return " from " + clock(from) + " to " + clock(to)
}

// lacks says what formats do not hold, once for all inputs that lack the same.
func (t *term) lacks() {
	inputs := map[string][]string{}
	var order []string
	for i := range t.doc.Inputs {
		in := &t.doc.Inputs[i]
		if len(in.Lacks) == 0 {
			continue
		}
		what := strings.Join(in.Lacks, "; ")
		if inputs[what] == nil {
			order = append(order, what)
		}
		inputs[what] = append(inputs[what], fmt.Sprintf("%s (%s)", cutMiddle(in.Name, 60), in.Format))
	}
	for _, what := range order {
		names, verb := inputs[what], " does not hold: "
		if len(names) > 1 {
			verb = " do not hold: "
		}
		if n := len(names); n > 3 && !t.opts.All {
			names = append(names[:2:2], fmt.Sprintf("%s more", thousands(int64(n-2))))
		}
		t.prose(0, 2, and(names)+verb+what+".")
	}
}
