package api

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
)

// A list is one page of items.
type list[T any] struct {
	Items    []T    `json:"items"`
	Next     string `json:"next,omitempty"`      // after of the next page; absent at the end
	Total    *int64 `json:"total,omitempty"`     // items that match, where they are counted
	MoreThan bool   `json:"more_than,omitempty"` // there are more than total, or than limit where there is no next
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// reply answers with JSON and an ETag of its bytes; 304 when the client has them.
func (c *call) reply(v any) error { return c.replyVersion(0, v) }

// replyVersion is reply of what has a version: that comes first in the ETag, and
// is all that If-Match is compared by.
func (c *call) replyVersion(version int64, v any) error {
	b, err := encode(v)
	if err != nil {
		return err
	}
	tag := `"` + digest(b) + `"`
	if version > 0 {
		tag = fmt.Sprintf(`"%d-%s"`, version, digest(b))
	}
	c.w.Header().Set("ETag", tag)
	if c.Method == http.MethodGet && matches(c.Header.Get("If-None-Match"), tag) {
		c.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	c.write(cmp.Or(c.rt.Status, http.StatusOK), b)
	return nil
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("write the answer: %w", err)
	}
	return b.Bytes(), nil
}

func (c *call) write(status int, b []byte) {
	h := c.w.Header()
	h.Set("Content-Type", "application/json")
	if c.Method != http.MethodGet {
		h.Set("Cache-Control", "no-store")
	}
	c.w.WriteHeader(status)
	_, _ = c.w.Write(b)
}

// created is replyVersion of what was made, with its address.
func (c *call) created(at string, version int64, v any) error {
	c.w.Header().Set("Location", Prefix+at)
	return c.replyVersion(version, v)
}

// gone answers for what was taken away.
func (c *call) gone() error {
	c.w.Header().Set("Cache-Control", "no-store")
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// matches reports whether a header holds the tag, weak or strong, or "*".
func matches(header, tag string) bool {
	for t := range strings.SplitSeq(header, ",") {
		t = strings.TrimPrefix(strings.TrimSpace(t), "W/")
		if t == tag || t == "*" {
			return true
		}
	}
	return false
}

// same asks that If-Match holds the version that is stored.
func (c *call) same(version int64) error {
	header := c.Header.Get("If-Match")
	if header == "" {
		return errCondition
	}
	for t := range strings.SplitSeq(header, ",") {
		t = strings.Trim(strings.TrimPrefix(strings.TrimSpace(t), "W/"), `"`)
		v, _, _ := strings.Cut(t, "-")
		if n, err := strconv.ParseInt(v, 10, 64); err == nil && n == version || t == "*" {
			return nil
		}
	}
	return errMismatch
}

// read takes the JSON of a request into v. A key that v does not have is an
// error, never passed over.
func (c *call) read(v any) error {
	b, err := c.json("application/json")
	if err != nil {
		return err
	}
	return strictly(b, v)
}

func (c *call) json(kinds ...string) ([]byte, error) {
	kind, _, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || !slices.Contains(kinds, kind) {
		return nil, fmt.Errorf("%w: send %s", errKind, strings.Join(kinds, " or "))
	}
	b, err := io.ReadAll(c.Body)
	if err != nil {
		return nil, fmt.Errorf("read the request: %w", err)
	}
	return b, nil
}

func strictly(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil && d.More() {
		err = errors.New("there is more after the JSON")
	}
	if err != nil {
		return fmt.Errorf("%w: %s", hub.ErrInvalid, strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// patch is a JSON merge patch (RFC 7396) of v: a key that is absent stays, null
// takes it away.
func (c *call) patch(v any) error {
	b, err := c.json("application/merge-patch+json", "application/json")
	if err != nil {
		return err
	}
	var change map[string]any
	if err := json.Unmarshal(b, &change); err != nil || change == nil {
		return fmt.Errorf("%w: a JSON object with what is to change", hub.ErrInvalid)
	}
	was, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var whole map[string]any
	if err := json.Unmarshal(was, &whole); err != nil {
		return err
	}
	merged, err := json.Marshal(merge(whole, change))
	if err != nil {
		return err
	}
	reflect.ValueOf(v).Elem().SetZero() // what was taken away must not stay
	return strictly(merged, v)
}

func merge(to any, change map[string]any) map[string]any {
	out, ok := to.(map[string]any)
	if !ok {
		out = map[string]any{}
	}
	for k, v := range change {
		switch v := v.(type) {
		case nil:
			delete(out, k)
		case map[string]any:
			out[k] = merge(out[k], v)
		default:
			out[k] = v
		}
	}
	return out
}

// after reads the cursor of a page into v; false when it is the first page.
func (c *call) after(v any) (bool, error) {
	s := c.query("after")
	if s == "" {
		return false, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		return false, invalid("after", "send the next of the page before")
	}
	return true, nil
}

// cursor is the reverse of [call.after].
func cursor(v any) (string, error) {
	b, err := json.Marshal(v)
	return base64.RawURLEncoding.EncodeToString(b), err
}

// pageBy answers with a page of a short list that is in memory, by id.
func pageBy[T any](c *call, all []T, id func(*T) int64) error {
	n, err := c.limit()
	if err != nil {
		return err
	}
	var last int64
	if _, err := c.after(&last); err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b T) int { return cmp.Compare(id(&a), id(&b)) })
	total := int64(len(all))
	rest := slices.DeleteFunc(all, func(v T) bool { return id(&v) <= last })
	out := list[T]{Items: rest[:min(n, len(rest))], Total: &total}
	if len(rest) > n {
		if out.Next, err = cursor(id(&rest[n-1])); err != nil {
			return err
		}
	}
	if out.Items == nil {
		out.Items = []T{}
	}
	return c.reply(out)
}

// pageOf answers with a page that read gives, by rising id, of a list that may be
// too long to be read whole. item is what is answered of each.
func pageOf[T, V any](c *call, read func(store.Page) ([]T, int64, error), id func(*T) int64, item func(*T) V) error {
	n, err := c.limit()
	if err != nil {
		return err
	}
	p := store.Page{Limit: n + 1}
	if _, err := c.after(&p.After); err != nil {
		return err
	}
	found, total, err := read(p)
	if err != nil {
		return err
	}
	out := list[V]{Items: []V{}, Total: &total}
	for i := range found[:min(n, len(found))] {
		out.Items = append(out.Items, item(&found[i]))
	}
	if len(found) > n {
		if out.Next, err = cursor(id(&found[n-1])); err != nil {
			return err
		}
	}
	return c.reply(out)
}

// self is an item that is answered as it is kept.
func self[T any](v *T) *T { return v }
