package app_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/app"
)

// readyz is what the hub says to who watches it.
func readyz(t *testing.T, a *app.App) (status int, says string) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+a.Addr().String()+"/readyz", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(q)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// A hub is ready while its database answers and the disk has room, and says how
// much is put off.
func TestReadinessSaysWhatIsPutOff(t *testing.T) {
	dir := aHub(t, 1)
	for _, f := range dayFiles(t, dir) {
		edit(t, f, func(b []byte) []byte {
			b[len(b)/4] ^= 4
			return b
		})
	}
	a := running(t, dir)
	if status, says := readyz(t, a); status != http.StatusOK || says != "ok\n" {
		t.Errorf("a hub that has nothing to do: %d %q", status, says)
	}
	a.Hub.Stale(1) // whose history is damaged
	if err := a.Hub.Settled(t.Context()); err == nil {
		t.Fatal("a damaged site was worked out")
	}
	if status, says := readyz(t, a); status != http.StatusOK || !strings.HasPrefix(says, "ok\n1 piece of work is put off because something is damaged") || strings.Contains(says, "parquet") {
		t.Errorf("with work put off: %d %q", status, says)
	}
	full := running(t, aHub(t, 0), func(c *app.Config) { c.KeepFree = 1 << 62 })
	if status, says := readyz(t, full); status != http.StatusServiceUnavailable || !strings.Contains(says, "the disk has no room") || !strings.Contains(says, "limits.free") {
		t.Errorf("on a full disk: %d %q", status, says)
	}
	if err := a.Store.Close(); err != nil {
		t.Fatal(err)
	}
	if status, says := readyz(t, a); status != http.StatusServiceUnavailable || says != "the database does not answer\n" {
		t.Errorf("without a database: %d %q", status, says)
	}
}
