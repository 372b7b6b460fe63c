package lab_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lenscap/lenscap/examples"
	"github.com/lenscap/lenscap/internal/asset"
	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/lab"
	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/pipeline"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/kb"
)

func TestTheCommittedEstateIsWhatTheLabWrites(t *testing.T) {
	files, err := lab.Estate()
	if err != nil {
		t.Fatal(err)
	}
	want, size := map[string]bool{"said.json": true}, 0 // what people said of it is written by hand
	for _, f := range files {
		name := f.Path
		if strings.HasSuffix(name, ".pcapng") {
			name += ".zst"
		}
		want[name] = true
		b, err := fs.ReadFile(examples.Estate, name)
		if err != nil {
			t.Errorf("%v: run make examples", err)
			continue
		}
		size += len(b)
		if name != f.Path {
			if b, err = lab.Unpack(b); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if !bytes.Equal(b, f.Body) {
			t.Errorf("examples/estate/%s holds %d bytes, the lab writes %d others: run make examples", name, len(b), len(f.Body))
		}
	}
	err = fs.WalkDir(examples.Estate, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !want[name] {
			t.Errorf("examples/estate/%s is none of the lab's", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if size > 3_000_000 {
		t.Errorf("the estate has %d bytes, want at most 3 MB", size)
	}
}

// watched audits what was seen at a site on the days that match pattern.
func watched(t *testing.T, folder, pattern string) *report.Document {
	t.Helper()
	inputs, err := filepath.Glob(filepath.Join("..", "..", "examples", "estate", folder, pattern+".pcapng.zst"))
	if err != nil || len(inputs) == 0 {
		t.Fatalf("no captures of %s: %v", folder, err)
	}
	k, err := pipeline.LoadKnowledge("")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := pipeline.Run(t.Context(), pipeline.Config{Inputs: inputs, Knowledge: k, AsAt: lab.EstateEnd})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestTheEstateAgreesWithTheTruth(t *testing.T) {
	for _, site := range lab.EstateSites() {
		doc := watched(t, site.Folder, "*")
		known := map[string]bool{}
		for _, l := range site.Labels {
			t.Run(site.Folder+"/"+l.Name, func(t *testing.T) {
				d := find(doc, l.Src)
				if d == nil {
					t.Fatalf("no device at %s", l.Src)
				}
				known[d.ID] = true
				if l.Camera {
					cameraAgrees(t, d, l)
				} else {
					otherAgrees(t, d, l)
				}
			})
		}
		for i := range doc.Devices {
			if d := &doc.Devices[i]; !known[d.ID] {
				t.Errorf("%s: device %s (%s, %v) is nobody in the lab", site.Folder, d.ID, d.Name, d.Addresses)
			}
		}
		for _, in := range doc.Inputs {
			if len(in.NotUnderstood) > 0 {
				t.Errorf("%s: not understood: %+v", in.Name, in.NotUnderstood)
			}
		}
	}
}

const newFirmware = "10.41.20.14"

// outside are the conversations of an address with the outside, by name of the far end.
func outside(doc *report.Document, from string) map[string]*egress.Conversation {
	out := map[string]*egress.Conversation{}
	for i := range doc.Conversations {
		c := &doc.Conversations[i]
		if c.Scope == egress.ScopeOutside && (from == "" || c.From == from) {
			out[c.Name] = c
		}
	}
	return out
}

func TestTheEstateTellsItsStories(t *testing.T) {
	t.Run("a camera takes new firmware", func(t *testing.T) {
		for day, want := range map[string]string{"2026-10-22": "10.12.228", "2026-11-18": "11.11.116"} {
			if d := find(watched(t, "town-hall", day), newFirmware); d == nil || d.Firmware.Value != want {
				t.Errorf("on %s its firmware is %+v, want %s", day, d, want)
			}
		}
	})
	t.Run("a camera changes whom it talks to", func(t *testing.T) {
		far := outside(watched(t, "depot", "*"), "10.42.20.17")
		before, after := far["m2.iotcplatform.com"], far["a1.tuyacn.com"]
		if before == nil || after == nil || len(far) != 2 {
			t.Fatalf("it talks to %+v", far)
		}
		const change = "2026-11-07"
		if before.Last >= change || after.First < change || before.ControllerID != "throughtek" || after.ControllerID != "tuya" || before.Country != "DE" || after.Country != "CN" {
			t.Errorf("before: %+v\nafter: %+v", before, after)
		}
	})
	t.Run("one camera sends video outside in one night", func(t *testing.T) {
		for _, site := range lab.EstateSites() {
			for _, c := range outside(watched(t, site.Folder, "*"), "") {
				told := c.Video.Verdict == egress.VideoYes || c.Video.Verdict == egress.VideoPossibly
				want := c.From == "10.44.20.12" && c.Name == "vtm-relay.hik-connect.com"
				if told != want || want && (c.Video.Verdict != egress.VideoYes || c.First < "2026-11-02T02" || c.Last > "2026-11-02T03") {
					t.Errorf("%s: %s to %s: video %+v, from %s to %s", site.Folder, c.From, c.Name, c.Video, c.First, c.Last)
				}
			}
		}
	})
	t.Run("a closed site leaks", func(t *testing.T) {
		far := outside(watched(t, "control-room", "*"), "")
		c := far["en.ezcloud.uniview.com"]
		if len(far) != 1 || c == nil || c.From != "10.45.20.14" || c.First < "2026-11-13" || c.Last >= "2026-11-14" {
			t.Errorf("it reaches %+v", far)
		}
	})
	t.Run("what lists say", func(t *testing.T) {
		library, depot, hall := list(t, "library", ','), list(t, "depot", ';'), list(t, "town-hall", ',')
		for _, r := range library {
			if slices.Contains(r, "ec:71:db:40:9c:77") || slices.Contains(r, "http://10.43.20.31/") {
				t.Errorf("the list has the camera that nobody declared: %q", r)
			}
		}
		if r := row(depot, "10.42.20.13"); !slices.Contains(r, "Bosch") {
			t.Errorf("the Dahua camera is declared as %q, want a Bosch", r)
		}
		if r := row(hall, "http://10.41.20.17/"); r == nil || find(watched(t, "town-hall", "*"), "10.41.20.17") != nil {
			t.Errorf("the camera that is never seen is on no list or seen: %q", r)
		}
		kinds := map[string]int{}
		for _, r := range depot {
			kinds[r[2]]++
		}
		if kinds["Body-worn camera"] != 4 || kinds["Drone"] != 1 || kinds["Dash camera"] != 1 {
			t.Errorf("equipment of the depot: %v", kinds)
		}
	})
}

// list reads a site's asset list.
func list(t *testing.T, folder string, comma rune) [][]string {
	t.Helper()
	b, err := fs.ReadFile(examples.Estate, folder+"/assets.csv")
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(bytes.NewReader(b))
	r.Comma = comma
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestTheEstatesListsAreUnderstood(t *testing.T) {
	want := map[string]int{"town-hall": 7, "depot": 12, "library": 2, "car-park": 3, "control-room": 4}
	for _, site := range lab.EstateSites() {
		b, err := fs.ReadFile(examples.Estate, site.Folder+"/assets.csv")
		if err != nil {
			t.Fatal(err)
		}
		l, err := asset.Read(bytes.NewReader(b), "assets.csv", nil)
		if err != nil {
			t.Fatalf("%s: %v", site.Folder, err)
		}
		if len(l.Rows) != want[site.Folder] || len(l.Faults) > 0 {
			t.Errorf("%s: %d rows, want %d; faults: %v", site.Folder, len(l.Rows), want[site.Folder], l.Faults)
		}
		for _, d := range l.Rows {
			if d.Name == "" || d.Model == "" || d.Maker+d.Brand == "" || d.Location == "" || d.IP == "" && d.Serial == "" {
				t.Errorf("%s: not understood: %+v", site.Folder, d)
			}
		}
	}
}

func row(rows [][]string, cell string) []string {
	i := slices.IndexFunc(rows, func(r []string) bool { return slices.Contains(r, cell) })
	if i < 0 {
		return nil
	}
	return rows[i]
}

func TestTheEstatesIndexNamesWhatIsThere(t *testing.T) {
	b, err := fs.ReadFile(examples.Estate, "estate.json")
	if err != nil {
		t.Fatal(err)
	}
	var index struct {
		Organisations []struct {
			Name  string
			Sites []struct {
				Folder string
				Lists  []string
			}
		}
	}
	if err := json.Unmarshal(b, &index); err != nil {
		t.Fatal(err)
	}
	for _, o := range index.Organisations {
		for _, s := range o.Sites {
			for _, l := range s.Lists {
				if _, err := fs.Stat(examples.Estate, s.Folder+"/"+l); err != nil {
					t.Error(err)
				}
			}
			days, err := fs.Glob(examples.Estate, s.Folder+"/*.pcapng.zst")
			if err != nil || len(days) < 10 {
				t.Errorf("%s was watched on %d days (%v)", s.Folder, len(days), err)
			}
		}
	}
	if len(index.Organisations) != 1 || len(index.Organisations[0].Sites) != len(lab.EstateSites()) {
		t.Errorf("index: %+v", index)
	}
}

func TestTheEstatesDevicesAreNotThoseOfTheStation(t *testing.T) {
	base, err := maker.Load(kb.FS)
	if err != nil {
		t.Fatal(err)
	}
	has := map[string]string{}
	_, labels := lab.Site()
	sites := append([]lab.EstateSite{{Folder: "station", Labels: labels}}, lab.EstateSites()...)
	for _, s := range sites {
		for _, l := range s.Labels {
			for _, key := range []string{l.MAC, l.Serial} {
				if other := has[key]; key != "" && other != "" {
					t.Errorf("%s of %s and %s both have %s", l.Name, s.Folder, other, key)
				}
				has[key] = s.Folder
			}
			m, _ := observation.ParseMAC(l.MAC)
			if p, ok := base.Prefix(m); l.Camera && l.Maker != "" && l.Brand != "LTS" && (!ok || string(p.Company) != l.Maker) && s.Folder != "station" {
				t.Errorf("%s: prefix of %s belongs to %q, want %q", l.Name, l.MAC, p.Company, l.Maker)
			}
		}
	}
	if d := lab.EstateDay(lab.EstateDays); d.Format(time.DateOnly) != "2026-11-20" {
		t.Errorf("the last day is %s", d)
	}
}
