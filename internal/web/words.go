package web

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/query"
	"github.com/lenscap/lenscap/internal/report"
)

// funcs are what templates of the hub call beside those of the report.
func (s *Server) funcs() template.FuncMap {
	return template.FuncMap{
		"ago":     func(t time.Time) agoView { return ago(s.Now(), t) },
		"plural":  func(n any, one, many string) string { return report.Plural(toInt(n), one, many) },
		"country": report.CountryName,
		"kind":    report.KindName,
		"purpose": report.PurposeName,
		"see":     report.Visible,
		"chipof":  func(v string) report.Chip { return report.ChipOf(finding.Verdict(v), "") },
		"mark":    func(g string) string { return report.Pips(g) + " " + g },
		"join":    func(list []string) string { return strings.Join(list, ", ") },
		"ask":     func(field, value string) string { return estateAsk(query.Ask(field, value)) },
		"asked":   estateAsk,
		"exact":   exact,
		"date":    func(t time.Time) string { return t.UTC().Format(time.DateOnly) },
		"decided": func(d decidedFinding, may bool, href, back, csrf string, statuses []string) decideView {
			return decideView{d, may, href, back, csrf, statuses}
		},
		"queue":     func(f *frame, v *findingsView, path string) queueView { return queueView{f, v, path} },
		"drawchip":  drawn((*markup).chip),
		"drawago":   drawn((*markup).ago),
		"drawcount": drawn((*markup).count),
		"drawsay":   drawn((*markup).say),
		"menus":     drawn((*markup).menus),
		"flowlines": drawn((*markup).flowLines),
		"leaklines": drawn((*markup).leakLines),
		"mbytes":    report.Size,
		"month":     monthWord,
		"arr":       func(list ...string) []string { return list },
		"netboxfields": func(what string, v *netboxView) any {
			return struct {
				What string
				V    *netboxView
			}{what, v}
		},
	}
}

func toInt(n any) int64 {
	switch n := n.(type) {
	case int:
		return int64(n)
	case int64:
		return n
	case uint64:
		return int64(min(n, 1<<62))
	}
	return 0
}

// An agoView is a time in words with the exact one in the title.
type agoView struct{ Said, Exact string }

// ago writes "3 h ago"; beyond sixty days the date says more.
func ago(now, t time.Time) agoView {
	if t.IsZero() {
		return agoView{}
	}
	v := agoView{Exact: exact(t)}
	d := now.Sub(t)
	switch {
	case d < -time.Minute:
		v.Said = t.UTC().Format("2 Jan 2006")
	case d < time.Minute:
		v.Said = "just now"
	case d < time.Hour:
		v.Said = fmt.Sprintf("%d min ago", d/time.Minute)
	case d < 48*time.Hour:
		v.Said = fmt.Sprintf("%d h ago", d/time.Hour)
	case d < 60*24*time.Hour:
		v.Said = fmt.Sprintf("%d days ago", d/(24*time.Hour))
	default:
		v.Said = t.UTC().Format("2 Jan 2006")
	}
	return v
}

// exact is a time in UTC to the second, "" for none.
func exact(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

// A linked is a part of a sentence; Href names the list behind a number.
type linked struct{ Text, Href string }

// A tally is a number and the list it counts.
type tally struct {
	N    int64
	Href string
}

// A pager leads on through a long list.
type pager struct {
	First, Next string
	N           int
}

// An option of a select.
type option struct{ Value, Text string }

// An input is one field of a form, as the templates "field" and "choose" draw it.
type input struct {
	Name, Label, Value, Type, Hint, Wrong string
	Must                                  bool
	Max                                   int
	List                                  []string
	Options                               []option
}

// A ask is a question that may be answered yes, no or not known.
type question struct{ Name, Label, Value string }

// triState is the answer of a map in which absent means not known.
func triState(m map[string]bool, key string) string {
	v, ok := m[key]
	switch {
	case !ok:
		return ""
	case v:
		return "yes"
	}
	return "no"
}

// setState is the reverse.
func setState(m map[string]bool, key, answer string) map[string]bool {
	if m == nil {
		m = map[string]bool{}
	}
	switch answer {
	case "yes":
		m[key] = true
	case "no":
		m[key] = false
	default:
		delete(m, key)
	}
	return m
}

// lines takes a list apart that a person wrote with commas or on lines.
func lines(s string) []string {
	var out []string
	for _, p := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' || r == ';' }) {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// A decideView is a finding with the form that decides it.
type decideView struct {
	D                decidedFinding
	May              bool
	Href, Back, CSRF string
	Statuses         []string
}

// A queueView is a list of findings inside a page.
type queueView struct {
	F    *frame
	V    *findingsView
	Path string
}
