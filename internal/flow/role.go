package flow

import "github.com/lenscap/lenscap/internal/packet"

// senderIsClient decides who is the client of a flow that begins with p; see [Table].
func senderIsClient(p *packet.Packet) bool {
	if p.Proto == protoTCP && p.Flags&packet.SYN != 0 {
		return p.Flags&packet.ACK == 0
	}
	from, to := ServesAt(p.SrcPort), ServesAt(p.DstPort)
	return from <= to
}

// ServesAt grades how likely a port is a server's: 2 well known here, 1 below
// 1024, 0 neither. Of two ends the one with the higher grade is the server.
func ServesAt(port uint16) int {
	switch port {
	case 21, 22, 23, 25, 53, 67, 69, 80, 81, 88, 110, 123, 137, 143, 161, 389, 443, 445, 465, 514, 547, 554, 587, 853, 993, 995,
		1883, 1900, 1935, 3478, 3702, 5060, 5353, 5355, 5540, 8000, 8080, 8081, 8088, 8443, 8554, 8883, 8899, 9000, 9999,
		10001, 10554, 34567, 37020, 37777, 37778, 37810:
		return 2
	}
	if port > 0 && port < 1024 {
		return 1
	}
	return 0
}

// restarts reports whether the SYN p begins another connection than f. Where
// f began without SYN a moment ago, the packets came in the wrong order, and
// the SYN now settles who is the client.
func (t *Table) restarts(f *Record, p *packet.Packet, fromClient bool) bool {
	side := f.Side(fromClient)
	syn := p.Flags&packet.ACK == 0
	closed := f.state&stateClosed != 0
	switch {
	case side.Flags&packet.SYN != 0:
		return side.isn != p.Seq && (syn || closed)
	case f.Side(!fromClient).Flags&packet.SYN != 0:
		return syn && closed // the answer to a SYN, or both opened at once
	case f.Client.Packets+f.Server.Packets <= reordered && distance(p.Time, f.Last()) < moveAfter:
		if syn != fromClient {
			t.swapSides(f)
		}
		return false
	}
	return syn || closed
}

// reordered is how many packets may come before one that was sent before them.
const reordered = 3

func (t *Table) swapSides(f *Record) {
	t.rtp.drop(&f.Client)
	t.rtp.drop(&f.Server)
	f.Client, f.Server = f.Server, f.Client
	if mixed := f.state & (stateClientMixed | stateServerMixed); mixed == stateClientMixed || mixed == stateServerMixed {
		f.state ^= stateClientMixed | stateServerMixed
	}
	if f.stream != 0 {
		s := t.streams.at(f.stream)
		s.client, s.server = s.server, s.client
	}
}

// sentByClient returns the direction of p again after [Table.restarts] may have
// swapped the sides.
func (f *Record) sentByClient(p *packet.Packet, before bool) bool {
	if p.Flags&packet.SYN == 0 || f.Proto != protoTCP || f.ID == 0 {
		return before
	}
	fromClient, _ := f.match(p)
	return fromClient
}
