package hub_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/lenscap/lenscap/internal/hub"
)

// with is the bench's hub with other limits.
func (b *bench) with(change func(*hub.Config)) {
	cfg := hub.Config{Store: b.store, History: b.hist, Knowledge: knowledge(), Dir: b.hub.Dir(), Version: "test", Now: func() time.Time { return b.now }}
	change(&cfg)
	b.hub = hub.New(cfg)
}

// bomb is a capture whose first packets are real and which goes on with n empty
// ones, packed to next to nothing.
func bomb(t *testing.T, n int) []byte {
	t.Helper()
	var out bytes.Buffer
	z, err := zstd.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	head := make([]byte, 24)
	binary.LittleEndian.PutUint32(head, 0xa1b2c3d4)
	binary.LittleEndian.PutUint16(head[4:], 2)
	binary.LittleEndian.PutUint16(head[6:], 4)
	binary.LittleEndian.PutUint32(head[16:], 65535)
	binary.LittleEndian.PutUint32(head[20:], 1)
	packet := make([]byte, 16+1000)
	binary.LittleEndian.PutUint32(packet[8:], 1000)
	binary.LittleEndian.PutUint32(packet[12:], 1000)
	if _, err := z.Write(head); err != nil {
		t.Fatal(err)
	}
	for range n {
		if _, err := z.Write(packet); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestReadingABombEnds keeps and counts what was read before the limit.
func TestReadingABombEnds(t *testing.T) {
	b := newBench(t)
	b.with(func(c *hub.Config) { c.MaxUnpacked = 1 << 20 })
	packed := bomb(t, 20_000)
	in := b.take("bomb.pcap.zst", packed)
	if in.State != hub.Done || !strings.Contains(in.Input.Error, "unpacks to more than 1048576 bytes") {
		t.Errorf("%d bytes that become 20 MB: %s, %q; want done, with the reason", len(packed), in.State, in.Input.Error)
	}
	if in.Input.Packets < 900 || in.Input.Packets > 1100 {
		t.Errorf("%d packets were read, want those of the first megabyte", in.Input.Packets)
	}
	b.with(func(c *hub.Config) { c.MaxReading = time.Nanosecond })
	in = b.take("slow.pcap.zst", bomb(t, 20_001))
	if !strings.Contains(in.Input.Error+in.Error, "reading took longer") {
		t.Errorf("an input that takes too long: %s, %q, %q", in.State, in.Input.Error, in.Error)
	}
	b.with(func(c *hub.Config) { c.MaxUnpacked = 1 << 30 })
	if in = b.take("fine.pcap.zst", bomb(t, 2000)); in.State != hub.Done || in.Input.Error != "" || in.Input.Packets != 2000 {
		t.Errorf("within the limit: %s, %q, %d packets", in.State, in.Input.Error, in.Input.Packets)
	}
}

// TestEverybodyHasATurn queues many files of one person before one of another.
func TestEverybodyHasATurn(t *testing.T) {
	b := newBench(t)
	var order []string
	queue := func(by, name string) {
		p := hub.Parcel{Site: b.site.ID, Organisation: b.site.Organisation, Name: name, Source: "upload", By: by}
		if _, err := b.hub.Take(t.Context(), p, strings.NewReader("no capture, "+name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"a1", "a2", "a3", "a4"} {
		queue("anna", name)
	}
	queue("bea", "b1")
	queue("bea", "b2")
	b.drain()
	list, err := b.store.Ingests(t.Context(), b.site.ID, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	log, err := b.store.AuditLog(t.Context(), nil, true, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range slices.Backward(log) {
		for _, in := range list {
			if e.Action == "ingest.reading" && strings.HasPrefix(e.Object, "ingest "+string(rune('0'+in.ID))+" ") {
				order = append(order, in.Name)
			}
		}
	}
	if want := []string{"a1", "b1", "a2", "b2", "a3", "a4"}; !slices.Equal(order, want) {
		t.Errorf("they were read as %v, want %v", order, want)
	}
}

// TestUnfinishedUploadsAreBounded makes parts as the pages do.
func TestUnfinishedUploadsAreBounded(t *testing.T) {
	b := newBench(t)
	b.with(func(c *hub.Config) { c.MaxParts = 1000 })
	if err := os.MkdirAll(b.hub.Dir(), 0o700); err != nil {
		t.Fatal(err)
	}
	part := func(name string) string { return filepath.Join(b.hub.Dir(), "part-"+name) }
	if err := os.WriteFile(part("anna-1"), make([]byte, 600), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, part string
		more       int64
		ok         bool
	}{
		{"it goes on", "anna-1", 400, true},
		{"it becomes too long", "anna-1", 401, false},
		{"another of hers", "anna-2", 401, false},
		{"somebody else's", "bea-1", 1000, true},
	} {
		if err := b.hub.PartRoom(part(c.part), c.more); (err == nil) != c.ok || err != nil && !errors.Is(err, hub.ErrInvalid) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for i := range 32 {
		if err := os.WriteFile(part("cat-"+strings.Repeat("x", i+1)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.hub.PartRoom(part("cat-new"), 1); err == nil || !strings.Contains(err.Error(), "32 unfinished") {
		t.Errorf("a 33rd: %v", err)
	}
	if err := b.hub.PartRoom(part("cat-x"), 1); err != nil {
		t.Errorf("one of the 32 goes on: %v", err)
	}
}

// TestAFullDiskTakesNothingAndLosesNothing fills and empties it.
func TestAFullDiskTakesNothingAndLosesNothing(t *testing.T) {
	b := newBench(t)
	left := int64(1 << 30)
	b.with(func(c *hub.Config) {
		c.KeepFree, c.Free = 256<<20, func() (int64, error) { return left, nil }
	})
	p := hub.Parcel{Site: b.site.ID, Organisation: b.site.Organisation, Name: "station.pcapng", Source: "upload", By: "test"}
	in, err := b.hub.Take(t.Context(), p, bytes.NewReader(station(t)))
	if err != nil {
		t.Fatal(err)
	}
	left = 1 << 20
	if err := b.hub.Drain(t.Context()); !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "limits.free") {
		t.Errorf("read on a full disk: %v, want an error that says so", err)
	}
	if _, err := b.hub.Take(t.Context(), p, strings.NewReader("x")); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("taken on a full disk: %v", err)
	}
	if err := b.hub.PartRoom(filepath.Join(b.hub.Dir(), "part-anna-1"), 1); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a piece on a full disk: %v", err)
	}
	err = b.store.Do(t.Context(), hub.Deed{Actor: "anna", Action: "x"}, func(tx hub.Tx) error {
		return tx.AddNote(&hub.Note{Site: b.site.ID, Device: "d-1", Text: "there is room for this", By: "anna"})
	})
	if err != nil {
		t.Errorf("a note: %v", err)
	}
	if files, _ := os.ReadDir(b.hub.Dir()); len(files) != 1 {
		t.Errorf("%d files wait, want the one that was taken", len(files))
	}
	left = 1 << 30
	b.drain()
	if in, err = b.store.Ingest(t.Context(), in.ID); err != nil || in.State != hub.Done {
		t.Errorf("when there is room again: %+v, %v; want done", in, err)
	}
}
