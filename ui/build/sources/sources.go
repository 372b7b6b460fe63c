// Package sources names what the hub's script was built from, so that a test can
// say when ui/hub/dist is stale without building it again. It runs no tool.
package sources

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"sort"
	"strings"
)

// Of lists files with the SHA-256 of each, one a line, in the order of their names.
func Of(fsys fs.FS, files []string) (string, error) {
	sort.Strings(files)
	var b strings.Builder
	for _, name := range files {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return "", fmt.Errorf("read source: %w", err)
		}
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(text), name)
	}
	return b.String(), nil
}
