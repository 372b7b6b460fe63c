package store

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// File is the name of the hub's database in its folder.
const File = "lenscap.db"

// writable says why the file cannot be a store, before SQLite touches it. A file
// that is not there is made, for its owner alone: hashes of passwords will be in
// it, and the files beside it take its mode.
func writable(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("%w; the hub must be allowed to write the file and its folder", err)
	}
	if err := f.Close(); err != nil {
		return err
	}
	return header(path)
}

// header says whether a file begins as a database does. An empty one does, and
// one whose first page is in the log only: the power was cut while that was
// copied for the first time.
func header(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	const want = "SQLite format 3\x00"
	var head [len(want)]byte
	n, err := io.ReadFull(f, head[:])
	switch {
	case n == 0 && errors.Is(err, io.EOF):
		return nil
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return err
	case head == [len(want)]byte{} && nonEmpty(path+"-wal"):
		return nil
	case string(head[:n]) != want:
		return fmt.Errorf("%s is not a database; name another file, or put a backup in its place with `lenscap hub restore`", path)
	}
	return nil
}

func nonEmpty(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Size() > 0
}
