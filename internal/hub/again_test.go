package hub_test

import (
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/hub"
)

// TestAFileThatIsHereAlreadyIsNotCountedTwice: the bytes a device sent were
// doubled, and devices were torn apart, by handing in a capture again.
func TestAFileThatIsHereAlreadyIsNotCountedTwice(t *testing.T) {
	b := newBench(t)
	first := b.take("station.pcapng", station(t))
	p := hub.Parcel{Site: b.site.ID, Organisation: b.site.Organisation, Name: "the same.pcapng", Source: "upload", By: "test"}
	in, err := b.hub.Take(t.Context(), p, strings.NewReader(string(station(t))))
	if err != nil || in.ID != first.ID || !in.Again {
		t.Fatalf("the second time: got ingest %+v (%v), want ingest %d again", in, err, first.ID)
	}
	list, err := b.store.Ingests(t.Context(), b.site.ID, 0, 10)
	if err != nil || len(list) != 1 {
		t.Errorf("the site has %d ingests (%v), want 1", len(list), err)
	}

	// What could not be read may be tried again, and another site is another.
	bad := b.take("notes.txt", []byte("no capture\n"))
	if bad.State != hub.Failed || bad.Error == "" || strings.Contains(bad.Error, bad.Path) {
		t.Errorf("refused with %q; want a reason that does not name %s", bad.Error, bad.Path)
	}
	if again := b.take("notes.txt", []byte("no capture\n")); again.ID == bad.ID {
		t.Error("a file that failed was not tried again")
	}
	other, err := b.hub.FindSite(t.Context(), "test", "Council", "Library")
	if err != nil {
		t.Fatal(err)
	}
	p.Site = other.ID
	if in, err = b.hub.Take(t.Context(), p, strings.NewReader(string(station(t)))); err != nil || in.Again {
		t.Errorf("at another site: got %+v (%v), want a new ingest", in, err)
	}
}
