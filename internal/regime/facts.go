package regime

import "strings"

// Kinds of value a fact has in an expression.
const (
	typeBool   = "bool"
	typeString = "string"
	typeList   = "list of strings"
)

// A Fact is one name a rule's expression may use, and how its value is known.
type Fact struct {
	Name  string // in expressions: "maker_listed"
	Type  string // "bool", "string" or "list of strings"
	About string // "organisation", "site", "use", "device", or "product": what must be looked up about the model
	Key   string // where estate.yaml gives it: "sensitive.secret"; "" when it is read from the device or worked out
	Says  string // what is missing, in words that follow "not known:"
	No    string // sentence part when it is false and that decides; "" when it says nothing by itself
	Group string // facts that are asked as one question when all are missing
	Part  bool   // a component: acts only on evidence, its absence alone never makes a verdict unknown
}

// Facts is everything an expression may ask, in the order it is documented.
// The list is closed: a name that is not here fails at [Load].
var Facts = []Fact{
	{Name: "org_type", Type: typeString, About: "organisation", Key: "type", Says: "the type of organisation"},
	{Name: "org_country", Type: typeString, About: "organisation", Key: "country", Says: "the country of the organisation"},

	{Name: "site_secret", Type: typeBool, About: "site", Key: "sensitive.secret", Group: "sensitive",
		Says: "whether the site routinely holds material at SECRET or above"},
	{Name: "site_developed_vetting", Type: typeBool, About: "site", Key: "sensitive.developed-vetting", Group: "sensitive",
		Says: "whether a significant part of the site's officials hold developed vetting"},
	{Name: "site_ministers", Type: typeBool, About: "site", Key: "sensitive.ministers", Group: "sensitive",
		Says: "whether ministers routinely use the site"},
	{Name: "site_socpa", Type: typeBool, About: "site", Key: "sensitive.socpa", Group: "sensitive", No: "the site is not a sensitive site",
		Says: "whether the site is a government location under the Serious Organised Crime and Police Act 2005"},

	{Name: "purpose_public_safety", Type: typeBool, About: "use", Key: "purpose.public-safety", Group: "purpose",
		Says: "whether the equipment serves public safety"},
	{Name: "purpose_government_facility", Type: typeBool, About: "use", Key: "purpose.government-facility", Group: "purpose",
		Says: "whether the equipment secures a government facility"},
	{Name: "purpose_critical_infrastructure", Type: typeBool, About: "use", Key: "purpose.critical-infrastructure", Group: "purpose",
		Says: "whether the equipment is for the physical security of critical infrastructure"},
	{Name: "purpose_national_security", Type: typeBool, About: "use", Key: "purpose.national-security", Group: "purpose",
		No:   "the equipment serves none of the purposes the clause names",
		Says: "whether the equipment serves another national security purpose"},

	{Name: "core_network", Type: typeBool, About: "use", Key: "facts.core-network", No: "it is not connected to a core network",
		Says: "whether the equipment is connected to a departmental core network"},
	{Name: "telecom_equipment", Type: typeBool, About: "product", Key: "facts.telecom-equipment", No: "it is not telecommunications equipment",
		Says: "whether this is telecommunications equipment"},
	{Name: "public_network", Type: typeBool, About: "use", Key: "facts.public-network", No: "it is no part of a public telecommunications network",
		Says: "whether the equipment is part of a public telecommunications network"},
	{Name: "supplied_to_government", Type: typeBool, About: "use", Key: "facts.supplied-to-government", No: "it is not supplied to an agency",
		Says: "whether the equipment is supplied to an agency under a contract"},
	{Name: "federal_funds", Type: typeBool, About: "use", Key: "facts.federal-funds", No: "it was not bought with federal funds",
		Says: "whether the equipment is paid for with federal funds"},
	{Name: "took_decision", Type: typeBool, About: "organisation", Key: "facts.took-decision", No: "the organisation took no such decision",
		Says: "whether this organisation is one that took the decision"},
	{Name: "fcc_authorised_before", Type: typeBool, About: "product", Key: "facts.fcc-authorised-before",
		Says: "whether the FCC had authorised this model before the rule took effect"},
	{Name: "produced_abroad", Type: typeBool, About: "product", Key: "facts.produced-abroad", No: "it is not produced outside the United States",
		Says: "whether the product is produced outside the United States"},
	{Name: "consumer_product", Type: typeBool, About: "product", Key: "facts.consumer-product", No: "it is not made available to consumers",
		Says: "whether the product is made available to UK consumers"},
	{Name: "support_period_published", Type: typeBool, About: "product", Key: "facts.support-period-published",
		Says: "whether the maker has published an end date of security support"},
	{Name: "conformity_shown", Type: typeBool, About: "product", Key: "facts.conformity-shown",
		Says: "whether the product carries the declaration or certificate the rule asks for"},
	{Name: "thermal_camera", Type: typeBool, About: "product", Key: "facts.thermal-camera", No: "it is not a thermal camera",
		Says: "whether this is a thermal camera"},
	{Name: "exception_granted", Type: typeBool, About: "use", Key: "facts.exception-granted",
		Says: "whether a waiver, approval or exception was granted"},

	{Name: "kind", Type: typeString, About: "device", Says: "the kind of equipment"},
	{Name: "video_surveillance", Type: typeBool, About: "device", No: "it is not video surveillance equipment",
		Says: "whether this is a camera or other video surveillance equipment"},
	{Name: "brand", Type: typeString, About: "device", Says: "the brand"},
	{Name: "model", Type: typeString, About: "device", Says: "the model"},
	{Name: "maker", Type: typeString, About: "device", Says: "the maker"},
	{Name: "maker_home", Type: typeString, About: "device", Says: "the home country of the maker"},
	{Name: "maker_owners", Type: typeList, About: "device", Says: "who owns the maker"},
	{Name: "maker_listed", Type: typeBool, About: "device", Says: "the maker"},
	{Name: "maker_from_country", Type: typeBool, About: "device", Says: "the maker"},
	{Name: "platform", Type: typeString, About: "device", Says: "whose firmware runs on it", Part: true},
	{Name: "platform_listed", Type: typeBool, About: "device", Says: "whose firmware runs on it", Part: true},
	{Name: "chip_maker", Type: typeString, About: "device", Says: "the maker of the system-on-chip", Part: true},
	{Name: "chip_maker_listed", Type: typeBool, About: "device", Says: "the maker of the system-on-chip", Part: true},
	{Name: "chip_maker_from_country", Type: typeBool, About: "device", Says: "the maker of the system-on-chip", Part: true},
	{Name: "network_part", Type: typeString, About: "device", Says: "the maker of the network part", Part: true},
	{Name: "network_part_listed", Type: typeBool, About: "device", Says: "the maker of the network part", Part: true},
}

// briefly words the same in a sentence that has no room for all of it.
var briefly = map[string]string{"sensitive": "whether the site is sensitive", "purpose": "what the equipment is for"}

// groups words a whole group of facts that are all missing.
var groups = map[string]string{
	"sensitive": "whether the site is sensitive (it holds SECRET or above, has many officials with developed vetting, is routinely used by ministers, or is a location under the Serious Organised Crime and Police Act 2005)",
	"purpose":   "what the equipment is for (public safety, security of a government facility, critical infrastructure, other national security)",
}

// factIndex finds a fact by the name expressions use.
var factIndex = func() map[string]int {
	m := make(map[string]int, len(Facts))
	for i, f := range Facts {
		m[f.Name] = i
	}
	return m
}()

// factSection splits the key of each fact that is a yes or no in estate.yaml.
var factSection = func() []struct{ group, key string } {
	out := make([]struct{ group, key string }, len(Facts))
	for i, f := range Facts {
		if group, key, ok := strings.Cut(f.Key, "."); ok {
			out[i].group, out[i].key = group, key
		}
	}
	return out
}()
