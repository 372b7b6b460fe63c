package access_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
)

// good is a password that may be set.
const good = "oriole quarry tundra mint"

// A clock is moved by hand.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// A rig is a hub's door on a real server and a real store, with three pages
// behind it: /who says who asks, /do takes a form, /upload says what it was
// sent.
type rig struct {
	*testing.T
	db    *store.DB
	guard *access.Guard
	srv   *httptest.Server
	clock *clock
	orgs  []int64
}

func newRig(t *testing.T, change ...func(*access.Config)) *rig {
	t.Helper()
	r := &rig{T: t, clock: &clock{t: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}}
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "hub.db"), store.Options{Now: r.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if rows, err := db.VerifyAudit(context.Background()); err != nil {
			t.Errorf("audit log after %d rows: %v", rows, err)
		}
		db.Close()
	})
	r.db = db
	for _, name := range []string{"Ash council", "Birch police"} {
		o := &hub.Organisation{Name: name}
		if err := db.Do(t.Context(), hub.Deed{Actor: "hub", Action: "organisation.create"}, func(tx hub.Tx) error { return tx.AddOrganisation(o) }); err != nil {
			t.Fatal(err)
		}
		r.orgs = append(r.orgs, o.ID)
	}
	mux := http.NewServeMux()
	var inner http.Handler
	r.srv = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { inner.ServeHTTP(w, q) }))
	t.Cleanup(r.srv.Close)
	cfg := access.Config{Store: db, Now: r.clock.now, PublicURL: r.srv.URL, Render: func(w http.ResponseWriter, q *http.Request, name string, data any) {
		w.Header().Set("ETag", `"x"`)
		w.WriteHeader(http.StatusOK)
		_ = json.NewEncoder(w).Encode(map[string]any{"page": name, "data": data})
	}}
	for _, f := range change {
		f(&cfg)
	}
	if r.guard, err = access.New(cfg); err != nil {
		t.Fatal(err)
	}
	r.guard.Cheap()
	mux.HandleFunc("GET /who", func(w http.ResponseWriter, q *http.Request) {
		p := access.From(q.Context())
		fmt.Fprintf(w, "%s %s", p.Actor(), p.CSRF())
	})
	mux.HandleFunc("POST /do", func(w http.ResponseWriter, q *http.Request) {
		fmt.Fprintf(w, "did %s", q.PostFormValue("what"))
	})
	mux.HandleFunc("POST /upload", func(w http.ResponseWriter, q *http.Request) {
		b, err := io.ReadAll(q.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
			return
		}
		w.Write(b)
	})
	mux.HandleFunc("POST /linger", func(w http.ResponseWriter, q *http.Request) {
		_ = q.ParseForm()
		select {
		case <-q.Context().Done():
		case <-time.After(400 * time.Millisecond): // deadlines of a connection are of real time
			fmt.Fprint(w, "went on")
		}
	})
	mux.HandleFunc("GET /stream", func(w http.ResponseWriter, q *http.Request) {
		ctx, done, err := r.guard.Stream(q)
		if err != nil {
			http.Error(w, err.Error(), http.StatusTooManyRequests)
			return
		}
		defer done()
		_ = http.NewResponseController(w).Flush()
		<-ctx.Done()
	})
	inner = r.guard.Middleware(mux)
	return r
}

// account makes an account with the password good.
func (r *rig) account(name string, roles map[int64]access.Role) *access.Account {
	r.Helper()
	a := &access.Account{Name: name, Roles: roles}
	if err := r.guard.AddAccount(r.Context(), access.Console("test"), a, good); err != nil {
		r.Fatal(err)
	}
	return a
}

// A browser keeps cookies and follows no redirect.
type browser struct {
	*rig
	http *http.Client
	csrf string
}

func (r *rig) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		r.Fatal(err)
	}
	c := *r.srv.Client()
	c.Jar = jar
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{rig: r, http: &c}
}

// An answer is a response, read.
type answer struct {
	status int
	header http.Header
	body   string
}

func (b *browser) send(q *http.Request) answer {
	b.Helper()
	resp, err := b.http.Do(q)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

func (b *browser) request(method, path string, body io.Reader) *http.Request {
	b.Helper()
	target := path
	if strings.HasPrefix(path, "/") {
		target = b.srv.URL + path
	}
	q, err := http.NewRequestWithContext(b.Context(), method, target, body)
	if err != nil {
		b.Fatal(err)
	}
	q.Header.Set("Accept", "text/html")
	return q
}

func (b *browser) get(path string) answer {
	b.Helper()
	return b.send(b.request("GET", path, nil))
}

// post sends a form, with the word of the session as a page would.
func (b *browser) post(path string, pairs ...string) answer {
	b.Helper()
	form := url.Values{"csrf": {b.csrf}}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	q := b.request("POST", path, strings.NewReader(form.Encode()))
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	q.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.send(q)
}

// signIn signs in and learns the session's word.
func (b *browser) signIn(name, password string) answer {
	b.Helper()
	a := b.post("/sign-in", "name", name, "password", password)
	b.learn()
	return a
}

func (b *browser) learn() {
	b.Helper()
	_, b.csrf, _ = strings.Cut(b.get("/who").body, " ")
}

// who is the name the hub knows the browser by.
func (b *browser) who() string {
	b.Helper()
	name, _, _ := strings.Cut(b.get("/who").body, " ")
	return name
}

func (b *browser) cookie() *http.Cookie {
	u, _ := url.Parse(b.srv.URL)
	for _, c := range b.http.Jar.Cookies(u) {
		if c.Name == b.guard.SessionCookie() {
			return c
		}
	}
	return nil
}

// entries are the audit log's rows of an action.
func (r *rig) entries(action string) []hub.Entry {
	r.Helper()
	all, err := r.db.AuditLog(r.Context(), nil, true, 0, 1000)
	if err != nil {
		r.Fatal(err)
	}
	var out []hub.Entry
	for _, e := range all {
		if e.Action == action {
			out = append(out, e)
		}
	}
	return out
}

// status says what was wanted of a step and what came.
func (r *rig) status(step string, a answer, want int) {
	r.Helper()
	if a.status != want {
		r.Errorf("%s: status %d, want %d\n%s", step, a.status, want, a.body)
	}
}
