package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

// A running hub hears its own machine's commands through a socket in its folder.
// Whoever may open the folder could as well change the files in it: nobody is
// asked who they are, and nobody else can reach it.
const (
	doorFile  = "hub.sock"
	doorElse  = "hub.sock.at" // says where the socket is, when the folder's name is too long for one
	doorLimit = 100           // bytes of a socket's name; Linux takes 107, macOS 103
)

// ErrNoHub is returned by [Ask] when no hub runs on the folder, or one that hears
// no commands.
var ErrNoHub = errors.New("no hub that runs on this folder hears commands")

// An order is what a command asks of a running hub.
type order struct {
	Kind  string `json:"kind"`
	About string `json:"about"`
	By    string `json:"by"`
}

// openDoor makes the socket. What is left of a hub that was killed is taken away:
// the lock of the database says that none runs.
func (a *App) openDoor(ctx context.Context) (net.Listener, error) {
	path := filepath.Join(a.cfg.Dir, doorFile)
	at := filepath.Join(a.cfg.Dir, doorElse)
	for _, old := range []string{path, at} {
		if err := os.Remove(old); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	if len(path) > doorLimit {
		dir, err := os.MkdirTemp("", "lenscap-")
		if err != nil {
			return nil, err
		}
		path = filepath.Join(dir, doorFile)
		if err := os.WriteFile(at, []byte(path), 0o600); err != nil {
			return nil, errors.Join(err, os.Remove(dir))
		}
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// hearCommands serves the door until ctx ends, and says when it is open. A hub
// without one runs all the same.
func (a *App) hearCommands(ctx context.Context) {
	select {
	case <-a.Care.Begun():
	case <-ctx.Done():
		return
	}
	l, err := a.openDoor(ctx)
	close(a.hears)
	if err != nil {
		a.cfg.Log.WarnContext(ctx, "commands on this machine cannot reach the hub", slog.Any("error", err))
		return
	}
	defer func() {
		at := filepath.Join(a.cfg.Dir, doorElse)
		if path, err := os.ReadFile(at); err == nil {
			_ = os.Remove(filepath.Dir(string(path))) // the socket in it went with the listener
			_ = os.Remove(at)
		}
	}()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /tasks", func(w http.ResponseWriter, r *http.Request) {
		var o order
		err := json.NewDecoder(io.LimitReader(r.Body, 1<<16)).Decode(&o)
		var t hub.Task
		if err == nil {
			t, err = a.Care.Begin(o.By, o.Kind, o.About)
		}
		tellCommand(w, t, err)
	})
	mux.HandleFunc("GET /tasks/{task}", func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.ParseInt(r.PathValue("task"), 10, 64)
		var t hub.Task
		if err == nil {
			t, err = a.Care.Task(id)
		}
		tellCommand(w, t, err)
	})
	mux.HandleFunc("POST /deletions", func(w http.ResponseWriter, r *http.Request) {
		var d Deletion
		err := json.NewDecoder(io.LimitReader(r.Body, 1<<16)).Decode(&d)
		says := ""
		if err == nil {
			says, err = a.Delete(r.Context(), d)
		}
		tellCommand(w, says, err)
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: readHeader}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		a.cfg.Log.WarnContext(ctx, "commands on this machine cannot reach the hub any more", slog.Any("error", err))
	}
}

func tellCommand(w http.ResponseWriter, v any, err error) {
	if err != nil {
		says := err.Error()
		for _, p := range []string{hub.ErrInvalid.Error() + ": ", hub.ErrNotNow.Error() + ": ", "hub: "} {
			says = strings.ReplaceAll(says, p, "")
		}
		http.Error(w, says, http.StatusConflict)
		return
	}
	_ = json.NewEncoder(w).Encode(v)
}

// A knock speaks with the hub that runs on a folder.
type knock struct{ http.Transport }

func newKnock(dir string) *knock {
	path := filepath.Join(dir, doorFile)
	if at, err := os.ReadFile(filepath.Join(dir, doorElse)); err == nil {
		path = string(at)
	}
	return &knock{http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}}}
}

// ask sends body as JSON and reads what comes back into v. It fails with [ErrNoHub]
// when none can be reached.
func (k *knock) ask(ctx context.Context, method, path string, body, v any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://hub"+path, bytes.NewReader(b))
	if err != nil {
		return err
	}
	res, err := k.RoundTrip(r)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w: %w", ErrNoHub, err)
	}
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return errors.New(strings.TrimSpace(string(answer)))
	}
	return json.Unmarshal(answer, v)
}

// AskDelete is [App.Delete] of the hub that runs on a folder. It fails with
// [ErrNoHub] when none can be reached.
func AskDelete(ctx context.Context, dir string, d Deletion) (says string, err error) {
	k := newKnock(dir)
	defer k.CloseIdleConnections()
	err = k.ask(ctx, http.MethodPost, "/deletions", d, &says)
	return says, err
}

// Ask has the hub that runs on a folder do a task, and waits for it. tell is called
// when it says something new. It fails with [ErrNoHub] when none can be reached.
func Ask(ctx context.Context, dir, by, kind, about string, tell func(says string)) (string, error) {
	k := newKnock(dir)
	defer k.CloseIdleConnections()
	var t hub.Task
	if err := k.ask(ctx, http.MethodPost, "/tasks", order{kind, about, by}, &t); err != nil {
		return "", err
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for said := ""; t.State == hub.Running; {
		if t.Says != said {
			said = t.Says
			tell(said)
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("%w; the hub goes on with it", ctx.Err())
		case <-tick.C:
		}
		if err := k.ask(ctx, http.MethodGet, fmt.Sprintf("/tasks/%d", t.ID), nil, &t); err != nil {
			return "", fmt.Errorf("the hub ended meanwhile: %w", err)
		}
	}
	if t.State != hub.Done {
		return "", errors.New(t.Says)
	}
	return t.Says, nil
}
