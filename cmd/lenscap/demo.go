package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/lenscap/lenscap/examples"
	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/app"
)

type demoFlags struct {
	hubFlags
	keep   string
	noOpen bool
}

func demoCommand() *cobra.Command {
	f := &demoFlags{}
	f.once = true
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show a hub that is filled with an invented estate",
		Long: `Fills a hub with Northshire Council, which does not exist: five sites over 30
days, with a camera sold under another name than its maker's, one that silently
changed whom it talks to, a closed site that leaks, and a camera on the list
that nobody sees. Then serves it on this machine only.

The page is opened in a browser where there is a display (not with --no-open);
its link is printed in any case. It is kept in a temporary folder and deleted at the end, unless --keep names one.`,
		Example: `  lenscap demo
  lenscap demo --keep northshire && lenscap hub --data northshire`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return demo(cmd, f) },
	}
	fl := cmd.Flags()
	fl.StringVar(&f.listen, "listen", defaultListen, "serve on this `address`:port; port 0 takes a free one")
	fl.StringVar(&f.keep, "keep", "", "keep the hub in this `folder`, which must be empty or new")
	fl.BoolVar(&f.noOpen, "no-open", false, "open no browser")
	fl.StringVar(&f.log, "log", "error", "what is logged to standard error: `level` debug, info, warn, error")
	_ = cmd.MarkFlagDirname("keep") // fails only for a flag that does not exist
	return cmd
}

func demo(cmd *cobra.Command, f *demoFlags) (err error) {
	f.data = f.keep
	if f.keep == "" {
		if f.data, err = os.MkdirTemp("", "lenscap-demo-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(f.data)) }()
	} else if list, err := os.ReadDir(f.keep); err == nil && len(list) > 0 {
		return fmt.Errorf("%s is not empty: name another folder with --keep, or show what is there with lenscap hub --data %s", f.keep, f.keep)
	}
	cfg, err := f.appConfig(cmd)
	if err != nil {
		return err
	}
	a, err := app.New(cmd.Context(), cfg)
	if err != nil {
		return inUse(err, f.data)
	}
	terminal := term.IsTerminal(int(os.Stderr.Fd()))
	err = a.Fill(cmd.Context(), examples.Estate, func(done, of int, name string) {
		if terminal {
			fmt.Fprintf(cmd.ErrOrStderr(), "\r\x1b[K%d of %d captures: %s", done+1, of, name)
		}
	})
	if terminal {
		fmt.Fprint(cmd.ErrOrStderr(), "\r\x1b[K")
	}
	password := strings.ToLower(rand.Text())
	if err == nil {
		err = a.Guard.AddAccount(cmd.Context(), access.Console("demo"), &access.Account{Name: "demo", Shown: "Demonstration", Roles: map[int64]access.Role{0: access.Admin}}, password)
	}
	if err != nil {
		return errors.Join(err, a.Close())
	}
	fmt.Fprintf(cmd.OutOrStdout(), "Northshire Council, which does not exist, is at %s\nSign in as demo with the password %s\nCtrl-C ends it%s.\n", a.URL(), password,
		map[bool]string{true: " and deletes everything", false: ""}[f.keep == ""])
	if !f.noOpen {
		browse(cmd.Context(), a.URL())
	}
	return a.Run(cmd.Context())
}

// browse opens an address in the browser of who sits here; where nobody does, or it
// cannot, the link was printed.
func browse(ctx context.Context, url string) {
	var open *exec.Cmd
	switch {
	case runtime.GOOS == "darwin":
		open = exec.CommandContext(ctx, "open", url)
	case runtime.GOOS == "windows":
		open = exec.CommandContext(ctx, "rundll32", "url.dll,FileProtocolHandler", url)
	case os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "", os.Geteuid() == 0: // a browser does not run as root
		return
	default:
		open = exec.CommandContext(ctx, "xdg-open", url)
	}
	if open.Start() == nil {
		go open.Wait() //nolint:errcheck // what it says is the browser's
	}
}
