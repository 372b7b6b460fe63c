package store

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/hub"
)

// sheetSorts are the columns of sheets that lists are sorted by; "site" and
// "organisation" are none.
var sheetSorts = map[string]string{
	"severity": "severity", "name": "name", "kind": "kind", "brand": "brand", "maker": "maker", "model": "model", "firmware": "firmware", "address": "place", "mac": "mac", "serial": "serial", "hostname": "hostname",
	"vlan": "vlan", "zone": "zone", "presence": "presence", "verdict": "severity", "video": "video", "bytes_up": "up", "bytes_down": "down", "first": "first", "last": "last", "changed": "changed", "grade": "grade",
	"chip": "chip", "platform": "platform",
}

// A ranked device is one with what it is sorted by: text, in lower case where it
// is no address, or a number.
type rankedDevice struct {
	text   string
	number int64
	id     int64
}

// top keeps the first devices of a list as they are met.
type top struct {
	by         string // of Sorts
	column     int    // -1 for "site" and "organisation"
	descending bool
	most       int           // devices to keep
	after      *rankedDevice // only those behind it; nil: all
	best       []rankedDevice
	full       bool // best has been cut to most, and its last is the bound
}

func newTop(q *DeviceQuery) (*top, error) {
	t := &top{by: q.Sort, column: -1, descending: q.Descending, most: q.Limit + 1}
	if name, ok := sheetSorts[q.Sort]; ok {
		t.column = columnNumber[name]
	}
	if q.After == "" {
		return t, nil
	}
	c, err := parseCursor(q.After)
	if err != nil {
		return nil, err
	}
	t.after = &rankedDevice{id: c.ID}
	numbers := t.column >= 0 && sheetColumns[t.column].number != nil
	switch k := c.Key.(type) {
	case int64:
		t.after.number = k
	case string:
		t.after.text = t.fold(k)
	case []byte:
		t.after.text = string(k)
	}
	if _, number := c.Key.(int64); number != numbers {
		return nil, fmt.Errorf("%w: the page after %q is of another order", hub.ErrInvalid, q.After)
	}
	return t, nil
}

// columns are those that it reads.
func (t *top) columns() []int {
	if t.column < 0 {
		return nil
	}
	return []int{t.column}
}

func (t *top) fold(s string) string {
	if t.by == "address" {
		return s
	}
	return asciiLower(s)
}

// asciiLower is s as SQLite's NOCASE compares it.
func asciiLower(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			return strings.Map(func(r rune) rune {
				if 'A' <= r && r <= 'Z' {
					return r + 'a' - 'A'
				}
				return r
			}, s)
		}
	}
	return s
}

// compare is negative when a comes before b.
func (t *top) compare(a, b *rankedDevice) int {
	c := cmp.Compare(a.number, b.number)
	if c == 0 {
		c = strings.Compare(a.text, b.text)
	}
	if c == 0 {
		c = cmp.Compare(a.id, b.id)
	}
	if t.descending {
		return -c
	}
	return c
}

func (t *top) put(d rankedDevice) {
	if t.after != nil && t.compare(&d, t.after) <= 0 || t.full && t.compare(&d, &t.best[t.most-1]) > 0 {
		return
	}
	t.best = append(t.best, d)
	if len(t.best) >= 4*t.most {
		t.cut()
	}
}

func (t *top) cut() {
	slices.SortFunc(t.best, func(a, b rankedDevice) int { return t.compare(&a, &b) })
	if len(t.best) >= t.most {
		t.best, t.full = t.best[:t.most], true
	}
}

// add takes the devices of a sheet that match.
func (t *top) add(s *sheet, match []bool) error {
	switch {
	case t.column < 0:
		key := t.fold(s.site.name)
		if t.by == "organisation" {
			key = t.fold(s.site.organisationName)
		}
		for i, yes := range match {
			if yes {
				t.put(rankedDevice{text: key, id: s.ids[i]})
			}
		}
	case sheetColumns[t.column].number != nil:
		list, err := s.column(t.column)
		if err != nil {
			return err
		}
		for i, yes := range match {
			if yes {
				t.put(rankedDevice{number: list[i], id: s.ids[i]})
			}
		}
	default:
		c, err := s.coded(t.column)
		if err != nil {
			return err
		}
		keys := make([]string, len(c.values))
		for i, v := range c.values {
			keys[i] = t.fold(v)
		}
		for i, yes := range match {
			if yes {
				t.put(rankedDevice{text: keys[c.codes[i]], id: s.ids[i]})
			}
		}
	}
	return nil
}

// page is what was kept, with what the next page begins after; nil: there is
// none.
func (t *top) page() (ids []int64, next *cursor) {
	t.cut()
	for i := range t.best[:min(len(t.best), t.most-1)] {
		ids = append(ids, t.best[i].id)
	}
	if len(t.best) == t.most {
		last := &t.best[t.most-2]
		next = &cursor{ID: last.id, Key: last.text}
		switch {
		case t.column >= 0 && sheetColumns[t.column].number != nil:
			next.Key = last.number
		case t.by == "address":
			next.Key = map[string]string{"b": base64.StdEncoding.EncodeToString([]byte(last.text))}
		}
	}
	return ids, next
}
