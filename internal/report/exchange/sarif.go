package exchange

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/report"
)

// SARIF writes the findings as a log of version 2.1.0: a rule for each regime, a
// result for each finding that is not "not-covered". What cannot be told is a
// result of kind "review", never a pass.
func SARIF(w io.Writer, doc *report.Document) error { return SARIFRuns(w, report.Whole(doc)) }

// SARIFRuns is [SARIF] of a document in runs, with a run of the log for each site. It
// holds one run of the document, and the names of a site's inputs.
func SARIFRuns(w io.Writer, runs report.Runs) error {
	b := bufio.NewWriter(w)
	head, foot, err := around(sarifLog{
		Schema:  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
		Version: "2.1.0", Runs: []sarifRun{},
	}, "runs", "")
	if err != nil {
		return fmt.Errorf("write SARIF: %w", err)
	}
	_, _ = b.WriteString(head) // Flush tells
	var site *sarifSite
	between := "[\n    "
	for run, err := range runs {
		if err != nil {
			return err
		}
		if run.First || site == nil {
			if err := site.end(b); err != nil {
				return fmt.Errorf("write SARIF: %w", err)
			}
			_, _ = b.WriteString(between) // Flush tells
			between = ",\n    "
			if site, err = beginSARIF(b, run.Document); err != nil {
				return fmt.Errorf("write SARIF: %w", err)
			}
		}
		if err := site.add(run.Document); err != nil {
			return fmt.Errorf("write SARIF: %w", err)
		}
	}
	if err := site.end(b); err != nil {
		return fmt.Errorf("write SARIF: %w", err)
	}
	if site == nil {
		_, _ = b.WriteString("[]" + foot) // Flush tells
	} else {
		_, _ = b.WriteString("\n  ]" + foot) // likewise
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write SARIF: %w", err)
	}
	return nil
}

// A sarifSite is a run of the log of which the results are being written.
type sarifSite struct {
	results *report.List
	rules   map[string]int
	inputs  map[string]bool
	foot    string
}

// beginSARIF writes what stands before the results.
func beginSARIF(w io.Writer, doc *report.Document) (*sarifSite, error) {
	s := &sarifSite{results: report.NewList(w, "      "), rules: map[string]int{}, inputs: map[string]bool{}}
	run := sarifRun{
		Tool: sarifTool{Driver: sarifDriver{
			Name: "Lenscap", Version: doc.Lenscap, InformationURI: information, Rules: []sarifRule{},
			Properties: map[string]any{"knowledgeBase": doc.KnowledgeBase, "asAt": doc.AsAt},
		}},
		ColumnKind: "utf16CodeUnits", Results: []sarifResult{}, Artifacts: []sarifArtifact{},
		Invocations: []sarifInvocation{{ExecutionSuccessful: true, Notifications: []sarifNotification{}}},
	}
	for _, in := range doc.Inputs {
		s.inputs[in.Name] = true
		run.Artifacts = append(run.Artifacts, sarifArtifact{Location: sarifURI{URI: fileURI(in.Name)}})
		if in.Error != "" {
			run.Invocations[0].Notifications = append(run.Invocations[0].Notifications, sarifNotification{Level: "error", Message: sarifText{in.Name + ": " + in.Error}})
		}
	}
	for i := range doc.Regimes {
		r := &doc.Regimes[i]
		s.rules[r.ID] = len(run.Tool.Driver.Rules)
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, ruleOf(r))
	}
	head, foot, err := around(run, "results", "    ")
	if err != nil {
		return nil, err
	}
	s.foot = strings.TrimSuffix(foot, "\n")
	_, err = io.WriteString(w, head)
	return s, err
}

func (s *sarifSite) add(doc *report.Document) error {
	devices := devicesOf(doc)
	for i := range doc.Findings {
		f := &doc.Findings[i]
		if f.Verdict == finding.NotCovered {
			continue
		}
		rule, ok := s.rules[f.Regime]
		if !ok {
			rule = -1
		}
		if err := s.results.Add(resultOf(f, devices[f.Device], rule, s.inputs)); err != nil {
			return err
		}
	}
	return nil
}

// end writes what stands behind the results, when there is a run.
func (s *sarifSite) end(w io.Writer) error {
	if s == nil {
		return nil
	}
	if err := s.results.End(); err != nil {
		return err
	}
	_, err := io.WriteString(w, s.foot)
	return err
}

type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		Artifacts   []sarifArtifact   `json:"artifacts"`
		Results     []sarifResult     `json:"results"`
		ColumnKind  string            `json:"columnKind"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string         `json:"name"`
		Version        string         `json:"version,omitempty"`
		InformationURI string         `json:"informationUri"`
		Rules          []sarifRule    `json:"rules"`
		Properties     map[string]any `json:"properties"`
	}
	sarifRule struct {
		ID         string         `json:"id"`
		Name       string         `json:"name"`
		Short      sarifText      `json:"shortDescription"`
		Full       sarifText      `json:"fullDescription"`
		HelpURI    string         `json:"helpUri,omitempty"`
		Properties map[string]any `json:"properties"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifURI struct {
		URI string `json:"uri"`
	}
	sarifArtifact struct {
		Location sarifURI `json:"location"`
	}
	sarifInvocation struct {
		ExecutionSuccessful bool                `json:"executionSuccessful"`
		Notifications       []sarifNotification `json:"toolExecutionNotifications"`
	}
	sarifNotification struct {
		Level   string    `json:"level"`
		Message sarifText `json:"message"`
	}
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Kind         string            `json:"kind"`
		Level        string            `json:"level"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Fingerprints map[string]string `json:"partialFingerprints"`
		Suppressions []sarifSuppressed `json:"suppressions,omitempty"`
		Properties   map[string]any    `json:"properties"`
	}
	// sarifSuppressed is a waiver (SARIF 2.1.0, section 3.35): accepted elsewhere
	// than in what was looked at.
	sarifSuppressed struct {
		Kind          string         `json:"kind"`
		Status        string         `json:"status"`
		Justification string         `json:"justification"`
		Properties    map[string]any `json:"properties"`
	}
	sarifLocation struct {
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Logical  []sarifLogical `json:"logicalLocations"`
	}
	sarifPhysical struct {
		Artifact sarifURI `json:"artifactLocation"`
	}
	sarifLogical struct {
		Name string `json:"name"`
		Full string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
)

func ruleOf(r *report.Regime) sarifRule {
	rule := sarifRule{
		ID: r.ID, Name: r.Name, Short: sarifText{r.Name}, Full: sarifText{r.What},
		Properties: map[string]any{"force": r.Force, "jurisdiction": r.Jurisdiction, "citation": r.Citation, "inForce": r.InForce, "sources": nonNil(r.Sources)},
	}
	if len(r.Sources) > 0 && strings.HasPrefix(r.Sources[0], "http") {
		rule.HelpURI = r.Sources[0]
	}
	return rule
}

func nonNil(s []string) []string { return append([]string{}, s...) }

// resultOf is one finding. Only what stands fails; what cannot be told is for
// review, and then the level is "none" (SARIF 2.1.0, section 3.27.10).
func resultOf(f *finding.Finding, d *report.Device, rule int, inputs map[string]bool) sarifResult {
	r := sarifResult{
		RuleID: f.Regime, RuleIndex: rule, Kind: "fail", Level: "warning",
		Properties: map[string]any{"verdict": f.Verdict, "clause": f.Clause, "force": f.Force, "asAt": f.AsAt, "device": f.Device, "missing": nonNil(f.Missing)},
	}
	switch f.Verdict {
	case finding.Prohibited:
		r.Level = "error"
	case finding.CannotTell:
		r.Kind, r.Level = "review", "none"
	}
	if f.WouldBe != "" {
		r.Properties["wouldBe"], r.Properties["wouldApplyTo"] = f.WouldBe, f.WouldFor
	}
	if f.Disputed != "" {
		r.Properties["disputed"] = f.Disputed
	}
	if f.Denial != "" {
		r.Properties["denial"] = f.Denial
	}
	if w := f.Waiver; w != nil {
		r.Suppressions = []sarifSuppressed{{Kind: "external", Status: "accepted", Justification: w.Why, Properties: map[string]any{"by": w.By, "until": w.Until}}}
	}
	name := f.Device
	if d != nil {
		name = d.Name
	}
	r.Message.Text = fmt.Sprintf("%s: %s, %s: %s", name, strings.ReplaceAll(string(f.Verdict), "-", " "), f.Clause, f.Why)
	if f.Next != "" {
		r.Message.Text += ". " + f.Next
	}
	logical := []sarifLogical{{Name: name, Full: f.Device, Kind: "resource"}}
	for _, in := range inputsOf(f, d, inputs) {
		r.Locations = append(r.Locations, sarifLocation{Physical: &sarifPhysical{sarifURI{fileURI(in)}}, Logical: logical})
	}
	if len(r.Locations) == 0 {
		r.Locations = []sarifLocation{{Logical: logical}}
	}
	sum := sha256.Sum256([]byte(f.Regime + "\x00" + f.Clause + "\x00" + f.Device))
	r.Fingerprints = map[string]string{"lenscap/v1": hex.EncodeToString(sum[:])}
	return r
}

// inputsOf are the inputs a finding's evidence is in, else those that saw the
// device.
func inputsOf(f *finding.Finding, d *report.Device, inputs map[string]bool) []string {
	var out []string
	for _, e := range f.Evidence {
		if inputs[e.Input] && !slices.Contains(out, e.Input) {
			out = append(out, e.Input)
		}
	}
	if len(out) == 0 && d != nil {
		out = d.Inputs
	}
	return out[:min(len(out), 10)]
}

// fileURI writes the name of an input as a relative reference, or as a file URI
// when it is absolute (RFC 8089).
func fileURI(name string) string {
	slash := filepath.ToSlash(name)
	u := url.URL{Path: slash}
	if strings.HasPrefix(slash, "/") {
		u.Scheme = "file"
	}
	return u.String()
}
