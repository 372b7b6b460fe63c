package main

import (
	"bufio"
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// releaseProgram gives back the memory of the program's own code and constants.
// Reading the knowledge base touches nearly all of it, 20 MB, and the reading of
// a capture needs a few; what is needed again comes back from the page cache.
// Where the system says nothing of its mappings it does nothing.
func releaseProgram() {
	exe, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return
	}
	for lines := bufio.NewScanner(bytes.NewReader(maps)); lines.Scan(); {
		if from, to, ok := program(lines.Bytes(), exe); ok {
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, from, to-from, syscall.MADV_DONTNEED) // advice: failing costs nothing but the memory
		}
	}
}

// program reads a line of /proc/self/maps. It reports whether it is a mapping of
// the program that nobody can have written to.
//
// Format: proc_pid_maps(5).
func program(line []byte, exe string) (from, to uintptr, ok bool) {
	f := bytes.Fields(line)
	if len(f) < 6 || string(f[5]) != exe || string(f[1]) != "r-xp" && string(f[1]) != "r--p" {
		return 0, 0, false
	}
	a, b, _ := bytes.Cut(f[0], []byte("-"))
	x, errX := strconv.ParseUint(string(a), 16, 64)
	y, errY := strconv.ParseUint(string(b), 16, 64)
	return uintptr(x), uintptr(y), errX == nil && errY == nil && x < y
}

// peakMemory is how many bytes of memory the program took at most, 0 when that is
// not known.
func peakMemory() uint64 {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return uint64(used.Maxrss) << 10 //nolint:gosec // a number of kB
}
