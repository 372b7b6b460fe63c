package access

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

// Config is what a [Guard] is made of. Store and PublicURL must be set.
type Config struct {
	Store     Store
	Log       *slog.Logger     // nil: nothing is logged
	Now       func() time.Time // nil: time.Now
	PublicURL string           // as a browser has it: scheme, name and port; in links, and the one name answered to
	Hosts     []string         // other names, with port unless it is the usual one, that the hub answers to; addresses, localhost and the machine's name always
	TLS       bool             // browsers come by TLS, here or at a proxy before; a PublicURL with https says the same
	Proxies   []netip.Prefix   // whose X-Forwarded-For and X-Forwarded-Proto are believed

	SessionLife time.Duration // from sign-in, whatever its use; 0: 12 hours
	SessionIdle time.Duration // without use; 0: 2 hours
	Sessions    int           // of one account at a time, the oldest gives way; 0: any number
	Body        int64         // bytes of a request for which BodyLimit has no other; 0: a megabyte
	OIDC        *OIDC         // nil: local accounts only

	// Render draws a page of this package; name is that of its template. The
	// person is in the request's context. nil: the texts of a page and no more.
	// Render and Fail may be set after New and before the first request: who
	// draws pages stands behind the guard and needs it first.
	Render func(w http.ResponseWriter, r *http.Request, name string, data any)
	// Fail draws the page of a refusal; says is a sentence. nil: plain text.
	Fail func(w http.ResponseWriter, r *http.Request, status int, says string)
	// BodyLimit is how many bytes an upload may have, which may take its time. nil,
	// or 0 for one request: it is none, and Body holds.
	BodyLimit func(r *http.Request) int64
}

const (
	bodyLimit   = 1 << 20
	defaultLife = 12 * time.Hour
	defaultIdle = 2 * time.Hour
	touchEvery  = time.Minute // a session's last use is kept to that
	sweepEvery  = time.Hour
)

// A Guard stands before every handler of the hub.
type Guard struct {
	Config
	public  *url.URL
	machine string // its own name
	secure  bool   // cookies go by TLS only
	suffix  string // of cookies' names: hubs on one machine differ in the port
	pace    pace   // of bodies
	streams streams
	cross   *http.CrossOriginProtection
	pages   *http.ServeMux // of Routes
	hasher  *hasher
	brake   *brake
	first   firstLink
	oidc    *oidcClient
	mu      sync.Mutex
	used    map[Hash]time.Time // sessions, since the last Touch
	usedKey map[int64]time.Time
}

// New checks the settings and makes a Guard. Nothing runs before [Guard.Run].
func New(c Config) (*Guard, error) {
	if c.Store == nil {
		return nil, errors.New("access: no store was given")
	}
	public, err := url.Parse(c.PublicURL)
	if err != nil || (public.Scheme != "http" && public.Scheme != "https") || public.Host == "" || strings.Trim(public.Path, "/") != "" {
		return nil, fmt.Errorf("access: the public address %q is not like https://lenscap.example.org", c.PublicURL)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.SessionLife == 0 {
		c.SessionLife = defaultLife
	}
	if c.SessionIdle == 0 {
		c.SessionIdle = defaultIdle
	}
	g := &Guard{Config: c, public: &url.URL{Scheme: public.Scheme, Host: public.Host}, secure: c.TLS || public.Scheme == "https", pace: usualPace, cross: http.NewCrossOriginProtection(),
		hasher: newHasher(), brake: newBrake(c.Now), used: map[Hash]time.Time{}, usedKey: map[int64]time.Time{}}
	g.Store = &watched{c.Store, g}
	if port := public.Port(); port != "" {
		g.suffix = "-" + port
	}
	if name, err := os.Hostname(); err == nil {
		g.machine = name
	}
	if err := g.cross.AddTrustedOrigin(g.public.String()); err != nil {
		return nil, fmt.Errorf("access: the public address %q: %w", c.PublicURL, err)
	}
	if c.OIDC != nil {
		if g.oidc, err = newOIDC(*c.OIDC, g.public); err != nil {
			return nil, err
		}
	}
	g.pages = http.NewServeMux()
	for _, rt := range g.Routes() {
		g.pages.Handle(rt.Method+" "+rt.Pattern, rt.Handler)
	}
	return g, nil
}

// Run keeps when sessions were used and drops old ones until ctx ends. Without
// it sessions work, and their last use is forgotten by a restart.
func (g *Guard) Run(ctx context.Context) {
	tick := time.NewTicker(touchEvery)
	defer tick.Stop()
	swept := time.Time{}
	again := time.NewTicker(streamsEvery)
	defer again.Stop()
	for {
		select {
		case <-again.C:
			g.recheck(ctx)
			continue
		case <-ctx.Done():
			last, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			g.flush(last)
			stop()
			return
		case <-tick.C:
		}
		g.flush(ctx)
		if now := g.Now(); now.Sub(swept) >= sweepEvery {
			swept = now
			g.brake.sweep()
			if err := g.Store.SweepSessions(ctx, now, now.Add(-g.SessionIdle)); err != nil {
				g.Log.WarnContext(ctx, "old sessions not dropped", slog.Any("error", err))
			}
		}
	}
}

// flush writes when sessions and tokens were used. What could not be written is
// tried again.
func (g *Guard) flush(ctx context.Context) {
	g.mu.Lock()
	sessions, tokens := g.used, g.usedKey
	g.used, g.usedKey = map[Hash]time.Time{}, map[int64]time.Time{}
	g.mu.Unlock()
	if len(sessions)+len(tokens) == 0 {
		return
	}
	err := g.Store.TouchSessions(ctx, sessions, tokens)
	if err == nil {
		return
	}
	g.Log.WarnContext(ctx, "use of sessions not kept", slog.Any("error", err))
	g.mu.Lock()
	defer g.mu.Unlock()
	for h, at := range sessions {
		if g.used[h].Before(at) {
			g.used[h] = at
		}
	}
	for id, at := range tokens {
		if g.usedKey[id].Before(at) {
			g.usedKey[id] = at
		}
	}
}

// Middleware finds who asks and lets next see it with [From]. Before that it
// sets the security headers, and refuses names that are not the hub's (421),
// bodies that are too long (413), tokens that do not hold (401) and changes that
// another site's page asked a browser for (403). [Guard.Routes] it answers
// itself. Who is nobody gets through: what a page needs is for its route to say;
// see [Guard.Need].
func (g *Guard) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.headers(w.Header())
		if !g.answersTo(r.Host) {
			g.fail(w, r, http.StatusMisdirectedRequest, fmt.Sprintf("This hub is %s and not %q. To use it under that name, add it to `hosts` in the settings.", g.public, clip(r.Host, 80)))
			return
		}
		limit, upload := cmp.Or(g.Body, bodyLimit), false
		if g.BodyLimit != nil {
			if n := g.BodyLimit(r); n > 0 {
				limit, upload = n, true
			}
		}
		if r.ContentLength > limit {
			g.fail(w, r, http.StatusRequestEntityTooLarge, fmt.Sprintf("This request has %d bytes; %d are allowed here.", r.ContentLength, limit))
			return
		}
		p, err := g.person(r)
		if r.ContentLength != 0 {
			r.Body = g.pace.hold(w, r.Body, p != nil, upload)
		}
		if r.Body != nil {
			r.Body = http.MaxBytesReader(w, r.Body, limit)
		}
		switch {
		case errors.Is(err, errToken):
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
			g.fail(w, r, http.StatusUnauthorized, "This token is not known, or it expired, or its account is disabled.")
			return
		case err != nil:
			g.broken(w, r, "find who asks", err)
			return
		}
		if p == nil || p.Token == "" {
			if err := g.wanted(r, p); err != nil {
				g.Log.WarnContext(r.Context(), "request refused", slog.String("account", p.Actor()), slog.String("path", clip(r.URL.Path, 200)), slog.Any("error", err))
				g.fail(w, r, http.StatusForbidden, "This change did not come from a page of this hub, or the page is from an earlier sign-in. Go back, load the page again and repeat it.")
				return
			}
		}
		if p != nil {
			w.Header().Set("Cache-Control", "private, no-cache") // a page may say otherwise
			r = r.WithContext(With(r.Context(), p))
		}
		if _, ours := g.pages.Handler(r); ours != "" {
			g.pages.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

var errToken = errors.New("access: no such token")

// person finds who asks: by token when there is one, else by session, else it is
// nobody.
func (g *Guard) person(r *http.Request) (*Person, error) {
	if scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") {
		return g.bearer(r.Context(), strings.TrimSpace(secret))
	}
	c := r.CookiesNamed(g.SessionCookie())
	if len(c) == 0 || len(c[0].Value) > 100 {
		return nobody, nil
	}
	return g.session(r.Context(), c[0].Value)
}

// Need lets through who may do an action in some organisation; "" is anyone
// signed in. A handler still asks [Person.May] for the organisation it touches.
// Nobody is sent to sign in, a program is told 401, who may not is told 403.
func (g *Guard) Need(action Action, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := From(r.Context())
		switch {
		case p == nil:
			g.SignInFirst(w, r)
		case action != "" && !p.MaySomewhere(action):
			g.fail(w, r, http.StatusForbidden, fmt.Sprintf("%s may not %s here. Ask an administrator for a role that may.", p.Actor(), action))
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// SignInFirst answers a request of nobody: a browser that wants a page is sent to
// the sign-in and comes back, all else is 401.
func (g *Guard) SignInFirst(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html") {
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, "/sign-in?to="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="Lenscap"`)
	g.fail(w, r, http.StatusUnauthorized, "Sign in, or send a token: Authorization: Bearer lenscap_…")
}

// fail answers with a refusal.
func (g *Guard) fail(w http.ResponseWriter, r *http.Request, status int, says string) {
	w.Header().Set("Cache-Control", "no-store")
	if g.Fail != nil {
		g.Fail(w, r, status, says)
		return
	}
	http.Error(w, says, status)
}

// broken answers for a fault of ours: the log has what it is, the person has
// not.
func (g *Guard) broken(w http.ResponseWriter, r *http.Request, what string, err error) {
	if errors.Is(err, context.Canceled) {
		return // nobody waits for the answer
	}
	g.Log.ErrorContext(r.Context(), what, slog.Any("error", err))
	g.fail(w, r, http.StatusInternalServerError, "The hub could not do this. Its log says why.")
}

// refuse answers with what an error of the hub's kinds means.
func (g *Guard) refuse(w http.ResponseWriter, r *http.Request, what string, err error) {
	status, says := statusOf(err)
	if status == http.StatusInternalServerError {
		g.broken(w, r, what, err)
		return
	}
	g.fail(w, r, status, says)
}

// statusOf tells the status and the sentence of an error.
func statusOf(err error) (int, string) {
	says := Sentence(err)
	switch {
	case errors.Is(err, hub.ErrInvalid):
		return http.StatusUnprocessableEntity, says
	case errors.Is(err, hub.ErrExists):
		return http.StatusConflict, "That name is taken."
	case errors.Is(err, hub.ErrChanged):
		return http.StatusConflict, "Somebody else changed it meanwhile. Load the page again and repeat the change."
	case errors.Is(err, hub.ErrNotFound):
		return http.StatusNotFound, "There is no such thing here."
	case errors.Is(err, hub.ErrDenied):
		return http.StatusForbidden, says
	case errors.Is(err, syscall.ENOSPC):
		return http.StatusInsufficientStorage, "The hub's disk is full: a sign-in and changes cannot be kept, and nothing was half done. Who is signed in already can read on; this works again when who runs the hub has made room on the disk of its folder."
	case errors.Is(err, errBusy):
		return http.StatusServiceUnavailable, "Too many people sign in at this moment. Try again in a few seconds."
	}
	return http.StatusInternalServerError, ""
}

// Sentence is an error of this package as a page says it: without the words it
// is told by, with a capital and a full stop.
func Sentence(err error) string {
	s := err.Error()
	for _, kind := range []error{hub.ErrInvalid, hub.ErrDenied} {
		s = strings.TrimPrefix(s, kind.Error()+": ")
	}
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + strings.TrimSuffix(s[1:], ".") + "."
}
