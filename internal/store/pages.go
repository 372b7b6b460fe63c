package store

import (
	"context"
	"fmt"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
)

// A Page says which part of a list is wanted: Limit items whose ids are above
// After, by rising id.
type Page struct {
	After int64
	Limit int
}

// pageOf reads a part of a list and counts the whole. from is the tables with what
// is true of every item; id is the column that pages go on by.
func pageOf[T any](ctx context.Context, db *DB, scan func(scanner) (T, error), columns, from, id string, p Page, args ...any) (items []T, total int64, err error) {
	s, err := db.snapshot(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer s.end()
	if err := s.QueryRowContext(ctx, "SELECT count(*) FROM "+from, args...).Scan(&total); err != nil {
		return nil, 0, err
	}
	items, err = collect(ctx, s, scan, fmt.Sprintf("SELECT %s FROM %s AND %s > ? ORDER BY %s LIMIT ?", columns, from, id, id), append(args, p.After, p.Limit)...)
	return items, total, err
}

// among is the condition that a column is one of ids; all of them where all is set.
func among(column string, ids []int64, all bool) (where string, args []any) {
	if all {
		return "1", nil
	}
	return column + " IN (SELECT value FROM json_each(?))", []any{jsonInts(ids)}
}

// OrganisationPage gives a part of the organisations with these ids, or of all.
func (db *DB) OrganisationPage(ctx context.Context, ids []int64, all bool, p Page) ([]hub.Organisation, int64, error) {
	where, args := among("id", ids, all)
	return pageOf(ctx, db, scanOrganisation, organisationColumns, "organisation WHERE "+where, "id", p, args...)
}

// SitePage gives a part of the sites of organisations, or of all.
func (db *DB) SitePage(ctx context.Context, organisations []int64, all bool, p Page) ([]hub.Site, int64, error) {
	where, args := among("organisation", organisations, all)
	return pageOf(ctx, db, scanSite, siteColumns, "site WHERE "+where, "id", p, args...)
}

// ZonePage gives a part of the zones of a site.
func (db *DB) ZonePage(ctx context.Context, site int64, p Page) ([]hub.Zone, int64, error) {
	return pageOf(ctx, db, scanZone, zoneColumns, "zone WHERE site = ?", "id", p, site)
}

// QueryPage gives a part of the saved searches of organisations, or of all.
func (db *DB) QueryPage(ctx context.Context, organisations []int64, all bool, p Page) ([]hub.Query, int64, error) {
	where, args := among("organisation", organisations, all)
	return pageOf(ctx, db, scanQuery, queryColumns, "saved_query WHERE "+where, "id", p, args...)
}

// WebhookPage gives a part of the subscriptions of an organisation.
func (db *DB) WebhookPage(ctx context.Context, organisation int64, p Page) ([]Webhook, int64, error) {
	return pageOf(ctx, db, scanWebhook, webhookColumns, "webhook WHERE organisation = ?", "id", p, organisation)
}

// AssetListPage gives a part of the asset lists of a site.
func (db *DB) AssetListPage(ctx context.Context, site int64, p Page) ([]AssetList, int64, error) {
	return pageOf(ctx, db, scanAssetList, assetListColumns, "asset_list AS l WHERE l.site = ?", "l.id", p, site)
}

// TokenPage gives a part of the tokens of an account.
func (db *DB) TokenPage(ctx context.Context, account int64, p Page) ([]access.Token, int64, error) {
	return pageOf(ctx, db, scanToken, tokenColumns, "token AS t WHERE t.account = ?", "t.id", p, account)
}

// DeliveryPage gives n deliveries of a webhook before one, the newest first; 0 is
// the end.
func (db *DB) DeliveryPage(ctx context.Context, webhook, before int64, n int) ([]Delivery, error) {
	return collect(ctx, db.readers, scanDelivery, "SELECT "+deliveryColumns+" FROM delivery WHERE webhook = ?1 AND (?2 = 0 OR id < ?2) ORDER BY id DESC LIMIT ?3", webhook, before, n)
}
