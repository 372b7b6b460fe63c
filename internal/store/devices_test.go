package store

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/lenscap/lenscap/internal/hub"
)

func replaceSite(t testing.TB, db *DB, site int64, list ...*hub.Derived) {
	t.Helper()
	must(t, db, func(tx *Tx) error { return tx.ReplaceSite(site, []byte(`{"devices":1}`), slices.Values(list)) })
}

func TestReplaceSite(t *testing.T) {
	db := newDB(t)
	site, _ := newSite(t, db, "north")
	var list []*hub.Derived
	for i := range 200 {
		list = append(list, sampleDerived(site, i))
	}
	declared := []hub.Declared{{Line: 1, Fields: []byte("{}")}, {Line: 2, Fields: []byte("{}")}}
	must(t, db, func(tx *Tx) error { return tx.AddDeclared(site, "list", []byte("{}"), "anna", declared) })
	list[3].Declared = []int64{declared[1].ID}
	only := &hub.Derived{Device: hub.Device{Device: "a-1", Presence: hub.DeclaredOnly, Name: "Body camera", MAC: "00:11:22:33:44:55"}, Declared: []int64{declared[0].ID}}
	replaceSite(t, db, site, append(list, only)...)

	doc, err := db.Doc(t.Context(), site, list[3].Device.Device)
	if diff := gocmp.Diff(list[3].Doc, doc, comparable); err != nil || diff != "" {
		t.Errorf("doc: %v (-want +got):\n%s", err, diff)
	}
	if _, err := db.Doc(t.Context(), site, "a-1"); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("doc of what is declared only: %v", err)
	}
	got, err := db.DeviceFindings(t.Context(), site, list[3].Device.Device)
	if diff := gocmp.Diff(list[3].Findings, got); err != nil || diff != "" {
		t.Errorf("findings: %v (-want +got):\n%s", err, diff)
	}
	row, err := db.Device(t.Context(), site, list[3].Device.Device)
	if err != nil {
		t.Fatal(err)
	}
	row.ID = 0
	if diff := gocmp.Diff(list[3].Device, row.Device); diff != "" || row.SiteName != "north" || row.Sensitive != "unknown" {
		t.Errorf("row %+v (-want +got):\n%s", row, diff)
	}
	changes, err := db.Changes(t.Context(), site, list[3].Device.Device)
	slices.Reverse(changes)
	if diff := gocmp.Diff(list[3].Changes, changes); err != nil || diff != "" {
		t.Errorf("changes: %v (-want +got):\n%s", err, diff)
	}
	if lines, err := db.Declared(t.Context(), site); err != nil || lines[0].Device != "a-1" || lines[1].Device != list[3].Device.Device {
		t.Errorf("declared: %+v, %v", lines, err)
	}
	if keys, err := db.Keys(t.Context(), site, "a-1"); err != nil || !slices.Equal(keys, []Key{{"mac", "00:11:22:33:44:55"}}) {
		t.Errorf("keys: %v, %v", keys, err)
	}

	before := dump(t, db)
	rows := changesOf(t, db, func() { replaceSite(t, db, site, append(list, only)...) })
	if after := dump(t, db); after != before {
		t.Error("the same devices again: another dump")
	}
	if rows > 3 { // the audit row, its head, and nothing else
		t.Errorf("the same devices again wrote %d rows", rows)
	}
	moved := *list[5]
	moved.Device.Address = "10.9.9.9"
	list[5] = &moved
	rows = changesOf(t, db, func() { replaceSite(t, db, site, append(list[1:], only)...) })
	if rows > 500 {
		t.Errorf("one device changed and one gone: %d rows written", rows)
	}
	if _, err := db.Doc(t.Context(), site, sampleDerived(site, 0).Device.Device); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("a device that is gone: %v", err)
	}
	slices.Reverse(list)
	fresh := newDB(t)
	newSite(t, fresh, "north")
	must(t, fresh, func(tx *Tx) error {
		return tx.AddDeclared(site, "list", []byte("{}"), "anna", []hub.Declared{{Line: 1, Fields: []byte("{}")}, {Line: 2, Fields: []byte("{}")}})
	})
	replaceSite(t, fresh, site, append([]*hub.Derived{only}, list[:len(list)-1]...)...)
	if diff := gocmp.Diff(dump(t, db), dump(t, fresh)); diff != "" {
		t.Errorf("changed step by step, and written afresh in another order (-steps +fresh):\n%.2000s", diff)
	}
	twice := func(tx *Tx) error { return tx.ReplaceSite(site, nil, slices.Values([]*hub.Derived{only, only})) }
	if err := db.Change(t.Context(), deed, twice); !errors.Is(err, hub.ErrInvalid) {
		t.Errorf("a device twice: %v", err)
	}
}

// changesOf counts the rows that fn writes.
func changesOf(t *testing.T, db *DB, fn func()) int64 {
	t.Helper()
	total := func() (n int64) {
		if err := db.conn.QueryRowContext(t.Context(), "SELECT total_changes()").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := total()
	fn()
	return total() - before
}

func dump(t testing.TB, db *DB) string {
	t.Helper()
	var b strings.Builder
	if err := db.Dump(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestDevicesPageByPage(t *testing.T) {
	db := newDB(t)
	site, _ := newSite(t, db, "north")
	other, _ := newSite(t, db, "south")
	var all []*hub.Derived
	for _, s := range []int64{site, other} {
		var list []*hub.Derived
		for i := range 60 {
			list = append(list, sampleDerived(s, i))
		}
		list = append(list, &hub.Derived{Device: hub.Device{Device: "a-1", Presence: hub.DeclaredOnly}})
		replaceSite(t, db, s, list...)
		all = append(all, list...)
	}
	for _, by := range Sorts() {
		for _, down := range []bool{false, true} {
			q := DeviceQuery{All: true, Sort: by, Descending: down, Limit: 7}
			var seen []DeviceRow
			for {
				page, err := db.Devices(t.Context(), q)
				if err != nil {
					t.Fatalf("by %s: %v", by, err)
				}
				if page.Total != int64(len(all)) || page.MoreThan {
					t.Fatalf("by %s: total %d, want %d", by, page.Total, len(all))
				}
				seen = append(seen, page.Devices...)
				if q.After = page.Next; q.After == "" {
					break
				}
			}
			ids := map[int64]bool{}
			for _, d := range seen {
				ids[d.ID] = true
			}
			if len(seen) != len(all) || len(ids) != len(all) {
				t.Errorf("by %s: %d rows, %d different, want %d", by, len(seen), len(ids), len(all))
			}
			if by == "last" || by == "severity" {
				key := func(d DeviceRow) int64 { return d.Last.UnixNano() }
				if by == "severity" {
					key = func(d DeviceRow) int64 { return int64(d.Severity) }
				}
				if !slices.IsSortedFunc(seen, func(a, b DeviceRow) int {
					if c := cmp.Compare(key(a), key(b)); down {
						return -c
					} else {
						return c
					}
				}) {
					t.Errorf("by %s, descending %v: not in order", by, down)
				}
			}
		}
	}
	s, err := db.Site(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		q    DeviceQuery
		want int64
	}{
		{"nobody's", DeviceQuery{}, 0},
		{"one organisation's", DeviceQuery{Organisations: []int64{s.Organisation}}, 61},
		{"another's site", DeviceQuery{Organisations: []int64{s.Organisation}, Sites: []int64{site}}, 0},
		{"by a condition", DeviceQuery{All: true, Where: "s.name = ? AND d.presence = ?", Args: []any{"south", "declared"}}, 1},
	} {
		page, err := db.Devices(t.Context(), c.q)
		if err != nil || page.Total != c.want || int64(len(page.Devices)) != min(c.want, 50) {
			t.Errorf("%s: %d of %d rows, %v; want %d", c.name, len(page.Devices), page.Total, err, c.want)
		}
	}
	for _, bad := range []DeviceQuery{{All: true, Sort: "id; DROP TABLE device"}, {All: true, After: "x"}, {All: true, After: "e30"}} {
		if _, err := db.Devices(t.Context(), bad); !errors.Is(err, hub.ErrInvalid) {
			t.Errorf("%+v: %v, want ErrInvalid", bad, err)
		}
	}
}
