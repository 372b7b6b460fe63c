package api

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"weak"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/history"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/lab/hubload"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

// An estate is a server on a real store and history, with one organisation.
type estate struct {
	*Server
	dir string
}

const (
	estateSites   = 2
	estatePerSite = runLength + 20
)

func newEstate(t testing.TB, sites, perSite int) *estate {
	t.Helper()
	dir := t.TempDir()
	db, err := store.Open(t.Context(), filepath.Join(dir, store.File), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h, err := history.Open(filepath.Join(dir, "history"), history.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	examples, err := hubload.Make(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := hubload.Fill(t.Context(), db, h, examples, hubload.Load{Devices: sites * perSite, PerSite: perSite, Days: 2, Evidence: 1, SitesEach: sites}, nil); err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{Store: db, History: h, Hub: hub.New(hub.Config{Store: db, History: h, Dir: dir})})
	if err != nil {
		t.Fatal(err)
	}
	return &estate{s, dir}
}

// ask is a request for the organisation's export.
func (e *estate) ask(ctx context.Context, format string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, Prefix+"/organisations/1/export?format="+format, nil)
	return r.WithContext(access.With(ctx, access.Console("test")))
}

func (e *estate) get(t testing.TB, format string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	e.ServeHTTP(w, e.ask(t.Context(), format))
	if left, err := filepath.Glob(filepath.Join(e.dir, "in-*")); err != nil || len(left) > 0 {
		t.Errorf("%s leaves files: %v, %v", format, left, err)
	}
	return w
}

func TestExports(t *testing.T) {
	e := newEstate(t, estateSites, estatePerSite)
	t.Run("all of an organisation", func(t *testing.T) {
		var doc report.Document
		if err := json.Unmarshal(e.get(t, "json").Body.Bytes(), &doc); err != nil {
			t.Fatal(err)
		}
		const want = estateSites * estatePerSite
		if len(doc.Devices) != want || doc.Summary.Devices != want || len(doc.Findings) < want || len(doc.Conversations) < want || len(doc.Inputs) != estateSites || doc.Summary.Outside == 0 {
			t.Errorf("%d devices, %d findings, %d conversations, %d inputs; summary %+v", len(doc.Devices), len(doc.Findings), len(doc.Conversations), len(doc.Inputs), doc.Summary)
		}
		whole := doc.Summary
		report.Summarise(&doc)
		if fmt.Sprint(whole) != fmt.Sprint(doc.Summary) {
			t.Errorf("the summary is %+v, want that of the document, %+v", whole, doc.Summary)
		}
		if rows, err := csv.NewReader(e.get(t, "csv").Body).ReadAll(); err != nil || len(rows) != want+1 {
			t.Errorf("%d lines of CSV, %v", len(rows), err)
		}
		if n := bytes.Count(e.get(t, "jsonl").Body.Bytes(), []byte("\n")); n != want {
			t.Errorf("%d JSON lines, want %d", n, want)
		}
	})
	t.Run("holds one run", func(t *testing.T) { e.holds(t) })
	t.Run("who goes away ends it", func(t *testing.T) {
		for _, format := range []string{"csv", "jsonl", "sarif"} {
			whole := e.get(t, format).Body.Len()
			ctx, cancel := context.WithCancel(t.Context())
			w := &gone{cancel: cancel, header: http.Header{}}
			func() {
				defer func() {
					if p := recover(); p != nil && p != http.ErrAbortHandler {
						t.Fatal(p)
					}
				}()
				e.ServeHTTP(w, e.ask(ctx, format))
			}()
			if w.n == 0 || w.n > whole*2/3 {
				t.Errorf("%s: %d bytes of %d were made for who had gone after the first", format, w.n, whole)
			}
		}
	})
	t.Run("half is not taken for the whole", func(t *testing.T) { e.breaks(t) })
}

// gone is a client that goes away with the first bytes.
type gone struct {
	cancel func()
	header http.Header
	n      int
}

func (g *gone) Header() http.Header { return g.header }
func (g *gone) WriteHeader(int)     {}
func (g *gone) Write(b []byte) (int, error) {
	g.cancel()
	g.n += len(b)
	return len(b), nil
}

// holds counts which runs are still alive when the next one comes.
func (e *estate) holds(t *testing.T) {
	was := formats
	defer func() { formats = was }()
	for i, f := range was {
		most, runs := 0, 0
		formats = append([]format{}, was...)
		formats[i].write = func(w io.Writer, all report.Runs, aside *report.Aside) error {
			var given []weak.Pointer[report.Device]
			return f.write(w, func(yield func(report.Run, error) bool) {
				for run, err := range all {
					runtime.GC()
					alive := 0
					for _, p := range given {
						if p.Value() != nil {
							alive++
						}
					}
					most = max(most, alive)
					if err == nil {
						given = append(given, weak.Make(&run.Devices[0]))
						runs++
					}
					if !yield(run, err) {
						return
					}
				}
			}, aside)
		}
		if w := httptest.NewRecorder(); f.name != "ocsf" { // the sites that are made have no day
			e.ServeHTTP(w, e.ask(t.Context(), f.name))
			if w.Code != http.StatusOK || runs != 2*estateSites || most > 2 {
				t.Errorf("%s: %d, %d runs of which %d were held at once", f.name, w.Code, runs, most)
			}
		}
	}
}

// breaks damages a device of the last site.
func (e *estate) breaks(t *testing.T) {
	raw, err := sql.Open("sqlite", filepath.Join(e.dir, store.File))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := raw.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := raw.ExecContext(t.Context(), "UPDATE device_doc SET doc = x'0102' WHERE id = (SELECT max(id) FROM device)"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.ServeHTTP(w, r.WithContext(access.With(r.Context(), access.Console("test"))))
	}))
	defer server.Close()
	for _, f := range formats {
		if f.name == "ocsf" {
			continue
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+Prefix+"/organisations/1/export?format="+f.name, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close() // read
		late := f.name == "json" || f.name == "cyclonedx"
		switch {
		case late && (resp.StatusCode != http.StatusInternalServerError || err != nil || !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/problem+json")):
			t.Errorf("%s: %s %v, want a problem: nothing was sent yet", f.name, resp.Status, err)
		case !late && (err == nil || len(b) == 0):
			t.Errorf("%s: %s, %d bytes and a clean end", f.name, resp.Status, len(b))
		}
	}
}
