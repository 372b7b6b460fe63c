package web

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/query"
	"github.com/lenscap/lenscap/internal/store"
)

// The switch to video equipment is a part of the search, and finds what the list
// of kinds finds.
func TestOnlyCameras(t *testing.T) {
	x := newTestHub(t)
	x.example()
	count := func(text string) int64 {
		t.Helper()
		q, err := query.Parse(text, store.Fields())
		if err != nil {
			t.Fatal(err)
		}
		page, err := x.db.Devices(context.Background(), store.DeviceQuery{All: true, Query: q, Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		return page.Total
	}
	kinds := make([]string, len(store.VideoKinds))
	for i, k := range store.VideoKinds {
		kinds[i] = query.Quote(k)
	}
	cameras, all := count("cameras:true"), count("")
	if want := count("kind:" + strings.Join(kinds, ",")); cameras != want || cameras == 0 || cameras == all {
		t.Errorf("cameras:true finds %d of %d, the kinds find %d", cameras, all, want)
	}
	if no, unknown := count("cameras:false"), count("cameras:unknown"); cameras+no+unknown != all || unknown != count("kind!=*")+count("kind:unknown") {
		t.Errorf("%d are, %d are not, of %d it is not known: %d in all", cameras, no, unknown, all)
	}
	says(t, x.get("/"), `href="/?q=cameras%3Atrue"`, fmt.Sprintf(`Cameras and recorders only <span class="soft num">%d</span>`, cameras))
	says(t, x.get("/?q=cameras:true"), fmt.Sprintf("%d devices match", cameras), `<a class="button toggle on" href="/"`)
	says(t, x.get("/?q=cameras:true+AND+maker:hikvision"), `<a class="button toggle on" href="/?q=maker%3Ahikvision"`)
}

// A word of a letter or two finds what holds it, and the page says why that is
// much and what may have been meant.
func TestShortWords(t *testing.T) {
	x := newTestHub(t)
	x.example()
	says(t, x.get("/?q=hi"), "is so short", "<code>maker:hi*</code>")
	says(t, x.get("/?q=qz"), "is so short", "Write three letters or more")
	if page := x.get("/?q=hik"); strings.Contains(page, "is so short") {
		t.Error("three letters are called short")
	}
}
