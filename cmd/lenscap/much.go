package main

import "os"

// muchBytes is from what size of the inputs on it pays to hold as little as
// possible beside the reading: below it, and from a pipe, the start counts more.
const muchBytes = 64 << 20

// much reports whether the inputs are large.
func much(names []string) bool {
	var sum int64
	for _, name := range names {
		if info, err := os.Stat(name); err == nil {
			sum += info.Size()
		}
	}
	return sum >= muchBytes
}
