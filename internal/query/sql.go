package query

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Kept says how a column holds the values of its field.
type Kept uint8

// The ways.
const (
	Plain     Kept = iota // text as text, numbers as numbers, times as nanoseconds since 1970, yes and no as 1 and 0, addresses as text
	Folded                // Text and MAC: text that went through [Fold] (for MAC: with colons): compared as it is, so that an index of it serves
	InSeconds             // Time: seconds since 1970
	InDays                // Time: text, YYYY-MM-DD
	InBytes               // Address: a blob of 16 bytes, IPv4 mapped
)

// A Column tells how a field is found in SQL. What it holds is written into the
// statement as it stands: it comes from the program, never from a person.
//
// NULL and the empty text are no value. Text that is not [Folded] is compared by
// SQL's lower(), which in SQLite knows the letters A to Z only.
type Column struct {
	Expr string // one value, such as "d.maker", or "r.country" within Of
	// Of wraps the condition where values stand in a table of their own, with %s
	// for the condition: "EXISTS (SELECT 1 FROM reach r WHERE r.device = d.id AND
	// %s)", or "d.id IN (SELECT r.device FROM reach r WHERE %s)". "" for none.
	Of   string
	Kept Kept
	// Find, of the column of words (whose field is ""), replaces the search for
	// parts in this order by one of an index; ok false leaves it to LIKE.
	Find func(parts []string) (where string, args []any, ok bool)
}

// SQL writes the query as a condition with placeholders (?) for args, for a
// dialect that has IS NOT TRUE, ESCAPE and lower(): SQLite and PostgreSQL.
// columns holds every field of the query, and "" if it has words. A query
// without condition is "1=1". It fails when a column is missing, and when a
// column kept as text is asked for an IPv6 network.
func (q *Query) SQL(columns map[string]Column) (where string, args []any, err error) {
	if q.Root == nil {
		return "1=1", nil, nil
	}
	w := writer{columns: columns, clock: q.clock()}
	w.node(q.Root)
	if w.err != nil {
		return "", nil, w.err
	}
	return w.b.String(), w.args, nil
}

type writer struct {
	b       strings.Builder
	args    []any
	columns map[string]Column
	clock   clock
	err     error
}

// put writes SQL of ours, and keeps the arguments of its placeholders.
func (w *writer) put(sql string, args ...any) {
	w.b.WriteString(sql)
	w.args = append(w.args, args...)
}

func (w *writer) node(n Node) {
	switch n := n.(type) {
	case *And:
		w.list(n.Of, " AND ")
	case *Or:
		w.list(n.Of, " OR ")
	case *Not: // not NOT: of a condition that is NULL it would be NULL
		w.put("(")
		w.node(n.Of)
		w.put(") IS NOT TRUE")
	case *Word:
		w.column("", func(c Column) { w.words(c, n.Values) })
	case *Term:
		w.term(n)
	}
}

func (w *writer) list(of []Node, word string) {
	w.put("(")
	for i, n := range of {
		if i > 0 {
			w.put(word)
		}
		w.node(n)
	}
	w.put(")")
}

// column writes a condition within what wraps its column.
func (w *writer) column(name string, condition func(Column)) {
	c, ok := w.columns[name]
	if !ok || c.Expr == "" {
		if name == "" {
			name = "of words"
		}
		w.err = fmt.Errorf("query: no column for the field %s", name)
		return
	}
	before, after := "", ""
	if c.Of != "" {
		if before, after, ok = strings.Cut(c.Of, "%s"); !ok {
			w.err = fmt.Errorf("query: the column of %s wraps nothing: %%s is missing in %q", name, c.Of)
			return
		}
	}
	w.put(before + "(")
	condition(c)
	w.put(")" + after)
}

func (w *writer) words(c Column, values []Value) {
	for i, v := range values {
		if i > 0 {
			w.put(" OR ")
		}
		if c.Find != nil {
			if where, args, ok := c.Find(v.parts); ok {
				w.put(where, args...)
				continue
			}
		}
		w.put(folded(c)+` LIKE ? ESCAPE '\'`, "%"+like(v.parts)+"%")
	}
}

// folded is the column as it is compared.
func folded(c Column) string {
	if c.Kept == Folded {
		return c.Expr
	}
	return "lower(" + c.Expr + ")"
}

var likeMarks = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// like is a pattern of LIKE for text with stars.
func like(parts []string) string {
	out := make([]string, len(parts))
	for i, p := range parts {
		out[i] = likeMarks.Replace(Fold(p))
	}
	return strings.Join(out, "%")
}

// term writes what a field is compared with. Any value and none are asked of
// the column itself; a field:!x that has another value must have a value.
func (w *writer) term(t *Term) {
	unknown := false
	var values []Value
	for _, v := range t.Values {
		if v.unknown {
			unknown = true
		} else {
			values = append(values, v)
		}
	}
	if unknown && !t.Other {
		w.put("((")
		w.column(t.Field.Name, func(c Column) { w.present(c, t.Field) })
		w.put(") IS NOT TRUE")
		if len(values) == 0 {
			w.put(")")
			return
		}
		w.put(" OR ")
		defer w.put(")")
	}
	w.column(t.Field.Name, func(c Column) {
		if !t.Other {
			w.values(c, t, values)
			return
		}
		w.present(c, t.Field)
		if len(values) > 0 {
			w.put(" AND (")
			w.values(c, t, values)
			w.put(") IS NOT TRUE")
		}
	})
}

// present writes that there is a value.
func (w *writer) present(c Column, f *Field) {
	w.put(c.Expr + " IS NOT NULL")
	if f.Type == Text || f.Type == Choice || f.Type == MAC || f.Type == Address && c.Kept != InBytes || f.Type == Time && c.Kept == InDays {
		w.put(" AND " + c.Expr + " <> ''")
	}
}

// values writes that the column is one of the values.
func (w *writer) values(c Column, t *Term, values []Value) {
	var equal []any
	alternatives := 0
	next := func() {
		if alternatives++; alternatives > 1 {
			w.put(" OR ")
		}
	}
	exact := folded(c)
	for _, v := range values {
		switch {
		case v.any:
			next()
			w.put("(")
			w.present(c, t.Field)
			w.put(")")
		case t.Field.Type == Bool:
			next()
			truth := 0
			if v.yes {
				truth = 1
			}
			w.put(c.Expr+" = ?", truth)
		case t.Field.Type == Number:
			next()
			w.number(c, t.Op, v)
		case t.Field.Type == Time:
			next()
			w.time(c, t.Op, v)
		case t.Field.Type == Address && c.Kept == InBytes:
			next()
			first, last := bounds(v.net)
			w.put("("+c.Expr+" >= ? AND "+c.Expr+" <= ?)", first, last)
		case t.Field.Type == Address && v.net.IsSingleIP():
			equal = append(equal, v.net.Addr().String())
		case t.Field.Type == Address:
			next()
			w.textNet(c, v.net)
		case t.Field.Type == MAC && len(v.parts) == 1:
			equal = append(equal, colons(v.parts[0]))
		case t.Field.Type == MAC && len(v.parts) == 2 && v.parts[1] == "":
			next()
			w.pattern(c, []string{colons(v.parts[0]), ""})
		case t.Field.Type == MAC:
			next()
			w.put(`replace(`+exact+`, ':', '') LIKE ? ESCAPE '\'`, like(v.parts))
		case len(v.parts) == 1:
			equal = append(equal, Fold(v.parts[0]))
		default:
			next()
			w.pattern(c, v.parts)
		}
	}
	if len(equal) > 0 {
		next()
		w.put(exact+" IN (?"+strings.Repeat(", ?", len(equal)-1)+")", equal...)
	}
}

// pattern writes a comparison with text that has stars. Text that only begins
// so is a range, which an index of a folded column serves.
func (w *writer) pattern(c Column, parts []string) {
	if p := Fold(parts[0]); c.Kept == Folded && len(parts) == 2 && parts[1] == "" {
		w.put("("+c.Expr+" >= ? AND "+c.Expr+" < ?)", p, p+"\U0010ffff")
		return
	}
	w.put(folded(c)+` LIKE ? ESCAPE '\'`, like(parts))
}

func (w *writer) number(c Column, op Op, v Value) {
	switch {
	case op != Is:
		w.put(c.Expr+" "+op.String()+" ?", v.low.arg())
	case v.ranged:
		w.put("("+c.Expr+" >= ? AND "+c.Expr+" <= ?)", v.low.arg(), v.high.arg())
	default:
		w.put(c.Expr+" = ?", v.low.arg())
	}
}

// time writes an interval, whose end is not part of it.
func (w *writer) time(c Column, op Op, v Value) {
	from, to := v.interval(op, w.clock)
	bound := func(ns int64) any {
		switch c.Kept {
		case InSeconds:
			s := ns / 1e9
			if ns > 0 && ns%1e9 > 0 {
				s++
			}
			return s
		case InDays: // the first day whose midnight is not before
			t := time.Unix(0, ns).In(w.clock.zone)
			d := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, w.clock.zone)
			if d.Before(t) {
				d = d.AddDate(0, 0, 1)
			}
			return d.Format("2006-01-02")
		}
		return ns
	}
	switch {
	case from == never:
		w.put(c.Expr+" < ?", bound(to))
	case to == always:
		w.put(c.Expr+" >= ?", bound(from))
	default:
		w.put("("+c.Expr+" >= ? AND "+c.Expr+" < ?)", bound(from), bound(to))
	}
	if c.Kept == InDays {
		w.put(" AND " + c.Expr + " <> ''")
	}
}

// textNet writes that an address kept as text lies in a network. An IPv4
// network is written as what its addresses begin with, 128 beginnings at most.
func (w *writer) textNet(c Column, p netip.Prefix) {
	if !p.Addr().Is4() {
		w.err = fmt.Errorf("query: IPv6 networks cannot be searched here; ask for %s or one address", netip.PrefixFrom(p.Addr(), 128))
		return
	}
	a, octets := p.Addr().As4(), p.Bits()/8
	lead := ""
	for _, o := range a[:octets] {
		lead += fmt.Sprintf("%d.", o)
	}
	if p.Bits()%8 == 0 {
		w.put("("+c.Expr+" LIKE ? AND "+c.Expr+" LIKE '%.%.%.%')", lead+"%")
		return
	}
	w.put("(")
	for i := range 1 << (8 - p.Bits()%8) {
		if i > 0 {
			w.put(" OR ")
		}
		tail := ".%"
		if octets == 3 {
			tail = ""
		}
		w.put(c.Expr+" LIKE ?", fmt.Sprintf("%s%d%s", lead, int(a[octets])+i, tail))
	}
	w.put(")")
}
