// Command lenscap says which cameras are in a capture, who made them, and which
// rules they fall under.
//
// One file holds one verb. What a verb does is in the packages under internal;
// here is only how a person asks for it and how the answer is printed.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// version is set by the linker in releases.
var version = "dev"

// Exit statuses, part of the command's promise.
const (
	exitProhibited = 1 // --fail-on was met, or some of the files that were handed in were not taken
	exitFailed     = 2 // could not run
)

// errFound says that the answer, not the run, makes the exit status 1.
var errFound = errors.New("found")

func main() {
	paceCollector(os.Getenv)
	os.Exit(run(os.Args[1:]))
}

// run is the whole program as a function, so that tests call it like a command.
func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second interrupt ends the program at once
	cmd := root()
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(ctx)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFound):
		return exitProhibited
	case errors.As(err, new(refusedError)):
		fmt.Fprintf(os.Stderr, "lenscap: %v\n", err)
		return exitProhibited
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "lenscap: stopped")
		return exitFailed
	}
	fmt.Fprintf(os.Stderr, "lenscap: %v\n", err)
	return exitFailed
}

// root is the command tree. The reference pages and man pages are generated from it.
func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lenscap",
		Short: "Who made these cameras, what is in them, and which rules do they fall under?",
		Long: `Lenscap reads network captures and says which cameras and recorders are in them,
who really made each one, which firmware and chip is inside, how sure it is and
why, and which dated rules each falls under.

It needs no account and no network, and sends nothing anywhere.`,
		Example: `  lenscap audit site.pcapng                 a table in the terminal
  lenscap audit -o report.html captures/    one page to read, print and hand on
  lenscap kb show hikvision                 what is known of a maker, and from where`,
		Version:       version,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	cmd.PersistentFlags().String("kb", "", "read the knowledge base from this `folder` instead of the one built in")
	_ = cmd.MarkPersistentFlagDirname("kb") // fails only for a flag that does not exist
	cmd.AddCommand(auditCommand(), hubCommand(), ingestCommand(), assetsCommand(), demoCommand(), identifyCommand(), kbCommand(), manCommand())
	return cmd
}
