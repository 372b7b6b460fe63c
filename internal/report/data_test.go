package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

const schemaFile = "../../docs/reference/report.schema.json"

// written returns what a writer writes of a document.
func written(t *testing.T, write func(io.Writer, *Document) error, doc *Document) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, doc); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func compiled(t *testing.T, at string) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(SchemaURL, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(SchemaURL + at)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(s *jsonschema.Schema, text string) error {
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

func TestSchemaFileIsCurrent(t *testing.T) {
	if os.Getenv("LENSCAP_UPDATE") != "" {
		if err := os.MkdirAll(filepath.Dir(schemaFile), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(schemaFile, Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(Schema()), string(got)); diff != "" {
		t.Errorf("%s is not what the Go types say; run LENSCAP_UPDATE=1 go test ./internal/report -run SchemaFile (-want +got):\n%s", schemaFile, diff)
	}
}

func TestJSONFollowsSchema(t *testing.T) {
	whole, line := compiled(t, ""), compiled(t, "#/$defs/Line")
	for name, doc := range map[string]*Document{"rich": talking(), "empty": {}} {
		text := written(t, JSON, doc)
		if err := validate(whole, text); err != nil {
			t.Errorf("%s document: %v", name, err)
		}
		if strings.Contains(text, "null") {
			t.Errorf("%s document holds a null", name)
		}
		for l := range strings.Lines(written(t, JSONL, doc)) {
			if err := validate(line, l); err != nil {
				t.Errorf("%s line %.80s: %v", name, l, err)
			}
		}
	}
	if err := validate(whole, strings.Replace(written(t, JSON, sample()), `"grade": "confirmed"`, `"grade": "certain"`, 1)); err == nil {
		t.Error("the schema accepts a grade there is not")
	}
	if err := validate(whole, strings.Replace(written(t, JSON, sample()), `"digest"`, `"other"`, 1)); err == nil {
		t.Error("the schema accepts a knowledge base without a digest")
	}
}

func TestJSONReadsBack(t *testing.T) {
	want := talking()
	var got Document
	if err := json.Unmarshal([]byte(written(t, JSON, want)), &got); err != nil {
		t.Fatal(err)
	}
	for i := range want.Devices {
		want.Devices[i].Steps = nil // for --explain only
	}
	wantText, gotText := written(t, JSON, want), written(t, JSON, &got)
	if diff := cmp.Diff(wantText, gotText); diff != "" {
		t.Errorf("read back and written again (-want +got):\n%s", diff)
	}
	if !strings.Contains(gotText, evilScript) {
		t.Error("JSON changed what a device said")
	}
}

func TestJSONLHasFindingsInside(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(written(t, JSONL, sample())), "\n")
	if len(lines) != len(sample().Devices) {
		t.Fatalf("%d lines, want one for each of %d devices", len(lines), len(sample().Devices))
	}
	var l Line
	if err := json.Unmarshal([]byte(lines[0]), &l); err != nil {
		t.Fatal(err)
	}
	if l.ID != "d-1a2b3c4d5e" || len(l.Findings) != 4 || l.KnowledgeBase.Digest == "" || l.Maker.Value != "Hikvision" {
		t.Errorf("first line is device %q, maker %q, with %d findings and digest %q", l.ID, l.Maker.Value, len(l.Findings), l.KnowledgeBase.Digest)
	}
}

func TestCSVIsFlatAndInert(t *testing.T) {
	doc := talking()
	doc.Conversations[0].Controller = "=Hik | cmd"
	doc.Devices[0].Name = "@SUM(1)\nsecond line"
	doc.Devices[1].Hostnames = []string{"-1+1|cmd", `a"b`}
	doc.Devices[2].Name = "\t=1"
	doc.Devices[3].Name = "＝1"
	records, err := csv.NewReader(strings.NewReader(written(t, CSV, doc))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != 1+len(doc.Devices) {
		t.Fatalf("%d lines, want a header and %d devices", len(records), len(doc.Devices))
	}
	at := func(row int, name string) string { return records[row][slices.Index(records[0], name)] }
	for _, c := range []struct{ got, want string }{
		{at(1, "name"), "'@SUM(1) second line"},
		{at(2, "hostnames"), `'-1+1|cmd | a"b`},
		{at(3, "name"), "' =1"},
		{at(4, "name"), "'＝1"},
		{at(8, "serials"), `'=HYPERLINK("http://evil.example","x") | ⟨U+001B⟩]0;pwned⟨U+0007⟩⟨U+001B⟩[31mred⟨U+001B⟩[2J`},
		{at(8, "model"), "cam⟨U+202E⟩gnp.exe⟨U+2066⟩"},
		{at(1, "worst_verdict"), "prohibited"},
		{at(1, "cannot_tell"), "us-889a1B"},
		{at(3, "brand_id"), "lorex"},
		{at(6, "maker_grade"), "unknown"},
		{at(6, "conflicts"), "2"},
		{at(1, "reaches_outside"), "yes"},
		{at(1, "bytes_up_outside"), "1214041000"},
		{at(1, "countries"), "IE | US"},
		{at(1, "controllers"), "'=Hik | cmd | Hikvision"},
		{at(1, "video_leaving"), "yes"},
		{at(3, "video_leaving"), "possibly"},
		{at(2, "countries"), ""},
		{at(2, "reaches_outside"), "yes"},
		{at(2, "video_leaving"), "no"},
		{at(8, "video_leaving"), "too short to tell"},
		{at(10, "reaches_outside"), "no"},
		{at(10, "video_leaving"), ""},
	} {
		if c.got != c.want {
			t.Errorf("cell is %q, want %q", c.got, c.want)
		}
	}
	for _, r := range records {
		for i, cell := range r {
			if strings.IndexAny(cell, "=+-@\t\r\n＝＋－＠") == 0 {
				t.Errorf("column %s starts a formula: %q", records[0][i], cell)
			}
		}
	}
}

func TestSummaryCountsLists(t *testing.T) {
	s := talking().Summary
	want := Summary{
		Devices: 17, FarEnds: 37,
		ByKind:  map[string]int{"camera": 6, "recorder": 1, "anpr": 1, "vms server": 1, "unknown": 1, "not a camera": 7},
		ByMaker: map[string]map[string]int{"Hikvision": {"confirmed": 1, "probable": 1}, "Dahua": {"confirmed": 1, "possible": 1}, "Axis": {"confirmed": 1}, "Milestone Systems": {"probable": 1}, "Zhejiang Uniview Technologies": {"probable": 1}, "unknown": {"unknown": 2}},
		ByVerdict: map[string]map[string]int{
			"us-889a1B":    {"cannot-tell": 6, "not-covered": 3},
			"uk-wms-2022":  {"advised-against": 4, "cannot-tell": 2, "not-covered": 3},
			"uk-npsa-ncst": {"prohibited": 1, "restricted": 3, "not-covered": 5},
			"cn-nil":       {"advised-against": 5, "not-covered": 4},
		},
		WouldBe:      map[string]map[string]int{"us-889a1B": {"prohibited": 4}},
		Outside:      7,
		ByCountry:    map[string]int{"DE": 2, "GB": 1, "IE": 1, "RU": 1, "SG": 1, "US": 1, "unknown": 1},
		ByController: map[string]int{"Hikvision": 1, "Dahua": 1, "Tuya": 1, "Zhejiang Uniview Technologies": 1, "unknown": 3},
		ByVideo:      map[string]int{"video": 1, "possibly video": 1, "too short to tell": 1, "no": 4},
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
}

func TestWritersLeaveTheDocumentAlone(t *testing.T) {
	doc, before := talking(), written(t, JSON, talking())
	for range 2 {
		for _, write := range writers {
			written(t, write, doc)
		}
	}
	if diff := cmp.Diff(before, written(t, JSON, doc)); diff != "" {
		t.Errorf("a writer changed the document (-want +got):\n%s", diff)
	}
}

var writers = map[string]func(io.Writer, *Document) error{
	"JSON": JSON, "JSONL": JSONL, "CSV": CSV, "HTML": HTML,
	"Terminal": func(w io.Writer, d *Document) error { return Terminal(w, d, TerminalOptions{Width: 100}) },
	"Explain": func(w io.Writer, d *Document) error {
		if len(d.Devices) == 0 {
			return nil
		}
		return Explain(w, &d.Devices[0], d, TerminalOptions{Width: 100})
	},
}

func TestSameDocumentSameBytes(t *testing.T) {
	for name, write := range writers {
		first := written(t, write, talking())
		for range 5 {
			if again := written(t, write, talking()); again != first {
				t.Errorf("%s differs from one time to the next", name)
				break
			}
		}
	}
}

func TestEmptyDocumentIsWritten(t *testing.T) {
	for name, write := range writers {
		if got := written(t, write, &Document{}); got == "" && name != "JSONL" && name != "Explain" {
			t.Errorf("%s of an empty document is empty", name)
		}
	}
}

// failing takes n bytes and then refuses.
type failing struct{ n int }

var errFull = errors.New("disk full")

func (f *failing) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriteErrorsAreReported(t *testing.T) {
	for name, write := range writers {
		for _, n := range []int{0, 2000} {
			if err := write(&failing{n}, talking()); !errors.Is(err, errFull) {
				t.Errorf("%s after %d bytes: %v, want %v", name, n, err, errFull)
			}
		}
	}
}
