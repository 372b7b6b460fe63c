package history

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

const sharingViolation = syscall.Errno(32)

// lock takes the folder for this process by a file that it shares with nobody.
//
// BUG(history): Windows does not rename over a file that is open, so Forget and
// Rewrite fail there while a reader has the day.
func lock(name string) (io.Closer, error) {
	p, err := syscall.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	h, err := syscall.CreateFile(p, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil, syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, sharingViolation) {
		return nil, fmt.Errorf("%w: %s is locked: stop the other hub, or give this one a folder of its own", ErrLocked, name)
	}
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	return os.NewFile(uintptr(h), name), nil
}

// isUnsupported is true: Windows syncs no folders, and refuses in several ways.
func isUnsupported(error) bool { return true }
