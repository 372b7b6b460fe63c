package web

import "github.com/lenscap/lenscap/internal/access"

// A Route is one page or form of the hub: what it needs and what it is for. The
// pages of package access have a table of their own.
type Route struct {
	Method, Pattern string
	Action          access.Action // that the person must be allowed somewhere; the handler asks for the very organisation
	Says            string        // what it does
	handle          func(*call) error
	Form            string // pattern of the page that the form is on, to show it again; "": none but what it names as "back"
}

// Routes lists them all. Tests walk it with each role, and the reference is
// written from it.
func Routes() []Route {
	return []Route{
		{"GET", "/{$}", access.View, "Estate: every device, searched and counted", estatePage, ""},
		{"GET", "/estate.csv", access.View, "what is shown of the estate, as CSV", estateCSV, ""},
		{"GET", "/estate.json", access.View, "what is shown of the estate, as JSON", estateJSON, ""},
		{"GET", "/search", access.View, "what can be asked of the estate, and how it is written", searchPage, ""},
		{"GET", "/complete", access.View, "what could stand at the cursor of a search", completePage, ""},
		{"POST", "/columns", access.View, "choose the columns of the estate", columnsForm, "/"},
		{"POST", "/devices", access.View, "tag, plan or decide many devices; the handler asks for judge or operate", bulkForm, "/"},
		{"GET", "/devices/{site}/{device}", access.View, "one device: what is claimed of it, why, and what follows", devicePage, ""},
		{"POST", "/devices/{site}/{device}/tags", access.Judge, "tag a device", deviceTag, "/devices/{site}/{device}"},
		{"POST", "/devices/{site}/{device}/notes", access.Judge, "write a note on a device", deviceNote, "/devices/{site}/{device}"},
		{"POST", "/devices/{site}/{device}/plan", access.Operate, "plan a device", devicePlan, "/devices/{site}/{device}"},
		{"POST", "/devices/{site}/{device}/findings/{regime}", access.Judge, "decide a finding, or waive it for a while", decideForm, "/devices/{site}/{device}"},
		{"GET", "/events", access.View, "what changes, as it changes (server-sent events)", eventStream, ""},
		{"POST", "/welcome", access.Ingest, "first run: an organisation, a site and a capture", welcomeForm, "/"},

		{"GET", "/egress", access.View, "Egress: who the estate talks to, and the test of closed sites", egressPage, ""},
		{"GET", "/findings", access.View, "Findings: what somebody must decide about", findingsPage, ""},
		{"POST", "/findings", access.Judge, "decide many findings", findingsForm, "/findings"},
		{"GET", "/rules", access.View, "Rules: every regime and who is caught, as at any day", rulesPage, ""},
		{"GET", "/rules/{regime}", access.View, "one rule: its text and who is caught", rulePage, ""},
		{"GET", "/plan", access.View, "Plan: in which order devices are dealt with, and what is left by month", planPage, ""},
		{"GET", "/board", access.View, "Report for a board: figures with their denominators, to read and print", boardPage, ""},
		{"GET", "/figures", access.Figures, "Figures: sums of organisations, without sites and devices", figuresPage, ""},
		{"GET", "/knowledge", access.View, "Knowledge base: companies with their sources", knowledgePage, ""},
		{"GET", "/knowledge/{company}", access.View, "one company: who owns it, what it makes, and from where that is known", companyPage, ""},
		{"GET", "/settings", access.View, "how this hub is set up", settingsPage, ""},
		{"POST", "/queries", access.Judge, "save a search", queryForm, "/"},
		{"POST", "/queries/{query}/drop", access.Judge, "forget a saved search", queryDrop, ""},
		{"GET", "/subscriptions", access.Administer, "Subscriptions: who is told when something happens", subscriptionsPage, ""},
		{"POST", "/subscriptions", access.Administer, "subscribe a webhook, a mailbox or syslog", subscriptionAdd, "/subscriptions"},
		{"POST", "/subscriptions/{subscription}", access.Administer, "halt a subscription, let it go on, or drop it", subscriptionForm, ""},
		{"GET", "/care", access.Administer, "Care: back up, prove the audit log, work everything out again", carePage, ""},
		{"POST", "/care", access.Administer, "order such a task", careForm, "/care"},
		{"GET", "/audit", access.Administer, "Audit log: every change, by whom and when", auditPage, ""},

		{"GET", "/inputs", access.View, "Inputs and how much of each could be read", inputsPage, ""},
		{"GET", "/inputs/new", access.Ingest, "hand in a capture or a log", uploadPage, ""},
		{"POST", "/inputs", access.Ingest, "hand in a file as a form", uploadForm, "/inputs/new"},
		{"GET", "/inputs/{ingest}", access.View, "one input", ingestPage, ""},
		{"POST", "/inputs/{ingest}/cancel", access.Ingest, "stop reading an input", cancelForm, ""},
		{"POST", "/inputs/{ingest}/drop", access.Operate, "take out what an input told", dropForm, ""},
		{"GET", "/upload/{upload}", access.Ingest, "how much of an upload is here", uploadOffset, ""},
		{"PUT", "/upload/{upload}", access.Ingest, "the next piece of an upload", uploadPiece, ""},
		{"POST", "/upload/{upload}", access.Ingest, "an upload is whole", uploadDone, ""},
		{"GET", "/api/v1/uploads/{upload}", access.Ingest, "how much of an upload is here, for programs", uploadOffset, ""},
		{"PUT", "/api/v1/uploads/{upload}", access.Ingest, "the next piece of an upload, for programs", uploadPiece, ""},
		{"POST", "/api/v1/uploads/{upload}", access.Ingest, "an upload is whole, for programs", uploadDone, ""},

		{"GET", "/sites", access.View, "Organisations and sites", sitesPage, ""},
		{"POST", "/organisations", access.Administer, "add an organisation", organisationAdd, "/sites"},
		{"GET", "/organisations/{organisation}", access.View, "one organisation", organisationPage, ""},
		{"POST", "/organisations/{organisation}", access.Operate, "change an organisation", organisationForm, "/organisations/{organisation}"},
		{"POST", "/organisations/{organisation}/drop", access.Administer, "take an organisation out, with all of its sites", organisationDropForm, "/organisations/{organisation}"},
		{"POST", "/sites", access.Operate, "add a site", siteAdd, "/sites"},
		{"GET", "/sites/{site}", access.View, "one site: what is known of it and what is asked", sitePage, ""},
		{"GET", "/sites/{site}/lists", access.View, "Asset lists of a site, beside what was seen", listsPage, ""},
		{"POST", "/sites/{site}/lists", access.Operate, "hand in an asset list; nothing is kept before it was looked at", listUpload, "/sites/{site}/lists"},
		{"GET", "/sites/{site}/lists/{list}", access.Operate, "what an asset list would say: mapping, lines and faults", listCheck, ""},
		{"POST", "/sites/{site}/lists/{list}", access.Operate, "try another mapping, or keep the list", listForm, ""},
		{"POST", "/sites/{site}/lists/drop", access.Operate, "take an asset list out", listDrop, ""},
		{"GET", "/sites/{site}/netbox", access.Operate, "read a list from NetBox, and write back what was found out", netboxPage, ""},
		{"POST", "/sites/{site}/netbox", access.Operate, "read devices from NetBox; nothing is kept before it was looked at", netboxRead, "/sites/{site}/netbox"},
		{"POST", "/sites/{site}/netbox/write", access.Operate, "show what would be written to NetBox, or write it", netboxWrite, ""},
		{"GET", "/sites/{site}/equipment", access.View, "equipment that no network shows, entered by hand", equipmentPage, ""},
		{"POST", "/sites/{site}/equipment", access.Operate, "enter, change or drop a piece of equipment", equipmentForm, ""},
		{"GET", "/sites/{site}/comparison.csv", access.View, "what is declared beside what was seen, field by field, as CSV", comparisonCSV, ""},
		{"GET", "/sites/{site}/comparison.json", access.View, "the same as JSON", comparisonJSON, ""},
		{"POST", "/sites/{site}/drop", access.Administer, "take a site out, with all that is kept of it", siteDropForm, "/sites/{site}"},
		{"POST", "/sites/{site}", access.Operate, "answer the questions about a site", siteForm, "/sites/{site}"},
	}
}
