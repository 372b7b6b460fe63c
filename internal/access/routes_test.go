package access_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lenscap/lenscap/examples"
	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/app"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
	"github.com/lenscap/lenscap/internal/web"
)

// A wholeHub is the hub as it is served, with two organisations that each handed
// in the example, and accounts of every role in the first, ash.
type wholeHub struct {
	*testing.T
	app    *app.App
	ash    int64
	marker string            // in a name that only who may see ash can read
	fill   map[string]string // placeholders of patterns, with what is ash's
	people map[string]*visitor
}

// A visitor is a person in a browser of its own, nobody's when it has no name.
type visitor struct {
	name string
	role access.Role
	http *http.Client
	csrf string
}

func newWholeHub(t *testing.T) *wholeHub {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	a, err := app.New(ctx, app.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", Examples: examples.Captures, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	h := &wholeHub{T: t, app: a, marker: "Zzyzx", people: map[string]*visitor{}}
	sites := map[string]*hub.Site{}
	for org, site := range map[string]string{"Ash Zzyzx council": "Zzyzx hall", "Birch police": "Birch yard"} {
		s, err := a.Hub.FindSite(ctx, "test", org, site)
		if err != nil {
			t.Fatal(err)
		}
		sites[site] = s
		name, b := examples.First()
		if _, err := a.Hub.Take(ctx, hub.Parcel{Site: s.ID, Organisation: s.Organisation, Name: org[:3] + name, Source: "command", By: "test"}, bytes.NewReader(b)); err != nil {
			t.Fatal(err)
		}
	}
	if err := a.Hub.Settled(ctx); err != nil {
		t.Fatal(err)
	}
	h.learn(ctx, sites["Zzyzx hall"])
	target := &access.Account{Name: "target", Shown: "Zzyzx target", Roles: map[int64]access.Role{h.ash: access.Viewer}}
	if err := a.Guard.AddAccount(ctx, access.Console("test"), target, good); err != nil {
		t.Fatal(err)
	}
	h.fill["id"] = fmt.Sprint(target.ID)
	for _, role := range access.Roles {
		h.visitor(string(role), map[int64]access.Role{h.ash: role})
	}
	h.visitor("birch", map[int64]access.Role{sites["Birch yard"].Organisation: access.Admin})
	h.visitor("norole", map[int64]access.Role{})
	h.people["nobody"] = &visitor{name: "nobody", http: client(t)}
	return h
}

// learn finds out what ash has.
func (h *wholeHub) learn(ctx context.Context, site *hub.Site) {
	h.Helper()
	h.ash = site.Organisation
	page, err := h.app.Store.Devices(ctx, store.DeviceQuery{Organisations: []int64{h.ash}})
	if err != nil || len(page.Devices) == 0 {
		h.Fatalf("ash has no devices: %v", err)
	}
	ingests, err := h.app.Store.Ingests(ctx, site.ID, 0, 1)
	if err != nil || len(ingests) == 0 {
		h.Fatalf("ash has no inputs: %v", err)
	}
	q := &hub.Query{Organisation: h.ash, Name: "Zzyzx search", Text: "kind:camera", By: "test"}
	err = h.app.Store.Change(ctx, hub.Deed{Actor: "test", Action: "query.save", Organisation: h.ash}, func(tx *store.Tx) error { return tx.SaveQuery(q) })
	if err != nil {
		h.Fatal(err)
	}
	told := &store.Webhook{Organisation: h.ash, URL: "https://hook.example.org/Zzyzx", Events: []string{"change"}}
	err = h.app.Store.Change(ctx, hub.Deed{Actor: "test", Action: "subscription.add", Organisation: h.ash}, func(tx *store.Tx) error { return tx.SetWebhook(told) })
	if err != nil {
		h.Fatal(err)
	}
	h.fill = map[string]string{
		"subscription": fmt.Sprint(told.ID),
		"site":         fmt.Sprint(site.ID), "organisation": fmt.Sprint(h.ash), "device": page.Devices[0].Device.Device, "ingest": fmt.Sprint(ingests[0].ID), "query": fmt.Sprint(q.ID),
		"regime": "us-ndaa-889", "company": "hikvision", "list": strings.Repeat("a", 32), "upload": strings.Repeat("b", 32),
	}
}

func client(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar, Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// visitor makes an account and signs it in.
func (h *wholeHub) visitor(name string, roles map[int64]access.Role) {
	h.Helper()
	if err := h.app.Guard.AddAccount(h.Context(), access.Console("test"), &access.Account{Name: name, Roles: roles}, good); err != nil {
		h.Fatal(err)
	}
	v := &visitor{name: name, role: roles[h.ash], http: client(h.T)}
	if status, body := h.send(v, "POST", "/sign-in", url.Values{"name": {name}, "password": {good}}); status != http.StatusSeeOther {
		h.Fatalf("sign in as %s: %d %s", name, status, body)
	}
	_, body := h.send(v, "GET", "/account", nil)
	_, rest, _ := strings.Cut(body, `<meta name="csrf" content="`)
	v.csrf, _, _ = strings.Cut(rest, `"`)
	h.people[name] = v
}

// send asks as a browser does. Of a page that goes on for ever it reads the
// beginning.
func (h *wholeHub) send(v *visitor, method, path string, form url.Values) (status int, body string) {
	h.Helper()
	ctx, stop := context.WithTimeout(h.Context(), 20*time.Second)
	defer stop()
	var sent io.Reader
	kind := ""
	if form != nil && path == "/inputs" {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		for _, name := range []string{"csrf", "site"} {
			w.WriteField(name, form.Get(name))
		}
		f, err := w.CreateFormFile("file", "x.pcap")
		if err != nil {
			h.Fatal(err)
		}
		f.Write([]byte("nothing"))
		w.Close()
		sent, kind = &b, w.FormDataContentType()
	} else if form != nil {
		sent, kind = strings.NewReader(form.Encode()), "application/x-www-form-urlencoded"
	}
	q, err := http.NewRequestWithContext(ctx, method, h.app.URL()+path, sent)
	if err != nil {
		h.Fatal(err)
	}
	q.Header.Set("Accept", "text/html")
	q.Header.Set("X-CSRF", v.csrf)
	if kind != "" {
		q.Header.Set("Content-Type", kind)
	}
	resp, err := v.http.Do(q)
	if err != nil {
		h.Fatalf("%s %s as %s: %v", method, path, v.name, err)
	}
	defer resp.Body.Close()
	most := int64(8 << 20)
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		most = 1 // it is there
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, most))
	if err != nil && !errors.Is(err, context.Canceled) {
		h.Fatalf("%s %s as %s: %v", method, path, v.name, err)
	}
	return resp.StatusCode, string(b)
}

// path puts what is ash's into a pattern.
func (h *wholeHub) path(pattern string) string {
	path := strings.ReplaceAll(pattern, "{$}", "")
	for name, value := range h.fill {
		path = strings.ReplaceAll(path, "{"+name+"}", value)
	}
	if strings.Contains(path, "{") {
		h.Fatalf("pattern %s: say in this test what of ash stands there", pattern)
	}
	return path
}

// form names what is ash's wherever a form may name something.
func (h *wholeHub) form(v *visitor) url.Values {
	device := h.fill["site"] + "/" + h.fill["device"]
	return url.Values{
		"csrf": {v.csrf}, "site": {h.fill["site"]}, "organisation": {h.fill["organisation"]}, "device": {device}, "finding": {device + "/" + h.fill["regime"]},
		"do": {"tag"}, "tags": {"stolen"}, "name": {"Intruder"}, "text": {"was here"}, "query": {"kind:camera"}, "status": {"accepted"}, "regime": {h.fill["regime"]}, "action": {"remove"},
		"version": {"1"}, "back": {"/"}, "role": {"viewer"}, "role." + h.fill["organisation"]: {"viewer"}, "owner": {"me"}, "due": {"2027-01-01"},
	}
}

type anyRoute struct {
	method, pattern string
	action          access.Action
}

func allRoutes(g *access.Guard) []anyRoute {
	var out []anyRoute
	for _, rt := range web.Routes() {
		out = append(out, anyRoute{rt.Method, rt.Pattern, rt.Action})
	}
	for _, rt := range g.Routes() {
		if !rt.Public && rt.Action != "" {
			out = append(out, anyRoute{rt.Method, rt.Pattern, rt.Action})
		}
	}
	return out
}

// Every page and form, for every role: nobody is sent to sign in, a role without
// the action is refused, one with it is not.
func TestEveryRouteAndRole(t *testing.T) {
	if testing.Short() {
		t.Skip("a whole hub")
	}
	h := newWholeHub(t)
	for _, rt := range allRoutes(h.app.Guard) {
		path := h.path(rt.pattern)
		for _, name := range slices.Sorted(maps.Keys(h.people)) {
			v := h.people[name]
			if name == "birch" {
				continue
			}
			var form url.Values
			if rt.method != http.MethodGet {
				form = url.Values{"csrf": {v.csrf}} // empty: what is asked is whether it is looked at
			}
			status, body := h.send(v, rt.method, path, form)
			switch {
			case status >= 500:
				t.Errorf("%s %s as %s: status %d\n%.300s", rt.method, path, name, status, body)
			case name == "nobody":
				if status != http.StatusSeeOther && status != http.StatusUnauthorized {
					t.Errorf("%s %s as nobody: status %d", rt.method, path, status)
				}
				if strings.Contains(body, h.marker) {
					t.Errorf("%s %s as nobody: the page names what is ash's", rt.method, path)
				}
			case v.role == access.Watchdog && path == "/": // is sent to all it may see
				if status != http.StatusSeeOther || strings.Contains(body, h.marker) {
					t.Errorf("GET / as %s: status %d, want 303 to the figures", name, status)
				}
			case !v.role.Allows(rt.action):
				if status != http.StatusForbidden {
					t.Errorf("%s %s as %s, which may not %s: status %d, want 403", rt.method, path, name, rt.action, status)
				}
			case status == http.StatusUnauthorized || status == http.StatusForbidden && !needsAll[rt.method+" "+rt.pattern]:
				t.Errorf("%s %s as %s, which may %s: status %d", rt.method, path, name, rt.action, status)
			}
		}
	}
}

// needsAll are routes for which a role in one organisation is not enough.
var needsAll = map[string]bool{"GET /care": true, "POST /care": true, "POST /organisations": true, "POST /organisations/{organisation}/drop": true, "GET /settings": true, "POST /welcome": true}

// An administrator of birch reads and changes nothing of ash, whatever it asks
// and whatever its forms name.
func TestAcrossOrganisations(t *testing.T) {
	if testing.Short() {
		t.Skip("a whole hub")
	}
	h := newWholeHub(t)
	birch := h.people["birch"]
	before := h.entriesOf(h.ash)
	for _, rt := range allRoutes(h.app.Guard) {
		path := h.path(rt.pattern)
		var form url.Values
		if rt.method != http.MethodGet {
			form = h.form(birch)
		} else if !strings.Contains(rt.pattern, "{") {
			path += "?" + url.Values{"site": {h.fill["site"]}, "organisation": {h.fill["organisation"]}, "q": {"site:Zzyzx"}}.Encode()
		}
		status, body := h.send(birch, rt.method, path, form)
		if status >= 500 {
			t.Errorf("%s %s: status %d", rt.method, path, status)
		}
		body = strings.ReplaceAll(strings.ReplaceAll(body, "site:Zzyzx", ""), url.QueryEscape("site:Zzyzx"), "") // its own question
		if strings.Contains(body, h.marker) {
			i := strings.Index(body, h.marker)
			t.Errorf("%s %s: the page names what is ash's: …%s…", rt.method, path, body[max(0, i-150):min(len(body), i+50)])
		}
		for _, part := range []string{"{site}", "{organisation}", "{ingest}", "{query}", "{subscription}", "{id}"} {
			if strings.Contains(rt.pattern, part) && status != http.StatusNotFound && status != http.StatusForbidden {
				t.Errorf("%s %s: status %d, want 404 or 403", rt.method, path, status)
				break
			}
		}
	}
	if after := h.entriesOf(h.ash); len(after) != len(before) {
		t.Errorf("the audit log has %d rows more of ash: %+v", len(after)-len(before), after[0])
	}
	for _, e := range h.by("birch") {
		if e.Organisation == h.ash || strings.Contains(e.Object+e.Detail, h.marker) {
			t.Errorf("birch did %s of %s: %s", e.Action, e.Object, e.Detail)
		}
	}
}

func (h *wholeHub) entriesOf(org int64) []hub.Entry {
	h.Helper()
	list, err := h.app.Store.AuditLog(h.Context(), []int64{org}, false, 0, 1000)
	if err != nil {
		h.Fatal(err)
	}
	return list
}

func (h *wholeHub) by(actor string) []hub.Entry {
	h.Helper()
	list, err := h.app.Store.AuditLog(h.Context(), nil, true, 0, 1000)
	if err != nil {
		h.Fatal(err)
	}
	return slices.DeleteFunc(list, func(e hub.Entry) bool { return e.Actor != actor })
}
