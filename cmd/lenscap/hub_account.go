package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/app"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/settings"
	"github.com/lenscap/lenscap/internal/store"
)

func hubAccountCommand(f *hubFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "account",
		Short: "Say who may do what, while the hub is stopped",
		Long: `Works on the accounts in the hub's folder: who can write that folder needs no
other leave. It is the way back in when every administrator has lost a password.
A hub that runs does all of this in its pages, under Accounts.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.PersistentFlags().StringVar(&f.public, "public-url", "", "the `address` browsers use, for links that are printed")
	cmd.AddCommand(accountList(f), accountAdd(f), accountPassword(f), accountRole(f), accountDisable(f, true), accountDisable(f, false), accountToken(f))
	return cmd
}

// An accountBook is the accounts of a hub that is stopped.
type accountBook struct {
	*access.Guard
	db *store.DB
	by *access.Person
}

// onAccounts runs do on the accounts in the hub's folder; begin makes it when it
// is not there.
func onAccounts(cmd *cobra.Command, f *hubFlags, begin bool, do func(ctx context.Context, b *accountBook) error) error {
	log, err := logger(cmd.ErrOrStderr(), settings.Log{Level: f.log})
	if err != nil {
		return err
	}
	path := filepath.Join(f.data, store.File)
	if begin {
		if err := os.MkdirAll(f.data, 0o700); err != nil {
			return fmt.Errorf("make the hub's folder: %w", err)
		}
	} else if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("no hub keeps anything in %s: name the right folder with --data, or start one with lenscap hub", f.data)
	}
	if err := app.Whole(f.data); err != nil {
		return err
	}
	db, err := store.Open(cmd.Context(), path, store.Options{Log: log})
	if err != nil {
		return inUse(err, f.data)
	}
	g, err := access.New(access.Config{Store: db, Log: log, PublicURL: cmp.Or(f.public, "http://"+defaultListen)})
	if err == nil {
		err = do(cmd.Context(), &accountBook{g, db, access.Console(person())})
	}
	return plain(errors.Join(err, db.Close()))
}

// plain leaves out the words that an error of the hub begins with.
func plain(err error) error {
	if errors.Is(err, hub.ErrInvalid) {
		return errors.New(strings.TrimPrefix(err.Error(), hub.ErrInvalid.Error()+": "))
	}
	return err
}

func (b *accountBook) named(ctx context.Context, name string) (*access.Account, error) {
	a, err := b.db.AccountNamed(ctx, name)
	if errors.Is(err, hub.ErrNotFound) {
		return nil, fmt.Errorf("there is no account %q; lenscap hub account list shows those there are", name)
	}
	return a, err
}

// allOrganisations stands for every one, those to come too.
const allOrganisations = "all"

// organisation finds one by name; 0 is all.
func (b *accountBook) organisation(ctx context.Context, name string) (int64, error) {
	if name == allOrganisations {
		return 0, nil
	}
	list, err := b.db.Organisations(ctx)
	if err != nil {
		return 0, err
	}
	for _, o := range list {
		if strings.EqualFold(o.Name, name) {
			return o.ID, nil
		}
	}
	return 0, fmt.Errorf("there is no organisation %q; write its name as the hub has it, or %q for every one", name, allOrganisations)
}

func accountList(f *hubFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the accounts and their roles",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return onAccounts(cmd, f, false, func(ctx context.Context, b *accountBook) error {
				accounts, err := b.db.Accounts(ctx)
				if err != nil {
					return err
				}
				orgs, err := b.db.Organisations(ctx)
				if err != nil {
					return err
				}
				names := map[int64]string{0: allOrganisations}
				for _, o := range orgs {
					names[o.ID] = o.Name
				}
				w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(w, "ACCOUNT\tFULL NAME\tROLES\tSTATE\tMADE")
				for _, a := range accounts {
					var roles []string
					for _, id := range slices.Sorted(maps.Keys(a.Roles)) {
						roles = append(roles, fmt.Sprintf("%s of %s", a.Roles[id], names[id]))
					}
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", a.Name, a.Shown, cmp.Or(strings.Join(roles, ", "), "none"), accountState(&a), a.Created.Format(time.DateOnly))
				}
				return w.Flush()
			})
		},
	}
}

func accountState(a *access.Account) string {
	switch {
	case a.Disabled:
		return "disabled"
	case a.Password == "" && a.Subject == "":
		return "no password yet"
	case a.Password == "":
		return "signs in elsewhere"
	}
	return "in use"
}

// newPassword reads a password from a line of in, or "" when none is asked for.
func newPassword(in io.Reader, asked bool) (string, error) {
	if !asked {
		return "", nil
	}
	line, err := bufio.NewReader(io.LimitReader(in, 4096)).ReadString('\n')
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", fmt.Errorf("--stdin: no password came: %w", cmp.Or(err, io.ErrUnexpectedEOF))
	}
	return line, nil
}

// giveWay prints the link with which an account's owner sets its password.
func (b *accountBook) giveWay(ctx context.Context, w io.Writer, a *access.Account) error {
	link, err := b.Invite(ctx, b.by, a.ID)
	if err == nil {
		fmt.Fprintf(w, "With this link %s sets a password, once, within three days, when the hub runs:\n\n  %s\n", a.Name, link)
	}
	return err
}

func accountAdd(f *hubFlags) *cobra.Command {
	var shown, role, org string
	var stdin bool
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Make an account, and print a link to set its password",
		Long: `Makes an account, and the hub's folder if there is none yet, so that a machine
can be set up without a browser.`,
		Example: "  lenscap hub account add ana --shown \"Ana Meier\" --role operator --organisation \"Ash council\"",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return onAccounts(cmd, f, true, func(ctx context.Context, b *accountBook) error {
				id, err := b.organisation(ctx, org)
				if err != nil {
					return err
				}
				password, err := newPassword(cmd.InOrStdin(), stdin)
				if err != nil {
					return err
				}
				a := &access.Account{Name: args[0], Shown: shown, Roles: map[int64]access.Role{id: access.Role(role)}}
				if err := b.AddAccount(ctx, b.by, a, password); err != nil {
					return err
				}
				if stdin {
					fmt.Fprintf(cmd.OutOrStdout(), "made the account %s\n", a.Name)
					return nil
				}
				return b.giveWay(ctx, cmd.OutOrStdout(), a)
			})
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&shown, "shown", "", "full `name`")
	fl.StringVar(&role, "role", string(access.Viewer), "`role`: admin, operator, analyst, viewer or watchdog")
	fl.StringVar(&org, "organisation", allOrganisations, "`organisation` of the role, by name")
	fl.BoolVar(&stdin, "stdin", false, "read the password from standard input, and print no link")
	return cmd
}

func accountPassword(f *hubFlags) *cobra.Command {
	var stdin bool
	cmd := &cobra.Command{
		Use:   "password NAME",
		Short: "Print a link to set an account's password, or set it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return onAccounts(cmd, f, false, func(ctx context.Context, b *accountBook) error {
				a, err := b.named(ctx, args[0])
				if err != nil {
					return err
				}
				if !stdin {
					return b.giveWay(ctx, cmd.OutOrStdout(), a)
				}
				password, err := newPassword(cmd.InOrStdin(), stdin)
				if err != nil {
					return err
				}
				if err := b.SetPassword(ctx, b.by, a.ID, password); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "the password of %s is set, and its browsers are signed out\n", a.Name)
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&stdin, "stdin", false, "read the password from standard input, and print no link")
	return cmd
}

func accountRole(f *hubFlags) *cobra.Command {
	var org string
	cmd := &cobra.Command{
		Use:   "role NAME ROLE",
		Short: "Give an account a role in an organisation, or take it: none",
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return onAccounts(cmd, f, false, func(ctx context.Context, b *accountBook) error {
				a, err := b.named(ctx, args[0])
				if err != nil {
					return err
				}
				id, err := b.organisation(ctx, org)
				if err != nil {
					return err
				}
				if args[1] == "none" {
					delete(a.Roles, id)
				} else {
					a.Roles[id] = access.Role(args[1])
				}
				if err := b.SetAccount(ctx, b.by, a); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s: %s of %s\n", a.Name, args[1], org)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&org, "organisation", allOrganisations, "`organisation` of the role, by name")
	return cmd
}

func accountDisable(f *hubFlags, off bool) *cobra.Command {
	use, short, done := "enable", "Let a disabled account sign in again", "may sign in again"
	if off {
		use, short, done = "disable", "Let an account sign in no more, and end its sessions and tokens", "signs in no more"
	}
	return &cobra.Command{
		Use:   use + " NAME",
		Short: short,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return onAccounts(cmd, f, false, func(ctx context.Context, b *accountBook) error {
				a, err := b.named(ctx, args[0])
				if err != nil {
					return err
				}
				a.Disabled = off
				if err := b.SetAccount(ctx, b.by, a); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s %s\n", a.Name, done)
				return nil
			})
		},
	}
}

func accountToken(f *hubFlags) *cobra.Command {
	var name, scopes string
	var days int
	cmd := &cobra.Command{
		Use:     "token NAME",
		Short:   "Make a token for an account, and print it",
		Example: "  lenscap hub account token importer --name nightly --scopes \"read ingest\" --days 365",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if days < 1 || days > 366 {
				return fmt.Errorf("--days %d: a token holds 1 to 366 days", days)
			}
			return onAccounts(cmd, f, false, func(ctx context.Context, b *accountBook) error {
				a, err := b.named(ctx, args[0])
				if err != nil {
					return err
				}
				list, err := access.ParseScopes(scopes)
				if err != nil {
					return err
				}
				t := &access.Token{Account: a.ID, Name: name, Scopes: list, Expires: time.Now().UTC().AddDate(0, 0, days)}
				secret, err := b.AddToken(ctx, b.by, t)
				if err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), secret)
				return nil
			})
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&name, "name", "command line", "`what` the token is for")
	fl.StringVar(&scopes, "scopes", string(access.Read), "`scopes`: read, ingest, write, admin, separated by spaces")
	fl.IntVar(&days, "days", 90, "the token holds so many `days`, 1 to 366")
	return cmd
}
