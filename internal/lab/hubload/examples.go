package hubload

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lenscap/lenscap/examples"
	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/pipeline"
	"github.com/lenscap/lenscap/internal/regime"
	"github.com/lenscap/lenscap/internal/report"
)

// Examples are the devices that estates are made of.
type Examples struct{ list []example }

type example struct {
	doc      report.Device
	findings []finding.Finding
	talks    []egress.Conversation
	seen     []*observation.Observation
}

// Make lets the pipeline work the demonstration estate out, judged for a council.
func Make(ctx context.Context) (*Examples, error) {
	dir, err := os.MkdirTemp("", "hubload-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	k, err := pipeline.LoadKnowledge("")
	if err != nil {
		return nil, err
	}
	folders, err := fs.Glob(examples.Estate, "*/assets.csv")
	if err != nil || len(folders) == 0 {
		return nil, fmt.Errorf("the demonstration estate is not there: %w", err)
	}
	e := &Examples{}
	for _, list := range folders {
		if err := e.site(ctx, k, strings.TrimSuffix(list, "/assets.csv"), dir); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// site takes the devices of one site of the demonstration estate.
func (e *Examples) site(ctx context.Context, k *pipeline.Knowledge, folder, dir string) error {
	names, err := fs.Glob(examples.Estate, folder+"/*.zst")
	if err != nil {
		return err
	}
	var inputs []string
	for _, name := range names {
		b, err := fs.ReadFile(examples.Estate, name)
		if err != nil {
			return err
		}
		path := filepath.Join(dir, strings.ReplaceAll(name, "/", "-"))
		if err := os.WriteFile(path, b, 0o600); err != nil {
			return err
		}
		inputs = append(inputs, path)
	}
	cfg := pipeline.Config{Inputs: inputs, Knowledge: k, AsAt: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC),
		Organisation: regime.Organisation{Name: "Northshire Council", Type: "uk-council", Country: "GB"}}
	doc, err := pipeline.Run(ctx, cfg)
	if err != nil {
		return err
	}
	cfg.Inputs = inputs[:1]
	ev, err := pipeline.Read(ctx, cfg)
	if err != nil {
		return err
	}
	at := map[string]int{}
	for i := range doc.Devices {
		d := &doc.Devices[i]
		if len(d.MACs) == 0 || len(d.Addresses) == 0 {
			continue
		}
		at[d.ID] = len(e.list)
		x := example{doc: *d}
		for _, o := range ev.Observations {
			if o.MAC.String() == d.MACs[0] && o.About == observation.Sender {
				x.seen = append(x.seen, o)
			}
		}
		e.list = append(e.list, x)
	}
	for _, f := range doc.Findings {
		if i, ok := at[f.Device]; ok {
			e.list[i].findings = append(e.list[i].findings, f)
		}
	}
	for _, c := range doc.Conversations {
		if i, ok := at[c.Device]; ok && c.Scope != egress.ScopeGroup {
			e.list[i].talks = append(e.list[i].talks, c)
		}
	}
	for _, i := range at { // those outside first, which pages show
		slices.SortStableFunc(e.list[i].talks, func(a, b egress.Conversation) int { return -cmp.Compare(a.Scope, b.Scope) })
	}
	return nil
}
