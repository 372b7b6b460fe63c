package report

import (
	"bufio"
	"html/template"
	"io"
)

// HTML writes the audit as one page that needs nothing else: no network, and
// no script for reading. The same document gives the same bytes.
func HTML(w io.Writer, doc *Document) error {
	b := bufio.NewWriter(w)
	b.WriteString("<!doctype html><title>Lenscap</title><p>" + template.HTMLEscapeString(visible(doc.AsAt)))
	return flush(b, "page")
}
