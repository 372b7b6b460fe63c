package web

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/asset"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/query"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

// A listsView is a site's asset lists beside what was seen.
type listsView struct {
	siteOf
	Both, Seen, Declared tally
	Lists                []store.AssetList
	MayKeep              bool
	Kinds                []string
}

func listsPage(c *call) error {
	id, err := c.number("site")
	if err != nil {
		return err
	}
	site, err := c.site(id, access.View)
	if err != nil {
		return err
	}
	v := listsView{siteOf: site, MayKeep: c.who.May(access.Operate, site.Organisation)}
	if v.Lists, err = c.s.Store.AssetLists(c.ctx(), id); err != nil {
		return err
	}
	for i := range v.Lists {
		v.Lists[i].Name, v.Lists[i].By = report.Visible(v.Lists[i].Name), report.Visible(v.Lists[i].By)
	}
	ids, all := c.who.Organisations(access.View)
	counts, err := c.s.Store.Facets(c.ctx(), store.DeviceQuery{Organisations: ids, All: all, Sites: []int64{id}}, []string{"presence"})
	if err != nil {
		return err
	}
	at := query.Ask("site", site.Name) + " AND "
	for _, n := range counts["presence"] {
		t := tally{n.Count, estateAsk(at + query.Ask("presence", n.Value))}
		switch n.Value {
		case hub.Both:
			v.Both = t
		case hub.SeenOnly:
			v.Seen = t
		case hub.DeclaredOnly:
			v.Declared = t
		}
	}
	return c.show("lists", v)
}

var listID = regexp.MustCompile(`^[0-9a-f]{24}$`)

// listPath is where a list waits until it was looked at; the site is in the name.
func (c *call) listPath(site int64, id string) (string, error) {
	if !listID.MatchString(id) {
		return "", fmt.Errorf("list %q: %w", id, hub.ErrNotFound)
	}
	return filepath.Join(c.s.Hub.Dir(), fmt.Sprintf("part-list-%d-%s", site, id)), nil
}

// listUpload takes the file and shows what it would say.
func listUpload(c *call) error {
	id, err := c.number("site")
	if err != nil {
		return err
	}
	if _, err := c.site(id, access.Operate); err != nil {
		return err
	}
	parts, err := c.MultipartReader()
	if err != nil {
		return invalid("file", "choose a file")
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return invalid("file", "choose a file")
		}
		if err != nil {
			return fmt.Errorf("read the form: %w", err)
		}
		if part.FormName() != "file" {
			continue
		}
		if part.FileName() == "" {
			return invalid("file", "choose a file")
		}
		var random [12]byte
		_, _ = rand.Read(random[:]) // never fails
		name := hex.EncodeToString(random[:])
		path, err := c.listPath(id, name)
		if err != nil {
			return err
		}
		if err := c.keepList(path, part); err != nil {
			return err
		}
		return c.see(fmt.Sprintf("/sites/%d/lists/%s?name=%s", id, name, encode(filepath.Base(part.FileName()))), "")
	}
}

func (c *call) keepList(path string, r io.Reader) error {
	c.s.sweepParts()
	if err := os.MkdirAll(c.s.Hub.Dir(), 0o700); err != nil {
		return fmt.Errorf("make the folder for files that wait: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("keep the list: %w", err)
	}
	n, err := io.Copy(f, io.LimitReader(r, listLimit+1))
	if err = errors.Join(err, f.Close()); err == nil && n > listLimit {
		err = fmt.Errorf("%w: %w", hub.ErrInvalid, asset.ErrTooLarge)
	}
	if err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// A checkView is a dry run of a list.
type checkView struct {
	siteOf
	ID, Name string // of the file that waits, and of the list
	Format   string
	Rows     []asset.Declared
	Total    int
	Faults   []asset.Fault
	More     int
	Columns  []mappedColumn
	Fields   []string
	Guessed  bool
	Error    string
}

type mappedColumn struct {
	Key, Header string
	Field       asset.Field
	Samples     []string
}

const (
	checkRows   = 20
	checkFaults = 200
)

// listCheck is the dry run: with the mapping of the list of that name, else with
// a guess.
func listCheck(c *call) error {
	site, path, err := c.waiting()
	if err != nil {
		return err
	}
	name := decode(c.query("name"))
	m, err := c.remembered(site.ID, name)
	if err != nil {
		return err
	}
	return c.check(site, path, name, m, 200)
}

func (c *call) waiting() (siteOf, string, error) {
	id, err := c.number("site")
	if err != nil {
		return siteOf{}, "", err
	}
	site, err := c.site(id, access.Operate)
	if err != nil {
		return siteOf{}, "", err
	}
	path, err := c.listPath(id, c.PathValue("list"))
	return site, path, err
}

// remembered is the mapping of an earlier list of that name, or of the last one
// of the site; nil for none.
func (c *call) remembered(site int64, name string) (*asset.Mapping, error) {
	lists, err := c.s.Store.AssetLists(c.ctx(), site)
	if err != nil {
		return nil, err
	}
	for _, l := range lists {
		if l.Name != name {
			continue
		}
		var m asset.Mapping
		if json.Unmarshal(l.Mapping, &m) == nil && len(m.Columns) > 0 {
			return &m, nil
		}
	}
	return nil, nil
}

func readList(path, name string, m *asset.Mapping) (*asset.List, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the list is not here any more; hand it in again: %w", hub.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	return asset.Read(f, name, m)
}

func (c *call) check(site siteOf, path, name string, m *asset.Mapping, status int) error {
	v := checkView{siteOf: site, ID: c.PathValue("list"), Name: name, Guessed: m == nil}
	for _, f := range asset.Fields {
		v.Fields = append(v.Fields, string(f))
	}
	l, err := readList(path, name, m)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return err
	case err != nil:
		v.Error = plainError(err)
		return c.page(422, "list", v)
	}
	clean := report.Tame(l.Rows[:min(len(l.Rows), checkRows)])
	v.Format, v.Rows, v.Total, v.Faults, v.More = l.Format, clean, len(l.Rows), report.Tame(l.Faults[:min(len(l.Faults), checkFaults)]), l.More+max(0, len(l.Faults)-checkFaults)
	for _, col := range l.Columns {
		v.Columns = append(v.Columns, mappedColumn{asset.Plain(col.Header), report.Visible(col.Header), col.Field, report.Tame(col.Samples)})
	}
	return c.page(status, "list", v)
}

// listForm tries the mapping of the form, or keeps the list with it.
func listForm(c *call) error {
	site, path, err := c.waiting()
	if err != nil {
		return err
	}
	if err := c.ParseForm(); err != nil {
		return invalid("list", "load the page again")
	}
	name := c.field("name")
	if name == "" || len(name) > 200 {
		return invalid("name", "a list has a name of 1 to 200 letters")
	}
	first, err := readList(path, name, nil)
	if err != nil {
		return err
	}
	m := first.Mapping
	if len(first.Columns) > 0 {
		m.Columns = map[string]asset.Field{}
		for _, col := range first.Columns {
			f := asset.Field(c.PostForm.Get("col." + asset.Plain(col.Header)))
			if f == "" {
				f = col.Field
			}
			m.Columns[asset.Plain(col.Header)] = f
		}
	}
	if c.field("do") != "keep" {
		return c.check(site, path, name, &m, 200)
	}
	l, err := readList(path, name, &m)
	if err != nil {
		return err
	}
	rows := make([]hub.Declared, len(l.Rows))
	for i := range l.Rows {
		b, err := json.Marshal(&l.Rows[i])
		if err != nil {
			return err
		}
		rows[i] = hub.Declared{List: name, Line: l.Rows[i].Line, Fields: b}
	}
	mapping, err := json.Marshal(m)
	if err != nil {
		return err
	}
	deed := c.deed(site.Organisation, "list.keep", fmt.Sprintf("asset list %q of site %d", name, site.ID), map[string]int{"lines": len(rows), "faults": len(l.Faults) + l.More})
	if err := c.s.Store.Do(c.ctx(), deed, func(tx hub.Tx) error {
		return tx.AddDeclared(site.ID, name, mapping, c.who.Actor(), rows)
	}); err != nil {
		return err
	}
	_ = os.Remove(path) // the next sweep tries again
	c.s.Hub.Stale(site.ID)
	return c.see(fmt.Sprintf("/sites/%d/lists", site.ID), strings.TrimSpace(report.Plural(int64(len(rows)), "line was", "lines were")+" kept. They are being compared with what was seen."))
}
