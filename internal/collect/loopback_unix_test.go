//go:build unix

package collect

import (
	"context"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkLoopback sends NetFlow 5 over the loopback, 30 flows a datagram, and
// reports which part arrived, and what a flow cost in time of the processor:
// here, with the sender's own cost taken off, and in nfcapd beside it. Both throw
// away what they hear. Load of the machine changes these figures little.
func BenchmarkLoopback(b *testing.B) {
	const datagrams, rate = 20_000, 10_000
	sink, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer sink.Close()
	before := used()
	pace(b, sink.LocalAddr().String(), rate, datagrams)
	sender := used() - before
	report := func(b *testing.B, cost time.Duration, got int) {
		b.ReportMetric(float64(cost)/float64(max(got, 1)), "cpu-ns/flow")
		b.ReportMetric(100*float64(got)/(30*datagrams), "%arrived")
	}
	b.Run("lenscap", func(b *testing.B) {
		for range b.N {
			before := used()
			r := start(b, Config{Every: time.Second, Sink: func(context.Context, Batch) error { return nil }})
			pace(b, r.addr.String(), rate, datagrams)
			time.Sleep(300 * time.Millisecond)
			r.end()
			s := r.Stats()
			report(b, used()-before-sender, int(s.Exporters[0].Records))
			b.ReportMetric(float64(s.Dropped), "datagrams-dropped")
		}
	})
	b.Run("nfcapd", func(b *testing.B) {
		nfcapd, nfdump := tool(b, "nfcapd"), tool(b, "nfdump")
		for range b.N {
			dir, port := b.TempDir(), freePort(b)
			stop := daemon(b, nfcapd, "-w", dir, "-p", port, "-b", "127.0.0.1", "-t", "3600", "-B", "8388608")
			pace(b, "127.0.0.1:"+port, rate, datagrams)
			time.Sleep(500 * time.Millisecond)
			cost, got := stop(), 0
			files, _ := filepath.Glob(filepath.Join(dir, "nfcapd.2*"))
			for _, f := range files {
				out, _ := exec.Command(nfdump, "-r", f, "-I").Output()
				for line := range strings.Lines(string(out)) {
					if rest, ok := strings.CutPrefix(line, "Flows: "); ok {
						got, _ = strconv.Atoi(strings.TrimSpace(rest))
					}
				}
			}
			report(b, cost, got)
		}
	})
}

// used is the time of the processor that this process has had.
func used() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// pace sends n datagrams at a rate, in steps of a millisecond.
func pace(b *testing.B, addr string, rate, n int) {
	to, err := net.Dial("udp", addr)
	if err != nil {
		b.Fatal(err)
	}
	defer to.Close()
	begin := time.Now()
	for sent := 0; sent < n; {
		due := int(time.Since(begin).Seconds() * float64(rate))
		for ; sent < min(due, n); sent++ {
			if _, err := to.Write(v5(uint32(30*sent), 30)); err != nil {
				b.Fatal(err)
			}
		}
		time.Sleep(time.Millisecond)
	}
}
