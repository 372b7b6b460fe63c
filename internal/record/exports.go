package record

import (
	"context"
	"io"

	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/record/export"
)

// nfdumpReader reads the files of nfcapd, nfpcapd and nfdump.
var nfdumpReader = Reader{
	Name: "nfdump file", Fuzz: "FuzzExports", Is: export.IsNfdump,
	Read: func(ctx context.Context, r io.Reader, job *Job) (Result, error) {
		return readExports(job, func(x *export.Decoder, progress func(int64)) (int64, error) { return x.Nfdump(ctx, r, progress) })
	},
}

// messagesReader reads messages of exporters written down one behind the other.
var messagesReader = Reader{
	Name: "NetFlow and IPFIX messages", Fuzz: "FuzzExports", Is: export.IsMessages,
	Read: func(ctx context.Context, r io.Reader, job *Job) (Result, error) {
		return readExports(job, func(x *export.Decoder, progress func(int64)) (int64, error) { return x.Messages(ctx, r, progress) })
	},
}

func readExports(job *Job, read func(x *export.Decoder, progress func(int64)) (int64, error)) (Result, error) {
	sights := newSights()
	x := export.New(job.Input, exportSink{job.Sink, sights})
	n, err := read(x, func(int64) {
		if job.Progress != nil {
			job.Progress(x.Records)
		}
	})
	x.Finish()
	sights.tell(job)
	return Result{
		Format: x.Versions(), Unit: "record", Records: x.Records, Bytes: n, First: x.First, Last: x.Last, Gaps: x.Gaps(), Lacks: x.Lacks(),
	}, err
}

// An exportSink adds up who sent, so that memory does not grow with the file.
type exportSink struct {
	Sink
	sights *sights
}

func (s exportSink) Sight(d device.Sighting) {
	s.sights.see(speaker{d.IP, d.MAC, d.VLAN}, d.First.UnixNano(), d.Last.UnixNano(), uint64(d.Packets), uint64(d.Bytes))
}
