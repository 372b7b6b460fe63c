// Package record reads what other tools wrote about a network: Suricata EVE,
// Zeek logs, nmap XML, NetFlow and IPFIX, nfdump files, DHCP leases, ARP tables.
//
// Each becomes the same observations and flow summaries as packets would,
// less what the format does not hold, and says what that is. A line that cannot
// be read is counted and named, never fatal. It reads streams of any length in
// fixed memory, and draws no conclusion.
package record

import (
	"context"
	"io"
	"time"

	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/observation"
)

// A Sink receives what records say, in the order of the input, but for what waits
// for another record: one direction of a flow, and certificates. It keeps no
// reference to what it is given, except for an observation's fields.
type Sink interface {
	Flow(s *flow.Summary)              // Input and Number set
	Observe(o observation.Observation) // Packet is the line or record
	Sight(s device.Sighting)           // an address, or an address with its MAC, that a record proves
}

// A Result says what an input was and how much of it could be read.
type Result struct {
	Format  string        // for people: "Suricata EVE JSON", "Zeek conn log (TSV)" …
	Unit    string        // what Number counts: "line", "record", "element"
	Records int64         // read
	Bytes   int64         // after decompression
	First   int64         // earliest, nanoseconds since 1970-01-01 UTC; 0 for none
	Last    int64         //
	Gaps    []capture.Gap // lines and records not understood; Packets counts them
	Lacks   []string      // what packets would have shown and this format does not, one phrase each
}

// A Reader is one format.
type Reader struct {
	Name string                 // for people
	Fuzz string                 // its fuzz target, in a test file of this package
	Is   func(head []byte) bool // recognises the format by its first bytes, 4096 of them at most
	Read func(ctx context.Context, r io.Reader, job *Job) (Result, error)
}

// A Job is one input to read.
type Job struct {
	Input    int
	Sink     Sink
	Modified time.Time           // of the file, for formats whose lines carry no time; zero unknown
	Progress func(records int64) // nil, or called now and then
	Shared   *Shared             // of all inputs of an audit; nil for an input that is read alone
}

// Readers is every format, in the order they are asked.
var Readers = []Reader{
	nfdumpReader,
	messagesReader,
	eveReader,
	zeekReader,
	nmapReader,
	iscReader,
	dnsmasqReader,
	keaReader,
	neighboursReader,
	arpReader,
}

// Recognise returns the reader for an input that begins with head, and nil for
// one that is none of these formats.
func Recognise(head []byte) *Reader {
	for i := range Readers {
		if Readers[i].Is(head) {
			return &Readers[i]
		}
	}
	return nil
}
