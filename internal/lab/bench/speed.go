package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// A peer is a tool that reads a capture whole.
type peer struct {
	name  string
	tool  string // that must be installed
	limit map[string]float64
	most  int // pairs at most: the slow ones
	args  func(s *settings, file string) []string
}

var both = func(limit float64) map[string]float64 { return map[string]float64{"video": limit, "small": limit} }

var peers = []peer{
	{name: "cat F > /dev/null", tool: "cat", limit: map[string]float64{"video": 2.5}, args: func(_ *settings, f string) []string { return []string{"cat", f} }},
	{name: "tcpdump -r F -w /dev/null", tool: "tcpdump", limit: both(1), args: func(_ *settings, f string) []string { return []string{"tcpdump", "-r", f, "-w", "/dev/null"} }},
	{name: "nfpcapd -r F -w DIR", tool: "nfpcapd", limit: both(0.4), args: func(s *settings, f string) []string { return []string{"nfpcapd", "-r", f, "-w", s.scratch("nfpcapd")} }},
	{name: "softflowd -d -r F", tool: "softflowd", args: func(_ *settings, f string) []string {
		return []string{"softflowd", "-d", "-r", f, "-n", "127.0.0.1:29995", "-m", "1000000"}
	}},
	{name: "argus -X -r F -w OUT", tool: "argus", args: func(s *settings, f string) []string {
		return []string{"argus", "-X", "-r", f, "-w", filepath.Join(s.scratch("argus"), "out")}
	}},
	{name: "ndpiReader -q -i F", tool: "ndpiReader", limit: both(0.2), most: 3, args: func(_ *settings, f string) []string { return []string{"ndpiReader", "-q", "-i", f} }},
	{name: "tshark -n -q -z conv,ip -r F", tool: "tshark", limit: both(0.05), most: 1, args: func(_ *settings, f string) []string {
		return []string{"tshark", "-n", "-q", "-z", "conv,ip", "-r", f}
	}},
}

// scratch is an empty folder for what a peer writes.
func (s *settings) scratch(name string) string {
	dir := filepath.Join(s.dir, "scratch-"+name)
	_ = os.RemoveAll(dir)       // what cannot be removed shows when the peer writes
	_ = os.MkdirAll(dir, 0o755) // and so does what cannot be made
	return dir
}

// speed measures the audit against each peer on both captures.
func speed(s *settings, page io.Writer) error {
	for _, capture := range captures[:2] {
		rows := ""
		var ours compared
		for _, p := range peers {
			if !s.wants(capture.name + "/" + p.tool) {
				continue
			}
			if !installed(p.tool) {
				rows += fmt.Sprintf("| `%s` | not installed (scripts/bench-tools) | | | | | |\n", p.name)
				continue
			}
			pairs := s.pairs
			if p.most > 0 {
				pairs = min(pairs, p.most)
			}
			file := s.capture(capture.name)
			if _, err := measure(exec.Command("cat", file)); err != nil { // into the page cache
				return err
			}
			c, err := compare(pairs, func() *exec.Cmd { return s.audit(file) }, func() *exec.Cmd {
				args := p.args(s, file)
				return exec.Command(args[0], args[1:]...)
			})
			if err != nil {
				rows += fmt.Sprintf("| `%s` | failed: %s | | | | | |\n", p.name, err)
				continue
			}
			ours.us = append(ours.us, c.us...)
			limit, has := p.limit[capture.name]
			row := fmt.Sprintf("| `%s` | %.2f | %.2f | %.0f | **%.3f** | %.3f | %s | %d |\n", p.name, median(of(c.peer, wall)), median(of(c.peer, cpu)), median(of(c.peer, rss)),
				median(c.wall), median(c.cpu), verdict(median(c.wall), limit, has), pairs)
			rows += row
			fmt.Fprint(os.Stderr, capture.name, " ", row)
		}
		if rows == "" {
			continue
		}
		size := int64(0)
		if info, err := os.Stat(s.capture(capture.name)); err == nil {
			size = info.Size()
		}
		fmt.Fprintf(page, "\n## %s: %.2f GB, %d flows of workstations beside 400 cameras\n\n", capture.name, float64(size)/1e9, capture.load.Flows)
		fmt.Fprintf(page, "`lenscap audit F`, its report written to standard output: %.2f s wall (median of %d runs; best %.2f), %.2f s processor time, %.0f MB.\n\n",
			median(of(ours.us, wall)), len(ours.us), least(of(ours.us, wall)), median(of(ours.us, cpu)), median(of(ours.us, rss)))
		fmt.Fprintf(page, "| peer | wall s | processor s | MB | audit / peer, wall | audit / peer, processor | must | pairs |\n|---|---|---|---|---|---|---|---|\n%s", rows)
	}
	return nil
}

func least(v []float64) float64 {
	m := v[0]
	for _, x := range v {
		m = min(m, x)
	}
	return m
}

// verdict says whether a figure keeps its limit.
func verdict(v, limit float64, has bool) string {
	switch {
	case !has:
		return ""
	case v <= limit:
		return fmt.Sprintf("≤ %g: yes", limit)
	}
	return fmt.Sprintf("≤ %g: **no**", limit)
}
