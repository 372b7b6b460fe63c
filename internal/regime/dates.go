package regime

import (
	"fmt"
	"time"
)

// A span is the days a date may mean: both ends are the same for a whole date,
// and the first and last day of the month or year for a shorter one. Days are
// YYYY-MM-DD and compare as text. The zero span is "not known".
type span struct{ first, last string }

// day is the span of one day.
func day(s string) span { return span{s, s} }

// parseSpan reads YYYY, YYYY-MM or YYYY-MM-DD; "" is the zero span.
func parseSpan(s string) (span, error) {
	if s == "" {
		return span{}, nil
	}
	for layout, next := range map[string]func(time.Time) time.Time{
		"2006":       func(t time.Time) time.Time { return t.AddDate(1, 0, -1) },
		"2006-01":    func(t time.Time) time.Time { return t.AddDate(0, 1, -1) },
		"2006-01-02": func(t time.Time) time.Time { return t },
	} {
		if len(s) != len(layout) {
			continue
		}
		if t, err := time.Parse(layout, s); err == nil {
			return span{t.Format(time.DateOnly), next(t).Format(time.DateOnly)}, nil
		}
	}
	return span{}, fmt.Errorf("date %q: write it as YYYY-MM-DD, YYYY-MM or YYYY", s)
}

func (s span) known() bool { return s.first != "" }

// exact reports whether the span is one day.
func (s span) exact() bool { return s.first == s.last }

// tri is yes, no, or not known.
type tri uint8

const (
	unknown tri = iota
	no
	yes
)

// atOrAfter says whether a day in s is on or after a day in t. It is unknown
// where the two overlap without being sure, and when either is not known.
func (s span) atOrAfter(t span) tri {
	switch {
	case !s.known() || !t.known():
		return unknown
	case s.first >= t.last:
		return yes
	case s.last < t.first:
		return no
	}
	return unknown
}
