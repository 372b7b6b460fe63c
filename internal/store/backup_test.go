package store

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/observation"
)

func TestBackupAndRestore(t *testing.T) {
	db := newDB(t)
	newEstate(t, db, 2, 30)
	site, ingest := newSite(t, db, "seen")
	e := sampleEvidence(1, 500)
	addEvidence(t, db, site, ingest, e)
	dir := t.TempDir()
	to := filepath.Join(dir, "backup.db")
	must(t, db, func(tx *Tx) error { // a change that runs does not get into it, and is not waited for
		if err := tx.AddOrganisation(&hub.Organisation{Name: "half"}); err != nil {
			return err
		}
		return db.Backup(t.Context(), to)
	})
	want := dump(t, db)
	if err := db.Backup(t.Context(), to); !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), to) {
		t.Errorf("over a file: %v, want ErrExist with its name", err)
	}
	if list, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(list) != 1 {
		t.Errorf("files in the folder: %v, want the backup only", list)
	}
	restored := filepath.Join(dir, "restored.db")
	if err := Restore(t.Context(), to, restored); err != nil {
		t.Fatal(err)
	}
	if err := Restore(t.Context(), to, restored); !errors.Is(err, fs.ErrExist) {
		t.Errorf("restore over a file: %v, want ErrExist", err)
	}
	again := reopen(t, restored, Options{})
	if diff := cmp.Diff(want, dump(t, again)); diff != "" {
		t.Errorf("dump (-before +restored):\n%.1000s", diff)
	}
	if diff := cmp.Diff(stored(site, ingest, e), readEvidence(t, again, site), comparable); diff != "" {
		t.Errorf("evidence (-before +restored):\n%.1000s", diff)
	}
	if list, err := again.Organisations(t.Context()); err != nil || len(list) != 3 {
		t.Errorf("organisations %v, %v: the change that was running is in the backup", list, err)
	}
	if n, err := again.VerifyAudit(t.Context()); err != nil || n == 0 {
		t.Errorf("VerifyAudit: %d, %v", n, err)
	}
	addEvidence(t, again, site, ingest, e) // the key of digests came along
	if got := readEvidence(t, again, site).Observations; len(got) != 500 || got[0].Count != 2*e.Observations[0].Count {
		t.Errorf("%d observations after the same again, want 500", len(got))
	}
}

func TestDamagedBackup(t *testing.T) {
	db := newDB(t)
	newEstate(t, db, 1, 100)
	dir := t.TempDir()
	good := filepath.Join(dir, "good.db")
	if err := db.Backup(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func([]byte) []byte{
		"cut":       func(b []byte) []byte { return b[:len(b)/2] },
		"scribbled": func(b []byte) []byte { copy(b[len(b)/2:], bytes.Repeat([]byte{0xa5}, 20000)); return b },
		"empty":     func(b []byte) []byte { return nil },
		"text":      func(b []byte) []byte { return []byte("hello") },
	} {
		bad := filepath.Join(dir, name)
		if err := os.WriteFile(bad, damage(bytes.Clone(whole)), 0o600); err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, name+".restored")
		if err := Restore(t.Context(), bad, to); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s: %v, want an error that names the file", name, err)
		}
		if _, err := os.Stat(to); err == nil {
			t.Errorf("%s: something was restored", name)
		}
	}
	changed := filepath.Join(dir, "changed")
	if err := os.WriteFile(changed, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	sqliteExec(t, changed, "UPDATE audit SET actor = 'eve' WHERE id = 2")
	if err := Restore(t.Context(), changed, filepath.Join(dir, "changed.restored")); err == nil || !strings.Contains(err.Error(), "row 2") {
		t.Errorf("an audit log that was changed: %v", err)
	}
}

func TestVacuumAndStats(t *testing.T) {
	db := newDB(t)
	site, ingest := newSite(t, db, "north")
	addEvidence(t, db, site, ingest, sampleEvidence(1, 20_000))
	newEstate(t, db, 1, 20)
	before, err := db.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]int64{}
	for _, r := range before.Rows {
		rows[r.Table] = r.Rows
	}
	if rows["observation"] != 20_000 || rows["device"] != 20 || before.Schema != len(migrations()) {
		t.Errorf("stats %+v", before)
	}
	must(t, db, func(tx *Tx) error { return tx.DropEvidence(ingest) })
	want := dump(t, db)
	if before.Log == 0 {
		t.Fatal("nothing is in the log, whose pages are to be counted")
	}
	was, is, err := db.Vacuum(t.Context(), deed)
	if err != nil {
		t.Fatal(err)
	}
	after, err := db.Stats(t.Context())
	if info, e := os.Stat(db.Path()); e != nil || info.Size() != is || after.Log != 0 || was < before.Bytes || was <= is {
		t.Errorf("it had %d bytes and has %d; the file has %v, its log %d; %d and %d before", was, is, info.Size(), after.Log, before.Bytes, before.Log)
	}
	if err != nil || after.Bytes*2 > before.Bytes+before.Log || after.Free != 0 {
		t.Errorf("before %+v, after %+v, %v", before, after, err)
	}
	if got := dump(t, db); got != want {
		t.Error("another dump after Vacuum")
	}
}

// A new database lies in its log but for a page: what it had is not that page.
func TestVacuumCountsTheLog(t *testing.T) {
	db := newDB(t)
	newSite(t, db, "north")
	before, err := db.Stats(t.Context())
	if err != nil || before.Bytes > 8192 {
		t.Fatalf("the file has %d bytes, %v: its log was written back already, so that this shows nothing", before.Bytes, err)
	}
	was, is, err := db.Vacuum(t.Context(), deed)
	if err != nil || was < before.Log/2 || was < is/2 {
		t.Errorf("it had %d bytes and has %d, %v; the file had %d and its log %d", was, is, err, before.Bytes, before.Log)
	}
}

func TestRetain(t *testing.T) {
	db := newDB(t)
	site, ingest := newSite(t, db, "north")
	mac := observation.MAC{2, 0, 0, 0, 0, 1}
	at := func(days int, about observation.About, mac observation.MAC, fields ...string) *observation.Observation {
		o := &observation.Observation{Seen: day.AddDate(0, 0, days), Protocol: "dns", MAC: mac, About: about}
		for i := 0; i < len(fields); i += 2 {
			o.Fields = append(o.Fields, observation.Field{Name: fields[i], Value: fields[i+1]})
		}
		return o
	}
	silent := observation.MAC{2, 0, 0, 0, 0, 2}
	repeated := at(-99, 0, mac, "d.question", "said again")
	addEvidence(t, db, site, ingest, hub.Evidence{Observations: []*observation.Observation{
		at(-100, 0, mac, "d.question", "overtaken"), repeated, at(-98, 0, mac, "d.model", "said once"), at(-97, 0, silent, "d.question", "silent since"), at(-96, observation.Named, mac, "d.question", "of another"),
		at(-1, 0, mac, "d.question", "new"), at(-1, observation.Named, mac, "d.question", "of another, new")},
		Sightings: []device.Sighting{{MAC: mac, Last: day.AddDate(0, 0, -100)}, {MAC: mac, Last: day}, {MAC: silent, Last: day.AddDate(0, 0, -100)}, {Last: day.AddDate(0, 0, -100)}, {Last: day}}})
	later := *repeated
	later.Seen = day
	addEvidence(t, db, site, ingest, hub.Evidence{Observations: []*observation.Observation{&later}})
	got, err := db.Retain(t.Context(), deed, Retention{Evidence: day.AddDate(0, 0, -30)})
	if err != nil || got != (Retained{Observations: 1, Sightings: 2}) {
		t.Errorf("retained %+v, %v", got, err)
	}
	e := readEvidence(t, db, site)
	var left []string
	for _, o := range e.Observations {
		left = append(left, o.Fields[0].Value)
	}
	if diff := cmp.Diff([]string{"said again", "said once", "silent since", "of another", "new", "of another, new"}, left); diff != "" || len(e.Sightings) != 3 {
		t.Errorf("left (-want +got):\n%s%+v", diff, e.Sightings)
	}
	if _, err := db.Retain(t.Context(), deed, Retention{Deliveries: time.Now()}); err != nil {
		t.Error(err)
	}
}
