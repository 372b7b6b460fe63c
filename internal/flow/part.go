package flow

import (
	"time"

	"github.com/lenscap/lenscap/internal/packet"
)

// maxActive bounds [Config.Active].
const maxActive = time.Hour

// nextSecond is called for a packet that comes in a later second of the clock
// than its flow's last: it ends that second on both sides, tells a part when it
// is time, and moves the flow in its idle list.
func (t *Table) nextSecond(f *Record, index uint32, now int64) {
	f.Client.endSecond()
	f.Server.endSecond()
	if now-f.since > t.active {
		t.part(f, now)
	}
	t.unlink(f)
	t.link(f, index, now)
}

// part tells what happened since the last part; the next begins at now, or with
// the latest packet if that was later, so that parts do not overlap.
func (t *Table) part(f *Record, now int64) {
	t.pairs.sent(f)
	t.summary = Summary{
		Input: int(f.input), Number: f.Number, First: f.since, Last: f.Last(), VLAN: f.VLAN, Proto: f.Proto, Exact: true,
		Client: f.Client.part(), Server: f.Server.part(),
	}
	if f.state&stateTold == 0 {
		t.summary.First, t.summary.Begins = f.First, f.begins()
	}
	f.state |= stateTold
	f.since = max(now, f.Last())
	t.h.Part(&t.summary)
}

// begins reports whether the flow was seen from its beginning: a TCP flow by
// its SYN; any other if its first packet came from the client.
func (f *Record) begins() bool {
	if f.Proto == protoTCP {
		return (f.Client.Flags|f.Server.Flags)&packet.SYN != 0
	}
	return f.state&stateClientFirst != 0
}

// part returns what the side sent since the last part, and begins anew.
func (s *Side) part() End {
	e := End{Addr: s.AddrPort(), MAC: s.MAC, Packets: uint64(s.packets), Bytes: s.Bytes - s.told, Flags: s.Flags, TTL: s.TTL}
	e.Shape = s.shape() // which forgets the packets
	s.told = s.Bytes
	return e
}
