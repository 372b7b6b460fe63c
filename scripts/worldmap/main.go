// Command worldmap draws the countries of the world as a small SVG: outlines
// from one TopoJSON file, and for every country of a second, finer one the point
// where a mark for it belongs. scripts/world-map runs it.
//
// It draws in the Equal Earth projection (Šavrič, Patterson and Jenny, 2018),
// so that countries have their sizes, and leaves Antarctica out.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"log"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"

	"golang.org/x/text/language"
)

const (
	width  = 1000 // of the drawing; marks and outlines are on its grid of tenths
	top    = 84.0 // degrees north and south that are drawn
	bottom = -56.5
	coarse = 0.7 // how far an outline may lie from the true one, in units of the drawing
)

type topology struct {
	Transform struct{ Scale, Translate [2]float64 }
	Arcs      [][][2]float64
	Objects   struct {
		Countries struct {
			Geometries []struct {
				Type       string
				ID         string
				Arcs       json.RawMessage
				Properties struct{ Name string }
			}
		}
	}
}

type point struct{ x, y float64 }

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: worldmap countries-110m.json countries-50m.json >world.svg")
	}
	shapes, marks := read(os.Args[1]), read(os.Args[2])
	w := bufio.NewWriter(os.Stdout)
	height := project(0, bottom).y
	fmt.Fprintf(w, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\">\n", width, math.Ceil(height))
	fmt.Fprintln(w, "<desc>Natural Earth, 1:110 million, public domain; npm world-atlas 2.0.2; Equal Earth projection. Drawn by scripts/world-map: do not edit.</desc>")
	outlines := outlinesOf(shapes, coarse)
	for _, code := range slices.Sorted(maps.Keys(outlines)) {
		fmt.Fprintf(w, "<path id=\"%s\" d=\"%s\"/>\n", code, path(outlines[code]))
	}
	points := outlinesOf(marks, 0)
	for _, code := range slices.Sorted(maps.Keys(points)) {
		p := centre(points[code])
		fmt.Fprintf(w, "<circle id=\"at-%s\" cx=\"%s\" cy=\"%s\"/>\n", code, short(p.x), short(p.y))
	}
	fmt.Fprintln(w, "</svg>")
	if err := w.Flush(); err != nil {
		log.Fatal(err)
	}
}

func read(name string) *topology {
	b, err := os.ReadFile(name)
	if err != nil {
		log.Fatal(err)
	}
	t := new(topology)
	if err := json.Unmarshal(b, t); err != nil {
		log.Fatalf("read %s: %v", name, err)
	}
	return t
}

// outlinesOf gives the rings of each country by ISO 3166-1 alpha-2 code,
// simplified arc by arc and projected, so that neighbours still share a border.
func outlinesOf(t *topology, tolerance float64) map[string][][]point {
	arcs := make([][]point, len(t.Arcs))
	for i, a := range t.Arcs {
		var x, y float64
		for _, d := range a {
			x, y = x+d[0], y+d[1]
			arcs[i] = append(arcs[i], point{x*t.Transform.Scale[0] + t.Transform.Translate[0], y*t.Transform.Scale[1] + t.Transform.Translate[1]})
		}
		if !crosses(arcs[i]) {
			arcs[i] = simplify(arcs[i], tolerance)
		}
	}
	out := map[string][][]point{}
	for _, g := range t.Objects.Countries.Geometries {
		code := codeOf(g.ID, g.Properties.Name)
		if code == "" || code == "AQ" {
			continue
		}
		var polygons [][][]int
		var err error
		if g.Type == "Polygon" {
			polygons = make([][][]int, 1)
			err = json.Unmarshal(g.Arcs, &polygons[0])
		} else {
			err = json.Unmarshal(g.Arcs, &polygons)
		}
		if err != nil {
			log.Fatalf("%s: %v", g.Properties.Name, err)
		}
		for _, rings := range polygons {
			for _, r := range rings {
				out[code] = append(out[code], flat(ring(arcs, r))...)
			}
		}
	}
	return out
}

// codeOf is the country of a shape. Three have no number in ISO 3166-1: Kosovo
// goes by its user-assigned code, the two others are drawn with the country
// whose code their addresses have.
func codeOf(id, name string) string {
	switch name {
	case "Kosovo":
		return "XK"
	case "Somaliland":
		return "SO"
	case "N. Cyprus":
		return "CY"
	}
	n, err := strconv.Atoi(id)
	if err != nil {
		return ""
	}
	r, err := language.EncodeM49(n)
	if err != nil || len(r.String()) != 2 {
		return ""
	}
	return r.String()
}

func ring(arcs [][]point, list []int) []point {
	var out []point
	for _, i := range list {
		var a []point
		if i >= 0 {
			a = arcs[i]
		} else {
			a = slices.Clone(arcs[^i])
			slices.Reverse(a)
		}
		if len(out) > 0 {
			a = a[1:]
		}
		out = append(out, a...)
	}
	return out
}

func crosses(line []point) bool {
	for i := 1; i < len(line); i++ {
		if math.Abs(line[i].x-line[i-1].x) > 180 {
			return true
		}
	}
	return false
}

// flat projects a ring of degrees, and cuts one that goes over the antimeridian
// into its two sides.
func flat(r []point) [][]point {
	if !crosses(r) {
		return [][]point{projected(r, 0)}
	}
	on := slices.Clone(r) // goes on past 180 degrees
	for i := 1; i < len(on); i++ {
		for on[i].x-on[i-1].x > 180 {
			on[i].x -= 360
		}
		for on[i].x-on[i-1].x < -180 {
			on[i].x += 360
		}
	}
	var out [][]point
	for _, shift := range []float64{-360, 0, 360} {
		part := clip(clip(on, 180+shift, -1), -180+shift, 1)
		if len(part) > 2 {
			out = append(out, projected(part, -shift))
		}
	}
	return out
}

// clip keeps the side of a closed ring that lies east (side 1) or west (-1) of a meridian.
func clip(r []point, at, side float64) []point {
	var out []point
	for i, q := range r {
		p := r[(i+len(r)-1)%len(r)]
		in, was := (q.x-at)*side >= 0, (p.x-at)*side >= 0
		if in != was {
			out = append(out, point{at, p.y + (q.y-p.y)*(at-p.x)/(q.x-p.x)})
		}
		if in {
			out = append(out, q)
		}
	}
	if len(out) > 0 {
		out = append(out, out[0])
	}
	return out
}

func projected(r []point, shift float64) []point {
	out := make([]point, len(r))
	for i, p := range r {
		out[i] = project(p.x+shift, p.y)
	}
	return out
}

// project is Equal Earth, on the grid of the drawing.
func project(lon, lat float64) point {
	raw := func(lon, lat float64) point {
		const a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
		t := math.Asin(math.Sqrt(3) / 2 * math.Sin(lat*math.Pi/180))
		t2 := t * t
		t6 := t2 * t2 * t2
		return point{
			lon * math.Pi / 180 * math.Cos(t) * 2 / math.Sqrt(3) / (9*a4*t6*t2 + 7*a3*t6 + 3*a2*t2 + a1),
			t * (a4*t6*t2 + a3*t6 + a2*t2 + a1),
		}
	}
	edge := raw(180, 0).x
	scale := width / (2 * edge)
	p := raw(lon, min(max(lat, bottom), top))
	return point{(p.x + edge) * scale, (raw(0, top).y - p.y) * scale}
}

// simplify leaves points of a line in degrees out by Douglas and Peucker's rule,
// measured in the drawing.
func simplify(line []point, tolerance float64) []point {
	if len(line) < 3 || tolerance == 0 {
		return line
	}
	first, last := line[0], line[len(line)-1]
	far, at := 0.0, 0
	a, b := project(first.x, first.y), project(last.x, last.y)
	for i, p := range line[1 : len(line)-1] {
		if d := distance(project(p.x, p.y), a, b); d > far {
			far, at = d, i+1
		}
	}
	if far <= tolerance {
		return []point{first, last}
	}
	return append(simplify(line[:at+1], tolerance), simplify(line[at:], tolerance)[1:]...)
}

func distance(p, a, b point) float64 {
	dx, dy := b.x-a.x, b.y-a.y
	if dx == 0 && dy == 0 {
		return math.Hypot(p.x-a.x, p.y-a.y)
	}
	return math.Abs(dy*(p.x-a.x)-dx*(p.y-a.y)) / math.Hypot(dx, dy)
}

// path writes rings in tenths, relative to the point before; one that is too
// small to see is left out.
func path(rings [][]point) string {
	var b []byte
	for _, r := range rings {
		if math.Abs(area(r)) < 0.3 {
			continue
		}
		var x, y int
		drawn := 0
		for _, p := range r[:len(r)-1] {
			px, py := int(math.Round(p.x*10)), int(math.Round(p.y*10))
			switch {
			case drawn == 0:
				b = append(b, 'M')
			case px == x && py == y:
				continue
			case drawn == 1:
				b = append(b, 'l')
			}
			b = number(b, px-x, drawn > 1)
			b = number(b, py-y, true)
			x, y = px, py
			drawn++
		}
		b = append(b, 'z')
	}
	return string(b)
}

// number appends tenths as short as SVG allows: "1.5", ".5", "-3".
func number(b []byte, tenths int, separate bool) []byte {
	if separate && tenths >= 0 {
		b = append(b, ' ')
	}
	s := strconv.FormatFloat(float64(tenths)/10, 'f', -1, 64)
	if len(s) > 1 && s[0] == '0' {
		s = s[1:]
	}
	if len(s) > 2 && s[:2] == "-0" {
		s = "-" + s[2:]
	}
	return append(b, s...)
}

func short(f float64) string { return string(number(nil, int(math.Round(f*10)), false)) }

func area(r []point) float64 {
	var a float64
	for i := range r {
		j := (i + 1) % len(r)
		a += r[i].x*r[j].y - r[j].x*r[i].y
	}
	return a / 2
}

// centre is the centroid of the largest ring.
func centre(rings [][]point) point {
	r := slices.MaxFunc(rings, func(a, b []point) int { return cmp.Compare(math.Abs(area(a)), math.Abs(area(b))) })
	a := area(r)
	if a == 0 {
		return r[0]
	}
	var c point
	for i, p := range r {
		q := r[(i+1)%len(r)]
		cross := p.x*q.y - q.x*p.y
		c.x += (p.x + q.x) * cross
		c.y += (p.y + q.y) * cross
	}
	return point{c.x / (6 * a), c.y / (6 * a)}
}
