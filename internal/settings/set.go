package settings

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// set reads text into a single value.
func set(v reflect.Value, text string) error {
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		if err := u.UnmarshalText([]byte(text)); err != nil {
			if strings.Contains(v.Type().PkgPath(), "netip") {
				return fmt.Errorf("%q is no network; write 10.0.0.0/8, or 10.1.2.3/32 for one address", text)
			}
			return err
		}
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		switch strings.ToLower(text) {
		case "true", "yes", "on":
			v.SetBool(true)
		case "false", "no", "off":
			v.SetBool(false)
		default:
			return errors.New("write true or false")
		}
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is no whole number", text)
		}
		v.SetInt(int64(n))
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("%q is no number", text)
		}
		v.SetFloat(f)
	default:
		return fmt.Errorf("settings: a field of type %s", v.Type())
	}
	return nil
}

// kindOf words what a value is, for the reference page and for errors.
func kindOf(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[Size]():
		return "size"
	case reflect.TypeFor[Duration]():
		return "time span"
	case reflect.TypeFor[Secret]():
		return "secret"
	}
	switch t.Kind() {
	case reflect.Slice:
		switch {
		case strings.Contains(t.Elem().PkgPath(), "netip"):
			return "list of networks"
		case t.Elem().Kind() == reflect.Struct:
			return "list of sections"
		}
		return "list"
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "whole number"
	case reflect.Float64:
		return "number"
	}
	return "text"
}

// didYouMean proposes the nearest of names, when one is near.
func didYouMean(text string, names []string) string {
	best, least := "", len(text)/3+2
	for _, n := range names {
		if d := distance(text, n); d < least {
			best, least = n, d
		}
	}
	if best == "" {
		return "; there are " + strings.Join(names[:min(len(names), 30)], ", ")
	}
	return "; did you mean " + best + "?"
}

// distance is how many letters must be put in, left out or replaced to make b
// of a.
func distance(a, b string) int {
	if len(a) > 80 || len(b) > 80 {
		return 80
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
