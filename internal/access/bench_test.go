package access_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/store"
)

func benchGuard(b *testing.B) (*access.Guard, *access.Account) {
	b.Helper()
	db, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "hub.db"), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	g, err := access.New(access.Config{Store: db, PublicURL: "http://localhost"})
	if err != nil {
		b.Fatal(err)
	}
	a := &access.Account{Name: "ana", Roles: map[int64]access.Role{0: access.Admin}}
	if err := g.AddAccount(b.Context(), access.Console("bench"), a, good); err != nil {
		b.Fatal(err)
	}
	return g, a
}

// What the guard adds to each page.
func BenchmarkMiddleware(b *testing.B) {
	g, a := benchGuard(b)
	secret, err := g.AddToken(b.Context(), access.Console("bench"), &access.Token{Account: a.ID, Name: "b", Scopes: []access.Scope{access.Read}, Expires: time.Now().Add(time.Hour)})
	if err != nil {
		b.Fatal(err)
	}
	h := g.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		if access.From(q.Context()) == nil {
			b.Error("nobody")
		}
	}))
	q := httptest.NewRequest(http.MethodGet, "http://localhost/", nil)
	q.Header.Set("Authorization", "Bearer "+secret)
	for b.Loop() {
		h.ServeHTTP(httptest.NewRecorder(), q)
	}
}

// What one try to sign in costs.
func BenchmarkPassword(b *testing.B) {
	g, _ := benchGuard(b)
	for b.Loop() {
		if _, _, err := g.CheckHash(b.Context(), good, ""); err != nil {
			b.Fatal(err)
		}
	}
}
