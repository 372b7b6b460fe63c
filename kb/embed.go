// Package kb carries the knowledge base: what is publicly known of camera
// makers, their brands, network prefixes, chips, cloud names and advisories,
// with the fingerprints that recognise them and the rules that name them.
//
// It holds bytes and their digest only. It parses nothing but the release
// note and imports nothing of ours: packages maker, fingerprint and regime
// give the files their meaning and refuse what is wrong in them.
package kb

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"sort"
	"time"

	"go.yaml.in/yaml/v3"
)

// FS is the release this binary was built with.
//
//go:embed release.yaml README.md LICENSE NOTICE
//go:embed all:makers all:brands all:prefixes all:chips all:domains all:ports
//go:embed all:capabilities all:advisories all:fingerprints all:regimes all:listings
//go:embed all:geo all:networks
var FS embed.FS

// maxFile is the largest data file read, in bytes. The largest of ours is
// under 1 MB; a release from a folder is a stranger's bytes.
const maxFile = 64 << 20

// packed is the ending of data files that are not text: countries in the
// compact form of package geo.
const packed = ".lsg"

// A Release says which knowledge base an answer rests on. Every report prints
// it.
type Release struct {
	Name   string // "2026.11"
	Date   string // YYYY-MM-DD, the day it was put together
	Digest string // "sha256:" and 64 hexadecimal digits, see ReadRelease
}

// Open gives the release in the folder dir, or the embedded one when dir is
// "". It returns an error if dir is not a folder with a release.yaml in it;
// nothing else is read.
func Open(dir string) (fs.FS, error) {
	if dir == "" {
		return FS, nil
	}
	fsys := os.DirFS(dir)
	if _, err := fs.Stat(fsys, "release.yaml"); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("open knowledge base %s: no release.yaml in it: %w", dir, err)
		}
		return nil, fmt.Errorf("open knowledge base %s: %w", dir, err)
	}
	return fsys, nil
}

// ReadRelease reads release.yaml and computes the digest over every data file
// (*.yaml, *.csv and *.lsg): for each in byte order of its slash-separated path,
// the path, a zero byte, the content with CR LF read as LF (in text), and a zero
// byte. Texts
// for people (README.md, LICENSE, NOTICE) and Go files do not count, so a
// corrected sentence there does not look like other knowledge.
func ReadRelease(fsys fs.FS) (Release, error) {
	b, err := fs.ReadFile(fsys, "release.yaml")
	if err != nil {
		return Release{}, fmt.Errorf("read release: %w", err)
	}
	var note struct {
		Name string `yaml:"name"`
		Date string `yaml:"date"`
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&note); err != nil {
		return Release{}, fmt.Errorf("read release.yaml: %w", err)
	}
	if note.Name == "" {
		return Release{}, errors.New("read release.yaml: name is empty: give the release a name such as 2026.11")
	}
	if _, err := time.Parse(time.DateOnly, note.Date); err != nil {
		return Release{}, fmt.Errorf("read release.yaml: date %q: write it as YYYY-MM-DD", note.Date)
	}
	digest, err := digest(fsys)
	if err != nil {
		return Release{}, fmt.Errorf("digest knowledge base: %w", err)
	}
	return Release{Name: note.Name, Date: note.Date, Digest: digest}, nil
}

func digest(fsys fs.FS) (string, error) {
	names, err := dataFiles(fsys)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	room := make([]byte, 64<<10)
	for _, name := range names {
		h.Write([]byte(name))
		h.Write([]byte{0})
		if err := addFile(h, fsys, name, room); err != nil {
			return "", err
		}
		h.Write([]byte{0})
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), nil
}

// addFile writes the content of a file to h, piece by piece. In text CR LF is
// written as LF: a piece that ends in CR keeps it for the next.
func addFile(h io.Writer, fsys fs.FS, name string, room []byte) error {
	f, err := fsys.Open(name)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // read only
	kept := 0
	for {
		n, err := f.Read(room[kept:])
		piece := room[:kept+n]
		kept = 0
		if path.Ext(name) != packed {
			if len(piece) > 0 && piece[len(piece)-1] == '\r' && err == nil {
				piece, kept = piece[:len(piece)-1], 1
			}
			if bytes.IndexByte(piece, '\r') >= 0 {
				piece = bytes.ReplaceAll(piece, []byte("\r\n"), []byte("\n"))
			}
		}
		h.Write(piece) //nolint:errcheck // a hash takes everything
		if kept > 0 {
			room[0] = '\r'
		}
		if err == io.EOF { //nolint:errorlint // io.Reader's promise
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// dataFiles lists the files that carry knowledge, sorted by path.
func dataFiles(fsys fs.FS) ([]string, error) {
	var names []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ext := path.Ext(name); !d.Type().IsRegular() || ext != ".yaml" && ext != ".csv" && ext != packed {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Size() > maxFile {
			return fmt.Errorf("%s is %d bytes: a data file has at most %d", name, info.Size(), maxFile)
		}
		names = append(names, name)
		return nil
	})
	sort.Strings(names)
	return names, err
}
