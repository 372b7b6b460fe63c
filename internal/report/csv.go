package report

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/finding"
)

// CSV writes one device a line under a header line, in the order of the
// document. Every cell is quoted, lists have " | " between their items, and
// lines end in a line feed.
//
// What a device says may start with a character that makes a spreadsheet
// compute it. A cell that starts with = + - @ (or their full-width forms), a
// tab or a line break gets an apostrophe before it; control characters and
// marks that turn the direction of text are written as ⟨U+202E⟩.
// See docs/reference/report.md.
func CSV(w io.Writer, doc *Document) error { return CSVRuns(w, Whole(doc)) }

// CSVRuns is [CSV] of a document in runs. It holds one of them.
func CSVRuns(w io.Writer, runs Runs) error {
	b := bufio.NewWriter(w)
	for i, c := range csvColumns {
		writeCell(b, i, c.name)
	}
	b.WriteByte('\n')
	for run, err := range runs {
		if err != nil {
			return err
		}
		doc := run.Document
		x, talks := newIndex(doc), newTalk(doc)
		for n := range doc.Devices {
			row := csvRow{doc: doc, d: &doc.Devices[n], findings: x.findings[doc.Devices[n].ID], talks: talks.shareOf(doc.Devices[n].ID)}
			for i, c := range csvColumns {
				writeCell(b, i, c.cell(row))
			}
			if err := b.WriteByte('\n'); err != nil { // whoever reads it has gone: no more is worked out
				return fmt.Errorf("write CSV: %w", err)
			}
		}
	}
	return flush(b, "CSV")
}

type csvRow struct {
	doc      *Document
	d        *Device
	findings []*finding.Finding // gravest first
	talks    *share
}

type csvColumn struct {
	name string
	cell func(csvRow) string
}

var csvColumns = csvLayout()

func csvLayout() []csvColumn {
	cols := []csvColumn{
		{"id", func(r csvRow) string { return r.d.ID }},
		{"name", func(r csvRow) string { return r.d.Name }},
	}
	claims := []struct {
		name string
		get  func(*Device) attribution.Claim
	}{
		{"kind", func(d *Device) attribution.Claim { return d.Kind }},
		{"brand", func(d *Device) attribution.Claim { return d.Brand }},
		{"maker", func(d *Device) attribution.Claim { return d.Maker }},
		{"platform", func(d *Device) attribution.Claim { return d.Platform }},
		{"model", func(d *Device) attribution.Claim { return d.Model }},
		{"firmware", func(d *Device) attribution.Claim { return d.Firmware }},
		{"chip", func(d *Device) attribution.Claim { return d.Chip }},
		{"chip_maker", func(d *Device) attribution.Claim { return d.ChipMaker }},
		{"network_part", func(d *Device) attribution.Claim { return d.NetworkPart }},
	}
	for _, c := range claims {
		cols = append(cols,
			csvColumn{c.name, func(r csvRow) string { return c.get(r.d).Value }},
			csvColumn{c.name + "_id", func(r csvRow) string { return c.get(r.d).ID }},
			csvColumn{c.name + "_grade", func(r csvRow) string { return c.get(r.d).Grade.String() }})
	}
	lists := []struct {
		name string
		get  func(*Device) []string
	}{
		{"macs", func(d *Device) []string { return d.MACs }},
		{"addresses", addressesOf},
		{"serials", func(d *Device) []string { return d.Serials }},
		{"uuids", func(d *Device) []string { return d.UUIDs }},
		{"hostnames", func(d *Device) []string { return d.Hostnames }},
		{"certificates", func(d *Device) []string { return d.Certs }},
		{"inputs", func(d *Device) []string { return d.Inputs }},
		{"protocols", func(d *Device) []string { return d.Protocols }},
	}
	for _, l := range lists {
		cols = append(cols, csvColumn{l.name, func(r csvRow) string { return strings.Join(l.get(r.d), " | ") }})
	}
	cols = append(cols, []csvColumn{
		{"first_seen", func(r csvRow) string { return r.d.FirstSeen }},
		{"last_seen", func(r csvRow) string { return r.d.LastSeen }},
		{"behind", func(r csvRow) string { return r.d.Behind }},
		{"channel", func(r csvRow) string { return r.d.Channel }},
		{"why", func(r csvRow) string { return strings.Join(whyOf(&r.d.Maker), " | ") }},
		{"conflicts", func(r csvRow) string { return strconv.Itoa(conflictsOf(r.d)) }},
		{"worst_verdict", func(r csvRow) string { return worstCell(r.findings, false) }},
		{"worst_would_be", func(r csvRow) string { return worstCell(r.findings, true) }},
	}...)
	for _, v := range verdicts {
		cols = append(cols, csvColumn{strings.ReplaceAll(string(v), "-", "_"), func(r csvRow) string { return regimesWith(r.findings, v) }})
	}
	return append(cols,
		csvColumn{"as_at", func(r csvRow) string { return r.doc.AsAt }},
		csvColumn{"knowledge_base", func(r csvRow) string { return r.doc.KnowledgeBase.Name }},
		csvColumn{"knowledge_base_digest", func(r csvRow) string { return r.doc.KnowledgeBase.Digest }},
		csvColumn{"reaches_outside", func(r csvRow) string { return yesNo(len(r.talks.servers) > 0) }},
		csvColumn{"bytes_up_outside", func(r csvRow) string { return strconv.FormatUint(r.talks.up, 10) }},
		csvColumn{"countries", func(r csvRow) string { return strings.Join(known(most(r.talks.countries)), " | ") }},
		csvColumn{"controllers", func(r csvRow) string { return strings.Join(known(most(r.talks.controllers)), " | ") }},
		csvColumn{"video_leaving", func(r csvRow) string { return r.talks.leaving() }})
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func worstCell(list []*finding.Finding, would bool) string {
	switch {
	case len(list) == 0:
		return ""
	case would:
		return string(outcomeOf(list[0]).would)
	}
	return string(list[0].Verdict)
}

// regimesWith lists the ids of the regimes that came to a verdict, each once.
func regimesWith(list []*finding.Finding, v finding.Verdict) string {
	var ids []string
	seen := make(map[string]bool)
	for _, f := range list {
		if f.Verdict == v && !seen[f.Regime] {
			seen[f.Regime] = true
			ids = append(ids, f.Regime)
		}
	}
	return strings.Join(ids, " | ")
}

// writeCell writes one quoted cell, with a comma before it unless it is the
// first. Errors stay in b until it is flushed.
func writeCell(b *bufio.Writer, column int, s string) {
	if column > 0 {
		b.WriteByte(',')
	}
	b.WriteByte('"')
	b.WriteString(strings.ReplaceAll(inert(s), `"`, `""`))
	b.WriteByte('"')
}

// inert makes a cell that no spreadsheet computes.
func inert(s string) string {
	if strings.IndexAny(s, "=+-@\t\r\n＝＋－＠") == 0 {
		s = "'" + s
	}
	return visible(s)
}
