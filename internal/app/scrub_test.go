package app_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/app"
	"github.com/lenscap/lenscap/internal/history"
)

// lines hands on what is logged.
type lines chan string

func (l lines) Write(b []byte) (int, error) {
	l <- string(b)
	return len(b), nil
}

// A day file that rotted is named in the log of a hub that starts, and by the
// command, though nobody asked for what is in it.
func TestARottenDayFileIsNamed(t *testing.T) {
	dir := t.TempDir()
	before, err := app.Open(t.Context(), app.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	var rows []history.Row
	for i := range int64(1000) {
		rows = append(rows, history.Row{Site: 1, Device: "d-1", Hour: 20000 * 86400, Port: uint16(i), BytesUp: i * i * i}) //nolint:gosec // below 1000
	}
	if err := before.History.Append(t.Context(), rows); err != nil {
		t.Fatal(err)
	}
	if err := before.Close(); err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob(filepath.Join(dir, "history", "*", "*.parquet"))
	if err != nil || len(paths) != 1 {
		t.Fatal(paths, err)
	}
	b, err := os.ReadFile(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/8] ^= 4
	if err := os.WriteFile(paths[0], b, 0o600); err != nil {
		t.Fatal(err)
	}
	log := make(lines, 100)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	a, err := app.New(ctx, app.Config{Dir: dir, Listen: "127.0.0.1:0", Version: "test", Log: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	for found := false; !found; {
		select {
		case line := <-log:
			found = strings.Contains(line, "the history is damaged") && strings.Contains(line, paths[0])
		case <-ctx.Done():
			t.Fatal("the log does not name the file")
		}
	}
	if _, err := a.Do(ctx, "test", "verify-history", "", func(string) {}); err == nil || !strings.Contains(err.Error(), paths[0]) {
		t.Errorf("verify-history: %v", err)
	}
	stop()
	go func() {
		for range log { //nolint:revive // a full log would hold the hub up
		}
	}()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
