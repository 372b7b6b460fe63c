package store

import (
	"context"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"sync"
)

// Bounds on the answers that are kept: in questions, in rows of one answer, and in
// rows of all.
const (
	maxKept    = 64
	maxRowsOf  = 5_000
	maxRowsAll = 20_000
)

// A memo remembers answers until a change that they may depend on is committed:
// the estate's page is asked for far more often than the estate changes. Of many
// who ask the same at once, one reads and all get its answer; and no more read at
// once than there are processors, so that a hundred readers do not keep each
// other, and whoever writes, from ever being done.
type memo struct {
	mu      sync.Mutex
	at      int64 // DB.estate that the answers were read under, or before
	rows    int   // in answers
	answers map[string]answer
	running map[string]*flight
	slots   chan struct{} // one for each that may read
}

type answer struct {
	value any
	rows  int
}

// A flight is an answer that is being read.
type flight struct {
	at     int64
	done   chan struct{}
	answer answer
	err    error
}

// quiet are statements that change nothing that devices are counted by or found
// by: those that read, and those on tables which no condition and no facet names.
// Whatever else is written makes answers old.
var quiet = regexp.MustCompile(`^(?:SELECT |BEGIN|COMMIT|ROLLBACK|(?:INSERT INTO|INSERT OR IGNORE INTO|UPDATE|DELETE FROM) (?:ingest|observation|digest_run|sighted|sighting|name|overlap|audit|session|token|delivery|setting) |UPDATE site SET (?:derived|summary) = )`)

// asked tells questions apart.
func (q *DeviceQuery) asked(more ...any) string {
	when := int64(0) // of conditions such as last>7d; nobody asks for a part of a minute
	if q.Query != nil && q.Query.Root != nil {
		when = q.Query.Now.Unix() / 60
	}
	return fmt.Sprintf("%#v %v %#v %q %d %q %#v %q", q.Organisations, q.All, q.Sites, q.Query.String(), when, q.Where, q.Args, more)
}

// remember gives the answer to a question that read read before, or lets it read
// one snapshot. key tells questions, and kinds of them, apart. rows is how large
// an answer is, and copied a copy that its asker may change.
func remember[T any](ctx context.Context, db *DB, key string, read func(context.Context, querier) (T, error), rows func(*T) int, copied func(T) T) (out T, err error) {
	at := db.estate.Load() // before the snapshot: what is kept is of that state or a newer one
	a, f, mine := db.memo.ask(at, key)
	if mine {
		// Others may wait for it, so that it goes on when this asker leaves.
		go db.memo.land(key, f, func() (answer, error) {
			v, err := readOnce(context.WithoutCancel(ctx), db, read)
			return answer{v, rows(&v)}, err
		})
	}
	if f != nil {
		select {
		case <-f.done:
		case <-ctx.Done():
			return out, ctx.Err()
		}
		if f.err != nil {
			return out, f.err
		}
		a = f.answer
	}
	return copied(a.value.(T)), nil
}

func readOnce[T any](ctx context.Context, db *DB, read func(context.Context, querier) (T, error)) (out T, err error) {
	tx, err := db.snapshot(ctx)
	if err != nil {
		return out, err
	}
	defer tx.end()
	return read(ctx, tx)
}

// ask gives an answer that is kept, or who reads it; mine when that is the asker.
func (k *memo) ask(at int64, key string) (a answer, f *flight, mine bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.now(at)
	if a, ok := k.answers[key]; ok && at == k.at {
		return a, nil, false
	}
	if f = k.running[key]; f != nil && f.at >= at { // began no earlier than this question
		return a, f, false
	}
	f = &flight{at: at, done: make(chan struct{})}
	k.running[key] = f
	return a, f, true
}

// now clears what was read under an older state than at; mu is held.
func (k *memo) now(at int64) {
	if k.slots == nil {
		k.slots = make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))
		k.running = map[string]*flight{}
	}
	if at > k.at || k.answers == nil {
		k.at, k.rows, k.answers = max(at, k.at), 0, map[string]answer{}
	}
}

// forget keeps no answer any longer; those that are being read are still given.
func (k *memo) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.rows = 0
	clear(k.answers)
}

// land reads an answer and gives it to all who wait.
func (k *memo) land(key string, f *flight, read func() (answer, error)) {
	k.slots <- struct{}{}
	defer func() {
		if r := recover(); r != nil { // the hub lives on, as when a page panics
			f.err = fmt.Errorf("store: reading failed: %v", r)
		}
		<-k.slots
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.running[key] == f {
			delete(k.running, key)
		}
		if f.err == nil && f.at == k.at && f.answer.rows <= maxRowsOf {
			if k.rows+f.answer.rows > maxRowsAll || len(k.answers) >= maxKept {
				k.rows = 0
				clear(k.answers)
			}
			k.answers[key] = f.answer
			k.rows += f.answer.rows
		}
		close(f.done)
	}()
	f.answer, f.err = read()
}

// copyCounts is a copy that its caller may change.
func copyCounts(m map[string][]Count) map[string][]Count {
	out := make(map[string][]Count, len(m))
	for f, list := range m {
		out[f] = slices.Clone(list)
	}
	return out
}

func countRows(m *map[string][]Count) (n int) {
	for _, list := range *m {
		n += len(list)
	}
	return n / 8 // they are small
}

// copy is a page that its caller may change.
func (p DevicePage) copy() DevicePage {
	p.Devices = slices.Clone(p.Devices)
	for i := range p.Devices {
		d := &p.Devices[i]
		d.Countries, d.Controllers, d.Tags = slices.Clone(d.Countries), slices.Clone(d.Controllers), slices.Clone(d.Tags)
	}
	return p
}
