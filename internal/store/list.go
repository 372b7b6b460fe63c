package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/query"
)

// A DeviceQuery asks for part of the estate.
type DeviceQuery struct {
	Organisations []int64      // whose devices the person may see; none: nothing
	All           bool         // the person may see those of every organisation
	Sites         []int64      // none: all sites
	Query         *query.Query // of [Fields]; nil: everything
	Where         string       // in its place, a condition of SQL. Aliases: device d, site s, organisation o
	Args          []any
	Sort          string // one of [Sorts]; "": severity, gravest first
	Descending    bool
	After         string // Next of the page before; "": from the beginning
	Limit         int    // rows; 0: 50, at most 1000
}

// A DeviceRow is a device with what the table shows beside it.
type DeviceRow struct {
	hub.Device
	SiteName         string   `json:"site_name"`
	Organisation     int64    `json:"organisation"`
	OrganisationName string   `json:"organisation_name"`
	Sensitive        string   `json:"sensitive"` // yes, no, unknown
	Countries        []string `json:"countries"` // that it reaches, by bytes up; "" for unknown
	Controllers      []string `json:"controllers"`
	Tags             []string `json:"tags"`
}

// A DevicePage is one page of a list of devices.
type DevicePage struct {
	Devices  []DeviceRow `json:"devices"`
	Total    int64       `json:"total"`          // devices that match
	MoreThan bool        `json:"more_than"`      // never: all are counted
	Next     string      `json:"next,omitempty"` // After of the next page; "" at the end
}

// sorts are the columns a list can be sorted by.
var sorts = map[string]string{
	"severity": "d.severity", "name": "d.name", "kind": "d.kind", "brand": "d.brand", "maker": "d.maker", "model": "d.model", "firmware": "d.firmware", "address": "d.place", "mac": "d.mac",
	"serial": "d.serial", "hostname": "d.hostname", "vlan": "d.vlan", "zone": "d.zone", "presence": "d.presence", "verdict": "d.severity", "video": "d.video", "bytes_up": "d.bytes_up", "bytes_down": "d.bytes_down",
	"first": "d.first", "last": "d.last", "changed": "d.changed", "grade": "d.maker_grade", "chip": "d.chip", "platform": "d.platform", "site": "s.name", "organisation": "o.name",
}

// Sorts lists what a list can be sorted by.
func Sorts() []string { return sortedKeys(sorts) }

// countBound is how many matching findings are counted one by one; beyond it a
// page says "more than".
const countBound = 10_000

// from joins the tables of a list. CROSS makes SQLite begin with the devices.
const from = " FROM device AS d CROSS JOIN site AS s ON s.id = d.site CROSS JOIN organisation AS o ON o.id = d.organisation"

// where is the condition of a query with its arguments.
func (q *DeviceQuery) where() (string, []any) {
	parts, args := []string{"1"}, []any(nil)
	if !q.All {
		parts = append(parts, "d.organisation IN (SELECT value FROM json_each(?))")
		args = append(args, jsonInts(q.Organisations))
	}
	if len(q.Sites) > 0 {
		parts = append(parts, "d.site IN (SELECT value FROM json_each(?))")
		args = append(args, jsonInts(q.Sites))
	}
	if q.Where != "" {
		parts = append(parts, "("+q.Where+")")
		args = append(args, q.Args...)
	}
	return strings.Join(parts, " AND "), args
}

// Devices gives a page of the devices that match, with their number.
func (db *DB) Devices(ctx context.Context, q DeviceQuery) (DevicePage, error) {
	if q.Limit <= 0 {
		q.Limit = 50
	}
	q.Limit = min(q.Limit, 1000)
	if q.Sort == "" {
		q.Sort, q.Descending = "severity", true
	}
	by := sorts[q.Sort]
	if by == "" {
		return DevicePage{}, fmt.Errorf("%w: devices cannot be sorted by %q; by one of %s", hub.ErrInvalid, q.Sort, strings.Join(Sorts(), ", "))
	}
	read := listed
	if q.plain() && len(q.Sites) == 0 && by == "d.severity" {
		read = gravest // an index serves
	}
	page, err := remember(ctx, db, "devices "+q.asked(q.Sort, q.Descending, q.After, q.Limit),
		func(ctx context.Context, tx querier) (DevicePage, error) { return read(ctx, tx, &q) }, func(p *DevicePage) int { return len(p.Devices) }, DevicePage.copy)
	if err != nil {
		return page, fmt.Errorf("list devices: %w", err)
	}
	return page, nil
}

// gravest is a page of all devices by severity, which is what a person sees first:
// an index gives it at once however many there are.
func gravest(ctx context.Context, tx querier, q *DeviceQuery) (page DevicePage, err error) {
	if page.Total, err = total(ctx, tx, q); err != nil {
		return page, err
	}
	t, err := newTop(q)
	if err != nil {
		return page, err
	}
	where, args := q.where()
	than, order := ">", ""
	if q.Descending {
		than, order = "<", " DESC"
	}
	if t.after != nil {
		where += " AND (d.severity, d.id) " + than + " (?, ?)"
		args = append(args, t.after.number, t.after.id)
	}
	t.best, err = collect(ctx, tx, func(r scanner) (d rankedDevice, err error) {
		err = r.Scan(&d.id, &d.number)
		return d, err
	}, "SELECT d.id, d.severity FROM device AS d WHERE "+where+" ORDER BY d.severity"+order+", d.id"+order+" LIMIT ?", append(args, t.most)...)
	if err != nil {
		return page, err
	}
	return page, page.fill(ctx, tx, t)
}

// listed is a page of what the sheets of sites find.
func listed(ctx context.Context, tx querier, q *DeviceQuery) (page DevicePage, err error) {
	sites, err := askedSites(ctx, tx, q)
	if err != nil {
		return page, err
	}
	t, err := newTop(q)
	if err != nil {
		return page, err
	}
	k, err := q.ready(ctx, tx)
	if err != nil {
		return page, err
	}
	err = k.ask(ctx, tx, sites, t.columns(), func(s *sheet, match []bool) error {
		for _, yes := range match {
			page.Total += oneIf(yes)
		}
		return t.add(s, match)
	})
	if err != nil {
		return page, err
	}
	return page, page.fill(ctx, tx, t)
}

// fill reads the devices that were found to be first.
func (p *DevicePage) fill(ctx context.Context, tx querier, t *top) error {
	which, next := t.page()
	of, err := byID(ctx, tx, which)
	for _, id := range which {
		if d, ok := of[id]; ok {
			p.Devices = append(p.Devices, d)
		}
	}
	if next != nil {
		p.Next = next.String()
	}
	return err
}

// A cursor says after which row a page begins: what it is sorted by, and what
// tells it from others with the same.
type cursor struct {
	Key any    `json:"k"`
	ID  int64  `json:"i"`
	And string `json:"a,omitempty"`
}

func (c cursor) String() string {
	b, err := json.Marshal(c)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func parseCursor(s string) (c cursor, err error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		d := json.NewDecoder(strings.NewReader(string(b)))
		d.UseNumber()
		err = d.Decode(&c)
	}
	if err != nil {
		return c, fmt.Errorf("%w: the page after %q: %w", hub.ErrInvalid, s, err)
	}
	switch k := c.Key.(type) {
	case json.Number:
		c.Key, err = k.Int64()
	case string:
	case map[string]any: // bytes
		s, _ := k["b"].(string)
		c.Key, err = base64.StdEncoding.DecodeString(s)
	default:
		err = fmt.Errorf("key %v", k)
	}
	if err != nil {
		return c, fmt.Errorf("%w: the page after %q: %w", hub.ErrInvalid, s, err)
	}
	return c, nil
}

const rowColumns = "d.id, d.site, d.device, d.presence, d.name, d.kind, d.brand, d.maker, d.maker_id, d.maker_grade, d.platform, d.chip, d.chip_maker, d.model, d.firmware, d.address, d.mac, d.serial, d.hostname, " +
	"d.vlan, d.zone, d.behind, d.severity, d.verdict, d.video, d.outside, d.bytes_up, d.bytes_down, d.first, d.last, d.changed, s.name, s.sensitive, o.id, o.name"

// rowDest is where the columns go, and what is to be done when they are there.
func rowDest(d *DeviceRow) (dest []any, done func()) {
	var first, last, changed int64
	var sensitive sql.NullInt64
	return []any{&d.ID, &d.Site, &d.Device.Device, &d.Presence, &d.Name, &d.Kind, &d.Brand, &d.Maker, &d.MakerID, &d.MakerGrade, &d.Platform, &d.Chip, &d.ChipMaker, &d.Model, &d.Firmware, &d.Address, &d.MAC, &d.Serial, &d.Hostname,
			&d.VLAN, &d.Zone, &d.Behind, &d.Severity, &d.Verdict, &d.Video, &d.Outside, &d.BytesUp, &d.BytesDown, &first, &last, &changed, &d.SiteName, &sensitive, &d.Organisation, &d.OrganisationName},
		func() {
			d.First, d.Last, d.Changed, d.Sensitive = when(first), when(last), when(changed), "unknown"
			if sensitive.Valid {
				d.Sensitive = [...]string{"no", "yes"}[sensitive.Int64&1]
			}
		}
}

// byID reads devices by their rows.
func byID(ctx context.Context, tx querier, which []int64) (map[int64]DeviceRow, error) {
	list, err := collect(ctx, tx, func(r scanner) (d DeviceRow, err error) {
		dest, done := rowDest(&d)
		if err = r.Scan(dest...); err == nil {
			done()
		}
		return d, err
	}, "SELECT "+rowColumns+from+" WHERE d.id IN (SELECT value FROM json_each(?))", jsonInts(which))
	if err == nil {
		err = beside(ctx, tx, list)
	}
	out := make(map[int64]DeviceRow, len(list))
	for _, d := range list {
		out[d.ID] = d
	}
	return out, err
}

// beside fills in what stands in other tables.
func beside(ctx context.Context, tx querier, list []DeviceRow) error {
	if len(list) == 0 {
		return nil
	}
	at := map[int64]*DeviceRow{}
	var all []int64
	for i := range list {
		d := &list[i]
		d.Countries, d.Controllers, d.Tags = []string{}, []string{}, []string{}
		at[d.ID] = d
		all = append(all, d.ID)
	}
	for _, s := range []struct {
		text string
		to   func(*DeviceRow) *[]string
	}{
		{"SELECT device, country FROM reach WHERE device IN (SELECT value FROM json_each(?)) GROUP BY device, country ORDER BY device, sum(bytes_up) DESC, country", func(d *DeviceRow) *[]string { return &d.Countries }},
		{"SELECT device, controller FROM reach WHERE device IN (SELECT value FROM json_each(?)) GROUP BY device, controller ORDER BY device, sum(bytes_up) DESC, controller", func(d *DeviceRow) *[]string { return &d.Controllers }},
		{"SELECT d.id, t.tag FROM device d CROSS JOIN tag t ON t.site = d.site AND t.device = d.device WHERE d.id IN (SELECT value FROM json_each(?)) ORDER BY t.tag", func(d *DeviceRow) *[]string { return &d.Tags }},
	} {
		rows, err := tx.QueryContext(ctx, s.text, jsonInts(all))
		if err != nil {
			return err
		}
		for rows.Next() {
			var id int64
			var v string
			if err := rows.Scan(&id, &v); err != nil {
				_ = rows.Close()
				return err
			}
			to := s.to(at[id])
			*to = append(*to, v)
		}
		if err := rows.Close(); err != nil {
			return err
		}
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}

// plain reports whether all devices match that the person may see.
func (q *DeviceQuery) plain() bool {
	return (q.Where == "" || q.Where == "1=1") && (q.Query == nil || q.Query.Root == nil)
}

// Device gives one device; [hub.ErrNotFound].
func (db *DB) Device(ctx context.Context, site int64, device string) (*DeviceRow, error) {
	var d DeviceRow
	dest, done := rowDest(&d)
	if err := db.readers.QueryRowContext(ctx, "SELECT "+rowColumns+from+" WHERE d.site = ? AND d.device = ?", site, device).Scan(dest...); err != nil {
		return nil, missing(err, "device %s of site %d", device, site)
	}
	done()
	list := []DeviceRow{d}
	if err := beside(ctx, db.readers, list); err != nil {
		return nil, err
	}
	return &list[0], nil
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
