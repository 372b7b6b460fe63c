package plainyaml

import (
	"bytes"
	"reflect"
	"testing"

	"go.yaml.in/yaml/v3"
)

// A document has a field of every kind that the package fills.
type document struct {
	line  int
	Text  string         `yaml:"text"`
	Note  string         `yaml:"note"`
	Sure  bool           `yaml:"sure"`
	At    yaml.Node      `yaml:"at"`
	List  []string       `yaml:"list"`
	Nodes []yaml.Node    `yaml:"nodes"`
	Facts map[string]any `yaml:"facts"`
	One   *document      `yaml:"one"`
	Rows  []document     `yaml:"rows"`
	Inner `yaml:",inline"`
}

type Inner struct {
	Source []string `yaml:"source"`
}

func (d *document) StartsAt(line int) { d.line = line }

func (d *document) UnmarshalYAML(n *yaml.Node) error {
	type plain document
	d.line = n.Line
	return n.Decode((*plain)(d))
}

// slow is what package yaml makes of text; unknown keys are refused by strict.
func slow(text []byte, v any) error {
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	return d.Decode(v)
}

// bare takes from Nodes what Decode does not set.
func bare(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			bare(v.Elem())
		}
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
			if v.Type().Field(i).IsExported() {
				bare(v.Field(i))
			}
		}
	}
}

// agree fails when text is taken and package yaml says otherwise.
func agree(t *testing.T, text string) bool {
	t.Helper()
	taken := false
	for _, shape := range []reflect.Type{reflect.TypeFor[document](), reflect.TypeFor[[]document]()} {
		got, want := reflect.New(shape), reflect.New(shape)
		if !Decode([]byte(text), got.Interface()) {
			if !got.Elem().IsZero() {
				t.Errorf("%q: refused, and the target was changed: %+v", text, got.Elem())
			}
			continue
		}
		taken = true
		if err := slow([]byte(text), want.Interface()); err != nil {
			t.Errorf("%q: taken as %+v; yaml: %v", text, got.Elem(), err)
			continue
		}
		bare(want.Elem())
		if !reflect.DeepEqual(got.Interface(), want.Interface()) {
			t.Errorf("%q:\n got %+v\nwant %+v", text, got.Elem(), want.Elem())
		}
	}
	return taken
}

var plainDocuments = []string{
	"text: a\n", "text: a", "text: 'it''s' # so\nsure: true\n", "text: \"a\\\"b\\\\.\"\nnote: x#y # z\n", "text: ''\n",
	"# head\n\nlist:\n- a\n- 'b'\nsure: false\n", "list:\n  - a b\n\n  # between\n  - 2026-11-23\nat: 7\n",
	"list: []\nnodes: [a, 'b: c' ]\nfacts: {kind: camera, sure: true, not: 'true', x: \"y\"}\n",
	"at: >-\n  one\n  two: three # four\ntext: |\n  a\n  b\n\nnote: >\n  x\n", "rows:\n  - text: >-\n      deep\n      er\n    at: 2019\n  - sure: true\n",
	"- text: a\n  rows:\n  - text: b\n    list: [c]\n- text: d\n", "-   text: a\n    note: b\n- text: c\n",
	"one:\n  one:\n    text: ü — x\n  source: [\"https://a.example/b?c=d#e\"]\nsource:\n  - https://a.example/\n",
	"rows: []\n", "facts:\n  kind: camera\n  sure: false\n", "list:\n  - >-\n    folded\n    text\n  - b\n",
}

func TestPlainDocumentsAreReadAsYAMLReadsThem(t *testing.T) {
	for _, text := range plainDocuments {
		if !agree(t, text) {
			t.Errorf("%q: refused", text)
		}
	}
}

func TestWhatIsNotPlainIsRefused(t *testing.T) {
	for _, text := range []string{
		"", "# nothing\n", "text", "text:\n", "text: ~\n", "text: null\n", "text: &a b\n", "text: !!str a\n", "text: *a\n", "%YAML 1.2\n---\ntext: a\n",
		"---\ntext: a\n", "text: a\n---\ntext: b\n", "text: a\n...\n", "unknown: a\n", "text: a\ntext: b\n", "text: a\n  more\n", "text: 'a\n  b'\n", "text: a: b\n",
		"text: a\r\n", "text:\ta\n", "\ufefftext: a\n", "text: \x80\n", "text: a\u0085b\n", "sure: yes\n", "sure: 'true'\n", "facts: {a: 1}\n", "facts: {a: null}\n", "facts: {a: [b]}\n",
		"facts: {a: b, a: c}\n", "list: a\n", "list: [a\n", "list: [a, ]\n", "list: [[a]]\n", "list: [a] b\n", "text: 'a' b\n", "text: [a]\n", "text: >-\n  a\n\n  b\n",
		"text: >-\n  a\n   b\n", "text: >2-\n  a\n", "text: >-\n", "text: |+\n  a\n", "text: \"\\x41\"\n", "text: \"a\n", "  text: a\nnote: b\n", "rows:\n  - text: a\n    note: b\n   at: c\n",
		"- - text: a\n", "- ? a\n", "? text\n: a\n", "'text': a\n", "text: {a: b}\n", "at: [a]\n", "- text: a\ntext: b\n", "text: >-\n  a\n # b\n", "<<: {text: a}\n", "-\n", "- \n", "text: @a\n",
	} {
		if agree(t, text) {
			t.Errorf("%q: taken", text)
		}
	}
}

// FuzzDecode holds this package beside package yaml: what it takes, that takes
// too, and makes the same of it.
func FuzzDecode(f *testing.F) {
	for _, text := range plainDocuments {
		f.Add(text)
	}
	for _, text := range []string{"facts: {a: yes, b: n, c: .nan}\n", "text: >-\n\n  a\n", "list: [a #b]\n", "text: a #b\n", "- text: |-\n   a\n  note: b\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { agree(t, text) })
}
