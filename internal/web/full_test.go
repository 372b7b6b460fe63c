package web

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
)

func TestAFullDiskIs507(t *testing.T) {
	for _, err := range []error{store.ErrNoSpace, hub.ErrFull} {
		if v := faultOf(fmt.Errorf("take x: %w", err)); v.Status != 507 || v.Says == "" {
			t.Errorf("%v: %+v, want 507", err, v)
		}
	}
}

// TestAnAssetListNeedsRoom hands one in where the disk is full, and one that is too
// long.
func TestAnAssetListNeedsRoom(t *testing.T) {
	x := newTestHub(t)
	x.oneSite()
	cfg := hub.Config{Store: x.db, Dir: x.hub.Dir(), KeepFree: 1000, Free: func() (int64, error) { return 1100, nil }}
	x.Hub = hub.New(cfg)
	list := []byte("name,model\n" + strings.Repeat("gate,X1\n", 20))
	if a := x.file("/sites/1/lists", "file", "x.csv", list); a.status != 507 {
		t.Errorf("on a full disk: %d, want 507\n%s", a.status, a.body)
	}
	cfg.KeepFree, cfg.MaxUpload = 0, 100
	x.Hub = hub.New(cfg)
	if a := x.file("/sites/1/lists", "file", "x.csv", list); a.status != 413 {
		t.Errorf("longer than limits.upload: %d, want 413\n%s", a.status, a.body)
	}
	if files, _ := filepath.Glob(filepath.Join(x.hub.Dir(), "*")); len(files) > 0 {
		t.Errorf("%s stay", files)
	}
}

func TestWaitingForAListIs503(t *testing.T) {
	if v := faultOf(fmt.Errorf("read x: %w", hub.ErrListTurn)); v.Status != 503 || v.Says == "" {
		t.Errorf("%+v, want 503", v)
	}
}
