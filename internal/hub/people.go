package hub

import (
	"context"
	"net/netip"
)

// said is what people say of a site.
type said struct {
	zones     []Zone
	decisions map[decided]*Decision
	lines     map[string][]int64 // lines of asset lists that are a device
	unseen    []*unseen          // lines that are none, in the order of the lists
	only      map[string]*unseen // likewise, by id
	seen      map[string]string  // device that a line is, by the id it would have had unseen
}

type decided struct{ device, regime string }

// people recalls what was decided and declared.
func (w *work) people(ctx context.Context) error {
	st := w.h.cfg.Store
	var err error
	if w.said.zones, err = st.Zones(ctx, w.site.ID); err != nil {
		return err
	}
	list, err := st.Decisions(ctx, w.site.ID)
	if err != nil {
		return err
	}
	w.said = said{zones: w.said.zones, decisions: map[decided]*Decision{}}
	for i := range list {
		w.said.decisions[decided{list[i].Device, list[i].Regime}] = &list[i]
	}
	return w.declared(ctx)
}

func contains(networks []netip.Prefix, address string) bool {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	for _, n := range networks {
		if n.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}
