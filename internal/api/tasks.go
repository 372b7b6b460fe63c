package api

import (
	"fmt"
	"slices"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
)

// A Care does tasks for the whole hub; [hub.Care] is one.
type Care interface {
	Begin(by, kind, about string) (hub.Task, error)
	Tasks() []hub.Task
	Task(id int64) (hub.Task, error)
}

// A NewTask is one that is to be done.
type NewTask struct {
	Kind string `json:"kind"`           // backup, rebuild, vacuum, verify-audit or verify-history
	Head string `json:"head,omitempty"` // for verify-audit: a hash that it printed before, which must still be in the chain
}

// keeper says whether the person may care for the hub as a whole.
func (c *call) keeper() error { return c.may(access.Administer, 0, "the hub") }

func tasks(c *call) error {
	if err := c.keeper(); err != nil {
		return err
	}
	all := c.s.Care.Tasks()
	slices.Reverse(all) // pages go on by rising ids
	return pageBy(c, all, func(t *hub.Task) int64 { return t.ID })
}

func taskAdd(c *call) error {
	if err := c.keeper(); err != nil {
		return err
	}
	var n NewTask
	if err := c.read(&n); err != nil {
		return err
	}
	if n.Head != "" && n.Kind != "verify-audit" {
		return invalid("head", "for verify-audit only")
	}
	t, err := c.s.Care.Begin(c.who.Actor(), n.Kind, n.Head)
	if err != nil {
		return err
	}
	return c.created(fmt.Sprintf("/tasks/%d", t.ID), 0, t)
}

func taskGet(c *call) error {
	if err := c.keeper(); err != nil {
		return err
	}
	id, err := c.number("task")
	if err != nil {
		return err
	}
	t, err := c.s.Care.Task(id)
	if err != nil {
		return err
	}
	return c.reply(t)
}
