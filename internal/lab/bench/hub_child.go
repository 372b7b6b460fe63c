package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/history"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/lab/hubload"
	"github.com/lenscap/lenscap/internal/query"
	"github.com/lenscap/lenscap/internal/store"
)

// hubTold is what a measuring process tells of one estate.
type hubTold struct {
	Open    float64 // seconds to open store and history
	Idle    float64 // MB resident, after that
	Peak    float64 // MB resident at most, after all questions
	Answers []answer
}

// An answer is how long one question took, in milliseconds.
type answer struct {
	Name        string
	N           int
	Median, P99 float64
}

const (
	asks    = 200             // of each question
	long    = 8 * time.Second // after which no more of a question are asked, 20 at least
	atLeast = 20
)

// hubChild opens an estate, asks it questions one after the other, and writes
// what it took.
func hubChild(dir string, only *regexp.Regexp) error {
	ctx := context.Background()
	begin := time.Now()
	st, err := store.Open(ctx, filepath.Join(dir, store.File), store.Options{})
	if err != nil {
		return err
	}
	h, err := history.Open(filepath.Join(dir, "history"), history.Options{})
	if err != nil {
		return err
	}
	told := hubTold{Open: time.Since(begin).Seconds()}
	told.Idle = resident("VmRSS")
	questions, err := hubQuestions(ctx, dir, st, h)
	if err != nil {
		return err
	}
	forget, err := forgetting(ctx, st)
	if err != nil {
		return err
	}
	for _, q := range questions {
		if !only.MatchString("hub/" + q.name) {
			continue
		}
		q.fresh = forget
		a, err := q.ask(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
		fmt.Fprintf(os.Stderr, "%-40s %4d asked, median %.1f ms, p99 %.1f ms\n", a.Name, a.N, a.Median, a.P99)
		told.Answers = append(told.Answers, a)
	}
	told.Peak = resident("VmHWM")
	if err := errors.Join(st.Close(), h.Close()); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(told)
}

// forgetting makes a small change, so that no answer the store gave before is
// given again: each is worked out.
func forgetting(ctx context.Context, st *store.DB) (func(context.Context, int) error, error) {
	first, err := st.Devices(ctx, store.DeviceQuery{All: true, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(first.Devices) == 0 {
		return nil, errors.New("the estate is empty")
	}
	d := &first.Devices[0]
	return func(ctx context.Context, i int) error {
		return st.Do(ctx, hub.Deed{Actor: "bench", Action: "bench"}, func(tx hub.Tx) error {
			return tx.SetTags(d.Site, d.Device.Device, []string{fmt.Sprintf("bench-%d", i%2)})
		})
	}, nil
}

// resident reads a line of /proc/self/status, in MB; 0 where there is none.
func resident(line string) float64 {
	runtime.GC()
	kb, _, _ := strings.Cut(fromFile("/proc/self/status", line), " ")
	n, err := strconv.ParseFloat(kb, 64)
	if err != nil {
		return 0
	}
	return n * 1024 / 1e6
}

// A question is asked many times, the i-th time about something else.
type question struct {
	name  string
	once  func(ctx context.Context, i int) error
	fresh func(ctx context.Context, i int) error // before each time, not measured; nil: nothing
}

func (q question) ask(ctx context.Context) (answer, error) {
	if err := q.once(ctx, 0); err != nil { // the first reads from the disk
		return answer{}, err
	}
	var took []float64
	for begin := time.Now(); len(took) < asks && (time.Since(begin) < long || len(took) < atLeast); {
		if q.fresh != nil {
			if err := q.fresh(ctx, len(took)); err != nil {
				return answer{}, err
			}
		}
		t := time.Now()
		if err := q.once(ctx, len(took)); err != nil {
			return answer{}, err
		}
		took = append(took, float64(time.Since(t).Microseconds())/1000)
	}
	slices.Sort(took)
	return answer{q.name, len(took), median(took), took[(len(took)*99+99)/100-1]}, nil
}

// hubQuestions are those that the pages ask.
func hubQuestions(ctx context.Context, dir string, st *store.DB, h *history.Store) ([]question, error) {
	var filled hubload.Filled
	b, err := os.ReadFile(filepath.Join(dir, "filled.json"))
	if err == nil {
		err = json.Unmarshal(b, &filled)
	}
	if err != nil {
		return nil, err
	}
	sites, err := st.Sites(ctx, 0)
	if err != nil {
		return nil, err
	}
	sites = slices.DeleteFunc(sites, func(s hub.Site) bool { return !strings.HasPrefix(s.Name, "Site ") }) // an earlier run took captures in at another
	orgs, err := st.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // chooses what to ask
	type one struct {
		site   int64
		device string
		name   string
	}
	var some []one
	for range 40 { // devices from all over
		page, err := st.Devices(ctx, store.DeviceQuery{All: true, Sites: []int64{sites[r.IntN(len(sites))].ID}, Sort: "name", Limit: 20})
		if err != nil {
			return nil, err
		}
		for i := range page.Devices {
			d := &page.Devices[i]
			some = append(some, one{d.Site, d.Device.Device, d.Name})
		}
	}
	r.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
	pick := func(i int) one { return some[i%len(some)] }

	devices := func(q store.DeviceQuery) error {
		_, err := st.Devices(ctx, q)
		return err
	}
	search := func(text string) (store.DeviceQuery, error) {
		q := store.DeviceQuery{All: true}
		parsed, err := query.Parse(text, store.Fields())
		if err == nil {
			q.Query = parsed
		}
		return q, err
	}
	searches := func(text func(i int) string) func(context.Context, int) error {
		return func(_ context.Context, i int) error {
			q, err := search(text(i))
			if err != nil {
				return err
			}
			return devices(q)
		}
	}
	facets := []string{"verdict", "maker", "kind", "grade", "site", "country", "controller", "video", "presence", "firmware", "tag"}
	first, err := st.Devices(ctx, store.DeviceQuery{All: true})
	if err != nil {
		return nil, err
	}
	const asked = "maker:hikvision AND site.sensitive:true AND egress.country!=GB"
	last := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	return []question{
		{name: "estate: first page", once: func(context.Context, int) error { return devices(store.DeviceQuery{All: true}) }},
		{name: "estate: page and facets", once: func(context.Context, int) error {
			_, err := st.Facets(ctx, store.DeviceQuery{All: true}, facets)
			return errors.Join(err, devices(store.DeviceQuery{All: true}))
		}},
		{name: "estate: page and facets of one organisation", once: func(_ context.Context, i int) error {
			q := store.DeviceQuery{Organisations: []int64{orgs[i%len(orgs)].ID}}
			_, err := st.Facets(ctx, q, facets)
			return errors.Join(err, devices(q))
		}},
		{name: "estate: next page", once: func(context.Context, int) error { return devices(store.DeviceQuery{All: true, After: first.Next}) }},
		{name: "estate: sorted by name", once: func(context.Context, int) error { return devices(store.DeviceQuery{All: true, Sort: "name"}) }},
		{name: "search: one word", once: searches(func(i int) string { return pick(i).name })},
		{name: "search: " + asked, once: searches(func(int) string { return asked })},
		{name: "facets of that search", once: func(context.Context, int) error {
			q, err := search(asked)
			if err == nil {
				_, err = st.Facets(ctx, q, facets)
			}
			return err
		}},
		{name: "page and facets of a search nobody asked before", once: func(_ context.Context, i int) error { // counts that were asked for are kept
			q, err := search(fmt.Sprintf("%s AND up>=%d", asked, i))
			if err == nil {
				_, err = st.Facets(ctx, q, facets)
			}
			return errors.Join(err, devices(q))
		}},
		{name: "page and facets of most devices, not asked before", once: func(_ context.Context, i int) error {
			q, err := search(fmt.Sprintf("maker:* AND up>=%d", i))
			if err == nil {
				_, err = st.Facets(ctx, q, facets)
			}
			return errors.Join(err, devices(q))
		}},
		{name: "device: row, document, findings, reach, changes", once: func(_ context.Context, i int) error {
			d := pick(i)
			_, e1 := st.Device(ctx, d.site, d.device)
			_, e2 := st.Doc(ctx, d.site, d.device)
			_, e3 := st.DeviceFindings(ctx, d.site, d.device)
			_, e4 := st.Reach(ctx, d.site, d.device)
			_, e5 := st.Changes(ctx, d.site, d.device)
			return errors.Join(e1, e2, e3, e4, e5)
		}},
		{name: "device: one day of conversations", once: func(_ context.Context, i int) error {
			d, day := pick(i), last.AddDate(0, 0, -i%30)
			return drain(h, d.site, d.device, day, day.AddDate(0, 0, 1))
		}},
		{name: "device: 30 days of conversations", once: func(_ context.Context, i int) error {
			d := pick(i)
			return drain(h, d.site, d.device, last.AddDate(0, 0, -29), last.AddDate(0, 0, 1))
		}},
		{name: "findings: first page", once: func(context.Context, int) error {
			_, err := st.Findings(ctx, store.FindingQuery{All: true})
			return err
		}},
		{name: "findings: open ones of one rule", once: func(_ context.Context, i int) error {
			_, err := st.Findings(ctx, store.FindingQuery{All: true, Status: "open", Regime: "uk-wms-2022"})
			return err
		}},
		{name: "egress: country by day, 30 days", once: func(context.Context, int) error {
			_, err := h.Totals(ctx, history.Query{By: []history.Key{history.ByDay, history.ByCountry}, Scopes: []string{"outside"}})
			return err
		}},
		{name: "egress: company and country of one site", once: func(_ context.Context, i int) error {
			_, err := h.Totals(ctx, history.Query{By: []history.Key{history.ByController, history.ByCountry}, Sites: []int64{sites[i%len(sites)].ID}, Scopes: []string{"outside"}})
			return err
		}},
	}, nil
}

func drain(h *history.Store, site int64, device string, from, to time.Time) error {
	n := 0
	for _, err := range h.Device(context.Background(), site, device, from, to) {
		if err != nil {
			return err
		}
		n++
	}
	if n == 0 {
		return fmt.Errorf("device %s of site %d has no conversations", device, site)
	}
	return nil
}
