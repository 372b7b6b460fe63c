package regime

import (
	"hash/maphash"
	"slices"
	"sync/atomic"
	"time"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/finding"
)

// memoSlots bounds how many distinct situations are remembered, a power of two.
// Makers, brands and organisations of an estate are few; a hostile capture that
// invents names only makes judging slower, not larger.
const memoSlots = 1 << 14

// A memo remembers the verdicts of situations. It may be used from many
// goroutines without a lock: a slot is written whole or not at all, and two that
// work out the same situation at once write the same.
type memo struct {
	seed  maphash.Seed
	slots [memoSlots]atomic.Pointer[remembered]
}

// memoReach is how many slots a situation may lie in, from the one of its hash.
const memoReach = 4

// remembered is a situation and the verdicts on it.
type remembered struct {
	hash   uint64
	asked  asked
	claims [7]claimKey
	stamp  stamp
}

// asked is what a verdict depends on beside the device.
type asked struct {
	day                              int // as at, in its own time zone
	orgType, country, bought, fitted string
	said, yes                        uint64 // bit i: what estate.yaml says of Facts[i]
}

// claimKey is what a verdict and its words read of a claim: everything but the
// evidence and the note.
type claimKey struct {
	id, value string
	grade     attribution.Grade
	conflicts []claimKey // without conflicts of their own
}

// Judge gives the verdict of every regime that has something to say of d, at
// most one a regime, in the order of regime file names. A regime whose
// [Info.NoVerdict] is set gives none, and so do rules about cameras for a device
// that nothing suggests is one.
//
// asAt counts as a day, in its own time zone. Findings share slices, with those
// of other devices too and with the claims of d: they must not be changed.
func (e *Engine) Judge(d Device, org Organisation, asAt time.Time) []finding.Finding {
	v := e.Verdicts(&d, &org, asAt)
	if v.Len() == 0 {
		return nil
	}
	out := make([]finding.Finding, v.Len())
	v.Fill(out, &d)
	return out
}

// Verdicts are what [Engine.Judge] has to say of a device, not yet written out:
// a caller with many devices makes one array for all their findings.
type Verdicts struct{ stamp *stamp }

// Verdicts works out what [Engine.Judge] would return.
func (e *Engine) Verdicts(d *Device, org *Organisation, asAt time.Time) Verdicts {
	of := e.asked(org, asAt)
	hash := e.hash(&of, &d.Attribution)
	known := e.memo.find(hash, &of, &d.Attribution, e.model)
	if known == nil {
		known = e.learn(hash, of, d.Attribution, *org, asAt)
	}
	return Verdicts{&known.stamp}
}

// Len says how many findings there are.
func (v Verdicts) Len() int { return len(v.stamp.found) }

// Fill writes the findings to the first Len elements of to. d is the device the
// verdicts are on.
func (v Verdicts) Fill(to []finding.Finding, d *Device) { v.stamp.fill(to, d) }

// learn judges a situation that is new. It has copies of its own, so that those
// of Judge stay off the heap.
func (e *Engine) learn(hash uint64, of asked, a attribution.Attribution, org Organisation, asAt time.Time) *remembered {
	r := &remembered{hash: hash, asked: of, claims: claimKeys(&a, e.model), stamp: newStamp(e.work(&a, &org, asAt))}
	e.memo.put(r)
	return r
}

func (m *memo) find(hash uint64, of *asked, a *attribution.Attribution, model bool) *remembered {
	for i := range uint64(memoReach) {
		r := m.slots[(hash+i)%memoSlots].Load()
		if r == nil {
			return nil
		}
		if r.hash == hash && r.asked == *of && r.same(a, model) {
			return r
		}
	}
	return nil
}

// put keeps r, in place of another when all its slots are taken.
func (m *memo) put(r *remembered) {
	for i := range uint64(memoReach) {
		if m.slots[(r.hash+i)%memoSlots].CompareAndSwap(nil, r) {
			return
		}
	}
	m.slots[r.hash%memoSlots].Store(r)
}

// len counts the situations remembered.
func (m *memo) len() int {
	n := 0
	for i := range m.slots {
		if m.slots[i].Load() != nil {
			n++
		}
	}
	return n
}

func (e *Engine) asked(org *Organisation, asAt time.Time) asked {
	of := asked{day: dayNumber(asAt.Date()), orgType: org.Type, country: org.Country, bought: org.Purchased, fitted: org.Installed}
	for i := range factSection {
		group := factSection[i].group
		if group == "" {
			continue
		}
		in := org.group(group)
		if len(in) == 0 {
			continue
		}
		if v, ok := in[factSection[i].key]; ok {
			of.said |= 1 << i
			if v {
				of.yes |= 1 << i
			}
		}
	}
	return of
}

// dayNumber is different for every day.
func dayNumber(year int, month time.Month, day int) int { return year<<9 | int(month)<<5 | day }

// hash mixes what tells situations apart. It need not hold all of it, for find
// compares everything: a value that has an id is left out.
func (e *Engine) hash(of *asked, a *attribution.Attribution) uint64 {
	h := mix(uint64(of.day), of.said^of.yes<<1)
	for _, text := range [...]string{of.orgType, of.country, of.bought, of.fitted} {
		if text != "" {
			h = mix(h, maphash.String(e.memo.seed, text))
		}
		h = mix(h, 0)
	}
	for _, c := range claims(a) {
		h = e.hashClaim(h, c.ID, c.Value, c.Grade)
		for i := range c.Conflicts {
			x := &c.Conflicts[i]
			h = e.hashClaim(h, x.ID, x.Value, x.Grade)
		}
	}
	return h
}

func (e *Engine) hashClaim(h uint64, id, value string, g attribution.Grade) uint64 {
	h = mix(h, uint64(g))
	if id != "" {
		return mix(h, maphash.String(e.memo.seed, id))
	}
	return mix(h, maphash.String(e.memo.seed, value))
}

// mix folds x into h, order mattering: a multiplication by the odd number next
// to 2^64 over the golden ratio, then a fold of the high bits into the low.
func mix(h, x uint64) uint64 {
	h = (h ^ x) * 0x9e3779b97f4a7c15
	return h ^ h>>32
}

// claimKeys copies what a verdict reads of a device.
func claimKeys(a *attribution.Attribution, model bool) [7]claimKey {
	var out [7]claimKey
	for i, c := range claims(a) {
		out[i] = newClaimKey(c)
	}
	if model {
		out[6] = newClaimKey(&a.Model)
	}
	return out
}

func newClaimKey(c *attribution.Claim) claimKey {
	k := claimKey{id: c.ID, value: c.Value, grade: c.Grade}
	for i := range c.Conflicts {
		x := &c.Conflicts[i]
		k.conflicts = append(k.conflicts, claimKey{id: x.ID, value: x.Value, grade: x.Grade})
	}
	return k
}

// same reports whether a verdict on a reads what was remembered.
func (r *remembered) same(a *attribution.Attribution, model bool) bool {
	for i, c := range claims(a) {
		if !r.claims[i].is(c) {
			return false
		}
	}
	return !model || r.claims[6].is(&a.Model)
}

func (k *claimKey) is(c *attribution.Claim) bool {
	return k.grade == c.Grade && k.id == c.ID && k.value == c.Value &&
		slices.EqualFunc(k.conflicts, c.Conflicts, func(k claimKey, x attribution.Alternative) bool {
			return k.grade == x.Grade && k.id == x.ID && k.value == x.Value
		})
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
