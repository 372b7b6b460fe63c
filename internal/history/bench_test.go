package history

import (
	"context"
	"database/sql"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the peer
)

// A bigStore is a store of many rows, made once for all benchmarks.
type bigStore struct {
	open func() (*Store, error)
	dir  string
}

func newBig(fill func(*Store) error) *bigStore {
	b := new(bigStore)
	b.open = sync.OnceValues(func() (s *Store, err error) {
		if b.dir, err = os.MkdirTemp("", "history"); err != nil {
			return nil, err
		}
		if s, err = Open(b.dir, Options{}); err != nil {
			return nil, err
		}
		return s, fill(s)
	})
	return b
}

// dense is 10 million rows, as shared/performance.md has it: 7 days of 2000
// devices that talk to about 30 far ends an hour. sparse is of the shape of make
// bench-hub, 30 days of 40,000 devices that say four things a day, but no two
// devices in a row are alike, which is as hard as it gets: every column that
// depends on the far end says so again.
var (
	denseEstate = estate{devices: 2000, days: 7, start: 20000 * daySec, seed: 1}
	denseStore  = newBig(func(s *Store) error {
		for d := range denseEstate.days {
			if err := s.Append(ctx, denseEstate.day(d)); err != nil {
				return err
			}
		}
		return nil
	})
	sparseStore = newBig(func(s *Store) error {
		for d := range sparseDays {
			if err := s.Append(ctx, sparseDay(sparseDevices, d)); err != nil {
				return err
			}
		}
		return nil
	})
)

const sparseDevices, sparseDays = 40_000, 30

func TestMain(m *testing.M) {
	code := m.Run()
	for _, b := range []*bigStore{denseStore, sparseStore} {
		if b.dir != "" {
			os.RemoveAll(b.dir)
		}
	}
	os.Exit(code)
}

// of opens the store.
func (x *bigStore) of(b *testing.B) *Store {
	b.Helper()
	s, err := x.open()
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// A meter reports the processor time of a benchmark, and its best wall time.
type meter struct {
	b    *testing.B
	of   *Store
	cpu  time.Duration
	best time.Duration
}

func newMeter(b *testing.B, of *Store) *meter { return &meter{b, of, cpuTime(), math.MaxInt64} }

func (m *meter) did(began time.Time) { m.best = min(m.best, time.Since(began)) }

func (m *meter) report() {
	m.b.ReportMetric((cpuTime()-m.cpu).Seconds()*1000/float64(m.b.N), "cpu-ms/op")
	m.b.ReportMetric(m.best.Seconds()*1000, "best-ms")
	rows, bytes := int64(0), int64(0)
	for _, d := range m.of.Days() {
		rows += d.Rows
		bytes += d.Bytes
	}
	m.b.ReportMetric(float64(rows)/1e6, "Mrows")
	m.b.ReportMetric(float64(bytes)/float64(rows), "B/row")
}

// BenchmarkAppend has as its peer a plain write of as many bytes, synced: a-disk
// is how many times as long Append took.
func BenchmarkAppend(b *testing.B) {
	for _, in := range []struct {
		name string
		rows []Row
	}{
		{"dense", estate{devices: 1400, days: 1, start: 20000 * daySec, seed: 2}.day(0)},
		{"sparse", sparseDay(250_000, 0)},
	} {
		b.Run(in.name, func(b *testing.B) {
			var cpu, took, plain time.Duration
			var size int64
			for b.Loop() {
				s, err := Open(b.TempDir(), Options{})
				if err != nil {
					b.Fatal(err)
				}
				before, began := cpuTime(), time.Now()
				if err := s.Append(context.Background(), in.rows); err != nil {
					b.Fatal(err)
				}
				cpu, took = cpu+cpuTime()-before, took+time.Since(began)
				size = s.Days()[0].Bytes
				s.Close()
				plain += plainWrite(b, size)
			}
			n := float64(len(in.rows)) * float64(b.N)
			b.ReportMetric(n/took.Seconds(), "rows/s")
			b.ReportMetric(n/cpu.Seconds(), "rows/cpu-s")
			b.ReportMetric(float64(size)/float64(len(in.rows)), "B/row")
			b.ReportMetric(took.Seconds()/plain.Seconds(), "a-disk")
		})
	}
}

// BenchmarkTakenIn is what a hub does: days come in pieces, and are put together.
func BenchmarkTakenIn(b *testing.B) {
	const days, piece = 6, 1 << 15
	var in [][]Row
	rows := 0
	for d := range days {
		in = append(in, sparseDay(sparseDevices, d))
		rows += len(in[d])
	}
	var cpu, took time.Duration
	for b.Loop() {
		s, err := Open(b.TempDir(), Options{})
		if err != nil {
			b.Fatal(err)
		}
		before, began := cpuTime(), time.Now()
		for _, day := range in {
			for part := range slices.Chunk(day, piece) {
				if err := s.Append(ctx, part); err != nil {
					b.Fatal(err)
				}
			}
		}
		if err := s.Compact(ctx); err != nil {
			b.Fatal(err)
		}
		cpu, took = cpu+cpuTime()-before, took+time.Since(began)
		s.Close()
	}
	n := float64(rows) * float64(b.N)
	b.ReportMetric(n/took.Seconds(), "rows/s")
	b.ReportMetric(n/cpu.Seconds(), "rows/cpu-s")
}

// plainWrite is how long it takes to write bytes and sync them.
func plainWrite(b *testing.B, size int64) time.Duration {
	b.Helper()
	bytes := make([]byte, size)
	f, err := os.Create(filepath.Join(b.TempDir(), "plain"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	began := time.Now()
	if _, err := f.Write(bytes); err != nil {
		b.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

func BenchmarkDevice(b *testing.B) {
	for _, in := range []struct {
		name        string
		of          *bigStore
		days, every int
		device      func(i int) (int64, string)
	}{
		{"dense/1 day", denseStore, denseEstate.days, 1, func(i int) (int64, string) { return int64(i % 8), deviceID(i) }},
		{"dense/7 days", denseStore, denseEstate.days, 7, func(i int) (int64, string) { return int64(i % 8), deviceID(i) }},
		{"sparse/1 day", sparseStore, sparseDays, 1, func(i int) (int64, string) { return sparseDevice(i) }},
		{"sparse/30 days", sparseStore, sparseDays, 30, func(i int) (int64, string) { return sparseDevice(i) }},
	} {
		b.Run(in.name, func(b *testing.B) {
			s := in.of.of(b)
			ask := func(i int) (n int) {
				site, device := in.device(i * 37 % 2000)
				from := time.Unix(20000*daySec+int64(i%(in.days/in.every))*daySec, 0)
				for _, err := range s.Device(context.Background(), site, device, from, from.AddDate(0, 0, in.every)) {
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
				return n
			}
			for i := range in.days { // footers are read
				ask(i)
			}
			m, n, i := newMeter(b, s), 0, 0
			for b.Loop() {
				began := time.Now()
				n += ask(i)
				m.did(began)
				i++
			}
			m.report()
			b.ReportMetric(float64(n)/float64(b.N), "rows/op")
		})
	}
}

// BenchmarkTotals has as its peer a plain read of all the files, which lie in
// memory: a-read is how many times as long the best answer took.
func BenchmarkTotals(b *testing.B) {
	for _, q := range []struct {
		name string
		of   *bigStore
		q    Query
	}{
		{"dense/country×day", denseStore, Query{By: []Key{ByDay, ByCountry}, Sum: SumBytes}},
		{"dense/country×hour", denseStore, Query{By: []Key{ByHour, ByCountry}, Sum: SumBytes}},
		{"dense/country×day, all sums", denseStore, Query{By: []Key{ByDay, ByCountry}, Sum: SumAll}},
		{"dense/country, 1 day", denseStore, Query{By: []Key{ByCountry}, Sum: SumBytes, From: time.Unix(20000*daySec, 0), To: time.Unix(20001*daySec, 0)}},
		{"dense/site×company×country", denseStore, Query{By: []Key{BySite, ByController, ByCountry}, Sum: SumBytes, Scopes: []string{"outside"}}},
		{"dense/device", denseStore, Query{By: []Key{ByDevice}, Sum: SumBytes}},
		{"dense/name×address of a site", denseStore, Query{By: []Key{ByName, ByAddress}, Sites: []int64{3}, Sum: SumBytes | SumTimes | SumDevices}},
		{"sparse/country×day", sparseStore, Query{By: []Key{ByDay, ByCountry}, Sum: SumBytes}},
		{"sparse/company×country of a site", sparseStore, Query{By: []Key{ByController, ByCountry}, Sites: []int64{3}, Scopes: []string{"outside"}}},
	} {
		b.Run(q.name, func(b *testing.B) {
			s := q.of.of(b)
			groups := 0
			m := newMeter(b, s)
			for b.Loop() {
				began := time.Now()
				t, err := s.Totals(context.Background(), q.q)
				if err != nil {
					b.Fatal(err)
				}
				groups = len(t)
				m.did(began)
			}
			m.report()
			b.ReportMetric(float64(groups), "groups")
			b.ReportMetric(m.best.Seconds()/plainRead(b, q.of.dir).Seconds(), "a-read")
		})
	}
}

// plainRead is how long it takes to read the files of a folder.
func plainRead(b *testing.B, dir string) time.Duration {
	b.Helper()
	began := time.Now()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			_, err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

// cpuTime is what the process has used of the processors: the machine is shared,
// and this figure is less its fault than the clock's.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkPeerSQLite puts rows like those of BenchmarkAppend, fewer of them,
// into a bare SQLite table with the index that a device's day needs, and asks it
// the same: the peer of the figures above, in the same run.
func BenchmarkPeerSQLite(b *testing.B) {
	rows := estate{devices: 280, days: 1, start: 20000 * daySec, seed: 2}.day(0)
	db, err := sql.Open("sqlite", filepath.Join(b.TempDir(), "peer.sqlite"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	texts := "device,address,device_address,protocol,app,opened,scope,name,country,network,controller,controller_id,jurisdiction,purpose,encrypted,video"
	numbers := "site,hour,port,asn,audio,cloud,ingest,flows,bytes_up,bytes_down,packets_up,packets_down,first,last"
	all := strings.Split(texts+","+numbers, ",")
	for _, q := range []string{"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE c(" + strings.Join(all, ",") + ")", "CREATE INDEX i ON c(site,device,hour)"} {
		if _, err := db.Exec(q); err != nil {
			b.Fatal(err)
		}
	}
	insert := "INSERT INTO c(" + strings.Join(all, ",") + ") VALUES(" + strings.Repeat("?,", len(all)-1) + "?)"
	b.Run("insert", func(b *testing.B) {
		n := 0
		for b.Loop() {
			tx, err := db.Begin()
			if err != nil {
				b.Fatal(err)
			}
			if _, err := tx.Exec("DELETE FROM c"); err != nil {
				b.Fatal(err)
			}
			st, err := tx.Prepare(insert)
			if err != nil {
				b.Fatal(err)
			}
			for i := range rows {
				r := &rows[i]
				if _, err := st.Exec(r.Device, r.Address.String(), r.From.String(), r.Protocol, r.App, r.Opened, r.Scope, r.Name, r.Country, r.Network, r.Controller, r.ControllerID, r.Jurisdiction, r.Purpose,
					r.Encrypted, r.Video, r.Site, r.Hour, r.Port, r.ASN, r.Audio, r.Cloud, r.Ingest, r.Flows, r.BytesUp, r.BytesDown, r.PacketsUp, r.PacketsDown, r.First, r.Last); err != nil {
					b.Fatal(err)
				}
			}
			if err := tx.Commit(); err != nil {
				b.Fatal(err)
			}
			n += len(rows)
		}
		b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rows/s")
	})
	b.Run("country×day", func(b *testing.B) {
		n := 0
		for b.Loop() {
			list, err := db.Query("SELECT hour/86400, country, sum(bytes_up), sum(bytes_down) FROM c GROUP BY 1, 2")
			if err != nil {
				b.Fatal(err)
			}
			for list.Next() {
			}
			list.Close()
			n += len(rows)
		}
		b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rows/s")
	})
}
