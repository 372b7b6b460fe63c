package egress

import (
	"fmt"
	"strings"

	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
)

// control says which company controls the service: by the name the device used,
// or by the network where that is a company's own. A name of infrastructure and
// a network that is rented out say nothing of it.
func (t *talk) control(base *maker.Base) {
	t.byName(base)
	n, known := base.Network(t.conv.ASN)
	if t.conv.ASN == 0 || !known {
		return
	}
	proof := observation.Evidence{
		Input: t.namedProof.Input, Rule: n.Row, Source: n.Source.String(), Field: "asn", Value: fmt.Sprintf("AS%d", n.ASN), Unverified: !n.Source.Verified,
	}
	switch n.Kind {
	case "cloud", "cdn":
		t.conv.Cloud = true
		proof.Says = fmt.Sprintf("The address is in the network of %s, which is rented out: that says nothing of who controls the server.", n.Holder)
	case "company":
		if n.Company == "" || t.conv.ControllerID != "" {
			return
		}
		c, ok := base.Company(n.Company)
		if !ok {
			return
		}
		t.controlledBy(c, "")
		proof.Says = fmt.Sprintf("The address is in a network of %s's own.", nameOf(c)) + parents(base, c)
	default:
		return
	}
	t.conv.Evidence = append(t.conv.Evidence, proof)
}

// byName takes the first name with a row in the knowledge base, the one the
// conversation goes by before the others.
func (t *talk) byName(base *maker.Base) {
	names := []Name{{Name: t.conv.Name, From: t.namedProof.Field, Input: t.namedProof.Input, Packet: t.namedProof.Packet}}
	for _, n := range append(names, t.conv.Names...) {
		d, ok := base.Domain(n.Name)
		if !ok || n.From == observation.MDNSHostname {
			continue
		}
		t.domain = d
		proof := observation.Evidence{
			Input: n.Input, Packet: n.Packet, Protocol: strings.SplitN(n.From, ".", 2)[0], Field: n.From, Value: n.Name,
			Rule: d.Row, Source: d.Source.String(), Unverified: !d.Source.Verified,
		}
		if d.Specificity == "infrastructure" {
			if rented(d) {
				t.conv.Cloud = true
				proof.Says = fmt.Sprintf("%s is a name of infrastructure that anyone can rent: it says nothing of who controls the server.", d.Suffix)
				t.conv.Evidence = append(t.conv.Evidence, proof)
			}
			return
		}
		c, ok := base.Company(d.Company)
		if !ok {
			return
		}
		t.controlledBy(c, d.Jurisdiction)
		proof.Says = fmt.Sprintf("%s is a name of %s", d.Suffix, nameOf(c))
		switch d.Specificity {
		case "shared-platform":
			proof.Says += ", whose platform devices of many brands use"
		case "mixed-corporate":
			proof.Says += ", which uses it for its other services too"
		}
		proof.Says += "." + parents(base, c)
		t.conv.Evidence = append(t.conv.Evidence, proof)
		return
	}
}

// rented says whether a name of infrastructure stands for servers that anybody
// can have, and not for one public service such as time.
func rented(d maker.Domain) bool {
	return d.Specificity == "infrastructure" && strings.Contains(d.Purpose, "cloud")
}

// controlledBy names the company and the country of its seat. The jurisdiction
// of a name's row is taken only where the seat is not known: rows give it by
// where the server stands or by the name's own words, which is the other fact.
func (t *talk) controlledBy(c *maker.Company, jurisdiction string) {
	t.conv.Controller, t.conv.ControllerID, t.conv.Jurisdiction = nameOf(c), string(c.ID), c.Home
	if c.Home == "" {
		t.conv.Jurisdiction = jurisdiction
	}
}

func nameOf(c *maker.Company) string {
	if len(c.Names) > 0 {
		return c.Names[0]
	}
	return c.LegalName
}

// parents names a company's owners today, nearest first.
func parents(base *maker.Base, c *maker.Company) string {
	if c.Parent == "" {
		return ""
	}
	p, ok := base.Company(c.Parent)
	if !ok {
		return ""
	}
	if p.Home == "" || p.Home == c.Home {
		return fmt.Sprintf(" It belongs to %s.", nameOf(p))
	}
	return fmt.Sprintf(" It belongs to %s (%s).", nameOf(p), p.Home)
}
