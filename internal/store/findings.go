package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/query"
)

// A FindingQuery asks for part of the queue.
type FindingQuery struct {
	Organisations []int64
	All           bool
	Sites         []int64
	Query         *query.Query // on devices, as in [DeviceQuery]
	Where         string
	Args          []any
	Status        string // open, accepted, in-hand, done; "": all
	Owner         string // "": all
	Regime        string // id; "": all
	Verdict       string // one of [finding.Outcomes]: what would be prohibited is not among what cannot be told; "": all
	WouldBe       string // of what cannot be told: the verdict it would be; NothingElse: none; "": all
	Due           string // due by this day, YYYY-MM-DD; Overdue: before Day, neither done nor waived; "": all
	Waived        string // "yes": a waiver holds on Day; "no": none does; "": all
	Severity      int    // at least
	Day           string // today, YYYY-MM-DD, for waivers; "": as the store's clock says
	Sort          string // severity (default), due, owner, status, regime, device, site
	Descending    bool
	After         string
	Limit         int // 0: 50, at most 1000
}

// Decided is [FindingQuery.Status] for what is no longer open.
const Decided = "decided"

// Overdue is [FindingQuery.Due] for what [FindingCounts] counts as overdue.
const Overdue = "overdue"

// NothingElse is [FindingQuery.WouldBe] for what would be no verdict either.
const NothingElse = "none"

// A FindingRow is one line of the queue.
type FindingRow struct {
	Site             int64        `json:"site"`
	SiteName         string       `json:"site_name"`
	Organisation     int64        `json:"organisation"`
	OrganisationName string       `json:"organisation_name"`
	Device           string       `json:"device"`
	DeviceName       string       `json:"device_name"`
	Kind             string       `json:"kind"`
	Maker            string       `json:"maker"`
	Model            string       `json:"model"`
	Address          string       `json:"address"`
	Regime           string       `json:"regime"`
	Name             string       `json:"name"` // of the regime
	Force            string       `json:"force"`
	Clause           string       `json:"clause"`
	Verdict          string       `json:"verdict"`
	WouldBe          string       `json:"would_be,omitempty"`
	Outcome          string       `json:"outcome"` // one of [finding.Outcomes]: the verdict, or what it would be if what is not known about the organisation or site were as the clause requires
	Severity         int          `json:"severity"`
	Why              string       `json:"why"`
	AsAt             string       `json:"as_at"`
	Decision         hub.Decision `json:"decision"` // Status "open" and Version 0 where nobody decided
	Waived           bool         `json:"waived"`   // a waiver holds
}

// A FindingPage is one page of the queue.
type FindingPage struct {
	Findings []FindingRow `json:"findings"`
	Total    int64        `json:"total"`
	MoreThan bool         `json:"more_than"`
	Next     string       `json:"next,omitempty"`
}

var findingSorts = map[string]string{
	"severity": "f.severity", "due": "coalesce(c.due, '')", "owner": "coalesce(c.owner, '')", "status": "coalesce(c.status, 'open')", "regime": "f.regime", "device": "d.name", "site": "s.name", "maker": "d.maker",
}

// FindingSorts lists what the queue can be sorted by.
func FindingSorts() []string { return sortedKeys(findingSorts) }

const (
	findingFrom = " FROM finding AS f CROSS JOIN device AS d ON d.id = f.device CROSS JOIN site AS s ON s.id = d.site CROSS JOIN organisation AS o ON o.id = d.organisation" +
		" LEFT JOIN decision AS c ON c.site = d.site AND c.device = d.device AND c.regime = f.regime"
	findingRow = "d.site, s.name, d.organisation, o.name, d.device, d.name, d.kind, d.maker, d.model, d.address, f.regime, f.name, f.force, f.clause, f.verdict, f.would_be, f.severity, f.why, f.as_at, " +
		"coalesce(c.status, 'open'), coalesce(c.owner, ''), coalesce(c.due, ''), coalesce(c.waiver_why, ''), coalesce(c.waiver_by, ''), coalesce(c.waiver_until, ''), coalesce(c.updated, 0), coalesce(c.version, 0), f.device"
)

// narrow finds out which devices the condition is about.
func (q *FindingQuery) narrow(ctx context.Context, tx querier) error {
	d := DeviceQuery{Organisations: q.Organisations, All: q.All, Sites: q.Sites, Query: q.Query, Where: q.Where, Args: q.Args}
	found, err := d.narrowed(ctx, tx)
	if err == nil {
		q.Query, q.Where, q.Args = nil, found.Where, found.Args
	}
	return err
}

// where is the condition of a query with its arguments.
func (q *FindingQuery) where(day string) (string, []any) {
	d := DeviceQuery{Organisations: q.Organisations, All: q.All, Sites: q.Sites, Where: q.Where, Args: q.Args}
	where, args := d.where()
	parts := []string{where}
	if !q.All && len(q.Sites) == 0 && !q.decided() {
		// Looked up in the index of findings, without their devices; + keeps SQLite from beginning with them.
		parts = append(parts, "+f.device IN (SELECT id FROM device WHERE organisation IN (SELECT value FROM json_each(?)))")
		args = append(slices.Clone(args), jsonInts(q.Organisations))
	}
	and := func(ok bool, text string, a ...any) {
		if ok {
			parts = append(parts, text)
			args = append(args, a...)
		}
	}
	and(q.Status == "open", "coalesce(c.status, 'open') = 'open'")
	and(q.Status == Decided, "c.status <> 'open'")
	and(q.Status != "" && q.Status != "open" && q.Status != Decided, "c.status = ?", q.Status)
	and(q.Owner != "", "c.owner = ?", q.Owner)
	and(q.Regime != "", "f.regime = ?", q.Regime)
	switch v := finding.Verdict(q.Verdict); v { // the index has the severity
	case "":
	case finding.WouldBeProhibited, finding.WouldBeRestricted, finding.CannotTell:
		and(true, "f.verdict = ? AND f.severity = ?", string(finding.CannotTell), finding.Severity(v))
		and(v == finding.WouldBeProhibited, "f.would_be = ?", string(finding.Prohibited))
		and(v == finding.WouldBeRestricted, "f.would_be = ?", string(finding.Restricted))
		and(v == finding.CannotTell, "f.would_be NOT IN (?, ?)", string(finding.Prohibited), string(finding.Restricted))
	default:
		and(true, "f.verdict = ? AND f.severity = ?", q.Verdict, finding.Severity(v))
	}
	and(q.WouldBe != "", "f.would_be = ?", strings.TrimPrefix(q.WouldBe, NothingElse))
	and(q.Due != "" && q.Due != Overdue, "c.due <> '' AND c.due <= ?", q.Due)
	and(q.Due == Overdue, "c.due <> '' AND c.due < ? AND c.status <> 'done' AND c.waiver_until < ?", day, day)
	and(q.Waived == "yes", "c.waiver_until >= ?", day)
	and(q.Waived == "no", "coalesce(c.waiver_until, '') < ?", day)
	and(q.Severity > 0, "f.severity >= ?", q.Severity)
	return strings.Join(parts, " AND "), args
}

// decided reports whether only findings that somebody decided on can match.
func (q *FindingQuery) decided() bool {
	return q.Owner != "" || q.Due != "" || q.Waived == "yes" || q.Status != "" && q.Status != "open"
}

// from begins with the decisions where they are few against the findings.
func (q *FindingQuery) from() string {
	if len(q.Sites) > 0 && !q.decided() { // some thousands of devices, whose findings are sorted
		return " FROM device AS d CROSS JOIN finding AS f ON f.device = d.id" + strings.TrimPrefix(findingFrom, " FROM finding AS f CROSS JOIN device AS d ON d.id = f.device")
	}
	if q.decided() {
		return " FROM decision AS c CROSS JOIN device AS d ON d.site = c.site AND d.device = c.device CROSS JOIN finding AS f ON f.device = d.id AND f.regime = c.regime" +
			" CROSS JOIN site AS s ON s.id = d.site CROSS JOIN organisation AS o ON o.id = d.organisation"
	}
	return findingFrom
}

// counted is from without the tables that the condition does not name.
func (q *FindingQuery) counted(where string) string {
	if q.decided() || strings.Contains(where, "s.") || strings.Contains(where, "o.") || strings.Contains(where, "c.") {
		return q.from()
	}
	if strings.Contains(where, "d.") {
		return " FROM finding AS f CROSS JOIN device AS d ON d.id = f.device"
	}
	return " FROM finding AS f"
}

func (q *FindingQuery) today(now time.Time) string {
	if q.Day != "" {
		return q.Day
	}
	return now.UTC().Format(time.DateOnly)
}

// count is the number of findings that match: by the tallies of sites where only
// regimes and verdicts are asked for, else up to countBound.
func (q *FindingQuery) count(ctx context.Context, tx querier, where string, args []any) (n int64, more bool, err error) {
	d := DeviceQuery{Organisations: q.Organisations, All: q.All, Sites: q.Sites, Where: q.Where, Args: q.Args}
	if d.plain() && !q.decided() && q.Status == "" && q.Waived == "" {
		var counts FindingCounts
		err = counts.all(ctx, tx, q)
		for _, r := range counts.Regimes {
			if (q.Regime == "" || strings.EqualFold(q.Regime, r.Regime)) && (q.Verdict == "" || q.Verdict == string(r.Outcome())) && (q.WouldBe == "" || strings.TrimPrefix(q.WouldBe, NothingElse) == r.WouldBe) && finding.Severity(r.Outcome()) >= q.Severity {
				n += r.Count
			}
		}
		return n, false, err
	}
	err = tx.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1"+q.counted(where)+" WHERE "+where+" LIMIT ?)", append(args, countBound+1)...).Scan(&n)
	return min(n, countBound), n > countBound, err
}

// Findings gives a page of the queue: what regimes say of devices, joined with
// what people decided.
func (db *DB) Findings(ctx context.Context, q FindingQuery) (FindingPage, error) {
	if q.Limit <= 0 {
		q.Limit = 50
	}
	q.Limit = min(q.Limit, 1000)
	if q.Sort == "" {
		q.Sort, q.Descending = "severity", true
	}
	by, ok := findingSorts[q.Sort]
	if !ok {
		return FindingPage{}, fmt.Errorf("%w: findings cannot be sorted by %q; by one of %s", hub.ErrInvalid, q.Sort, strings.Join(FindingSorts(), ", "))
	}
	q.Day = q.today(db.now())
	page, err := remember(ctx, db, "findings "+q.asked(), func(ctx context.Context, tx querier) (FindingPage, error) { return q.page(ctx, tx, by) },
		func(p *FindingPage) int { return len(p.Findings) }, func(p FindingPage) FindingPage { p.Findings = slices.Clone(p.Findings); return p })
	if err != nil {
		return page, fmt.Errorf("list findings: %w", err)
	}
	return page, nil
}

// asked tells questions apart.
func (q *FindingQuery) asked() string {
	d := DeviceQuery{Organisations: q.Organisations, All: q.All, Sites: q.Sites, Query: q.Query, Where: q.Where, Args: q.Args}
	return d.asked(q.Status, q.Owner, q.Regime, q.Verdict, q.WouldBe, q.Due, q.Waived, q.Severity, q.Day, q.Sort, q.Descending, q.After, q.Limit)
}

func (q FindingQuery) page(ctx context.Context, tx querier, by string) (page FindingPage, err error) {
	if err := q.narrow(ctx, tx); err != nil {
		return page, err
	}
	day := q.Day
	where, args := q.where(day)
	if page.Total, page.MoreThan, err = q.count(ctx, tx, where, args); err != nil {
		return page, fmt.Errorf("count findings: %w", err)
	}
	than, order := ">", ""
	if q.Descending {
		than, order = "<", " DESC"
	}
	if q.After != "" {
		c, err := parseCursor(q.After)
		if err != nil {
			return page, err
		}
		where += " AND (" + by + ", f.device, f.regime) " + than + " (?, ?, ?)"
		args = append(args, c.Key, c.ID, c.And)
	}
	rows, err := tx.QueryContext(ctx, "SELECT "+findingRow+", "+by+q.from()+" WHERE "+where+" ORDER BY "+by+order+", f.device"+order+", f.regime"+order+" LIMIT ?", append(args, q.Limit+1)...)
	if err != nil {
		return page, err
	}
	defer func() { _ = rows.Close() }()
	var last cursor
	for rows.Next() {
		var f FindingRow
		var id, updated int64
		var key any
		c := &f.Decision
		if err := rows.Scan(&f.Site, &f.SiteName, &f.Organisation, &f.OrganisationName, &f.Device, &f.DeviceName, &f.Kind, &f.Maker, &f.Model, &f.Address, &f.Regime, &f.Name, &f.Force, &f.Clause, &f.Verdict, &f.WouldBe, &f.Severity, &f.Why, &f.AsAt,
			&c.Status, &c.Owner, &c.Due, &c.Waiver.Why, &c.Waiver.By, &c.Waiver.Until, &updated, &c.Version, &id, &key); err != nil {
			return page, err
		}
		if len(page.Findings) == q.Limit {
			page.Next = last.String()
			break
		}
		c.Site, c.Device, c.Regime, c.Updated = f.Site, f.Device, f.Regime, when(updated)
		f.Waived = c.Waiver.Holds(day)
		f.Outcome = string(outcome(f.Verdict, f.WouldBe))
		last = cursor{key, id, f.Regime}
		page.Findings = append(page.Findings, f)
	}
	return page, rows.Err()
}
