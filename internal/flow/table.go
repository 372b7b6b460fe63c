// Package flow makes flows of packets: it counts both directions of each
// conversation of two ports, puts the first bytes of TCP streams together,
// recognises RTP by its shape, and keeps who sent from which MAC address.
//
// Its memory is fixed by [Config], whatever the input: when a limit is reached
// the longest idle makes room, and is counted. It goes by the time of packets,
// never the clock, so the same packets give the same calls in the same order.
// It knows no protocol but TCP, RTP and as much of RTSP as finds RTP inside it,
// and draws no conclusion from what it counts.
package flow

import (
	"time"

	"github.com/lenscap/lenscap/internal/packet"
)

// Config bounds a [Table]. A zero field takes the default named.
type Config struct {
	MaxFlows         int                                        // live flows; 1<<20
	IdleTCP          time.Duration                              // of an open TCP flow; 5 minutes
	IdleOther        time.Duration                              // of any other flow; 2 minutes
	Linger           time.Duration                              // of a TCP flow after FIN from both sides or RST; 5 seconds
	StreamBytes      int                                        // kept of each half of a TCP stream; 64 KiB
	StreamBudget     int                                        // bytes of all streams together; 64 MiB, at least four halves
	StreamWanted     func(serverPort uint16, first []byte) bool // is a half that begins like this worth keeping? nil: every one
	DatagramWanted   func(src, dst uint16, payload []byte) bool // is a datagram worth a look? nil: none
	DatagramsPerFlow int                                        // different datagrams handed over of each direction, but for discovery and DNS ports; 64, at most 254
	MaxRTP           int                                        // RTP streams followed at once; 1<<16
}

// A Handler is told what a [Table] finds. Its arguments are valid until it
// returns, and it must not call the table.
type Handler interface {
	// Datagram is called for a UDP payload that [Config.DatagramWanted] wants,
	// unless the same payload came the same way lately or the direction has
	// used up [Config.DatagramsPerFlow].
	Datagram(f *Flow, p *packet.Packet, fromClient bool)

	// Stream is called at most once per TCP flow: when both halves are full or
	// ended by FIN, at RST, when the budget needs its room, or before End. It
	// is not called for a flow of which nothing was wanted.
	Stream(f *Flow, s *Stream)

	// End is called once per flow, last: when it was idle, when a new
	// connection takes its ports, when it was evicted, or at [Table.Close].
	End(f *Flow)
}

// A Table holds the live flows. It is not safe for use by several goroutines.
//
// The client of a flow is who sent SYN, or did not send SYN with ACK; else the
// end whose port is not a well-known server's; else who sent first.
type Table struct {
	cfg   Config
	h     Handler
	stats Stats
}

// New returns an empty table that tells h.
func New(cfg Config, h Handler) *Table { return &Table{cfg: cfg, h: h} }

// Add counts p, which is not kept. Packets that carry no IP are ignored.
func (t *Table) Add(p *packet.Packet) {}

// Close ends all flows in the order in which they began. The table is empty
// afterwards and may be used again.
func (t *Table) Close() {}

// Stats returns the counts so far.
func (t *Table) Stats() Stats { return t.stats }
