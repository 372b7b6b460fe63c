package history

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// What a file says of itself beside its columns.
const (
	metaVersion  = "lenscap.history"  // version
	metaDay      = "lenscap.day"      // 2026-11-23
	metaReplaces = "lenscap.replaces" // numbers of the day's files that this one was made of
	metaTotals   = "lenscap.totals"   // where the day's totals are, and how long
	metaAbout    = "lenscap.about"

	version = "3"
	about   = "One row: one device's talk with one service of one far end in one hour. first and last are seconds after hour. up is from the device. Rows that are again are counted in another row."
)

// A build is a file being written. Rows come in the order of [compare].
type build struct {
	disk     disk
	day      int64
	path     string // temporary
	replaces []int
	f        diskFile
	out      output
	chunk    []Row    // rows not encoded yet, at most pageRows
	enc      *encoder // of the group that add is at
	cut      cutter
	rows     int64 // all
	last     Row   // the latest one's place in the order
	stats    span
}

// span is what a file or a part of it holds.
type span struct {
	rows                 int64
	siteMin, siteMax     int64
	ingestMin, ingestMax int64
}

func (s *span) add(r *Row) {
	if s.rows == 0 {
		s.siteMin, s.siteMax, s.ingestMin, s.ingestMax = r.Site, r.Site, r.Ingest, r.Ingest
	}
	s.rows++
	s.siteMin, s.siteMax = min(s.siteMin, r.Site), max(s.siteMax, r.Site)
	s.ingestMin, s.ingestMax = min(s.ingestMin, r.Ingest), max(s.ingestMax, r.Ingest)
}

// create begins a file under a temporary name in the folder of day, which it
// makes. Nobody may remove the folder meanwhile; with the file in it nobody can.
func create(d disk, dir string, day int64, name string, replaces []int) (*build, error) {
	folder := filepath.Join(dir, dayName(day))
	if _, err := os.Stat(folder); err != nil {
		if err := d.MkdirAll(folder); err != nil {
			return nil, fmt.Errorf("history: make folder of day: %w", err)
		}
		if err := d.SyncDir(dir); err != nil {
			return nil, fmt.Errorf("history: sync %s: %w", dir, err)
		}
	}
	b := &build{disk: d, day: day, path: filepath.Join(folder, name), replaces: replaces}
	f, err := d.Create(b.path)
	if err != nil {
		return nil, fmt.Errorf("history: create file: %w", err)
	}
	b.f = f
	b.out.w = f
	return b, nil
}

// numbers is the text of metaReplaces.
func numbers(list []int) string {
	var s strings.Builder
	for i, n := range list {
		if i > 0 {
			s.WriteByte(' ')
		}
		s.WriteString(strconv.Itoa(n))
	}
	return s.String()
}

// add appends one row, which it copies. It keeps at most a page of rows.
func (b *build) add(r *Row) error {
	if b.rows > 0 && compare(&b.last, r) > 0 {
		return fmt.Errorf("history: write %s: row %d of device %s is out of order", b.path, b.rows, r.Device)
	}
	if page, group := b.cut.before(b.last.Device != r.Device || b.last.Site != r.Site); page {
		if err := b.flush(); err != nil {
			return err
		}
		if group {
			if err := b.commit(); err != nil {
				return err
			}
		}
	}
	b.last = Row{Site: r.Site, Device: r.Device, Hour: r.Hour, Address: r.Address, Port: r.Port, Ingest: r.Ingest}
	if b.chunk == nil {
		b.chunk = make([]Row, 0, pageRows)
	}
	b.chunk = append(b.chunk, *r)
	b.rows++
	b.stats.add(r)
	return nil
}

// flush ends the page.
func (b *build) flush() error {
	if len(b.chunk) == 0 {
		return nil
	}
	if b.enc == nil {
		var err error
		if b.enc, err = takeEncoder(); err != nil {
			return err
		}
	}
	rows := make([]*Row, len(b.chunk))
	for i := range b.chunk {
		rows[i] = &b.chunk[i]
	}
	if err := b.enc.page(rows); err != nil {
		return fmt.Errorf("history: write %s: %w", b.path, err)
	}
	b.chunk = b.chunk[:0]
	return nil
}

// commit ends the row group.
func (b *build) commit() error {
	if b.enc == nil || b.enc.rows == 0 {
		return nil
	}
	if err := b.out.group(b.enc); err != nil {
		return fmt.Errorf("history: write %s: %w", b.path, err)
	}
	b.enc.reset()
	return nil
}

var encoders sync.Pool

func takeEncoder() (*encoder, error) {
	if e, ok := encoders.Get().(*encoder); ok {
		return e, nil
	}
	return newEncoder()
}

func (e *encoder) giveBack() {
	e.reset()
	encoders.Put(e)
}

// addAll appends rows, all in memory, with a row group a worker.
func (b *build) addAll(ctx context.Context, rows []*Row, workers int) error {
	rows, starts := order(rows, workers)
	b.rows += int64(len(rows))
	parts := cutAll(rows, starts, groupSize(len(rows), workers))
	list := make([]*encoder, min(workers, len(parts)))
	defer func() {
		for _, e := range list {
			if e != nil {
				e.giveBack()
			}
		}
	}()
	for i := range list {
		var err error
		if list[i], err = takeEncoder(); err != nil {
			return err
		}
	}
	errs := make([]error, len(list))
	for len(parts) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		var wg sync.WaitGroup
		n := min(len(list), len(parts))
		for i, part := range parts[:n] {
			wg.Go(func() {
				for len(part) > 0 && errs[i] == nil {
					errs[i] = list[i].page(part[0])
					part = part[1:]
				}
			})
		}
		wg.Wait()
		parts = parts[n:]
		for i := range n {
			if errs[i] == nil {
				b.stats.join(list[i].span())
				errs[i] = b.out.group(list[i])
			}
			if errs[i] != nil {
				return fmt.Errorf("history: write %s: %w", b.path, errs[i])
			}
			list[i].reset()
		}
	}
	return nil
}

// close ends the file and makes it durable under its temporary name.
func (b *build) close() error {
	err := b.flush()
	if err == nil {
		err = b.commit()
	}
	if err == nil {
		err = b.out.finish(b.day, b.replaces)
	}
	if err == nil {
		err = b.f.Sync()
	}
	err = errors.Join(err, b.f.Close())
	b.f = nil
	b.drop()
	if err != nil {
		return fmt.Errorf("history: write %s: %w", b.path, err)
	}
	return nil
}

// abort removes the temporary file; what cannot be removed is at the next Open.
func (b *build) abort() {
	if b.f != nil {
		b.f.Close() //nolint:errcheck // it is thrown away
	}
	b.drop()
	b.disk.Remove(b.path) //nolint:errcheck // Open removes what is left
}

func (b *build) drop() {
	if b.enc != nil {
		b.enc.giveBack()
		b.enc = nil
	}
	b.chunk = nil
}
