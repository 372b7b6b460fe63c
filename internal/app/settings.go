package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/collect"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/settings"
	"github.com/lenscap/lenscap/internal/store"
)

// SettingsFile is the name of the settings file in the hub's folder, which is read
// when none is named.
const SettingsFile = "lenscap.yaml"

// Use takes what settings say into the configuration. Sites they name are looked
// up, and made if need be, when the hub begins to run.
func (c *Config) Use(s *settings.Settings) error {
	c.Listen, c.PublicURL, c.Hosts, c.Proxies = s.Listen.Address, s.PublicURL, s.Listen.Hosts, s.Listen.Proxies
	if s.Data != "" {
		c.Dir = s.Data
	}
	if s.KnowledgeBase != "" {
		c.KB = s.KnowledgeBase
	}
	c.MaxUpload = int64(s.Limits.Upload)
	c.SessionLife, c.SessionIdle = time.Duration(s.Limits.Session), time.Duration(s.Limits.SessionIdle)
	c.Sessions, c.Body = s.Limits.Sessions, int64(s.Limits.Body)
	c.Backups = s.Backup.Folder
	c.MaxUnpacked, c.MaxReading, c.MaxParts, c.KeepFree = int64(s.Limits.Unpacked), time.Duration(s.Limits.Reading), int64(s.Limits.Unfinished), int64(s.Limits.Free)
	c.Watch, c.Collect, c.Retention, c.NetBox = s.Watch, s.Collect, s.Retention, s.NetBox.Allow
	if err := c.useTLS(&s.Listen); err != nil {
		return err
	}
	if err := c.useMachines(s); err != nil {
		return err
	}
	return c.useOIDC(&s.OIDC)
}

func (c *Config) useTLS(l *settings.Listen) error {
	switch l.TLS {
	case "files":
		c.Certificate = &access.CertificateConfig{Cert: l.Certificate, Key: l.Key}
	case "self-made":
		c.Certificate = &access.CertificateConfig{Names: l.Hosts}
	}
	return nil
}

func (c *Config) useOIDC(o *settings.OIDC) error {
	if o.Issuer == "" {
		return nil
	}
	secret, err := o.Secret()
	if err != nil {
		return err
	}
	c.OIDC = &access.OIDC{
		Issuer: o.Issuer, ClientID: o.ClientID, ClientSecret: secret, Name: o.Name, Scopes: o.Scopes, NameClaim: o.NameClaim, RoleClaim: o.RoleClaim,
		Create: o.Create, Allow: o.Allow,
	}
	c.grants = o.Roles
	return nil
}

// grant turns the names of organisations in what claims give into their ids. A
// grant of one that is not there is left out: it must not become one of all.
func (a *App) grant(ctx context.Context) error {
	if a.cfg.OIDC == nil || len(a.cfg.grants) == 0 {
		return nil
	}
	orgs, err := a.Store.Organisations(ctx)
	if err != nil {
		return err
	}
	for _, g := range a.cfg.grants {
		id := int64(0)
		if i := slices.IndexFunc(orgs, func(o hub.Organisation) bool { return strings.EqualFold(o.Name, g.Organisation) }); i >= 0 {
			id = orgs[i].ID
		} else if g.Organisation != "" { // not made yet, or taken out: that keeps nobody else from their pages
			a.cfg.Log.WarnContext(ctx, "oidc.roles names an organisation that is not there; what it gives counts from the start after the organisation was made", slog.String("organisation", g.Organisation), slog.String("value", g.Value))
			continue
		}
		a.cfg.OIDC.Grants = append(a.cfg.OIDC.Grants, access.Grant{Value: g.Value, Organisation: id, Role: access.Role(g.Role)})
	}
	return nil
}

// parcel is what comes in for a site that settings name as organisation/site. The
// site is made when there is none, but not one that somebody took out: the error is
// then a [takenOut].
func (a *App) parcel(ctx context.Context, name, source string) (hub.Parcel, error) {
	org, site, ok := strings.Cut(name, "/")
	if !ok {
		return hub.Parcel{}, fmt.Errorf("%q: write the site as organisation/site", name)
	}
	org, site = strings.TrimSpace(org), strings.TrimSpace(site)
	if err := a.wasTakenOut(ctx, org, site); err != nil {
		return hub.Parcel{}, err
	}
	s, err := a.Hub.FindSite(ctx, "settings", org, site)
	if err != nil {
		return hub.Parcel{}, err
	}
	return hub.Parcel{Site: s.ID, Organisation: s.Organisation, Source: source, By: "settings"}, nil
}

// A takenOut is the error of a site of the settings that somebody took out.
type takenOut struct {
	name, by string
	at       time.Time
}

func (e *takenOut) Error() string {
	return fmt.Sprintf("its site %s was taken out by %s on %s, and is not made again by itself: add it under Organisations and sites if it is wanted, or take this out of the settings", e.name, e.by, e.at.UTC().Format("2006-01-02 15:04Z"))
}

// wasTakenOut is a [takenOut] for a site that is not there any more.
func (a *App) wasTakenOut(ctx context.Context, organisation, site string) error {
	orgs, err := a.Store.Organisations(ctx)
	if err != nil {
		return err
	}
	i := hub.Named(orgs, organisation, func(o *hub.Organisation) string { return o.Name })
	gone := i < 0
	if !gone {
		going, err := a.Store.DroppingOrganisations(ctx)
		if err != nil {
			return err
		}
		gone = slices.Contains(going, orgs[i].ID)
	}
	if gone {
		at, by, err := a.Store.OrganisationDropped(ctx, organisation)
		switch {
		case err == nil:
			return &takenOut{"with its organisation " + organisation + "/" + site, by, at}
		case !errors.Is(err, hub.ErrNotFound):
			return err
		}
		return nil
	}
	sites, err := a.Store.Sites(ctx, orgs[i].ID)
	if err != nil {
		return err
	}
	if hub.Named(sites, site, func(s *hub.Site) string { return s.Name }) >= 0 {
		return nil
	}
	at, by, err := a.Store.SiteDropped(ctx, orgs[i].ID, site)
	switch {
	case err == nil:
		return &takenOut{organisation + "/" + site, by, at}
	case !errors.Is(err, hub.ErrNotFound):
		return err
	}
	return nil
}

// heldEvery is how often is usually looked whether a site that was taken out is there again.
const heldEvery = 10 * time.Second

// placed runs do with the parcel of a site of the settings. While the site is taken
// out it waits, which the page of inputs says, until somebody makes it again; that
// is looked for every so often.
func (a *App) placed(ctx context.Context, what, site, source string, every time.Duration, do func(hub.Parcel) error) error {
	for {
		p, err := a.parcel(ctx, site, source)
		var out *takenOut
		if errors.As(err, &out) {
			a.Hub.Hold(what, err.Error())
			a.cfg.Log.WarnContext(ctx, "what the settings name waits", slog.String("what", what), slog.Any("error", err))
			for errors.As(err, &out) && ctx.Err() == nil {
				select {
				case <-ctx.Done():
				case <-time.After(every):
				}
				p, err = a.parcel(ctx, site, source)
			}
			if ctx.Err() != nil {
				return nil //nolint:nilerr // the hub ends
			}
			a.Hub.Release(what)
		}
		if err != nil && ctx.Err() != nil {
			return nil //nolint:nilerr // the hub ends
		}
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if err := do(p); !errors.Is(err, hub.ErrNotFound) {
			return err
		}
	}
}

// watch takes files of one folder until ctx ends.
func (a *App) watch(ctx context.Context, w settings.Watch) error {
	return a.placed(ctx, "watch "+w.Folder, w.Site, "watch", cmp.Or(time.Duration(w.Every), heldEvery), func(p hub.Parcel) error {
		return a.Hub.Watch(ctx, hub.Watch{Folder: w.Folder, Parcel: p, Every: time.Duration(w.Every), Delete: w.Then == "delete"})
	})
}

// hear takes flows of one port until ctx ends.
func (a *App) hear(ctx context.Context, c settings.Collect) error {
	return a.placed(ctx, "collect on "+c.Address, c.Site, "listener", heldEvery, func(p hub.Parcel) error {
		ctx, stop := a.whileThere(ctx, p.Site)
		defer stop()
		p.Name = "Flows on " + c.Address
		err := collect.New(collect.Config{Addr: c.Address, Allow: c.Allow, Log: a.cfg.Log, Now: a.cfg.Now, Sink: func(_ context.Context, b collect.Batch) error {
			return a.Hub.Receive(p, b.Flows, b.Sights, b.Misdated)
		}}).Run(ctx)
		if cause := context.Cause(ctx); errors.Is(cause, hub.ErrNotFound) {
			return cause
		}
		return err
	})
}

// whileThere is a context that ends, with [hub.ErrNotFound], when a site was taken
// out.
func (a *App) whileThere(ctx context.Context, site int64) (context.Context, func()) {
	ctx, stop := context.WithCancelCause(ctx)
	events, deaf := a.Hub.Listen()
	go func() {
		defer deaf()
		for {
			select {
			case <-ctx.Done():
				return
			case <-events:
			}
			if _, err := a.Store.Site(ctx, site); errors.Is(err, hub.ErrNotFound) {
				stop(err)
			}
		}
	}()
	return ctx, func() { stop(nil) }
}

// retain drops what is older than it is to be kept, once a day.
func (a *App) retain(ctx context.Context) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for done := ""; ; {
		if today := a.cfg.Now().UTC().Format(time.DateOnly); today != done {
			if err := a.dropOld(ctx); err != nil && ctx.Err() == nil {
				a.cfg.Log.ErrorContext(ctx, "old things could not be dropped", slog.Any("error", err))
			} else {
				done = today
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (a *App) dropOld(ctx context.Context) error {
	ago := func(days int) time.Time {
		if days <= 0 {
			return time.Time{}
		}
		return a.cfg.Now().UTC().AddDate(0, 0, -days)
	}
	r := a.cfg.Retention
	if before := ago(r.Conversations); !before.IsZero() {
		if err := a.Hub.Retain(ctx, before); err != nil {
			return err
		}
	}
	_, err := a.Store.Retain(ctx, hub.Deed{Actor: "hub", Action: "hub.retain", Object: "what is older than the settings keep"},
		store.Retention{Evidence: ago(r.Evidence), Deliveries: ago(r.Deliveries)})
	return err
}

// names are those a self-made certificate is for.
func (a *App) names() []string {
	out := append([]string(nil), a.cfg.Certificate.Names...)
	if ip, err := netip.ParseAddrPort(a.listener.Addr().String()); err == nil && !ip.Addr().IsUnspecified() {
		out = append(out, ip.Addr().String())
	}
	if name, err := os.Hostname(); err == nil {
		out = append(out, name)
	}
	return out
}
