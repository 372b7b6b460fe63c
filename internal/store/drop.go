package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
)

// Settings that remember what is to be taken out, and the numbers that were given
// when something was.
const (
	droppingSite = "dropping.site." // with the site's number
	droppingOrg  = "dropping.organisation."
	lastGiven    = "last." // with the table's name
)

// Dropping is [hub.Store.Dropping].
func (db *DB) Dropping(ctx context.Context) ([]int64, error) { return db.dropping(ctx, droppingSite) }

// DroppingOrganisations is [hub.Store.DroppingOrganisations].
func (db *DB) DroppingOrganisations(ctx context.Context) ([]int64, error) {
	return db.dropping(ctx, droppingOrg)
}

func (db *DB) dropping(ctx context.Context, what string) ([]int64, error) {
	return collect(ctx, db.readers, func(r scanner) (int64, error) {
		var name string
		if err := r.Scan(&name); err != nil {
			return 0, err
		}
		return strconv.ParseInt(strings.TrimPrefix(name, what), 10, 64)
	}, "SELECT name FROM setting WHERE name BETWEEN ? AND ? ORDER BY name", what, what+"~")
}

// SetDropping is [hub.Tx.SetDropping].
func (t *Tx) SetDropping(site int64) error {
	return t.SetSetting(droppingSite+strconv.FormatInt(site, 10), "1")
}

// SetDroppingOrganisation is [hub.Tx.SetDroppingOrganisation].
func (t *Tx) SetDroppingOrganisation(id int64) error {
	var one int
	if err := t.get("SELECT 1 FROM organisation WHERE id = ?", []any{id}, &one); err != nil {
		return missing(err, "organisation %d", id)
	}
	if err := t.SetSetting(droppingOrg+strconv.FormatInt(id, 10), "1"); err != nil {
		return err
	}
	_, err := t.exec("INSERT INTO setting (name, value) SELECT ? || id, '1' FROM site WHERE organisation = ? ON CONFLICT (name) DO NOTHING", droppingSite, id)
	return err
}

// DropOrganisation is [hub.Tx.DropOrganisation].
func (t *Tx) DropOrganisation(id int64) error {
	last, err := t.next("organisation")
	if err == nil {
		err = t.SetSetting(lastGiven+"organisation", strconv.FormatInt(last-1, 10))
	}
	if err != nil {
		return fmt.Errorf("drop organisation %d: %w", id, err)
	}
	const without = " account IN (SELECT account FROM role WHERE organisation = ?1) AND NOT EXISTS (SELECT 1 FROM role AS r WHERE r.account = "
	for _, s := range []struct {
		text string
		args []any
	}{
		{"DELETE FROM token WHERE" + without + "token.account AND r.organisation <> ?1)", []any{id}},
		{"UPDATE account SET version = version + 1 WHERE id IN (SELECT account FROM role WHERE organisation = ?)", []any{id}},
		{"DELETE FROM role WHERE organisation = ?", []any{id}},
		{"DELETE FROM delivery WHERE webhook IN (SELECT id FROM webhook WHERE organisation = ?)", []any{id}},
		{"DELETE FROM webhook WHERE organisation = ?", []any{id}},
		{"DELETE FROM saved_query WHERE organisation = ?", []any{id}},
		{"DELETE FROM tally WHERE site = ?", []any{-id}},
		{"DELETE FROM setting WHERE name IN (?, ?)", []any{droppingOrg + strconv.FormatInt(id, 10), "told.organisation." + strconv.FormatInt(id, 10)}}, // as package tell calls its mark
		{"DELETE FROM organisation WHERE id = ?", []any{id}},                                                                                           // refused while it has a site
	} {
		if _, err := t.exec(s.text, s.args...); err != nil {
			return fmt.Errorf("drop organisation %d: %w", id, err)
		}
	}
	return nil
}

// A Holding is what goes with an organisation when it is taken out.
type Holding struct {
	Sites, Devices, Inputs, Lists int64
	Decisions, Notes              int64 // waivers among the decisions
	Searches, Subscriptions       int64
	Roles                         int64 // accounts with a role in it
	Only                          int64 // of these, those that have no other role
}

// Holding counts what goes with an organisation.
func (db *DB) Holding(ctx context.Context, organisation int64) (h Holding, err error) {
	const of = " WHERE site IN (SELECT id FROM site WHERE organisation = ?1)), "
	err = db.readers.QueryRowContext(ctx, "SELECT (SELECT count(*) FROM site WHERE organisation = ?1), (SELECT count(*) FROM device"+of+"(SELECT count(*) FROM ingest"+of+"(SELECT count(*) FROM asset_list"+of+
		"(SELECT count(*) FROM decision"+of+"(SELECT count(*) FROM note"+of+"(SELECT count(*) FROM saved_query WHERE organisation = ?1), (SELECT count(*) FROM webhook WHERE organisation = ?1), "+
		"(SELECT count(*) FROM role WHERE organisation = ?1), (SELECT count(*) FROM role AS r WHERE organisation = ?1 AND NOT EXISTS (SELECT 1 FROM role AS o WHERE o.account = r.account AND o.organisation <> ?1))", organisation).
		Scan(&h.Sites, &h.Devices, &h.Inputs, &h.Lists, &h.Decisions, &h.Notes, &h.Searches, &h.Subscriptions, &h.Roles, &h.Only)
	if err != nil {
		return h, fmt.Errorf("count what organisation %d holds: %w", organisation, err)
	}
	return h, nil
}

// Parts words what goes, a phrase each, without what there is none of.
func (h *Holding) Parts() []string {
	var out []string
	for _, p := range []struct {
		n         int64
		one, more string
	}{{h.Sites, "site", "sites"}, {h.Devices, "device", "devices"}, {h.Inputs, "input", "inputs"}, {h.Lists, "asset list", "asset lists"}, {h.Decisions, "decision or waiver", "decisions and waivers"}, {h.Notes, "note", "notes"},
		{h.Searches, "saved search", "saved searches"}, {h.Subscriptions, "subscription", "subscriptions"}, {h.Roles, "role of an account", "roles of accounts"}} {
		if p.n > 0 {
			out = append(out, report.Plural(p.n, p.one, p.more))
		}
	}
	return out
}

// next is the number of the next row of organisation, site or ingest: one that no row ever had,
// for the audit log and the history speak of rows that are gone.
func (t *Tx) next(table string) (int64, error) {
	var last int64
	if err := t.get("SELECT coalesce(max(id), 0) FROM "+table, nil, &last); err != nil {
		return 0, err
	}
	given, err := t.Setting(lastGiven + table)
	if err != nil || given == "" {
		return last + 1, err
	}
	n, err := strconv.ParseInt(given, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("setting %s is no number: the file was changed by another program", lastGiven+table)
	}
	return max(n, last) + 1, nil
}

// DropSite is [hub.Tx.DropSite].
func (t *Tx) DropSite(id int64) error {
	for _, table := range []string{"site", "ingest"} {
		n, err := t.next(table)
		if err == nil {
			err = t.SetSetting(lastGiven+table, strconv.FormatInt(n-1, 10))
		}
		if err != nil {
			return fmt.Errorf("drop site %d: %w", id, err)
		}
	}
	// Without devices first: what is counted of all sites follows.
	if err := t.ReplaceSite(id, nil, func(func(*hub.Derived) bool) {}); err != nil {
		return fmt.Errorf("drop site %d: %w", id, err)
	}
	low, high := span(id)
	for _, s := range []struct {
		text string
		args []any
	}{
		{"DELETE FROM digest_run WHERE id BETWEEN ? AND ?", []any{low, high}},
		{"DELETE FROM sighted WHERE observation BETWEEN ? AND ?", []any{low, high}},
		{"DELETE FROM observation WHERE id BETWEEN ? AND ?", []any{low, high}},
		{"DELETE FROM sighting WHERE site = ?", []any{id}},
		{"DELETE FROM decision WHERE site = ?", []any{id}},
		{"DELETE FROM note WHERE site = ?", []any{id}},
		{"DELETE FROM tag WHERE site = ?", []any{id}},
		{"DELETE FROM plan WHERE site = ?", []any{id}},
		{"DELETE FROM declared WHERE site = ?", []any{id}},
		{"DELETE FROM asset_list WHERE site = ?", []any{id}},
		{"DELETE FROM tally WHERE site = ?", []any{id}},
		{"DELETE FROM talk WHERE site = ?", []any{id}},
		{"DELETE FROM overlap WHERE site = ?", []any{id}},
		{"DELETE FROM ingest WHERE site = ?", []any{id}},
		{"DELETE FROM setting WHERE name IN (?, ?)", []any{droppingSite + strconv.FormatInt(id, 10), "told.site." + strconv.FormatInt(id, 10)}}, // as package tell calls its mark
		{"DELETE FROM setting WHERE name BETWEEN ? AND ?", []any{formerName(id, ""), formerName(id, "~")}},
		{"DELETE FROM site WHERE id = ?", []any{id}},
	} {
		if err := t.alive(); err != nil {
			return err
		}
		if _, err := t.exec(s.text, s.args...); err != nil {
			return fmt.Errorf("drop site %d: %w", id, err)
		}
	}
	return nil
}
