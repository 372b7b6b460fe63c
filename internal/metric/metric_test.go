package metric_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/lenscap/lenscap/internal/metric"
)

func TestReference(t *testing.T) {
	file := filepath.Join("..", "..", "docs", "reference", "metrics.md")
	if os.Getenv("LENSCAP_UPDATE") != "" {
		if err := os.WriteFile(file, []byte(metric.Reference()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != metric.Reference() {
		t.Errorf("%s is not what the code says: run make docs", file)
	}
}

func scrape(t *testing.T, m *metric.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

func TestRequestsAreCountedByRoute(t *testing.T) {
	figures := metric.Figures{Sites: 3, Presence: map[string]int64{"seen": 7}}
	var broken error
	m, err := metric.New(metric.Config{Figures: func(context.Context) (metric.Figures, error) { return figures, broken }, Patterns: []string{"GET /sites/{site}", "GET /sites/{site}"}, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	h := m.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/9") {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	for _, path := range []string{"/sites/1", "/sites/2", "/sites/9", "/made/up", "/made/up/2"} {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
	}
	got := scrape(t, m)
	for _, want := range []string{
		`lenscap_http_requests_total{route="GET /sites/{site}",status="200"} 2`, `lenscap_http_requests_total{route="GET /sites/{site}",status="404"} 1`,
		`lenscap_http_requests_total{route="other",status="200"} 2`, "lenscap_sites 3", `lenscap_devices{presence="seen"} 7`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	broken = errors.New("the database is gone")
	if got := scrape(t, m); !strings.Contains(got, "lenscap_http_requests_total") || strings.Contains(got, "lenscap_sites") {
		t.Errorf("with a broken store:\n%s", got)
	}
}

// Traces go to the endpoint when there is one; without one nothing is called.
func TestTraces(t *testing.T) {
	m, err := metric.New(metric.Config{Patterns: []string{"GET /sites/{site}"}})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var got []byte
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		if r.URL.Path == "/v1/traces" {
			got = append(got, b...)
		}
	}))
	defer collector.Close()
	for _, endpoint := range []string{"", collector.URL} {
		wrap, stop, err := m.Trace(t.Context(), metric.Tracing{Endpoint: endpoint, Sample: 1, Client: collector.Client()})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, "/sites/1?q=hidden", nil)
		r.Header.Set("Authorization", "Bearer hidden")
		wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(httptest.NewRecorder(), r)
		if err := stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if !strings.Contains(string(got), "GET /sites/{site}") || strings.Contains(string(got), "hidden") {
		t.Errorf("the collector was sent %q", got)
	}
}
