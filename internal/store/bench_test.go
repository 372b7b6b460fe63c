//go:build unix

package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

// bare writes the rows of an ingest as a program would that only inserts them:
// one prepared statement, one transaction, nothing joined, fields already encoded.
func bare(b *testing.B, path string, e hub.Evidence) time.Duration {
	db, err := sql.Open("sqlite", dsn(path, Options{}, "journal_mode(WAL)", "synchronous(FULL)", "page_size(8192)", "cache_size(-32768)"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	list := migrations()
	for _, m := range list {
		if _, err := db.Exec(m.text); err != nil {
			b.Fatal(err)
		}
	}
	names := map[string]int64{}
	var rows [][]any
	for i, o := range e.Observations {
		fields, _ := appendFields(nil, o.Fields, func(s string) (int64, error) {
			if names[s] == 0 {
				names[s] = int64(len(names) + 1)
			}
			return names[s], nil
		})
		rows = append(rows, []any{int64(1)<<siteShift + int64(i) + 1, int64(1), o.Packet, nano(o.Seen), nano(o.Last), o.Count, o.Protocol, macBlob(o.MAC), int64(o.VLAN),
			addrBlob(o.From.Addr()), int64(o.From.Port()), addrBlob(o.To.Addr()), int64(o.To.Port()), macBlob(o.ToMAC), int64(o.TTL), int64(o.About), fields})
	}
	begin := time.Now()
	tx, err := db.Begin()
	if err != nil {
		b.Fatal(err)
	}
	s, err := tx.Prepare(insertObservations[0])
	if err != nil {
		b.Fatal(err)
	}
	for _, r := range rows {
		if _, err := s.Exec(r...); err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
	return time.Since(begin)
}

// BenchmarkAddEvidence puts 200,000 different observations into an empty site,
// in changes of 20,000, beside the bare insert of the same rows; then the same
// once more, which are only counted.
func BenchmarkAddEvidence(b *testing.B) {
	const n, batch = 200_000, 20_000
	e := sampleEvidence(1, n)
	for _, sync := range []string{"FULL", "NORMAL"} {
		b.Run(sync, func(b *testing.B) {
			var ours, again, theirs []float64
			for range b.N {
				theirs = append(theirs, n/bare(b, filepath.Join(b.TempDir(), "bare.db"), e).Seconds())
				db := reopen(b, filepath.Join(b.TempDir(), "estate.db"), Options{synchronous: sync})
				site, ingest := newSite(b, db, "north")
				cpu := busy()
				add := func() float64 {
					begin := time.Now()
					for list := e.Observations; len(list) > 0; list = list[batch:] {
						addEvidence(b, db, site, ingest, hub.Evidence{Observations: list[:batch]})
					}
					return n / time.Since(begin).Seconds()
				}
				ours = append(ours, add())
				b.ReportMetric(n/(busy()-cpu).Seconds(), "obs/cpu-s")
				again = append(again, add())
				_ = db.Close()
			}
			median := func(list []float64) float64 { slices.Sort(list); return list[len(list)/2] }
			b.ReportMetric(median(ours), "obs/s")
			b.ReportMetric(median(again), "again/s")
			b.ReportMetric(median(theirs), "bare/s")
			b.ReportMetric(median(ours)/median(theirs), "of-bare")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkEvidence reads a million observations of a site.
func BenchmarkEvidence(b *testing.B) {
	const n = 1_000_000
	db := newDB(b)
	site, ingest := newSite(b, db, "north")
	addEvidence(b, db, site, ingest, sampleEvidence(1, n))
	for b.Loop() {
		if got := len(readEvidence(b, db, site).Observations); got != n {
			b.Fatal(got)
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "obs/s")
	st, err := os.Stat(db.Path())
	if err == nil {
		b.ReportMetric(float64(st.Size())/n, "B/obs")
	}
}

// benchEstate is a file with 500 sites of 200 devices, kept between runs where
// LENSCAP_BENCH_ESTATE names it.
func benchEstate(b *testing.B, sites, devices int) *DB {
	path := os.Getenv("LENSCAP_BENCH_ESTATE")
	if path == "" {
		path = filepath.Join(b.TempDir(), "estate.db")
	}
	db := reopen(b, path, Options{})
	if list, err := db.Sites(b.Context(), 0); err != nil || len(list) > 0 {
		return db
	}
	begin := time.Now()
	for i := range sites {
		o, s := hub.Organisation{Name: fmt.Sprintf("Council %d", i/50)}, hub.Site{Name: fmt.Sprintf("Site %d", i), Organisation: int64(1 + i/50)}
		must(b, db, func(tx *Tx) error {
			if i%50 == 0 {
				if err := tx.AddOrganisation(&o); err != nil {
					return err
				}
			}
			if err := tx.AddSite(&s); err != nil {
				return err
			}
			return tx.ReplaceSite(s.ID, []byte("{}"), sampleSite(s.ID, devices))
		})
	}
	b.Logf("%d devices written in %v", sites*devices, time.Since(begin))
	return db
}

// BenchmarkPages asks what pages ask of 100,000 devices, 20 times each, and
// prints the slowest.
func BenchmarkPages(b *testing.B) {
	db := benchEstate(b, 500, 200)
	one := []int64{3}
	for _, c := range []struct {
		name, text string
		q          DeviceQuery
	}{
		{"first", "", DeviceQuery{}},
		{"by maker", "", DeviceQuery{Sort: "maker"}},
		{"by last, down", "", DeviceQuery{Sort: "last", Descending: true}},
		{"by site", "", DeviceQuery{Sort: "site"}},
		{"by brand, which has no index", "", DeviceQuery{Sort: "brand"}},
		{"of one organisation", "", DeviceQuery{Organisations: one}},
		{"of one site", "", DeviceQuery{Sites: one}},
		{"maker", "maker:hikvision", DeviceQuery{}},
		{"maker, sensitive, country", "maker:hikvision AND site.sensitive:true AND egress.country!=GB", DeviceQuery{}},
		{"maker by model", "maker:hikvision", DeviceQuery{Sort: "model"}},
		{"country", "egress.country:CN", DeviceQuery{}},
		{"not country", "egress.country!=CN", DeviceQuery{}},
		{"word", "cam-19", DeviceQuery{}},
		{"word of everyone", "hik", DeviceQuery{}},
		{"two letters", "9f", DeviceQuery{}},
		{"nothing", "nosuchthing", DeviceQuery{}},
		{"network", "ip:10.7.0.0/16", DeviceQuery{}},
		{"rule", "rule:regime-3", DeviceQuery{}},
		{"serial", "serial:SN7-77", DeviceQuery{}},
		{"site", `site:"site 77"`, DeviceQuery{}},
	} {
		q := ask(b, c.text, c.q)
		q.All = len(c.q.Organisations) == 0
		b.Run(c.name, func(b *testing.B) {
			slow(b, func(ctx context.Context) error { _, err := db.Devices(ctx, q); return err }, "page")
			slow(b, func(ctx context.Context) error {
				_, err := db.Facets(ctx, q, []string{"maker", "kind", "verdict", "site", "country", "controller", "video", "presence", "grade", "firmware", "tag"})
				return err
			}, "facets")
		})
	}
	for _, c := range []struct {
		name string
		fn   func(context.Context) error
	}{
		{"findings", func(ctx context.Context) error { _, err := db.Findings(ctx, FindingQuery{All: true}); return err }},
		{"findings of one organisation", func(ctx context.Context) error {
			_, err := db.Findings(ctx, FindingQuery{Organisations: one})
			return err
		}},
		{"findings by regime", func(ctx context.Context) error {
			_, err := db.Findings(ctx, FindingQuery{All: true, Regime: "regime-3"})
			return err
		}},
		{"findings of a regime and verdict", func(ctx context.Context) error {
			_, err := db.Findings(ctx, FindingQuery{All: true, Regime: "regime-3", Verdict: "prohibited"})
			return err
		}},
		{"finding counts", func(ctx context.Context) error { _, err := db.FindingCounts(ctx, FindingQuery{All: true}); return err }},
		{"flows", func(ctx context.Context) error { _, err := db.Flows(ctx, DeviceQuery{All: true}); return err }},
		{"countries", func(ctx context.Context) error { _, err := db.Countries(ctx, DeviceQuery{All: true}); return err }},
		{"device", func(ctx context.Context) error {
			_, err := db.Doc(ctx, 7, sampleDerived(7, 7).Device.Device)
			return err
		}},
	} {
		b.Run(c.name, func(b *testing.B) { slow(b, c.fn, "page") })
	}
}

// busy is the processor time this process has used.
func busy() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// slow reports the median and the slowest of 20 runs, and the processor time of
// one, which says more where the machine is shared.
func slow(b *testing.B, fn func(context.Context) error, what string) {
	var took []float64
	cpu := busy()
	for range 20 {
		begin := time.Now()
		if err := fn(b.Context()); err != nil {
			b.Fatal(err)
		}
		took = append(took, float64(time.Since(begin).Microseconds())/1000)
	}
	b.ReportMetric(float64((busy()-cpu).Microseconds())/20_000, what+"-cpu-ms")
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2], what+"-ms")
	b.ReportMetric(took[len(took)-1], what+"-slowest-ms")
	b.ReportMetric(0, "ns/op")
}
