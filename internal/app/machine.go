package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/api"
	"github.com/lenscap/lenscap/internal/metric"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/settings"
	"github.com/lenscap/lenscap/internal/store"
	"github.com/lenscap/lenscap/internal/tell"
	"github.com/lenscap/lenscap/internal/web"
)

// Machines is what the hub is to other machines, beside its pages.
type Machines struct {
	Webhooks []string // allow-list of where webhooks may go; empty: nowhere
	Mail     *tell.Mail
	Syslog   *tell.Syslog
	Traces   metric.Tracing
}

// A machine is the hub's interfaces for programs.
type machine struct {
	api     *api.Server
	metrics *metric.Metrics
	tell    *tell.Messenger
	wrap    func(http.Handler) http.Handler
	stop    func(context.Context) error // of traces
}

// machines makes them. Nothing runs or is called yet.
func (a *App) machines(ctx context.Context) (m *machine, err error) {
	m = &machine{}
	patterns := []string{"GET /metrics", "GET /healthz", "GET /readyz", "GET /assets/", "GET /api", "GET " + api.Prefix + "/openapi.json"}
	for _, rt := range web.Routes() {
		patterns = append(patterns, rt.Method+" "+rt.Pattern)
	}
	for _, rt := range a.Guard.Routes() {
		patterns = append(patterns, rt.Method+" "+rt.Pattern)
	}
	for _, rt := range api.Routes() {
		patterns = append(patterns, rt.Method+" "+api.Prefix+rt.Path)
	}
	if m.metrics, err = metric.New(metric.Config{Figures: a.figures, Patterns: patterns, Version: a.cfg.Version, Log: a.cfg.Log}); err != nil {
		return nil, err
	}
	c := tell.Config{Store: a.Store, Hub: a.Hub, Mail: a.cfg.Machines.Mail, Syslog: a.cfg.Machines.Syslog, URL: a.URL(), Version: a.cfg.Version, Now: a.cfg.Now, Log: a.cfg.Log}
	if len(a.cfg.Machines.Webhooks) > 0 {
		if c.Webhooks, err = access.Outbound(a.cfg.Machines.Webhooks); err != nil {
			return nil, fmt.Errorf("webhooks.allow: %w", err)
		}
	}
	if m.tell, err = tell.New(c); err != nil {
		return nil, err
	}
	rules := func(day time.Time) (ids []string) {
		for _, r := range a.cfg.Knowledge.Rules(day) {
			ids = append(ids, r.ID)
		}
		return ids
	}
	if m.api, err = api.New(api.Config{Rules: rules, Store: a.Store, History: a.History, Hub: a.Hub, Guard: a.Guard, Tell: m.tell, Care: a.Care, Cookie: a.Guard.SessionCookie(), Log: a.cfg.Log, Now: a.cfg.Now, Version: a.cfg.Version}); err != nil {
		return nil, err
	}
	traces := a.cfg.Machines.Traces
	if traces.Endpoint != "" && traces.Client == nil {
		u, err := url.Parse(traces.Endpoint)
		if err != nil || u.Hostname() == "" {
			return nil, fmt.Errorf("otel.endpoint %q: write an address, http://127.0.0.1:4318", traces.Endpoint)
		}
		if traces.Client, err = access.HTTPClient([]string{u.Hostname()}); err != nil {
			return nil, fmt.Errorf("otel.endpoint: %w", err)
		}
	}
	traces.Version = cmp.Or(traces.Version, a.cfg.Version)
	m.wrap, m.stop, err = m.metrics.Trace(ctx, traces)
	return m, err
}

// run tells what happens until ctx ends, then sends the traces that wait.
func (m *machine) run(ctx context.Context) error {
	err := m.tell.Run(ctx)
	last, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer stop()
	return errors.Join(err, m.stop(last))
}

// useMachines takes what settings say of webhooks, mail, syslog and traces.
func (c *Config) useMachines(s *settings.Settings) error {
	c.Machines.Webhooks = s.Webhooks.Allow
	if s.Mail.Server != "" {
		password, err := s.Mail.Secret()
		if err != nil {
			return err
		}
		c.Machines.Mail = &tell.Mail{Server: s.Mail.Server, TLS: s.Mail.TLS, User: s.Mail.User, Password: password, From: s.Mail.From}
	}
	if s.Syslog.Server != "" {
		c.Machines.Syslog = &tell.Syslog{Server: s.Syslog.Server, Network: s.Syslog.Network, Format: s.Syslog.Format}
	}
	c.Machines.Traces = metric.Tracing{Endpoint: s.Otel.Endpoint, Sample: s.Otel.Sample}
	return nil
}

// behind are the handlers that stand behind the guard.
func (m *machine) behind() map[string]http.Handler {
	return map[string]http.Handler{"/api": m.api, "/api/": m.api, "GET /metrics": readers(m.metrics.Handler())}
}

// readers lets through who may read figures of every organisation.
func readers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch p := access.From(r.Context()); {
		case p == nil:
			w.Header().Set("WWW-Authenticate", `Bearer realm="Lenscap"`)
			http.Error(w, "Send a token: Authorization: Bearer lenscap_…", http.StatusUnauthorized)
		case !p.May(access.Figures, 0):
			http.Error(w, "This needs a role that may read figures of every organisation.", http.StatusForbidden)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// front answers whether the hub is well, before anybody is asked who they are, and
// counts and traces all else.
func (m *machine) front(a *App, next http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", next)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { plainly(w, http.StatusOK, "ok\n") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, stop := context.WithTimeout(r.Context(), 2*time.Second)
		defer stop()
		if _, err := a.Store.Organisations(ctx); err != nil {
			a.cfg.Log.WarnContext(r.Context(), "not ready", slog.Any("error", err))
			plainly(w, http.StatusServiceUnavailable, "the database does not answer\n")
			return
		}
		if err := a.Hub.Room(); err != nil {
			plainly(w, http.StatusServiceUnavailable, report.Visible(err.Error())+"\n")
			return
		}
		says := "ok\n"
		if n := len(a.Hub.Troubles()); n > 0 { // the others go on, so that the hub is ready
			says += report.Plural(int64(n), "piece of work is", "pieces of work are") + " put off because something is damaged; the page of inputs and the hub's log say what\n"
		}
		plainly(w, http.StatusOK, says)
	})
	return m.wrap(m.metrics.Wrap(mux))
}

func plainly(w http.ResponseWriter, status int, says string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(says))
}

// figures are counted for /metrics: by the tallies that the store keeps, so that
// a large estate is not read for them.
func (a *App) figures(ctx context.Context) (f metric.Figures, err error) {
	orgs, err := a.Store.Organisations(ctx)
	if err != nil {
		return f, err
	}
	sites, err := a.Store.Sites(ctx, 0)
	if err != nil {
		return f, err
	}
	f.Organisations, f.Sites = int64(len(orgs)), int64(len(sites))
	counts, err := a.Store.Facets(ctx, store.DeviceQuery{All: true}, []string{"presence", "verdict"})
	if err != nil {
		return f, err
	}
	f.Presence, f.Verdicts = byValue(counts["presence"]), byValue(counts["verdict"])
	waiting, err := a.Store.Unfinished(ctx)
	if err != nil {
		return f, err
	}
	f.Waiting = int64(len(waiting))
	f.StoreBytes, f.LogBytes = sizeOf(a.Store.Path()), sizeOf(a.Store.Path()+"-wal")
	for _, d := range a.History.Days() {
		f.HistoryBytes += d.Bytes
		f.HistoryRows += d.Rows
	}
	f.Deliveries, f.Failing, err = a.Store.Waits(ctx)
	return f, err
}

func byValue(list []store.Count) map[string]int64 {
	out := map[string]int64{}
	for _, c := range list {
		out[c.Value] = c.Count
	}
	return out
}

func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0 // the log is not always there
	}
	return info.Size()
}
