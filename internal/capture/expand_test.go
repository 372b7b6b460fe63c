package capture

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestExpand(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{
		"b.pcap", "a.pcapng", "notes.txt", "odd[1].pcap", ".hidden.pcap",
		"site/2.pcap.gz", "site/1.PCAP", "site/deep/3.cap.zst", "site/ring.pcap12", "site/readme.md", "site/.git/x.pcap", "empty/readme.md",
	} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, nil, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name  string
		args  []string
		want  []string
		error string
	}{
		{name: "files as they are, also with another ending", args: []string{"b.pcap", "notes.txt"}, want: []string{"b.pcap", "notes.txt"}},
		{name: "standard input, once", args: []string{"-", "-"}, want: []string{"-"}},
		{name: "a folder, sorted, and those below", args: []string{"site"},
			want: []string{"site/1.PCAP", "site/2.pcap.gz", "site/deep/3.cap.zst", "site/ring.pcap12"}},
		{name: "a pattern", args: []string{"*.pcap*"}, want: []string{".hidden.pcap", "a.pcapng", "b.pcap", "odd[1].pcap"}},
		{name: "a pattern that matches a folder", args: []string{"sit?/dee*"}, want: []string{"site/deep/3.cap.zst"}},
		{name: "a file whose name looks like a pattern", args: []string{"odd[1].pcap"}, want: []string{"odd[1].pcap"}},
		{name: "the same file twice", args: []string{"b.pcap", "./b.pcap", "b.*"}, want: []string{"b.pcap"}},
		{name: "nothing", args: nil, want: nil},
		{name: "no such file", args: []string{"b.pcap", "gone.pcap"}, error: `input "gone.pcap": no such file`},
		{name: "a pattern without a match", args: []string{"*.erf"}, error: `input "*.erf": the pattern matches nothing`},
		{name: "a folder without captures", args: []string{"empty"}, error: `input "empty": the folder holds no file named like a capture`},
		{name: "a pattern of folders without captures", args: []string{"empt*"}, error: `input "empt*": the folders it matches hold no file named like a capture`},
		{name: "a broken pattern", args: []string{"a[.pcap"}, error: `input "a[.pcap": syntax error`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Expand(tt.args)
			switch {
			case tt.error == "" && err != nil:
				t.Errorf("Expand(%q): %v", tt.args, err)
			case tt.error != "" && (err == nil || !strings.Contains(err.Error(), tt.error)):
				t.Errorf("Expand(%q): error %v, want %q", tt.args, err, tt.error)
			case strings.HasPrefix(tt.error, "no such") && !errors.Is(err, fs.ErrNotExist):
				t.Errorf("Expand(%q): %v is not fs.ErrNotExist", tt.args, err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestExpandAllLooksIntoLogsAndTellsWhatItPassesOver(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, content := range map[string]string{
		"site/a.pcap": "", "site/eve.json": "known", "site/eve.json-20261122.gz": string(gzipped(t, []byte("known too"))), "site/conn.log.3": "known",
		"site/nfcapd.202611221200": "known", "site/other.json": `{"a":1}`, "site/notes.md": "known", "site/.hidden.json": "known",
		"site/misnamed.log": string(samples(t)["pcap"]), "site/empty.txt": "", "logs/notes.md": "",
		"site/arp": "known", "site/dhcpd.leases~": "known", "site/nfcapd.current.4711": "known", "site/ring0": string(samples(t)["pcap"]), "site/picture": "\x89PNG",
		"site/wide.txt": "\xff\xfek\x00n\x00o\x00w\x00n\x00",
	} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(content), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	known := func(head []byte) bool { return strings.HasPrefix(string(head), "known") }
	got, err := ExpandAll([]string{"site/notes.md", "site", "./site"}, known)
	if err != nil {
		t.Fatal(err)
	}
	expected := Inputs{
		Names: []string{"site/notes.md", "site/a.pcap", "site/arp", "site/conn.log.3", "site/dhcpd.leases~", "site/eve.json", "site/eve.json-20261122.gz", "site/misnamed.log",
			"site/nfcapd.202611221200", "site/nfcapd.current.4711", "site/ring0", "site/wide.txt"},
		Passed: []Passed{
			{"site/empty.txt", "the file is empty" + want},
			{"site/other.json", "the file looks like JSON, but of no tool that is read" + want},
			{"site/picture", "the file looks like a picture" + want},
		},
	}
	if diff := cmp.Diff(expected, got); diff != "" {
		t.Error(diff)
	}
	if _, err := ExpandAll([]string{"logs"}, known); !errors.Is(err, ErrNoInput) || !strings.Contains(err.Error(), "no log or list of another tool") {
		t.Errorf("a folder without inputs: %v", err)
	}
	if got, err := ExpandAll([]string{"site"}, nil); err != nil || len(got.Names) != 1 || len(got.Passed) != 14 {
		t.Errorf("with captures alone: %+v, %v", got, err)
	}
}

func TestExpandAllLooksIntoSoManyFilesAndNoMore(t *testing.T) {
	t.Chdir(t.TempDir())
	defer func(n int) { maxLooks = n }(maxLooks)
	maxLooks = 2
	for _, name := range []string{"a", "b", "c", "d.pcap"} {
		if err := os.WriteFile(name, []byte("known"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ExpandAll([]string{"."}, func([]byte) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	expected := Inputs{Names: []string{"a", "b", "d.pcap"}, Passed: []Passed{{"c", "2 files before it were looked into, which is the most; name it by itself"}}}
	if diff := cmp.Diff(expected, got); diff != "" {
		t.Error(diff)
	}
}
