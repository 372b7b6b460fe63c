package regime

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/lenscap/lenscap/internal/geo"
)

// maxEstate bounds an estate file, in bytes.
const maxEstate = 1 << 20

// An EstateKey is one key of estate.yaml, for the reference page.
type EstateKey struct {
	Key  string // "sensitive.secret"
	Type string // "text", "yes or no", "date", or "one of the organisation types"
	Says string
}

// EstateKeys lists every key estate.yaml may have.
//
// The file is YAML. Every key may be left out: what is not given is not known,
// which is not "no". A whole file:
//
//	organisation: Example Borough Council
//	type: uk-council
//	country: GB
//	site: Town hall
//	sensitive:
//	  secret: false
//	  developed-vetting: false
//	  ministers: false
//	  socpa: false
//	purpose:
//	  public-safety: true
//	purchased: 2021-05
//	installed: 2021-06-14
//	egress:
//	  closed: true
//	  companies: [hikvision, Dahua]
//	  countries: [CN, RU]
//	  inside: [203.0.113.0/24]
func EstateKeys() []EstateKey {
	keys := []EstateKey{
		{"organisation", "text", "the name of the organisation; printed, decides nothing"},
		{"type", "one of the organisation types", "what kind of organisation it is; decides which rules bind it"},
		{"country", "text", "two letters, ISO 3166-1; follows from most organisation types"},
		{"site", "text", "the name of the site; printed, decides nothing"},
		{"purchased", "date", "when the equipment was bought: YYYY-MM-DD, YYYY-MM or YYYY"},
		{"installed", "date", "when the equipment was installed, likewise"},
	}
	keys = append(keys,
		EstateKey{"egress.closed", "yes or no", "the site is said to reach nothing outside it"},
		EstateKey{"egress.companies", "list", "companies its devices may not talk to, by id or name"},
		EstateKey{"egress.countries", "list", "countries likewise, two letters: where a server stands or who controls it"},
		EstateKey{"egress.inside", "list", "networks that count as inside, such as 203.0.113.0/24, beside private addresses"},
	)
	for i := range Facts {
		if factSection[i].group != "" {
			keys = append(keys, EstateKey{Facts[i].Key, "yes or no", Facts[i].Says})
		}
	}
	return keys
}

// LoadEstate reads an estate file. name is what errors call it. An empty file is
// an Organisation of which nothing is known. Errors name the line, the key and
// what is allowed, all of them at once.
func LoadEstate(r io.Reader, name string) (Organisation, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxEstate+1))
	if err != nil {
		return Organisation{}, fmt.Errorf("read %s: %w", name, err)
	}
	if len(b) > maxEstate {
		return Organisation{}, fmt.Errorf("read %s: it has more than %d bytes", name, maxEstate)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(b, &doc); err != nil {
		return Organisation{}, fmt.Errorf("read %s: %w", name, err)
	}
	l := estateReader{name: name}
	if len(doc.Content) > 0 {
		l.top(doc.Content[0])
	}
	if err := l.org.complete(); err != nil {
		l.errs = append(l.errs, fmt.Errorf("%s: %w", name, err))
	}
	if err := errors.Join(l.errs...); err != nil {
		return Organisation{}, err
	}
	return l.org, nil
}

// Check reports whether an Organisation made of flags is one LoadEstate would
// accept, and gives it the country its type implies.
func (o *Organisation) Check() error {
	var errs []error
	if _, ok := organisationType(o.Type); o.Type != "" && !ok {
		errs = append(errs, badType(o.Type))
	}
	if o.Country != "" && !isCountry(o.Country) {
		errs = append(errs, badCountry(o.Country))
	}
	for _, d := range []struct{ key, s string }{{"purchased", o.Purchased}, {"installed", o.Installed}} {
		if _, err := parseSpan(d.s); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", d.key, err))
		}
	}
	for _, group := range []string{"sensitive", "purpose", "facts"} {
		for key := range o.group(group) {
			if !slices.Contains(groupKeys(group), key) {
				errs = append(errs, fmt.Errorf("%s: there is no key %q: one of %s", group, key, strings.Join(groupKeys(group), ", ")))
			}
		}
	}
	errs = append(errs, o.complete())
	return errors.Join(errs...)
}

// complete fills the country a type implies and refuses a contradiction.
func (o *Organisation) complete() error {
	t, ok := organisationType(o.Type)
	if !ok || t.Country == "" {
		return nil
	}
	if o.Country == "" {
		o.Country = t.Country
	}
	if o.Country != t.Country {
		return fmt.Errorf("country %q: type %q is one of %s; mend one of the two", o.Country, o.Type, t.Country)
	}
	return nil
}

func badType(s string) error {
	var ids []string
	for _, t := range OrganisationTypes {
		ids = append(ids, t.ID)
	}
	return fmt.Errorf("type %q: one of %s", s, strings.Join(ids, ", "))
}

func badCountry(s string) error {
	if s == "UK" {
		return errors.New(`country "UK": the United Kingdom is GB in ISO 3166-1`)
	}
	return fmt.Errorf("country %q: two capital letters (ISO 3166-1), such as GB", s)
}

// isCountry says whether s is a code in use. A list that forbids UK or XX would
// never find anything, and look as if all were well.
func isCountry(s string) bool {
	return len(s) == 2 && s == strings.ToUpper(s) && geo.CountryName(s) != s && s != "UK"
}

// groupKeys are the keys of one section, in the order of Facts.
func groupKeys(group string) []string {
	var out []string
	for i := range Facts {
		if factSection[i].group == group {
			out = append(out, factSection[i].key)
		}
	}
	return out
}

// estateReader walks an estate file and collects what is wrong.
type estateReader struct {
	name string
	org  Organisation
	errs []error
}

func (l *estateReader) bad(n *yaml.Node, err error) {
	l.errs = append(l.errs, fmt.Errorf("%s:%d: %w", l.name, n.Line, err))
}

func (l *estateReader) top(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return
	}
	if n.Kind != yaml.MappingNode {
		l.bad(n, errors.New("an estate file is a list of keys, such as type: uk-council"))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, val := n.Content[i], n.Content[i+1]
		if seen[key.Value] {
			l.bad(key, fmt.Errorf("%s is given twice", key.Value))
		}
		seen[key.Value] = true
		l.field(key, val)
	}
}

func (l *estateReader) field(key, val *yaml.Node) {
	o := &l.org
	switch key.Value {
	case "organisation":
		l.text(key, val, &o.Name)
	case "site":
		l.text(key, val, &o.Site)
	case "type":
		l.text(key, val, &o.Type)
		if _, ok := organisationType(o.Type); o.Type != "" && !ok {
			l.bad(val, badType(o.Type))
		}
	case "country":
		l.text(key, val, &o.Country)
		if o.Country != "" && !isCountry(o.Country) {
			l.bad(val, badCountry(o.Country))
		}
	case "purchased":
		l.date(key, val, &o.Purchased)
	case "installed":
		l.date(key, val, &o.Installed)
	case "sensitive":
		o.Sensitive = l.section(key, val)
	case "purpose":
		o.Purpose = l.section(key, val)
	case "facts":
		o.Facts = l.section(key, val)
	case "egress":
		l.egress(key, val)
	default:
		l.bad(key, fmt.Errorf("there is no key %q: one of organisation, type, country, site, sensitive, purpose, facts, egress, purchased, installed", key.Value))
	}
}

func (l *estateReader) text(key, val *yaml.Node, to *string) {
	if val.Kind != yaml.ScalarNode {
		l.bad(val, fmt.Errorf("%s is one text", key.Value))
		return
	}
	if val.Tag != "!!null" {
		*to = val.Value
	}
}

func (l *estateReader) date(key, val *yaml.Node, to *string) {
	l.text(key, val, to)
	if _, err := parseSpan(*to); err != nil {
		l.bad(val, fmt.Errorf("%s: %w", key.Value, err))
	}
}

// section reads yes-or-no answers. An empty answer is not known.
func (l *estateReader) section(key, val *yaml.Node) map[string]bool {
	if val.Kind == yaml.ScalarNode && val.Tag == "!!null" {
		return nil
	}
	allowed := groupKeys(key.Value)
	if val.Kind != yaml.MappingNode {
		l.bad(val, fmt.Errorf("%s has keys of its own: %s", key.Value, strings.Join(allowed, ", ")))
		return nil
	}
	out := map[string]bool{}
	for i := 0; i+1 < len(val.Content); i += 2 {
		k, v := val.Content[i], val.Content[i+1]
		var answer bool
		switch {
		case !slices.Contains(allowed, k.Value):
			l.bad(k, fmt.Errorf("%s: there is no key %q: one of %s", key.Value, k.Value, strings.Join(allowed, ", ")))
		case v.Tag == "!!null":
		case v.Decode(&answer) != nil:
			l.bad(v, fmt.Errorf("%s.%s is %q: true or false, or leave it out when not known", key.Value, k.Value, v.Value))
		default:
			out[k.Value] = answer
		}
	}
	return out
}

// egress reads where the organisation's devices may reach.
func (l *estateReader) egress(key, val *yaml.Node) {
	if val.Kind == yaml.ScalarNode && val.Tag == "!!null" {
		return
	}
	if val.Kind != yaml.MappingNode {
		l.bad(val, errors.New("egress has keys of its own: closed, companies, countries, inside"))
		return
	}
	e := &l.org.Egress
	for i := 0; i+1 < len(val.Content); i += 2 {
		k, v := val.Content[i], val.Content[i+1]
		var err error
		switch k.Value {
		case "closed":
			err = v.Decode(&e.Closed)
		case "companies":
			err = v.Decode(&e.Companies)
		case "countries":
			err = v.Decode(&e.Countries)
			for _, c := range e.Countries {
				if err == nil && !isCountry(c) {
					err = badCountry(c)
				}
			}
		case "inside":
			var list []string
			err = v.Decode(&list)
			for _, s := range list {
				p, parseErr := ParseInside(s)
				err = errors.Join(err, parseErr)
				e.Inside = append(e.Inside, p)
			}
		default:
			l.bad(k, fmt.Errorf("%s: there is no key %q: one of closed, companies, countries, inside", key.Value, k.Value))
		}
		if err != nil {
			l.bad(v, fmt.Errorf("egress.%s: %w", k.Value, err))
		}
	}
}

// ParseInside reads a network of [Egress.Inside]: a prefix or one address.
func ParseInside(s string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q: write a network such as 203.0.113.0/24, or an address", s)
	}
	return p.Masked(), nil
}
