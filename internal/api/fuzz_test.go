package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/history"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
)

// still refuses what would reach beyond the hub.
type still struct{}

var errStill = fmt.Errorf("%w: not here", hub.ErrInvalid)

func (still) AddToken(context.Context, *access.Person, *access.Token) (string, error) {
	return "", errStill
}
func (still) DropToken(context.Context, *access.Person, int64) error { return errStill }
func (still) Subscribed(context.Context, int64)                      {}
func (still) CheckTarget(context.Context, string) error              { return errStill }
func (still) Try(context.Context, *store.Webhook) error              { return errStill }
func (still) Begin(string, string, string) (hub.Task, error)         { return hub.Task{}, errStill }
func (still) Tasks() []hub.Task                                      { return nil }
func (still) Task(int64) (hub.Task, error)                           { return hub.Task{}, hub.ErrNotFound }

// small is a server with one organisation, a site and nothing in it.
func small(t testing.TB) *Server {
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
		if err := errors.Join(db.Close(), h.Close()); err != nil {
			t.Error(err)
		}
	})
	work := hub.New(hub.Config{Store: db, History: h, Dir: dir, MaxUpload: 1 << 16})
	if _, err := work.FindSite(t.Context(), "test", "Council", "Town hall"); err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{Store: db, History: h, Hub: work, Guard: still{}, Tell: still{}, Care: still{}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// FuzzRequest asks each route for whatever parameters and body there may be: the answer
// is never a fault of the hub, and JSON where it says so.
func FuzzRequest(f *testing.F) {
	var routes []Route
	for _, rt := range Routes() {
		if rt.handle != nil {
			routes = append(routes, rt)
		}
	}
	s := small(f)
	for i, rt := range routes {
		v := url.Values{}
		for _, p := range rt.Params {
			v.Set(p.Name, map[string]string{"integer": "1", "boolean": "true"}[p.Type])
			if len(p.Values) > 0 {
				v.Set(p.Name, p.Values[0])
			}
		}
		body, err := json.Marshal(rt.Body)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), v.Encode(), "", body)
		f.Add(uint8(i), "", `"1"`, []byte(`{"name":"x","facts":{"sensitive":{"ministers":true}},"organisation":1}`))
	}
	for i, q := range []string{"q=maker:hikvision+AND+egress.country!%3DGB&limit=1", "by=site,device,country&scope=all", "site=1,1&after=MQ", "site=1&from=2026-11-23&to=2026-11-23T08:00:00Z", "by=maker,verdict&q=last%3E2026"} {
		for j := range routes {
			if routes[j].Method == http.MethodGet {
				f.Add(uint8(j), q, "", []byte(fmt.Sprint(i)))
			}
		}
	}
	f.Fuzz(func(t *testing.T, at uint8, query, match string, body []byte) {
		rt := routes[int(at)%len(routes)]
		if len(query) > 4096 || len(body) > 1<<14 {
			t.Skip("longer than what is of interest here")
		}
		path := Prefix + rt.Path
		for _, name := range []string{"organisation", "site", "zone", "ingest", "list", "query", "subscription", "token", "task", "device", "regime"} {
			path = strings.ReplaceAll(path, "{"+name+"}", "1")
		}
		r := httptest.NewRequest(rt.Method, path, bytes.NewReader(body))
		r.URL.RawQuery = query
		kind := "application/json"
		if len(rt.Kinds) > 0 {
			kind = rt.Kinds[0]
		}
		r.Header.Set("Content-Type", kind)
		r.Header.Set("If-Match", match)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r.WithContext(access.With(t.Context(), access.Console("test"))))
		if w.Code >= 500 {
			t.Fatalf("%s %s?%s with %q: %d %s", rt.Method, path, query, body, w.Code, w.Body)
		}
		if strings.Contains(w.Header().Get("Content-Type"), "json") && !strings.Contains(w.Header().Get("Content-Type"), "ndjson") && w.Body.Len() > 0 && !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s %s?%s: %d is no JSON: %q", rt.Method, path, query, w.Code, w.Body)
		}
	})
}
