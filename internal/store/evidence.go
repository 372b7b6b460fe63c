package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"

	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/observation"
)

// Evidence is [hub.Store.Evidence]. Texts that are equal share their bytes.
func (db *DB) Evidence(ctx context.Context, site int64) (hub.Evidence, error) {
	tx, err := db.snapshot(ctx)
	if err != nil {
		return hub.Evidence{}, err
	}
	defer tx.end()
	e, err := evidence(ctx, tx, site)
	if err != nil {
		return hub.Evidence{}, fmt.Errorf("evidence of site %d: %w", site, db.explain(err))
	}
	return e, nil
}

func evidence(ctx context.Context, tx querier, site int64) (e hub.Evidence, err error) {
	var one int
	if err := tx.QueryRowContext(ctx, "SELECT 1 FROM site WHERE id = ?", site).Scan(&one); err != nil {
		return e, missing(err, "site %d", site)
	}
	low, high := span(site)
	if e.Observations, err = observationsBetween(ctx, tx, low, high); err != nil {
		return e, err
	}
	e.Sightings, err = collect(ctx, tx, scanSighting, "SELECT ingest, mac, ip, vlan, ttl, first, last, packets, bytes FROM sighting WHERE site = ? ORDER BY id", site)
	return e, err
}

func scanSighting(r scanner) (s device.Sighting, err error) {
	var mac, ip sql.RawBytes
	var first, last int64
	err = r.Scan(&s.Input, &mac, &ip, &s.VLAN, &s.TTL, &first, &last, &s.Packets, &s.Bytes)
	s.MAC, s.IP, s.First, s.Last = blobMAC(mac), blobAddr(ip), when(first), when(last)
	return s, err
}

// A reader makes observations of rows.
type reader struct {
	names  []string // of fields, by number
	texts  map[string]string
	room   []observation.Observation
	fields []observation.Field
}

func newReader(ctx context.Context, q querier) (*reader, error) {
	names, err := fieldNames(ctx, q)
	if err != nil {
		return nil, err
	}
	r := &reader{names: make([]string, len(names)+1), texts: map[string]string{}}
	for name, id := range names {
		if id < 1 || id > maxNames {
			return nil, fmt.Errorf("field name %q has number %d: the file was changed by another program", name, id)
		}
		if id >= int64(len(r.names)) {
			r.names = append(r.names, make([]string, id-int64(len(r.names))+1)...)
		}
		r.names[id] = name
	}
	return r, nil
}

func (r *reader) text(b []byte) string {
	if s, ok := r.texts[string(b)]; ok {
		return s
	}
	s := string(b)
	r.texts[s] = s
	return s
}

func (r *reader) name(n int64) string {
	if n < int64(len(r.names)) {
		return r.names[n]
	}
	return ""
}

// observations reads those from one id to another, and beside them, in the same
// order, what was seen again.
func (r *reader) observations(ctx context.Context, tx querier, low, high int64) ([]*observation.Observation, error) {
	again, err := tx.QueryContext(ctx, "SELECT observation, max(last), sum(count) FROM sighted WHERE observation BETWEEN ? AND ? GROUP BY observation ORDER BY observation", low, high)
	if err != nil {
		return nil, err
	}
	defer func() { _ = again.Close() }()
	var id, last, count int64 // of the row that again stands at; id is 0 before the first, the highest there is after the last
	step := func() error {
		if !again.Next() {
			id = math.MaxInt64
			return again.Err()
		}
		return again.Scan(&id, &last, &count)
	}
	if err := step(); err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, "SELECT id, ingest, packet, seen, last, count, protocol, mac, vlan, from_ip, from_port, to_ip, to_port, to_mac, ttl, about, fields FROM observation WHERE id BETWEEN ? AND ? ORDER BY id", low, high)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []*observation.Observation
	for rows.Next() {
		o, err := r.observation(rows)
		if err != nil {
			return nil, err
		}
		for id < o.ID { // of an observation that is not there
			if err := step(); err != nil {
				return nil, err
			}
		}
		if id == o.ID {
			o.Count += count
			if t := when(last); t.After(o.Last) {
				o.Last = t
			}
		}
		out = append(out, o)
	}
	return out, rows.Err()
}

func (r *reader) observation(rows *sql.Rows) (*observation.Observation, error) {
	if len(r.room) == 0 {
		r.room = make([]observation.Observation, 1024)
	}
	o := &r.room[0]
	r.room = r.room[1:]
	var protocol, mac, from, to, toMAC, fields sql.RawBytes
	var seen, last, fromPort, toPort int64
	if err := rows.Scan(&o.ID, &o.Input, &o.Packet, &seen, &last, &o.Count, &protocol, &mac, &o.VLAN, &from, &fromPort, &to, &toPort, &toMAC, &o.TTL, &o.About, &fields); err != nil {
		return nil, err
	}
	o.Seen, o.Last, o.Protocol, o.MAC, o.ToMAC = when(seen), when(last), r.text(protocol), blobMAC(mac), blobMAC(toMAC)
	o.From, o.To = blobPort(from, fromPort), blobPort(to, toPort)
	begin := len(r.fields)
	if cap(r.fields)-begin < 64 {
		r.fields, begin = make([]observation.Field, 0, 8192), 0
	}
	all, err := decodeFields(r.fields, fields, r.name, r.text)
	if err != nil {
		return nil, fmt.Errorf("observation %d: %w", o.ID, err)
	}
	r.fields = all
	if n := len(all); n > begin {
		o.Fields = all[begin:n:n]
	}
	return o, nil
}
