package api_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/app"
)

// TestAnAssetListHasTheLimitsOfACapture holds both to the same answers.
func TestAnAssetListHasTheLimitsOfACapture(t *testing.T) {
	large := bytes.Repeat([]byte("name,model\n"), 100)
	for _, c := range []struct {
		name   string
		change func(*app.Config)
		status int
	}{
		{"the disk has less than limits.free", func(c *app.Config) { c.KeepFree = 1 << 60 }, 507},
		{"longer than limits.upload", func(c *app.Config) { c.MaxUpload = 1000 }, 413},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := ""
			r := newRig(t, c.change, func(c *app.Config) { dir = c.Dir })
			r.want(201, r.admin, "POST", "/api/v1/organisations", `{"name": "Ash council"}`, nil)
			r.want(201, r.admin, "POST", "/api/v1/sites", `{"organisation": 1, "name": "Depot"}`, nil)
			for _, path := range []string{"ingests?name=x.pcap", "lists?name=x.csv", "lists?name=x.csv&dry_run=true"} {
				r.want(c.status, r.admin, "POST", "/api/v1/sites/1/"+path, large, nil)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "waiting", "*")); len(left) > 0 {
				t.Errorf("%s stay", left)
			}
		})
	}
}

// TestAnAssetListIsOfTheQuota has unfinished uploads of the same person beside it.
func TestAnAssetListIsOfTheQuota(t *testing.T) {
	r := newRig(t, func(c *app.Config) { c.MaxParts = 1000 })
	r.want(201, r.admin, "POST", "/api/v1/organisations", `{"name": "Ash council"}`, nil)
	r.want(201, r.admin, "POST", "/api/v1/sites", `{"organisation": 1, "name": "Depot"}`, nil)
	r.want(200, r.admin, "PUT", "/api/v1/uploads/"+strings.Repeat("a", 32)+"?offset=0", make([]byte, 900), nil)
	list := []byte("name,model\n" + strings.Repeat("gate,X1\n", 20))
	a := r.want(422, r.admin, "POST", "/api/v1/sites/1/lists?name=x.csv", list, nil)
	if !strings.Contains(string(a.body), "limits.unfinished") {
		t.Errorf("it says %s", a.body)
	}
	b := r.want(422, r.admin, "PUT", "/api/v1/uploads/"+strings.Repeat("b", 32)+"?offset=0", list, nil)
	if !bytes.Equal(a.body, b.body) && !strings.Contains(string(b.body), "limits.unfinished") {
		t.Errorf("an upload says %s, a list %s", b.body, a.body)
	}
	if files, err := os.ReadDir(r.app.Hub.Dir()); err != nil || len(files) != 1 {
		t.Error(fmt.Sprint(files, err))
	}
}
