package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/lenscap/lenscap/internal/history"
	"github.com/lenscap/lenscap/internal/store"
)

// restoring is in a folder while a copy is put into it: a hub does not start there.
const restoring = "restore.part"

// Restore puts a copy into dir, which must be empty or not exist. The copy must
// have its list, and each file must be as the list has it: the error names those
// that are missing, of another length or changed. Files that were damaged before
// they were copied are put in their place as they are; the list that is returned
// names them.
func Restore(ctx context.Context, backup, dir string) (*List, error) {
	list, err := sound(ctx, backup)
	if err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	if err := roomAt(dir); err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	if err := put(ctx, list, backup, dir); err != nil {
		if list, e := os.ReadDir(dir); e == nil && len(list) > 0 {
			err = fmt.Errorf("%w; %s holds a part: empty it before the next try", err, dir)
		}
		return nil, fmt.Errorf("restore: %w", err)
	}
	return list, nil
}

// sound is the list of a copy that is as it was made.
func sound(ctx context.Context, backup string) (*List, error) {
	list, err := readList(backup)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !Kept(backup):
		return nil, fmt.Errorf("%s holds no backup: name the folder that lenscap hub backup made, with %s in it: %w", backup, ListFile, err)
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s is no whole backup: its list %s, which is written last, is not there; it was cut short or is another thing, and what is missing cannot be known. Take another copy", backup, ListFile)
	case err != nil:
		return nil, fmt.Errorf("%s is no sound backup: %w", backup, err)
	}
	if err := list.compare(backup); err != nil {
		return nil, fmt.Errorf("%s is no sound backup: %w", backup, err)
	}
	if _, err := store.Verify(ctx, filepath.Join(backup, store.File)); err != nil {
		return nil, fmt.Errorf("%s is no sound backup: %w", backup, err)
	}
	return list, nil
}

// roomAt says why a hub cannot be put into a folder.
func roomAt(dir string) error {
	if inside := hubAround(dir); inside != "" {
		return fmt.Errorf("%s is in the folder of a hub or a copy, %s: name another folder with --data", dir, inside)
	}
	list, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case len(list) > 0:
		return fmt.Errorf("%s is not empty: name another folder with --data, or move away what is there", dir)
	}
	return nil
}

// hubAround is the folder above dir, whatever links lead there, that holds a hub or
// a copy; "" none.
func hubAround(dir string) string {
	at, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	for up := filepath.Dir(at); ; up = filepath.Dir(up) { // the nearest that is there says where it stands
		if real, err := filepath.EvalSymlinks(at); err == nil {
			at = real
			break
		}
		if real, err := filepath.EvalSymlinks(up); err == nil {
			at = filepath.Join(real, filepath.Base(at))
			break
		}
		if up == filepath.Dir(up) {
			return ""
		}
	}
	for up := filepath.Dir(at); ; up = filepath.Dir(up) {
		if _, err := os.Lstat(filepath.Join(up, store.File)); err == nil {
			return up
		}
		if up == filepath.Dir(up) {
			return ""
		}
	}
}

// put copies the files of a list, and only these. Until it is done the folder has
// a mark, so that no hub starts on a part.
func put(ctx context.Context, list *List, backup, dir string) error {
	for _, d := range []string{dir, filepath.Join(dir, historyDir), filepath.Join(dir, waitingDir)} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return err
		}
	}
	if err := os.Chmod(dir, 0o700); err != nil { //nolint:gosec // of a folder
		return err
	}
	mark := filepath.Join(dir, restoring)
	if err := errors.Join(os.WriteFile(mark, []byte("lenscap hub restore puts a copy here\n"), 0o600), syncDir(dir)); err != nil {
		return err
	}
	folders := map[string]bool{dir: true}
	for _, f := range list.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.FromSlash(f.Name))
		folders[filepath.Dir(to)] = true
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return err
		}
		if err := copyFile(filepath.Join(backup, filepath.FromSlash(f.Name)), to); err != nil {
			return err
		}
	}
	if err := list.compare(dir); err != nil {
		return fmt.Errorf("check what was restored: %w", err)
	}
	h, err := history.Open(filepath.Join(dir, historyDir), history.Options{}) // a history that has been open is known to be there
	if err != nil {
		return err
	}
	if err := h.Close(); err != nil {
		return err
	}
	for folder := range folders {
		if err := syncDir(folder); err != nil {
			return err
		}
	}
	return errors.Join(os.Remove(mark), syncDir(dir))
}

// Sealed reports whether a folder is to be read without being written: it is a
// copy that no hub was started on, or cannot be written.
func Sealed(dir string) bool {
	lock := filepath.Join(dir, store.File+".lock")
	if _, err := os.Lstat(lock); errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(filepath.Join(dir, ListFile)); err == nil {
			return true
		}
	}
	if !Kept(dir) {
		return false
	}
	f, err := os.OpenFile(lock, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return readOnly(err)
	}
	return f.Close() != nil
}

// Prove does verify-audit and verify-history on a folder that is [Sealed], and
// writes nothing. What a copy holds is compared with its list first.
func Prove(ctx context.Context, dir, kind, about string) (string, error) {
	listed := ""
	list, err := readList(dir)
	switch {
	case err == nil:
		if err := list.compare(dir); err != nil {
			return "", fmt.Errorf("%s is no sound backup: %w", dir, err)
		}
		listed = fmt.Sprintf("\nA copy of %s with %d files, each as its list has it.", list.Made.Format("2006-01-02 15:04:05Z"), len(list.Files))
		if words := list.Words(); words != "" {
			listed += " Damaged before it was made:" + words
		}
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	if kind == "verify-audit" {
		p, err := store.Prove(ctx, filepath.Join(dir, store.File), about)
		if err != nil {
			return "", err
		}
		return sayProof(p) + listed, nil
	}
	h, err := history.Open(filepath.Join(dir, historyDir), history.Options{ReadOnly: true})
	if err != nil {
		return "", err
	}
	err = h.Verify(ctx)
	says := sayDays(h.Days())
	if err := errors.Join(err, h.Close()); err != nil {
		return "", errors.New(err.Error() + strings.TrimSuffix(listed, "\n"))
	}
	return says + listed, nil
}
