package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/app"
)

func hubDeleteCommand(f *hubFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "delete",
		Short: "Take an input, a site or an organisation out for good",
		Long: `Takes out what an input told, such as a capture handed in by mistake, a whole site,
or an organisation with its sites. It asks first, and says what goes with it; --yes
answers. The audit log keeps who did it and when, and
nothing brings it back but a backup.` + whileRunning,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	yes := false
	cmd.PersistentFlags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	cmd.AddCommand(&cobra.Command{
		Use:   "input ID",
		Short: "Take out what an input told, and work its site out again without it",
		Long: `Takes out what one input told. What another input told too stays. An input that is
not read yet is stopped instead. The page of an input has its number in its
address, and lenscap ingest --json prints it.`,
		Example: "  lenscap hub delete input 17",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return deleteOne(cmd, f, app.Deletion{Kind: "input", Name: args[0]}, yes)
		},
	}, &cobra.Command{
		Use:   "site ORGANISATION/SITE",
		Short: "Take out a site with all that is kept of it",
		Long: `Takes out a site with its inputs, devices, conversations, asset lists and what
people decided there. A watched folder or a flow listener of the settings that
names it waits from then on, until somebody makes the site again.`,
		Example: `  lenscap hub delete site "Ash council/Town hall"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return deleteOne(cmd, f, app.Deletion{Kind: "site", Name: args[0]}, yes)
		},
	}, &cobra.Command{
		Use:   "organisation NAME",
		Short: "Take out an organisation with all of its sites",
		Long: `Takes out an organisation with its sites, as "hub delete site" does each, and with
what is only its own: roles of accounts in it, saved searches and subscriptions. Who
has no role elsewhere keeps an account that may see nothing, and loses its tokens. A
watched folder or a flow listener of the settings that names it waits from then on,
until somebody makes the organisation and the site again.`,
		Example: `  lenscap hub delete organisation "Example organisation"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return deleteOne(cmd, f, app.Deletion{Kind: "organisation", Name: args[0]}, yes)
		},
	})
	return cmd
}

// deleteOne asks whether it is meant, and has it done.
func deleteOne(cmd *cobra.Command, f *hubFlags, d app.Deletion, yes bool) error {
	d.By = access.Console(person()).Actor()
	if !yes {
		d.Dry = true
		what, err := deleting(cmd, f, d)
		if err != nil {
			return err
		}
		if err := meant(cmd, what); err != nil {
			return err
		}
		d.Dry = false
	}
	says, err := deleting(cmd, f, d)
	if err == nil {
		fmt.Fprintln(cmd.OutOrStdout(), says)
	}
	return err
}

func deleting(cmd *cobra.Command, f *hubFlags, d app.Deletion) (says string, err error) {
	err = hereOrThere(cmd, f, func(ctx context.Context, a *app.App) (err error) {
		says, err = a.Delete(ctx, d)
		return err
	}, func(ctx context.Context) (err error) {
		says, err = app.AskDelete(ctx, f.data, d)
		return err
	}, "Do it in its pages, or with DELETE /api/v1/organisations/{organisation}, /api/v1/sites/{site} and /api/v1/ingests/{ingest}")
	return says, plain(err)
}

// meant asks on the terminal, and is an error unless the answer is yes.
func meant(cmd *cobra.Command, what string) error {
	if in, ok := cmd.InOrStdin().(*os.File); ok && !term.IsTerminal(int(in.Fd())) {
		return fmt.Errorf("this would take out %s; nobody is there to ask, so say --yes if it is meant", what)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "Take out %s?\nOnly a backup brings it back. [y/N] ", what)
	line, err := bufio.NewReader(io.LimitReader(cmd.InOrStdin(), 100)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return nil
	}
	return errors.New("nothing was taken out")
}
