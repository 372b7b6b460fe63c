package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/history"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
	"github.com/lenscap/lenscap/internal/web"
)

// chores are the tasks that the hub does while it runs.
func (a *App) chores() map[string]hub.Chore {
	return map[string]hub.Chore{
		"backup":         a.backupTask,
		"rebuild":        a.rebuildTask,
		"vacuum":         a.vacuumTask,
		"verify-audit":   a.verifyTask,
		"verify-history": a.verifyHistoryTask,
	}
}

// backupTask copies everything into about, or into a new folder of
// [Config.Backups].
func (a *App) backupTask(ctx context.Context, by, about string, tell func(string)) (string, error) {
	if about == "" {
		folder := a.backups()
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return "", fmt.Errorf("backup: %w; backup.folder in the settings names where copies go", err)
		}
		about = filepath.Join(folder, "lenscap-"+a.cfg.Now().UTC().Format("20060102T150405Z"))
	}
	gone, err := a.clearParts()
	if err != nil {
		a.cfg.Log.WarnContext(ctx, "a copy that was cut short may stay", slog.Any("error", err))
	}
	was := ""
	if len(gone) > 0 {
		was = " A copy that was cut short was taken away before: " + strings.Join(gone, ", ") + "."
	}
	tell("Copying." + was)
	if err := a.Store.Do(ctx, hub.Deed{Actor: by, Action: "hub.backup", Object: "everything", Detail: map[string]any{"to": about}}, nothing); err != nil {
		return "", err
	}
	if err := a.Backup(ctx, about); err != nil {
		return "", err
	}
	return "Backed up to " + about + ", and the copy was checked." + was, nil
}

func nothing(hub.Tx) error { return nil }

// backups is where copies go that are ordered from elsewhere.
func (a *App) backups() string {
	if a.cfg.Backups != "" {
		return a.cfg.Backups
	}
	return filepath.Join(a.cfg.Dir, "backups")
}

// backupPlan is what a backup would be now: all files but those of copies.
func (a *App) backupPlan() web.BackupPlan {
	p := web.BackupPlan{Folder: a.backups(), Free: -1, Size: sizeOf(a.Store.Path()) + sizeOf(a.Store.Path()+"-wal")}
	for _, d := range a.History.Days() {
		p.Size += d.Bytes
	}
	if list, err := os.ReadDir(filepath.Join(a.cfg.Dir, waitingDir)); err == nil { // it is not there before the first input
		for _, e := range list {
			p.Size += sizeOf(filepath.Join(a.cfg.Dir, waitingDir, e.Name()))
		}
	}
	for dir := p.Folder; ; dir = filepath.Dir(dir) { // the folder is made by the first copy
		if n, err := free(dir); err == nil {
			p.Free = n
		}
		if p.Free >= 0 || dir == filepath.Dir(dir) {
			return p
		}
	}
}

func (a *App) rebuildTask(ctx context.Context, by, _ string, tell func(string)) (string, error) {
	if err := a.Store.Do(ctx, hub.Deed{Actor: by, Action: "hub.rebuild", Object: "every site"}, nothing); err != nil {
		return "", err
	}
	started, sites := time.Now(), 0
	err := a.Hub.Rebuild(ctx, func(done, of int, s *hub.Site) {
		sites = of
		tell(fmt.Sprintf("%d of %d: %s", done+1, of, s.Name))
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s worked out again in %.1f s.", report.Plural(int64(sites), "site was", "sites were"), time.Since(started).Seconds()), nil
}

func (a *App) vacuumTask(ctx context.Context, by, _ string, tell func(string)) (string, error) {
	tell("Changes wait until it is done.")
	before, after, err := a.Store.Vacuum(ctx, hub.Deed{Actor: by, Action: "hub.vacuum", Object: "the database"})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("The database had %s and has %s.", report.Size(before), report.Size(after)), nil
}

// verifyTask follows the chain of the audit log, through the hash about if there
// is one.
func (a *App) verifyTask(ctx context.Context, _, about string, _ func(string)) (string, error) {
	p, err := a.Store.ProveAudit(ctx, about)
	if err != nil {
		return "", err
	}
	return sayProof(p), nil
}

func sayProof(p store.Proof) string {
	says := report.Plural(p.Rows, "row", "rows") + ", each as it was written and none missing."
	if p.Kept > 0 {
		says += fmt.Sprintf(" The hash you noted is that of row %d: nothing up to it was cut off or changed since.", p.Kept)
	}
	if p.Head != "" {
		says += "\nHead: " + p.Head
	}
	return says
}

// verifyHistoryTask reads all of the history and names what is damaged.
func (a *App) verifyHistoryTask(ctx context.Context, _, _ string, tell func(string)) (string, error) {
	tell("Reading.")
	if err := a.History.Verify(ctx); err != nil {
		return "", err
	}
	return sayDays(a.History.Days()), nil
}

func sayDays(days []history.Day) string {
	files, rows := 0, int64(0)
	for _, d := range days {
		files, rows = files+d.Files, rows+d.Rows
	}
	return fmt.Sprintf("%s with %s, each as it was written.", report.Plural(int64(files), "file", "files"), report.Plural(rows, "row", "rows"))
}

// scrubPace is how fast the history is compared with its checksums while the hub
// works, in bytes a second: a month of 100,000 devices takes ten seconds.
const scrubPace = 16 << 20

// scrub looks once a day for day files that rotted, beginning at the start.
func (a *App) scrub(ctx context.Context) {
	tick := time.NewTicker(24 * time.Hour)
	defer tick.Stop()
	for {
		if err := a.History.Scrub(ctx, scrubPace); err != nil && ctx.Err() == nil {
			a.cfg.Log.ErrorContext(ctx, "the history is damaged; answers that need these files fail", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Do does a task now and returns what came of it: here, where no hub runs.
func (a *App) Do(ctx context.Context, by, kind, about string, tell func(says string)) (string, error) {
	do := a.chores()[kind]
	if do == nil {
		return "", errors.New("there is no task " + kind)
	}
	return do(ctx, by, about, tell)
}
