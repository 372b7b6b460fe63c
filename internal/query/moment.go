package query

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// A moment is a time as written: a date of some precision, or so long before or
// after now.
type moment struct {
	text  string    // as it is printed
	at    time.Time // absolute; the wall clock, in UTC until it is resolved
	zoned bool      // at has a zone of its own
	unit  unit      // precision of an absolute one, unit of a relative one
	count int       // relative: how many units from now; negative before
	rel   bool
}

type unit uint8

const (
	second unit = iota
	minute
	hour
	day
	week
	month
	year
)

// clock is what moments are resolved with.
type clock struct {
	now  time.Time
	zone *time.Location
}

const howTime = "write 2026-11-01, 2026-11, 2026, 2026-11-01T10:30, today, 7d for seven days ago (min, h, d, w, mo, y) or +90d for in ninety days"

var layouts = []struct {
	layout string
	unit   unit
	zoned  bool
}{
	{"2006", year, false}, {"2006-01", month, false}, {"2006-01-02", day, false},
	{"2006-01-02T15:04", minute, false}, {"2006-01-02T15:04:05", second, false},
	{"2006-01-02T15:04Z07:00", minute, true}, {"2006-01-02T15:04:05Z07:00", second, true},
}

var relatives = map[string]moment{
	"now":       {rel: true, unit: second},
	"today":     {rel: true, unit: day},
	"yesterday": {rel: true, unit: day, count: -1},
	"tomorrow":  {rel: true, unit: day, count: 1},
}

var units = []struct {
	text string
	unit unit
}{{"min", minute}, {"h", hour}, {"d", day}, {"w", week}, {"mo", month}, {"y", year}}

func (v *Value) readTime(s string, high bool) string {
	m, says := readMoment(s)
	if high {
		v.until = m
	} else {
		v.when = m
	}
	return says
}

func readMoment(s string) (moment, string) {
	low := Fold(s)
	if m, ok := relatives[low]; ok {
		m.text = low
		return m, ""
	}
	up := strings.ToUpper(s)
	for _, l := range layouts {
		if t, err := time.Parse(l.layout, up); err == nil {
			if t.Year() < 1700 || t.Year() > 2250 || t.Nanosecond() != 0 {
				return moment{}, "years from 1700 to 2250, and no parts of a second"
			}
			return moment{text: up, at: t, unit: l.unit, zoned: l.zoned}, ""
		}
	}
	sign, digits := -1, low
	if strings.HasPrefix(low, "+") {
		sign, digits = 1, low[1:]
	}
	n := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' })
	if n < 1 || n > 4 {
		return moment{}, strconv.Quote(s) + " is no time; " + howTime
	}
	count, _ := strconv.Atoi(digits[:n])
	for _, u := range units {
		if digits[n:] == u.text {
			if u.unit == year && count > 200 {
				return moment{}, "200 years at most"
			}
			if u.unit == month && count > 2400 {
				return moment{}, "2400 months at most"
			}
			return moment{text: low, rel: true, unit: u.unit, count: sign * count}, ""
		}
	}
	if digits[n:] == "m" {
		return moment{}, "m may be minutes or months; write " + digits[:n] + "min or " + digits[:n] + "mo"
	}
	return moment{}, strconv.Quote(s) + " is no time; " + howTime
}

// named reports whether it is a day called by its name.
func (m moment) named() bool { _, ok := relatives[m.text]; return ok }

// span is the moment as nanoseconds from, and to before which it lies.
func (m moment) span(c clock) (from, to int64) {
	if !m.rel {
		t := m.at
		if !m.zoned {
			t = time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, c.zone)
		}
		return t.UnixNano(), later(t, m.unit, 1).UnixNano()
	}
	now := c.now.In(c.zone)
	if m.named() && m.unit == day {
		t := time.Date(now.Year(), now.Month(), now.Day()+m.count, 0, 0, 0, 0, c.zone)
		return t.UnixNano(), later(t, day, 1).UnixNano()
	}
	t := later(now, m.unit, m.count)
	return t.UnixNano(), t.UnixNano() + 1
}

func later(t time.Time, u unit, n int) time.Time {
	switch u {
	case year:
		return t.AddDate(n, 0, 0)
	case month:
		return t.AddDate(0, n, 0)
	case week:
		return t.AddDate(0, 0, 7*n)
	case day:
		return t.AddDate(0, 0, n)
	}
	return t.Add(time.Duration(n) * map[unit]time.Duration{second: time.Second, minute: time.Minute, hour: time.Hour}[u])
}

const (
	never  = int64(math.MinInt64)
	always = int64(math.MaxInt64)
)

// interval is what a comparison with the value asks for: nanoseconds from, and
// to before which they lie.
func (v *Value) interval(op Op, c clock) (from, to int64) {
	low, high := v.when.span(c)
	switch op {
	case Less:
		return never, low
	case LessEqual:
		return never, high
	case Greater:
		return high, always
	case GreaterEqual:
		return low, always
	}
	if v.ranged {
		_, high = v.until.span(c)
		return low, high
	}
	if v.when.rel && !v.when.named() { // within: between then and now
		now := c.now.UnixNano()
		return min(low, now), max(high, now+1)
	}
	return low, high
}
