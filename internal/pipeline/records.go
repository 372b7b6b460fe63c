package pipeline

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/record"
	"github.com/lenscap/lenscap/internal/report"
)

// records reads an input that another tool wrote.
func (p *run) records(ctx context.Context, index int, name string, src *capture.Source, format *record.Reader) report.Input {
	if p.shared == nil {
		p.shared = record.NewShared()
	}
	job := &record.Job{Input: index, Sink: &recordSink{p, index}, Modified: modified(name), Shared: p.shared, Progress: func(n int64) {
		p.state.Packets += n - p.state.records
		p.state.records = n
		if time.Since(p.told) > 100*time.Millisecond {
			p.progress("reading")
		}
	}}
	p.state.records = 0
	r, err := format.Read(ctx, src, job)
	job.Progress(r.Records)
	in := report.Input{
		Name: name, Format: r.Format, Unit: r.Unit, Packets: r.Records, Bytes: r.Bytes, First: nanoStamp(r.First), Last: nanoStamp(r.Last),
		Lacks: r.Lacks, NotUnderstood: []report.Gap{},
	}
	if packing := src.Packing(); packing != "" {
		in.Format += ", " + packing
	}
	for _, g := range r.Gaps {
		in.NotUnderstood = append(in.NotUnderstood, report.Gap(g))
	}
	var damage *capture.DamageError
	switch {
	case errors.As(err, &damage):
		in.NotUnderstood = append(in.NotUnderstood, report.Gap{Offset: r.Bytes, Why: damage.Why})
	case err != nil:
		in.Error = err.Error()
	}
	return in
}

// joined ends the joining of inputs: what one lacks that no other had is its own.
func (p *run) joined() {
	if p.shared == nil {
		return
	}
	for _, l := range p.shared.Close() {
		in := &p.inputs[l.Input-p.first]
		in.Lacks = append(in.Lacks, l.What)
	}
}

// modified is when a file was last written; zero for a stream.
func modified(name string) time.Time {
	if info, err := os.Stat(name); name != "-" && err == nil {
		return info.ModTime().UTC()
	}
	return time.Time{}
}

// A recordSink keeps what records say, as a [sight] does what frames say.
type recordSink struct {
	p     *run
	input int
}

// Flow is part of [record.Sink].
func (s *recordSink) Flow(f *flow.Summary) { s.p.flow(f) }

// Observe is part of [record.Sink].
func (s *recordSink) Observe(o observation.Observation) {
	o.Input = s.input
	s.p.log.Add(o)
}

// Sight is part of [record.Sink].
func (s *recordSink) Sight(d device.Sighting) {
	d.Input = s.input
	s.p.devices.Sight(d)
}
