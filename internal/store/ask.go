package store

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/lenscap/lenscap/internal/query"
)

// inSheets says which column of a sheet has the values of a field that can be
// asked for, and whether 0 there is none. Fields that are not here are asked of
// tables.
var inSheets = map[string]struct {
	column string
	zero   bool // is no value
}{
	"name": {column: "name"}, "kind": {column: "kind"}, "cameras": {column: "kind"}, "brand": {column: "brand"}, "maker": {column: "makers"}, "grade": {column: "grade"}, "platform": {column: "platform"}, "chip": {column: "chip"},
	"chip.maker": {column: "chip.maker"}, "model": {column: "model"}, "firmware": {column: "firmware"}, "vlan": {column: "vlan", zero: true}, "zone": {column: "zone"}, "behind": {column: "behind"},
	"presence": {column: "presence"}, "verdict": {column: "verdict"}, "severity": {column: "severity"}, "rule": {column: "rule"}, "rule.unclear": {column: "rule.unclear"}, "video": {column: "video"},
	"outside": {column: "outside"}, "up": {column: "up"}, "down": {column: "down"}, "first": {column: "first", zero: true}, "last": {column: "last", zero: true}, "changed": {column: "changed", zero: true},
	"change": {column: "change"}, "egress.country": {column: "country"}, "egress.controller": {column: "controllers"}, "egress.jurisdiction": {column: "jurisdiction"}, "egress.network": {column: "network"},
	"egress.purpose": {column: "purpose"}, "egress.name": {column: "far name"}, "egress.address": {column: "far address"}, "egress.port": {column: "far port"}, "egress.encrypted": {column: "encrypted"},
	"egress.video": {column: "far video"},
}

// ofSite are the fields that all devices of a site share.
var ofSite = map[string]bool{"site": true, "site.sensitive": true, "site.closed": true, "site.tag": true, "organisation": true, "organisation.country": true, "organisation.type": true}

// A question is a condition made ready to be asked of sheets.
type question struct {
	columns map[int]bool // that it reads
	root    judge        // nil: everything
}

// A judge decides on devices. Its answers are yes and no: what is not known is
// no, and its opposite is yes, as in SQL after IS NOT TRUE.
type judge interface {
	// whole is the answer for all devices of a site, where that needs no sheet.
	whole(site *askedSite) (yes, known bool)
	// each sets out, as long as the sheet, to the answer for each device.
	each(s *sheet, out []bool) error
}

// ready makes a question of a query: fields of sites and those kept in tables
// only are looked up, the others wait for the sheets.
func (q *DeviceQuery) ready(ctx context.Context, tx querier) (*question, error) {
	k := &question{columns: map[int]bool{}}
	a := asker{ctx, tx, q, k}
	if q.Query != nil && q.Query.Root != nil {
		root, err := a.judge(q.Query.Root)
		if err != nil {
			return nil, err
		}
		k.root = root
	}
	if q.Where == "" || q.Where == "1=1" {
		return k, nil
	}
	where, err := a.rows(q.Where, q.Args)
	if k.root == nil {
		k.root = where
	} else {
		k.root = all{k.root, where}
	}
	return k, err
}

type asker struct {
	ctx context.Context
	tx  querier
	*DeviceQuery
	*question
}

func (a *asker) judge(n query.Node) (judge, error) {
	list := func(of []query.Node) (out []judge, err error) {
		for _, n := range of {
			j, err := a.judge(n)
			if err != nil {
				return nil, err
			}
			out = append(out, j)
		}
		return out, nil
	}
	switch n := n.(type) {
	case *query.And:
		of, err := list(n.Of)
		return all(of), err
	case *query.Or:
		of, err := list(n.Of)
		return some(of), err
	case *query.Not:
		j, err := a.judge(n.Of)
		return opposite{j}, err
	case *query.Term:
		return a.term(n)
	}
	return a.table(n)
}

func (a *asker) term(t *query.Term) (judge, error) {
	if ofSite[t.Field.Name] {
		where, args, err := a.Query.Only(t).SQL(Columns())
		if err != nil {
			return nil, err
		}
		list, err := collect(a.ctx, a.tx, ids, "SELECT s.id FROM site s JOIN organisation o ON o.id = s.organisation WHERE "+where, args...)
		sites := sitesThat{}
		for _, id := range list {
			sites[id] = true
		}
		return sites, err
	}
	in, ok := inSheets[t.Field.Name]
	if !ok {
		return a.table(t)
	}
	c := columnNumber[in.column]
	a.columns[c] = true
	if sheetColumns[c].number != nil {
		judge, ok := a.Query.Ints(t)
		if !ok {
			return nil, fmt.Errorf("store: the field %s is kept as numbers", t.Field.Name)
		}
		return numberThat{c, func(v int64) bool { return judge(v, v != 0 || !in.zero) }}, nil
	}
	only := a.Query.Only(t)
	if t.Field.Name == "cameras" { // follows from the kind
		return &valueThat{column: c, none: only.Match(func(string) []string { return nil }), known: map[string]bool{},
			is: func(kind string) bool {
				return only.Match(func(string) []string {
					if kind == "unknown" {
						return nil
					}
					return []string{strconv.FormatBool(slices.Contains(VideoKinds, query.Fold(kind)))}
				})
			}}, nil
	}
	return &valueThat{column: c, none: only.Match(func(string) []string { return nil }), known: map[string]bool{},
		is: func(value string) bool { return only.Match(func(string) []string { return []string{value} }) }}, nil
}

// table asks the tables for a node.
func (a *asker) table(n query.Node) (judge, error) {
	where, args, err := a.Query.Only(n).SQL(Columns())
	if err != nil {
		return nil, err
	}
	return a.rows(where, args)
}

// rows finds the devices of an SQL condition.
func (a *asker) rows(where string, args []any) (judge, error) {
	text := "SELECT d.id" + joins(where) + " WHERE (" + where + ")"
	if len(a.Sites) > 0 {
		text += " AND d.site IN (SELECT value FROM json_each(?))"
		args = append(slices.Clone(args), jsonInts(a.Sites))
	}
	rows, err := a.tx.QueryContext(a.ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := rowsThat{}
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out.add(id)
	}
	return out, rows.Err()
}

// ask calls fn with the sheet of each site that can have devices which match, and
// with which of its devices do. columns are read besides those of the condition.
func (k *question) ask(ctx context.Context, tx querier, sites []askedSite, columns []int, fn func(s *sheet, match []bool) error) error {
	for c := range k.columns {
		columns = append(columns, c)
	}
	slices.Sort(columns)
	columns = slices.Compact(columns)
	if k.root != nil {
		sites = slices.DeleteFunc(slices.Clone(sites), func(s askedSite) bool {
			yes, known := k.root.whole(&s)
			return known && !yes
		})
	}
	var match []bool
	return readSheets(ctx, tx, sites, columns, func(s *sheet) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		match = slices.Grow(match[:0], len(s.ids))[:len(s.ids)]
		if k.root == nil {
			for i := range match {
				match[i] = true
			}
		} else if err := k.root.each(s, match); err != nil {
			return err
		}
		return fn(s, match)
	})
}

// narrowed is the query with its condition found out: for statements that ask
// tables with many rows a device.
func (q *DeviceQuery) narrowed(ctx context.Context, tx querier) (*DeviceQuery, error) {
	if q.plain() || q.Query == nil {
		return q, nil
	}
	sites, err := askedSites(ctx, tx, q)
	if err != nil {
		return nil, err
	}
	k, err := q.ready(ctx, tx)
	if err != nil {
		return nil, err
	}
	var list []int64
	err = k.ask(ctx, tx, sites, nil, func(s *sheet, match []bool) error {
		for i, yes := range match {
			if yes {
				list = append(list, s.ids[i])
			}
		}
		return nil
	})
	out := *q
	out.Query, out.Where, out.Args = nil, "d.id IN (SELECT value FROM json_each(?))", []any{jsonInts(list)}
	return &out, err
}
