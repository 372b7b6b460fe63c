package store

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
)

// Whatever changes in a device changes its digest: each field of it, and of all
// that hangs on it, is given another value in turn.
func TestEveryFieldChangesTheDigest(t *testing.T) {
	make := func() *hub.Derived {
		d := &hub.Derived{Doc: &report.Device{}}
		fill(reflect.ValueOf(d).Elem(), 0)
		return d
	}
	fields := 0
	seen := map[string]string{string(appendShape(nil, make())): "nothing changed"}
	var each func(path string, at func(*hub.Derived) reflect.Value)
	each = func(path string, at func(*hub.Derived) reflect.Value) {
		v := at(make())
		switch v.Kind() {
		case reflect.Pointer:
			each(path, func(d *hub.Derived) reflect.Value { return at(d).Elem() })
			return
		case reflect.Struct:
			if v.Type() != timeType {
				for i := range v.NumField() {
					each(path+"."+v.Type().Field(i).Name, func(d *hub.Derived) reflect.Value { return at(d).Field(i) })
				}
				return
			}
		case reflect.Slice, reflect.Array:
			for i := range v.Len() {
				each(fmt.Sprintf("%s[%d]", path, i), func(d *hub.Derived) reflect.Value { return at(d).Index(i) })
			}
			if v.Kind() == reflect.Array {
				return
			}
			for _, other := range []reflect.Value{reflect.Zero(v.Type()), reflect.MakeSlice(v.Type(), 0, 0)} {
				d := make()
				at(d).Set(other)
				b := string(appendShape(nil, d))
				if was := seen[b]; was != "" {
					t.Errorf("%s, a list emptied, gives the bytes of: %s", path, was)
				}
				seen[b] = path + " emptied"
			}
			return
		case reflect.Map:
			return // filled, so that a change of it shows below
		}
		d := make()
		change(at(d))
		b := string(appendShape(nil, d))
		if was := seen[b]; was != "" {
			t.Errorf("%s changed gives the bytes of: %s", path, was)
		}
		seen[b] = path
		fields++
	}
	each("device", func(d *hub.Derived) reflect.Value { return reflect.ValueOf(d).Elem() })
	if fields < 150 {
		t.Errorf("%d fields were changed; a document has more", fields)
	}
	if a, b := appendShape(nil, make()), appendShape(nil, make()); !bytes.Equal(a, b) {
		t.Error("the same device gives other bytes")
	}
	type m struct{ M map[string]int }
	if a, b := appendShape(nil, &m{map[string]int{"a": 1, "b": 2}}), appendShape(nil, &m{map[string]int{"b": 2, "a": 1}}); !bytes.Equal(a, b) {
		t.Error("a map gives other bytes in another order")
	}
}

// fill puts something into everything, three levels of a type that holds itself.
func fill(v reflect.Value, depth int) {
	if depth > 12 {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth+1)
	case reflect.Struct:
		if v.Type() == timeType {
			v.Set(reflect.ValueOf(day))
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), depth+1)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), depth+1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(k, depth+1)
		fill(e, depth+1)
		v.SetMapIndex(k, e)
	default:
		change(v)
	}
}

func change(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(v.Int() + 1)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(v.Uint() + 1)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(v.Float() + 1)
	case reflect.Struct: // a time
		v.Set(reflect.ValueOf(v.Interface().(time.Time).Add(time.Nanosecond)))
	}
}
