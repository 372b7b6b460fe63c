package store

// all is yes where all of its judges say so.
type all []judge

func (a all) whole(site *askedSite) (yes, known bool) {
	known = true
	for _, j := range a {
		switch yes, k := j.whole(site); {
		case k && !yes:
			return false, true
		case !k:
			known = false
		}
	}
	return known, known
}

func (a all) each(s *sheet, out []bool) error {
	return together(a, s, out, func(x, y bool) bool { return x && y })
}

// some is yes where one of its judges says so.
type some []judge

func (a some) whole(site *askedSite) (yes, known bool) {
	known = true
	for _, j := range a {
		switch yes, k := j.whole(site); {
		case k && yes:
			return true, true
		case !k:
			known = false
		}
	}
	return false, known
}

func (a some) each(s *sheet, out []bool) error {
	return together(a, s, out, func(x, y bool) bool { return x || y })
}

func together(of []judge, s *sheet, out []bool, join func(x, y bool) bool) error {
	one := make([]bool, len(out))
	for i, j := range of {
		to := out
		if i > 0 {
			to = one
		}
		if err := j.each(s, to); err != nil {
			return err
		}
		if i > 0 {
			for k := range out {
				out[k] = join(out[k], one[k])
			}
		}
	}
	return nil
}

type opposite struct{ judge }

func (o opposite) whole(site *askedSite) (yes, known bool) {
	yes, known = o.judge.whole(site)
	return !yes, known
}

func (o opposite) each(s *sheet, out []bool) error {
	err := o.judge.each(s, out)
	for i := range out {
		out[i] = !out[i]
	}
	return err
}

// sitesThat are the numbers of sites.
type sitesThat map[int64]bool

func (t sitesThat) whole(site *askedSite) (yes, known bool) { return t[site.id], true }

func (t sitesThat) each(s *sheet, out []bool) error {
	for i := range out {
		out[i] = t[s.site.id]
	}
	return nil
}

// numberThat judges a column of numbers.
type numberThat struct {
	column int
	is     func(int64) bool
}

func (numberThat) whole(*askedSite) (yes, known bool) { return false, false }

func (t numberThat) each(s *sheet, out []bool) error {
	list, err := s.column(t.column)
	for i, v := range list {
		out[i] = t.is(v)
	}
	return err
}

// valueThat judges a column of text or lists, each value of it once: a device with
// several answers yes where one of them does.
type valueThat struct {
	column int
	is     func(value string) bool
	none   bool // the answer of a device without a value
	known  map[string]bool
}

func (*valueThat) whole(*askedSite) (yes, known bool) { return false, false }

// maxKnown bounds the answers that are kept.
const maxKnown = 1 << 16

func (t *valueThat) one(value string) bool {
	if value == "" {
		return t.none
	}
	yes, ok := t.known[value]
	if !ok {
		yes = t.is(value)
		if len(t.known) < maxKnown {
			t.known[value] = yes
		}
	}
	return yes
}

func (t *valueThat) of(list []string) bool {
	empty := true
	for _, v := range list {
		if v == "" {
			continue
		}
		if empty = false; t.one(v) {
			return true
		}
	}
	return empty && t.none
}

func (t *valueThat) each(s *sheet, out []bool) error {
	c, err := s.coded(t.column)
	if err != nil {
		return err
	}
	is := make([]bool, len(c.values)+len(c.lists))
	for i, v := range c.values {
		is[i] = t.one(v)
	}
	for i, list := range c.lists {
		is[i] = t.of(list)
	}
	for i, code := range c.codes {
		out[i] = is[code]
	}
	return nil
}

// rowsThat is a set of devices' row ids, which are small numbers: a bit each.
type rowsThat []uint64

// maxRow bounds a row id, and so the set: 128 MB. The file may be another's.
const maxRow = 1 << 30

func (t *rowsThat) add(id int64) {
	if id < 0 || id >= maxRow {
		return
	}
	if n := int(id>>6) + 1; n > len(*t) {
		*t = append(*t, make([]uint64, max(n, 2*len(*t))-len(*t))...)
	}
	(*t)[id>>6] |= 1 << (id & 63)
}

func (t rowsThat) has(id int64) bool {
	return id >= 0 && id>>6 < int64(len(t)) && t[id>>6]&(1<<(id&63)) != 0
}

func (rowsThat) whole(*askedSite) (yes, known bool) { return false, false }

func (t rowsThat) each(s *sheet, out []bool) error {
	for i, id := range s.ids {
		out[i] = t.has(id)
	}
	return nil
}
