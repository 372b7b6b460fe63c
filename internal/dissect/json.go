package dissect

import (
	"bytes"
	"encoding/json"
)

// maxJSON bounds how many bytes of one document are read.
const maxJSON = 1 << 20

// walkJSON calls visit with the text of every value that is a string, a number
// or a truth value, and with the keys from the root to it, until visit returns
// false. The elements of a list stand under the key of the list. begin, if not
// nil, is called at the start of every object with the keys to it.
//
// A document that is cut or malformed is visited up to the fault. keys is valid
// during the call.
func walkJSON(b []byte, begin func(keys []string), visit func(keys []string, value string) bool) {
	d := json.NewDecoder(bytes.NewReader(b[:min(len(b), maxJSON)]))
	d.UseNumber()
	var (
		keys   []string // of the open objects, and of the value that follows
		object []bool   // of each open object or list, whether it is an object
		named  []bool   // of each, whether the last of keys is its key in an object
		isKey  bool     // the next string is a key
	)
	inObject := func() bool { return len(object) > 0 && object[len(object)-1] }
	for {
		t, err := d.Token()
		if err != nil {
			return
		}
		delim, isDelim := t.(json.Delim)
		switch {
		case isDelim && (delim == '{' || delim == '['):
			if len(object) == maxXMLDepth {
				return
			}
			if delim == '{' && begin != nil {
				begin(keys)
			}
			named = append(named, inObject())
			object, isKey = append(object, delim == '{'), delim == '{'
			continue
		case isDelim:
			top := len(object) - 1
			if named[top] {
				keys = keys[:len(keys)-1]
			}
			object, named = object[:top], named[:top]
		case isKey:
			keys, isKey = append(keys, jsonText(t)), false
			continue
		default:
			if s := jsonText(t); s != "" && !visit(keys, s) {
				return
			}
			if inObject() {
				keys = keys[:len(keys)-1]
			}
		}
		if len(object) == 0 {
			return // one document only
		}
		isKey = inObject()
	}
}
