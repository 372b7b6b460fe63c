package egress

import (
	"bytes"
	"cmp"
	"net/netip"
	"slices"

	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/observation"
)

// A Book adds flows up by address pair, hour and service, in fixed memory.
//
// While flows come in nobody knows yet which address is whose device, so that
// an entry keeps both ends as they are; [Book.Conversations] orients it.
// Nothing depends on the order of flows as long as nothing is folded or dropped.
// A Book is not safe for use by several goroutines.
type Book struct {
	limit   int
	entries []*[chunk]entry
	n       int
	slots   []uint64 // upper half of a key's hash, and 1 + number of its entry; a power of two of them
	pairs   []uint8  // by hash of a pair of addresses: services with two high ports
	apps    []string // App of summaries, by number; apps[0] is ""
	lines   timelines

	order []*entry // all, in the order of keys; nil when flows came since Settle

	lost    map[int32]*Losses // by input
	unowned int64             // flows between addresses of no device, by the last Conversations
}

const (
	defaultLimit = 1 << 18
	chunk        = 1024             // entries are made in such numbers
	hour         = 3600_000_000_000 // nanoseconds
	maxApps      = 255
	lowPorts     = 1024 // RFC 6335, section 6: system ports end before it
	servicesKept = 16   // services with two high ports of one pair and hour that are kept apart
)

// A key says which summaries are added up in one entry. Of two addresses a is
// the lower one.
type key struct {
	a, b  [16]byte // IPv4 mapped
	input int32
	hour  int32
	port  uint16 // of the server; 0 for several
	proto uint8
	side  uint8 // bits clientA, and one of others
}

const (
	clientA = 1 << iota // the client is end a

	// Where end a is a device's and stands alone: b, which is zero then, is many
	// far ends of that scope.
	othersOutside
	othersInside
	othersGroup

	others = othersOutside | othersInside | othersGroup
)

// An entry is at most 300 bytes with its share of the slots; a test holds it to that.
type entry struct {
	key
	macA, macB observation.MAC
	number     int64 // of the frame or record where it began, the lowest
	apps       [4]uint8
	flows      uint32 // that began; one that began before has been counted then, or before the input begins
	upA        bool   // pattern's device is end a
	dead       bool
	pattern    Pattern
}

// NewBook returns an empty book that keeps at most limit entries (0: 1<<18);
// beyond it those of the addresses with most are added up, see [Book.Losses].
func NewBook(limit int) *Book {
	if limit <= 0 {
		limit = defaultLimit
	}
	return &Book{limit: max(limit, 16), slots: make([]uint64, 64), apps: []string{""}}
}

// Inside names networks of the estate beside private addresses, for the
// timelines: what passes between two addresses inside is not traffic with the
// outside. It is to be called before the first Add.
func (b *Book) Inside(networks []netip.Prefix) { b.lines.inside = networks }

// Add counts a part of a flow. It keeps nothing of s and allocates nothing for
// a pair that is known.
func (b *Book) Add(s *flow.Summary) {
	client, server := &s.Client, &s.Server
	if !client.Addr.Addr().IsValid() || !server.Addr.Addr().IsValid() {
		b.losses(int32(s.Input)).Dropped++ //nolint:gosec // counted from 0
		return
	}
	b.order = nil
	k := key{input: int32(s.Input), hour: int32(s.First / hour), port: server.Addr.Port(), proto: s.Proto, side: clientA} //nolint:gosec // counted from 0; the hour fits for 240,000 years
	k.a, k.b = client.Addr.Addr().As16(), server.Addr.Addr().As16()
	if order := bytes.Compare(k.a[:], k.b[:]); order > 0 || order == 0 && client.Addr.Port() > server.Addr.Port() {
		k.a, k.b = k.b, k.a
		k.side = 0
	}
	e := b.find(&k, client.Addr.Port())
	e.add(b, s)
	b.lines.add(s)
}

// find gives the entry of k, made when there is none.
func (b *Book) find(k *key, clientPort uint16) *entry {
	h := k.hash()
	if e := b.get(k, h); e != nil {
		return e
	}
	if folds(k.port, clientPort) {
		pair := k.pair()
		if b.pairs == nil {
			b.pairs = make([]uint8, 1<<14)
		}
		n := &b.pairs[pair&uint64(len(b.pairs)-1)]
		if *n >= servicesKept {
			k.port = 0
			h = k.hash()
			if e := b.get(k, h); e != nil {
				return e
			}
		} else {
			*n++
		}
	}
	if b.n >= b.limit {
		if all := *k; all.port != 0 {
			all.port = 0
			if e := b.get(&all, all.hash()); e != nil {
				b.losses(k.input).Services++
				return e
			}
		}
		b.shrink()
	}
	return b.put(k, h)
}

// folds says whether a service may be folded with others of its pair: both its
// ports are high, so that neither names a service.
func folds(server, client uint16) bool { return server >= lowPorts && client >= lowPorts }

func (b *Book) get(k *key, h uint64) *entry {
	mask := uint64(len(b.slots) - 1)
	for i := h & mask; b.slots[i] != 0; i = (i + 1) & mask {
		if slot := b.slots[i]; slot>>32 == h>>32 { // an entry that is another's is not waited for
			if e := b.at(int(uint32(slot)) - 1); e.key == *k {
				return e
			}
		}
	}
	return nil
}

func (b *Book) at(i int) *entry { return &b.entries[i/chunk][i%chunk] }

func (b *Book) put(k *key, h uint64) *entry {
	if b.n == len(b.entries)*chunk {
		b.entries = append(b.entries, new([chunk]entry))
	}
	if 4*(b.n+1) > 3*len(b.slots) {
		b.rehash(2 * len(b.slots))
	}
	b.n++
	e := b.at(b.n - 1)
	*e = entry{key: *k}
	b.link(h, b.n)
	return e
}

func (b *Book) link(h uint64, number int) {
	mask := uint64(len(b.slots) - 1)
	i := h & mask
	for b.slots[i] != 0 {
		i = (i + 1) & mask
	}
	b.slots[i] = h>>32<<32 | uint64(number) //nolint:gosec // at most limit
}

func (b *Book) rehash(size int) {
	b.slots = make([]uint64, size)
	for i := range b.n {
		b.link(b.at(i).hash(), i+1)
	}
}

// hash mixes the whole key. It is fixed: what is folded under pressure must not
// change from run to run, and entries are bounded whatever a stranger sends.
func (k *key) hash() uint64 {
	h := k.pair()
	h ^= uint64(uint32(k.hour))<<32 | uint64(k.port)<<16 | uint64(k.proto)<<8 | uint64(k.side) //nolint:gosec // bits
	return mix(h)
}

func (k *key) pair() uint64 {
	h := uint64(uint32(k.input)) + 0x9e3779b97f4a7c15 //nolint:gosec // bits
	for _, part := range [4]uint64{le(k.a[:8]), le(k.a[8:]), le(k.b[:8]), le(k.b[8:])} {
		h = mix(h ^ part)
	}
	return h
}

func le(b []byte) uint64 {
	_ = b[7]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 | uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// mix is the finisher of splitmix64 (Steele, Lea, Flood 2014).
func mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// add counts s, whose ends are the entry's.
func (e *entry) add(b *Book, s *flow.Summary) {
	isA := e.side&clientA != 0
	if e.pattern.Parts == 0 {
		e.upA = guess(s) == isA
		e.number = s.Number
		e.macA, e.macB = s.Client.MAC, s.Server.MAC
		if !isA {
			e.macA, e.macB = e.macB, e.macA
		}
	}
	e.number = min(e.number, s.Number)
	if s.Begins {
		e.flows++
	}
	if s.App != "" {
		e.addApp(b.app(s.App))
	}
	e.pattern.Add(s, e.upA == isA)
}

// guess says whether the client is the end that the report will be about. An
// address inside speaks for the device; where both ends are inside, or neither
// is, the side that sends more does. A wrong guess is turned around later.
func guess(s *flow.Summary) (client bool) {
	c, v := outside(s.Client.Addr.Addr()), outside(s.Server.Addr.Addr())
	if c != v {
		return !c
	}
	return s.Client.Bytes > s.Server.Bytes || s.Client.Bytes == s.Server.Bytes && s.Client.Addr.Addr().Less(s.Server.Addr.Addr())
}

func (b *Book) app(name string) uint8 {
	if i := slices.Index(b.apps, name); i >= 0 {
		return uint8(i) //nolint:gosec // at most maxApps
	}
	if len(b.apps) > maxApps {
		return 0
	}
	b.apps = append(b.apps, name)
	return uint8(len(b.apps) - 1) //nolint:gosec // at most maxApps
}

func (e *entry) addApp(id uint8) {
	for i, have := range e.apps {
		if have == id || id == 0 {
			return
		}
		if have == 0 {
			e.apps[i] = id
			return
		}
	}
}

// merge adds o, an entry of the same two ends, to e.
func (e *entry) merge(o *entry) {
	p := o.pattern
	if o.upA != e.upA {
		p = turned(p)
	}
	e.pattern.Merge(&p)
	e.number = min(e.number, o.number)
	e.flows += o.flows
	for _, id := range o.apps {
		e.addApp(id)
	}
}

// count is its flows, at least one.
func (e *entry) count() int64 { return int64(max(e.flows, 1)) }

// turned is p seen from the other end.
func turned(p Pattern) Pattern {
	p.BytesUp, p.BytesDown = p.BytesDown, p.BytesUp
	p.PacketsUp, p.PacketsDown = p.PacketsDown, p.PacketsUp
	p.Up, p.Down = p.Down, p.Up
	return p
}

func (b *Book) all() []*entry {
	all := make([]*entry, b.n)
	for i := range all {
		all[i] = b.at(i)
	}
	return all
}

// pack takes out the dead.
func (b *Book) pack() {
	to := 0
	for i := range b.n {
		if e := b.at(i); !e.dead {
			if to != i {
				*b.at(to) = *e
			}
			to++
		}
	}
	b.n = to
	b.rehash(len(b.slots))
}

func compareKeys(x, y *key) int {
	if c := bytes.Compare(x.a[:], y.a[:]); c != 0 {
		return c
	}
	if c := bytes.Compare(x.b[:], y.b[:]); c != 0 {
		return c
	}
	return cmp.Or(
		cmp.Compare(x.input, y.input), cmp.Compare(x.proto, y.proto), cmp.Compare(x.port, y.port), cmp.Compare(x.side, y.side), cmp.Compare(x.hour, y.hour))
}

// Settle does the part of [Book.Conversations] for which no device need be
// known, so that a caller may have it done beside other work once the last flow
// was added.
func (b *Book) Settle() {
	if b.order == nil {
		b.order = b.all()
		slices.SortFunc(b.order, func(x, y *entry) int { return compareKeys(&x.key, &y.key) })
	}
}

// Unowned says how many flows the last Conversations left out because neither
// address was a device's, or both were the same one's.
func (b *Book) Unowned() int64 { return b.unowned }
