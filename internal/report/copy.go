package report

import (
	"reflect"

	"github.com/lenscap/lenscap/internal/egress"
)

// harmless is [rewritten] with [visible] for a whole document. Conversations are
// many, and nearly all of them plain: those stay as they are, shared with doc.
func harmless(doc *Document) Document {
	shallow := *doc
	shallow.Conversations = nil
	clean := rewritten(shallow, visible)
	clean.Conversations = make([]egress.Conversation, len(doc.Conversations))
	for i := range doc.Conversations {
		if c := &doc.Conversations[i]; plainConversation(c) {
			clean.Conversations[i] = *c
		} else {
			clean.Conversations[i] = rewritten(*c, visible)
		}
	}
	return clean
}

// plainConversation reports whether no string of c needs rewriting. A test
// plants one in every field.
func plainConversation(c *egress.Conversation) bool {
	for _, s := range [...]string{c.Device, c.Peer, c.From, c.Address, c.Protocol, c.App, c.Opened, c.Scope, c.Name, c.Country, c.Network, c.PlaceSource,
		c.Controller, c.ControllerID, c.Jurisdiction, c.Purpose, c.First, c.Last, c.Encrypted, c.Video.Verdict, c.Video.Why} {
		if !plain(s) {
			return false
		}
	}
	for i := range c.Names {
		if n := &c.Names[i]; !plain(n.Name) || !plain(n.From) || !plain(n.Input) {
			return false
		}
	}
	for i := range c.Evidence {
		e := &c.Evidence[i]
		for _, s := range [...]string{e.Input, e.Protocol, e.Field, e.Value, e.Rule, e.Source, e.Says} {
			if !plain(s) {
				return false
			}
		}
	}
	return true
}

// rewritten returns a deep copy of v in which every string has gone through
// text and no slice or map is nil. A nil text leaves strings as they are. v
// itself is not touched.
//
// Writers start from such a copy, so that no string from a device can reach a
// terminal or a page by a path that somebody forgot.
func rewritten[T any](v T, text func(string) string) T {
	var out T
	rewrite(reflect.ValueOf(&out).Elem(), reflect.ValueOf(&v).Elem(), text)
	return out
}

func rewrite(dst, src reflect.Value, text func(string) string) {
	switch src.Kind() {
	case reflect.String:
		if text == nil {
			dst.Set(src)
			return
		}
		dst.SetString(text(src.String()))
	case reflect.Slice:
		dst.Set(reflect.MakeSlice(src.Type(), src.Len(), src.Len()))
		for i := range src.Len() {
			rewrite(dst.Index(i), src.Index(i), text)
		}
	case reflect.Array:
		for i := range src.Len() {
			rewrite(dst.Index(i), src.Index(i), text)
		}
	case reflect.Map:
		dst.Set(reflect.MakeMapWithSize(src.Type(), src.Len()))
		for it := src.MapRange(); it.Next(); {
			k, v := reflect.New(src.Type().Key()).Elem(), reflect.New(src.Type().Elem()).Elem()
			rewrite(k, it.Key(), text)
			rewrite(v, it.Value(), text)
			dst.SetMapIndex(k, v)
		}
	case reflect.Pointer:
		if !src.IsNil() {
			dst.Set(reflect.New(src.Type().Elem()))
			rewrite(dst.Elem(), src.Elem(), text)
		}
	case reflect.Struct:
		for i := range src.NumField() {
			rewrite(dst.Field(i), src.Field(i), text)
		}
	default:
		dst.Set(src)
	}
}
