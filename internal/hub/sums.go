package hub

import (
	"iter"

	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/history"
)

// Sums are the conversations of a site, one for each service of each far end of a
// device, added up over all hours.
type Sums struct {
	by    map[string]*talks
	order []string
}

// SumUp adds rows of the history up.
func SumUp(rows iter.Seq2[history.Row, error]) (*Sums, error) {
	s := &Sums{by: map[string]*talks{}}
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		t := s.by[row.Device]
		if t == nil {
			t = newTalks()
			s.by[row.Device] = t
			s.order = append(s.order, row.Device)
		}
		t.add(&row)
	}
	return s, nil
}

// Devices are those that have conversations, in the order they come first.
func (s *Sums) Devices() []string { return s.order }

// Of are the conversations of a device. closed says that the site is said to reach
// nothing outside.
func (s *Sums) Of(device string, closed bool) []egress.Conversation {
	t := s.by[device]
	if t == nil {
		return nil
	}
	var out []egress.Conversation
	for _, c := range t.conversations(device, closed) {
		out = append(out, *c)
	}
	return out
}
