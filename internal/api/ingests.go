package api

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
)

// An Ingest is one input with how far its reading has come.
type Ingest struct {
	hub.Ingest
	Progress *Progress `json:"progress,omitempty"` // while it is read
	Repeats  []Repeat  `json:"repeats,omitempty"`  // earlier inputs of the site that show the same traffic
}

// A Repeat is an input that shows the same traffic as another.
type Repeat struct {
	hub.Overlap
	Says string `json:"says"` // one sentence
}

// Progress is how far the reading of an input has come.
type Progress struct {
	Stage   string `json:"stage"`           // reading, attributing
	Read    int64  `json:"read"`            // bytes so far, as stored
	Total   int64  `json:"total,omitempty"` // bytes
	Packets int64  `json:"packets"`         // so far, or lines or records
}

// An Offset is how much of an upload is here.
type Offset struct {
	Offset int64 `json:"offset"` // bytes
}

// Uploaded says which input an upload became.
type Uploaded struct {
	Ingest int64  `json:"ingest"`
	Again  bool   `json:"again"` // the site had this file already
	Href   string `json:"href"`  // its page
}

// repeats fills in what inputs repeat of others.
func (c *call) repeats(list []*Ingest) error {
	var sites []int64
	for _, in := range list {
		if !slices.Contains(sites, in.Site) {
			sites = append(sites, in.Site)
		}
	}
	overlaps, err := c.s.Store.Overlaps(c.ctx(), sites)
	if err != nil {
		return err
	}
	for _, in := range list {
		for i := range overlaps {
			if o := &overlaps[i]; o.Ingest == in.ID {
				in.Repeats = append(in.Repeats, Repeat{*o, o.Says()})
			}
		}
	}
	return nil
}

func (c *call) ingest(in *hub.Ingest) *Ingest {
	out := &Ingest{Ingest: *in}
	out.Input.NotUnderstood = some(out.Input.NotUnderstood) // before it is read there is none
	if p, ok := c.s.Hub.Progress(in.ID); ok {
		out.Progress = &Progress{Stage: p.Stage, Read: p.Read, Total: p.Total, Packets: p.Packets}
	}
	return out
}

func ingestAdd(c *call) error {
	s, err := c.site(access.Ingest)
	if err != nil {
		return err
	}
	name := filepath.Base(strings.ReplaceAll(c.query("name"), "\\", "/"))
	if name == "." || name == "/" || len(name) > 255 {
		return invalid("name", "what the file is called, at most 255 bytes")
	}
	in, err := c.s.Hub.Take(c.ctx(), hub.Parcel{Site: s.ID, Organisation: s.Organisation, Name: name, Source: "api", By: c.who.Actor()}, c.Body)
	if err != nil {
		return err
	}
	return c.created(fmt.Sprintf("/ingests/%d", in.ID), 0, c.ingest(in))
}

func ingests(c *call) error {
	n, err := c.limit()
	if err != nil {
		return err
	}
	before := int64(math.MaxInt64)
	if _, err := c.after(&before); err != nil {
		return err
	}
	var found []hub.Ingest
	if one := c.query("site"); one != "" {
		id, err := strconv.ParseInt(one, 10, 64)
		if err != nil {
			return invalid("site", "the id of a site")
		}
		if _, err := c.siteOf(id, access.View); err != nil {
			return err
		}
		found, err = c.s.Store.Ingests(c.ctx(), id, before, n+1)
		if err != nil {
			return err
		}
	} else {
		ids, all := c.who.Organisations(access.View)
		if found, err = c.s.Store.RecentIngests(c.ctx(), ids, all, before, n+1); err != nil {
			return err
		}
	}
	out := list[*Ingest]{Items: []*Ingest{}}
	for i := range found[:min(n, len(found))] {
		out.Items = append(out.Items, c.ingest(&found[i]))
	}
	if err := c.repeats(out.Items); err != nil {
		return err
	}
	if len(found) > n {
		if out.Next, err = cursor(found[n-1].ID); err != nil {
			return err
		}
	}
	return c.reply(out)
}

// input reads the ingest of the path.
func (c *call) input(action access.Action) (*hub.Ingest, error) {
	id, err := c.number("ingest")
	if err != nil {
		return nil, err
	}
	in, err := c.s.Store.Ingest(c.ctx(), id)
	if err != nil {
		return nil, err
	}
	_, err = c.siteOf(in.Site, action)
	return in, err
}

func ingestGet(c *call) error {
	in, err := c.input(access.View)
	if err != nil {
		return err
	}
	out := c.ingest(in)
	if err := c.repeats([]*Ingest{out}); err != nil {
		return err
	}
	return c.reply(out)
}

func ingestCancel(c *call) error {
	in, err := c.input(access.Ingest)
	if err != nil {
		return err
	}
	if err := c.s.Hub.Cancel(c.ctx(), c.who.Actor(), in.ID); err != nil {
		return err
	}
	if in, err = c.s.Store.Ingest(c.ctx(), in.ID); err != nil {
		return err
	}
	return c.reply(c.ingest(in))
}

func ingestDrop(c *call) error {
	in, err := c.input(access.Operate)
	if err != nil {
		return err
	}
	if err := c.s.Hub.DropIngest(c.ctx(), c.who.Actor(), in.ID); err != nil {
		return err
	}
	if in, err = c.s.Store.Ingest(c.ctx(), in.ID); err != nil {
		return err
	}
	return c.reply(c.ingest(in))
}

func siteDrop(c *call) error {
	s, err := c.site(access.Administer)
	if err != nil {
		return err
	}
	if c.query("name") != s.Name {
		return invalid("name", "it is not the name of site %d", s.ID)
	}
	if err := c.s.Hub.DropSite(c.ctx(), c.who.Actor(), s.ID); err != nil {
		return err
	}
	c.w.Header().Set("Cache-Control", "no-store")
	c.w.WriteHeader(c.rt.Status)
	return nil
}
