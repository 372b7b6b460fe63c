package app_test

import (
	"context"
	"encoding/binary"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/app"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/settings"
)

// netflow5 is a datagram with one flow that ended at a time.
func netflow5(at time.Time) []byte {
	b := make([]byte, 24+48)
	put := binary.BigEndian
	put.PutUint16(b, 5)
	put.PutUint16(b[2:], 1)
	put.PutUint32(b[4:], 60_000)            // milliseconds since the exporter began
	put.PutUint32(b[8:], uint32(at.Unix())) //nolint:gosec // until 2106
	r := b[24:]
	copy(r, []byte{10, 0, 0, 7})
	copy(r[4:], []byte{52, 58, 1, 1})
	put.PutUint32(r[16:], 100)
	put.PutUint32(r[20:], 50_000)
	put.PutUint32(r[24:], 50_000)
	put.PutUint32(r[28:], 59_000)
	put.PutUint16(r[32:], 40000)
	put.PutUint16(r[34:], 443)
	r[38] = 6
	return b
}

// refusals tells of each exporter that a collector refuses.
type refusals struct {
	slog.Handler
	seen chan struct{}
}

func (r refusals) Enabled(context.Context, slog.Level) bool { return true }

func (r refusals) WithAttrs([]slog.Attr) slog.Handler { return r }

func (r refusals) WithGroup(string) slog.Handler { return r }

func (r refusals) Handle(_ context.Context, rec slog.Record) error {
	if rec.Message == "exporter not allowed" {
		close(r.seen)
	}
	return nil
}

// TestFlowsHeardJustBeforeAStopAreKept stops a hub at once after it received a
// datagram: the sender behind it, which it refuses, shows that it did.
func TestFlowsHeardJustBeforeAStopAreKept(t *testing.T) {
	list := hear(t, 0)
	if len(list) != 1 || list[0].Input.Packets == 0 || len(list[0].Input.NotUnderstood) != 0 {
		t.Errorf("got %+v; want one input with the flows that were heard", list)
	}
}

// TestFlowsOfTheFutureAreKeptAtTheTimeTheyCame has an exporter whose clock is 32 days
// ahead: the input says so, and nothing lies in the future.
func TestFlowsOfTheFutureAreKeptAtTheTimeTheyCame(t *testing.T) {
	list := hear(t, 32*24*time.Hour+time.Hour)
	if len(list) != 1 || list[0].Input.Packets == 0 {
		t.Fatalf("got %+v; want one input with the flows that were heard", list)
	}
	in := list[0].Input
	if last, err := time.Parse(time.RFC3339, in.Last); err != nil || last.After(time.Now()) {
		t.Errorf("the last flow is of %s, %v; want none of the future", in.Last, err)
	}
	if len(in.NotUnderstood) != 1 || !strings.HasPrefix(in.NotUnderstood[0].Why, "times of exporter 127.0.0.1 that cannot be: 32 days ahead of ") || in.NotUnderstood[0].Packets == 0 {
		t.Errorf("said %+v; want the exporter and the 32 days", in.NotUnderstood)
	}
}

// hear has a hub hear an exporter whose clock is ahead, stops it at once, and gives what
// inputs it has then.
func hear(t *testing.T, ahead time.Duration) []hub.Ingest {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "hub")
	c, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := c.LocalAddr().String()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	refused := make(chan struct{})
	cfg := app.Config{Dir: dir, Listen: "127.0.0.1:0", Log: slog.New(refusals{slog.DiscardHandler, refused}),
		Collect: []settings.Collect{{Address: port, Site: "Council/Town hall", Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}}}
	a, err := app.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	again := time.NewTicker(10 * time.Millisecond) // until it listens
	defer again.Stop()
	for sent := false; !sent; {
		for _, from := range []string{"127.0.0.1:0", "127.0.0.2:0"} {
			d := net.Dialer{LocalAddr: net.UDPAddrFromAddrPort(netip.MustParseAddrPort(from))}
			u, err := d.DialContext(ctx, "udp", port)
			if err != nil && os.Getenv("CI") == "true" {
				t.Fatalf("send from %s: %v", from, err)
			} else if err != nil {
				t.Skipf("no second address of this machine to send from: %v", err)
			}
			_, _ = u.Write(netflow5(time.Now().Add(ahead)))
			_ = u.Close()
		}
		select {
		case <-refused:
			sent = true
		case err := <-ended:
			t.Fatal(err)
		case <-again.C:
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if a, err = app.New(t.Context(), app.Config{Dir: dir, Listen: "127.0.0.1:0"}); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	list, err := a.Store.Ingests(t.Context(), 1, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	return list
}
