package fingerprint

import (
	"regexp"
	"testing"

	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/kb"
)

// release loads the embedded knowledge base.
func release(t testing.TB) *Set {
	t.Helper()
	s, err := Load(kb.FS)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestKnowledgeBaseIsSound(t *testing.T) {
	b, err := maker.Load(kb.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range Lint(kb.FS, b) {
		t.Error(p)
	}
}

// The prefilter may only skip what cannot match: every row must answer as a
// loop over plain regular expressions does, on every example and many cuts of it.
func TestPrefilterLosesNothing(t *testing.T) {
	s := release(t)
	plain := map[string]*regexp.Regexp{}
	byKind := map[string][]*Row{}
	for _, r := range s.Rows() {
		plain[r.ID] = regexp.MustCompile(r.Pattern)
		byKind[r.Kind] = append(byKind[r.Kind], r)
	}
	tried := 0
	for _, from := range s.Rows() {
		for _, x := range from.Examples {
			for _, text := range []string{x, x + " ", x[:len(x)/2], x[len(x)/2:], lower(x), "é" + x, x + "\u212a"} {
				var want []string
				for _, r := range byKind[from.Kind] {
					if plain[r.ID].MatchString(text) {
						want = append(want, r.ID)
					}
				}
				got := s.Match(nil, from.Kind, text)
				if len(got) != len(want) {
					t.Fatalf("Match(%s, %q): got %d rows, a plain loop finds %q", from.Kind, text, len(got), want)
				}
				for i := range got {
					if got[i].Row.ID != want[i] {
						t.Errorf("Match(%s, %q)[%d] = %s, want %s", from.Kind, text, i, got[i].Row.ID, want[i])
					}
				}
				tried++
			}
		}
	}
	t.Logf("%d rows, %d texts", len(s.Rows()), tried)
}

func TestEveryFieldAKindReadsExists(t *testing.T) {
	s := release(t)
	for _, kind := range Kinds() {
		for _, f := range Reads(kind) {
			if f == "" {
				t.Errorf("kind %s reads a field without a name", kind)
			}
		}
	}
	got := s.MatchField(nil, observation.Field{Name: observation.SADPModel, Value: "DS-2CD2385G1-I"})
	if len(got) < 2 {
		t.Errorf("a SADP model is read by sadp-description and model-regex; got %d matches", len(got))
	}
}

func TestNamedGroups(t *testing.T) {
	s := release(t)
	tests := []struct {
		name, kind, in string
		want           Match
	}{
		{
			name: "model and firmware from a DHCP vendor class",
			kind: "dhcp-vendor-class", in: "AXIS,Network Camera,P3343,5.20.3",
			want: Match{Model: "P3343", Firmware: "5.20.3"},
		},
		{
			name: "MAC from an RTSP realm",
			kind: "rtsp-realm", in: "AXIS_WS_ACCC8E3A0A8F",
			want: Match{MAC: "ACCC8E3A0A8F"},
		},
		{
			name: "serial from a Dahua login realm",
			kind: "rtsp-realm", in: "Login to 4K0ABCDPAZ12345",
			want: Match{Serial: "4K0ABCDPAZ12345"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := s.Match(nil, tt.kind, tt.in)
			if len(got) != 1 {
				t.Fatalf("Match(%s, %q) = %d rows, want 1", tt.kind, tt.in, len(got))
			}
			tt.want.Row = got[0].Row
			if got[0] != tt.want {
				t.Errorf("Match(%s, %q) = %+v, want %+v", tt.kind, tt.in, got[0], tt.want)
			}
		})
	}
}

// A text many makers send, or many kinds of goods, must not name a camera.
func TestGenericTextsNameNoCamera(t *testing.T) {
	s := release(t)
	tests := []struct{ kind, in string }{
		{"rtsp-realm", "streaming_server"},
		{"rtsp-realm", "RTSP SERVER"},
		{"favicon-mmh3", "999357577"},
		{"http-server", "App-webs/"},
		{"http-server", "GoAhead-Webs"},
		{"http-server", "uc-httpd/1.0.0"},
		{"mdns-service", "_dhnap._tcp"},
		{"dhcp-vendor-class", "udhcp 1.22.1"},
		{"onvif-scope-location", "city/hangzhou"},
		{"rtsp-path", "/stream1"},
		{"rtsp-sdp", "s=Session streamed by \"H264Server\""},
	}
	for _, tt := range tests {
		got := s.Match(nil, tt.kind, tt.in)
		if len(got) == 0 {
			t.Errorf("Match(%s, %q): no row; the test no longer tests anything", tt.kind, tt.in)
		}
		for _, m := range got {
			if m.Row.Product != "" {
				t.Errorf("Match(%s, %q): %s says %q", tt.kind, tt.in, m.Row.ID, m.Row.Product)
			}
		}
	}
}

func TestNoMatchAllocatesNothing(t *testing.T) {
	s := release(t)
	dst := make([]Match, 0, 8)
	for _, kind := range Kinds() {
		for _, in := range banners {
			if len(s.Match(nil, kind, in)) > 0 {
				continue
			}
			if n := testing.AllocsPerRun(20, func() { dst = s.Match(dst[:0], kind, in) }); n > 0 {
				t.Errorf("Match(%s, %q) allocates %v times", kind, in, n)
			}
		}
	}
}

// banners are texts of ordinary equipment and a few cameras.
var banners = []string{
	"nginx/1.18.0 (Ubuntu)", "Apache/2.4.41 (Unix) OpenSSL/1.1.1d PHP/7.3.11", "Microsoft-IIS/10.0", "lighttpd/1.4.59",
	"HP HTTP Server; HP LaserJet 400 color M451dn - CE956A; Serial Number: CNDF123456; Built: Fri Jan 11, 2013",
	"Linux/3.14.0 UPnP/1.0 IpBridge/1.16.0", "Unspecified, UPnP/1.0, Unspecified", "MiniUPnPd/2.1", "cloudflare",
	"Basic realm=\"Restricted\"", "Digest realm=\"router\", qop=\"auth\", nonce=\"1122334455\"", "Microsoft-Windows/10.0 UPnP/1.0 UPnP-Device-Host/1.0",
	"MSFT 5.0", "android-dhcp-11", "iPhone", "DESKTOP-3F1QK2L", "_googlecast._tcp", "_airplay._tcp", "_ipp._tcp",
	"urn:schemas-upnp-org:device:InternetGatewayDevice:1", "CN=*.example.org,O=Example,C=GB", "GStreamer RTSP server",
	"Index of /", "Synology DiskStation", "RouterOS v6.48", "Hikvision-Webs", "Dahua Rtsp Server", "AXIS M3045-V",
}

func BenchmarkMatch(b *testing.B) {
	s := release(b)
	fields := benchFields()
	dst := make([]Match, 0, 16)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		dst = s.MatchField(dst[:0], fields[n%len(fields)])
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "banners/s")
}

// BenchmarkPlainLoop is what BenchmarkMatch is compared with: the same fields,
// every pattern of the kinds that read them tried in turn.
func BenchmarkPlainLoop(b *testing.B) {
	s := release(b)
	byField := map[string][]*regexp.Regexp{}
	for _, kind := range Kinds() {
		for _, f := range Reads(kind) {
			for _, r := range s.Rows() {
				if r.Kind == kind {
					byField[f] = append(byField[f], regexp.MustCompile(r.Pattern))
				}
			}
		}
	}
	fields := benchFields()
	n := 0
	for b.Loop() {
		f := fields[n%len(fields)]
		for _, re := range byField[f.Name] {
			re.MatchString(f.Value)
		}
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "banners/s")
}

// BenchmarkMatchEveryKind matches one text against the whole knowledge base.
func BenchmarkMatchEveryKind(b *testing.B) {
	s := release(b)
	all := Kinds()
	dst := make([]Match, 0, 16)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		dst = dst[:0]
		for _, k := range all {
			dst = s.Match(dst, k, banners[n%len(banners)])
		}
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "banners/s")
}

// benchFields gives every banner to each of the fields that meet most text.
func benchFields() []observation.Field {
	var out []observation.Field
	for _, name := range []string{
		observation.HTTPServer, observation.HTTPTitle, observation.HTTPAuthenticate, observation.RTSPServer,
		observation.RTSPRealm, observation.RTSPPath, observation.SDPLine, observation.OnvifModel,
		observation.DHCPHostname, observation.DHCPVendorClass, observation.MDNSService, observation.TLSSubject,
		observation.SNMPSysDescr, observation.UPnPModelName, observation.HTTPPath,
	} {
		for _, v := range banners {
			out = append(out, observation.Field{Name: name, Value: v})
		}
	}
	return out
}

func FuzzMatch(f *testing.F) {
	s := release(f)
	for _, r := range s.Rows() {
		for _, x := range r.Examples {
			f.Add(r.Kind, x)
		}
	}
	plain := map[string][]*regexp.Regexp{}
	for _, r := range s.Rows() {
		plain[r.Kind] = append(plain[r.Kind], regexp.MustCompile(r.Pattern))
	}
	f.Fuzz(func(t *testing.T, kind, text string) {
		if len(text) > observation.MaxValue {
			return
		}
		want := 0
		for _, re := range plain[kind] {
			if re.MatchString(text) {
				want++
			}
		}
		if got := len(s.Match(nil, kind, text)); got != want {
			t.Errorf("Match(%q, %q): %d rows, a plain loop finds %d", kind, text, got, want)
		}
	})
}

// FuzzLoad gives Load another person's file.
func FuzzLoad(f *testing.F) {
	f.Add([]byte("- id: http-server/x\n  pattern: '^abcd'\n  company: x\n  product: camera\n"))
	f.Add([]byte("- id: http-server/x\n  pattern: '(?i)(?P<model>k{2,9}|[s-t]*)x'\n"))
	f.Add([]byte("- &a [*a, *a]\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		entries, _ := parse("http-server", "fingerprints/http-server.yaml", b, false)
		if len(entries) == 0 {
			return
		}
		g, err := newGroup(entries)
		if err != nil {
			return
		}
		for _, text := range append(banners, "abcd", "kkx", "\u212a\u212ax") {
			want := 0
			for _, e := range entries {
				if e.re.MatchString(text) {
					want++
				}
			}
			if got := len(g.match(nil, text)); got != want {
				t.Errorf("match(%q) of %q: %d rows, a plain loop finds %d", text, b, got, want)
			}
		}
	})
}
