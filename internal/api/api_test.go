package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/api"
	"github.com/lenscap/lenscap/internal/app"
	"github.com/lenscap/lenscap/internal/asset"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
)

// The descriptions are what the code says, and a real validator finds nothing
// wrong with the one for machines.
func TestReference(t *testing.T) {
	got, err := api.OpenAPI(api.UsualCookie)
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string][]byte{"openapi.json": got, "api.md": []byte(api.Reference())} {
		file := filepath.Join("..", "..", "docs", "reference", name)
		if os.Getenv("LENSCAP_UPDATE") != "" {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the routes and types say: run make docs", file)
		}
	}
	if !bytes.Contains(got, []byte(`"openapi": "3.1.0"`)) {
		t.Error("it does not say that it is OpenAPI 3.1")
	}
	doc, err := libopenapi.NewDocument(got)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := doc.BuildV3Model(); err != nil {
		t.Fatal(err)
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	if ok, errs := v.ValidateDocument(); !ok {
		for _, e := range errs {
			t.Errorf("%s: %s", e.Message, e.Reason)
			for _, s := range e.SchemaValidationErrors {
				t.Errorf("  %s", s.Reason)
			}
		}
	}
}

// A rig is a whole hub on a port, and tokens of three accounts.
type rig struct {
	*testing.T
	app                     *app.App
	admin, viewer, stranger string // tokens
	valid                   validator.Validator
}

func newRig(t *testing.T, change ...func(*app.Config)) *rig {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cfg := app.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", Version: "test", Machines: app.Machines{Webhooks: []string{"hook.example.org"}}}
	for _, do := range change {
		do(&cfg)
	}
	a, err := app.New(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{T: t, app: a}
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	spec, err := api.OpenAPI(api.UsualCookie)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := libopenapi.NewDocument(spec)
	if err != nil {
		t.Fatal(err)
	}
	var errs []error
	if r.valid, errs = validator.NewValidator(doc); len(errs) > 0 {
		t.Fatal(errs)
	}
	r.admin = r.token("ada", map[int64]access.Role{0: access.Admin}, access.Scopes)
	return r
}

func (r *rig) token(name string, roles map[int64]access.Role, scopes []access.Scope) string {
	r.Helper()
	acc := &access.Account{Name: name, Roles: roles}
	by := access.Console("test")
	if err := r.app.Guard.AddAccount(r.Context(), by, acc, "oriole quarry tundra mint"); err != nil {
		r.Fatal(err)
	}
	secret, err := r.app.Guard.AddToken(r.Context(), by, &access.Token{Account: acc.ID, Name: "test", Scopes: scopes, Expires: time.Now().Add(time.Hour)})
	if err != nil {
		r.Fatal(err)
	}
	return secret
}

type answer struct {
	status int
	body   []byte
	header http.Header
}

// do asks, and holds the answer to the description.
func (r *rig) do(token, method, path string, body any, header ...string) answer {
	r.Helper()
	var b io.Reader
	kind := "application/json"
	switch v := body.(type) {
	case nil:
	case []byte:
		b, kind = bytes.NewReader(v), "application/octet-stream"
	case string:
		b = strings.NewReader(v)
	}
	if method == "PATCH" {
		kind = "application/merge-patch+json"
	}
	req, err := http.NewRequestWithContext(r.Context(), method, "http://"+r.app.Addr().String()+path, b)
	if err != nil {
		r.Fatal(err)
	}
	if b != nil {
		req.Header.Set("Content-Type", kind)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(resp.Body)
	if err != nil {
		r.Fatal(err)
	}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") && strings.HasPrefix(path, api.Prefix) && !strings.HasSuffix(path, "openapi.json") {
		resp.Body = io.NopCloser(bytes.NewReader(out))
		if ok, errs := r.valid.ValidateHttpResponse(req, resp); !ok {
			for _, e := range errs {
				r.Errorf("%s %s: the answer is not as described: %s: %s", method, path, e.Message, e.Reason)
				for _, s := range e.SchemaValidationErrors {
					r.Errorf("  %s at %s", s.Reason, s.FieldPath)
				}
			}
		}
	}
	return answer{resp.StatusCode, out, resp.Header}
}

// want asks and demands a status; v takes the answer.
func (r *rig) want(status int, token, method, path string, body, v any, header ...string) answer {
	r.Helper()
	a := r.do(token, method, path, body, header...)
	if a.status != status {
		r.Fatalf("%s %s: %d, want %d\n%s", method, path, a.status, status, a.body)
	}
	if status >= 400 {
		var p api.Problem
		if err := json.Unmarshal(a.body, &p); err != nil || p.Status != status || p.Title == "" || !strings.HasPrefix(a.header.Get("Content-Type"), "application/problem+json") {
			r.Errorf("%s %s: %d without a problem: %s %s", method, path, status, a.header.Get("Content-Type"), a.body)
		}
	}
	if v != nil {
		if err := json.Unmarshal(a.body, v); err != nil {
			r.Fatalf("%s %s: %v\n%s", method, path, err, a.body)
		}
	}
	return a
}

type page struct {
	Items []map[string]any `json:"items"`
	Next  string           `json:"next"`
	Total int64            `json:"total"`
}

// TestAProgramRunsAnEstate goes the way of a program: an organisation, a site, a
// capture, what follows from it, a decision, exports.
func TestAProgramRunsAnEstate(t *testing.T) {
	r := newRig(t)
	const v1 = api.Prefix
	var org, other, site struct {
		ID      int64 `json:"id"`
		Version int64 `json:"version"`
	}
	r.want(201, r.admin, "POST", v1+"/organisations", `{"name":"Ash council","type":"","country":"GB"}`, &org)
	r.want(201, r.admin, "POST", v1+"/organisations", `{"name":"Birch police"}`, &other)
	says := func(a answer, want string) {
		t.Helper()
		var p api.Problem
		if err := json.Unmarshal(a.body, &p); err != nil || !strings.HasPrefix(p.Detail, want) {
			t.Errorf("%v: the detail is %q, want %q", err, p.Detail, want)
		}
	}
	says(r.want(409, r.admin, "POST", v1+"/organisations", `{"name":"Ash council"}`, nil), `Organisation "Ash council": the name is taken; choose another.`)
	says(r.want(400, r.admin, "GET", v1+"/facets", "", nil), "by: it is missing; name one field or more")
	says(r.want(400, r.admin, "GET", v1+"/facets?by=colour", "", nil), `by: "colour" is not known; it is one of `)
	says(r.want(400, r.admin, "GET", v1+"/devices?q=maker:(", "", nil), "q: ")
	says(r.want(422, r.admin, "POST", v1+"/subscriptions", fmt.Sprintf(`{"organisation":%d,"url":"mailto:a@example.org","events":["device.new"]}`, org.ID), nil), "url: this hub's settings have no ")
	says(r.want(400, r.admin, "GET", v1+"/findings?verdict=banned", "", nil), "verdict: ")
	r.want(200, r.admin, "GET", v1+"/findings?verdict=would-be-prohibited", "", nil)
	says(r.want(400, r.admin, "GET", v1+"/findings?regime=us-1", "", nil), `regime: "us-1" is not known; it is one of `)
	r.want(200, r.admin, "GET", v1+"/findings?regime=us-889a1b", "", nil)
	r.want(422, r.admin, "POST", v1+"/organisations", `{"name":"Elm","colour":"red"}`, nil)
	r.want(415, r.admin, "POST", v1+"/organisations", []byte(`{"name":"Elm"}`), nil)
	made := r.want(201, r.admin, "POST", v1+"/sites", fmt.Sprintf(`{"organisation":%d,"name":"Town hall"}`, org.ID), &site)
	if at := made.header.Get("Location"); at != fmt.Sprintf("%s/sites/%d", v1, site.ID) {
		t.Errorf("Location %q", at)
	}
	at := fmt.Sprintf("%s/sites/%d", v1, site.ID)
	r.viewer = r.token("vera", map[int64]access.Role{org.ID: access.Viewer}, []access.Scope{access.Read, access.Write, access.HandIn})
	watchdog := r.token("wanda", map[int64]access.Role{org.ID: access.Watchdog}, []access.Scope{access.Read})
	var sums struct{ Items []store.Figures }
	r.want(200, watchdog, "GET", v1+"/figures", nil, &sums)
	if len(sums.Items) != 1 || sums.Items[0].Organisation != org.ID || sums.Items[0].Verdicts == nil {
		t.Errorf("a watchdog of one organisation reads figures of %+v", sums.Items)
	}
	r.want(404, watchdog, "GET", fmt.Sprintf("%s/figures?organisation=%d", v1, other.ID), nil, nil)
	r.want(403, watchdog, "GET", v1+"/devices", nil, nil)
	r.stranger = r.token("sven", map[int64]access.Role{other.ID: access.Admin}, access.Scopes)

	t.Run("a change needs what it was made of", func(t *testing.T) {
		r := &rig{T: t, app: r.app, valid: r.valid, admin: r.admin, viewer: r.viewer, stranger: r.stranger}
		tag := r.want(200, r.admin, "GET", at, nil, nil).header.Get("ETag")
		r.want(304, r.admin, "GET", at, nil, nil, "If-None-Match", tag)
		r.want(428, r.admin, "PATCH", at, `{"facts":{"closed":true}}`, nil)
		r.want(422, r.admin, "PATCH", at, `{"facts":{"sensitive":{"made-up":true}}}`, nil, "If-Match", tag)
		var s struct {
			Name  string         `json:"name"`
			Facts map[string]any `json:"facts"`
		}
		r.want(200, r.admin, "PATCH", at, `{"facts":{"closed":true,"owner":"Ash"}}`, &s, "If-Match", tag)
		if s.Name != "Town hall" || s.Facts["closed"] != true || s.Facts["owner"] != "Ash" {
			t.Errorf("patched to %+v", s)
		}
		r.want(412, r.admin, "PATCH", at, `{"name":"Other"}`, nil, "If-Match", tag)
		tag = r.want(200, r.admin, "GET", at, nil, nil).header.Get("ETag")
		s.Facts = nil
		r.want(200, r.admin, "PATCH", at, `{"facts":{"owner":null}}`, &s, "If-Match", tag)
		if _, there := s.Facts["owner"]; there || s.Facts["closed"] != true {
			t.Errorf("null did not take the owner away, or took more: %+v", s)
		}
		r.want(403, r.viewer, "PATCH", at, `{"name":"Mine"}`, nil, "If-Match", "*")
		r.want(404, r.stranger, "PATCH", at, `{"name":"Mine"}`, nil, "If-Match", "*")
	})

	capture, err := os.ReadFile(filepath.Join("..", "..", "examples", "lab-station.pcapng"))
	if err != nil {
		t.Fatal(err)
	}
	r.want(404, r.stranger, "POST", at+"/ingests?name=x.pcapng", capture, nil)
	r.want(403, r.viewer, "POST", at+"/ingests?name=x.pcapng", capture, nil)
	var in struct {
		ID    int64  `json:"id"`
		State string `json:"state"`
		Error string `json:"error"`
	}
	r.want(202, r.admin, "POST", at+"/ingests?name=lab-station.pcapng", capture, &in)
	idle(t, r.app)
	if r.want(200, r.viewer, "GET", fmt.Sprintf("%s/ingests/%d", v1, in.ID), nil, &in); in.State != "done" {
		t.Fatalf("the ingest is %s: %s", in.State, in.Error)
	}

	t.Run("every reader answers as described, and strangers see nothing", func(t *testing.T) {
		r := &rig{T: t, app: r.app, valid: r.valid, admin: r.admin, viewer: r.viewer, stranger: r.stranger}
		walk(r, org.ID, site.ID, in.ID)
	})
	t.Run("devices page by page", func(t *testing.T) {
		r := &rig{T: t, app: r.app, valid: r.valid, viewer: r.viewer, stranger: r.stranger}
		var all, one page
		r.want(200, r.viewer, "GET", v1+"/devices?limit=1000&sort=name", nil, &all)
		if len(all.Items) < 3 || int64(len(all.Items)) != all.Total {
			t.Fatalf("%d devices of %d", len(all.Items), all.Total)
		}
		var got []any
		for after := ""; ; after = one.Next {
			one = page{}
			r.want(200, r.viewer, "GET", v1+"/devices?limit=2&sort=name&fields=device,maker&after="+after, nil, &one)
			for _, d := range one.Items {
				if len(d) > 2 {
					t.Errorf("asked for two fields, got %v", d)
				}
				got = append(got, d["device"])
			}
			if one.Next == "" {
				break
			}
		}
		for i, d := range all.Items {
			if i >= len(got) || got[i] != d["device"] {
				t.Fatalf("pages give %v", got)
			}
		}
		if len(got) != len(all.Items) {
			t.Errorf("pages give %d devices, want %d", len(got), len(all.Items))
		}
		r.want(200, r.stranger, "GET", v1+"/devices", nil, &one)
		if one = (page{}); len(one.Items) != 0 {
			t.Errorf("a stranger sees %v", one.Items)
		}
		for _, bad := range []string{"/devices?q=maker%3A%3A%28", "/devices?lmit=2", "/devices?sort=colour", "/findings?verdict=abc", "/findings?status=closed", "/findings?waived=maybe", "/findings?due=soon", "/findings?severity=much", "/findings?severity=5", "/findings?regime=us-1", "/facets?by=colour", "/egress?by=colour", "/egress?by=day&scope=space"} {
			r.want(400, r.viewer, "GET", v1+bad, nil, nil)
		}
	})
	t.Run("conversations page by page", func(t *testing.T) {
		r := &rig{T: t, app: r.app, valid: r.valid, viewer: r.viewer}
		var all, one page
		r.want(200, r.viewer, "GET", fmt.Sprintf("%s/conversations?site=%d&limit=1000", v1, site.ID), nil, &all)
		n := 0
		for after := ""; ; after = one.Next {
			one = page{}
			r.want(200, r.viewer, "GET", fmt.Sprintf("%s/conversations?site=%d&limit=3&after=%s", v1, site.ID, after), nil, &one)
			for i := range one.Items {
				if fmt.Sprint(one.Items[i]) != fmt.Sprint(all.Items[n]) {
					t.Fatalf("row %d is %v, want %v", n, one.Items[i], all.Items[n])
				}
				n++
			}
			if one.Next == "" {
				break
			}
		}
		if n != len(all.Items) || n < 4 {
			t.Errorf("pages give %d rows, want %d", n, len(all.Items))
		}
	})
	t.Run("a finding is decided", func(t *testing.T) {
		r := &rig{T: t, app: r.app, valid: r.valid, admin: r.admin, viewer: r.viewer, stranger: r.stranger}
		var found page
		r.want(200, r.viewer, "GET", v1+"/findings?severity=1&limit=1", nil, &found)
		if len(found.Items) == 0 {
			t.Fatal("the capture has no finding")
		}
		f := fmt.Sprintf("%s/findings/%d/%s/%s", v1, site.ID, found.Items[0]["device"], found.Items[0]["regime"])
		tag := r.want(200, r.viewer, "GET", f, nil, nil).header.Get("ETag")
		r.want(403, r.viewer, "PATCH", f, `{"status":"in-hand"}`, nil, "If-Match", tag)
		r.want(404, r.stranger, "PATCH", f, `{"status":"in-hand"}`, nil, "If-Match", tag)
		r.want(422, r.admin, "PATCH", f, `{"waiver":{"why":"","until":"2020-01-01"}}`, nil, "If-Match", tag)
		exports := func(says map[string]string) {
			t.Helper()
			for format, want := range says {
				if a := r.want(200, r.viewer, "GET", fmt.Sprintf("%s/sites/%d/export?format=%s", v1, site.ID, format), nil, nil); !bytes.Contains(a.body, []byte(want)) {
					t.Errorf("the export as %s does not say %s", format, want)
				}
			}
		}
		r.want(200, r.admin, "PATCH", f, `{"status":"in-hand"}`, nil, "If-Match", tag)
		exports(map[string]string{"ocsf": `"status":"In Progress"`, "json": `"status": "in-hand"`})
		tag = r.want(200, r.admin, "GET", f, nil, nil).header.Get("ETag")
		until := time.Now().AddDate(0, 1, 0).UTC().Format(time.DateOnly)
		var got struct {
			Decision struct {
				Status string            `json:"status"`
				Waiver map[string]string `json:"waiver"`
			} `json:"decision"`
			Waived bool `json:"waived"`
		}
		r.want(200, r.admin, "PATCH", f, `{"status":"accepted","waiver":{"why":"replaced in May","until":"`+until+`"}}`, &got, "If-Match", tag)
		if !got.Waived || got.Decision.Status != "accepted" || got.Decision.Waiver["by"] != "ada token test" {
			t.Errorf("decided: %+v", got)
		}
		exports(map[string]string{"sarif": `"justification": "replaced in May"`, "ocsf": `"status":"Suppressed","status_detail":"replaced in May (accepted by ada token test until `, "json": `"waiver": {`})
		r.want(412, r.admin, "PATCH", f, `{"status":"open"}`, nil, "If-Match", tag)
	})
	t.Run("an upload in pieces goes on where it was cut", func(t *testing.T) {
		r := &rig{T: t, app: r.app, valid: r.valid, admin: r.admin}
		up := v1 + "/uploads/0123456789abcdef0123456789abcdef"
		half := len(capture) / 2
		r.want(200, r.admin, "PUT", up+"?offset=0", capture[:half], nil)
		var o struct{ Offset int64 }
		r.want(200, r.admin, "GET", up, nil, &o)
		if o.Offset != int64(half) {
			t.Fatalf("%d bytes are there, want %d", o.Offset, half)
		}
		var p struct {
			Offset int64
			Detail string
		}
		r.want(409, r.admin, "PUT", up+"?offset=7", capture[half:], &p)
		if p.Offset != int64(half) || !strings.Contains(p.Detail, fmt.Sprint("offset=", half)) {
			t.Errorf("a piece that begins elsewhere is told %+v", p)
		}
		r.want(200, r.admin, "PUT", fmt.Sprintf("%s?offset=%d", up, half), capture[half:], nil)
		a := r.do(r.admin, "POST", up, fmt.Sprintf("site=%d&name=again.pcapng", site.ID), "Content-Type", "application/x-www-form-urlencoded")
		if a.status != 200 {
			t.Fatalf("whole: %d %s", a.status, a.body)
		}
	})
	idle(t, r.app)
}

func idle(t *testing.T, a *app.App) {
	t.Helper()
	if err := a.Hub.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// walk reads every address that has no body, as who may and as who may not.
func walk(r *rig, org, site, ingest int64) {
	var devices page
	r.want(200, r.viewer, "GET", api.Prefix+"/devices", nil, &devices)
	if len(devices.Items) == 0 {
		r.Fatal("no devices")
	}
	var query struct {
		ID int64 `json:"id"`
	}
	r.want(201, r.admin, "POST", api.Prefix+"/queries", fmt.Sprintf(`{"organisation":%d,"name":"abroad","query":"egress.country!=GB","alert":true}`, org), &query)
	list := []byte("name,ip,mac,model\nGate,10.1.1.1,00:11:22:33:44:55,X1\nYard,10.1.1.2,00:11:22:33:44:56,X1\nHall,10.1.1.3,00:11:22:33:44:57,X1\nDoor,10.1.1.999,,X1\n")
	var read struct {
		Lines   int              `json:"lines"`
		Kept    bool             `json:"kept"`
		Faults  []map[string]any `json:"faults"`
		From    string           `json:"from"`
		Mapping struct {
			Columns map[string]string `json:"columns"`
		} `json:"mapping"`
	}
	r.want(200, r.admin, "POST", fmt.Sprintf("%s/sites/%d/lists?name=cameras.csv&dry_run=true", api.Prefix, site), list, &read)
	if read.Kept || read.Lines == 0 || len(read.Faults) == 0 {
		r.Errorf("dry run: %+v", read)
	}
	var look struct {
		Both         *int            `json:"both"`
		DeclaredOnly int             `json:"declared_only"`
		SeenOnly     *int            `json:"seen_only"`
		Replaces     bool            `json:"replaces"`
		Against      *hub.Difference `json:"against"`
		Repeats      []asset.Repeat  `json:"repeats"`
	}
	again := []byte("name,model,serial\nA,M,S12345\nB,M,S12346\nA,M,S12345\n")
	r.want(200, r.admin, "POST", fmt.Sprintf("%s/sites/%d/lists?name=again.csv&dry_run=true", api.Prefix, site), again, &look)
	if look.Both == nil || look.SeenOnly == nil || look.DeclaredOnly != 2 || look.Replaces || look.Against == nil || *look.Against != (hub.Difference{New: 2, Repeats: 1}) || !slices.Equal(look.Repeats, []asset.Repeat{{Row: 4, Of: 2}}) {
		r.Errorf("what the dry run counts: %+v", look)
	}
	asWritten := url.QueryEscape(`{"columns":{"name":"name","ip":"ip","mac":"mac","model":"location"}}`)
	r.want(422, r.admin, "POST", fmt.Sprintf("%s/sites/%d/lists?name=cameras.csv&mapping=%s", api.Prefix, site, url.QueryEscape(`{"columns":{"name":"password"}}`)), list, nil)
	r.want(200, r.admin, "POST", fmt.Sprintf("%s/sites/%d/lists?name=cameras.csv&mapping=%s", api.Prefix, site, asWritten), list, &read)
	if !read.Kept || read.Mapping.Columns["model"] != "location" {
		r.Errorf("kept: %+v", read)
	}
	none := r.want(422, r.admin, "POST", fmt.Sprintf("%s/sites/%d/lists?name=cameras.csv", api.Prefix, site), []byte("name,owner\n,Ash\n,Elm\n"), nil)
	var same struct{ Items []struct{ Rows int } }
	if r.want(200, r.admin, "GET", fmt.Sprintf("%s/sites/%d/lists", api.Prefix, site), nil, &same); !strings.Contains(string(none.body), "row 2: no name") || len(same.Items) != 1 || same.Items[0].Rows != read.Lines {
		r.Errorf("a list of which no row stays: %s, and kept are %+v, want %d lines", none.body, same.Items, read.Lines)
	}
	r.want(200, r.admin, "POST", fmt.Sprintf("%s/sites/%d/lists?name=others.csv&dry_run=true", api.Prefix, site), list, &read)
	if read.From != "cameras.csv" || read.Mapping.Columns["model"] != "location" {
		r.Errorf("a list with the same columns is not read as the last one: %+v", read)
	}
	var kept struct{ Items []struct{ ID int64 } }
	r.want(200, r.admin, "GET", fmt.Sprintf("%s/sites/%d/lists", api.Prefix, site), nil, &kept)
	if len(kept.Items) != 1 {
		r.Fatalf("%d lists are kept", len(kept.Items))
	}
	var sub struct {
		ID     int64  `json:"id"`
		Secret string `json:"secret"`
	}
	r.want(422, r.admin, "POST", api.Prefix+"/subscriptions", fmt.Sprintf(`{"organisation":%d,"url":"ftp://x","events":["*"]}`, org), nil)
	r.want(201, r.admin, "POST", api.Prefix+"/subscriptions", fmt.Sprintf(`{"organisation":%d,"url":"https://hook.example.org/x?key=k","events":["device.new"]}`, org), &sub)
	if !strings.HasPrefix(sub.Secret, "whsec_") {
		r.Errorf("secret %q", sub.Secret)
	}
	r.want(422, r.admin, "POST", api.Prefix+"/subscriptions", fmt.Sprintf(`{"organisation":%d,"url":"https://127.0.0.1/x","events":["*"]}`, org), nil)
	r.want(422, r.admin, "POST", api.Prefix+"/subscriptions", fmt.Sprintf(`{"organisation":%d,"url":"http://hook.example.org/x","events":["*"]}`, org), nil)
	var logged struct{ Items []map[string]any }
	r.want(200, r.admin, "GET", fmt.Sprintf("%s/audit?organisation=%d", api.Prefix, org), nil, &logged)
	if said := fmt.Sprint(logged.Items); strings.Contains(said, "key=k") || !strings.Contains(said, "https://hook.example.org") {
		r.Errorf("the audit log must have where a subscription goes without what may be secret of it: %s", said)
	}
	var task hub.Task
	r.want(202, r.admin, "POST", api.Prefix+"/tasks", `{"kind":"verify-audit"}`, &task)
	id := map[string]any{"organisation": org, "site": site, "ingest": ingest, "query": query.ID, "subscription": sub.ID, "list": kept.Items[0].ID, "task": task.ID}
	fill := func(path string) string {
		for name, v := range id {
			path = strings.ReplaceAll(path, "{"+name+"}", fmt.Sprint(v))
		}
		return strings.ReplaceAll(path, "{device}", fmt.Sprint(devices.Items[0]["device"]))
	}
	query_ := map[string]string{"/conversations": fmt.Sprintf("?site=%d", site), "/egress": "?by=country,controller", "/facets": "?by=maker,country", "/subscriptions": fmt.Sprintf("?organisation=%d", org)}
	for _, rt := range api.Routes() {
		if rt.Method != http.MethodGet || strings.Contains(rt.Path, "{regime}") || strings.Contains(rt.Path, "{upload}") {
			continue
		}
		at := api.Prefix + fill(rt.Path) + query_[rt.Path]
		asks := []string{""}
		for _, p := range rt.Params {
			if p.Name == "format" {
				asks = nil
				for _, f := range p.Values {
					asks = append(asks, "?format="+f)
				}
			}
		}
		for _, ask := range asks {
			r.want(200, r.admin, "GET", at+ask, nil, nil)
		}
		if a := r.do("", "GET", at, nil); a.status != 401 {
			r.Errorf("nobody GET %s: %d", at, a.status)
		}
		a := r.do(r.viewer, "GET", at, nil)
		if want := map[bool]int{true: 403, false: 200}[rt.Action == access.Administer]; a.status != want {
			r.Errorf("viewer GET %s: %d, want %d", at, a.status, want)
		}
		a = r.do(r.stranger, "GET", at, nil)
		if at != api.Prefix+rt.Path+query_[rt.Path] || rt.Path == "/subscriptions" || rt.Path == "/conversations" || rt.Path == "/tasks" {
			if a.status != 404 {
				r.Errorf("stranger GET %s: %d, want 404", at, a.status)
			}
		} else if a.status != 200 || bytes.Contains(a.body, []byte("Town hall")) || bytes.Contains(a.body, []byte(fmt.Sprint(devices.Items[0]["device"]))) {
			r.Errorf("stranger GET %s: %d %s", at, a.status, a.body)
		}
	}
	for _, path := range []string{"/sites/999", "/nothing", "/devices/1/../../x"} {
		if a := r.do(r.admin, "GET", api.Prefix+path, nil); a.status != 404 {
			r.Errorf("GET %s: %d", path, a.status)
		}
	}
	if a := r.want(405, r.admin, "POST", api.Prefix+"/devices", `{}`, nil); a.header.Get("Allow") != "GET" {
		r.Errorf("Allow %q", a.header.Get("Allow"))
	}
	if a := r.do("", "GET", "/api", nil); a.status != 200 || !bytes.Contains(a.body, []byte("/api/v1/devices")) || a.header.Get("Content-Security-Policy") == "" {
		r.Errorf("/api: %d", a.status)
	}
	if a := r.do("", "GET", "/healthz", nil); a.status != 200 {
		r.Errorf("/healthz: %d", a.status)
	}
	if a := r.do("", "GET", "/readyz", nil); a.status != 200 {
		r.Errorf("/readyz: %d", a.status)
	}
	if a := r.do("", "GET", "/metrics", nil); a.status != 401 {
		r.Errorf("/metrics for nobody: %d", a.status)
	}
	if a := r.do(r.viewer, "GET", "/metrics", nil); a.status != 403 {
		r.Errorf("/metrics for who sees one organisation: %d", a.status)
	}
	a := r.do(r.admin, "GET", "/metrics", nil)
	for _, want := range []string{"lenscap_devices{presence=\"seen\"}", "lenscap_sites 1", `lenscap_http_requests_total{route="GET /api/v1/sites/{site}",status="200"}`, `lenscap_build_info{version="test"} 1`} {
		if !bytes.Contains(a.body, []byte(want)) {
			r.Errorf("/metrics has no %s", want)
		}
	}
}
