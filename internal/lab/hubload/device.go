package hubload

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/history"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/report"
)

// A who is what tells one device of an estate from the others: the i-th of the
// n-th site.
type who struct {
	*example
	id     string
	ip     netip.Addr
	mac    observation.MAC
	serial string
	chance uint64
}

func (e *Examples) who(n, i int) who {
	var b [8]byte
	binary.BigEndian.PutUint32(b[:], uint32(n)) //nolint:gosec // a site's number
	binary.BigEndian.PutUint32(b[4:], uint32(i))
	h := fnv.New64a()
	_, _ = h.Write(b[:]) // never fails
	w := who{example: &e.list[(n*17+i)%len(e.list)], chance: h.Sum64()}
	w.id = fmt.Sprintf("d-%010x", w.chance&(1<<40-1)^uint64(n*1_000_003+i)<<12) //nolint:gosec // any bits do
	w.ip = netip.AddrFrom4([4]byte{10, byte(20 + i>>16), byte(i >> 8), byte(i)})
	first, _ := observation.ParseMAC(w.doc.MACs[0])
	w.mac = observation.MAC{first[0], first[1], first[2], b[2] ^ byte(w.chance), b[3], 0}
	binary.BigEndian.PutUint16(w.mac[4:], uint16(n*1000+i)) //nolint:gosec // any bits do
	if len(w.doc.Serials) > 0 {
		w.serial = fmt.Sprintf("%s-%d-%d", w.doc.Serials[0], n, i)
	}
	return w
}

// ID is the id of the i-th device of the n-th site that [Fill] adds.
func (e *Examples) ID(n, i int) string { return e.who(n, i).id }

// Derived makes the i-th device of the n-th site, as worked out.
func (e *Examples) Derived(site int64, n, i int, ingest int64) *hub.Derived {
	w := e.who(n, i)
	doc := w.doc
	doc.ID, doc.MACs = w.id, []string{w.mac.String()}
	doc.Addresses = []report.Address{{IP: w.ip.String(), First: doc.FirstSeen, Last: doc.LastSeen}}
	if w.serial != "" {
		doc.Serials = []string{w.serial}
	}
	doc.UUIDs = nil
	if len(doc.Hostnames) > 0 {
		doc.Hostnames = []string{fmt.Sprintf("%s-%d-%d", doc.Hostnames[0], n, i)}
		doc.Name = doc.Hostnames[0]
	}
	d := &hub.Derived{Doc: &doc, Findings: slices.Clone(w.findings)}
	row := hub.Device{
		Site: site, Device: w.id, Presence: []string{hub.Both, hub.Both, hub.SeenOnly}[w.chance%3], Name: doc.Name, Kind: doc.Kind.Value, Brand: doc.Brand.Value, Maker: doc.Maker.Value,
		MakerID: doc.Maker.ID, MakerGrade: doc.Maker.Grade.String(), Platform: doc.Platform.Value, Chip: doc.Chip.Value, ChipMaker: doc.ChipMaker.Value,
		Model: doc.Model.Value, Firmware: doc.Firmware.Value, Address: w.ip.String(), MAC: w.mac.String(), Serial: w.serial, VLAN: uint16(w.chance>>8%4) * 10, Zone: "Cameras",
		First: moment(doc.FirstSeen), Last: moment(doc.LastSeen), Verdict: string(finding.NotCovered),
	}
	if len(doc.Hostnames) > 0 {
		row.Hostname = doc.Hostnames[0]
	}
	for k := range d.Findings {
		f := &d.Findings[k]
		f.Device = w.id
		if s := f.Severity(); s > row.Severity {
			row.Severity, row.Verdict = s, string(f.Outcome())
		}
	}
	for k := range w.talks {
		c := &w.talks[k]
		if c.Scope != egress.ScopeOutside {
			continue
		}
		row.Outside = true
		row.BytesUp += int64(c.BytesUp) + int64(w.chance%1000)     //nolint:gosec // small
		row.BytesDown += int64(c.BytesDown) + int64(w.chance%1000) //nolint:gosec // small
		if c.Video.Verdict == egress.VideoYes || row.Video == "" {
			row.Video = c.Video.Verdict
		}
		d.Reach = append(d.Reach, hub.Reach{Country: c.Country, Controller: c.Controller, ControllerID: c.ControllerID, Jurisdiction: c.Jurisdiction, Network: c.Network, Purpose: c.Purpose,
			Name: c.Name, Address: c.Address, Port: c.Port, Protocol: c.Protocol, Encrypted: c.Encrypted, Video: c.Video.Verdict, BytesUp: int64(c.BytesUp), BytesDown: int64(c.BytesDown), //nolint:gosec // small
			First: moment(c.First), Last: moment(c.Last)})
		if w.chance%50 == 0 {
			d.Changes = append(d.Changes, hub.Change{At: moment(c.First), What: "country", After: c.Country, Says: "Reached a server in " + c.Country + " for the first time: " + c.Name + ".", Ingest: ingest})
		}
	}
	d.Changes = append(d.Changes, hub.Change{At: row.First, What: "appeared", After: doc.Name, Says: "Seen for the first time.", Ingest: ingest})
	row.Changed = row.First.Add(time.Duration(w.chance%600) * time.Hour)
	d.Device = row
	return d
}

func moment(stamp string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, stamp)
	if err != nil {
		return time.Time{}
	}
	return t
}

// Evidence is what was seen at the n-th site: at most most observations a device,
// and one sighting.
func (e *Examples) Evidence(n, devices, most int) hub.Evidence {
	var out hub.Evidence
	for i := range devices {
		w := e.who(n, i)
		for _, o := range w.seen[:min(most, len(w.seen))] {
			c := *o
			c.MAC, c.From = w.mac, netip.AddrPortFrom(w.ip, o.From.Port())
			out.Observations = append(out.Observations, &c)
		}
		first := moment(w.doc.FirstSeen)
		out.Sightings = append(out.Sightings, device.Sighting{MAC: w.mac, IP: w.ip, First: first, Last: moment(w.doc.LastSeen), Packets: int64(w.chance % 100_000), Bytes: int64(w.chance % 10_000_000), VLAN: 20, TTL: 64}) //nolint:gosec // small
	}
	return out
}

// hours adds a day of a device to rows: count hours, each of one of its
// conversations in turn.
func (e *Examples) hours(rows []history.Row, site int64, n, i int, midnight time.Time, count int) []history.Row {
	w := e.who(n, i)
	for k := range count {
		hour := midnight.Unix() + int64(k*24/count)*3600
		r := history.Row{Site: site, Device: w.id, Hour: hour, From: w.ip, Address: netip.AddrFrom4([4]byte{10, 20, 0, 1}), Port: 123, Protocol: "udp", App: "ntp", Opened: "device",
			Scope: egress.ScopeInside, Purpose: egress.PurposeNTP, Encrypted: "no", Video: egress.VideoNo, Ingest: site}
		if len(w.talks) > 0 {
			c := &w.talks[k%len(w.talks)]
			r.Address, _ = netip.ParseAddr(c.Address) // written by package egress
			r.Port, r.Protocol, r.App, r.Opened, r.Scope, r.Name = c.Port, c.Protocol, c.App, c.Opened, c.Scope, c.Name
			r.Country, r.ASN, r.Network, r.Cloud, r.Controller, r.ControllerID = c.Country, c.ASN, c.Network, c.Cloud, c.Controller, c.ControllerID
			r.Jurisdiction, r.Purpose, r.Encrypted, r.Video = c.Jurisdiction, c.Purpose, c.Encrypted, c.Video.Verdict
		}
		chance := int64((w.chance ^ uint64(hour)*0x9e3779b97f4a7c15) >> 33) //nolint:gosec // 31 bits
		r.Flows, r.PacketsUp, r.PacketsDown = 1+chance%5, 6+chance%90, 6+chance%70
		r.BytesUp, r.BytesDown = r.PacketsUp*(60+chance%900), r.PacketsDown*(60+chance%1200)
		r.First = (hour + chance%1800) * 1e9
		r.Last = r.First + (chance%1700)*1e9
		rows = append(rows, r)
	}
	return rows
}

// Search is a text that finds few devices of an estate that [Fill] made: the name
// of the i-th of the n-th site.
func (e *Examples) Search(n, i int) string { return strings.ToLower(e.Derived(1, n, i, 1).Device.Name) }
