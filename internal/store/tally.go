package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
)

// Fields of facets that change without a site being worked out again; they are
// counted when they are asked for.
var live = map[string]bool{"tag": true, "plan": true, "owner": true, "site": true, "organisation": true, "sensitive": true}

// everyone is the field of table tally whose one value counts the devices, and
// perVerdict the one that counts findings by regime and verdict.
const (
	everyone   = "device"
	perVerdict = "finding"
)

// count adds a device to the tallies of its site.
func (r *replacer) count(d *hub.Derived) {
	add := func(field, value string) {
		of := r.tallied[field]
		if of == nil {
			of = map[string]int64{}
			r.tallied[field] = of
		}
		of[value]++
	}
	add(everyone, "")
	for f, c := range facets {
		switch column := &sheetColumns[c.sheet]; {
		case live[f]:
		case column.text != nil:
			add(f, column.text(&d.Device))
		case column.number != nil:
			add(f, c.word(column.number(&d.Device)))
		default:
			r.values = column.list(r.values[:0], d)
			slices.Sort(r.values)
			for _, v := range slices.Compact(r.values) {
				add(f, v)
			}
		}
	}
	for i := range d.Findings {
		if f := &d.Findings[i]; finding.Severity(f.Verdict) > 0 {
			add(perVerdict, strings.TrimRight(f.Regime+" "+string(f.Verdict)+" "+string(f.WouldBe), " "))
		}
	}
}

// setTally writes what differs from what is there.
func (t *Tx) setTally(organisation, site int64, counts map[string]map[string]int64) error {
	type row struct {
		field string
		Count
	}
	was, err := collect(t.ctx, t.db.conn, func(r scanner) (v row, err error) {
		err = r.Scan(&v.field, &v.Value, &v.Count.Count)
		return v, err
	}, "SELECT field, value, count FROM tally WHERE site = ?", site)
	if err != nil {
		return err
	}
	old := map[[2]string]int64{}
	for _, r := range was {
		old[[2]string{r.field, r.Value}] = r.Count.Count
	}
	var args, above []any
	differs := func(field, value string, was, is int64) {
		above = append(above, int64(0), field, value, is-was, -organisation, field, value, is-was)
	}
	for _, f := range sortedKeys(counts) {
		for _, v := range sortedKeys(counts[f]) {
			k, n := [2]string{f, v}, counts[f][v]
			if old[k] != n {
				args = append(args, site, f, v, n)
				differs(f, v, old[k], n)
			}
			delete(old, k)
		}
	}
	for k, n := range old {
		if _, err := t.exec("DELETE FROM tally WHERE site = ? AND field = ? AND value = ?", site, k[0], k[1]); err != nil {
			return err
		}
		differs(k[0], k[1], n, 0)
	}
	if err := t.bulk(insertTally, 4, args); err != nil {
		return fmt.Errorf("tally of site %d: %w", site, err)
	}
	if err := t.bulk(addTally, 4, above); err != nil {
		return fmt.Errorf("tally of organisation %d: %w", organisation, err)
	}
	_, err = t.exec("DELETE FROM tally WHERE site IN (0, ?) AND count = 0", -organisation)
	return err
}

var (
	insertTally = values("INSERT INTO tally (site, field, value, count) VALUES ", 4, " ON CONFLICT (site, field, value) DO UPDATE SET count = excluded.count")
	addTally    = values("INSERT INTO tally (site, field, value, count) VALUES ", 4, " ON CONFLICT (site, field, value) DO UPDATE SET count = count + excluded.count")
)

// summed is the condition on rows of tally that together are what a query without
// Where matches.
func (q *DeviceQuery) summed() (string, []any) {
	switch {
	case len(q.Sites) > 0:
		return q.visible("t.site")
	case q.All:
		return "t.site = 0", nil
	}
	below := make([]int64, len(q.Organisations))
	for i, o := range q.Organisations {
		below[i] = -o
	}
	return "t.site IN (SELECT value FROM json_each(?))", []any{jsonInts(below)}
}

// visible is the condition on a site's number that a query without Where makes.
func (q *DeviceQuery) visible(column string) (string, []any) {
	parts, args := []string{"1"}, []any(nil)
	if !q.All {
		parts = append(parts, column+" IN (SELECT id FROM site WHERE organisation IN (SELECT value FROM json_each(?)))")
		args = append(args, jsonInts(q.Organisations))
	}
	if len(q.Sites) > 0 {
		parts = append(parts, column+" IN (SELECT value FROM json_each(?))")
		args = append(args, jsonInts(q.Sites))
	}
	return strings.Join(parts, " AND "), args
}

// sums fills in what the tallies of sites tell and gives back the fields that
// have none.
func sums(ctx context.Context, tx querier, q *DeviceQuery, fields []string, out map[string][]Count) (rest []string, err error) {
	where, args := q.visible("s.id")
	above, some := q.summed()
	for _, f := range fields {
		text := "SELECT t.value, sum(t.count) FROM tally t WHERE t.field = ? AND " + above + " GROUP BY t.value ORDER BY 2 DESC, 1 LIMIT ?"
		a := slices.Concat([]any{f}, args, []any{maxCounts})
		switch {
		case f == "site":
			text = "SELECT s.name, sum(t.count) FROM site s CROSS JOIN tally t ON t.site = s.id WHERE t.field = ? AND t.value = '' AND " + where + " GROUP BY s.name ORDER BY 2 DESC, 1 LIMIT ?"
			a[0] = everyone
		case f == "organisation":
			text = "SELECT o.name, sum(t.count) FROM site s CROSS JOIN tally t ON t.site = s.id JOIN organisation o ON o.id = s.organisation WHERE t.field = ? AND t.value = '' AND " + where + " GROUP BY o.id ORDER BY 2 DESC, 1 LIMIT ?"
			a[0] = everyone
		case f == "sensitive":
			text = "SELECT CASE s.sensitive WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE '' END, sum(t.count) FROM site s CROSS JOIN tally t ON t.site = s.id WHERE t.field = ? AND t.value = '' AND " + where + " GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?"
			a[0] = everyone
		case live[f]:
			rest = append(rest, f)
			continue
		default:
			a = slices.Concat([]any{f}, some, []any{maxCounts})
		}
		if out[f], err = collect(ctx, tx, scanCount, text, a...); err != nil {
			return nil, err
		}
	}
	return rest, nil
}

// total is the number of devices a query without Where matches.
func total(ctx context.Context, tx querier, q *DeviceQuery) (n int64, err error) {
	where, args := q.summed()
	err = tx.QueryRowContext(ctx, "SELECT coalesce(sum(t.count), 0) FROM tally t WHERE t.field = ? AND t.value = '' AND "+where, append([]any{everyone}, args...)...).Scan(&n)
	return n, err
}

// SiteDevices is the number of devices of each site that a query without Where
// matches; a site without devices is not in it. Sort, After and Limit make no
// difference.
func (db *DB) SiteDevices(ctx context.Context, q DeviceQuery) (map[int64]int64, error) {
	where, args := q.visible("t.site")
	type of struct{ site, n int64 }
	list, err := collect(ctx, db.readers, func(r scanner) (v of, err error) {
		err = r.Scan(&v.site, &v.n)
		return v, err
	}, "SELECT t.site, t.count FROM tally t WHERE t.field = ? AND t.value = '' AND t.site > 0 AND "+where, append([]any{everyone}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("count devices of sites: %w", err)
	}
	out := make(map[int64]int64, len(list))
	for _, v := range list {
		out[v.site] = v.n
	}
	return out, nil
}
