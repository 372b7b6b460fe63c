// Package pipeline runs the path of data once, from inputs to a document: read
// frames, decode, follow flows, dissect, collect observations, tell devices
// apart, attribute, judge.
//
// It is the one door of the command line and of the hub: it holds the order of
// the stages and the limits each of them gets, and no knowledge of its own. It
// opens the inputs it is given and nothing else, and keeps nothing when done.
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/record"
	"github.com/lenscap/lenscap/internal/regime"
	"github.com/lenscap/lenscap/internal/report"
)

// A Config says what to audit and with what.
type Config struct {
	Inputs       []string         // files, as [capture.ExpandAll] gives them; "-" is Stdin
	Known        []string         // for [Read]: names of the inputs that were read before; numbers of inputs go on from there
	Passed       []capture.Passed // files of folders that were not taken as inputs, for the document
	Stdin        io.Reader
	Knowledge    *Knowledge
	Load         func() (*Knowledge, error) // where Knowledge is nil: called beside the reading, which ends if it fails
	Organisation regime.Organisation        // zero: nothing is known of it
	AsAt         time.Time                  // day the rules are judged as at
	Version      string                     // of the program, for the document
	MaxUnpacked  int64                      // bytes of one input after unpacking; 0: any number. What is read until then is kept
	MaxTime      time.Duration              // of reading one input, likewise
	MaxFlows     int                        // live flows at once; 0: the default of package flow
	OneSite      bool                       // all inputs are of one site, see [device.Resolver.OneSite]
	NoSeen       bool                       // leave out what each device said, for a caller that does not print it
	NoSteps      bool                       // leave out the reasoning, likewise
	AfterReading func()                     // nil, or called when the inputs were read and their memory was given back
	Progress     func(Progress)             // nil, or called a few times a second
}

// Progress is how far reading has come.
type Progress struct {
	Input   string // being read
	Number  int    // of it, from 1
	Of      int    // inputs in all
	Read    int64  // bytes of all inputs so far, as stored
	Total   int64  // bytes of all inputs; 0 when one is a stream of unknown length
	Packets int64  // so far, or lines or records
	Stage   string // "reading", "attributing"

	records int64 // of this input, counted in Packets already
}

// ErrNothingRead is returned by [Run] when no input held a packet.
var ErrNothingRead = errors.New("nothing could be read")

// Run audits the inputs of cfg. An input that cannot be opened or is no capture
// is reported in the document, and Run goes on to the next; only when nothing at
// all could be read does it return [ErrNothingRead], with the document that says
// why. Cancelling ctx ends reading and returns its error.
func Run(ctx context.Context, cfg Config) (*report.Document, error) {
	p := newRun(cfg)
	p.beside = p.conversations
	readErr := p.gather(ctx)
	if readErr != nil && !errors.Is(readErr, ErrNothingRead) {
		return nil, readErr
	}
	p.progress("attributing")
	doc, _ := p.conclude(ctx)
	if ctx.Err() == nil {
		p.talk(ctx, doc)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	report.Summarise(doc)
	return doc, readErr
}

func newRun(cfg Config) *run {
	p := &run{cfg: cfg, names: slices.Clone(cfg.Known), first: len(cfg.Known), log: observation.NewLog(), devices: device.New(), book: egress.NewBook(0)}
	p.book.Inside(cfg.Organisation.Egress.Inside)
	if len(cfg.Inputs) > 1 {
		p.twice = newTwice()
	}
	if cfg.OneSite {
		p.devices.OneSite()
	}
	return p
}

// gather reads the inputs.
func (p *run) gather(ctx context.Context) error {
	p.measure()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	loaded := p.load(stop)
	var packets int64
	for i, name := range p.cfg.Inputs {
		p.names = append(p.names, name)
		p.inputs = append(p.inputs, p.read(ctx, p.first+i, name))
		packets += p.inputs[i].Packets
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	p.joined()
	<-loaded
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	p.served.tell(p.cfg.Knowledge.Base, p.log)
	p.limits()
	p.log.Close()
	if packets == 0 {
		return fmt.Errorf("%w: %s", ErrNothingRead, p.whyNothing())
	}
	if packets > manyPackets {
		debug.FreeOSMemory() // the table of flows and the log's index are most of the heap, and garbage now: what follows needs half as much
	}
	if p.cfg.AfterReading != nil {
		p.cfg.AfterReading()
	}
	return nil
}

// conclude works out devices, and what the rules say of them.
func (p *run) conclude(ctx context.Context) (*report.Document, []*device.Device) {
	for _, o := range p.log.All {
		p.devices.Add(o)
	}
	var wait sync.WaitGroup
	wait.Go(p.book.Settle)
	devices := p.devices.Devices()
	wait.Wait()
	return p.document(ctx, devices, p.devices.FarEnds()), devices
}

// manyPackets is after how many packets it pays to collect garbage before what
// follows the reading.
const manyPackets = 1 << 17

// load begins to read the knowledge base, if need be. What it returns is closed
// when that is there; failing is told to stop.
func (p *run) load(stop context.CancelCauseFunc) <-chan struct{} {
	done := make(chan struct{})
	if p.cfg.Knowledge != nil || p.cfg.Load == nil {
		close(done)
		return done
	}
	go func() {
		defer close(done)
		var err error
		if p.cfg.Knowledge, err = p.cfg.Load(); err != nil {
			stop(err)
		}
	}()
	return done
}

// A run is one audit in progress.
type run struct {
	cfg     Config
	names   []string // of all inputs, by number
	inputs  []report.Input
	first   int // number of the first of inputs
	log     *observation.Log
	devices *device.Resolver
	book    *egress.Book
	served  served
	twice   *twice                                   // nil for one input
	beside  func(*report.Document, []*device.Device) // nil, or called while rules are judged: it writes what is of traffic
	shared  *record.Shared                           // by inputs that other tools wrote; nil while there is none

	state  Progress
	stored atomic.Int64 // bytes read of all inputs, by the goroutines that read
	told   time.Time
}

// measure adds up the sizes of the inputs, for progress.
func (p *run) measure() {
	p.state.Of = len(p.cfg.Inputs)
	for _, name := range p.cfg.Inputs {
		info, err := os.Stat(name)
		if name == "-" || err == nil && !info.Mode().IsRegular() {
			p.state.Total = 0
			return
		}
		if err == nil {
			p.state.Total += info.Size()
		}
	}
}

func (p *run) progress(stage string) {
	if p.cfg.Progress == nil {
		return
	}
	p.state.Stage, p.state.Read = stage, p.stored.Load()
	p.told = time.Now()
	p.cfg.Progress(p.state)
}

func (p *run) whyNothing() string {
	for _, in := range p.inputs {
		if in.Error != "" {
			return in.Name + ": " + in.Error
		}
	}
	return "the inputs hold no packet"
}

// read reads one input to its end, or as far as it can be read.
func (p *run) read(ctx context.Context, index int, name string) (in report.Input) {
	in = report.Input{Name: name, NotUnderstood: []report.Gap{}}
	p.state.Input, p.state.Number = name, index-p.first+1
	src, closer, err := p.open(name)
	if err != nil {
		in.Error = err.Error()
		return in
	}
	defer closer()
	limit := &capture.Limit{Bytes: p.cfg.MaxUnpacked, Time: p.cfg.MaxTime}
	defer func() {
		if why := limit.Reached(); why != "" && in.Error == "" {
			in.Error = "reading ended early, and what was read until then is kept: " + why
		}
	}()
	source, err := capture.OpenWithin(&metered{r: src, n: &p.stored}, limit)
	if err != nil {
		in.Error = err.Error()
		return in
	}
	defer source.Close() //nolint:errcheck // ends unpacking; a read error was reported already
	if format := record.Recognise(source.Head()); format != nil {
		return p.records(ctx, index, name, source, format)
	}
	r, err := source.Frames()
	if err != nil {
		in.Error = err.Error()
		return in
	}
	s := newSight(p, index)
	err = s.frames(ctx, r)
	s.finish()
	st := r.Stats()
	in.Format, in.Packets, in.Bytes = st.Format, st.Packets, s.bytes
	in.First, in.Last = nanoStamp(st.First), nanoStamp(st.Last)
	for _, g := range append(st.Gaps, s.gaps...) {
		in.NotUnderstood = append(in.NotUnderstood, report.Gap(g))
	}
	in.NotUnderstood = append(in.NotUnderstood, s.limits()...)
	if s.exports.Records > 0 {
		in.Format += ", with " + s.exports.Versions()
		in.Lacks = s.exports.Lacks()
	}
	for _, g := range s.exports.Gaps() {
		in.NotUnderstood = append(in.NotUnderstood, report.Gap(g))
	}
	if err != nil {
		in.Error = err.Error()
	}
	return in
}

func (p *run) open(name string) (io.Reader, func(), error) {
	if name == "-" {
		if p.cfg.Stdin == nil {
			return nil, nil, errors.New("there is no standard input")
		}
		return p.cfg.Stdin, func() {}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	return f, func() { _ = f.Close() }, nil // read only: nothing is lost if closing fails
}

func nanoStamp(ns int64) string {
	if ns == 0 {
		return ""
	}
	return stamp(time.Unix(0, ns))
}

// metered counts what is read of the stored bytes.
type metered struct {
	r io.Reader
	n *atomic.Int64
}

func (m *metered) Read(b []byte) (int, error) {
	n, err := m.r.Read(b)
	m.n.Add(int64(n))
	return n, err
}
