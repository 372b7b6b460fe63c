package store

import (
	"errors"
	"testing"

	"github.com/lenscap/lenscap/internal/hub"
)

func TestLines(t *testing.T) {
	db := newDB(t)
	north, _ := newSite(t, db, "north")
	south, _ := newSite(t, db, "south")
	change := func(fn func(*Tx) error) error {
		return db.Change(t.Context(), hub.Deed{Actor: "anna", Action: "test"}, fn)
	}
	first := &hub.Declared{List: hub.ByHand, Fields: []byte(`{"name":"a"}`)}
	second := &hub.Declared{List: hub.ByHand, Fields: []byte(`{"name":"b"}`)}
	must(t, db, func(tx *Tx) error { return tx.SaveLine(north, "anna", first, nil) })
	must(t, db, func(tx *Tx) error { return tx.SaveLine(north, "anna", second, nil) })
	if first.Line != 1 || second.Line != 2 || first.ID == second.ID {
		t.Errorf("%+v %+v", first, second)
	}
	stale := &hub.Declared{ID: first.ID, List: hub.ByHand, Fields: []byte(`{"name":"c"}`)}
	for name, c := range map[string]struct {
		fn   func(*Tx) error
		want error
	}{
		"change of what is there no more": {func(tx *Tx) error { return tx.SaveLine(north, "ben", stale, []byte(`{"name":"old"}`)) }, hub.ErrChanged},
		"change from another site":        {func(tx *Tx) error { return tx.SaveLine(south, "ben", stale, first.Fields) }, hub.ErrChanged},
		"drop from another site":          {func(tx *Tx) error { return tx.DropLine(south, hub.ByHand, first.ID) }, hub.ErrNotFound},
		"drop of another list":            {func(tx *Tx) error { return tx.DropLine(north, "other", first.ID) }, hub.ErrNotFound},
		"list of no site":                 {func(tx *Tx) error { return tx.SaveLine(99, "ben", &hub.Declared{List: "x", Fields: []byte("{}")}, nil) }, hub.ErrNotFound},
		"list without name":               {func(tx *Tx) error { return tx.SaveLine(north, "ben", &hub.Declared{Fields: []byte("{}")}, nil) }, hub.ErrInvalid},
	} {
		if err := change(c.fn); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	must(t, db, func(tx *Tx) error { return tx.SaveLine(north, "anna", stale, first.Fields) })
	must(t, db, func(tx *Tx) error { return tx.DropLine(north, hub.ByHand, second.ID) })
	lines, err := db.Lines(t.Context(), north, hub.ByHand)
	if err != nil || len(lines) != 1 || string(lines[0].Fields) != `{"name":"c"}` || lines[0].Line != 1 {
		t.Errorf("%+v %v", lines, err)
	}
	if lines, err := db.Lines(t.Context(), south, hub.ByHand); err != nil || len(lines) != 0 {
		t.Errorf("of another site: %+v %v", lines, err)
	}
	kept, err := db.Mappings(t.Context(), 1, north)
	if err != nil || len(kept) != 1 || kept[0].Name != hub.ByHand {
		t.Errorf("%+v %v", kept, err)
	}
}
