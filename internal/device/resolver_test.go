package device

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/observation"
)

var start = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func at(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }

func mac(s string) observation.MAC {
	m, ok := observation.ParseMAC(s)
	if !ok {
		panic(s)
	}
	return m
}

func sight(m, ip string, first, last int, ttl uint8) Sighting {
	s := Sighting{First: at(first), Last: at(last), Packets: 10, Bytes: 1000, TTL: ttl}
	if m != "" {
		s.MAC = mac(m)
	}
	if ip != "" {
		s.IP = netip.MustParseAddr(ip)
	}
	return s
}

// say is an observation: who sent it, from and to which address, and name,
// value, name, value …
func say(protocol, m, from, to string, sec int, fields ...string) *observation.Observation {
	o := &observation.Observation{Protocol: protocol, Seen: at(sec), Last: at(sec), Count: 1, Packet: int64(sec), TTL: 64}
	if m != "" {
		o.MAC = mac(m)
	}
	if from != "" {
		o.From = netip.AddrPortFrom(netip.MustParseAddr(from), 40000)
	}
	if to != "" {
		o.To = netip.AddrPortFrom(netip.MustParseAddr(to), 40001)
	}
	for i := 0; i < len(fields); i += 2 {
		o.Fields = append(o.Fields, observation.Field{Name: fields[i], Value: fields[i+1]})
	}
	return o
}

func about(a observation.About, o *observation.Observation) *observation.Observation {
	o.About = a
	return o
}

// hops lowers the TTL of o by as many routers.
func hops(n uint8, o *observation.Observation) *observation.Observation {
	o.TTL -= n
	return o
}

func input(n int, o *observation.Observation) *observation.Observation {
	o.Input = n
	return o
}

func resolve(parts ...any) ([]*Device, int) {
	r := New()
	for _, p := range parts {
		switch p := p.(type) {
		case Sighting:
			r.Sight(p)
		case *observation.Observation:
			r.Add(p)
		}
	}
	d := r.Devices()
	return d, r.FarEnds()
}

// brief is a device in one line: MACs, addresses, number of observations.
func brief(devices []*Device) []string {
	var out []string
	for _, d := range devices {
		var ips []string
		for _, a := range d.Addresses {
			ips = append(ips, a.IP.String())
		}
		s := fmt.Sprintf("%v %v obs=%d", d.MACs, ips, len(d.Observations))
		if d.Router {
			s += " router"
		}
		if d.Channel != "" {
			s += " channel=" + d.Channel
		}
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

const (
	camera  = "b0:c5:54:25:5b:0e"
	phone   = "bc:f5:ac:f4:c0:9d"
	gateway = "00:b5:6d:06:08:ba"
	second  = "44:19:b6:11:22:33"
)

func TestResolve(t *testing.T) {
	tests := []struct {
		name string
		in   []any
		want []string
		far  int
	}{
		{
			name: "a camera that leaves its factory address for a lease is one device",
			in: []any{
				sight(camera, "192.168.0.20", 0, 20, 64), sight(camera, "10.10.10.37", 25, 90, 64),
				say("ssdp", camera, "192.168.0.20", "239.255.255.250", 3, observation.SSDPServer, "Linux"),
				say("http", camera, "10.10.10.37", "10.10.10.2", 40, observation.HTTPServer, "alphapd/2.1.8"),
			},
			want: []string{"[" + camera + "] [10.10.10.37 192.168.0.20] obs=2"},
		},
		{
			name: "phone and camera on one LAN",
			in: []any{
				sight(camera, "10.10.10.37", 0, 90, 64), sight(phone, "10.10.10.2", 0, 90, 64),
				say("rtsp", camera, "10.10.10.37", "10.10.10.2", 5, observation.RTSPServer, "x"),
				say("rtsp", phone, "10.10.10.2", "10.10.10.37", 5, observation.RTSPUserAgent, "y"),
			},
			want: []string{"[" + camera + "] [10.10.10.37] obs=1", "[" + phone + "] [10.10.10.2] obs=1"},
		},
		{
			name: "a gateway keeps its MAC from the public servers behind it",
			in: []any{
				sight(camera, "192.168.1.64", 0, 90, 64), sight(gateway, "192.168.1.1", 0, 90, 64),
				sight(gateway, "93.184.216.34", 10, 60, 52), sight(gateway, "1.1.1.1", 1, 80, 57),
				say("arp", gateway, "", "", 1, observation.ARPMAC, gateway, observation.ARPIP, "192.168.1.1"),
				say("http", gateway, "93.184.216.34", "192.168.1.64", 11, observation.HTTPServer, "nginx"),
			},
			want: []string{"[" + gateway + "] [192.168.1.1] obs=1 router", "[" + camera + "] [192.168.1.64] obs=0"},
			far:  2,
		},
		{
			name: "a gateway without ARP: the one private address with an unlowered TTL is its own",
			in: []any{
				sight(camera, "192.168.1.64", 0, 90, 64), sight(gateway, "192.168.1.1", 0, 90, 64),
				sight(gateway, "93.184.216.34", 10, 60, 52), sight(gateway, "10.2.0.11", 0, 90, 63),
			},
			want: []string{"[" + gateway + "] [192.168.1.1] obs=0 router", "[" + camera + "] [192.168.1.64] obs=0", "[] [10.2.0.11] obs=0"},
			far:  1,
		},
		{
			name: "a bridge that leaves the TTL of two private addresses alone owns neither",
			in: []any{
				sight(gateway, "192.168.1.5", 0, 90, 64), sight(gateway, "192.168.1.6", 0, 90, 64), sight(gateway, "93.184.216.34", 10, 60, 52),
			},
			want: []string{"[] [192.168.1.5] obs=0", "[] [192.168.1.6] obs=0"},
			far:  1,
		},
		{
			name: "one public server behind a gateway does not get its MAC either",
			in:   []any{sight(camera, "192.168.1.64", 0, 90, 64), sight(gateway, "93.184.216.34", 10, 60, 52)},
			want: []string{"[" + camera + "] [192.168.1.64] obs=0"},
			far:  1,
		},
		{
			name: "two cameras behind a router are devices without a MAC",
			in: []any{
				sight(gateway, "10.2.0.11", 0, 90, 63), sight(gateway, "10.2.0.12", 0, 90, 63),
				hops(1, say("rtsp", gateway, "10.2.0.11", "10.1.0.5", 5, observation.RTSPRealm, "IP Camera(A1)")),
			},
			want: []string{"[] [10.2.0.11] obs=1", "[] [10.2.0.12] obs=0"},
		},
		{
			name: "one camera behind a router: its lowered TTL keeps the router's MAC away",
			in:   []any{sight(gateway, "10.2.0.11", 0, 90, 63)},
			want: []string{"[] [10.2.0.11] obs=0"},
		},
		{
			name: "a lease that moved: the address belongs to whoever held it then",
			in: []any{
				about(observation.Named, say("dhcp", gateway, "10.0.0.1", "255.255.255.255", 1, observation.DHCPMAC, camera, observation.DHCPAssignedIP, "10.0.0.50")),
				about(observation.Named, say("dhcp", gateway, "10.0.0.1", "255.255.255.255", 500, observation.DHCPMAC, second, observation.DHCPAssignedIP, "10.0.0.50")),
				sight(camera, "10.0.0.50", 2, 300, 64), sight(second, "10.0.0.50", 502, 900, 64), sight(gateway, "10.0.0.1", 0, 900, 64),
				say("http", "", "10.0.0.50", "10.0.0.9", 100, observation.HTTPServer, "first"),
				say("http", "", "10.0.0.50", "10.0.0.9", 700, observation.HTTPServer, "second"),
			},
			want: []string{
				"[" + gateway + "] [10.0.0.1] obs=0",
				"[" + second + "] [10.0.0.50] obs=2",
				"[" + camera + "] [10.0.0.50] obs=2",
			},
		},
		{
			name: "the MAC in a discovery answer beats the frame's",
			in: []any{
				sight(gateway, "10.2.0.11", 0, 9, 64),
				say("sadp", gateway, "10.2.0.11", "10.1.0.5", 5, observation.SADPMAC, camera, observation.SADPSerial, "DS-2CD2143G0-I20180101AAWR123456789"),
				say("http", gateway, "10.2.0.11", "10.1.0.5", 6, observation.HTTPServer, "App-webs/"),
			},
			want: []string{"[" + camera + "] [10.2.0.11] obs=2"},
		},
		{
			name: "one private address in two VLANs with two MACs is two devices",
			in: []any{
				Sighting{VLAN: 10, MAC: mac(camera), IP: netip.MustParseAddr("192.168.1.64"), First: at(0), Last: at(9), TTL: 64},
				Sighting{VLAN: 20, MAC: mac(second), IP: netip.MustParseAddr("192.168.1.64"), First: at(0), Last: at(9), TTL: 64},
			},
			want: []string{"[" + second + "] [192.168.1.64] obs=0", "[" + camera + "] [192.168.1.64] obs=0"},
		},
		{
			name: "a trunk shows a camera from its own VLAN and from the router's",
			in: []any{
				Sighting{VLAN: 10, MAC: mac(camera), IP: netip.MustParseAddr("10.10.0.5"), First: at(0), Last: at(9), TTL: 64},
				Sighting{VLAN: 20, MAC: mac(gateway), IP: netip.MustParseAddr("10.10.0.5"), First: at(0), Last: at(9), TTL: 63},
			},
			want: []string{"[" + camera + "] [10.10.0.5] obs=0"},
		},
		{
			name: "a UUID that two units share joins nothing",
			in: []any{
				sight(camera, "10.0.0.5", 0, 9, 64), sight(second, "10.0.0.6", 0, 9, 64),
				say("wsd", camera, "10.0.0.5", "10.0.0.9", 3, observation.WSDUUID, "1419d68a-1dd2-11b2-a105-000000000000"),
				say("wsd", second, "10.0.0.6", "10.0.0.9", 3, observation.WSDUUID, "1419d68a-1dd2-11b2-a105-000000000000"),
			},
			want: []string{"[" + second + "] [10.0.0.6] obs=1", "[" + camera + "] [10.0.0.5] obs=1"},
		},
		{
			name: "a UUID that two routed units share joins nothing",
			in: []any{
				sight(gateway, "10.2.0.5", 0, 9, 63), sight(gateway, "10.2.0.6", 0, 9, 63),
				say("wsd", gateway, "10.2.0.5", "10.0.0.9", 3, observation.WSDUUID, "1419d68a-1dd2-11b2-a105-112233445566"),
				say("wsd", gateway, "10.2.0.6", "10.0.0.9", 3, observation.WSDUUID, "1419d68a-1dd2-11b2-a105-112233445566"),
			},
			want: []string{"[] [10.2.0.5] obs=1", "[] [10.2.0.6] obs=1"},
		},
		{
			name: "a serial joins an address behind a router to the device seen on its own LAN",
			in: []any{
				sight(camera, "10.0.0.5", 0, 9, 64),
				say("sadp", camera, "10.0.0.5", "239.255.255.250", 3, observation.SADPMAC, camera, observation.SADPSerial, "DS-2CD2143G0-I20180101AAWR123456789"),
				input(1, say("isapi", gateway, "172.16.0.5", "172.16.0.9", 3, observation.IsapiSerial, "DS-2CD2143G0-I20180101AAWR123456789")),
			},
			want: []string{"[" + camera + "] [10.0.0.5 172.16.0.5] obs=2"},
		},
		{
			name: "a placeholder serial joins nothing",
			in: []any{
				say("sadp", "", "10.0.0.5", "10.0.0.9", 3, observation.SADPSerial, "123456789"),
				say("sadp", "", "10.0.0.6", "10.0.0.9", 3, observation.SADPSerial, "123456789"),
			},
			want: []string{"[] [10.0.0.5] obs=1", "[] [10.0.0.6] obs=1"},
		},
		{
			name: "groups, the empty address and loopback are no devices",
			in: []any{
				sight("01:00:5e:7f:ff:fa", "10.0.0.1", 0, 1, 1), sight(camera, "0.0.0.0", 0, 1, 64), sight("", "127.0.0.1", 0, 1, 64),
				about(observation.Receiver, say("ssdp", phone, "10.0.0.2", "239.255.255.250", 1, observation.SSDPSearch, "ssdp:all")),
			},
			want: []string{"[" + camera + "] [] obs=0", "[" + phone + "] [10.0.0.2] obs=0"},
		},
		{
			name: "a link without MACs: addresses of the site are devices, servers are not",
			in: []any{
				sight("", "192.168.1.64", 0, 9, 64), sight("", "8.8.8.8", 0, 9, 57), sight("", "203.0.113.9", 0, 9, 50),
				say("rtsp", "", "203.0.113.9", "192.168.1.64", 3, observation.RTSPServer, "Rtsp Server/3.0"),
			},
			want: []string{"[] [192.168.1.64] obs=0", "[] [203.0.113.9] obs=1"},
			far:  1,
		},
		{
			name: "a public address that only serves web pages, TLS and names is a far end",
			in: []any{
				sight(camera, "192.168.1.64", 0, 90, 64), sight(gateway, "192.168.1.1", 0, 90, 64),
				sight(gateway, "162.13.31.14", 10, 60, 52), sight(gateway, "5.79.62.93", 1, 80, 57),
				say("http", gateway, "162.13.31.14", "192.168.1.64", 11, observation.HTTPServer, "Microsoft-IIS/7.5", observation.HTTPStatus, "401",
					observation.HTTPAuthenticate, `CBAuth PublicKey="x"`, observation.HTTPRealm, "portal", observation.HTTPTitle, "Portal", observation.HTTPPath, "/x.ashx"),
				say("tls", gateway, "5.79.62.93", "192.168.1.64", 12, observation.TLSSubject, "CN=cloud.example", observation.TLSSPKI, "ab12"),
				about(observation.Receiver, say("dns", gateway, "9.9.9.9", "192.168.1.64", 13, observation.DNSAnswer, "cloud.example 5.79.62.93")),
				say("rtsp", "", "192.168.1.64", "198.51.100.7", 14, observation.RTSPUserAgent, "LibVLC"),
			},
			want: []string{"[" + gateway + "] [192.168.1.1] obs=0 router", "[" + camera + "] [192.168.1.64] obs=2"},
			far:  4,
		},
		{
			name: "a public address that answers a camera protocol is a device, with its web page",
			in: []any{
				sight(gateway, "203.0.113.9", 0, 9, 52), sight(gateway, "203.0.113.10", 0, 9, 52),
				say("http", gateway, "203.0.113.9", "198.51.100.7", 3, observation.HTTPServer, "DNVRS-Webs", observation.HTTPRealm, "DS-2CD2020F-I"),
				say("isapi", gateway, "203.0.113.9", "198.51.100.7", 4, observation.IsapiModel, "DS-2CD2020F-I"),
				say("http", gateway, "203.0.113.10", "198.51.100.7", 3, observation.HTTPServer, "DNVRS-Webs"),
			},
			want: []string{"[] [203.0.113.9] obs=2"},
			far:  2,
		},
		{
			name: "a public address that is asked for by its PPPP number is a device, its relay server is not",
			in: []any{
				about(observation.Receiver, say("pppp", phone, "10.0.0.2", "203.0.113.9", 3, observation.PPPPMessage, "PunchPkt", observation.PPPPUID, "ABCD-123456-EFGHI")),
				say("pppp", "", "203.0.113.77", "10.0.0.2", 4, observation.PPPPMessage, "DRW"),
				sight(gateway, "203.0.113.77", 4, 9, 52), sight(phone, "10.0.0.2", 0, 9, 64),
			},
			want: []string{"[" + phone + "] [10.0.0.2] obs=0", "[] [203.0.113.9] obs=1"},
			far:  1,
		},
		{
			name: "a card beside the one the device states: one device with two MACs",
			in: []any{
				say("arp", "b0:c5:54:25:5b:0f", "", "", 1, observation.ARPMAC, "b0:c5:54:25:5b:0f", observation.ARPIP, "10.0.0.5"),
				sight("b0:c5:54:25:5b:0f", "10.0.0.5", 0, 9, 64),
				say("hnap", "b0:c5:54:25:5b:0f", "10.0.0.5", "10.0.0.9", 3, observation.HNAPMAC, camera),
			},
			want: []string{"[" + camera + " b0:c5:54:25:5b:0f] [10.0.0.5] obs=2"},
		},
		{
			name: "a Wi-Fi repeater that sends for two cameras is neither",
			in: []any{
				say("arp", gateway, "", "", 1, observation.ARPMAC, gateway, observation.ARPIP, "10.0.0.5"),
				say("arp", gateway, "", "", 1, observation.ARPMAC, gateway, observation.ARPIP, "10.0.0.6"),
				say("hnap", gateway, "10.0.0.5", "10.0.0.9", 3, observation.HNAPMAC, camera),
				say("hnap", gateway, "10.0.0.6", "10.0.0.9", 3, observation.HNAPMAC, second),
			},
			want: []string{"[" + gateway + "] [] obs=2", "[" + second + "] [10.0.0.6] obs=1", "[" + camera + "] [10.0.0.5] obs=1"},
		},
		{
			name: "an IPv6 address made from the MAC is the MAC's, others of a router are not",
			in: []any{
				sight(camera, "2001:db8::b2c5:54ff:fe25:5b0e", 0, 9, 64), sight(camera, "fe80::1", 0, 9, 255), sight(camera, "10.0.0.5", 0, 9, 64),
				sight(gateway, "fe80::2", 0, 9, 255), sight(gateway, "2606:2800::1", 0, 9, 55), sight(gateway, "2606:2800::2", 0, 9, 55),
			},
			want: []string{
				"[" + gateway + "] [fe80::2] obs=0 router",
				"[" + camera + "] [10.0.0.5 2001:db8::b2c5:54ff:fe25:5b0e fe80::1] obs=0",
			},
			far: 2,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			devices, far := resolve(tt.in...)
			slices.Sort(tt.want)
			if got := brief(devices); !reflect.DeepEqual(got, tt.want) || far != tt.far {
				t.Errorf("got:\n%q\nfar ends %d, want:\n%q\nfar ends %d", got, far, tt.want, tt.far)
			}
		})
	}
}

func TestRecorderAndItsChannels(t *testing.T) {
	const list = "DS-2CD%d20210101AAWRF%07d"
	var in []any
	in = append(in, sight(second, "10.0.0.9", 0, 90, 64), sight(camera, "10.0.0.33", 0, 90, 64))
	rec := say("isapi", second, "10.0.0.9", "10.0.0.2", 5)
	for n := 1; n <= 4; n++ {
		serial, ip := fmt.Sprintf(list, n, n), fmt.Sprintf("192.168.254.%d", n)
		if n == 3 {
			serial = "-"
		}
		rec.Fields = append(rec.Fields, observation.Field{Name: observation.IsapiChannel, Value: fmt.Sprintf("%d %s DS-2CD V5 %s", n, ip, serial)})
		o := about(observation.Named, say("isapi", second, "10.0.0.9", "10.0.0.2", 5, observation.IsapiIP, ip, observation.IsapiModel, "DS-2CD"))
		if n != 3 {
			o.Fields = append(o.Fields, observation.Field{Name: observation.IsapiSerial, Value: serial})
		}
		in = append(in, o)
	}
	// Channel 2 was seen itself, at another address.
	in = append(in, rec, say("sadp", camera, "10.0.0.33", "239.255.255.250", 7, observation.SADPMAC, camera, observation.SADPSerial, fmt.Sprintf(list, 2, 2)))
	devices, _ := resolve(in...)
	if len(devices) != 5 {
		t.Fatalf("got %d devices, want a recorder and 4 cameras: %q", len(devices), brief(devices))
	}
	var recorder *Device
	for _, d := range devices {
		if slices.Contains(d.MACs, mac(second)) {
			recorder = d
		}
	}
	if recorder == nil || recorder.Behind != "" || len(recorder.Observations) != 1 {
		t.Fatalf("no recorder of its own in %q", brief(devices))
	}
	channels := map[string]bool{}
	for _, d := range devices {
		if d == recorder {
			continue
		}
		channels[d.Channel] = true
		if d.Behind != recorder.ID {
			t.Errorf("channel %s is behind %q, want %q", d.Channel, d.Behind, recorder.ID)
		}
		if want := map[string]int{"2": 2}[d.Channel]; want > 0 && (len(d.Observations) != want || !slices.Contains(d.MACs, mac(camera))) {
			t.Errorf("channel 2 and the camera seen itself are not one: %q", brief([]*Device{d}))
		}
	}
	if len(channels) != 4 {
		t.Errorf("channels %v, want 1 to 4", channels)
	}
}

func TestManyAnswersFromOneMAC(t *testing.T) {
	r := New()
	frame := mac("02:00:00:00:00:02")
	for i := range 772 {
		ip := netip.AddrFrom4([4]byte{198, 18, byte(i >> 8), byte(i)})
		m := observation.MAC{0x3c, 0xef, 0x8c, 0, byte(i >> 8), byte(i)}
		r.Sight(Sighting{MAC: frame, IP: ip, First: at(i), Last: at(i), Packets: 1, Bytes: 700, TTL: 50})
		o := about(observation.Named, say("dhip", "", "", "", i, observation.DHIPMAC, m.String(), observation.DHIPIP, "192.168.1.108", observation.DHIPSerial, fmt.Sprintf("4M0ABCDPAZ%05d", i)))
		o.MAC, o.TTL = frame, 50
		o.From, o.To = netip.AddrPortFrom(ip, 37810), netip.MustParseAddrPort("203.0.113.1:37810")
		r.Add(o)
	}
	devices := r.Devices()
	if len(devices) != 772 {
		t.Fatalf("got %d devices, want 772", len(devices))
	}
	for _, d := range devices {
		if len(d.MACs) != 1 || d.MACs[0] == frame || len(d.Observations) != 1 || d.OnLink || len(d.Addresses) != 1 || d.Packets != 1 {
			t.Fatalf("device %+v: want its own MAC only, one observation and one address, not on the link", d)
		}
	}
}

func TestInputsInEitherOrderGiveTheSameIDs(t *testing.T) {
	build := func(swap bool) map[ID]string {
		n := func(i int) int {
			if swap {
				return 1 - i
			}
			return i
		}
		devices, _ := resolve(
			input(n(0), say("sadp", camera, "10.0.0.5", "239.255.255.250", 3, observation.SADPMAC, camera, observation.SADPSerial, "DS-2CD2143G0-I20180101AAWR123456789")),
			input(n(1), say("sadp", gateway, "10.9.0.5", "10.1.1.1", 4, observation.SADPMAC, camera)),
			input(n(0), say("mdns", "02:42:ac:11:00:02", "172.17.0.2", "224.0.0.251", 3, observation.MDNSHostname, "one")),
			input(n(1), say("mdns", "02:42:ac:11:00:02", "172.17.0.3", "224.0.0.251", 3, observation.MDNSHostname, "two")),
			input(n(0), say("rtsp", "", "10.7.7.7", "10.0.0.5", 3, observation.RTSPServer, "x")),
			input(n(1), say("rtsp", "", "10.7.7.7", "10.0.0.5", 3, observation.RTSPServer, "x")),
		)
		out := map[ID]string{}
		for _, d := range devices {
			out[d.ID] = brief([]*Device{d})[0]
		}
		return out
	}
	a, b := build(false), build(true)
	if !reflect.DeepEqual(a, b) {
		t.Errorf("inputs in one order give %v, in the other %v", a, b)
	}
	if len(a) != 4 {
		t.Errorf("got %v; want the camera, two containers with one made-up MAC, and one address", a)
	}
}

func TestIDsComeFromTheStrongestKey(t *testing.T) {
	one, _ := resolve(say("sadp", camera, "10.0.0.5", "10.0.0.9", 3, observation.SADPMAC, camera))
	two, _ := resolve(
		say("sadp", camera, "10.0.0.77", "10.0.0.9", 3, observation.SADPMAC, camera, observation.SADPSerial, "DS-2CD2143G0-I20180101AAWR123456789"),
		say("wsd", camera, "10.0.0.77", "10.0.0.9", 4, observation.WSDUUID, "aa-bb-cc-dd-ee-ff-01"),
	)
	if len(one) != 1 || len(two) != 1 || one[0].ID != two[0].ID {
		t.Errorf("the same MAC gives %q and %q", brief(one), brief(two))
	}
}

func TestPlaceholderSerials(t *testing.T) {
	for _, v := range []string{"", "0", "123456789", "000000000000", "XXXXXXXX", "1234", "abcdefgh", "N/A", "unknown", "1111-1111"} {
		if !placeholder(v) {
			t.Errorf("placeholder(%q) = false", v)
		}
	}
	for _, v := range []string{"4M0ABCDPAZ12345", "DS-2CD2143G0-I20180101AAWR123456789", "ACCC8E3A0A8F", "B2041234"} {
		if placeholder(v) {
			t.Errorf("placeholder(%q) = true", v)
		}
	}
}

// random draws observations and sightings from few values, so that they meet.
func random(rng *rand.Rand, n int) []any {
	macs := []string{camera, phone, gateway, second, "02:42:ac:11:00:02", "b0:c5:54:25:5b:0f", "ff:ff:ff:ff:ff:ff", ""}
	ips := []string{"10.0.0.1", "10.0.0.2", "10.0.0.3", "192.168.1.108", "198.18.0.1", "8.8.8.8", "fe80::1", "2001:db8::b2c5:54ff:fe25:5b0e", "0.0.0.0", "239.255.255.250", ""}
	fields := []observation.Field{
		{Name: observation.SADPMAC, Value: camera}, {Name: observation.SADPSerial, Value: "DS-2CD2143G0-I2018"},
		{Name: observation.DHIPMAC, Value: second}, {Name: observation.DHIPIP, Value: "192.168.1.108"}, {Name: observation.DHIPSerial, Value: "4M0ABCDPAZ1"},
		{Name: observation.WSDUUID, Value: "aabb-ccdd-b0c554255b0e"}, {Name: observation.UPnPUUID, Value: "1419d68a-1dd2-11b2"},
		{Name: observation.DHCPMAC, Value: phone}, {Name: observation.DHCPAssignedIP, Value: "10.0.0.2"},
		{Name: observation.ARPMAC, Value: gateway}, {Name: observation.ARPIP, Value: "10.0.0.1"}, {Name: observation.RTSPServer, Value: "x"},
		{Name: observation.IsapiChannel, Value: "1 10.0.0.3 DS-2CD V5 DS-2CD2143G0-I2018"}, {Name: observation.IsapiChannel, Value: "2 192.168.254.2 - - -"},
		{Name: observation.IsapiIP, Value: "192.168.254.2"}, {Name: observation.TLSSPKI, Value: "AB12"}, {Name: observation.IsapiSerial, Value: "DS-2CD2143G0-I2018"},
	}
	protocols := []string{"arp", "dhcp", "sadp", "dhip", "wsd", "isapi", "rtsp", "http"}
	ttls := []uint8{0, 1, 63, 64, 128, 255}
	var out []any
	for i := range n {
		m, from, to := macs[rng.IntN(len(macs))], ips[rng.IntN(len(ips))], ips[rng.IntN(len(ips))]
		sec := rng.IntN(20)
		if rng.IntN(3) == 0 {
			s := sight(m, from, sec, sec+rng.IntN(9), ttls[rng.IntN(len(ttls))])
			s.Input, s.VLAN = rng.IntN(2), uint16(rng.IntN(2)*10)
			out = append(out, s)
			continue
		}
		o := say(protocols[rng.IntN(len(protocols))], m, from, to, sec)
		o.ID, o.Input, o.VLAN, o.About, o.TTL = int64(i), rng.IntN(2), uint16(rng.IntN(2)*10), observation.About(rng.IntN(3)), ttls[rng.IntN(len(ttls))]
		for range rng.IntN(4) {
			o.Fields = append(o.Fields, fields[rng.IntN(len(fields))])
		}
		out = append(out, o)
	}
	return out
}

// check holds whatever was added: each observation in at most one device, IDs
// unique, MACs and addresses that can be a device's, and the same devices in as
// many other orders.
func check(t *testing.T, rng *rand.Rand, parts []any, orders int) {
	t.Helper()
	devices, far := resolve(parts...)
	seen := map[*observation.Observation]ID{}
	ids := map[ID]bool{}
	for _, d := range devices {
		if ids[d.ID] || len(d.ID) != 12 {
			t.Errorf("ID %q is used twice or malformed", d.ID)
		}
		ids[d.ID] = true
		for _, o := range d.Observations {
			if other, ok := seen[o]; ok {
				t.Errorf("one observation is in %s and %s", other, d.ID)
			}
			seen[o] = d.ID
		}
		for _, m := range d.MACs {
			if !usable(m) {
				t.Errorf("device %s has the MAC %s", d.ID, m)
			}
		}
		for _, a := range d.Addresses {
			if !unicast(a.IP) {
				t.Errorf("device %s has the address %s", d.ID, a.IP)
			}
		}
	}
	for range orders {
		rng.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		again, farAgain := resolve(parts...)
		if !reflect.DeepEqual(devices, again) || far != farAgain {
			t.Fatalf("another order gives other devices:\n%q %d\n%q %d", brief(devices), far, brief(again), farAgain)
		}
	}
}

func TestOrderDoesNotMatter(t *testing.T) {
	for seed := range uint64(400) {
		rng := rand.New(rand.NewPCG(seed, 7))
		check(t, rng, random(rng, 2+rng.IntN(30)), 3)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func FuzzResolve(f *testing.F) {
	for s := range uint64(8) {
		f.Add(s, uint8(5*s+1), "b0:c5:54:25:5b:0e", "DS-2CD2143G0-I2018")
	}
	names := []string{observation.SADPMAC, observation.SADPSerial, observation.WSDUUID, observation.DHIPIP, observation.IsapiChannel, observation.TLSSPKI, observation.OnvifMAC}
	f.Fuzz(func(t *testing.T, seed uint64, n uint8, a, b string) {
		rng := rand.New(rand.NewPCG(seed, 1))
		parts := random(rng, int(n%12)) // few: a million of these are run
		for i, p := range parts {
			if o, ok := p.(*observation.Observation); ok && i%2 == 0 {
				o.Fields = append(o.Fields, observation.Field{Name: names[rng.IntN(len(names))], Value: a}, observation.Field{Name: names[rng.IntN(len(names))], Value: b})
			}
		}
		check(t, rng, parts, 1)
	})
}

func BenchmarkResolve100k(b *testing.B) {
	var obs []*observation.Observation
	var seen []Sighting
	for i := range 100_000 {
		m := observation.MAC{0x3c, 0xef, 0x8c, byte(i >> 16), byte(i >> 8), byte(i)}
		ip := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		seen = append(seen, Sighting{MAC: m, IP: ip, First: at(0), Last: at(9), Packets: 5, TTL: 64})
		for n, p := range []string{"sadp", "rtsp", "http"} {
			o := say(p, "", "", "", n, observation.SADPMAC, m.String(), observation.SADPSerial, fmt.Sprintf("DS-2CD2143G0-I%09d", i))
			if n > 0 {
				o.Fields = []observation.Field{{Name: observation.HTTPServer, Value: "x"}}
			}
			o.Packet, o.From = int64(i), netip.AddrPortFrom(ip, 80)
			if n != 2 {
				o.MAC = m
			}
			obs = append(obs, o)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		r := New()
		for _, o := range obs {
			r.Add(o)
		}
		for _, s := range seen {
			r.Sight(s)
		}
		if n := len(r.Devices()); n != 100_000 {
			b.Fatalf("%d devices", n)
		}
	}
}

func TestTwinsAreNumberedTheSameEachTime(t *testing.T) {
	const container = "02:42:ac:11:00:02"
	ids := func() []ID {
		devices, _ := resolve(
			input(0, say("mdns", container, "172.17.0.2", "224.0.0.251", 3, observation.MDNSHostname, "one")),
			input(1, say("mdns", container, "172.17.0.2", "224.0.0.251", 3, observation.MDNSHostname, "two")),
			input(1, say("http", container, "172.17.0.2", "172.17.0.9", 3, observation.HTTPServer, "x")),
		)
		var out []ID
		for _, d := range devices {
			if len(d.Observations) == 2 {
				out = append(out, d.ID)
			}
		}
		return out
	}
	first := ids()
	for range 50 {
		if again := ids(); !slices.Equal(first, again) || len(again) != 1 {
			t.Fatalf("the container of input 1 is %v, then %v", first, again)
		}
	}
}

// A flood of made-up senders must not cost more than in proportion to its size: were
// each held against each, go test would cut this short.
func TestFloodOfClaimsOnOneAddress(t *testing.T) {
	const n = 80_000
	r := New()
	for i := range n {
		m := observation.MAC{0x3c, 0xef, 0x8c, byte(i >> 16), byte(i >> 8), byte(i)}
		o := say("arp", "", "10.0.0.1", "", i, observation.ARPMAC, m.String(), observation.ARPIP, "10.0.0.1")
		o.MAC, o.ID = m, int64(2*i)
		r.Add(o)
		o = say("http", "", "10.0.0.1", "10.0.0.9", i, observation.HTTPServer, "x")
		o.ID = int64(2*i + 1)
		r.Add(o)
		r.Add(say("sadp", camera, "10.0.0.2", "239.255.255.250", i, observation.SADPMAC, camera, observation.OnvifMAC, m.String()))
	}
	if len(r.Devices()) == 0 {
		t.Error("no devices")
	}
}
