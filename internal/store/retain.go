package store

import (
	"context"
	"fmt"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/observation"
)

// A Retention says until when things are kept. A zero time keeps all.
//
// Evidence last seen before the day goes when it was overtaken: an observation
// when the same device said the same kind of thing since (the same protocol and
// the same names of fields), a sighting when the same pair of link and IP address
// sent since. So what a device said last is kept however long ago, and no device
// is forgotten; the part of a timeline that rested on what is gone is gone with
// the next derivation. What a device says of another stays, for nothing tells
// that it was overtaken.
//
// The audit log, decisions, notes and asset lists are always kept.
type Retention struct {
	Evidence   time.Time
	Deliveries time.Time // events that were told to webhooks, or given up
}

// A Retained counts what was taken out.
type Retained struct {
	Observations int64 `json:"observations"`
	Sightings    int64 `json:"sightings"`
	Deliveries   int64 `json:"deliveries"`
}

// Retain takes out what is older than is to be kept, in one change a site, so
// that others write between them. What was taken out before an error stays out.
func (db *DB) Retain(ctx context.Context, d hub.Deed, r Retention) (out Retained, err error) {
	if !r.Deliveries.IsZero() {
		d.Detail = &out // written once it is counted
		if err := db.Change(ctx, d, func(t *Tx) (err error) {
			out.Deliveries, err = t.affect("DELETE FROM delivery WHERE next = 0 AND at < ?", nano(r.Deliveries))
			return err
		}); err != nil {
			return out, fmt.Errorf("retain deliveries: %w", err)
		}
	}
	if r.Evidence.IsZero() {
		return out, nil
	}
	sites, err := collect(ctx, db.readers, ids, "SELECT id FROM site ORDER BY id")
	if err != nil {
		return out, err
	}
	for _, site := range sites {
		var here Retained
		d.Object, d.Detail = fmt.Sprintf("site %d", site), &here
		err := db.Change(ctx, d, func(t *Tx) error { return t.retain(site, nano(r.Evidence), &here) })
		out.Observations, out.Sightings = out.Observations+here.Observations, out.Sightings+here.Sightings
		if err != nil {
			return out, fmt.Errorf("retain evidence of site %d: %w", site, err)
		}
	}
	return out, nil
}

// overtakes is what an observation is overtaken by: a later one of the same.
type overtakes struct {
	who      string // link address, or IP address where there is none
	vlan     int64
	protocol string
	fields   string // their names, in the order of the message
}

func (t *Tx) retain(site, before int64, out *Retained) error {
	low, high := span(site)
	// Those that are old, and what was said since.
	since, old := map[overtakes]bool{}, map[int64]overtakes{}
	rows, err := t.query(`SELECT o.id, o.about, o.mac, o.from_ip, o.to_mac, o.to_ip, o.vlan, o.protocol, o.fields, max(o.last, coalesce((SELECT max(s.last) FROM sighted s WHERE s.observation = o.id), 0)) FROM observation o WHERE o.id BETWEEN ? AND ?`, low, high)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	names := map[int64]string{}
	for name, id := range t.db.names {
		names[id] = name
	}
	var values []observation.Field
	for rows.Next() {
		var id, last int64
		var about observation.About
		var mac, from, toMAC, to, fields []byte
		var o overtakes
		if err := rows.Scan(&id, &about, &mac, &from, &toMAC, &to, &o.vlan, &o.protocol, &fields, &last); err != nil {
			return err
		}
		switch about {
		case observation.Sender:
		case observation.Receiver:
			mac, from = toMAC, to
		default:
			continue
		}
		if values, err = decodeFields(values[:0], fields, func(n int64) string { return names[n] }, func([]byte) string { return "" }); err != nil {
			return fmt.Errorf("observation %d: %w", id, err)
		}
		for i := range values {
			o.fields += values[i].Name + " "
		}
		// Behind a router many share a link address: both tell who it is.
		o.who = string(mac) + "/" + string(from)
		if last >= before {
			since[o] = true
		} else {
			old[id] = o
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	var gone []int64
	for id, o := range old {
		if since[o] {
			gone = append(gone, id)
		}
	}
	list := jsonInts(gone)
	if _, err := t.exec("DELETE FROM sighted WHERE observation IN (SELECT value FROM json_each(?))", list); err != nil {
		return err
	}
	n, err := t.affect("DELETE FROM observation WHERE id IN (SELECT value FROM json_each(?))", list)
	if err != nil {
		return err
	}
	out.Observations += n
	n, err = t.affect("DELETE FROM sighting WHERE site = ? AND last < ? AND (coalesce(mac, ''), coalesce(ip, ''), vlan) IN (SELECT coalesce(mac, ''), coalesce(ip, ''), vlan FROM sighting WHERE site = ? AND last >= ?)", site, before, site, before)
	out.Sightings += n
	return err
}
