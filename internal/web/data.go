package web

import (
	"context"
	"io"

	"github.com/lenscap/lenscap/internal/asset"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/pipeline"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

// A Store keeps the estate and lists it for pages; [store.DB] is one. Whose
// devices a person may see goes into each question.
type Store interface {
	hub.Store

	Devices(ctx context.Context, q store.DeviceQuery) (store.DevicePage, error)
	Device(ctx context.Context, site int64, device string) (*store.DeviceRow, error)
	Facets(ctx context.Context, q store.DeviceQuery, fields []string) (map[string][]store.Count, error)
	Figures(ctx context.Context, o *hub.Organisation) (*store.Figures, error)
	Docs(ctx context.Context, site int64, fn func(*report.Device, []finding.Finding) error) error
	Reach(ctx context.Context, site int64, device string) ([]hub.Reach, error)
	Changes(ctx context.Context, site int64, device string) ([]hub.Change, error)

	RecentIngests(ctx context.Context, organisations []int64, all bool, before int64, n int) ([]hub.Ingest, error)
	Overlaps(ctx context.Context, sites []int64) ([]hub.Overlap, error)
	Decision(ctx context.Context, site int64, device, regime string) (*hub.Decision, error)
	Notes(ctx context.Context, site int64, device string) ([]hub.Note, error)
	Tags(ctx context.Context, site int64, device string) ([]string, error)
	Step(ctx context.Context, site int64, device string) (*hub.Step, error)
	DeclaredOf(ctx context.Context, site int64, device string) ([]hub.Declared, error)
	AssetLists(ctx context.Context, site int64) ([]store.AssetList, error)
	ShownNames(ctx context.Context) (map[string]string, error)
	Holding(ctx context.Context, organisation int64) (store.Holding, error)
	Presences(ctx context.Context, site int64) ([]store.Presence, error)
	hub.Mappings
	Lines(ctx context.Context, site int64, list string) ([]hub.Declared, error)
	SavedQueries(ctx context.Context, organisations []int64) ([]hub.Query, error)
	Findings(ctx context.Context, q store.FindingQuery) (store.FindingPage, error)
	FindingCounts(ctx context.Context, q store.FindingQuery) (store.FindingCounts, error)
	FindingCells(ctx context.Context, q store.FindingQuery) ([]store.FindingCell, error)
	SiteDevices(ctx context.Context, q store.DeviceQuery) (map[int64]int64, error)
	Flows(ctx context.Context, q store.DeviceQuery) ([]store.Flow, error)
	Leaks(ctx context.Context, q store.DeviceQuery, most int) (map[int64]store.Leaks, error)
	Countries(ctx context.Context, q store.DeviceQuery) ([]store.CountryFlow, error)
	Plan(ctx context.Context, q store.DeviceQuery) ([]store.PlanRow, error)
	BurnDown(ctx context.Context, q store.DeviceQuery) ([]store.Month, error)
	Webhooks(ctx context.Context, organisation int64) ([]store.Webhook, error)
	Webhook(ctx context.Context, id int64) (*store.Webhook, error)
	DeliveryPage(ctx context.Context, webhook, before int64, n int) ([]store.Delivery, error)
	SavedQuery(ctx context.Context, id int64) (*hub.Query, error)
	AuditLog(ctx context.Context, organisations []int64, all bool, before int64, n int) ([]hub.Entry, error)
}

// A Hub takes inputs in and tells what changes; [hub.Hub] is one.
type Hub interface {
	Take(ctx context.Context, p hub.Parcel, r io.Reader) (*hub.Ingest, error)
	TakeFile(ctx context.Context, p hub.Parcel, path string) (*hub.Ingest, error)
	Dir() string // of files that wait, where pieces of an upload are put together
	MaxUpload() int64
	KeepPart(path string, r io.Reader, length int64) error
	PartRoom(path string, more int64) error // an error when an unfinished upload may not grow so much
	Cancel(ctx context.Context, by string, ingest int64) error
	DropIngest(ctx context.Context, by string, ingest int64) error
	DropSite(ctx context.Context, by string, site int64) error
	DropOrganisation(ctx context.Context, by string, id int64) error
	Standing(ctx context.Context, site int64) error // [hub.ErrNotNow] for a site that is being taken out
	Progress(ingest int64) (pipeline.Progress, bool)
	Troubles() []hub.Trouble // work that was put off
	Stale(site int64)
	ListTurn(ctx context.Context) (done func(), err error) // to read an asset list: one is at a time
	KeepList(ctx context.Context, d hub.Deed, site int64, name string, l *asset.List) error
	Listen() (events <-chan hub.Event, stop func())
}
