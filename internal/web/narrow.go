package web

import (
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/query"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

// onlyCameras is the switch between all devices and video equipment, which is a
// part of the search like others. kinds are the devices that the search finds, by
// kind.
func (v *estateView) onlyCameras(kinds []store.Count) *facetValue {
	only := &facetValue{Text: "Cameras and recorders only"}
	for _, t := range v.Chosen {
		if t.Text == store.Cameras {
			only.On, only.Href = true, t.Href
			return only
		}
	}
	for _, k := range kinds {
		if slices.Contains(store.VideoKinds, query.Fold(k.Value)) {
			only.N += k.Count
		}
	}
	only.Href = v.href("q", v.Query.And(store.Cameras))
	return only
}

// shortMost is the length up to which a word stands within so many others that it
// finds nearly everything.
const shortMost = 2

// shortWords are the words of a search that are so short, where nothing else is
// asked with them.
func (a *asking) shortWords() (out []string) {
	for _, n := range a.parts() {
		w, ok := n.(*query.Word)
		if !ok {
			continue
		}
		for i := range w.Values {
			if s := w.Values[i].Plain(); s != "" && len([]rune(s)) <= shortMost {
				out = append(out, s)
			}
		}
	}
	return out
}

// short says that a short word stands within longer ones, and proposes what may
// have been meant: a country, and names that begin so, where there are any.
func (c *call) short(a *asking) (says string, meant []linked, err error) {
	words := a.shortWords()
	if len(words) == 0 {
		return "", nil, nil
	}
	word := words[0]
	everything, err := c.askingOf("")
	if err != nil {
		return "", nil, err
	}
	names := []string{"country", "maker", "brand", "model", "kind", "site", "tag"}
	counts, err := c.s.Store.Facets(c.ctx(), everything.db, names)
	if err != nil {
		return "", nil, err
	}
	var texts []string
	for _, name := range names {
		begins := func(k store.Count) bool { return strings.HasPrefix(query.Fold(k.Value), query.Fold(word)) }
		switch {
		case name == "country" && slices.ContainsFunc(counts[name], func(k store.Count) bool { return strings.EqualFold(k.Value, word) }):
			texts = append(texts, query.Ask("egress.country", strings.ToUpper(word)))
		case name != "country" && slices.ContainsFunc(counts[name], begins):
			texts = append(texts, name+":"+query.Quote(word)+"*")
		}
	}
	return "“" + report.Visible(word) + "” is so short that it is found inside longer words, addresses and numbers too.", c.instead(texts...), nil
}
