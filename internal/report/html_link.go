package report

import (
	"net/url"
	"strings"
)

// newLink makes a link of s if it is an absolute http or https address without
// spaces; otherwise its text alone.
func newLink(s string) link {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || strings.ContainsAny(s, " \"<>") {
		return link{Text: cutMiddle(s, 80)}
	}
	text := strings.TrimPrefix(u.Host, "www.") + strings.TrimSuffix(u.EscapedPath(), "/")
	return link{Text: cutMiddle(text, 56), URL: s}
}
