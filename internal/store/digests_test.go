package store

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lenscap/lenscap/internal/hub"
)

// Whatever of a site was deleted, its runs tell of each observation that is
// there, and of no other; what comes again is known by them.
func TestRunsTellWhatIsThere(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	db := newDB(t)
	before, first := newSite(t, db, "before")
	site, ingest := newSite(t, db, "north")
	after, last := newSite(t, db, "after")
	e := sampleEvidence(1, 3*runLength)
	addEvidence(t, db, before, first, hub.Evidence{Observations: e.Observations[:100]})
	addEvidence(t, db, after, last, hub.Evidence{Observations: e.Observations[:100]})
	for list := e.Observations; len(list) > 0; { // in changes of all sizes
		n := min(len(list), 1+rng.IntN(700))
		addEvidence(t, db, site, ingest, hub.Evidence{Observations: list[:n]})
		list = list[n:]
	}
	check := func(when string, want int) {
		t.Helper()
		there := readEvidence(t, db, site).Observations
		if len(there) != want {
			t.Fatalf("%s: %d observations, want %d", when, len(there), want)
		}
		must(t, db, func(tx *Tx) error {
			s, err := tx.digestsOf(site)
			if err != nil {
				return err
			}
			d := newDigester(db.key)
			for _, o := range there {
				if id, ok := s.find(d.of(o)); !ok || id != o.ID {
					t.Fatalf("%s: observation %d is known as %d, %v", when, o.ID, id, ok)
				}
			}
			if len(s.list) != want {
				t.Errorf("%s: %d digests for %d observations", when, len(s.list), want)
			}
			return nil
		})
	}
	check("stored", 3*runLength)
	low, _ := span(site)
	gone := 0
	must(t, db, func(tx *Tx) error {
		for _, n := range []int{1, 2, 3, 900, runLength, runLength + 1, 3 * runLength} {
			if _, err := tx.exec("DELETE FROM observation WHERE id = ?", low+int64(n)); err != nil {
				return err
			}
			gone++
		}
		return nil
	})
	var runs int
	if err := db.readers.QueryRowContext(t.Context(), "SELECT count(*) FROM digest_run WHERE id < ? OR id > ?", low, low+1<<siteShift).Scan(&runs); err != nil || runs != 2 {
		t.Errorf("%d runs of the other sites, %v; want 2", runs, err)
	}
	check("some deleted", 3*runLength-gone)
	check("worked out and kept", 3*runLength-gone)
	addEvidence(t, db, site, ingest, e)
	check("all came again", 3*runLength)
	must(t, db, func(tx *Tx) error { return tx.DropEvidence(ingest) })
	check("all dropped", 0)
	addEvidence(t, db, site, ingest, hub.Evidence{Observations: e.Observations[:50]})
	check("and again", 50)
}

// Runs that are not there are made as they were.
func TestRunsAreMadeAgain(t *testing.T) {
	db := newDB(t)
	site, ingest := newSite(t, db, "north")
	addEvidence(t, db, site, ingest, sampleEvidence(1, 5000))
	read := func() []run {
		list, err := collect(t.Context(), db.readers, func(r scanner) (v run, err error) {
			var b []byte
			err = r.Scan(&v.first, &b)
			v.digests = bytes.Clone(b)
			return v, err
		}, "SELECT id, digests FROM digest_run ORDER BY id")
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	was := read()
	must(t, db, func(tx *Tx) error {
		if _, err := tx.exec("DELETE FROM digest_run"); err != nil {
			return err
		}
		_, err := tx.digestsOf(site)
		return err
	})
	if diff := cmp.Diff(was, read(), cmp.AllowUnexported(run{})); diff != "" || len(was) != 3 {
		t.Errorf("%d runs; (-were +are):\n%.500s", len(was), diff)
	}
}
