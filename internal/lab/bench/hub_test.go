package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestThePartOfTheHubIsPutInTheOldOnesPlace(t *testing.T) {
	name := filepath.Join(t.TempDir(), "page.md")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ old, want string }{
		{"# Benchmarks\n\n## video\n\nA\n", "# Benchmarks\n\n## video\n\nA\n\n## Hub\n\nnew\n"},
		{"# Benchmarks\n\n## Hub\n\nold\n\n### Sizes\n\nold\n\n## The parts\n\nB\n", "# Benchmarks\n\n## Hub\n\nnew\n\n## The parts\n\nB\n"},
		{"# Benchmarks\n\n## Hub\n\nold\n", "# Benchmarks\n\n## Hub\n\nnew\n"},
	} {
		write(c.old)
		if err := putHub(name, []byte(hubTitle+"\nnew\n")); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(b); strings.ReplaceAll(got, "\n\n\n", "\n\n") != c.want && strings.ReplaceAll(got, "new\n## The", "new\n\n## The") != c.want {
			t.Errorf("in %q:\n got %q\nwant %q", c.old, got, c.want)
		}
	}
	write("# Benchmarks\n\n## Hub\n\nkept\n\n## The parts\n\nold\n")
	if got, want := string(withHub(name, []byte("# Benchmarks\n\nnew\n"))), "# Benchmarks\n\nnew\n\n## Hub\n\nkept\n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSizesAreRead(t *testing.T) {
	for in, want := range map[string]int{"10k": 10_000, " 1M": 1_000_000, "250": 250, "0": 0, "k": 0, "ten": 0} {
		got, err := parseSize(in)
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %d, %v; want %d", in, got, err, want)
		}
	}
}
