package regime

import (
	"math/bits"
	"slices"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/observation"
)

// Claims a finding rests on, as bits.
const (
	onKind = 1 << iota
	onBrand
	onMaker
	onPlatform
	onChip
	onNetwork
)

// claims lists the claims in the order of the on bits.
func claims(a *attribution.Attribution) [6]*attribution.Claim {
	return [...]*attribution.Claim{&a.Kind, &a.Brand, &a.Maker, &a.Platform, &a.ChipMaker, &a.NetworkPart}
}

// judged is a finding without the parts that differ between devices of the same
// facts: the device and what was seen of it.
type judged struct {
	finding.Finding        // Evidence holds the knowledge base's rows only
	rests           uint16 // which claims' evidence comes before them
}

// A stamp makes the findings of one device from those of its situation. An
// estate has millions of findings, so those of one device that rest on the same
// evidence share one slice of it.
type stamp struct {
	found []finding.Finding // Device and Evidence are not filled in
	shows []int             // of each finding, which of lists
	lists []shownList
}

// A shownList is evidence as some findings of a situation show it: that of the
// claims in rests, then own rows of the knowledge base.
type shownList struct {
	rests uint16
	own   []observation.Evidence
	in    int // index of the list that begins with all of this one; -1 for none
}

func newStamp(found []judged) stamp {
	var s stamp
	for _, j := range found {
		l := shownList{rests: j.rests, own: j.Evidence, in: -1}
		i := slices.IndexFunc(s.lists, func(o shownList) bool { return o.rests == l.rests && slices.Equal(o.own, l.own) })
		if i < 0 {
			i = len(s.lists)
			s.lists = append(s.lists, l)
		}
		j.Evidence = nil
		s.found, s.shows = append(s.found, j.Finding), append(s.shows, i)
	}
	for i := range s.lists {
		for k := range s.lists {
			if best := s.lists[i].in; s.lists[i].begins(&s.lists[k]) && (best < 0 || s.lists[best].begins(&s.lists[k])) {
				s.lists[i].in = k
			}
		}
	}
	return s
}

// begins reports whether other starts with all of l, whatever the evidence of
// the claims, and goes on.
func (l *shownList) begins(other *shownList) bool {
	if l.rests == other.rests {
		return len(l.own) < len(other.own) && slices.Equal(l.own, other.own[:len(l.own)])
	}
	return len(l.own) == 0 && other.rests&(1<<bits.Len16(l.rests)-1) == l.rests
}

// fill writes the findings of d to the beginning of out.
func (s *stamp) fill(out []finding.Finding, d *Device) {
	if len(s.found) == 0 {
		return
	}
	var shown [8][]observation.Evidence
	lists := s.evidence(&d.Attribution, shown[:0])
	for i := range out[:copy(out, s.found)] {
		out[i].Device, out[i].Evidence = d.ID, lists[s.shows[i]]
	}
}

// evidence appends the lists of s as a device of the claims in a shows them, all
// in one array.
func (s *stamp) evidence(a *attribution.Attribution, to [][]observation.Evidence) [][]observation.Evidence {
	var buf [64]uint16
	p := gather(a, buf[:0])
	room := 0
	for i := range s.lists {
		if l := &s.lists[i]; l.in < 0 && p.whole(l) == nil {
			room += p.count(l.rests) + len(l.own)
		}
	}
	joined := make([]observation.Evidence, 0, room)
	for i := range s.lists {
		l := &s.lists[i]
		if l.in >= 0 {
			to = append(to, nil)
			continue
		}
		if whole := p.whole(l); whole != nil {
			to = append(to, whole)
			continue
		}
		start := len(joined)
		joined = append(p.append(joined, l.rests), l.own...)
		to = append(to, joined[start:len(joined):len(joined)])
	}
	for i := range s.lists {
		if l := &s.lists[i]; l.in >= 0 {
			n := p.count(l.rests) + len(l.own)
			to[i] = to[l.in][:n:n]
		}
	}
	return to
}

// pieces is the evidence of the claims of one device.
type pieces struct {
	claims [6]*attribution.Claim
	again  []uint16 // of each piece, claim by claim: which claims hold the same before it
}

func gather(a *attribution.Attribution, again []uint16) pieces {
	p := pieces{claims(a), again}
	for i, c := range p.claims {
		for k := range c.Evidence {
			var held uint16
			for j, before := range p.claims[:i+1] {
				n := len(before.Evidence)
				if j == i {
					n = k
				}
				if contains(before.Evidence[:n], &c.Evidence[k]) {
					held |= 1 << j
				}
			}
			p.again = append(p.again, held)
		}
	}
	return p
}

// contains is slices.Contains without a copy of every piece.
func contains(list []observation.Evidence, piece *observation.Evidence) bool {
	for i := range list {
		if e := &list[i]; e.Packet == piece.Packet && *e == *piece {
			return true
		}
	}
	return false
}

// count says how many pieces the claims in rests have, each once.
func (p *pieces) count(rests uint16) int {
	n, at := 0, 0
	for i, c := range p.claims {
		for range c.Evidence {
			if rests>>i&1 != 0 && p.again[at]&rests == 0 {
				n++
			}
			at++
		}
	}
	return n
}

// append adds the pieces of the claims in rests, each once.
func (p *pieces) append(to []observation.Evidence, rests uint16) []observation.Evidence {
	at := 0
	for i, c := range p.claims {
		for k := range c.Evidence {
			if rests>>i&1 != 0 && p.again[at]&rests == 0 {
				to = append(to, c.Evidence[k])
			}
			at++
		}
	}
	return to
}

// whole gives the slice of a claim where that is all a list shows; nil otherwise.
func (p *pieces) whole(l *shownList) []observation.Evidence {
	if len(l.own) > 0 {
		return nil
	}
	n := p.count(l.rests)
	for i, c := range p.claims {
		if l.rests>>i&1 != 0 && len(c.Evidence) > 0 {
			if n == len(c.Evidence) && p.count(1<<i) == n {
				return c.Evidence[:n:n]
			}
			return nil
		}
	}
	return nil
}
