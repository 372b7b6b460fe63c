//go:build darwin || linux || freebsd

package app

import "syscall"

// free is how many bytes of the disk of dir are left to this process.
func free(dir string) (int64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), nil //nolint:gosec,unconvert // types differ by system; no disk is that large
}
