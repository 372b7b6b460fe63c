package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lenscap/lenscap/examples"
	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/app"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
)

// served is what a serving process says of itself, a line of JSON when it is
// ready and one at its end.
type served struct {
	URL, Token string   // the token may read
	Devices    []string // paths of some devices' pages
	Idle, Peak float64  // MB resident
	Own        float64  // MB of Idle that are no part of a file
	Ingests    int      // that were taken in while it was told to
}

// hubServe runs the whole hub on an estate until its standard input ends. After a
// line there it takes captures in, one after the other.
func hubServe(dir string) error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	a, err := app.New(ctx, app.Config{Dir: dir, Listen: "127.0.0.1:0", Version: "bench", Examples: examples.Captures})
	if err != nil {
		return err
	}
	told := served{URL: a.URL()}
	if told.Token, err = readerToken(ctx, a); err != nil {
		return errors.Join(err, a.Close())
	}
	if told.Devices, err = someDevices(ctx, a); err != nil {
		return errors.Join(err, a.Close())
	}
	var run errgroup.Group
	run.Go(func() error { return a.Run(ctx) })
	debug.FreeOSMemory() // as the runtime does by itself within minutes
	told.Idle, told.Own = resident("VmRSS"), resident("RssAnon")
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(told); err != nil {
		return err
	}
	var ingest sync.WaitGroup
	in := bufio.NewScanner(os.Stdin)
	if in.Scan() {
		ingest.Go(func() { told.Ingests, err = takeIn(ctx, a) })
		in.Scan()
	}
	stop()
	ingest.Wait()
	told.Peak = resident("VmHWM")
	return errors.Join(run.Wait(), err, out.Encode(told))
}

// readerToken makes a token of an account that may read everything.
func readerToken(ctx context.Context, a *app.App) (string, error) {
	by := access.Console("bench")
	name := fmt.Sprintf("bench-%d", time.Now().UnixNano())
	who := &access.Account{Name: name, Roles: map[int64]access.Role{0: access.Viewer}}
	if err := a.Guard.AddAccount(ctx, by, who, ""); err != nil {
		return "", err
	}
	return a.Guard.AddToken(ctx, by, &access.Token{Account: who.ID, Name: name, Scopes: []access.Scope{access.Read}, Expires: time.Now().Add(24 * time.Hour)})
}

func someDevices(ctx context.Context, a *app.App) ([]string, error) {
	sites, err := a.Store.Sites(ctx, 0)
	if err != nil {
		return nil, err
	}
	var out []string
	for i := range min(len(sites), 20) {
		s := &sites[i*len(sites)/min(len(sites), 20)]
		page, err := a.Store.Devices(ctx, store.DeviceQuery{All: true, Sites: []int64{s.ID}, Limit: 10})
		if err != nil {
			return nil, err
		}
		for k := range page.Devices {
			out = append(out, fmt.Sprintf("/devices/%d/%s", s.ID, page.Devices[k].Device.Device))
		}
	}
	return out, nil
}

// takeIn gives the captures of the demonstration's town hall to a site of its own,
// over and over, until ctx ends. It returns how many were worked in.
func takeIn(ctx context.Context, a *app.App) (int, error) {
	site := &hub.Site{Name: fmt.Sprintf("taken in %d", time.Now().UnixNano())}
	orgs, err := a.Store.Organisations(ctx)
	if err != nil {
		return 0, err
	}
	site.Organisation = orgs[0].ID
	if err := a.Store.Do(ctx, hub.Deed{Actor: "bench", Action: "site.create"}, func(tx hub.Tx) error { return tx.AddSite(site) }); err != nil {
		return 0, err
	}
	names, err := fs.Glob(examples.Estate, "town-hall/*.zst")
	if err != nil {
		return 0, err
	}
	slices.Sort(names)
	for done := 0; ; done++ {
		name := names[done%len(names)]
		if err := takeOne(ctx, a, site, name); err != nil {
			if ctx.Err() != nil {
				err = nil
			}
			return done, err
		}
	}
}

func takeOne(ctx context.Context, a *app.App, site *hub.Site, name string) error {
	f, err := examples.Estate.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // read only
	p := hub.Parcel{Site: site.ID, Organisation: site.Organisation, Name: strings.ReplaceAll(name, "/", "-"), Source: "command", By: "bench"}
	in, err := a.Hub.Take(ctx, p, f)
	if err != nil {
		return err
	}
	for {
		now, err := a.Store.Ingest(ctx, in.ID)
		switch {
		case err != nil:
			return err
		case now.State == hub.Done:
			return nil
		case now.State == hub.Failed || now.State == hub.Cancelled:
			return fmt.Errorf("%s: %s: %s", name, now.State, now.Error)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}
