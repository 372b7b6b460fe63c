package report

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/attribution"
)

// A column of the table of devices.
type column struct {
	title string
	rank  int // columns with the lowest rank are kept longest when there is little room
	least int // narrowest width that a column of the first five ranks is shown at
	good  int // width at which most values are whole; others are shown at this or not at all
	most  int // widest useful width; 0 for no bound
	prose bool
	cell  func(t *term, d *Device) (text, colour string)
}

func claimCell(get func(*Device) *attribution.Claim) func(*term, *Device) (string, string) {
	return func(_ *term, d *Device) (string, string) {
		c := get(d)
		switch {
		case c.Value == "" && len(c.Conflicts) > 0:
			return "in conflict", dim
		case c.Value == "":
			return "", ""
		case len(c.Conflicts) > 0:
			return c.Value + " (?)", ""
		}
		return c.Value, ""
	}
}

// deviceColumns in the order they stand.
var deviceColumns = []column{
	{title: "ADDRESS", rank: 0, least: 13, good: 15, most: 39, cell: func(_ *term, d *Device) (string, string) { return addressCell(d), "" }},
	{title: "KIND", rank: 5, least: 8, good: 9, prose: true, cell: func(_ *term, d *Device) (string, string) { return kindName(kindOf(d)), "" }},
	{title: "BRAND", rank: 6, least: 7, good: 9, most: 24, cell: claimCell(func(d *Device) *attribution.Claim { return &d.Brand })},
	{title: "MAKER", rank: 1, least: 9, good: 12, most: 36, cell: claimCell(func(d *Device) *attribution.Claim { return &d.Maker })},
	{title: "HOW SURE", rank: 2, least: 13, good: 13, cell: func(_ *term, d *Device) (string, string) {
		return pips(d.Maker.Grade) + " " + d.Maker.Grade.String(), ""
	}},
	{title: "MODEL", rank: 4, least: 10, good: 16, most: 32, cell: claimCell(func(d *Device) *attribution.Claim { return &d.Model })},
	{title: "FIRMWARE", rank: 7, least: 9, good: 14, most: 28, cell: claimCell(func(d *Device) *attribution.Claim { return &d.Firmware })},
	{title: "CHIP", rank: 9, least: 8, good: 11, most: 20, cell: claimCell(func(d *Device) *attribution.Claim { return &d.Chip })},
	{title: "WHY", rank: 8, least: 12, good: 11, most: 60, prose: true, cell: func(_ *term, d *Device) (string, string) { return shortWhy(&d.Maker), dim }},
	{title: "GRAVEST VERDICT", rank: 3, least: 15, good: 19, most: 27, cell: func(t *term, d *Device) (string, string) { return worstWords(t.x, d) }},
}

// addressCell is the address to reach a device at, its latest IPv4 address if it
// has one, and how many more it had.
func addressCell(d *Device) string {
	if len(d.Addresses) == 0 {
		return strings.Join(d.MACs, ", ")
	}
	best := bestAddress(d)
	if n := len(d.Addresses) - 1; n > 0 {
		return fmt.Sprintf("%s +%d", best, n)
	}
	return best
}

// bestAddress is the latest IPv4 address of a device that has an address, or
// else its latest.
func bestAddress(d *Device) string {
	best := d.Addresses[0]
	for _, a := range d.Addresses[1:] {
		six, was := strings.Contains(a.IP, ":"), strings.Contains(best.IP, ":")
		if was && !six || was == six && a.Last > best.Last {
			best = a
		}
	}
	return best.IP
}

func worstWords(x *index, d *Device) (text, colour string) {
	w := x.worst(d.ID)
	if w == nil {
		return "", ""
	}
	o := outcomeOf(w)
	return o.String(), outcomeColour(o)
}

// rowsShown bounds the table of cameras and recorders.
const rowsShown = 40

// devices writes the table of cameras and recorders by kind, maker and model,
// and one line for what is not in it.
func (t *term) devices() {
	var shown, rest []*Device
	for i := range t.doc.Devices {
		d := &t.doc.Devices[i]
		if t.opts.All || IsVideo(kindOf(d)) {
			shown = append(shown, d)
		} else {
			rest = append(rest, d)
		}
	}
	slices.SortStableFunc(shown, byKind)
	t.listed = len(shown)
	var more []*Device
	if len(shown) > rowsShown && !t.opts.All {
		shown, more = shown[:rowsShown], shown[rowsShown:]
	}
	if len(shown) > 0 {
		fmt.Fprintln(t.b)
		t.table(shown)
		if slices.ContainsFunc(shown, doubted) {
			t.note("(?) Evidence disagrees: --explain ADDRESS.")
		}
	}
	if len(more) > 0 {
		t.prose(0, 2, fmt.Sprintf("… %s more (%s): --all, or -o report.html", thousands(int64(len(more))), restWords(more)))
	}
	if len(rest) > 0 {
		t.prose(0, 2, plural(len(rest), "other device", "other devices")+" ("+restWords(rest)+"): --all lists them.")
	}
}

// doubted reports whether a cell of the table carries the mark of a conflict.
func doubted(d *Device) bool {
	for _, c := range []*attribution.Claim{&d.Brand, &d.Maker, &d.Model, &d.Firmware, &d.Chip} {
		if c.Value != "" && len(c.Conflicts) > 0 {
			return true
		}
	}
	return false
}

func restWords(rest []*Device) string {
	by := map[string]int{}
	for _, d := range rest {
		by[kindOf(d)]++
	}
	var parts []string
	for _, k := range kindOrder(by) {
		parts = append(parts, kindWords(k, by[k]))
	}
	return strings.Join(parts, ", ")
}

// byKind sorts by kind, then maker and model, so that what is alike stands
// together; a maker that is not known comes after those that are.
func byKind(a, b *Device) int {
	return cmp.Or(
		kindRank(kindOf(a))-kindRank(kindOf(b)),
		lastEmpty(a.Maker.Value, b.Maker.Value),
		lastEmpty(a.Model.Value, b.Model.Value),
		compareAddress(a, b),
	)
}

func lastEmpty(a, b string) int {
	if a == "" || b == "" {
		return strings.Compare(b, a)
	}
	return strings.Compare(a, b)
}

// compareAddress puts 10.0.0.9 before 10.0.0.10, and a device without an
// address last.
func compareAddress(a, b *Device) int {
	ip := func(d *Device) netip.Addr {
		if len(d.Addresses) == 0 {
			return netip.Addr{}
		}
		addr, _ := netip.ParseAddr(d.Addresses[len(d.Addresses)-1].IP)
		return addr
	}
	x, y := ip(a), ip(b)
	if x.IsValid() != y.IsValid() {
		if x.IsValid() {
			return -1
		}
		return 1
	}
	return x.Compare(y)
}

// byTable sorts by gravity of the worst verdict, then kind, maker and model.
func (t *term) byTable(a, b *Device) int {
	if n := t.gravity(a) - t.gravity(b); n != 0 {
		return n
	}
	if n := kindRank(kindOf(a)) - kindRank(kindOf(b)); n != 0 {
		return n
	}
	if n := strings.Compare(a.Maker.Value, b.Maker.Value); n != 0 {
		return n
	}
	return strings.Compare(a.Model.Value, b.Model.Value)
}

func (t *term) gravity(d *Device) int {
	if w := t.x.worst(d.ID); w != nil {
		return outcomeOf(w).gravity()
	}
	return len(outcomes)
}

const gutter = 2 // spaces between columns

// table writes one line a device, never longer than the terminal is wide
// unless the person asked for that.
func (t *term) table(list []*Device) {
	cells, natural := t.cells(list)
	width := t.layout(natural)
	for i, c := range deviceColumns {
		if width[i] > 0 {
			t.cell(i, width, cutEnd(c.title, width[i]), dim)
		}
	}
	fmt.Fprintln(t.b)
	for row := range list {
		for i := range deviceColumns {
			if width[i] > 0 {
				c := cells[row][i]
				text := cutMiddle(c[0], width[i])
				if deviceColumns[i].prose {
					text = cutEnd(c[0], width[i])
				}
				t.cell(i, width, text, c[1])
			}
		}
		fmt.Fprintln(t.b)
	}
	if names := hiddenColumns(width, natural); len(names) > 0 {
		fmt.Fprintln(t.b, t.colour(dim, cutEnd("Not shown for want of room: "+strings.ToLower(strings.Join(names, ", "))+" (--wide)", t.width)))
	}
}

// cell writes one cell, padded unless it is the last of its line.
func (t *term) cell(i int, width []int, text, colour string) {
	last := !slices.ContainsFunc(width[i+1:], func(w int) bool { return w > 0 })
	fmt.Fprint(t.b, t.colour(colour, text))
	if !last {
		fmt.Fprint(t.b, strings.Repeat(" ", width[i]-columns(text)+gutter))
	}
}

// cells are the texts of the table, and the widest of each column; 0 for a
// column that is empty throughout.
func (t *term) cells(list []*Device) (cells [][][2]string, natural []int) {
	natural = make([]int, len(deviceColumns))
	for _, d := range list {
		row := make([][2]string, len(deviceColumns))
		for i, c := range deviceColumns {
			text, colour := c.cell(t, d)
			row[i] = [2]string{text, colour}
			natural[i] = max(natural[i], columns(text))
		}
		cells = append(cells, row)
	}
	for i, c := range deviceColumns {
		if natural[i] > 0 {
			natural[i] = max(natural[i], columns(c.title))
			if c.most > 0 && !t.opts.Wide {
				natural[i] = min(natural[i], c.most)
			}
		}
	}
	return cells, natural
}

// always is how many columns are shown however narrow the terminal is.
const always = 5

// layout gives each column a width. The columns that matter most get their
// least and grow to a good width before another is let in; what is left goes to
// those that need more, again the ones that matter most first.
func (t *term) layout(natural []int) []int {
	width := make([]int, len(natural))
	if t.opts.Wide {
		copy(width, natural)
		return width
	}
	byRank := make([]int, len(natural))
	for i := range byRank {
		byRank[i] = i
	}
	slices.SortFunc(byRank, func(a, b int) int { return deviceColumns[a].rank - deviceColumns[b].rank })
	left := t.width + gutter
	admit := func(i, least int) {
		if least > 0 && least+gutter <= left {
			width[i] = least
			left -= least + gutter
		}
	}
	grow := func(i, most int) {
		if width[i] > 0 {
			more := max(0, min(left, most-width[i]))
			width[i] += more
			left -= more
		}
	}
	for _, i := range byRank[:always] {
		admit(i, min(deviceColumns[i].least, natural[i]))
	}
	for _, i := range byRank[:always] {
		grow(i, min(deviceColumns[i].good, natural[i]))
	}
	for _, i := range byRank[always:] {
		admit(i, min(deviceColumns[i].good, natural[i]))
	}
	for _, i := range byRank {
		grow(i, natural[i])
	}
	return width
}

func hiddenColumns(width, natural []int) []string {
	var names []string
	for i, c := range deviceColumns {
		if width[i] == 0 && natural[i] > 0 {
			names = append(names, c.title)
		}
	}
	return names
}
