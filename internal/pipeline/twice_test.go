package pipeline

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/packet"
)

// part writes some packets of the example, from one to before another, to a file.
func part(t *testing.T, name string, from, to int) string {
	t.Helper()
	f, err := os.Open("../../examples/lab-station.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // read only
	src, err := capture.Open(f)
	if err != nil {
		t.Fatal(err)
	}
	r, err := src.Frames()
	if err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	out := le.AppendUint32(nil, 0xa1b23c4d) // of nanoseconds
	out = le.AppendUint16(le.AppendUint16(out, 2), 4)
	out = append(out, 0, 0, 0, 0, 0, 0, 0, 0)
	out = le.AppendUint32(le.AppendUint32(out, 1<<18), 1)
	var fr capture.Frame
	for i := 0; i < to; i++ {
		if err := r.Next(&fr); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if i < from {
			continue
		}
		at := time.Unix(0, fr.Time)
		out = le.AppendUint32(le.AppendUint32(out, uint32(at.Unix())), uint32(at.Nanosecond())) //nolint:gosec // before 2106
		out = le.AppendUint32(le.AppendUint32(out, uint32(len(fr.Data))), uint32(len(fr.Data))) //nolint:gosec // a frame
		out = append(out, fr.Data...)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, out, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestInputsThatHoldTheSamePackets: of two recordings that overlap within long
// conversations nothing was said, for no conversation lies in the time of both.
func TestInputsThatHoldTheSamePackets(t *testing.T) {
	k, err := LoadKnowledge("")
	if err != nil {
		t.Fatal(err)
	}
	repeats := func(inputs ...string) (list [][2]string) {
		doc, err := Run(t.Context(), Config{Inputs: inputs, Knowledge: k, AsAt: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range doc.Inputs {
			for _, o := range in.Repeats {
				list = append(list, [2]string{in.Name, o})
			}
		}
		return list
	}
	a, b, rest := part(t, "lab-a.pcap", 0, 1255), part(t, "lab-b.pcap", 836, 1<<30), part(t, "rest.pcap", 1255, 1<<30)
	if got := repeats(a, b); !slices.Equal(got, [][2]string{{b, a}}) {
		t.Errorf("two that overlap: %v", got)
	}
	if got := repeats(b, a); !slices.Equal(got, [][2]string{{a, b}}) {
		t.Errorf("in reverse: %v", got)
	}
	if got := repeats(a, rest); len(got) > 0 {
		t.Errorf("the next file of a recording: %v", got)
	}
	// Sites of one organisation, some of which share conversations.
	var all []string
	for _, site := range []string{"car-park", "control-room", "depot", "library", "town-hall"} {
		files, err := filepath.Glob(filepath.Join("../../examples/estate", site, "2026-11-0*"))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, files...)
	}
	if len(all) < 10 {
		t.Fatalf("%d captures of the estate", len(all))
	}
	if got := repeats(all...); len(got) > 0 {
		t.Errorf("captures of several sites: %v", got)
	}
}

// What is kept does not grow with the packets.
func TestGlimpsesAreBounded(t *testing.T) {
	x := newTwice()
	x.mask = 0
	p := &packet.Packet{IP: true, HasMAC: true, Proto: 6, TTL: 64, Payload: []byte("x")}
	for i := range uint32(3 * twiceMost) {
		p.Seq = i
		x.add(p)
	}
	if len(x.kept) > twiceMost || len(x.kept) < twiceMost/4 {
		t.Errorf("%d are kept, want at most %d", len(x.kept), twiceMost)
	}
}
