package hub

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A Watch is a folder whose files are taken for a site, such as the ring of files
// that dumpcap writes.
type Watch struct {
	Folder string
	Parcel Parcel        // Name is that of the file
	Every  time.Duration // how often is looked; 0: 10 seconds
	Delete bool          // a file once the hub has its copy; else nothing in the folder is changed
}

// still is for how long a file must not have changed before it is taken: who
// writes a capture may pause.
const still = 20 * time.Second

// Watch takes files as they are done being written, until ctx ends. One that was
// taken, with the same name and length, is not taken again, also after a restart. It
// fails with [ErrNotFound] when its site was taken out.
func (h *Hub) Watch(ctx context.Context, w Watch) error {
	if w.Every == 0 {
		w.Every = 10 * time.Second
	}
	taken, err := h.taken(ctx, w.Parcel)
	if ctx.Err() != nil {
		return nil //nolint:nilerr // the hub ends, which is no fault of the folder
	}
	if err != nil {
		return err
	}
	tick := time.NewTicker(w.Every)
	defer tick.Stop()
	for {
		if _, err := h.cfg.Store.Site(ctx, w.Parcel.Site); errors.Is(err, ErrNotFound) {
			return err
		}
		if err := h.look(ctx, w, taken); err != nil && ctx.Err() == nil {
			h.cfg.Log.WarnContext(ctx, "watched folder", slog.String("folder", w.Folder), slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

type fileKey struct {
	name string
	size int64
}

// taken is what was taken from watched folders for a site before.
func (h *Hub) taken(ctx context.Context, p Parcel) (map[fileKey]bool, error) {
	const page = 1000
	out := map[fileKey]bool{}
	for before := int64(0); ; {
		list, err := h.cfg.Store.Ingests(ctx, p.Site, before, page)
		if err != nil {
			return nil, fmt.Errorf("recall what was taken for site %d: %w", p.Site, err)
		}
		for _, in := range list {
			if in.Source == p.Source {
				out[fileKey{in.Name, in.Size}] = true
			}
		}
		if len(list) < page {
			return out, nil
		}
		before = list[len(list)-1].ID
	}
}

// look takes what is new, oldest first.
func (h *Hub) look(ctx context.Context, w Watch, taken map[fileKey]bool) error {
	entries, err := os.ReadDir(w.Folder)
	if err != nil {
		return err
	}
	var files []fs.FileInfo
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || info.Size() == 0 || strings.HasPrefix(e.Name(), ".") {
			continue // gone meanwhile, or nothing to take
		}
		if !taken[fileKey{e.Name(), info.Size()}] && h.cfg.Now().Sub(info.ModTime()) >= still {
			files = append(files, info)
		}
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	var errs []error // of one file, which must not keep those after it
	for _, info := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		p := w.Parcel
		p.Name = info.Name()
		switch _, err := h.takePath(ctx, p, filepath.Join(w.Folder, info.Name()), info); {
		case errors.Is(err, ErrInvalid): // nor will it be taken the next time
			taken[fileKey{info.Name(), info.Size()}] = true
			errs = append(errs, err)
			continue
		case err != nil:
			errs = append(errs, err)
			continue
		}
		taken[fileKey{info.Name(), info.Size()}] = true
		if w.Delete {
			errs = append(errs, os.Remove(filepath.Join(w.Folder, info.Name())))
		}
	}
	return errors.Join(errs...)
}

// takePath takes the file that info is of. Who may write in the folder could have
// put a link to another in its place.
func (h *Hub) takePath(ctx context.Context, p Parcel, path string, info fs.FileInfo) (*Ingest, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	if now, err := f.Stat(); err != nil || !os.SameFile(info, now) {
		return nil, errors.Join(err, fmt.Errorf("take %s: it is another file than a moment ago", p.Name))
	}
	if info.Size() > h.cfg.MaxUpload { // before it is copied
		return nil, fmt.Errorf("take %s: %w: it has %d bytes; limits.upload allows %d", p.Name, ErrInvalid, info.Size(), h.cfg.MaxUpload)
	}
	return h.Take(ctx, p, f)
}
