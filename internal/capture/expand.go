package capture

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Stdin is the input name that means standard input.
const Stdin = "-"

// suffixes are the name endings that make a file in a folder worth opening. A
// file named by itself or by a glob needs none.
var suffixes = []string{".pcap", ".pcapng", ".cap", ".ntar", ".dmp", ".trc"}

// ErrNoInput is returned by [Expand] for an argument that names nothing to
// read. It is also [fs.ErrNotExist].
var ErrNoInput error = noInput{}

type noInput struct{}

func (noInput) Error() string { return "nothing to read" }

// Is makes it the file system's "does not exist" as well.
func (noInput) Is(target error) bool { return target == fs.ErrNotExist } //nolint:errorlint // this is what errors.Is calls

// Expand turns command line arguments into input names: files as they are,
// folders into the captures in them and in the folders below (by name ending,
// ".gz" and ".zst" behind it included; names that start with a dot and symbolic
// links left out), patterns of [filepath.Match] into what they match, and "-"
// into [Stdin], once. The names of one argument are sorted; one that an
// earlier argument gave already is left out. The error names the argument.
func Expand(args []string) ([]string, error) {
	var names []string
	seen := map[string]bool{}
	for _, arg := range args {
		found, err := expand(arg)
		if err != nil {
			return nil, fmt.Errorf("input %q: %w", arg, err)
		}
		for _, name := range found {
			if key := filepath.Clean(name); !seen[key] {
				seen[key] = true
				names = append(names, name)
			}
		}
	}
	return names, nil
}

// expand turns one argument into names.
func expand(arg string) ([]string, error) {
	if arg == Stdin {
		return []string{Stdin}, nil
	}
	info, err := os.Stat(arg)
	switch {
	case err == nil && info.IsDir():
		return folder(arg)
	case err == nil:
		return []string{arg}, nil
	case !errors.Is(err, fs.ErrNotExist) || !strings.ContainsAny(arg, "*?["):
		return nil, reason(err)
	}
	return glob(arg)
}

// glob turns a pattern into the files it matches, and the captures of the
// folders it matches.
func glob(pattern string) ([]string, error) {
	matches, err := filepath.Glob(pattern)
	if err != nil {
		return nil, err
	}
	if len(matches) == 0 {
		return nil, fmt.Errorf("the pattern matches nothing: %w", ErrNoInput)
	}
	slices.Sort(matches)
	var names []string
	for _, m := range matches {
		info, err := os.Stat(m)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			names = append(names, m)
			continue
		}
		below, err := folder(m)
		if err != nil && !errors.Is(err, ErrNoInput) {
			return nil, err
		}
		names = append(names, below...)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("the folders it matches hold no capture: %w", ErrNoInput)
	}
	return names, nil
}

// folder lists the captures in and below dir, sorted.
func folder(dir string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path != dir && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.Type().IsRegular() && captureName(d.Name()):
			names = append(names, path)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("the folder holds no file named like a capture (%s): %w", strings.Join(suffixes, ", "), ErrNoInput)
	}
	slices.Sort(names)
	return names, nil
}

// captureName reports whether a file's name ends like a capture's. Rotating
// writers put a number behind the ending ("site.pcap3", "site.pcap.3").
func captureName(name string) bool {
	name = strings.ToLower(name)
	for _, z := range [...]string{".gz", ".zst", ".zstd"} {
		name = strings.TrimSuffix(name, z)
	}
	name = strings.TrimRight(name, "0123456789")
	name = strings.TrimSuffix(name, ".")
	return slices.ContainsFunc(suffixes, func(s string) bool { return strings.HasSuffix(name, s) })
}

// reason strips the name from a file error, which the caller gives already.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
