package kb

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func TestEmbeddedReleaseHasNameDateAndDigest(t *testing.T) {
	r, err := ReadRelease(FS)
	if err != nil {
		t.Fatal(err)
	}
	if r.Name == "" || !regexp.MustCompile(`^\d{4}-\d\d-\d\d$`).MatchString(r.Date) || !regexp.MustCompile(`^sha256:[0-9a-f]{64}$`).MatchString(r.Digest) {
		t.Errorf("got %+v", r)
	}
}

func TestEmbeddedFilesAreThoseOfTheFolder(t *testing.T) {
	want, err := dataFiles(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	got, err := dataFiles(FS)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) || len(got) < 9 {
		t.Errorf("embedded %d data files %q, folder has %d %q", len(got), got, len(want), want)
	}
	for _, name := range []string{"README.md", "LICENSE", "NOTICE"} {
		if _, err := fs.Stat(FS, name); err != nil {
			t.Error(err)
		}
	}
}

func release(files map[string]string) fstest.MapFS {
	m := fstest.MapFS{"release.yaml": {Data: []byte("name: t\ndate: 2026-01-02\n")}}
	for name, data := range files {
		m[name] = &fstest.MapFile{Data: []byte(data)}
	}
	return m
}

func TestDigestCoversDataAndNothingElse(t *testing.T) {
	digest := func(files map[string]string) string {
		t.Helper()
		r, err := ReadRelease(release(files))
		if err != nil {
			t.Fatal(err)
		}
		return r.Digest
	}
	base := digest(map[string]string{"a/x.csv": "1\n2\n"})
	for name, files := range map[string]map[string]string{
		"changed content":        {"a/x.csv": "1\n3\n"},
		"renamed file":           {"a/y.csv": "1\n2\n"},
		"file added":             {"a/x.csv": "1\n2\n", "b.yaml": ""},
		"byte moved to the name": {"a/x.csv1": "\n2\n"},
		"content split in two":   {"a/x.csv": "1\n", "a/y.csv": "2\n"},
	} {
		if digest(files) == base {
			t.Errorf("%s: same digest", name)
		}
	}
	for name, files := range map[string]map[string]string{
		"text for people":   {"a/x.csv": "1\n2\n", "README.md": "words"},
		"lines end in CRLF": {"a/x.csv": "1\r\n2\r\n"},
	} {
		if digest(files) != base {
			t.Errorf("%s: other digest", name)
		}
	}
}

// The digest reads pieces; it must be that of the whole, wherever they are cut.
func TestDigestIsThatOfTheWholeFile(t *testing.T) {
	var text strings.Builder
	for i := range 40_000 {
		text.WriteString([]string{"a", "\r\n", "\r", "\n", "\r\r\n", "bcd"}[i*i%6])
		text.WriteString(strings.Repeat("x", i%3))
	}
	for _, data := range []string{text.String(), "\r", "a\r", strings.Repeat("\r\n", 70_000), strings.Repeat("a", 64<<10-1) + "\r\n", strings.Repeat("a", 64<<10-1) + "\r"} {
		for _, name := range []string{"a.csv", "a.lsg"} {
			content := data
			if name == "a.csv" {
				content = strings.ReplaceAll(data, "\r\n", "\n")
			}
			note := "name: t\ndate: 2026-01-02\n"
			want := sha256.Sum256([]byte(name + "\x00" + content + "\x00release.yaml\x00" + note + "\x00"))
			r, err := ReadRelease(release(map[string]string{name: data}))
			if err != nil || r.Digest != "sha256:"+hex.EncodeToString(want[:]) {
				t.Errorf("%s of %d bytes: %s, %v", name, len(data), r.Digest, err)
			}
		}
	}
}

func TestReadReleaseRefuses(t *testing.T) {
	for name, data := range map[string]string{
		"no name":       "date: 2026-01-02\n",
		"date in words": "name: t\ndate: May\n",
		"unknown key":   "name: t\ndate: 2026-01-02\nversion: 3\n",
		"empty":         "",
	} {
		if _, err := ReadRelease(fstest.MapFS{"release.yaml": {Data: []byte(data)}}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestOpen(t *testing.T) {
	if fsys, err := Open(""); err != nil || fsys != fs.FS(FS) {
		t.Errorf(`Open("") = %v, want the embedded release`, err)
	}
	dir := t.TempDir()
	if _, err := Open(dir); err == nil {
		t.Error("a folder without release.yaml was opened")
	}
	if err := os.WriteFile(filepath.Join(dir, "release.yaml"), []byte("name: mine\ndate: 2026-01-02\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fsys, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := ReadRelease(fsys); err != nil || r.Name != "mine" {
		t.Errorf("got %+v, %v", r, err)
	}
}
