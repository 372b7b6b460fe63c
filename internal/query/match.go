package query

import (
	"net/netip"
	"strings"
	"time"
)

// Match judges one row. get returns the values of a field, and for "" the texts
// in which words are searched; empty ones are no values. Times are RFC 3339 or
// days, YYYY-MM-DD, in the query's zone; numbers in digits; yes and no "true"
// and "false". A value that is not of its field's type counts as a value that
// equals nothing.
func (q *Query) Match(get func(field string) []string) bool {
	if q.Root == nil {
		return true
	}
	m := matcher{get: get, clock: q.clock()}
	return m.node(q.Root)
}

type matcher struct {
	get   func(field string) []string
	clock clock
}

func (m *matcher) node(n Node) bool {
	switch n := n.(type) {
	case *And:
		for _, c := range n.Of {
			if !m.node(c) {
				return false
			}
		}
		return true
	case *Or:
		for _, c := range n.Of {
			if m.node(c) {
				return true
			}
		}
		return false
	case *Not:
		return !m.node(n.Of)
	case *Word:
		return m.word(n)
	case *Term:
		return m.term(n)
	}
	return false
}

func (m *matcher) word(w *Word) bool {
	for _, text := range m.get("") {
		text = Fold(text)
		for _, v := range w.Values {
			if like1(text, v.parts, true) {
				return true
			}
		}
	}
	return false
}

func (m *matcher) term(t *Term) bool {
	have := false
	for _, s := range m.get(t.Field.Name) {
		if s == "" {
			continue
		}
		have = true
		if m.oneOf(t, s) != t.Other {
			return true
		}
	}
	if !have && !t.Other {
		for _, v := range t.Values {
			if v.unknown {
				return true
			}
		}
	}
	return false
}

// oneOf reports whether one of the values is s.
func (m *matcher) oneOf(t *Term, s string) bool {
	for i := range t.Values {
		if v := &t.Values[i]; v.any || m.is(t, v, s) {
			return true
		}
	}
	return false
}

func (m *matcher) is(t *Term, v *Value, s string) bool {
	switch t.Field.Type {
	case Bool:
		yes, unknown, says := readBool(s)
		return says == "" && !unknown && !v.unknown && yes == v.yes
	case Number:
		n, ok := parseNumber(s)
		return ok && v.compare(t.Op, n)
	case Time:
		at, ok := parseTime(s, m.clock.zone)
		if !ok {
			return false
		}
		from, to := v.interval(t.Op, m.clock)
		return from <= at && (at < to || to == always)
	case Address:
		a, err := netip.ParseAddr(s)
		return err == nil && v.net.Contains(a.WithZone("").Unmap())
	case MAC:
		return like1(bareMAC(s), v.parts, false)
	}
	return like1(Fold(s), v.parts, false)
}

func (v *Value) compare(op Op, n number) bool {
	switch op {
	case Less:
		return n.less(v.low)
	case LessEqual:
		return !v.low.less(n)
	case Greater:
		return v.low.less(n)
	case GreaterEqual:
		return !n.less(v.low)
	}
	return !n.less(v.low) && !v.high.less(n)
}

func parseTime(s string, zone *time.Location) (int64, bool) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t, err = time.ParseInLocation("2006-01-02", s, zone)
	}
	if err != nil || t.Year() < 1678 || t.Year() > 2261 {
		return 0, false
	}
	return t.UnixNano(), true
}

// like1 reports whether text is the parts with anything between them, or, with
// within, holds that. Each part is taken at its first place, which suffices.
func like1(text string, parts []string, within bool) bool {
	if len(parts) == 1 {
		if within {
			return strings.Contains(text, Fold(parts[0]))
		}
		return text == Fold(parts[0])
	}
	for i, p := range parts {
		p = Fold(p)
		switch {
		case i == 0 && !within:
			if !strings.HasPrefix(text, p) {
				return false
			}
			text = text[len(p):]
		case i == len(parts)-1 && !within:
			return strings.HasSuffix(text, p)
		default:
			at := strings.Index(text, p)
			if at < 0 {
				return false
			}
			text = text[at+len(p):]
		}
	}
	return true
}
