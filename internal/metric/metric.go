// Package metric says how the hub itself is doing: figures for Prometheus, and
// traces for OpenTelemetry when they are asked for.
//
// Figures name no site, no device and no person: a label is a route, a state or a
// verdict. Nothing is sent anywhere unless the settings name where.
package metric

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Figures are what is counted when somebody asks.
type Figures struct {
	Organisations, Sites int64
	Presence             map[string]int64 // both, seen, declared → devices
	Verdicts             map[string]int64 // gravest that nobody waived → devices
	Waiting              int64            // inputs not done yet
	StoreBytes, LogBytes int64            // of the database, and of the log beside it
	HistoryBytes         int64            // of the files of conversations
	HistoryRows          int64
	Deliveries, Failing  int64 // that wait; of these, that were tried in vain
}

// Config is what [Metrics] are made of.
type Config struct {
	Figures  func(ctx context.Context) (Figures, error)
	Patterns []string // of [http.ServeMux], one for each route; requests are counted by them
	Version  string
	Log      *slog.Logger // nil: none
}

// Metrics counts requests and collects figures.
type Metrics struct {
	cfg      Config
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
	routes   *http.ServeMux
}

// A desc is one figure of [Figures], as it is called.
type desc struct {
	name, help, label string
	of                func(*Figures) map[string]int64
}

func one(n int64) map[string]int64 { return map[string]int64{"": n} }

// descs lists them. The reference page is written from it.
var descs = []desc{
	{"lenscap_organisations", "Organisations of the hub.", "", func(f *Figures) map[string]int64 { return one(f.Organisations) }},
	{"lenscap_sites", "Sites of all organisations.", "", func(f *Figures) map[string]int64 { return one(f.Sites) }},
	{"lenscap_devices", "Devices by whether they were seen, declared, or both.", "presence", func(f *Figures) map[string]int64 { return f.Presence }},
	{"lenscap_device_verdicts", "Devices by the gravest verdict on them that nobody waived.", "verdict", func(f *Figures) map[string]int64 { return f.Verdicts }},
	{"lenscap_ingests_waiting", "Inputs that wait or are being read.", "", func(f *Figures) map[string]int64 { return one(f.Waiting) }},
	{"lenscap_store_bytes", "Size of the database file.", "", func(f *Figures) map[string]int64 { return one(f.StoreBytes) }},
	{"lenscap_store_log_bytes", "Size of the write-ahead log beside it.", "", func(f *Figures) map[string]int64 { return one(f.LogBytes) }},
	{"lenscap_history_bytes", "Size of the files of conversations.", "", func(f *Figures) map[string]int64 { return one(f.HistoryBytes) }},
	{"lenscap_history_rows", "Conversations of an hour that are kept.", "", func(f *Figures) map[string]int64 { return one(f.HistoryRows) }},
	{"lenscap_deliveries_waiting", "Events that wait to be told.", "", func(f *Figures) map[string]int64 { return one(f.Deliveries) }},
	{"lenscap_deliveries_failing", "Events of these that were tried in vain.", "", func(f *Figures) map[string]int64 { return one(f.Failing) }},
}

// New makes the metrics. A pattern that clashes with another is an error.
func New(cfg Config) (m *Metrics, err error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	m = &Metrics{cfg: cfg, registry: prometheus.NewRegistry(), routes: http.NewServeMux(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "lenscap_http_requests_total", Help: "Requests answered, by route and status."}, []string{"route", "status"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "lenscap_http_request_seconds", Help: "Time from a request to the end of its answer, by route.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}}, []string{"route"}),
	}
	defer func() {
		if p := recover(); p != nil {
			m, err = nil, fmt.Errorf("metric: %v", p)
		}
	}()
	slices.Sort(cfg.Patterns)
	for _, p := range slices.Compact(cfg.Patterns) {
		m.routes.Handle(p, http.NotFoundHandler())
	}
	build := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "lenscap_build_info", Help: "Always 1; the label is the version of the program.", ConstLabels: prometheus.Labels{"version": cfg.Version}}, func() float64 { return 1 })
	for _, c := range []prometheus.Collector{m.requests, m.took, build, collector{m}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})} {
		if err := m.registry.Register(c); err != nil {
			return nil, fmt.Errorf("metric: %w", err)
		}
	}
	return m, nil
}

// Handler answers in the text format of Prometheus. Who may ask is for the caller
// to say.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorLog: slog.NewLogLogger(m.cfg.Log.Handler(), slog.LevelWarn), ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 2})
}

// Route is the pattern that a request is for, "other" where it is for none: paths
// that somebody made up make no labels.
func (m *Metrics) Route(r *http.Request) string {
	_, pattern := m.routes.Handler(r)
	if pattern == "" {
		return "other"
	}
	return pattern
}

// Wrap counts and times what next answers.
func (m *Metrics) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		route, began := m.Route(r), time.Now()
		s := &status{ResponseWriter: w}
		defer func() {
			m.requests.WithLabelValues(route, strconv.Itoa(max(s.code, http.StatusOK))).Inc()
			if !strings.HasSuffix(route, "/events") { // a stream lasts as long as its page is open
				m.took.WithLabelValues(route).Observe(time.Since(began).Seconds())
			}
		}()
		next.ServeHTTP(s, r)
	})
}

// status remembers what was answered.
type status struct {
	http.ResponseWriter
	code int
}

// WriteHeader notes the first status that is final.
func (s *status) WriteHeader(code int) {
	if s.code == 0 && code >= http.StatusOK {
		s.code = code
	}
	s.ResponseWriter.WriteHeader(code)
}

// Unwrap is for [http.ResponseController].
func (s *status) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// Flush sends what was written.
func (s *status) Flush() { _ = http.NewResponseController(s.ResponseWriter).Flush() } // where it cannot be, nothing waits

// collector asks for figures when Prometheus does.
type collector struct{ m *Metrics }

func (d *desc) prom() *prometheus.Desc {
	if d.label == "" {
		return prometheus.NewDesc(d.name, d.help, nil, nil)
	}
	return prometheus.NewDesc(d.name, d.help, []string{d.label}, nil)
}

// Describe is [prometheus.Collector.Describe].
func (c collector) Describe(ch chan<- *prometheus.Desc) {
	for i := range descs {
		ch <- descs[i].prom()
	}
}

const patience = 5 * time.Second

// Collect is [prometheus.Collector.Collect]. When figures cannot be had, those of
// requests still are.
func (c collector) Collect(ch chan<- prometheus.Metric) {
	if c.m.cfg.Figures == nil {
		return
	}
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	f, err := c.m.cfg.Figures(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(descs[0].prom(), err)
		return
	}
	for i := range descs {
		d := &descs[i]
		for value, n := range d.of(&f) {
			if d.label == "" {
				ch <- prometheus.MustNewConstMetric(d.prom(), prometheus.GaugeValue, float64(n))
			} else {
				ch <- prometheus.MustNewConstMetric(d.prom(), prometheus.GaugeValue, float64(n), value)
			}
		}
	}
}

// Reference is the page of all metrics, as docs/reference/metrics.md has it.
func Reference() string {
	var b strings.Builder
	b.WriteString("# Metrics\n\n<!-- written by `make docs` from internal/metric; do not edit -->\n\n" +
		"`GET /metrics` answers in the text format of Prometheus to who may read figures of every organisation: a token with the scope `read`, of an account that is `watchdog` or more everywhere. " +
		"`GET /healthz` says that the process answers, `GET /readyz` that its database does too, and how much work is put off because something is damaged; both need no sign-in and tell nothing else.\n\n```yaml\nscrape_configs:\n  - job_name: lenscap\n    authorization: { credentials_file: /etc/prometheus/lenscap.token }\n    static_configs: [{ targets: [\"lenscap.example.org\"] }]\n    scheme: https\n```\n\n" +
		"| metric | type | labels | what it is |\n|---|---|---|---|\n" +
		"| `lenscap_http_requests_total` | counter | `route`, `status` | Requests answered, by route and status. |\n" +
		"| `lenscap_http_request_seconds` | histogram | `route` | Time from a request to the end of its answer, by route. |\n" +
		"| `lenscap_build_info` | gauge | `version` | Always 1; the label is the version of the program. |\n")
	for _, d := range descs {
		label := ""
		if d.label != "" {
			label = "`" + d.label + "`"
		}
		fmt.Fprintf(&b, "| `%s` | gauge | %s | %s |\n", d.name, label, d.help)
	}
	b.WriteString("\nBeside these, `go_*` and `process_*` are those of every Go program.\n\n" +
		"## Traces\n\nOff unless `otel.endpoint` names a collector (OTLP over HTTP). A span is one request, named by its route; it has no parameters of the address, no names and no tokens.\n")
	return b.String()
}
