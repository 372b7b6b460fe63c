package report

import (
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
)

// A worldMap is the world with a mark on each country that servers stand in.
type worldMap struct {
	Width, Height string
	Label         string
	Land          string     // outlines of all other countries
	Shaded        []mapShape // countries with servers
	Marks         []mapMark
	Off           []string // countries with servers that the map has no place for
}

type mapShape struct{ Path, Title string }

// A mapMark is a circle whose area goes by bytes up, and the words beside it
// where there is room.
type mapMark struct {
	X, Y, R, Title     string
	Text, TX, TY, Side string
}

// world is the map as scripts/world-map drew it.
var world = sync.OnceValue(func() *worldShapes {
	var in struct {
		ViewBox string `xml:"viewBox,attr"`
		Paths   []struct {
			ID string `xml:"id,attr"`
			D  string `xml:"d,attr"`
		} `xml:"path"`
		Points []struct {
			ID string  `xml:"id,attr"`
			X  float64 `xml:"cx,attr"`
			Y  float64 `xml:"cy,attr"`
		} `xml:"circle"`
	}
	if err := xml.Unmarshal([]byte(asset("world.svg")), &in); err != nil {
		panic("read embedded world.svg: " + err.Error()) // the build put it there
	}
	w := &worldShapes{paths: map[string]string{}, points: map[string][2]float64{}}
	box := strings.Fields(in.ViewBox)
	w.width, w.height = box[2], box[3]
	for _, p := range in.Paths {
		w.codes = append(w.codes, p.ID)
		w.paths[p.ID] = p.D
	}
	for _, p := range in.Points {
		w.points[strings.TrimPrefix(p.ID, "at-")] = [2]float64{p.X, p.Y}
	}
	return w
})

type worldShapes struct {
	width, height string
	codes         []string
	paths         map[string]string
	points        map[string][2]float64
}

// A mapRow is what the map shows of one country.
type mapRow struct {
	country string
	up      uint64
}

const (
	mapLabels = 10   // countries that are named in the picture
	largest   = 22.0 // radius of the largest mark, of the 1,000 the map is wide
	smallest  = 4.0
)

// newMap draws countries, the ones with the most bytes first.
func newMap(rows []mapRow) worldMap {
	w := world()
	m := worldMap{Width: w.width, Height: w.height}
	at := map[string]bool{}
	var top uint64
	for _, r := range rows {
		top = max(top, r.up)
	}
	var boxes [][4]float64
	for _, r := range rows {
		p, ok := w.points[r.country]
		if !ok {
			if r.country != "" {
				m.Off = append(m.Off, countryName(r.country))
			}
			continue
		}
		title := countryName(r.country) + ": " + bytesOf(r.up) + " up"
		if d := w.paths[r.country]; d != "" && !at[r.country] {
			m.Shaded = append(m.Shaded, mapShape{Path: d, Title: title})
			at[r.country] = true
		}
		radius := max(smallest, largest*math.Sqrt(float64(r.up)/float64(max(top, 1))))
		m.Marks = append(m.Marks, mapMark{X: pixels(p[0]), Y: pixels(p[1]), R: pixels(radius), Title: title})
		boxes = append(boxes, [4]float64{p[0] - radius, p[1] - radius, p[0] + radius, p[1] + radius})
	}
	m.label(boxes, rows)
	var land strings.Builder
	for _, code := range w.codes {
		if !at[code] {
			land.WriteString(w.paths[code])
		}
	}
	m.Land = land.String()
	m.Label = fmt.Sprintf("World map: servers stand in %s. The table has the figures.", plural(len(m.Marks)+len(m.Off), "country", "countries"))
	return m
}

// label writes the names of the first marks beside them, each where it covers
// no mark and no other name; one that fits nowhere has only its title.
func (m *worldMap) label(boxes [][4]float64, rows []mapRow) {
	w := world()
	width, _ := strconv.ParseFloat(w.width, 64)
	height, _ := strconv.ParseFloat(w.height, 64)
	i, named := 0, 0
	for _, r := range rows {
		if _, ok := w.points[r.country]; !ok {
			continue
		}
		mark, own := &m.Marks[i], boxes[i]
		i++
		if named == mapLabels {
			continue
		}
		text := countryShort(r.country) + " " + bytesOf(r.up)
		wide, cx, cy := 7.3*float64(columns(text))+2, (own[0]+own[2])/2, (own[1]+own[3])/2
		for _, try := range []struct {
			x, y float64
			side string
		}{{own[2] + 4, cy + 4, "start"}, {own[0] - 4, cy + 4, "end"}, {cx, own[1] - 5, "middle"}, {cx, own[3] + 14, "middle"}, {own[2] + 4, own[1] - 4, "start"}, {own[2] + 4, own[3] + 14, "start"}, {own[0] - 4, own[1] - 4, "end"}, {own[0] - 4, own[3] + 14, "end"}} {
			left := try.x
			switch try.side {
			case "end":
				left -= wide
			case "middle":
				left -= wide / 2
			}
			box := [4]float64{left, try.y - 11, left + wide, try.y + 3}
			if box[0] < 0 || box[1] < 0 || box[2] > width || box[3] > height || overlaps(box, boxes) {
				continue
			}
			boxes = append(boxes, box)
			mark.Text, mark.TX, mark.TY, mark.Side = text, pixels(try.x), pixels(try.y), try.side
			named++
			break
		}
	}
}

func overlaps(a [4]float64, boxes [][4]float64) bool {
	for _, b := range boxes {
		if a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3] {
			return true
		}
	}
	return false
}
