package history

import (
	"context"
	"database/sql"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the peer
)

// big is a store of 10 million rows, as shared/performance.md has it: 7 days of
// 2000 devices that talk to about 30 far ends an hour.
var big = sync.OnceValues(func() (*Store, error) {
	dir, err := os.MkdirTemp("", "history")
	bigDir = dir
	if err != nil {
		return nil, err
	}
	s, err := Open(dir, Options{})
	if err != nil {
		return nil, err
	}
	for d := range bigEstate.days {
		if err := s.Append(context.Background(), bigEstate.day(d)); err != nil {
			return nil, err
		}
	}
	return s, nil
})

var bigEstate = estate{devices: 2000, days: 7, start: 20000 * daySec, seed: 1}

var bigDir string

func TestMain(m *testing.M) {
	code := m.Run()
	if bigDir != "" {
		os.RemoveAll(bigDir)
	}
	os.Exit(code)
}

func bigStore(b *testing.B) *Store {
	b.Helper()
	s, err := big()
	if err != nil {
		b.Fatal(err)
	}
	rows, bytes := int64(0), int64(0)
	for _, d := range s.Days() {
		rows += d.Rows
		bytes += d.Bytes
	}
	b.ReportMetric(float64(rows)/1e6, "Mrows")
	b.ReportMetric(float64(bytes)/float64(rows), "B/row")
	return s
}

func BenchmarkAppend(b *testing.B) {
	rows := estate{devices: 1400, days: 1, start: 20000 * daySec, seed: 2}.day(0)
	var cpu time.Duration
	var size int64
	for b.Loop() {
		b.StopTimer()
		s, err := Open(b.TempDir(), Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		before := cpuTime()
		if err := s.Append(context.Background(), rows); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		cpu += cpuTime() - before
		size = s.Days()[0].Bytes
		s.Close()
		b.StartTimer()
	}
	b.ReportMetric(float64(len(rows))*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(len(rows))*float64(b.N)/cpu.Seconds(), "rows/cpu-s")
	b.ReportMetric(float64(size)/float64(len(rows)), "B/row")
}

func BenchmarkDeviceDay(b *testing.B) {
	s := bigStore(b)
	n, i := 0, 0
	cpu := cpuTime()
	for b.Loop() {
		d := i * 37 % bigEstate.devices
		day := int64(i % bigEstate.days)
		i++
		from := time.Unix(bigEstate.start+day*daySec, 0)
		for _, err := range s.Device(context.Background(), int64(d%8), deviceID(d), from, from.Add(24*time.Hour)) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
	}
	b.ReportMetric((cpuTime()-cpu).Seconds()*1000/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(n)/float64(b.N), "rows/op")
}

func BenchmarkTotals(b *testing.B) {
	for _, q := range []struct {
		name string
		q    Query
	}{
		{"country×day", Query{By: []Key{ByDay, ByCountry}, Sum: SumBytes}},
		{"country×day/all sums", Query{By: []Key{ByDay, ByCountry}, Sum: SumAll}},
		{"country/1 day", Query{By: []Key{ByCountry}, Sum: SumBytes, From: time.Unix(bigEstate.start, 0), To: time.Unix(bigEstate.start+daySec, 0)}},
		{"site×company×country", Query{By: []Key{BySite, ByController, ByCountry}, Sum: SumBytes, Scopes: []string{"outside"}}},
		{"device", Query{By: []Key{ByDevice}, Sum: SumBytes}},
		{"name×address of a site", Query{By: []Key{ByName, ByAddress}, Sites: []int64{3}, Sum: SumBytes | SumTimes | SumDevices}},
	} {
		b.Run(q.name, func(b *testing.B) {
			s := bigStore(b)
			groups := 0
			best := math.Inf(1)
			cpu := cpuTime()
			for b.Loop() {
				start := time.Now()
				t, err := s.Totals(context.Background(), q.q)
				if err != nil {
					b.Fatal(err)
				}
				groups = len(t)
				best = min(best, time.Since(start).Seconds()*1000)
			}
			b.ReportMetric(best, "best-ms")
			b.ReportMetric((cpuTime()-cpu).Seconds()*1000/float64(b.N), "cpu-ms/op")
			b.ReportMetric(float64(groups), "groups")
		})
	}
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
