package report

import (
	"context"
	"reflect"
	"sync/atomic"

	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/parallel"
)

// harmless is doc with every string gone through [visible]. What needs nothing
// done, nearly all of a document, is shared with doc: nobody may write to it.
// doc itself is not touched.
//
// Writers start from it, so that no string from a device can reach a terminal
// or a page by a path that somebody forgot.
func harmless(doc *Document) Document {
	out := *doc
	v := reflect.ValueOf(&out).Elem()
	for i := range v.NumField() {
		if f := v.Field(i); !allSettled(f) {
			tame(f)
		}
	}
	return out
}

// allSettled is [settled], with long lists looked through on all processors.
func allSettled(v reflect.Value) bool {
	if v.Kind() != reflect.Slice || v.Len() < longList {
		return settled(v)
	}
	var found atomic.Bool
	parallel.Runs(context.Background(), v.Len(), func(from, to int) {
		if !found.Load() && !settled(v.Slice(from, to)) {
			found.Store(true)
		}
	})
	return !found.Load()
}

const longList = 64

// tame replaces the strings of v by what is visible of them. Lists, maps and
// what is pointed to are made anew before they are changed, and their parts that
// are settled stay those of the original.
func tame(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(visible(v.String()))
	case reflect.Slice:
		whole := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(whole, v)
		v.Set(whole)
		for i := range v.Len() {
			if e := v.Index(i); !settled(e) {
				tame(e)
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			tame(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); !settled(f) {
				tame(f)
			}
		}
	default: // maps and pointers
		whole := reflect.New(v.Type()).Elem()
		rewrite(whole, v, visible)
		v.Set(whole)
	}
}

// settled reports whether [visible] leaves every string in v as it is. It
// allocates nothing but for maps, and looks at everything that [rewrite] would.
func settled(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String:
		return shown(v.String())
	case reflect.Slice:
		switch v.Type() {
		case evidenceType:
			list, _ := reflect.TypeAssert[[]observation.Evidence](v)
			return settledEvidence(list)
		case conversationsType:
			list, _ := reflect.TypeAssert[[]egress.Conversation](v)
			return settledConversations(list)
		}
		switch v.Type().Elem().Kind() {
		case reflect.Uint64, reflect.Uint32, reflect.Int64, reflect.Int:
			return true
		}
		for i := range v.Len() {
			if !settled(v.Index(i)) {
				return false
			}
		}
	case reflect.Array:
		for i := range v.Len() {
			if !settled(v.Index(i)) {
				return false
			}
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			if !settled(it.Key()) || !settled(it.Value()) {
				return false
			}
		}
	case reflect.Pointer:
		return v.IsNil() || settled(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if !settled(v.Field(i)) {
				return false
			}
		}
	}
	return true
}

// The lists of a document with the most strings by far are looked through
// without reflection; a test plants a string in every field of theirs.
var (
	evidenceType      = reflect.TypeFor[[]observation.Evidence]()
	conversationsType = reflect.TypeFor[[]egress.Conversation]()
)

func settledEvidence(list []observation.Evidence) bool {
	last := &observation.Evidence{} // many texts are the very same as in the one before
	for i := range list {
		e := &list[i]
		if e.Input != last.Input && !shown(e.Input) || e.Protocol != last.Protocol && !shown(e.Protocol) || e.Field != last.Field && !shown(e.Field) || e.Value != last.Value && !shown(e.Value) ||
			e.Rule != last.Rule && !shown(e.Rule) || e.Source != last.Source && !shown(e.Source) || e.Says != last.Says && !shown(e.Says) {
			return false
		}
		last = e
	}
	return true
}

func settledConversations(list []egress.Conversation) bool {
	for i := range list {
		if !plainConversation(&list[i]) {
			return false
		}
	}
	return true
}

// plainConversation is [settled] for one conversation.
func plainConversation(c *egress.Conversation) bool {
	for _, s := range [...]string{c.Device, c.Peer, c.From, c.Address, c.Protocol, c.App, c.Opened, c.Scope, c.Name, c.Country, c.Network, c.PlaceSource,
		c.Controller, c.ControllerID, c.Jurisdiction, c.Purpose, c.First, c.Last, c.Encrypted, c.Video.Verdict, c.Video.Why} {
		if !shown(s) {
			return false
		}
	}
	for i := range c.Names {
		if n := &c.Names[i]; !shown(n.Name) || !shown(n.From) || !shown(n.Input) {
			return false
		}
	}
	return settledEvidence(c.Evidence)
}

// rewritten returns a deep copy of v in which every string has gone through
// text and no slice or map is nil. A nil text leaves strings as they are. v
// itself is not touched.
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
		if src.NumField() > 0 && !src.Type().Field(0).IsExported() {
			dst.Set(src) // a time, an address: no text of its own
			return
		}
		for i := range src.NumField() {
			rewrite(dst.Field(i), src.Field(i), text)
		}
	default:
		dst.Set(src)
	}
}
