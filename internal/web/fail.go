package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
)

// errSignIn sends a browser to the page of sign-in.
var errSignIn = errors.New("web: nobody is signed in")

// A faultView is a designed page for what went wrong.
type faultView struct {
	Status        int
	Heading, Says string
	Next          []nextStep
	Offset        *int64 // bytes that are here of an upload, where a piece begins elsewhere
}

type nextStep struct{ Text, Href string }

// A fieldError names the field of a form that is wrong.
type fieldError struct {
	field string
	err   error
}

func (e *fieldError) Error() string { return e.field + ": " + e.err.Error() }
func (e *fieldError) Unwrap() error { return e.err }

// invalid is [hub.ErrInvalid] for one field of a form, with what would be right.
func invalid(field, format string, args ...any) error {
	return &fieldError{field, fmt.Errorf("%w: %s", hub.ErrInvalid, fmt.Sprintf(format, args...))}
}

// among is a parameter of the address that has one of these values; "" when it is
// not given.
func (c *call) among(name string, values ...string) (string, error) {
	v := c.query(name)
	if v == "" || slices.Contains(values, v) {
		return v, nil
	}
	return "", invalid(name, "%q is not known; it is one of %s", v, strings.Join(values, ", "))
}

// id is a parameter of the address that is a number; 0 when it is not given.
func (c *call) id(name string) (int64, error) {
	s := c.query(name)
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, invalid(name, "%q is no number", s)
	}
	return n, nil
}

// faultOf chooses status and words by what the error is, whatever package it is from.
func faultOf(err error) faultView {
	home := nextStep{"Back to the estate", "/"}
	says := plainError(err)
	var tooBig *http.MaxBytesError
	var at offsetError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return faultView{Status: http.StatusNotFound, Heading: "There is nothing here", Says: "The page, site or device does not exist, or you may not see it.", Next: []nextStep{home}}
	case errors.Is(err, fs.ErrPermission):
		return faultView{Status: http.StatusForbidden, Heading: "Your role does not allow this", Says: says, Next: []nextStep{home, {"Your account", "/account"}}}
	case errors.As(err, &at):
		have := int64(at)
		return faultView{Status: http.StatusConflict, Heading: "The upload has other bytes", Says: says, Offset: &have}
	case errors.Is(err, hub.ErrChanged):
		return faultView{Status: http.StatusConflict, Heading: "Somebody else changed it meanwhile", Says: "Nothing was written. Go back, reload the page, and make your change again on what is there now.", Next: []nextStep{home}}
	case errors.Is(err, hub.ErrNotNow):
		return faultView{Status: http.StatusConflict, Heading: "That cannot be done now", Says: says, Next: []nextStep{home}}
	case errors.Is(err, fs.ErrExist):
		return faultView{Status: http.StatusConflict, Heading: "The name is taken", Says: says, Next: []nextStep{home}}
	case errors.Is(err, syscall.ENOSPC):
		return faultView{Status: http.StatusInsufficientStorage, Heading: "The hub's disk is full", Says: "Nothing was kept of this, and nothing is lost that was kept before. Pages can be read; files are taken again when who runs the hub has made room.", Next: []nextStep{home}}
	case errors.Is(err, hub.ErrListTurn):
		return faultView{Status: http.StatusServiceUnavailable, Heading: "Other asset lists are being read", Says: "A hub reads one at a time, and yours waited 20 seconds for its turn. Nothing was kept of it. Load the page again in a moment.", Next: []nextStep{home}}
	case errors.Is(err, hub.ErrBusy):
		return faultView{Status: http.StatusConflict, Heading: "The hub is busy with another task", Says: "One is done at a time. Try again when it has ended.", Next: []nextStep{home}}
	case errors.As(err, &tooBig):
		return faultView{Status: http.StatusRequestEntityTooLarge, Heading: "The file is too large", Says: "The hub takes files up to " + report.Size(tooBig.Limit) + ". Split it, or hand it in with `lenscap ingest` on the hub's own machine.", Next: []nextStep{{"Hand in another", "/inputs/new"}}}
	case errors.Is(err, access.ErrStreams):
		return faultView{Status: http.StatusTooManyRequests, Heading: "Too many pages are open", Says: "Each open page holds a connection to the hub. Close some, and load the page again.", Next: []nextStep{home}}
	case errors.Is(err, hub.ErrInvalid):
		return faultView{Status: http.StatusUnprocessableEntity, Heading: "That cannot be used as it is", Says: says, Next: []nextStep{home}}
	}
	return faultView{Status: http.StatusInternalServerError, Heading: "The hub could not do that", Says: "What happened is in the hub's log. Nothing was half done: try again, and tell who runs the hub when it happens again.", Next: []nextStep{home}}
}

// plainError leaves out the names of packages that an error begins with.
func plainError(err error) string {
	s := strings.ReplaceAll(err.Error(), hub.ErrExists.Error(), "the name is taken; choose another")
	for _, p := range []string{"hub: not valid: ", "hub: not valid", "hub: not now: ", "hub: ", "web: "} {
		s = strings.ReplaceAll(s, p, "")
	}
	if s == "" {
		return "A value is missing or wrong."
	}
	return sentence(s)
}

// sentence begins a text with a capital and ends it with a full stop; "" stays "".
func sentence(s string) string {
	if s == "" {
		return ""
	}
	r, n := utf8.DecodeRuneInString(s)
	s = string(unicode.ToUpper(r)) + s[n:]
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return report.Visible(s)
}

// fail answers with a page, or with problem+json (RFC 9457) where a script asks.
func (s *Server) fail(c *call, err error) {
	if errors.Is(err, errSignIn) {
		if wantsJSON(c.Request) {
			s.problem(c, faultView{Status: http.StatusUnauthorized, Heading: "Nobody is signed in", Says: "Sign in, or send a token."})
			return
		}
		http.Redirect(c.w, c.Request, "/sign-in?to="+url.QueryEscape(c.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	if c.Context().Err() != nil {
		return // the browser went away
	}
	wrong := asFieldError(err)
	if wrong == nil && errors.Is(err, hub.ErrExists) { // the form of a name
		wrong = &fieldError{"name", err}
		if !c.PostForm.Has("name") {
			wrong.field = "organisation"
		}
	}
	if wrong != nil && c.again(wrong) {
		return
	}
	v := faultOf(err)
	if v.Status == http.StatusUnprocessableEntity && c.Method == http.MethodGet {
		v.Status, v.Heading = http.StatusBadRequest, "The address asks for what there is not"
	}
	if v.Status == http.StatusInternalServerError {
		s.Log.ErrorContext(c.Context(), "page failed", slog.String("method", c.Method), slog.String("path", c.URL.Path), slog.Any("error", err))
	}
	if wantsJSON(c.Request) {
		var f *fieldError
		if errors.As(err, &f) {
			v.Heading = f.field
		}
		s.problem(c, v)
		return
	}
	if err := c.page(v.Status, "error", v); err != nil {
		http.Error(c.w, v.Heading, v.Status)
	}
}

func wantsJSON(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/api/") || strings.Contains(r.Header.Get("Accept"), "application/json") || strings.HasSuffix(r.URL.Path, ".json")
}

func (s *Server) problem(c *call, v faultView) {
	c.w.Header().Set("Content-Type", "application/problem+json")
	c.w.WriteHeader(v.Status)
	said := map[string]any{"type": "about:blank", "title": v.Heading, "status": v.Status, "detail": v.Says}
	if v.Offset != nil {
		said["offset"] = *v.Offset
	}
	_ = json.NewEncoder(c.w).Encode(said)
}
