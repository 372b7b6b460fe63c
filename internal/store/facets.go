package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/hub"
)

// A Count is one value of a facet and how many of the devices asked for have it.
type Count struct {
	Value string `json:"value"` // "" unknown or none
	Count int64  `json:"count"`
}

// maxCounts bounds the values of one facet, most frequent first.
const maxCounts = 200

// A facet is what devices can be counted by: a column of sheets, what is known of
// the site, or a table with many rows a device that people change.
type facet struct {
	sheet int                     // number of the column
	word  func(int64) string      // how a number is written
	site  func(*askedSite) string // nil where it is no matter of the site
	many  string                  // SQL of values and row ids of devices; a device may repeat
}

var facets = func() map[string]facet {
	out := map[string]facet{
		"site":         {site: func(s *askedSite) string { return s.name }},
		"organisation": {site: func(s *askedSite) string { return s.organisationName }},
		"sensitive":    {site: (*askedSite).sensitivity},
		"tag":          {many: "SELECT g.tag, e.id FROM tag g CROSS JOIN device e ON e.site = g.site AND e.device = g.device"},
		"plan":         {many: "SELECT p.action, e.id FROM plan p CROSS JOIN device e ON e.site = p.site AND e.device = p.device"},
		"owner":        {many: "SELECT DISTINCT c.owner, e.id FROM decision c CROSS JOIN device e ON e.site = c.site AND e.device = c.device WHERE c.owner <> ''"},
		"outside":      {sheet: columnNumber["outside"], word: func(n int64) string { return strconv.FormatBool(n == 1) }},
	}
	for _, name := range []string{"maker", "brand", "kind", "model", "firmware", "verdict", "grade", "presence", "video", "zone", "chip", "country", "controller", "jurisdiction", "purpose", "rule", "protocol"} {
		out[name] = facet{sheet: columnNumber[name]}
	}
	return out
}()

// FacetFields lists what [DB.Facets] can count by.
func FacetFields() []string { return sortedKeys(facets) }

// Facets counts the devices that match by the values of each field, most frequent
// first, 200 values at most each. Sort, After and Limit make no difference.
func (db *DB) Facets(ctx context.Context, q DeviceQuery, fields []string) (map[string][]Count, error) {
	for _, f := range fields {
		if _, ok := facets[f]; !ok {
			return nil, fmt.Errorf("%w: devices cannot be counted by %q; by one of %s", hub.ErrInvalid, f, strings.Join(FacetFields(), ", "))
		}
	}
	out, err := remember(ctx, db, "facets "+q.asked(fields), func(ctx context.Context, tx querier) (map[string][]Count, error) { return counted(ctx, tx, &q, fields) }, countRows, copyCounts)
	if err != nil {
		return nil, fmt.Errorf("count devices: %w", err)
	}
	return out, nil
}

func counted(ctx context.Context, tx querier, q *DeviceQuery, fields []string) (out map[string][]Count, err error) {
	out = map[string][]Count{}
	if q.plain() {
		if fields, err = sums(ctx, tx, q, fields, out); err != nil {
			return nil, err
		}
	}
	if len(fields) == 0 {
		return out, nil
	}
	tallies := map[string]map[string]int64{}
	for _, f := range fields {
		tallies[f] = map[string]int64{}
	}
	if err := countSheets(ctx, tx, q, fields, tallies); err != nil {
		return nil, err
	}
	for f, t := range tallies {
		out[f] = ranked(t, maxCounts)
	}
	return out, nil
}

// countSheets counts the devices that match by the values of fields.
func countSheets(ctx context.Context, tx querier, q *DeviceQuery, fields []string, to map[string]map[string]int64) error {
	sites, err := askedSites(ctx, tx, q)
	if err != nil {
		return err
	}
	k, err := q.ready(ctx, tx)
	if err != nil {
		return err
	}
	var columns []int
	var many []string
	for _, f := range fields {
		switch c := facets[f]; {
		case c.many != "":
			many = append(many, f)
		case c.site == nil:
			columns = append(columns, c.sheet)
		}
	}
	var matching rowsThat
	err = k.ask(ctx, tx, sites, columns, func(s *sheet, match []bool) error {
		n := int64(0)
		for i, yes := range match {
			if yes && len(many) > 0 {
				matching.add(s.ids[i])
			}
			n += oneIf(yes)
		}
		if n == 0 {
			return nil
		}
		for _, f := range fields {
			c := facets[f]
			if c.site != nil {
				to[f][c.site(s.site)] += n
			} else if c.many == "" {
				if err := c.count(s, match, to[f]); err != nil {
					return err
				}
			}
		}
		return nil
	})
	for i := 0; i < len(many) && err == nil; i++ {
		err = countMany(ctx, tx, facets[many[i]].many, matching, to[many[i]])
	}
	return err
}

// count counts the devices of a sheet that match by the values of its column.
func (c *facet) count(s *sheet, match []bool, to map[string]int64) error {
	if c.word != nil {
		list, err := s.column(c.sheet)
		if err != nil {
			return err
		}
		for i, yes := range match {
			if yes {
				to[c.word(list[i])]++
			}
		}
		return nil
	}
	column, err := s.coded(c.sheet)
	if err != nil {
		return err
	}
	n := make([]int64, len(column.values)+len(column.lists))
	for i, yes := range match {
		n[column.codes[i]] += oneIf(yes)
	}
	for i, v := range column.values {
		if n[i] > 0 {
			to[v] += n[i]
		}
	}
	for i, list := range column.lists {
		for _, v := range list {
			if n[i] > 0 {
				to[v] += n[i]
			}
		}
	}
	return nil
}

// countMany counts the values of a table for devices that match.
func countMany(ctx context.Context, tx querier, text string, matching rowsThat, to map[string]int64) error {
	rows, err := tx.QueryContext(ctx, text)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var value string
		var id int64
		if err := rows.Scan(&value, &id); err != nil {
			return err
		}
		if matching.has(id) {
			to[value]++
		}
	}
	return rows.Err()
}

func scanCount(r scanner) (c Count, err error) {
	err = r.Scan(&c.Value, &c.Count)
	return c, err
}

// joins is the FROM of a condition: with the tables that it names.
func joins(where string) string {
	if strings.Contains(where, "s.") || strings.Contains(where, "o.") {
		return from
	}
	return " FROM device AS d"
}

func ranked(tally map[string]int64, most int) []Count {
	list := make([]Count, 0, len(tally))
	for v, n := range tally {
		list = append(list, Count{v, n})
	}
	slices.SortFunc(list, func(a, b Count) int {
		if a.Count != b.Count {
			if a.Count > b.Count {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Value, b.Value)
	})
	return list[:min(len(list), most)]
}
