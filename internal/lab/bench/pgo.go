package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/pprof"
	"time"

	"github.com/lenscap/lenscap/internal/pipeline"
	"github.com/lenscap/lenscap/internal/report"
)

// profile audits the captures of the bench and logs of other tools in this
// process, and writes where the time went to a file: the compiler makes what is
// in it faster (https://go.dev/doc/pgo). The inputs stand for what people have:
// one capture full of video, one of small packets, one of flows that all live at
// once, and logs.
func profile(s *settings, to string) error {
	logs, err := profileLogs(s.dir)
	if err != nil {
		return err
	}
	defer os.RemoveAll(filepath.Dir(logs[0])) //nolint:errcheck // a temporary folder
	var out bytes.Buffer
	if err := pprof.StartCPUProfile(&out); err != nil {
		return err
	}
	for _, name := range append([]string{s.capture("video"), s.capture("small"), s.capture("flows-100k")}, logs...) {
		if err := auditHere(name); err != nil {
			pprof.StopCPUProfile()
			return fmt.Errorf("audit %s: %w", name, err)
		}
	}
	pprof.StopCPUProfile()
	fmt.Printf("written: %s, %d kB\n", to, out.Len()>>10)
	return os.WriteFile(to, out.Bytes(), 0o644)
}

// auditHere does what `lenscap audit` does, in this process.
func auditHere(name string) error {
	doc, err := pipeline.Run(context.Background(), pipeline.Config{
		Inputs: []string{name}, AsAt: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), Version: "pgo", NoSteps: true,
		Load: func() (*pipeline.Knowledge, error) { return pipeline.LoadKnowledge("") },
	})
	if err != nil {
		return err
	}
	return errors.Join(report.Terminal(io.Discard, doc, report.TerminalOptions{}), report.JSON(io.Discard, doc))
}

// profileLogs writes the sample logs of package record again and again, 64 MB of
// each, into a new folder in dir.
func profileLogs(dir string) ([]string, error) {
	const size = 64 << 20
	to, err := os.MkdirTemp(dir, "logs-")
	if err != nil {
		return nil, err
	}
	var made []string
	for _, name := range []string{"eve.json", "zeek.json", "zeek.log"} {
		text, err := os.ReadFile(filepath.Join("internal", "record", "testdata", name))
		if err != nil {
			return nil, fmt.Errorf("run this in the root of the repository: %w", err)
		}
		made = append(made, filepath.Join(to, name))
		if err := os.WriteFile(made[len(made)-1], bytes.Repeat(text, size/len(text)), 0o600); err != nil {
			return nil, err
		}
	}
	return made, nil
}
