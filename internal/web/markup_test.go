package web

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"html/template"
	"os"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

// byTemplate is what rows.go and markup.go write, as templates: html/template says
// what escaping is right.
const byTemplate = `
{{define "text"}}<i>{{.}}</i>{{end}}
{{define "attr"}}<i title="{{.}}"></i>{{end}}
{{define "href"}}<a href="{{.}}"></a>{{end}}
{{define "chip"}}<span class="v {{.Class}}"><svg class="i" aria-hidden="true"><use href="#i-{{.Icon}}"/></svg> {{.Text}}</span>{{end}}
{{define "ago"}}{{if .Said}}<time datetime="{{.Exact}}" title="{{.Exact}}">{{.Said}}</time>{{else}}<span class="soft">never</span>{{end}}{{end}}
{{define "count"}}{{if not .N}}<span class="zero">0</span>{{else if .Href}}<a href="{{.Href}}">{{thousands .N}}</a>{{else}}{{thousands .N}}{{end}}{{end}}
{{define "say"}}{{range .}}{{if .Href}}<a href="{{.Href}}">{{.Text}}</a>{{else}}{{.Text}}{{end}}{{end}}{{end}}
{{define "cell"}}{{if .Chip}}{{template "chip" .Chip}}{{else if .Ago}}{{template "ago" .Ago}}{{else if .Href}}<a href="{{.Href}}"{{with .Title}} title="{{.}}"{{end}}><bdi>{{.Text}}</bdi></a>{{else}}<bdi{{with .Title}} title="{{.}}"{{end}}>{{.Text}}</bdi>{{end}}{{with .Soft}} <span class="soft">{{.}}</span>{{end}}{{end}}
{{define "estate"}}{{$pick := or .MayJudge .MayPlan}}{{range .Rows}}<tr>{{if $pick}}<td class="pick"><input type="checkbox" name="device" value="{{.Key}}" form="bulk" aria-label="Choose {{.Name}}"></td>{{end}}{{range $i, $c := .Cells}}{{if eq $i 0}}<th scope="row">{{template "cell" $c}}</th>{{else}}<td{{with .Class}} class="{{.}}"{{end}}>{{template "cell" $c}}</td>{{end}}{{end}}</tr>
{{end}}{{end}}
{{define "menus"}}{{range .}}<details class="menu{{if .On}} on{{end}}"><summary>{{.Title}}</summary><ul class="list-of">{{range .Values}}<li><a href="{{.Href}}"{{if .On}} class="on" aria-current="true"{{end}}><span>{{if .On}}<svg class="i" aria-hidden="true"><use href="#i-check"/></svg>{{end}}</span><bdi>{{.Text}}</bdi><span class="num">{{thousands .N}}</span></a></li>{{end}}</ul></details>
{{end}}{{end}}
{{define "findings"}}{{$pick := .MayJudge}}{{$why := .Why}}{{range .Rows}}<tr>{{if $pick}}<td class="pick"><input type="checkbox" name="finding" value="{{.Key}}" form="bulk" aria-label="Choose {{.Name}} of {{.DeviceName}}"></td>{{end}}<th scope="row"><a href="{{.Href}}"><bdi title="{{.DeviceName}}">{{mid (or .DeviceName .Device) 26}}</bdi></a></th>{{if $why}}<td class="wrap">{{.Why}}</td>{{else}}<td title="{{.Why}}"><a href="/rules/{{.Regime}}">{{mid .Name 44}}</a></td>{{end}}<td>{{template "chip" .Chip}}</td><td class="p3"><bdi>{{mid .Maker 22}}</bdi></td><td class="p2"><a href="/sites/{{.Site}}"><bdi>{{mid .SiteName 22}}</bdi></a></td><td>{{if ne .Decision.Status "accepted"}}{{.Decision.Status}}{{if .Waived}}, {{end}}{{else if not .Waived}}accepted{{end}}{{if .Waived}}accepted until {{.Decision.Waiver.Until}}{{end}}</td><td class="p3"><bdi>{{.Decision.Owner}}</bdi></td><td class="p2">{{if .Late}}<span class="differs">{{.Decision.Due}}, overdue</span>{{else}}{{.Decision.Due}}{{end}}</td></tr>
{{end}}{{end}}
{{define "flows"}}{{range .}}<tr><th scope="row"><a href="{{.FromHref}}"><bdi>{{.From}}</bdi></a></th><td>{{if .Controller}}<bdi title="{{.Controller}}">{{mid .Controller 40}}</bdi>{{else}}<span class="soft">not known</span>{{end}}</td><td>{{if .Controller}}{{or (country .Jurisdiction) "not known"}}{{end}}</td><td>{{or (country .Country) "not known"}}</td><td class="num">{{template "count" .Devices}}</td><td class="num">{{template "count" .Video}}</td><td class="num"><a href="{{.UpHref}}">{{size .Up}}</a></td><td class="num"><a href="{{.DownHref}}">{{size .Down}}</a></td></tr>
{{end}}{{end}}
{{define "leaks"}}{{range .}}<tr><th scope="row"><a href="{{.Href}}"><bdi>{{.Name}}</bdi></a></th><td class="wrap"><bdi>{{.Where}}</bdi></td><td class="num">{{size .Up}}</td><td class="p2">{{.Video}}</td><td>{{template "ago" .First}}</td><td>{{template "ago" .Last}}</td></tr>{{end}}{{end}}`

func parsed(tb testing.TB) *template.Template {
	tb.Helper()
	t, err := template.New("").Funcs(report.Funcs()).Funcs((&Server{}).funcs()).Parse(byTemplate)
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

// A drawing is something written by hand, and what it is of.
type drawing struct {
	name string
	of   any
	html template.HTML
}

// drawings puts s wherever a device, a file or a person can put a text.
func drawings(s string) []drawing {
	var text, attr, href markup
	text.raw("<i>")
	text.text(s)
	text.raw("</i>")
	attr.raw("<i")
	attr.attr("title", s)
	attr.raw("></i>")
	href.raw("<a")
	href.href(s)
	href.raw("></a>")
	chip, when := report.Chip{Class: "k-" + s, Icon: "prohibited", Text: s}, agoView{s, s}
	cells := []headedCell{
		{cellView{Text: s, Title: s, Href: s, Soft: s}, s}, {cellView{Text: s, Title: s, Soft: s}, s}, {cellView{Chip: &chip}, ""}, {cellView{Ago: &when, Soft: s}, "p5"}, {cellView{Ago: &agoView{}}, ""}, {cellView{Text: s}, ""}, {cellView{Href: "/x?q=" + s}, "num"},
	}
	estate := &estateView{MayJudge: true, Rows: []rowView{{s, s, cells}, {s, s, cells[1:]}}}
	bare := &estateView{Rows: estate.Rows}
	menus := []facetView{{Title: s, On: true, Values: []facetValue{{s, s, 12345, true}, {s, "/?q=" + s, -1, false}}}, {Title: s}}
	row := findingRow{FindingRow: &store.FindingRow{Site: 7, SiteName: s, Device: s, DeviceName: s, Maker: s, Regime: s, Name: s, Why: s, Decision: hub.Decision{Status: s, Owner: s, Due: s, Waiver: hub.Waiver{Until: s}}}, Key: s, Href: s, Chip: chip}
	late, waived := row, row
	late.Late = true
	nameless := *row.FindingRow
	nameless.DeviceName, nameless.Waived, nameless.Decision.Status = "", true, "accepted"
	waived.FindingRow = &nameless
	queue := &findingsView{MayJudge: true, Rows: []findingRow{row, late, waived}}
	why := &findingsView{Why: true, Rows: queue.Rows}
	n := tally{1234, s}
	flows := []flowRow{{From: s, FromHref: s, UpHref: s, DownHref: s, Controller: s, Jurisdiction: s, Country: s, Devices: n, Video: tally{}, Up: 5, Down: 6}, {Country: "DE", Devices: tally{N: 3}}}
	leaks := []leak{{Name: s, Href: s, Where: s, Up: 9, First: when, Video: s}}
	said := []linked{{s, s}, {Text: s}}
	return []drawing{
		{"text", s, text.html()}, {"attr", s, attr.html()}, {"href", s, href.html()},
		{"chip", chip, drawn((*markup).chip)(chip)}, {"ago", when, drawn((*markup).ago)(when)}, {"count", n, drawn((*markup).count)(n)}, {"say", said, drawn((*markup).say)(said)},
		{"estate", estate, estate.Lines()}, {"estate", bare, bare.Lines()}, {"menus", menus, drawn((*markup).menus)(menus)}, {"findings", queue, queue.Lines()}, {"findings", why, why.Lines()},
		{"flows", flows, drawn((*markup).flowLines)(flows)}, {"leaks", leaks, drawn((*markup).leakLines)(leaks)},
	}
}

// hostile are texts that mean something to a browser, somewhere.
var hostile = []string{
	"", "plain", evil, evilName, "a+b & c < d > e \"f\" 'g' `h`", "\x00\x01\x7f\xff\xc3", "javascript:pwned()", "JaVaScRiPt:pwned()", " javascript:x", "java\tscript:x", "data:text/html,<b>", "vbscript:x", "mailto:a@b", "HTTPS://x/ä?q=1&r=%41%zz%4", "//host/path",
	"/a:b", "?a:b", "#a:b", "(paren) [brackets] {braces} | \\ ^ ~", "</td></tr></table><script>", "-->", "]]>", "&lt;script&gt;", "&#106;avascript:", "\u2028\u2029\u202e\ufeff", "日本 ünï", "a\r\nb", "%", "%2", "%2f%2F", "x=y onmouseover=z", strings.Repeat("<'\"&+\x00", 300),
}

func TestMarkupIsWhatATemplateWrites(t *testing.T) {
	want := parsed(t)
	for _, s := range hostile {
		compare(t, want, s)
	}
}

func compare(t *testing.T, want *template.Template, s string) {
	t.Helper()
	for _, d := range drawings(s) {
		var b bytes.Buffer
		if err := want.ExecuteTemplate(&b, d.name, d.of); err != nil {
			t.Fatal(err)
		}
		if b.String() != string(d.html) {
			t.Fatalf("%s of %q:\n got %s\nwant %s", d.name, s, d.html, b.String())
		}
	}
}

func FuzzMarkup(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	want := parsed(f)
	f.Fuzz(func(t *testing.T, s string) { compare(t, want, s) })
}

// A variable becomes raw HTML only by a conversion that somebody writes.
func TestNothingIsMadeALiteral(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range files {
		if !strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		fset := token.NewFileSet()
		tree, err := parser.ParseFile(fset, e.Name(), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if id, ok := call.Fun.(*ast.Ident); ok && id.Name == "lit" {
					t.Errorf("%s: lit is for constants; use text, attr or href", fset.Position(n.Pos()))
				}
			}
			return true
		})
	}
}
