package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// goBenchmarks are the parts measured by Go benchmarks. A pattern that matches
// nothing is left out of the page.
//
// A package that is measured on one and on two processors has two lines: with
// -cpu 1,2 the benchmarks inside a benchmark all run on two, whatever they are
// called (Go 1.26).
var goBenchmarks = []struct{ pkg, pattern, cpus string }{
	{"./internal/capture", ".", "1"},
	{"./internal/gunzip", ".", "1"},
	{"./internal/packet", ".", "1"},
	{"./internal/flow", "Add|Video|Interleaved|Streams|Pairs", "1"},
	{"./internal/pipeline", "Audit|LoadKnowledge", "2"},
	{"./internal/fingerprint", ".", "1"},
	{"./internal/identify", ".", "1"},
	{"./internal/maker", ".", "1"},
	{"./internal/geo", ".", "1"},
	{"./internal/geo", ".", "2"},
	{"./internal/egress", ".", "1"},
	{"./internal/record/...", ".", "1"},
	{"./internal/record/...", ".", "2"},
	{"./internal/device", ".", "1"},
	{"./internal/regime", ".", "2"},
}

// A result is one line of a benchmark.
type result struct {
	name    string
	metrics []metric
}

type metric struct{ value, unit string }

// parseBench reads the lines of `go test -bench`: a name, how often it ran, then
// pairs of value and unit, those of b.ReportMetric among them.
func parseBench(out []byte) []result {
	var all []result
	for sc := bufio.NewScanner(bytes.NewReader(out)); sc.Scan(); {
		words := strings.Fields(sc.Text())
		if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark") {
			continue
		}
		r := result{name: strings.TrimPrefix(words[0], "Benchmark")}
		for i := 2; i+1 < len(words); i += 2 {
			r.metrics = append(r.metrics, metric{words[i], words[i+1]})
		}
		all = append(all, r)
	}
	return all
}

func parts(s *settings, page io.Writer) error {
	titled := false
	for _, g := range goBenchmarks {
		if !s.wants("go/" + strings.TrimPrefix(g.pkg, "./internal/")) {
			continue
		}
		c := exec.Command("go", "test", "-run", "^$", "-bench", g.pattern, "-benchmem", "-benchtime", "300ms", "-cpu", g.cpus, g.pkg)
		var out bytes.Buffer
		c.Stdout, c.Stderr = &out, os.Stderr
		if err := c.Run(); err != nil {
			fmt.Fprintf(page, "\n`go test -bench` of %s failed: %s\n", g.pkg, err)
			continue
		}
		if !titled {
			fmt.Fprint(page, "\n## The parts\n\nGo benchmarks, `go test -bench . -benchmem`; the number behind a name is that of processors.\n\n| package | benchmark | figures |\n|---|---|---|\n")
			titled = true
		}
		for _, r := range parseBench(out.Bytes()) {
			var figures []string
			for _, m := range r.metrics {
				figures = append(figures, m.value+" "+m.unit)
			}
			fmt.Fprintf(page, "| %s | %s | %s |\n", strings.TrimPrefix(g.pkg, "./internal/"), r.name, strings.Join(figures, ", "))
		}
	}
	return nil
}

// head says where and when.
func head(_ *settings, page io.Writer) error {
	fmt.Fprintf(page, "# Benchmarks\n\nWritten by `make bench`. Whole processes, page cache warm, medians of interleaved pairs; a ratio below 1 means that Lenscap took less.\n\n")
	fmt.Fprintf(page, "- machine: %d processors of %s, %s of memory, Linux %s\n", runtime.NumCPU(), fromFile("/proc/cpuinfo", "model name"), fromFile("/proc/meminfo", "MemTotal"), output("uname", "-r"))
	fmt.Fprintf(page, "- date: %s; commit: %s; %s\n", time.Now().UTC().Format("2006-01-02 15:04 UTC"), output("git", "describe", "--always", "--dirty"), runtime.Version())
	fmt.Fprintf(page, "- load of the machine when this began (1, 5, 15 minutes): %s\n", strings.Join(strings.Fields(fromFile("/proc/loadavg", ""))[:3], ", "))
	fmt.Fprintf(page, "- peers: %s\n", strings.Join(versions(), ", "))
	return nil
}

// fromFile is the value of a line "key : value", or the whole file for no key.
func fromFile(name, key string) string {
	b, err := os.ReadFile(name)
	if err != nil {
		return "unknown unknown unknown"
	}
	if key == "" {
		return string(b)
	}
	for line := range strings.Lines(string(b)) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v)
		}
	}
	return "unknown"
}

// versions asks Debian which peers are installed.
func versions() []string {
	var all []string
	for _, p := range []string{"tcpdump", "nfdump", "softflowd", "argus-server", "libndpi-bin", "tshark", "gzip", "zstd"} {
		all = append(all, p+" "+output("dpkg-query", "-W", "-f", "${Version}", p))
	}
	return all
}
