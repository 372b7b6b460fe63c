package pipeline

import (
	"cmp"
	"fmt"
	"io/fs"
	"sync"
	"time"

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
	if err := k.load(fsys); err != nil {
		return nil, err
	}
	k.Attribution = attribution.New(k.Base, k.Prints)
	return k, nil
}

// load reads the parts beside each other: reading them is half of a short audit.
func (k *Knowledge) load(fsys fs.FS) error {
	var faults [4]error // of more than one the first is told
	var wait sync.WaitGroup
	wait.Go(func() {
		var err error
		if k.Release, err = kb.ReadRelease(fsys); err != nil {
			faults[0] = fmt.Errorf("load knowledge base: %w", err)
		}
	})
	wait.Go(func() {
		var err error
		if k.Prints, err = fingerprint.Load(fsys); err != nil {
			faults[2] = fmt.Errorf("load fingerprints: %w", err)
		}
	})
	wait.Go(func() {
		var err error
		if k.Places, err = geo.Load(fsys); err != nil {
			faults[3] = fmt.Errorf("load country data: %w", err)
		}
	})
	var err error
	if k.Base, err = maker.Load(fsys); err != nil {
		faults[1] = fmt.Errorf("load knowledge base: %w", err)
	} else if k.Regimes, err = regime.Load(fsys, k.Base); err != nil {
		faults[1] = fmt.Errorf("load regimes: %w", err)
	}
	wait.Wait()
	return cmp.Or(faults[:]...)
}

// Rules are all rules as at a day: those of the knowledge base, and what is looked
// for in traffic.
func (k *Knowledge) Rules(day time.Time) []regime.Info {
	return append(k.Regimes.Regimes(day), regime.EgressRules(&regime.Egress{Closed: true, Companies: []string{"any"}})...)
}
