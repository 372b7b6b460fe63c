package hub

import (
	"context"
	"fmt"
)

// DropOrganisation takes an organisation out with all of its sites, as
// [Hub.DropSite] does each, and then with what is only its own: roles, searches,
// subscriptions. The audit log keeps what was done there. It is done soon; a crash
// only puts it off.
func (h *Hub) DropOrganisation(ctx context.Context, by string, id int64) error {
	org, err := h.cfg.Store.Organisation(ctx, id)
	if err != nil {
		return err
	}
	sites, err := h.cfg.Store.Sites(ctx, id)
	if err != nil {
		return err
	}
	names := make([]string, len(sites))
	for i := range sites {
		names[i] = sites[i].Name
	}
	d := Deed{Actor: by, Organisation: id, Action: "organisation.drop", Object: fmt.Sprintf("organisation %d", id), Detail: map[string]any{"name": org.Name, "sites": names}}
	if err := h.cfg.Store.Do(ctx, d, func(tx Tx) error { return tx.SetDroppingOrganisation(id) }); err != nil {
		return fmt.Errorf("take organisation %d out: %w", id, err)
	}
	if sites, err = h.cfg.Store.Sites(ctx, id); err != nil { // one may have been added meanwhile; none can be any more
		return err
	}
	for i := range sites {
		h.endReading(ctx, by, sites[i].ID)
		h.events.tell(Event{Kind: "site", Site: sites[i].ID})
	}
	h.poke()
	return nil
}

// dropOrganisations does the first that has no site any more, and says whether
// there was one. Each of its sites goes before, and may wait for a reason of its own.
func (h *Hub) dropOrganisations(ctx context.Context) (bool, error) {
	list, err := h.cfg.Store.DroppingOrganisations(ctx)
	if err != nil {
		return false, err
	}
	for _, id := range list {
		sites, err := h.cfg.Store.Sites(ctx, id)
		if err != nil {
			return false, err
		}
		if len(sites) > 0 || h.waits(asDropOrganisation(id)) {
			continue
		}
		err = h.dropOrganisation(ctx, id)
		if err != nil && stays(ctx, err) {
			h.stepAside(ctx, asDropOrganisation(id), 0, 0, err)
			err = nil
		} else if err == nil {
			h.fine(asDropOrganisation(id))
		}
		return true, err
	}
	return false, nil
}

func (h *Hub) dropOrganisation(ctx context.Context, id int64) error {
	h.one.Lock()
	defer h.one.Unlock()
	org, err := h.cfg.Store.Organisation(ctx, id)
	if err != nil {
		return fmt.Errorf("take organisation %d out: %w", id, err)
	}
	d := Deed{Actor: "hub", Organisation: id, Action: "organisation.dropped", Object: fmt.Sprintf("organisation %d", id), Detail: map[string]any{"name": org.Name}}
	if err := h.cfg.Store.Do(ctx, d, func(tx Tx) error { return tx.DropOrganisation(id) }); err != nil {
		return fmt.Errorf("take organisation %d out: %w", id, err)
	}
	return nil
}

func asDropOrganisation(id int64) string { return fmt.Sprintf("organisation %d taken out", id) }
