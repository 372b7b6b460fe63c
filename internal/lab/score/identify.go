package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/identify"
	"github.com/lenscap/lenscap/internal/report"
)

// answer scores one recorded answer: what package identify says of it, by the
// name of its task, against the label. The path may name a line of a file of
// JSON lines ("file#L9"); the answer is then what the line has under the task.
func (s *scorer) answer(dir string, it *item) error {
	if !identify.Known(it.Task) {
		s.skipped[it.Task]++
		return nil
	}
	b, err := recordedAnswer(filepath.Join(dir, strings.TrimPrefix(it.Input, "share/")), it.Task)
	if err != nil {
		return err
	}
	r, err := identify.One(identify.Config{Resolver: s.k.Attribution}, it.Task, it.Input, bytes.NewReader(b))
	if err != nil {
		return err
	}
	s.answers++
	a := &r.Attribution
	d := &report.Device{Attribution: *a}
	if it.Expect.Camera != nil {
		s.answerKind(it, d)
	}
	if want := deref(it.Expect.Brand); want != "" && (it.Expect.Camera == nil || !*it.Expect.Camera) && !s.knownCompany(want) {
		s.abstain(it, d)
	} else if want != "" {
		s.companyAs("answer: ", it.Input, s.labelCompany(want), d)
	}
	model := a.Model
	if short, _, more := strings.Cut(model.Value, "/"); more && strings.EqualFold(short, deref(it.Expect.Model)) {
		model.Value = short // the labels leave out what the device adds of its options: "DS-7616NI-Q2/16P"
	}
	s.text(it.Input, "answer: model", deref(it.Expect.Model), &model)
	s.text(it.Input, "answer: firmware", deref(it.Expect.Firmware), &a.Firmware)
	return nil
}

// answerKind counts whether it is video equipment; the labels do not all tell
// cameras from recorders.
func (s *scorer) answerKind(it *item, d *report.Device) {
	t := s.of("answer: video")
	is := report.IsVideo(d.Kind.Value)
	switch {
	case is == *it.Expect.Camera && is:
		t.right[d.Kind.Grade]++
	case is:
		t.wrong[d.Kind.Grade]++
		fmt.Fprintf(s.w, "  FALSE %s: is called a %s (%s)\n", it.Input, d.Kind.Value, d.Kind.Grade)
	case *it.Expect.Camera:
		t.missed++
		fmt.Fprintf(s.w, "  MISSED %s: kind %s\n", it.Input, d.Kind.Value)
	}
}

// abstain counts a maker that was named where the label says that there is none
// to name.
func (s *scorer) abstain(it *item, d *report.Device) {
	if d.Maker.Value != "" || d.Brand.Value != "" {
		s.of("answer: maker or brand").wrong[max(d.Maker.Grade, d.Brand.Grade)]++
		fmt.Fprintf(s.w, "  WRONG %s: maker %q, brand %q; want none (%s)\n", it.Input, d.Maker.Value, d.Brand.Value, deref(it.Expect.Brand))
	}
}

// labelCompany is the company in a label's words: "XiongMai H264DVR", "Reolink
// (BC Streaming Media)".
func (s *scorer) labelCompany(want string) string {
	name, _, _ := strings.Cut(want, " (")
	for name != "" && len(s.k.Base.ByName(name)) == 0 {
		i := strings.LastIndexByte(name, ' ')
		if i < 0 {
			return want
		}
		name = name[:i]
	}
	return name
}

func (s *scorer) knownCompany(want string) bool {
	return len(s.k.Base.ByName(s.labelCompany(want))) > 0
}

func recordedAnswer(name, key string) ([]byte, error) {
	name, line, ok := strings.Cut(name, "#L")
	b, err := os.ReadFile(name)
	if err != nil || !ok {
		return b, err
	}
	n, err := strconv.Atoi(line)
	lines := bytes.Split(b, []byte("\n"))
	if err != nil || n < 1 || n > len(lines) {
		return nil, fmt.Errorf("%s has no line %s", name, line)
	}
	var fields map[string]any
	if err := json.Unmarshal(lines[n-1], &fields); err != nil {
		return nil, fmt.Errorf("%s line %d: %w", name, n, err)
	}
	text, _ := fields[key].(string)
	return []byte(text), nil
}
