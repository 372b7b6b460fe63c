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
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return faultView{http.StatusNotFound, "There is nothing here", "The page, site or device does not exist, or you may not see it.", []nextStep{home}}
	case errors.Is(err, fs.ErrPermission):
		return faultView{http.StatusForbidden, "Your role does not allow this", says, []nextStep{home, {"Your account", "/account"}}}
	case errors.Is(err, hub.ErrChanged):
		return faultView{http.StatusConflict, "Somebody else changed it meanwhile", "Nothing was written. Go back, reload the page, and make your change again on what is there now.", []nextStep{home}}
	case errors.Is(err, hub.ErrNotNow):
		return faultView{http.StatusConflict, "That cannot be done now", says, []nextStep{home}}
	case errors.Is(err, fs.ErrExist):
		return faultView{http.StatusConflict, "The name is taken", says, []nextStep{home}}
	case errors.Is(err, syscall.ENOSPC):
		return faultView{http.StatusInsufficientStorage, "The hub's disk is full", "Nothing was kept of this, and nothing is lost that was kept before. Pages can be read; files are taken again when who runs the hub has made room.", []nextStep{home}}
	case errors.Is(err, hub.ErrListTurn):
		return faultView{http.StatusServiceUnavailable, "Other asset lists are being read", "A hub reads one at a time, and yours waited 20 seconds for its turn. Nothing was kept of it. Load the page again in a moment.", []nextStep{home}}
	case errors.Is(err, hub.ErrBusy):
		return faultView{http.StatusConflict, "The hub is busy with another task", "One is done at a time. Try again when it has ended.", []nextStep{home}}
	case errors.As(err, &tooBig):
		return faultView{http.StatusRequestEntityTooLarge, "The file is too large", "The hub takes files up to " + report.Size(tooBig.Limit) + ". Split it, or hand it in with `lenscap ingest` on the hub's own machine.", []nextStep{{"Hand in another", "/inputs/new"}}}
	case errors.Is(err, access.ErrStreams):
		return faultView{http.StatusTooManyRequests, "Too many pages are open", "Each open page holds a connection to the hub. Close some, and load the page again.", []nextStep{home}}
	case errors.Is(err, hub.ErrInvalid):
		return faultView{http.StatusUnprocessableEntity, "That cannot be used as it is", says, []nextStep{home}}
	}
	return faultView{http.StatusInternalServerError, "The hub could not do that", "What happened is in the hub's log. Nothing was half done: try again, and tell who runs the hub when it happens again.", []nextStep{home}}
}

// plainError leaves out the names of packages that an error begins with.
func plainError(err error) string {
	s := err.Error()
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
	if f := asFieldError(err); f != nil && c.again(f) {
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
	_ = json.NewEncoder(c.w).Encode(map[string]any{"type": "about:blank", "title": v.Heading, "status": v.Status, "detail": v.Says})
}
