package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
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

// facets are what devices can be counted by: of the device itself, or of a table
// with many rows a device.
var facets = map[string]struct{ column, many string }{
	"maker":        {column: "d.maker"},
	"brand":        {column: "d.brand"},
	"kind":         {column: "d.kind"},
	"model":        {column: "d.model"},
	"firmware":     {column: "d.firmware"},
	"verdict":      {column: "d.verdict"},
	"grade":        {column: "d.maker_grade"},
	"presence":     {column: "d.presence"},
	"video":        {column: "d.video"},
	"zone":         {column: "d.zone"},
	"chip":         {column: "d.chip"},
	"outside":      {column: "CASE d.outside WHEN 1 THEN 'true' ELSE 'false' END"},
	"site":         {column: "s.name"},
	"organisation": {column: "o.name"},
	"sensitive":    {column: "CASE s.sensitive WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE '' END"},
	"country":      {many: "SELECT r.country, count(DISTINCT r.device) FROM reach r WHERE r.device IN (%s) GROUP BY r.country"},
	"controller":   {many: "SELECT r.controller, count(DISTINCT r.device) FROM reach r WHERE r.device IN (%s) GROUP BY r.controller"},
	"jurisdiction": {many: "SELECT r.jurisdiction, count(DISTINCT r.device) FROM reach r WHERE r.device IN (%s) GROUP BY r.jurisdiction"},
	"purpose":      {many: "SELECT r.purpose, count(DISTINCT r.device) FROM reach r WHERE r.device IN (%s) GROUP BY r.purpose"},
	"rule":         {many: "SELECT f.regime, count(*) FROM finding f WHERE f.severity >= 2 AND f.device IN (%s) GROUP BY f.regime"},
	"protocol":     {many: "SELECT k.value, count(*) FROM device_key k WHERE k.kind = 'protocol' AND k.device IN (%s) GROUP BY k.value"},
	"tag":          {many: "SELECT g.tag, count(*) FROM tag g JOIN device e ON e.site = g.site AND e.device = g.device WHERE e.id IN (%s) GROUP BY g.tag"},
	"plan":         {many: "SELECT p.action, count(*) FROM plan p JOIN device e ON e.site = p.site AND e.device = p.device WHERE e.id IN (%s) GROUP BY p.action"},
	"owner":        {many: "SELECT c.owner, count(DISTINCT e.id) FROM decision c JOIN device e ON e.site = c.site AND e.device = c.device WHERE c.owner <> '' AND e.id IN (%s) GROUP BY c.owner"},
}

// FacetFields lists what [DB.Facets] can count by.
func FacetFields() []string { return sortedKeys(facets) }

// Facets counts the devices that match by the values of each field, most frequent
// first, 200 values at most each. Where a condition matches more than 10,000, as
// [DevicePage].MoreThan tells, they are counts of 10,000 of them. Sort, After and
// Limit make no difference.
func (db *DB) Facets(ctx context.Context, q DeviceQuery, fields []string) (map[string][]Count, error) {
	for _, f := range fields {
		if _, ok := facets[f]; !ok {
			return nil, fmt.Errorf("%w: devices cannot be counted by %q; by one of %s", hub.ErrInvalid, f, strings.Join(FacetFields(), ", "))
		}
	}
	at, key := db.estate.Load(), q.asked(fields...) // before the snapshot: what is kept is of that state or a newer one
	if out, ok := db.memo.facetsOf(at, key); ok {
		return out, nil
	}
	out, err := db.facets(ctx, &q, fields)
	if err != nil {
		return nil, fmt.Errorf("count devices: %w", err)
	}
	db.memo.keepFacets(at, key, out)
	return out, nil
}

func (db *DB) facets(ctx context.Context, q *DeviceQuery, fields []string) (map[string][]Count, error) {
	tx, err := db.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	defer tx.end()
	out := map[string][]Count{}
	if q.plain() {
		if fields, err = sums(ctx, tx, q, fields, out); err != nil {
			return nil, err
		}
	}
	if len(fields) == 0 {
		return out, nil
	}
	where, args := q.where()
	list, err := collect(ctx, tx, ids, "SELECT d.id"+joins(where)+" WHERE "+where+" LIMIT ?", append(args, countBound)...)
	if err != nil {
		return nil, err
	}
	return out, count(ctx, tx, jsonInts(list), fields, maxCounts, out)
}

// count counts the devices of a JSON list of ids one by one, most values at most.
func count(ctx context.Context, tx querier, list string, fields []string, most int, out map[string][]Count) error {
	var own []string
	var err error
	for _, f := range fields {
		if facets[f].many == "" {
			own = append(own, f)
		} else if out[f], err = countMany(ctx, tx, list, facets[f].many, most); err != nil {
			return fmt.Errorf("count by %s: %w", f, err)
		}
	}
	if err := countOwn(ctx, tx, list, own, most, out); err != nil {
		return fmt.Errorf("count by %s: %w", strings.Join(own, ", "), err)
	}
	return nil
}

func scanCount(r scanner) (c Count, err error) {
	err = r.Scan(&c.Value, &c.Count)
	return c, err
}

func countMany(ctx context.Context, tx querier, list, text string, most int) ([]Count, error) {
	return collect(ctx, tx, scanCount, fmt.Sprintf(text, "SELECT value FROM json_each(?)")+" ORDER BY 2 DESC, 1 LIMIT ?", list, most)
}

// joins is the FROM of a condition: with the tables that it names.
func joins(where string) string {
	if strings.Contains(where, "s.") || strings.Contains(where, "o.") {
		return from
	}
	return " FROM device AS d"
}

// countOwn reads the devices once for all fields.
func countOwn(ctx context.Context, tx querier, list string, fields []string, most int, out map[string][]Count) error {
	if len(fields) == 0 {
		return nil
	}
	columns := make([]string, len(fields))
	tally := make([]map[string]int64, len(fields))
	values, dest := make([]sql.RawBytes, len(fields)), make([]any, len(fields))
	for i, f := range fields {
		columns[i], tally[i], dest[i] = facets[f].column, map[string]int64{}, &values[i]
	}
	text := strings.Join(columns, ", ")
	rows, err := tx.QueryContext(ctx, "SELECT "+text+joins(text)+" WHERE d.id IN (SELECT value FROM json_each(?))", list)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		for i := range values {
			tally[i][string(values[i])]++
		}
	}
	for i, f := range fields {
		out[f] = ranked(tally[i], most)
	}
	return rows.Err()
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
