package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/report/exchange"
)

type docWriter func(io.Writer, *report.Document) error

// A format is one a report is written in, chosen by how the file's name ends.
type format struct {
	endings []string
	says    string
	write   docWriter
}

// formats are in the order of the reference; a longer ending comes before one
// that it ends with.
var formats = []format{
	{[]string{".html", ".htm"}, "the report to read, in one file", report.HTML},
	{[]string{".cdx.json", ".bom.json"}, "CycloneDX 1.6: devices, firmware, parts and the services they talk to", exchange.CycloneDX},
	{[]string{".sarif", ".sarif.json"}, "SARIF 2.1.0: findings", exchange.SARIF},
	{[]string{".ocsf.jsonl", ".ocsf.json"}, "OCSF 1.2.0: a Compliance Finding a line", exchange.OCSF},
	{[]string{".nmap.xml", ".xml"}, "the form of nmap -oX: devices, services, claims", exchange.Nmap},
	{[]string{".destinations.csv", ".mud.csv"}, "whom each device talks to, a line for each entry of an access list", report.Destinations},
	{[]string{".json"}, "the whole audit", report.JSON},
	{[]string{".jsonl", ".ndjson"}, "a device a line, with its findings and conversations", report.JSONL},
	{[]string{".csv"}, "a device a line", report.CSV},
	{[]string{".txt"}, "what the terminal shows, 120 columns wide", func(w io.Writer, doc *report.Document) error {
		return report.Terminal(w, doc, report.TerminalOptions{Width: 120})
	}},
}

// endings lists the first ending of each format.
func endings() string {
	var out []string
	for _, f := range formats {
		out = append(out, f.endings[0])
	}
	return strings.Join(out, ", ")
}

// formatFor chooses the format by the ending of the file's name.
func formatFor(name string) (docWriter, error) {
	lower := strings.ToLower(filepath.Base(name))
	for _, f := range formats {
		for _, ending := range f.endings {
			if strings.HasSuffix(lower, ending) {
				return f.write, nil
			}
		}
	}
	return nil, fmt.Errorf("-o %s: the ending chooses the format: %s", name, endings())
}

// formatHelp says what each ending gives.
func formatHelp() string {
	var b strings.Builder
	for _, f := range formats {
		fmt.Fprintf(&b, "  %-18s %s\n", f.endings[0], f.says)
	}
	return b.String()
}

// spareInputs refuses to write a report over a file that is to be read.
func spareInputs(outputs, inputs []string) error {
	for _, out := range outputs {
		there, err := os.Stat(out)
		if err != nil {
			continue // not there yet, or the write says why not
		}
		for _, in := range inputs {
			if info, err := os.Stat(in); err == nil && os.SameFile(there, info) {
				return fmt.Errorf("-o %s: the report would replace this input", out)
			}
		}
	}
	return nil
}

// writeFile writes beside the target and renames, so that a report is there
// whole or not at all.
func writeFile(name string, doc *report.Document, write docWriter) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	defer os.Remove(tmp.Name()) //nolint:errcheck // gone already when all went well
	w := bufio.NewWriterSize(tmp, 1<<16)
	if err = write(w, doc); err == nil {
		err = w.Flush() // after a fault it would say it again
	}
	err = errors.Join(err, tmp.Chmod(0o644), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
