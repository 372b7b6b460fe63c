// Command station writes the lab's station: the capture examples/lab-station.pcapng
// and beside it the truth about every device in it, a line of JSON each.
//
// It simulates, and reads no device and no other file. The same program writes
// the same bytes each time.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/lenscap/lenscap/internal/lab"
)

func main() {
	if len(os.Args) != 2 || !strings.HasSuffix(os.Args[1], ".pcapng") {
		fmt.Fprintln(os.Stderr, "usage: station FILE.pcapng")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "station:", err)
		os.Exit(1)
	}
}

func write(path string) error {
	network, labels := lab.Site()
	var b, truth bytes.Buffer
	if err := network.Write(&b, lab.SiteComment); err != nil {
		return err
	}
	enc := json.NewEncoder(&truth)
	for _, l := range labels {
		if err := enc.Encode(l); err != nil {
			return fmt.Errorf("write labels: %w", err)
		}
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		return err
	}
	return os.WriteFile(strings.TrimSuffix(path, ".pcapng")+".labels.jsonl", truth.Bytes(), 0o644)
}
