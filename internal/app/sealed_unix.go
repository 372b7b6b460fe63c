//go:build !windows

package app

import (
	"errors"
	"io/fs"
	"syscall"
)

// readOnly is whether a file could not be opened because its medium or its folder
// is not to be written.
func readOnly(err error) bool {
	return errors.Is(err, syscall.EROFS) || errors.Is(err, fs.ErrPermission)
}

// onReadOnly reports that an error is of a medium that nobody may write.
func onReadOnly(err error) bool { return errors.Is(err, syscall.EROFS) }
