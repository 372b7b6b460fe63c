package hub

import (
	"context"
	"fmt"
	"strings"
)

// FindSite gives the site of that name, and makes it, with its organisation,
// when there is none.
func (h *Hub) FindSite(ctx context.Context, by, organisation, name string) (*Site, error) {
	h.making.Lock() // two watched folders may name the same new site
	defer h.making.Unlock()
	organisation, name = strings.TrimSpace(organisation), strings.TrimSpace(name)
	if organisation == "" || name == "" {
		return nil, fmt.Errorf("%w: a site needs a name, and so does its organisation", ErrInvalid)
	}
	org, err := h.findOrganisation(ctx, by, organisation)
	if err != nil {
		return nil, err
	}
	sites, err := h.cfg.Store.Sites(ctx, org)
	if err != nil {
		return nil, err
	}
	for i := range sites {
		if sites[i].Name == name {
			return &sites[i], nil
		}
	}
	s := &Site{Organisation: org, Name: name}
	d := Deed{Actor: by, Organisation: org, Action: "site.create", Object: "site " + name}
	if err := h.cfg.Store.Do(ctx, d, func(tx Tx) error { return tx.AddSite(s) }); err != nil {
		return nil, fmt.Errorf("make site %s: %w", name, err)
	}
	return s, nil
}

// findOrganisation gives the id of the organisation of that name, and makes it when
// there is none.
func (h *Hub) findOrganisation(ctx context.Context, by, name string) (int64, error) {
	all, err := h.cfg.Store.Organisations(ctx)
	if err != nil {
		return 0, err
	}
	for i := range all {
		if all[i].Name == name {
			return all[i].ID, nil
		}
	}
	o := &Organisation{Name: name}
	d := Deed{Actor: by, Action: "organisation.create", Object: "organisation " + name}
	if err := h.cfg.Store.Do(ctx, d, func(tx Tx) error { return tx.AddOrganisation(o) }); err != nil {
		return 0, fmt.Errorf("make organisation %s: %w", name, err)
	}
	return o.ID, nil
}
