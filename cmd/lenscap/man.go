package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// manCommand writes the man pages, for packages and for people who like them.
func manCommand() *cobra.Command {
	return &cobra.Command{
		Use:                   "man FOLDER",
		Short:                 "Write the manual pages into a folder",
		Long:                  "Man writes one manual page a command, section 1, into a folder that exists.",
		Example:               "  mkdir -p ~/.local/share/man/man1 && lenscap man ~/.local/share/man/man1",
		Args:                  cobra.ExactArgs(1),
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if info, err := os.Stat(args[0]); err != nil || !info.IsDir() {
				return fmt.Errorf("man: %s is no folder: create it first", args[0])
			}
			head := &doc.GenManHeader{Title: "LENSCAP", Section: "1", Source: "Lenscap " + version, Manual: "Lenscap"}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			return doc.GenManTree(root, head, args[0])
		},
	}
}
