package gunzip

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
)

// texts are of every kind that a compressor treats in a way of its own.
func texts() map[string][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 400_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	few := make([]byte, 400_000)
	for i := range few {
		few[i] = "ACGT"[r.IntN(4)]
	}
	uneven := make([]byte, 400_000) // so that codes of 15 bits come up
	for i := range uneven {
		uneven[i] = byte(min(255, int(r.ExpFloat64()*9)))
	}
	far := bytes.Repeat(noise[:window], 20) // matches at the greatest distance
	mixed := append(append(append(noise[:90_000:90_000], few[:90_000]...), bytes.Repeat([]byte("ab"), 90_000)...), noise[:70_000]...)
	return map[string][]byte{
		"nothing": nil, "one byte": {7}, "noise": noise, "four letters": few, "uneven": uneven, "far": far, "mixed": mixed,
		"one letter": bytes.Repeat([]byte{'x'}, 400_000), "period of three": bytes.Repeat([]byte("xyz"), 130_000), "period of seven": bytes.Repeat([]byte("abcdefg"), 60_000),
	}
}

func packed(t testing.TB, level int, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func unpacked(r io.Reader) ([]byte, error) {
	z, err := NewReader(r)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

func TestWhatWasPackedComesOut(t *testing.T) {
	for name, text := range texts() {
		for _, level := range []int{flate.HuffmanOnly, flate.NoCompression, 1, 6, 9} {
			b := packed(t, level, text)
			for how, r := range map[string]io.Reader{
				"whole": bytes.NewReader(b), "in halves": iotest.HalfReader(bytes.NewReader(b)), "with its end": iotest.DataErrReader(bytes.NewReader(b)),
			} {
				if got, err := unpacked(r); err != nil || !bytes.Equal(got, text) {
					t.Errorf("%s, level %d, read %s: %d bytes (%v), want %d", name, level, how, len(got), err, len(text))
				}
			}
		}
	}
	b := packed(t, 6, texts()["mixed"])
	if got, err := unpacked(iotest.OneByteReader(bytes.NewReader(b))); err != nil || !bytes.Equal(got, texts()["mixed"]) {
		t.Errorf("byte by byte: %d bytes, %v", len(got), err)
	}
}

func TestMembersFollowEachOther(t *testing.T) {
	var file, want []byte
	for _, name := range []string{"mixed", "nothing", "four letters", "one byte", "far"} {
		file = append(file, packed(t, 6, texts()[name])...)
		want = append(want, texts()[name]...)
	}
	if got, err := unpacked(bytes.NewReader(file)); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes (%v), want %d", len(got), err, len(want))
	}
}

func TestHeaderWithEverything(t *testing.T) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Extra, w.Name, w.Comment = []byte("extra"), "site.pcap", "a comment"
	if _, err := w.Write([]byte("text")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := unpacked(&b); err != nil || string(got) != "text" {
		t.Errorf("%q, %v", got, err)
	}
}

// Of damaged data comes out what compress/gzip gives up to the fault, of data that
// are cut also the last symbols that are there whole.
func TestDamage(t *testing.T) {
	texts := texts()
	b := packed(t, 6, texts["mixed"])
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		cut := b[:10+r.IntN(len(b)-10)]
		if got, _ := unpacked(bytes.NewReader(cut)); !bytes.HasPrefix(texts["mixed"], got) {
			t.Fatalf("cut at %d: what came out was not packed", len(cut))
		}
		same(t, cut)
		bad := bytes.Clone(b)
		bad[r.IntN(len(bad))] ^= 1 << r.IntN(8)
		same(t, bad)
	}
	same(t, append(bytes.Clone(b), "trailing"...))
	same(t, append(bytes.Clone(b), 0))
	if _, err := unpacked(bytes.NewReader(append(b[:len(b)-5:len(b)-5], 1, 2, 3, 4, 5))); !errors.Is(err, ErrChecksum) {
		t.Errorf("a wrong checksum: %v", err)
	}
	if _, err := unpacked(bytes.NewReader(b[:len(b)/2])); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut: %v", err)
	}
	broken := errors.New("the disk is gone")
	if got, err := unpacked(io.MultiReader(bytes.NewReader(b[:len(b)/2]), iotest.ErrReader(broken))); !errors.Is(err, broken) || len(got) == 0 {
		t.Errorf("a source that fails: %d bytes, %v", len(got), err)
	}
}

// same holds the reader to compress/gzip.
func same(t *testing.T, b []byte) {
	t.Helper()
	got, err := unpacked(bytes.NewReader(b))
	var want []byte
	z, wantErr := gzip.NewReader(bytes.NewReader(b))
	if wantErr == nil {
		want, wantErr = io.ReadAll(z)
	}
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("error %v, compress/gzip's %v, of %d bytes", err, wantErr, len(b))
	}
	if err == nil && !bytes.Equal(got, want) {
		t.Fatalf("%d other bytes than the %d of compress/gzip", len(got), len(want))
	}
	// Of damaged data one may see the fault some symbols before the other; but what is
	// given is the same.
	if n := min(len(got), len(want)); !bytes.Equal(got[:n], want[:n]) {
		t.Fatalf("other bytes than compress/gzip before the fault")
	}
	if errors.Is(err, io.ErrUnexpectedEOF) && errors.Is(wantErr, io.ErrUnexpectedEOF) && len(got) < len(want) {
		t.Fatalf("%d bytes before the end, compress/gzip %d", len(got), len(want))
	}
}

func FuzzReader(f *testing.F) {
	for _, text := range texts() {
		for _, level := range []int{flate.HuffmanOnly, 0, 1, 9} {
			b := packed(f, level, text[:min(len(text), 3000)])
			f.Add(b)
			f.Add(b[:len(b)*2/3])
		}
	}
	f.Add([]byte{0x1f, 0x8b, 8, 0x1f, 0, 0, 0, 0, 0, 0, 1, 0, 'x', 'n', 0, 'c', 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<16 {
			return
		}
		same(t, b)
	})
}

// FuzzDeflate wraps what it is given as deflate data, so that the fuzzer need not
// find checksums.
func FuzzDeflate(f *testing.F) {
	for _, text := range texts() {
		for _, level := range []int{flate.HuffmanOnly, 0, 1, 9} {
			var b bytes.Buffer
			w, err := flate.NewWriter(&b, level)
			if err != nil {
				f.Fatal(err)
			}
			if _, err := w.Write(text[:min(len(text), 3000)]); err != nil {
				f.Fatal(err)
			}
			if err := w.Close(); err != nil {
				f.Fatal(err)
			}
			f.Add(b.Bytes())
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<16 {
			return
		}
		want, wantErr := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(b)), 1<<22))
		z, err := NewReader(io.MultiReader(bytes.NewReader([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0}), bytes.NewReader(b)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(io.LimitReader(z, 1<<22))
		if wantErr == nil && !bytes.Equal(got, want) {
			t.Fatalf("%d other bytes than the %d of compress/flate (%v)", len(got), len(want), err)
		}
		if n := min(len(got), len(want)); !bytes.Equal(got[:n], want[:n]) {
			t.Fatal("other bytes than compress/flate before the fault")
		}
		if wantErr != nil && !errors.Is(wantErr, io.ErrUnexpectedEOF) && len(want) < 1<<22 && err == nil {
			t.Fatalf("no error where compress/flate has %v", wantErr)
		}
	})
}

// BenchmarkReader beside compress/gzip on the same data: noise packs badly and is
// literals most of all, as video is; four letters are matches most of all.
func BenchmarkReader(b *testing.B) {
	for _, name := range []string{"noise", "uneven", "four letters", "mixed"} {
		text := texts()[name]
		level := 6
		if name == "noise" {
			text = bytes.Clone(text)
			for i := range text {
				text[i] &^= byte(i % 5) // packs a little
			}
		}
		file := packed(b, level, bytes.Repeat(text, 8))
		run := func(how string, open func(io.Reader) (io.Reader, error)) {
			b.Run(name+"/"+how, func(b *testing.B) {
				b.SetBytes(int64(8 * len(text)))
				for b.Loop() {
					z, err := open(bytes.NewReader(file))
					if err == nil {
						_, err = io.Copy(io.Discard, z)
					}
					if err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		run("ours", func(r io.Reader) (io.Reader, error) { return NewReader(r) })
		run("compress-gzip", func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) })
	}
}
