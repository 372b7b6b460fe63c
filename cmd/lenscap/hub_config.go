package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/lenscap/lenscap/internal/app"
	"github.com/lenscap/lenscap/internal/settings"
)

// settings reads the file and the environment, and puts the flags that were
// given over them.
func (f *hubFlags) settings(cmd *cobra.Command) (*settings.Settings, error) {
	path := f.config
	if path == "" {
		if _, err := os.Stat(filepath.Join(f.data, app.SettingsFile)); err == nil {
			path = filepath.Join(f.data, app.SettingsFile)
		}
	}
	s, err := settings.Load(path, os.Environ())
	if err != nil {
		return nil, err
	}
	for _, o := range []struct {
		flag string
		to   *string
		from string
	}{{"listen", &s.Listen.Address, f.listen}, {"public-url", &s.PublicURL, f.public}, {"data", &s.Data, f.data}, {"log", &s.Log.Level, f.log}} {
		if fl := cmd.Flag(o.flag); fl != nil && (fl.Changed || f.once && o.flag == "log") {
			*o.to = o.from
		}
	}
	if fl := cmd.Flag("listen"); fl != nil && fl.Changed {
		if _, _, err := net.SplitHostPort(f.listen); err != nil {
			return nil, fmt.Errorf("--listen %q: write an address and a port, such as localhost:8470, or :8470 for every address of this machine", f.listen)
		}
	}
	if fl := cmd.Flag("kb"); fl != nil && fl.Changed {
		s.KnowledgeBase = fl.Value.String()
	}
	return s, nil
}

// appConfig is what the app needs, from settings and flags.
func (f *hubFlags) appConfig(cmd *cobra.Command) (app.Config, error) {
	settle(os.Getenv)
	cfg := app.Config{Dir: f.data, Examples: exampleCaptures, Version: version, Idle: rest}
	s, err := f.settings(cmd)
	if err != nil {
		return cfg, err
	}
	if cfg.Log, err = logger(cmd.ErrOrStderr(), s.Log); err != nil {
		return cfg, err
	}
	if err := cfg.Use(s); err != nil {
		return cfg, err
	}
	f.data = cfg.Dir
	return cfg, nil
}

func logger(w io.Writer, l settings.Log) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.Level)); err != nil {
		return nil, fmt.Errorf("--log %q: choose debug, info, warn or error", l.Level)
	}
	opts := &slog.HandlerOptions{Level: level}
	if l.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, opts)), nil
	}
	return slog.New(slog.NewTextHandler(w, opts)), nil
}

func hubConfigCommand(f *hubFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Check or show the hub's settings",
		Long: `Settings come from a YAML file (--config, or lenscap.yaml in the hub's folder),
the environment (LENSCAP_HUB_LISTEN_ADDRESS is listen.address) and flags; each
goes over the one before. docs/reference/settings.md says what each means.`,
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "check",
		Short: "Say what is wrong with the settings, each with its file and line",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := f.settings(cmd)
			if err != nil {
				return err
			}
			if err := errors.Join(s.Check()...); err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), "the settings can be used")
			return nil
		},
	}, &cobra.Command{
		Use:   "show",
		Short: "Print all settings with what they mean, secrets hidden",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := f.settings(cmd)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), s.Show())
			return err
		},
	})
	return cmd
}
