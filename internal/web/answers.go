package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/report"
)

// answers are the places where what a finding misses can be answered: the kind
// and country of the organisation on its page, questions and dates on the
// site's, and what nobody saw in another capture.
func (c *call) answers(s siteOf, f *finding.Finding) []linked {
	if f.Verdict != finding.CannotTell {
		return nil
	}
	if len(f.Asks) == 0 {
		if len(f.Missing) == 0 || f.Force == finding.Own || !c.who.May(access.Ingest, s.Organisation) {
			return nil
		}
		return []linked{{"hand in more of its traffic", fmt.Sprintf("/inputs/new?site=%d", s.ID)}, {"or an asset list that says what it is", fmt.Sprintf("/sites/%d/lists", s.ID)}}
	}
	var out []linked
	for _, key := range f.Asks {
		l := c.answer(s, key)
		if !slices.ContainsFunc(out, func(x linked) bool { return x.Text == l.Text }) {
			out = append(out, l)
		}
	}
	return out
}

func (c *call) answer(s siteOf, key string) linked {
	site := fmt.Sprintf("/sites/%d#", s.ID)
	switch group, _, _ := strings.Cut(key, "."); group {
	case "type":
		return linked{"what kind of organisation " + report.Visible(s.Org.Name) + " is", fmt.Sprintf("/organisations/%d#f-type", s.Organisation)}
	case "country":
		return linked{"in which country " + report.Visible(s.Org.Name) + " is", fmt.Sprintf("/organisations/%d#f-country", s.Organisation)}
	case "purchased":
		return linked{"when the equipment of " + report.Visible(s.Name) + " was bought", site + "f-purchased"}
	case "installed":
		return linked{"when the equipment of " + report.Visible(s.Name) + " was installed", site + "f-installed"}
	case "sensitive":
		return linked{"whether " + report.Visible(s.Name) + " is a sensitive site", site + "q-sensitive"}
	case "purpose":
		return linked{"what the equipment of " + report.Visible(s.Name) + " is for", site + "q-purpose"}
	}
	return linked{"this question about " + report.Visible(s.Name), site + "q-" + key}
}

// openQuestions are what organisations and sites have not answered and several
// rules ask: a few of them, and how many more.
type openQuestions struct {
	Asked     []linked
	AskedMore int
}

// asked asks of the sites that the person may see, of these organisations where
// they are not all, and of these sites where there are any.
func (c *call) asked(organisations []int64, all bool, only []int64) (out []linked, more int, err error) {
	sites, err := c.sites(access.View)
	if err != nil {
		return nil, 0, err
	}
	sites = slices.DeleteFunc(sites, func(s siteOf) bool {
		return !all && !slices.Contains(organisations, s.Organisation) || len(only) > 0 && !slices.Contains(only, s.ID)
	})
	const most = 4
	add := func(l linked) {
		switch {
		case slices.Contains(out, l):
		case len(out) == most:
			more++
		default:
			out = append(out, l)
		}
	}
	for _, s := range sites {
		if s.Org.Type == "" {
			add(c.answer(s, "type"))
		}
	}
	for _, s := range sites {
		if s.Facts.Sensitivity() == "unknown" {
			add(c.answer(s, "sensitive"))
		}
		if cmp.Or(s.Facts.Purchased, s.Facts.Installed) == "" {
			add(c.answer(s, "purchased"))
		}
	}
	return out, more, nil
}
