package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
)

// BenchmarkEstate tells the median and the 99th percentile of pages of an estate
// of 50,000 devices at five sites. It is filled once.
func BenchmarkEstate(b *testing.B) {
	const sites, each = 5, 10_000
	ctx := context.Background()
	db, err := store.Open(ctx, b.TempDir()+"/hub.db", store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	makers := []string{"hikvision", "dahua", "axis", "bosch", "uniview", "hanwha", ""}
	err = db.Do(ctx, hub.Deed{Actor: "bench", Action: "bench"}, func(tx hub.Tx) error {
		o := &hub.Organisation{Name: "Large"}
		if err := tx.AddOrganisation(o); err != nil {
			return err
		}
		for s := range sites {
			site := &hub.Site{Organisation: o.ID, Name: fmt.Sprintf("Site %d", s)}
			if err := tx.AddSite(site); err != nil {
				return err
			}
			list := make([]*hub.Derived, each)
			for i := range list {
				m, now := makers[i%len(makers)], time.Unix(int64(1.79e9)+int64(i), 0)
				d := hub.Device{Site: site.ID, Device: fmt.Sprintf("d-%05d", i), Presence: hub.SeenOnly, Name: fmt.Sprintf("cam-%05d", i), Kind: "camera", Brand: m, Maker: m, MakerID: m, MakerGrade: "probable", Model: fmt.Sprintf("M-%d", i%97),
					Firmware: fmt.Sprintf("5.%d", i%13), Address: fmt.Sprintf("10.%d.%d.%d", s, i/250, i%250), Severity: i % 5, Verdict: string(finding.CannotTell), First: now, Last: now, Outside: i%3 == 0}
				list[i] = &hub.Derived{Device: d}
				if d.Outside {
					list[i].Reach = []hub.Reach{{Country: "DE", Controller: m, ControllerID: m, Address: "192.0.2.1", Protocol: "tcp", BytesUp: int64(i), First: now, Last: now}}
				}
			}
			if err := tx.ReplaceSite(site.ID, nil, slices.Values(list)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	s, err := New(Config{Store: db, Hub: hub.New(hub.Config{Store: db, Dir: b.TempDir()})})
	if err != nil {
		b.Fatal(err)
	}
	for _, path := range []string{"/", "/?q=maker%3Ahikvision+AND+egress.country%3ADE", "/?sort=name&q=cam-012", "/findings", "/egress"} {
		b.Run(path, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				r := httptest.NewRequest(http.MethodGet, path, nil)
				r = r.WithContext(access.With(r.Context(), admin))
				w := httptest.NewRecorder()
				begun := time.Now()
				s.ServeHTTP(w, r)
				took = append(took, time.Since(begun))
				if w.Code != 200 {
					b.Fatalf("%d %s", w.Code, w.Body)
				}
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-p99")
		})
	}
}
