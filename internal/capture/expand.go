package capture

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Stdin is the input name that means standard input.
const Stdin = "-"

// suffixes are the name endings that make a file in a folder an input whatever
// it holds, so that a capture that is damaged is told of. A file named by itself
// or by a glob needs none.
var suffixes = []string{".pcap", ".pcapng", ".cap", ".ntar", ".dmp", ".trc"}

// ErrNoInput is returned by [Expand] for an argument that names nothing to
// read. It is also [fs.ErrNotExist].
var ErrNoInput error = noInput{}

type noInput struct{}

func (noInput) Error() string { return "nothing to read" }

// Is makes it the file system's "does not exist" as well.
func (noInput) Is(target error) bool { return target == fs.ErrNotExist } //nolint:errorlint // this is what errors.Is calls

// maxLooks bounds how many files of folders are looked into. Tests make it smaller.
var maxLooks = 100_000

// Inputs are what command line arguments name.
type Inputs struct {
	Names  []string // to read, in order
	Passed []Passed // files of folders that are not read, in order
}

// A Passed is a file of a folder that is not read.
type Passed struct {
	Name string
	Why  string // in plain words
}

// Expand is [ExpandAll] for captures alone.
func Expand(args []string) ([]string, error) {
	in, err := ExpandAll(args, nil)
	return in.Names, err
}

// ExpandAll turns command line arguments into input names: files as they are,
// folders into the inputs in them and in the folders below, patterns of
// [filepath.Match] into what they match, and "-" into [Stdin], once. The names
// of one argument are sorted; one that an earlier argument gave already is left
// out. The error names the argument.
//
// An input in a folder is a file with a capture's name ending, and any other
// whose first 4096 bytes begin a capture or are accepted by known, whatever its
// name; ".gz" and ".zst" behind the ending are allowed for. Names that start with
// a dot, and what is no regular file, are left out; every other file is told as
// passed over. No more than 100,000 files are looked into. With known nil only
// captures by name are inputs and nothing is looked into.
func ExpandAll(args []string, known func(head []byte) bool) (Inputs, error) {
	x := expander{known: known, seen: map[string]bool{}}
	for _, arg := range args {
		names, err := x.expand(arg)
		if err != nil {
			return Inputs{}, fmt.Errorf("input %q: %w", arg, err)
		}
		for _, name := range names {
			if x.first(name) {
				x.out.Names = append(x.out.Names, name)
			}
		}
	}
	x.out.Passed = slices.DeleteFunc(x.out.Passed, func(p Passed) bool { return !x.first(p.Name) }) // named by itself as well, or twice
	return x.out, nil
}

// An expander gathers inputs.
type expander struct {
	known func(head []byte) bool
	seen  map[string]bool // cleaned names given already
	looks int             // files looked into
	head  [maxHead]byte   // of one of them
	out   Inputs
}

// first reports whether name was not given before.
func (x *expander) first(name string) bool {
	key := filepath.Clean(name)
	if x.seen[key] {
		return false
	}
	x.seen[key] = true
	return true
}

// expand turns one argument into names.
func (x *expander) expand(arg string) ([]string, error) {
	if arg == Stdin {
		return []string{Stdin}, nil
	}
	info, err := os.Stat(arg)
	switch {
	case err == nil && info.IsDir():
		return x.folder(arg)
	case err == nil:
		return []string{arg}, nil
	case !errors.Is(err, fs.ErrNotExist) || !strings.ContainsAny(arg, "*?["):
		return nil, reason(err)
	}
	return x.glob(arg)
}

// glob turns a pattern into the files it matches, and the inputs in the folders
// it matches.
func (x *expander) glob(pattern string) ([]string, error) {
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
		below, err := x.folder(m)
		if err != nil && !errors.Is(err, ErrNoInput) {
			return nil, err
		}
		names = append(names, below...)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("the folders it matches hold %s: %w", x.nothing(), ErrNoInput)
	}
	return names, nil
}

// folder lists the inputs in and below dir, sorted, and notes what it passes over.
func (x *expander) folder(dir string) ([]string, error) {
	var names []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path != dir && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.Type().IsRegular():
			if why := x.refuse(path, d.Name()); why == "" {
				names = append(names, path)
			} else {
				x.out.Passed = append(x.out.Passed, Passed{path, why})
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("the folder holds %s: %w", x.nothing(), ErrNoInput)
	}
	slices.Sort(names)
	return names, nil
}

// nothing says what a folder does not hold.
func (x *expander) nothing() string {
	if x.known == nil {
		return "no file named like a capture (" + strings.Join(suffixes, ", ") + ")"
	}
	return "no capture, and no log or list of another tool that is read"
}

// refuse says why a file of a folder is not read, and "" for one that is.
func (x *expander) refuse(path, name string) string {
	switch {
	case captureName(name):
		return ""
	case x.known == nil:
		return "its name ends like nothing that is read"
	case x.looks == maxLooks:
		return fmt.Sprintf("%d files before it were looked into, which is the most; name it by itself", maxLooks)
	}
	x.looks++
	f, err := os.Open(path)
	if err != nil {
		return reason(err).Error()
	}
	defer f.Close() //nolint:errcheck // read only
	n, err := io.ReadFull(f, x.head[:])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return reason(err).Error()
	}
	head := x.head[:n]
	if unpackerFor(head) != nil || wideText(head) {
		return x.refuseUnpacked(f)
	}
	if beginsCapture(head) || x.known(head) {
		return ""
	}
	return looksLike(head, "")
}

// refuseUnpacked is refuse for a file whose content is packed.
func (x *expander) refuseUnpacked(f *os.File) string {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return reason(err).Error()
	}
	s, err := Open(f)
	if err != nil {
		return err.Error()
	}
	defer s.Close() //nolint:errcheck // ends unpacking
	head := s.Head()
	if beginsCapture(head) || x.known(head) {
		return ""
	}
	return looksLike(head, s.packed)
}

// captureName reports whether a file's name ends like a capture's. Rotating
// writers put a number behind the ending ("site.pcap3", "site.pcap.3").
func captureName(name string) bool {
	name = strings.ToLower(name)
	for _, z := range [...]string{".gz", ".zst", ".zstd"} {
		name = strings.TrimSuffix(name, z)
	}
	name = strings.TrimRight(name, "0123456789-_")
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
