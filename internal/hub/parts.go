package hub

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/lenscap/lenscap/internal/report"
)

const (
	partsEach = 32             // unfinished uploads of one person
	partLife  = 48 * time.Hour // after which one that nobody went on with is deleted
)

// ErrFull is returned when the disk has no more room than is kept free for
// decisions, sign-in and the log. It is also [syscall.ENOSPC].
var ErrFull = fmt.Errorf("hub: the disk has no room for it: %w", syscall.ENOSPC)

// Room is an error, [ErrFull], while nothing is taken in because the disk is full.
func (h *Hub) Room() error { return h.room(0) }

// room is an error when less than [Config.KeepFree] would be left after more bytes.
func (h *Hub) room(more int64) error {
	if h.cfg.Free == nil || h.cfg.KeepFree <= 0 {
		return nil
	}
	free, err := h.cfg.Free()
	if err != nil || free-more >= h.cfg.KeepFree {
		return nil //nolint:nilerr // a disk that does not tell is tried
	}
	return fmt.Errorf("%w; %s are free, and limits.free keeps %s. What was handed in before is safe, and is read when there is room again", ErrFull, report.Size(free), report.Size(h.cfg.KeepFree))
}

// PartRoom is an error when an unfinished upload may not grow by more bytes: the
// disk is full, or the person has too many or too large ones. path is that of the
// part, named part-PERSON-ID in [Hub.Dir].
func (h *Hub) PartRoom(path string, more int64) error {
	if err := h.room(more); err != nil {
		return err
	}
	person := path[:strings.LastIndexByte(path, '-')+1]
	files, err := Matching(filepath.Dir(person), filepath.Base(person), "")
	if err != nil {
		return err
	}
	count, total := 0, more
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			total += info.Size()
			if f != path {
				count++
			}
		}
	}
	switch {
	case count >= partsEach:
		return fmt.Errorf("%w: you have %d unfinished uploads: go on with one of them, or wait until those that are given up are deleted after two days", ErrInvalid, count)
	case h.cfg.MaxParts > 0 && total > h.cfg.MaxParts:
		return fmt.Errorf("%w: your unfinished uploads would have %s, and limits.unfinished is %s: finish one first", ErrInvalid, report.Size(total), report.Size(h.cfg.MaxParts))
	}
	return nil
}

// PartName is what an unfinished upload is called in [Hub.Dir]: who it is of, as
// nobody else has it, and what the person calls it, without a hyphen.
func PartName(who, name string) string {
	h := fnv.New64a()
	_, _ = io.WriteString(h, who) // a hash takes everything
	return "part-" + hex.EncodeToString(h.Sum(nil)) + "-" + name
}

// KeepPart writes what somebody hands in, of length bytes, into a new file of
// [Hub.Dir] that was named by [PartName]. It fails as [Hub.PartRoom] does, or as r
// does, and leaves nothing then.
func (h *Hub) KeepPart(path string, r io.Reader, length int64) error {
	if err := h.PartRoom(path, length); err != nil {
		return err
	}
	if err := os.MkdirAll(h.cfg.Dir, 0o700); err != nil {
		return fmt.Errorf("make the folder for files that wait: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("keep a list: %w", err)
	}
	_, err = io.Copy(f, r)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("keep a list: %w", errors.Join(err, os.Remove(path)))
	}
	return nil
}

// Matching gives the files of a folder whose names begin with begin and end with end.
// A pattern would not do: what stands in the folder's own name would be part of it.
func Matching(dir, begin, end string) (paths []string, err error) {
	list, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, f := range list {
		if strings.HasPrefix(f.Name(), begin) && strings.HasSuffix(f.Name(), end) {
			paths = append(paths, filepath.Join(dir, f.Name()))
		}
	}
	return paths, err
}

// sweepParts deletes uploads that were given up.
func (h *Hub) sweepParts(ctx context.Context) {
	files, err := Matching(h.Dir(), "part-", "")
	if err != nil {
		h.cfg.Log.WarnContext(ctx, "uploads that were given up cannot be listed", slog.Any("error", err))
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil || h.cfg.Now().Sub(info.ModTime()) <= partLife {
			continue
		}
		if err := os.Remove(f); err != nil && !errors.Is(err, fs.ErrNotExist) {
			h.cfg.Log.WarnContext(ctx, "an upload that was given up stays", slog.String("file", f), slog.Any("error", err))
		}
	}
}

// roomy reads r until the disk is full.
func (h *Hub) roomy(r io.Reader) io.Reader { return &roomReader{h: h, r: r} }

type roomReader struct {
	h       *Hub
	r       io.Reader
	n, next int64
}

// checkRoom is after how many bytes the disk is looked at again.
const checkRoom = 64 << 20

func (r *roomReader) Read(b []byte) (int, error) {
	if r.n >= r.next {
		r.next = r.n + checkRoom
		if err := r.h.room(checkRoom); err != nil && r.n > 0 {
			return 0, err
		}
	}
	n, err := r.r.Read(b)
	r.n += int64(n)
	return n, err
}
