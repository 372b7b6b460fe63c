package store

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/observation"
)

var comparable = cmp.Options{cmpopts.EquateEmpty(), cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })}

func addEvidence(t testing.TB, db *DB, site, ingest int64, e hub.Evidence) {
	t.Helper()
	must(t, db, func(tx *Tx) error { return tx.AddEvidence(site, ingest, e) })
}

func readEvidence(t testing.TB, db *DB, site int64) hub.Evidence {
	t.Helper()
	e, err := db.Evidence(t.Context(), site)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// stored is e as it comes back: with ids and the ingest.
func stored(site, ingest int64, e hub.Evidence) hub.Evidence {
	var out hub.Evidence
	low, _ := span(site)
	for i, o := range e.Observations {
		c := *o
		c.ID, c.Input = low+int64(i)+1, int(ingest)
		out.Observations = append(out.Observations, &c)
	}
	for _, s := range e.Sightings {
		s.Input = int(ingest)
		out.Sightings = append(out.Sightings, s)
	}
	return out
}

func TestEvidenceComesBack(t *testing.T) {
	db := newDB(t)
	other, otherIngest := newSite(t, db, "south")
	site, ingest := newSite(t, db, "north")
	e := sampleEvidence(1, 1000)
	e.Observations[5].From = netip.MustParseAddrPort("[2001:db8::5]:80")
	e.Observations[6].MAC = observation.MAC{}
	e.Observations[7].From, e.Observations[7].Fields = netip.AddrPort{}, nil
	e.Observations[8].Fields = append(e.Observations[8].Fields, observation.Field{Name: "new.name", Value: "ü\U0001f4f7"}, observation.Field{Name: "new.name", Value: ""})
	addEvidence(t, db, other, otherIngest, sampleEvidence(2, 100))
	addEvidence(t, db, site, ingest, e)
	if diff := cmp.Diff(stored(site, ingest, e), readEvidence(t, db, site), comparable); diff != "" {
		t.Errorf("evidence (-want +got):\n%s", diff)
	}
	if got := readEvidence(t, db, other); len(got.Observations) != 100 {
		t.Errorf("the other site has %d observations, want 100", len(got.Observations))
	}
	if _, err := db.Evidence(t.Context(), 99); !errors.Is(err, hub.ErrNotFound) {
		t.Errorf("evidence of no site: %v", err)
	}
	if err := db.Change(t.Context(), deed, func(tx *Tx) error { return tx.AddEvidence(other, ingest, e) }); !errors.Is(err, hub.ErrInvalid) {
		t.Errorf("evidence of another site's ingest: %v, want ErrInvalid", err)
	}
}

func TestEqualObservationsAreCounted(t *testing.T) {
	db := newDB(t)
	site, first := newSite(t, db, "north")
	second := hub.Ingest{Site: site, Name: "b.pcap", State: hub.Waiting}
	must(t, db, func(tx *Tx) error { return tx.AddIngest(&second) })
	base := observation.Observation{Packet: 1, Seen: day, Last: day.Add(time.Minute), Count: 3, Protocol: "mdns", MAC: observation.MAC{1, 2, 3, 4, 5, 6}, From: netip.MustParseAddrPort("10.0.0.1:5353"), To: netip.MustParseAddrPort("224.0.0.251:5353"),
		Fields: []observation.Field{{Name: "mdns.hostname", Value: "cam"}}}
	vary := func(fn func(*observation.Observation)) *observation.Observation {
		o := base
		fn(&o)
		return &o
	}
	noMAC := func(o *observation.Observation) { o.MAC = observation.MAC{} }
	receiver := func(o *observation.Observation) {
		o.About, o.ToMAC, o.To = observation.Receiver, observation.MAC{9}, netip.MustParseAddrPort("10.0.0.9:68")
	}
	for _, c := range []struct {
		name string
		a, b *observation.Observation
		same bool
	}{
		{"another port, packet, hop limit and time", &base, vary(func(o *observation.Observation) {
			o.From, o.Packet, o.TTL, o.Seen = netip.MustParseAddrPort("10.0.0.1:9"), 99, 1, day.Add(72*time.Hour)
		}), true},
		{"another receiver, who is not meant", &base, vary(func(o *observation.Observation) {
			o.To, o.ToMAC = netip.MustParseAddrPort("10.0.0.9:1"), observation.MAC{8}
		}), true},
		{"another receiver, who is meant", vary(receiver), vary(func(o *observation.Observation) { receiver(o); o.To = netip.MustParseAddrPort("10.0.0.10:68") }), false},
		{"another receiver's link address, who is meant", vary(receiver), vary(func(o *observation.Observation) { receiver(o); o.ToMAC = observation.MAC{7} }), false},
		{"another MAC", &base, vary(func(o *observation.Observation) { o.MAC[5]++ }), false},
		{"another address behind the same MAC", &base, vary(func(o *observation.Observation) { o.From = netip.MustParseAddrPort("10.0.0.2:5353") }), false},
		{"without MAC, the same day", vary(noMAC), vary(func(o *observation.Observation) { noMAC(o); o.Seen = day.Add(23 * time.Hour) }), true},
		{"without MAC, the next day", vary(noMAC), vary(func(o *observation.Observation) { noMAC(o); o.Seen = day.Add(25 * time.Hour) }), false},
		{"another VLAN", &base, vary(func(o *observation.Observation) { o.VLAN = 5 }), false},
		{"another protocol", &base, vary(func(o *observation.Observation) { o.Protocol = "dns" }), false},
		{"about another", &base, vary(func(o *observation.Observation) { o.About = observation.Named }), false},
		{"another value", &base, vary(func(o *observation.Observation) {
			o.Fields = []observation.Field{{Name: "mdns.hostname", Value: "cam2"}}
		}), false},
		{"the same letters cut elsewhere", &base, vary(func(o *observation.Observation) {
			o.Fields = []observation.Field{{Name: "mdns.hostnamec", Value: "am"}}
		}), false},
		{"IPv4 and the same mapped into IPv6", &base, vary(func(o *observation.Observation) { o.From = netip.MustParseAddrPort("[::ffff:10.0.0.1]:5353") }), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDigester(make([]byte, 32))
			if same := d.of(c.a) == d.of(c.b); same != c.same {
				t.Errorf("equal: %v, want %v", same, c.same)
			}
		})
	}
	again := vary(func(o *observation.Observation) {
		o.Packet, o.Seen, o.Last, o.Count = 50, day.Add(time.Hour), day.Add(2*time.Hour), 4
	})
	addEvidence(t, db, site, first, hub.Evidence{Observations: []*observation.Observation{&base, again}}) // within one chunk
	addEvidence(t, db, site, first, hub.Evidence{Observations: []*observation.Observation{again}})
	addEvidence(t, db, site, second.ID, hub.Evidence{Observations: []*observation.Observation{again, vary(func(o *observation.Observation) { o.VLAN = 5 })}})
	check := func(when string, count int64, last time.Time, input int64, packet int64) {
		t.Helper()
		got := readEvidence(t, db, site).Observations
		if o := got[0]; o.Count != count || !o.Last.Equal(last) || o.Input != int(input) || o.Packet != packet {
			t.Errorf("%s: count %d, last %v, ingest %d, packet %d; want %d, %v, %d, %d", when, o.Count, o.Last, o.Input, o.Packet, count, last, input, packet)
		}
	}
	check("seen by two", 3+4+4+4, day.Add(2*time.Hour), first, 1)
	must(t, db, func(tx *Tx) error { return tx.DropEvidence(first) })
	check("the first ingest dropped", 4, day.Add(2*time.Hour), second.ID, 50)
	if n := len(readEvidence(t, db, site).Observations); n != 2 {
		t.Errorf("%d observations, want 2", n)
	}
	addEvidence(t, db, site, first, hub.Evidence{Observations: []*observation.Observation{&base, again}})
	check("read again", 3+4+4, day.Add(2*time.Hour), second.ID, 50)
	must(t, db, func(tx *Tx) error { return tx.DropEvidence(second.ID) })
	check("the second dropped", 7, day.Add(2*time.Hour), first, 1)
	must(t, db, func(tx *Tx) error { return tx.DropEvidence(first) })
	if e := readEvidence(t, db, site); len(e.Observations)+len(e.Sightings) != 0 {
		t.Errorf("after dropping all: %+v", e)
	}
}
