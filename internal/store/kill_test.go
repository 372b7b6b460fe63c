package store

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

// TestKilled has a child process write under load, kills it at a random moment,
// again and again on the same file, and looks whether all it acknowledged is
// there.
func TestKilled(t *testing.T) {
	if path := os.Getenv("STORE_TEST_KILL"); path != "" {
		writeUntilKilled(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), "estate.db")
	db := reopen(t, path, Options{})
	site, _ := newSite(t, db, "north")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	acknowledged := map[int]bool{}
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	for round := range rounds {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), "STORE_TEST_KILL="+path, "STORE_TEST_FROM="+strconv.Itoa(round*100_000))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		want := 3 + rand.IntN(30) // and then somewhere within what follows
		for n := 0; lines.Scan(); {
			number, ok := strings.CutPrefix(lines.Text(), "acknowledged ")
			if !ok {
				continue
			}
			i, err := strconv.Atoi(number)
			if err != nil {
				t.Fatal(err)
			}
			acknowledged[i] = true
			if n++; n == want {
				// the moment is to differ; nothing depends on which it is
				time.AfterFunc(time.Duration(rand.IntN(20_000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
			}
		}
		if err := cmd.Wait(); err == nil || len(acknowledged) == 0 {
			t.Fatalf("the child ended by itself after %d changes: %v", len(acknowledged), err)
		}
		if _, err := Verify(t.Context(), path); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		db, err := Open(t.Context(), path, Options{})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		notes, err := db.Notes(t.Context(), site, "d-1")
		if err != nil {
			t.Fatal(err)
		}
		there := map[string]bool{}
		for _, n := range notes {
			there[n.Text] = true
		}
		for i := range acknowledged {
			if !there[fmt.Sprint(i)] {
				t.Errorf("round %d: change %d was acknowledged and is gone", round, i)
			}
		}
		e, err := db.Evidence(t.Context(), site)
		if err != nil || len(e.Observations) != 50*len(notes) {
			t.Errorf("round %d: %d observations of %d changes with 50 each, %v", round, len(e.Observations), len(notes), err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d changes were acknowledged in %d lives", len(acknowledged), rounds)
}

// writeUntilKilled is the child: changes of 50 observations each, as fast as they
// go, while another goroutine reads.
func writeUntilKilled(t *testing.T, path string) {
	from, err := strconv.Atoi(os.Getenv("STORE_TEST_FROM"))
	if err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			_, _ = db.Devices(context.Background(), DeviceQuery{All: true})
		}
	}()
	e := sampleEvidence(1, 50)
	for i := from; i < from+50_000; i++ {
		for _, o := range e.Observations {
			o.Fields[0].Value = fmt.Sprint(i)
		}
		if err := db.Change(t.Context(), deed, func(tx *Tx) error {
			if err := tx.AddEvidence(1, 1, e); err != nil {
				return err
			}
			if i%10 == 0 {
				if err := tx.ReplaceSite(1, nil, sampleSite(1, 1+i%7)); err != nil {
					return err
				}
			}
			return tx.AddNote(&hub.Note{Site: 1, Device: "d-1", Text: fmt.Sprint(i)})
		}); err != nil {
			t.Fatal(err)
		}
		fmt.Println("acknowledged", i)
	}
}
