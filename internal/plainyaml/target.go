package plainyaml

import (
	"reflect"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// set gives a scalar to v.
func set(v reflect.Value, text string, plain bool, line int) bool {
	switch v.Kind() {
	case reflect.String:
		if unmarshals(v.Type()) {
			return false
		}
		v.SetString(text)
		return true
	case reflect.Bool:
		if !plain || text != "true" && text != "false" {
			return false
		}
		v.SetBool(text == "true")
		return true
	case reflect.Interface:
		return setAny(v, text, plain)
	case reflect.Struct:
		if v.Type() == nodeType {
			v.Set(reflect.ValueOf(yaml.Node{Kind: yaml.ScalarNode, Value: text, Line: line}))
			return true
		}
	}
	return false
}

// setAny takes what is a text or a truth beyond doubt.
func setAny(v reflect.Value, text string, plain bool) bool {
	switch {
	case plain && (text == "true" || text == "false"):
		v.Set(reflect.ValueOf(text == "true"))
	case plain && (text[0]|0x20 < 'a' || text[0]|0x20 > 'z' || strings.EqualFold(text, "true") || strings.EqualFold(text, "false")):
		return false
	default:
		v.Set(reflect.ValueOf(text))
	}
	return true
}

// lines gives a block of lines to v.
func (r *reader) lines(v reflect.Value, indent int) bool {
	line := r.line
	text, ok := r.linesText(indent)
	return ok && set(v, text, false, line)
}

// list reads [a, 'b'].
func (r *reader) list(v reflect.Value) bool {
	if v.Kind() != reflect.Slice {
		return false
	}
	v.Set(reflect.MakeSlice(v.Type(), 0, 1))
	return r.bracket(']', func() bool {
		n := v.Len()
		v.Grow(1)
		v.SetLen(n + 1)
		text, plain, ok := r.scalar(true)
		return ok && set(v.Index(n), text, plain, r.line)
	})
}

// pairs reads {a: b, c: 'd'}.
func (r *reader) pairs(v reflect.Value) bool {
	m, ok := newTarget(v, r.line)
	return ok && r.bracket('}', func() bool {
		name, ok := r.key()
		if !ok {
			return false
		}
		to, ok := m.field(name)
		if !ok {
			return false
		}
		r.pos += len(name) + 1
		r.spaces()
		text, plain, ok := r.scalar(true)
		if !ok || !set(to, text, plain, r.line) {
			return false
		}
		m.done(name, to)
		return true
	})
}

// bracket reads what stands between brackets, parted by commas.
func (r *reader) bracket(end byte, each func() bool) bool {
	r.pos++
	r.spaces()
	if r.at(end) {
		return true
	}
	for {
		if !each() {
			return false
		}
		r.spaces()
		if r.at(end) {
			return true
		}
		if !r.at(',') {
			return false
		}
		r.spaces()
	}
}

func (r *reader) spaces() {
	for r.pos < len(r.s) && r.s[r.pos] == ' ' {
		r.pos++
	}
}

func (r *reader) at(c byte) bool {
	if r.pos < len(r.s) && r.s[r.pos] == c {
		r.pos++
		return true
	}
	return false
}

// A target is a struct or map that takes the values of a mapping.
type target struct {
	v      reflect.Value
	fields map[string][]int // of a struct
	seen   []string
	room   [24]string
}

func newTarget(v reflect.Value, line int) (*target, bool) {
	for v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	m := &target{v: v}
	m.seen = m.room[:0]
	liner, isLiner := v.Addr().Interface().(Liner)
	if isLiner {
		liner.StartsAt(line)
	}
	switch {
	case v.Kind() == reflect.Map && v.Type() == reflect.TypeFor[map[string]any]():
		v.Set(reflect.MakeMap(v.Type()))
		return m, true
	case v.Kind() != reflect.Struct || v.Type() == nodeType || unmarshals(v.Type()) && !isLiner:
		return nil, false
	}
	m.fields = fieldsOf(v.Type())
	return m, true
}

// field gives the place of a key that was not there before.
func (m *target) field(name string) (reflect.Value, bool) {
	if m.fields == nil {
		if c := name[0] | 0x20; c < 'a' || c > 'z' || isNull(name) || m.v.MapIndex(reflect.ValueOf(name)).IsValid() {
			return reflect.Value{}, false
		}
		return reflect.New(m.v.Type().Elem()).Elem(), true
	}
	index, ok := m.fields[name]
	if !ok || slices.Contains(m.seen, name) {
		return reflect.Value{}, false
	}
	m.seen = append(m.seen, name)
	return m.v.FieldByIndex(index), true
}

// done puts a value that was read into a map.
func (m *target) done(name string, v reflect.Value) {
	if m.fields == nil {
		m.v.SetMapIndex(reflect.ValueOf(name), v)
	}
}

var known sync.Map // reflect.Type → map[string][]int

// fieldsOf gives the fields of a struct by key.
func fieldsOf(t reflect.Type) map[string][]int {
	if m, ok := known.Load(t); ok {
		return m.(map[string][]int)
	}
	m := map[string][]int{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case options == "inline":
			for key, index := range fieldsOf(f.Type) {
				m[key] = append([]int{i}, index...)
			}
		case name != "" && name != "-" && f.IsExported():
			m[name] = []int{i}
		}
	}
	known.Store(t, m)
	return m
}

// unmarshals reports a type that yaml/v3 would let read itself.
func unmarshals(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[yaml.Unmarshaler]())
}
