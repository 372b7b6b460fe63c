package capture

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// samples are small whole captures, by name.
func samples(t testing.TB) map[string][]byte {
	pcap := little.header(0xa1b2c3d4, 65535, LinkEthernet)
	ng := join(big.section(), big.iface(LinkEthernet, 0))
	for i := range uint32(6) {
		data := string(bytes.Repeat([]byte{byte(i) + 'a'}, int(i*17)+1))
		pcap = append(pcap, little.record(1700000000+i, i, data, 0)...)
		ng = append(ng, big.enhanced(0, 1700000000e6+uint64(i), data, 0)...)
	}
	return map[string][]byte{
		"pcap": pcap, "pcapng": ng,
		"pcap in gzip":               gzipped(t, pcap),
		"pcapng in two gzip members": join(gzipped(t, ng[:100]), gzipped(t, ng[100:])),
		"pcapng in zstd":             zstandard(t, ng),
		"two zstd frames":            join(zstandard(t, pcap[:100]), zstandard(t, pcap[100:])),
	}
}

func TestACaptureCutAtAnyByteKeepsWhatCameBefore(t *testing.T) {
	for name, in := range samples(t) {
		t.Run(name, func(t *testing.T) {
			whole := readAll(t, bytes.NewReader(in))
			if whole.Err != nil || len(whole.Frames) != 6 || len(whole.Stats.Gaps) > 0 {
				t.Fatalf("the whole capture: %+v", whole)
			}
			for n := range in {
				checkCut(t, in, n, whole, name == "pcap" || name == "pcapng")
			}
		})
	}
}

// checkCut reads the first n bytes of in: what comes must begin whole. Of a
// plain capture every record that is there must come, and the rest be counted.
func checkCut(t *testing.T, in []byte, n int, whole read, plain bool) {
	t.Helper()
	got := readAll(t, bytes.NewReader(in[:n]))
	if got.Err != nil {
		if !errors.Is(got.Err, ErrNotCapture) || (plain && n >= 4) {
			t.Fatalf("cut at %d: %v", n, got.Err)
		}
		return
	}
	for i, f := range got.Frames {
		w := whole.Frames[i]
		if !bytes.Equal(f.Data, w.Data) || f.Time != w.Time || f.Offset != w.Offset {
			t.Fatalf("cut at %d, frame %d: got %+v, want %+v", n, i, f, w)
		}
	}
	if !plain {
		packed := strings.Contains(whole.Stats.Format, ", ")
		if packed && len(got.Frames) < len(whole.Frames) && len(got.Stats.Gaps) == 0 {
			t.Fatalf("cut at %d: %d frames and no gap", n, len(got.Frames))
		}
		return
	}
	want := 0
	for want < len(whole.Frames) && recordEnd(whole, want) <= int64(n) {
		want++
	}
	if len(got.Frames) != want || got.Stats.Bytes != int64(n) {
		t.Fatalf("cut at %d: %d frames and %d bytes, want %d and %d; %+v", n, len(got.Frames), got.Stats.Bytes, want, n, got.Stats)
	}
	var bytes int64
	for _, g := range got.Stats.Gaps {
		bytes += g.Bytes
	}
	if last := lastEnd(whole, want, int64(n)); bytes != int64(n)-last && whole.Stats.Format == "pcap" && n >= pcapFileHeader {
		t.Fatalf("cut at %d: %d bytes in gaps, want %d", n, bytes, int64(n)-last)
	}
}

// recordEnd is where frame i ends: where the next begins.
func recordEnd(whole read, i int) int64 {
	if i+1 < len(whole.Frames) {
		return whole.Frames[i+1].Offset
	}
	return whole.Stats.Bytes
}

// lastEnd is where the last of the first n frames ends, at most at limit.
func lastEnd(whole read, n int, limit int64) int64 {
	if n == 0 {
		return min(whole.Frames[0].Offset, limit)
	}
	return recordEnd(whole, n-1)
}

// TestEveryReferenceCaptureCutAnywhere cuts small captures at every byte and
// larger ones at fifty.
func TestEveryReferenceCaptureCutAnywhere(t *testing.T) {
	names, err := Expand([]string{filepath.Join("..", "..", "..", "shared", "data")})
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the reference captures are not here")
	}
	if err != nil {
		t.Fatal(err)
	}
	cuts := 0
	for _, name := range names {
		in, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		whole := readAll(t, bytes.NewReader(in))
		if whole.Err != nil || len(whole.Frames) == 0 || len(whole.Stats.Gaps) > 0 {
			t.Errorf("%s: %v, %d frames, %+v", name, whole.Err, len(whole.Frames), whole.Stats)
			continue
		}
		step := 1
		if len(in) > 1000 {
			step = len(in)/50 | 1
		}
		plain := whole.Stats.Format == "pcap" // a pcapng frame may be followed by other blocks
		for n := 4; n < len(in); n += step {
			checkCut(t, in, n, whole, plain)
			cuts++
		}
	}
	t.Logf("%d captures, %d cuts", len(names), cuts)
}
