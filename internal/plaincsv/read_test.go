package plaincsv

import (
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/kb"
)

// agree holds every record, line and error beside those of encoding/csv, and
// reports whether all of it was plain.
func agree(t *testing.T, text string) bool {
	t.Helper()
	got := NewReader(text)
	want := csv.NewReader(strings.NewReader(text))
	want.FieldsPerRecord = -1
	for {
		g, line, err := got.Read()
		w, wantErr := want.Read()
		if err != nil || wantErr != nil {
			if err == nil || wantErr == nil || err.Error() != wantErr.Error() {
				t.Errorf("%q: error %v, encoding/csv says %v", text, err, wantErr)
			}
			return errors.Is(err, io.EOF) && got.slow == nil
		}
		wantLine, _ := want.FieldPos(0)
		if !slices.Equal(g, w) || line != wantLine {
			t.Errorf("%q: line %d: %q; encoding/csv: line %d: %q", text, line, g, wantLine, w)
		}
	}
}

var plain = []string{
	"", "a", "a,b\n", "a,b\n\n\nc", "a,,\n,\n", "\"a\",b\n", "\"a,b\",\"\"\n\"say \"\"x\"\"\"\n", " a , b\n", "\n\na\n", "a,\"\"",
}

func TestPlainTextIsReadAsEncodingCSVReadsIt(t *testing.T) {
	for _, text := range plain {
		if !agree(t, text) {
			t.Errorf("%q was given to encoding/csv", text)
		}
	}
}

func TestWhatIsNotPlainIsReadByEncodingCSV(t *testing.T) {
	for _, text := range []string{"a\r\nb\r\n", "x\n\"a\nb\",c\nd\n", "x,y\na\"b\nz\n", "x\n\"a\n", "x\n\"a\"b\n", "x\n\"a\" ,b\n", "a\rb\n"} {
		if agree(t, text) {
			t.Errorf("%q was taken", text)
		}
	}
}

func TestTablesOfTheReleaseArePlain(t *testing.T) {
	err := fs.WalkDir(kb.FS, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".csv" {
			return err
		}
		b, err := fs.ReadFile(kb.FS, name)
		if err == nil && !agree(t, string(b)) {
			t.Errorf("%s is not plain: every start is slower", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// FuzzRead holds this package beside encoding/csv.
func FuzzRead(f *testing.F) {
	for _, text := range plain {
		f.Add(text)
	}
	f.Add("x\n\"a\nb\",c\nd\n")
	f.Fuzz(func(t *testing.T, text string) { agree(t, text) })
}
