package record

import (
	"bytes"
	"context"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/observation"
)

// A recorder is a sink that keeps everything.
type recorder struct {
	flows  []flow.Summary
	seen   []observation.Observation
	sights []device.Sighting
}

func (r *recorder) Flow(s *flow.Summary)              { r.flows = append(r.flows, *s) }
func (r *recorder) Observe(o observation.Observation) { r.seen = append(r.seen, o) }
func (r *recorder) Sight(s device.Sighting)           { r.sights = append(r.sights, s) }

// said is each observation as "protocol from>to about: name=value …".
func (r *recorder) said() []string {
	about := map[observation.About]string{observation.Sender: "sender", observation.Receiver: "receiver", observation.Named: "named"}
	var out []string
	for _, o := range r.seen {
		s := o.Protocol + " " + o.From.String() + ">" + o.To.String() + " " + about[o.About] + ":"
		for _, f := range o.Fields {
			s += " " + f.Name + "=" + f.Value
		}
		out = append(out, s)
	}
	return out
}

// readWith reads in with one reader, after checking that it is the one that
// recognises it.
func readWith(t testing.TB, want *Reader, in string) (*recorder, Result) {
	t.Helper()
	r := Recognise([]byte(in[:min(len(in), 4096)]))
	if r == nil || r.Name != want.Name {
		t.Fatalf("recognised as %+v, want %s", r, want.Name)
	}
	var rec recorder
	res, err := r.Read(context.Background(), strings.NewReader(in), &Job{Input: 3, Sink: &rec})
	if err != nil {
		t.Fatal(err)
	}
	return &rec, res
}

func sample(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// shared finds a file of the reference folder, which users do not have.
func shared(t testing.TB, name string) []byte {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", name)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("the reference file %s is not here", path)
	}
	return b
}

func TestEVEEventsSayWhatPacketsWouldHave(t *testing.T) {
	const head = `{"timestamp":"2026-01-02T03:04:05.000006+0100","flow_id":1,"event_type":"`
	const ends = `","src_ip":"192.168.1.64","src_port":40000,"dest_ip":"192.168.1.1","dest_port":53,"proto":"UDP",`
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"a DNS question, version 2", head + "dns" + ends + `"dns":{"version":2,"type":"query","id":2,"rrname":"NTP1.dlink.com","rrtype":"A"}}`,
			[]string{"dns 192.168.1.64:40000>192.168.1.1:53 sender: dns.question=ntp1.dlink.com"}},
		{"a DNS answer, version 2, through a CNAME", head + "dns" + ends + `"dns":{"version":2,"type":"answer","rrname":"a.example","rrtype":"A","answers":[{"rrname":"a.example","rrtype":"CNAME","rdata":"b.example."},{"rrname":"b.example","rrtype":"A","rdata":"192.0.2.7"}],"grouped":{"A":["192.0.2.7"]}}}`,
			[]string{"dns 192.168.1.1:53>192.168.1.64:40000 receiver: dns.answer=a.example 192.0.2.7"}},
		{"a DNS answer that is only grouped", head + "dns" + ends + `"dns":{"version":2,"type":"answer","rrname":"a.example","grouped":{"CNAME":["b"],"A":["192.0.2.7"],"AAAA":["2001:db8::7"]}}}`,
			[]string{"dns 192.168.1.1:53>192.168.1.64:40000 receiver: dns.answer=a.example 192.0.2.7 dns.answer=a.example 2001:db8::7"}},
		{"a DNS answer, version 1, from the server", `{"timestamp":"2026-01-02T03:04:05+0000","event_type":"dns","src_ip":"192.168.1.1","src_port":53,"dest_ip":"192.168.1.64","dest_port":40000,"proto":"UDP","dns":{"type":"answer","id":1,"rcode":"NOERROR","rrname":"a.example","rrtype":"A","ttl":9,"rdata":"192.0.2.7"}}`,
			[]string{"dns 192.168.1.1:53>192.168.1.64:40000 receiver: dns.answer=a.example 192.0.2.7"}},
		{"a DNS question, version 3", head + "dns" + ends + `"dns":{"version":3,"type":"request","tx_id":0,"id":1,"queries":[{"rrname":"a.example","rrtype":"AAAA"}]}}`,
			[]string{"dns 192.168.1.64:40000>192.168.1.1:53 sender: dns.question=a.example"}},
		{"a DNS answer, version 3", head + "dns" + ends + `"dns":{"version":3,"type":"response","queries":[{"rrname":"a.example","rrtype":"A"}],"answers":[{"rrname":"a.example","rrtype":"A","ttl":3,"rdata":"192.0.2.8"}]}}`,
			[]string{"dns 192.168.1.1:53>192.168.1.64:40000 receiver: dns.answer=a.example 192.0.2.8"}},
		{"HTTP with the server's headers", `{"timestamp":"2026-01-02T03:04:05+0000","event_type":"http","src_ip":"192.168.1.2","src_port":5000,"dest_ip":"192.168.1.64","dest_port":80,"proto":"TCP","http":{"hostname":"192.168.1.64","url":"\/cgi-bin\/snap.cgi?pwd=secret","http_user_agent":"curl","server":"App-webs\/","www_authenticate":"Digest realm=\"DS-2CD2032-I\"","status":401}}`,
			[]string{"http 192.168.1.2:5000>192.168.1.64:80 sender: http.host=192.168.1.64 http.user-agent=curl",
				`http 192.168.1.64:80>192.168.1.2:5000 sender: http.status=401 http.path=/cgi-bin/snap.cgi?pwd=* http.server=App-webs/ http.www-authenticate=Digest realm="DS-2CD2032-I" http.realm=DS-2CD2032-I`}},
		{"HTTP with all headers", `{"timestamp":"2026-01-02T03:04:05+0000","event_type":"http","src_ip":"192.168.1.2","src_port":5000,"dest_ip":"192.168.1.64","dest_port":80,"proto":"TCP","http":{"url":"/","status":404,"request_headers":[{"name":"User-Agent","value":"x"}],"response_headers":[{"name":"Server","value":"Hipcam RealServer"}]}}`,
			[]string{"http 192.168.1.2:5000>192.168.1.64:80 sender: http.user-agent=x", "http 192.168.1.64:80>192.168.1.2:5000 sender: http.status=404 http.server=Hipcam RealServer"}},
		{"TLS", `{"timestamp":"2026-01-02T03:04:05+0000","event_type":"tls","src_ip":"192.168.1.64","src_port":5000,"dest_ip":"203.0.113.9","dest_port":443,"proto":"TCP","tls":{"subject":"C=CN, ST=Guangdong, O=TP-LINK TECHNOLOGIES CO., LTD., CN=*.tplinkcloud.com","issuerdn":"CN=x","serial":"0A:1B","sni":"Use1.tplinkcloud.com","version":"TLS 1.2","notafter":"2027-01-02T03:04:05"}}`,
			[]string{"tls 192.168.1.64:5000>203.0.113.9:443 sender: tls.sni=use1.tplinkcloud.com",
				`tls 203.0.113.9:443>192.168.1.64:5000 sender: tls.subject=CN=*.tplinkcloud.com,O=TP-LINK TECHNOLOGIES CO.\, LTD.,ST=Guangdong,C=CN tls.issuer=CN=x tls.serial=0a1b tls.not-after=2027-01-02T03:04:05Z`}},
		{"QUIC", `{"timestamp":"2026-01-02T03:04:05+0000","event_type":"quic","src_ip":"192.168.1.64","src_port":5000,"dest_ip":"203.0.113.9","dest_port":443,"proto":"UDP","quic":{"version":"1","sni":"a.example"}}`,
			[]string{"quic 192.168.1.64:5000>203.0.113.9:443 sender: quic.version=1 quic.sni=a.example"}},
		{"a DHCP request", `{"timestamp":"2026-01-02T03:04:05+0000","event_type":"dhcp","src_ip":"0.0.0.0","src_port":68,"dest_ip":"255.255.255.255","dest_port":67,"proto":"UDP","dhcp":{"type":"request","id":1,"client_mac":"B0:C5:54:25:5b:0e","assigned_ip":"0.0.0.0","client_ip":"0.0.0.0","dhcp_type":"request","requested_ip":"192.168.1.64","relay_ip":"0.0.0.0","hostname":"DCS-935L","vendor_class_identifier":"udhcp 1.19","params":["subnet_mask"]}}`,
			[]string{"dhcp 0.0.0.0:68>255.255.255.255:67 sender: dhcp.message=REQUEST dhcp.mac=b0:c5:54:25:5b:0e dhcp.vendor-class=udhcp 1.19 dhcp.hostname=DCS-935L dhcp.requested-ip=192.168.1.64"}},
		{"a DHCP reply", `{"timestamp":"2026-01-02T03:04:05+0000","event_type":"dhcp","src_ip":"192.168.1.1","src_port":67,"dest_ip":"192.168.1.64","dest_port":68,"proto":"UDP","dhcp":{"type":"reply","client_mac":"b0:c5:54:25:5b:0e","assigned_ip":"192.168.1.64","dhcp_type":"ack"}}`,
			[]string{"dhcp 192.168.1.1:67>192.168.1.64:68 named: dhcp.message=ACK dhcp.mac=b0:c5:54:25:5b:0e dhcp.assigned-ip=192.168.1.64"}},
		{"ARP, Suricata 8", `{"timestamp":"2026-01-02T03:04:05+0000","event_type":"arp","arp":{"hw_type":"ethernet","proto_type":"ipv4","opcode":"request","src_mac":"b0:c5:54:25:5b:0e","src_ip":"192.168.1.64","dest_mac":"00:00:00:00:00:00","dest_ip":"192.168.1.1"}}`,
			[]string{"arp 192.168.1.64:0>invalid AddrPort sender: arp.mac=b0:c5:54:25:5b:0e arp.ip=192.168.1.64"}},
		{"mDNS, Suricata 8", `{"timestamp":"2026-01-02T03:04:05+0000","event_type":"mdns","src_ip":"192.168.1.64","src_port":5353,"dest_ip":"224.0.0.251","dest_port":5353,"proto":"UDP","mdns":{"type":"response","answers":[{"rrname":"_http._tcp.local","rrtype":"PTR","rdata":"Front door._http._tcp.local"},{"rrname":"cam.local","rrtype":"A","rdata":"192.168.1.64"},{"rrname":"Front door._http._tcp.local","rrtype":"TXT","txt":["model=X"]}]}}`,
			[]string{"mdns 192.168.1.64:5353>224.0.0.251:5353 sender: mdns.service=_http._tcp mdns.instance=Front door mdns.hostname=cam mdns.address=192.168.1.64 mdns.txt=model=X"}},
		{"an FTP greeting", `{"timestamp":"2026-01-02T03:04:05+0000","event_type":"ftp","src_ip":"192.168.1.2","src_port":5000,"dest_ip":"192.168.1.64","dest_port":21,"proto":"TCP","ftp":{"reply":["Welcome to DVR"],"completion_code":["220"]}}`,
			[]string{"ftp 192.168.1.64:21>192.168.1.2:5000 sender: ftp.banner=Welcome to DVR"}},
		{"keys in another order, as jq -S writes them", `{"dest_ip":"192.168.1.1","dest_port":53,"dns":{"rrname":"a.example","rrtype":"A","type":"query","version":2},"event_type":"dns","proto":"UDP","src_ip":"192.168.1.64","src_port":40000,"timestamp":"2026-01-02T03:04:05+0000"}`,
			[]string{"dns 192.168.1.64:40000>192.168.1.1:53 sender: dns.question=a.example"}},
		{"an alert repeats what others say", head + "alert" + ends + `"alert":{"signature":"x"},"dns":{"type":"query","rrname":"a.example"}}`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, res := readWith(t, &eveReader, tt.in+"\n")
			if diff := cmp.Diff(tt.want, got.said()); diff != "" {
				t.Error(diff)
			}
			if res.Records != 1 || len(res.Gaps) > 0 {
				t.Errorf("%+v", res)
			}
		})
	}
}

func TestAnEVEFlowIsASummary(t *testing.T) {
	in := `{"timestamp":"2016-04-15T15:08:38.274236+0000","flow_id":2016376362955653,"event_type":"flow","vlan":[10],"src_ip":"10.10.10.28","src_port":52650,"dest_ip":"10.10.10.37","dest_port":80,"proto":"TCP","app_proto":"http","flow":{"pkts_toserver":5,"pkts_toclient":4,"bytes_toserver":1358,"bytes_toclient":873,"start":"2016-04-15T15:09:35.797154+0000","end":"2016-04-15T15:09:37.652452+0000","age":2,"state":"established","reason":"timeout","alerted":false},"ether":{"dest_macs":["b0:c5:54:25:5b:0e"],"src_macs":["02:00:00:00:00:01","02:00:00:00:00:02"]},"tcp":{"tcp_flags":"1b","tcp_flags_ts":"1b","tcp_flags_tc":"1a","syn":true}}
{"timestamp":"2016-04-15T15:08:38.274236+0000","event_type":"flow","src_ip":"fe80:0000:0000:0000:928d:78ff:fea9:3d6f","dest_ip":"ff02:0000:0000:0000:0000:0000:0000:0002","proto":"IPv6-ICMP","icmp_type":133,"icmp_code":0,"flow":{"pkts_toserver":1,"pkts_toclient":0,"bytes_toserver":70,"bytes_toclient":0,"start":"2016-04-21T12:41:43.716116+0000","end":"2016-04-21T12:41:43.716116+0000"}}
`
	got, res := readWith(t, &eveReader, in)
	first, last := at("2016-04-15T15:09:35.797154Z"), at("2016-04-15T15:09:37.652452Z")
	mac, _ := observation.ParseMAC("b0:c5:54:25:5b:0e")
	icmp := at("2016-04-21T12:41:43.716116Z")
	want := []flow.Summary{{
		Input: 3, Number: 1, First: first.UnixNano(), Last: last.UnixNano(), VLAN: 10, Proto: 6, App: "http", Begins: true,
		Client: flow.End{Addr: netip.MustParseAddrPort("10.10.10.28:52650"), Packets: 5, Bytes: 1358, Flags: 0x1b},
		Server: flow.End{Addr: netip.MustParseAddrPort("10.10.10.37:80"), MAC: mac, Packets: 4, Bytes: 873, Flags: 0x1a},
	}, {
		Input: 3, Number: 2, First: icmp.UnixNano(), Last: icmp.UnixNano(), Proto: 58, Begins: true,
		Client: flow.End{Addr: netip.MustParseAddrPort("[fe80::928d:78ff:fea9:3d6f]:0"), Packets: 1, Bytes: 70},
		Server: flow.End{Addr: netip.MustParseAddrPort("[ff02::2]:0")},
	}}
	if diff := cmp.Diff(want, got.flows, comparable...); diff != "" {
		t.Error(diff)
	}
	sights := []device.Sighting{
		{Input: 3, IP: netip.MustParseAddr("10.10.10.28"), First: first, Last: last, Packets: 5, Bytes: 1358, VLAN: 10},
		{Input: 3, MAC: mac, IP: netip.MustParseAddr("10.10.10.37"), First: first, Last: last, Packets: 4, Bytes: 873, VLAN: 10},
		{Input: 3, IP: netip.MustParseAddr("fe80::928d:78ff:fea9:3d6f"), First: icmp, Last: icmp, Packets: 1, Bytes: 70},
	}
	if diff := cmp.Diff(sights, got.sights, comparable...); diff != "" {
		t.Error(diff)
	}
	if res.First != first.UnixNano() || res.Last != icmp.UnixNano() || res.Records != 2 || res.Bytes != int64(len(in)) {
		t.Errorf("%+v", res)
	}
}

var comparable = cmp.Options{cmpopts.EquateComparable(netip.Addr{}, netip.AddrPort{})}

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

const eveQuestion = `{"timestamp":"2026-01-02T03:04:05+0000","event_type":"dns","src_ip":"192.168.1.64","src_port":40000,"dest_ip":"192.168.1.1","dest_port":53,"proto":"UDP","dns":{"version":2,"type":"query","rrname":"a.example"}}`

func TestABadEVELineIsCountedAndNamed(t *testing.T) {
	line := eveQuestion + "\n"
	for _, tt := range []struct {
		name, in string
		records  int64
		gaps     []capture.Gap
	}{
		{"text between", line + "hello\n" + line + "{\"a\":\n" + line, 3, []capture.Gap{{Offset: int64(len(line)), Packets: 2, Why: notJSON}}},
		{"half the last line", line + line[:100], 1, []capture.Gap{{Offset: int64(len(line)), Packets: 1, Why: notJSON}}},
		{"the last line without its end", line + eveQuestion, 2, nil},
		{"empty lines and Windows line ends", "\r\n" + eveQuestion + "\r\n\r\n" + eveQuestion + "\r\n", 2, nil},
		{"a byte order mark", "\xef\xbb\xbf" + line, 1, nil},
		{"NUL bytes, as a crash leaves them", line + strings.Repeat("\x00", 5000) + "\n" + line, 2, []capture.Gap{{Offset: int64(len(line)), Packets: 1, Why: notJSON}}},
		{"JSON that is no event", line + "{\"a\":1}\n", 1, []capture.Gap{{Offset: int64(len(line)), Packets: 1, Why: "lines that are JSON but no event: without event_type or timestamp"}}},
		{"a line that is too long", line + "{" + strings.Repeat(" ", 3*MaxLine) + "}\n" + line, 2, []capture.Gap{{Offset: int64(len(line)), Packets: 1, Why: "lines longer than 1 MiB"}}},
		{"a cut alert", line + `{"timestamp":"2026-01-02T03:04:05+0000","event_type":"alert","alert":{"sig` + "\n", 1, []capture.Gap{{Offset: int64(len(line)), Packets: 1, Why: notJSON}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, res := readWith(t, &eveReader, tt.in)
			if diff := cmp.Diff(tt.gaps, res.Gaps); diff != "" {
				t.Error(diff)
			}
			if res.Records != tt.records || len(got.seen) != int(tt.records) {
				t.Errorf("%d records, %d observations, want %d", res.Records, len(got.seen), tt.records)
			}
		})
	}
}

func TestEVEReadsTheSameInAnyChunks(t *testing.T) {
	in := sample(t, "eve.json")
	want, whole := readWith(t, &eveReader, in)
	if len(want.flows) < 10 || len(want.seen) < 20 {
		t.Fatalf("the sample gives %d flows and %d observations", len(want.flows), len(want.seen))
	}
	defer func(n int) { chunkSize = n }(chunkSize)
	for _, chunkSize = range []int{4000, 5003, 8 << 10, 64 << 10} {
		got, res := readWith(t, &eveReader, in)
		if diff := cmp.Diff(whole, res); diff != "" {
			t.Errorf("in chunks of %d: %s", chunkSize, diff)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(recorder{}), comparable); diff != "" {
			t.Errorf("in chunks of %d: %s", chunkSize, diff)
		}
	}
}

func TestADamagedPackingIsAGap(t *testing.T) {
	var packed bytes.Buffer
	packInto(t, &packed, strings.Repeat(eveQuestion+"\n", 1000))
	s, err := capture.Open(bytes.NewReader(packed.Bytes()[:packed.Len()-20]))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // a test
	r := Recognise(s.Head())
	if r == nil {
		t.Fatal("not recognised")
	}
	var rec recorder
	res, err := r.Read(context.Background(), s, &Job{Sink: &rec})
	if err != nil || len(res.Gaps) == 0 || res.Gaps[len(res.Gaps)-1].Why != "the gzip data end early" {
		t.Errorf("%+v, %v", res.Gaps, err)
	}
}

func TestCancellingEndsReading(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := eveReader.Read(ctx, strings.NewReader(eveQuestion), &Job{Sink: &recorder{}}); err == nil {
		t.Error("no error")
	}
}

// FuzzEVE holds the reader to encoding/json: of every line that is a JSON object,
// the members it takes must be those that encoding/json gives.
func FuzzEVE(f *testing.F) {
	for _, line := range strings.Split(sample(f, "eve.json"), "\n") {
		f.Add([]byte(line))
	}
	f.Add([]byte(`{"timestamp":"2026-01-02T03:04:05Z","event_type":"dns","src_ip":"\u0031.2.3.4","dns":{"rrname":"\ud83d\ude00\ud83d x\/"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		smallChunks(t)
		var rec recorder
		res, err := eveReader.Read(context.Background(), bytes.NewReader(b), &Job{Sink: &rec})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range rec.seen {
			checkFields(t, o.Fields)
		}
		if bytes.ContainsAny(b, "\n\r") || len(b) == 0 || b[0] == 0xef {
			return
		}
		var want map[string]any
		decoder := json.NewDecoder(bytes.NewReader(b))
		decoder.UseNumber()
		if decoder.Decode(&want) != nil || want == nil || decoder.More() || !json.Valid(b) {
			return
		}
		if len(res.Gaps) > 0 && res.Gaps[0].Why == notJSON {
			t.Fatalf("%q is JSON, but was refused: %+v", b, res.Gaps)
		}
		o, _ := object(b)
		sameObject(t, &o, want)
	})
}

// sameObject compares all members, and the members within them.
func sameObject(t *testing.T, o *jsonObject, want map[string]any) {
	t.Helper()
	got := map[string][]byte{}
	for o.next() {
		got[strings.ToValidUTF8(string(o.key), "\ufffd")] = o.val
	}
	if !o.done || len(got) != len(want) && len(got) < len(want) {
		t.Fatalf("%q: %d members, want %d", o.b, len(got), len(want))
	}
	for name, v := range want {
		raw, ok := got[name]
		if !ok {
			if strings.Contains(name, "\ufffd") {
				continue // several bytes that are no UTF-8 may be one or more replacements
			}
			t.Fatalf("%q: no member %q", o.b, name)
		}
		switch v := v.(type) {
		case string:
			if s := string(text(raw)); s != v && !strings.Contains(v, "\ufffd") {
				t.Fatalf("%q: %q is %q, want %q", o.b, name, s, v)
			}
		case json.Number:
			if string(raw) != v.String() {
				t.Fatalf("%q: %q is %q, want %q", o.b, name, raw, v)
			}
		case map[string]any:
			inner, ok := object(raw)
			if !ok {
				t.Fatalf("%q: %q is %q, want an object", o.b, name, raw)
			}
			sameObject(t, &inner, v)
		case []any:
			n := 0
			for a := array(raw); a.next(); n++ {
			}
			if n != len(v) {
				t.Fatalf("%q: %q has %d elements, want %d", o.b, name, n, len(v))
			}
		}
	}
}
