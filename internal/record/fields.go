package record

import (
	"github.com/lenscap/lenscap/internal/dissect"
	"github.com/lenscap/lenscap/internal/observation"
)

// maxListed bounds the fields of one record.
const maxListed = 512

// A fieldList collects the fields of one record.
type fieldList []observation.Field

// add appends name with value made clean; an empty value adds nothing.
func (f *fieldList) add(name string, value []byte) {
	if len(value) == 0 || len(*f) >= maxListed {
		return
	}
	if text := cleanText(value); text != "" {
		if *f == nil {
			*f = make(fieldList, 0, 2)
		}
		*f = append(*f, observation.Field{Name: name, Value: text})
	}
}

// addOnce is add, unless name has that value already.
func (f *fieldList) addOnce(name string, value []byte) {
	for i := range *f {
		if (*f)[i].Name == name && (*f)[i].Value == string(value) {
			return
		}
	}
	f.add(name, value)
}

// cleanText is [dissect.Clean], quicker for plain text.
func cleanText(b []byte) string {
	if len(b) > observation.MaxValue || b[0] == ' ' || b[len(b)-1] == ' ' {
		return dissect.Clean(string(b))
	}
	for _, c := range b {
		if c < ' ' || c > '~' {
			return dissect.Clean(string(b))
		}
	}
	return string(b)
}

// A fieldCache keeps lists of fields that come again and again, by the text they
// are made of, so that equal messages share one list.
type fieldCache map[string][]observation.Field

// maxCache bounds the lists kept, and maxCacheKey the text of one.
const (
	maxCache    = 1024
	maxCacheKey = 2048
)

// get returns the list made of key, from make unless it is known.
func (c fieldCache) get(key []byte, build func() []observation.Field) []observation.Field {
	if f, ok := c[string(key)]; ok {
		return f
	}
	f := build()
	if len(key) <= maxCacheKey {
		if len(c) >= maxCache {
			clear(c)
		}
		c[string(key)] = f
	}
	return f
}

// cached is the list that build makes of the parts, or that it made of equal
// parts before. kind keeps lists of different making apart.
func (b *batch) cached(kind string, build func() []observation.Field, parts ...[]byte) []observation.Field {
	b.key = append(b.key[:0], kind...)
	for _, p := range parts {
		b.part(p)
	}
	return b.cache.get(b.key, build)
}

// part adds to the key that a list is kept by, with its length before it, so that
// no two lists of parts give one key.
func (b *batch) part(p []byte) {
	b.key = append(append(b.key, byte(len(p)>>16), byte(len(p)>>8), byte(len(p))), p...)
}
