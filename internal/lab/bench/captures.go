package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/lenscap/lenscap/internal/lab"
)

// captures are made once and kept; -make with an empty folder makes them anew.
var captures = []struct {
	name string
	load lab.Load
}{
	{"video", lab.VideoHeavy},
	{"small", lab.SmallHeavy},
	{"flows-100k", lab.Living(100_000, 1)},
	{"flows-100k-larger", lab.Living(100_000, 5)},
	{"flows-1m", lab.Living(1_000_000, 1)},
}

func (s *settings) capture(name string) string { return filepath.Join(s.dir, name+".pcap") }

func makeCaptures(s *settings) error {
	for _, c := range captures {
		if _, err := os.Stat(s.capture(c.name)); err == nil {
			continue
		}
		start := time.Now()
		made, err := makeCapture(s.capture(c.name), c.load)
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "made %s: %d packets, %d bytes, %d flows of workstations, in %.1f s\n", c.name, made.Packets, made.Bytes, made.Flows, time.Since(start).Seconds())
	}
	return nil
}

// makeCapture writes beside the target, so that half a capture is never taken
// for one.
func makeCapture(name string, l lab.Load) (lab.Made, error) {
	f, err := os.Create(name + ".part")
	if err != nil {
		return lab.Made{}, err
	}
	made, err := l.Write(f)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(name+".part", name)
	}
	return made, err
}
