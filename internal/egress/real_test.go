package egress

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/packet"
)

// patterns adds the parts of flows up by their two ends, from the side of each.
type patterns struct{ by map[[2]string]*Pattern }

func (h *patterns) Datagram(*flow.Flow, *packet.Packet, bool) {}
func (h *patterns) Stream(*flow.Flow, *flow.Stream)           {}
func (h *patterns) End(*flow.Flow)                            {}
func (h *patterns) Part(s *flow.Summary) {
	client, server := s.Client.Addr.String(), s.Server.Addr.String()
	h.of(client, server).Add(s, true)
	h.of(server, client).Add(s, false)
}

func (h *patterns) of(from, to string) *Pattern {
	k := [2]string{from, to}
	if h.by[k] == nil {
		h.by[k] = &Pattern{}
	}
	return h.by[k]
}

// sharedPatterns reads a capture of the reference data, or skips the test.
func sharedPatterns(t *testing.T, name string) map[[2]string]*Pattern {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "captures", filepath.FromSlash(name)))
	if err != nil {
		t.Skipf("the reference data is not here: %v", err)
	}
	defer file.Close() //nolint:errcheck // read only
	r, err := capture.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	h := &patterns{by: map[[2]string]*Pattern{}}
	table := flow.New(flow.Config{}, h)
	var d packet.Decoder
	var f capture.Frame
	var p packet.Packet
	for {
		if err := r.Next(&f); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		d.Decode(&f, &p)
		table.Add(&p)
	}
	table.Close()
	return h.by
}
