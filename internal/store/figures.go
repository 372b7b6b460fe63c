package store

import (
	"context"

	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/query"
)

// What figures are of: the kinds of [VideoKinds], and devices whose kind is not
// known, so that nobody knows whether they are video equipment.
const (
	Cameras     = "cameras:true"
	KindUnknown = "cameras:unknown"
)

// Figures are sums of one organisation that name no site and no device. All but
// Devices and NoKind are of its Video equipment.
type Figures struct {
	Organisation int64            `json:"organisation"`
	Name         string           `json:"name"`
	Devices      int64            `json:"devices"`
	Video        int64            `json:"video"`    // cameras, recorders and other video equipment
	NoKind       int64            `json:"no_kind"`  // devices of no known kind, not in video
	Verdicts     map[string]int64 `json:"verdicts"` // by the gravest verdict that nobody waived, one of [finding.OfDevice]
	Grades       map[string]int64 `json:"grades"`   // by how sure the maker is
	Outside      int64            `json:"outside"`  // that reach outside the estate
	Makers       []Count          `json:"makers"`   // most frequent first; "" is not known
}

// Figures counts one organisation.
func (db *DB) Figures(ctx context.Context, o *hub.Organisation) (*Figures, error) {
	f := &Figures{Organisation: o.ID, Name: o.Name, Verdicts: map[string]int64{}, Grades: map[string]int64{}}
	q := DeviceQuery{Organisations: []int64{o.ID}, Limit: 1}
	for _, ask := range []struct {
		text string
		n    *int64
	}{{"", &f.Devices}, {KindUnknown, &f.NoKind}, {Cameras, &f.Video}} {
		var err error
		if q.Query, err = query.Parse(ask.text, Fields()); err != nil {
			return nil, err
		}
		page, err := db.Devices(ctx, q)
		if err != nil {
			return nil, err
		}
		*ask.n = page.Total
	}
	counts, err := db.Facets(ctx, q, []string{"verdict", "grade", "maker", "outside"}) // of the last: video equipment
	if err != nil {
		return nil, err
	}
	for _, n := range counts["verdict"] {
		f.Verdicts[n.Value] = n.Count
	}
	for _, n := range counts["grade"] {
		f.Grades[n.Value] = n.Count
	}
	for _, n := range counts["outside"] {
		if n.Value == "true" {
			f.Outside = n.Count
		}
	}
	f.Makers = counts["maker"]
	return f, nil
}
