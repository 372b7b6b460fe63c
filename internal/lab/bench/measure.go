package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"slices"
	"syscall"
	"time"
)

// A cost is what one process took.
type cost struct {
	wall, cpu float64 // seconds; cpu is user and system
	rss       float64 // MB (10^6 bytes) at most
}

// measure runs a process to its end. Its output is read and dropped.
func measure(c *exec.Cmd) (cost, error) {
	var complaint bytes.Buffer
	c.Stderr = &complaint
	start := time.Now()
	err := c.Run()
	wall := time.Since(start).Seconds()
	if err != nil {
		return cost{}, fmt.Errorf("%s: %w: %.400s", c.Path, err, complaint.Bytes())
	}
	u, ok := c.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return cost{}, fmt.Errorf("%s: this system tells nothing of what a process used", c.Path)
	}
	return cost{wall: wall, cpu: seconds(u.Utime) + seconds(u.Stime), rss: float64(u.Maxrss) * 1024 / 1e6}, nil
}

func seconds(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }

// A compared is pairs of runs of us and a peer.
type compared struct {
	us, peer  []cost
	wall, cpu []float64 // ratios of each pair, ours by the peer's
}

// compare runs the two in turn, who goes first changing each time.
func compare(pairs int, us, peer func() *exec.Cmd) (compared, error) {
	var c compared
	for i := range pairs {
		var a, b cost
		var err error
		if i%2 == 0 {
			if a, err = measure(us()); err == nil {
				b, err = measure(peer())
			}
		} else if b, err = measure(peer()); err == nil {
			a, err = measure(us())
		}
		if err != nil {
			return c, err
		}
		c.us, c.peer = append(c.us, a), append(c.peer, b)
		c.wall, c.cpu = append(c.wall, a.wall/b.wall), append(c.cpu, a.cpu/b.cpu)
	}
	return c, nil
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Clone(v)
	slices.Sort(v)
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}

// of takes one figure of each run.
func of(costs []cost, figure func(cost) float64) []float64 {
	var out []float64
	for _, c := range costs {
		out = append(out, figure(c))
	}
	return out
}

func wall(c cost) float64 { return c.wall }
func cpu(c cost) float64  { return c.cpu }
func rss(c cost) float64  { return c.rss }
