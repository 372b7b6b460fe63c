package hub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/lenscap/lenscap/internal/history"
	"github.com/lenscap/lenscap/internal/pipeline"
)

// A History keeps conversations by the hour; package history is one. What
// Append was given is there after a crash once it returned.
type History interface {
	Append(ctx context.Context, rows []history.Row) error
	// Forget takes out what one ingest told of.
	Forget(ctx context.Context, ingest int64) error
	// Site gives all rows of a site, a device's rows together.
	Site(ctx context.Context, site int64, from, to time.Time) iter.Seq2[history.Row, error]
	// Rewrite lets change alter the rows of a site; those it returns false for go.
	Rewrite(ctx context.Context, site int64, from, to time.Time, change func(*history.Row) bool) error
	// Totals adds rows up.
	Totals(ctx context.Context, q history.Query) ([]history.Total, error)
	// Retain takes out rows of whole days before a time and of ingests up to one.
	Retain(ctx context.Context, before time.Time, ingest int64) (rows int64, err error)
}

// Config is what a Hub is made of.
type Config struct {
	Store     Store
	History   History
	Knowledge *pipeline.Knowledge
	Dir       string // of the files that wait to be read; made if need be
	Version   string // of the program
	MaxUpload int64  // bytes of one file; 0: 16 GB

	MaxUnpacked int64                 // bytes of one input after unpacking; 0: any number
	MaxReading  time.Duration         // of one input; 0: as long as it takes
	MaxParts    int64                 // bytes of one person's unfinished uploads; 0: any number
	KeepFree    int64                 // bytes of the disk that are left free
	Free        func() (int64, error) // how many bytes are; nil: not known

	Now  func() time.Time // nil: [time.Now]
	Log  *slog.Logger     // nil: none
	Idle func()           // nil, or called when [Hub.Run] ran out of work
}

// A Hub takes in what was seen and keeps what follows from it up to date.
type Hub struct {
	cfg    Config
	events events
	making sync.Mutex // of sites by name
	taking sync.Mutex // from the question whether a file is known until it is
	one    sync.Mutex // while what is kept of sites changes: one at a time, and none during a copy
	begins sync.Mutex // while an input goes from waiting to being read, or to cancelled

	mu      sync.Mutex
	running map[int64]*job // by ingest
	stale   map[int64]bool // sites to work out again
	busy    bool           // something is being done
	rested  chan struct{}  // closed, and made anew, when nothing is being done any more
	wake    chan struct{}  // there is something to do
	windows map[windowKey]*window
	clocks  map[windowKey]*wrongClocks // under one
	late    []*window                  // that could not be kept, oldest first
	aside   map[string]*Trouble        // by what failed
	turns   turns
	listing chan struct{} // holds one while an asset list is read
}

// A job is an ingest that is being read.
type job struct {
	site     int64
	progress pipeline.Progress
	stop     context.CancelCauseFunc
	read     bool // and past being stopped
}

const defaultMaxUpload = 16e9

// New returns a hub that does nothing before [Hub.Run].
func New(cfg Config) *Hub {
	cfg.MaxUpload = cmp.Or(cfg.MaxUpload, defaultMaxUpload)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Hub{cfg: cfg, running: map[int64]*job{}, stale: map[int64]bool{}, aside: map[string]*Trouble{}, rested: make(chan struct{}), wake: make(chan struct{}, 1), listing: make(chan struct{}, 1)}
}

// Run works ingests off, one after the other, a turn for each person, and works
// sites out again when something about them changed or a new day begins. What a
// crash cut short begins again, and what changed or ended while no hub ran is worked
// out now. It returns nil when ctx ends.
func (h *Hub) Run(ctx context.Context) error {
	if err := os.MkdirAll(h.cfg.Dir, 0o700); err != nil {
		return fmt.Errorf("hub: make the folder for files that wait: %w", err)
	}
	day := time.NewTicker(time.Minute)
	defer day.Stop()
	today := h.catchUp(ctx, "")
	idle, told := false, ""
	h.sweepParts(ctx)
	for {
		did, err := h.work(ctx)
		if err != nil && ctx.Err() == nil {
			if !errors.Is(err, ErrFull) || told != err.Error() { // a full disk is told when it fills
				h.cfg.Log.ErrorContext(ctx, "hub is waiting before it tries again", slog.Any("error", err))
			}
			told = err.Error()
			select {
			case <-ctx.Done():
			case <-time.After(5 * time.Second):
			}
			continue
		}
		told = ""
		if h.cfg.Idle != nil && (did || !idle) {
			h.cfg.Idle()
		}
		idle = true
		select {
		case <-ctx.Done():
			return h.last(context.WithoutCancel(ctx))
		case <-h.wake:
		case <-day.C:
			if h.today() != today { // rules have dates, and waivers end
				h.sweepParts(ctx)
				today = h.catchUp(ctx, today)
			}
		}
	}
}

// last keeps what listeners told when the hub ends.
func (h *Hub) last(ctx context.Context) error {
	var errs []error
	for w := h.ripe(true); w != nil; w = h.ripe(true) {
		if err := h.receive(ctx, w); err != nil && !h.gone(ctx, w.parcel.Site, err) {
			errs = append(errs, fmt.Errorf("keep what %s told last: %w", w.parcel.Name, err))
		}
	}
	return errors.Join(errs...)
}

// Drain works off what waits, without [Hub.Run], and returns when nothing does. Its
// error tells of what could not be done.
func (h *Hub) Drain(ctx context.Context) error {
	h.Retry()
	if _, err := h.work(ctx); err != nil {
		return err
	}
	return cmp.Or(ctx.Err(), h.trouble())
}

func (h *Hub) today() string { return h.cfg.Now().UTC().Format(time.DateOnly) }

func (h *Hub) setBusy(busy bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.busy = busy; !busy {
		close(h.rested)
		h.rested = make(chan struct{})
	}
}

func (h *Hub) poke() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// Stale says that something about a site changed: it is worked out again soon.
func (h *Hub) Stale(site int64) {
	h.mu.Lock()
	h.stale[site] = true
	h.mu.Unlock()
	h.poke()
}

func (h *Hub) takeStale() (int64, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for site := range h.stale {
		if h.waitsLocked(asSite(site)) {
			continue
		}
		delete(h.stale, site)
		return site, true
	}
	return 0, false
}

// catchUp has the sites worked out again that are behind, and gives the day of which
// they will be: today, or the one given when the store does not tell them.
func (h *Hub) catchUp(ctx context.Context, day string) string {
	now := h.cfg.Now().UTC()
	sites, err := h.cfg.Store.Behind(ctx, now.Truncate(24*time.Hour))
	if err != nil {
		h.cfg.Log.ErrorContext(ctx, "the sites that are to be worked out again could not be listed", slog.Any("error", err))
		return day
	}
	for _, id := range sites {
		h.Stale(id)
	}
	return now.Format(time.DateOnly)
}

// Rebuild works every site out again from what was seen, also while [Hub.Run] is at
// work. tell, if not nil, is called before each with how many are done.
func (h *Hub) Rebuild(ctx context.Context, tell func(done, of int, site *Site)) error {
	sites, err := h.cfg.Store.Sites(ctx, 0)
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	defer h.Retry() // what made it fail may have been put right
	for i := range sites {
		if tell != nil {
			tell(i, len(sites), &sites[i])
		}
		if err := h.again(ctx, sites[i].ID); errors.Is(err, ErrNotFound) {
			continue // taken out meanwhile
		} else if err != nil {
			return fmt.Errorf("rebuild site %d (%s): %w", sites[i].ID, sites[i].Name, err)
		}
	}
	return nil
}

// again works a site out again, when nothing else is being kept.
func (h *Hub) again(ctx context.Context, site int64) error {
	h.one.Lock()
	defer h.one.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := h.derive(ctx, site, nil); err != nil {
		return err
	}
	h.fine(asSite(site))
	return nil
}

// Still runs do while nothing of what is kept of sites changes, so that a copy of
// the store and one of the history are of the same moment. Files are taken in
// meanwhile, and read.
func (h *Hub) Still(do func() error) error {
	h.one.Lock()
	defer h.one.Unlock()
	return do()
}

// Idle reports whether nothing waits, is read or is worked out.
func (h *Hub) Idle(ctx context.Context) (bool, error) {
	list, err := h.cfg.Store.Unfinished(ctx)
	if err != nil {
		return false, err
	}
	dropping, err := h.cfg.Store.Dropping(ctx)
	if err != nil {
		return false, err
	}
	orgs, err := h.cfg.Store.DroppingOrganisations(ctx)
	if err != nil {
		return false, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(list) == 0 && len(dropping) == 0 && len(orgs) == 0 && len(h.stale) == 0 && !h.busy, nil
}

// Settled waits until nothing waits, is read or is worked out, while [Hub.Run] works.
// Its error tells of what stepped aside meanwhile, or that ctx ended.
func (h *Hub) Settled(ctx context.Context) error {
	for {
		h.mu.Lock()
		rested := h.rested // before it is asked, so that what happens between is not missed
		h.mu.Unlock()
		idle, err := h.Idle(ctx)
		if err != nil || idle {
			return err
		}
		if err := h.trouble(); err != nil {
			return err
		}
		select {
		case <-rested:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Progress gives how far the reading of an ingest has come; false when it is not
// being read.
func (h *Hub) Progress(ingest int64) (pipeline.Progress, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	j := h.running[ingest]
	if j == nil {
		return pipeline.Progress{}, false
	}
	return j.progress, true
}

// place is where the file of an ingest waits. The folder may be another than when it
// was taken: a hub can be moved, and restored elsewhere.
func (h *Hub) place(in *Ingest) string { return filepath.Join(h.cfg.Dir, filepath.Base(in.Path)) }

// discard deletes the file of an ingest that needs it no longer.
func (h *Hub) discard(in *Ingest) {
	if in.Path == "" {
		return
	}
	if err := os.Remove(h.place(in)); err != nil && !errors.Is(err, os.ErrNotExist) {
		h.cfg.Log.Warn("a file that was read stays", slog.String("file", h.place(in)), slog.Any("error", err))
	}
}
