package capture

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

func TestCompressedInputsReadAsPlainOnes(t *testing.T) {
	in := samples(t)
	for name, plain := range map[string]string{
		"pcap in gzip": "pcap", "pcapng in two gzip members": "pcapng",
		"pcapng in zstd": "pcapng", "two zstd frames": "pcap",
	} {
		t.Run(name, func(t *testing.T) {
			got, want := readAll(t, bytes.NewReader(in[name])), readAll(t, bytes.NewReader(in[plain]))
			_, packing, _ := strings.Cut(got.Stats.Format, ", ")
			if packing == "" || !strings.Contains(name, packing) {
				t.Errorf("format %q", got.Stats.Format)
			}
			want.Stats.Format += ", " + packing
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTwoCompressedCapturesGluedTogether(t *testing.T) {
	in := samples(t)
	got := readAll(t, bytes.NewReader(join(gzipped(t, in["pcap"]), gzipped(t, in["pcapng"]))))
	if len(got.Frames) != 12 || got.Err != nil || len(got.Stats.Gaps) > 0 {
		t.Errorf("%d frames, error %v, gaps %+v", len(got.Frames), got.Err, got.Stats.Gaps)
	}
}

func TestDamagedCompressionIsAGap(t *testing.T) {
	plain := samples(t)["pcap"]
	for _, tt := range []struct {
		name string
		in   []byte
		want []Gap
	}{
		{"junk behind gzip", append(gzipped(t, plain), "junk that is no member"...), []Gap{{int64(len(plain)), 0, 0, "the gzip data are damaged from here on"}}},
		{"gzip without its checksum", gzipped(t, plain)[:len(gzipped(t, plain))-5], []Gap{{int64(len(plain)), 0, 0, "the gzip data end early"}}},
		{"junk behind zstd", append(zstandard(t, plain), "junk that is no frame"...), []Gap{{int64(len(plain)), 0, 0, "the zstd data are damaged from here on"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := readAll(t, bytes.NewReader(tt.in))
			if len(got.Frames) != 6 || got.Err != nil {
				t.Errorf("%d frames, error %v", len(got.Frames), got.Err)
			}
			if diff := cmp.Diff(tt.want, got.Stats.Gaps); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSlowReadersGiveTheSame(t *testing.T) {
	for name, in := range samples(t) {
		want := readAll(t, bytes.NewReader(in))
		for how, r := range map[string]io.Reader{
			"byte by byte":             iotest.OneByteReader(bytes.NewReader(in)),
			"error with the last data": iotest.DataErrReader(bytes.NewReader(in)),
			"by halves":                iotest.HalfReader(bytes.NewReader(in)),
		} {
			if diff := cmp.Diff(want, readAll(t, r)); diff != "" {
				t.Errorf("%s, %s: %s", name, how, diff)
			}
		}
	}
}

func TestAReadErrorComesBehindTheFrames(t *testing.T) {
	broken := errors.New("the cable is out")
	for name, in := range samples(t) {
		got := readAll(t, io.MultiReader(bytes.NewReader(in), iotest.ErrReader(broken)))
		if !errors.Is(got.Err, broken) || len(got.Frames) != 6 {
			t.Errorf("%s: %d frames, error %v", name, len(got.Frames), got.Err)
		}
	}
	if _, err := NewReader(iotest.ErrReader(broken)); !errors.Is(err, broken) || errors.Is(err, ErrNotCapture) {
		t.Errorf("an error at once: %v", err)
	}
	if got := readAll(t, idle{}); !errors.Is(got.Err, io.ErrNoProgress) {
		t.Errorf("a reader that gives nothing: %v", got.Err)
	}
}

// idle reads nothing, for ever.
type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

func TestWhatIsNoCaptureIsNamed(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", "the file is empty"},
		{"too short", "ab", "the file is too short"},
		{"JSON", ` {"a": 1}`, "looks like JSON"},
		{"HTML", "\xef\xbb\xbf<html>", "looks like XML or HTML"},
		{"text", "timestamp,source\n1,2\n", "looks like text"},
		{"text with a letter cut off", "gr\xc3\xbc\xc3\x9fe \xe2\x82", "looks like text"},
		{"zip", "PK\x03\x04abc", "unpack it"},
		{"xz", "\xfd7zXZ\x00abc", "unxz"},
		{"snoop", "snoop\x00\x00\x00abc", "editcap"},
		{"binary", "\x00\x01\x02\x03\x04", "unknown format"},
		{"JSON in gzip", string(gzipped(t, []byte(`[1, 2, 3]`))), "what the gzip data hold looks like JSON"},
		{"gzip in gzip", string(gzipped(t, gzipped(t, []byte("deeper")))), "gzip inside gzip"},
		{"broken gzip", "\x1f\x8b\x00\x00", "the gzip data hold nothing"},
		{"nothing in zstd", string(zstandard(t, nil)), "the zstd data hold nothing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := NewReader(strings.NewReader(tt.in))
			if !errors.Is(err, ErrNotCapture) || !strings.Contains(err.Error(), tt.want) ||
				!strings.Contains(err.Error(), "pcap or pcapng capture is wanted") {
				t.Errorf("NewReader(%q): %v, want %q in it", tt.in, err, tt.want)
			}
		})
	}
}

func TestClosingEndsTheUnpacking(t *testing.T) {
	in := gzipped(t, append(samples(t)["pcap"], make([]byte, 8<<20)...))
	for range 20 {
		synctest.Test(t, func(t *testing.T) { // waits for the end of what was begun in it, and fails if that waits for ever
			r, err := NewReader(bytes.NewReader(in))
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(r.Close(), r.Close()); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// lures is input on which a careless search takes quadratic time: every place
// looks like a record or block that ends far ahead, and none is one.
func lures(head []byte, size int, lure []byte) []byte {
	return append(head, bytes.Repeat(lure, size/len(lure))...)
}

func TestSearchTakesLinearTimeAndBoundedMemory(t *testing.T) {
	ng := join(little.section(), little.iface(LinkRaw, 0))
	for name, make := range map[string]func(size int) []byte{
		"pcap records of almost the cap": func(size int) []byte {
			return lures(little.header(0xa1b2c3d4, 0, LinkRaw), size, little.words(nil, 0x000ffffe, 0x000efffe, 0x000dfffe, 0x000ffffe))
		},
		"pcapng blocks of almost the cap": func(size int) []byte { return lures(ng, size, little.words(nil, 6, 0x000ffff0, 0)) },
		"pcapng blocks of four bytes":     func(size int) []byte { return lures(ng, size, little.words(nil, 6, 4)) },
		"pcap magic": func(size int) []byte {
			return lures(little.header(0xa1b2c3d4, 0, LinkRaw), size, []byte{0xd4, 0xc3, 0xb2})
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := make(16 << 20)
			r, err := NewReader(bytes.NewReader(in))
			if err != nil {
				t.Fatal(err)
			}
			var f Frame
			for r.Next(&f) == nil { // were each place followed to its end, go test would cut this short
			}
			t.Logf("%+v", r.Stats().Gaps)
			if len(r.in.buf) > 3*maxBlock {
				t.Errorf("the buffer grew to %d bytes", len(r.in.buf))
			}
		})
	}
}

func TestNextDoesNotAllocate(t *testing.T) {
	for _, name := range []string{"pcap", "pcapng"} {
		in := bytes.Repeat(samples(t)[name], 2000)
		r, err := NewReader(bytes.NewReader(in))
		if err != nil {
			t.Fatal(err)
		}
		var f Frame
		if err := r.Next(&f); err != nil { // the first of a section allocates its interface
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(5000, func() { _ = r.Next(&f) }); n != 0 {
			t.Errorf("%s: %v allocations a packet", name, n)
		}
		if r.Stats().Packets < 5000 {
			t.Errorf("%s: only %d packets", name, r.Stats().Packets)
		}
	}
}

// smallMemory makes windows and buffers small for one test: a reader is then
// cheap to make, and refills its window often.
func smallMemory(t testing.TB) {
	size, chunk, window := readSize, unpackChunk, maxWindow
	readSize, unpackChunk, maxWindow = 600, 600, 1<<20
	t.Cleanup(func() { readSize, unpackChunk, maxWindow = size, chunk, window })
}

func FuzzReader(f *testing.F) {
	for _, in := range samples(f) {
		f.Add(in)
		f.Add(in[:len(in)-7])
	}
	smallMemory(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > 8<<10 {
			return
		}
		r, err := NewReader(bytes.NewReader(in))
		if err != nil {
			if !errors.Is(err, ErrNotCapture) {
				t.Fatalf("NewReader: %v", err)
			}
			return
		}
		defer r.Close()
		var fr Frame
		number := int64(0)
		for err = r.Next(&fr); err == nil; err = r.Next(&fr) {
			number++
			if fr.Number != number || len(fr.Data) > MaxFrame || fr.Wire < len(fr.Data) || fr.Offset >= r.in.offset() {
				t.Fatalf("frame %+v behind %d others", fr, number-1)
			}
			if number > int64(len(in)) && r.unpack == nil {
				t.Fatal("more frames than bytes")
			}
		}
		s := r.Stats()
		if err != io.EOF || s.Packets != number || (r.unpack == nil && s.Bytes != int64(len(in))) {
			t.Fatalf("error %v, %d frames, %+v of %d bytes", err, number, s, len(in))
		}
		for _, g := range s.Gaps {
			if g.Offset < 0 || g.Bytes < 0 || g.Packets < 0 || g.Offset+g.Bytes > s.Bytes || g.Why == "" {
				t.Fatalf("gap %+v of %d bytes", g, s.Bytes)
			}
		}
	})
}
