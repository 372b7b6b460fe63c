// Command estate writes the demonstration estate: a folder with estate.json, and
// for each site its asset list and captures of some of 30 days, packed.
//
// It simulates, and reads no device and no other file. The same program writes
// the same bytes each time. What else is in the folder stays.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/lenscap/lenscap/internal/lab"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: estate FOLDER")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "estate:", err)
		os.Exit(1)
	}
}

func write(dir string) error {
	files, err := lab.Estate()
	if err != nil {
		return err
	}
	total := 0
	for _, f := range files {
		path, b := filepath.Join(dir, filepath.FromSlash(f.Path)), f.Body
		if strings.HasSuffix(path, ".pcapng") {
			path += ".zst"
			if b, err = lab.Pack(b); err != nil {
				return err
			}
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			return err
		}
		total += len(b)
	}
	fmt.Printf("%d files, %d bytes\n", len(files), total)
	return nil
}
