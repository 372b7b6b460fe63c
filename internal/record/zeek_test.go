package record

import (
	"bytes"
	"context"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/flow"
)

// zeekSays is what both forms of the sample say.
var zeekSays = []string{
	"dns 192.168.1.64:40002>192.168.1.1:53 sender: dns.question=use1.tplinkcloud.com",
	"dns 192.168.1.1:53>192.168.1.64:40002 receiver: dns.answer=use1.tplinkcloud.com 203.0.113.9 dns.answer=use1.tplinkcloud.com 2001:db8::9",
	"dns 192.168.1.64:40003>192.168.1.1:53 sender: dns.question=none.example",
	"http 192.168.1.65:50001>192.168.1.64:80 sender: http.host=192.168.1.64 http.user-agent=ONVIF client x",
	"http 192.168.1.64:80>192.168.1.65:50001 sender: http.status=401 http.path=/onvif/device_service",
	"http 192.168.1.65:50001>192.168.1.64:80 sender: http.host=192.168.1.64",
	"http 192.168.1.64:80>192.168.1.65:50001 sender: http.status=200 http.path=/doc/page/login.asp?password=*",
	"tls 192.168.1.64:40001>203.0.113.9:443 sender: tls.sni=use1.tplinkcloud.com tls.alpn=h2",
	`tls 203.0.113.9:443>192.168.1.64:40001 sender: tls.subject=CN=*.tplinkcloud.com,O=TP-LINK TECHNOLOGIES CO.\, LTD.,C=CN tls.issuer=CN=Root`,
	"dhcp 192.168.1.64:68>192.168.1.1:67 named: dhcp.message=REQUEST dhcp.mac=b0:c5:54:25:5b:0e dhcp.hostname=DCS-935L dhcp.requested-ip=192.168.1.64",
	"dhcp 192.168.1.1:67>192.168.1.64:68 named: dhcp.message=ACK dhcp.mac=b0:c5:54:25:5b:0e dhcp.assigned-ip=192.168.1.64",
	"http 192.168.1.64:80>invalid AddrPort sender: http.server=App-webs/",
	"http 192.168.1.65:0>invalid AddrPort sender: http.user-agent=curl/8.1",
	"dhcp invalid AddrPort>invalid AddrPort named: dhcp.mac=b0:c5:54:25:5b:0e dhcp.hostname=DCS-935L",
	"tls 192.168.1.64:443>invalid AddrPort sender: tls.subject=CN=cam tls.issuer=CN=cam tls.serial=0a1b",
	"snmp 192.168.1.64:161>192.168.1.65:5000 sender: snmp.sysdescr=AXIS P1375",
	"ntp 203.0.113.5:123>192.168.1.64:123 sender: ntp.mode=server",
	"quic 192.168.1.64:5001>203.0.113.5:443 sender: quic.version=1 quic.sni=p2p.example",
}

func TestZeekLogsSayTheSameInBothForms(t *testing.T) {
	tsv, res := readWith(t, &zeekReader, sample(t, "zeek.log"))
	if diff := cmp.Diff(zeekSays, tsv.said()); diff != "" {
		t.Error(diff)
	}
	if len(res.Gaps) > 0 || res.Records != 23 || res.Format != "Zeek logs (TSV)" {
		t.Errorf("%+v", res)
	}
	json, res := readWith(t, &zeekReader, sample(t, "zeek.json"))
	if diff := cmp.Diff(tsv.said(), json.said()); diff != "" {
		t.Error(diff)
	}
	unnumber := func(flows []flow.Summary) []flow.Summary {
		for i := range flows {
			flows[i].Number = 0
		}
		return flows
	}
	if diff := cmp.Diff(unnumber(tsv.flows), unnumber(json.flows), comparable...); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(tsv.sights, json.sights, comparable...); diff != "" {
		t.Error(diff)
	}
	if len(res.Gaps) > 0 || res.Records != 23 || res.Format != "Zeek logs (JSON)" {
		t.Errorf("%+v", res)
	}
}

func TestAJSONLogWithoutPathIsToldByItsFields(t *testing.T) {
	var kept strings.Builder
	for _, line := range strings.SplitAfter(sample(t, "zeek.json"), "\n") {
		if _, rest, ok := strings.Cut(line, ","); ok {
			kept.WriteString("{" + rest)
		}
	}
	got, _ := readWith(t, &zeekReader, kept.String())
	if diff := cmp.Diff(zeekSays, got.said()); diff != "" {
		t.Error(diff)
	}
}

func TestAZeekConnectionIsASummary(t *testing.T) {
	got, _ := readWith(t, &zeekReader, sample(t, "zeek.log"))
	first := at("2026-01-02T03:04:05.000006Z").UnixNano()
	want := flow.Summary{
		Input: 3, Number: 9, First: first, Last: first + 61500e6, Proto: 6, App: "tls", Begins: true,
		Client: flow.End{Addr: netip.MustParseAddrPort("192.168.1.64:40001"), Packets: 12, Bytes: 1532, Flags: 0x13, Shape: flow.Shape{Payload: 900}},
		Server: flow.End{Addr: netip.MustParseAddrPort("203.0.113.9:443"), Packets: 10, Bytes: 5728, Flags: 0x13, Shape: flow.Shape{Payload: 5200}},
	}
	if diff := cmp.Diff(want, got.flows[0], comparable...); diff != "" {
		t.Error(diff)
	}
	for i, tt := range []struct {
		proto  uint8
		begins bool
		client string
	}{{6, true, "192.168.1.64:40001"}, {17, true, "192.168.1.64:40002"}, {1, true, "192.168.1.64:0"}, {58, true, "[fe80::1]:0"}, {6, false, "192.168.1.65:52000"}} {
		if f := got.flows[i]; f.Proto != tt.proto || f.Begins != tt.begins || f.Client.Addr.String() != tt.client {
			t.Errorf("flow %d: %+v, want %+v", i, f, tt)
		}
	}
	if len(got.flows) != 5 {
		t.Errorf("%d flows", len(got.flows))
	}
}

func TestZeekHeadersAreHonoured(t *testing.T) {
	const odd = "#separator \\x7c\n#set_separator|;\n#empty_field|EMPTY\n#unset_field|NIL\n#path|dns\n#fields|id.orig_h|ts|query|answers|id.resp_h|id.resp_p|id.orig_p\n" +
		"192.168.1.2|1700000000.5|a.example|192.0.2.1;192.0.2.2|192.168.1.1|53|4000\n192.168.1.2|1700000001.5|b.example|EMPTY|192.168.1.1|53|4000\n192.168.1.2|1700000001.5|c\\x7cd|NIL|NIL|53|4000\n"
	got, res := readWith(t, &zeekReader, odd)
	want := []string{
		"dns 192.168.1.2:4000>192.168.1.1:53 sender: dns.question=a.example",
		"dns 192.168.1.1:53>192.168.1.2:4000 receiver: dns.answer=a.example 192.0.2.1 dns.answer=a.example 192.0.2.2",
		"dns 192.168.1.2:4000>192.168.1.1:53 sender: dns.question=b.example",
		"dns 192.168.1.2:4000>invalid AddrPort sender: dns.question=c|d",
	}
	if diff := cmp.Diff(want, got.said()); diff != "" {
		t.Error(diff)
	}
	if len(res.Gaps) > 0 || res.Format != "Zeek dns log (TSV)" || got.seen[0].Seen != at("2023-11-14T22:13:20.5Z") {
		t.Errorf("%+v %v", res, got.seen[0].Seen)
	}
}

func TestZeekTimesInEveryForm(t *testing.T) {
	for _, ts := range []string{"1700000000.5", `"2023-11-14T22:13:20.500000Z"`, "1700000000500", "1.7000000005e9"} {
		got, res := readWith(t, &zeekReader, `{"ts":`+ts+`,"uid":"C1","id.orig_h":"192.168.1.2","id.orig_p":1,"id.resp_h":"192.168.1.1","id.resp_p":53,"query":"a.example"}`)
		if len(got.seen) != 1 || got.seen[0].Seen != at("2023-11-14T22:13:20.5Z") {
			t.Errorf("%s: %+v, %+v", ts, got.seen, res)
		}
	}
}

func TestABadZeekLineIsCountedAndNamed(t *testing.T) {
	in := sample(t, "zeek.log")
	head := in[:strings.Index(in, "1767323045")]
	line, _, _ := strings.Cut(in[len(head):], "\n")
	line += "\n"
	for _, tt := range []struct {
		name, in string
		records  int64
		gaps     []capture.Gap
	}{
		{"too few columns", head + line + "1\t2\n" + line, 2, []capture.Gap{{Offset: int64(len(head + line)), Packets: 1, Why: "lines that have not the columns that #fields names, or were cut"}}},
		{"half the last line", head + line + line[:50], 1, []capture.Gap{{Offset: int64(len(head + line)), Packets: 1, Why: "lines that have not the columns that #fields names, or were cut"}}},
		{"NUL bytes", head + line + strings.Repeat("\x00", 100) + "\n" + line, 2, []capture.Gap{{Offset: int64(len(head + line)), Packets: 1, Why: "lines that have not the columns that #fields names, or were cut"}}},
		{"no time", head + "-" + line[17:] + line, 1, []capture.Gap{{Offset: int64(len(head)), Packets: 1, Why: "lines without a time"}}},
		{"the header only", head, 0, nil},
		{"no header", "#separator \\x09\n" + line, 0, []capture.Gap{{Offset: 16, Packets: 1, Why: "lines without a header (#fields) before them"}}},
		{"Windows line ends", strings.ReplaceAll(head+line, "\n", "\r\n"), 1, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, res := readWith(t, &zeekReader, tt.in)
			if diff := cmp.Diff(tt.gaps, res.Gaps); diff != "" {
				t.Error(diff)
			}
			if res.Records != tt.records || len(got.flows) != int(tt.records) {
				t.Errorf("%d records, %d flows, want %d", res.Records, len(got.flows), tt.records)
			}
		})
	}
}

func TestRotatedLogsInAnyChunksReadAsOne(t *testing.T) {
	in := strings.Repeat(sample(t, "zeek.log"), 5)
	want, whole := readWith(t, &zeekReader, in)
	if whole.Records != 5*23 {
		t.Fatalf("%+v", whole)
	}
	defer func(n int) { chunkSize = n }(chunkSize)
	for _, chunkSize = range []int{600, 1001, 4096, 10007} {
		got, res := readWith(t, &zeekReader, in)
		if diff := cmp.Diff(whole, res); diff != "" {
			t.Errorf("in chunks of %d: %s", chunkSize, diff)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(recorder{}), comparable); diff != "" {
			t.Errorf("in chunks of %d: %s", chunkSize, diff)
		}
	}
}

func FuzzZeek(f *testing.F) {
	f.Add([]byte(sample(f, "zeek.log")))
	for _, line := range strings.Split(sample(f, "zeek.json"), "\n") {
		f.Add([]byte(line))
	}
	f.Add([]byte("#separator \\x7c\n#fields|ts|uid|query\n1|a|b\\x"))
	f.Fuzz(func(t *testing.T, b []byte) {
		smallChunks(t)
		var rec recorder
		if _, err := zeekReader.Read(context.Background(), bytes.NewReader(b), &Job{Sink: &rec}); err != nil {
			t.Fatal(err)
		}
		for _, o := range rec.seen {
			checkFields(t, o.Fields)
		}
	})
}
