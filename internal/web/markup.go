package web

import (
	"html/template"
	"strings"

	"github.com/lenscap/lenscap/internal/report"
)

// A markup is HTML in the making, for the rows of long tables: html/template takes
// fifteen times as long for a cell, most of it to find fields by name. Pages and
// forms stay templates; what they and the tables both show is written here and
// called there.
//
// Everything of type string goes in escaped. What stands as it is must be a
// [lit], which a constant is by itself and a variable never.
//
// What it writes is what html/template would, byte for byte; a test compares them.
type markup struct{ b []byte }

// A lit is HTML out of our own source.
type lit string

// raw adds HTML of ours. Between two calls a tag must not be open, except for the
// attributes that [markup.attr] and [markup.href] add.
func (m *markup) raw(s lit) { m.b = append(m.b, s...) }

// text adds text between tags.
func (m *markup) text(s string) {
	from := 0
	for i := 0; i < len(s); i++ {
		if as := escapes[s[i]]; as != "" {
			m.b = append(append(m.b, s[from:i]...), as...)
			from = i + 1
		}
	}
	m.b = append(m.b, s[from:]...)
}

// attr adds an attribute of an open tag that is no address, no script and no style.
func (m *markup) attr(name lit, value string) {
	m.b = append(append(append(m.b, ' '), name...), `="`...)
	m.text(value)
	m.b = append(m.b, '"')
}

// class adds the attribute class where there is one.
func (m *markup) class(value string) {
	if value != "" {
		m.attr("class", value)
	}
}

// title adds the attribute title where there is one.
func (m *markup) title(value string) {
	if value != "" {
		m.attr("title", value)
	}
}

// href adds the address of a link. One that is neither a path nor http, https or
// mailto leads nowhere.
func (m *markup) href(to string) {
	m.b = append(m.b, ` href="`...)
	if scheme, _, ok := strings.Cut(to, ":"); ok && !strings.Contains(scheme, "/") && !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "mailto") {
		to = "#ZgotmplZ" // as html/template says it, so that one test finds both
	}
	const hex = "0123456789abcdef"
	for i := 0; i < len(to); i++ {
		switch c := to[i]; {
		case c == '&' || c == '+':
			m.b = append(m.b, escapes[c]...)
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~!#$*,/:;=?@[]", c) >= 0,
			c == '%' && i+2 < len(to) && isHex(to[i+1]) && isHex(to[i+2]):
			m.b = append(m.b, c)
		default:
			m.b = append(m.b, '%', hex[c>>4], hex[c&15])
		}
	}
	m.b = append(m.b, '"')
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// html is what was written.
func (m *markup) html() template.HTML { return template.HTML(m.b) } //nolint:gosec // every string in it was escaped

// escapes are the characters that mean something in text or in a quoted attribute.
var escapes = [256]string{0: "\uFFFD", '"': "&#34;", '&': "&amp;", '\'': "&#39;", '+': "&#43;", '<': "&lt;", '>': "&gt;"}

// bdi adds text whose direction is its own.
func (m *markup) bdi(s string) {
	m.raw("<bdi>")
	m.text(s)
	m.raw("</bdi>")
}

// chip is a verdict with its icon.
func (m *markup) chip(c report.Chip) {
	m.raw("<span")
	m.attr("class", "v "+c.Class)
	m.raw(`><svg class="i" aria-hidden="true"><use`)
	m.href("#i-" + c.Icon)
	m.raw("/></svg> ")
	m.text(c.Text)
	m.raw("</span>")
}

// ago is a time in words.
func (m *markup) ago(a agoView) {
	if a.Said == "" {
		m.raw(`<span class="soft">never</span>`)
		return
	}
	m.raw("<time")
	m.attr("datetime", a.Exact)
	m.attr("title", a.Exact)
	m.raw(">")
	m.text(a.Said)
	m.raw("</time>")
}

// count is a number that leads to the list it counts.
func (m *markup) count(t tally) {
	switch {
	case t.N == 0:
		m.raw(`<span class="zero">0</span>`)
	case t.Href == "":
		m.text(report.Thousands(t.N))
	default:
		m.link(t.Href, report.Thousands(t.N))
	}
}

// link is a link with its text.
func (m *markup) link(to, says string) {
	m.raw("<a")
	m.href(to)
	m.raw(">")
	m.text(says)
	m.raw("</a>")
}

// say is a sentence with links in it.
func (m *markup) say(list []linked) {
	for _, l := range list {
		if l.Href == "" {
			m.text(l.Text)
		} else {
			m.link(l.Href, l.Text)
		}
	}
}

// drawn makes a function of templates out of one that writes.
func drawn[T any](write func(*markup, T)) func(T) template.HTML {
	return func(v T) template.HTML {
		var m markup
		write(&m, v)
		return m.html()
	}
}
