package pipeline_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lenscap/lenscap/internal/pipeline"
	"github.com/lenscap/lenscap/internal/report"
)

// eve writes events, each the time and the rest of its members, as a log.
func eve(t *testing.T, events ...string) string {
	t.Helper()
	var b strings.Builder
	for _, e := range events {
		at, rest, _ := strings.Cut(e, " ")
		fmt.Fprintf(&b, "{\"timestamp\":\"%s.000000+0000\",%s}\n", at, rest)
	}
	name := filepath.Join(t.TempDir(), "eve.json")
	if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func eveFlow(at, proto, from, to string, up, down int) string {
	f, t := strings.Split(from, ":"), strings.Split(to, ":")
	return fmt.Sprintf(`%s "flow_id":1,"event_type":"flow","src_ip":"%s","src_port":%s,"dest_ip":"%s","dest_port":%s,"proto":"%s",`+
		`"flow":{"pkts_toserver":%d,"pkts_toclient":%d,"bytes_toserver":%d,"bytes_toclient":%d,"start":"%[1]s.000000+0000","end":"%[1]s.000000+0000","state":"closed"},`+
		`"tcp":{"tcp_flags_ts":"1b","tcp_flags_tc":"1b"}`, at, f[0], f[1], t[0], t[1], proto, up, down, 200*up, 200*down)
}

func eveDNS(at, from, name string) string {
	return fmt.Sprintf(`%s "flow_id":2,"event_type":"dns","src_ip":"%s","src_port":4000,"dest_ip":"192.168.1.1","dest_port":53,"proto":"UDP","dns":{"version":2,"type":"query","id":2,"rrname":"%s","rrtype":"A"}`, at, from, name)
}

func eveDHCP(at, mac, ip string) string {
	return fmt.Sprintf(`%s "flow_id":3,"event_type":"dhcp","src_ip":"192.168.1.1","src_port":67,"dest_ip":"%s","dest_port":68,"proto":"UDP","dhcp":{"type":"reply","id":1,"client_mac":"%s","assigned_ip":"%[2]s","dhcp_type":"ack"}`, at, ip, mac)
}

func auditOne(t *testing.T, name string) *report.Document {
	t.Helper()
	k, err := pipeline.LoadKnowledge("")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := pipeline.Run(context.Background(), pipeline.Config{Inputs: []string{name}, Knowledge: k, AsAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestFlowLogWithoutAnswers audits a log that holds no word of any device: what
// the ports and the names say, and no more.
func TestFlowLogWithoutAnswers(t *testing.T) {
	const at = "2024-04-15T10:01:00"
	doc := auditOne(t, eve(t,
		eveFlow(at, "TCP", "192.168.1.10:50000", "192.168.1.60:37777", 30, 40),
		eveFlow(at, "TCP", "192.168.1.10:50001", "192.168.1.61:554", 30, 40),
		eveFlow(at, "TCP", "192.168.1.10:50002", "192.168.1.62:5000", 30, 40),
		eveFlow(at, "TCP", "192.168.1.10:50003", "192.168.1.63:37777", 1, 0),
		eveFlow(at, "UDP", "192.168.1.64:50004", "192.0.2.7:32100", 2, 2),
		eveDNS(at, "192.168.1.65", "api.hik-connect.com"),
		eveDNS(at, "192.168.1.66", "api.hik-connect.com"), eveDNS(at, "192.168.1.66", "captive.apple.com"),
	))
	var got []string
	for _, d := range doc.Devices {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", d.Addresses[0].IP, d.Kind.Value, d.Kind.Grade, d.Maker.Value)))
		if len(d.Protocols) > 0 && slices.Contains(d.Protocols, "flow") {
			t.Errorf("%s is said to speak flow", d.Name)
		}
	}
	slices.Sort(got)
	want := []string{
		"192.168.1.10 unknown unknown", "192.168.1.60 camera possible Dahua", "192.168.1.61 camera possible", "192.168.1.62 unknown unknown",
		"192.168.1.64 camera possible", "192.168.1.65 unknown unknown Hikvision", "192.168.1.66 unknown unknown",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("devices (-want +got):\n%s", d)
	}
	for _, c := range doc.Conversations {
		if c.App == "flow" {
			t.Errorf("conversation with %s:%d speaks flow", c.Address, c.Port)
		}
	}
}

// TestConversationsOfAnAddressThatChangedHands gives one address to two devices,
// two months apart, that ask for the same names.
func TestConversationsOfAnAddressThatChangedHands(t *testing.T) {
	var events []string
	for _, e := range []struct{ day, mac, far string }{{"2024-04-15", "44:19:b6:01:02:03", "198.51.100.1:443"}, {"2024-06-20", "00:17:88:24:76:ff", "198.51.100.2:443"}} {
		events = append(events, eveDHCP(e.day+"T10:00:00", e.mac, "192.168.1.50"), eveDNS(e.day+"T10:01:00", "192.168.1.50", "pool.ntp.org"), eveFlow(e.day+"T10:02:00", "TCP", "192.168.1.50:5000", e.far, 10, 10))
	}
	doc := auditOne(t, eve(t, events...))
	macs := map[string]string{}
	for _, d := range doc.Devices {
		macs[d.ID] = strings.Join(d.MACs, " ")
	}
	var got []string
	for _, c := range doc.Conversations {
		if c.Scope == "outside" {
			got = append(got, macs[c.Device]+" "+c.Address)
		}
	}
	slices.Sort(got)
	if d := cmp.Diff([]string{"00:17:88:24:76:ff 198.51.100.2", "44:19:b6:01:02:03 198.51.100.1"}, got); d != "" {
		t.Errorf("whose conversations (-want +got):\n%s", d)
	}
}
