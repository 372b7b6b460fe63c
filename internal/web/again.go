package web

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/lenscap/lenscap/internal/report"
)

// A form with a wrong value is shown again on the page it came from: what was
// typed stays, the field is named by its label, and it says what would be right.
// That is done here once for every form: the page is drawn as it is for everybody,
// and then filled in.

// again draws the page of the form that was sent. It reports false when there is
// none, and nothing was sent then.
func (c *call) again(wrong *fieldError) bool {
	if c.Method != http.MethodPost || c.PostForm == nil || wantsJSON(c.Request) || c.rt.Form == "" && c.field("back") == "" {
		return false
	}
	page := c.drawn(c.formPage())
	if page == nil {
		return false
	}
	tree, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return false
	}
	f := findForm(tree, c.URL.Path, wrong.field)
	if f == nil {
		return false
	}
	for _, e := range f.controls {
		refill(e, c.PostForm)
	}
	says := plainError(wrong.err)
	label := f.mark(wrong.field, says)
	said := &html.Node{Type: html.ElementNode, Data: "p", DataAtom: atom.P, Attr: []html.Attribute{{Key: "class", Val: "said-once wrong-once"}, {Key: "role", Val: "alert"}}}
	text := "Nothing was kept. "
	if label != "" {
		text += label + ": "
	}
	said.AppendChild(&html.Node{Type: html.TextNode, Data: text + says})
	if main := first(tree, func(n *html.Node) bool { return n.DataAtom == atom.Main }); main != nil {
		main.InsertBefore(said, main.FirstChild)
	}
	var b bytes.Buffer
	if html.Render(&b, tree) != nil {
		return false
	}
	c.w.Header().Del("ETag")
	c.send(faultOf(wrong.err).Status, "text/html; charset=utf-8", report.VisibleIn(b.Bytes()))
	return true
}

// formPage is the path of the page that the form of this route is on.
func (c *call) formPage() string {
	if back := c.field("back"); back != "" {
		return local(back)
	}
	parts := strings.Split(c.rt.Form, "/")
	for i, p := range parts {
		if name, ok := strings.CutPrefix(p, "{"); ok {
			parts[i] = url.PathEscape(c.PathValue(strings.TrimSuffix(name, "}")))
		}
	}
	return strings.Join(parts, "/")
}

// drawn is a page as the same person gets it; nil unless it is there.
func (c *call) drawn(path string) []byte {
	u, err := url.Parse(path)
	if err != nil {
		return nil
	}
	u.Fragment = ""
	r := c.Request.Clone(c.ctx())
	r.Method, r.URL, r.RequestURI, r.Body, r.ContentLength = http.MethodGet, u, u.RequestURI(), http.NoBody, 0
	r.Form, r.PostForm, r.MultipartForm = nil, nil, nil
	for _, h := range []string{"If-None-Match", "X-Part", "Content-Type", "Content-Length"} {
		r.Header.Del(h)
	}
	w := &kept{header: http.Header{}}
	c.s.mux.ServeHTTP(w, r)
	if w.status != http.StatusOK || !strings.HasPrefix(w.header.Get("Content-Type"), "text/html") {
		return nil
	}
	return w.body.Bytes()
}

// kept is a response that is not sent.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *kept) Header() http.Header { return w.header }
func (w *kept) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}
func (w *kept) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

// A sentForm is the form of a page, with its controls wherever they stand.
type sentForm struct {
	root, form *html.Node
	controls   []*html.Node
}

// findForm finds the form that posts to path, of several the one with the field.
func findForm(root *html.Node, path, field string) *sentForm {
	var best *sentForm
	walk(root, func(n *html.Node) {
		if n.DataAtom != atom.Form || attr(n, "action") != path || !strings.EqualFold(attr(n, "method"), "post") {
			return
		}
		f := &sentForm{root: root, form: n}
		id := attr(n, "id")
		walk(root, func(e *html.Node) {
			if !slices.Contains([]atom.Atom{atom.Input, atom.Select, atom.Textarea}, e.DataAtom) {
				return
			}
			if of := attr(e, "form"); of != "" && of == id || of == "" && within(e, n) {
				f.controls = append(f.controls, e)
			}
		})
		if best == nil || best.named(field) == nil && f.named(field) != nil {
			best = f
		}
	})
	return best
}

func (f *sentForm) named(field string) *html.Node {
	for _, e := range f.controls {
		if attr(e, "name") == field && attr(e, "type") != "hidden" {
			return e
		}
	}
	return nil
}

// mark puts what is wrong beside the field, opens what it is folded in, and
// returns its label; "" when the field is not on the page.
func (f *sentForm) mark(field, says string) string {
	e := f.named(field)
	if e == nil {
		return ""
	}
	id := "wrong-" + field
	set(e, "aria-invalid", "true")
	set(e, "aria-describedby", strings.TrimSpace(attr(e, "aria-describedby")+" "+id))
	for p := e.Parent; p != nil; p = p.Parent {
		if p.DataAtom == atom.Details {
			set(p, "open", "")
		}
	}
	box := e.Parent
	if strings.Contains(" "+attr(box, "class")+" ", " field ") || box.DataAtom == atom.Fieldset {
		set(box, "class", attr(box, "class")+" wrong")
	}
	if t := attr(e, "type"); t != "checkbox" && t != "radio" {
		set(e, "autofocus", "")
		p := &html.Node{Type: html.ElementNode, Data: "p", DataAtom: atom.P, Attr: []html.Attribute{{Key: "class", Val: "error"}, {Key: "id", Val: id}}}
		p.AppendChild(&html.Node{Type: html.TextNode, Data: says})
		box.InsertBefore(p, e.NextSibling)
	}
	if l := first(f.root, func(n *html.Node) bool {
		return n.DataAtom == atom.Label && attr(n, "for") != "" && attr(n, "for") == attr(e, "id")
	}); l != nil {
		return words(l)
	}
	return attr(e, "aria-label")
}

// refill puts what was sent back into a control. Passwords and files are not
// kept, and the token of the page stays its own.
func refill(e *html.Node, sent url.Values) {
	name := attr(e, "name")
	values, was := sent[name]
	if name == "" || name == "csrf" {
		return
	}
	switch e.DataAtom {
	case atom.Textarea:
		if was {
			for e.FirstChild != nil {
				e.RemoveChild(e.FirstChild)
			}
			e.AppendChild(&html.Node{Type: html.TextNode, Data: values[0]})
		}
	case atom.Select:
		if !was {
			return
		}
		walk(e, func(o *html.Node) {
			if o.DataAtom != atom.Option {
				return
			}
			unset(o, "selected")
			value, ok := lookup(o, "value")
			if !ok {
				value = words(o)
			}
			if slices.Contains(values, value) {
				set(o, "selected", "")
			}
		})
	case atom.Input:
		switch attr(e, "type") {
		case "password", "file", "submit":
		case "checkbox", "radio":
			unset(e, "checked")
			value, ok := lookup(e, "value")
			if !ok {
				value = "on"
			}
			if slices.Contains(values, value) {
				set(e, "checked", "")
			}
		default:
			if was {
				set(e, "value", report.Visible(values[0]))
			}
		}
	}
}

func walk(n *html.Node, visit func(*html.Node)) {
	if n.Type == html.ElementNode {
		visit(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, visit)
	}
}

func first(root *html.Node, is func(*html.Node) bool) (found *html.Node) {
	walk(root, func(n *html.Node) {
		if found == nil && is(n) {
			found = n
		}
	})
	return found
}

func within(n, in *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == in {
			return true
		}
	}
	return false
}

// words is the text of an element, space folded.
func words(n *html.Node) string {
	var b strings.Builder
	var add func(*html.Node)
	add = func(n *html.Node) {
		if n.Type == html.TextNode {
			_, _ = io.WriteString(&b, n.Data+" ")
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			add(c)
		}
	}
	add(n)
	return strings.Join(strings.Fields(b.String()), " ")
}

func lookup(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key && a.Namespace == "" {
			return a.Val, true
		}
	}
	return "", false
}

func attr(n *html.Node, key string) string {
	v, _ := lookup(n, key)
	return v
}

func unset(n *html.Node, key string) {
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}

func set(n *html.Node, key, value string) {
	unset(n, key)
	n.Attr = append(n.Attr, html.Attribute{Key: key, Val: value})
}

// asFieldError finds the field that err is about.
func asFieldError(err error) *fieldError {
	var f *fieldError
	if errors.As(err, &f) {
		return f
	}
	return nil
}
