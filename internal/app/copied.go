package app

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// ListFile is the list of what is in a copy, in the copy. It is written last.
const ListFile = "backup.json"

const (
	listFormat = 1
	mostList   = 256 << 20 // bytes of a list; a file takes 150
	mostNamed  = 20        // files in one message
)

// A List says what a copy of a hub holds. A copy without one was cut short.
type List struct {
	Format  int       `json:"format"` // 1
	Version string    `json:"version"`
	Made    time.Time `json:"made"`
	Inputs  int64     `json:"inputs"` // that the hub ever took in
	Files   []Listed  `json:"files"`  // by name
	Damaged []Damaged `json:"damaged,omitempty"`
}

// A Listed is one file of a copy.
type Listed struct {
	Name   string `json:"name"` // below the copy's folder, with slashes
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// A Damaged is a file that was damaged in the hub before it was copied. It is in
// the copy as it was, or not at all when it could not be read.
type Damaged struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// Words names the damaged files, a line each; "" when there are none.
func (l *List) Words() string {
	var b strings.Builder
	for i, d := range l.Damaged {
		if i == mostNamed {
			fmt.Fprintf(&b, "\n  and %d more; %s names all", len(l.Damaged)-i, ListFile)
			break
		}
		fmt.Fprintf(&b, "\n  %s: %s", d.Name, d.Why)
	}
	return b.String()
}

// makeList lists the files of a folder as they are.
func makeList(dir string) (files []Listed, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path == filepath.Join(dir, partLock) {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		f := Listed{Name: filepath.ToSlash(name)}
		if f.Size, f.SHA256, err = sumOf(path); err != nil {
			return err
		}
		files = append(files, f)
		return nil
	})
	slices.SortFunc(files, func(a, b Listed) int { return strings.Compare(a.Name, b.Name) })
	return files, err
}

func sumOf(path string) (int64, string, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer f.Close() //nolint:errcheck // read only
	h := sha256.New()
	n, err := io.Copy(h, f)
	return n, hex.EncodeToString(h.Sum(nil)), err
}

// write puts the list into a copy, on the disk.
func (l *List) write(dir string) error {
	b, err := json.MarshalIndent(l, "", "\t")
	if err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, ListFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	return errors.Join(err, f.Sync(), f.Close(), syncDir(dir))
}

// readList reads the list of a copy. It is bytes from outside: no name in it
// leads out of the copy.
func readList(dir string) (*List, error) {
	path := filepath.Join(dir, ListFile)
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	l := &List{}
	if err := json.NewDecoder(io.LimitReader(f, mostList)).Decode(l); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", path, err)
	}
	if l.Format != listFormat {
		return nil, fmt.Errorf("%s has format %d, this Lenscap knows %d: use the Lenscap that made it (%s) or a later one", path, l.Format, listFormat, l.Version)
	}
	seen := map[string]bool{}
	for _, f := range l.Files {
		if !filepath.IsLocal(filepath.FromSlash(f.Name)) || f.Name == "." || f.Name == ListFile || seen[f.Name] {
			return nil, fmt.Errorf("%s is damaged: it lists %q", path, f.Name)
		}
		seen[f.Name] = true
	}
	return l, nil
}

// compare says what of a copy is not as the list has it: each file that is
// missing, of another length or changed.
func (l *List) compare(dir string) error {
	var bad []string
	for _, f := range l.Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			bad = append(bad, f.Name+" is missing")
			continue
		case err != nil:
			bad = append(bad, err.Error())
			continue
		case !info.Mode().IsRegular():
			bad = append(bad, f.Name+" is no file")
			continue
		case info.Size() != f.Size:
			bad = append(bad, fmt.Sprintf("%s has %d bytes, and had %d", f.Name, info.Size(), f.Size))
			continue
		}
		switch _, sum, err := sumOf(path); {
		case err != nil:
			bad = append(bad, err.Error())
		case sum != f.SHA256:
			bad = append(bad, f.Name+" was changed: its bytes are not those that were copied")
		}
	}
	if len(bad) == 0 {
		return nil
	}
	more := ""
	if len(bad) > mostNamed {
		more = fmt.Sprintf("\n  and %d more", len(bad)-mostNamed)
	}
	return fmt.Errorf("%d of the %d files in its list are not as they were copied:\n  %s%s", len(bad), len(l.Files), strings.Join(bad[:min(len(bad), mostNamed)], "\n  "), more)
}

// syncDir brings the names in a folder to the disk, where the system can.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if runtime.GOOS == "windows" { // which syncs no folders
		err = nil
	}
	return errors.Join(err, d.Close())
}
