package dissect

import (
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"slices"
	"strings"
)

const (
	maxISAPIDocuments = 256     // read from one JSON text
	maxISAPIJSON      = 8 << 20 // bytes of one JSON text
	maxISAPIDepth     = 64
)

// isapiRecorded reads an ISAPI document, or JSON that holds some: as text (path →
// XML), or turned into objects with "@name" for attributes, as xmltodict and the
// diagnostics of Home Assistant's integrations do.
func isapiRecorded(b []byte, emit Emit) bool {
	b = withoutHead(b)
	if len(b) == 0 || b[0] != '{' && b[0] != '[' {
		return sendParts(isapiParts(firstPart(b), false), emit)
	}
	if len(b) > maxISAPIJSON {
		return false
	}
	var v any
	if json.Unmarshal(b, &v) != nil {
		return false
	}
	var all []part
	n := 0
	isapiInside(v, 0, func(document []byte) bool {
		n++
		all = append(all, isapiParts(document, false)...)
		return n < maxISAPIDocuments && len(all) < maxFields
	})
	return sendParts(all, emit)
}

// isapiInside gives every document inside v. It stops when yield says so.
func isapiInside(v any, depth int, yield func([]byte) bool) bool {
	if depth > maxISAPIDepth {
		return true
	}
	switch v := v.(type) {
	case string:
		if b := []byte(strings.TrimSpace(v)); looksXML(b) {
			return yield(b)
		}
	case []any:
		for _, x := range v {
			if !isapiInside(x, depth+1, yield) {
				return false
			}
		}
	case map[string]any:
		for _, k := range sortedKeys(v) {
			if object, ok := v[k].(map[string]any); ok && (isapiRoots[k] || isapiObject(object)) {
				var doc bytes.Buffer
				writeXML(&doc, k, object, depth)
				if !yield(doc.Bytes()) {
					return false
				}
				continue
			}
			if !isapiInside(v[k], depth+1, yield) {
				return false
			}
		}
	}
	return true
}

// isapiObject reports an object that carries an ISAPI namespace.
func isapiObject(o map[string]any) bool {
	space, _ := o["@xmlns"].(string)
	return isapiSpace(space)
}

// writeXML writes an object of xmltodict as the XML it was read from: "@name" is
// an attribute, "#text" the text, a list an element repeated. The id of a
// channel goes first; the order of the others does not matter to the reader.
func writeXML(w *bytes.Buffer, name string, v any, depth int) {
	if depth > maxISAPIDepth || !xmlName(name) {
		return
	}
	if list, ok := v.([]any); ok {
		for _, x := range list {
			writeXML(w, name, x, depth+1)
		}
		return
	}
	w.WriteByte('<')
	w.WriteString(name)
	object, _ := v.(map[string]any)
	keys := sortedKeys(object)
	for _, k := range keys {
		if text, ok := object[k].(string); ok && strings.HasPrefix(k, "@") && xmlName(k[1:]) {
			w.WriteString(" " + k[1:] + `="`)
			_ = xml.EscapeText(w, []byte(text)) // a buffer takes everything
			w.WriteByte('"')
		}
	}
	w.WriteByte('>')
	if object == nil {
		if t := scalarText(v); t != "" {
			_ = xml.EscapeText(w, []byte(t))
		}
	}
	for _, k := range keys {
		switch {
		case strings.HasPrefix(k, "@"):
		case k == "#text":
			_ = xml.EscapeText(w, []byte(scalarText(object[k])))
		default:
			writeXML(w, k, object[k], depth+1)
		}
	}
	w.WriteString("</" + name + ">")
}

func scalarText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64, bool:
		b, err := json.Marshal(v)
		if err == nil {
			return string(b)
		}
	}
	return ""
}

// xmlName reports letters, digits and the few marks that element names have.
func xmlName(s string) bool {
	if s == "" || len(s) > 64 || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	for i := range len(s) {
		c := s[i] | 0x20
		if (c < 'a' || c > 'z') && (s[i] < '0' || s[i] > '9') && !strings.ContainsRune("_-:.", rune(s[i])) {
			return false
		}
	}
	return true
}

// idFirst orders "id" before every other key.
func idFirst(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "id":
		return -1
	case b == "id":
		return 1
	}
	return 0
}

// sortedKeys lists the keys of an object: "id" first, then by name.
func sortedKeys(o map[string]any) []string {
	keys := make([]string, 0, len(o))
	for k := range o {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b string) int {
		return cmp.Or(idFirst(a, b), strings.Compare(a, b))
	})
	return keys
}
