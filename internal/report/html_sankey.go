package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A sankey is a picture of bytes going from devices to the companies that
// control servers, and on to the countries those servers stand in. It is drawn
// in pixels from top to bottom and in thousandths of the width from left to right.
type sankey struct {
	Height  int
	Label   string // what it shows, for those who do not see it
	Heads   []sankeyText
	Ribbons []ribbon
	Nodes   []sankeyNode
}

type sankeyText struct{ X, DX, Anchor, Text string }

type ribbon struct{ Path, Title string }

type sankeyNode struct {
	X, DX, Anchor string
	Y, H, Text    string // pixels
	Name, Note    string
	Title, Class  string
}

const (
	ribbonsShown = 20
	sankeyTop    = 28    // room for the headings
	sankeySpan   = 300.0 // pixels that all bytes together are high
	sankeySlot   = 36.0  // least room for a node and its two lines
)

// sankeyAt is where the three columns stand, in thousandths of the width.
var sankeyAt = [3]int{200, 480, 780}

// A flowNode is a node while the picture is worked out.
type flowNode struct {
	key   string
	value uint64
	many  int // nodes joined in it, 0 for one of its own
	in    float64
	out   float64
	y, h  float64
}

// A flowLink joins two nodes of neighbouring columns.
type flowLink struct {
	from, to *flowNode
	value    uint64
	y0, y1   float64
}

const others = "\x00others"

// routeKey names the controller of a route together with its jurisdiction.
func routeKey(r *route) string {
	if r.controller == "" {
		return ""
	}
	return r.controller + "\x00" + r.jurisdiction
}

// newSankey draws routes with at most [ribbonsShown] ribbons; what is small is
// joined as "others". name gives a left node its words.
func newSankey(routes []*route, name func(from string) (string, string)) sankey {
	keep := [3]int{6, 7, 7}
	var cols [3][]*flowNode
	var links [2][]*flowLink
	for {
		cols, links = arrange(routes, keep)
		if len(links[0])+len(links[1]) <= ribbonsShown {
			break
		}
		keep[widest(cols)]--
	}
	s := sankey{}
	var total uint64
	for _, n := range cols[1] {
		total += n.value
	}
	scale := sankeySpan / float64(max(total, 1))
	for _, stage := range links {
		for _, l := range stage {
			l.from.out += thick(l, scale)
			l.to.in += thick(l, scale)
		}
	}
	for i, col := range cols {
		y := float64(sankeyTop)
		for _, n := range col {
			n.h = max(n.in, n.out)
			slot := max(n.h, sankeySlot)
			n.y = y + (slot-n.h)/2
			y += slot + 8
		}
		s.Height = max(s.Height, int(y))
		s.Heads = append(s.Heads, sankeyText{X: percentOf(sankeyAt[i]), DX: offset(i), Anchor: side(i), Text: []string{"From", "Who controls it, under which law", "Where the server stands"}[i]})
	}
	words := func(i int, n *flowNode) (string, string) { return nodeWords(i, n, name) }
	for i, stage := range links {
		s.Ribbons = append(s.Ribbons, ribbons(stage, sankeyAt[i], sankeyAt[i+1], scale, func(l *flowLink) string {
			a, _ := words(i, l.from)
			b, _ := words(i+1, l.to)
			return a + " → " + b + ": " + bytesOf(l.value) + " up"
		})...)
	}
	for i, col := range cols {
		for _, n := range col {
			title, note := words(i, n)
			v := sankeyNode{
				X: percentOf(sankeyAt[i]), DX: offset(i), Anchor: side(i), Y: pixels(n.y), H: pixels(max(n.h, 1.5)), Text: pixels(n.y + n.h/2 - 3),
				Name: cutMiddle(title, []int{24, 28, 22}[i]), Title: title + ": " + bytesOf(n.value) + " up", Note: strings.TrimPrefix(note+" · "+bytesOf(n.value), " · "),
			}
			if n.key == "" || n.key == others {
				v.Class = "open"
			}
			s.Nodes = append(s.Nodes, v)
		}
	}
	s.Label = fmt.Sprintf("Bytes sent up by %s, to %s, in %s. The table below has the figures.", plural(len(cols[0]), "group of devices", "groups of devices"),
		plural(len(cols[1]), "controller", "controllers"), plural(len(cols[2]), "country", "countries"))
	return s
}

func widest(cols [3][]*flowNode) int {
	best := 0
	for i := range cols {
		if len(cols[i]) > len(cols[best]) {
			best = i
		}
	}
	return best
}

// arrange puts routes into columns of at most keep nodes each and joins them by links.
func arrange(routes []*route, keep [3]int) (cols [3][]*flowNode, links [2][]*flowLink) {
	var sums [3]map[string]uint64
	for i := range sums {
		sums[i] = map[string]uint64{}
	}
	each(routes, func(from, controller, country string, n uint64) {
		sums[0][from] += n
		sums[1][controller] += n
		sums[2][country] += n
	})
	var at [3]map[string]*flowNode
	for i := range sums {
		cols[i], at[i] = nodes(sums[i], max(keep[i], 1))
	}
	joined := map[[2]*flowNode]*flowLink{}
	link := func(stage int, a, b *flowNode, n uint64) {
		l := joined[[2]*flowNode{a, b}]
		if l == nil {
			l = &flowLink{from: a, to: b}
			joined[[2]*flowNode{a, b}], links[stage] = l, append(links[stage], l)
		}
		l.value += n
	}
	each(routes, func(from, controller, country string, n uint64) {
		link(0, at[0][from], at[1][controller], n)
		link(1, at[1][controller], at[2][country], n)
	})
	return cols, links
}

// each visits what goes from a left node over a controller to a country.
func each(routes []*route, visit func(from, controller, country string, n uint64)) {
	for _, r := range routes {
		for _, from := range most(r.from) {
			visit(from, routeKey(r), r.country, r.from[from])
		}
	}
}

// nodes makes the largest keys nodes of their own and joins the rest. What is
// not known is never joined: it is a fact of its own.
func nodes(sum map[string]uint64, keep int) ([]*flowNode, map[string]*flowNode) {
	var col []*flowNode
	at := map[string]*flowNode{}
	rest := &flowNode{key: others}
	keys := most(sum)
	many := len(known(keys)) > keep
	for _, k := range keys {
		n := &flowNode{key: k, value: sum[k]}
		if k != "" && len(col) >= keep && many {
			rest.value += n.value
			rest.many++
			at[k] = rest
			continue
		}
		at[k] = n
		col = append(col, n)
	}
	if rest.many > 0 {
		col = append(col, rest)
	}
	return col, at
}

// nodeWords is what a node is called, and what is added in a line under it.
func nodeWords(column int, n *flowNode, left func(string) (string, string)) (string, string) {
	if n.key == others {
		return plural(n.many, "other", "others"), ""
	}
	switch column {
	case 0:
		return left(n.key)
	case 1:
		name, law, _ := strings.Cut(n.key, "\x00")
		if name == "" {
			return "not known", ""
		}
		return name, cmp.Or(countryName(law), "law not known")
	}
	return standsIn(n.key), ""
}

func thick(l *flowLink, scale float64) float64 { return max(float64(l.value)*scale, 1) }

// ribbons draws the links of one stage, in the order of the nodes they join.
func ribbons(links []*flowLink, x0, x1 int, scale float64, title func(*flowLink) string) []ribbon {
	at := map[*flowNode]float64{}
	place := func(n *flowNode, t float64) float64 {
		y := n.y + at[n]
		at[n] += t
		return y
	}
	slices.SortStableFunc(links, func(a, b *flowLink) int { return cmp.Compare(a.to.y, b.to.y) })
	for _, l := range links {
		l.y0 = place(l.from, thick(l, scale))
	}
	clear(at)
	slices.SortStableFunc(links, func(a, b *flowLink) int { return cmp.Compare(a.from.y, b.from.y) })
	for _, l := range links {
		l.y1 = place(l.to, thick(l, scale))
	}
	slices.SortStableFunc(links, func(a, b *flowLink) int { return cmp.Compare(b.value, a.value) })
	var out []ribbon
	mid := (x0 + x1) / 2
	for _, l := range links {
		t := thick(l, scale)
		out = append(out, ribbon{Title: title(l), Path: fmt.Sprintf("M%d %sC%d %s %d %s %d %sV%sC%d %s %d %s %d %sz", x0, pixels(l.y0), mid, pixels(l.y0), mid, pixels(l.y1), x1, pixels(l.y1),
			pixels(l.y1+t), mid, pixels(l.y1+t), mid, pixels(l.y0+t), x0, pixels(l.y0+t))})
	}
	return out
}

func pixels(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

func percentOf(thousandths int) string { return pixels(float64(thousandths)/10) + "%" }

// side is how the words of a column are anchored: beside the picture at its
// left, to the right of their node elsewhere.
func side(column int) string {
	if column == 0 {
		return "end"
	}
	return "start"
}

func offset(column int) string {
	if column == 0 {
		return "-8"
	}
	return "18"
}
