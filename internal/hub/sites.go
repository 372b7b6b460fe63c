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
	if i := Named(sites, name, func(s *Site) string { return s.Name }); i >= 0 {
		return &sites[i], nil
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
	if i := Named(all, name, func(o *Organisation) string { return o.Name }); i >= 0 {
		return all[i].ID, nil
	}
	o := &Organisation{Name: name}
	d := Deed{Actor: by, Action: "organisation.create", Object: "organisation " + name}
	if err := h.cfg.Store.Do(ctx, d, func(tx Tx) error { return tx.AddOrganisation(o) }); err != nil {
		return 0, fmt.Errorf("make organisation %s: %w", name, err)
	}
	return o.ID, nil
}

// Named gives the index of the one of that name, or else of the first whose name differs
// in capital letters only: two such would hardly be two sites. -1: none.
func Named[T any](list []T, name string, of func(*T) string) int {
	close := -1
	for i := range list {
		switch have := of(&list[i]); {
		case have == name:
			return i
		case close < 0 && strings.EqualFold(have, name):
			close = i
		}
	}
	return close
}
