package dissect

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	maxXML      = 1 << 20 // bytes read of one document
	maxXMLDepth = 48      // elements within elements; deeper ones are not visited
)

// An element is one XML element at its end.
type element struct {
	path  []string   // local names from the root to this element; valid during the call
	text  string     // its own character data, trimmed; "" if the document was cut inside it
	attrs []xml.Attr // Name.Space is the prefix
}

// name is the element's local name.
func (e *element) name() string { return e.path[len(e.path)-1] }

// under reports whether the element's path starts with names, from the root.
func (e *element) under(names ...string) bool {
	if len(e.path) < len(names) {
		return false
	}
	for i, n := range names {
		if e.path[i] != n {
			return false
		}
	}
	return true
}

// walkXML calls visit at the end of every element, children before parents,
// until visit returns false. Prefixes are dropped, so that a document reads the
// same whatever prefixes its writer chose; entities other than the five of XML
// stay as written, and nothing is ever expanded. A document that is cut or
// breaks off is visited as far as it goes, and then its open elements are, with
// no text, so that what collects the children of an element still gets its end.
func walkXML(b []byte, visit func(e *element) bool) {
	d := xml.NewDecoder(bytes.NewReader(xmlText(b)))
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	var (
		path  []string
		texts [][]byte
		attrs [][]xml.Attr
		deep  int // open elements beyond maxXMLDepth
	)
	closeTop := func(cut bool) bool {
		top := len(path) - 1
		e := element{path: path, attrs: attrs[top]}
		if !cut {
			e.text = string(bytes.TrimSpace(texts[top]))
		}
		more := visit(&e)
		path, texts, attrs = path[:top], texts[:top], attrs[:top]
		return more
	}
	for {
		t, err := d.RawToken()
		if err != nil {
			break
		}
		switch t := t.(type) {
		case xml.StartElement:
			if deep > 0 || len(path) == maxXMLDepth {
				deep++
				continue
			}
			path = append(path, t.Name.Local)
			texts = append(texts, nil)
			attrs = append(attrs, t.Attr)
		case xml.CharData:
			if n := len(texts); n > 0 && deep == 0 {
				texts[n-1] = append(texts[n-1], t...)
			}
		case xml.EndElement:
			if deep > 0 {
				deep--
				continue
			}
			at := lastIndex(path, t.Name.Local)
			for at >= 0 && len(path) > at {
				if !closeTop(len(path)-1 > at) {
					return
				}
			}
		}
	}
	for len(path) > 0 {
		if !closeTop(true) {
			return
		}
	}
}

// lastIndex is the index of the last s in list, -1 if there is none.
func lastIndex(list []string, s string) int {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i] == s {
			return i
		}
	}
	return -1
}

// xmlText makes b readable for a decoder that insists on UTF-8 without control
// characters: at most maxXML bytes, from the first "<", in UTF-8.
func xmlText(b []byte) []byte {
	if at := bytes.IndexByte(b, '<'); at > 0 {
		b = b[at:]
	}
	if len(b) > maxXML {
		b = b[:maxXML]
	}
	for i := 0; i < utf8.UTFMax && len(b) > 0; i++ { // cut inside a character
		if r, n := utf8.DecodeLastRune(b); r != utf8.RuneError || n != 1 {
			break
		}
		b = b[:len(b)-1]
	}
	if !utf8.Valid(b) {
		b = []byte(decodeLegacy(string(b)))
	}
	if bytes.IndexFunc(b, notXML) >= 0 {
		b = bytes.Map(func(r rune) rune {
			if notXML(r) {
				return ' '
			}
			return r
		}, b)
	}
	return b
}

// notXML reports the characters that XML forbids.
func notXML(r rune) bool {
	return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff
}

// xmlRoot returns the local name and the default (or own prefix's) namespace of
// the document's root element, "" if b does not start as XML.
func xmlRoot(b []byte) (name, namespace string) {
	const enough = 8192 // a root element with all its namespaces
	if len(b) > enough {
		b = b[:enough]
	}
	d := xml.NewDecoder(bytes.NewReader(xmlText(b)))
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	for {
		t, err := d.RawToken()
		if err != nil {
			return "", ""
		}
		start, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range start.Attr {
			own := a.Name.Space == "xmlns" && a.Name.Local == start.Name.Space
			if own || start.Name.Space == "" && a.Name.Space == "" && a.Name.Local == "xmlns" {
				namespace = strings.TrimSpace(a.Value)
			}
		}
		return start.Name.Local, namespace
	}
}
