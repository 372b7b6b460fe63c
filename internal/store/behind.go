package store

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Behind is [hub.Store.Behind]. The audit log says what changed: its row is written
// with the change.
func (db *DB) Behind(ctx context.Context, since time.Time) ([]int64, error) {
	sites, err := db.Sites(ctx, 0)
	if err != nil {
		return nil, err
	}
	behind, oldest := map[int64]bool{}, map[int64]time.Time{} // by site, and by organisation
	for i := range sites {
		s := &sites[i]
		if s.Derived.Before(since) {
			behind[s.ID] = true
		} else if at, ok := oldest[s.Organisation]; !ok || s.Derived.Before(at) {
			oldest[s.Organisation] = s.Derived
		}
	}
	for org, from := range oldest {
		changes, err := db.changes(ctx, org, from)
		if err != nil {
			return nil, fmt.Errorf("what changed in organisation %d: %w", org, err)
		}
		for i := range sites {
			s := &sites[i]
			if s.Organisation == org && slices.ContainsFunc(changes, func(c changed) bool { return (c.site == 0 || c.site == s.ID) && !c.at.Before(s.Derived) }) {
				behind[s.ID] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(behind)), nil
}

// A changed is when what a site is judged by was changed last; site is 0 for all of
// an organisation.
type changed struct {
	site int64
	at   time.Time
}

// weighty are the actions, or the beginnings of them that end with a dot, that change
// what sites are judged by.
var weighty = []string{"organisation.change", "site.change", "finding.", "device.decide", "device.say", "list.", "hub.retain"}

var siteAtEnd = regexp.MustCompile(`\bsite (\d+)$`)

// changes are those of an organisation from a time on, the last of each site.
func (db *DB) changes(ctx context.Context, organisation int64, from time.Time) ([]changed, error) {
	rows, err := db.readers.QueryContext(ctx, "SELECT at, action, object FROM audit WHERE organisation = ? ORDER BY id DESC", organisation)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []changed
	for rows.Next() {
		var at int64
		var action, object string
		if err := rows.Scan(&at, &action, &object); err != nil {
			return nil, err
		}
		c := changed{at: when(at)}
		if c.at.Before(from) {
			break // as all before it
		}
		if !slices.ContainsFunc(weighty, func(w string) bool { return action == w || strings.HasSuffix(w, ".") && strings.HasPrefix(action, w) }) {
			continue
		}
		if m := siteAtEnd.FindStringSubmatch(object); m != nil {
			if c.site, err = strconv.ParseInt(m[1], 10, 64); err != nil {
				c.site = 0
			}
		}
		if !slices.ContainsFunc(out, func(later changed) bool { return later.site == c.site }) {
			out = append(out, c)
		}
	}
	return out, rows.Err()
}
