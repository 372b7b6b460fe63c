package observation_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/observation"
)

func message(ip string, at int, value string) observation.Observation {
	return observation.Observation{
		Seen: time.Unix(int64(at), 0).UTC(), Protocol: "dns", From: netip.AddrPortFrom(netip.MustParseAddr(ip), 5353),
		Fields: []observation.Field{{Name: observation.DNSQuestion, Value: value}},
	}
}

func TestLogCountsWhatIsSaidAgain(t *testing.T) {
	l := observation.NewLog()
	for i, m := range []struct{ ip, says string }{{"10.0.0.1", "a"}, {"10.0.0.1", "a"}, {"10.0.0.2", "a"}, {"10.0.0.1", "b"}, {"10.0.0.1", "a"}} {
		l.Add(message(m.ip, i, m.says))
	}
	l.Close()
	if len(l.All) != 3 {
		t.Fatalf("kept %d observations, want 3", len(l.All))
	}
	first := l.All[0]
	if first.Count != 3 || first.Seen.Unix() != 0 || first.Last.Unix() != 4 || first.ID != 1 {
		t.Errorf("first = count %d, seen %d, last %d, id %d; want 3, 0, 4, 1", first.Count, first.Seen.Unix(), first.Last.Unix(), first.ID)
	}
}

// TestLogAfterSilence says the same again after a day and more: without a MAC it
// may be another device's address by then.
func TestLogAfterSilence(t *testing.T) {
	const day = 24 * 60 * 60
	for _, c := range []struct {
		name string
		mac  observation.MAC
		at   []int
		want int
	}{
		{"within a day each", observation.MAC{}, []int{0, day, 2 * day}, 1},
		{"after more than a day", observation.MAC{}, []int{0, day + 1, day + 2, 3 * day}, 3},
		{"after a year, of one MAC", observation.MAC{1}, []int{0, 365 * day}, 1},
		{"out of order", observation.MAC{}, []int{9 * day, 0}, 1},
	} {
		l := observation.NewLog()
		for _, at := range c.at {
			m := message("10.0.0.1", at, "a")
			m.MAC = c.mac
			l.Add(m)
		}
		if len(l.All) != c.want {
			t.Errorf("%s: kept %d observations, want %d", c.name, len(l.All), c.want)
		}
	}
}

// TestLogOfManyCountsEach says 5000 things by turns, more than the index begins
// with, the last of each later, and lets one be said anew after silence.
func TestLogOfManyCountsEach(t *testing.T) {
	l := observation.NewLog()
	for round := range 3 {
		for i := range 5000 {
			l.Add(message(fmt.Sprintf("10.1.%d.%d", i>>8, i&255), 10*round+i%10, "a"))
		}
	}
	if l.Add(message("10.1.0.7", 90_000, "a")); len(l.All) != 5001 {
		t.Fatalf("kept %d observations, want 5001", len(l.All))
	}
	l.Lasted(time.Unix(95_000, 0).UTC())
	l.Close()
	for i, o := range l.All[:5000] {
		if o.Count != 3 || o.Seen.Unix() != int64(i%10) || o.Last.Unix() != int64(20+i%10) {
			t.Fatalf("observation %d: count %d, seen %d, last %d", i, o.Count, o.Seen.Unix(), o.Last.Unix())
		}
	}
	if o := l.All[5000]; o.Count != 1 || o.Seen.Unix() != 90_000 || o.Last.Unix() != 95_000 {
		t.Errorf("said anew: count %d, seen %d, last %d", o.Count, o.Seen.Unix(), o.Last.Unix())
	}
}

// TestLogTellsApart changes one part of a message at a time: each that says who
// spoke, to whom a statement applies, or what was said, makes another message.
func TestLogTellsApart(t *testing.T) {
	base := func() observation.Observation {
		o := message("10.0.0.1", 1, "a")
		o.About, o.To, o.ToMAC = observation.Receiver, netip.MustParseAddrPort("10.0.0.9:53"), observation.MAC{1}
		return o
	}
	changes := map[string]func(o *observation.Observation){
		"input":          func(o *observation.Observation) { o.Input = 1 },
		"hardware":       func(o *observation.Observation) { o.MAC = observation.MAC{9} },
		"address":        func(o *observation.Observation) { o.From = netip.MustParseAddrPort("10.0.0.2:53") },
		"mapped address": func(o *observation.Observation) { o.From = netip.MustParseAddrPort("[::ffff:10.0.0.1]:53") },
		"protocol":       func(o *observation.Observation) { o.Protocol = "mdns" },
		"about":          func(o *observation.Observation) { o.About = observation.Named },
		"VLAN":           func(o *observation.Observation) { o.VLAN = 7 },
		"receiver":       func(o *observation.Observation) { o.To = netip.MustParseAddrPort("10.0.0.8:53") },
		"its hardware":   func(o *observation.Observation) { o.ToMAC = observation.MAC{2} },
		"value":          func(o *observation.Observation) { o.Fields[0].Value = "b" },
		"border":         func(o *observation.Observation) { o.Fields[0].Name += "a"; o.Fields[0].Value = "" },
		"another field":  func(o *observation.Observation) { o.Fields = append(o.Fields, o.Fields[0]) },
	}
	for name, change := range changes {
		l, o := observation.NewLog(), base()
		l.Add(base())
		change(&o)
		if !l.Add(o) {
			t.Errorf("%s: taken for the same message", name)
		}
	}
	l, o := observation.NewLog(), base()
	l.Add(base())
	o.From, o.Packet, o.TTL = netip.MustParseAddrPort("10.0.0.1:999"), 5, 3
	if l.Add(o) {
		t.Error("another source port, packet and TTL make another message")
	}
}

func TestLogBoundsOneSpeakerOnly(t *testing.T) {
	l := observation.NewLog()
	for i := range 5000 {
		l.Add(message("10.0.0.1", i, fmt.Sprint("name", i)))
	}
	if l.Dropped == 0 || !l.Add(message("10.0.0.2", 1, "other")) {
		t.Errorf("dropped %d of a chatty speaker and must still hear another", l.Dropped)
	}
}

func TestParseMAC(t *testing.T) {
	for in, want := range map[string]string{
		"B0-C5-54-25-5B-0E": "b0:c5:54:25:5b:0e", "b0c554255b0e": "b0:c5:54:25:5b:0e", "b0c5.5425.5b0e": "b0:c5:54:25:5b:0e",
		"00:00:00:00:00:00": "", "b0:c5:54": "", "zz:c5:54:25:5b:0e": "",
	} {
		m, ok := observation.ParseMAC(in)
		if m.String() != want || ok != (want != "") {
			t.Errorf("ParseMAC(%q) = %q, %v; want %q", in, m, ok, want)
		}
	}
	if m, _ := observation.ParseMAC("02:00:00:00:00:01"); !m.Local() || m.Group() {
		t.Error("02:… is locally administered and no group")
	}
}
