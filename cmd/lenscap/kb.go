package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lenscap/lenscap/internal/fingerprint"
	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/pipeline"
	"github.com/lenscap/lenscap/internal/regime"
	"github.com/lenscap/lenscap/kb"
)

func kbCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "kb",
		Short: "Look into the knowledge base: makers, models, and where each fact comes from",
		Long: `The knowledge base holds what is publicly known of camera makers: who builds for
whom, which chips are inside, how their firmware answers, and the dated rules that
name them. Every row has its public source. It is built into lenscap; --kb FOLDER
uses another release.`,
		Example: `  lenscap kb show hikvision
  lenscap kb explain "DS-2CD2143G0-I"
  lenscap kb lint --kb ./kb`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return kbRelease(cmd) },
	}
	cmd.AddCommand(
		&cobra.Command{
			Use: "show COMPANY", Short: "Print what is known of a company, and from where",
			Long: "Show prints what the knowledge base has on one company, by id or by name:\nwho it is, who owned it when, its own denial, for whom it builds, whose goods it\nsells, its address prefixes, cloud names and chips, each with its source.",
			Args: cobra.ExactArgs(1), Example: "  lenscap kb show hikvision\n  lenscap kb show \"Zhejiang Dahua Technology\"",
			RunE: func(cmd *cobra.Command, args []string) error { return kbShow(cmd, args[0]) },
		},
		&cobra.Command{
			Use: "explain MODEL", Short: "Print what a model number leads to, and why",
			Long: "Explain prints which patterns a model number matches, which company they point\nto, which chip is on file for exactly that model, and the sources.",
			Args: cobra.ExactArgs(1), Example: "  lenscap kb explain \"DS-2CD2143G0-I\"",
			RunE: func(cmd *cobra.Command, args []string) error { return kbExplain(cmd, args[0]) },
		},
		&cobra.Command{
			Use: "lint", Short: "Check a knowledge base: files, ids, patterns, examples, sources, dates",
			Long: "Lint checks that every file parses, ids resolve, patterns compile and carry a\nliteral, each fingerprint matches its own examples and no other maker's, each\nregime gives the verdicts its own examples promise, every row has a source, and\ndates are dates. It prints a line a fault and exits with 1 if there is one.",
			Args: cobra.NoArgs, Example: "  lenscap kb lint --kb ./kb",
			RunE: func(cmd *cobra.Command, _ []string) error { return kbLint(cmd) },
		},
	)
	return cmd
}

// openKB opens the release that --kb names.
func openKB(cmd *cobra.Command) (fs.FS, error) {
	dir, err := cmd.Flags().GetString("kb")
	if err != nil {
		return nil, err
	}
	return kb.Open(dir)
}

func loadKB(cmd *cobra.Command) (*pipeline.Knowledge, error) {
	dir, err := cmd.Flags().GetString("kb")
	if err != nil {
		return nil, err
	}
	return pipeline.LoadKnowledge(dir)
}

func kbRelease(cmd *cobra.Command) error {
	k, err := loadKB(cmd)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s of %s\n%s\n%d companies, %d fingerprints, %d regimes\n\nlenscap kb show COMPANY, lenscap kb explain MODEL, lenscap kb lint\n",
		k.Release.Name, k.Release.Date, k.Release.Digest, len(k.Base.Companies()), len(k.Prints.Rows()), len(k.Regimes.Regimes(time.Now())))
	return err
}

func kbShow(cmd *cobra.Command, name string) error {
	k, err := loadKB(cmd)
	if err != nil {
		return err
	}
	id := strings.ToLower(name)
	if _, ok := k.Base.Company(maker.ID(id)); !ok {
		found := k.Base.ByName(name)
		switch len(found) {
		case 0:
			return fmt.Errorf("kb show: no company is called %q (lenscap kb explain looks a model up)", name)
		case 1:
			id = string(found[0].ID)
		default:
			var ids []string
			for _, c := range found {
				ids = append(ids, string(c.ID))
			}
			return fmt.Errorf("kb show: %q could be any of %s", name, strings.Join(ids, ", "))
		}
	}
	return k.Base.Show(cmd.OutOrStdout(), id)
}

func kbExplain(cmd *cobra.Command, model string) error {
	k, err := loadKB(cmd)
	if err != nil {
		return err
	}
	w := cmd.OutOrStdout()
	fmt.Fprintf(w, "%s\n", model)
	n := 0
	for _, kind := range []string{"model-regex", "sadp-description", "onvif-scope-hardware", "dhcp-hostname", "hardware-string"} {
		for _, m := range k.Prints.Match(nil, kind, model) {
			n++
			printMatch(w, k, &m)
		}
	}
	known := k.Base.ExplainModel(model)
	for _, c := range known.Chips {
		n++
		fmt.Fprintf(w, "\n  chip       %s by %s (%s)%s\n             %s\n             source: %s\n", c.SoC, companyName(k, c.SoCMaker), c.Confidence, unverified(c.Source), c.Evidence, c.Source)
	}
	for _, rel := range known.Relations {
		n++
		fmt.Fprintf(w, "\n  relation   %s builds for %s (%s)%s\n             %s %s\n             source: %s\n", companyName(k, rel.Maker), rel.Brand, rel.Confidence, unverified(rel.Source), rel.Scope, rel.Period, rel.Source)
	}
	for _, c := range known.Companies {
		n++
		fmt.Fprintf(w, "\n  company    %s (lenscap kb show %s)\n", c.LegalName, c.ID)
	}
	if n == 0 {
		fmt.Fprintln(w, "\n  nothing is on file for this model: no pattern matches it and no chip is listed for exactly it")
	}
	return nil
}

func printMatch(w io.Writer, k *pipeline.Knowledge, m *fingerprint.Match) {
	who := "maker not known"
	if m.Row.Company != "" {
		who = companyName(k, m.Row.Company)
	}
	if m.Row.Product != "" {
		who += ", " + m.Row.Product
	}
	fmt.Fprintf(w, "\n  pattern    %s (%s)%s\n             %s matches %s\n", who, m.Row.Confidence, unverified(m.Row.Source), m.Row.ID, m.Row.Pattern)
	if m.Row.Note != "" {
		fmt.Fprintf(w, "             %s\n", m.Row.Note)
	}
	fmt.Fprintf(w, "             source: %s\n", m.Row.Source)
}

func companyName(k *pipeline.Knowledge, id maker.ID) string {
	if c, ok := k.Base.Company(id); ok && len(c.Names) > 0 {
		return c.Names[0]
	}
	if id == "" {
		return "an unknown maker"
	}
	return string(id)
}

func unverified(s maker.Source) string {
	if s.Verified {
		return ""
	}
	return " UNVERIFIED"
}

// kbLint prints every fault of a release.
func kbLint(cmd *cobra.Command) error {
	fsys, err := openKB(cmd)
	if err != nil {
		return err
	}
	w := cmd.OutOrStdout()
	n := 0
	if _, err := kb.ReadRelease(fsys); err != nil {
		fmt.Fprintln(w, err)
		n++
	}
	for _, p := range maker.Lint(fsys) {
		fmt.Fprintln(w, p)
		n++
	}
	base, err := maker.Load(fsys)
	if err != nil {
		base = nil // its faults are printed above; the rest is checked without it
	}
	for _, p := range fingerprint.Lint(fsys, base) {
		fmt.Fprintln(w, p)
		n++
	}
	if base != nil {
		for _, p := range regime.Lint(fsys, base) {
			fmt.Fprintln(w, p)
			n++
		}
	}
	if n > 0 {
		return errors.Join(fmt.Errorf("kb lint: %d faults", n), errFound)
	}
	fmt.Fprintln(w, "no fault found")
	return nil
}
