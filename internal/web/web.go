package web

import (
	"context"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/asset"
	"github.com/lenscap/lenscap/internal/pipeline"
	"github.com/lenscap/lenscap/internal/store"
	"github.com/lenscap/lenscap/internal/tell"
)

// Config is what the pages need.
type Config struct {
	Store     Store
	History   History // nil: pages say that no conversations are kept
	Hub       Hub
	Guard     Guard               // nil: no sign-in; tests put a person in the context themselves
	Knowledge *pipeline.Knowledge // nil: no page of rules and no browser of the knowledge base
	Tell      Teller              // nil: nobody can be subscribed
	Care      Care                // nil: no page of care
	Backup    func() BackupPlan   // where a backup would go now; nil: that is not said
	NetBox    asset.Doer          // client that goes where NetBox servers may stand; nil: nowhere
	Examples  fs.FS               // captures that the first run offers
	Log       *slog.Logger
	Version   string
	Now       func() time.Time // nil: time.Now

	Also map[string]http.Handler // others behind the guard, by pattern of [http.ServeMux]
}

// A BackupPlan says what a backup would be if it were ordered now.
type BackupPlan struct {
	Folder string // a folder for each copy is made in it
	Size   int64  // bytes it would take, about
	Free   int64  // bytes left on that disk; -1: not known
}

// A Guard finds the person behind a request and serves the pages of sign-in and
// accounts.
type Guard interface {
	Middleware(next http.Handler) http.Handler
	CookieName(name string) string
	Cookie(r *http.Request, name, value string, life time.Duration) *http.Cookie
	Stream(r *http.Request) (ctx context.Context, done func(), err error)
}

// A Teller sends what subscriptions ask for, to where the settings let it;
// [tell.Messenger] is one. The page of subscriptions asks it before it keeps one.
type Teller interface {
	CheckTarget(ctx context.Context, url string) error
	Channels() []tell.Channel
	Try(ctx context.Context, w *store.Webhook) error
	Subscribed(ctx context.Context, organisation int64) // somebody subscribed, or saved a search that tells
}

// A Server answers requests. It holds no state of a person.
type Server struct {
	Config
	http.Handler
	pages  *template.Template // of all pages; see [Server.templates]
	static *static
	parts  uploads
	gate   gate
	mux    *http.ServeMux // all pages, without the guard
}

// New makes the handler of all pages. It is inert: nothing runs until a request
// comes. An error names the template or file that is wrong.
func New(cfg Config) (*Server, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &Server{Config: cfg, gate: newGate()}
	var err error
	if s.static, err = newStatic(); err != nil {
		return nil, err
	}
	if s.pages, err = s.templates(); err != nil {
		return nil, err
	}
	if s.Handler, err = s.handler(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Server) handler() (http.Handler, error) {
	mux := http.NewServeMux()
	s.mux = mux
	for _, rt := range Routes() {
		mux.Handle(rt.Method+" "+rt.Pattern, s.serve(rt))
	}
	for pattern, h := range s.Also {
		mux.Handle(pattern, h)
	}
	mux.HandleFunc("GET /assets/", s.static.serve)
	mux.HandleFunc("GET /favicon.ico", s.static.favicon)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.fail(s.newCall(w, r), fmt.Errorf("%s: %w", r.URL.Path, fs.ErrNotExist))
	})
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.ExceptContentTypes([]string{"text/event-stream", "application/octet-stream"}), gzhttp.RandomJitter(32, 0, false))
	if err != nil {
		return nil, fmt.Errorf("compress pages: %w", err)
	}
	var h http.Handler = mux
	if s.Guard != nil {
		h = s.Guard.Middleware(mux)
	}
	return wrap(h), nil
}

// A call is one request being answered.
type call struct {
	*http.Request
	w   http.ResponseWriter
	s   *Server
	who *access.Person
	rt  Route // the zero one where no page is asked for

	fullNames map[string]string // names of people by the ones they sign in with; nil: not read yet

	leave func() // gives the place at the gate back; nil for none
}

func (s *Server) newCall(w http.ResponseWriter, r *http.Request) *call {
	return &call{Request: r, w: w, s: s, who: access.From(r.Context())}
}

// serve asks whether the person may do such a thing at all, then hands over. A
// handler asks again for the organisation it is about.
func (s *Server) serve(rt Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := s.newCall(w, r)
		c.rt = rt
		defer s.catch(c)
		switch {
		case c.who == nil:
			s.fail(c, errSignIn)
		case rt.Pattern == "/{$}" && !c.who.MaySomewhere(rt.Action) && c.who.MaySomewhere(access.Figures):
			http.Redirect(w, r, "/figures", http.StatusSeeOther) // all a watchdog may see
		case !c.who.MaySomewhere(rt.Action):
			s.fail(c, fmt.Errorf("%s: %w", rt.Says, fs.ErrPermission))
		default:
			if err := c.make(rt); err != nil {
				s.fail(c, err)
			}
		}
	})
}

// catch makes a panic of a handler the page of a fault, so that one page's bug
// is not another's.
func (s *Server) catch(c *call) {
	switch p := recover(); p {
	case nil:
	case http.ErrAbortHandler:
		panic(p)
	default:
		s.fail(c, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
	}
}

// ctx is the request's context.
func (c *call) ctx() context.Context { return c.Context() }

// query is a parameter of the address, without space around it.
func (c *call) query(name string) string { return strings.TrimSpace(c.URL.Query().Get(name)) }

// field is a field of a form, without space around it.
func (c *call) field(name string) string { return strings.TrimSpace(c.PostFormValue(name)) }

// today is the day as at which things are judged, UTC.
func (c *call) today() string { return c.s.Now().UTC().Format(time.DateOnly) }

// see sends the browser on after a form. to is a path of ours; said is shown
// there once.
func (c *call) see(to, said string) error {
	c.say(said)
	http.Redirect(c.w, c.Request, local(to), http.StatusSeeOther)
	return nil
}

// say puts a sentence on top of the page that comes next; "" puts none.
func (c *call) say(said string) {
	if said != "" {
		c.keep("said", encode(said), 30*time.Second)
	}
}

// local keeps a path of ours and makes anything else the first page: what comes
// from a form must not lead elsewhere.
func local(to string) string {
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\t\r\n\x00") { // browsers read \ as /, and pass over the rest
		return "/"
	}
	return to
}
