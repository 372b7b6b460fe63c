package access_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/access"
)

// A drip is a body that gives a byte, or more, every now and then until it has
// given all, or for ever.
type drip struct {
	ctx   context.Context
	every time.Duration
	size  int
	left  int
}

func (d *drip) Read(p []byte) (int, error) {
	if d.left == 0 {
		return 0, io.EOF
	}
	select {
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	case <-time.After(d.every):
	}
	n := min(d.size, d.left, len(p))
	d.left -= n
	return copy(p, strings.Repeat("a", n)), nil
}

// A signed-in person's connection that drips is cut off too, and an upload may
// take long if it comes at all.
func TestASlowPersonIsCutOff(t *testing.T) {
	const upload = 4 << 20
	r := newRig(t, func(c *access.Config) {
		c.BodyLimit = func(q *http.Request) int64 {
			if q.URL.Path == "/upload" {
				return upload
			}
			return 0
		}
	})
	r.account("ana", map[int64]access.Role{0: access.Viewer})
	b := r.browser()
	b.signIn("ana", good)
	for _, c := range []struct {
		name                string
		path                string
		body, piece, window time.Duration
		least               int64
		every               time.Duration
		size, all           int
		ok                  bool
	}{
		{"a form that drips", "/do", 200 * time.Millisecond, time.Hour, time.Hour, 1, 20 * time.Millisecond, 1, 1000, false},
		{"a form that stops", "/do", time.Hour, 100 * time.Millisecond, time.Hour, 1, time.Minute, 1, 1000, false},
		{"a form that comes slowly", "/do", 10 * time.Second, 10 * time.Second, time.Hour, 1, 20 * time.Millisecond, 100, 1000, true},
		{"an upload that stops", "/upload", time.Hour, 100 * time.Millisecond, time.Hour, 1, time.Minute, 1, 1000, false},
		{"an upload that drips", "/upload", time.Hour, time.Hour, 100 * time.Millisecond, 100_000, 20 * time.Millisecond, 4096, 1 << 20, false},
		{"an upload for longer than a form may take", "/upload", 100 * time.Millisecond, 10 * time.Second, 200 * time.Millisecond, 100, 20 * time.Millisecond, 1000, 20_000, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r.guard.Pace(c.body, c.piece, c.window, c.least)
			ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
			defer stop()
			q, err := http.NewRequestWithContext(ctx, http.MethodPost, r.srv.URL+c.path, &drip{ctx, c.every, c.size, c.all})
			if err != nil {
				t.Fatal(err)
			}
			q.ContentLength = int64(c.all)
			q.Header.Set("X-CSRF", b.csrf)
			q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if c.path == "/upload" {
				q.Header.Set("Content-Type", "application/octet-stream")
			}
			resp, err := b.http.Do(q)
			if ctx.Err() != nil {
				t.Fatal("the hub still waits for the rest")
			}
			if err != nil {
				if c.ok {
					t.Error(err)
				}
				return
			}
			defer resp.Body.Close()
			got, _ := io.ReadAll(resp.Body)
			whole := resp.StatusCode == http.StatusOK && (c.path != "/upload" || len(got) == c.all)
			if c.path == "/do" && !c.ok {
				whole = false // PostFormValue keeps its error; that the answer came is what counts
			}
			if whole != c.ok {
				t.Errorf("status %d and %d bytes, want whole %t", resp.StatusCode, len(got), c.ok)
			}
		})
	}
	r.guard.Pace(time.Minute, time.Minute, time.Minute, 1)
	if got := b.who(); got != "ana" {
		t.Errorf("afterwards the browser is %q", got)
	}
}

// After a body was read its deadline is gone: a handler may take longer than the
// body might.
func TestADeadlineEndsWithTheBody(t *testing.T) {
	r := newRig(t)
	r.account("ana", map[int64]access.Role{0: access.Viewer})
	b := r.browser()
	b.signIn("ana", good)
	r.guard.Pace(100*time.Millisecond, 100*time.Millisecond, time.Minute, 1)
	q := b.request("POST", "/linger", strings.NewReader("what=x"))
	q.Header.Set("X-CSRF", b.csrf)
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if a := b.send(q); a.status != http.StatusOK || a.body != "went on" {
		t.Errorf("status %d %s", a.status, a.body)
	}
}
