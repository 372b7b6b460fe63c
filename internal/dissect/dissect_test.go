package dissect

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/lenscap/lenscap/internal/observation"
)

// collect returns what run emits.
func collect(run func(Emit)) []Message {
	var all []Message
	run(func(m Message) { all = append(all, m) })
	return all
}

// collectUDP returns what the datagram says.
func collectUDP(src, dst uint16, b []byte) []Message {
	return collect(func(emit Emit) { Datagram(src, dst, b, emit) })
}

// collectTCP returns what the conversation says.
func collectTCP(server uint16, c, s []byte) []Message {
	return collect(func(emit Emit) { Stream(40000, server, c, s, emit) })
}

// unhex reads hexadecimal with any white space in it.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// list makes fields of name, value, name, value …
func list(pairs ...string) []observation.Field {
	var f []observation.Field
	for i := 0; i+1 < len(pairs); i += 2 {
		f = append(f, observation.Field{Name: pairs[i], Value: pairs[i+1]})
	}
	return f
}

// same fails the test unless got is want.
func same(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

// sharedFile returns the path of a file in the folder of recordings beside the
// repository, and skips the test if there is none: users do not have it.
func sharedFile(t testing.TB, path string) string {
	t.Helper()
	full := filepath.Join("..", "..", "..", "shared", "data", path)
	if _, err := os.Stat(full); err != nil {
		t.Skipf("no recordings: %v", err)
	}
	return full
}

// check fails the test if a message breaks what observation.Field promises.
func check(t *testing.T, m Message, client, server int) {
	t.Helper()
	if m.Protocol == "" || len(m.Fields) == 0 || len(m.Fields) > 2*maxFields {
		t.Fatalf("message %q has %d fields", m.Protocol, len(m.Fields))
	}
	if m.FromClient && (m.End < 0 || m.End > client) || !m.FromClient && (m.End < 0 || m.End > server) {
		t.Fatalf("message %q ends at %d of %d, %d bytes", m.Protocol, m.End, client, server)
	}
	for _, f := range m.Fields {
		if f.Name == "" || f.Value == "" || len(f.Value) > observation.MaxValue || !utf8.ValidString(f.Value) {
			t.Fatalf("field %q has value %q", f.Name, f.Value)
		}
		if strings.ContainsFunc(f.Value, unwanted) {
			t.Fatalf("field %q has control characters: %q", f.Name, f.Value)
		}
	}
}

// Every dissector has a fuzz target of its own in a test file of this package.
func TestDissectorsAreFuzzed(t *testing.T) {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	target := regexp.MustCompile(`(?m)^func (Fuzz\w+)\(f \*testing\.F\)`)
	found := map[string]bool{}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range target.FindAllSubmatch(b, -1) {
			found[string(m[1])] = true
		}
	}
	for _, d := range Dissectors {
		if !found[d.Fuzz] {
			t.Errorf("dissector %q: no test file has func %s(f *testing.F)", d.Name, d.Fuzz)
		}
	}
	dispatch := []string{"FuzzDatagram", "FuzzStream", "FuzzFrame"}
	for _, name := range dispatch {
		if !found[name] {
			t.Errorf("no test file has func %s(f *testing.F)", name)
		}
	}
}

// A dissector that is asked by port or by shape has something to ask.
func TestDissectorsAreComplete(t *testing.T) {
	for _, d := range Dissectors {
		if (len(d.UDP) > 0 || d.Looks != nil) && d.Datagram == nil {
			t.Errorf("%s has UDP ports or a shape and no Datagram", d.Name)
		}
		if (len(d.TCP) > 0 || d.LooksStream != nil) && d.Stream == nil {
			t.Errorf("%s has TCP ports or a shape and no Stream", d.Name)
		}
		if (len(d.EtherTypes) > 0) != (d.Frame != nil) {
			t.Errorf("%s has ethertypes or Frame, not both", d.Name)
		}
	}
}

func TestWantedAllocatesNothing(t *testing.T) {
	inputs := [][]byte{
		[]byte("<?xml version=\"1.0\"?><Envelope>"), []byte("OPTIONS rtsp://a RTSP/1.0"),
		{0xf1, 0xd0, 0, 0}, []byte("GET / HTTP/1.1"), make([]byte, 1400),
	}
	for _, b := range inputs {
		if n := testing.AllocsPerRun(100, func() {
			DatagramWanted(40000, 40001, b)
			StreamWanted(40001, b)
		}); n != 0 {
			t.Errorf("%d allocations for %.20q", int(n), b)
		}
	}
}

func TestClean(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain", "DS-2CD2143G0-I", "DS-2CD2143G0-I"},
		{"spaces around", "  NVR \r\n", "NVR"},
		{"controls within", "a\x00b\x1b[31mc\td", "a b [31mc d"},
		{"right-to-left override", "gpj.\u202eexe", "gpj. exe"},
		{"UTF-8 stays", "Kamera Öst 门口", "Kamera Öst 门口"},
		{"GB 18030", "\xc3\xc5\xbf\xda\xc9\xe3\xcf\xf1\xbb\xfa", "门口摄像机"},
		{"GBK with ASCII", "IPC-\xb4\xf3\xc3\xc5 1", "IPC-大门 1"},
		{"ISO 8859-1", "Cam\xe9ra entr\xe9e", "Caméra entrée"},
		{"ISO 8859-1, doubled letter", "Stra\xdfe", "Straße"},
		{"only controls", "\x00\x00\x01", ""},
		{"too long", strings.Repeat("ä", 600), strings.Repeat("ä", 512)},
		{"far too long", strings.Repeat("门", 1<<20), strings.Repeat("门", 341)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := clean(tt.in); got != tt.want {
				t.Errorf("clean(%.40q) = %.60q, want %.60q", tt.in, got, tt.want)
			}
		})
	}
}

func FuzzClean(f *testing.F) {
	f.Add("\xc3\xc5\xbf\xda")
	f.Add("Cam\xe9ra")
	f.Fuzz(func(t *testing.T, s string) {
		got := clean(s)
		if !utf8.ValidString(got) || len(got) > observation.MaxValue || strings.ContainsFunc(got, unwanted) {
			t.Errorf("clean(%q) = %q", s, got)
		}
		if again := clean(got); again != got {
			t.Errorf("clean(clean(%q)) = %q, clean = %q", s, again, got)
		}
	})
}

func FuzzDatagram(f *testing.F) {
	f.Add(uint16(37020), uint16(37020), []byte(sadpAnswer))
	f.Add(uint16(3702), uint16(50000), []byte(probeMatches))
	f.Add(uint16(37810), uint16(50000), []byte("\x20\x00\x00\x00DHIP"))
	f.Add(uint16(9), uint16(9), []byte("\xf1\xd0\x00\x00"))
	f.Fuzz(func(t *testing.T, src, dst uint16, b []byte) {
		before := string(b)
		all := collectUDP(src, dst, b)
		for _, m := range all {
			check(t, m, 0, 0)
		}
		if len(all) > 0 && !DatagramWanted(src, dst, b) {
			t.Errorf("%d to %d, %q: dissected but not wanted", src, dst, b)
		}
		if string(b) != before {
			t.Error("the payload was changed")
		}
	})
}

func FuzzStream(f *testing.F) {
	f.Add(uint16(554), []byte(rtspAsk), []byte(rtspTold))
	f.Add(uint16(80), []byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), []byte("HTTP/1.1 200 OK\r\nServer: x\r\n\r\n"))
	f.Add(uint16(9000), []byte{}, []byte("\xf0\xde\xbc\x0a\x01\x00\x00\x00\x91\x00\x00\x00\x00\x00\x00\x01\x02\xdd\x14\x66"))
	f.Fuzz(func(t *testing.T, port uint16, client, server []byte) {
		for _, m := range collectTCP(port, client, server) {
			check(t, m, len(client), len(server))
		}
	})
}

func FuzzFrame(f *testing.F) {
	f.Add(uint16(0x8033), []byte("\x21\x01\x01\x42"))
	f.Add(uint16(0x0806), []byte("\x00\x01\x08\x00\x06\x04\x00\x01"))
	f.Fuzz(func(t *testing.T, etherType uint16, b []byte) {
		for _, m := range collect(func(emit Emit) { Frame(etherType, observation.MAC{2, 1}, b, emit) }) {
			check(t, m, 0, 0)
		}
		for _, m := range collect(func(emit Emit) { WLAN(b, emit) }) {
			check(t, m, 0, 0)
		}
	})
}
