package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/pipeline"
	"github.com/lenscap/lenscap/internal/record"
	"github.com/lenscap/lenscap/internal/regime"
	"github.com/lenscap/lenscap/internal/report"
)

// auditFlags are the flags of lenscap audit.
type auditFlags struct {
	json, jsonl, csv, quiet bool
	all, wide, rules        bool
	output                  []string
	explain                 string
	estate, organisation    string
	orgType, country, site  string
	sensitive               []string
	facts                   []string
	closed                  bool
	forbid, inside, geo     []string
	purchased, installed    string
	asAt, failOn            string
	maxFlows                int
}

func auditCommand() *cobra.Command {
	var f auditFlags
	cmd := &cobra.Command{
		Use:   "audit FILE|FOLDER|GLOB|- …",
		Short: "Say which cameras are in captures and logs, who made them, who they talk to, and which rules they fall under",
		Long: `Audit reads captures (pcap or pcapng), Suricata EVE JSON, Zeek logs, nmap XML,
NetFlow and IPFIX, nfdump files, DHCP leases and ARP tables (plain, gzip or
zstd) from files, folders, globs or standard input (-) as one audit, and prints
what equipment is in them: brand on the box, true maker, model, firmware, chip,
how sure and why; who each device talks to, where that server stands, who
controls it and whether video leaves; which rules each device falls under, with
the clause; and what to do next.

Nothing is sent anywhere: the files are read, and that is all.

The ending of a file named with -o chooses what is written:

` + formatHelp() + `
With nothing said about the organisation, a rule is answered with whom it would
bind. Say who you are by flags or in a file (--estate) to get a verdict.

Exit status: 0 nothing prohibited, 1 something prohibited (--fail-on moves the
line), 2 could not run.`,
		Example: `  lenscap audit site.pcapng
  lenscap audit -o report.html -o bom.cdx.json captures/ eve.json conn.log.gz
  lenscap audit --closed --forbid hikvision,CN --inside 203.0.113.0/24 site.pcapng
  ssh tap tcpdump -i eth1 -w - -c 100000 | lenscap audit -
  lenscap audit --org-type us-federal-contractor --country US site.pcapng
  lenscap audit --estate estate.yaml --as-at 2023-02-15 --json site.pcapng > audit.json
  lenscap audit --explain 192.168.1.64 site.pcapng`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("no input: name a capture, a folder of captures, or - for standard input (lenscap audit --help)")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return audit(cmd, args, &f) },
	}
	fl := cmd.Flags()
	fl.SortFlags = false
	fl.BoolVar(&f.json, "json", false, "print the whole audit as one JSON document")
	fl.BoolVar(&f.jsonl, "jsonl", false, "print one device a line as JSON")
	fl.BoolVar(&f.csv, "csv", false, "print one device a line as CSV")
	fl.StringArrayVarP(&f.output, "output", "o", nil, "write a report to this `file`; the ending chooses: "+endings()+"; may be repeated")
	fl.BoolVar(&f.all, "all", false, "list every device, not only cameras, recorders and what could be one")
	fl.BoolVar(&f.wide, "wide", false, "print every column and cut no value, however long the lines get")
	fl.BoolVar(&f.rules, "rules", false, "print every clause in full: why, what is missing, what is disputed, sources")
	fl.StringVar(&f.explain, "explain", "", "print the reasoning for one `device`: its id, address, MAC, serial or name")
	fl.StringVar(&f.asAt, "as-at", "", "judge by the rules of this `day`, YYYY-MM-DD (default: today)")
	fl.StringVar(&f.estate, "estate", "", "read organisation, site and its answers from this YAML `file`")
	fl.StringVar(&f.organisation, "organisation", "", "`name` of the organisation, for the report's heading")
	fl.StringVar(&f.orgType, "org-type", "", "`type` of organisation: "+strings.Join(orgTypes(), ", "))
	fl.StringVar(&f.country, "country", "", "`country` of the organisation, two letters (GB, US …)")
	fl.StringVar(&f.site, "site", "", "`name` of the site, for the report's heading")
	fl.StringSliceVar(&f.sensitive, "sensitive", nil, "what makes the site sensitive: any of "+strings.Join(keysOf("sensitive"), ", ")+"; those left out are answered no, none answers all four no")
	fl.StringArrayVar(&f.facts, "fact", nil, "answer a question of the rules, `key=yes|no`, for example purpose.public-safety=yes; may be repeated (keys: those of an estate file)")
	fl.StringVar(&f.purchased, "purchased", "", "`day` the equipment was bought, YYYY-MM-DD")
	fl.StringVar(&f.installed, "installed", "", "`day` it was installed, YYYY-MM-DD")
	fl.BoolVar(&f.closed, "closed", false, "the site is said to reach nothing outside: report every device that does")
	fl.StringSliceVar(&f.forbid, "forbid", nil, "`company or country` that devices may not talk to: a name, an id or two letters (hikvision,CN); may be repeated")
	fl.StringSliceVar(&f.inside, "inside", nil, "`network` that counts as inside the estate, such as 203.0.113.0/24, beside private addresses; may be repeated")
	fl.StringSliceVar(&f.geo, "geo", nil, "`file or folder` of newer country and network data, CSV or MMDB; asked before what is built in; may be repeated")
	fl.StringVar(&f.failOn, "fail-on", "prohibited", "exit with 1 from this `verdict` on: prohibited, restricted, advised-against, cannot-tell, never")
	fl.IntVar(&f.maxFlows, "max-flows", 0, "flows followed at once; the longest idle gives way and is counted (default 1 million)")
	fl.BoolVarP(&f.quiet, "quiet", "q", false, "no progress bar")
	cmd.MarkFlagsMutuallyExclusive("json", "jsonl", "csv", "explain")
	_ = cmd.MarkFlagFilename("estate", "yaml", "yml") // these fail only for a flag that does not exist
	_ = cmd.MarkFlagFilename("output", "html", "json", "jsonl", "csv", "txt", "sarif", "xml")
	for name, values := range map[string][]string{
		"org-type": orgTypes(), "sensitive": append(keysOf("sensitive"), "none"),
		"fail-on": {"prohibited", "restricted", "advised-against", "cannot-tell", "never"},
	} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
	return cmd
}

func audit(cmd *cobra.Command, args []string, f *auditFlags) error {
	if !slices.Contains(failLevels, f.failOn) {
		return fmt.Errorf("--fail-on %q: choose one of %s", f.failOn, strings.Join(failLevels, ", "))
	}
	for _, name := range f.output {
		if _, err := formatFor(name); err != nil {
			return err
		}
	}
	cfg, err := auditConfig(cmd, args, f)
	if err != nil {
		return err
	}
	if err := spareInputs(f.output, cfg.Inputs); err != nil {
		return err
	}
	doc, runErr := pipeline.Run(cmd.Context(), cfg)
	if cfg.Progress != nil {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
	if doc == nil {
		return runErr
	}
	if len(doc.Inputs) > 1 || runErr == nil { // one input that fails is the error itself
		for _, in := range doc.Inputs {
			if in.Error != "" {
				fmt.Fprintf(os.Stderr, "lenscap: %s: %s\n", in.Name, in.Error)
			}
		}
	}
	tellPassed(doc.Passed)
	if runErr != nil {
		return runErr
	}
	for _, name := range f.output {
		write, err := formatFor(name)
		if err == nil {
			err = writeFile(name, doc, write)
		}
		if err != nil {
			return err
		}
	}
	if err := printAudit(cmd.OutOrStdout(), doc, f); err != nil {
		return err
	}
	if failed(doc, f.failOn) {
		return errFound
	}
	return nil
}

// tellPassed says in one line which files of the folders named were not read.
func tellPassed(list []report.Passed) {
	const most = 4
	if len(list) == 0 {
		return
	}
	var names []string
	for _, p := range list[:min(len(list), most)] {
		names = append(names, filepath.Base(p.Name))
	}
	rest := ""
	if n := len(list) - most; n > 0 {
		rest = fmt.Sprintf(" and %d more", n)
	}
	fmt.Fprintf(os.Stderr, "lenscap: passed over, being nothing that is read: %s%s (--json says why, under passed_over)\n", strings.Join(names, ", "), rest)
}

// auditConfig turns flags into what the pipeline needs, checking each.
func auditConfig(cmd *cobra.Command, args []string, f *auditFlags) (pipeline.Config, error) {
	var cfg pipeline.Config
	inputs, err := capture.ExpandAll(args, func(head []byte) bool { return record.Recognise(head) != nil })
	if err != nil {
		return cfg, err
	}
	asAt := time.Now().UTC().Truncate(24 * time.Hour)
	if f.asAt != "" {
		if asAt, err = time.Parse(time.DateOnly, f.asAt); err != nil {
			return cfg, fmt.Errorf("--as-at %q: write the day as YYYY-MM-DD", f.asAt)
		}
	}
	for name, list := range map[string][]string{"forbid": f.forbid, "inside": f.inside} {
		if cmd.Flags().Changed(name) && len(list) == 0 {
			return cfg, fmt.Errorf("--%s is empty: leave it out, or say what (lenscap audit --help)", name)
		}
	}
	org, err := organisation(f)
	if err != nil {
		return cfg, err
	}
	dir, err := cmd.Flags().GetString("kb")
	if err != nil {
		return cfg, err
	}
	load := func() (*pipeline.Knowledge, error) {
		k, err := pipeline.LoadKnowledge(dir)
		if err != nil {
			return nil, err
		}
		if err := k.Regimes.CheckEgress(&org.Egress); err != nil {
			return nil, err
		}
		for _, path := range f.geo {
			if err := k.Places.Add(path); err != nil {
				return nil, fmt.Errorf("--geo: %w", err)
			}
		}
		if much(inputs.Names) {
			lean.Store(true)
			releaseProgram()
		}
		return k, nil
	}
	cfg = pipeline.Config{Inputs: inputs.Names, Passed: inputs.Passed, Stdin: cmd.InOrStdin(), Load: load, Organisation: org, AsAt: asAt, Version: version, MaxFlows: f.maxFlows}
	cfg.NoSteps, cfg.NoSeen = f.explain == "", !f.json && !f.jsonl && len(f.output) == 0 // a table prints neither
	if much(inputs.Names) {
		cfg.AfterReading = func() {
			relax()
			releaseProgram()
		}
	}
	if !f.quiet && term.IsTerminal(int(os.Stderr.Fd())) {
		cfg.Progress = progressBar(os.Stderr)
	}
	return cfg, nil
}

// organisation joins the estate file with the flags; a flag wins.
func organisation(f *auditFlags) (regime.Organisation, error) {
	var org regime.Organisation
	if f.estate != "" {
		file, err := os.Open(f.estate)
		if err != nil {
			return org, err
		}
		defer file.Close() //nolint:errcheck // read only
		if org, err = regime.LoadEstate(file, f.estate); err != nil {
			return org, err
		}
	}
	for _, s := range []struct {
		to   *string
		from string
	}{{&org.Name, f.organisation}, {&org.Type, f.orgType}, {&org.Country, strings.ToUpper(f.country)}, {&org.Site, f.site}, {&org.Purchased, f.purchased}, {&org.Installed, f.installed}} {
		if s.from != "" {
			*s.to = s.from
		}
	}
	if err := answerSensitive(&org, f.sensitive); err != nil {
		return org, err
	}
	for _, fact := range f.facts {
		if err := answer(&org, fact); err != nil {
			return org, fmt.Errorf("--fact %q: %w", fact, err)
		}
	}
	if err := reach(&org.Egress, f); err != nil {
		return org, err
	}
	return org, org.Check()
}

// reach adds to where the organisation's devices may reach what the flags say.
func reach(e *regime.Egress, f *auditFlags) error {
	e.Closed = e.Closed || f.closed
	for _, s := range f.forbid {
		if strings.TrimSpace(s) == "" {
			return errors.New("--forbid is empty: name a company or a country of two capital letters (hikvision,CN)")
		}
		if len(s) == 2 && s == strings.ToUpper(s) {
			e.Countries = append(e.Countries, s)
		} else {
			e.Companies = append(e.Companies, s)
		}
	}
	for _, s := range f.inside {
		p, err := regime.ParseInside(s)
		if err != nil {
			return fmt.Errorf("--inside %w", err)
		}
		e.Inside = append(e.Inside, p)
	}
	return nil
}

// answerSensitive answers the four questions about the site at once: those
// named yes, the others no.
func answerSensitive(org *regime.Organisation, named []string) error {
	if len(named) == 0 {
		return nil
	}
	org.Sensitive = map[string]bool{}
	for _, k := range keysOf("sensitive") {
		org.Sensitive[k] = slices.Contains(named, k)
	}
	for _, n := range named {
		if _, ok := org.Sensitive[n]; !ok && n != "none" {
			return fmt.Errorf("--sensitive %q: choose from %s, none", n, strings.Join(keysOf("sensitive"), ", "))
		}
	}
	return nil
}

// answer sets one yes-or-no key of an estate file.
func answer(org *regime.Organisation, fact string) error {
	name, value, _ := strings.Cut(fact, "=")
	section, key, ok := strings.Cut(name, ".")
	if !ok || !slices.Contains(keysOf(section), key) {
		var all []string
		for _, k := range regime.EstateKeys() {
			if strings.Contains(k.Key, ".") {
				all = append(all, k.Key)
			}
		}
		return fmt.Errorf("the key is one of %s", strings.Join(all, ", "))
	}
	var yes bool
	switch strings.ToLower(value) {
	case "yes", "true":
		yes = true
	case "no", "false":
	default:
		return errors.New("the value is yes or no")
	}
	m := map[string]*map[string]bool{"sensitive": &org.Sensitive, "purpose": &org.Purpose, "facts": &org.Facts}[section]
	if *m == nil {
		*m = map[string]bool{}
	}
	(*m)[key] = yes
	return nil
}

// keysOf lists the keys of one section of an estate file.
func keysOf(section string) []string {
	var out []string
	for _, k := range regime.EstateKeys() {
		if key, ok := strings.CutPrefix(k.Key, section+"."); ok {
			out = append(out, key)
		}
	}
	return out
}

// orgTypes lists the types of organisation by id.
func orgTypes() []string {
	out := make([]string, 0, len(regime.OrganisationTypes))
	for _, t := range regime.OrganisationTypes {
		out = append(out, t.ID)
	}
	return out
}

// printAudit prints to the terminal, or to the pipe behind it.
func printAudit(w io.Writer, doc *report.Document, f *auditFlags) error {
	out := bufio.NewWriterSize(w, 1<<16)
	var err error
	switch {
	case f.json:
		err = report.JSON(out, doc)
	case f.jsonl:
		err = report.JSONL(out, doc)
	case f.csv:
		err = report.CSV(out, doc)
	case f.explain != "":
		err = explain(out, doc, f.explain, terminalOptions(w, f))
	default:
		err = report.Terminal(out, doc, terminalOptions(w, f))
		for i, name := range f.output {
			if abs, absErr := filepath.Abs(name); absErr == nil {
				name = abs
			}
			if i == 0 {
				fmt.Fprintln(out)
			}
			fmt.Fprintf(out, "Report: %s\n", name)
		}
	}
	if err != nil {
		return err // Flush would say it again
	}
	return out.Flush()
}

// explain prints the reasoning for the devices that answer to name.
func explain(w io.Writer, doc *report.Document, name string, opt report.TerminalOptions) error {
	found := find(doc, name)
	if len(found) == 0 {
		return fmt.Errorf("--explain %q: no device has this id, address, MAC, serial or name (lenscap audit --all lists them)", name)
	}
	for _, d := range found {
		if err := report.Explain(w, d, doc, opt); err != nil {
			return err
		}
	}
	return nil
}

// find gives the devices that a person may mean by name.
func find(doc *report.Document, name string) []*report.Device {
	var out []*report.Device
	mac, isMAC := observation.ParseMAC(name)
	for i := range doc.Devices {
		d := &doc.Devices[i]
		is := func(s string) bool { return strings.EqualFold(s, name) }
		if is(d.ID) || is(d.Name) || slices.ContainsFunc(d.Serials, is) || slices.ContainsFunc(d.Hostnames, is) || slices.ContainsFunc(d.UUIDs, is) ||
			isMAC && slices.Contains(d.MACs, mac.String()) || slices.ContainsFunc(d.Addresses, func(a report.Address) bool { return is(a.IP) }) {
			out = append(out, d)
		}
	}
	return out
}

func terminalOptions(w io.Writer, f *auditFlags) report.TerminalOptions {
	opt := report.TerminalOptions{Width: columns(), All: f.all, Wide: f.wide, Rules: f.rules}
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return opt
	}
	if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 0 {
		opt.Width = width
	}
	opt.Colour = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return opt
}

// columns is the width of output that is no terminal: COLUMNS, or enough for
// every column of the table.
func columns() int {
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n >= 40 {
		return n
	}
	return 150
}

// failLevels are the values of --fail-on, the strictest verdict first.
var failLevels = []string{string(finding.Prohibited), string(finding.Restricted), string(finding.AdvisedAgainst), string(finding.CannotTell), "never"}

// failed reports whether some finding is at or above the level.
func failed(doc *report.Document, level string) bool {
	if level == "never" {
		return false
	}
	limit := slices.Index(failLevels, level)
	for i := range doc.Findings {
		at := slices.Index(failLevels, string(doc.Findings[i].Verdict))
		if at >= 0 && at <= limit {
			return true
		}
	}
	return false
}
