package api

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/asset"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
)

const (
	listLimit  = 32_000_000 // bytes, as package asset has it
	mostSample = 20
)

// A ListRead is what an asset list says.
type ListRead struct {
	Name    string           `json:"name"`
	Format  string           `json:"format"`
	Lines   int              `json:"lines"`
	Kept    bool             `json:"kept"`
	Columns []ListColumn     `json:"columns"`        // what was made of each
	Mapping asset.Mapping    `json:"mapping"`        // how it was read; send it changed to have it read otherwise
	From    string           `json:"from,omitempty"` // the earlier list that was read so
	Sample  []asset.Declared `json:"sample"`         // the first 20 lines
	Faults  []asset.Fault    `json:"faults"`         // row by row, 1000 at most
	More    int              `json:"more,omitempty"` // faults beyond those
	Repeats []asset.Repeat   `json:"repeats"`        // rows that say just what an earlier one says, and count once with it; 1000 at most, against.repeats has how many
	hub.Preview
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
	return pageOf(c, func(p store.Page) ([]store.AssetList, int64, error) { return c.s.Store.AssetListPage(c.ctx(), s.ID, p) }, func(l *store.AssetList) int64 { return l.ID }, self)
}

// A MappedList is an asset list with how its columns were read.
type MappedList struct {
	store.AssetList
	Mapping asset.Mapping `json:"mapping"`
}

func listGet(c *call) error {
	s, err := c.site(access.View)
	if err != nil {
		return err
	}
	id, err := c.number("list")
	if err != nil {
		return err
	}
	l, err := c.s.Store.AssetList(c.ctx(), s.ID, id)
	if err != nil {
		return err
	}
	v := MappedList{AssetList: *l}
	if err := json.Unmarshal(l.Mapping, &v.Mapping); err != nil {
		return fmt.Errorf("mapping of asset list %d: %w", id, err)
	}
	v.Mapping = whole(v.Mapping)
	return c.reply(v)
}

// whole is a mapping as it is answered: a list that is no table has no columns.
func whole(m asset.Mapping) asset.Mapping {
	if m.Columns == nil {
		m.Columns = map[string]asset.Field{}
	}
	return m
}

func fieldNames() string {
	names := make([]string, len(asset.Fields))
	for i, f := range asset.Fields {
		names[i] = string(f)
	}
	return strings.Join(names, ", ")
}

// keepBody puts the list of a request into a file, so that who sends slowly
// holds no turn and who sends much no memory. Close and remove it.
func (c *call) keepBody() (*os.File, error) {
	length := c.ContentLength
	if length < 0 {
		length = min(listLimit, c.s.Hub.MaxUpload())
	}
	name := hub.PartName(fmt.Sprint(c.who.Account, " ", c.who.Name), "list."+rand.Text()) // a hub sweeps those that a crash leaves
	path := filepath.Join(c.s.Hub.Dir(), name)
	if err := c.s.Hub.KeepPart(path, c.Body, length); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read the list: %w", err), os.Remove(path))
	}
	return f, nil
}

// readList reads the list of a request, which is in f: by the mapping that it gives, else as an
// earlier list with the same columns, whose name is from, else as its headers
// sound.
func (c *call) readList(f *os.File, s *hub.Site, name string) (l *asset.List, from string, err error) {
	var m *asset.Mapping
	if text := c.query("mapping"); text != "" {
		if m, err = asset.ReadMapping(strings.NewReader(text), name); err != nil {
			return nil, "", &fieldError{"mapping", fmt.Errorf("%w: %w", hub.ErrInvalid, err)}
		}
	}
	read := func(m *asset.Mapping) (*asset.List, error) {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		l, err := asset.Read(f, name, m)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", hub.ErrInvalid, err)
		}
		return l, nil
	}
	if l, err = read(m); err != nil || m != nil {
		return l, "", err
	}
	if m, from, err = hub.Remembered(c.ctx(), c.s.Store, s, name, l); err != nil || m == nil {
		return l, "", err
	}
	l, err = read(m)
	return l, from, err
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
	f, err := c.keepBody()
	if err != nil {
		return err
	}
	defer func() { _ = errors.Join(f.Close(), os.Remove(f.Name())) }()
	done, err := c.s.Hub.ListTurn(c.ctx())
	if err != nil {
		return err
	}
	defer done()
	l, from, err := c.readList(f, s, name)
	if err != nil {
		return err
	}
	v := ListRead{Name: name, Format: l.Format, Lines: len(l.Rows), Mapping: whole(l.Mapping), From: from, Columns: []ListColumn{}, Sample: some(l.Rows[:min(len(l.Rows), mostSample)]), Faults: some(l.Faults), More: l.More, Repeats: some(l.Repeats)}
	if v.Preview, _, _, err = hub.Look(c.ctx(), c.s.Store, s.ID, name, l); err != nil {
		return err
	}
	for _, col := range l.Columns {
		v.Columns = append(v.Columns, ListColumn{col.Header, string(col.Field)})
	}
	if dry {
		return c.reply(v)
	}
	deed := c.deed(s.Organisation, "list.keep", fmt.Sprintf("asset list %q of site %d", name, s.ID), map[string]int{"lines": len(l.Rows), "faults": len(l.Faults) + l.More, "repeats": l.Again})
	if err := c.s.Hub.KeepList(c.ctx(), deed, s.ID, name, l); err != nil {
		return err
	}
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
