//go:build !linux

package geo

import "time"

// busy is the time in seconds, where that of a thread is not told.
func busy() float64 { return float64(time.Now().UnixNano()) / 1e9 }
