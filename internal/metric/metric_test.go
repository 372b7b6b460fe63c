package metric_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	collectorpb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

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

// Traces go to the endpoint when there is one, as a collector reads them; without
// one nothing is called.
func TestTraces(t *testing.T) {
	m, err := metric.New(metric.Config{Patterns: []string{"GET /sites/{site}"}})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var raw []byte
	var spans []*tracepb.Span
	service := ""
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		var body io.Reader = r.Body
		if r.Header.Get("Content-Encoding") == "gzip" {
			if body, err = gzip.NewReader(r.Body); err != nil {
				t.Error(err)
				return
			}
		}
		b, err := io.ReadAll(body)
		if err != nil {
			t.Error(err)
		}
		raw = append(raw, b...)
		var sent collectorpb.ExportTraceServiceRequest
		if err := proto.Unmarshal(b, &sent); err != nil || r.URL.Path != "/v1/traces" || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-protobuf" {
			t.Errorf("%s %s of %s: %v", r.Method, r.URL, r.Header.Get("Content-Type"), err)
		}
		for _, of := range sent.GetResourceSpans() {
			for _, a := range of.GetResource().GetAttributes() {
				if a.GetKey() == "service.name" {
					service = a.GetValue().GetStringValue()
				}
			}
			for _, scope := range of.GetScopeSpans() {
				spans = append(spans, scope.GetSpans()...)
			}
		}
		w.Header().Set("Content-Type", "application/x-protobuf")
		answer, _ := proto.Marshal(&collectorpb.ExportTraceServiceResponse{})
		_, _ = w.Write(answer)
	}))
	defer collector.Close()
	for _, c := range []struct {
		endpoint string
		sample   float64
		want     int // spans
	}{{"", 1, 0}, {collector.URL, 0, 0}, {collector.URL, 1, 3}} {
		wrap, stop, err := m.Trace(t.Context(), metric.Tracing{Endpoint: c.endpoint, Sample: c.sample, Client: collector.Client()})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			r := httptest.NewRequest(http.MethodGet, fmt.Sprintf("/sites/%d?q=hidden", i+1), nil)
			r.Header.Set("Authorization", "Bearer hidden")
			wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(httptest.NewRecorder(), r)
		}
		if err := stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		mu.Lock()
		if len(spans) != c.want {
			t.Errorf("endpoint %q, sample %g: %d spans came, want %d", c.endpoint, c.sample, len(spans), c.want)
		}
		mu.Unlock()
	}
	mu.Lock()
	defer mu.Unlock()
	for _, s := range spans {
		if s.GetName() != "GET /sites/{site}" || s.GetKind() != tracepb.Span_SPAN_KIND_SERVER || len(s.GetTraceId()) != 16 || s.GetEndTimeUnixNano() < s.GetStartTimeUnixNano() {
			t.Errorf("span %v", s)
		}
	}
	if service != "lenscap" || bytes.Contains(raw, []byte("hidden")) {
		t.Errorf("service %q was sent, or what is secret: %q", service, raw)
	}
}
