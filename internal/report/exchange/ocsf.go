package exchange

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/report"
)

// OCSF writes one Compliance Finding (class 2003) of version 1.2.0 a line for
// each finding that is not "not-covered". What cannot be told has status
// "Unknown", never "Pass". The time of an event is the day it is judged as at.
//
// Form: https://schema.ocsf.io/1.2.0/classes/compliance_finding
func OCSF(w io.Writer, doc *report.Document) error { return OCSFRuns(w, report.Whole(doc)) }

// OCSFRuns is [OCSF] of a document in runs. It holds one of them.
func OCSFRuns(w io.Writer, runs report.Runs) error {
	b := bufio.NewWriter(w)
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	for run, err := range runs {
		if err != nil {
			return err
		}
		day, err := time.Parse(time.DateOnly, run.AsAt)
		if err != nil {
			return fmt.Errorf("write OCSF: day %q: %w", run.AsAt, err)
		}
		devices := devicesOf(run.Document)
		for i := range run.Findings {
			f := &run.Findings[i]
			if f.Verdict == finding.NotCovered {
				continue
			}
			if err := enc.Encode(eventOf(f, devices[f.Device], run.Document, day.UnixMilli())); err != nil {
				return fmt.Errorf("write OCSF: %w", err)
			}
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write OCSF: %w", err)
	}
	return nil
}

func devicesOf(doc *report.Document) map[string]*report.Device {
	out := make(map[string]*report.Device, len(doc.Devices))
	for i := range doc.Devices {
		out[doc.Devices[i].ID] = &doc.Devices[i]
	}
	return out
}

type (
	ocsfEvent struct {
		ActivityID  int            `json:"activity_id"`
		Activity    string         `json:"activity_name"`
		CategoryID  int            `json:"category_uid"`
		Category    string         `json:"category_name"`
		ClassID     int            `json:"class_uid"`
		Class       string         `json:"class_name"`
		TypeID      int            `json:"type_uid"`
		Type        string         `json:"type_name"`
		SeverityID  int            `json:"severity_id"`
		Severity    string         `json:"severity"`
		StatusID    int            `json:"status_id"`
		Status      string         `json:"status"`
		Detail      string         `json:"status_detail,omitempty"`
		Time        int64          `json:"time"`
		Message     string         `json:"message"`
		Metadata    ocsfMetadata   `json:"metadata"`
		Compliance  ocsfCompliance `json:"compliance"`
		Finding     ocsfFinding    `json:"finding_info"`
		Resource    *ocsfResource  `json:"resource,omitempty"`
		Remediation *ocsfRemedy    `json:"remediation,omitempty"`
		Observables []ocsfObserve  `json:"observables,omitempty"`
	}
	ocsfMetadata struct {
		Version string      `json:"version"`
		Product ocsfProduct `json:"product"`
		UID     string      `json:"uid"`
	}
	ocsfProduct struct {
		Name    string `json:"name"`
		Maker   string `json:"vendor_name"`
		Version string `json:"version,omitempty"`
	}
	ocsfCompliance struct {
		Control      string   `json:"control"`
		Requirements []string `json:"requirements"`
		Standards    []string `json:"standards"`
		StatusID     int      `json:"status_id"`
		Status       string   `json:"status"`
		Detail       string   `json:"status_detail,omitempty"`
	}
	ocsfFinding struct {
		UID     string   `json:"uid"`
		Title   string   `json:"title"`
		Desc    string   `json:"desc"`
		Types   []string `json:"types"`
		Source  string   `json:"src_url,omitempty"`
		Sources []string `json:"data_sources,omitempty"`
		First   int64    `json:"first_seen_time,omitempty"`
		Last    int64    `json:"last_seen_time,omitempty"`
	}
	ocsfResource struct {
		UID     string   `json:"uid"`
		Name    string   `json:"name"`
		Type    string   `json:"type"`
		Version string   `json:"version,omitempty"`
		Labels  []string `json:"labels,omitempty"`
	}
	ocsfRemedy struct {
		Desc       string   `json:"desc"`
		References []string `json:"references,omitempty"`
	}
	ocsfObserve struct {
		Name   string `json:"name"`
		TypeID int    `json:"type_id"`
		Type   string `json:"type"`
		Value  string `json:"value"`
	}
)

// severities by [finding.Severity]: of OCSF's scale, what needs a person first.
var severities = [...]struct {
	id   int
	name string
}{{1, "Informational"}, {1, "Informational"}, {2, "Low"}, {3, "Medium"}, {4, "High"}}

func eventOf(f *finding.Finding, d *report.Device, doc *report.Document, day int64) ocsfEvent {
	severity := severities[f.Severity()]
	name := f.Device
	if d != nil {
		name = d.Name
	}
	e := ocsfEvent{
		ActivityID: 1, Activity: "Create", CategoryID: 2, Category: "Findings", ClassID: 2003, Class: "Compliance Finding",
		TypeID: 200301, Type: "Compliance Finding: Create", SeverityID: severity.id, Severity: severity.name, StatusID: 1, Status: "New",
		Time: day, Message: fmt.Sprintf("%s: %s: %s", name, f.Name, f.Why),
		Metadata: ocsfMetadata{Version: "1.2.0", Product: ocsfProduct{"Lenscap", "Lenscap", doc.Lenscap}, UID: f.Device + "/" + f.Regime + "/" + f.Clause},
		Compliance: ocsfCompliance{
			Control: f.Clause, Requirements: nonNil(f.Missing), Standards: []string{f.Name}, StatusID: 3, Status: "Fail",
			Detail: strings.ReplaceAll(string(f.Verdict), "-", " "),
		},
		Finding: ocsfFinding{UID: f.Device + "/" + f.Regime, Title: f.Name, Desc: f.Why, Types: []string{string(f.Force)}},
	}
	switch f.Verdict {
	case finding.AdvisedAgainst:
		e.Compliance.StatusID, e.Compliance.Status = 2, "Warning"
	case finding.CannotTell:
		e.Compliance.StatusID, e.Compliance.Status = 0, "Unknown"
	}
	switch f.Status {
	case "in-hand":
		e.StatusID, e.Status = 2, "In Progress"
	case "done":
		e.StatusID, e.Status = 4, "Resolved"
	}
	if w := f.Waiver; w != nil {
		e.StatusID, e.Status, e.Detail = 3, "Suppressed", fmt.Sprintf("%s (accepted by %s until %s)", w.Why, w.By, w.Until)
	}
	if len(f.Sources) > 0 {
		e.Finding.Source = f.Sources[0]
	}
	if f.Next != "" {
		e.Remediation = &ocsfRemedy{Desc: f.Next, References: f.Sources}
	}
	if d == nil {
		return e
	}
	e.Finding.Sources = d.Inputs
	e.Finding.First, e.Finding.Last = unix(d.FirstSeen)*1000, unix(d.LastSeen)*1000
	e.Resource = &ocsfResource{UID: d.ID, Name: d.Name, Type: d.Kind.Value, Version: d.Firmware.Value}
	for _, c := range claims(d) {
		if c.claim.Value != "" {
			e.Resource.Labels = append(e.Resource.Labels, fmt.Sprintf("%s: %s (%s)", c.name, c.claim.Value, c.claim.Grade))
		}
	}
	for _, a := range d.Addresses {
		e.Observables = append(e.Observables, ocsfObserve{"device.ip", 2, "IP Address", a.IP})
	}
	for _, m := range d.MACs {
		e.Observables = append(e.Observables, ocsfObserve{"device.mac", 3, "MAC Address", m})
	}
	return e
}
