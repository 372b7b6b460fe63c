package web

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lenscap/lenscap/examples"
	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
)

func (x *testHub) oneSite() {
	x.Helper()
	x.post("/organisations", "organisation", "Council", "type", "uk-council", "country", "GB")
	x.post("/sites", "organisation", "1", "name", "Town hall")
}

func TestPagesAreCachedAndPacked(t *testing.T) {
	x := newTestHub(t)
	x.oneSite()
	first := x.do("GET", "/sites", nil)
	tag := first.header.Get("ETag")
	if again := x.do("GET", "/sites", nil, "If-None-Match", tag); tag == "" || again.status != 304 || again.body != "" {
		t.Errorf("the same page again: %d, %d bytes, tag %q", again.status, len(again.body), tag)
	}
	if packed := x.do("GET", "/sites", nil, "Accept-Encoding", "gzip"); packed.header.Get("Content-Encoding") != "gzip" || len(packed.body) >= len(first.body) {
		t.Errorf("gzip: %q, %d bytes of %d", packed.header.Get("Content-Encoding"), len(packed.body), len(first.body))
	}
	for _, path := range regexp.MustCompile(`/assets/[^"]+`).FindAllString(first.body, -1) {
		a := x.do("GET", path, nil)
		if a.status != 200 || !strings.Contains(a.header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %q", path, a.status, a.header.Get("Cache-Control"))
		}
	}
	if a := x.do("GET", "/assets/hub.css", nil); a.status != 404 {
		t.Errorf("a stylesheet without digest: %d", a.status)
	}
}

func TestFaultsAreDesigned(t *testing.T) {
	x := newTestHub(t)
	x.oneSite()
	for _, f := range []struct {
		method, path string
		form         url.Values
		status       int
		says         string
	}{
		{"GET", "/devices/1/d-none", nil, 404, "There is nothing here"},
		{"GET", "/sites/99", nil, 404, "There is nothing here"},
		{"GET", "/sites/abc", nil, 404, "There is nothing here"},
		{"GET", "/no/such/page", nil, 404, "There is nothing here"},
		{"GET", "/?sort=colour", nil, 400, "cannot be sorted by"},
		{"GET", "/rules?as-at=soon", nil, 400, "YYYY-MM-DD"},
		{"GET", "/findings?verdict=abc", nil, 400, "prohibited, restricted, would-be-prohibited, would-be-restricted, advised-against, cannot-tell, not-covered"},
		{"GET", "/findings?status=closed", nil, 400, "open, accepted, in-hand, done, decided"},
		{"GET", "/findings?waived=maybe", nil, 400, "yes, no"},
		{"GET", "/findings?due=soon", nil, 400, "2026-12-31"},
		{"GET", "/findings?site=hall", nil, 400, "is no number"},
		{"GET", "/findings?regime=us-1", nil, 400, "us-889a1B"},
		{"GET", "/rules/us-889a1B?outcome=bad", nil, 400, "would be prohibited"},
		{"GET", "/plan?show=lost", nil, 400, "open, late, done"},
		{"GET", "/plan?by=colour", nil, 400, "support, target"},
		{"GET", "/inputs?state=lost", nil, 400, "waiting, read, partial, failed"},
		{"GET", "/inputs?of=1,x", nil, 400, "is no number"},
		{"GET", "/board?organisation=x", nil, 400, "is no number"},
		{"GET", "/egress?site=x", nil, 400, "is no number"},
		{"POST", "/sites/1", url.Values{"version": {"1"}, "name": {"Town hall"}, "purchased": {"yesterday"}}, 422, "Bought: &#34;yesterday&#34; is no date"},
		{"POST", "/sites/1", url.Values{"version": {"1"}, "name": {"Town hall"}, "zones": {"a; b; c"}}, 422, "Line 1"},
		{"POST", "/sites/1", url.Values{"version": {"7"}, "name": {"Town hall"}}, 409, "Somebody else changed it"},
		{"POST", "/sites", url.Values{"organisation": {"1"}, "name": {"Town hall"}}, 409, ": Site &#34;Town hall&#34;: the name is taken; choose another."},
		{"POST", "/organisations", url.Values{"organisation": {"x"}, "country": {"Britain"}}, 422, "two letters"},
		{"PUT", "/upload/short", nil, 404, ""},
	} {
		a := x.do(f.method, f.path, f.form)
		if a.status != f.status || !strings.Contains(a.body, f.says) {
			t.Errorf("%s %s: %d, want %d and %q\n%.400s", f.method, f.path, a.status, f.status, f.says, a.body)
		}
	}
	a := x.do("GET", "/sites/99", nil, "Accept", "application/json")
	if a.header.Get("Content-Type") != "application/problem+json" || !strings.Contains(a.body, `"status":404`) {
		t.Errorf("a script gets %q %s", a.header.Get("Content-Type"), a.body)
	}
}

// An upload goes on where a cut line ended, and nobody else goes on with it.
func TestUploadGoesOn(t *testing.T) {
	x := newTestHub(t)
	x.oneSite()
	name, capture := examples.First()
	path := "/upload/" + strings.Repeat("0123456789abcdef", 2)
	put := func(at int, b []byte) (int, string) {
		r, err := http.NewRequest(http.MethodPut, fmt.Sprintf("%s%s?offset=%d", x.url, path, at), bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "application/json")
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		text, err := io.ReadAll(a.Body)
		if err != nil {
			t.Fatal(err)
		}
		return a.StatusCode, string(text)
	}
	half := len(capture) / 2
	if status, text := put(0, capture[:half]); status != 200 || !strings.Contains(text, fmt.Sprint(half)) {
		t.Fatalf("first piece: %d %s", status, text)
	}
	if status, _ := put(0, capture[:half]); status != 409 {
		t.Errorf("the first piece again: %d, want 409", status)
	}
	if status, says := put(0, capture[:half]); status != 409 || !strings.Contains(says, fmt.Sprint("offset=", half)) || !strings.Contains(says, fmt.Sprintf(`"offset":%d`, half)) {
		t.Errorf("%d, and it does not say where to go on: %s", status, says)
	}
	if status, _ := put(half+1, capture[half+1:]); status != 409 {
		t.Errorf("a piece with a hole before it: %d, want 409", status)
	}
	x.who = &access.Person{Account: 2, Name: "eve", Roles: map[int64]access.Role{0: access.Admin}}
	if got := x.get(path); got != `{"offset":0}` {
		t.Errorf("another person sees %s", got)
	}
	x.who = admin
	if got := x.get(path); got != fmt.Sprintf(`{"offset":%d}`, half) {
		t.Errorf("after the cut: %s", got)
	}
	if status, text := put(half, capture[half:]); status != 200 {
		t.Fatalf("second piece: %d %s", status, text)
	}
	done := x.do("POST", path, url.Values{"site": {"1"}, "name": {"../../" + name}}, "Accept", "application/json")
	if done.status != 200 || !strings.Contains(done.body, "/inputs/1") {
		t.Fatalf("done: %d %s", done.status, done.body)
	}
	x.idle()
	in, err := x.db.Ingest(context.Background(), 1)
	if err != nil || in.State != hub.Done || in.Name != name || in.Size != int64(len(capture)) {
		t.Errorf("ingest %+v, %v", in, err)
	}
	if left, _ := filepath.Glob(filepath.Join(x.hub.Dir(), "part-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func (x *testHub) file(path, field, name string, content []byte, fields ...string) answer {
	x.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i+1 < len(fields); i += 2 {
		if err := w.WriteField(fields[i], fields[i+1]); err != nil {
			x.Fatal(err)
		}
	}
	p, err := w.CreateFormFile(field, name)
	if err != nil {
		x.Fatal(err)
	}
	p.Write(content)
	w.Close()
	r, err := http.NewRequest(http.MethodPost, x.url+path, &b)
	if err != nil {
		x.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	a, err := client.Do(r)
	if err != nil {
		x.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		x.Fatal(err)
	}
	return answer{a.StatusCode, string(text), a.Header}
}

func TestUploadByForm(t *testing.T) {
	x := newTestHub(t)
	x.oneSite()
	noise := make([]byte, 5000)
	rand.Read(noise)
	a := x.file("/inputs", "file", "noise.bin", noise, "csrf", "", "site", "1")
	if a.status != 303 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	x.idle()
	says(t, x.get(a.header.Get("Location")), "could not be read", "Hand in another")
	if a := x.file("/inputs", "file", "x", nil, "site", "1"); a.status != 422 || !strings.Contains(a.body, "empty") {
		t.Errorf("an empty file: %d %.300s", a.status, a.body)
	}
	if a := x.file("/inputs", "file", "x", noise, "site", "44"); a.status != 404 {
		t.Errorf("a site that is not there: %d", a.status)
	}
}

// A list is looked at, mapped, kept, and compared with what was seen.
func TestAssetList(t *testing.T) {
	x := newTestHub(t)
	x.example()
	list := "Bezeichnung;Hersteller;Modell;MAC-Adresse;IP;Pförtner\nTor Ost;Axis;P3245-LV;b8:a4:4f:5d:1e:70;10.20.0.14;Müller\nDach;Hikvision;DS-1;;999.1.1.1;\nDashcam 7;Garmin;Mini 2;;;\n"
	a := x.file("/sites/1/lists", "file", "liste.csv", []byte(list), "csrf", "")
	if a.status != 303 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	check := a.header.Get("Location")
	page := x.get(check)
	says(t, page, "Tor Ost", "Nothing is kept yet", "999.1.1.1", "Hersteller", "<dt>new</dt><dd>3</dd>", "<dt>rows with a fault</dt><dd>1</dd>", "No list of this name is kept here yet")
	path, _, _ := strings.Cut(check, "?")
	says(t, x.do("POST", path, url.Values{"name": {"liste.csv"}, "do": {"look"}, "col.bezeichnung": {"location"}}).body, "Nothing is kept yet")
	x.post(path, "name", "liste.csv", "do", "keep")
	x.shows("/?q=presence:declared", "Dashcam 7")
	changed := strings.Replace(list, "P3245-LV", "P3255-LVE", 1)
	b := x.file("/sites/1/lists", "file", "liste.csv", []byte(changed+"Neu;Bosch;X;;;\n"), "csrf", "")
	says(t, x.get(b.header.Get("Location")), "<dt>new</dt><dd>1</dd>", "<dt>changed</dt><dd>1</dd>", "<dt>the same</dt><dd>2</dd>", "<dt>in it no more</dt><dd>0</dd>")
	path, _, _ = strings.Cut(b.header.Get("Location"), "?")
	x.post(path, "name", "liste.csv", "do", "keep")
	x.idle()
	says(t, x.get("/sites/1/lists"), "liste.csv", "declared only")
	both := x.get("/?q=presence:both")
	id := ids(both, `href="/devices/1/`)
	if len(id) == 0 {
		t.Fatalf("the Axis camera was not joined: %d bytes", len(both))
	}
	says(t, x.get("/devices/1/"+id[0]), "Is it what was declared?", "Tor Ost")
	if left, _ := filepath.Glob(filepath.Join(x.hub.Dir(), "part-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	if _, err := os.Stat(filepath.Join(x.hub.Dir(), "part-list")); err == nil {
		t.Error("a list stays")
	}
}

// A waiver takes a finding off the queue until it ends.
func TestWaiverAndBulk(t *testing.T) {
	x := newTestHub(t)
	x.example()
	device := ids(x.get("/?q=verdict:would-be-prohibited"), `href="/devices/1/`)[0]
	path := "/devices/1/" + device
	regime := ids(x.get(path), path+"/findings/")[0]
	post := func(form url.Values) int { return x.do("POST", path+"/findings/"+regime, form).status }
	for says, form := range map[string]url.Values{
		"no end":      {"version": {"0"}, "status": {"accepted"}, "waiver_why": {"x"}},
		"no reason":   {"version": {"0"}, "status": {"accepted"}, "waiver_until": {"2099-01-01"}},
		"in the past": {"version": {"0"}, "status": {"accepted"}, "waiver_why": {"x"}, "waiver_until": {"2020-01-01"}},
		"no status":   {"version": {"0"}, "status": {"ignored"}},
	} {
		if got := post(form); got != 422 {
			t.Errorf("a waiver with %s: %d, want 422", says, got)
		}
	}
	until := time.Now().AddDate(0, 3, 0).Format(time.DateOnly)
	good := url.Values{"version": {"0"}, "status": {"open"}, "owner": {"Ada"}, "due": {until}, "waiver_why": {"budget"}, "waiver_until": {until}}
	if got := post(good); got != 303 {
		t.Fatalf("a waiver: %d", got)
	}
	if got := post(good); got != 409 {
		t.Errorf("the same form again: %d, want 409", got)
	}
	x.idle()
	says(t, x.get(path), "Accepted by", "budget")
	says(t, x.get("/findings?waived=yes"), "1 finding<")
	says(t, x.get("/findings?owner=Ada"), "1 finding<")
	says(t, x.get("/audit"), "finding.waive", "ada")

	x.post("/devices", "do", "tag", "all", "1", "q", "kind:camera", "tags", "north, gate", "back", "//evil.example")
	says(t, x.get("/?q=tag:north"), "north")
	x.post("/devices", "do", "untag", "all", "1", "q", "kind:camera", "tags", "north")
	says(t, x.get("/?q=tag:north"), "No device matches")
	if to := x.post("/devices", "do", "tag", "device", rowKey(1, device), "tags", "x", "back", "//evil.example"); to != "/" {
		t.Errorf("a form leads to %q", to)
	}
	x.plan()
	says(t, x.get("/plan"), "still to be dealt with, none past", "replace")
	x.post("/queries", "organisation", "1", "name", "Gate", "query", "tag:gate")
	says(t, x.get("/"), ">Gate<")
	x.post("/queries/1/drop")
	if strings.Contains(x.get("/"), ">Gate<") {
		t.Error("the search is still there")
	}
}

// Events tell what changed, to those who may see it.
func TestEventsAreTold(t *testing.T) {
	x := newTestHub(t)
	x.oneSite()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, x.url+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	lines := bufio.NewScanner(a.Body)
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), ":") || a.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("the stream begins with %q, %q", lines.Text(), a.Header.Get("Content-Type"))
	}
	x.hub.Stale(1)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "data: ") {
			says(t, lines.Text(), `"site":1`)
			return
		}
	}
	t.Errorf("no event came: %v", lines.Err())
}
