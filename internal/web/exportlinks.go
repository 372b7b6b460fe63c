package web

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/query"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

// An exportRow is something that programs can have of what a page shows, with
// the forms there are. A page has a menu of them.
type exportRow struct {
	Of    string // what it holds
	Says  string // what is left out, or what it is for
	Forms []linked
}

// auditForms are what the API writes of a site and of an organisation, in the
// words of people.
var auditForms = []struct{ format, text string }{{"json", "JSON"}, {"jsonl", "JSON lines"}, {"csv", "CSV"}, {"cyclonedx", "CycloneDX"}, {"sarif", "SARIF"}, {"ocsf", "OCSF"}}

// forms are the formats of the audit for a path of the API.
func forms(path string) (out []linked) {
	for _, f := range auditForms {
		out = append(out, linked{f.text, path + "/export?format=" + f.format})
	}
	return out
}

// exportsShown bounds the organisations that a menu has.
const exportsShown = 10

// organisationExports are the forms of each organisation that the person may
// see; only is the one wanted, 0 for all.
func (c *call) organisationExports(only int64) ([]exportRow, error) {
	list, err := c.mine(access.View)
	if err != nil {
		return nil, err
	}
	var out []exportRow
	for _, o := range list {
		if only != 0 && o.ID != only {
			continue
		}
		if len(out) == exportsShown {
			out = append(out, exportRow{Of: report.Plural(int64(len(list)-exportsShown), "more organisation", "more organisations"), Says: "from the pages of their sites, or from the API"})
			break
		}
		out = append(out, exportRow{Of: "All of " + report.Visible(o.Name), Says: "devices, claims with evidence, and findings", Forms: forms(fmt.Sprintf("/api/v1/organisations/%d", o.ID))})
	}
	return out, nil
}

// sitesExports are those of the page of a site.
func sitesExports(s siteOf) []exportRow {
	at := fmt.Sprintf("/sites/%d/comparison.", s.ID)
	return []exportRow{siteExports(s), {Of: "Declared beside seen", Says: "field by field", Forms: []linked{{"CSV", at + "csv"}, {"JSON", at + "json"}}}, {Of: "Its devices", Says: "one a line", Forms: []linked{{"CSV", "/estate.csv?" + url.Values{"q": {query.Ask("site", s.Name)}}.Encode()}}}}
}

func siteExports(s siteOf) exportRow {
	return exportRow{Of: "All of " + report.Visible(s.Name), Says: "devices, claims with evidence, and findings", Forms: forms(fmt.Sprintf("/api/v1/sites/%d", s.ID))}
}

// apiMost is the longest page of a list of the API.
const apiMost = "1000"

// estateExports are those of the first page: what is shown first.
func (c *call) estateExports(a *asking) ([]exportRow, error) {
	v := url.Values{"limit": {apiMost}}
	if a.Text != "" {
		v.Set("q", a.Text)
	}
	out := []exportRow{{Of: "In pages of " + apiMost, Says: "what is shown, for programs", Forms: []linked{{"API", "/api/v1/devices?" + v.Encode()}}}}
	rest, err := c.organisationExports(0)
	return append(out, rest...), err
}

// findingExports are those of the queue, with the filters it has.
func (c *call) findingExports(q *store.FindingQuery, text, organisation string) ([]exportRow, error) {
	v := url.Values{"limit": {apiMost}}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	set("q", text)
	set("status", q.Status)
	set("owner", q.Owner)
	set("regime", q.Regime)
	set("verdict", q.Verdict)
	set("due", q.Due)
	set("waived", q.Waived)
	if q.Severity > 0 {
		v.Set("severity", strconv.Itoa(q.Severity))
	}
	set("organisation", organisation)
	for _, s := range q.Sites {
		v.Set("site", strconv.FormatInt(s, 10))
	}
	shown := exportRow{Of: "These findings", Says: "in pages of " + apiMost, Forms: []linked{{"JSON", "/api/v1/findings?" + v.Encode()}}}
	if q.WouldBe != "" {
		shown.Of = "These findings, and others that cannot be told"
	}
	rest, err := c.organisationExports(0)
	for i := range rest { // a list of parts has no findings
		rest[i].Forms = slices.DeleteFunc(rest[i].Forms, func(l linked) bool { return l.Text == "CycloneDX" })
	}
	return append([]exportRow{shown}, rest...), err
}

// egressExports are sums of the conversations; one site's where it is chosen.
func egressExports(site int64) []exportRow {
	at := ""
	if site > 0 {
		at = fmt.Sprintf("&site=%d", site)
	}
	sum := func(by string) string { return "/api/v1/egress?by=" + by + at }
	return []exportRow{
		{Of: "By site, company and country", Says: "of every device and all time", Forms: []linked{{"JSON", sum("site,controller,country")}}},
		{Of: "By device and country", Says: "likewise", Forms: []linked{{"JSON", sum("site,device,country")}}},
		{Of: "By day", Says: "likewise", Forms: []linked{{"JSON", sum("day")}}},
	}
}

// deviceExports are those of one device.
func deviceExports(s siteOf, device string) []exportRow {
	id := url.PathEscape(device)
	return []exportRow{
		{Of: "This device", Says: "claims with evidence, findings, whom it reaches, timeline", Forms: []linked{{"JSON", fmt.Sprintf("/api/v1/devices/%d/%s", s.ID, id)}}},
		{Of: "Its conversations", Says: "by the hour", Forms: []linked{{"JSON", fmt.Sprintf("/api/v1/conversations?site=%d&device=%s", s.ID, url.QueryEscape(device))}}},
		siteExports(s),
	}
}
