package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/lenscap/lenscap/examples"
	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/app"
	"github.com/lenscap/lenscap/internal/store"
)

// defaultListen is reachable from this machine only.
const defaultListen = "localhost:8470"

type hubFlags struct {
	data           string
	listen         string
	public         string
	log            string
	config         string
	withoutHistory bool

	once bool // the command ends by itself, so that its own level of logs holds where none is given
}

// exampleCaptures is what the first page of an empty hub offers.
var exampleCaptures = examples.Captures

func hubCommand() *cobra.Command {
	f := &hubFlags{}
	cmd := &cobra.Command{
		Use:   "hub",
		Short: "Keep an estate over time, and show it in a web page",
		Long: `Keeps everything that was ever seen of an estate in one folder, works out what
follows from it, and serves it as web pages. Nothing else needs to be installed.

The first start prints a link, good once, with which the first administrator
makes an account. Captures come in by the page, by lenscap ingest, or from
watched folders; lenscap demo shows a hub that is filled already.`,
		Example: `  lenscap hub                              http://localhost:8470, kept under your home folder
  lenscap hub --data /var/lib/lenscap --listen 0.0.0.0:8470
  lenscap ingest --site "Town hall" captures/
  lenscap hub backup /mnt/backup/lenscap-2026-11-23`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return serveHub(cmd, f) },
	}
	p := cmd.PersistentFlags()
	p.StringVar(&f.data, "data", defaultData(), "keep everything in this `folder`")
	p.StringVar(&f.log, "log", "info", "what is logged to standard error: `level` debug, info, warn, error")
	p.StringVar(&f.config, "config", "", "read settings from this YAML `file` (default: "+app.SettingsFile+" in the folder of --data, if there)")
	_ = cmd.MarkPersistentFlagDirname("data") // these fail only for a flag that does not exist
	_ = cmd.MarkPersistentFlagFilename("config", "yaml", "yml")
	fl := cmd.Flags()
	fl.StringVar(&f.listen, "listen", defaultListen, "serve on this `address`:port; port 0 takes a free one")
	fl.StringVar(&f.public, "public-url", "", "the `address` browsers use, when it is another, such as https://lenscap.example.org")
	fl.BoolVar(&f.withoutHistory, "without-history", false, "start though the folder of conversations is gone, and go on without them")
	cmd.AddCommand(hubRebuildCommand(f), hubBackupCommand(f), hubRestoreCommand(f), hubVacuumCommand(f), hubDeleteCommand(f), hubVerifyCommand(f), hubVerifyHistoryCommand(f), hubAccountCommand(f), hubConfigCommand(f))
	return cmd
}

// defaultData is where a person's hub is kept when nothing is said.
func defaultData() string {
	if dir := os.Getenv("LENSCAP_DATA"); dir != "" {
		return dir
	}
	if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
		return filepath.Join(dir, "lenscap")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "lenscap-data"
	}
	return filepath.Join(home, ".local", "share", "lenscap")
}

func serveHub(cmd *cobra.Command, f *hubFlags) error {
	cfg, err := f.appConfig(cmd)
	if err != nil {
		return err
	}
	cfg.WithoutHistory = f.withoutHistory
	a, err := app.New(cmd.Context(), cfg)
	if err != nil {
		return inUse(err, f.data)
	}
	if err := announce(cmd.Context(), cmd.OutOrStdout(), a, f.data); err != nil {
		_ = a.Close() // the first error counts
		return err
	}
	return a.Run(cmd.Context())
}

// announce prints where the hub is, and the first administrator's link.
func announce(ctx context.Context, w io.Writer, a *app.App, dir string) error {
	link, err := a.Guard.FirstLink(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "Lenscap's hub is at %s and keeps everything in %s\n", a.URL(), dir)
	if print := a.Fingerprint(); print != "" {
		fmt.Fprintf(w, "Its certificate is its own; browsers will warn once. SHA-256 fingerprint: %s\n", print)
	}
	if link != "" {
		fmt.Fprintf(w, "There is no account yet. Make the first one here, within the hour; the link is good once:\n\n  %s\n\n", link)
	}
	fmt.Fprintln(w, "Ctrl-C ends it.")
	return nil
}

// inUse says what to do when another hub has the folder.
func inUse(err error, dir string) error {
	if errors.Is(err, store.ErrInUse) {
		return fmt.Errorf("a hub runs on %s already: use its pages, stop it first, or name another folder with --data%w", dir, silent{err})
	}
	return err
}

// silent is an error that says nothing: what it wraps is told in other words.
type silent struct{ error }

func (silent) Error() string   { return "" }
func (s silent) Unwrap() error { return s.error }

// opened runs do on what the hub keeps, while no hub runs.
func opened(cmd *cobra.Command, f *hubFlags, do func(ctx context.Context, a *app.App) error) error {
	cfg, err := f.appConfig(cmd)
	if err != nil {
		return err
	}
	f.data = cfg.Dir // the settings may name another
	if !app.Kept(f.data) {
		return fmt.Errorf("no hub keeps anything in %s: name the right folder with --data, or start one with lenscap hub", f.data)
	}
	a, err := app.Open(cmd.Context(), cfg)
	if err != nil {
		return inUse(err, f.data)
	}
	return errors.Join(do(cmd.Context(), a), a.Close())
}

// care has a task done: by the hub that runs on the folder, or here when none does.
func care(cmd *cobra.Command, f *hubFlags, kind, about string) error {
	tell := func(says string) {
		if term.IsTerminal(int(os.Stderr.Fd())) {
			fmt.Fprintf(cmd.ErrOrStderr(), "\r\x1b[K%s", says)
		}
	}
	by := access.Console(person()).Actor()
	var says string
	if kind == "verify-audit" || kind == "verify-history" {
		if _, err := f.appConfig(cmd); err != nil { // the settings may name another folder
			return err
		}
		if app.Sealed(f.data) {
			says, err := app.Prove(cmd.Context(), f.data, kind, about)
			if err == nil {
				fmt.Fprintln(cmd.OutOrStdout(), says)
			}
			return plain(err)
		}
	}
	err := hereOrThere(cmd, f, func(ctx context.Context, a *app.App) (err error) {
		says, err = a.Do(ctx, by, kind, about, tell)
		return err
	}, func(ctx context.Context) (err error) {
		says, err = app.Ask(ctx, f.data, by, kind, about, tell)
		return err
	}, "Order it in its pages (Settings) or with POST /api/v1/tasks")
	tell("")
	if err == nil {
		fmt.Fprintln(cmd.OutOrStdout(), says)
	}
	return plain(err)
}

// hereOrThere runs here on what the hub keeps, or there when a hub runs on the folder and
// is to be asked. other says how it is done where that hub cannot be reached.
func hereOrThere(cmd *cobra.Command, f *hubFlags, here func(context.Context, *app.App) error, there func(context.Context) error, other string) error {
	err := opened(cmd, f, here)
	if !errors.Is(err, store.ErrInUse) {
		return err
	}
	for try := 0; try < 30; try++ { // a hub that starts hears nothing yet
		if err = there(cmd.Context()); !errors.Is(err, app.ErrNoHub) || cmd.Context().Err() != nil {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("a hub runs on %s, and does not answer there (%w): is it another user's, or in a container of its own? %s, or stop it first", f.data, err, other)
}

// person is who runs the command, for the audit log.
func person() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "somebody"
}

const (
	whileRunning = "\n\nA hub that runs on the folder does it itself, and goes on serving."
	alsoSealed   = "\n\nA copy, and a folder on a medium that cannot be written, are read and not changed:\n--data names them."
)

func hubRebuildCommand(f *hubFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "rebuild",
		Short: "Work everything out again from what was seen",
		Long: `Throws devices, findings and timelines away and works them out again from the
observations and the knowledge base of this program. The same observations and
knowledge base give the same bytes. What people decided and declared stays.` + whileRunning,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return care(cmd, f, "rebuild", "") },
	}
}

func hubBackupCommand(f *hubFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "backup FOLDER",
		Short: "Copy everything the hub keeps into a new folder, and check the copy",
		Long: `Copies the database, the history of conversations, files that wait to be read and
the settings into a folder that must not exist yet, then checks every page of the
copy and the chain of the audit log. The folder is called FOLDER.part until all of
it is on the disk, with a list of its files (backup.json).

Day files of the history that are damaged already are copied as they are and
named; the status is then 1, and the copy is there.

A hub that runs on the folder of --data does it itself, and goes on serving; what
it reads meanwhile is kept when the copy is done. It writes with its own rights.`,
		Example: `  lenscap hub backup /mnt/backup/lenscap-2026-11-23
  lenscap hub restore /mnt/backup/lenscap-2026-11-23 --data /var/lib/lenscap`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			to, err := filepath.Abs(args[0]) // the hub stands elsewhere
			if err != nil {
				return err
			}
			return care(cmd, f, "backup", to)
		},
	}
}

func hubRestoreCommand(f *hubFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "restore FOLDER",
		Short: "Put a backup in the place of an empty --data folder",
		Long: `Compares every file of a copy with the list in it, and puts them into the folder
of --data, which must be empty or not be there. A copy that was cut short has no
list and is refused; files that are missing, of another length or changed are
named. Files that were damaged before they were copied are named and restored as
they are.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := app.Restore(cmd.Context(), args[0], f.data)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "restored %s into %s: %d files, of %s\n", args[0], f.data, len(list.Files), list.Made.Format("2006-01-02 15:04:05Z"))
			if words := list.Words(); words != "" {
				fmt.Fprintf(cmd.ErrOrStderr(), "These were damaged before the copy was made. The hub starts; pages that need them say so:%s\n", words)
			}
			return nil
		},
	}
}

func hubVacuumCommand(f *hubFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "vacuum",
		Short: "Give space that is free inside the database back to the disk",
		Long: `Writes the database anew without the space that is free inside it. It needs as
much room again while it runs, and changes wait for it.` + whileRunning,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return care(cmd, f, "vacuum", "") },
	}
}

func hubVerifyHistoryCommand(f *hubFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "verify-history",
		Short: "Read every day file of the history and name those that are damaged",
		Long: `Compares every page, every count and every checksum of the day files with what
was written, and names each file that is damaged: restore it from a backup, or
move it away. A hub that runs compares checksums once a day by itself, and says
in its log what it finds.` + whileRunning + alsoSealed,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return care(cmd, f, "verify-history", "") },
	}
}

func hubVerifyCommand(f *hubFlags) *cobra.Command {
	head := ""
	cmd := &cobra.Command{
		Use:   "verify-audit",
		Short: "Prove that no row of the audit log was changed or taken out",
		Long: `Follows the chain of the audit log and prints how many rows it has and its head,
the hash of the last one. Keep the head elsewhere: whoever can write the database
can cut rows off the end and write the chain anew, but not so that it goes through
a head that you noted. --head proves that it still does.` + whileRunning + alsoSealed,
		Example: `  lenscap hub verify-audit | tee -a /mnt/elsewhere/lenscap-heads
  lenscap hub verify-audit --head 0f0c…`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return care(cmd, f, "verify-audit", head) },
	}
	cmd.Flags().StringVar(&head, "head", "", "prove that the chain still goes through this `hash`, which was printed before")
	return cmd
}
