// Package settings reads the settings file of a hub: one YAML file, whose keys,
// meanings and usual values are the fields of [Settings] and nothing else. The
// comments there are the reference page.
//
// A key that does not exist is an error with its line, never passed over: a
// mistyped limit must not be no limit. Each key may also come from the
// environment. Nothing is opened or started here; who needs a setting gets it.
package settings

import (
	"encoding"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Prefix begins the names of the environment's variables: listen.address is
// LENSCAP_HUB_LISTEN_ADDRESS. A list is given with commas between, or, where its
// entries have keys of their own, as YAML in one line: [{folder: /in, site: a/b}].
const Prefix = "LENSCAP_HUB_"

const maxFile = 1 << 20

// A Problem is something wrong with the settings.
type Problem struct {
	Where string // file and line, or the variable
	Key   string // "" for the file as a whole
	Says  string // what is wrong, and what to do
}

// Error words the problem with its place.
func (p *Problem) Error() string {
	switch {
	case p.Key == "":
		return p.Where + ": " + p.Says
	case p.Where == "":
		return p.Key + ": " + p.Says
	}
	return p.Where + ": " + p.Key + ": " + p.Says
}

// Load reads the file at path, puts what environ says over it ("NAME=value", as
// [os.Environ] gives it), and checks the whole. No path: the usual settings and
// the environment. The error joins every [*Problem]; folders and files in the
// file are meant from where it stands.
func Load(path string, environ []string) (*Settings, error) {
	s := Usual()
	var problems []error
	if path != "" {
		b, err := readFile(path)
		if err != nil {
			return nil, err
		}
		problems = s.read(path, b)
		s.rebase(filepath.Dir(path))
	}
	problems = append(problems, s.environment(environ)...)
	for i := range s.Watch {
		s.Watch[i].usual()
	}
	if len(problems) == 0 {
		problems = s.Check()
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return s, nil
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("read settings: %w; without --config the usual settings hold", err)
	case err != nil:
		return nil, fmt.Errorf("read settings: %w", err)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(b) > maxFile {
		err = fmt.Errorf("%s has more than a megabyte: is it the settings file?", path)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	return b, nil
}

// read takes a file over what stands.
func (s *Settings) read(path string, b []byte) []error {
	var doc yaml.Node
	if err := yaml.Unmarshal(b, &doc); err != nil {
		return []error{&Problem{Where: path, Says: "no YAML: " + strings.TrimPrefix(err.Error(), "yaml: ")}}
	}
	if doc.Kind == 0 {
		return nil // empty, or comments only
	}
	r := reader{path: path}
	r.take(doc.Content[0], reflect.ValueOf(s).Elem(), "")
	return r.problems
}

// A reader takes nodes of YAML into fields.
type reader struct {
	path     string
	problems []error
	aliases  int
}

func (r *reader) fault(n *yaml.Node, key, says string) {
	r.problems = append(r.problems, &Problem{Where: fmt.Sprintf("%s:%d", r.path, n.Line), Key: key, Says: says})
}

// take puts a node into a field of the settings.
func (r *reader) take(n *yaml.Node, v reflect.Value, key string) {
	if n.Kind == yaml.AliasNode {
		if r.aliases++; r.aliases > 100 {
			r.fault(n, key, "too many aliases")
			return
		}
		n = n.Alias
	}
	if n.Tag == "!!null" {
		return // a key without a value keeps what is usual
	}
	_, text := v.Addr().Interface().(encoding.TextUnmarshaler)
	switch {
	case v.Kind() == reflect.Struct && !text:
		r.section(n, v, key)
	case v.Kind() == reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			r.fault(n, key, "a list is wanted: lines that begin with a dash")
			return
		}
		list := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
		for i, c := range n.Content {
			r.take(c, list.Index(i), fmt.Sprintf("%s[%d]", key, i))
		}
		v.Set(list)
	case n.Kind != yaml.ScalarNode:
		r.fault(n, key, "one value is wanted, "+kindOf(v.Type()))
	default:
		if err := set(v, n.Value); err != nil {
			r.fault(n, key, err.Error())
		}
	}
}

// section takes the keys of a section.
func (r *reader) section(n *yaml.Node, v reflect.Value, key string) {
	if n.Kind != yaml.MappingNode {
		r.fault(n, key, "keys are wanted: "+strings.Join(keysOf(v.Type()), ", "))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		full := join(key, k.Value)
		f, ok := field(v, k.Value)
		switch {
		case !ok:
			r.fault(k, full, "there is no such key"+didYouMean(k.Value, keysOf(v.Type())))
		case seen[k.Value]:
			r.fault(k, full, "stands here twice")
		default:
			seen[k.Value] = true
			r.take(n.Content[i+1], f, full)
		}
	}
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

// field is the one with that key.
func field(v reflect.Value, key string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("yaml") == key {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

func keysOf(t reflect.Type) []string {
	out := make([]string, t.NumField())
	for i := range out {
		out[i] = t.Field(i).Tag.Get("yaml")
	}
	return out
}

// environment puts variables over what stands.
func (s *Settings) environment(environ []string) (problems []error) {
	leaves := s.leaves()
	var names []string
	for _, l := range leaves {
		names = append(names, l.variable())
	}
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(name, Prefix) {
			continue
		}
		i := slices.Index(names, name)
		if i < 0 {
			problems = append(problems, &Problem{Where: name, Says: "no setting has this variable" + didYouMean(name, names)})
			continue
		}
		if err := leaves[i].set(value); err != nil {
			problems = append(problems, &Problem{Where: name, Key: leaves[i].key, Says: err.Error()})
		}
	}
	return problems
}

// A leaf is a setting: a key with a value or a list.
type leaf struct {
	key   string // "listen.address"
	value reflect.Value
	field reflect.StructField
}

func (l leaf) variable() string {
	return Prefix + strings.ToUpper(strings.ReplaceAll(l.key, ".", "_"))
}

// set takes a text of the environment.
func (l leaf) set(text string) error {
	if l.value.Kind() != reflect.Slice {
		return set(l.value, text)
	}
	if l.value.Type().Elem().Kind() == reflect.Struct && !isText(l.value.Type().Elem()) {
		var doc yaml.Node
		if err := yaml.Unmarshal([]byte(text), &doc); err != nil || doc.Kind == 0 || doc.Content[0].Kind != yaml.SequenceNode {
			return errors.New("write the list as YAML in one line: [{" + strings.Join(keysOf(l.value.Type().Elem()), ": …, ") + ": …}]")
		}
		r := reader{path: l.variable()}
		r.take(doc.Content[0], l.value, l.key)
		return errors.Join(r.problems...)
	}
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == ',' })
	list := reflect.MakeSlice(l.value.Type(), len(parts), len(parts))
	for i, p := range parts {
		if err := set(list.Index(i), strings.TrimSpace(p)); err != nil {
			return err
		}
	}
	l.value.Set(list)
	return nil
}

func isText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// leaves are all settings, in the order of the fields.
func (s *Settings) leaves() []leaf {
	var out []leaf
	var walk func(v reflect.Value, key string)
	walk = func(v reflect.Value, key string) {
		for i := range v.NumField() {
			f := v.Type().Field(i)
			k := join(key, f.Tag.Get("yaml"))
			if f.Type.Kind() == reflect.Struct && !isText(f.Type) {
				walk(v.Field(i), k)
				continue
			}
			out = append(out, leaf{k, v.Field(i), f})
		}
	}
	walk(reflect.ValueOf(s).Elem(), "")
	return out
}
