package access_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/access"
)

func TestChangesNeedTheFormsWord(t *testing.T) {
	r := newRig(t)
	r.account("ana", map[int64]access.Role{0: access.Admin})
	r.account("bob", map[int64]access.Role{0: access.Admin})
	b, other := r.browser(), r.browser()
	b.signIn("ana", good)
	other.signIn("bob", good)
	form := "application/x-www-form-urlencoded"
	upload := func(fields ...string) (string, string) {
		var buf bytes.Buffer
		w := multipart.NewWriter(&buf)
		for i := 0; i < len(fields); i += 2 {
			w.WriteField(fields[i], fields[i+1])
		}
		w.Close()
		return buf.String(), w.FormDataContentType()
	}
	first, firstKind := upload("csrf", b.csrf, "file", strings.Repeat("x", 100_000))
	late, lateKind := upload("file", strings.Repeat("x", 100_000), "csrf", b.csrf)
	for _, c := range []struct {
		name, path, kind, body string
		header                 map[string]string
		want                   int
	}{
		{name: "with it", path: "/do", kind: form, body: "what=x&csrf=" + b.csrf, want: 200},
		{name: "without", path: "/do", kind: form, body: "what=x", want: 403},
		{name: "empty", path: "/do", kind: form, body: "what=x&csrf=", want: 403},
		{name: "of another session", path: "/do", kind: form, body: "what=x&csrf=" + other.csrf, want: 403},
		{name: "in the address only", path: "/do?csrf=" + b.csrf, kind: form, body: "what=x", want: 403},
		{name: "in the header", path: "/do", kind: "application/json", body: "{}", header: map[string]string{"X-CSRF": b.csrf}, want: 200},
		{name: "JSON without", path: "/do", kind: "application/json", body: "{}", want: 403},
		{name: "no kind of body", path: "/do", body: "csrf=" + b.csrf, want: 403},
		{name: "first in an upload", path: "/upload", kind: firstKind, body: first, want: 200},
		{name: "late in an upload", path: "/upload", kind: lateKind, body: late, want: 403},
		{name: "upload without a boundary", path: "/upload", kind: "multipart/form-data", body: first, want: 403},
		{name: "from another site", path: "/do", kind: form, body: "csrf=" + b.csrf, header: map[string]string{"Sec-Fetch-Site": "cross-site"}, want: 403},
		{name: "from a neighbour", path: "/do", kind: form, body: "csrf=" + b.csrf, header: map[string]string{"Sec-Fetch-Site": "same-site"}, want: 403},
		{name: "from another origin, old browser", path: "/do", kind: form, body: "csrf=" + b.csrf, header: map[string]string{"Origin": "https://evil.example"}, want: 403},
		{name: "from no origin", path: "/do", kind: form, body: "csrf=" + b.csrf, header: map[string]string{"Origin": "null"}, want: 403},
		{name: "from here, old browser", path: "/do", kind: form, body: "csrf=" + b.csrf, header: map[string]string{"Origin": r.srv.URL}, want: 200},
	} {
		q := b.request("POST", c.path, strings.NewReader(c.body))
		if c.kind != "" {
			q.Header.Set("Content-Type", c.kind)
		}
		for k, v := range c.header {
			q.Header.Set(k, v)
		}
		a := b.send(q)
		r.status(c.name, a, c.want)
		if c.path == "/upload" && c.want == 200 && a.body != c.body {
			t.Errorf("%s: the handler saw %d bytes, %d were sent", c.name, len(a.body), len(c.body))
		}
	}
	t.Run("signing in from another site", func(t *testing.T) {
		q := r.browser().request("POST", "/sign-in", strings.NewReader(url.Values{"name": {"ana"}, "password": {good}}.Encode()))
		q.Header.Set("Content-Type", form)
		q.Header.Set("Origin", "https://evil.example")
		r.status("sign in", r.browser().send(q), 403)
	})
}

func FuzzFormWord(f *testing.F) {
	f.Add("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nword\r\n--b--\r\n")
	f.Add("multipart/form-data; boundary=b", "--b\r\n")
	f.Add("multipart/form-data", "")
	f.Add("application/x-www-form-urlencoded", "csrf=word&a=%zz")
	f.Fuzz(func(t *testing.T, kind, body string) {
		q := httptest.NewRequest(http.MethodPost, "/do", strings.NewReader(body))
		q.Header.Set("Content-Type", kind)
		word, err := access.FormWord(q)
		if err != nil && word != "" && len(word) > 100 {
			t.Errorf("word of %d bytes beside %v", len(word), err)
		}
		if rest, err := io.ReadAll(q.Body); err == nil && strings.HasPrefix(strings.ToLower(kind), "multipart/form-data") && q.PostForm == nil && string(rest) != body {
			t.Errorf("%s: the body %q became %q", kind, body, rest)
		}
	})
}

func TestBodiesAreLimited(t *testing.T) {
	r := newRig(t, func(c *access.Config) {
		c.BodyLimit = func(q *http.Request) int64 {
			if q.URL.Path == "/upload" {
				return 3 << 20
			}
			return 0
		}
	})
	r.account("ana", map[int64]access.Role{0: access.Admin})
	b := r.browser()
	b.signIn("ana", good)
	for _, c := range []struct {
		path string
		size int
		said bool // that it has that size
		want int
	}{
		{"/do", 1 << 20, true, 200}, {"/do", 1<<20 + 1, true, 413},
		{"/upload", 3 << 20, true, 200}, {"/upload", 3<<20 + 1, true, 413}, {"/upload", 3<<20 + 1, false, 413},
	} {
		var body io.Reader = bytes.NewReader(make([]byte, c.size))
		if !c.said {
			body = io.MultiReader(body)
		}
		q := b.request("POST", c.path, body)
		q.Header.Set("X-CSRF", b.csrf)
		r.status(fmt.Sprintf("%d bytes to %s", c.size, c.path), b.send(q), c.want)
	}
}
