package web

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"

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
	Both, Seen, Declared tally // devices
	LinesBoth            int64 // lines of lists that those of Both stand in
	LinesDeclared        int64 // likewise
	Waiting              int64 // lines that are not compared yet: the figures are of before they came
	Lists                []store.AssetList
	MayKeep              bool
	ByHand               string // name of the list that people enter line by line
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
	v := listsView{siteOf: site, MayKeep: c.who.May(access.Operate, site.Organisation), ByHand: hub.ByHand}
	if v.Lists, err = c.s.Store.AssetLists(c.ctx(), id); err != nil {
		return err
	}
	for i := range v.Lists {
		v.Lists[i].Name, v.Lists[i].By = report.Visible(v.Lists[i].Name), c.called(v.Lists[i].By)
	}
	counts, err := c.s.Store.Presences(c.ctx(), id)
	if err != nil {
		return err
	}
	at := query.Ask("site", site.Name) + " AND "
	for _, n := range counts {
		t := tally{n.Devices, estateAsk(at + query.Ask("presence", n.Presence))}
		switch n.Presence {
		case hub.Both:
			v.Both, v.LinesBoth = t, n.Lines
		case hub.SeenOnly:
			v.Seen = t
		case hub.DeclaredOnly:
			v.Declared, v.LinesDeclared = t, n.Lines
		case "":
			v.Waiting = n.Lines
		}
	}
	return c.show("lists", v)
}

var listID = regexp.MustCompile(`^[0-9a-f]{24}$`)

// listPath is where a list of this person waits until it was looked at; the site is
// in the name.
func (c *call) listPath(site int64, id string) (string, error) {
	if !listID.MatchString(id) {
		return "", fmt.Errorf("list %q: %w", id, hub.ErrNotFound)
	}
	return c.part(fmt.Sprintf("list.%d.%s", site, id)), nil
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
			return badForm(err)
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

// keepList keeps what of r is no longer than a list may be.
func (c *call) keepList(path string, r io.ReadCloser) error {
	most := min(listLimit, c.s.Hub.MaxUpload())
	length := c.ContentLength // of the form, which has little else in it
	if length < 0 {
		length = most
	}
	return c.s.Hub.KeepPart(path, http.MaxBytesReader(c.w, r, most), length)
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
	From     string // the list that was read with this mapping before
	NetBox   bool   // it is no file
	Error    string

	DateOrder string
	Dates     []option

	Repeats []asset.Repeat
	hub.Preview
}

// dateOrders are how 3/4/2024 may be meant.
var dateOrders = []option{{"", "as the other dates of the column show"}, {"dmy", "day first: 3 April"}, {"mdy", "month first: March 4"}}

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
	done, err := c.s.Hub.ListTurn(c.ctx())
	if err != nil {
		return err
	}
	defer done()
	if isNetBox(path) {
		return c.check(site, path, hub.FromNetBox, nil, "")
	}
	l, err := readList(path, name, nil)
	if err != nil {
		return c.check(site, path, name, nil, "") // says what is wrong with it
	}
	m, from, err := hub.Remembered(c.ctx(), c.s.Store, site.Site, name, l)
	if err != nil {
		return err
	}
	return c.check(site, path, name, m, from)
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
	if _, there := os.Stat(path + netboxEnd); err == nil && there == nil {
		path += netboxEnd
	}
	return site, path, err
}

func readList(path, name string, m *asset.Mapping) (*asset.List, error) {
	if isNetBox(path) {
		f, err := waitingNetBox(path)
		if err != nil {
			return nil, err
		}
		return f.List, nil
	}
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

// check shows what a list would say with a mapping; nil guesses. from names the
// list that was read so before.
func (c *call) check(site siteOf, path, name string, m *asset.Mapping, from string) error {
	v := checkView{siteOf: site, ID: c.PathValue("list"), Name: name, From: report.Visible(from), Guessed: m == nil, NetBox: isNetBox(path), Dates: dateOrders}
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
	v.Repeats = l.Repeats[:min(len(l.Repeats), checkFaults)]
	for _, col := range l.Columns {
		v.Columns = append(v.Columns, mappedColumn{col.Key, report.Visible(col.Header), col.Field, report.Tame(col.Samples)})
	}
	v.DateOrder = l.Mapping.Dates
	if v.Preview, _, _, err = hub.Look(c.ctx(), c.s.Store, site.ID, name, l); err != nil {
		return err
	}
	return c.show("list", v)
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
	switch {
	case isNetBox(path):
		name = hub.FromNetBox // the next one takes its place
	case name == hub.ByHand:
		return invalid("name", "%q are the lines that people enter; choose another", name)
	}
	done, err := c.s.Hub.ListTurn(c.ctx())
	if err != nil {
		return err
	}
	defer done()
	first, err := readList(path, name, nil)
	if err != nil {
		return err
	}
	m := first.Mapping
	if len(first.Columns) > 0 {
		m.Columns = map[string]asset.Field{}
		for _, col := range first.Columns {
			f := asset.Field(c.PostForm.Get("col." + col.Key))
			switch {
			case f == "":
				f = col.Field
			case !slices.Contains(asset.Fields, f):
				return invalid("column "+report.Visible(col.Header), "choose one of the list")
			}
			m.Columns[col.Key] = f
		}
		if d := c.field("dates"); d == "" || d == "dmy" || d == "mdy" {
			m.Dates = d
		}
	}
	if c.field("do") != "keep" {
		return c.check(site, path, name, &m, "")
	}
	l, err := readList(path, name, &m)
	if err != nil {
		return err
	}
	detail := map[string]any{"lines": len(l.Rows), "faults": len(l.Faults) + l.More, "repeats": l.Again}
	if isNetBox(path) {
		f, err := waitingNetBox(path)
		if err != nil {
			return err
		}
		detail["address"], detail["filter"] = f.Address, f.Filter
	}
	deed := c.deed(site.Organisation, "list.keep", fmt.Sprintf("asset list %q of site %d", name, site.ID), detail)
	if err := c.s.Hub.KeepList(c.ctx(), deed, site.ID, name, l); err != nil {
		return err
	}
	_ = os.Remove(path) // the next sweep tries again
	return c.see(fmt.Sprintf("/sites/%d/lists", site.ID), report.Plural(int64(len(l.Rows)), "line was", "lines were")+" kept. They are being compared with what was seen.")
}

// listDrop takes a list out, with its lines.
func listDrop(c *call) error {
	id, err := c.number("site")
	if err != nil {
		return err
	}
	site, err := c.site(id, access.Operate)
	if err != nil {
		return err
	}
	list, err := c.formNumber("list")
	if err != nil {
		return err
	}
	lists, err := c.s.Store.AssetLists(c.ctx(), id)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(lists, func(l store.AssetList) bool { return l.ID == list })
	if at < 0 {
		return fmt.Errorf("asset list %d of site %d: %w", list, id, hub.ErrNotFound)
	}
	deed := c.deed(site.Organisation, "list.drop", fmt.Sprintf("asset list %q of site %d", lists[at].Name, id), map[string]int64{"lines": lists[at].Rows})
	if err := c.s.Store.Do(c.ctx(), deed, func(tx hub.Tx) error { return tx.DropAssetList(id, list) }); err != nil {
		return err
	}
	c.s.Hub.Stale(id)
	return c.see(fmt.Sprintf("/sites/%d/lists", id), "The list was taken out.")
}
