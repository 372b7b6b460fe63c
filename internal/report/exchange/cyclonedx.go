package exchange

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/report"
)

// CycloneDX writes a bill of materials of the estate, version 1.6 as JSON: each
// device with its firmware and parts, and each service outside the estate that
// a device talks to. Grades, addresses and the evidence of a claim are
// properties whose names begin with "lenscap:".
func CycloneDX(w io.Writer, doc *report.Document) error {
	bom := cdx.NewBOM()
	bom.SpecVersion = cdx.SpecVersion1_6
	bom.Metadata = &cdx.Metadata{
		Timestamp: midnight(doc),
		Tools: &cdx.ToolsChoice{Components: &[]cdx.Component{{
			Type: cdx.ComponentTypeApplication, Name: "Lenscap", Version: doc.Lenscap,
			ExternalReferences: &[]cdx.ExternalReference{{Type: cdx.ERTypeWebsite, URL: information}},
		}}},
		Component: &cdx.Component{
			BOMRef: "estate", Type: cdx.ComponentTypePlatform, Name: cmp.Or(doc.Estate.Site, doc.Estate.Organisation, "estate"),
		},
		Properties: properties(
			"as_at", doc.AsAt, "knowledge_base", doc.KnowledgeBase.Name, "knowledge_base_digest", doc.KnowledgeBase.Digest,
			"organisation", doc.Estate.Organisation, "site", doc.Estate.Site),
	}
	components := []cdx.Component{}
	uses := map[string][]string{"estate": {}}
	for i := range doc.Devices {
		d := &doc.Devices[i]
		components = append(components, component(d))
		uses["estate"] = append(uses["estate"], d.ID)
		uses[d.ID] = []string{}
	}
	services := []cdx.Service{}
	known := map[string]bool{}
	for i := range doc.Conversations {
		c := &doc.Conversations[i]
		if c.Scope != egress.ScopeOutside {
			continue
		}
		s := service(c)
		if !known[s.BOMRef] {
			known[s.BOMRef] = true
			services = append(services, s)
		}
		if list, ok := uses[c.Device]; ok && !slices.Contains(list, s.BOMRef) {
			uses[c.Device] = append(list, s.BOMRef)
		}
	}
	bom.Components, bom.Services = &components, &services
	dependencies := []cdx.Dependency{{Ref: "estate", Dependencies: list(uses["estate"])}}
	for i := range doc.Devices {
		id := doc.Devices[i].ID
		dependencies = append(dependencies, cdx.Dependency{Ref: id, Dependencies: list(uses[id])})
	}
	bom.Dependencies = &dependencies
	bom.SerialNumber = serial(doc)
	if err := cdx.NewBOMEncoder(w, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false).EncodeVersion(bom, cdx.SpecVersion1_6); err != nil {
		return fmt.Errorf("write CycloneDX: %w", err)
	}
	return nil
}

func list(s []string) *[]string { return &s }

// serial is a UUID that is the same for the same inputs, rules and knowledge
// base (RFC 9562, section 5.8).
func serial(doc *report.Document) string {
	h := sha256.New()
	fmt.Fprintln(h, doc.Lenscap, doc.AsAt, doc.KnowledgeBase.Digest)
	for _, in := range doc.Inputs {
		fmt.Fprintln(h, in.Name, in.Packets, in.Bytes, in.First, in.Last)
	}
	for i := range doc.Devices {
		fmt.Fprintln(h, doc.Devices[i].ID)
	}
	b := h.Sum(nil)
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// component is one device with what is inside it.
func component(d *report.Device) cdx.Component {
	names := candidate(d)
	c := cdx.Component{
		BOMRef: d.ID, Type: cdx.ComponentTypeDevice, Name: cmp.Or(d.Model.Value, d.Name, d.ID), CPE: names.hardware,
		Properties: deviceProperties(d, names),
	}
	if d.Maker.Value != "" {
		c.Manufacturer = &cdx.OrganizationalEntity{Name: d.Maker.Value}
	}
	if d.Brand.Value != "" {
		c.Supplier = &cdx.OrganizationalEntity{Name: d.Brand.Value}
	}
	parts := []cdx.Component{}
	if d.Firmware.Value != "" {
		f := cdx.Component{
			BOMRef: d.ID + "/firmware", Type: cdx.ComponentTypeFirmware, Name: cmp.Or(d.Model.Value, d.Platform.Value, "firmware"),
			Version: d.Firmware.Value, CPE: names.firmware, Properties: properties("grade", d.Firmware.Grade.String(), "platform", d.Platform.Value),
		}
		if d.Platform.Value != "" {
			f.Manufacturer = &cdx.OrganizationalEntity{Name: d.Platform.Value}
		}
		parts = append(parts, f)
	}
	for _, p := range []struct {
		ref, name string
		by        *attribution.Claim
		grade     attribution.Grade
	}{
		{"chip", d.Chip.Value, &d.ChipMaker, d.Chip.Grade},
		{"network-part", networkPart(d), &d.NetworkPart, d.NetworkPart.Grade},
	} {
		if p.name == "" {
			continue
		}
		part := cdx.Component{BOMRef: d.ID + "/" + p.ref, Type: cdx.ComponentTypeDevice, Name: p.name, Properties: properties("part", p.ref, "grade", p.grade.String())}
		if p.by.Value != "" {
			part.Manufacturer = &cdx.OrganizationalEntity{Name: p.by.Value}
		}
		parts = append(parts, part)
	}
	if len(parts) > 0 {
		c.Components = &parts
	}
	return c
}

func networkPart(d *report.Device) string {
	if d.NetworkPart.Value == "" {
		return ""
	}
	return "network interface"
}

func deviceProperties(d *report.Device, names cpe) *[]cdx.Property {
	pairs := []string{"name", d.Name, "kind", d.Kind.Value}
	for _, c := range claims(d) {
		if c.claim.Value != "" {
			pairs = append(pairs, "grade:"+c.name, c.claim.Grade.String())
		}
	}
	if names.hardware != "" {
		pairs = append(pairs, "grade:cpe", names.grade.String(), "cpe_basis", "candidate made of brand and model; not looked up in a dictionary")
	}
	for _, m := range d.MACs {
		pairs = append(pairs, "mac", m)
	}
	for _, a := range d.Addresses {
		pairs = append(pairs, "address", a.IP)
	}
	for _, s := range d.Serials {
		pairs = append(pairs, "serial", s)
	}
	pairs = append(pairs, "first_seen", d.FirstSeen, "last_seen", d.LastSeen, "behind", d.Behind, "channel", d.Channel)
	return properties(pairs...)
}

// properties makes the pairs properties of ours; empty values are left out.
func properties(pairs ...string) *[]cdx.Property {
	out := []cdx.Property{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out = append(out, cdx.Property{Name: "lenscap:" + pairs[i], Value: pairs[i+1]})
		}
	}
	return &out
}

// service is what stands at the far end of a conversation.
func service(c *egress.Conversation) cdx.Service {
	where := c.Address
	if plainName(c.Name) {
		where = c.Name
	}
	at := net.JoinHostPort(where, strconv.Itoa(int(c.Port)))
	crosses := true
	s := cdx.Service{
		BOMRef: "service:" + c.Protocol + ":" + at, Name: cmp.Or(c.Name, c.Address),
		Endpoints:            list([]string{cmp.Or(c.App, c.Protocol) + "://" + at}),
		CrossesTrustBoundary: &crosses,
		Properties: properties("address", c.Address, "country", c.Country, "network", c.Network, "controller", c.Controller,
			"jurisdiction", c.Jurisdiction, "purpose", c.Purpose, "encrypted", c.Encrypted),
	}
	if c.Controller != "" {
		s.Provider = &cdx.OrganizationalEntity{Name: c.Controller}
	}
	return s
}

// plainName reports whether a name a device used can stand in a URL as it is.
func plainName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-._") == ""
}
