package egress

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strconv"
	"sync"

	"github.com/lenscap/lenscap/internal/geo"
	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/parallel"
)

// manyServices is how many services of one far end, all on high ports that are
// nobody's, are listed apart: beyond it they are the ports of one program that
// takes new ones as it goes, such as peer-to-peer video.
const manyServices = 8

// A service says what flows make up one conversation.
type service struct {
	device  string
	far     netip.Addr
	port    uint16
	proto   uint8
	farOwns bool  // the port is the far end's
	others  uint8 // scope of many far ends, which far stands for; 0 for one
	hour    int32 // since 1970, where hours are kept apart
}

// A talk is a conversation in the making.
type talk struct {
	service
	from      netip.Addr
	fromBytes uint64
	peer      string
	input     int
	number    int64
	flows     int64
	byDevice  bool // a flow that the device opened was seen from its beginning
	byFar     bool
	pattern   Pattern
	protocols []string // of summaries and observations, in the order seen
	names     []candidate
	scope     string
	rank      int // of the device and scope, by order
	*decision
}

// A decision is what finish works out of a talk; one serves all talks
// of a run, since there may be a hundred thousand.
type decision struct {
	conv       *Conversation
	place      geo.Place
	domain     maker.Domain
	namedProof observation.Evidence // of the name the conversation goes by
}

// A part is one entry of the book seen from its device.
type part struct {
	*entry
	service
	from    netip.Addr
	peer    string
	deviceA bool
	client  bool // the device opened it
}

// Conversations adds the book up by device and far end, with the names the
// devices used in what was observed. Sorted by device in rank order, outside
// first, most bytes up first. seen, places and base may be nil.
func (b *Book) Conversations(e *Estate, seen []*observation.Observation, places *geo.Set, base *maker.Base) []Conversation {
	talks, names := b.talks(e, seen, base, false)
	if places == nil {
		places = &geo.Set{}
	}
	out := make([]Conversation, len(talks))
	parallel.Runs(context.Background(), len(talks), func(from, to int) {
		var d decision
		for i := from; i < to; i++ {
			d = decision{conv: &out[i]}
			talks[i].decision = &d
			talks[i].finish(e, names, places, base)
			talks[i] = nil
		}
	})
	return out
}

// Hours is [Book.Conversations] with each hour of a conversation apart: yield is
// called with the hour, counted from 1970-01-01 UTC, and what was in it, valid
// until it returns.
func (b *Book) Hours(e *Estate, seen []*observation.Observation, places *geo.Set, base *maker.Base, yield func(hour int64, c *Conversation)) {
	talks, names := b.talks(e, seen, base, true)
	if places == nil {
		places = &geo.Set{}
	}
	var d decision
	var c Conversation
	for i, t := range talks {
		d = decision{conv: &c}
		t.decision = &d
		t.finish(e, names, places, base)
		yield(int64(t.service.hour), &c)
		talks[i] = nil
	}
}

// talks works out who talked to whom, each hour apart if hourly, in the order in
// which conversations are listed. What is left is to word each.
func (b *Book) talks(e *Estate, seen []*observation.Observation, base *maker.Base, hourly bool) ([]*talk, *nameBook) {
	parts := b.parts(e)
	foldServices(parts, base)
	if hourly {
		for i := range parts {
			parts[i].service.hour = parts[i].key.hour
		}
	}
	talks, index := join(parts, b.apps, len(e.Inputs))
	var names *nameBook
	var wait sync.WaitGroup
	wait.Go(func() { // beside order, which looks at neither names nor protocols
		names = gatherNames(e, seen)
		index.observe(seen)
	})
	for _, t := range talks {
		t.scope = e.scope(t.far)
		switch t.others {
		case othersOutside:
			t.scope = ScopeOutside
		case othersGroup:
			t.scope = ScopeGroup
		}
	}
	order(e, talks)
	wait.Wait()
	return talks, names
}

// parts orients every entry that a device has part in, in the order of keys.
func (b *Book) parts(e *Estate) []part {
	b.Settle()
	parts := make([]part, 0, len(b.order))
	b.unowned = 0
	for _, x := range b.order {
		addrA, addrB := netip.AddrFrom16(x.a).Unmap(), netip.AddrFrom16(x.b).Unmap()
		ownA := e.owner(int(x.input), addrA, x.macA, x.pattern.First, x.pattern.Last)
		ownB := e.owner(int(x.input), addrB, x.macB, x.pattern.First, x.pattern.Last)
		p := part{entry: x}
		if p.others = x.side & others; p.others != 0 {
			addrB, ownB = netip.IPv4Unspecified(), ""
		}
		switch {
		case ownA == ownB: // of no device, or of one that speaks to itself
			b.unowned += x.count()
			continue
		case ownB == "" || ownA != "" && e.before(ownA, ownB):
			p.deviceA, p.device, p.peer, p.from, p.far = true, ownA, ownB, addrA, addrB
		default:
			p.device, p.peer, p.from, p.far = ownB, ownA, addrB, addrA
		}
		p.client = p.deviceA == (x.side&clientA != 0)
		p.service.port, p.service.proto, p.farOwns = x.key.port, x.key.proto, p.client
		if p.service.port == 0 {
			p.farOwns = false
		}
		parts = append(parts, p)
	}
	return parts
}

// foldServices makes one of the services of a far end on ports that are
// nobody's, where they are many or some were folded already.
func foldServices(parts []part, base *maker.Base) {
	type pair struct {
		device string
		far    netip.Addr
		proto  uint8
	}
	type port struct {
		port    uint16
		farOwns bool
	}
	ports := map[pair]map[port]bool{}
	for i := range parts {
		p := &parts[i]
		if p.service.port != 0 && (p.service.port < lowPorts || wellKnown(base, p.service.proto, p.service.port)) {
			continue
		}
		if p.service.proto != protoTCP && p.service.proto != protoUDP {
			continue
		}
		k := pair{p.device, p.far, p.service.proto}
		if ports[k] == nil {
			ports[k] = map[port]bool{}
		}
		ports[k][port{p.service.port, p.farOwns}] = true
	}
	for i := range parts {
		p := &parts[i]
		of := ports[pair{p.device, p.far, p.service.proto}]
		if of[port{p.service.port, p.farOwns}] && (len(of) > manyServices || of[port{}]) {
			p.service.port, p.farOwns = 0, false
		}
	}
}

const talksAtOnce = 64 // for which memory is made at once

// join makes one talk of the parts of one service.
func join(parts []part, apps []string, inputs int) ([]*talk, *talkIndex) {
	by := make(map[service]*talk, len(parts))
	talks := make([]*talk, 0, len(parts))
	var room []talk
	index := newTalkIndex(len(parts), inputs)
	var t *talk
	for i := range parts {
		p := &parts[i]
		if i == 0 || p.service != t.service { // hours and sides of one service follow each other
			t = by[p.service]
		}
		if t == nil {
			if len(room) == 0 {
				room = make([]talk, talksAtOnce)
			}
			t, room = &room[0], room[1:]
			t.service, t.input, t.number = p.service, int(p.input), p.number
			by[p.service] = t
			talks = append(talks, t)
		}
		t.add(p, apps)
		if p.others == 0 {
			index.put(p, t)
		}
	}
	return talks, index
}

func (t *talk) add(p *part, apps []string) {
	pattern := &p.pattern
	if p.upA != p.deviceA {
		back := turned(*pattern)
		pattern = &back
	}
	t.pattern.Merge(pattern)
	t.flows += int64(p.flows)
	if p.flows > 0 {
		t.byDevice = t.byDevice || p.client
		t.byFar = t.byFar || !p.client
	}
	if n := pattern.BytesUp + pattern.BytesDown; !t.from.IsValid() || n > t.fromBytes {
		t.from, t.fromBytes = p.from, n
	}
	if t.peer == "" || p.peer != "" && p.peer < t.peer {
		t.peer = p.peer
	}
	if int(p.input) < t.input || int(p.input) == t.input && p.number < t.number {
		t.input, t.number = int(p.input), p.number
	}
	for _, id := range p.apps {
		if id != 0 {
			t.speaks(apps[id])
		}
	}
}

func (t *talk) speaks(protocol string) {
	if at, have := slices.BinarySearch(t.protocols, protocol); !have && protocol != "" && len(t.protocols) < 32 {
		t.protocols = slices.Insert(t.protocols, at, protocol)
	}
}

// finish words the conversation.
func (t *talk) finish(e *Estate, names *nameBook, places *geo.Set, base *maker.Base) {
	p := &t.pattern
	c := t.conv
	*c = Conversation{
		Device: t.device, Peer: t.peer, From: t.from.String(), Address: t.far.String(), Port: t.port, Protocol: protocolName(t.proto),
		App: t.app(), Opened: t.opened(), Scope: t.scope, Names: []Name{}, Evidence: []observation.Evidence{},
		Flows: max(t.flows, 1), BytesUp: p.BytesUp, BytesDown: p.BytesDown, PacketsUp: p.PacketsUp, PacketsDown: p.PacketsDown,
		First: stamp(p.First), Last: stamp(p.Last), Encrypted: t.encrypted(), Video: JudgeVideo(p),
	}
	c.Closed = e.Closed && c.Scope == ScopeOutside
	if t.others != 0 {
		c.Name, c.Purpose = Others, PurposeUnknown
		c.Evidence = append(c.Evidence, observation.Evidence{Input: e.input(t.input), Rule: "egress/others", Says: "Many far ends of the device, the smallest, which were added up since memory is fixed."})
		return
	}
	t.name(e, names)
	if c.Scope == ScopeOutside {
		t.place = places.Lookup(t.far)
		c.Country, c.ASN, c.Network, c.PlaceSource = t.place.Country, t.place.ASN, t.place.Network, t.place.Source
	}
	if base != nil {
		t.control(base)
	}
	t.decidePurpose(e, base)
}

func (t *talk) opened() string {
	switch {
	case t.byDevice && t.byFar:
		return "both"
	case t.byDevice:
		return "device"
	case t.byFar:
		return "far end"
	}
	return "unknown"
}

// Numbers of IP protocols (IANA, Protocol Numbers).
const (
	protoICMP  = 1
	protoTCP   = 6
	protoUDP   = 17
	protoICMP6 = 58
)

func protocolName(proto uint8) string {
	switch proto {
	case protoTCP:
		return "tcp"
	case protoUDP:
		return "udp"
	case protoICMP, protoICMP6:
		return "icmp"
	}
	return strconv.Itoa(int(proto))
}

var scopes = []string{ScopeOutside, ScopeInside, ScopeGroup}

// order sorts talks by device in rank order, then as a reader wants them.
func order(e *Estate, talks []*talk) {
	ranks := map[string]int{}
	for _, t := range talks {
		rank, ok := ranks[t.device]
		if !ok {
			rank = e.rank(t.device)
			ranks[t.device] = rank
		}
		t.rank = rank*len(scopes) + slices.Index(scopes, t.scope)
	}
	slices.SortFunc(talks, func(a, b *talk) int {
		switch {
		case a.rank/len(scopes) != b.rank/len(scopes):
			return cmp.Compare(a.rank, b.rank)
		case a.device != b.device:
			return cmp.Compare(a.device, b.device)
		case a.rank != b.rank:
			return cmp.Compare(a.rank, b.rank)
		}
		x, y := &a.pattern, &b.pattern
		if x.BytesUp != y.BytesUp {
			return cmp.Compare(y.BytesUp, x.BytesUp)
		}
		if x.BytesDown != y.BytesDown {
			return cmp.Compare(y.BytesDown, x.BytesDown)
		}
		return cmp.Or(
			a.far.Compare(b.far), cmp.Compare(a.port, b.port), cmp.Compare(a.proto, b.proto),
			cmp.Compare(a.opened(), b.opened()), cmp.Compare(x.First, y.First))
	})
}
