package identify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/fingerprint"
	"github.com/lenscap/lenscap/internal/identify"
	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/kb"
)

var knowledge = sync.OnceValues(func() (*attribution.Resolver, error) {
	base, err := maker.Load(kb.FS)
	if err != nil {
		return nil, err
	}
	prints, err := fingerprint.Load(kb.FS)
	if err != nil {
		return nil, err
	}
	return attribution.New(base, prints), nil
})

func resolver(t testing.TB) *attribution.Resolver {
	t.Helper()
	r, err := knowledge()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func toJSON(dst []byte, r *identify.Result) []byte { return identify.AppendJSON(dst, r, false) }

// run identifies JSON lines and returns what was written.
func run(t testing.TB, workers int, in string) (out string, stats identify.Stats, bad []string) {
	t.Helper()
	var b bytes.Buffer
	stats, err := identify.Run(context.Background(), identify.Config{Resolver: resolver(t), Workers: workers, Format: toJSON,
		Bad: func(name string, line int64, why string) {
			bad = append(bad, fmt.Sprintf("%s:%d: %s", name, line, why))
		}}, "in", strings.NewReader(in), &b)
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), stats, bad
}

type said struct {
	Line                                                int64
	ID                                                  string
	Kind, Brand, Maker, Platform, Model, Firmware, Chip attribution.Claim
	MACs, Serials, Hardware                             []string
	Others                                              int
	Unread                                              []identify.Unread
	Error                                               string
}

func TestRunAnswersEveryLineInOrder(t *testing.T) {
	in := `{"kind":"http-server","value":"Hikvision-Webs","id":"cam 1"}

{"value":"nginx","kind":"http-server","id":7}
no json
{"http-server":"Hikvision-Webs","mac":"44:19:b6:00:00:01","port":80}
{"answers":[{"kind":"rtsp","value_base64":"UlRTUC8xLjAgMjAwIE9LDQpTZXJ2ZXI6IEgyNjREVlIgMS4wDQoNCg=="},{"kind":"gopher","value":"x"}]}
{"kind":"x"}
{}
{"id":"u","isapi":{"System/deviceInfo":"<DeviceInfo xmlns=\"http://www.hikvision.com/ver20/XMLSchema\"><model>DS-2CD2143G0-I</model><macAddress>44:19:b6:00:00:01</macAddress><serialNumber>S1</serialNumber><firmwareVersion>V5.7.1</firmwareVersion></DeviceInfo>"}}`
	out, stats, bad := run(t, 2, in)
	var got []said
	for line := range strings.Lines(out) {
		var s said
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		got = append(got, s)
	}
	if len(got) != 8 || stats.Lines != 8 || stats.Bad != 3 {
		t.Fatalf("%d results, %+v; want 8 results of 8 lines, 3 of them bad\n%s", len(got), stats, out)
	}
	for i, want := range []int64{1, 3, 4, 5, 6, 7, 8, 9} {
		if got[i].Line != want {
			t.Errorf("result %d is of line %d, want %d", i, got[i].Line, want)
		}
	}
	if s := got[0]; s.ID != "cam 1" || s.Platform.ID != "hikvision" || len(s.Platform.Evidence) == 0 || s.Platform.Evidence[0].Source == "" {
		t.Errorf("line 1: %+v", s)
	}
	if s := got[1]; s.ID != "7" || s.Maker.Value != "" || s.Kind.Value != attribution.KindUnknown {
		t.Errorf("line 3: %+v", s)
	}
	if s := got[3]; s.Maker.ID != "hikvision" || len(s.MACs) != 1 || len(s.Unread) != 1 || s.Unread[0].Kind != "port" {
		t.Errorf("line 5: %+v", s)
	}
	if s := got[4]; s.Platform.ID != "xiongmai" || len(s.Unread) != 1 || s.Unread[0].Kind != "gopher" {
		t.Errorf("line 6: %+v", s)
	}
	if s := got[7]; s.Model.Value != "DS-2CD2143G0-I" || s.Firmware.Value != "V5.7.1" || s.Maker.ID != "hikvision" || s.Serials[0] != "S1" {
		t.Errorf("line 9: %+v", s)
	}
	want := []string{
		"in:4: no JSON object; a file that is one raw answer needs --kind",
		`in:7: "kind" "x" without "value"`,
		"in:8: no answer in it",
	}
	if strings.Join(bad, "\n") != strings.Join(want, "\n") {
		t.Errorf("bad lines:\n%s\nwant\n%s", strings.Join(bad, "\n"), strings.Join(want, "\n"))
	}
}

// The order of the lines and what is said do not depend on how many work.
func TestRunIsTheSameWithManyWorkers(t *testing.T) {
	var in strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&in, "{\"id\":%d,\"kind\":\"http-server\",\"value\":\"%s\"}\n", i, []string{"nginx", "Hikvision-Webs", "DNVRS-Webs", "Apache", "App-webs/"}[i%5])
		if i%4999 == 0 {
			in.WriteString("\n{\"broken\n")
		}
	}
	one, _, badOne := run(t, 1, in.String())
	many, _, badMany := run(t, 8, in.String())
	if one != many || strings.Join(badOne, "\n") != strings.Join(badMany, "\n") {
		t.Error("eight workers say something else than one")
	}
	if n := strings.Count(one, "\n"); n != 20000+len(badOne) || len(badOne) != 5 {
		t.Errorf("%d results, %d bad", n, len(badOne))
	}
}

func TestRunSkipsALineThatIsTooLong(t *testing.T) {
	in := "{\"kind\":\"model\",\"value\":\"a\"}\n{\"kind\":\"model\",\"value\":\"" + strings.Repeat("x", 17<<20) + "\"}\n{\"kind\":\"model\",\"value\":\"DS-2CD2143G0-I\"}"
	out, stats, bad := run(t, 1, in)
	if stats.Lines != 3 || len(bad) != 1 || bad[0] != "in:2: longer than 16 MiB" || !strings.Contains(out, `{"line":3,`) {
		t.Errorf("%+v %q\n%.300s", stats, bad, out)
	}
}

// Every example that --kinds prints is one of its kind, and says something.
func TestExamplesAreRead(t *testing.T) {
	x := identify.New(resolver(t), "example")
	for _, k := range identify.Kinds() {
		r := x.Device([]identify.Answer{{Kind: k.Name, Value: k.Example}})
		if len(r.Unread) > 0 {
			t.Errorf("%s: %q: %s", k.Name, k.Example, r.Unread[0].Why)
		}
		if k.Name == "ssh-banner" {
			continue // none on file says what the device is
		}
		if a := r.Attribution; a.Kind.Value == attribution.KindUnknown && a.Maker.Value == "" && a.Brand.Value == "" {
			t.Errorf("%s: the example %q says nothing of the device", k.Name, k.Example)
		}
	}
}

// The writer by hand writes what encoding/json writes.
func TestAppendJSONIsEncodingJSON(t *testing.T) {
	x := identify.New(resolver(t), "in <1>")
	for _, answers := range [][]identify.Answer{
		{{Kind: "http-server", Value: "nginx"}},
		{{Kind: "onvif", Value: "<Envelope><Body><GetDeviceInformationResponse><Manufacturer>Dahua</Manufacturer><Model>IPC-é\"</Model></GetDeviceInformationResponse></Body></Envelope>"}, {Kind: "rtsp-realm", Value: "IP Camera(AB705)"}, {Kind: "http-server", Value: "Hikvision-Webs"}, {Kind: "mac", Value: "44:19:b6:00:00:01"}},
	} {
		a := x.Device(answers).Attribution
		want, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		got := identify.AppendJSON(nil, &identify.Result{Attribution: a}, false)
		if strings.TrimSpace(string(got)) != string(want) {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}

func FuzzRun(f *testing.F) {
	for _, s := range []string{
		`{"kind":"http-server","value":"nginx"}`, `{"answers":[{"kind":"mac","value":"44:19:b6:00:00:01"}]}`, `{"isapi":{"a":"<DeviceInfo>"},"rtsp_base64":"UlRT"}`,
		`{"mdns":"a._http._tcp.local\nx=y","ws-discovery":"onvif://www.onvif.org/name/x","favicon-mmh3":-1}`, `{"http-server":["a","b",1,null]}`, "{\"a\":\"\\ud800\"}\n{\"a\":1}x",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out, stats, bad := run(t, 1, in)
		if int64(strings.Count(out, "\n")) != stats.Lines || int64(len(bad)) != stats.Bad {
			t.Errorf("%q: %d results, %+v, %d bad", in, strings.Count(out, "\n"), stats, len(bad))
		}
		for line := range strings.Lines(out) {
			if !json.Valid([]byte(line)) {
				t.Errorf("%q gives %q, which is no JSON", in, line)
			}
		}
		n := 0
		for line := range strings.Lines(in) {
			line = strings.TrimRight(line, " \t\r\n")
			if n++; n == 1 {
				line = strings.TrimPrefix(line, "\ufeff")
			}
			var v map[string]any
			invalid := json.Unmarshal([]byte(line), &v) != nil || v == nil
			for _, b := range bad {
				if strings.HasPrefix(b, fmt.Sprintf("in:%d: ", n)) {
					invalid = false
				}
			}
			if line != "" && invalid {
				t.Errorf("line %d of %q is no object and was not called bad", n, in)
			}
		}
	})
}
