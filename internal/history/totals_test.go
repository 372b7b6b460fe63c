package history

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// slowTotals answers a query row by row, in the plainest way.
func slowTotals(rows []Row, q Query) map[string]Total {
	in := func(list []string, s string) bool { return len(list) == 0 || slices.Contains(list, s) }
	lo, hi := int64(0), int64(math.MaxInt64)
	if !q.From.IsZero() {
		lo = q.From.Unix()
	}
	if !q.To.IsZero() {
		hi = q.To.Unix()
	}
	out, devices := map[string]Total{}, map[string]map[string]bool{}
	for i := range rows {
		r := &rows[i]
		if r.Hour < lo || r.Hour >= hi || q.Sites != nil && !slices.Contains(q.Sites, r.Site) || q.Device != "" && r.Device != q.Device ||
			!in(q.Scopes, r.Scope) || !in(q.Countries, r.Country) || !in(q.Controllers, r.ControllerID) || !in(q.Purposes, r.Purpose) || !in(q.Videos, r.Video) || !in(q.Names, r.Name) ||
			!in(q.Jurisdictions, r.Jurisdiction) || len(q.NotCountries) > 0 && slices.Contains(q.NotCountries, r.Country) || len(q.Addresses) > 0 && !slices.Contains(q.Addresses, r.Address) {
			continue
		}
		var k Total
		for _, by := range q.By {
			switch by {
			case ByDay:
				k.Hour = r.Hour / daySec * daySec
			case ByHour:
				k.Hour = r.Hour
			case BySite:
				k.Site = r.Site
			case ByDevice:
				k.Site, k.Device = r.Site, r.Device
			case ByAddress:
				k.Address = r.Address
			case ByName:
				k.Name = r.Name
			case ByPort:
				k.Port = r.Port
			case ByCountry:
				k.Country = r.Country
			case ByASN:
				k.ASN = r.ASN
			case ByController:
				k.ControllerID, k.Controller = r.ControllerID, r.Controller
			case ByPurpose:
				k.Purpose = r.Purpose
			case ByVideo:
				k.Video = r.Video
			case ByIngest:
				k.Ingest = r.Ingest
			}
		}
		name := fmt.Sprint(k)
		t, ok := out[name]
		if !ok {
			t = k
			t.First, t.Last = math.MaxInt64, math.MinInt64
			devices[name] = map[string]bool{}
		}
		t.Rows++
		t.Flows += r.Flows
		t.BytesUp += r.BytesUp
		t.BytesDown += r.BytesDown
		t.PacketsUp += r.PacketsUp
		t.PacketsDown += r.PacketsDown
		t.First, t.Last = min(t.First, r.First/second*second), max(t.Last, r.Last/second*second)
		devices[name][fmt.Sprint(r.Site, r.Device)] = true
		t.Devices = int64(len(devices[name]))
		out[name] = t
	}
	return out
}

func TestTotalsAgreeWithAddingUp(t *testing.T) {
	rows := some(3, 30)
	s := open(t, t.TempDir(), Options{Workers: 3})
	for part := range slices.Chunk(rows, len(rows)/5) {
		if err := s.Append(ctx, part); err != nil {
			t.Fatal(err)
		}
	}
	r := rand.New(rand.NewPCG(3, 4))
	keys := []Key{ByDay, ByHour, BySite, ByDevice, ByAddress, ByName, ByPort, ByCountry, ByASN, ByController, ByPurpose, ByVideo, ByIngest}
	one := func(list []string) []string {
		if r.IntN(4) > 0 {
			return nil
		}
		return list[:1+r.IntN(len(list))]
	}
	for n := range 60 {
		q := Query{Sum: SumAll}
		r.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		for _, k := range keys[:r.IntN(4)] {
			if !(k == ByHour && slices.Contains(q.By, ByDay) || k == ByDay && slices.Contains(q.By, ByHour)) {
				q.By = append(q.By, k)
			}
		}
		if n == 0 { // more combinations than the dense table has places
			q.By = []Key{ByName, ByDevice, ByHour, ByAddress, ByASN}
		}
		q.Countries, q.Purposes, q.Scopes, q.Videos = one([]string{"", "GB", "CN"}), one([]string{"p2p", "ntp", "cloud"}), one([]string{"outside", "group"}), one([]string{"no"})
		if q.Countries == nil {
			q.NotCountries = one([]string{"GB", "DE"})
		}
		if r.IntN(3) == 0 {
			q.Sites = []int64{int64(r.IntN(8)), 99, int64(r.IntN(8))}
			if r.IntN(2) == 0 {
				q.Device = deviceID(r.IntN(30))
			}
		}
		if r.IntN(3) == 0 {
			q.Addresses = []netip.Addr{rows[r.IntN(len(rows))].Address, rows[r.IntN(len(rows))].Address}
		}
		if r.IntN(3) == 0 {
			q.From = time.Unix(20000*daySec+int64(r.IntN(40))*hourSec, 0)
			q.To = q.From.Add(time.Duration(r.IntN(40)) * time.Hour)
		}
		got, err := s.Totals(ctx, q)
		if err != nil {
			t.Fatalf("%+v: %v", q, err)
		}
		want := slowTotals(rows, q)
		if len(got) != len(want) {
			t.Errorf("%+v: %d groups, want %d", q, len(got), len(want))
			continue
		}
		for _, g := range got {
			k := g
			k.Rows, k.Flows, k.BytesUp, k.BytesDown, k.PacketsUp, k.PacketsDown, k.First, k.Last, k.Devices = 0, 0, 0, 0, 0, 0, 0, 0, 0
			if w := want[fmt.Sprint(k)]; w != g {
				t.Errorf("%+v:\ngot  %+v\nwant %+v", q, g, w)
				break
			}
		}
	}
}

func TestTotalsComeInTheOrderOfTheirKeys(t *testing.T) {
	s := open(t, t.TempDir(), Options{})
	if err := s.Append(ctx, some(2, 9)); err != nil {
		t.Fatal(err)
	}
	got, err := s.Totals(ctx, Query{By: []Key{ByCountry, BySite}})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(got, func(a, b Total) int {
		if c := strings.Compare(a.Country, b.Country); c != 0 {
			return c
		}
		return int(a.Site - b.Site)
	}) {
		t.Errorf("out of order: %+v", got[:5])
	}
	if g := got[0]; g.Devices != 0 || g.First != 0 || g.BytesUp == 0 || g.Flows == 0 {
		t.Errorf("sums nobody asked for, or none: %+v", g)
	}
}

func TestTotalsAreBounded(t *testing.T) {
	s := open(t, t.TempDir(), Options{Groups: 100})
	if err := s.Append(ctx, some(1, 9)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Totals(ctx, Query{By: []Key{ByAddress}}); !errors.Is(err, ErrTooMany) {
		t.Errorf("got %v", err)
	}
	for _, by := range [][]Key{{numKeys}, {ByDay, ByDay}, {ByDay, ByHour, BySite, ByDevice, ByAddress, ByName, ByPort, ByProtocol, ByApp}} {
		if _, err := s.Totals(ctx, Query{By: by}); err == nil {
			t.Errorf("totals by %v", by)
		}
	}
	if got, err := s.Totals(ctx, Query{Sites: []int64{}}); err != nil || len(got) > 0 {
		t.Errorf("of no site: %v, %v", got, err)
	}
}
