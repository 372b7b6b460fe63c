package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lenscap/lenscap/internal/app"
	"github.com/lenscap/lenscap/internal/hub"
)

// usualOrganisation is that of a new site when none is named.
const usualOrganisation = "My organisation"

// placeOf is what --organisation and --site mean: where no organisation is named,
// the site of that name, which must be the only one, or else Organisation/Site, as
// settings write it. Nothing goes to an organisation other than the one that is named.
func placeOf(ctx context.Context, a *app.App, organisation, site string) (org, name string, err error) {
	if organisation != usualOrganisation {
		return organisation, site, nil
	}
	sites, err := a.Store.Sites(ctx, 0)
	if err != nil {
		return "", "", err
	}
	sites = slices.DeleteFunc(sites, func(s hub.Site) bool { return s.Name != site })
	if len(sites) == 0 {
		if org, name, ok := strings.Cut(site, "/"); ok {
			return org, name, nil
		}
		return organisation, site, nil
	}
	orgs, err := a.Store.Organisations(ctx)
	if err != nil {
		return "", "", err
	}
	var names []string
	for _, o := range orgs {
		if slices.ContainsFunc(sites, func(s hub.Site) bool { return s.Organisation == o.ID }) {
			names = append(names, o.Name)
		}
	}
	if len(names) > 1 {
		return "", "", fmt.Errorf("%d organisations have a site %s (%s): name one with --organisation", len(names), site, strings.Join(names, ", "))
	}
	return names[0], site, nil
}

// onHub opens the hub in the folder of the flags, on which none may run, for do.
func onHub(cmd *cobra.Command, f *hubFlags, do func(*app.App) error) error {
	cfg, err := f.appConfig(cmd)
	if err != nil {
		return err
	}
	a, err := app.Open(cmd.Context(), cfg)
	if err != nil {
		return inUse(err, f.data)
	}
	return errors.Join(do(a), a.Close())
}
