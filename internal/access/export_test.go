package access

import (
	"context"
	"net"
	"net/netip"
	"time"
)

// Runs are the argon2 runs so far.
func (g *Guard) Runs() int64 { return g.hasher.runs.Load() }

// Cheap makes hashes cheap, for tests that are not about them.
func (g *Guard) Cheap() {
	g.hasher.cost = cost{memory: 64, time: 1, threads: 1}
	g.hasher.dummy = format(g.hasher.cost, random(saltSize), random(keySize))
}

// Hurry bounds for how long the guard waits for the body of who is nobody.
func (g *Guard) Hurry(d time.Duration) { g.pace.stranger = d }

// Pace bounds how slowly bodies of others may come: the whole of one that is no
// upload, the next bytes, and the bytes of an upload in a window.
func (g *Guard) Pace(body, piece, window time.Duration, least int64) {
	g.pace.body, g.pace.piece, g.pace.window, g.pace.least = body, piece, window, least
}

// Recheck is what Run does every 15 seconds.
func (g *Guard) Recheck(ctx context.Context) { g.recheck(ctx) }

// StreamsOfOne is how many streams one account may hold, and StreamsOfAll how
// many all may.
const (
	StreamsOfOne = streamsOfOne
	StreamsOfAll = streamsOfAll
)

// Busy takes all slots of the hasher until the function it gives is called.
func (g *Guard) Busy() func() {
	for range atOnce {
		g.hasher.slots <- struct{}{}
	}
	return func() {
		for range atOnce {
			<-g.hasher.slots
		}
	}
}

// Queue is how many may wait for a slot.
const Queue = mayWait

// Flush is what Run does each minute.
func (g *Guard) Flush(ctx context.Context) { g.flush(ctx) }

// Brake is the brake of a Guard on its own.
type Brake struct{ b *brake }

func NewBrake(now func() time.Time) Brake { return Brake{newBrake(now)} }

func (b Brake) Try(name, from string) time.Duration {
	return b.b.try(name, netip.MustParseAddr(from))
}
func (b Brake) Won(name, from string) { b.b.won(name, netip.MustParseAddr(from)) }
func (b Brake) Sweep()                { b.b.sweep() }
func (b Brake) Len() int              { return len(b.b.at) }

const (
	FreePair    = freePair
	FreeAddress = freeAddress
	FreeAccount = freeAccount
	MostStrains = mostStrains
	MostWait    = mostWait
	AnswerSize  = answerSize
)

// Resolve makes a dialer look names up at a resolver.
func (d *Dialer) Resolve(r *net.Resolver) { d.resolver = r }

// Check is what a dialer says of an address, "10.0.0.1:80", that a name led to.
func (d *Dialer) Check(host, at string) error { return d.check(host, at) }

// ParseHash reports whether a stored hash can be read.
func ParseHash(s string) bool {
	_, _, _, ok := parse(s)
	return ok
}

// CheckHash is hasher.check.
func (g *Guard) CheckHash(ctx context.Context, password, stored string) (ok, stale bool, err error) {
	return g.hasher.check(ctx, password, stored)
}

// Local and FormWord are for fuzzing.
var (
	Local    = local
	FormWord = formWord
)
