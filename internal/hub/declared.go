package hub

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/lenscap/lenscap/internal/asset"
	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/report"
)

// declared joins the lines of the site's asset lists with the devices that were
// seen. Several lists may name one device; within one list a device is one line.
func (w *work) declared(ctx context.Context) error {
	all, err := w.h.cfg.Store.Declared(ctx, w.site.ID)
	if err != nil || len(all) == 0 {
		return err
	}
	w.said.lines, w.said.seen = map[string][]int64{}, map[string]string{}
	docs := w.judged.Document.Devices
	seen := make([]asset.Seen, len(docs))
	for i := range docs {
		seen[i] = SeenAs(&docs[i])
	}
	for len(all) > 0 {
		n := slices.IndexFunc(all, func(d Declared) bool { return d.List != all[0].List })
		if n < 0 {
			n = len(all)
		}
		if err := w.join(all[:n], seen); err != nil {
			return err
		}
		all = all[n:]
	}
	return nil
}

// join does one list.
func (w *work) join(list []Declared, seen []asset.Seen) error {
	lines := make([]asset.Declared, len(list))
	for i := range list {
		if err := json.Unmarshal(list[i].Fields, &lines[i]); err != nil {
			return fmt.Errorf("line %d of asset list %s: %w", list[i].Line, list[i].List, err)
		}
	}
	for _, p := range asset.Match(lines, seen) {
		switch {
		case p.Declared < 0:
		case p.Seen >= 0:
			id := seen[p.Seen].ID
			w.said.lines[id] = append(w.said.lines[id], list[p.Declared].ID)
			if key := declaredID(&lines[p.Declared]); key != "" {
				w.said.seen[key] = id
			}
		default:
			w.unseen(&list[p.Declared], &lines[p.Declared])
		}
	}
	return nil
}

// unseen keeps a line that is no device; one that another list has too, once.
func (w *work) unseen(d *Declared, line *asset.Declared) {
	id := declaredID(line)
	if id == "" {
		id = fmt.Sprintf("a-%d", d.ID)
	}
	if have := w.said.only[id]; have != nil {
		have.ids = append(have.ids, d.ID)
		return
	}
	if w.said.only == nil {
		w.said.only = map[string]*unseen{}
	}
	u := &unseen{id: id, line: line, ids: []int64{d.ID}}
	w.said.only[id] = u
	w.said.unseen = append(w.said.unseen, u)
}

// unseen is a device that only lists know.
type unseen struct {
	id   string
	line *asset.Declared
	ids  []int64
}

// declaredID is made of what names the thing, so that the next list with it gives
// the same: its serial number, else its MAC, else its name and model.
func declaredID(d *asset.Declared) string {
	key := d.Key()
	if key == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(key))
	return "a-" + hex.EncodeToString(sum[:5])
}

// declaredOnly is a line of an asset list that nothing was seen of. Nothing that
// was seen says who made it, so that no rule can be judged: what is declared is
// shown as declared.
func (w *work) declaredOnly(u *unseen) *Derived {
	d := u.line
	name := d.Name
	for _, s := range []string{d.Hostname, d.Model, d.Serial, d.IP} {
		if name == "" {
			name = s
		}
	}
	return &Derived{
		Device: Device{
			Site: w.site.ID, Device: u.id, Presence: DeclaredOnly, Name: name, Kind: d.Kind, Brand: d.Brand, Maker: d.Maker,
			MakerGrade: attribution.Unknown.String(), Model: d.Model, Firmware: d.Firmware, Address: d.IP, MAC: d.MAC, Serial: d.Serial, Hostname: d.Hostname,
			VLAN: uint16(max(min(d.VLAN, 4094), 0)), Zone: d.Zone, Severity: finding.Severity(finding.CannotTell), Verdict: string(finding.CannotTell), //nolint:gosec // bounded
		},
		Declared: u.ids,
	}
}

// SeenAs is a device as asset lists could know it. The brand is no name of the
// maker: a list that gives it as one is told so, for that is what a rebadge is.
func SeenAs(d *report.Device) asset.Seen {
	s := asset.Seen{ID: d.ID, MACs: d.MACs, Serials: d.Serials, Hostnames: d.Hostnames, Kind: d.Kind.Value, Name: d.Name}
	for _, a := range d.Addresses {
		s.IPs = append(s.IPs, a.IP)
	}
	for _, c := range []struct {
		to    *[]string
		value string
	}{{&s.Brands, d.Brand.Value}, {&s.Makers, d.Maker.Value}, {&s.Makers, d.Maker.ID}, {&s.Models, d.Model.Value}, {&s.Firmwares, d.Firmware.Value}} {
		if c.value != "" {
			*c.to = append(*c.to, c.value)
		}
	}
	return s
}
