// Command build turns the TypeScript of ui/hub into ui/hub/dist with esbuild,
// which is a tool of tools/go.mod, and writes beside it what it was built from.
// It is run by `go generate ./ui`, in the folder ui, and by nothing else.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/lenscap/lenscap/ui/build/sources"
)

func main() {
	if err := build(); err != nil {
		fmt.Fprintln(os.Stderr, "ui/build:", err)
		os.Exit(1)
	}
}

func build() error {
	files, err := filepath.Glob("hub/*.ts")
	if err != nil {
		return err
	}
	args := []string{"tool", "-modfile=../tools/go.mod", "esbuild", "hub/hub.ts", "--bundle", "--minify", "--format=iife", "--target=es2022", "--charset=utf8", "--outfile=hub/dist/hub.js"}
	cmd := exec.Command("go", args...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("esbuild: %w", err)
	}
	text, err := sources.Of(os.DirFS("."), files)
	if err != nil {
		return err
	}
	return os.WriteFile("hub/dist/SOURCES", []byte(text), 0o644) //nolint:gosec // it is committed, and read by everybody
}
