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
}

// quiet are statements that change nothing that devices are counted by or found
// by: those that read, and those on tables which no condition and no facet names.
// Whatever else is written makes counts old.
var quiet = regexp.MustCompile(`^(?:SELECT |BEGIN|COMMIT|ROLLBACK|(?:INSERT INTO|INSERT OR IGNORE INTO|UPDATE|DELETE FROM) (?:ingest|observation|sighted|sighting|name|audit|session|token|delivery|setting) |UPDATE site SET (?:derived|summary) = )`)

// asked tells questions apart.
func (q *DeviceQuery) asked(more ...string) string {
	when := int64(0) // of conditions such as last>7d; nobody asks for a part of a minute
	if q.Query != nil {
		when = q.Query.Now.Unix() / 60
	}
	return fmt.Sprintf("%#v %v %#v %q %d %q %#v %q", q.Organisations, q.All, q.Sites, q.Query.String(), when, q.Where, q.Args, more)
}

// now clears what was counted under an older state than at. It reports whether
// at is the present one; mu is held.
func (k *memo) now(at int64) bool {
	if at > k.at || k.facets == nil {
		k.at, k.facets = max(at, k.at), map[string]map[string][]Count{}
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

// copyCounts is a copy that its caller may change.
func copyCounts(m map[string][]Count) map[string][]Count {
	out := make(map[string][]Count, len(m))
	for f, list := range m {
		out[f] = slices.Clone(list)
	}
	return out
}
