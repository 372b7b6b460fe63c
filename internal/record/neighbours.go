package record

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"slices"

	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/observation"
)

// The neighbours of a Linux machine as JSON: ip -j neigh, with -p or without, and
// several such lists behind each other. All entries are of the time of the file.
//
// Format: iproute2, ip/ipneigh.c, print_neigh.
var neighboursReader = Reader{Name: "ARP table (JSON)", Fuzz: "FuzzNeighbours", Is: isNeighbours, Read: readNeighbours}

// isNeighbours reports whether the first object of a list is a neighbour.
func isNeighbours(head []byte) bool {
	list, ok := bytes.CutPrefix(bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))), []byte("["))
	if !ok {
		return false
	}
	o, ok := object(list)
	dst, dev, more := false, false, false
	for ok && o.next() {
		switch string(o.key) {
		case "dst":
			dst = address(text(o.val)).IsValid()
		case "dev":
			dev = true
		case "lladdr", "state":
			more = true
		}
	}
	return dst && dev && more
}

// maxNeighbours bounds what is read of such lists, in bytes: a million entries.
const maxNeighbours = 128 << 20

func readNeighbours(ctx context.Context, r io.Reader, job *Job) (Result, error) {
	res := Result{
		Format: "ARP table (JSON)", Unit: "element",
		Lacks: []string{"traffic: who speaks with whom, and how much", "everything devices say", "when each entry was learnt"},
	}
	if !job.Modified.IsZero() {
		res.First = job.Modified.UnixNano()
		res.Last = res.First
	}
	counted := &counting{r: io.LimitReader(r, maxNeighbours)}
	sights := newSights()
	d := json.NewDecoder(counted)
	for ctx.Err() == nil {
		_, err := d.Token() // the bracket before the elements
		whole := errors.Is(err, io.EOF)
		for err == nil && ctx.Err() == nil && d.More() {
			err = neighbourElement(d, job, &res, sights)
		}
		if err == nil {
			_, err = d.Token() // the one behind
		}
		if err == nil {
			continue
		}
		if !whole && counted.err == nil && ctx.Err() == nil {
			res.Gaps = append(res.Gaps, capture.Gap{Offset: d.InputOffset(), Packets: 1, Why: "elements that are no JSON, or were cut; what follows is not read"})
		}
		break
	}
	sights.tell(job)
	res.Bytes = counted.n
	if counted.err != nil {
		return res, counted.err
	}
	return res, ctx.Err()
}

// neighbourElement reads one entry.
func neighbourElement(d *json.Decoder, job *Job, res *Result, s *sights) error {
	var e struct {
		Dst, LLAddr string
		State       []string
	}
	at := d.InputOffset()
	if err := d.Decode(&e); err != nil {
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) {
			res.Gaps = addGap(res.Gaps, capture.Gap{Offset: at, Packets: 1, Why: "elements that are no neighbour"})
			return nil
		}
		return err
	}
	res.Records++
	ip := address([]byte(e.Dst))
	mac, ok := observation.ParseMAC(e.LLAddr)
	byHand := slices.Contains(e.State, "PERMANENT") || slices.Contains(e.State, "NOARP")
	if !ip.IsValid() || !ok || mac.Group() || mac.IsZero() || byHand {
		return nil
	}
	s.see(speaker{ip: ip, mac: mac}, res.First, res.Last, 0, 0)
	job.Sink.Observe(observation.Observation{
		Input: job.Input, Packet: res.Records, Seen: nano(res.First), Last: nano(res.First), Count: 1,
		Protocol: "arp", MAC: mac, From: netip.AddrPortFrom(ip, 0), Fields: []observation.Field{
			{Name: observation.ARPMAC, Value: mac.String()}, {Name: observation.ARPIP, Value: ip.String()},
		},
	})
	return nil
}

// counting counts what is read, and keeps the error that is not the end.
type counting struct {
	r   io.Reader
	n   int64
	err error
}

func (c *counting) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return n, err
}
