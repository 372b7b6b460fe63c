package record

import (
	"bytes"
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const iscLeases = `# The format of this file is documented in the dhcpd.leases(5) manual page.
# This lease file was written by isc-dhcp-4.4.3
authoring-byte-order little-endian;
lease 192.168.1.64 {
  starts 5 2026/01/02 03:04:05;
  ends 5 2026/01/02 15:04:05;
  cltt 5 2026/01/02 03:04:05;
  binding state active;
  next binding state free;
  hardware ethernet b0:c5:54:25:5b:0e;
  uid "\001\260\305T%[\016";
  set vendor-class-identifier = "udhcp 1.19";
  client-hostname "DCS-935L";
}
lease 192.168.1.65 {
  starts epoch 1767323045; # Fri Jan  2 03:04:05 2026
  binding state free;
  hardware ethernet 02:00:00:00:00:01;
  on commit {
    set x = "}";
  }
}
lease 192.168.1.66 {
  binding state backup;
}
`

const dnsmasqLeases = `1767362645 b0:c5:54:25:5b:0e 192.168.1.64 DCS-935L 01:b0:c5:54:25:5b:0e
1767362645 02:00:00:00:00:01 192.168.1.65 * *
duid 00:01:00:01:2a:aa:aa:aa:02:00:00:00:00:02
1767362645 1234567 2001:db8::64 cam 00:03:00:01:b0:c5:54:25:5b:0e
`

const keaLeases4 = `address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id
192.168.1.64,b0:c5:54:25:5b:0e,01:b0:c5:54:25:5b:0e,3600,1767326645,1,0,0,dcs-935l.,0,,0
192.168.1.65,,,0,0,1,0,0,,2,,0
`

const keaLeases6 = `address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,fqdn_fwd,fqdn_rev,hostname,hwaddr,state,user_context,hwtype,hwaddr_source,pool_id
2001:db8::64,00:03:00:01:b0:c5:54:25:5b:0e,3600,1767326645,1,1800,0,7,128,0,0,cam,b0:c5:54:25:5b:0e,0,,1,2,0
`

func TestLeasesSayWhatAcknowledgementsDo(t *testing.T) {
	began := at("2026-01-02T03:04:05Z")
	for _, tt := range []struct {
		name   string
		reader *Reader
		in     string
		seen   time.Time
		want   []string
	}{
		{"dhcpd", &iscReader, iscLeases, began, []string{
			"dhcp.message=ACK dhcp.mac=b0:c5:54:25:5b:0e dhcp.vendor-class=udhcp 1.19 dhcp.hostname=DCS-935L dhcp.assigned-ip=192.168.1.64",
			"dhcp.message=ACK dhcp.mac=02:00:00:00:00:01 dhcp.assigned-ip=192.168.1.65"}},
		{"dnsmasq", &dnsmasqReader, dnsmasqLeases, time.Time{}, []string{
			"dhcp.message=ACK dhcp.mac=b0:c5:54:25:5b:0e dhcp.hostname=DCS-935L dhcp.assigned-ip=192.168.1.64",
			"dhcp.message=ACK dhcp.mac=02:00:00:00:00:01 dhcp.assigned-ip=192.168.1.65",
			"dhcp.message=ACK dhcp.duid=00030001b0c554255b0e dhcp.hostname=cam dhcp.assigned-ip=2001:db8::64"}},
		{"Kea, IPv4", &keaReader, keaLeases4, began, []string{"dhcp.message=ACK dhcp.mac=b0:c5:54:25:5b:0e dhcp.hostname=dcs-935l dhcp.assigned-ip=192.168.1.64"}},
		{"Kea, IPv6", &keaReader, keaLeases6, began, []string{"dhcp.message=ACK dhcp.mac=b0:c5:54:25:5b:0e dhcp.duid=00030001b0c554255b0e dhcp.hostname=cam dhcp.assigned-ip=2001:db8::64"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, res := readWith(t, tt.reader, tt.in)
			want := make([]string, len(tt.want))
			for i, s := range tt.want {
				want[i] = "dhcp invalid AddrPort>invalid AddrPort named: " + s
			}
			if diff := cmp.Diff(want, got.said()); diff != "" {
				t.Error(diff)
			}
			if len(res.Gaps) > 0 || !got.seen[0].Seen.Equal(tt.seen) {
				t.Errorf("%+v, seen %v", res, got.seen[0].Seen)
			}
		})
	}
}

func TestADamagedLeaseFileKeepsItsWholeLeases(t *testing.T) {
	got, res := readWith(t, &iscReader, strings.ReplaceAll(iscLeases, "\n", "\r\n")+"garbage\nlease nowhere {\n}\nlease 192.168.1.67 {\n  hardware ether")
	if len(got.seen) != 2 || len(res.Gaps) != 3 {
		t.Errorf("%q, gaps %+v", got.said(), res.Gaps)
	}
	got, res = readWith(t, &dnsmasqReader, dnsmasqLeases+"\x00\x00\n176736")
	if len(got.seen) != 3 || len(res.Gaps) != 1 || res.Gaps[0].Packets != 2 {
		t.Errorf("%q, gaps %+v", got.said(), res.Gaps)
	}
}

// TestTheTimeOfDnsmasqLeases wants the file's time, and the lease's end where that
// is earlier: then the file is a copy that has a later time.
func TestTheTimeOfDnsmasqLeases(t *testing.T) {
	for _, tt := range []struct{ name, ends, modified, want string }{
		{"a running lease", "1767362645", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"},
		{"one that had ended when the copy was made", "1767362645", "2026-11-02T03:04:05Z", "2026-01-02T14:04:05Z"},
		{"one without end", "0", "2026-11-02T03:04:05Z", "2026-11-02T03:04:05Z"},
		{"a length, from a router without a clock", "43200", "2026-11-02T03:04:05Z", "2026-11-02T03:04:05Z"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var rec recorder
			in := strings.NewReader(tt.ends + " b0:c5:54:25:5b:0e 192.168.1.64 cam *\n")
			if _, err := dnsmasqReader.Read(context.Background(), in, &Job{Sink: &rec, Modified: at(tt.modified)}); err != nil {
				t.Fatal(err)
			}
			if len(rec.seen) != 1 || !rec.seen[0].Seen.Equal(at(tt.want)) {
				t.Errorf("%+v, want %s", rec.seen, tt.want)
			}
		})
	}
}

func TestARPTablesInEveryForm(t *testing.T) {
	for name, in := range map[string]string{
		"arp -an, Linux": "? (192.168.1.64) at b0:c5:54:25:5b:0e [ether] on eth0\n? (192.168.1.9) at <incomplete> on eth0\n",
		"arp -an, macOS": "? (192.168.1.64) at b0:c5:54:25:5b:e on en0 ifscope [ethernet]\n? (224.0.0.251) at 1:0:5e:0:0:fb on en0 ifscope permanent [ethernet]\n",
		"arp -n":         "Address                  HWtype  HWaddress           Flags Mask            Iface\n192.168.1.64             ether   b0:c5:54:25:5b:0e   C                     eth0\n192.168.1.9                      (incomplete)                              eth0\n",
		"ip neigh":       "192.168.1.9 dev eth0 FAILED\n192.168.1.64 dev eth0 lladdr b0:c5:54:25:5b:0e REACHABLE\n192.168.1.8 dev eth0 lladdr 02:00:00:00:00:08 PERMANENT\n",
		"/proc/net/arp":  "IP address       HW type     Flags       HW address            Mask     Device\n192.168.1.64     0x1         0x2         b0:c5:54:25:5b:0e     *        eth0\n192.168.1.9      0x1         0x0         00:00:00:00:00:00     *        eth0\n",
		"Windows":        "\r\nSchnittstelle: 192.168.1.5 --- 0xb\r\n  Internetadresse       Physische Adresse     Typ\r\n  192.168.1.64          b0-c5-54-25-5b-0e     dynamisch\r\n  192.168.1.255         ff-ff-ff-ff-ff-ff     statisch\r\n",
		"MikroTik":       "Flags: D - DYNAMIC; C - COMPLETE\nColumns: ADDRESS, MAC-ADDRESS, INTERFACE, STATUS\n #    ADDRESS       MAC-ADDRESS        INTERFACE  STATUS\n 0 DC 192.168.1.64  B0:C5:54:25:5B:0E  bridge     reachable\n 1 D  192.168.1.9                      bridge     failed\n 2 C  192.168.1.8   02:00:00:00:00:08  bridge     permanent\n",
		"Cisco":          "Protocol  Address          Age (min)  Hardware Addr   Type   Interface\nInternet  192.168.1.64            12   b0c5.5425.5b0e  ARPA   Vlan10\nInternet  192.168.1.9             0   Incomplete      ARPA\n",
	} {
		t.Run(name, func(t *testing.T) {
			got, res := readWith(t, &arpReader, in)
			want := []string{"arp 192.168.1.64:0>invalid AddrPort sender: arp.mac=b0:c5:54:25:5b:0e arp.ip=192.168.1.64"}
			if diff := cmp.Diff(want, got.said()); diff != "" {
				t.Error(diff)
			}
			if len(res.Gaps) > 0 || len(got.sights) != 1 || got.sights[0].IP != netip.MustParseAddr("192.168.1.64") {
				t.Errorf("%+v, %+v", res, got.sights)
			}
		})
	}
}

func TestAnEntryThatIsBrokenIsCounted(t *testing.T) {
	_, res := readWith(t, &arpReader, "192.168.1.64 dev eth0 lladdr b0:c5:54:25:5b:0e REACHABLE\n192.168.1.65 dev eth0 lladdr b0:c5:5")
	if len(res.Gaps) != 1 || res.Gaps[0].Why != "lines that are no entry" {
		t.Errorf("%+v", res)
	}
}

func TestWhatIsNoneOfTheFormatsIsNotRecognised(t *testing.T) {
	for _, in := range []string{
		"", "\n", "{", "{}", "[]", "hello", `{"a":1}`, `{"timestamp":"2026-01-02T03:04:05Z","msg":"x"}`, `{"ts":1700000000.1,"level":"info","msg":"started","host":"a"}`,
		"<html>", "<?xml version='1.0'?><rss/>", "# a comment\n", "lease of life\n", "192.168.1.1 - - [02/Jan/2026] \"GET / HTTP/1.1\" 200\n",
		"address,name\n", "\xd4\xc3\xb2\xa1\x02\x00\x04\x00", "\x0a\x0d\x0d\x0a", "Jan  2 03:04:05 gw kernel: IN=eth0 SRC=192.168.1.64 MAC=b0:c5:54:25:5b:0e\n",
	} {
		if r := Recognise([]byte(in)); r != nil {
			t.Errorf("%q is taken for %s", in, r.Name)
		}
	}
}

func FuzzLeases(f *testing.F) {
	for _, in := range []string{iscLeases, dnsmasqLeases, keaLeases4, keaLeases6} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, r := range []*Reader{&iscReader, &dnsmasqReader, &keaReader} {
			fuzzReader(t, r, b)
		}
	})
}

func FuzzARPTable(f *testing.F) {
	f.Add([]byte("? (192.168.1.64) at b0:c5:54:25:5b:e on en0\n192.168.1.64 dev eth0 lladdr b0:c5:54:25:5b:0e REACHABLE\n"))
	f.Fuzz(func(t *testing.T, b []byte) { fuzzReader(t, &arpReader, b) })
}

// FuzzRecognise asks every format whether it knows the bytes, and reads what is known.
func FuzzRecognise(f *testing.F) {
	for _, in := range []string{iscLeases, dnsmasqLeases, keaLeases4, sample(f, "eve.json")[:4096], sample(f, "zeek.log")[:4096], sample(f, "nmap.xml")[:4096]} {
		f.Add([]byte(in))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if r := Recognise(b[:min(len(b), 4096)]); r != nil {
			fuzzReader(t, r, b)
		}
	})
}

func fuzzReader(t *testing.T, r *Reader, b []byte) {
	t.Helper()
	smallChunks(t)
	var rec recorder
	res, err := r.Read(context.Background(), bytes.NewReader(b), &Job{Sink: &rec})
	if err != nil {
		t.Fatal(err)
	}
	if res.Format == "" || res.Unit == "" || len(res.Lacks) == 0 {
		t.Fatalf("%+v", res)
	}
	for _, o := range rec.seen {
		checkFields(t, o.Fields)
	}
}
