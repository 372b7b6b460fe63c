package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/lenscap/lenscap/examples"
	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/app"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/pipeline"
	"github.com/lenscap/lenscap/internal/web"
)

// A reader opens pages of the demonstration's estate as its administrator.
type reader struct {
	*testing.T
	h     http.Handler
	pages map[string]*html.Node
}

func newReader(t *testing.T) *reader {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC) }
	a, err := app.Open(t.Context(), app.Config{Dir: t.TempDir(), Version: "test", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := a.Fill(t.Context(), examples.Estate, nil); err != nil {
		t.Fatal(err)
	}
	overdue(t, a)
	k, err := pipeline.LoadKnowledge("")
	if err != nil {
		t.Fatal(err)
	}
	s, err := web.New(web.Config{Store: a.Store, History: a.History, Hub: a.Hub, Knowledge: k, Now: now, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	who := &access.Person{Account: 1, Name: "ada", Shown: "Ada Admin", Roles: map[int64]access.Role{0: access.Admin}}
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.ServeHTTP(w, r.WithContext(access.With(r.Context(), who)))
	})
	return &reader{t, h, map[string]*html.Node{}}
}

// overdue makes decisions of every kind that has a number: one late, one done
// late, one waived late, and one on what does not cover a device.
func overdue(t *testing.T, a *app.App) {
	t.Helper()
	n := 0
	for site := int64(1); site <= 5; site++ {
		told, err := a.Store.Told(t.Context(), site, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range told.Findings {
			if i > 11 {
				break
			}
			d := hub.Decision{Site: site, Device: f.Device, Regime: f.Regime, Due: "2026-10-01", Owner: "Ann", Status: []string{"open", "done", "in-hand", "accepted"}[n%4]}
			if n++; n%3 == 0 {
				d.Waiver = hub.Waiver{Why: "budget", Until: "2027-03-01", By: "ada"}
			}
			before, err := a.Store.Decision(t.Context(), site, f.Device, f.Regime)
			if err != nil {
				t.Fatal(err)
			}
			d.Version = before.Version
			if err := a.Store.Do(t.Context(), hub.Deed{Actor: "ada", Action: "finding.decide", Object: "x"}, func(tx hub.Tx) error { return tx.SetDecision(&d) }); err != nil {
				t.Fatal(err)
			}
		}
	}
	if n < 20 {
		t.Fatalf("%d findings were decided, too few to tell", n)
	}
}

// open reads a page, once.
func (r *reader) open(path string) *html.Node {
	r.Helper()
	path, _, _ = strings.Cut(path, "#")
	if p := r.pages[path]; p != nil {
		return p
	}
	w := httptest.NewRecorder()
	r.h.ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), http.MethodGet, path, nil))
	if w.Code != http.StatusOK {
		r.Errorf("GET %s: %d", path, w.Code)
		return nil
	}
	p, err := html.Parse(w.Body)
	if err != nil {
		r.Fatal(err)
	}
	r.pages[path] = p
	return p
}

func each(n *html.Node, visit func(*html.Node)) {
	if n.Type == html.ElementNode {
		visit(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		each(c, visit)
	}
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	var b strings.Builder
	var add func(*html.Node)
	add = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			add(c)
		}
	}
	add(n)
	return strings.Join(strings.Fields(b.String()), " ")
}

// find is the first element that has a class, or an id written "#id".
func find(root *html.Node, name string) (found *html.Node) {
	each(root, func(n *html.Node) {
		id, isID := strings.CutPrefix(name, "#")
		if found == nil && (isID && attribute(n, "id") == id || !isID && slices.Contains(strings.Fields(attribute(n, "class")), name)) {
			found = n
		}
	})
	return found
}

var (
	numbered = regexp.MustCompile(`^(\d[\d,]*)(?: |$)`)
	sized    = regexp.MustCompile(`^[\d.,]+ (?:B|kB|MB|GB|TB)$`)
)

func number(s string) (int, bool) {
	m := numbered.FindStringSubmatch(s)
	if m == nil || sized.MatchString(s) {
		return 0, false
	}
	n, err := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
	return n, err == nil
}

// rows counts the lines of the first table in a node.
func rows(n *html.Node) int {
	count := 0
	var body *html.Node
	each(n, func(e *html.Node) {
		if body == nil && e.DataAtom == atom.Tbody {
			body = e
		}
	})
	if body == nil {
		return 0
	}
	for c := body.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Tr {
			count++
		}
	}
	return count
}

// listed is how many things the list behind a link has, as the page itself says it.
func (r *reader) listed(href string) (int, bool) {
	r.Helper()
	u, err := url.Parse(href)
	if err != nil {
		r.Fatal(err)
	}
	page := r.open(href)
	if page == nil {
		return 0, false
	}
	switch {
	case u.Path == "/":
		n, ok := number(text(find(page, "answer")))
		return n, ok
	case u.Path == "/findings" || strings.HasPrefix(u.Path, "/rules/"):
		if do := find(page, "bulk"); do != nil && u.Query().Get("as-at") == "" {
			n, ok := number(text(do))
			return n, ok
		}
		return rows(find(page, "#main")), true
	case u.Path == "/plan":
		n := 0
		each(page, func(e *html.Node) {
			if e.DataAtom == atom.Table && attribute(e, "class") == "list" {
				n = rows(e)
			}
		})
		return n, true
	case u.Path == "/inputs":
		return rows(page), true
	case u.Path == "/knowledge":
		return rows(find(page, "#main")), true
	case u.Path == "/rules":
		n := 0
		each(page, func(e *html.Node) {
			if e.DataAtom == atom.Table && strings.Contains(attribute(e, "class"), "verdicts") {
				n += rows(e)
			}
		})
		return n, true
	case u.Fragment != "":
		at := find(page, "#"+u.Fragment)
		if at == nil {
			r.Errorf("%s: nothing on the page has that id", href)
			return 0, false
		}
		if rows(at) == 0 { // a heading
			at = at.Parent
		}
		return rows(at), true
	}
	return 0, false
}

// Every number is a link to exactly the list behind it.
func TestNumbersLeadToAsMany(t *testing.T) {
	r := newReader(t)
	followed := map[string]int{}
	for _, page := range []string{"/", "/?q=kind:camera", "/egress", "/egress?site=4", "/findings", "/findings?due=overdue", "/findings?all=1", "/findings?status=decided", "/findings?site=2", "/plan", "/plan?show=open", "/board", "/board?organisation=1", "/rules", "/rules/us-889a1B", "/rules/us-889a1B?outcome=would+be+prohibited", "/rules?as-at=2020-01-01", "/sites", "/sites/1", "/sites/2/lists", "/inputs", "/knowledge?q=hik", "/knowledge/hikvision", "/organisations/1", "/subscriptions", "/figures"} {
		root := r.open(page)
		if root == nil {
			continue
		}
		each(find(root, "#main"), func(a *html.Node) {
			href := attribute(a, "href")
			if a.DataAtom != atom.A || !strings.HasPrefix(href, "/") || strings.HasPrefix(href, "/api/") || attribute(a, "aria-current") != "" || attribute(a, "rel") == "next" {
				return
			}
			if strings.HasPrefix(href, "/rules/") && !strings.Contains(href, "?") {
				return // a rule's name may begin with a year
			}
			says := text(a)
			if n := find(a, "num"); n != nil {
				says = text(n)
			}
			want, ok := number(says)
			if !ok {
				return
			}
			got, counted := r.listed(href)
			if !counted {
				t.Errorf("%s: “%s” leads to %s, which says no number", page, text(a), href)
				return
			}
			followed[page]++
			if got != want {
				t.Errorf("%s: “%s” leads to %s, which has %d", page, text(a), href, got)
			}
		})
	}
	all := 0
	for _, n := range followed {
		all += n
	}
	t.Logf("%d numbers followed: %s", all, fmt.Sprint(followed))
	for _, page := range []string{"/", "/egress", "/findings", "/plan", "/board", "/rules"} {
		if followed[page] == 0 {
			t.Errorf("%s has no number that is a link", page)
		}
	}
}
