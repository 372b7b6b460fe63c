package record

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"

	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/observation"
)

// A counter is a sink that only counts.
type counter struct{ flows, seen, sights int }

func (c *counter) Flow(*flow.Summary)              { c.flows++ }
func (c *counter) Observe(observation.Observation) { c.seen++ }
func (c *counter) Sight(device.Sighting)           { c.sights++ }

// A repeater gives text again and again, size bytes in all, and changes the
// networks 10.10.10 in it each time, 8100 different ones.
type repeater struct {
	text  []byte
	marks []int // where an address begins
	left  int64
	at    int
	round int
}

func newRepeater(text []byte, size int64) *repeater {
	text = bytes.ReplaceAll(text, []byte("192.168.1."), []byte("10.10.10."))
	r := &repeater{text: text, left: size}
	for i := range text {
		if bytes.HasPrefix(text[i:], []byte("10.10.10.")) {
			r.marks = append(r.marks, i)
		}
	}
	return r
}

func (r *repeater) Read(b []byte) (int, error) {
	if r.left <= 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(int64(len(b)), r.left)], r.text[r.at:])
	r.left -= int64(n)
	if r.at += n; r.at == len(r.text) {
		r.at = 0
		r.round++
		second, third := 10+r.round%90, 10+r.round/90%90
		for _, m := range r.marks {
			r.text[m+3], r.text[m+4] = '0'+byte(second/10), '0'+byte(second%10)
			r.text[m+6], r.text[m+7] = '0'+byte(third/10), '0'+byte(third%10)
		}
	}
	return n, nil
}

const benchSize = 64 << 20

// cpu is the processor time used so far, in seconds: on a busy machine it says
// more than the clock does.
func cpu(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// benchmark measures a reader beside encoding/json, where the lines are JSON, and
// beside counting lines.
func benchmark(b *testing.B, r *Reader, text []byte, isJSON bool) {
	b.Run("lenscap", func(b *testing.B) {
		b.SetBytes(benchSize)
		b.ReportAllocs()
		before := cpu(b)
		for b.Loop() {
			var c counter
			res, err := r.Read(context.Background(), newRepeater(text, benchSize), &Job{Sink: &c})
			if err != nil || len(res.Gaps) > 1 || c.flows+c.seen == 0 {
				b.Fatal(res, c, err)
			}
		}
		b.ReportMetric(float64(b.N)*benchSize/1e6/(cpu(b)-before), "MB/cpu-s")
	})
	b.Run("bufio lines", func(b *testing.B) {
		b.SetBytes(benchSize)
		for b.Loop() {
			s := bufio.NewScanner(newRepeater(text, benchSize))
			s.Buffer(make([]byte, MaxLine), MaxLine)
			n := 0
			for s.Scan() {
				n++
			}
			if n == 0 {
				b.Fatal(s.Err())
			}
		}
	})
	if !isJSON {
		return
	}
	b.Run("encoding json", func(b *testing.B) {
		b.SetBytes(benchSize / 16)
		for b.Loop() {
			s := bufio.NewScanner(newRepeater(text, benchSize/16))
			s.Buffer(make([]byte, MaxLine), MaxLine)
			for s.Scan() {
				var v map[string]any
				_ = json.Unmarshal(s.Bytes(), &v) // the last line is cut
			}
		}
	})
}

func BenchmarkEVE(b *testing.B) { benchmark(b, &eveReader, []byte(sample(b, "eve.json")), true) }

// BenchmarkEVEFlows is the worst case: nothing but flow events, as short as they
// come.
func BenchmarkEVEFlows(b *testing.B) {
	var text bytes.Buffer
	for i := range 1000 {
		fmt.Fprintf(&text, `{"timestamp":"2026-01-02T03:04:05.%06d+0000","flow_id":%d,"event_type":"flow","src_ip":"192.168.1.%d","src_port":%d,"dest_ip":"203.0.113.%d","dest_port":443,"proto":"TCP","app_proto":"tls","flow":{"pkts_toserver":5,"pkts_toclient":4,"bytes_toserver":1358,"bytes_toclient":873,"start":"2026-01-02T03:04:05.%06d+0000","end":"2026-01-02T03:05:05.%06d+0000","age":60,"state":"closed","reason":"timeout","alerted":false},"tcp":{"tcp_flags":"1b","tcp_flags_ts":"1b","tcp_flags_tc":"1a","syn":true,"fin":true,"psh":true,"ack":true,"state":"closed"}}`+"\n",
			i, 1e15+i, 10+i%200, 1024+i, i%250, i, i)
	}
	benchmark(b, &eveReader, text.Bytes(), true)
}

func TestTheRepeaterChangesAddresses(t *testing.T) {
	in := "192.168.1.1 x\n"
	got, err := io.ReadAll(newRepeater([]byte(in), 39))
	if want := "10.10.10.1 x\n10.11.10.1 x\n10.12.10.1 x\n"; err != nil || string(got) != want {
		t.Errorf("%q, want %q, %v", got, want, err)
	}
}

// BenchmarkZeek reads a log of connections, the largest that Zeek writes.
func BenchmarkZeek(b *testing.B) {
	in := sample(b, "zeek.log")
	head, _, _ := strings.Cut(in, "#close")
	at := strings.Index(head, "1767323045")
	text := head[:at] + strings.Repeat(head[at:], 1000)
	benchmark(b, &zeekReader, []byte(text), false)
}

func BenchmarkZeekJSON(b *testing.B) {
	var text strings.Builder
	for _, line := range strings.SplitAfter(sample(b, "zeek.json"), "\n") {
		if strings.HasPrefix(line, `{"_path":"conn"`) {
			text.WriteString(line)
		}
	}
	benchmark(b, &zeekReader, []byte(strings.Repeat(text.String(), 1000)), true)
}

// BenchmarkZeekAll reads a stream of all logs.
func BenchmarkZeekAll(b *testing.B) {
	benchmark(b, &zeekReader, []byte(sample(b, "zeek.json")), true)
}
