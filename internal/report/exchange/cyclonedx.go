package exchange

import (
	"cmp"
	"errors"
	"io"
	"net"
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
	aside := report.NewAside("")
	return errors.Join(CycloneDXRuns(w, report.Whole(doc), aside), aside.Close())
}

func list(s []string) *[]string { return &s }

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

// properties makes the pairs properties of ours; empty values are left out, and a
// list of none is nil.
func properties(pairs ...string) *[]cdx.Property {
	out := []cdx.Property{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out = append(out, cdx.Property{Name: "lenscap:" + pairs[i], Value: pairs[i+1]})
		}
	}
	if len(out) == 0 {
		return nil
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
