// Package app puts the hub together: store, history, knowledge base, pipeline,
// access and pages, on one address.
//
// It holds no behaviour of its own but the order in which parts begin and end.
// The command line, the demonstration and the tests come through the same door:
// New, then Run.
package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/api"
	"github.com/lenscap/lenscap/internal/asset"
	"github.com/lenscap/lenscap/internal/history"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/pipeline"
	"github.com/lenscap/lenscap/internal/settings"
	"github.com/lenscap/lenscap/internal/store"
	"github.com/lenscap/lenscap/internal/web"
)

// historyDir is the folder of conversations, waitingDir that of files to be read,
// both inside [Config.Dir]. The database beside them is [store.File].
const (
	historyDir = "history"
	waitingDir = "waiting"
)

// Config says where the hub keeps its things and how it is reached.
type Config struct {
	Dir       string         // of everything the hub keeps; made if need be
	Listen    string         // address and port; port 0 takes a free one
	PublicURL string         // as browsers have it; "": http or https and the address
	Hosts     []string       // other names the hub answers to
	Proxies   []netip.Prefix // whose word on the client's address is believed
	MaxUpload int64          // bytes of one file; 0: the default of package hub

	MaxUnpacked int64         // bytes of one input after unpacking; 0: any number
	MaxReading  time.Duration // of one input; 0: as long as it takes
	MaxParts    int64         // bytes of one person's unfinished uploads; 0: any number
	KeepFree    int64         // bytes of the disk that are left free for decisions and sign-in

	SessionLife, SessionIdle time.Duration // 0: the defaults of package access
	Sessions                 int           // of one account at a time; 0: any number
	Body                     int64         // bytes of a request that is no upload; 0: the default of package access
	OIDC                     *access.OIDC  // nil: local accounts only

	Certificate *access.CertificateConfig // nil: plain HTTP

	Watch     []settings.Watch   // folders
	Collect   []settings.Collect // ports
	Retention settings.Retention // the zero one keeps everything
	Backups   string             // folder for copies ordered from elsewhere; "": backups in Dir
	NetBox    []string           // allow-list of where NetBox servers may stand, see access.Outbound; empty: nowhere

	WithoutHistory bool // start though the folder of conversations is gone

	Machines Machines // webhooks, mail, syslog and traces; the zero one calls nobody

	Knowledge *pipeline.Knowledge // nil: loaded from KB
	KB        string              // folder of the knowledge base; "": the one inside the binary

	Examples fs.FS            // captures that the first page offers
	Version  string           // of the program
	Now      func() time.Time // nil: time.Now
	Log      *slog.Logger     // nil: none
	Idle     func()           // nil, or called when nothing was asked or worked on for a while, to give memory back

	grants []settings.Grant // of OIDC, by the names of organisations
}

// An App is a hub that can run.
type App struct {
	cfg     Config
	Store   *store.DB
	History *history.Store
	Hub     *hub.Hub
	Guard   *access.Guard
	Care    *hub.Care // of tasks ordered while the hub runs

	lull        lull
	listener    net.Listener
	machine     *machine
	certificate *access.Certificate // nil: plain HTTP
	hears       chan struct{}       // closed when the door is open, or cannot be opened
	server      *http.Server
}

// Open opens what the hub keeps, without serving it: for commands that work on
// it while no hub runs.
func Open(ctx context.Context, cfg Config) (*App, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the hub's folder: %w", err)
	}
	if err := Whole(cfg.Dir); err != nil {
		return nil, err
	}
	a := &App{cfg: cfg, hears: make(chan struct{}), lull: newLull()}
	if err := a.open(ctx); err != nil {
		_ = a.Close() // what it says follows from err
		if onReadOnly(err) {
			err = fmt.Errorf("%s is on a medium that cannot be written, and a hub writes: put it into another folder, a copy with `lenscap hub restore %s --data FOLDER`. verify-audit and verify-history read it where it stands: %w", cfg.Dir, cfg.Dir, err)
		}
		return nil, err
	}
	return a, nil
}

func (a *App) open(ctx context.Context) (err error) {
	var load errgroup.Group
	if a.cfg.Knowledge == nil {
		load.Go(func() (err error) {
			a.cfg.Knowledge, err = pipeline.LoadKnowledge(a.cfg.KB)
			return err
		})
	}
	defer func() { err = errors.Join(err, load.Wait()) }()
	if a.Store, err = store.Open(ctx, filepath.Join(a.cfg.Dir, store.File), store.Options{Log: a.cfg.Log, Now: a.cfg.Now}); err != nil {
		return err
	}
	if err := a.missHistory(ctx); err != nil {
		return err
	}
	if a.History, err = history.Open(filepath.Join(a.cfg.Dir, historyDir), history.Options{}); err != nil {
		return err
	}
	for _, torn := range a.History.Torn() {
		a.cfg.Log.WarnContext(ctx, "a file of the history cannot be read and is left out", slog.Any("file", torn))
	}
	if err := load.Wait(); err != nil {
		return err
	}
	a.Hub = hub.New(hub.Config{
		Store: a.Store, History: a.History, Knowledge: a.cfg.Knowledge, Dir: filepath.Join(a.cfg.Dir, waitingDir), Version: a.cfg.Version,
		MaxUpload: a.cfg.MaxUpload, MaxUnpacked: a.cfg.MaxUnpacked, MaxReading: a.cfg.MaxReading, MaxParts: a.cfg.MaxParts, KeepFree: a.cfg.KeepFree,
		Free: func() (int64, error) { return free(a.cfg.Dir) }, Now: a.cfg.Now, Log: a.cfg.Log, Idle: a.lull.stir,
	})
	a.Care = hub.NewCare(a.chores(), a.cfg.Now, a.cfg.Log)
	return nil
}

// New is [Open], and takes the address to serve on.
func New(ctx context.Context, cfg Config) (*App, error) {
	a, err := Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := a.Hub.Leftovers(ctx); err != nil {
		cfg.Log.WarnContext(ctx, "files that nothing waits for stay", slog.Any("error", err))
	}
	if _, err := a.clearParts(); err != nil {
		cfg.Log.WarnContext(ctx, "a copy that was cut short may stay", slog.Any("error", err))
	}
	if err := a.listen(ctx); err != nil {
		_ = a.Close() // what it says follows from err
		return nil, err
	}
	return a, nil
}

// readHeader bounds how long a client may take to say what it wants, and
// keepAlive how long it may stay on the line without wanting anything: browsers
// come back within seconds, and what stays holds a file of the process.
const (
	readHeader = 10 * time.Second
	keepAlive  = 2 * time.Minute
)

func (a *App) listen(ctx context.Context) error {
	var err error
	if a.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", a.cfg.Listen); err != nil {
		return fmt.Errorf("listen on %s: %s: %w", a.cfg.Listen, whyNot(err), err)
	}
	if err := a.certify(); err != nil {
		return err
	}
	if err := a.grant(ctx); err != nil {
		return err
	}
	var pages *web.Server // draws what the guard has to say, and stands behind it
	a.Guard, err = access.New(access.Config{
		Store: a.Store, Log: a.cfg.Log, Now: a.cfg.Now, PublicURL: a.URL(), Hosts: a.cfg.Hosts, TLS: a.certificate != nil, Proxies: a.cfg.Proxies,
		SessionLife: a.cfg.SessionLife, SessionIdle: a.cfg.SessionIdle, Sessions: a.cfg.Sessions, Body: a.cfg.Body, OIDC: a.cfg.OIDC,
		Render: func(w http.ResponseWriter, r *http.Request, name string, data any) { pages.Render(w, r, name, data) },
		Fail: func(w http.ResponseWriter, r *http.Request, status int, says string) {
			pages.Refuse(w, r, status, says)
		},
		BodyLimit: api.BodyLimit(a.Hub.MaxUpload(), web.BodyLimit(a.Hub.MaxUpload())),
	})
	if err != nil {
		return err
	}
	if a.machine, err = a.machines(ctx); err != nil {
		return err
	}
	netbox, err := a.netbox()
	if err != nil {
		return err
	}
	pages, err = web.New(web.Config{
		NetBox: netbox, Tell: a.machine.tell, Care: a.Care, Backup: a.backupPlan,
		Store: a.Store, History: a.History, Hub: a.Hub, Guard: a.Guard, Knowledge: a.cfg.Knowledge, Examples: a.cfg.Examples,
		Log: a.cfg.Log, Version: a.cfg.Version, Now: a.cfg.Now, Also: a.machine.behind(),
	})
	if err != nil {
		return err
	}
	a.server = &http.Server{Handler: a.lull.wrap(a.machine.front(a, pages)), ReadHeaderTimeout: readHeader, IdleTimeout: keepAlive, ErrorLog: slog.NewLogLogger(a.cfg.Log.Handler(), slog.LevelDebug)}
	return nil
}

// whyNot says what is in the way of an address and what to do.
func whyNot(err error) string {
	var address *net.AddrError
	var name *net.DNSError
	switch {
	case errors.As(err, &address), errors.As(err, &name):
		return "write an address and a port, such as localhost:8470, or :8470 for every address of this machine (--listen, listen.address)"
	case errors.Is(err, syscall.EADDRINUSE):
		return "another program has it, or a hub runs already: choose another port with --listen; port 0 takes a free one"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "it is no address of this machine; choose one with --listen"
	case errors.Is(err, fs.ErrPermission):
		return "ports below 1024 need a permission; choose a higher one with --listen"
	}
	return "choose another with --listen"
}

// netbox is the client that goes where NetBox may stand; nil when it may nowhere.
func (a *App) netbox() (asset.Doer, error) {
	if len(a.cfg.NetBox) == 0 {
		return nil, nil
	}
	client, err := access.HTTPClient(a.cfg.NetBox)
	if err != nil {
		return nil, fmt.Errorf("netbox.allow: %w", err)
	}
	return client, nil
}

// certify takes the certificate, if there is to be one.
func (a *App) certify() (err error) {
	if a.cfg.Certificate == nil {
		return nil
	}
	c := *a.cfg.Certificate
	c.Folder, c.Log, c.Now = a.cfg.Dir, a.cfg.Log, a.cfg.Now
	if c.Cert == "" {
		c.Names = a.names()
	}
	a.certificate, err = access.LoadCertificate(c)
	return err
}

// Fingerprint is the SHA-256 of a certificate that the hub made itself, for who
// opens the page the first time; "" when there is none.
func (a *App) Fingerprint() string {
	if a.certificate == nil || !a.certificate.SelfMade() {
		return ""
	}
	return a.certificate.Fingerprint()
}

// Addr is the address that is served.
func (a *App) Addr() net.Addr { return a.listener.Addr() }

// URL is where a browser finds the hub.
func (a *App) URL() string {
	if a.cfg.PublicURL != "" {
		return a.cfg.PublicURL
	}
	scheme := "http"
	if a.cfg.Certificate != nil {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(a.listener.Addr().String())
	if err != nil {
		return scheme + "://" + a.listener.Addr().String()
	}
	if ip, err := netip.ParseAddr(host); err == nil && (ip.IsUnspecified() || ip.IsLoopback()) {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// Hears is closed when [App.Run] takes tasks, and hears the commands of this machine
// unless its log says why it cannot.
func (a *App) Hears() <-chan struct{} { return a.hears }

// Run serves until ctx ends, then closes everything. It returns nil when ctx
// ended it.
func (a *App) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	var listeners sync.WaitGroup // what they hand on last is kept by the hub, which ends after them
	keeping, kept := context.WithCancel(context.WithoutCancel(ctx))
	defer kept()
	g.Go(func() error { return a.Hub.Run(keeping) })
	g.Go(func() error {
		<-ctx.Done()
		listeners.Wait()
		kept()
		return nil
	})
	g.Go(func() error {
		a.Guard.Run(ctx)
		return nil
	})
	g.Go(func() error { return a.machine.run(ctx) })
	g.Go(func() error {
		a.Care.Run(ctx)
		return nil
	})
	g.Go(func() error {
		a.lull.run(ctx, restAfter, func() { a.rest(ctx) })
		return nil
	})
	g.Go(func() error {
		a.hearCommands(ctx)
		return nil
	})
	g.Go(func() error {
		a.retain(ctx)
		return nil
	})
	g.Go(func() error {
		a.scrub(ctx)
		return nil
	})
	for _, w := range a.cfg.Watch {
		g.Go(func() error { return a.watch(ctx, w) })
	}
	for _, c := range a.cfg.Collect {
		listeners.Add(1)
		g.Go(func() error {
			defer listeners.Done()
			return a.hear(ctx, c)
		})
	}
	g.Go(func() error {
		var err error
		if a.certificate != nil {
			a.server.TLSConfig = a.certificate.TLS()
			err = a.server.ServeTLS(a.listener, "", "")
		} else {
			err = a.server.Serve(a.listener)
		}
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		return err
	})
	g.Go(func() error {
		<-ctx.Done()
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := a.server.Shutdown(stop); err != nil {
			return a.server.Close() // who still listens to events is cut off
		}
		return nil
	})
	return errors.Join(g.Wait(), a.Close())
}

// Close closes what is open. It may be called more than once.
func (a *App) Close() error {
	var errs []error
	if a.listener != nil && a.server == nil {
		errs = append(errs, a.listener.Close())
	}
	if a.History != nil {
		errs = append(errs, a.History.Close())
	}
	if a.Store != nil {
		errs = append(errs, a.Store.Close())
	}
	return errors.Join(errs...)
}
