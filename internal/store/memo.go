package store

import (
	"fmt"
	"regexp"
	"slices"
	"sync"
)

// maxKept bounds the counts that are kept, in questions.
const maxKept = 32

// A memo remembers counts until a change that they may depend on is committed: the
// estate's page is asked for far more often than the estate changes.
type memo struct {
	mu     sync.Mutex
	at     int64 // DB.estate that they were counted under, or before
	facets map[string]map[string][]Count
	totals map[string]matched
}

// matched is an answer of matching.
type matched struct {
	n    int64
	more bool
}

// quiet are statements that change nothing that devices are counted by or found
// by: those that read, and those on tables which no condition and no facet names.
// Whatever else is written makes counts old.
var quiet = regexp.MustCompile(`^(?:SELECT |BEGIN|COMMIT|ROLLBACK|(?:INSERT INTO|INSERT OR IGNORE INTO|UPDATE|DELETE FROM) (?:ingest|observation|sighted|sighting|name|audit|session|token|delivery|setting) |UPDATE site SET (?:derived|summary) = )`)

// asked tells questions apart.
func (q *DeviceQuery) asked(more ...string) string {
	return fmt.Sprintf("%#v %v %#v %q %#v %q", q.Organisations, q.All, q.Sites, q.Where, q.Args, more)
}

// now clears what was counted under an older state than at. It reports whether
// at is the present one; mu is held.
func (k *memo) now(at int64) bool {
	if at > k.at || k.facets == nil {
		k.at, k.facets, k.totals = max(at, k.at), map[string]map[string][]Count{}, map[string]matched{}
	}
	return at == k.at
}

func (k *memo) facetsOf(at int64, key string) (map[string][]Count, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.now(at) {
		return nil, false
	}
	out, ok := k.facets[key]
	return copyCounts(out), ok
}

func (k *memo) keepFacets(at int64, key string, counts map[string][]Count) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.now(at) {
		return
	}
	if len(k.facets) >= maxKept {
		clear(k.facets)
	}
	k.facets[key] = copyCounts(counts)
}

func (k *memo) totalOf(at int64, key string) (matched, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.now(at) {
		return matched{}, false
	}
	m, ok := k.totals[key]
	return m, ok
}

func (k *memo) keepTotal(at int64, key string, m matched) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.now(at) {
		return
	}
	if len(k.totals) >= 8*maxKept {
		clear(k.totals)
	}
	k.totals[key] = m
}

// copyCounts is a copy that its caller may change.
func copyCounts(m map[string][]Count) map[string][]Count {
	out := make(map[string][]Count, len(m))
	for f, list := range m {
		out[f] = slices.Clone(list)
	}
	return out
}
