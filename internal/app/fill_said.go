package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
)

// spoken is what people said of an estate, as said.json has it. Days are from today.
type spoken struct {
	Queries []struct {
		Organisation string `json:"organisation"`
		Name         string `json:"name"`
		Query        string `json:"query"`
		Alert        bool   `json:"alert"`
	} `json:"queries"`
	Devices []spokenOf `json:"devices"`
}

// spokenOf is what is said of the device that a site has at an address.
type spokenOf struct {
	Site    string   `json:"site"`
	Address string   `json:"address"`
	Note    string   `json:"note"`
	Tags    []string `json:"tags"`
	Step    *struct {
		Action string `json:"action"`
		Days   int    `json:"days"`
		Note   string `json:"note"`
	} `json:"step"`
	Decision *struct { // on its gravest finding
		Status string `json:"status"`
		Owner  string `json:"owner"`
		Days   int    `json:"days"` // 0: not due
		Waiver *struct {
			Why  string `json:"why"`
			Days int    `json:"days"`
		} `json:"waiver"`
	} `json:"decision"`
}

// say writes notes, tags, steps, decisions and searches into a hub that was filled.
// An estate without said.json has none.
func (a *App) say(ctx context.Context, fsys fs.FS) error {
	b, err := fs.ReadFile(fsys, "said.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var said spoken
	if err == nil {
		err = json.Unmarshal(b, &said)
	}
	if err != nil {
		return err
	}
	orgs, err := a.Store.Organisations(ctx)
	if err != nil {
		return err
	}
	for _, q := range said.Queries {
		i := slices.IndexFunc(orgs, func(o hub.Organisation) bool { return o.Name == q.Organisation })
		if i < 0 {
			return fmt.Errorf("there is no organisation %q", q.Organisation)
		}
		d := hub.Deed{Actor: filler, Organisation: orgs[i].ID, Action: "query.save", Object: q.Name}
		if err := a.Store.Change(ctx, d, func(tx *store.Tx) error {
			return tx.SaveQuery(&hub.Query{Organisation: orgs[i].ID, Name: q.Name, Text: q.Query, Alert: q.Alert, By: filler})
		}); err != nil {
			return err
		}
	}
	for i := range said.Devices {
		if err := a.sayOf(ctx, &said.Devices[i]); err != nil {
			return fmt.Errorf("%s of %s: %w", said.Devices[i].Address, said.Devices[i].Site, err)
		}
	}
	return a.Hub.Drain(ctx)
}

func (a *App) sayOf(ctx context.Context, s *spokenOf) error {
	page, err := a.Store.Devices(ctx, store.DeviceQuery{All: true, Limit: 1000, Where: "d.address = ? AND d.presence <> ?", Args: []any{s.Address, hub.DeclaredOnly}})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(page.Devices, func(d store.DeviceRow) bool { return d.SiteName == s.Site })
	if i < 0 {
		return errors.New("no device was seen there")
	}
	row := &page.Devices[i]
	in := func(days int) string {
		if days == 0 {
			return ""
		}
		return a.cfg.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly)
	}
	site, device := row.Site, row.Device.Device
	findings, err := a.Store.DeviceFindings(ctx, site, device)
	if err != nil {
		return err
	}
	d := hub.Deed{Actor: filler, Organisation: row.Organisation, Action: "device.say", Object: fmt.Sprintf("device %s of site %d", device, site)}
	err = a.Store.Do(ctx, d, func(tx hub.Tx) error {
		var errs []error
		if s.Note != "" {
			errs = append(errs, tx.AddNote(&hub.Note{Site: site, Device: device, Text: s.Note, By: filler}))
		}
		if len(s.Tags) > 0 {
			errs = append(errs, tx.SetTags(site, device, s.Tags))
		}
		if s.Step != nil {
			errs = append(errs, tx.SetStep(&hub.Step{Site: site, Device: device, Action: s.Step.Action, Target: in(s.Step.Days), Note: s.Step.Note}))
		}
		if s.Decision != nil && len(findings) > 0 {
			gravest := slices.MaxFunc(findings, func(x, y finding.Finding) int { return x.Severity() - y.Severity() })
			one := &hub.Decision{Site: site, Device: device, Regime: gravest.Regime, Status: s.Decision.Status, Owner: s.Decision.Owner, Due: in(s.Decision.Days)}
			if w := s.Decision.Waiver; w != nil {
				one.Waiver = hub.Waiver{Why: w.Why, By: filler, Until: in(w.Days)}
			}
			errs = append(errs, one.Check(a.cfg.Now()), tx.SetDecision(one))
		}
		return errors.Join(errs...)
	})
	a.Hub.Stale(site)
	return err
}
