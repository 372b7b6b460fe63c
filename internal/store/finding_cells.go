package store

import (
	"context"
	"slices"

	"github.com/lenscap/lenscap/internal/finding"
)

// A FindingCell counts the findings that are alike in all that a queue can be
// filtered by, so that one reading answers for every facet.
type FindingCell struct {
	Regime, Verdict, WouldBe string
	Status, Owner, Due       string // "open", "", "" where nobody decided
	Waived                   bool   // a waiver holds on the day of the query
	Count                    int64
}

// Outcome is what the regime makes of these devices, one of [finding.Outcomes].
func (c *FindingCell) Outcome() finding.Verdict { return outcome(c.Verdict, c.WouldBe) }

// FindingCells counts the findings of organisations and sites in cells; the same
// of the query counts as for [DB.FindingCounts].
func (db *DB) FindingCells(ctx context.Context, q FindingQuery) ([]FindingCell, error) {
	q.Day = q.today(db.now())
	return remember(ctx, db, "finding cells "+q.asked(), func(ctx context.Context, tx querier) ([]FindingCell, error) {
		q := q
		if err := q.narrow(ctx, tx); err != nil {
			return nil, err
		}
		var whole FindingCounts
		if err := whole.all(ctx, tx, &q); err != nil {
			return nil, err
		}
		return q.cells(ctx, tx, whole.Regimes)
	}, func(c *[]FindingCell) int { return len(*c)/4 + 1 }, slices.Clone[[]FindingCell])
}

// cells are the decided ones apart, and what is left of each regime and verdict.
func (q *FindingQuery) cells(ctx context.Context, tx querier, regimes []RegimeCount) ([]FindingCell, error) {
	everything := FindingQuery{Organisations: q.Organisations, All: q.All, Sites: q.Sites, Where: q.Where, Args: q.Args}
	where, args := everything.where(q.Day)
	decided := FindingQuery{Owner: "x"} // for its order of tables
	out, err := collect(ctx, tx, func(s scanner) (c FindingCell, err error) {
		err = s.Scan(&c.Regime, &c.Verdict, &c.WouldBe, &c.Status, &c.Owner, &c.Due, &c.Waived, &c.Count)
		return c, err
	}, "SELECT f.regime, f.verdict, f.would_be, c.status, c.owner, c.due, c.waiver_until >= ?, count(*)"+decided.from()+" WHERE "+where+" GROUP BY 1, 2, 3, 4, 5, 6, 7", append([]any{q.Day}, args...)...)
	if err != nil {
		return nil, err
	}
	of := map[[3]string]int64{}
	for _, c := range out {
		of[[3]string{c.Regime, c.Verdict, c.WouldBe}] += c.Count
	}
	for _, r := range regimes {
		if n := r.Count - of[[3]string{r.Regime, r.Verdict, r.WouldBe}]; n > 0 {
			out = append(out, FindingCell{Regime: r.Regime, Verdict: r.Verdict, WouldBe: r.WouldBe, Status: "open", Count: n})
		}
	}
	return out, nil
}
