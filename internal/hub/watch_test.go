package hub_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

// TestAWatchedFolderIsTakenOnceEachFile looks at a folder with a file that is
// done, one that is being written, and one that is hidden; then again, as after a
// restart.
func TestAWatchedFolderIsTakenOnceEachFile(t *testing.T) {
	b := newBench(t)
	dir := t.TempDir()
	for name, age := range map[string]time.Duration{"done.pcapng": time.Hour, "writing.pcapng": time.Second, ".part.pcapng": time.Hour} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, station(t), 0o600); err != nil {
			t.Fatal(err)
		}
		if at := b.now.Add(-age); os.Chtimes(path, at, at) != nil {
			t.Fatal("chtimes")
		}
	}
	w := hub.Watch{Folder: dir, Parcel: hub.Parcel{Site: b.site.ID, Organisation: b.site.Organisation, Source: "watch", By: "hub"}, Every: 5 * time.Millisecond}
	for range 2 {
		ctx, stop := context.WithCancel(t.Context())
		asked := 0
		b.with(func(c *hub.Config) {
			c.Now = func() time.Time {
				if asked++; asked == 30 { // by a dozen looks at the file that is being written
					stop()
				}
				return b.now
			}
		})
		if err := b.hub.Watch(ctx, w); err != nil {
			t.Fatal(err)
		}
	}
	list, err := b.store.Ingests(t.Context(), b.site.ID, 0, 10)
	if err != nil || len(list) != 1 || list[0].Name != "done.pcapng" {
		t.Fatalf("took %+v, %v; want done.pcapng once", list, err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 3 {
		t.Errorf("%d files are left in the folder, want all 3", len(left))
	}
}

// TestOneBadFileDoesNotStopAFolder: a file longer than the hub takes is oldest,
// and was tried again for ever in the place of those after it.
func TestOneBadFileDoesNotStopAFolder(t *testing.T) {
	b := newBench(t)
	dir := t.TempDir()
	for name, age := range map[string]time.Duration{"huge.pcapng": 2 * time.Hour, "done.pcapng": time.Hour} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, station(t), 0o600); err != nil {
			t.Fatal(err)
		}
		if name == "huge.pcapng" && os.Truncate(path, b.hub.MaxUpload()+1) != nil { // sparse
			t.Fatal("truncate")
		}
		if at := b.now.Add(-age); os.Chtimes(path, at, at) != nil {
			t.Fatal("chtimes")
		}
	}
	w := hub.Watch{Folder: dir, Parcel: hub.Parcel{Site: b.site.ID, Organisation: b.site.Organisation, Source: "watch", By: "hub"}, Every: 5 * time.Millisecond}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	events, quit := b.hub.Listen()
	defer quit()
	go func() {
		<-events // one was taken
		stop()
	}()
	if err := b.hub.Watch(ctx, w); err != nil {
		t.Fatal(err)
	}
	list, err := b.store.Ingests(t.Context(), b.site.ID, 0, 10)
	if err != nil || len(list) != 1 || list[0].Name != "done.pcapng" {
		t.Errorf("took %+v, %v; want done.pcapng", list, err)
	}
}

// TestAStopWhileAFolderIsRememberedIsNoFault watches a folder when the hub ends.
func TestAStopWhileAFolderIsRememberedIsNoFault(t *testing.T) {
	b := newBench(t)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := b.hub.Watch(ctx, hub.Watch{Folder: t.TempDir(), Parcel: b.listener()}); err != nil {
		t.Errorf("Watch ended with %v", err)
	}
}
