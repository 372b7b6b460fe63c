package access

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// A Route is one page or form of this package.
type Route struct {
	Method  string
	Pattern string // as [http.ServeMux] has it
	Public  bool   // for nobody too
	Action  Action // needed in some organisation; "": anyone signed in
	Handler http.Handler
}

// Routes are the pages of sign-in, of a person's own account and of all accounts.
// [Guard.Middleware] answers them; the table is for tests and the reference.
func (g *Guard) Routes() []Route {
	public := func(method, pattern string, h http.HandlerFunc) Route {
		return Route{method, pattern, true, "", h}
	}
	own := func(method, pattern string, h http.HandlerFunc) Route {
		return Route{method, pattern, false, "", g.Need("", h)}
	}
	admin := func(method, pattern string, h http.HandlerFunc) Route {
		return Route{method, pattern, false, Administer, g.Need(Administer, h)}
	}
	return []Route{
		public("GET", "/sign-in", g.showSignIn),
		public("POST", "/sign-in", g.signIn),
		public("GET", oidcPath, g.onlyOIDC(g.signInElsewhere)),
		public("GET", oidcBack, g.onlyOIDC(g.cameBack)),
		public("POST", "/sign-out", g.SignOut),
		public("GET", "/first", g.showFirst),
		public("POST", "/first", g.makeFirst),
		public("GET", "/invite", g.showInvite),
		public("POST", "/invite", g.useInvite),
		own("GET", "/account", g.showOwn),
		own("POST", "/account/password", g.changePassword),
		own("POST", "/account/sessions", g.endOwnSessions),
		own("POST", "/account/tokens", g.makeToken),
		own("POST", "/account/tokens/{id}/revoke", g.revokeToken),
		admin("GET", "/accounts", g.showAccounts),
		admin("POST", "/accounts", g.makeAccount),
		admin("GET", "/accounts/{id}", g.showAccount),
		admin("POST", "/accounts/{id}", g.changeAccount),
		admin("POST", "/accounts/{id}/invite", g.inviteAccount),
		admin("POST", "/accounts/{id}/sessions", g.endSessions),
	}
}

func (g *Guard) onlyOIDC(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if g.oidc == nil {
			g.fail(w, r, http.StatusNotFound, "No other place to sign in is set up.")
			return
		}
		h(w, r)
	}
}

// A Form is what every page of this package has: what went wrong with what was
// sent, so that the page says it beside what the person wrote.
type Form struct {
	Error string // a sentence; "" nothing
}

// page draws a page with a status. No cache keeps it: it may hold a secret.
func (g *Guard) page(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	w = &withStatus{ResponseWriter: w, status: status}
	if g.Render != nil {
		g.Render(w, r, name, data)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintf(w, "%s\n%+v\n", name, data)
}

// withStatus gives a page that is drawn as fine another status.
type withStatus struct {
	http.ResponseWriter
	status int
	wrote  bool
}

// WriteHeader sends the status of the page in the place of 200.
func (w *withStatus) WriteHeader(status int) {
	if w.wrote {
		return
	}
	w.wrote = true
	if status == http.StatusOK {
		status = w.status
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Del("ETag")
	w.ResponseWriter.WriteHeader(status)
}

func (w *withStatus) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.ResponseWriter.Write(b)
}

// Unwrap is for [http.ResponseController].
func (w *withStatus) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// again draws a form once more with what was wrong, or the refusal of what is no
// matter of the form.
func (g *Guard) again(w http.ResponseWriter, r *http.Request, name string, form *Form, data any, err error) {
	status, says := statusOf(err)
	switch status {
	case http.StatusUnprocessableEntity, http.StatusConflict, http.StatusServiceUnavailable, http.StatusInsufficientStorage:
		form.Error = says
		g.page(w, r, status, name, data)
	default:
		g.refuse(w, r, name, err)
	}
}

// local is a path of this hub and nothing else, however a browser reads it.
func local(to string) string {
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t\x00") || len(to) > 2000 || strings.HasPrefix(to, "/sign-in") {
		return "/"
	}
	return to
}

// see sends a browser to a page after a form.
func see(w http.ResponseWriter, r *http.Request, to string) {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// idOf is the number in the path; 0, which nothing has, when it is none.
func idOf(r *http.Request) int64 {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return id
}
