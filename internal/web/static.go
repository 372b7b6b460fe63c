package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/klauspost/compress/gzip"

	"github.com/lenscap/lenscap/ui"
)

// static holds the files that never change under their name: the name has a
// digest of the content in it.
type static struct {
	paths map[string]string // "hub.css" → "/assets/hub-0123abcd.css"
	files map[string]file
}

type file struct {
	kind       string
	body, gzip []byte
}

// sheet is one stylesheet for report and hub, in this order.
var sheet = []string{"report.css", "hub/hub.css"}

func newStatic() (*static, error) {
	s := &static{paths: map[string]string{}, files: map[string]file{}}
	var css []byte
	for _, name := range sheet {
		b, err := fs.ReadFile(ui.FS, name)
		if err != nil {
			return nil, fmt.Errorf("read stylesheet: %w", err)
		}
		css = append(css, b...)
	}
	s.add("hub.css", "text/css; charset=utf-8", css)
	scripts, err := fs.Glob(ui.FS, "hub/dist/*.js")
	if err != nil {
		return nil, err
	}
	for _, name := range append(scripts, "boot.js") {
		b, err := fs.ReadFile(ui.FS, name)
		if err != nil {
			return nil, fmt.Errorf("read script: %w", err)
		}
		s.add(path.Base(name), "text/javascript; charset=utf-8", b)
	}
	icon, err := fs.ReadFile(ui.FS, "favicon.svg")
	if err != nil {
		return nil, fmt.Errorf("read icon: %w", err)
	}
	s.add("favicon.svg", "image/svg+xml", icon)
	return s, nil
}

// favicon is for browsers that ask for one before they have read a page.
func (s *static) favicon(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, s.paths["favicon.svg"], http.StatusFound)
}

func (s *static) add(name, kind string, body []byte) {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	to := "/assets/" + strings.TrimSuffix(name, ext) + "-" + hex.EncodeToString(sum[:8]) + ext
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level exists
	_, _ = w.Write(body)                                  // a buffer takes everything
	_ = w.Close()
	s.paths[name], s.files[to] = to, file{kind, body, b.Bytes()}
}

// serve hands out a file to be kept for a year.
func (s *static) serve(w http.ResponseWriter, r *http.Request) {
	f, ok := s.files[r.URL.Path]
	if !ok {
		http.Error(w, "There is no such file.", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := f.body
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.gzip
	}
	_, _ = w.Write(body)
}
