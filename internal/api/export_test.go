package api

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

// Eight exports of 100,000 devices at once once took 2 GB, and no page came for
// 22 s.
func TestOneExportAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Server{exporting: make(chan struct{}, 1)}
		ask := func() (func(), error) {
			q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			if err != nil {
				t.Fatal(err)
			}
			return (&call{Request: q, s: s, rt: &Route{}, w: httptest.NewRecorder()}).alone()
		}
		end, err := ask()
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := ask(); !errors.Is(err, errExporting) || problemOf(err).Status != http.StatusServiceUnavailable {
			t.Errorf("beside another: %v", err)
		}
		if took := time.Since(began); took != exportPatience {
			t.Errorf("it waited %v, want %v", took, exportPatience)
		}
		time.AfterFunc(exportPatience/2, end)
		if end, err = ask(); err != nil {
			t.Fatalf("after the other's end: %v", err)
		}
		end()
	})
}
