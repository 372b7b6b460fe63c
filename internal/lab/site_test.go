package lab_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/lab"
	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/pipeline"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/kb"
)

const committed = "../../examples/lab-station.pcapng"

// written is the capture as the lab writes it now.
func written(t *testing.T) ([]byte, []lab.Label) {
	t.Helper()
	network, labels := lab.Site()
	var b bytes.Buffer
	if err := network.Write(&b, lab.SiteComment); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), labels
}

func TestTheCommittedCaptureIsWhatTheLabWrites(t *testing.T) {
	now, labels := written(t)
	was, err := os.ReadFile(committed)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(now, was) {
		t.Errorf("%s has %d bytes, the lab writes %d others: run make examples", committed, len(was), len(now))
	}
	if len(now) > 1_500_000 {
		t.Errorf("the capture has %d bytes, want at most 1.5 MB", len(now))
	}
	f, err := os.Open(strings.TrimSuffix(committed, ".pcapng") + ".labels.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var truth []lab.Label
	for s := bufio.NewScanner(f); s.Scan(); {
		var l lab.Label
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		truth = append(truth, l)
	}
	if !slices.Equal(truth, labels) {
		t.Errorf("the labels on file are\n%+v\nthe lab's are\n%+v", truth, labels)
	}
}

func TestTwoRunsGiveTheSameBytes(t *testing.T) {
	one, _ := written(t)
	two, _ := written(t)
	if !bytes.Equal(one, two) {
		t.Error("two runs differ")
	}
}

// audit runs the product over what the lab writes now.
func audit(t *testing.T) (*report.Document, []lab.Label) {
	t.Helper()
	b, labels := written(t)
	path := filepath.Join(t.TempDir(), "lab-station.pcapng")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	k, err := pipeline.LoadKnowledge("")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := pipeline.Run(context.Background(), pipeline.Config{Inputs: []string{path}, Knowledge: k, AsAt: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	return doc, labels
}

func TestTheAuditAgreesWithTheTruth(t *testing.T) {
	doc, labels := audit(t)
	known := map[string]bool{}
	for _, l := range labels {
		t.Run(l.Name, func(t *testing.T) {
			d := find(doc, l.Src)
			if d == nil {
				t.Fatalf("no device at %s", l.Src)
			}
			known[d.ID] = true
			if !slices.Contains(d.MACs, l.MAC) || len(d.MACs) != 1 {
				t.Errorf("hardware addresses %v, want %s alone", d.MACs, l.MAC)
			}
			if l.Serial != "" && !slices.Contains(d.Serials, l.Serial) {
				t.Errorf("serial numbers %v, want %s", d.Serials, l.Serial)
			}
			if l.Camera {
				cameraAgrees(t, d, l)
			} else {
				otherAgrees(t, d, l)
			}
		})
	}
	for i := range doc.Devices {
		if d := &doc.Devices[i]; !known[d.ID] {
			t.Errorf("device %s (%s, %v) is nobody in the lab", d.ID, d.Name, d.Addresses)
		}
	}
	if n := len(doc.Inputs[0].NotUnderstood); n > 0 {
		t.Errorf("not understood: %+v", doc.Inputs[0].NotUnderstood)
	}
}

// cameraAgrees holds every claim about a camera or recorder against the truth.
func cameraAgrees(t *testing.T, d *report.Device, l lab.Label) {
	t.Helper()
	kind := attribution.Probable
	if l.Maker == "" { // what nobody's camera sends is shared by many kinds of equipment
		kind = attribution.Possible
	}
	for _, c := range []struct {
		name      string
		got, want string
		claim     attribution.Claim
		least     attribution.Grade
	}{
		{"kind", d.Kind.Value, l.Kind, d.Kind, kind},
		{"maker", d.Maker.ID, l.Maker, d.Maker, attribution.Probable},
		{"brand", d.Brand.Value, l.Brand, d.Brand, attribution.Probable},
		{"model", d.Model.Value, l.Model, d.Model, attribution.Probable},
		{"firmware", spaceless(d.Firmware.Value), spaceless(l.Firmware), d.Firmware, attribution.Probable},
	} {
		if c.got != c.want {
			t.Errorf("%s is %q, want %q\nclaim: %+v", c.name, c.got, c.want, c.claim)
		}
		if c.want != "" && c.claim.Grade < c.least {
			t.Errorf("%s %q is %s, want %s\nclaim: %+v", c.name, c.got, c.claim.Grade, c.least, c.claim)
		}
	}
	if l.Maker == "" && d.Maker.Value != "" {
		t.Errorf("maker is %q, want none: nothing tells it", d.Maker.Value)
	}
}

// otherAgrees holds that a device is not called a camera, and that what is said of
// its maker is not wrong.
func otherAgrees(t *testing.T, d *report.Device, l lab.Label) {
	t.Helper()
	if v := d.Kind.Value; v != attribution.KindNotCamera && v != attribution.KindUnknown {
		t.Errorf("kind is %q (%s), want not a camera or unknown\nclaim: %+v", v, d.Kind.Grade, d.Kind)
	}
	if d.Maker.Value != "" && d.Maker.ID != l.Maker {
		t.Errorf("maker is %q, want %q or none\nclaim: %+v", d.Maker.ID, l.Maker, d.Maker)
	}
}

func TestVideoIsSeenFromCameraToViewer(t *testing.T) {
	doc, _ := audit(t)
	got := map[string]bool{}
	for _, s := range doc.Streams {
		from, err := netip.ParseAddrPort(s.From)
		if err != nil {
			t.Fatal(err)
		}
		to, err := netip.ParseAddrPort(s.To)
		if err != nil {
			t.Fatal(err)
		}
		got[from.Addr().String()+" to "+to.Addr().String()] = s.Media == "video"
	}
	for _, want := range []string{
		"10.20.0.11 to 10.20.0.200", // UDP
		"10.20.0.11 to 10.10.0.50",  // interleaved, through the router
		"10.20.0.12 to 10.20.0.5", "10.20.0.13 to 10.20.0.5", "10.20.0.14 to 10.20.0.5", "10.20.0.16 to 10.20.0.5",
		"10.20.0.17 to 10.20.0.200", "10.30.0.20 to 10.30.0.10",
	} {
		if !got[want] {
			t.Errorf("no video seen from %s; streams: %+v", want, doc.Streams)
		}
	}
}

func TestVideoThatLeavesIsSeen(t *testing.T) {
	doc, _ := audit(t)
	want := map[string]string{"10.20.0.12 to 203.0.113.42": egress.VideoYes}
	got := map[string]string{}
	for _, c := range doc.Conversations {
		if c.Scope == egress.ScopeOutside && (c.Video.Verdict == egress.VideoYes || c.Video.Verdict == egress.VideoPossibly) {
			got[c.From+" to "+c.Address] = c.Video.Verdict
			if c.ControllerID != "hikvision" || c.Jurisdiction != "CN" || c.Name != "vtm-relay.hik-connect.com" || c.Encrypted != "yes" {
				t.Errorf("conversation %+v, want it controlled by Hikvision of CN, sealed", c)
			}
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("video leaves %v, want %v", got, want)
	}
}

func TestPrefixesAreRegisteredToTheCompanyOnTheBox(t *testing.T) {
	base, err := maker.Load(kb.FS)
	if err != nil {
		t.Fatal(err)
	}
	_, labels := lab.Site()
	for _, l := range labels {
		mac, _ := observation.ParseMAC(l.MAC)
		want := strings.ToLower(l.Brand)
		if l.Camera && l.Brand == "" {
			want = l.Maker
		}
		p, ok := base.Prefix(mac)
		switch {
		case !l.Camera: // companies that make no cameras are not in the knowledge base
		case mac.Local():
			if l.Maker != "" {
				t.Errorf("%s: a local address for a known maker", l.Name)
			}
		case !ok || string(p.Company) != want:
			t.Errorf("%s: prefix of %s belongs to %q, want %q", l.Name, l.MAC, p.Company, want)
		}
	}
}

func TestTsharkFindsNothingWrong(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("tshark is missing: apt-get install tshark")
		}
		t.Skip("tshark is missing (apt-get install tshark): the capture is not checked by another reader")
	}
	for _, filter := range []string{
		"_ws.malformed",
		"ip.checksum.status == 0 or tcp.checksum.status == 0 or udp.checksum.status == 0",
		"_ws.short",
	} {
		cmd := exec.Command(tshark, "-r", committed, "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-Y", filter)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", cmd, err)
		}
		if len(out) > 0 {
			t.Errorf("%s finds\n%s", filter, out)
		}
	}
}

func find(doc *report.Document, ip string) *report.Device {
	for i := range doc.Devices {
		for _, a := range doc.Devices[i].Addresses {
			if a.IP == ip {
				return &doc.Devices[i]
			}
		}
	}
	return nil
}

func spaceless(s string) string { return strings.ReplaceAll(s, " ", "") }
