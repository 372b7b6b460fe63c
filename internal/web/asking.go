package web

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/query"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

// A searched is what stands in the search box of a page, what is wrong with it,
// and what was probably meant.
type searched struct {
	Text  string
	Error string // with its place; "" when it is understood
	Did   []linked
}

// An asking is what the person asked of the estate, read from the address.
type asking struct {
	searched
	Query      *query.Query
	Sort       string
	Descending bool
	After      string
	db         store.DeviceQuery
}

// asking reads the address. A text that is no query finds nothing and says why;
// other parameters that make no sense are errors.
func (c *call) asking() (*asking, error) { return c.askingOf(c.query("q")) }

func (c *call) askingOf(text string) (*asking, error) {
	a := &asking{searched: searched{Text: text}, Sort: c.query("sort"), Descending: c.query("desc") == "1", After: c.query("after")}
	ids, all := c.who.Organisations(access.View)
	a.db = store.DeviceQuery{Organisations: ids, All: all, Sort: a.Sort, Descending: a.Descending, After: a.After, Limit: estateRows}
	if a.Sort != "" && !slices.Contains(store.Sorts(), a.Sort) {
		return nil, invalid("sort", "the estate cannot be sorted by %q", a.Sort)
	}
	q, err := query.Parse(text, store.Fields())
	if err != nil {
		a.Error = report.Visible(err.Error())
		var at *query.Error
		if errors.As(err, &at) {
			a.Error = report.Visible(fmt.Sprintf("Character %d: %s.", at.Char, at.Says))
			if mended := at.Mended(text); mended != "" {
				a.Did = c.instead(mended)
			}
		}
		return a, nil
	}
	q.Now = c.s.Now()
	a.Query = q
	if q.Root == nil {
		return a, nil // no condition at all, so that the store's sums serve
	}
	a.db.Query = q
	return a, nil
}

// instead is this page with other searches.
func (c *call) instead(texts ...string) (out []linked) {
	for _, t := range texts {
		v := c.URL.Query()
		v.Del("after")
		v.Set("q", t)
		out = append(out, linked{report.Visible(t), c.URL.Path + "?" + v.Encode()})
	}
	return out
}

// wordFields are those whose values a word is compared with when it finds nothing.
var wordFields = []string{"maker", "brand", "site", "organisation", "model", "kind", "tag", "controller"}

// near proposes searches with values that there are, in the place of those that
// find nothing. It is for a search without a result.
func (c *call) near(a *asking) error {
	if a.Query == nil || a.Query.Root == nil {
		return nil
	}
	everything, err := c.askingOf("")
	if err != nil {
		return err
	}
	parts := a.parts()
	var texts []string
	for i, n := range parts {
		for _, value := range missed(n) {
			names := wordFields
			field := ""
			if t, ok := n.(*query.Term); ok {
				field = t.Field.Name
				if names = []string{strings.TrimPrefix(field, "egress.")}; !slices.Contains(store.FacetFields(), names[0]) {
					continue
				}
			}
			counts, err := c.s.Store.Facets(c.ctx(), everything.db, names)
			if err != nil {
				return err
			}
			list := map[string]bool{}
			var there []string
			for _, name := range names {
				for _, k := range counts[name] {
					if k.Value != "" && !list[k.Value] {
						list[k.Value] = true
						there = append(there, k.Value)
					}
				}
			}
			meant := query.Nearest(value, there)
			if meant == "" || strings.EqualFold(meant, value) {
				continue
			}
			as := query.Ask(field, meant)
			if field == "" {
				as = query.Quote(meant)
			}
			texts = append(texts, joined(parts, i, as))
		}
	}
	a.Did = c.instead(texts...)
	return nil
}

// missed are the values of a node that could be misspelt.
func missed(n query.Node) []string {
	var values []query.Value
	switch n := n.(type) {
	case *query.Word:
		values = n.Values
	case *query.Term:
		if n.Field.Type != query.Text || n.Other {
			return nil
		}
		values = n.Values
	}
	var out []string
	for i := range values {
		if s := values[i].Plain(); len(s) > 2 && len(out) < 3 {
			out = append(out, s)
		}
	}
	return out
}

// parts are the nodes that must all be true.
func (a *asking) parts() []query.Node {
	if a.Query == nil || a.Query.Root == nil {
		return nil
	}
	if and, ok := a.Query.Root.(*query.And); ok {
		return and.Of
	}
	return []query.Node{a.Query.Root}
}

// joined is the text of all parts, with as in the place of part i; "" leaves it out.
func joined(parts []query.Node, i int, as string) string {
	var texts []string
	for j, n := range parts {
		if j != i {
			texts = append(texts, (&query.Query{Root: n}).String())
		} else if as != "" {
			texts = append(texts, as)
		}
	}
	for j, n := range parts {
		if _, or := n.(*query.Or); or && len(texts) > 1 && j != i {
			k := j
			if as == "" && j > i {
				k--
			}
			texts[k] = "(" + texts[k] + ")"
		}
	}
	return strings.Join(texts, " AND ")
}

// href is this page with other parameters; "" takes one away.
func (a *asking) href(set ...string) string {
	v := url.Values{}
	put := func(k, s string) {
		if s == "" {
			v.Del(k)
		} else {
			v.Set(k, s)
		}
	}
	put("q", a.Text)
	put("sort", a.Sort)
	if a.Descending {
		put("desc", "1")
	}
	for i := 0; i+1 < len(set); i += 2 {
		put(set[i], set[i+1])
	}
	if len(v) == 0 {
		return "/"
	}
	return "/?" + v.Encode()
}

// terms are the parts that must all be true, each with the query without it.
func (a *asking) terms() (out []term) {
	parts := a.parts()
	for i, n := range parts {
		t := term{Text: (&query.Query{Root: n}).String()}
		t.Href = a.href("q", joined(parts, i, ""))
		out = append(out, t)
	}
	return out
}

type term struct{ Text, Href string }
