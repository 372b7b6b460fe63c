package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"syscall"

	"github.com/lenscap/lenscap/internal/history"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
)

// A Problem is the answer to a request that could not be done (RFC 9457).
type Problem struct {
	Type   string `json:"type"` // always about:blank: status and title say it
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"` // what is wrong, and what would be right
	Field  string `json:"field,omitempty"`  // the parameter or key that is wrong
}

// A fieldError names the parameter or key that is wrong.
type fieldError struct {
	field string
	err   error
}

func (e *fieldError) Error() string { return e.field + ": " + e.err.Error() }
func (e *fieldError) Unwrap() error { return e.err }

// invalid is [hub.ErrInvalid] for one field, with what would be right.
func invalid(field, format string, args ...any) error {
	return &fieldError{field, fmt.Errorf("%w: %s", hub.ErrInvalid, fmt.Sprintf(format, args...))}
}

var (
	errCondition = errors.New("api: send If-Match with the ETag that the change was made of")
	errMismatch  = errors.New("api: it is not as the If-Match says any more")
	errExporting = errors.New("api: another export is made")
	errKind      = errors.New("api: this content type is not read here")
)

// problemOf chooses status and words by what the error is, whatever package it
// is from.
func problemOf(err error) Problem {
	says := plain(err)
	var named *fieldError
	if errors.As(err, &named) { // the name stays as it is sent, and stands there once
		says = named.field + ": " + strings.TrimPrefix(bare(named.err), named.field+": ")
		says = report.Visible(says) + "."
	}
	var tooBig *http.MaxBytesError
	switch {
	case errors.Is(err, errNobody):
		return Problem{Status: http.StatusUnauthorized, Title: "Nobody is signed in", Detail: "Send a token: Authorization: Bearer lenscap_…"}
	case errors.Is(err, errCondition):
		return Problem{Status: http.StatusPreconditionRequired, Title: "If-Match is missing", Detail: "Read it first, and send its ETag in If-Match: nobody's change is lost then."}
	case errors.Is(err, errMismatch), errors.Is(err, hub.ErrChanged):
		return Problem{Status: http.StatusPreconditionFailed, Title: "Somebody else changed it meanwhile", Detail: "Nothing was written. Read it again and repeat the change."}
	case errors.Is(err, errKind):
		return Problem{Status: http.StatusUnsupportedMediaType, Title: "That content type is not read here", Detail: says}
	case errors.Is(err, fs.ErrNotExist):
		return Problem{Status: http.StatusNotFound, Title: "There is nothing here", Detail: "It does not exist, or this account may not see it."}
	case errors.Is(err, fs.ErrPermission):
		return Problem{Status: http.StatusForbidden, Title: "That is not allowed", Detail: says + " The account needs another role, or the token another scope."}
	case errors.Is(err, hub.ErrListTurn):
		return Problem{Status: http.StatusServiceUnavailable, Title: "Other asset lists are being read", Detail: "A hub reads one at a time, and this one waited 20 seconds for its turn. Nothing was kept of it; send it again in a moment."}
	case errors.Is(err, hub.ErrBusy):
		return Problem{Status: http.StatusConflict, Title: "The hub is busy with another task", Detail: "One is done at a time. Ask for it until it has ended, then send this again."}
	case errors.Is(err, errExporting):
		return Problem{Status: http.StatusServiceUnavailable, Title: "Another export is made", Detail: "One is made at a time, for each takes a processor. Send this again in a minute; a site is quicker than an organisation."}
	case errors.Is(err, hub.ErrNotNow):
		return Problem{Status: http.StatusConflict, Title: "That cannot be done now", Detail: says}
	case errors.Is(err, history.ErrTooMany):
		return Problem{Status: http.StatusUnprocessableEntity, Title: "Those are too many sums", Detail: "They would not fit into the hub's memory. Ask for fewer days, sites or keys."}
	case errors.Is(err, fs.ErrExist):
		return Problem{Status: http.StatusConflict, Title: "The name is taken", Detail: says}
	case errors.Is(err, syscall.ENOSPC):
		return Problem{Status: http.StatusInsufficientStorage, Title: "The hub's disk is full", Detail: "Nothing was kept of this, and nothing is lost that was kept before. Send it again when who runs the hub has made room."}
	case errors.As(err, &tooBig):
		return Problem{Status: http.StatusRequestEntityTooLarge, Title: "That is too large", Detail: "At most " + report.Size(tooBig.Limit) + " are taken here."}
	case errors.Is(err, hub.ErrInvalid):
		p := Problem{Status: http.StatusUnprocessableEntity, Title: "That cannot be used as it is", Detail: says}
		if named != nil {
			p.Field = named.field
		}
		return p
	}
	return Problem{Status: http.StatusInternalServerError, Title: "The hub could not do that", Detail: "What happened is in the hub's log."}
}

// plain leaves out the names of packages that an error begins with.
func plain(err error) string {
	s := bare(err)
	if s == "" {
		return "A value is missing or wrong."
	}
	return report.Visible(strings.ToUpper(s[:1])+s[1:]) + "."
}

func bare(err error) string {
	s := strings.ReplaceAll(err.Error(), hub.ErrExists.Error(), "the name is taken; choose another")
	for _, p := range []string{"hub: not valid: ", "hub: not valid", "hub: not now: ", "hub: ", "api: "} {
		s = strings.ReplaceAll(s, p, "")
	}
	return s
}

func (s *Server) fail(c *call, err error) {
	if c.Context().Err() != nil && !c.sent {
		return // nobody waits for the answer
	}
	p := problemOf(err)
	if p.Status == http.StatusUnprocessableEntity && c.Method == http.MethodGet {
		p.Status, p.Title = http.StatusBadRequest, "The address asks for what there is not" // nothing but parameters was sent
	}
	if p.Status == http.StatusInternalServerError {
		s.Log.ErrorContext(c.Context(), "request failed", slog.String("method", c.Method), slog.String("path", c.URL.Path), slog.Any("error", err))
	}
	if c.sent {
		panic(http.ErrAbortHandler) // so that nobody takes the half for the whole
	}
	if p.Status == http.StatusUnauthorized {
		c.w.Header().Set("WWW-Authenticate", `Bearer realm="Lenscap"`)
	}
	if p.Status == http.StatusServiceUnavailable {
		c.w.Header().Set("Retry-After", "60")
	}
	s.problem(c, p)
}

func (s *Server) problem(c *call, p Problem) {
	p.Type = "about:blank"
	h := c.w.Header()
	h.Del("ETag")
	h.Del("Content-Disposition")
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	c.w.WriteHeader(p.Status)
	_ = json.NewEncoder(c.w).Encode(p)
}
