package report

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/finding"
)

// split gives a document in runs of n devices, as if they were of one site.
func split(doc *Document, n int) Runs {
	return func(yield func(Run, error) bool) {
		for at := 0; at == 0 || at < len(doc.Devices); at += n {
			run := *doc
			run.Devices = doc.Devices[at:min(at+n, len(doc.Devices))]
			run.Findings, run.Conversations = nil, nil
			in := func(id string) bool {
				return slices.ContainsFunc(run.Devices, func(d Device) bool { return d.ID == id })
			}
			for _, f := range doc.Findings {
				if in(f.Device) {
					run.Findings = append(run.Findings, f)
				}
			}
			for _, c := range doc.Conversations {
				if in(c.Device) {
					run.Conversations = append(run.Conversations, c)
				}
			}
			if at > 0 {
				run.Inputs, run.Streams, run.Summary.FarEnds = nil, nil, 0
			}
			if !yield(Run{&run, at == 0}, nil) {
				return
			}
		}
	}
}

// TestRunsGiveTheSameBytes holds each writer of runs to that of the whole.
func TestRunsGiveTheSameBytes(t *testing.T) {
	closed := talking()
	closed.Estate.Closed, closed.Estate.ForbiddenCountries = true, []string{"CN"}
	for name, doc := range map[string]*Document{"sample": sample(), "talking": talking(), "asked": closed, "many": large(250), "empty": {}} {
		// In the order of devices, as the pipeline has them.
		place := map[string]int{}
		for i := range doc.Devices {
			place[doc.Devices[i].ID] = i
		}
		slices.SortStableFunc(doc.Findings, func(a, b finding.Finding) int { return place[a.Device] - place[b.Device] })
		slices.SortStableFunc(doc.Conversations, func(a, b egress.Conversation) int { return place[a.Device] - place[b.Device] })
		Summarise(doc)
		for _, f := range []struct {
			name  string
			whole func(io.Writer, *Document) error
			runs  func(io.Writer, Runs) error
		}{
			{"CSV", CSV, CSVRuns},
			{"JSON lines", JSONL, JSONLRuns},
			{"JSON", JSON, func(w io.Writer, r Runs) error {
				aside := NewAside(t.TempDir())
				aside.large = 1000 // so that it goes to the disk
				defer func() {
					if err := aside.Close(); err != nil {
						t.Error(err)
					}
				}()
				return JSONRuns(w, r, aside)
			}},
		} {
			want := written(t, f.whole, doc)
			for _, n := range []int{1, 3, 1000} {
				var got bytes.Buffer
				if err := f.runs(&got, split(doc, n)); err != nil {
					t.Fatal(err)
				}
				if got.String() != want {
					t.Errorf("%s of %s in runs of %d:\n%.3000s\nwhole:\n%.3000s", f.name, name, n, got.String(), want)
				}
			}
		}
	}
}
