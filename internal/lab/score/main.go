// Command score measures what an audit gets right: precision and recall per
// claim and grade on a folder of labelled captures.
//
// The folder holds labelled_set.jsonl, a line an item: {"task": "capture",
// "input": path, "expect": {"camera": bool, "vendor": …, "model": …, "firmware":
// …}}; a leading "share/" of the path is dropped. A labels.jsonl beside a
// capture labels single devices by address ("src"). It judges nothing itself:
// it compares what package pipeline says with what the labels say.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/pipeline"
	"github.com/lenscap/lenscap/internal/report"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: score FOLDER")
		os.Exit(2)
	}
	if err := score(os.Stdout, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "score:", err)
		os.Exit(1)
	}
}

// item is one line of labelled_set.jsonl.
type item struct {
	Task   string `json:"task"`
	Input  string `json:"input"`
	Expect struct {
		Camera   *bool   `json:"camera"`
		Brand    *string `json:"vendor"`
		Model    *string `json:"model"`
		Firmware *string `json:"firmware"`
	} `json:"expect"`
}

// deviceLabel is one line of a labels.jsonl.
type deviceLabel struct {
	Src      string `json:"src"`
	MAC      string `json:"mac"`
	Brand    string `json:"vendor_field"`
	Model    string `json:"model"`
	Firmware string `json:"firmware"`
	Camera   bool   `json:"camera"`
}

// tally counts one claim: by grade what was right and wrong, and what was missed.
type tally struct {
	right, wrong [4]int // by grade
	missed       int
}

// scorer adds up.
type scorer struct {
	w         io.Writer
	k         *pipeline.Knowledge
	claims    map[string]*tally
	order     []string
	falseKind int
	captures  int
	answers   int
	skipped   map[string]int
	slowest   time.Duration
	slowName  string
}

func score(w io.Writer, dir string) error {
	k, err := pipeline.LoadKnowledge("")
	if err != nil {
		return err
	}
	s := &scorer{w: w, k: k, claims: map[string]*tally{}, skipped: map[string]int{}}
	if err := s.set(dir); err != nil {
		return err
	}
	if err := s.deviceLabels(dir); err != nil {
		return err
	}
	s.negatives(filepath.Join(dir, "negatives"))
	s.print()
	if err := s.flowLogs(dir); err != nil {
		return err
	}
	shapes(w)
	return nil
}

func (s *scorer) of(claim string) *tally {
	if s.claims[claim] == nil {
		s.claims[claim] = &tally{}
		s.order = append(s.order, claim)
	}
	return s.claims[claim]
}

// audit runs the product on one input.
func (s *scorer) audit(name string) *report.Document {
	start := time.Now()
	doc, err := pipeline.Run(context.Background(), pipeline.Config{Inputs: []string{name}, Knowledge: s.k, AsAt: start, Version: "score"})
	if err != nil {
		fmt.Fprintf(s.w, "  %s: %v\n", name, err)
	}
	s.captures++
	if d := time.Since(start); d > s.slowest {
		s.slowest, s.slowName = d, name
	}
	return doc
}

// set scores the captures of labelled_set.jsonl.
func (s *scorer) set(dir string) error {
	return eachLine(filepath.Join(dir, "labelled_set.jsonl"), func(line []byte) error {
		var it item
		if err := json.Unmarshal(line, &it); err != nil {
			return err
		}
		if it.Task != "capture" {
			return s.answer(dir, &it)
		}
		if it.Expect.Camera == nil {
			s.skipped[it.Task]++
			return nil
		}
		doc := s.audit(filepath.Join(dir, strings.TrimPrefix(it.Input, "share/")))
		if doc == nil {
			return nil
		}
		s.capture(&it, doc)
		return nil
	})
}

func (s *scorer) capture(it *item, doc *report.Document) {
	var best *report.Device
	for i := range doc.Devices {
		d := &doc.Devices[i]
		if !report.IsVideo(d.Kind.Value) {
			continue
		}
		if !*it.Expect.Camera {
			s.of("kind").wrong[d.Kind.Grade]++
			s.falseKind++
			fmt.Fprintf(s.w, "  FALSE %s: %s is called a %s (%s)\n", it.Input, d.Name, d.Kind.Value, d.Kind.Grade)
			continue
		}
		if best == nil || d.Kind.Grade > best.Kind.Grade {
			best = d
		}
	}
	if !*it.Expect.Camera {
		return
	}
	if best == nil {
		s.of("kind").missed++
		fmt.Fprintf(s.w, "  MISSED %s\n", it.Input)
		return
	}
	s.of("kind").right[best.Kind.Grade]++
	if it.Expect.Brand != nil {
		s.company(it.Input, *it.Expect.Brand, best)
	}
	s.text(it.Input, "model", deref(it.Expect.Model), &best.Model)
	s.text(it.Input, "firmware", deref(it.Expect.Firmware), &best.Firmware)
}

func deref(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// company counts the label's name against maker and brand: the labels do not
// tell the two apart.
func (s *scorer) company(input, want string, d *report.Device) {
	s.companyAs("", input, want, d)
}

func (s *scorer) companyAs(group, input, want string, d *report.Device) {
	t := s.of(group + "maker or brand")
	for _, c := range []*attribution.Claim{&d.Maker, &d.Brand} {
		if s.same(c, want) {
			t.right[c.Grade]++
			return
		}
	}
	if d.Maker.Value == "" && d.Brand.Value == "" {
		t.missed++
		fmt.Fprintf(s.w, "  NO MAKER %s: want %s\n", input, want)
		return
	}
	t.wrong[max(d.Maker.Grade, d.Brand.Grade)]++
	fmt.Fprintf(s.w, "  WRONG %s: maker %q, brand %q; want %s\n", input, d.Maker.Value, d.Brand.Value, want)
}

func (s *scorer) same(c *attribution.Claim, want string) bool {
	if c.Value == "" {
		return false
	}
	if strings.EqualFold(c.Value, want) || strings.EqualFold(c.ID, want) {
		return true
	}
	for _, company := range s.k.Base.ByName(want) {
		if string(company.ID) == c.ID {
			return true
		}
	}
	return false
}

// text counts a claim whose label is text.
func (s *scorer) text(input, name, want string, c *attribution.Claim) {
	want = strings.TrimSpace(want)
	if want == "" {
		return
	}
	t := s.of(name)
	switch {
	case strings.EqualFold(c.Value, want):
		t.right[c.Grade]++
	case c.Value == "":
		t.missed++
		fmt.Fprintf(s.w, "  NO %s %s: want %s\n", strings.ToUpper(name), input, want)
	default:
		t.wrong[c.Grade]++
		fmt.Fprintf(s.w, "  WRONG %s: %s %q, want %q\n", input, name, c.Value, want)
	}
}

// deviceLabels scores captures that have a labels.jsonl beside them.
func (s *scorer) deviceLabels(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "captures", "*", "labels.jsonl"))
	if err != nil {
		return err
	}
	for _, file := range files {
		captures, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*.pcap*"))
		if err != nil || len(captures) != 1 {
			continue
		}
		doc := s.audit(captures[0])
		if doc == nil {
			continue
		}
		byAddress := map[string]*report.Device{}
		for i := range doc.Devices {
			for _, a := range doc.Devices[i].Addresses {
				byAddress[a.IP] = &doc.Devices[i]
			}
		}
		if err := s.labels(file, byAddress); err != nil {
			return err
		}
	}
	return nil
}

func (s *scorer) labels(file string, byAddress map[string]*report.Device) error {
	return eachLine(file, func(line []byte) error {
		var l deviceLabel
		if err := json.Unmarshal(line, &l); err != nil {
			return err
		}
		d := byAddress[l.Src]
		if d == nil || l.MAC != "" && !slices.Contains(d.MACs, l.MAC) || !report.IsVideo(d.Kind.Value) {
			s.of("device: kind").missed++
			fmt.Fprintf(s.w, "  MISSED %s in %s\n", l.Src, file)
			return nil
		}
		s.of("device: kind").right[d.Kind.Grade]++
		s.text(l.Src, "device: model", l.Model, &d.Model)
		s.text(l.Src, "device: firmware", l.Firmware, &d.Firmware)
		if l.Brand == "" || strings.EqualFold(l.Brand, "private") || strings.EqualFold(l.Brand, "general") {
			if strings.EqualFold(d.Brand.Value, l.Brand) && l.Brand != "" {
				s.of("device: brand").wrong[d.Brand.Grade]++
				fmt.Fprintf(s.w, "  WRONG %s: the placeholder %s became a brand\n", l.Src, l.Brand)
			}
			return nil
		}
		t := s.of("device: brand")
		switch {
		case s.same(&d.Brand, l.Brand):
			t.right[d.Brand.Grade]++
		case d.Brand.Value == "":
			t.missed++
		default:
			t.wrong[d.Brand.Grade]++
			fmt.Fprintf(s.w, "  WRONG %s: brand %q, want %q\n", l.Src, d.Brand.Value, l.Brand)
		}
		return nil
	})
}

// negatives counts cameras invented in captures that have none.
func (s *scorer) negatives(dir string) {
	_ = filepath.WalkDir(dir, func(name string, e os.DirEntry, err error) error { // a folder that is not there holds no capture
		if err != nil || e.IsDir() || !strings.Contains(e.Name(), ".pcap") {
			return nil //nolint:nilerr // see above
		}
		doc := s.audit(name)
		if doc == nil {
			return nil
		}
		for i := range doc.Devices {
			if d := &doc.Devices[i]; report.IsVideo(d.Kind.Value) {
				s.falseKind++
				s.of("kind").wrong[d.Kind.Grade]++
				fmt.Fprintf(s.w, "  FALSE %s: %s is called a %s (%s)\n", name, d.Name, d.Kind.Value, d.Kind.Grade)
			}
		}
		return nil
	})
}

func (s *scorer) print() {
	fmt.Fprintf(s.w, "\n%d captures, slowest %s (%s)\n", s.captures, s.slowest.Round(time.Millisecond), filepath.Base(s.slowName))
	fmt.Fprintf(s.w, "%d recorded answers\n", s.answers)
	fmt.Fprintf(s.w, "not cameras that were called one: %d\n\n", s.falseKind)
	fmt.Fprintf(s.w, "%-22s %9s %9s   %s\n", "claim", "precision", "recall", "right/wrong by grade: confirmed, probable, possible; missed")
	for _, name := range s.order {
		t := s.claims[name]
		right, wrong := sum(t.right), sum(t.wrong)
		fmt.Fprintf(s.w, "%-22s %9s %9s   %d/%d, %d/%d, %d/%d; %d\n", name, share(right, right+wrong), share(right, right+wrong+t.missed),
			t.right[3], t.wrong[3], t.right[2], t.wrong[2], t.right[1], t.wrong[1], t.missed)
	}
	for task, n := range s.skipped {
		fmt.Fprintf(s.w, "not scored here: %d items of task %s\n", n, task)
	}
}

func sum(n [4]int) int { return n[0] + n[1] + n[2] + n[3] }

func share(n, of int) string {
	if of == 0 {
		return "none"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(of))
}

// eachLine calls f for every line that is not empty.
func eachLine(name string, f func([]byte) error) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // read only
	in := bufio.NewScanner(file)
	in.Buffer(nil, 1<<20)
	for n := 1; in.Scan(); n++ {
		if len(strings.TrimSpace(in.Text())) == 0 {
			continue
		}
		if err := f(in.Bytes()); err != nil {
			return fmt.Errorf("%s:%d: %w", name, n, err)
		}
	}
	return in.Err()
}
