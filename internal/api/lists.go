package api

import (
	"encoding/json"
	"fmt"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/asset"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
)

const (
	listLimit  = 64 << 20 // bytes, as package asset has it
	mostSample = 20
)

// A ListRead is what an asset list says.
type ListRead struct {
	Name    string           `json:"name"`
	Format  string           `json:"format"`
	Lines   int              `json:"lines"`
	Kept    bool             `json:"kept"`
	Columns []ListColumn     `json:"columns"`        // what was made of each
	Sample  []asset.Declared `json:"sample"`         // the first 20 lines
	Faults  []asset.Fault    `json:"faults"`         // row by row, 1000 at most
	More    int              `json:"more,omitempty"` // faults beyond those
}

// A ListColumn is a column of a list and what it stands for.
type ListColumn struct {
	Header string `json:"header"`
	Field  string `json:"field"` // "" for one that is passed over
}

func lists(c *call) error {
	s, err := c.site(access.View)
	if err != nil {
		return err
	}
	all, err := c.s.Store.AssetLists(c.ctx(), s.ID)
	if err != nil {
		return err
	}
	return pageBy(c, all, func(l *store.AssetList) int64 { return l.ID })
}

// mapping is that of an earlier list of the same name; nil: it is guessed.
func (c *call) mapping(site int64, name string) (*asset.Mapping, error) {
	all, err := c.s.Store.AssetLists(c.ctx(), site)
	if err != nil {
		return nil, err
	}
	for i := range all {
		var m asset.Mapping
		if all[i].Name == name && json.Unmarshal(all[i].Mapping, &m) == nil && len(m.Columns) > 0 {
			return &m, nil
		}
	}
	return nil, nil //nolint:nilnil // none is an answer
}

func listAdd(c *call) error {
	s, err := c.site(access.Operate)
	if err != nil {
		return err
	}
	name := c.query("name")
	if err := checkName(&name); err != nil {
		return err
	}
	dry, err := c.yes("dry_run")
	if err != nil {
		return err
	}
	m, err := c.mapping(s.ID, name)
	if err != nil {
		return err
	}
	l, err := asset.Read(c.Body, name, m)
	if err != nil {
		return fmt.Errorf("%w: %w", hub.ErrInvalid, err)
	}
	v := ListRead{Name: name, Format: l.Format, Lines: len(l.Rows), Columns: []ListColumn{}, Sample: some(l.Rows[:min(len(l.Rows), mostSample)]), Faults: some(l.Faults), More: l.More}
	for _, col := range l.Columns {
		v.Columns = append(v.Columns, ListColumn{col.Header, string(col.Field)})
	}
	if dry {
		return c.reply(v)
	}
	rows := make([]hub.Declared, len(l.Rows))
	for i := range l.Rows {
		b, err := json.Marshal(&l.Rows[i])
		if err != nil {
			return err
		}
		rows[i] = hub.Declared{List: name, Line: l.Rows[i].Line, Fields: b}
	}
	used, err := json.Marshal(l.Mapping)
	if err != nil {
		return err
	}
	deed := c.deed(s.Organisation, "list.keep", fmt.Sprintf("asset list %q of site %d", name, s.ID), map[string]int{"lines": len(rows), "faults": len(l.Faults) + l.More})
	if err := c.s.Store.Do(c.ctx(), deed, func(tx hub.Tx) error {
		return tx.AddDeclared(s.ID, name, used, c.who.Actor(), rows)
	}); err != nil {
		return err
	}
	c.s.Hub.Stale(s.ID)
	v.Kept = true
	return c.reply(v)
}

func listDrop(c *call) error {
	s, err := c.site(access.Operate)
	if err != nil {
		return err
	}
	id, err := c.number("list")
	if err != nil {
		return err
	}
	if err := c.s.Store.Change(c.ctx(), c.deed(s.Organisation, "list.drop", fmt.Sprintf("asset list %d of site %d", id, s.ID), nil), func(tx *store.Tx) error { return tx.DropAssetList(s.ID, id) }); err != nil {
		return err
	}
	c.s.Hub.Stale(s.ID)
	return c.gone()
}
