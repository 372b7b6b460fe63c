package store

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/finding"
)

// FindingCounts sums a queue.
type FindingCounts struct {
	Total    int64            `json:"total"`
	ByStatus map[string]int64 `json:"by_status"` // open, accepted, in-hand, done
	Waived   int64            `json:"waived"`    // a waiver holds
	Overdue  int64            `json:"overdue"`   // due before today, and neither done nor waived
	Regimes  []RegimeCount    `json:"regimes"`   // by regime, verdict and what it would be
	Owners   []Count          `json:"owners"`    // of findings that are not done
}

// A RegimeCount says how many findings of a regime have a verdict, those that
// would be something else apart.
type RegimeCount struct {
	Regime  string `json:"regime"`
	Verdict string `json:"verdict"`
	WouldBe string `json:"would_be,omitempty"` // of cannot-tell: the verdict if what is missing were as the clause requires
	Count   int64  `json:"count"`
	Decided int64  `json:"decided"` // of these, somebody decided on: accepted, in hand or done
	Waived  int64  `json:"waived"`
}

// Outcome is what the regime makes of these devices, one of [finding.Outcomes].
func (r *RegimeCount) Outcome() finding.Verdict { return outcome(r.Verdict, r.WouldBe) }

func outcome(verdict, would string) finding.Verdict {
	f := finding.Finding{Verdict: finding.Verdict(verdict), WouldBe: finding.Verdict(would)}
	return f.Outcome()
}

// FindingCounts sums the findings of organisations and sites; of the query,
// Organisations, All, Sites and Day count, and Query, or Where with Args.
func (db *DB) FindingCounts(ctx context.Context, q FindingQuery) (FindingCounts, error) {
	q.Day = q.today(db.now())
	return remember(ctx, db, "finding counts "+q.asked(), func(ctx context.Context, tx querier) (FindingCounts, error) {
		out, q := FindingCounts{ByStatus: map[string]int64{}}, q
		if err := q.narrow(ctx, tx); err != nil {
			return out, err
		}
		if err := out.all(ctx, tx, &q); err != nil {
			return out, err
		}
		out.ByStatus["open"] = out.Total
		return out, out.decided(ctx, tx, &q, q.Day)
	}, func(c *FindingCounts) int { return len(c.Regimes)/4 + len(c.Owners) }, func(c FindingCounts) FindingCounts {
		c.ByStatus, c.Regimes, c.Owners = maps.Clone(c.ByStatus), slices.Clone(c.Regimes), slices.Clone(c.Owners)
		return c
	})
}

// all counts by regime and verdict: by the tallies of sites, or one by one where
// there is a condition.
func (c *FindingCounts) all(ctx context.Context, tx querier, q *FindingQuery) error {
	d := DeviceQuery{Organisations: q.Organisations, All: q.All, Sites: q.Sites, Where: q.Where, Args: q.Args}
	text := ""
	var args []any
	if d.plain() {
		where, a := d.summed()
		text, args = "SELECT t.value, sum(t.count) FROM tally t WHERE t.field = ? AND "+where+" GROUP BY t.value ORDER BY t.value", append([]any{perVerdict}, a...)
	} else {
		where, a := d.where()
		text, args = "SELECT rtrim(f.regime || ' ' || f.verdict || ' ' || f.would_be), count(*)"+findingFrom+" WHERE "+where+" GROUP BY 1 ORDER BY 1", a
	}
	list, err := collect(ctx, tx, scanCount, text, args...)
	for _, n := range list {
		regime, rest, _ := strings.Cut(n.Value, " ")
		verdict, would, _ := strings.Cut(rest, " ")
		c.Regimes = append(c.Regimes, RegimeCount{Regime: regime, Verdict: verdict, WouldBe: would, Count: n.Count})
		c.Total += n.Count
	}
	return err
}

// decided takes out of what is open what somebody decided on.
func (c *FindingCounts) decided(ctx context.Context, tx querier, q *FindingQuery, day string) error {
	everything := FindingQuery{Organisations: q.Organisations, All: q.All, Sites: q.Sites, Where: q.Where, Args: q.Args}
	where, args := everything.where(day)
	decided := FindingQuery{Owner: "x"} // for its order of tables
	rows, err := tx.QueryContext(ctx, "SELECT f.regime, f.verdict, f.would_be, c.status, c.owner, c.waiver_until >= ?, c.due <> '' AND c.due < ?"+decided.from()+" WHERE "+where, append([]any{day, day}, args...)...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	at := map[[3]string]*RegimeCount{}
	for i := range c.Regimes {
		r := &c.Regimes[i]
		at[[3]string{r.Regime, r.Verdict, r.WouldBe}] = r
	}
	owners := map[string]int64{}
	for rows.Next() {
		var regime, verdict, would, status, owner string
		var waived, overdue bool
		if err := rows.Scan(&regime, &verdict, &would, &status, &owner, &waived, &overdue); err != nil {
			return err
		}
		c.ByStatus["open"]--
		c.ByStatus[status]++
		if owner != "" && status != "done" {
			owners[owner]++
		}
		if overdue && status != "done" && !waived {
			c.Overdue++
		}
		r := at[[3]string{regime, verdict, would}]
		if r == nil {
			continue
		}
		if status != "open" {
			r.Decided++
		}
		if waived {
			c.Waived++
			r.Waived++
		}
	}
	c.Owners = ranked(owners, maxCounts)
	return rows.Err()
}
