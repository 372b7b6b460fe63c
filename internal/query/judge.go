package query

// Only is a query of one node of this one, with its clock.
func (q *Query) Only(n Node) *Query { return &Query{Root: n, Now: q.Now, Zone: q.Zone} }

// Ints makes a judge of a field's values that are kept as whole numbers:
// numbers, times in nanoseconds since 1970, yes and no as 1 and 0. It gives what
// [Query.Match] gives for a row with that value, or with none where known is
// false. ok is false when the field is of another type.
func (q *Query) Ints(t *Term) (judge func(value int64, known bool) bool, ok bool) {
	var is func(v *Value, n int64) bool
	clock := q.clock()
	switch t.Field.Type {
	case Number:
		is = func(v *Value, n int64) bool { return v.compare(t.Op, number{whole: true, i: n}) }
	case Time:
		is = func(v *Value, n int64) bool {
			from, to := v.interval(t.Op, clock)
			return from <= n && (n < to || to == always)
		}
	case Bool:
		is = func(v *Value, n int64) bool { return !v.unknown && v.yes == (n == 1) }
	default:
		return nil, false
	}
	unknown := false
	for _, v := range t.Values {
		unknown = unknown || v.unknown
	}
	return func(n int64, known bool) bool {
		if !known {
			return unknown && !t.Other
		}
		for i := range t.Values {
			if v := &t.Values[i]; v.any || is(v, n) {
				return !t.Other
			}
		}
		return t.Other
	}, true
}
