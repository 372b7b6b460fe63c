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
	if len(l.All) != 3 {
		t.Fatalf("kept %d observations, want 3", len(l.All))
	}
	first := l.All[0]
	if first.Count != 3 || first.Seen.Unix() != 0 || first.Last.Unix() != 4 || first.ID != 1 {
		t.Errorf("first = count %d, seen %d, last %d, id %d; want 3, 0, 4, 1", first.Count, first.Seen.Unix(), first.Last.Unix(), first.ID)
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
