package geo

import (
	"syscall"
	"time"
)

// busy is the processor time of this thread in seconds.
func busy() float64 {
	var u syscall.Rusage
	const thread = 1 // RUSAGE_THREAD
	if err := syscall.Getrusage(thread, &u); err != nil {
		return float64(time.Now().UnixNano()) / 1e9
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}
