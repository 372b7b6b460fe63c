package identify

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// A line is a JSON object in one of three forms, which may be mixed:
//
//	{"kind":"http-server","value":"Hikvision-Webs"}
//	{"http-server":"Hikvision-Webs","mac":"44:19:b6:00:00:01"}
//	{"answers":[{"kind":"rtsp","value_base64":"UlRTUC8x…"},{"kind":"mac","value":"44:19:b6:00:00:01"}]}
//
// "id" is handed through. Every key but these five names a kind; with "_base64"
// behind it its value is binary. A value is a string, a number, or a list of
// them; where the kind is a JSON document, an object or a list is the document.

// errLine is what is wrong with a line.
var (
	errNoObject = errors.New("no JSON object; a file that is one raw answer needs --kind")
	errJSON     = errors.New("no whole, valid JSON object")
)

// parseLine appends the answers of a line to dst. Strings without escapes share
// the memory of line.
func parseLine(dst []Answer, line string) (answers []Answer, id string, err error) {
	p := scanner{s: line}
	if !p.open('{') {
		return dst, "", errNoObject
	}
	var pair pairing
	for first := true; ; first = false {
		key, more, ok := p.key(first)
		if !ok {
			return dst, "", errJSON
		}
		if !more {
			break
		}
		v, ok := p.value()
		if !ok {
			return dst, "", errJSON
		}
		switch key {
		case "id":
			if id, ok = v.scalar(); !ok {
				return dst, "", errors.New(`"id" is neither a string nor a number`)
			}
		case "answers":
			if dst, err = answerList(dst, v.raw); err != nil {
				return dst, id, err
			}
		case "kind", "value", "value_base64":
			err = pair.set(key, v)
		default:
			dst, err = v.append(dst, key)
		}
		if err != nil {
			return dst, id, err
		}
	}
	if !p.end() {
		return dst, "", errJSON
	}
	if dst, err = pair.append(dst); err != nil {
		return dst, id, err
	}
	if len(dst) == 0 {
		err = errors.New("no answer in it")
	}
	return dst, id, err
}

// answerList appends the answers of a list of objects with "kind" and "value".
func answerList(dst []Answer, raw string) ([]Answer, error) {
	p := scanner{s: raw}
	if !p.open('[') {
		return dst, errors.New(`"answers" is no list`)
	}
	for first := true; ; first = false {
		if p.peek() == ']' {
			return dst, nil
		}
		if !first && !p.open(',') {
			return dst, errJSON
		}
		v, ok := p.value()
		if !ok || v.raw == "" || v.raw[0] != '{' {
			return dst, errors.New(`"answers" holds something else than objects`)
		}
		var err error
		if dst, err = answerObject(dst, v.raw); err != nil {
			return dst, err
		}
	}
}

func answerObject(dst []Answer, raw string) ([]Answer, error) {
	p := scanner{s: raw}
	p.open('{')
	var pair pairing
	for first := true; ; first = false {
		key, more, ok := p.key(first)
		if !ok {
			return dst, errJSON
		}
		if !more {
			break
		}
		v, ok := p.value()
		if !ok {
			return dst, errJSON
		}
		switch key {
		case "kind", "value", "value_base64":
			if err := pair.set(key, v); err != nil {
				return dst, err
			}
		}
	}
	if pair.kind == "" {
		return dst, errors.New(`an answer without "kind"`)
	}
	return pair.append(dst)
}

// pairing gathers "kind" and "value", which come in any order.
type pairing struct {
	kind        string
	value       jsonValue
	has, binary bool
}

func (p *pairing) set(key string, v jsonValue) error {
	if key == "kind" {
		s, ok := v.scalar()
		if !ok || s == "" {
			return errors.New(`"kind" is no text`)
		}
		p.kind = s
		return nil
	}
	p.value, p.has, p.binary = v, true, key == "value_base64"
	return nil
}

func (p *pairing) append(dst []Answer) ([]Answer, error) {
	switch {
	case p.kind == "" && !p.has:
		return dst, nil
	case p.kind == "":
		return dst, errors.New(`"value" without "kind"`)
	case !p.has:
		return dst, fmt.Errorf(`"kind" %q without "value"`, p.kind)
	case p.binary:
		return p.value.appendBinary(dst, p.kind)
	}
	return p.value.append(dst, p.kind)
}

// A jsonValue is one value of an object: its text, and for a string what it says.
type jsonValue struct {
	raw      string // as written
	text     string // of a string
	isString bool
}

// scalar is the text of a string, and the digits of a number.
func (v jsonValue) scalar() (string, bool) {
	if v.isString {
		return v.text, true
	}
	if v.raw != "" && (v.raw[0] == '-' || v.raw[0] >= '0' && v.raw[0] <= '9') {
		return v.raw, true
	}
	return "", false
}

// append appends the answers of that kind that v holds. null holds none.
func (v jsonValue) append(dst []Answer, kind string) ([]Answer, error) {
	if s, ok := strings.CutSuffix(kind, "_base64"); ok {
		return v.appendBinary(dst, s)
	}
	if s, ok := v.scalar(); ok {
		return append(dst, Answer{kind, s}), nil
	}
	switch {
	case v.raw == "null":
		return dst, nil
	case v.raw == "true" || v.raw == "false":
		return append(dst, Answer{kind, v.raw}), nil
	case v.raw[0] == '[' && isText(kind):
		var list []any
		if json.Unmarshal([]byte(v.raw), &list) != nil {
			return dst, errJSON
		}
		for _, x := range list {
			if s, ok := x.(string); ok {
				dst = append(dst, Answer{kind, s})
			}
		}
		return dst, nil
	}
	return append(dst, Answer{kind, v.raw}), nil
}

// isText reports a kind whose value is one text.
func isText(kind string) bool {
	k := find(kind)
	return k != nil && len(k.fields) > 0
}

func (v jsonValue) appendBinary(dst []Answer, kind string) ([]Answer, error) {
	b, err := base64.StdEncoding.DecodeString(v.text)
	if err != nil || !v.isString {
		return dst, fmt.Errorf("the value of %q is no base64", kind)
	}
	return append(dst, Answer{kind, string(b)}), nil
}
