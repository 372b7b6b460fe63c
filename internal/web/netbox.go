package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/asset"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
)

const (
	netboxEnd  = ".netbox"       // of the name of a list that waits and is no file
	netboxTime = 5 * time.Minute // for all its pages
	netboxShow = 200             // lines of a preview
)

// A netboxFile is what was read from NetBox and waits until it was looked at. The
// token is not in it.
type netboxFile struct {
	Address, Filter string
	List            *asset.List
}

func isNetBox(path string) bool { return strings.HasSuffix(path, netboxEnd) }

func waitingNetBox(path string) (*netboxFile, error) {
	b, err := os.ReadFile(path) //nolint:gosec // made by listPath
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the list is not here any more; read it again: %w", hub.ErrNotFound)
	}
	f := &netboxFile{}
	if err == nil {
		err = json.Unmarshal(b, f)
	}
	if err == nil && f.List == nil {
		err = errors.New("no list")
	}
	if err != nil {
		return nil, fmt.Errorf("read what NetBox said: %w", err)
	}
	return f, nil
}

// A netboxView is the page about a NetBox server: the form to read, the form to
// write, and what would be written.
type netboxView struct {
	siteOf
	Allowed         bool // settings name a server
	Address, Filter string
	Error           string

	Shown        bool // the preview follows
	Tell         []hub.Telling
	Total, More  int
	Same, Unseen int
	Sum          string // of what is shown

	Done    bool
	Written int
	Faults  []asset.Fault
}

func (c *call) netboxSite() (*netboxView, error) {
	id, err := c.number("site")
	if err != nil {
		return nil, err
	}
	site, err := c.site(id, access.Operate)
	if err != nil {
		return nil, err
	}
	return &netboxView{siteOf: site, Allowed: c.s.NetBox != nil}, nil
}

func netboxPage(c *call) error {
	v, err := c.netboxSite()
	if err != nil {
		return err
	}
	// Address and filter of the last time; the token is asked for again.
	v.Address, v.Filter = decode(c.query("at")), decode(c.query("filter"))
	return c.show("netbox", v)
}

// netboxForm takes address, token and filter of the form.
func (c *call) netboxForm(v *netboxView) (*asset.NetBox, error) {
	v.Address, v.Filter = c.field("address"), strings.TrimPrefix(c.field("filter"), "?")
	token := c.field("token")
	filter, err := url.ParseQuery(v.Filter)
	switch {
	case c.s.NetBox == nil:
		return nil, errors.New("this hub may call no NetBox server: name it in the settings, under netbox.allow")
	case v.Address == "" || len(v.Address) > 500:
		return nil, errors.New("the address is missing; write https://netbox.example.org")
	case token == "" || len(token) > 500 || strings.ContainsAny(token, "\r\n"):
		return nil, errors.New("the token is missing: make one in NetBox, under your name, API tokens")
	case err != nil || len(v.Filter) > 500 || filter.Has("limit") || filter.Has("offset"):
		return nil, errors.New("the filter is none of /api/dcim/devices/; write role=cctv-camera&site=town-hall")
	}
	return &asset.NetBox{URL: v.Address, Token: token, Client: c.s.NetBox, Filter: filter}, nil
}

// netboxSays words what went wrong with a server for a person.
func netboxSays(err error) string {
	var refused *url.Error
	switch {
	case errors.Is(err, access.ErrNotAllowed):
		_, why, _ := strings.Cut(err.Error(), access.ErrNotAllowed.Error()+": ") // what stands before is how it was called
		return "The settings do not allow that address (netbox.allow). It was not called: " + report.Visible(why) + "."
	case errors.Is(err, context.DeadlineExceeded):
		return "NetBox took too long. Narrow the filter, or try again."
	case errors.As(err, &refused):
		return "The server could not be reached. " + plainError(refused.Err)
	}
	return plainError(err)
}

// netboxRead reads devices and shows what they would say as a list.
func netboxRead(c *call) error {
	v, err := c.netboxSite()
	if err != nil {
		return err
	}
	n, err := c.netboxForm(v)
	if err != nil {
		v.Error = plainError(err)
		return c.page(422, "netbox", v)
	}
	ctx, cancel := context.WithTimeout(c.ctx(), netboxTime)
	defer cancel()
	l, err := n.Devices(ctx)
	if err != nil {
		v.Error = netboxSays(err)
		return c.page(422, "netbox", v)
	}
	b, err := json.Marshal(&netboxFile{v.Address, v.Filter, l})
	if err != nil {
		return err
	}
	var random [12]byte
	_, _ = rand.Read(random[:]) // never fails
	name := hex.EncodeToString(random[:])
	path, err := c.listPath(v.ID, name)
	if err != nil {
		return err
	}
	if err := c.s.Hub.KeepPart(path+netboxEnd, bytes.NewReader(b), int64(len(b))); err != nil {
		return err
	}
	return c.see(fmt.Sprintf("/sites/%d/lists/%s", v.ID, name), "")
}

// netboxWrite shows what would be written, and writes it once it was shown: when
// it is no longer the same, it is shown again.
func netboxWrite(c *call) error {
	v, err := c.netboxSite()
	if err != nil {
		return err
	}
	n, err := c.netboxForm(v)
	if err != nil {
		v.Error = plainError(err)
		return c.page(422, "netbox", v)
	}
	ctx, cancel := context.WithTimeout(c.ctx(), netboxTime)
	defer cancel()
	tell, err := c.tellings(ctx, v, n)
	if err != nil {
		return err
	}
	switch {
	case v.Error != "":
		return c.page(422, "netbox", v)
	case c.field("do") != "write" || len(tell) == 0:
		return c.show("netbox", v)
	case c.field("sum") != v.Sum:
		v.Error = "What would be written has changed since it was shown. Look at it again."
		return c.page(409, "netbox", v)
	}
	updates := make([]asset.Update, len(tell))
	for i := range tell {
		updates[i] = tell[i].Update
	}
	// The row of the audit log comes first: what NetBox was told may not be
	// missing from it, whatever becomes of the connection.
	detail := map[string]any{"address": v.Address, "filter": v.Filter, "devices": len(updates), "digest": v.Sum}
	if err := c.s.Store.Do(ctx, c.deed(v.Organisation, "netbox.write", fmt.Sprintf("NetBox, devices of site %d", v.ID), detail), func(hub.Tx) error { return nil }); err != nil {
		return err
	}
	if err = n.Prepare(ctx); err == nil {
		v.Written, v.Faults, err = n.Write(ctx, updates)
	}
	v.Faults = report.Tame(v.Faults[:min(len(v.Faults), netboxShow)])
	v.Shown, v.Done = false, true
	if err != nil {
		v.Error = netboxSays(err)
		return c.page(422, "netbox", v)
	}
	return c.show("netbox", v)
}

// tellings reads NetBox and what was seen, and puts into the view what the one
// does not know of the other. What is wrong with the server is v.Error.
func (c *call) tellings(ctx context.Context, v *netboxView, n *asset.NetBox) ([]hub.Telling, error) {
	l, err := n.Devices(ctx)
	if err != nil {
		v.Error = netboxSays(err)
		return nil, nil
	}
	seen, err := hub.SightedAt(ctx, c.s.Store, v.ID)
	if err != nil {
		return nil, err
	}
	tell, same, unseen := hub.Tellings(l, seen)
	b, err := json.Marshal(tell)
	if err != nil {
		return nil, err
	}
	v.Shown, v.Sum, v.Same, v.Unseen, v.Total = true, digestOf(b), same, unseen, len(tell)
	v.Tell = report.Tame(tell[:min(len(tell), netboxShow)])
	v.More = len(tell) - len(v.Tell)
	return tell, nil
}
