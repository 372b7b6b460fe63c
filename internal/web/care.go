package web

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
)

// A Care does tasks for the whole hub while it runs; [hub.Care] is one.
type Care interface {
	Begin(by, kind, about string) (hub.Task, error)
	Tasks() []hub.Task
	Kinds() []string
}

// A careView is what can be done for the hub as a whole, and what was.
type careView struct {
	Answer  string
	Chores  []chore
	Tasks   []taskRow
	Running bool
	Backup  *BackupPlan // nil: not known
	Head    string      // typed before
}

type chore struct{ Kind, Text, Says string }

type taskRow struct {
	hub.Task
	Text string
	Took string
}

// chores are the tasks in the words of a page, in their order.
var chores = []chore{
	{"backup", "Back up", "Copies everything into a new folder while the hub goes on, and checks the copy."},
	{"verify-audit", "Prove the audit log", "Reads every row and says whether one was altered or taken out."},
	{"verify-history", "Prove the history", "Reads every day file and says which are damaged."},
	{"rebuild", "Work everything out again", "Devices, claims and findings of every site from what was seen, with the knowledge base of now."},
	{"vacuum", "Give free space back", "Makes the database file as small as what it holds."},
}

func choreText(kind string) string {
	for _, k := range chores {
		if k.Kind == kind {
			return k.Text
		}
	}
	return kind
}

// keeper is nil when the person may care for the hub as a whole.
func (c *call) keeper() error {
	if c.s.Care == nil || !c.who.May(access.Administer, 0) {
		return fmt.Errorf("care for the hub: %w", hub.ErrDenied)
	}
	return nil
}

func carePage(c *call) error {
	if err := c.keeper(); err != nil {
		return err
	}
	v := careView{Answer: "Nothing was ordered since the hub was started."}
	if c.s.Backup != nil {
		plan := c.s.Backup()
		v.Backup = &plan
	}
	kinds := c.s.Care.Kinds()
	for _, k := range chores {
		if slices.Contains(kinds, k.Kind) {
			v.Chores = append(v.Chores, k)
		}
	}
	for i, t := range c.s.Care.Tasks() {
		r := taskRow{Task: t, Text: choreText(t.Kind)}
		r.Says, r.By = report.Visible(t.Says), c.called(t.By)
		if !t.Ended.IsZero() {
			r.Took = t.Ended.Sub(t.Began).Round(100 * time.Millisecond).String()
		}
		v.Running = v.Running || t.State == hub.Running
		if i == 0 {
			v.Answer = r.Text + ": " + r.State + ". " + r.Says
		}
		v.Tasks = append(v.Tasks, r)
	}
	return c.show("care", v)
}

func careForm(c *call) error {
	if err := c.keeper(); err != nil {
		return err
	}
	kind, about := c.field("kind"), ""
	if kind == "verify-audit" {
		about = c.field("head")
	}
	_, err := c.s.Care.Begin(c.who.Actor(), kind, about)
	switch {
	case errors.Is(err, hub.ErrBusy):
		return c.see("/care", "Another task runs. Wait until it has ended.")
	case err != nil:
		return err
	}
	return c.see("/care", choreText(kind)+": begun. This page shows what comes of it.")
}
