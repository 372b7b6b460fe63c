package collect

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// tool finds a program of Debian, or skips; with CI=true scripts/test-tools has
// installed it.
func tool(t testing.TB, name string) string {
	t.Helper()
	for _, p := range []string{name, "/usr/sbin/" + name, "/usr/bin/" + name} {
		if found, err := exec.LookPath(p); err == nil {
			return found
		}
	}
	if _, test := t.(*testing.T); test && os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed: scripts/test-tools", name)
	}
	t.Skipf("%s is not installed (Debian: softflowd, nfdump, nfdump-sflow)", name)
	return ""
}

func TestSoftflowd(t *testing.T) {
	softflowd := tool(t, "softflowd")
	for version, file := range map[string]string{"5": "softflowd-v5.pcap", "9": "softflowd-v9.pcap", "10": "softflowd-ipfix.pcap"} {
		all := int64(len(recorded(t, file))) // of the same capture
		t.Run(version, func(t *testing.T) {
			r := start(t, Config{})
			pid := filepath.Join(t.TempDir(), "pid")
			// With a control socket softflowd 1.1.0 may wait for ever at the end of a
			// capture; it is ended when enough has come in any case.
			stop := daemon(t, softflowd, "-r", "../../examples/lab-station.pcapng", "-v", version, "-n", r.addr.String(), "-d", "-c", "none", "-p", pid)
			defer stop()
			r.until(func(s Stats) bool { return len(s.Exporters) == 1 && s.Exporters[0].Datagrams == all })
			r.end()
			e := r.Stats().Exporters[0]
			t.Logf("%+v, %d flows", e, len(r.flows))
			if e.Bad+e.Blind+e.LostRecords+e.LostMessages+e.Restarts != 0 || len(r.flows) == 0 || len(r.sights) == 0 {
				t.Errorf("%+v: %d flows, %d sightings", e, len(r.flows), len(r.sights))
			}
		})
	}
}

func TestNfreplay(t *testing.T) {
	nfreplay := tool(t, "nfreplay")
	r := start(t, Config{})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, nfreplay, "-H", "127.0.0.1", "-p", strconv.Itoa(int(r.addr.Port())), "-r", "../record/export/testdata/nfpcapd.nfcapd", "-v", "9").CombinedOutput()
	if err != nil {
		t.Fatalf("nfreplay: %v\n%s", err, out)
	}
	r.until(func(s Stats) bool { return len(s.Exporters) == 1 && s.Exporters[0].Records > 100 })
	if e := r.Stats().Exporters[0]; e.Bad+e.Blind != 0 {
		t.Errorf("%+v", e)
	}
}

// sfcapd, which is none of ours, counts the same packets in the same samples.
func TestSFlowAsSfcapd(t *testing.T) {
	sfcapd, nfdump := tool(t, "sfcapd"), tool(t, "nfdump")
	dir := t.TempDir()
	port := freePort(t)
	read, err := net.ListenPacket("udp", "127.0.0.1:0") // sfcapd sends on what it has read
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	stop := daemon(t, sfcapd, "-w", dir, "-p", port, "-b", "127.0.0.1", "-t", "3600", "-R", strings.Replace(read.LocalAddr().String(), ":", "/", 1))
	to, err := net.Dial("udp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	for i := range 10 {
		if _, err := to.Write(sflowDatagram(uint32(i+1), 1000, samples...)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := to.Write(sflowDatagram(11, 1000)); err != nil { // when it is read, those before it are done
		t.Fatal(err)
	}
	for range 11 {
		if _, _, err := read.ReadFrom(make([]byte, maxDatagram)); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	files, _ := filepath.Glob(filepath.Join(dir, "nfcapd.2*"))
	if len(files) != 1 {
		t.Fatalf("sfcapd wrote %v", files)
	}
	out, err := exec.Command(nfdump, "-r", files[0], "-q", "-o", "fmt:%sa %sp %da %dp %pr %pkt %byt", "-N", "-A", "srcip,srcport,dstip,dstport,proto").Output()
	if err != nil {
		t.Fatal(err)
	}
	theirs := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if f := strings.Fields(line); len(f) == 7 {
			theirs[strings.Join(f[:4], " ")] = f[5]
		}
	}
	g := newGatherer(0)
	for i := range 10 {
		b := sflowDatagram(uint32(i+1), 1000, samples...)
		g.datagram(datagram{netip.MustParseAddrPort("127.0.0.1:1"), 1, &b})
	}
	batch, _ := g.take()
	for _, f := range batch.Flows {
		if f.Proto != 6 {
			continue // sfcapd leaves out samples without a header
		}
		c, s := f.Client.Addr, f.Server.Addr
		for _, way := range []struct {
			from, to netip.AddrPort
			packets  uint64
		}{{c, s, f.Client.Packets}, {s, c, f.Server.Packets}} {
			key := fmt.Sprintf("%s %d %s %d", way.from.Addr(), way.from.Port(), way.to.Addr(), way.to.Port())
			if theirs[key] != strconv.FormatUint(way.packets, 10) {
				t.Errorf("%s: %d packets, sfcapd says %q of\n%s", key, way.packets, theirs[key], out)
			}
		}
	}
}

func freePort(t testing.TB) string {
	t.Helper()
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return strconv.Itoa(c.LocalAddr().(*net.UDPAddr).Port)
}

// daemon starts a tool that is not ours, and waits until a collector says that it
// listens; stop ends it and returns the time it computed.
func daemon(t testing.TB, name string, args ...string) (stop func() time.Duration) {
	t.Helper()
	cmd := exec.Command(name, args...)
	says, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	stop = func() time.Duration {
		if !ended {
			ended = true
			cmd.Process.Signal(os.Interrupt)
			cut := time.AfterFunc(5*time.Second, func() { cmd.Process.Kill() })
			cmd.Wait()
			cut.Stop()
		}
		return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	t.Cleanup(func() { stop() })
	lines := bufio.NewScanner(says)
	for collector := strings.HasSuffix(name, "fcapd"); collector && !strings.HasPrefix(lines.Text(), "Startup"); {
		if !lines.Scan() {
			t.Fatalf("%s ended before it listened: %s", name, lines.Text())
		}
	}
	go io.Copy(io.Discard, says) // until the tool ends
	return stop
}

func BenchmarkDecodeNetFlow(b *testing.B) {
	g := newGatherer(0)
	begin := time.Now()
	for i := range b.N {
		d := v5(uint32(30*i), 30)
		g.datagram(datagram{netip.MustParseAddrPort("127.0.0.1:1"), 1, &d})
		if g.len() > 20_000 {
			g.take()
		}
	}
	b.ReportMetric(float64(b.N*30)/time.Since(begin).Seconds(), "flows/s")
}
