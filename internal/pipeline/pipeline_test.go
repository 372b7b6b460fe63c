package pipeline_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/pipeline"
	"github.com/lenscap/lenscap/internal/report"
)

// knowledge is loaded once: it is the same for every test.
var knowledge = sync.OnceValue(func() *pipeline.Knowledge {
	k, err := pipeline.LoadKnowledge("")
	if err != nil {
		panic(err)
	}
	return k
})

var asAt = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

// audit runs the whole path over bytes.
func audit(t testing.TB, b []byte) (*report.Document, error) {
	t.Helper()
	return pipeline.Run(context.Background(), pipeline.Config{Inputs: []string{"-"}, Stdin: bytes.NewReader(b), Knowledge: knowledge(), AsAt: asAt, Version: "test"})
}

// examples are the captures every user has.
func examples(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "examples", "*.pcap*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples found: %v", err)
	}
	return files
}

// TestCutAnywhereKeepsWhatCameBefore cuts every example at many places, each byte
// of the first packets among them: no panic, and never more or other packets than
// the whole file has before the cut.
func TestCutAnywhereKeepsWhatCameBefore(t *testing.T) {
	for _, name := range examples(t) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := audit(t, b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		step := max(1, len(b)/150)
		last := int64(-1)
		for cut := 0; cut < len(b); cut = min(cut+cutStep(cut, step), max(cut+1, len(b)-1)) {
			doc, err := audit(t, b[:cut])
			if err != nil && !errors.Is(err, pipeline.ErrNothingRead) {
				t.Fatalf("%s cut at %d: %v", name, cut, err)
			}
			got := doc.Inputs[0].Packets
			if got < last || got > whole.Inputs[0].Packets {
				t.Fatalf("%s cut at %d: %d packets after %d at a shorter cut; the whole has %d", name, cut, got, last, whole.Inputs[0].Packets)
			}
			last = got
		}
		if whole.Inputs[0].Packets-last > 1 {
			t.Errorf("%s: the longest cut kept %d packets of %d", name, last, whole.Inputs[0].Packets)
		}
	}
}

// cutStep goes byte by byte through the first packets, then in strides that fall
// on every part of a record.
func cutStep(at, step int) int {
	if at < 400 {
		return 1
	}
	return step
}

func TestSameInputsGiveSameBytes(t *testing.T) {
	files := examples(t)
	var want []byte
	for i := range 3 {
		doc, err := pipeline.Run(context.Background(), pipeline.Config{Inputs: files, Knowledge: knowledge(), AsAt: asAt, Version: "test"})
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := report.JSON(&got, doc); err != nil {
			t.Fatal(err)
		}
		if err := report.HTML(&got, doc); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			want = got.Bytes()
		} else if !bytes.Equal(got.Bytes(), want) {
			t.Fatalf("run %d differs from the first at byte %d", i+1, differ(got.Bytes(), want))
		}
	}
}

func differ(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// TestOrderOfInputsChangesNoDevice audits the examples in two orders.
func TestOrderOfInputsChangesNoDevice(t *testing.T) {
	files := examples(t)
	if len(files) < 2 {
		t.Fatal("one example only: the order cannot be turned")
	}
	turned := append([]string{}, files...)
	for i, j := 0, len(turned)-1; i < j; i, j = i+1, j-1 {
		turned[i], turned[j] = turned[j], turned[i]
	}
	ids := func(inputs []string) string {
		doc, err := pipeline.Run(context.Background(), pipeline.Config{Inputs: inputs, Knowledge: knowledge(), AsAt: asAt, Version: "test"})
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, d := range doc.Devices {
			out = append(out, strings.Join([]string{d.ID, d.Kind.Value, d.Maker.Value, d.Model.Value, d.Firmware.Value, strings.Join(d.MACs, " ")}, "|"))
		}
		return strings.Join(out, "\n")
	}
	if a, b := ids(files), ids(turned); a != b {
		t.Errorf("order of inputs changes the devices:\n%s\n\n%s", a, b)
	}
}

func TestNothingReadIsAnErrorThatSaysWhy(t *testing.T) {
	for name, in := range map[string]string{"empty": "", "json": `{"a": 1}`, "text": "hello, this is no capture at all"} {
		doc, err := audit(t, []byte(in))
		if !errors.Is(err, pipeline.ErrNothingRead) {
			t.Errorf("%s: error %v, want ErrNothingRead", name, err)
			continue
		}
		if doc == nil || doc.Inputs[0].Error == "" {
			t.Errorf("%s: the document does not say why", name)
		}
	}
}

func TestCancelEndsReading(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := pipeline.Run(ctx, pipeline.Config{Inputs: examples(t), Knowledge: knowledge(), AsAt: asAt})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

// TestNegatives audits captures that have no camera in them, where they are present.
func TestNegatives(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "data", "negatives")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the captures without cameras are not on this machine: ", dir)
	}
	n := 0
	err := filepath.WalkDir(dir, func(name string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.Contains(name, ".pcap") {
			return err
		}
		n++
		doc, err := pipeline.Run(context.Background(), pipeline.Config{Inputs: []string{name}, Knowledge: knowledge(), AsAt: asAt})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return nil
		}
		for _, d := range doc.Devices {
			if report.IsVideo(d.Kind.Value) {
				t.Errorf("%s: %s is called a %s (%s)", filepath.Base(name), d.Name, d.Kind.Value, d.Kind.Grade)
			}
		}
		return nil
	})
	if err != nil || n == 0 {
		t.Errorf("walked %d captures: %v", n, err)
	}
}

// FuzzRun feeds any bytes through the whole path, up to a report.
func FuzzRun(f *testing.F) {
	for _, name := range examples(f) {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[:min(len(b), 6000)])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		doc, err := audit(t, b)
		if err != nil && !errors.Is(err, pipeline.ErrNothingRead) {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := report.JSON(&out, doc); err != nil {
			t.Fatal(err)
		}
	})
}
