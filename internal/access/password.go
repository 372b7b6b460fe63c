package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// cost is what one argon2id run takes.
type cost struct {
	memory  uint32 // KiB
	time    uint32
	threads uint8
}

// now2026 is the cost of new hashes: the second of the equal choices in OWASP's
// Password Storage Cheat Sheet. A hash of another cost is made anew when its
// owner signs in.
var now2026 = cost{memory: 19 << 10, time: 2, threads: 1}

const (
	saltSize = 16
	keySize  = 32
	// Bounds of a stored hash, so that a changed file cannot take the machine.
	mostMemory = 256 << 10 // KiB
	mostTime   = 16

	atOnce     = 2  // argon2 runs at a time: 38 MiB
	mayWait    = 32 // and so many that wait for one
	waitAtMost = 10 * time.Second
)

// errBusy says that too many sign in at once.
var errBusy = errors.New("access: too many sign-ins at once, try again in a few seconds")

// hasher makes and checks hashes of passwords, a few at a time.
type hasher struct {
	cost    cost
	slots   chan struct{}
	waiting atomic.Int32
	runs    atomic.Int64 // argon2 runs so far, for tests
	dummy   string       // hash of nothing anyone knows
}

func newHasher() *hasher {
	h := &hasher{cost: now2026, slots: make(chan struct{}, atOnce)}
	h.dummy = format(h.cost, random(saltSize), random(keySize))
	return h
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// hash gives what is kept of a password: argon2id in PHC form.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := random(saltSize)
	key, err := h.run(ctx, password, salt, h.cost, keySize)
	if err != nil {
		return "", err
	}
	return format(h.cost, salt, key), nil
}

// check reports whether a password is the one of a stored hash, and whether the
// hash should be made anew. Without a hash it takes as long and says no. The
// error is [errBusy] or that of ctx.
func (h *hasher) check(ctx context.Context, password, stored string) (ok, stale bool, err error) {
	c, salt, want, parsed := parse(stored)
	if !parsed {
		c, salt, want, _ = parse(h.dummy)
	}
	got, err := h.run(ctx, password, salt, c, len(want))
	if err != nil {
		return false, false, err
	}
	same := subtle.ConstantTimeCompare(got, want) == 1
	return same && parsed, c != h.cost || len(want) != keySize, nil
}

// run does one argon2 run when there is room for it.
func (h *hasher) run(ctx context.Context, password string, salt []byte, c cost, n int) ([]byte, error) {
	if h.waiting.Add(1) > mayWait {
		h.waiting.Add(-1)
		return nil, errBusy
	}
	ctx, stop := context.WithTimeout(ctx, waitAtMost)
	defer stop()
	select {
	case h.slots <- struct{}{}:
		h.waiting.Add(-1)
	case <-ctx.Done():
		h.waiting.Add(-1)
		return nil, errBusy
	}
	defer func() { <-h.slots }()
	h.runs.Add(1)
	return argon2.IDKey([]byte(normal(password)), salt, c.time, c.memory, c.threads, uint32(n)), nil
}

// normal makes passwords equal that look so, however a keyboard composed them
// (NIST SP 800-63B, 5.1.1.2).
func normal(password string) string { return norm.NFKC.String(password) }

// format writes the PHC form: $argon2id$v=19$m=19456,t=2,p=1$salt$key.
func format(c cost, salt, key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.memory, c.time, c.threads, b64.EncodeToString(salt), b64.EncodeToString(key))
}

// parse reads what format wrote. What is not that, or asks for too much, is not
// ok.
func parse(stored string) (c cost, salt, key []byte, ok bool) {
	parts := strings.Split(stored, "$")
	if len(stored) > 300 || len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return cost{}, nil, nil, false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.time, &c.threads); err != nil {
		return cost{}, nil, nil, false
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil || len(salt) < 8 || len(salt) > 64 {
		return cost{}, nil, nil, false
	}
	key, err = base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(key) < 16 || len(key) > 64 {
		return cost{}, nil, nil, false
	}
	if c.memory < 8*uint32(c.threads) || c.memory > mostMemory || c.time < 1 || c.time > mostTime || c.threads < 1 || c.threads > 16 {
		return cost{}, nil, nil, false
	}
	return c, salt, key, true
}
