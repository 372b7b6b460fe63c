package history

import (
	"io"
	"os"
)

// disk is everything that changes the folder, so that a test can fail each step
// before and after it took effect. Reading goes to the operating system directly.
type disk interface {
	// Create makes a new file; one that exists is an error.
	Create(name string) (diskFile, error)
	Rename(from, to string) error
	Remove(name string) error
	MkdirAll(name string) error
	// SyncDir makes renames and removals in a folder durable.
	SyncDir(name string) error
}

type diskFile interface {
	io.Writer
	Sync() error
	Close() error
}

type osDisk struct{}

func (osDisk) Create(name string) (diskFile, error) {
	return os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
}
func (osDisk) Rename(from, to string) error { return os.Rename(from, to) }
func (osDisk) Remove(name string) error     { return os.Remove(name) }
func (osDisk) MkdirAll(name string) error   { return os.MkdirAll(name, 0o700) }

func (osDisk) SyncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // read only
	if err := d.Sync(); err != nil && !isUnsupported(err) {
		return err
	}
	return nil
}

// removed is nil when the file is gone, whoever did it.
func removed(err error) error {
	if os.IsNotExist(err) {
		return nil
	}
	return err
}
