package hub

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Leftovers deletes files that no ingest waits for: a crash left them between the
// disk and the queue, or after they were read. Nobody was told that they are here,
// and nothing else would ever take them away. It is called before anything can be
// handed in.
func (h *Hub) Leftovers(ctx context.Context) error {
	files, err := Matching(h.Dir(), "in-", "")
	if err != nil || len(files) == 0 {
		return err
	}
	list, err := h.cfg.Store.Unfinished(ctx)
	if err != nil {
		return fmt.Errorf("find files that nothing waits for: %w", err)
	}
	waits := map[string]bool{}
	for _, in := range list {
		waits[filepath.Base(in.Path)] = true
	}
	var errs []error
	for _, f := range files {
		if !waits[filepath.Base(f)] {
			errs = append(errs, os.Remove(f))
		}
	}
	return errors.Join(errs...)
}
