package store

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"slices"
	"sync"
	"time"
)

// A writer of shape appends a value of its type to b, so that two values of a
// type give the same bytes only where they are equal: each text and list has its
// length before it, and nil is told from empty. Nobody reads the bytes again;
// they are what a digest is made of, at a fifth of the time of JSON.
type shape func(b []byte, v reflect.Value) []byte

var shapes sync.Map // of reflect.Type: shape

// appendShape appends what tells v, a pointer to a value without cycles, from
// others of its type.
func appendShape(b []byte, v any) []byte {
	r := reflect.ValueOf(v)
	return shapeOf(r.Type())(b, r)
}

var timeType = reflect.TypeFor[time.Time]()

func shapeOf(t reflect.Type) shape {
	if s, ok := shapes.Load(t); ok {
		return s.(shape)
	}
	s := makeShape(t)
	shapes.Store(t, s)
	return s
}

func makeShape(t reflect.Type) shape {
	switch t { // what documents are full of, without reflection
	case reflect.TypeFor[[]string]():
		return func(b []byte, v reflect.Value) []byte {
			list := v.Interface().([]string)
			b = appendLength(b, len(list), list == nil)
			for _, s := range list {
				b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
			}
			return b
		}
	case reflect.TypeFor[[][2]string]():
		return func(b []byte, v reflect.Value) []byte {
			list := v.Interface().([][2]string)
			b = appendLength(b, len(list), list == nil)
			for i := range list {
				for _, s := range list[i] {
					b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
				}
			}
			return b
		}
	}
	switch t.Kind() {
	case reflect.String:
		return func(b []byte, v reflect.Value) []byte {
			s := v.String()
			return append(binary.AppendUvarint(b, uint64(len(s))), s...)
		}
	case reflect.Bool:
		return func(b []byte, v reflect.Value) []byte {
			if v.Bool() {
				return append(b, 1)
			}
			return append(b, 0)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(b []byte, v reflect.Value) []byte { return binary.AppendVarint(b, v.Int()) }
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return func(b []byte, v reflect.Value) []byte { return binary.AppendUvarint(b, v.Uint()) }
	case reflect.Float32, reflect.Float64:
		return func(b []byte, v reflect.Value) []byte {
			return binary.LittleEndian.AppendUint64(b, math.Float64bits(v.Float()))
		}
	case reflect.Pointer:
		return func(b []byte, v reflect.Value) []byte {
			if v.IsNil() {
				return append(b, 0)
			}
			return shapeOf(t.Elem())(append(b, 1), v.Elem())
		}
	case reflect.Slice, reflect.Array:
		return listShape(t)
	case reflect.Struct:
		if t == timeType {
			return func(b []byte, v reflect.Value) []byte {
				return binary.LittleEndian.AppendUint64(b, uint64(nano(v.Interface().(time.Time)))) //nolint:gosec // any bits
			}
		}
		return structShape(t)
	case reflect.Map:
		if t.Key().Kind() == reflect.String {
			return mapShape(t)
		}
	}
	panic(fmt.Sprintf("store: a document holds a %s, of which no digest is made", t)) // a test makes one of each
}

// appendLength tells nil from empty.
func appendLength(b []byte, n int, isNil bool) []byte {
	if !isNil {
		n++
	}
	return binary.AppendUvarint(b, uint64(n)) //nolint:gosec // a length
}

func listShape(t reflect.Type) shape {
	return func(b []byte, v reflect.Value) []byte {
		elem := shapeOf(t.Elem())
		b = appendLength(b, v.Len(), t.Kind() == reflect.Slice && v.IsNil())
		for i := range v.Len() {
			b = elem(b, v.Index(i))
		}
		return b
	}
}

func structShape(t reflect.Type) shape {
	fields := make([]shape, t.NumField())
	var once sync.Once // not before: a type may hold itself
	return func(b []byte, v reflect.Value) []byte {
		once.Do(func() {
			for i := range fields {
				fields[i] = shapeOf(t.Field(i).Type)
			}
		})
		for i, f := range fields {
			b = f(b, v.Field(i))
		}
		return b
	}
}

func mapShape(t reflect.Type) shape {
	return func(b []byte, v reflect.Value) []byte {
		elem := shapeOf(t.Elem())
		keys := v.MapKeys()
		slices.SortFunc(keys, func(x, y reflect.Value) int {
			switch {
			case x.String() < y.String():
				return -1
			case x.String() > y.String():
				return 1
			}
			return 0
		})
		b = appendLength(b, len(keys), v.IsNil())
		for _, k := range keys {
			b = elem(shapeOf(t.Key())(b, k), v.MapIndex(k))
		}
		return b
	}
}
