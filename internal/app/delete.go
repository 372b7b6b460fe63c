package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
)

// A Deletion is what somebody on the hub's machine has taken out for good.
type Deletion struct {
	Kind string `json:"kind"` // input, site or organisation
	Name string `json:"name"` // the input's id; Organisation/Site, or the site's id; the organisation's name, or its id
	By   string `json:"by"`   // for the audit log
	Dry  bool   `json:"dry"`  // only say what it would be
}

// Delete takes out an input, a site or an organisation as the pages do, and returns when it is out.
// What it says of a dry one begins with what it is, without a full stop. It fails
// with [hub.ErrInvalid] when there is no such thing or its state does not allow it,
// and says so when it has to wait, such as for a damaged day file.
func (a *App) Delete(ctx context.Context, d Deletion) (says string, err error) {
	switch d.Kind {
	case "input":
		return a.deleteInput(ctx, d)
	case "site":
		return a.deleteSite(ctx, d)
	case "organisation":
		return a.deleteOrganisation(ctx, d)
	}
	return "", fmt.Errorf("%w: %q cannot be deleted; input, site and organisation can", hub.ErrInvalid, d.Kind)
}

func (a *App) deleteInput(ctx context.Context, d Deletion) (string, error) {
	id, err := strconv.ParseInt(d.Name, 10, 64)
	if err != nil || id <= 0 {
		return "", fmt.Errorf("%w: %q is no number of an input; the page of an input has it in its address, and lenscap ingest --json prints it", hub.ErrInvalid, d.Name)
	}
	in, err := a.Store.Ingest(ctx, id)
	if errors.Is(err, hub.ErrNotFound) {
		return "", fmt.Errorf("%w: there is no input %d", hub.ErrInvalid, id)
	} else if err != nil {
		return "", err
	}
	site, err := a.Store.Site(ctx, in.Site)
	if err != nil {
		return "", err
	}
	what := fmt.Sprintf("input %d, %s (%s, handed in %s), of site %s", id, report.Visible(in.Name), report.Size(in.Size), in.Queued.UTC().Format("2006-01-02 15:04Z"), report.Visible(site.Name))
	switch {
	case in.State == hub.Dropped:
		return "", fmt.Errorf("%w: %s, was taken out already, on %s", hub.ErrInvalid, what, in.Ended.UTC().Format("2006-01-02 15:04Z"))
	case d.Dry:
		return what, nil
	case in.State == hub.Waiting || in.State == hub.Reading:
		if err := a.Hub.Cancel(ctx, d.By, id); err != nil {
			return "", err
		}
		return "Stopped before it was read: " + what + ". Nothing is kept of it.", nil
	}
	if err := a.Hub.DropIngest(ctx, d.By, id); err != nil {
		return "", err
	}
	err = a.untilGone(ctx, func(t *hub.Trouble) bool { return t.Ingest == id }, func() (bool, error) {
		in, err := a.Store.Ingest(ctx, id)
		return err == nil && in.State == hub.Dropped, err
	})
	if err != nil {
		return "", err
	}
	return "Taken out: " + what + ". The site was worked out again without it.", nil
}

func (a *App) deleteSite(ctx context.Context, d Deletion) (string, error) {
	s, organisation, err := a.siteNamed(ctx, d.Name)
	if err != nil {
		return "", err
	}
	what := fmt.Sprintf("site %s of %s with all its inputs, devices, conversations, lists and decisions", report.Visible(s.Name), report.Visible(organisation))
	if d.Dry {
		return what, nil
	}
	if err := a.Hub.DropSite(ctx, d.By, s.ID); err != nil {
		return "", err
	}
	err = a.untilGone(ctx, func(t *hub.Trouble) bool { return t.Site == s.ID && t.Drop }, func() (bool, error) {
		_, err := a.Store.Site(ctx, s.ID)
		return isGone(err)
	})
	if err != nil {
		return "", err
	}
	return "Taken out: " + what + ". The audit log stays.", nil
}

func (a *App) deleteOrganisation(ctx context.Context, d Deletion) (string, error) {
	o, err := a.organisationNamed(ctx, d.Name)
	if err != nil {
		return "", err
	}
	holds, err := a.Store.Holding(ctx, o.ID)
	if err != nil {
		return "", err
	}
	what := "organisation " + report.Visible(o.Name)
	if parts := holds.Parts(); len(parts) > 0 {
		what += " with " + strings.Join(parts, ", ") + " and all that is kept of its sites"
	}
	if d.Dry {
		return what, nil
	}
	sites, err := a.Store.Sites(ctx, o.ID)
	if err != nil {
		return "", err
	}
	if err := a.Hub.DropOrganisation(ctx, d.By, o.ID); err != nil {
		return "", err
	}
	mine := func(t *hub.Trouble) bool {
		return t.Drop && slices.ContainsFunc(sites, func(s hub.Site) bool { return s.ID == t.Site }) || t.What == fmt.Sprintf("organisation %d taken out", o.ID)
	}
	err = a.untilGone(ctx, mine, func() (bool, error) {
		_, err := a.Store.Organisation(ctx, o.ID)
		return isGone(err)
	})
	if err != nil {
		return "", err
	}
	return "Taken out: " + what + ". The audit log stays.", nil
}

// isGone says whether err is that there is nothing; any other is an error.
func isGone(err error) (bool, error) {
	if errors.Is(err, hub.ErrNotFound) {
		return true, nil
	}
	return false, err
}

// organisationNamed finds one by its name or its id.
func (a *App) organisationNamed(ctx context.Context, name string) (*hub.Organisation, error) {
	all, err := a.Store.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	for _, is := range []func(*hub.Organisation) bool{func(o *hub.Organisation) bool { return o.Name == name }, func(o *hub.Organisation) bool { return strconv.FormatInt(o.ID, 10) == name }} {
		for i := range all {
			if is(&all[i]) {
				return &all[i], nil
			}
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%w: there is no organisation %q, nor any other", hub.ErrInvalid, name)
	}
	names := make([]string, len(all))
	for i := range all {
		names[i] = strconv.Quote(all[i].Name)
	}
	return nil, fmt.Errorf("%w: there is no organisation %q; there are %s", hub.ErrInvalid, name, few(names))
}

// few lists some of many names.
func few(names []string) string {
	const most = 20
	more := ""
	if len(names) > most {
		more = fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names[:min(len(names), most)], ", ") + more
}

// siteNamed finds a site by Organisation/Site, by its name alone where that is the
// only one, or by its id.
func (a *App) siteNamed(ctx context.Context, name string) (*hub.Site, string, error) {
	orgs, err := a.Store.Organisations(ctx)
	if err != nil {
		return nil, "", err
	}
	called := map[int64]string{}
	for i := range orgs {
		called[orgs[i].ID] = orgs[i].Name
	}
	all, err := a.Store.Sites(ctx, 0)
	if err != nil {
		return nil, "", err
	}
	var found []*hub.Site
	names := make([]string, len(all))
	for i := range all {
		names[i] = strconv.Quote(called[all[i].Organisation] + "/" + all[i].Name)
		if name == all[i].Name || name == called[all[i].Organisation]+"/"+all[i].Name || name == strconv.FormatInt(all[i].ID, 10) {
			found = append(found, &all[i])
		}
	}
	switch {
	case len(found) == 1:
		return found[0], called[found[0].Organisation], nil
	case len(found) > 1:
		return nil, "", fmt.Errorf("%w: %d sites are called %q: write Organisation/Site", hub.ErrInvalid, len(found), name)
	case len(all) == 0:
		return nil, "", fmt.Errorf("%w: there is no site %q, nor any other", hub.ErrInvalid, name)
	}
	return nil, "", fmt.Errorf("%w: there is no site %q; there are %s", hub.ErrInvalid, name, few(names))
}

// untilGone returns when what was asked for is done: by the hub that runs, or here
// when none does. What stepped aside is an error that says what is in the way.
func (a *App) untilGone(ctx context.Context, mine func(*hub.Trouble) bool, gone func() (bool, error)) error {
	if a.listener == nil { // no hub runs
		if err := a.Hub.Drain(ctx); err != nil {
			return err
		}
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		done, err := gone()
		if err != nil || done {
			return err
		}
		for _, t := range a.Hub.Troubles() {
			if mine(&t) {
				return fmt.Errorf("it is to be taken out, and cannot be yet: %s. It is tried again at %s and when the hub starts; `lenscap hub verify-history` names every damaged file", t.Says, t.Next.UTC().Format("15:04Z"))
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w; the hub goes on with it", ctx.Err())
		case <-tick.C:
		}
	}
}
