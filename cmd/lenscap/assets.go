package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/lenscap/lenscap/internal/app"
	"github.com/lenscap/lenscap/internal/asset"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
)

type assetsFlags struct {
	hubFlags
	site, organisation, name, mapping string
	dry, json                         bool
}

func assetsCommand() *cobra.Command {
	f := &assetsFlags{}
	f.once = true
	cmd := &cobra.Command{
		Use:   "assets FILE",
		Short: "Give the hub a list of what is said to be at a site",
		Long: `Reads a list of equipment (CSV, Excel, nmap XML, runZero or NetBox JSON), says
which cells cannot be right and which lines are devices that were seen, and
keeps it in the place of an earlier list of the same name.

What a column means is guessed from its header, or taken from an earlier list
with the same header; --mapping says it, of all columns or of some:

  columns: {Bezeichnung: name, IP-Adresse: ip, Bemerkung: ignore}
  dates: dmy

A list of which no row stays is refused, and the earlier one stays. The list goes straight into the hub's folder (--data), which no hub may be
running on. The site is made when there is none of that name.`,
		Example: `  lenscap assets --site "Town hall" --dry-run cameras.xlsx
  lenscap assets --site "Town hall" --mapping milestone.yaml cameras.csv`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return assets(cmd, f, args[0]) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.site, "site", "", "`name` of the site that the list is of (required)")
	fl.StringVar(&f.organisation, "organisation", usualOrganisation, "`name` of the site's organisation, when there is more than one or the site is new")
	fl.StringVar(&f.name, "name", "", "keep it under this `name` (default: that of the file)")
	fl.StringVar(&f.mapping, "mapping", "", "take from this YAML `file` what the columns mean")
	fl.BoolVarP(&f.dry, "dry-run", "n", false, "say what would be kept, and keep nothing")
	fl.BoolVar(&f.json, "json", false, "say it as JSON")
	fl.StringVar(&f.data, "data", defaultData(), "the hub's `folder`")
	fl.StringVar(&f.log, "log", "warn", "what is logged to standard error: `level` debug, info, warn, error")
	_ = cmd.MarkFlagRequired("site") // these fail only for a flag that does not exist
	_ = cmd.MarkFlagDirname("data")
	_ = cmd.MarkFlagFilename("mapping", "yaml", "yml")
	return cmd
}

// assetsSaid is what the command answers, also as JSON.
type assetsSaid struct {
	File    string                 `json:"file"`
	Format  string                 `json:"format"`
	Site    string                 `json:"site"`
	List    string                 `json:"list"`
	Kept    bool                   `json:"kept"`
	Columns map[string]asset.Field `json:"columns,omitempty"` // by header
	From    string                 `json:"mapping_from"`      // "guess", "file", or the list that was read so before
	Faults  []asset.Fault          `json:"faults"`
	More    int                    `json:"more_faults"`
	Repeats []asset.Repeat         `json:"repeats"` // 1000 at most; against.repeats has how many
	Lines   []assetsLine           `json:"lines"`
	hub.Preview
}

// An assetsLine is a line and what became of it.
type assetsLine struct {
	Line    int           `json:"line"`
	Name    string        `json:"name,omitempty"`
	Device  string        `json:"device,omitempty"` // that was seen
	By      string        `json:"by,omitempty"`
	Differs []asset.Field `json:"differs,omitempty"`
	Says    string        `json:"says,omitempty"` // why it is none, though something of it was seen
}

func assets(cmd *cobra.Command, f *assetsFlags, file string) error {
	if f.name == "" {
		f.name = filepath.Base(file)
	}
	if f.name == hub.ByHand {
		return fmt.Errorf("%q are the lines that people enter in the pages: choose another --name", f.name)
	}
	if _, err := os.Stat(f.data); f.dry && err != nil {
		return fmt.Errorf("there is no hub in %s: name its folder with --data", f.data)
	}
	b, err := os.ReadFile(file) // whole: a mapping may need it twice
	if err != nil {
		return err
	}
	return onHub(cmd, &f.hubFlags, func(a *app.App) error { return assetsInto(cmd, f, a, file, b) })
}

func assetsInto(cmd *cobra.Command, f *assetsFlags, a *app.App, file string, b []byte) error {
	ctx := cmd.Context()
	site, err := assetsSite(ctx, f, a)
	if err != nil {
		return err
	}
	said := &assetsSaid{File: file, Site: f.site, List: f.name}
	l, err := assetsRead(ctx, f, a, site, said, b)
	if err != nil {
		return err
	}
	if err := said.join(ctx, a, site, l); err != nil {
		return err
	}
	if !f.dry {
		d := hub.Deed{Actor: "command line", Organisation: site.Organisation, Action: "list.keep", Object: fmt.Sprintf("asset list %q of site %d", f.name, site.ID), Detail: map[string]int{"lines": len(l.Rows), "faults": len(l.Faults) + l.More, "repeats": l.Again}}
		if err := a.Hub.KeepList(ctx, d, site.ID, f.name, l); err != nil {
			return err
		}
		if err := a.Hub.Drain(ctx); err != nil {
			return err
		}
		said.Kept = true
	}
	if f.json {
		e := json.NewEncoder(cmd.OutOrStdout())
		e.SetIndent("", "  ")
		return e.Encode(said)
	}
	return said.print(cmd.OutOrStdout(), l)
}

// assetsSite finds the site. A dry run makes none; its site is then without id.
func assetsSite(ctx context.Context, f *assetsFlags, a *app.App) (*hub.Site, error) {
	organisation, name, err := placeOf(ctx, a, f.organisation, f.site)
	if err != nil {
		return nil, err
	}
	if !f.dry {
		return a.Hub.FindSite(ctx, "command line", organisation, name)
	}
	orgs, err := a.Store.Organisations(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(orgs, func(o hub.Organisation) bool { return o.Name == organisation })
	if i < 0 {
		return &hub.Site{Name: name}, nil
	}
	sites, err := a.Store.Sites(ctx, orgs[i].ID)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(sites, func(s hub.Site) bool { return s.Name == name }); i >= 0 {
		return &sites[i], nil
	}
	return &hub.Site{Name: name}, nil
}

// assetsRead reads the list: with the mapping that was given, else with that of
// an earlier list, else with a guess.
func assetsRead(ctx context.Context, f *assetsFlags, a *app.App, site *hub.Site, said *assetsSaid, b []byte) (*asset.List, error) {
	read := func(m *asset.Mapping) (*asset.List, error) {
		return asset.Read(strings.NewReader(string(b)), said.File, m)
	}
	var l *asset.List
	var err error
	switch {
	case f.mapping != "":
		m, err2 := assetsMapping(f.mapping)
		if err2 != nil {
			return nil, err2
		}
		l, err = read(m)
		said.From = "file"
	default:
		if l, err = read(nil); err != nil {
			return nil, err
		}
		said.From = "guess"
		m, from, err2 := hub.Remembered(ctx, a.Store, site, f.name, l)
		if err2 != nil {
			return nil, err2
		}
		if m != nil {
			said.From = from
			l, err = read(m)
		}
	}
	if err != nil {
		return nil, err
	}
	said.Format, said.Faults, said.More, said.Repeats = l.Format, l.Faults, l.More, l.Repeats
	if said.Faults == nil {
		said.Faults = []asset.Fault{}
	}
	if said.Repeats == nil {
		said.Repeats = []asset.Repeat{}
	}
	if len(l.Columns) > 0 {
		said.Columns = map[string]asset.Field{}
		for _, c := range l.Columns {
			said.Columns[c.Header] = c.Field
		}
	}
	return l, nil
}

func assetsMapping(name string) (*asset.Mapping, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // read only
	return asset.ReadMapping(file, name)
}

// join says which lines are devices that were seen.
func (s *assetsSaid) join(ctx context.Context, a *app.App, site *hub.Site, l *asset.List) error {
	var err error
	var joined []asset.Pair
	var seen []hub.Sighted
	if s.Preview, joined, seen, err = hub.Look(ctx, a.Store, site.ID, s.List, l); err != nil {
		return err
	}
	s.Lines = []assetsLine{}
	for _, p := range joined {
		if p.Declared < 0 {
			continue
		}
		d := &l.Rows[p.Declared]
		line := assetsLine{Line: d.Line, Name: d.Label(), By: p.By, Says: p.Says}
		if p.Seen >= 0 {
			line.Device = seen[p.Seen].ID
			for _, x := range asset.Differences(d, &seen[p.Seen].Seen) {
				line.Differs = append(line.Differs, x.Field)
			}
		}
		s.Lines = append(s.Lines, line)
	}
	return nil
}

// print says it for people. What is in a list is written by strangers: all goes
// through [report.Visible].
func (s *assetsSaid) print(w io.Writer, l *asset.List) error {
	fmt.Fprintf(w, "%s: %s of %s\n", report.Visible(s.File), report.Plural(int64(len(l.Rows)), "line", "lines"), report.Visible(s.Format))
	if len(l.Columns) > 0 {
		fmt.Fprintf(w, "\nWhat its columns are taken for (%s):\n", map[string]string{"guess": "guessed; --mapping says otherwise", "file": "as the mapping says"}[s.From]+fromList(s.From))
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, c := range l.Columns {
			fmt.Fprintf(t, "  %s\t%s\t%s\n", report.Visible(c.Header), c.Field, report.Visible(strings.Join(c.Samples, ", ")))
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	if len(s.Faults) > 0 {
		fmt.Fprintf(w, "\nWhat could not be taken (its row stays, unless it says that it was left out):\n")
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintf(t, "  ROW\tCOLUMN\tVALUE\tWHY\n")
		for _, x := range s.Faults {
			fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", strconv.Itoa(x.Row), report.Visible(x.Column), report.Visible(x.Value), report.Visible(x.Says))
		}
		if err := t.Flush(); err != nil {
			return err
		}
		if s.More > 0 {
			fmt.Fprintf(w, "  and %d more\n", s.More)
		}
	}
	s.again(w)
	fmt.Fprintf(w, "\n%d seen, %d declared only; %d seen and not on this list\n", s.Both, s.DeclaredOnly, s.SeenOnly)
	if s.Replaces {
		fmt.Fprintf(w, "Against the list of this name that was kept: %d new, %d changed, %d the same, %d in it no more\n", s.Against.New, s.Against.Changed, s.Against.Same, s.Against.Gone)
	}
	if by := s.reasons(); by != "" {
		fmt.Fprintf(w, "Joined by %s\n", by)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, x := range s.Lines {
		switch {
		case len(x.Differs) > 0:
			fmt.Fprintf(t, "  line %d\t%s\tis %s; differs in %s\n", x.Line, report.Visible(x.Name), x.Device, strings.Join(words(x.Differs), ", "))
		case x.Says != "":
			fmt.Fprintf(t, "  line %d\t%s\t%s\n", x.Line, report.Visible(x.Name), report.Visible(x.Says))
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	end := fmt.Sprintf("Kept as %q of %s.", s.List, s.Site)
	if !s.Kept {
		end = "Nothing was kept (--dry-run)."
	}
	_, err := fmt.Fprintln(w, report.Visible(end))
	return err
}

// saidRepeats are told one by one; --json has more.
const saidRepeats = 20

// again says which rows count once with an earlier one.
func (s *assetsSaid) again(w io.Writer) {
	if s.Against.Repeats == 0 {
		return
	}
	fmt.Fprintf(w, "\nRows that say just what an earlier one says, and count once with it: %d\n", s.Against.Repeats)
	for _, r := range s.Repeats[:min(len(s.Repeats), saidRepeats)] {
		fmt.Fprintf(w, "  %s\n", r)
	}
	if more := s.Against.Repeats - saidRepeats; more > 0 {
		fmt.Fprintf(w, "  and %d more\n", more)
	}
}

// reasons counts what joined lines.
func (s *assetsSaid) reasons() string {
	n := map[string]int{}
	for _, x := range s.Lines {
		if x.By != "" {
			n[x.By]++
		}
	}
	var out []string
	for _, by := range slices.Sorted(maps.Keys(n)) {
		out = append(out, fmt.Sprintf("%s %d", by, n[by]))
	}
	return strings.Join(out, ", ")
}

func fromList(from string) string {
	if from == "guess" || from == "file" {
		return ""
	}
	return "as " + report.Visible(from) + " was read"
}

func words(fields []asset.Field) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = string(f)
	}
	return out
}
