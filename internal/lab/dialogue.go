package lab

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// A Dialogue is one TCP connection between two stations, from handshake to FIN.
// Its clock moves on with each call.
type Dialogue struct {
	At  time.Duration // of the next segment
	RTT time.Duration // a round trip; half of it passes before each answer

	n              *Network
	client, server tcpSide
	lose, reorder  bool
}

type tcpSide struct {
	station *Station
	addr    netip.AddrPort
	seq     uint32 // of the next byte it sends
}

const (
	segmentSize = 1460                   // bytes of payload at most
	segmentGap  = 120 * time.Microsecond // between two segments of one message
)

// Dial opens a connection from port sport of client to port dport of server.
func (n *Network) Dial(at time.Duration, client *Station, sport uint16, server *Station, dport uint16) *Dialogue {
	return n.dial(at, client, netip.AddrPortFrom(client.IP, sport), server, netip.AddrPortFrom(server.IP, dport))
}

// dial is Dial between any two of the stations' addresses.
func (n *Network) dial(at time.Duration, client *Station, from netip.AddrPort, server *Station, to netip.AddrPort) *Dialogue {
	r := n.Random(8)
	d := &Dialogue{At: at, RTT: 900 * time.Microsecond, n: n,
		client: tcpSide{client, from, binary.BigEndian.Uint32(r)},
		server: tcpSide{server, to, binary.BigEndian.Uint32(r[4:])},
	}
	if client.Segment == nil || server.Segment == nil {
		d.RTT = 24 * time.Millisecond
	}
	d.segment(&d.client, flagSYN, nil)
	d.client.seq++
	d.pause()
	d.segment(&d.server, flagSYN|flagACK, nil)
	d.server.seq++
	d.pause()
	d.segment(&d.client, flagACK, nil)
	return d
}

// Lose makes the first segment of the next message seem lost: the receiver does
// not acknowledge it, and it is sent again.
func (d *Dialogue) Lose() *Dialogue { d.lose = true; return d }

// Reorder makes the first two segments of the next message arrive the wrong way
// round.
func (d *Dialogue) Reorder() *Dialogue { d.reorder = true; return d }

// Client lets the client send b.
func (d *Dialogue) Client(b []byte) *Dialogue { d.send(&d.client, &d.server, b); return d }

// Server lets the server send b.
func (d *Dialogue) Server(b []byte) *Dialogue { d.send(&d.server, &d.client, b); return d }

// Ask sends a question and its answer.
func (d *Dialogue) Ask(question, answer []byte) *Dialogue { return d.Client(question).Server(answer) }

// Wait lets time pass.
func (d *Dialogue) Wait(t time.Duration) *Dialogue { d.At += t; return d }

// Close ends the connection with FIN from both sides, the client first.
func (d *Dialogue) Close() {
	for _, s := range []*tcpSide{&d.client, &d.server} {
		d.pause()
		d.segment(s, flagFIN|flagACK, nil)
		s.seq++
	}
	d.pause()
	d.segment(&d.client, flagACK, nil)
}

// send cuts b into segments and has the other side acknowledge them.
func (d *Dialogue) send(from, to *tcpSide, b []byte) {
	d.pause()
	type piece struct {
		seq  uint32
		data []byte
	}
	var pieces []piece
	size := segmentSize
	if d.reorder && len(b) < 2*segmentSize {
		size = max(len(b)/2+1, 1)
	}
	for len(b) > 0 {
		k := min(len(b), size)
		pieces = append(pieces, piece{from.seq, b[:k]})
		from.seq += uint32(k)
		b = b[k:]
	}
	if d.reorder && len(pieces) > 1 {
		pieces[0], pieces[1] = pieces[1], pieces[0]
	}
	if d.lose && len(pieces) > 0 { // seen here, lost further on
		pieces = append(pieces, pieces[0])
	}
	last := from.seq
	for i, p := range pieces {
		flags := uint8(flagACK)
		if p.seq+uint32(len(p.data)) == last {
			flags |= flagPSH
		}
		if d.lose && i == len(pieces)-1 {
			d.At += 210 * time.Millisecond
		}
		seq := from.seq
		from.seq = p.seq
		d.segment(from, flags, p.data)
		from.seq = seq
		d.At += segmentGap
	}
	d.lose, d.reorder = false, false
	d.pause()
	d.segment(to, flagACK, nil)
}

func (d *Dialogue) pause() { d.At += d.RTT / 2 }

func (d *Dialogue) segment(from *tcpSide, flags uint8, b []byte) {
	to := &d.server
	if from == to {
		to = &d.client
	}
	ack := to.seq
	if flags&flagACK == 0 {
		ack = 0
	}
	d.n.packet(d.At, from.station, from.addr.Addr(), to.addr.Addr(), protoTCP, tcp(from.addr, to.addr, from.seq, ack, flags, b))
}
