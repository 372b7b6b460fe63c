package store

import (
	"context"
	"fmt"
	"slices"
)

// A Flow sums what devices of one site send to one company in one country.
type Flow struct {
	Site         int64  `json:"site"`
	SiteName     string `json:"site_name"`
	Controller   string `json:"controller"` // "" unknown
	ControllerID string `json:"controller_id"`
	Jurisdiction string `json:"jurisdiction"`
	Country      string `json:"country"`
	Devices      int64  `json:"devices"`
	Video        int64  `json:"video"` // devices of these that send video there
	BytesUp      int64  `json:"bytes_up"`
	BytesDown    int64  `json:"bytes_down"`
}

const (
	flowSums  = "count(DISTINCT r.device), count(DISTINCT CASE r.video WHEN 'video' THEN r.device END), sum(r.bytes_up), sum(r.bytes_down)"
	flowGroup = "r.controller_id, r.controller, r.jurisdiction, r.country"
)

// talk sums the reach of a site's devices and keeps the sums.
func (t *Tx) talk(site int64) error {
	if _, err := t.exec("DELETE FROM talk WHERE site = ?", site); err != nil {
		return err
	}
	_, err := t.exec("INSERT INTO talk (site, controller_id, controller, jurisdiction, country, devices, video, bytes_up, bytes_down) SELECT d.site, "+flowGroup+", "+flowSums+
		" FROM device d CROSS JOIN reach r ON r.device = d.id WHERE d.site = ? GROUP BY d.site, "+flowGroup, site)
	if err != nil {
		return fmt.Errorf("sum what site %d sends: %w", site, err)
	}
	return nil
}

// Flows sums what the devices that match send outside, by site, company and
// country, most bytes up first. Sort, After and Limit make no difference.
func (db *DB) Flows(ctx context.Context, q DeviceQuery) ([]Flow, error) {
	scan := func(r scanner) (f Flow, err error) {
		err = r.Scan(&f.Site, &f.SiteName, &f.ControllerID, &f.Controller, &f.Jurisdiction, &f.Country, &f.Devices, &f.Video, &f.BytesUp, &f.BytesDown)
		return f, err
	}
	return remember(ctx, db, "flows "+q.asked(), func(ctx context.Context, tx querier) ([]Flow, error) {
		if q.plain() {
			where, args := q.visible("t.site")
			return collect(ctx, tx, scan, "SELECT t.site, s.name, t.controller_id, t.controller, t.jurisdiction, t.country, t.devices, t.video, t.bytes_up, t.bytes_down FROM talk t JOIN site s ON s.id = t.site WHERE "+where+
				" ORDER BY t.bytes_up DESC, t.site, t.controller_id, t.controller, t.jurisdiction, t.country", args...)
		}
		found, err := q.narrowed(ctx, tx)
		if err != nil {
			return nil, err
		}
		where, args := found.where()
		return collect(ctx, tx, scan, "SELECT d.site, s.name, "+flowGroup+", "+flowSums+from+" CROSS JOIN reach r ON r.device = d.id WHERE "+where+" GROUP BY d.site, "+flowGroup+" ORDER BY 9 DESC, d.site, "+flowGroup, args...)
	}, lengthOf[Flow], slices.Clone[[]Flow])
}

func lengthOf[T any](list *[]T) int { return len(*list) }

// A CountryFlow sums what is sent to one country.
type CountryFlow struct {
	Country   string `json:"country"` // "" unknown
	Devices   int64  `json:"devices"`
	BytesUp   int64  `json:"bytes_up"`
	BytesDown int64  `json:"bytes_down"`
}

// Countries sums what the devices that match send outside, by country, most
// devices first.
func (db *DB) Countries(ctx context.Context, q DeviceQuery) ([]CountryFlow, error) {
	scan := func(r scanner) (f CountryFlow, err error) {
		err = r.Scan(&f.Country, &f.Devices, &f.BytesUp, &f.BytesDown)
		return f, err
	}
	return remember(ctx, db, "countries "+q.asked(), func(ctx context.Context, tx querier) ([]CountryFlow, error) {
		if q.plain() { // a device is in one site, so that the sites' numbers of devices add up
			above, some := q.summed()
			where, args := q.visible("t.site")
			both := append([]any{}, some...)
			return collect(ctx, tx, scan, "SELECT n.value, n.devices, b.up, b.down FROM (SELECT t.value, sum(t.count) AS devices FROM tally t WHERE t.field = 'country' AND "+above+
				" GROUP BY t.value) n JOIN (SELECT t.country, sum(t.bytes_up) AS up, sum(t.bytes_down) AS down FROM talk t WHERE "+where+" GROUP BY t.country) b ON b.country = n.value ORDER BY 2 DESC, 1", append(both, args...)...)
		}
		found, err := q.narrowed(ctx, tx)
		if err != nil {
			return nil, err
		}
		where, args := found.where()
		return collect(ctx, tx, scan, "SELECT r.country, count(DISTINCT r.device), sum(r.bytes_up), sum(r.bytes_down)"+from+" CROSS JOIN reach r ON r.device = d.id WHERE "+where+" GROUP BY r.country ORDER BY 2 DESC, 1", args...)
	}, lengthOf[CountryFlow], slices.Clone[[]CountryFlow])
}
