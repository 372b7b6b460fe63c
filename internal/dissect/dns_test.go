package dissect

import (
	"testing"

	"github.com/miekg/dns"

	"github.com/lenscap/lenscap/internal/observation"
)

// pack makes a DNS message of records in presentation format.
func pack(t testing.TB, response bool, question string, answers ...string) []byte {
	t.Helper()
	m := new(dns.Msg)
	m.Response, m.Compress = response, true
	if question != "" {
		m.Question = []dns.Question{{Name: question, Qtype: dns.TypeA, Qclass: dns.ClassINET}}
	}
	for _, s := range answers {
		rr, err := dns.NewRR(s)
		if err != nil {
			t.Fatal(err)
		}
		m.Answer = append(m.Answer, rr)
	}
	b, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func dnsAliases(t testing.TB) []byte {
	return pack(t, true, "Www.Camera-Cloud.example.", "www.camera-cloud.example. 60 IN CNAME eu.camera-cloud.example.",
		"eu.camera-cloud.example. 60 IN CNAME lb7.cdn.example.", "lb7.cdn.example. 60 IN A 192.0.2.7",
		"lb7.cdn.example. 60 IN AAAA 2001:db8::7", "other.example. 60 IN A 192.0.2.8")
}

var dnsAliasFields = list("dns.answer", "www.camera-cloud.example 192.0.2.7", "dns.answer", "www.camera-cloud.example 2001:db8::7", "dns.answer", "other.example 192.0.2.8")

func TestDNS(t *testing.T) {
	tests := []struct {
		name string
		in   []byte
		want []Message
	}{
		{"question", pack(t, false, "Api.EZVIZ7.com."), []Message{{Protocol: "dns", Fields: list("dns.question", "api.ezviz7.com")}}},
		{"answer behind two aliases is about who asked", dnsAliases(t), []Message{{Protocol: "dns", About: observation.Receiver, Fields: dnsAliasFields}}},
		{"aliases in a circle", pack(t, true, "a.example.", "a.example. 60 IN CNAME b.example.", "b.example. 60 IN CNAME a.example.", "b.example. 60 IN A 192.0.2.1"),
			[]Message{{Protocol: "dns", About: observation.Receiver, Fields: list("dns.answer", "a.example 192.0.2.1")}}},
		{"cut in the second address", dnsAliases(t)[:len(dnsAliases(t))-40], []Message{{Protocol: "dns", About: observation.Receiver, Fields: dnsAliasFields[:1]}}},
		{"name that points to itself", unhex(t, "0000 0100 0001 0000 0000 0000 c00c 0001 0001"), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { same(t, collectUDP(40000, 53, tt.in), tt.want) })
	}
}

func TestDNSOverTCP(t *testing.T) {
	framed := func(b []byte) []byte { return append([]byte{byte(len(b) >> 8), byte(len(b))}, b...) }
	asked, told := framed(pack(t, false, "a.example.")), framed(dnsAliases(t))
	same(t, collectTCP(53, append(asked, asked...), told), []Message{
		{Protocol: "dns", FromClient: true, End: len(asked), Fields: list("dns.question", "a.example")},
		{Protocol: "dns", FromClient: true, End: 2 * len(asked), Fields: list("dns.question", "a.example")},
		{Protocol: "dns", About: observation.Receiver, End: len(told), Fields: dnsAliasFields},
	})
}

func TestMDNS(t *testing.T) {
	tests := []struct {
		name string
		in   []byte
		want []observation.Field
	}{
		{"recorded announcement: cache-flush bit, compressed SRV target", packet(t, "mdns-announce.bin"), list(
			"mdns.hostname", "DCS-935L-B0C554255B0E", "mdns.address", "192.168.0.20", "mdns.service", "_dhnap._tcp", "mdns.instance", "D-Link HNAP Service",
			"mdns.txt", "mac=B0:C5:54:25:5B:0E", "mdns.txt", "wlan0_ssid=DCS-935L-5B0E", "mdns.txt", "model_number=DCS-935L", "mdns.txt", "hardware_ver=A1",
			"mdns.txt", "dcs=Medeleine", "mdns.txt", "version=0106", "mdns.txt", "mydlink=true", "mdns.txt", "hnf=false", "mdns.txt", "mydlinkr=false", "mdns.txt", "dtype=100;101")},
		{"recorded probe states the names it wants", packet(t, "mdns-probe.bin"), list(
			"mdns.hostname", "DCS-935L-B0C554255B0E", "mdns.address", "10.10.10.37", "mdns.service", "_dhnap._tcp", "mdns.instance", "D-Link HNAP Service")},
		{"recorded instance with colons and a bare text", packet(t, "mdns-localcam.bin"), list(
			"mdns.hostname", "localcam", "mdns.address", "10.10.10.51", "mdns.service", "_http._tcp", "mdns.instance", "[74:da:38:80:7a:08]", "mdns.txt", "IC-3115W Network Camera")},
		{"query with answers it knows already says nothing of the sender", pack(t, false, "_http._tcp.local.", "_http._tcp.local. 60 IN PTR Other._http._tcp.local."), nil},
		{"list of service types", pack(t, true, "", "_services._dns-sd._udp.local. 60 IN PTR _axis-video._tcp.local."), list("mdns.service", "_axis-video._tcp")},
		{"an Axis service tells the hardware address", pack(t, true, "", `AXIS\032P3245-LVE._axis-video._tcp.local. 60 IN TXT "macaddress=ACCC8E000001"`), list(
			"mdns.service", "_axis-video._tcp", "mdns.instance", "AXIS P3245-LVE", "mdns.txt", "macaddress=ACCC8E000001", "mdns.mac", "ac:cc:8e:00:00:01")},
		{"any other service with that text does not", pack(t, true, "", `Hub._http._tcp.local. 60 IN TXT "macaddress=ACCC8E000001"`), list(
			"mdns.service", "_http._tcp", "mdns.instance", "Hub", "mdns.txt", "macaddress=ACCC8E000001")},
		{"subtype, and an instance with a dot and UTF-8", pack(t, true, "", `_cam._sub._http._tcp.local. 60 IN PTR Caf\195\169\ v1\.06._http._tcp.local.`), list("mdns.service", "_http._tcp", "mdns.instance", "Café v1.06")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := readDNS(tt.in)
			same(t, []observation.Field(mdnsFields(&m)), tt.want)
		})
	}
}

func TestMDNSCutAnywhere(t *testing.T) {
	whole := packet(t, "mdns-announce.bin")
	all := readDNS(whole)
	want := mdnsFields(&all)
	for at := range whole {
		m := readDNS(whole[:at])
		startsWith(t, at, mdnsFields(&m), want)
	}
	if m := readDNS(whole[:len(whole)-1]); len(m.answers) == 0 {
		t.Error("records before the cut are lost")
	}
}

func FuzzDNS(f *testing.F) {
	f.Add(packet(f, "mdns-announce.bin"))
	f.Add(packet(f, "mdns-probe.bin"))
	f.Add(dnsAliases(f))
	fuzzDatagram(f, func(_, _ uint16, b []byte, emit Emit) bool {
		return dissectDNS(1, 2, b, emit) || dissectMDNS(1, 2, b, emit)
	})
}
