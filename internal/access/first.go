package access

import (
	"context"
	"crypto/subtle"
	"sync"
	"time"
)

const firstLife = time.Hour

// firstLink is the link that makes the first administrator. It is not kept: a
// restart prints another.
type firstLink struct {
	mu      sync.Mutex
	hash    Hash
	expires time.Time
}

// FirstLink gives the link that makes the first administrator, for the terminal
// the hub was started in. It holds once and for an hour, and the one before
// holds no more. It is "" when there is an account already.
func (g *Guard) FirstLink(ctx context.Context) (string, error) {
	accounts, err := g.Store.Accounts(ctx)
	if err != nil || len(accounts) > 0 {
		return "", err
	}
	secret := newSecret()
	g.first.mu.Lock()
	g.first.hash, g.first.expires = HashOf(secret), g.Now().Add(firstLife)
	g.first.mu.Unlock()
	return g.link("/first", secret), nil
}

// opens reports whether a secret is the one of the link that holds now.
func (f *firstLink) opens(secret string, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	h := HashOf(secret)
	return now.Before(f.expires) && subtle.ConstantTimeCompare(h[:], f.hash[:]) == 1
}

// close ends the link.
func (f *firstLink) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hash, f.expires = Hash{}, time.Time{}
}
