package report

import (
	"net/url"
	"strings"
)

// newLink makes a link of s if it is an absolute http or https address without
// spaces; otherwise its text alone.
func newLink(s string) link {
	if text, ok := Unaddressed(s); ok {
		return link{Text: text}
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || strings.ContainsAny(s, " \"<>") {
		return link{Text: cutMiddle(s, 80)}
	}
	text := strings.TrimPrefix(u.Host, "www.") + strings.TrimSuffix(u.EscapedPath(), "/")
	return link{Text: cutMiddle(text, 56), URL: s}
}

// Unaddressed words a source of the knowledge base of which only a catalogue number
// is known, "github-index:123": nobody can open that.
func Unaddressed(s string) (text string, ok bool) {
	n, ok := strings.CutPrefix(strings.TrimSpace(s), "github-index:")
	if !ok {
		return "", false
	}
	return "a file in a public repository on GitHub, whose address was not noted (no. " + Visible(n) + " of the catalogue it was found in)", true
}
