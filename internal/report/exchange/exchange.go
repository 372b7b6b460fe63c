// Package exchange writes an audit in the formats other tools read: CycloneDX,
// SARIF, nmap's XML, OCSF.
//
// Each format says less than the audit does; what it has no place for goes into
// its properties, or is left out and named in docs/reference/exchange.md. The
// same document gives the same bytes. It works out nothing of its own, and
// validates nothing: its tests do, with each format's own schema or reader.
package exchange

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/report"
)

// information is where people read what Lenscap is.
const information = "https://github.com/lenscap/lenscap"

// A cpe is a candidate name of a product in the Common Platform Enumeration,
// made of what the device is taken for. Nobody has looked it up in the official
// dictionary.
type cpe struct {
	hardware string // of the device, "" when its make or model is not known
	firmware string // of its firmware; "" likewise, version "*" when not known
	grade    attribution.Grade
}

// candidate makes the names from brand, else maker, and model. Their grade is
// that of the weakest claim they rest on.
//
// Form: NIST IR 7695, section 6.2.
func candidate(d *report.Device) cpe {
	who := &d.Brand
	if who.Value == "" {
		who = &d.Maker
	}
	if who.Value == "" || d.Model.Value == "" {
		return cpe{}
	}
	vendor, product := cpeText(cmp.Or(who.ID, who.Value)), cpeText(d.Model.Value)
	version := cpeText(d.Firmware.Value)
	if version == "" {
		version = "*"
	}
	return cpe{
		hardware: "cpe:2.3:h:" + vendor + ":" + product + ":-:*:*:*:*:*:*:*",
		firmware: "cpe:2.3:o:" + vendor + ":" + product + "_firmware:" + version + ":*:*:*:*:*:*:*",
		grade:    min(who.Grade, d.Model.Grade),
	}
}

// cpeText writes a value in the letters of the enumeration: lower case, spaces
// as underscores, everything but letters, digits, "_" and "." quoted or left out.
func cpeText(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(strings.TrimSpace(s)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_':
			b.WriteRune(r)
		case r == '.' || r == '-':
			b.WriteRune(r)
		case r == ' ':
			b.WriteByte('_')
		case r > 0x20 && r < 0x7f:
			b.WriteByte('\\')
			b.WriteRune(r)
		}
	}
	return b.String()
}

// midnight is the day of the audit as a time, for formats that demand one: a
// document holds no time of day, so that it can be made again.
func midnight(doc *report.Document) string { return doc.AsAt + "T00:00:00Z" }

// claims are the statements about a device, in the order they are written.
func claims(d *report.Device) []struct {
	name  string
	claim *attribution.Claim
} {
	return []struct {
		name  string
		claim *attribution.Claim
	}{
		{"kind", &d.Kind}, {"brand", &d.Brand}, {"maker", &d.Maker}, {"platform", &d.Platform}, {"model", &d.Model},
		{"firmware", &d.Firmware}, {"chip", &d.Chip}, {"chip_maker", &d.ChipMaker}, {"network_part", &d.NetworkPart},
	}
}

// around encodes v, of which the member that is named is an empty list, within a
// document that is indented by prefix: what stands before the list, and behind it, so
// that the list can be written an element at a time.
func around(v any, member, prefix string) (head, foot string, err error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent(prefix, "  ")
	if err := enc.Encode(v); err != nil {
		return "", "", err
	}
	name := "\n" + prefix + "  " + strconv.Quote(member) + ": "
	head, foot, ok := strings.Cut(b.String(), name+"[]")
	if !ok {
		return "", "", fmt.Errorf("no empty list %q", member)
	}
	return head + name, foot, nil
}
