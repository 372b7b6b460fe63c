package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
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

// grant turns the names of organisations in what claims give into their ids.
func (a *App) grant(ctx context.Context) error {
	if a.cfg.OIDC == nil || len(a.cfg.grants) == 0 {
		return nil
	}
	orgs, err := a.Store.Organisations(ctx)
	if err != nil {
		return err
	}
	byName := map[string]int64{"": 0}
	for _, o := range orgs {
		byName[o.Name] = o.ID
	}
	for _, g := range a.cfg.grants {
		id, ok := byName[g.Organisation]
		if !ok {
			return fmt.Errorf("oidc.roles: there is no organisation %q; make it in the pages first, or leave the name out for all", g.Organisation)
		}
		a.cfg.OIDC.Grants = append(a.cfg.OIDC.Grants, access.Grant{Value: g.Value, Organisation: id, Role: access.Role(g.Role)})
	}
	return nil
}

// parcel is what comes in for a site that settings name as organisation/site.
func (a *App) parcel(ctx context.Context, name, source string) (hub.Parcel, error) {
	org, site, ok := strings.Cut(name, "/")
	if !ok {
		return hub.Parcel{}, fmt.Errorf("%q: write the site as organisation/site", name)
	}
	s, err := a.Hub.FindSite(ctx, "settings", org, site)
	if err != nil {
		return hub.Parcel{}, err
	}
	return hub.Parcel{Site: s.ID, Organisation: s.Organisation, Source: source, By: "settings"}, nil
}

// watch takes files of one folder until ctx ends.
func (a *App) watch(ctx context.Context, w settings.Watch) error {
	p, err := a.parcel(ctx, w.Site, "watch")
	if err != nil {
		return fmt.Errorf("watch %s: %w", w.Folder, err)
	}
	return a.Hub.Watch(ctx, hub.Watch{Folder: w.Folder, Parcel: p, Every: time.Duration(w.Every), Delete: w.Then == "delete"})
}

// hear takes flows of one port until ctx ends.
func (a *App) hear(ctx context.Context, c settings.Collect) error {
	p, err := a.parcel(ctx, c.Site, "listener")
	if err != nil {
		return fmt.Errorf("collect on %s: %w", c.Address, err)
	}
	p.Name = "Flows on " + c.Address
	return collect.New(collect.Config{Addr: c.Address, Allow: c.Allow, Log: a.cfg.Log, Sink: func(_ context.Context, b collect.Batch) error {
		a.Hub.Receive(p, b.Flows, b.Sights)
		return nil
	}}).Run(ctx)
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
		if _, err := a.History.Retain(ctx, before); err != nil {
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
