package store

import (
	"crypto/sha256"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/query"
)

const (
	deviceColumns = "id, site, organisation, digest, device, presence, name, kind, brand, maker, maker_id, maker_grade, platform, chip, chip_maker, model, firmware, " +
		"address, place, mac, serial, hostname, vlan, zone, behind, severity, verdict, video, outside, bytes_up, bytes_down, first, last, changed"
	deviceWidth    = 34
	keyWidth       = 3
	reachColumns   = "country, controller, controller_id, jurisdiction, network, purpose, name, address, port, protocol, encrypted, video, bytes_up, bytes_down, first, last"
	reachWidth     = 17
	changeWidth    = 7
	findingColumns = "regime, name, force, clause, verdict, would_be, severity, why, as_at"
	findingWidth   = 10
)

// The tables of one device, with the statement that fills each.
var (
	insertDevices  = values("INSERT INTO device ("+deviceColumns+") VALUES ", deviceWidth, " ON CONFLICT (id) DO UPDATE SET "+overwrite(deviceColumns))
	insertDocs     = values("INSERT INTO device_doc (id, doc, findings) VALUES ", 3, "")
	insertKeys     = values("INSERT INTO device_key (device, kind, value) VALUES ", keyWidth, " ON CONFLICT DO NOTHING")
	insertReach    = values("INSERT INTO reach (device, "+reachColumns+") VALUES ", reachWidth, "")
	insertChanges  = values("INSERT INTO change (device, at, what, before, after, says, ingest) VALUES ", changeWidth, "")
	insertPlaces   = values("INSERT INTO device_address (device, place) VALUES ", 2, " ON CONFLICT DO NOTHING")
	insertTexts    = values("INSERT INTO device_text (rowid, words) VALUES ", 2, "")
	insertFindings = values("INSERT INTO finding (device, "+findingColumns+") VALUES ", findingWidth, "")
)

// overwrite is the SET clause of an upsert that takes all values of the new row.
func overwrite(columns string) string {
	list := strings.Split(columns, ", ")
	for i, c := range list {
		list[i] = c + " = excluded." + c
	}
	return strings.Join(list, ", ")
}

// ReplaceSite is [hub.Tx.ReplaceSite]. What is as it was is not written again;
// devices keep their rows. It is an error for seq to yield a device twice. A
// device must not be changed after it was yielded: documents are packed on other
// processors while this goroutine writes and asks for the next.
func (t *Tx) ReplaceSite(site int64, summary []byte, seq iter.Seq[*hub.Derived]) error {
	r := replacer{Tx: t, site: site, old: map[string]kept{}, tallied: map[string]map[string]int64{}}
	if err := r.begin(); err != nil {
		return fmt.Errorf("replace site %d: %w", site, err)
	}
	p := newPress()
	defer p.close()
	var err error
	for d := range seq {
		if err = r.device(p, d); err != nil {
			break
		}
	}
	if err == nil {
		err = r.take(p, 0)
	}
	if err == nil {
		err = r.end(summary)
	}
	if err != nil {
		return fmt.Errorf("replace site %d: %w", site, err)
	}
	return nil
}

// kept is a device that was there before.
type kept struct {
	id     int64
	digest [sha256.Size]byte
	again  bool // it is there still
}

type replacer struct {
	*Tx
	site, organisation int64
	next               int64 // id of the next new device
	old                map[string]kept
	fresh              map[string]bool
	declared           map[int64]string
	different          bool // from what was there
	sheet              sheetMaker
	tallied            map[string]map[string]int64 // devices by field and value; see tally.go
	values             []string

	devices, keys, places, texts, reach, changes, findings, docs []any
}

func (r *replacer) begin() error {
	if err := r.get("SELECT organisation FROM site WHERE id = ?", []any{r.site}, &r.organisation); err != nil {
		return missing(err, "site %d", r.site)
	}
	if err := r.get("SELECT coalesce(max(id), 0) + 1 FROM device", nil, &r.next); err != nil {
		return err
	}
	r.fresh, r.declared = map[string]bool{}, map[int64]string{}
	rows, err := r.query("SELECT device, id, digest FROM device WHERE site = ?", r.site)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		var k kept
		var d []byte
		if err := rows.Scan(&name, &k.id, &d); err != nil {
			return err
		}
		copy(k.digest[:], d)
		r.old[name] = k
	}
	return rows.Err()
}

// device hands a device to the press and takes back what came out of it.
func (r *replacer) device(p *press, d *hub.Derived) error {
	if err := r.alive(); err != nil {
		return err
	}
	name := d.Device.Device
	for _, id := range d.Declared {
		r.declared[id] = name
	}
	k, known := r.old[name]
	if k.again || r.fresh[name] || name == "" {
		return fmt.Errorf("%w: device %q twice or without a name", hub.ErrInvalid, name)
	}
	if known {
		k.again = true
		r.old[name] = k
	} else {
		k.id = r.next
		r.next++
		r.fresh[name] = true
	}
	p.put(&pressed{d: d, kept: k, known: known})
	return r.take(p, ahead)
}

// take writes devices that are pressed until no more than some wait.
func (r *replacer) take(p *press, some int) error {
	for len(p.waiting) > some {
		m := p.next()
		if m.err != nil {
			return fmt.Errorf("device %s: %w", m.d.Device.Device, m.err)
		}
		r.count(m.d)
		r.sheet.add(m.kept.id, m.d)
		if m.same {
			continue
		}
		if m.known {
			if err := r.clear(m.kept.id); err != nil {
				return err
			}
		}
		r.different = true
		if err := r.write(m); err != nil {
			return err
		}
	}
	return nil
}

// clear takes out what hangs on a device. Its own row is written over.
func (r *replacer) clear(id int64) error {
	for _, s := range []string{"DELETE FROM device_doc WHERE id = ?", "DELETE FROM device_key WHERE device = ?", "DELETE FROM reach WHERE device = ?",
		"DELETE FROM device_address WHERE device = ?", "DELETE FROM device_text WHERE rowid = ?",
		"DELETE FROM change WHERE device = ?", "DELETE FROM finding WHERE device = ?"} {
		if _, err := r.exec(s, id); err != nil {
			return err
		}
	}
	return nil
}

// write puts a device and what hangs on it behind what is to be written.
func (r *replacer) write(m *pressed) error {
	id, d, keys := m.kept.id, m.d, m.keys
	v := &d.Device
	r.devices = append(r.devices, id, r.site, r.organisation, m.digest[:], v.Device, v.Presence, v.Name, v.Kind, v.Brand, v.Maker, v.MakerID, v.MakerGrade, v.Platform, v.Chip, v.ChipMaker, v.Model, v.Firmware,
		v.Address, place(v.Address), v.MAC, v.Serial, v.Hostname, int64(v.VLAN), v.Zone, v.Behind, int64(v.Severity), v.Verdict, v.Video, v.Outside, v.BytesUp, v.BytesDown, nano(v.First), nano(v.Last), nano(v.Changed))
	r.docs = append(r.docs, id, m.doc, m.findings)
	for _, k := range keys {
		r.keys = append(r.keys, id, k.Kind, k.Value)
		if k.Kind == "address" {
			if b := place(k.Value); len(b) > 0 {
				r.places = append(r.places, id, b)
			}
		}
	}
	r.texts = append(r.texts, id, m.words)
	for i := range d.Reach {
		c := &d.Reach[i]
		r.reach = append(r.reach, id, c.Country, c.Controller, c.ControllerID, c.Jurisdiction, c.Network, c.Purpose, c.Name, c.Address, int64(c.Port), c.Protocol, c.Encrypted, c.Video, c.BytesUp, c.BytesDown, nano(c.First), nano(c.Last))
	}
	for i := range d.Changes {
		c := &d.Changes[i]
		r.changes = append(r.changes, id, nano(c.At), c.What, c.Before, c.After, c.Says, c.Ingest)
	}
	for i := range d.Findings {
		f := &d.Findings[i]
		if finding.Severity(f.Verdict) == 0 {
			continue
		}
		r.findings = append(r.findings, id, f.Regime, f.Name, string(f.Force), f.Clause, string(f.Verdict), string(f.WouldBe), int64(f.Severity()), f.Why, f.AsAt)
	}
	if len(r.devices) < chunk*deviceWidth {
		return nil
	}
	return r.flush()
}

// flush writes what waits, devices before what hangs on them.
func (r *replacer) flush() error {
	for _, w := range []struct {
		statements [2]string
		width      int
		args       *[]any
	}{{insertDevices, deviceWidth, &r.devices}, {insertDocs, 3, &r.docs}, {insertKeys, keyWidth, &r.keys}, {insertPlaces, 2, &r.places}, {insertTexts, 2, &r.texts},
		{insertReach, reachWidth, &r.reach}, {insertChanges, changeWidth, &r.changes}, {insertFindings, findingWidth, &r.findings}} {
		if err := r.bulk(w.statements, w.width, *w.args); err != nil {
			return err
		}
		clear(*w.args)
		*w.args = (*w.args)[:0]
	}
	return nil
}

func (r *replacer) end(summary []byte) error {
	if err := r.flush(); err != nil {
		return err
	}
	for _, k := range r.old {
		if !k.again {
			r.different = true
			if _, err := r.exec("DELETE FROM device WHERE id = ?", k.id); err != nil {
				return err
			}
		}
	}
	if r.different {
		if err := r.setTally(r.organisation, r.site, r.tallied); err != nil {
			return err
		}
		if err := r.sheet.keep(r.Tx, r.site); err != nil {
			return err
		}
		if err := r.talk(r.site); err != nil {
			return err
		}
	}
	if err := r.assign(); err != nil {
		return err
	}
	if summary == nil {
		summary = []byte{}
	}
	_, err := r.exec("UPDATE site SET summary = ? WHERE id = ? AND summary IS NOT ?", summary, r.site, summary)
	return err
}

// assign writes which device each line of an asset list is, where that changed.
func (r *replacer) assign() error {
	rows, err := r.query("SELECT id, device FROM declared WHERE site = ?", r.site)
	if err != nil {
		return err
	}
	was, err := drain(rows, func(s scanner) (d hub.Declared, err error) {
		err = s.Scan(&d.ID, &d.Device)
		return d, err
	})
	if err != nil {
		return err
	}
	for _, d := range was {
		if is := r.declared[d.ID]; is != d.Device {
			if _, err := r.exec("UPDATE declared SET device = ? WHERE id = ?", is, d.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// place is an address as 16 bytes, for sorting; none for what is no address.
func place(s string) []byte {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return []byte{}
	}
	b := a.As16()
	return b[:]
}

// A Key is something a device is found by.
type Key struct {
	Kind  string `json:"kind"` // address, mac, serial, uuid, hostname, certificate, protocol
	Value string `json:"value"`
}

// keysOf lists the keys of a device, sorted, each once.
func keysOf(d *hub.Derived) []Key {
	list := []Key{{"address", d.Device.Address}, {"mac", d.Device.MAC}, {"serial", d.Device.Serial}, {"hostname", d.Device.Hostname}}
	add := func(kind string, values []string) {
		for _, v := range values {
			list = append(list, Key{kind, v})
		}
	}
	if doc := d.Doc; doc != nil {
		for _, a := range doc.Addresses {
			list = append(list, Key{"address", a.IP})
		}
		add("mac", doc.MACs)
		add("serial", doc.Serials)
		add("uuid", doc.UUIDs)
		add("hostname", doc.Hostnames)
		add("certificate", doc.Certs)
		add("protocol", doc.Protocols)
	}
	list = slices.DeleteFunc(list, func(k Key) bool { return k.Value == "" })
	slices.SortFunc(list, func(a, b Key) int {
		if c := strings.Compare(a.Kind, b.Kind); c != 0 {
			return c
		}
		return strings.Compare(a.Value, b.Value)
	})
	return slices.Compact(list)
}

// maxWords bounds what is searched of one device, in bytes.
const maxWords = 4096

// words is the text in which words are searched: what the device is called and
// says, and whom it talks to, in lower case, each once, as a JSON list.
func words(d *hub.Derived, keys []Key) string {
	v := &d.Device
	list := []string{v.Name, v.Kind, v.Brand, v.Maker, v.MakerID, v.Platform, v.Chip, v.ChipMaker, v.Model, v.Firmware, v.Zone}
	for _, k := range keys {
		if k.Kind != "certificate" {
			list = append(list, k.Value)
		}
	}
	for i := range d.Reach {
		list = append(list, d.Reach[i].Name, d.Reach[i].Controller, d.Reach[i].Network)
	}
	size := 0
	seen := map[string]bool{"": true}
	list = slices.DeleteFunc(list, func(s string) bool {
		s = query.Fold(s)
		if seen[s] || size+len(s) > maxWords {
			return true
		}
		seen[s] = true
		size += len(s)
		return false
	})
	return query.Fold(jsonText(list))
}

// prefixed puts an alias before each of the columns.
func prefixed(alias, columns string) string {
	return alias + "." + strings.ReplaceAll(columns, ", ", ", "+alias+".")
}
