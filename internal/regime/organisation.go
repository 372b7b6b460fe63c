package regime

import "slices"

// An Organisation is what was said about who answers for the devices, and
// about the site. The zero Organisation says nothing, and every regime then
// answers whom it would apply to.
//
// A map entry that is absent means "not known", which is not "no".
type Organisation struct {
	Name      string          // free text, printed only
	Type      string          // one of [OrganisationTypes]; "" when not known
	Country   string          // ISO 3166-1 alpha-2; "" when not known
	Site      string          // free text, printed only
	Sensitive map[string]bool // limbs of the UK definition of a sensitive site, keys of [EstateKeys] under "sensitive"
	Purpose   map[string]bool // what the equipment is for, keys under "purpose"
	Facts     map[string]bool // further facts some clause asks for, keys under "facts"
	Purchased string          // YYYY, YYYY-MM or YYYY-MM-DD; "" when not known
	Installed string          // likewise
	Egress    Egress          // where its devices may reach
}

// An OrganisationType is one value of [Organisation.Type].
type OrganisationType struct {
	ID      string
	Country string // ISO 3166-1 alpha-2 that the type implies; "" for any
	Says    string // "a police force in the United Kingdom"
}

// OrganisationTypes are the kinds of organisation some regime tells apart, in
// the order they are documented. An organisation that fits none is "private".
var OrganisationTypes = []OrganisationType{
	{"uk-central-government", "GB", "a UK central government department"},
	{"uk-dhsc", "GB", "the UK Department of Health and Social Care"},
	{"uk-police", "GB", "a police force in the United Kingdom"},
	{"uk-council", "GB", "a local authority in the United Kingdom"},
	{"uk-nhs", "GB", "a body of the National Health Service"},
	{"uk-other-public", "GB", "another public body in the United Kingdom"},
	{"uk-telecoms-provider", "GB", "a UK public communications provider"},
	{"scottish-government", "GB", "the Scottish Government"},
	{"welsh-government", "GB", "the Welsh Government"},
	{"us-federal-agency", "US", "a US executive agency other than Defense"},
	{"us-dod", "US", "the US Department of Defense (War)"},
	{"us-federal-contractor", "", "a company with a US federal contract"},
	{"us-dod-contractor", "", "a company with a US Department of Defense (War) contract"},
	{"us-grant-recipient", "", "a recipient of US federal grants or loans"},
	{"us-usf-recipient", "US", "a recipient of the US Universal Service Fund"},
	{"au-commonwealth", "AU", "an Australian Commonwealth entity"},
	{"ca-federal", "CA", "a Canadian department, agency or Crown corporation"},
	{"nz-agency", "NZ", "a New Zealand government agency"},
	{"tw-agency", "TW", "a Taiwanese agency or public school"},
	{"lt-public-body", "LT", "a Lithuanian public body"},
	{"dk-capital-region", "DK", "the Capital Region of Denmark"},
	{"dk-copenhagen", "DK", "the City of Copenhagen"},
	{"dk-public-body", "DK", "another Danish public body"},
	{"eu-parliament", "", "the European Parliament"},
	{"eu-essential-entity", "", "an entity in a sector of the NIS2 directive"},
	{"manufacturer-importer", "", "a company that makes, imports or sells the equipment"},
	{"private", "", "any other organisation"},
}

// organisationType finds a type by id.
func organisationType(id string) (OrganisationType, bool) {
	i := slices.IndexFunc(OrganisationTypes, func(t OrganisationType) bool { return t.ID == id })
	if i < 0 {
		return OrganisationType{}, false
	}
	return OrganisationTypes[i], true
}
