package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/history"
	"github.com/lenscap/lenscap/internal/lab/hubload"
	"github.com/lenscap/lenscap/internal/store"
)

// hubTitle begins the part of the page that -hub writes. It ends at the next
// heading of the same level.
const hubTitle = "## Hub\n"

// A hubSize is one estate, filled and measured.
type hubSize struct {
	devices int
	filled  hubload.Filled
	bytes   [2]int64 // on disk: store, history
	hubTold
	hubPages
}

// hubBench fills estates of each size, measures the hub on them, and puts the
// result into the page. An estate that is there is not filled again.
func hubBench(s *settings, sizes string) error {
	var list []hubSize
	for text := range strings.SplitSeq(sizes, ",") {
		n, err := parseSize(text)
		if err != nil {
			return fmt.Errorf("-sizes: %w", err)
		}
		list = append(list, hubSize{devices: n})
	}
	slices.SortFunc(list, func(a, b hubSize) int { return a.devices - b.devices })
	ctx := context.Background()
	ex, err := hubload.Make(ctx)
	if err != nil {
		return fmt.Errorf("make the examples: %w", err)
	}
	var page bytes.Buffer
	hubHead(&page)
	if s.wants("hub/in") {
		if err := hubIn(ctx, s, ex, &page); err != nil {
			return err
		}
	}
	for i := range list {
		if err := list[i].measure(ctx, s, ex); err != nil {
			return fmt.Errorf("estate of %d devices: %w", list[i].devices, err)
		}
		var all bytes.Buffer
		all.Write(page.Bytes())
		hubSizes(&all, list[:i+1])
		if s.only.String() != "" {
			continue
		}
		if err := putHub(s.out, all.Bytes()); err != nil { // what is measured is kept
			return err
		}
	}
	hubSizes(&page, list)
	_, err = os.Stdout.Write(page.Bytes())
	return err
}

// parseSize reads "10k", "1m" or a number.
func parseSize(text string) (int, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	times := 1
	switch {
	case strings.HasSuffix(text, "k"):
		times = 1000
	case strings.HasSuffix(text, "m"):
		times = 1_000_000
	}
	n, err := strconv.Atoi(strings.TrimRight(text, "km"))
	if err != nil || n <= 0 {
		return 0, fmt.Errorf("%q: write a number of devices, such as 10000, 10k or 1m", text)
	}
	return n * times, nil
}

// measure fills the estate if it is not there, and lets a process of its own
// answer questions about it.
func (z *hubSize) measure(ctx context.Context, s *settings, ex *hubload.Examples) error {
	dir := filepath.Join(s.dir, fmt.Sprintf("hub-%d", z.devices))
	note := filepath.Join(dir, "filled.json")
	b, err := os.ReadFile(note)
	if errors.Is(err, fs.ErrNotExist) {
		if err = z.fill(ctx, dir, ex); err == nil {
			b, err = json.Marshal(z.filled)
		}
		if err == nil {
			err = os.WriteFile(note, b, 0o600)
		}
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, &z.filled); err != nil {
		return fmt.Errorf("read %s: %w; delete the folder to fill it again", note, err)
	}
	for i, name := range []string{store.File, "history"} {
		if z.bytes[i], err = sizeOf(dir, name); err != nil {
			return err
		}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := migrate(ctx, dir); err != nil {
		return err
	}
	child := exec.CommandContext(ctx, self, "-hub-child", dir, "-only", s.only.String())
	child.Stderr = os.Stderr
	out, err := child.Output()
	if err != nil {
		return fmt.Errorf("measure: %w", err)
	}
	if err := json.Unmarshal(out, &z.hubTold); err != nil {
		return fmt.Errorf("read what the measuring process told: %w", err)
	}
	if s.wants("hub/page") || s.wants("hub/load") {
		z.hubPages, err = pages(ctx, s, dir)
	}
	return err
}

// migrate brings an estate that an earlier program filled to the schema of this
// one, so that what follows does not measure that, and removes the copy made.
func migrate(ctx context.Context, dir string) error {
	file := filepath.Join(dir, store.File)
	st, err := store.Open(ctx, file, store.Options{})
	if err != nil {
		return err
	}
	if err := st.Close(); err != nil {
		return err
	}
	copies, err := filepath.Glob(file + ".schema-*")
	if err != nil {
		return err
	}
	for _, c := range copies {
		err = errors.Join(err, os.Remove(c))
	}
	return err
}

func (z *hubSize) fill(ctx context.Context, dir string, ex *hubload.Examples) (err error) {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	st, err := store.Open(ctx, filepath.Join(dir, store.File), store.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	h, err := history.Open(filepath.Join(dir, "history"), history.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	begin, said := time.Now(), time.Now()
	z.filled, err = hubload.Fill(ctx, st, h, ex, hubload.Load{Devices: z.devices}, func(done string) {
		if time.Since(said) > 20*time.Second {
			said = time.Now()
			fmt.Fprintf(os.Stderr, "estate of %d devices: %s after %.0f s\n", z.devices, done, time.Since(begin).Seconds())
		}
	})
	if err != nil {
		return err
	}
	before := time.Now()
	err = h.Compact(ctx)
	z.filled.History += time.Since(before)
	fmt.Fprintf(os.Stderr, "estate of %d devices: filled in %.0f s\n", z.devices, time.Since(begin).Seconds())
	return err
}

// sizeOf is the length of all files whose path begins with name: SQLite keeps
// two beside its own.
func sizeOf(dir, name string) (n int64, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasPrefix(path, filepath.Join(dir, name)) {
			return err
		}
		info, err := d.Info()
		if err == nil {
			n += info.Size()
		}
		return err
	})
	return n, err
}

// putHub writes the section into the page in the place of the one before.
func putHub(name string, section []byte) error {
	old, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	before, _, after := cutHub(old)
	return os.WriteFile(name, slices.Concat(bytes.TrimRight(before, "\n"), []byte("\n\n"), section, after), 0o644)
}

// cutHub divides a page at its section of the hub.
func cutHub(page []byte) (before, section, after []byte) {
	i := bytes.Index(page, []byte("\n"+hubTitle))
	if i < 0 {
		return page, nil, nil
	}
	i++
	end := len(page)
	if j := bytes.Index(page[i+len(hubTitle):], []byte("\n## ")); j >= 0 {
		end = i + len(hubTitle) + j + 1
	}
	return page[:i], page[i:end], page[end:]
}

// withHub adds the section of the hub that the page had before to a page that
// was written without.
func withHub(name string, page []byte) []byte {
	old, err := os.ReadFile(name)
	if err != nil {
		return page
	}
	if _, section, _ := cutHub(old); len(section) > 0 {
		return slices.Concat(page, []byte("\n"), section)
	}
	return page
}

func hubHead(page io.Writer) {
	fmt.Fprint(page, hubTitle, "\nWritten by `go run ./internal/lab/bench -hub`, in one process beside nothing else of ours. Estates are made of the devices of the demonstration estate, as the pipeline works them out, over and over with other addresses,\n"+
		"serial numbers and names: sites of 1,000 devices, ten sites an organisation, 8 observations a device at most, 30 days of history with 4 conversations a device a day.\n\n")
	fmt.Fprintf(page, "- machine: %s; date: %s; commit: %s\n", fromFile("/proc/cpuinfo", "model name"), time.Now().UTC().Format("2006-01-02 15:04 UTC"), output("git", "describe", "--always", "--dirty"))
	fmt.Fprintf(page, "- load of the machine when this began (1, 5, 15 minutes): %s\n", strings.Join(strings.Fields(fromFile("/proc/loadavg", ""))[:3], ", "))
}
