package packet

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/observation"
)

// sharedCaptures lists the captures of the reference folder beside the
// repository, which users do not have.
func sharedCaptures(t testing.TB) []string {
	root := filepath.Join("..", "..", "..", "shared", "data")
	names, err := capture.Expand([]string{root})
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("the reference captures %s are not here", root)
	}
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// tshark finds the program; without it the test is skipped, but not in CI.
func tshark(t *testing.T) string {
	path, err := exec.LookPath("tshark")
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("tshark is not installed: apt-get install tshark")
	}
	t.Skip("tshark is not installed, so there is nothing to compare with")
	return ""
}

var oracleFields = []string{
	"frame.number", "frame.protocols", "frame.time_epoch", "frame.len",
	"eth.src", "eth.dst", "wlan.sa", "wlan.da", "sll.src.eth",
	"ip.src", "ip.dst", "ip.ttl", "ipv6.src", "ipv6.dst", "ipv6.hlim",
	"tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.ack_raw", "tcp.flags", "tcp.len",
	"udp.srcport", "udp.dstport", "udp.length", "vlan.id",
}

// A row is what tshark says of one frame: each field's values, outermost first.
type row map[string][]string

func (r row) last(name string) string {
	if v := r[name]; len(v) > 0 {
		return v[len(v)-1]
	}
	return ""
}

func (r row) first(name string) string {
	if v := r[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// askTshark dissects a capture.
func askTshark(t *testing.T, program, file string) []row {
	t.Helper()
	args := []string{"-n", "-r", file, "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=,",
		"-o", "tcp.analyze_sequence_numbers:FALSE", "-o", "tcp.relative_sequence_numbers:FALSE",
		"-d", "udp.port==8472,vxlan"}
	for _, f := range oracleFields {
		args = append(args, "-e", f)
	}
	out, err := exec.Command(program, args...).Output()
	if err != nil && len(out) == 0 {
		t.Fatalf("tshark %s: %v", file, err)
	}
	var rows []row
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		r := row{}
		for i, v := range strings.Split(lines.Text(), "\t") {
			if v != "" && i < len(oracleFields) {
				r[oracleFields[i]] = strings.Split(v, ",")
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// layers are the protocols of a frame down to its transport: what an ICMP error
// quotes, and what a stream carries, is payload to us.
func (r row) layers() []string {
	all := strings.Split(r.first("frame.protocols"), ":")
	for i, l := range all {
		switch l {
		case "tcp", "icmp", "icmpv6", "arp":
			return all[:i+1]
		}
	}
	return all
}

// headers lines up the frame's layers with the occurrences of their fields:
// the number of IPv4 and IPv6 headers before the payload, and whether the
// innermost is the latter.
func (r row) headers() (four, six int, innerSix bool, last string) {
	layers := r.layers()
	for _, l := range layers {
		switch l {
		case "ip":
			four, innerSix = four+1, false
		case "ipv6":
			six, innerSix = six+1, true
		}
		if l == "ip" || l == "ipv6" || l == "arp" || l == "tcp" || l == "udp" || l == "icmp" || l == "icmpv6" {
			last = l
		}
	}
	return four, six, innerSix, last
}

// wantFrom builds the parts of a packet that tshark names.
func wantFrom(t *testing.T, r row) string {
	t.Helper()
	four, six, innerSix, last := r.headers()
	mac := r.last("eth.src")
	for _, other := range []string{"wlan.sa", "sll.src.eth"} {
		if v := r.last(other); v != "" && mac == "" {
			mac = v
		}
	}
	if mac == "00:00:00:00:00:00" {
		mac = ""
	}
	src, dst, ttl := "", "", ""
	pick := func(name string, n int) string {
		if n > 0 && n <= len(r[name]) {
			return r[name][n-1]
		}
		return ""
	}
	if last != "arp" {
		if innerSix {
			src, dst, ttl = pick("ipv6.src", six), pick("ipv6.dst", six), pick("ipv6.hlim", six)
		} else {
			src, dst, ttl = pick("ip.src", four), pick("ip.dst", four), pick("ip.ttl", four)
		}
	}
	vlan := r.first("vlan.id")
	if vlan == "0" { // a priority without a VLAN
		vlan = ""
	}
	w := fmt.Sprintf("mac=%s vlan=%s %s>%s ttl=%s", mac, vlan, src, dst, ttl)
	switch {
	case src == "":
	case last == "tcp":
		flags, _ := strconv.ParseUint(strings.TrimPrefix(r.first("tcp.flags"), "0x"), 16, 16)
		w += fmt.Sprintf(" tcp %s>%s seq=%s ack=%s flags=%#x len=%s", r.first("tcp.srcport"), r.first("tcp.dstport"),
			r.first("tcp.seq_raw"), r.first("tcp.ack_raw"), flags&0xff, r.first("tcp.len"))
	case last == "udp":
		n, _ := strconv.Atoi(r.last("udp.length"))
		w += fmt.Sprintf(" udp %s>%s len=%d", r.last("udp.srcport"), r.last("udp.dstport"), n-8)
	}
	return w
}

// got writes a packet as wantFrom does.
func got(p *Packet, r Result) string {
	vlan := ""
	if p.VLAN > 0 {
		vlan = strconv.Itoa(int(p.VLAN))
	}
	src, dst, ttl := "", "", ""
	if p.IP {
		src, dst, ttl = p.Source().Addr().String(), p.Destination().Addr().String(), strconv.Itoa(int(p.TTL))
	}
	mac := p.SrcMAC
	if mac == (observation.MAC{}) && p.HasMAC {
		return "HasMAC without SrcMAC"
	}
	w := fmt.Sprintf("mac=%s vlan=%s %s>%s ttl=%s", mac, vlan, src, dst, ttl)
	switch r {
	case TCP:
		w += fmt.Sprintf(" tcp %d>%d seq=%d ack=%d flags=%#x len=%d", p.SrcPort, p.DstPort, p.Seq, p.Ack, p.Flags, len(p.Payload))
	case UDP:
		w += fmt.Sprintf(" udp %d>%d len=%d", p.SrcPort, p.DstPort, len(p.Payload))
	}
	return w
}

// TestEveryReferenceCaptureDecodesAsTsharkDoes glues all captures together with
// mergecap, which comes with tshark, because starting tshark for each is slow;
// our reader reads each by itself.
func TestEveryReferenceCaptureDecodesAsTsharkDoes(t *testing.T) {
	names := sharedCaptures(t)
	program := tshark(t)
	rows := askTshark(t, program, glue(t, names))
	frames := 0
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := capture.NewReader(f)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		frames += compare(t, name, r, rows[frames:])
		if err := errors.Join(r.Close(), f.Close()); err != nil {
			t.Error(err)
		}
	}
	if frames != len(rows) {
		t.Errorf("%d frames, tshark has %d", frames, len(rows))
	}
	t.Logf("%d captures, %d frames compared", len(names), frames)
}

// glue writes the frames of all files one after another into a new one.
func glue(t *testing.T, names []string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "all.pcapng")
	b, err := exec.Command("mergecap", append([]string{"-a", "-w", out}, names...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("mergecap: %v\n%s", err, b)
	}
	return out
}

// compare holds every frame of r against tshark's rows.
func compare(t *testing.T, name string, r *capture.Reader, rows []row) int {
	t.Helper()
	var (
		f      capture.Frame
		p      Packet
		d      Decoder
		n, bad int
	)
	for {
		err := r.Next(&f)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		res := d.Decode(&f, &p)
		if n++; n > len(rows) || bad > 5 {
			continue
		}
		want := wantFrom(t, rows[n-1])
		if res == FragmentHeld || res == OtherIP || p.Cut { // tshark's lengths are those on the wire
			want, _, _ = strings.Cut(want, " len=")
		}
		g := got(&p, res)
		if p.Cut {
			g, _, _ = strings.Cut(g, " len=")
		}
		if g != want || p.Time != nanos(rows[n-1].first("frame.time_epoch")) || strconv.Itoa(p.Wire) != rows[n-1].first("frame.len") {
			bad++
			t.Errorf("%s frame %d (%s), %v\n got %s time %d wire %d\nwant %s time %s wire %s", name, n, rows[n-1].first("frame.protocols"), res,
				g, p.Time, p.Wire, want, rows[n-1].first("frame.time_epoch"), rows[n-1].first("frame.len"))
		}
	}
	for _, g := range d.Gaps() {
		t.Logf("%s: %+v", name, g)
	}
	return n
}

// nanos reads seconds with a fraction of nine digits.
func nanos(s string) int64 {
	sec, frac, _ := strings.Cut(s, ".")
	a, _ := strconv.ParseInt(sec, 10, 64)
	b, _ := strconv.ParseInt(frac, 10, 64)
	return a*1e9 + b
}
