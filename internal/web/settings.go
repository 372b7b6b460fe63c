package web

import (
	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
)

// A settingsView says how this hub is set up.
type settingsView struct {
	Version    string
	Knowledge  string
	Date       string
	Digest     string
	Upload     int64
	Accounts   bool
	Care       bool
	Saved      []hub.Query
	TalkDays   int
	Conversing bool
}

func settingsPage(c *call) error {
	v := settingsView{Version: c.s.Version, Upload: c.s.Hub.MaxUpload(), Accounts: c.who.MaySomewhere(access.Administer), Care: c.keeper() == nil, TalkDays: talkDays, Conversing: c.s.History != nil}
	if k := c.s.Knowledge; k != nil {
		v.Knowledge, v.Date, v.Digest = k.Release.Name, k.Release.Date, k.Release.Digest
	}
	ids, err := c.organisations()
	if err != nil {
		return err
	}
	saved, err := c.s.Store.SavedQueries(c.ctx(), ids)
	if err != nil {
		return err
	}
	v.Saved = report.Tame(saved)
	return c.show("settings", v)
}
