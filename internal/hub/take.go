package hub

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// A Parcel is a file that somebody hands over.
type Parcel struct {
	Site         int64
	Organisation int64  // of the site, for the audit log
	Name         string // as the person called it
	Source       string // upload, command, watch, api, listener
	By           string // name of the account
}

// Take keeps a copy of r and puts it in the queue. When it returns without
// error the file is on disk and in the store, and will be read, whatever
// happens. A file that the site has already is not read twice, for its bytes
// would be counted twice: what comes back is the ingest of then, with Again set. One
// whose conversations were let go is read again when a person or a program asks.
// It fails with [ErrInvalid] when r is empty or too long.
func (h *Hub) Take(ctx context.Context, p Parcel, r io.Reader) (*Ingest, error) {
	if err := os.MkdirAll(h.cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("take %s: %w", p.Name, err)
	}
	if err := h.room(0); err != nil {
		return nil, fmt.Errorf("take %s: %w", p.Name, err)
	}
	if err := h.Standing(ctx, p.Site); err != nil { // before it is read in vain
		return nil, fmt.Errorf("take %s: %w", p.Name, err)
	}
	f, err := os.CreateTemp(h.cfg.Dir, "in-*"+extension(p.Name))
	if err != nil {
		return nil, fmt.Errorf("take %s: %w", p.Name, err)
	}
	in, err := h.copy(ctx, p, r, f)
	if err == nil {
		in, err = h.queue(ctx, p, in)
	}
	if err != nil {
		_ = f.Close()           // the first error counts
		_ = os.Remove(f.Name()) // likewise
		return nil, fmt.Errorf("take %s: %w", p.Name, err)
	}
	return in, nil
}

// TakeFile is [Hub.Take] of a file that is in the hub's folder already and becomes
// the hub's, under a name that nothing else has. After an error it is where it was.
// Nobody may write it meanwhile.
func (h *Hub) TakeFile(ctx context.Context, p Parcel, path string) (*Ingest, error) {
	if filepath.Dir(path) != filepath.Clean(h.cfg.Dir) {
		return nil, fmt.Errorf("take %s: %w: it is not in %s", p.Name, ErrInvalid, h.cfg.Dir)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0) // some systems sync only what may be written
	if err != nil {
		return nil, fmt.Errorf("take %s: %w", p.Name, err)
	}
	sum := sha256.New()
	size, err := io.Copy(sum, f)
	if err == nil {
		err = f.Sync() // what was written in pieces is on the disk before it counts as taken
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("take %s: %w", p.Name, err)
	}
	if size == 0 {
		return nil, fmt.Errorf("take %s: %w: the file is empty", p.Name, ErrInvalid)
	}
	own, err := h.rename(path, extension(p.Name))
	if err != nil {
		return nil, fmt.Errorf("take %s: %w", p.Name, err)
	}
	in, err := h.queue(ctx, p, &Ingest{Path: own, Size: size, SHA256: hex.EncodeToString(sum.Sum(nil))})
	if err != nil {
		return nil, fmt.Errorf("take %s: %w", p.Name, errors.Join(err, os.Rename(own, path)))
	}
	return in, nil
}

// rename gives a file a name of its own: a file of that name is made first, which
// fails where there is one.
func (h *Hub) rename(path, ext string) (string, error) {
	f, err := os.CreateTemp(h.cfg.Dir, "in-*"+ext)
	if err != nil {
		return "", err
	}
	if err := errors.Join(f.Close(), os.Rename(path, f.Name())); err != nil {
		_ = os.Remove(f.Name()) // the first error counts
		return "", err
	}
	return f.Name(), nil
}

// Dir is the folder of files that wait, for who writes one in pieces.
func (h *Hub) Dir() string { return filepath.Clean(h.cfg.Dir) }

// MaxUpload is the largest file taken, in bytes.
func (h *Hub) MaxUpload() int64 { return h.cfg.MaxUpload }

func (h *Hub) copy(ctx context.Context, p Parcel, r io.Reader, f *os.File) (*Ingest, error) {
	sum := sha256.New()
	size, err := io.Copy(io.MultiWriter(f, sum), io.LimitReader(canceller{ctx, h.roomy(r)}, h.cfg.MaxUpload+1))
	switch {
	case err != nil:
		return nil, err
	case size > h.cfg.MaxUpload:
		return nil, fmt.Errorf("%w: longer than %d bytes, the limit of this hub (limits.upload)", ErrInvalid, h.cfg.MaxUpload)
	case size == 0:
		return nil, fmt.Errorf("%w: the file is empty", ErrInvalid)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	return &Ingest{Path: f.Name(), Size: size, SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}

// syncNames puts the names of a folder's files on the disk, so that a power cut
// leaves no input without its file. Systems that cannot do that do without.
func syncNames(dir string) {
	d, err := os.Open(dir)
	if err != nil {
		return
	}
	_ = d.Sync()
	_ = d.Close()
}

// queue puts in at the end, or drops its file when the site has the same bytes. The
// file has a name that no other input has.
func (h *Hub) queue(ctx context.Context, p Parcel, in *Ingest) (*Ingest, error) {
	h.taking.Lock()
	defer h.taking.Unlock()
	if err := h.Standing(ctx, p.Site); err != nil {
		return nil, err
	}
	was, err := h.cfg.Store.SameIngest(ctx, p.Site, in.SHA256)
	switch {
	case err == nil && !was.LetGo.IsZero() && p.Source != "watch": // its conversations are wanted again; a folder wants nothing
	case err == nil:
		was.Again = true
		return was, os.Remove(in.Path)
	case !errors.Is(err, ErrNotFound):
		return nil, err
	}
	in.Site, in.Name, in.Source, in.By, in.State, in.Queued = p.Site, p.Name, p.Source, p.By, Waiting, h.cfg.Now().UTC()
	d := Deed{Actor: p.By, Organisation: p.Organisation, Action: "ingest.add", Object: fmt.Sprintf("site %d", p.Site),
		Detail: map[string]any{"name": p.Name, "source": p.Source, "size": in.Size, "sha256": in.SHA256}}
	syncNames(h.cfg.Dir)
	if err := h.cfg.Store.Do(ctx, d, func(tx Tx) error { return tx.AddIngest(in) }); err != nil {
		return nil, err
	}
	h.events.tell(Event{Kind: "ingest", Site: in.Site, Ingest: in.ID})
	h.poke()
	return in, nil
}

// extension keeps what a person's file name ends in, for reading by name where
// the content does not tell; nothing else of it reaches the disk.
func extension(name string) string {
	ext := filepath.Ext(name)
	if len(ext) > 12 || strings.ContainsFunc(ext[min(1, len(ext)):], func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
	}) {
		return ""
	}
	return ext
}

// canceller ends reading when its context does.
type canceller struct {
	ctx context.Context
	r   io.Reader
}

func (c canceller) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, context.Cause(c.ctx)
	}
	return c.r.Read(b)
}
