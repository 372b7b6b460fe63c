// Command bench measures the whole of `lenscap audit` beside the tools people
// use now, and writes docs/benchmarks.md.
//
// It makes its captures with the lab, runs whole processes in interleaved pairs
// (Lenscap, peer, peer, Lenscap …) with the page cache warm, and reports medians
// of the ratios of each pair: single figures drift with what else the machine
// does, ratios much less. It runs the Go benchmarks of the parts as well. It
// measures and compares; it holds nothing back and scales nothing.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
)

type settings struct {
	dir     string // captures, the binary, what peers write
	out     string
	pairs   int
	only    *regexp.Regexp
	lenscap string
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	s := settings{}
	only := flag.String("only", "", "run what matches this `pattern`, print it, and write no page (for example video/tcpdump, memory, go/)")
	flag.StringVar(&s.dir, "dir", "out/bench", "`folder` for captures and what the tools write")
	flag.StringVar(&s.out, "o", "docs/benchmarks.md", "`page` to write")
	flag.IntVar(&s.pairs, "pairs", 5, "pairs of runs for each ratio")
	makeOnly := flag.Bool("make", false, "make the captures and stop")
	pgo := flag.String("pgo", "", "write the profile that releases are built with to this `file` and stop")
	hub := flag.Bool("hub", false, "measure the hub and nothing else, and write that part of the page")
	sizes := flag.String("sizes", "10k,100k", "`devices` of the estates that -hub fills, separated by commas")
	child := flag.String("hub-child", "", "measure the estate in this `folder`: what -hub starts")
	serve := flag.String("hub-serve", "", "serve the estate in this `folder`: what -hub starts")
	flag.Parse()
	var err error
	if s.only, err = regexp.Compile(*only); err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	switch {
	case *child != "":
		return hubChild(*child, s.only)
	case *serve != "":
		return hubServe(*serve)
	}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return err
	}
	if *hub {
		return hubBench(&s, *sizes)
	}
	if err := makeCaptures(&s); err != nil || *makeOnly {
		return err
	}
	if *pgo != "" {
		return profile(&s, *pgo)
	}
	s.lenscap = filepath.Join(s.dir, "lenscap")
	if err := buildLenscap(s.lenscap); err != nil {
		return err
	}
	var page bytes.Buffer
	for _, section := range []func(*settings, io.Writer) error{head, speed, memory, packed, reports, parts} {
		if err := section(&s, &page); err != nil {
			return err
		}
		if *only == "" { // what is measured is kept, whatever happens next
			if err := os.WriteFile(s.out, withHub(s.out, page.Bytes()), 0o644); err != nil {
				return err
			}
		}
	}
	if *only != "" {
		_, _ = os.Stdout.Write(page.Bytes()) // to a terminal
		return nil
	}
	fmt.Println("written:", s.out)
	return nil
}

// buildLenscap builds the program as a release is built, and copies it as an
// installation does: of a file as the linker left it the kernel holds pages that
// are counted to the process a second time, 6 MB.
func buildLenscap(to string) error {
	built := to + ".built"
	build := exec.Command("go", "build", "-trimpath", "-pgo", "cmd/lenscap/release.pgo", "-ldflags", "-s -w", "-o", built, "./cmd/lenscap")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build lenscap: %w: %s", err, out)
	}
	// By another process: a child is charged with the memory that we had when it began.
	if out, err := exec.Command("cp", built, to).CombinedOutput(); err != nil {
		return fmt.Errorf("copy what was built: %w: %s", err, out)
	}
	return os.Remove(built)
}

// audit is the command that is measured: everything, the report written to
// standard output, and others to files if more is given.
func (s *settings) audit(file string, more ...string) *exec.Cmd {
	return exec.Command(s.lenscap, append([]string{"audit", "-q", "--fail-on", "never", "--as-at", "2026-11-22", file}, more...)...)
}

// wants reports whether -only lets a measurement run.
func (s *settings) wants(name string) bool { return s.only.MatchString(name) }

// installed reports whether a peer is there.
func installed(tool string) bool {
	_, err := exec.LookPath(tool)
	return err == nil
}

// output runs a command for what it prints.
func output(name string, args ...string) string {
	out, err := exec.CommandContext(context.Background(), name, args...).Output()
	if err != nil {
		return "unknown"
	}
	return string(bytes.TrimSpace(out))
}
