package app

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestRestComesOnceInEachLull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		l := newLull()
		var rests atomic.Int64
		go l.run(ctx, 10*time.Second, func() { rests.Add(1) })
		page := l.wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		ask := func(path string) {
			page.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
		}
		after := func(d time.Duration, want int64, when string) {
			t.Helper()
			<-time.After(d) // of the bubble's clock
			synctest.Wait()
			if n := rests.Load(); n != want {
				t.Errorf("%s: rested %d times, want %d", when, n, want)
			}
		}
		for range 5 {
			ask("/")
			after(8*time.Second, 0, "while pages are asked for")
		}
		after(3*time.Second, 1, "after the last page")
		after(time.Hour, 1, "in the same lull")
		for range 5 {
			ask("/healthz")
			ask("/metrics")
			after(15*time.Second, 1, "while somebody looks whether it is well")
		}
		ask("/?q=x")
		after(11*time.Second, 2, "after another page")
		stop()
		synctest.Wait()
	})
}
