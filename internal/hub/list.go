package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lenscap/lenscap/internal/asset"
	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/report"
)

// Names of lists that are no file.
const (
	ByHand     = "Entered by hand" // what people enter line by line
	FromNetBox = "NetBox"
)

// KeepList keeps a list that was looked at, in the place of one of the same name,
// and has it compared with what was seen. d says who does it. It fails with [ErrFull]
// as an input does, and with [ErrInvalid] for a list of which no row stays: that
// would empty the one in whose place it comes.
func (h *Hub) KeepList(ctx context.Context, d Deed, site int64, name string, l *asset.List) error {
	if len(l.Rows) == 0 {
		return noRows(name, l)
	}
	rows, size := make([]Declared, len(l.Rows)), int64(0)
	for i := range l.Rows {
		b, err := json.Marshal(&l.Rows[i])
		if err != nil {
			return fmt.Errorf("line %d of asset list %s: %w", l.Rows[i].Line, name, err)
		}
		rows[i] = Declared{List: name, Line: l.Rows[i].Line, Fields: b}
		size += int64(len(b))
	}
	mapping, err := json.Marshal(l.Mapping)
	if err != nil {
		return err
	}
	if err := h.room(size); err != nil {
		return fmt.Errorf("keep asset list %s: %w", name, err)
	}
	if err := h.cfg.Store.Do(ctx, d, func(tx Tx) error { return tx.AddDeclared(site, name, mapping, d.Actor, rows) }); err != nil {
		return err
	}
	h.Stale(site)
	return nil
}

// noRows says why no row of a list stayed, with the first few of its faults.
func noRows(name string, l *asset.List) error {
	says := "it has none"
	if n := len(l.Faults); n > 0 {
		first := make([]string, min(n, 3))
		for i := range first {
			first[i] = l.Faults[i].String()
		}
		if says = strings.Join(first, "; "); n+l.More > len(first) {
			says += fmt.Sprintf("; and %d more", n+l.More-len(first))
		}
		says += ". Say with a mapping which column has the name, serial number, address or model"
	}
	return fmt.Errorf("%w: no row of the asset list %q stays, so that nothing was kept and nothing replaced: %s", ErrInvalid, name, says)
}

// A ReadList is how a list was read.
type ReadList struct {
	Site    int64
	Name    string
	Mapping []byte // JSON of asset.Mapping
}

// Mappings keep how lists were read.
type Mappings interface {
	// Mappings gives those of an organisation, the site's first, then the newest.
	Mappings(ctx context.Context, organisation, site int64) ([]ReadList, error)
}

// Remembered is how an earlier list with the same columns was read: one of that
// name, else another of the site, else of the organisation. from names it. It is
// nil when there is none, or l is no table.
func Remembered(ctx context.Context, kept Mappings, site *Site, name string, l *asset.List) (m *asset.Mapping, from string, err error) {
	if len(l.Columns) == 0 {
		return nil, "", nil
	}
	lists, err := kept.Mappings(ctx, site.Organisation, site.ID)
	if err != nil {
		return nil, "", err
	}
	for _, sameName := range []bool{true, false} {
		for i := range lists {
			var m asset.Mapping
			if sameName != (lists[i].Site == site.ID && lists[i].Name == name) || json.Unmarshal(lists[i].Mapping, &m) != nil {
				continue
			}
			if m.Fits(l.Columns) {
				return &m, lists[i].Name, nil
			}
		}
	}
	return nil, "", nil
}

// A Sighted is a device that was seen, as asset lists could know it, and what
// NetBox is told of it.
type Sighted struct {
	asset.Seen
	Maker, Firmware, Verdict string
}

// Docs are the devices of a site that were seen, each with its findings.
type Docs interface {
	Docs(ctx context.Context, site int64, fn func(*report.Device, []finding.Finding) error) error
}

// SightedAt gives what was seen at a site, by id. Verdicts are those of the
// rules, whatever was waived.
func SightedAt(ctx context.Context, docs Docs, site int64) ([]Sighted, error) {
	var out []Sighted
	err := docs.Docs(ctx, site, func(d *report.Device, found []finding.Finding) error {
		s := Sighted{Seen: SeenAs(d), Firmware: d.Firmware.Value, Verdict: string(finding.NotCovered)}
		// A name without its grade would be taken for certain.
		if s.Maker = d.Maker.Value; s.Maker != "" && d.Maker.Grade != attribution.Confirmed {
			s.Maker += " (" + d.Maker.Grade.String() + ")"
		}
		for i := range found {
			if v := found[i].Outcome(); finding.Graver(v, finding.Verdict(s.Verdict)) {
				s.Verdict = string(v)
			}
		}
		out = append(out, s)
		return nil
	})
	return out, err
}

// Join joins the lines of a list with what was seen.
func Join(l *asset.List, seen []Sighted) []asset.Pair {
	plain := make([]asset.Seen, len(seen))
	for i := range seen {
		plain[i] = seen[i].Seen
	}
	return asset.Match(l.Rows, plain)
}

// A Telling is a device of NetBox, and what Lenscap would write there.
type Telling struct {
	asset.Update
	Was    asset.Update
	Name   string // in NetBox
	Device string // id
	By     string // what joined them
}

// Tellings are what NetBox does not say yet of devices that were seen. same are
// those of which it says it all, unseen those that were not found.
func Tellings(l *asset.List, seen []Sighted) (tell []Telling, same, unseen int) {
	for _, p := range Join(l, seen) {
		switch {
		case p.Declared < 0:
			continue
		case p.Seen < 0 || l.Rows[p.Declared].Line <= 0:
			unseen++
			continue
		}
		d, s := &l.Rows[p.Declared], &seen[p.Seen]
		t := Telling{Update: asset.Update{ID: d.Line, Maker: s.Maker, Firmware: s.Firmware, Verdict: s.Verdict}, Was: l.Written[d.Line], Name: d.Name, Device: s.ID, By: p.By}
		if t.Was == t.Update {
			same++
			continue
		}
		tell = append(tell, t)
	}
	return tell, same, unseen
}
