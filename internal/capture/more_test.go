package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"testing"
)

// Whatever the input, frames taken with More are those that Next alone gives,
// and stay as they were until the next Next.
func TestMoreGivesWhatNextGives(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, name := range []string{"../../examples/lab-station.pcapng", "../record/export/testdata/softflowd-v9.pcap"} {
		whole, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		whole = whole[:min(len(whole), 300_000)]
		for damage := range 40 {
			b := bytes.Clone(whole)
			for range damage {
				b[r.IntN(len(b))] = byte(r.Uint32())
			}
			want, wantGaps := frames(t, b, false)
			got, gotGaps := frames(t, b, true)
			if !equalTexts(want, got) || wantGaps != gotGaps {
				t.Fatalf("%s with %d bytes damaged: %d frames with More, %d without; gaps %s and %s", name, damage, len(got), len(want), gotGaps, wantGaps)
			}
			if damage == 0 && len(got) < 5 {
				t.Errorf("%s: %d frames only", name, len(got))
			}
		}
	}
}

func equalTexts(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// frames reads b in runs of at most eight frames, which are looked at only when
// the run is over.
func frames(t *testing.T, b []byte, more bool) (out []string, gaps string) {
	t.Helper()
	rd, err := NewReader(bytes.NewReader(b))
	if errors.Is(err, ErrNotCapture) {
		return nil, "none"
	} else if err != nil {
		t.Fatal(err)
	}
	defer rd.Close() //nolint:errcheck // nothing to lose
	for {
		var run []Frame
		var f Frame
		if err := rd.Next(&f); errors.Is(err, io.EOF) {
			return out, fmt.Sprint(rd.Stats().Gaps)
		} else if err != nil {
			t.Fatal(err)
		}
		run = append(run, f)
		for more && len(run) < 8 && rd.More(&f) {
			run = append(run, f)
		}
		for _, f := range run {
			out = append(out, fmt.Sprintf("%d %d %d %d %d %x", f.Number, f.Offset, f.Time, f.Wire, f.Link, f.Data))
		}
	}
}
