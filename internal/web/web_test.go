package web

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lenscap/lenscap/examples"
	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/history"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/pipeline"
	"github.com/lenscap/lenscap/internal/store"
)

// knowledge is read once for all tests.
var knowledge = sync.OnceValues(func() (*pipeline.Knowledge, error) { return pipeline.LoadKnowledge("") })

// A site of tests: a real store, a real hub, and its pages for one person.
type testHub struct {
	*testing.T
	*Server
	db  *store.DB
	hub *hub.Hub
	who *access.Person // who asks; set between requests
	url string
}

var admin = &access.Person{Account: 1, Name: "ada", Shown: "Ada Admin", Roles: map[int64]access.Role{0: access.Admin}}

func newTestHub(t *testing.T) *testHub {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	dir := t.TempDir()
	db, err := store.Open(ctx, filepath.Join(dir, "hub.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	old, err := history.Open(filepath.Join(dir, "history"), history.Options{})
	if err != nil {
		t.Fatal(err)
	}
	k, err := knowledge()
	if err != nil {
		t.Fatal(err)
	}
	h := hub.New(hub.Config{Store: db, History: old, Knowledge: k, Dir: filepath.Join(dir, "waiting"), Version: "test"})
	done := make(chan error)
	go func() { done <- h.Run(ctx) }()
	x := &testHub{T: t, db: db, hub: h, who: admin}
	if x.Server, err = New(Config{Store: db, History: old, Hub: h, Knowledge: k, Examples: examples.Captures, Version: "test"}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", access.Policy)
		if x.who != nil {
			r = r.WithContext(access.With(r.Context(), x.who))
		}
		x.Server.ServeHTTP(w, r)
	}))
	x.url = server.URL
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := old.Close(); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

// idle waits until the hub has worked everything off.
func (x *testHub) idle() {
	x.Helper()
	if err := x.hub.Settled(context.Background()); err != nil {
		x.Fatal(err)
	}
}

// An answer is what a request got.
type answer struct {
	status int
	body   string
	header http.Header
}

func (x *testHub) do(method, path string, form url.Values, header ...string) answer {
	x.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequest(method, x.url+path, body)
	if err != nil {
		x.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	a, err := client.Do(r)
	if err != nil {
		x.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		x.Fatal(err)
	}
	return answer{a.StatusCode, string(b), a.Header}
}

// get reads a page that must be there.
func (x *testHub) get(path string) string {
	x.Helper()
	a := x.do("GET", path, nil)
	if a.status != 200 {
		x.Fatalf("GET %s: %d\n%s", path, a.status, a.body)
	}
	return a.body
}

// post sends a form that must be taken, and returns where it leads.
func (x *testHub) post(path string, form ...string) string {
	x.Helper()
	v := url.Values{}
	for i := 0; i+1 < len(form); i += 2 {
		v.Add(form[i], form[i+1])
	}
	a := x.do("POST", path, v)
	if a.status != 303 {
		x.Fatalf("POST %s: %d\n%s", path, a.status, a.body)
	}
	return a.header.Get("Location")
}

// example takes the hub through the first run.
func (x *testHub) example() {
	x.Helper()
	x.post("/welcome", "organisation", "Example organisation", "name", "Example site", "example", "lab-station.pcapng")
	x.idle()
}

func says(t *testing.T, page string, wants ...string) {
	t.Helper()
	if i := strings.Index(page, "<main"); i > 0 {
		page = page[i:]
	}
	for _, w := range wants {
		if !strings.Contains(page, w) {
			t.Errorf("the page does not say %q:\n%.3000s", w, page)
		}
	}
}

func TestFirstRun(t *testing.T) {
	x := newTestHub(t)
	says(t, x.get("/"), "This hub holds nothing yet", "lab-station.pcapng")
	begun := time.Now()
	to := x.post("/welcome", "organisation", "Example organisation", "name", "Example site", "example", "lab-station.pcapng")
	says(t, x.get(to), "lab-station.pcapng")
	x.idle()
	t.Logf("the example's result was there after %v", time.Since(begun))
	says(t, x.get(to), "were read")
	page := x.get("/")
	says(t, page, "in the estate", "Hikvision", "Columns")
	for _, path := range []string{"/inputs", "/inputs/new", "/sites", "/sites/1", "/organisations/1", "/estate.csv", "/estate.json", "/complete?q=mak&at=3", "/?q=maker:hikvision", "/?q=maker:(", "/?sort=maker&desc=1",
		"/egress", "/egress?site=1", "/egress?q=maker:hikvision", "/findings", "/findings?verdict=cannot-tell&status=open&sort=due", "/findings?q=kind:camera", "/rules", "/rules?as-at=2020-01-01", "/audit", "/plan", "/board", "/board?organisation=1", "/knowledge", "/knowledge?q=hik", "/knowledge/hikvision", "/settings", "/sites/1/lists"} {
		x.get(path)
	}
	rules := x.get("/rules")
	for _, id := range ids(rules, `href="/rules/`) {
		x.get("/rules/" + id)
	}
	x.get("/rules/us-889a1B?as-at=2019-01-01")
	x.get("/rules/us-889a1B?outcome=cannot+tell")
	_, rest, ok := strings.Cut(page, `href="/devices/`)
	if !ok {
		t.Fatal("no device in the estate")
	}
	path, _, _ := strings.Cut(rest, `"`)
	says(t, x.get("/devices/"+path), "Who made it, and what is in it?", "evidence")
}

// ids are the ends of links that begin so.
func ids(page, begin string) (out []string) {
	for _, part := range strings.Split(page, begin)[1:] {
		id, _, _ := strings.Cut(part, `"`)
		if !strings.ContainsAny(id, "?#") {
			out = append(out, id)
		}
	}
	return out
}

// plan plans what Hikvision made, a month from now.
func (x *testHub) plan() {
	x.Helper()
	page, err := x.db.Devices(context.Background(), store.DeviceQuery{All: true, Sort: "severity", Descending: true, Limit: 4})
	if err != nil {
		x.Fatal(err)
	}
	for i, d := range page.Devices {
		form := []string{"do", "plan", "device", rowKey(d.Site, d.Device.Device), "action", "replace", "target", time.Now().AddDate(0, i+1, 0).Format(time.DateOnly), "back", "/plan"}
		x.post("/devices", form...)
		if i == 0 {
			x.post(deviceHref(d.Site, d.Device.Device)+"/plan", "action", "remove", "target", time.Now().AddDate(0, -1, 0).Format(time.DateOnly), "done", time.Now().Format(time.DateOnly))
		}
	}
}

// shows waits until the hub has worked everything off; then a page says something.
func (x *testHub) shows(path, want string) {
	x.Helper()
	x.idle()
	says(x.T, x.get(path), want)
}
