package egress

import (
	"bytes"
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// maxNames bounds the names kept of one conversation.
const maxNames = 16

// A candidate is a name for a far end and who said it.
type candidate struct {
	name  string
	field string
	o     *observation.Observation
	count int64
}

// A nameBook holds the names that are not said inside the conversation itself.
type nameBook struct {
	dns  map[dnsKey][]candidate // answers that the device got
	mdns map[netip.Addr]candidate
}

type dnsKey struct {
	device string
	addr   netip.Addr
}

// gatherNames reads DNS answers by the device that got them, and what peers
// announce by multicast DNS.
func gatherNames(e *Estate, seen []*observation.Observation) *nameBook {
	n := &nameBook{dns: map[dnsKey][]candidate{}, mdns: map[netip.Addr]candidate{}}
	for _, o := range seen {
		switch o.Protocol {
		case "dns":
			n.answers(e, o)
		case "mdns":
			n.announced(o)
		}
	}
	for _, c := range n.dns {
		slices.SortStableFunc(c, func(x, y candidate) int { return earlier(x.o, y.o) })
	}
	return n
}

func (n *nameBook) answers(e *Estate, o *observation.Observation) {
	if o.About != observation.Receiver || !o.To.Addr().IsValid() {
		return
	}
	device, asked := "", false
	for _, f := range o.Fields {
		if f.Name != observation.DNSAnswer {
			continue
		}
		name, text, ok := strings.Cut(f.Value, " ")
		addr, err := netip.ParseAddr(text)
		if name = cleanName(name); !ok || err != nil || name == "" {
			continue
		}
		if !asked {
			device, asked = e.owner(o.Input, o.To.Addr().Unmap(), o.ToMAC, o.Seen.UnixNano(), o.Last.UnixNano()), true
		}
		if device == "" {
			return
		}
		k := dnsKey{device, addr.Unmap()}
		if len(n.dns[k]) < maxNames {
			n.dns[k] = append(n.dns[k], candidate{name, f.Name, o, o.Count})
		}
	}
}

// announced keeps the name of a peer that says one name with its own address.
func (n *nameBook) announced(o *observation.Observation) {
	from := o.From.Addr().Unmap()
	name := ""
	own := false
	for _, f := range o.Fields {
		switch f.Name {
		case observation.MDNSHostname:
			if name != "" && name != f.Value {
				return
			}
			name = f.Value
		case observation.MDNSAddress:
			a, err := netip.ParseAddr(f.Value)
			own = own || err == nil && a.Unmap() == from
		}
	}
	if name = cleanName(name); name == "" || !own {
		return
	}
	if have, ok := n.mdns[from]; !ok || earlier(o, have.o) < 0 {
		n.mdns[from] = candidate{name, observation.MDNSHostname, o, o.Count}
	}
}

// cleanName makes a name lower case without final dot, and "" of what is no
// name: an address, or text that no name has.
func cleanName(s string) string {
	s = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(s), "."))
	if s == "" || len(s) > 253 || strings.ContainsAny(s, " \t/\\\"'<>@:") {
		return ""
	}
	if _, err := netip.ParseAddr(s); err == nil {
		return ""
	}
	return s
}

// earlier orders observations by input and packet.
func earlier(x, y *observation.Observation) int {
	return cmp.Or(x.Seen.Compare(y.Seen), cmp.Compare(x.Input, y.Input), cmp.Compare(x.Packet, y.Packet), cmp.Compare(x.ID, y.ID))
}

// A talkIndex finds the conversation that a message was part of.
type talkIndex struct {
	by     map[talkKey]uint32 // 1 + number of the latest in list
	list   []indexed
	inputs int
}

type talkKey struct {
	input int32 // anyInput for all together
	a, b  [16]byte
	port  uint16
}

// anyInput is for messages of one input about the flows of another: Zeek writes
// flows and names into files of their own.
const anyInput = -1

type indexed struct {
	t           *talk
	first, last int64
	next        uint32 // 1 + number of another with the same key; 0 for none
}

func newTalkIndex(n, inputs int) *talkIndex {
	if inputs > 1 {
		n *= 2
	}
	return &talkIndex{make(map[talkKey]uint32, n), make([]indexed, 0, n), inputs}
}

// put files a part under the port its flows really had, and under 0 where
// that was folded already.
func (x *talkIndex) put(p *part, t *talk) {
	k := talkKey{p.input, p.a, p.b, p.entry.key.port}
	x.file(k, p, t)
	if x.inputs > 1 {
		k.input = anyInput
		x.file(k, p, t)
	}
}

func (x *talkIndex) file(k talkKey, p *part, t *talk) {
	at := x.by[k]
	if at > 0 && x.list[at-1].t == t {
		in := &x.list[at-1]
		in.first, in.last = min(in.first, p.pattern.First), max(in.last, p.pattern.Last)
		return
	}
	x.list = append(x.list, indexed{t, p.pattern.First, p.pattern.Last, at})
	x.by[k] = uint32(len(x.list)) //nolint:gosec // at most two an entry
}

// find gives the conversations of a message, by 1 + number of the first: those
// of its own input, or where that has none of its addresses and port, those of
// the others.
func (x *talkIndex) find(o *observation.Observation) uint32 {
	k := talkKey{a: o.From.Addr().As16(), b: o.To.Addr().As16()}
	if bytes.Compare(k.a[:], k.b[:]) > 0 {
		k.a, k.b = k.b, k.a
	}
	for _, k.input = range [...]int32{int32(o.Input), anyInput} { //nolint:gosec // counted from 0
		for _, k.port = range [...]uint16{o.To.Port(), o.From.Port(), 0} {
			if at := x.by[k]; at > 0 {
				return at
			}
		}
	}
	return 0
}

// nameFields are those in which a client says the name it wants.
var nameFields = []string{observation.TLSSNI, observation.QUICSNI, observation.HTTPHost}

// observe gives each conversation the protocols and the names said in it.
func (x *talkIndex) observe(seen []*observation.Observation) {
	for _, o := range seen {
		if !o.From.Addr().IsValid() || !o.To.Addr().IsValid() {
			continue
		}
		for at := x.find(o); at > 0; at = x.list[at-1].next {
			in := &x.list[at-1]
			if o.Last.UnixNano() < in.first-hour || o.Seen.UnixNano() > in.last+hour {
				continue // another holder of the address
			}
			in.t.speaks(o.Protocol)
			if o.About == observation.Sender && o.To.Addr().Unmap() == in.t.far {
				in.t.said(o)
			}
		}
	}
}

// said keeps the names the device asked for in the conversation itself.
func (t *talk) said(o *observation.Observation) {
	for _, f := range o.Fields {
		if !slices.Contains(nameFields, f.Name) {
			continue
		}
		name := cleanName(f.Value)
		if name == "" || !strings.Contains(name, ".") {
			continue
		}
		t.suggest(candidate{name, f.Name, o, o.Count})
	}
}

// suggest files a name once for each field that says it, with the earliest
// message that did.
func (t *talk) suggest(c candidate) {
	for i := range t.names {
		if have := &t.names[i]; have.name == c.name && have.field == c.field {
			have.count += c.count
			if earlier(c.o, have.o) < 0 {
				have.o = c.o
			}
			return
		}
	}
	if len(t.names) < maxNames {
		t.names = append(t.names, c)
	}
}

// name decides by which name the device knows the far end: what it asked for in
// this very conversation, most often first; else the DNS answer nearest before
// the conversation's end; else what a peer inside announces of itself.
func (t *talk) name(e *Estate, names *nameBook) {
	slices.SortStableFunc(t.names, func(x, y candidate) int {
		return cmp.Or(cmp.Compare(y.count, x.count), earlier(x.o, y.o), cmp.Compare(x.name, y.name), cmp.Compare(x.field, y.field))
	})
	best := 0
	inside := len(t.names)
	for _, c := range names.dns[dnsKey{t.device, t.far}] {
		t.suggest(c)
	}
	if inside == 0 {
		for i, c := range t.names { // by time
			if c.o.Seen.UnixNano() <= t.pattern.First || i == 0 {
				best = i
			}
		}
	}
	if len(t.names) == 0 {
		if c, ok := names.mdns[t.far]; ok && t.conv.Scope == ScopeInside {
			t.names = append(t.names, c)
		}
	}
	if len(t.names) == 0 {
		return
	}
	for _, c := range t.names {
		t.conv.Names = append(t.conv.Names, Name{c.name, c.field, e.input(c.o.Input), c.o.Packet})
	}
	c := t.names[best]
	t.conv.Name = c.name
	says := "The device asked for this name in the conversation itself."
	switch c.field {
	case observation.DNSAnswer:
		says = "The device looked this name up and got the far end's address."
	case observation.MDNSHostname:
		says = "The far end announces this name of itself."
	}
	t.namedProof = observation.Evidence{Input: e.input(c.o.Input), Packet: c.o.Packet, Protocol: c.o.Protocol, Field: c.field, Value: c.name, Rule: "egress/name", Says: says}
	t.conv.Evidence = append(t.conv.Evidence, t.namedProof)
}
