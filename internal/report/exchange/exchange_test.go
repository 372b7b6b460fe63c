package exchange_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/valllabh/ocsf-schema-golang/ocsf/v1_2_0/events/findings"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/pipeline"
	"github.com/lenscap/lenscap/internal/record"
	"github.com/lenscap/lenscap/internal/regime"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/report/exchange"
)

// audited is a real audit of the example capture, for an organisation some
// rules bind.
var audited = sync.OnceValues(func() (*report.Document, error) {
	k, err := pipeline.LoadKnowledge("")
	if err != nil {
		return nil, err
	}
	return pipeline.Run(context.Background(), pipeline.Config{
		Inputs: []string{"../../../examples/lab-station.pcapng"}, Knowledge: k, Version: "test",
		AsAt:         time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC),
		Organisation: regime.Organisation{Type: "uk-central-government", Country: "GB", Egress: regime.Egress{Closed: true}},
	})
})

// documents are the real audit and one whose every text is hostile.
func documents(t *testing.T) map[string]*report.Document {
	t.Helper()
	doc, err := audited()
	if err != nil {
		t.Fatal(err)
	}
	const evil = "<script>alert(1)</script>\x00\x1b[31m\u202e&\"'=cmd|' /C calc'!A0\xff"
	hostile := &report.Document{AsAt: "2026-11-22", Lenscap: evil, Inputs: []report.Input{{Name: "/tmp/" + evil, Error: evil}, {Name: "a b%.pcap"}},
		Devices: []report.Device{
			{ID: "d-1", Name: evil, MACs: []string{"00:11:22:33:44:55"}, Addresses: []report.Address{{IP: "10.0.0.1"}, {IP: "fe80::1"}}, Hostnames: []string{evil},
				Attribution: attribution.Attribution{Kind: attribution.Claim{Value: "camera"}, Brand: attribution.Claim{Value: evil}, Model: attribution.Claim{Value: evil, Grade: attribution.Possible},
					Firmware: attribution.Claim{Value: evil}, Chip: attribution.Claim{Value: evil}, NetworkPart: attribution.Claim{Value: evil}}},
			{ID: "d-2"},
		},
		Findings: []finding.Finding{{Regime: "no-such", Name: evil, Clause: evil, Device: "d-1", Verdict: finding.Prohibited, Why: evil, Next: evil, Sources: []string{evil}, Waiver: &finding.Waiver{Why: evil, By: evil, Until: "2026-12-31"}}, {Regime: "x", Device: "gone", Verdict: finding.CannotTell}},
		Conversations: []egress.Conversation{{Device: "d-1", Address: "203.0.113.1", Name: evil, Controller: evil, Scope: egress.ScopeOutside, Protocol: "tcp", Port: 443, Opened: "device", PacketsUp: 1, PacketsDown: 1},
			{Device: "d-1", Address: "10.0.0.9", Scope: egress.ScopeInside, Protocol: "tcp", Port: 554, Opened: "far end", PacketsUp: 1, PacketsDown: 1, App: "rtsp"}},
	}
	return map[string]*report.Document{"example": doc, "hostile": hostile, "empty": {AsAt: "2026-11-22"}}
}

func write(t *testing.T, to func(io.Writer, *report.Document) error, doc *report.Document) []byte {
	t.Helper()
	var a, b bytes.Buffer
	if err := to(&a, doc); err != nil {
		t.Fatal(err)
	}
	if err := to(&b, doc); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the same document gives other bytes")
	}
	return a.Bytes()
}

// cycloneSchema is the schema that comes with the CycloneDX library.
func cycloneSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	dir := filepath.Join(moduleDir(t, "github.com/CycloneDX/cyclonedx-go"), "schema")
	c := jsonschema.NewCompiler()
	for file, stored := range map[string]string{
		"bom-1.6.schema.json": "bom-1.6.schema.json", "spdx.schema.json": "spdx.schema.json", "jsf-0.82.schema.json": "jsf-0.82.schemax.json",
	} {
		f, err := os.Open(filepath.Join(dir, stored))
		if err != nil {
			t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(f)
		f.Close() //nolint:errcheck // read only
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource("http://cyclonedx.org/schema/"+file, v); err != nil {
			t.Fatal(err)
		}
	}
	s, err := c.Compile("http://cyclonedx.org/schema/bom-1.6.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCycloneDX(t *testing.T) {
	schema := cycloneSchema(t)
	for name, doc := range documents(t) {
		b := write(t, exchange.CycloneDX, doc)
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var bom cdx.BOM
		if err := cdx.NewBOMDecoder(bytes.NewReader(b), cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if bom.Components == nil {
			bom.Components = &[]cdx.Component{}
		}
		if got := len(*bom.Components); got != len(doc.Devices) {
			t.Errorf("%s: %d components, want one for each of %d devices", name, got, len(doc.Devices))
		}
		if name != "example" {
			continue
		}
		firmware, cpes := 0, 0
		for _, c := range *bom.Components {
			if strings.HasPrefix(c.CPE, "cpe:2.3:h:") {
				cpes++
			}
			if c.Components != nil {
				for _, p := range *c.Components {
					if p.Type == cdx.ComponentTypeFirmware && p.Version != "" {
						firmware++
					}
				}
			}
		}
		if firmware < 5 || cpes < 5 || bom.Services == nil {
			t.Errorf("%d firmware, %d candidate names, services %v", firmware, cpes, bom.Services)
		}
	}
}

// sarifSchema is the schema of OASIS, which the SARIF library holds as a
// constant; its own check would judge what it read, not what we wrote.
func sarifSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	file := filepath.Join(moduleDir(t, "github.com/owenrumney/go-sarif/v3"), "pkg", "report", "v210", "sarif", "schema.go")
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var text string
	ast.Inspect(tree, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && len(lit.Value) > len(text) {
			text = lit.Value
		}
		return true
	})
	text = strings.Trim(text, "`")
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("sarif.json", v); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("sarif.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func moduleDir(t *testing.T, module string) string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		t.Fatalf("find the module %s: %v", module, err)
	}
	return strings.TrimSpace(string(dir))
}

func TestSARIF(t *testing.T) {
	schema := sarifSchema(t)
	for name, doc := range documents(t) {
		b := write(t, exchange.SARIF, doc)
		log, err := sarif.FromBytes(b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		validateSARIF(t, name, b)
		want := 0
		for _, f := range doc.Findings {
			if f.Verdict != finding.NotCovered {
				want++
			}
		}
		if got := len(log.Runs[0].Results); got != want {
			t.Errorf("%s: %d results, want %d", name, got, want)
		}
		for _, r := range log.Runs[0].Results {
			if r.Kind == "pass" {
				t.Errorf("%s: a result passes: %+v", name, r)
			}
		}
	}
}

// validateSARIF looks at the bytes themselves: the reader may have mended them.
func validateSARIF(t *testing.T, name string, b []byte) {
	t.Helper()
	var raw struct {
		Runs []struct {
			Results []struct {
				Kind, Level  string
				Suppressions []struct{ Kind, Status, Justification string }
			}
		}
	}
	if err := json.Unmarshal(b, &raw); err != nil {
		t.Fatal(err)
	}
	for _, r := range raw.Runs[0].Results {
		if (r.Kind == "fail") == (r.Level == "none") {
			t.Errorf("%s: kind %s and level %s", name, r.Kind, r.Level)
		}
		if waived := name == "hostile" && r.Level == "error"; waived != (len(r.Suppressions) == 1) || waived && (r.Suppressions[0].Kind != "external" || r.Suppressions[0].Status != "accepted" || r.Suppressions[0].Justification == "") {
			t.Errorf("%s: a result waived %v has the suppressions %+v", name, waived, r.Suppressions)
		}
	}
}

func TestOCSF(t *testing.T) {
	for name, doc := range documents(t) {
		lines := bufio.NewScanner(bytes.NewReader(write(t, exchange.OCSF, doc)))
		lines.Buffer(nil, 1<<20)
		n := 0
		for lines.Scan() {
			n++
			var e findings.ComplianceFinding // refuses a field that the class does not have
			if err := protojson.Unmarshal(lines.Bytes(), &e); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, lines.Bytes())
			}
			if e.ClassUid != 2003 || e.CategoryUid != 2 || e.TypeUid != 200301 || e.Time == 0 || e.Metadata.GetVersion() != "1.2.0" || e.FindingInfo.GetUid() == "" {
				t.Errorf("%s: %s", name, lines.Bytes())
			}
			if waived := name == "hostile" && n == 1; waived != (e.GetStatusId() == 3) || waived && (e.GetStatus() != "Suppressed" || !strings.Contains(e.GetStatusDetail(), "until 2026-12-31")) {
				t.Errorf("%s: waived %v: %s", name, waived, lines.Bytes())
			}
			if e.Compliance.GetStatus() == "Pass" {
				t.Errorf("%s: passes: %s", name, lines.Bytes())
			}
		}
		if (n == 0) != (name == "empty") {
			t.Errorf("%s: %d events", name, n)
		}
	}
}

func TestNmap(t *testing.T) {
	for name, doc := range documents(t) {
		b := write(t, exchange.Nmap, doc)
		if err := xml.Unmarshal(b, new(struct{})); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, b)
		}
		if format := record.Recognise(b[:min(len(b), 4096)]); format == nil || format.Name != "nmap XML" {
			t.Errorf("%s: is read as %v", name, format)
		}
		dtd := "/usr/share/nmap/nmap.dtd"
		lint, err := exec.LookPath("xmllint")
		if _, statErr := os.Stat(dtd); err != nil || statErr != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("xmllint and %s are needed: scripts/test-tools installs them", dtd)
			}
			t.Skip("xmllint or nmap's DTD is missing: not validated (Debian: libxml2-utils, nmap-common)")
		}
		file := filepath.Join(t.TempDir(), "out.xml")
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(lint, "--noout", "--dtdvalid", dtd, file).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%.2000s", name, err, out)
		}
	}
}
