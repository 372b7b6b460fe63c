package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// memory measures peak resident memory: at many live flows, and as the file
// grows with the flows the same.
func memory(s *settings, page io.Writer) error {
	if !s.wants("memory") {
		return nil
	}
	fmt.Fprint(page, "\n## Memory\n\nPeak resident memory of the whole audit; flows that all live at once, and the same flows in a file made larger by video.\n\n| capture | file GB | MB | must |\n|---|---|---|---|\n")
	limits := map[string]float64{"flows-100k": 100, "flows-100k-larger": 100, "flows-1m": 400}
	for _, c := range captures[2:] {
		info, err := os.Stat(s.capture(c.name))
		if err != nil {
			return err
		}
		var peak []float64
		for range (s.pairs + 2) / 3 {
			used, err := measure(s.audit(s.capture(c.name)))
			if err != nil {
				return err
			}
			peak = append(peak, used.rss)
		}
		fmt.Fprintf(page, "| %s (%d flows) | %.2f | %.0f | %s |\n", c.name, c.load.Flows, float64(info.Size())/1e9, median(peak), verdict(median(peak), limits[c.name], true))
	}
	return nil
}

// packed measures compressed captures against the decompressor alone.
func packed(s *settings, page io.Writer) error {
	if !s.wants("packed") {
		return nil
	}
	fmt.Fprint(page, "\n## Compressed captures\n\nThe capture with 100,000 flows, compressed; beside it the decompressor alone, output thrown away.\n\n| | wall s | processor s | audit / decompressor, wall |\n|---|---|---|---|\n")
	for _, z := range []struct{ tool, ending string }{{"gzip", ".gz"}, {"zstd", ".zst"}} {
		if !installed(z.tool) {
			fmt.Fprintf(page, "| %s | not installed | | |\n", z.tool)
			continue
		}
		file := s.capture("flows-100k") + z.ending
		if _, err := os.Stat(file); err != nil {
			if out, err := exec.Command(z.tool, "-k", "-q", "-3", s.capture("flows-100k")).CombinedOutput(); err != nil {
				return fmt.Errorf("%s: %w: %s", z.tool, err, out)
			}
		}
		c, err := compare(s.pairs, func() *exec.Cmd { return s.audit(file) }, func() *exec.Cmd { return exec.Command(z.tool, "-dc", file) })
		if err != nil {
			return err
		}
		fmt.Fprintf(page, "| `%s -dc` | %.2f | %.2f | **%.2f** |\n", z.tool, median(of(c.peer, wall)), median(of(c.peer, cpu)), median(c.wall))
	}
	return nil
}

// reports measures what each further form of report adds.
func reports(s *settings, page io.Writer) error {
	if !s.wants("reports") {
		return nil
	}
	fmt.Fprint(page, "\n## Other forms of report\n\n`lenscap audit -o FILE` on the video-heavy capture, one process writes the table and the file.\n\n| file | MB written | wall s | processor s | MB |\n|---|---|---|---|---|\n")
	for _, ending := range []string{"", "html", "json", "jsonl", "csv"} {
		var more []string
		name := filepath.Join(s.scratch("reports"), "report."+ending)
		if ending != "" {
			more = []string{"-o", name}
		}
		var took []cost
		for range (s.pairs + 2) / 3 {
			c, err := measure(s.audit(s.capture("video"), more...))
			if err != nil {
				return err
			}
			took = append(took, c)
		}
		size := int64(0)
		if info, err := os.Stat(name); err == nil {
			size = info.Size()
		}
		fmt.Fprintf(page, "| %s | %.0f | %.2f | %.2f | %.0f |\n", cmp.Or(ending, "none"), float64(size)/1e6, median(of(took, wall)), median(of(took, cpu)), median(of(took, rss)))
	}
	return nil
}
