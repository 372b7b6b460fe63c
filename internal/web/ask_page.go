package web

import (
	"strings"

	"github.com/lenscap/lenscap/internal/query"
	"github.com/lenscap/lenscap/internal/store"
)

// A searchView explains the language of the search boxes.
type searchView struct {
	Ways     []searchWay
	Fields   []searchField
	Examples []linked
}

type searchWay struct{ Write, Finds string }

type searchField struct{ Name, Holds, Says string }

func searchPage(c *call) error {
	v := searchView{}
	for _, w := range query.Ways() {
		v.Ways = append(v.Ways, searchWay{w[0], w[1]})
	}
	for _, f := range store.Fields() {
		holds := f.Type.String()
		if f.Type == query.Choice {
			holds = strings.Join(f.Values, ", ")
		}
		v.Fields = append(v.Fields, searchField{f.Name, holds, f.Says})
	}
	for _, s := range searches {
		v.Examples = append(v.Examples, linked{s, estateAsk(s)})
	}
	return c.show("search", v)
}
