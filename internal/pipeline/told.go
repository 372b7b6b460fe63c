package pipeline

import (
	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/report"
)

// Told makes evidence of flows and senders that somebody else decoded, as one
// input after cfg.Known. Their Input is set; cfg.Knowledge must be there.
func Told(cfg Config, name string, flows []flow.Summary, sights []device.Sighting) *Evidence {
	p := newRun(cfg)
	p.names = append(p.names, name)
	in := report.Input{Name: name, Unit: "record", Packets: int64(len(flows)), NotUnderstood: []report.Gap{}}
	var first, last int64
	for i := range flows {
		f := &flows[i]
		f.Input = p.first
		p.flow(f)
		if first == 0 || f.First < first {
			first = f.First
		}
		last = max(last, f.Last)
	}
	in.First, in.Last = nanoStamp(first), nanoStamp(last)
	for i := range sights {
		sights[i].Input = p.first
		p.devices.Sight(sights[i])
	}
	p.inputs = []report.Input{in}
	p.served.tell(p.cfg.Knowledge.Base, p.log)
	p.limits()
	p.log.Close()
	return &Evidence{Names: p.names, Inputs: p.inputs, Observations: p.log.All, Sightings: p.devices.Sightings(), Book: p.book}
}
