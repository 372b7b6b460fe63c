// Package api is the hub for programs: REST under /api/v1, described in OpenAPI
// 3.1 that is made from the table of routes and the Go types themselves.
//
// It asks the same store, hub and guard as the pages do and allows no more: every
// handler asks [access.Person.May] for the very organisation it touches. It keeps
// nothing and works nothing out, and it calls nobody.
package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/asset"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/history"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/pipeline"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

// Prefix begins every address of this version.
const Prefix = "/api/v1"

// A Store keeps the estate; [store.DB] is one.
type Store interface {
	hub.Store

	Change(ctx context.Context, d hub.Deed, fn func(*store.Tx) error) error

	Devices(ctx context.Context, q store.DeviceQuery) (store.DevicePage, error)
	Device(ctx context.Context, site int64, device string) (*store.DeviceRow, error)
	Facets(ctx context.Context, q store.DeviceQuery, fields []string) (map[string][]store.Count, error)
	Figures(ctx context.Context, o *hub.Organisation) (*store.Figures, error)
	Docs(ctx context.Context, site int64, fn func(*report.Device, []finding.Finding) error) error
	Reach(ctx context.Context, site int64, device string) ([]hub.Reach, error)
	Changes(ctx context.Context, site int64, device string) ([]hub.Change, error)
	SiteSummary(ctx context.Context, id int64) ([]byte, error)

	RecentIngests(ctx context.Context, organisations []int64, all bool, before int64, n int) ([]hub.Ingest, error)
	Overlaps(ctx context.Context, sites []int64) ([]hub.Overlap, error)
	Findings(ctx context.Context, q store.FindingQuery) (store.FindingPage, error)
	OrganisationPage(ctx context.Context, ids []int64, all bool, p store.Page) ([]hub.Organisation, int64, error)
	SitePage(ctx context.Context, organisations []int64, all bool, p store.Page) ([]hub.Site, int64, error)
	ZonePage(ctx context.Context, site int64, p store.Page) ([]hub.Zone, int64, error)
	QueryPage(ctx context.Context, organisations []int64, all bool, p store.Page) ([]hub.Query, int64, error)
	WebhookPage(ctx context.Context, organisation int64, p store.Page) ([]store.Webhook, int64, error)
	AssetListPage(ctx context.Context, site int64, p store.Page) ([]store.AssetList, int64, error)
	TokenPage(ctx context.Context, account int64, p store.Page) ([]access.Token, int64, error)
	DeliveryPage(ctx context.Context, webhook, before int64, n int) ([]store.Delivery, error)
	AssetList(ctx context.Context, site, id int64) (*store.AssetList, error)
	Mappings(ctx context.Context, organisation, site int64) ([]hub.ReadList, error)
	Lines(ctx context.Context, site int64, list string) ([]hub.Declared, error)
	SavedQuery(ctx context.Context, id int64) (*hub.Query, error)
	AuditLog(ctx context.Context, organisations []int64, all bool, before int64, n int) ([]hub.Entry, error)
	Webhook(ctx context.Context, id int64) (*store.Webhook, error)
}

// A Hub takes inputs in; [hub.Hub] is one.
type Hub interface {
	Take(ctx context.Context, p hub.Parcel, r io.Reader) (*hub.Ingest, error)
	Cancel(ctx context.Context, by string, ingest int64) error
	DropIngest(ctx context.Context, by string, ingest int64) error
	DropSite(ctx context.Context, by string, site int64) error
	DropOrganisation(ctx context.Context, by string, id int64) error
	Standing(ctx context.Context, site int64) error // [hub.ErrNotNow] for a site that is being taken out
	Progress(ingest int64) (pipeline.Progress, bool)
	Stale(site int64)
	ListTurn(ctx context.Context) (done func(), err error) // to read an asset list: one is at a time
	KeepPart(path string, r io.Reader, length int64) error // an asset list that is being handed in
	KeepList(ctx context.Context, d hub.Deed, site int64, name string, l *asset.List) error
	MaxUpload() int64
	Dir() string // of files that wait
}

// A History keeps conversations; [history.Store] is one.
type History interface {
	Device(ctx context.Context, site int64, device string, from, to time.Time) iter.Seq2[history.Row, error]
	Site(ctx context.Context, site int64, from, to time.Time) iter.Seq2[history.Row, error]
	SiteAfter(ctx context.Context, site int64, device string, from, to time.Time) iter.Seq2[history.Row, error]
	Totals(ctx context.Context, q history.Query) ([]history.Total, error)
}

// A Guard keeps tokens; [access.Guard] is one.
type Guard interface {
	AddToken(ctx context.Context, by *access.Person, t *access.Token) (secret string, err error)
	DropToken(ctx context.Context, by *access.Person, id int64) error
}

// A Teller sends what subscriptions ask for; [tell.Messenger] is one.
type Teller interface {
	CheckTarget(ctx context.Context, url string) error
	Try(ctx context.Context, w *store.Webhook) error
	Subscribed(ctx context.Context, organisation int64) // somebody subscribed, or saved a search that tells
}

// Config is what the API is made of. All but Cookie, Log, Now and Version must be
// set.
type Config struct {
	Store   Store
	History History
	Hub     Hub
	Guard   Guard
	Tell    Teller
	Cookie  string // name of a session's; "": [UsualCookie]
	Care    Care
	Rules   func(day time.Time) []string // ids of those that there are; nil: a rule that is asked for may be any
	Log     *slog.Logger                 // nil: none
	Now     func() time.Time             // nil: time.Now
	Version string                       // of the program
}

// A Server answers requests under /api. It stands behind the guard.
type Server struct {
	Config
	mux       *http.ServeMux
	spec      []byte // OpenAPI
	page      []byte
	exporting chan struct{} // holds one: whose export is made
}

// New makes the handler. It is inert.
func New(cfg Config) (*Server, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &Server{Config: cfg, mux: http.NewServeMux(), exporting: make(chan struct{}, 1)}
	var err error
	if s.spec, err = OpenAPI(cmp.Or(cfg.Cookie, UsualCookie)); err != nil {
		return nil, err
	}
	if s.page, err = browse(); err != nil {
		return nil, err
	}
	for _, rt := range Routes() {
		if rt.handle != nil {
			s.mux.Handle(rt.Method+" "+Prefix+rt.Path, s.serve(rt))
		}
	}
	s.mux.HandleFunc("GET "+Prefix+"/openapi.json", s.fixed("application/json", s.spec))
	s.mux.HandleFunc("GET /api/style.css", s.fixed("text/css; charset=utf-8", style))
	s.mux.HandleFunc("GET /api/{$}", s.fixed("text/html; charset=utf-8", s.page))
	s.mux.HandleFunc("GET /api", s.fixed("text/html; charset=utf-8", s.page))
	s.mux.HandleFunc("/", s.unknown)
	return s, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// BodyLimit says how large a request may be, for package access; next is asked
// for what is not of the API.
func BodyLimit(maxUpload int64, next func(*http.Request) int64) func(*http.Request) int64 {
	return func(r *http.Request) int64 {
		if r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, Prefix+"/sites/") {
			switch {
			case strings.HasSuffix(r.URL.Path, "/ingests"):
				return maxUpload
			case strings.HasSuffix(r.URL.Path, "/lists"):
				return min(listLimit, maxUpload)
			}
		}
		return next(r)
	}
}

// fixed serves what is the same for everybody: it tells nothing of any estate.
func (s *Server) fixed(kind string, body []byte) http.HandlerFunc {
	tag := `"` + digest(body) + `"`
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("ETag", tag)
		w.Header().Set("Cache-Control", "no-cache")
		if matches(r.Header.Get("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write(body)
	}
}

// unknown answers for what no route is: 405 where another method would do.
func (s *Server) unknown(w http.ResponseWriter, r *http.Request) {
	var allow []string
	for _, m := range []string{"GET", "POST", "PATCH", "PUT", "DELETE"} {
		other := r.Clone(r.Context())
		other.Method = m
		if _, pattern := s.mux.Handler(other); pattern != "/" && m != r.Method {
			allow = append(allow, m)
		}
	}
	c := s.newCall(w, r)
	if len(allow) > 0 {
		w.Header().Set("Allow", strings.Join(allow, ", "))
		s.problem(c, Problem{Status: http.StatusMethodNotAllowed, Title: "That method is not for this address", Detail: "It takes " + strings.Join(allow, ", ") + "."})
		return
	}
	s.fail(c, fmt.Errorf("%s: %w", r.URL.Path, hub.ErrNotFound))
}

// A call is one request being answered.
type call struct {
	*http.Request
	w    http.ResponseWriter
	s    *Server
	rt   *Route
	who  *access.Person
	sent bool // the answer's first byte is on its way
}

func (s *Server) newCall(w http.ResponseWriter, r *http.Request) *call {
	return &call{Request: r, w: w, s: s, who: access.From(r.Context())}
}

var errNobody = errors.New("api: nobody is signed in")

func (s *Server) serve(rt Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := s.newCall(w, r)
		c.rt = &rt
		defer func() {
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler:
				panic(p)
			default:
				s.fail(c, fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
			}
		}()
		err := c.check()
		if err == nil {
			err = rt.handle(c)
		}
		if err != nil {
			s.fail(c, err)
		}
	})
}

// check asks whether the person may do such a thing at all, and that every
// parameter is one that the route has.
func (c *call) check() error {
	switch {
	case c.who == nil:
		return errNobody
	case c.rt.Action != "" && !c.who.MaySomewhere(c.rt.Action):
		return fmt.Errorf("%s may not %s: %w", c.who.Actor(), c.rt.Action, fs.ErrPermission)
	}
	for name := range c.URL.Query() {
		if !c.rt.takes(name) {
			return invalid(name, "there is no such parameter; there are %s", c.rt.names())
		}
	}
	return nil
}

func (c *call) ctx() context.Context { return c.Context() }

// query is a parameter of the address, without space around it.
func (c *call) query(name string) string { return strings.TrimSpace(c.URL.Query().Get(name)) }

// number is a part of the path as an id.
func (c *call) number(name string) (int64, error) {
	n, err := strconv.ParseInt(c.PathValue(name), 10, 64)
	if err != nil || n <= 0 {
		return 0, fmt.Errorf("%s %q: %w", name, c.PathValue(name), hub.ErrNotFound)
	}
	return n, nil
}

const (
	usualLimit = 100
	mostLimit  = 1000
)

// limit is how many items a page has.
func (c *call) limit() (int, error) {
	n, err := c.count("limit", usualLimit)
	if err == nil && (n < 1 || n > mostLimit) {
		err = invalid("limit", "a number from 1 to %d", mostLimit)
	}
	return n, err
}

// count is a number of the address; usual where it is not given.
func (c *call) count(name string, usual int) (int, error) {
	s := c.query(name)
	if s == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0, invalid(name, "a number")
	}
	return n, nil
}

// moment is a time of the address, a day or RFC 3339; zero where it is not given.
func (c *call) moment(name string) (time.Time, error) {
	s := c.query(name)
	if s == "" {
		return time.Time{}, nil
	}
	for _, form := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, invalid(name, "a time, 2026-11-23 or 2026-11-23T08:00:00Z")
}

// deed is what the audit log will say of a change.
func (c *call) deed(organisation int64, action, object string, detail any) hub.Deed {
	return hub.Deed{Actor: c.who.Actor(), Organisation: organisation, Action: action, Object: object, Detail: detail}
}
