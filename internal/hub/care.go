package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Task is care of the whole hub that somebody ordered while it runs.
type Task struct {
	ID    int64     `json:"id"`
	Kind  string    `json:"kind"` // backup, rebuild, vacuum, verify-audit, verify-history
	By    string    `json:"by"`
	State string    `json:"state"` // running, done, failed
	Says  string    `json:"says"`  // how far it is; then what came of it, or why it failed
	Began time.Time `json:"began"`
	Ended time.Time `json:"ended,omitzero"`
}

// States of a [Task]. One that ended is [Done] or [Failed].
const Running = "running"

// A Chore does a kind of task. It may tell how far it is, and returns what came of
// it in a sentence. about is what the task is about: a folder for a copy, a hash to
// look for; "" leaves it to the chore.
type Chore func(ctx context.Context, by, about string, tell func(says string)) (says string, err error)

// ErrBusy is returned while another task runs.
var ErrBusy = errors.New("hub: another task runs; wait until it has ended")

// tasksKept is how many tasks are remembered. The audit log has them all.
const tasksKept = 50

// Care does tasks, one at a time, and remembers the last ones until the hub ends.
type Care struct {
	chores map[string]Chore
	now    func() time.Time
	log    *slog.Logger
	begun  chan struct{} // closed by Run

	mu      sync.Mutex
	tasks   []*Task // oldest first
	last    int64
	work    context.Context // nil while none are taken
	running sync.WaitGroup
}

// NewCare takes no task before [Care.Run].
func NewCare(chores map[string]Chore, now func() time.Time, log *slog.Logger) *Care {
	return &Care{chores: chores, now: now, log: log, begun: make(chan struct{})}
}

// Begun is closed when [Care.Run] takes tasks.
func (c *Care) Begun() <-chan struct{} { return c.begun }

// Run takes tasks until ctx ends, and returns when the one that runs has been cut
// short. It is called once.
func (c *Care) Run(ctx context.Context) {
	c.mu.Lock()
	c.work = ctx
	c.mu.Unlock()
	close(c.begun)
	<-ctx.Done()
	c.mu.Lock()
	c.work = nil
	c.mu.Unlock()
	c.running.Wait()
}

// Kinds are what can be asked for, sorted.
func (c *Care) Kinds() []string { return slices.Sorted(maps.Keys(c.chores)) }

// Begin starts a task and returns at once. It fails with [ErrInvalid] for a kind
// there is not, and with [ErrBusy] while another runs.
func (c *Care) Begin(by, kind, about string) (Task, error) {
	do := c.chores[kind]
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case do == nil:
		return Task{}, fmt.Errorf("%w: kind: one of %s", ErrInvalid, strings.Join(c.Kinds(), ", "))
	case c.work == nil:
		return Task{}, fmt.Errorf("%w: the hub is starting or ending", ErrBusy)
	case len(c.tasks) > 0 && c.tasks[len(c.tasks)-1].State == Running:
		return Task{}, ErrBusy
	}
	c.last++
	t := &Task{ID: c.last, Kind: kind, By: by, State: Running, Began: c.now().UTC()}
	c.tasks = append(c.tasks[max(0, len(c.tasks)-tasksKept+1):], t)
	ctx := c.work
	c.running.Go(func() {
		says, err := do(ctx, by, about, func(says string) {
			c.mu.Lock()
			t.Says = says
			c.mu.Unlock()
		})
		c.mu.Lock()
		defer c.mu.Unlock()
		t.State, t.Says, t.Ended = Done, says, c.now().UTC()
		if err != nil {
			t.State, t.Says = Failed, err.Error()
			c.log.ErrorContext(ctx, "task failed", slog.String("kind", kind), slog.String("by", by), slog.Any("error", err))
			return
		}
		c.log.InfoContext(ctx, "task done", slog.String("kind", kind), slog.String("by", by), slog.Duration("took", t.Ended.Sub(t.Began)))
	})
	return *t, nil
}

// Tasks are the last ones, newest first.
func (c *Care) Tasks() []Task {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]Task, 0, len(c.tasks))
	for _, t := range slices.Backward(c.tasks) {
		out = append(out, *t)
	}
	return out
}

// Task is one of them; [ErrNotFound] when it is not remembered.
func (c *Care) Task(id int64) (Task, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.tasks {
		if t.ID == id {
			return *t, nil
		}
	}
	return Task{}, fmt.Errorf("task %d: %w", id, ErrNotFound)
}
