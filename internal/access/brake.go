package access

import (
	"net/netip"
	"sync"
	"time"
)

// A brake slows down guessing. Every failure beyond the free ones doubles the
// wait before the next try; nobody is locked out for longer than that.
//
// It counts by account and address together, by address, and by account from
// anywhere. The last is not asked of an address that the account has signed in
// from, so that a stranger cannot keep its owner out. Names without an account
// count like any, so that the wait does not tell which exist.
type brake struct {
	now  func() time.Time
	mu   sync.Mutex
	at   map[brakeKey]*strain
	good map[brakeKey]time.Time // account and address that belong together, since when
}

type brakeKey struct {
	name string
	from netip.Addr
}

type strain struct {
	failures int
	last     time.Time
	until    time.Time
}

const (
	freePair    = 5
	freeAddress = 30
	freeAccount = 20
	mostWait    = 15 * time.Minute // 96 guesses a day at an account; NIST SP 800-63B-4, 3.2.2 asks for a bound
	forget      = time.Hour
	mostStrains = 20_000
	goodFor     = 90 * 24 * time.Hour
)

func newBrake(now func() time.Time) *brake {
	return &brake{now: now, at: map[brakeKey]*strain{}, good: map[brakeKey]time.Time{}}
}

// try asks leave for one try. A positive wait says not yet, and the try is not
// counted; otherwise it counts as failed, also while others run at the same
// time, until won says that it was not.
func (b *brake) try(name string, from netip.Addr) (wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	keys := b.keys(name, from)
	for key := range keys {
		if s := b.at[key]; s != nil {
			wait = max(wait, s.until.Sub(now))
		}
	}
	if wait > 0 {
		return wait
	}
	for key, free := range keys {
		s := b.at[key]
		if s == nil || now.Sub(s.last) > forget {
			if s == nil && len(b.at) >= mostStrains {
				b.makeRoom()
			}
			s = &strain{}
			b.at[key] = s
		}
		s.failures++
		s.last, s.until = now, now.Add(delay(s.failures-free))
	}
	return 0
}

// keys are what a try counts for, with the failures that are free.
func (b *brake) keys(name string, from netip.Addr) map[brakeKey]int {
	pair := brakeKey{name, from}
	keys := map[brakeKey]int{pair: freePair, {from: from}: freeAddress}
	if since, ok := b.good[pair]; !ok || b.now().Sub(since) > goodFor {
		keys[brakeKey{name: name}] = freeAccount
	}
	return keys
}

func delay(over int) time.Duration {
	if over <= 0 {
		return 0
	}
	return min(time.Second<<min(over-1, 20), mostWait)
}

// won takes back what try counted.
func (b *brake) won(name string, from netip.Addr) {
	b.mu.Lock()
	defer b.mu.Unlock()
	pair := brakeKey{name, from}
	delete(b.at, pair)
	delete(b.at, brakeKey{name: name})
	if s := b.at[brakeKey{from: from}]; s != nil {
		s.failures--
		s.until = time.Time{}
	}
	if len(b.good) >= mostStrains {
		clear(b.good) // accounts that exist, so this is far away
	}
	b.good[pair] = b.now()
}

// excuse takes back what try counted for a try that came to no end.
func (b *brake) excuse(name string, from netip.Addr) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for key := range b.keys(name, from) {
		if s := b.at[key]; s != nil && s.failures > 0 {
			s.failures--
			s.until = time.Time{}
		}
	}
}

// failures are those of an account from anywhere.
func (b *brake) failures(name string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s := b.at[brakeKey{name: name}]; s != nil {
		return s.failures
	}
	return 0
}

// makeRoom drops, of a few taken at random, what failed least: many addresses
// that try once do not push out the one that tries often.
func (b *brake) makeRoom() {
	var least brakeKey
	n := 0
	for key, s := range b.at {
		if n == 0 || s.failures < b.at[least].failures {
			least = key
		}
		if n++; n == 16 {
			break
		}
	}
	delete(b.at, least)
}

// sweep drops what is forgotten.
func (b *brake) sweep() {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	for key, s := range b.at {
		if now.Sub(s.last) > forget {
			delete(b.at, key)
		}
	}
	for key, since := range b.good {
		if now.Sub(since) > goodFor {
			delete(b.good, key)
		}
	}
}
