package regime

import (
	"slices"
	"strconv"
	"time"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/observation"
)

// maxMemo bounds how many distinct situations are remembered. Makers, brands
// and organisations of an estate are few; a hostile capture that invents names
// only makes judging slower, not larger.
const maxMemo = 1 << 14

// Claims a finding rests on, as bits.
const (
	onKind = 1 << iota
	onBrand
	onMaker
	onPlatform
	onChip
	onNetwork
	claimSets = 1 << iota // how many combinations there are
)

// judged is a finding without the parts that differ between devices of the same
// facts: the device and what was seen of it.
type judged struct {
	finding.Finding        // Evidence holds the knowledge base's rows only
	rests           uint16 // which claims' evidence comes before them
}

// Judge gives the verdict of every regime that has something to say of d, at
// most one a regime, in the order of regime file names. A regime whose
// [Info.NoVerdict] is set gives none, and so do rules about cameras for a device
// that nothing suggests is one.
//
// asAt counts as a day, in its own time zone. Findings of different devices may
// share slices: they must not be changed.
func (e *Engine) Judge(d Device, org Organisation, asAt time.Time) []finding.Finding {
	var buf [512]byte
	key := e.key(buf[:0], &d.Attribution, &org, asAt)
	e.mu.RLock()
	found, ok := e.memo[string(key)]
	e.mu.RUnlock()
	if !ok {
		found = e.work(&d.Attribution, &org, asAt)
		e.mu.Lock()
		if len(e.memo) >= maxMemo {
			clear(e.memo)
		}
		e.memo[string(key)] = found
		e.mu.Unlock()
	}
	if len(found) == 0 {
		return nil
	}
	return stamp(found, &d)
}

// stamp makes the findings of one device from those of its situation. All
// evidence that differs between findings lies in one slice, for an estate has
// millions of them.
func stamp(found []judged, d *Device) []finding.Finding {
	out := make([]finding.Finding, len(found))
	var seen [claimSets][]observation.Evidence
	room := 0
	for i := range found {
		rests := found[i].rests
		if seen[rests] == nil {
			seen[rests] = evidence(&d.Attribution, rests)
		}
		if n := len(found[i].Evidence); n > 0 {
			room += n + len(seen[rests])
		}
	}
	joined := make([]observation.Evidence, 0, room)
	for i := range found {
		out[i] = found[i].Finding
		out[i].Device = d.ID
		out[i].Evidence = seen[found[i].rests]
		if own := found[i].Evidence; len(own) > 0 {
			start := len(joined)
			joined = append(append(joined, out[i].Evidence...), own...)
			out[i].Evidence = joined[start:len(joined):len(joined)]
		}
	}
	return out
}

// evidence joins the evidence of the claims in rests, each piece once.
func evidence(a *attribution.Attribution, rests uint16) []observation.Evidence {
	n := 0
	for i, c := range claims(a) {
		n += len(c.Evidence) * int(rests>>i&1)
	}
	out := make([]observation.Evidence, 0, n)
	for i, c := range claims(a) {
		if rests&(1<<i) == 0 {
			continue
		}
		for _, ev := range c.Evidence {
			if !slices.Contains(out, ev) {
				out = append(out, ev)
			}
		}
	}
	return out
}

// claims lists the claims in the order of the on bits.
func claims(a *attribution.Attribution) [6]*attribution.Claim {
	return [...]*attribution.Claim{&a.Kind, &a.Brand, &a.Maker, &a.Platform, &a.ChipMaker, &a.NetworkPart}
}

// key writes everything a verdict and its words depend on.
func (e *Engine) key(b []byte, a *attribution.Attribution, org *Organisation, asAt time.Time) []byte {
	b = asAt.AppendFormat(b, time.DateOnly)
	for _, s := range [...]string{org.Type, org.Country, org.Purchased, org.Installed} {
		b = appendText(b, s)
	}
	for i := range Facts {
		if factSection[i].group == "" {
			continue
		}
		switch v, ok := org.group(factSection[i].group)[factSection[i].key]; {
		case !ok:
			b = append(b, '?')
		case v:
			b = append(b, '1')
		default:
			b = append(b, '0')
		}
	}
	for _, c := range claims(a) {
		b = appendClaim(b, c)
	}
	if e.model {
		b = appendClaim(b, &a.Model)
	}
	return b
}

func appendClaim(b []byte, c *attribution.Claim) []byte {
	b = append(b, byte('0'+c.Grade))
	b = appendText(appendText(b, c.ID), c.Value)
	for _, x := range c.Conflicts {
		b = append(b, '!', byte('0'+x.Grade))
		b = appendText(appendText(b, x.ID), x.Value)
	}
	return append(b, ';')
}

// appendText writes s with its length, so that no two keys run together.
func appendText(b []byte, s string) []byte {
	b = strconv.AppendInt(b, int64(len(s)), 10)
	return append(append(b, ':'), s...)
}

// work judges without looking at the memo.
func (e *Engine) work(a *attribution.Attribution, org *Organisation, asAt time.Time) []judged {
	s := e.situate(a, org, day(asAt.Format(time.DateOnly)))
	var out []judged
	for _, r := range e.regimes {
		if len(r.clauses) == 0 {
			continue
		}
		if j, ok := e.regimeFinding(r, s); ok {
			out = append(out, j)
		}
	}
	return out
}

// regimeFinding judges every clause and words the one that matters most.
func (e *Engine) regimeFinding(r *regime, s *situation) (judged, bool) {
	var best *outcome
	var all []*outcome
	for _, k := range r.clauses {
		o := e.judge(s, k)
		all = append(all, &o)
		if best == nil || better(&o, best) {
			best = &o
		}
	}
	if !best.relevant(e) {
		return judged{}, false
	}
	return e.word(r, best, all), true
}
