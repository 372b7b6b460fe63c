package report

import (
	"cmp"
	"sync"

	"github.com/lenscap/lenscap/internal/egress"
)

// Summarise fills doc.Summary from the devices and findings. Only FarEnds, which
// is no list in the document, is left as it is.
//
// ByVerdict and WouldBe count devices by their gravest outcome in a regime. They
// leave out devices that are not video equipment and of which every rule says
// "not covered", so that printers do not dilute the figures.
func Summarise(doc *Document) {
	s := newSums()
	s.add(doc)
	doc.Summary, doc.Asked = s.Summary, s.asking.answers(&doc.Estate)
}

// sums is a summary that is added up part by part. A part has all findings and
// conversations of its devices.
type sums struct {
	Summary
	asking asking
}

func newSums() *sums {
	return &sums{Summary: Summary{
		ByKind: map[string]int{}, ByMaker: map[string]map[string]int{},
		ByVerdict: map[string]map[string]int{}, WouldBe: map[string]map[string]int{},
		ByCountry: map[string]int{}, ByController: map[string]int{}, ByVideo: map[string]int{},
	}}
}

func (s *sums) add(doc *Document) {
	var t *talk
	var wait sync.WaitGroup
	wait.Go(func() { t = newTalk(doc) })
	s.Devices += len(doc.Devices)
	s.FarEnds += doc.Summary.FarEnds
	for i := range doc.Devices {
		d := &doc.Devices[i]
		s.ByKind[kindOf(d)]++
		if IsVideo(kindOf(d)) {
			count(s.ByMaker, makerOf(d), d.Maker.Grade.String())
		}
	}
	for regime, t := range newIndex(doc).tally(doc) {
		for o, n := range t {
			for range n {
				count(s.ByVerdict, regime, string(o.verdict))
				if o.would != "" {
					count(s.WouldBe, regime, string(o.would))
				}
			}
		}
	}
	wait.Wait()
	s.Outside += len(t.reaching)
	for _, id := range t.reaching {
		for country := range t.of[id].countries {
			s.ByCountry[cmp.Or(country, "unknown")]++
		}
		for company := range t.of[id].controllers {
			s.ByController[cmp.Or(company, "unknown")]++
		}
		s.ByVideo[cmp.Or(t.of[id].video, egress.VideoTooShort)]++
	}
	s.asking.add(doc)
}

func count(m map[string]map[string]int, a, b string) {
	if m[a] == nil {
		m[a] = make(map[string]int)
	}
	m[a][b]++
}

// makerOf is the maker of a device, "unknown" when nothing says.
func makerOf(d *Device) string {
	if d.Maker.Value == "" {
		return "unknown"
	}
	return d.Maker.Value
}
