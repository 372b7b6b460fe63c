package store

import (
	"fmt"
	"io/fs"
	"net/netip"
	"strings"
	"sync"

	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/observation"
)

// An observation's id is its site's number above siteShift bits and a number
// from 1 below them: what a site saw lies together in the file, in the order in
// which it came, and is read without an index.
const (
	siteShift = 36
	maxSite   = 1 << (53 - siteShift) // ids stay exact in JSON numbers, which other programs read as doubles
)

// span is the ids of a site, first and last.
func span(site int64) (low, high int64) { return site << siteShift, (site+1)<<siteShift - 1 }

const (
	observationColumns = "id, ingest, packet, seen, last, count, protocol, mac, vlan, from_ip, from_port, to_ip, to_port, to_mac, ttl, about, fields"
	observationWidth   = 17
	sightedWidth       = 6
	sightingColumns    = "site, ingest, mac, ip, vlan, ttl, first, last, packets, bytes"
	sightingWidth      = 10
	chunk              = 64 // rows of one statement: half the time of one each
)

var (
	insertObservations = values("INSERT INTO observation ("+observationColumns+") VALUES ", observationWidth, "")
	insertSighted      = values("INSERT INTO sighted (observation, ingest, packet, seen, last, count) VALUES ", sightedWidth,
		" ON CONFLICT (observation, ingest) DO UPDATE SET last = max(last, excluded.last), count = count + excluded.count")
	insertSightings = values("INSERT INTO sighting ("+sightingColumns+") VALUES ", sightingWidth, "")
)

// values makes the two statements that are used for many rows: of one row and of
// a chunk.
func values(head string, width int, tail string) [2]string {
	row := "(?" + strings.Repeat(", ?", width-1) + ")"
	return [2]string{head + row + tail, head + row + strings.Repeat(", "+row, chunk-1) + tail}
}

// bulk runs a statement of values for args, which hold whole rows.
func (t *Tx) bulk(statements [2]string, width int, args []any) error {
	for len(args) > 0 {
		n, s := width, statements[0]
		if len(args) >= width*chunk {
			n, s = width*chunk, statements[1]
		}
		if _, err := t.exec(s, args[:n]...); err != nil {
			return err
		}
		args = args[n:]
	}
	return nil
}

// AddEvidence is [hub.Tx.AddEvidence]. It may be called many times for one
// ingest; an observation that comes again adds to what was counted.
func (t *Tx) AddEvidence(site, ingest int64, e hub.Evidence) error {
	if err := t.belongs(ingest, site); err != nil {
		return fmt.Errorf("add evidence: %w", err)
	}
	a := adder{Tx: t, site: site, ingest: ingest}
	low, high := span(site)
	err := t.get("SELECT coalesce(max(id), ?) FROM observation WHERE id BETWEEN ? AND ?", []any{low, low, high}, &a.last)
	if err == nil {
		a.known, err = t.digestsOf(site)
	}
	if err == nil {
		err = a.observations(e.Observations)
	}
	for list := e.Sightings; err == nil && len(list) > 0; {
		n := min(chunk, len(list))
		err = a.sightings(list[:n])
		list = list[n:]
	}
	if err != nil {
		return fmt.Errorf("add evidence: %w", err)
	}
	return nil
}

// belongs is an error unless the ingest is the site's.
func (t *Tx) belongs(ingest, site int64) error {
	var of int64
	switch err := t.get("SELECT site FROM ingest WHERE id = ?", []any{ingest}, &of); {
	case err != nil:
		return missing(err, "ingest %d", ingest)
	case of != site:
		return fmt.Errorf("%w: ingest %d is of site %d, not %d", hub.ErrInvalid, ingest, of, site)
	}
	return nil
}

// An adder adds evidence, a chunk at a time.
type adder struct {
	*Tx
	site, ingest int64
	last         int64 // id given last
	known        *digests
	runs         runner
	args         []any
	again        []any
}

// A lot is a chunk of observations, made ready beside the writing of the one
// before.
type lot struct {
	list    []*observation.Observation
	digests [chunk]digest
	fields  [chunk][]byte // encoded; nil where a name has no number yet
	room    []byte        // of fields
}

// ready works out all that needs no database. names is not changed meanwhile.
func (l *lot) ready(d *digester, names map[string]int64) {
	l.room = l.room[:0]
	number := func(name string) (int64, error) {
		if n, ok := names[name]; ok {
			return n, nil
		}
		return 0, fs.ErrNotExist
	}
	for i, o := range l.list {
		l.digests[i] = d.of(o)
		begin := len(l.room)
		b, err := appendFields(l.room, o.Fields, number)
		if err != nil {
			l.fields[i] = nil
			continue
		}
		l.room = b
		l.fields[i] = b[begin:len(b):len(b)]
		if l.fields[i] == nil { // none, and not unknown
			l.fields[i] = []byte{}
		}
	}
}

// observations adds them all. One goroutine makes lots ready and this one writes
// them: SQLite takes half of the time.
func (a *adder) observations(list []*observation.Observation) error {
	const ahead = 4
	free, full, stop := make(chan *lot, ahead), make(chan *lot, ahead), make(chan struct{})
	for range ahead {
		free <- &lot{}
	}
	var wait sync.WaitGroup
	wait.Go(func() {
		defer close(full)
		d := newDigester(a.db.key)
		for len(list) > 0 {
			select {
			case l := <-free:
				n := min(chunk, len(list))
				l.list, list = list[:n], list[n:]
				l.ready(d, a.db.names)
				full <- l
			case <-stop:
				return
			}
		}
	})
	defer wait.Wait()
	defer close(stop)
	for l := range full {
		if err := a.add(l); err != nil {
			return err
		}
		free <- l
	}
	return a.keepRuns(&a.runs)
}

func (a *adder) add(l *lot) error {
	if err := a.alive(); err != nil {
		return err
	}
	a.args, a.again = a.args[:0], a.again[:0]
	for i, o := range l.list {
		last, count := o.Last, max(1, o.Count)
		if last.IsZero() {
			last = o.Seen
		}
		if id, ok := a.known.find(l.digests[i]); ok {
			a.again = append(a.again, id, a.ingest, o.Packet, nano(o.Seen), nano(last), count)
			continue
		}
		fields := l.fields[i]
		if fields == nil {
			var err error
			if fields, err = appendFields([]byte{}, o.Fields, a.fieldName); err != nil {
				return err
			}
		}
		a.last++
		a.known.add(l.digests[i], a.last)
		a.runs.add(a.last, l.digests[i])
		a.args = append(a.args, a.last, a.ingest, o.Packet, nano(o.Seen), nano(last), count, o.Protocol, macBlob(o.MAC), int64(o.VLAN),
			addrBlob(o.From.Addr()), int64(o.From.Port()), addrBlob(o.To.Addr()), int64(o.To.Port()), macBlob(o.ToMAC), int64(o.TTL), int64(o.About), fields)
	}
	if err := a.bulk(insertObservations, observationWidth, a.args); err != nil {
		return err
	}
	return a.bulk(insertSighted, sightedWidth, a.again)
}

func (a *adder) sightings(list []device.Sighting) error {
	if err := a.alive(); err != nil {
		return err
	}
	a.args = a.args[:0]
	for i := range list {
		s := &list[i]
		a.args = append(a.args, a.site, a.ingest, macBlob(s.MAC), addrBlob(s.IP), int64(s.VLAN), int64(s.TTL), nano(s.First), nano(s.Last), s.Packets, s.Bytes)
	}
	return a.bulk(insertSightings, sightingWidth, a.args)
}

// DropEvidence is [hub.Tx.DropEvidence]. What another ingest saw too is from
// then on of that one; ports and hop limits stay those of the first.
func (t *Tx) DropEvidence(ingest int64) error {
	var site int64
	if err := t.get("SELECT site FROM ingest WHERE id = ?", []any{ingest}, &site); err != nil {
		return missing(err, "ingest %d", ingest)
	}
	low, high := span(site)
	for _, s := range []struct {
		text string
		args []any
	}{
		{"DELETE FROM sighting WHERE site = ? AND ingest = ?", []any{site, ingest}},
		{"DELETE FROM sighted WHERE observation BETWEEN ? AND ? AND ingest = ?", []any{low, high, ingest}},
		// The count stays in the other's row of sighted.
		{`UPDATE observation SET count = 0, (ingest, packet, seen, last) = (SELECT s.ingest, s.packet, s.seen, s.seen FROM sighted s WHERE s.observation = observation.id ORDER BY s.ingest LIMIT 1)
			WHERE id BETWEEN ? AND ? AND ingest = ? AND EXISTS (SELECT 1 FROM sighted s WHERE s.observation = observation.id)`, []any{low, high, ingest}},
		{"DELETE FROM observation WHERE id BETWEEN ? AND ? AND ingest = ?", []any{low, high, ingest}},
	} {
		if err := t.alive(); err != nil {
			return err
		}
		if _, err := t.exec(s.text, s.args...); err != nil {
			return fmt.Errorf("drop evidence of ingest %d: %w", ingest, err)
		}
	}
	return nil
}

func macBlob(m observation.MAC) any {
	if m.IsZero() {
		return nil
	}
	return m[:]
}

func addrBlob(a netip.Addr) any {
	if !a.IsValid() {
		return nil
	}
	return a.WithZone("").AsSlice()
}

func blobMAC(b []byte) (m observation.MAC) {
	copy(m[:], b)
	return m
}

func blobAddr(b []byte) netip.Addr {
	a, _ := netip.AddrFromSlice(b)
	return a
}

func blobPort(ip []byte, port int64) netip.AddrPort {
	a := blobAddr(ip)
	if !a.IsValid() && port == 0 {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a, uint16(port))
}
