package record

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
)

func TestReadersAreFuzzed(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	target := regexp.MustCompile(`(?m)^func (Fuzz\w+)\(f \*testing\.F\)`)
	found := map[string]bool{}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range target.FindAllSubmatch(b, -1) {
			found[string(m[1])] = true
		}
	}
	for _, r := range Readers {
		if !found[r.Fuzz] {
			t.Errorf("reader %q: no test file has func %s(f *testing.F)", r.Name, r.Fuzz)
		}
	}
}

// TestSuricataOverTheSharedCaptures holds what Suricata wrote about sixty captures
// to the labels that say which device had which address when.
func TestSuricataOverTheSharedCaptures(t *testing.T) {
	eve := string(shared(t, "flowlogs/suricata/share_mixed_eve.json"))
	got, res := readWith(t, &eveReader, eve)
	if len(res.Gaps) > 0 || res.Records != int64(strings.Count(eve, "\n")) || len(got.flows) != 1341 {
		t.Errorf("%d flows, %+v", len(got.flows), res)
	}
	byMAC := map[string]string{}
	for _, o := range got.seen {
		if o.Protocol == "dhcp" {
			byMAC[o.Get(observation.DHCPAssignedIP)] = o.Get(observation.DHCPMAC)
		}
	}
	seen := 0
	for line := range strings.Lines(string(shared(t, "flowlogs/ip_time_labels.jsonl"))) {
		var l struct {
			Capture, Device, MAC string
			IPs                  []string
			Start                float64 `json:"t_start"`
			End                  float64 `json:"t_end"`
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		spoke := false
		for _, ip := range l.IPs {
			if mac, ok := byMAC[ip]; ok && mac != l.MAC {
				t.Errorf("%s: DHCP gave %s to %s, the label says %s", l.Capture, ip, mac, l.MAC)
			}
			for i := range got.flows {
				f := &got.flows[i]
				within := float64(f.Last)/1e9 >= l.Start-1 && float64(f.First)/1e9 <= l.End+1
				spoke = spoke || within && (f.Client.Addr.Addr().String() == ip || f.Server.Addr.Addr().String() == ip)
			}
		}
		switch {
		case spoke:
			seen++
		case !strings.Contains(l.Capture, "reolink"): // that one was not among what Suricata was given
			t.Errorf("%s: no flow of %s (%v) at its time", l.Capture, l.Device, l.IPs)
		}
	}
	if seen < 59 {
		t.Errorf("%d labelled devices were seen", seen)
	}
}
