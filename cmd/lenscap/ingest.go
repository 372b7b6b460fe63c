package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/lenscap/lenscap/internal/app"
	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/record"
)

type ingestFlags struct {
	hubFlags
	site, organisation string
	hub, token         string // of a hub elsewhere
	json               bool
}

func ingestCommand() *cobra.Command {
	f := &ingestFlags{}
	f.once = true
	cmd := &cobra.Command{
		Use:   "ingest FILE...",
		Short: "Give captures and records to the hub",
		Long: `Gives files to a hub, for one of its sites: captures, flow records, Suricata and
Zeek logs, nmap results, leases — all that lenscap audit reads. Folders are
searched for them.

The files go straight into the hub's folder (--data), which no hub may be running
on; the site is made when there is none of that name.

A file that cannot be read, or is not there, is named at the end, where the status is then 1; the
others are taken. A file that the site has already adds nothing, and is named with
the input that it became then. With --hub they go to a hub that runs, here or elsewhere, which knows the site.
What breaks off goes on where it broke, also when the command is given again.`,
		Example: `  lenscap ingest --site "Town hall" captures/
  lenscap ingest --data /var/lib/lenscap --site "Town hall" eve.json
  lenscap ingest --hub https://lenscap.example.org --token token.txt --site "Town hall" captures/`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			names, missing, err := handedOver(args)
			if err != nil {
				return err
			}
			if slices.Contains(names, "-") {
				return errors.New("standard input has no name to keep: write it to a file first")
			}
			if f.hub != "" {
				return sendAll(cmd, f, names, missing)
			}
			return onHub(cmd, &f.hubFlags, func(a *app.App) error { return ingestAll(cmd, f, a, names, missing) })
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&f.site, "site", "", "`name` of the site that the files show, alone or as Organisation/Site (required)")
	fl.StringVar(&f.organisation, "organisation", usualOrganisation, "`name` of the site's organisation, when there is more than one or the site is new")
	fl.StringVar(&f.data, "data", defaultData(), "the hub's `folder`")
	fl.StringVar(&f.log, "log", "error", "what is logged to standard error: `level` debug, info, warn, error")
	fl.StringVar(&f.hub, "hub", "", "give them to the hub at this `address`, such as https://lenscap.example.org")
	fl.StringVar(&f.token, "token", "", "`file` with a token of that hub, with the scopes read and ingest")
	fl.BoolVar(&f.json, "json", false, "say what became of each file as JSON")
	_ = cmd.MarkFlagFilename("token")
	_ = cmd.MarkFlagRequired("site") // these fail only for a flag that does not exist
	_ = cmd.MarkFlagDirname("data")
	return cmd
}

// handedOver is what the arguments name, each file once, and what of them cannot be
// read, which does not keep the others. It is an error when nothing can.
func handedOver(args []string) (names []string, missing []fileSaid, err error) {
	seen := map[string]bool{}
	for _, arg := range args {
		in, e := capture.ExpandAll([]string{arg}, func(head []byte) bool { return record.Recognise(head) != nil })
		if e != nil {
			err = cmp.Or(err, e)
			missing = append(missing, fileSaid{File: arg, Error: plain(e).Error()})
			continue
		}
		for _, name := range in.Names {
			if key := filepath.Clean(name); !seen[key] {
				seen[key] = true
				names = append(names, name)
			}
		}
	}
	if len(names) > 0 {
		err = nil
	}
	return names, missing, err
}

// ingestAll puts files into the hub's own folder and works them off.
func ingestAll(cmd *cobra.Command, f *ingestFlags, a *app.App, names []string, missing []fileSaid) error {
	ctx := cmd.Context()
	before, err := a.Store.Sites(ctx, 0)
	if err != nil {
		return err
	}
	organisation, name, err := placeOf(ctx, a, f.organisation, f.site)
	if err != nil {
		return err
	}
	site, err := a.Hub.FindSite(ctx, "command line", organisation, name)
	if err != nil {
		return err
	}
	said := &ingestSaid{Site: site.Name, NewSite: !slices.ContainsFunc(before, func(s hub.Site) bool { return s.ID == site.ID }), Files: []fileSaid{}}
	if said.NewSite && !f.json {
		fmt.Fprintf(cmd.OutOrStdout(), "%s is a new site\n", site.Name)
	}
	for i, name := range names {
		if term.IsTerminal(int(os.Stderr.Fd())) {
			fmt.Fprintf(cmd.ErrOrStderr(), "\r\x1b[K%d of %d: %s", i+1, len(names), name)
		}
		in, err := takeOne(ctx, a.Hub, site, name)
		switch {
		case err != nil && (ctx.Err() != nil || errors.Is(err, syscall.ENOSPC)): // nor will the next be taken
			return err
		case err != nil:
			said.Files = append(said.Files, fileSaid{File: name, Error: plain(err).Error()})
			continue
		}
		if err := a.Hub.Drain(ctx); err != nil {
			return err
		}
		again := in.Again
		if in, err = a.Store.Ingest(ctx, in.ID); err != nil {
			return err
		}
		said.Files = append(said.Files, saidOf(name, in, again))
	}
	if term.IsTerminal(int(os.Stderr.Fd())) {
		fmt.Fprint(cmd.ErrOrStderr(), "\r\x1b[K")
	}
	if !f.json {
		for i := range said.Files {
			said.Files[i].print(cmd.OutOrStdout())
		}
	}
	said.Files = append(said.Files, missing...)
	return said.end(cmd.OutOrStdout(), f.json)
}

func takeOne(ctx context.Context, h *hub.Hub, site *hub.Site, name string) (*hub.Ingest, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // read only
	return h.Take(ctx, hub.Parcel{Site: site.ID, Organisation: site.Organisation, Name: filepath.Base(name), Source: "command", By: "command line"}, file)
}
