package capture

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/text/encoding/unicode"
)

func TestASourceReadsFromTheFirstByteAfterItsHeadWasSeen(t *testing.T) {
	text := strings.Repeat("{\"event_type\":\"flow\"}\n", 100_000)
	for _, tt := range []struct {
		name, packing string
		in            []byte
	}{
		{"plain", "", []byte(text)}, {"gzip", "gzip", gzipped(t, []byte(text))}, {"zstd", "zstd", zstandard(t, []byte(text))},
	} {
		for _, size := range []int{1, 100, 64 << 10, 1 << 20} {
			s, err := Open(bytes.NewReader(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if s.Packing() != tt.packing || string(s.Head()) != text[:maxHead] {
				t.Errorf("%s: packing %q, head %q", tt.name, s.Packing(), s.Head())
			}
			if got := readBy(s, size); got.err != nil || got.text != text {
				t.Errorf("%s, %d bytes at a time: %d bytes of %d, error %v", tt.name, size, len(got.text), len(text), got.err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

type readText struct {
	text string
	err  error // nil for io.EOF
}

func readBy(r io.Reader, size int) readText {
	var out strings.Builder
	_, err := io.CopyBuffer(struct{ io.Writer }{&out}, struct{ io.Reader }{r}, make([]byte, size))
	return readText{out.String(), err}
}

func TestASourceOfACaptureGivesItsFrames(t *testing.T) {
	for name, in := range samples(t) {
		s, err := Open(iotest.OneByteReader(bytes.NewReader(in)))
		if err != nil {
			t.Fatal(err)
		}
		if head := s.Head(); s.Packing() == "" && len(head) != 4 {
			t.Errorf("%s: %d bytes of head were waited for", name, len(head))
		}
		r, err := s.Frames()
		if err != nil {
			t.Fatal(err)
		}
		var f Frame
		for err == nil {
			err = r.Next(&f)
		}
		if !errors.Is(err, io.EOF) || f.Number != 6 {
			t.Errorf("%s: %d frames, %v", name, f.Number, err)
		}
	}
}

func TestASourceSaysHowItEnded(t *testing.T) {
	text := bytes.Repeat([]byte("a line\n"), 1000)
	broken := errors.New("the cable is out")
	var damage *DamageError
	for _, tt := range []struct {
		name string
		in   io.Reader
		is   func(error) bool
	}{
		{"cut gzip", bytes.NewReader(gzipped(t, text)[:30]), func(err error) bool { return errors.As(err, &damage) && damage.Why == "the gzip data end early" }},
		{"junk behind zstd", bytes.NewReader(append(zstandard(t, text), "no frame"...)), func(err error) bool {
			return errors.As(err, &damage) && damage.Why == "the zstd data are damaged from here on"
		}},
		{"a read error", io.MultiReader(bytes.NewReader(text), iotest.ErrReader(broken)), func(err error) bool { return errors.Is(err, broken) }},
		{"a read error within gzip", io.MultiReader(bytes.NewReader(gzipped(t, text)[:30]), iotest.ErrReader(broken)), func(err error) bool { return errors.Is(err, broken) }},
		{"nothing, for ever", idle{}, func(err error) bool { return errors.Is(err, io.ErrNoProgress) }},
	} {
		s, err := Open(tt.in)
		if err == nil {
			s.Head()
			err = readBy(s, 1<<20).err
			if again := readBy(s, 1<<20); again.text != "" {
				t.Errorf("%s: %q behind the end", tt.name, again.text)
			}
		}
		if !tt.is(err) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestASourceShowsUTF16AsUTF8(t *testing.T) {
	text := strings.Repeat("  192.168.1.64  c0-56-e3-00-00-01  dynamisch  ä\r\n", 10_000)
	for _, tt := range []struct {
		name  string
		order unicode.Endianness
	}{{"little end first, as PowerShell writes it", unicode.LittleEndian}, {"big end first", unicode.BigEndian}} {
		wide, err := unicode.UTF16(tt.order, unicode.UseBOM).NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		for packing, in := range map[string][]byte{"": []byte(wide), "gzip": gzipped(t, []byte(wide))} {
			s, err := Open(iotest.HalfReader(bytes.NewReader(in)))
			if err != nil {
				t.Fatal(err)
			}
			if s.Packing() != packing || string(s.Head()) != text[:maxHead] {
				t.Errorf("%s: packing %q, head %q", tt.name, s.Packing(), s.Head())
			}
			if got := readBy(s, 64<<10); got.err != nil || got.text != text {
				t.Errorf("%s: %d bytes of %d, error %v", tt.name, len(got.text), len(text), got.err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		s, err := Open(bytes.NewReader(gzipped(t, []byte(wide))[:200]))
		var damage *DamageError
		if err != nil {
			t.Fatal(err)
		}
		if got := readBy(s, 64<<10); !errors.As(got.err, &damage) {
			t.Errorf("%s, cut gzip: %v", tt.name, got.err)
		}
	}
}
