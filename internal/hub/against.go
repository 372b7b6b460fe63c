package hub

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/lenscap/lenscap/internal/asset"
)

// A Difference counts the lines of a list against those that it takes the place of.
type Difference struct {
	New     int `json:"new"`
	Changed int `json:"changed"` // the same device by what it is known by, with another value
	Same    int `json:"same"`
	Gone    int `json:"gone"`    // lines of the earlier list that are in this one no more
	Wrong   int `json:"wrong"`   // rows of the file with a fault: left out, or without the cell
	Repeats int `json:"repeats"` // rows of the file that say just what an earlier one says, and count once with it
}

// Against compares a list with the lines kept under its name before. Lines are
// taken for the same device by hardware address, else serial number, hostname,
// address or name. An error names the kept line that cannot be read.
func Against(before []Declared, l *asset.List) (Difference, error) {
	var d Difference
	was := map[string][]string{} // by what a line is known by
	for i := range before {
		var a asset.Declared
		if err := json.Unmarshal(before[i].Fields, &a); err != nil {
			return d, fmt.Errorf("line %d of asset list %s: %w", before[i].Line, before[i].List, err)
		}
		k, text, err := lineOf(a)
		if err != nil {
			return d, err
		}
		was[k] = append(was[k], text)
	}
	var rest []string // keys of lines that are not there as they are
	for i := range l.Rows {
		k, text, err := lineOf(l.Rows[i])
		if err != nil {
			return d, err
		}
		if at := slices.Index(was[k], text); at >= 0 {
			was[k] = slices.Delete(was[k], at, at+1)
			d.Same++
			continue
		}
		rest = append(rest, k)
	}
	for _, k := range rest {
		if n := len(was[k]); n > 0 {
			was[k] = was[k][:n-1]
			d.Changed++
		} else {
			d.New++
		}
	}
	for _, left := range was {
		d.Gone += len(left)
	}
	rows := map[int]bool{}
	for _, f := range l.Faults {
		rows[f.Row] = true
	}
	d.Wrong, d.Repeats = len(rows)+l.More, l.Again
	return d, nil
}

// A Preview is what a list would be if it were kept: what pages, programs and the
// command line say of it before.
type Preview struct {
	Both         int        `json:"both"`          // lines that are a device that was seen
	DeclaredOnly int        `json:"declared_only"` // lines of which nothing was seen
	SeenOnly     int        `json:"seen_only"`     // devices that were seen and are not on this list
	Replaces     bool       `json:"replaces"`      // it would take the place of a list of that name
	Against      Difference `json:"against"`       // the lines of that list; all are new when there is none
}

// Kept are the lists and devices of a site, as they are before another list is kept.
type Kept interface {
	Docs
	Lines(ctx context.Context, site int64, list string) ([]Declared, error)
}

// Look says what a list would be at a site under a name. Joined are its lines and
// what was seen, by [asset.Match]; seen is what the pairs speak of.
func Look(ctx context.Context, kept Kept, site int64, name string, l *asset.List) (v Preview, joined []asset.Pair, seen []Sighted, err error) {
	if seen, err = SightedAt(ctx, kept, site); err != nil {
		return v, nil, nil, err
	}
	joined = Join(l, seen)
	for _, p := range joined {
		switch {
		case p.Declared < 0:
			v.SeenOnly++
		case p.Seen < 0:
			v.DeclaredOnly++
		default:
			v.Both++
		}
	}
	before, err := kept.Lines(ctx, site, name)
	if err != nil {
		return v, nil, nil, err
	}
	v.Replaces = len(before) > 0
	v.Against, err = Against(before, l)
	return v, joined, seen, err
}

// lineOf is what a line is known by, and all it says but its place in the file.
func lineOf(a asset.Declared) (key, text string, err error) {
	a.Line = 0
	b, err := json.Marshal(&a)
	return cmp.Or(a.MAC, a.Serial, a.Hostname, a.IP, a.Name), string(b), err
}
