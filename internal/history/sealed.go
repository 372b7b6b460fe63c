package history

import (
	"fmt"
	"io/fs"
)

// sealed is a disk on which nothing changes.
type sealed struct{}

var errSealed = fmt.Errorf("it was opened to be read only: %w", fs.ErrPermission)

func (sealed) Create(string) (diskFile, error) { return nil, errSealed }
func (sealed) Rename(string, string) error     { return errSealed }
func (sealed) Remove(string) error             { return errSealed }
func (sealed) MkdirAll(string) error           { return errSealed }
func (sealed) SyncDir(string) error            { return errSealed }

// nothing is the lock of a folder that is only read.
type nothing struct{}

func (nothing) Close() error { return nil }
