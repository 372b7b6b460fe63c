package web

import (
	"fmt"

	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
)

const overlapsNamed = 5 // inputs that a sentence leads to

// A repeat is another input that shows the same traffic.
type repeat struct {
	hub.Overlap
	Says string
	Href string
}

// repeats are the inputs of a site that one of them repeats.
func (c *call) repeats(in *hub.Ingest) ([]repeat, error) {
	list, err := c.s.Store.Overlaps(c.ctx(), []int64{in.Site})
	if err != nil {
		return nil, err
	}
	var out []repeat
	for _, o := range list {
		if o.Ingest == in.ID {
			o.Name = report.Visible(o.Name)
			out = append(out, repeat{o, o.Says(), fmt.Sprintf("/inputs/%d", o.Other)})
		}
	}
	return out, nil
}

// twice says beside the figures of some sites what inputs show twice.
func (c *call) twice(sites []int64) ([]linked, error) {
	list, err := c.s.Store.Overlaps(c.ctx(), sites)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	var same, size, part int64
	var named []linked
	seen := map[int64]bool{}
	for _, o := range list {
		same, size, part = same+o.Same, size+o.Bytes, part+o.Part
		if o.Part > 0 && !seen[o.Ingest] && len(seen) < overlapsNamed {
			seen[o.Ingest] = true
			named = append(named, linked{Text: ", "}, linked{fmt.Sprintf("input %d", o.Ingest), fmt.Sprintf("/inputs/%d", o.Ingest)})
		}
	}
	out := []linked{{Text: "Some inputs show the same traffic. "}}
	if same > 0 {
		out = append(out, linked{Text: report.Plural(same, "conversation by the hour that is", "conversations by the hour that are") + " in two of them, with " + report.Size(size) + " inside and outside, " + countVerb(same) + " once. "})
	}
	if part > 0 {
		out = append(out, linked{Text: report.Plural(part, "conversation by the hour is", "conversations by the hour are") + " in two of them only in part, and " + countVerb(part) + " in each"})
		out = append(out, named...)
		out = append(out, linked{Text: ": taking one of the two out, or cutting the time that both ran out of one, mends that; the input's page says from when to when."})
	}
	return out, nil
}

func countVerb(n int64) string {
	if n == 1 {
		return "counts"
	}
	return "count"
}
