package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/finding"
)

// What a device says must stay text in every piece, as in the whole page.
func TestPiecesAreInert(t *testing.T) {
	doc := talking()
	for i := range doc.Devices {
		one := *doc
		one.Devices = doc.Devices[i : i+1]
		one.Conversations, one.Findings = nil, nil
		for _, c := range doc.Conversations {
			if c.Device == doc.Devices[i].ID {
				one.Conversations = append(one.Conversations, c)
			}
		}
		for _, f := range doc.Findings {
			if f.Device == doc.Devices[i].ID {
				one.Findings = append(one.Findings, f)
			}
		}
		p, err := PieceOf(&one, func(id string) string { return "/rules/" + id })
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Findings) != len(one.Findings) {
			t.Errorf("%s: %d findings drawn of %d", p.Name, len(p.Findings), len(one.Findings))
		}
		all := fmt.Sprint(p.Identity, p.Claims, p.Chart, p.Outside, p.Inside, p.Streams, p.Seen, p.Rows)
		for _, f := range p.Findings {
			if all += string(f.HTML); !strings.Contains(string(f.HTML), `href="/rules/`+f.Regime+`"`) {
				t.Errorf("%s: %s does not lead to its rule: %s", p.Name, f.Regime, f.HTML)
			}
		}
		for _, raw := range []string{"<script", evilImage, evilEscape, evilBidi, "\u202e", "\x1b", "ZgotmplZ"} {
			if strings.Contains(all, raw) {
				t.Errorf("%s: a piece holds %q as it was sent", p.Name, raw)
			}
		}
	}
	if _, err := PieceOf(doc, nil); err == nil {
		t.Error("a document of several devices was drawn as one")
	}
}

func TestPicturesOfPassages(t *testing.T) {
	s, err := SankeyOf([]Passage{
		{From: "<b>North</b> depot", Controller: "Hikvision", Jurisdiction: "CN", Country: "IE", Up: 4e9},
		{From: "Town hall", Controller: "Hikvision", Jurisdiction: "CN", Country: "IE", Up: 1e9},
		{From: "Town hall", Country: "CN", Up: 0},
	})
	if err != nil || strings.Contains(string(s), "<b>") || strings.Count(string(s), `class="ribbon"`) != 3 {
		t.Errorf("want two ribbons to one company and one on, got %v %s", err, s)
	}
	if s, err := SankeyOf(nil); s != "" || err != nil {
		t.Errorf("nothing drawn as %q, %v", s, err)
	}
	m, err := MapOf(map[string]uint64{"IE": 5e9, "CN": 1, "": 7})
	if err != nil || !strings.Contains(string(m), "2 countries") {
		t.Errorf("map: %v %.200s", err, m)
	}
	c, err := TimeChartOf(&egress.Timeline{Start: "2026-11-01T00:00:00Z", Bucket: 3600, Up: []uint64{0, 5, 9}, Down: []uint64{1, 0, 0}})
	if err != nil || !strings.Contains(string(c), "1 hour") {
		t.Errorf("chart: %v %s", err, c)
	}
	b, err := VerdictBars("Rules.", []Bar{{Label: "A rule", N: []int{2, 0, 1}}})
	if err != nil || strings.Count(string(b), "<rect") != 4 {
		t.Errorf("want two shades in the legend and two segments: %v %s", err, b)
	}
	if i := OutcomeOf(finding.CannotTell, finding.Prohibited); Outcomes()[i] != "would be prohibited" {
		t.Errorf("outcome %d is %q", i, Outcomes()[i])
	}
}
