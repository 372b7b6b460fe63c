package pipeline

import (
	"fmt"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/fingerprint"
	"github.com/lenscap/lenscap/internal/geo"
	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/regime"
	"github.com/lenscap/lenscap/kb"
)

// Knowledge is one release of the knowledge base, ready for use.
type Knowledge struct {
	Release     kb.Release
	Base        *maker.Base
	Prints      *fingerprint.Set
	Attribution *attribution.Resolver
	Regimes     *regime.Engine
	Places      *geo.Set
}

// LoadKnowledge reads the release in the folder dir, or the one inside the
// binary when dir is "". Its error names file and line of what is wrong.
func LoadKnowledge(dir string) (*Knowledge, error) {
	fsys, err := kb.Open(dir)
	if err != nil {
		return nil, err
	}
	k := &Knowledge{}
	if k.Release, err = kb.ReadRelease(fsys); err != nil {
		return nil, fmt.Errorf("load knowledge base: %w", err)
	}
	if k.Base, err = maker.Load(fsys); err != nil {
		return nil, fmt.Errorf("load knowledge base: %w", err)
	}
	if k.Prints, err = fingerprint.Load(fsys); err != nil {
		return nil, fmt.Errorf("load fingerprints: %w", err)
	}
	if k.Regimes, err = regime.Load(fsys, k.Base); err != nil {
		return nil, fmt.Errorf("load regimes: %w", err)
	}
	if k.Places, err = geo.Load(fsys); err != nil {
		return nil, fmt.Errorf("load country data: %w", err)
	}
	k.Attribution = attribution.New(k.Base, k.Prints)
	return k, nil
}
