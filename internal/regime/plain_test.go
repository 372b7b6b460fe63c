package regime

import (
	"io/fs"
	"reflect"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/lenscap/lenscap/internal/plainyaml"
	"github.com/lenscap/lenscap/kb"
)

// A file that package plainyaml does not take costs thirty times as much at
// every start.
func TestFilesOfTheReleaseAreReadFastAndAlike(t *testing.T) {
	for dir, shape := range map[string]reflect.Type{Dir: reflect.TypeFor[regimeFile](), ListingDir: reflect.TypeFor[listingFile]()} {
		names, err := files(kb.FS, dir)
		if err != nil || len(names) == 0 {
			t.Fatal(names, err)
		}
		for _, name := range names {
			b, err := fs.ReadFile(kb.FS, name)
			if err != nil {
				t.Fatal(err)
			}
			got, want := reflect.New(shape), reflect.New(shape)
			if !plainyaml.Decode(b, got.Interface()) {
				t.Errorf("%s: not in the plain form of package plainyaml: write it as the files beside it", name)
				continue
			}
			if err := decodeAny(b, want.Interface()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			bare(want.Elem())
			if !reflect.DeepEqual(got.Interface(), want.Interface()) {
				t.Errorf("%s: read otherwise by package yaml", name)
			}
		}
	}
}

// bare takes from nodes what this package does not read.
func bare(v reflect.Value) {
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			bare(v.Index(i))
		}
	case reflect.Struct:
		if n, ok := v.Addr().Interface().(*yaml.Node); ok {
			*n = yaml.Node{Kind: n.Kind, Value: n.Value, Line: n.Line}
			return
		}
		for i := range v.NumField() {
			bare(v.Field(i))
		}
	}
}
