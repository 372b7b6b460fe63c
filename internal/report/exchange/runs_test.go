package exchange_test

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/report/exchange"
)

// runsOf gives documents in runs of n devices, each document as a site.
func runsOf(n int, docs ...*report.Document) report.Runs {
	return func(yield func(report.Run, error) bool) {
		for _, doc := range docs {
			for at := 0; at == 0 || at < len(doc.Devices); at += n {
				run := *doc
				run.Devices = doc.Devices[at:min(at+n, len(doc.Devices))]
				here := func(id string) bool {
					in := func(list []report.Device) bool {
						return slices.ContainsFunc(list, func(d report.Device) bool { return d.ID == id })
					}
					return in(run.Devices) || at+n >= len(doc.Devices) && !in(doc.Devices)
				}
				run.Findings = slices.DeleteFunc(slices.Clone(doc.Findings), func(f finding.Finding) bool { return !here(f.Device) })
				run.Conversations = slices.DeleteFunc(slices.Clone(doc.Conversations), func(c egress.Conversation) bool { return !here(c.Device) })
				if at > 0 {
					run.Inputs, run.Streams = nil, nil
				}
				if !yield(report.Run{Document: &run, First: at == 0}, nil) {
					return
				}
			}
		}
	}
}

func kept(t *testing.T, w io.Writer, runs report.Runs) error {
	t.Helper()
	aside := report.NewAside(t.TempDir())
	defer func() {
		if err := aside.Close(); err != nil {
			t.Error(err)
		}
	}()
	return exchange.CycloneDXRuns(w, runs, aside)
}

// TestRunsGiveTheSameBytes holds what is written in runs to what is written of the
// whole, and that to what the formats' own encoders make of it.
func TestRunsGiveTheSameBytes(t *testing.T) {
	for name, doc := range documents(t) {
		sorted := *doc
		place := map[string]int{"gone": len(doc.Devices)}
		for i := range doc.Devices {
			place[doc.Devices[i].ID] = i
		}
		sorted.Findings, sorted.Conversations = slices.Clone(doc.Findings), slices.Clone(doc.Conversations)
		slices.SortStableFunc(sorted.Findings, func(a, b finding.Finding) int { return place[a.Device] - place[b.Device] })
		slices.SortStableFunc(sorted.Conversations, func(a, b egress.Conversation) int { return place[a.Device] - place[b.Device] })
		for _, f := range []struct {
			name  string
			whole func(io.Writer, *report.Document) error
			runs  func(io.Writer, report.Runs) error
		}{
			{"CycloneDX", exchange.CycloneDX, func(w io.Writer, runs report.Runs) error { return kept(t, w, runs) }},
			{"SARIF", exchange.SARIF, exchange.SARIFRuns},
			{"OCSF", exchange.OCSF, exchange.OCSFRuns},
		} {
			want := write(t, f.whole, &sorted)
			for _, n := range []int{1, 3, 1000} {
				var got bytes.Buffer
				if err := f.runs(&got, runsOf(n, &sorted)); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got.Bytes(), want) {
					t.Errorf("%s of %s in runs of %d:\n%.3000s\nwhole:\n%.3000s", f.name, name, n, got.Bytes(), want)
				}
			}
		}
		b := write(t, exchange.CycloneDX, doc)
		var bom cdx.BOM
		if err := cdx.NewBOMDecoder(bytes.NewReader(b), cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
			t.Fatal(err)
		}
		var again bytes.Buffer
		if err := cdx.NewBOMEncoder(&again, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false).EncodeVersion(&bom, cdx.SpecVersion1_6); err != nil {
			t.Fatal(err)
		}
		if name != "hostile" && !bytes.Equal(again.Bytes(), b) { // which does not read back as it was
			t.Errorf("%s: the library writes\n%.3000s\nand we\n%.3000s", name, again.Bytes(), b)
		}
		b = write(t, exchange.SARIF, doc)
		again.Reset()
		if err := json.Indent(&again, b, "", "  "); err != nil || !bytes.Equal(again.Bytes(), b) {
			t.Errorf("%s: SARIF is not indented as encoding/json does: %v", name, err)
		}
	}
}

// TestSitesTogether writes two sites to one file.
func TestSitesTogether(t *testing.T) {
	doc, err := audited()
	if err != nil {
		t.Fatal(err)
	}
	other := *doc
	other.Inputs = []report.Input{{Name: "other.pcap"}}
	other.Devices = slices.Clone(doc.Devices)
	other.Findings = slices.Clone(doc.Findings)
	other.Conversations = slices.Clone(doc.Conversations)
	for i := range other.Devices {
		other.Devices[i].ID = "site2." + other.Devices[i].ID
	}
	for i := range other.Findings {
		other.Findings[i].Device = "site2." + other.Findings[i].Device
	}
	for i := range other.Conversations {
		other.Conversations[i].Device = "site2." + other.Conversations[i].Device
	}
	valid := func(s *jsonschema.Schema, b []byte) {
		t.Helper()
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err == nil {
			err = s.Validate(v)
		}
		if err != nil {
			t.Error(err)
		}
	}
	var b bytes.Buffer
	if err := exchange.SARIFRuns(&b, runsOf(7, doc, &other)); err != nil {
		t.Fatal(err)
	}
	valid(sarifSchema(t), b.Bytes())
	log, err := sarif.FromBytes(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if len(log.Runs) != 2 || len(log.Runs[0].Results) != len(log.Runs[1].Results) || len(log.Runs[1].Results) == 0 || len(log.Runs[1].Artifacts) != 1 {
		t.Errorf("%d runs of SARIF, want one a site", len(log.Runs))
	}
	b.Reset()
	if err := kept(t, &b, runsOf(7, doc, &other)); err != nil {
		t.Fatal(err)
	}
	valid(cycloneSchema(t), b.Bytes())
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(&b, cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		t.Fatal(err)
	}
	one := write(t, exchange.CycloneDX, doc)
	var alone cdx.BOM
	if err := cdx.NewBOMDecoder(bytes.NewReader(one), cdx.BOMFileFormatJSON).Decode(&alone); err != nil {
		t.Fatal(err)
	}
	if len(*bom.Components) != 2*len(doc.Devices) || len(*bom.Services) != len(*alone.Services) || len(*bom.Dependencies) != 2*len(doc.Devices)+1 {
		t.Errorf("%d components, %d services, %d dependencies of two sites of %d devices that use the same %d services", len(*bom.Components), len(*bom.Services), len(*bom.Dependencies), len(doc.Devices), len(*alone.Services))
	}
}
