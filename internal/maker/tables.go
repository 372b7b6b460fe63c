package maker

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Columns of each table between its id and its source.
var (
	oemColumns          = strings.Fields("brand brand_id maker_id kind scope from to period confidence note")
	unattributedColumns = strings.Fields("brand family")
	prefixColumns       = strings.Fields("prefix bits organisation company_id specificity registry_country listed")
	serialColumns       = strings.Fields("code organisation company_id role note")
	chipColumns         = strings.Fields("company_id brand model soc soc_maker_id sensor wifi evidence confidence note")
	domainColumns       = strings.Fields("suffix company_id purpose jurisdiction specificity note")
	portColumns         = strings.Fields("proto port service company_id strength note")
	capabilityColumns   = strings.Fields("capability protocol company_id request element_path positive_when example note")
	networkColumns      = strings.Fields("asn holder kind company_id note")
	advisoryColumns     = strings.Fields("cve company_id affected firmware_range weakness cvss cvss_basis exploited exploited_date spread note")
)

// loadTables reads the flat tables.
func (l *loader) loadTables() {
	l.table("brands/oem.csv", oemColumns, l.relation)
	l.table("brands/unattributed.csv", unattributedColumns, l.unattributed)
	l.table("prefixes/oui.csv", prefixColumns, l.prefix)
	l.table("prefixes/cta2063a.csv", serialColumns, l.serialCode)
	l.table("chips/chips.csv", chipColumns, l.chip)
	l.table("domains/domains.csv", domainColumns, l.domain)
	l.table("ports/ports.csv", portColumns, l.port)
	if _, err := fs.Stat(l.fsys, networksFile); err == nil { // releases before 2026.12 have none
		l.table(networksFile, networkColumns, l.network)
	}
	l.table("capabilities/capabilities.csv", capabilityColumns, l.capability)
	l.table("advisories/cves.csv", advisoryColumns, l.advisory)
}

func (l *loader) relation(r row) {
	rel := Relation{
		Row:        r.row,
		Brand:      r.need("brand"),
		BrandID:    r.ref("brand_id"),
		Maker:      r.company("maker_id", r.need("maker_id")),
		Kind:       r.oneOf("kind", r.get("kind"), "OEM", "former OEM", "partial", "rebrand", "subsidiary-brand"),
		Scope:      r.get("scope"),
		From:       r.date("from", r.get("from")),
		To:         r.date("to", r.get("to")),
		Period:     r.get("period"),
		Confidence: r.confidence(),
		Note:       r.get("note"),
		Source:     r.src(),
	}
	if rel.From != "" && rel.To != "" && rel.From > rel.To {
		r.fault(fmt.Sprintf("from %s to %s ends before it starts", rel.From, rel.To), "correct the dates")
	}
	if placeholders[nameKey(rel.Brand)] {
		r.fault(fmt.Sprintf("brand %q is what devices send when no brand was set", rel.Brand), "remove the row")
	}
	l.base.relations = append(l.base.relations, rel)
}

func (l *loader) unattributed(r row) {
	key := nameKey(r.need("brand"))
	if _, taken := l.base.unattributed[key]; !taken {
		l.base.unattributed[key] = unattributed{r.need("family"), r.src()}
	}
}

func (l *loader) prefix(r row) {
	p := Prefix{
		Row:          r.row,
		Prefix:       r.get("prefix"),
		Organisation: r.need("organisation"),
		Company:      r.company("company_id", r.need("company_id")),
		Specificity:  r.oneOf("specificity", r.get("specificity"), "camera-only", "mixed", "soc", "wifi-module"),
		Source:       r.src(),
	}
	value, bits, ok := parsePrefix(p.Prefix)
	if p.Bits = bits; !ok || strconv.Itoa(bits) != r.get("bits") {
		r.fault(fmt.Sprintf("prefix %q of %s bits", p.Prefix, r.get("bits")), "write 24, 28 or 36 bits in lower-case hexadecimal with colons: 00:40:8c, 70:b3:d5:12:3")
		return
	}
	if value>>40&3 != 0 {
		r.fault("prefix is a group or locally administered address", "the registry assigns none of these: correct it")
		return
	}
	key := prefixKey(value, bits)
	if i, taken := l.base.prefixes[key]; taken {
		r.fault("prefix is there already, as "+l.base.prefixRows[i].Row, "keep one of them")
		return
	}
	l.base.prefixes[key] = int32(len(l.base.prefixRows))
	l.base.prefixRows = append(l.base.prefixRows, p)
}

// parsePrefix reads 24, 28 or 36 bits written in hexadecimal with colons, and
// gives them as the first bits of a 48-bit address.
func parsePrefix(s string) (value uint64, bits int, ok bool) {
	ok = true
	for i := range len(s) {
		switch c := s[i]; {
		case i%3 == 2:
			ok = ok && c == ':'
			continue
		case '0' <= c && c <= '9':
			value = value<<4 | uint64(c-'0')
		case 'a' <= c && c <= 'f':
			value = value<<4 | uint64(c-'a'+10)
		default:
			ok = false
		}
		bits += 4
	}
	if bits != 24 && bits != 28 && bits != 36 {
		return 0, bits, false
	}
	return value << (48 - bits), bits, ok
}

// chip files a row once for each model of its list.
func (l *loader) chip(r row) {
	c := Chip{
		Row:        r.row,
		Company:    r.ref("company_id"),
		Brand:      r.get("brand"),
		SoC:        r.get("soc"),
		SoCMaker:   r.ref("soc_maker_id"),
		Sensor:     r.get("sensor"),
		WiFi:       r.get("wifi"),
		Evidence:   r.need("evidence"),
		Confidence: r.confidence(),
		Note:       r.get("note"),
		Source:     r.src(),
	}
	if c.SoC == "" && c.Sensor == "" && c.WiFi == "" {
		r.fault("names no part", "fill in soc, sensor or wifi")
	}
	for c.Model = range strings.SplitSeq(r.need("model"), ", ") {
		at := len(l.base.chips)
		l.base.chips = append(l.base.chips, c)
		l.base.addModel(c.Model, at)
		if rest, ok := cutBrand(c.Model, c.Brand); ok {
			l.base.addModel(rest, at)
		}
	}
}

func (b *Base) addModel(model string, chip int) {
	key := modelKey(model)
	b.byModel[key] = append(b.byModel[key], chip)
}

// cutBrand takes a brand off the front of a model: "EZVIZ C6N" is C6N.
func cutBrand(model, brand string) (string, bool) {
	if n := len(brand); n > 0 && len(model) > n+1 && model[n] == ' ' && strings.EqualFold(model[:n], brand) {
		return model[n+1:], true
	}
	return "", false
}

var domainName = regexp.MustCompile(`^([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)+[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

func (l *loader) domain(r row) {
	d := Domain{
		Row:          r.row,
		Suffix:       r.get("suffix"),
		Company:      r.ref("company_id"),
		Purpose:      r.get("purpose"),
		Jurisdiction: r.get("jurisdiction"),
		Specificity:  r.oneOf("specificity", r.get("specificity"), "vendor-only", "shared-platform", "mixed-corporate", "infrastructure"),
		Note:         r.get("note"),
		Source:       r.src(),
	}
	if !domainName.MatchString(d.Suffix) {
		r.fault(fmt.Sprintf("suffix %q is no domain name", d.Suffix), "write it in lower case, such as hik-connect.com; a whole top-level domain belongs to nobody")
	}
	if d.Jurisdiction != "" && !country.MatchString(d.Jurisdiction) {
		r.fault(fmt.Sprintf("jurisdiction %q", d.Jurisdiction), "write the country's two letters by ISO 3166-1, or leave it empty")
	}
	if d.Specificity == "infrastructure" && d.Company != "" {
		r.fault("is infrastructure and a company's own at once", "leave company_id empty: who runs such a server is not who controls what runs on it")
	}
	if have, taken := l.base.domains[d.Suffix]; taken {
		r.fault("suffix is there already, as "+have.Row, "keep one of them")
	}
	l.base.domains[d.Suffix] = d
}

func (l *loader) port(r row) {
	p := Port{
		Row:      r.row,
		Proto:    r.oneOf("proto", r.get("proto"), "udp", "tcp", "ethertype"),
		Service:  r.need("service"),
		Company:  r.ref("company_id"),
		Strength: r.oneOf("strength", r.get("strength"), "strong", "medium", "weak"),
		Note:     r.get("note"),
		Source:   r.src(),
	}
	n, err := strconv.ParseUint(r.get("port"), 0, 16)
	if err != nil || n == 0 {
		r.fault(fmt.Sprintf("port %q", r.get("port")), "write a number from 1 to 65535, or 0x and four digits for an ethertype")
		return
	}
	p.Port = int(n)
	key := portKey{p.Proto, p.Port}
	l.base.ports[key] = append(l.base.ports[key], p)
}

const networksFile = "networks/networks.csv"

func (l *loader) network(r row) {
	n := Network{
		Row:     r.row,
		Holder:  r.need("holder"),
		Kind:    r.oneOf("kind", r.get("kind"), "cloud", "cdn", "dns", "company"),
		Company: r.ref("company_id"),
		Note:    r.get("note"),
		Source:  r.src(),
	}
	asn, err := strconv.ParseUint(r.get("asn"), 10, 32)
	if err != nil || asn == 0 {
		r.fault(fmt.Sprintf("asn %q", r.get("asn")), "write the number alone, such as 16509")
		return
	}
	n.ASN = uint32(asn)
	if n.Company != "" && n.Kind != "company" {
		r.fault("is rented out and a company's own at once", "leave company_id empty, or set kind to company")
	}
	if have, taken := l.base.networks[n.ASN]; taken {
		r.fault("asn is there already, as "+have.Row, "keep one of them")
	}
	l.base.networks[n.ASN] = n
}

func (l *loader) capability(r row) {
	l.base.capabilities = append(l.base.capabilities, Capability{
		Row:          r.row,
		Name:         r.need("capability"),
		Protocol:     r.need("protocol"),
		Company:      r.ref("company_id"),
		Request:      r.get("request"),
		ElementPath:  r.get("element_path"),
		PositiveWhen: r.get("positive_when"),
		Example:      r.get("example"),
		Note:         r.get("note"),
		Source:       r.src(),
	})
}

var (
	cveNumber = regexp.MustCompile(`^CVE-[0-9]{4}-[0-9]{4,}$`)
	cvssScore = regexp.MustCompile(`^(10\.0|[0-9]\.[0-9])( \(v4\))?$`)
)

func (l *loader) advisory(r row) {
	a := Advisory{
		Row:           r.row,
		CVE:           r.get("cve"),
		Company:       r.company("company_id", r.need("company_id")),
		Affected:      r.need("affected"),
		FirmwareRange: r.get("firmware_range"),
		Weakness:      r.need("weakness"),
		CVSS:          r.get("cvss"),
		CVSSBasis:     r.get("cvss_basis"),
		Exploited:     r.oneOf("exploited", r.get("exploited"), "yes", "no") == "yes",
		ExploitedDate: r.date("exploited_date", r.get("exploited_date")),
		Spread:        r.get("spread"),
		Source:        r.src(),
	}
	if !cveNumber.MatchString(a.CVE) {
		r.fault(fmt.Sprintf("cve %q", a.CVE), "write it as CVE-2021-36260")
	}
	if a.CVSS != "" && !cvssScore.MatchString(a.CVSS) {
		r.fault(fmt.Sprintf("cvss %q", a.CVSS), "write a base score such as 9.8, or 8.7 (v4)")
	}
	if _, err := time.Parse(time.DateOnly, a.ExploitedDate); a.Exploited != (err == nil) {
		r.fault("exploited and exploited_date do not agree", "give the day of the CISA listing as YYYY-MM-DD when exploited is yes, and none otherwise")
	}
	l.base.advisories = append(l.base.advisories, a)
}

// indexRelations files relations by brand and maker. A brand is found under
// its name as written, without what stands in brackets, and under its
// company.
func (b *Base) indexRelations() {
	add := func(key string, i int) {
		if key != "" && !slices.Contains(b.byBrand[key], i) {
			b.byBrand[key] = append(b.byBrand[key], i)
		}
	}
	for i, r := range b.relations {
		bare, _, _ := strings.Cut(r.Brand, " (")
		add(nameKey(r.Brand), i)
		add(nameKey(bare), i)
		add(nameKey(string(r.BrandID)), i)
		b.byMaker[r.Maker] = append(b.byMaker[r.Maker], i)
	}
	for _, rows := range b.byBrand {
		slices.SortStableFunc(rows, func(i, j int) int {
			return rank(b.relations[i].Confidence) - rank(b.relations[j].Confidence)
		})
	}
}
