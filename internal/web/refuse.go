package web

import (
	"net/http"
)

// Refuse answers for package access, which refuses before a page is reached. says
// is a sentence for the person.
func (s *Server) Refuse(w http.ResponseWriter, r *http.Request, status int, says string) {
	c := s.newCall(w, r)
	v := faultView{Status: status, Heading: http.StatusText(status), Says: says, Next: []nextStep{{"Back to the estate", "/"}}}
	switch status {
	case http.StatusUnauthorized:
		v.Heading, v.Next = "Nobody is signed in", []nextStep{{"Sign in", "/sign-in"}}
	case http.StatusForbidden:
		v.Heading = "That is not allowed"
	case http.StatusTooManyRequests:
		v.Heading = "Too many attempts"
	case http.StatusInsufficientStorage:
		v.Heading = "The hub's disk is full"
	case http.StatusRequestEntityTooLarge:
		v.Heading = "That is too large"
	}
	if wantsJSON(r) {
		s.problem(c, v)
		return
	}
	if err := c.page(status, "error", v); err != nil {
		http.Error(w, v.Heading, status)
	}
}
