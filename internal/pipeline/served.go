package pipeline

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
)

// maxServed bounds the services that are kept of one audit. Those that come
// later are not looked at.
const maxServed = 1 << 16

// served keeps which services of the site answered, and which ports far ends
// answered it on, as far as flows tell: for a flow record that is all there is.
// What a port stands for is asked at the end, when the knowledge base is there.
type served struct {
	seen    map[serviceKey]*service
	ended   []spell // followed by a day of silence or more: the address may be another device's by now
	dropped int64   // flows of services beyond maxServed
}

// A spell is one service for as long as no day passed without it.
type spell struct {
	serviceKey
	service
}

// flow takes a flow, or a part of one, wherever it was told.
func (p *run) flow(f *flow.Summary) {
	p.book.Add(f)
	p.served.add(f)
}

// A serviceKey is one port, by who it is of.
type serviceKey struct {
	input   int
	addr    netip.Addr // of the site: who answered, or who was answered
	vlan    uint16
	proto   uint8
	port    uint16
	outside bool // the far end's port, on another network
}

// A service is what is known of one port.
type service struct {
	client, server netip.AddrPort // of the first flow
	sure           bool           // client really is who asked
	number         int64
	first, last    int64
}

// add takes one flow, or a part of one. It costs next to nothing for flows that
// say nothing here. Where nobody saw who opened it, either end may have; it counts
// when another flow says the same, and no end has a port that only servers have.
func (k *served) add(f *flow.Summary) {
	c, s := f.Client.Addr.Port(), f.Server.Addr.Port()
	switch {
	case c == s:
	case f.Begins:
		k.consider(f, &f.Client, &f.Server)
	case c >= 1024 && s >= 1024:
		k.consider(f, &f.Client, &f.Server)
		k.consider(f, &f.Server, &f.Client)
	case c >= 1024:
		k.consider(f, &f.Client, &f.Server)
	}
}

// consider takes a flow that client opened.
func (k *served) consider(f *flow.Summary, client, server *flow.End) {
	port := server.Addr.Port()
	if dumb(f.Proto, port) || !answered(f.Proto, client, server) {
		return
	}
	key := serviceKey{input: f.Input, addr: server.Addr.Addr(), vlan: f.VLAN, proto: f.Proto, port: port}
	if !ofSite(key.addr) {
		if key.addr, key.outside = client.Addr.Addr(), true; !ofSite(key.addr) {
			return
		}
	}
	s := k.seen[key]
	if s != nil && f.First-s.last > silence && len(k.seen)+len(k.ended) < maxServed {
		k.ended = append(k.ended, spell{key, *s})
		*s = service{client: client.Addr, server: server.Addr, number: f.Number, first: f.First, last: f.Last}
	}
	if s == nil {
		if len(k.seen)+len(k.ended) >= maxServed {
			k.dropped++
			return
		}
		if k.seen == nil {
			k.seen = map[serviceKey]*service{}
		}
		s = &service{client: client.Addr, server: server.Addr, number: f.Number, first: f.First, last: f.Last}
		k.seen[key] = s
	}
	s.sure = s.sure || f.Begins || s.client != client.Addr || s.server != server.Addr
	s.first, s.last = min(s.first, f.First), max(s.last, f.Last)
}

// silence is after how long an address without anything heard of it may have
// changed hands, in nanoseconds.
const silence = 24 * int64(time.Hour)

// ofSite reports an address that may be a device's of the site without anything
// else being known of it.
func ofSite(a netip.Addr) bool { return a.IsPrivate() || a.IsLinkLocalUnicast() }

// dumb reports a port of services that every network has, of which the answer
// says nothing of the device. DNS is none of them: who answers there asks for
// others.
func dumb(proto uint8, port uint16) bool {
	switch port {
	case 0, 22, 67, 68, 80, 123, 137, 138, 139, 161, 443, 445, 546, 547, 1900, 3478, 3702, 5353, 5355, 8080, 8443:
		return true
	}
	return proto != protoTCP && proto != protoUDP
}

const (
	protoTCP = 6
	protoUDP = 17

	flagFIN, flagSYN, flagRST, flagPSH = 0x01, 0x02, 0x04, 0x08
)

// answered reports whether both sides of the flow sent more than it takes to be
// refused: of TCP three packets each way or bytes beyond the headers, and not
// only resets, which some systems answer with three attempts.
func answered(proto uint8, c, s *flow.End) bool {
	if c.Packets == 0 || s.Packets == 0 {
		return false
	}
	if proto != protoTCP {
		return true
	}
	if s.Flags&flagRST != 0 && s.Flags&(flagSYN|flagFIN|flagPSH) == 0 {
		return false
	}
	carries := func(e *flow.End) bool { return e.Packets >= 2 && e.Bytes > 90*e.Packets } // more than headers with options, link header included
	if c.Packets >= 3 && s.Packets >= 3 {
		return s.Flags != 0 || carries(s)
	}
	return carries(c) && carries(s)
}

// tell hands over what the knowledge base has a name for, as observations, in an
// order that depends on nothing but the flows. They name no far end: they were
// said in no conversation.
func (k *served) tell(base *maker.Base, log *observation.Log) {
	list := k.ended
	for key, s := range k.seen {
		list = append(list, spell{key, *s})
	}
	list = slices.DeleteFunc(list, func(s spell) bool { return !s.sure || !known(base, &s.serviceKey) })
	slices.SortFunc(list, func(a, b spell) int {
		return cmp.Or(cmp.Compare(a.input, b.input), cmp.Compare(a.number, b.number), a.addr.Compare(b.addr), cmp.Compare(a.vlan, b.vlan),
			cmp.Compare(a.proto, b.proto), cmp.Compare(a.port, b.port), cmp.Compare(a.first, b.first))
	})
	for i := range list {
		s := &list[i]
		o := observation.Observation{
			Input: s.input, Packet: s.number, Seen: nano(s.first), Protocol: "flow", VLAN: s.vlan,
			From:   netip.AddrPortFrom(s.addr, s.port),
			Fields: []observation.Field{{Name: observation.FlowService, Value: protoName(s.proto) + "/" + strconv.Itoa(int(s.port))}},
		}
		if s.outside {
			o.From, o.Fields[0].Name = s.client, observation.FlowReached
		}
		if log.Add(o) {
			log.Lasted(nano(s.last))
		}
	}
	k.seen, k.ended = nil, nil
}

// known reports whether the knowledge base has something to say of the port: of
// a far end's only what stands in a cloud.
func known(base *maker.Base, key *serviceKey) bool {
	if key.port == 53 {
		return !key.outside
	}
	return slices.ContainsFunc(base.Port(protoName(key.proto), int(key.port)), func(p maker.Port) bool { return p.InCloud() == key.outside })
}

func protoName(proto uint8) string {
	if proto == protoTCP {
		return "tcp"
	}
	return "udp"
}
