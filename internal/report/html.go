package report

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/ui"
)

// HTML writes the audit as one page that needs nothing else: it makes no
// request, and its script is for moving about, not for reading. The same
// document gives the same bytes.
//
// Strings from devices are hostile. All of them go through visible() before the
// page is drawn and through html/template while it is; only http and https
// addresses become links; and the page's own policy forbids every script and
// style but those whose digest it names.
func HTML(w io.Writer, doc *Document) error {
	clean := harmless(doc)
	b := bufio.NewWriterSize(w, 64<<10)
	p := newPage(&clean)
	err := pageTemplate().ExecuteTemplate(b, "page", p)
	if err = errors.Join(err, p.err); err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	return flush(b, "page")
}

var (
	style  = asset("report.css")
	boot   = asset("boot.js")
	script = asset("report.js")
	icons  = asset("icons.svg")

	policy = "default-src 'none'; style-src " + digest(style) + "; script-src " + digest(boot) + " " + digest(script) +
		"; img-src data:; base-uri 'none'; form-action 'none'"
)

// pageTemplate is parsed when a page is first drawn: most audits draw none.
var pageTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("").Funcs(Funcs()).Parse(asset("parts.html") + asset("report.html") + asset("talk.html")))
})

// Funcs are the functions that templates of parts.html call.
func Funcs() template.FuncMap {
	return template.FuncMap{
		"mid":       cutMiddle,
		"pips":      func(g any) string { return pips(gradeOf(g)) },
		"grade":     func(g any) string { return gradeOf(g).String() },
		"thousands": func(n any) string { return thousands(number(n)) },
		"size":      size,
		"day":       day,
		"clock":     clock,
		"gap":       gapWords,
		"units":     unitsOf,
	}
}

func asset(name string) string {
	b, err := ui.FS.ReadFile(name)
	if err != nil {
		panic("read embedded " + name + ": " + err.Error()) // the build put it there
	}
	return string(b)
}

// digest is the source expression of an inline script or style (CSP level 3,
// section 2.3.1).
func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func gradeOf(g any) attribution.Grade {
	switch g := g.(type) {
	case attribution.Grade:
		return g & 3
	case int:
		return attribution.Grade(g) & 3
	}
	return attribution.Unknown
}

func number(n any) int64 {
	switch n := n.(type) {
	case int:
		return int64(n)
	case int64:
		return n
	}
	return 0
}

// day writes 2026-11-22 as "22 November 2026", and what is no date as it is.
func day(s string) string {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return s
	}
	return t.Format("2 January 2006")
}

// clock writes RFC 3339 as "2026-11-03 08:00:01 UTC", and what is no time as it is.
func clock(s string) string {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return s
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

// period says when the inputs were captured, "" when none says.
func period(inputs []Input) string {
	first, last := seenFrom(inputs)
	if first == "" {
		return ""
	}
	return clock(first) + " to " + clock(last)
}

// seenFrom is when the first and the last of the inputs' packets were, "" for none
// that says.
func seenFrom(inputs []Input) (first, last string) {
	for _, in := range inputs {
		if in.First != "" && (first == "" || in.First < first) {
			first = in.First
		}
		last = max(last, in.Last)
	}
	return first, last
}

// A link is a public source; URL is "" when it is none that may be followed.
type link struct{ Text, URL string }

// links takes sources apart. What is not plainly http or https is shown and
// leads nowhere.
func links(sources ...string) []link {
	var out []link
	for _, s := range sources {
		for part := range strings.SplitSeq(s, ";") {
			if part = strings.TrimSpace(part); part != "" {
				out = append(out, newLink(part))
			}
		}
	}
	return out
}
