//go:build !linux

package main

// releaseProgram does nothing here.
func releaseProgram() {}

// peakMemory is not known here.
func peakMemory() uint64 { return 0 }
