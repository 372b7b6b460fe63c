package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strings"
	"sync"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/ui"
)

// A frame is what every page is drawn from: the page's own Data, and what
// stands around it.
type frame struct {
	Name    string // of the template
	Data    any
	Nav     []navItem
	Who     string // shown name of the person, "" for nobody
	CSRF    string
	Said    string // once, after a form
	Path    string // of this page, with its parameters
	Version string
	Icons   template.HTML
	Assets  map[string]string // "hub.css" → path with digest
	Admin   bool
	Now     int64 // seconds since 1970, for "3 h ago"
}

type navItem struct {
	Text, Href string
	Here       bool
}

// nav is what the header leads to; pages lists the templates that count as it.
var nav = []struct {
	text, href string
	action     access.Action
	pages      string
}{
	{"Estate", "/", access.View, "estate device welcome search"},
	{"Egress", "/egress", access.View, "egress"},
	{"Findings", "/findings", access.View, "findings"},
	{"Rules", "/rules", access.View, "rules rule"},
	{"Plan", "/plan", access.View, "plan"},
	{"Sites", "/sites", access.View, "sites site organisation lists list netbox equipment"},
	{"Inputs", "/inputs", access.View, "inputs upload ingest"},
	{"Report", "/board", access.View, "board"},
	{"Figures", "/figures", access.Figures, "figures"},
	{"Knowledge", "/knowledge", access.View, "knowledge company"},
	{"Audit log", "/audit", access.Administer, "audit"},
	{"Settings", "/settings", access.View, "settings subscriptions care access-account access-accounts access-account-edit"},
}

// templates parses every page of ui/hub with the parts that the report is drawn
// with, into one set: a copy of it for each page took 10 MB. Each page has a
// layout of its own, by its name, and the "title" and "content" that go into it;
// whatever else a file defines has a name of its own.
func (s *Server) templates() (*template.Template, error) {
	all, err := template.New("").Funcs(report.Funcs()).Funcs(s.funcs()).Parse(report.Parts())
	if err != nil {
		return nil, fmt.Errorf("parse parts: %w", err)
	}
	layout, err := fs.ReadFile(ui.FS, "hub/layout.html")
	if err != nil {
		return nil, fmt.Errorf("read template: %w", err)
	}
	files, err := fs.Glob(ui.FS, "hub/*.html")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		name := strings.TrimSuffix(path.Base(f), ".html")
		if name == "layout" {
			continue
		}
		text, err := fs.ReadFile(ui.FS, f)
		if err != nil {
			return nil, fmt.Errorf("read template: %w", err)
		}
		if name != "pieces" {
			text = ofPage.ReplaceAll(append(text, layout...), []byte(`${1}"`+name+` ${2}"`))
		}
		for _, define := range defines.FindAllSubmatch(text, -1) {
			if all.Lookup(string(define[1])) != nil {
				return nil, fmt.Errorf("parse %s: it defines %q, as another file does", f, define[1])
			}
		}
		if _, err := all.Parse(string(text)); err != nil {
			return nil, fmt.Errorf("parse %s: %w", f, err)
		}
	}
	return all, nil
}

// ofPage are the templates that each page has under the same name, where they are
// made and used; defines are all that are made.
var (
	ofPage  = regexp.MustCompile(`({{-? *(?:define|template) )"(layout|title|content)"`)
	defines = regexp.MustCompile(`{{-? *define "([^"]+)"`)
)

func (c *call) frame(name string, data any) *frame {
	f := &frame{Name: name, Data: data, Path: c.URL.RequestURI(), Version: c.s.Version, Icons: report.Icons(), Assets: c.s.static.paths, Now: c.s.Now().Unix()}
	if c.who != nil {
		f.Who, f.CSRF, f.Admin = c.who.Shown, c.who.CSRF(), c.who.May(access.Administer, 0)
		if f.Who == "" {
			f.Who = c.who.Name
		}
		for _, n := range nav {
			if c.who.MaySomewhere(n.action) {
				f.Nav = append(f.Nav, navItem{n.text, n.href, strings.Contains(" "+n.pages+" ", " "+name+" ")})
			}
		}
	}
	if said, ok := c.kept("said"); ok {
		f.Said = report.Visible(decode(said))
		c.keep("said", "", 0)
	}
	return f
}

// page draws a page whole before a byte of it is sent, and answers 304 when the
// browser has it.
func (c *call) page(status int, name string, data any) error {
	return c.draw(status, name, c.frame(name, data))
}

// show is page for the common case.
func (c *call) show(name string, data any) error { return c.page(http.StatusOK, name, data) }

// drafts are buffers for pages that are being drawn: one takes 100 kB.
var drafts = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (c *call) draw(status int, name string, data any) error {
	b := drafts.Get().(*bytes.Buffer) //nolint:errcheck // nothing else is in it
	defer func() {
		if b.Cap() < 1<<20 { // one of usual length
			b.Reset()
			drafts.Put(b)
		}
	}()
	if err := c.s.pages.ExecuteTemplate(b, name+" layout", data); err != nil {
		return fmt.Errorf("draw %s: %w", name, err)
	}
	// The last stop for what hides or turns text, whoever wrote it.
	c.send(status, "text/html; charset=utf-8", report.VisibleIn(b.Bytes()))
	return nil
}

// send writes a body with its ETag; what is the person's own is kept by no
// cache in between.
func (c *call) send(status int, kind string, body []byte) {
	if c.leave != nil {
		c.leave()
	}
	h := c.w.Header()
	h.Set("Content-Type", kind)
	if h.Get("Cache-Control") != "no-store" {
		h.Set("Cache-Control", "private, no-cache")
	}
	h.Set("Vary", "Cookie, Accept, X-Part")
	if status == http.StatusOK {
		sum := sha256.Sum256(body)
		tag := `W/"` + hex.EncodeToString(sum[:12]) + `"`
		h.Set("ETag", tag)
		if strings.Contains(c.Header.Get("If-None-Match"), tag) {
			c.w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body)
}

// Render draws a page for package access, whose own handlers know their data.
// name is a template of ui/hub without ".html".
func (s *Server) Render(w http.ResponseWriter, r *http.Request, name string, data any) {
	c := s.newCall(w, r)
	if err := c.show(name, data); err != nil {
		s.fail(c, err)
	}
}

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func decode(s string) string {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) > 400 {
		return ""
	}
	return string(b)
}
