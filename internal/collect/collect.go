// Package collect listens for what flow exporters send: NetFlow 5 and 9, IPFIX
// and sFlow, on one UDP port, told apart by content.
//
// It hands on flow summaries and sightings in batches and decides nothing about
// them. Everything it holds is bounded: exporters, datagrams that wait, flows of
// a batch. What it must drop it counts, and what an exporter sent and the network
// lost it counts by the exporter's own numbering. UDP senders can be forged: an
// allow-list keeps strangers out, not liars; put the port on a network of its own.
package collect

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/flow"
)

// A Batch is what exporters told in a while.
type Batch struct {
	Flows       []flow.Summary    // Input is Config.Input, Number that of the datagram since start
	Sights      []device.Sighting // one for each address, hardware address and VLAN that sent
	Misdated    []flow.Misdated   // of each exporter whose records have times that cannot be; the flows have the time they came instead
	First, Last time.Time         // when the first and the last of its datagrams came
}

// A Config says where to listen and whom to hand what was heard.
type Config struct {
	Addr  string         // UDP address, such as ":2055" or "127.0.0.1:0"
	Allow []netip.Prefix // exporters; none: this machine only
	Input int            // of the flows
	// Sink takes a batch, which is its own from then on. While it works the next
	// batch is gathered. When it fails it is given the same batch again, later
	// and later, until it takes it or the collector ends.
	Sink  func(ctx context.Context, b Batch) error
	Flows int              // of a batch, at most; 0: 20,000
	Every time.Duration    // how long a batch is gathered; 0: 10 s
	Queue int              // datagrams that wait to be decoded, at most, and 64 MB of them; 0: 32,768
	Log   *slog.Logger     // nil: none
	Now   func() time.Time // nil: time.Now; what times of flows are compared with
}

// Bounds that no setting changes.
const (
	maxExporters   = 1024
	maxQueuedBytes = 64 << 20
	maxDatagram    = 65536
	readBuffer     = 8 << 20         // asked of the kernel, which may give less
	grace          = 5 * time.Second // for the last batch when the collector ends
	longestWait    = 30 * time.Second
)

// A Collector listens on one port.
type Collector struct {
	cfg     Config
	conn    *net.UDPConn
	ready   chan struct{}
	queue   chan datagram
	queued  atomic.Int64 // bytes in queue
	buffers sync.Pool
	stats   stats
}

// A datagram is one that waits to be decoded.
type datagram struct {
	from netip.AddrPort
	at   int64
	b    *[]byte
}

// New returns a collector that does nothing before [Collector.Run].
func New(cfg Config) *Collector {
	if cfg.Flows <= 0 {
		cfg.Flows = 20_000
	}
	if cfg.Every <= 0 {
		cfg.Every = 10 * time.Second
	}
	if cfg.Queue <= 0 {
		cfg.Queue = 32_768
	}
	if len(cfg.Allow) == 0 {
		cfg.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	c := &Collector{cfg: cfg, ready: make(chan struct{}), queue: make(chan datagram, cfg.Queue)}
	c.buffers.New = func() any { b := make([]byte, 0, 2048); return &b }
	c.stats.exporters = map[netip.Addr]*Exporter{}
	c.stats.sequences = map[stream]*sequence{}
	return c
}

// Addr is where the collector listens. It waits until it does, or ctx ends.
func (c *Collector) Addr(ctx context.Context) (netip.AddrPort, error) {
	select {
	case <-c.ready:
		return c.conn.LocalAddr().(*net.UDPAddr).AddrPort(), nil
	case <-ctx.Done():
		return netip.AddrPort{}, ctx.Err()
	}
}

// Run listens until ctx ends; then what came in is decoded and handed on, and
// Run returns nil. It fails when the port cannot be had. It is called once.
func (c *Collector) Run(ctx context.Context) error {
	p, err := (&net.ListenConfig{}).ListenPacket(ctx, "udp", c.cfg.Addr)
	if err != nil {
		return fmt.Errorf("listen for flow exporters on %s: %w", c.cfg.Addr, err)
	}
	c.conn = p.(*net.UDPConn)
	if err := enlarge(c.conn, readBuffer); err != nil {
		c.cfg.Log.InfoContext(ctx, "receive buffer left as it is", slog.Any("err", err))
	}
	close(c.ready)
	stop := context.AfterFunc(ctx, func() { _ = c.conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()

	batches := make(chan Batch, 1)
	var work sync.WaitGroup
	work.Go(func() { c.decode(batches) })
	work.Go(func() { c.deliver(ctx, batches) })
	err = c.receive(ctx)
	close(c.queue)
	work.Wait()
	return errors.Join(err, c.conn.Close())
}

// receive takes datagrams off the socket. One that is not allowed, or for which
// there is no room, is counted and forgotten.
func (c *Collector) receive(ctx context.Context) error {
	buf := make([]byte, maxDatagram)
	for {
		n, from, err := c.conn.ReadFromUDPAddrPort(buf)
		select {
		case <-ctx.Done():
			return nil
		default:
		}
		switch {
		case errors.Is(err, net.ErrClosed):
			return fmt.Errorf("receive from flow exporters: %w", err)
		case err != nil: // an ICMP answer to nobody's question, a lack of memory: goes by
			c.stats.fault("receive: " + err.Error())
			time.Sleep(time.Millisecond)
			continue
		}
		from = netip.AddrPortFrom(from.Addr().Unmap().WithZone(""), from.Port())
		if !c.allowed(from.Addr()) {
			if c.stats.refuse(from.Addr()) {
				c.cfg.Log.WarnContext(ctx, "exporter not allowed", slog.String("address", from.Addr().String()))
			}
			continue
		}
		if c.queued.Load()+int64(n) > maxQueuedBytes {
			c.drop(ctx)
			continue
		}
		b := c.buffers.Get().(*[]byte)
		*b = append((*b)[:0], buf[:n]...)
		select {
		case c.queue <- datagram{from, c.cfg.Now().UnixNano(), b}:
			c.queued.Add(int64(n))
		default:
			c.buffers.Put(b)
			c.drop(ctx)
		}
	}
}

// drop counts a datagram for which there is no room. The log tells of the first, the
// second, the fourth and so on.
func (c *Collector) drop(ctx context.Context) {
	if n := c.stats.drop(); n&(n-1) == 0 {
		c.cfg.Log.WarnContext(ctx, "datagrams are lost: they come faster than flows are taken", slog.Int64("lost", n))
	}
}

func (c *Collector) allowed(a netip.Addr) bool {
	for _, p := range c.cfg.Allow {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// decode works off the queue until it is closed.
func (c *Collector) decode(batches chan<- Batch) {
	defer close(batches)
	g := newGatherer(c.cfg.Input)
	say := sayer{log: c.cfg.Log, from: map[netip.Addr]bool{}}
	tick := time.NewTicker(c.cfg.Every)
	defer tick.Stop()
	hand := func() {
		if b, ok := g.take(); ok {
			say.say(c.cfg.Now(), b.Misdated)
			batches <- b
			tick.Reset(c.cfg.Every)
		}
	}
	for {
		select {
		case d, more := <-c.queue:
			if !more {
				g.finish()
				hand()
				return
			}
			c.one(g, d)
			if g.len() >= c.cfg.Flows {
				hand()
			}
		case <-tick.C:
			g.finish()
			hand()
		}
	}
}

// one decodes a datagram and notes who sent it.
func (c *Collector) one(g *gatherer, d datagram) {
	c.queued.Add(-int64(len(*d.b)))
	if c.stats.known(d.from.Addr(), d.at) {
		c.stats.count(d, g.datagram(d))
	}
	if cap(*d.b) <= 4096 { // a few large ones must not stay for ever
		c.buffers.Put(d.b)
	}
}

// deliver hands batches to the sink, each until it is taken.
func (c *Collector) deliver(ctx context.Context, batches <-chan Batch) {
	for b := range batches {
		wait := 100 * time.Millisecond
		for {
			try, cancel := ctx, context.CancelFunc(func() {})
			last := ctx.Err() != nil
			if last {
				try, cancel = context.WithTimeout(context.WithoutCancel(ctx), grace)
			}
			err := c.cfg.Sink(try, b)
			cancel()
			if err == nil {
				c.stats.took(len(b.Flows))
				break
			}
			if last {
				c.stats.lose(len(b.Flows), err)
				c.cfg.Log.ErrorContext(ctx, "flows lost at the end", slog.Int("flows", len(b.Flows)), slog.Any("err", err))
				break
			}
			c.stats.fault("hand on: " + err.Error())
			c.cfg.Log.WarnContext(ctx, "flows not taken, tried again", slog.Int("flows", len(b.Flows)), slog.Duration("after", wait), slog.Any("err", err))
			select {
			case <-ctx.Done():
			case <-time.After(wait):
			}
			wait = min(2*wait, longestWait)
		}
	}
}
