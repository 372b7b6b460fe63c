package app

import (
	"errors"
	"io/fs"
	"syscall"
)

// writeProtected is ERROR_WRITE_PROTECT.
const writeProtected = syscall.Errno(19)

// readOnly is whether a file could not be opened because its medium or its folder
// is not to be written.
func readOnly(err error) bool {
	return errors.Is(err, writeProtected) || errors.Is(err, fs.ErrPermission)
}

// onReadOnly reports that an error is of a medium that nobody may write.
func onReadOnly(err error) bool { return errors.Is(err, writeProtected) }
