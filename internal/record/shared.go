package record

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/lenscap/lenscap/internal/observation"
)

// Shared is what the inputs of one audit need of each other: Zeek writes down
// which certificate a server showed in ssl.log, by a fingerprint, and what stands
// in that certificate in x509.log. The two are joined whichever comes first, in
// one input or in two.
//
// It holds so many certificates and showings and no more (see [maxCertText],
// [maxShowings]), the latest certificates and the first showings. It is for one
// goroutine: inputs that share it are read one after the other.
type Shared struct {
	certs   map[string]*sharedCert
	order   []string // the keys of certs, oldest first; some are gone
	text    int      // bytes that certs hold
	waiting map[string][]*showing
	shown   map[showingKey]*showing // those in waiting
	inputs  map[int]*sharedInput
}

// Bounds of a Shared: bytes and number of certificates kept for those that will
// show them, and servers kept that showed one not yet read.
const (
	maxCertText = 32 << 20
	maxCerts    = 1 << 17
	maxShowings = 1 << 16
)

// maxCertID bounds the name of a certificate; fingerprints have 64 characters.
const maxCertID = 128

// A sharedCert is a certificate of x509.log.
type sharedCert struct {
	id     string
	once   bool // id is of one transfer, not of the certificate: only one showing can name it
	fields []observation.Field
	input  int
	used   bool
}

// size is what a certificate takes, in bytes, nearly.
func (c *sharedCert) size() int {
	n := 2*len(c.id) + 128
	for _, f := range c.fields {
		n += len(f.Value) + 32
	}
	return n
}

// A showing is a line of ssl.log that says who showed which certificate.
type showing struct {
	id   string
	once bool
	seen observation.Observation // without fields
	own  []observation.Field     // what the line itself says of the certificate
	sink Sink
}

// A showingKey is what makes two showings one: equal speakers of one input showed
// the same certificate, or one of the same names.
type showingKey struct {
	input int
	from  netip.AddrPort
	of    string
}

func (s *showing) key() showingKey {
	k := showingKey{s.seen.Input, s.seen.From, s.id}
	if k.from.Port() >= 1024 && s.seen.To.Port() < 1024 { // a client's port is another each time
		k.from = netip.AddrPortFrom(k.from.Addr(), 0)
	}
	if s.once && len(s.own) > 0 {
		k.of = ""
		for _, f := range s.own {
			k.of += f.Value + "\x00"
		}
	}
	return k
}

// tell gives the observation with those fields to the sink, and again for the
// last time if it was made more than once.
func (s *showing) tell(fields []observation.Field) {
	o := s.seen
	if len(fields) == 0 {
		return
	}
	o.Fields, o.Last, o.Count = fields, o.Seen, 1
	s.sink.Observe(o)
	if s.seen.Last.After(s.seen.Seen) {
		o.Seen, o.Last = s.seen.Last, s.seen.Last
		s.sink.Observe(o)
	}
}

// A sharedInput counts what an input had of either.
type sharedInput struct{ certs, used, missed int }

// NewShared returns an empty table.
func NewShared() *Shared {
	return &Shared{certs: map[string]*sharedCert{}, waiting: map[string][]*showing{}, shown: map[showingKey]*showing{}, inputs: map[int]*sharedInput{}}
}

func (s *Shared) input(n int) *sharedInput {
	in := s.inputs[n]
	if in == nil {
		in = &sharedInput{}
		s.inputs[n] = in
	}
	return in
}

// certificate keeps c and tells of those that showed it before. It returns how
// many certificates that nobody had shown yet had to go for it.
func (s *Shared) certificate(c *sharedCert) (lost int64) {
	if s.certs[c.id] != nil {
		return 0
	}
	s.input(c.input).certs++
	waiting := s.waiting[c.id]
	for _, w := range waiting {
		s.use(c)
		w.tell(c.fields)
		delete(s.shown, w.key())
	}
	delete(s.waiting, c.id)
	if c.once && len(waiting) > 0 {
		return 0
	}
	s.certs[c.id] = c
	s.order = append(s.order, c.id)
	for s.text += c.size(); s.text > maxCertText || len(s.order) > maxCerts; s.order = s.order[1:] {
		old := s.certs[s.order[0]]
		if old == nil {
			continue
		}
		s.forget(old)
		if !old.used && !old.once {
			lost++
		}
	}
	return lost
}

func (s *Shared) forget(c *sharedCert) {
	s.text -= c.size()
	delete(s.certs, c.id)
}

func (s *Shared) use(c *sharedCert) {
	if !c.used {
		c.used = true
		s.input(c.input).used++
	}
}

// show tells what stands in the certificate that was shown, at once or when it
// is read. It reports false if there is no more room to wait for it; then what
// the line itself says is told.
func (s *Shared) show(w *showing) bool {
	w.seen.Last = w.seen.Seen
	if c := s.certs[w.id]; c != nil {
		s.use(c)
		w.tell(c.fields)
		if c.once {
			s.forget(c)
		}
		return true
	}
	k := w.key()
	if old := s.shown[k]; old != nil {
		if w.seen.Seen.After(old.seen.Last) {
			old.seen.Last = w.seen.Seen
		}
		return true
	}
	if len(s.shown) >= maxShowings {
		w.tell(w.own)
		return false
	}
	s.shown[k] = w
	s.waiting[w.id] = append(s.waiting[w.id], w)
	return true
}

// A Lack is what an input turned out to lack when all had been read.
type Lack struct {
	Input int
	What  string
}

// Close tells what lines of ssl.log say themselves of certificates that were not
// to be had, and returns what is lacking, in order of input. It is called once,
// after the last input; the sinks of all inputs must still be good.
func (s *Shared) Close() []Lack {
	var rest []*showing
	for _, w := range s.shown {
		rest = append(rest, w)
	}
	slices.SortFunc(rest, func(a, b *showing) int {
		return cmp.Or(a.seen.Input-b.seen.Input, cmp.Compare(a.seen.Packet, b.seen.Packet), a.seen.From.Compare(b.seen.From))
	})
	for _, w := range rest {
		w.tell(w.own)
		s.input(w.seen.Input).missed++
	}
	var out []Lack
	for n, in := range s.inputs {
		if in.missed > 0 {
			out = append(out, Lack{n, fmt.Sprintf("the contents of %d certificates that ssl.log names: they stand in x509.log, in no input here", in.missed)})
		}
		if in.certs > 0 && in.used == 0 {
			out = append(out, Lack{n, "whose the certificates of x509.log are: ssl.log says that, and no input here names them"})
		}
	}
	slices.SortFunc(out, func(a, b Lack) int { return cmp.Or(a.Input-b.Input, cmp.Compare(a.What, b.What)) })
	*s = *NewShared()
	return out
}
