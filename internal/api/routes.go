package api

import (
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
)

// A Route is one thing a program can ask for. The OpenAPI document is written
// from the table of them, and tests walk it with each role.
type Route struct {
	Method, Path string
	Action       access.Action // that the person must be allowed somewhere; the handler asks for the very organisation. "": anyone signed in
	Tag, Says    string
	Params       []Param
	Body         any      // value of the type that is sent as JSON; nil: none
	Kinds        []string // content types of a body that is no JSON
	Answer       any      // value of the type that comes back; nil: nothing
	Items        bool     // Answer comes in a list, a page at a time
	Partly       bool     // its keys are those that the parameter fields names
	Status       int      // of success; 0: 200
	Gives        []string // content types of an answer that is no JSON
	Version      bool     // answers have an ETag that a change is sent with, and a change needs If-Match

	handle func(*call) error // nil: package web serves it under the same address
}

// A Param is a parameter of the address.
type Param struct {
	Name, Says string
	Type       string   // string, integer, boolean; "": string
	Values     []string // all there are; nil: any
	Must       bool
}

var (
	limitParam = Param{Name: "limit", Says: "items of a page, 1 to 1000; 100 when absent", Type: "integer"}
	afterParam = Param{Name: "after", Says: "next of the page before"}
	paging     = []Param{limitParam, afterParam}
	orgParam   = Param{Name: "organisation", Says: "id of an organisation; several with commas. All that the account may see when absent"}
	siteParam  = Param{Name: "site", Says: "id of a site; several with commas. All that the account may see when absent", Type: "string"}
	fromParam  = Param{Name: "from", Says: "hours that begin at this time or later: 2026-11-23 or 2026-11-23T08:00:00Z"}
	toParam    = Param{Name: "to", Says: "hours that begin before this time"}
	queryParam = Param{Name: "q", Says: "search of the estate, as in the page: maker:hikvision AND egress.country!=GB"}
	nameParam  = Param{Name: "name", Says: "what the file is called", Must: true}
)

func with(list []Param, more ...Param) []Param { return append(more, list...) }

// takes reports whether the route has a parameter.
func (rt *Route) takes(name string) bool {
	for _, p := range rt.Params {
		if p.Name == name {
			return true
		}
	}
	return false
}

func (rt *Route) names() string {
	if len(rt.Params) == 0 {
		return "none"
	}
	names := make([]string, len(rt.Params))
	for i, p := range rt.Params {
		names[i] = p.Name
	}
	return strings.Join(names, ", ")
}

// any file is taken as it is; the name tells formats that content does not.
var anyFile = []string{"application/octet-stream"}

// Routes lists them all.
func Routes() []Route {
	return []Route{
		{Method: "GET", Path: "/me", Tag: "Account", Says: "who asks, and what they may do where", Answer: Me{}, handle: me},
		{Method: "GET", Path: "/tokens", Tag: "Account", Says: "one's own tokens", Params: paging, Answer: Token{}, Items: true, handle: tokens},
		{Method: "POST", Path: "/tokens", Tag: "Account", Says: "make a token for oneself, signed in with a session; its secret is told once", Body: NewToken{}, Answer: MadeToken{}, Status: 201, handle: tokenAdd},
		{Method: "DELETE", Path: "/tokens/{token}", Tag: "Account", Says: "revoke a token", Status: 204, handle: tokenDrop},

		{Method: "GET", Path: "/organisations", Action: access.View, Tag: "Organisations and sites", Says: "organisations that the account may see", Params: paging, Answer: hub.Organisation{}, Items: true, handle: organisations},
		{Method: "POST", Path: "/organisations", Action: access.Administer, Tag: "Organisations and sites", Says: "add an organisation", Body: OrganisationFields{}, Answer: hub.Organisation{}, Status: 201, handle: organisationAdd},
		{Method: "GET", Path: "/organisations/{organisation}", Action: access.View, Tag: "Organisations and sites", Says: "one organisation", Answer: hub.Organisation{}, Version: true, handle: organisationGet},
		{Method: "PATCH", Path: "/organisations/{organisation}", Action: access.Operate, Tag: "Organisations and sites", Says: "change an organisation; its sites are judged again", Body: OrganisationFields{}, Answer: hub.Organisation{}, Version: true, handle: organisationPatch},
		{Method: "DELETE", Path: "/organisations/{organisation}", Action: access.Administer, Tag: "Organisations and sites", Says: "take an organisation out for good, with all of its sites, roles in it, saved searches and subscriptions; the audit log stays. Needs the role admin in every organisation", Params: []Param{{Name: "name", Says: "its name, so that it is not another's id that was mistyped", Must: true}}, Status: 202, handle: organisationDrop},
		{Method: "GET", Path: "/organisations/{organisation}/export", Action: access.View, Tag: "Exports", Says: "all sites of an organisation in a format of the audit, a site after the other; ids of devices begin with their site, and SARIF has a run for each. An answer whose connection ends before its time is not whole", Params: []Param{formatParam}, Gives: exportKinds(), handle: organisationExport},
		{Method: "GET", Path: "/sites", Action: access.View, Tag: "Organisations and sites", Says: "sites", Params: with(paging, orgParam), Answer: hub.Site{}, Items: true, handle: sites},
		{Method: "POST", Path: "/sites", Action: access.Operate, Tag: "Organisations and sites", Says: "add a site", Body: NewSite{}, Answer: hub.Site{}, Status: 201, handle: siteAdd},
		{Method: "GET", Path: "/sites/{site}", Action: access.View, Tag: "Organisations and sites", Says: "one site", Answer: hub.Site{}, Version: true, handle: siteGet},
		{Method: "PATCH", Path: "/sites/{site}", Action: access.Operate, Tag: "Organisations and sites", Says: "change a site; it is judged again", Body: SiteFields{}, Answer: hub.Site{}, Version: true, handle: sitePatch},
		{Method: "DELETE", Path: "/sites/{site}", Action: access.Administer, Tag: "Organisations and sites", Says: "take a site out for good, with its inputs, devices, conversations, lists and decisions; the audit log stays", Params: []Param{{Name: "name", Says: "its name, so that it is not another's id that was mistyped", Must: true}}, Status: 202, handle: siteDrop},
		{Method: "GET", Path: "/sites/{site}/zones", Action: access.View, Tag: "Organisations and sites", Says: "parts of a site's network", Params: paging, Answer: hub.Zone{}, Items: true, handle: zones},
		{Method: "GET", Path: "/sites/{site}/export", Action: access.View, Tag: "Exports", Says: "a site in a format of the audit", Params: []Param{formatParam}, Gives: exportKinds(), handle: siteExport},

		{Method: "POST", Path: "/sites/{site}/ingests", Action: access.Ingest, Tag: "Inputs", Says: "hand in a file; it is read after those that wait", Params: []Param{nameParam}, Kinds: anyFile, Answer: Ingest{}, Status: 202, handle: ingestAdd},
		{Method: "GET", Path: "/ingests", Action: access.View, Tag: "Inputs", Says: "inputs, newest first", Params: with(paging, Param{Name: "site", Says: "id of a site; all that the account may see when absent", Type: "integer"}), Answer: Ingest{}, Items: true, handle: ingests},
		{Method: "GET", Path: "/ingests/{ingest}", Action: access.View, Tag: "Inputs", Says: "one input: how far it is, and how much of it could be read", Answer: Ingest{}, handle: ingestGet},
		{Method: "POST", Path: "/ingests/{ingest}/cancel", Action: access.Ingest, Tag: "Inputs", Says: "stop reading an input; what it told is forgotten", Answer: Ingest{}, handle: ingestCancel},
		{Method: "DELETE", Path: "/ingests/{ingest}", Action: access.Operate, Tag: "Inputs", Says: "take out what an input told; its site is worked out again without it. One that is not read yet is cancelled instead", Answer: Ingest{}, Status: 202, handle: ingestDrop},
		{Method: "GET", Path: "/uploads/{upload}", Action: access.Ingest, Tag: "Inputs", Says: "how many bytes of an upload are here; upload is 32 hexadecimal digits of the client's choice", Answer: Offset{}},
		{Method: "PUT", Path: "/uploads/{upload}", Action: access.Ingest, Tag: "Inputs", Says: "the next piece of an upload, 16 MiB at most", Params: []Param{{Name: "offset", Says: "bytes that are here; 409 when there are others", Type: "integer", Must: true}}, Kinds: anyFile, Answer: Offset{}},
		{Method: "POST", Path: "/uploads/{upload}", Action: access.Ingest, Tag: "Inputs", Says: "an upload is whole: the fields site and name of a form say what it is", Kinds: []string{"application/x-www-form-urlencoded"}, Answer: Uploaded{}},

		{Method: "GET", Path: "/devices", Action: access.View, Tag: "Devices", Says: "devices of the estate", Answer: store.DeviceRow{}, Items: true, Partly: true, handle: devices,
			Params: with(paging, queryParam, orgParam, siteParam, Param{Name: "sort", Says: "column; severity when absent", Values: store.Sorts()}, descParam, Param{Name: "fields", Says: "names of the keys that are wanted, with commas; all when absent"})},
		{Method: "GET", Path: "/devices/{site}/{device}", Action: access.View, Tag: "Devices", Says: "one device: what is claimed of it with the evidence, findings, whom it reaches, and its timeline", Answer: Device{}, handle: deviceGet},
		{Method: "GET", Path: "/facets", Action: access.View, Tag: "Devices", Says: "devices counted by values of fields", Answer: map[string][]store.Count{}, handle: facets,
			Params: []Param{queryParam, orgParam, siteParam, {Name: "by", Says: "fields with commas: " + strings.Join(store.FacetFields(), ", "), Must: true}}},

		{Method: "GET", Path: "/figures", Action: access.Figures, Tag: "Figures", Says: "sums of each organisation; no site and no device is named", Params: with(paging, orgParam), Answer: store.Figures{}, Items: true, handle: figures},

		{Method: "GET", Path: "/findings", Action: access.View, Tag: "Findings", Says: "what somebody must decide about", Answer: store.FindingRow{}, Items: true, handle: findings,
			Params: with(paging, queryParam, orgParam, siteParam, Param{Name: "status", Says: "of the decision; decided is whatever is not open", Values: append(slices.Clone(hub.Statuses), store.Decided)}, Param{Name: "owner", Says: "who is to deal with it"}, Param{Name: "regime", Says: "id of a rule"},
				Param{Name: "verdict", Says: "what the rule says, the outcome of the finding: would-be-prohibited and would-be-restricted are not among cannot-tell", Values: verdicts}, Param{Name: "due", Says: "due by this day, YYYY-MM-DD; overdue: due before today, neither done nor waived"}, Param{Name: "waived", Says: "whether a waiver holds", Values: []string{"yes", "no"}},
				Param{Name: "severity", Says: "at least: 4 prohibited, 3 restricted or would be prohibited or restricted, 2 advised against, 1 cannot tell", Type: "integer"}, Param{Name: "sort", Says: "column; severity when absent", Values: store.FindingSorts()}, descParam)},
		{Method: "GET", Path: "/findings/{site}/{device}/{regime}", Action: access.View, Tag: "Findings", Says: "one finding with the decision on it", Answer: store.FindingRow{}, Version: true, handle: findingGet},
		{Method: "PATCH", Path: "/findings/{site}/{device}/{regime}", Action: access.Judge, Tag: "Findings", Says: "decide a finding, or waive it for a while", Body: Decision{}, Answer: store.FindingRow{}, Version: true, handle: findingPatch},

		{Method: "GET", Path: "/conversations", Action: access.View, Tag: "Traffic", Says: "who talked to whom, by the hour", Answer: Conversation{}, Items: true, handle: conversations,
			Params: with(paging, Param{Name: "site", Says: "id of the site", Type: "integer", Must: true}, Param{Name: "device", Says: "id of one device; all when absent"}, fromParam, toParam)},
		{Method: "GET", Path: "/egress", Action: access.View, Tag: "Traffic", Says: "sums of conversations, most bytes up first", Answer: Total{}, Items: true, handle: totals,
			Params: []Param{{Name: "by", Says: "keys with commas: " + keyNames(), Must: true}, siteParam, {Name: "scope", Says: "outside when absent", Values: []string{"outside", "inside", "group", "all"}}, fromParam, toParam, limitParam}},

		{Method: "GET", Path: "/sites/{site}/lists", Action: access.View, Tag: "Asset lists", Says: "asset lists of a site", Params: paging, Answer: store.AssetList{}, Items: true, handle: lists},
		{Method: "POST", Path: "/sites/{site}/lists", Action: access.Operate, Tag: "Asset lists", Says: "hand in an asset list (CSV, XLSX, nmap XML, runZero JSONL) in the place of one of that name; dry_run tells what it would say", Status: 200, Answer: ListRead{}, handle: listAdd,
			Params: []Param{nameParam, {Name: "dry_run", Says: "keep nothing", Type: "boolean"}, {Name: "mapping", Says: `how its columns are read, as JSON or YAML: {"columns": {"Bezeichnung": "name"}, "dates": "dmy", "kind": "camera"}; a column that it does not name is guessed; as an earlier list with the same columns, else guessed, when absent. Fields: ` + fieldNames()}}, Kinds: anyFile},
		{Method: "GET", Path: "/sites/{site}/lists/{list}", Action: access.View, Tag: "Asset lists", Says: "one asset list, with how its columns were read", Answer: MappedList{}, handle: listGet},
		{Method: "DELETE", Path: "/sites/{site}/lists/{list}", Action: access.Operate, Tag: "Asset lists", Says: "take an asset list out", Status: 204, handle: listDrop},

		{Method: "GET", Path: "/queries", Action: access.View, Tag: "Saved searches", Says: "saved searches", Params: with(paging, orgParam), Answer: hub.Query{}, Items: true, handle: queries},
		{Method: "POST", Path: "/queries", Action: access.Judge, Tag: "Saved searches", Says: "save a search", Body: NewQuery{}, Answer: hub.Query{}, Status: 201, handle: queryAdd},
		{Method: "GET", Path: "/queries/{query}", Action: access.View, Tag: "Saved searches", Says: "one saved search", Answer: hub.Query{}, handle: queryGet},
		{Method: "DELETE", Path: "/queries/{query}", Action: access.Judge, Tag: "Saved searches", Says: "forget a saved search", Status: 204, handle: queryDrop},

		{Method: "GET", Path: "/subscriptions", Action: access.Administer, Tag: "Subscriptions", Says: "who is told of events of an organisation", Params: with(paging, Param{Name: "organisation", Says: "its id", Type: "integer", Must: true}), Answer: store.Webhook{}, Items: true, handle: subscriptions},
		{Method: "POST", Path: "/subscriptions", Action: access.Administer, Tag: "Subscriptions", Says: "tell an address of events: https://… (signed), mailto:… or syslog:. The secret is told once", Body: NewSubscription{}, Answer: MadeSubscription{}, Status: 201, handle: subscriptionAdd},
		{Method: "GET", Path: "/subscriptions/{subscription}", Action: access.Administer, Tag: "Subscriptions", Says: "one subscription", Answer: store.Webhook{}, handle: subscriptionGet},
		{Method: "POST", Path: "/subscriptions/{subscription}/test", Action: access.Administer, Tag: "Subscriptions", Says: "tell it something now; 422 says why it was not taken", Status: 204, handle: subscriptionTry},
		{Method: "PATCH", Path: "/subscriptions/{subscription}", Action: access.Administer, Tag: "Subscriptions", Says: "change which events are told, or pause", Body: SubscriptionFields{}, Answer: store.Webhook{}, handle: subscriptionPatch},
		{Method: "DELETE", Path: "/subscriptions/{subscription}", Action: access.Administer, Tag: "Subscriptions", Says: "tell it no more; what waits for it is dropped", Status: 204, handle: subscriptionDrop},
		{Method: "GET", Path: "/subscriptions/{subscription}/deliveries", Action: access.Administer, Tag: "Subscriptions", Says: "the last things that were told, or could not be", Params: paging, Answer: store.Delivery{}, Items: true, handle: deliveries},

		{Method: "GET", Path: "/tasks", Action: access.Administer, Tag: "Care of the hub", Says: "the last tasks, of this start of the hub. All of them are in the audit log", Params: paging, Answer: hub.Task{}, Items: true, handle: tasks},
		{Method: "POST", Path: "/tasks", Action: access.Administer, Tag: "Care of the hub", Says: "back everything up into a new folder of backup.folder, prove the audit log, work everything out again, or give free space back; one at a time, while the hub runs. It is for who administers every organisation", Body: NewTask{}, Answer: hub.Task{}, Status: 202, handle: taskAdd},
		{Method: "GET", Path: "/tasks/{task}", Action: access.Administer, Tag: "Care of the hub", Says: "how far a task is, and what came of it", Answer: hub.Task{}, handle: taskGet},

		{Method: "GET", Path: "/audit", Action: access.Administer, Tag: "Audit log", Says: "every change, newest first", Params: with(paging, orgParam), Answer: hub.Entry{}, Items: true, handle: audit},
	}
}

var descParam = Param{Name: "desc", Says: "largest first", Type: "boolean"}
