package web

import (
	"encoding/hex"
	"fmt"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
)

const auditShown = 200

// An auditView is the log of every change.
type auditView struct {
	Rows  []auditRow
	Pager pager
	Care  bool   // the person may order a proof
	Head  string // the hash of the last row; "" where that is not shown
	Last  int64  // its number
}

type auditRow struct {
	hub.Entry
	Of           []linked // the object, with names in the place of numbers
	Called       string   // who did it, by the full name; "" when that is the actor
	Organisation string
	Whole        string // its hash
}

func auditPage(c *call) error {
	ids, all := c.who.Organisations(access.Administer)
	before, err := c.id("before")
	if err != nil {
		return err
	}
	list, err := c.s.Store.AuditLog(c.ctx(), ids, all, before, auditShown+1)
	if err != nil {
		return err
	}
	orgs, err := c.s.Store.Organisations(c.ctx())
	if err != nil {
		return err
	}
	names := map[int64]string{}
	for _, o := range orgs {
		names[o.ID] = o.Name
	}
	sites, err := c.siteMap()
	if err != nil {
		return err
	}
	things := namer{c, sites, map[int64]string{}, map[string]linked{}}
	for _, o := range orgs {
		if c.who.May(access.View, o.ID) {
			things.orgs[o.ID] = o.Name
		}
	}
	v := auditView{Pager: pager{N: auditShown}, Care: c.keeper() == nil}
	if before > 0 {
		v.Pager.First = "/audit"
	}
	if len(list) > auditShown {
		list = list[:auditShown]
		v.Pager.Next = fmt.Sprintf("/audit?before=%d", list[len(list)-1].ID)
	}
	if before == 0 && all && len(list) > 0 {
		v.Head, v.Last = hex.EncodeToString(list[0].Hash), list[0].ID
	}
	for _, e := range list {
		e.Detail = report.CutMiddle(report.Visible(e.Detail), 400)
		called := c.called(e.Actor)
		if e.Actor = report.Visible(e.Actor); called == e.Actor {
			called = ""
		}
		v.Rows = append(v.Rows, auditRow{e, things.name(e.Object), called, report.Visible(names[e.Organisation]), hex.EncodeToString(e.Hash)})
	}
	return c.show("audit", v)
}
