package device

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
)

const (
	serialOne = "DS-2CD2143G0-I20180101AAWR123456789"
	serialTwo = "DS-2CD2143G0-I20190202AAWR987654321"
	uuidOne   = "7c3f4000-a61b-11b5-8391-2ca59c40d71e"
	uuidTwo   = "5a1d2800-77c9-11b5-8a02-142ffd086b52"
)

// known is what each device is known by, in one line.
func known(devices []*Device) []string {
	var out []string
	for _, d := range devices {
		var ips []string
		for _, a := range d.Addresses {
			ips = append(ips, a.IP.String())
		}
		out = append(out, fmt.Sprintf("%v %v %v %v obs=%d", d.MACs, d.Serials, d.UUIDs, ips, len(d.Observations)))
	}
	slices.Sort(out)
	return out
}

func hikvision(ip, m, serial string, sec int) *observation.Observation {
	return about(observation.Named, say("sadp", "", ip, "10.0.0.2", sec, observation.SADPMAC, m, observation.SADPSerial, serial, observation.SADPIP, ip))
}

func onvif(ip, serial string, sec int) *observation.Observation {
	return say("onvif", "", ip, "10.0.0.2", sec, observation.OnvifManufacturer, "HIKVISION", observation.OnvifSerial, serial)
}

func wsd(ip, uuid string, sec int) *observation.Observation {
	return say("wsd", "", ip, "10.0.0.2", sec, observation.WSDUUID, uuid)
}

func page(ip string, sec int) *observation.Observation {
	return say("http", "", ip, "10.0.0.2", sec, observation.HTTPServer, "App-webs/")
}

// port says from which port an observation was sent, and until when.
func port(n uint16, until int, o *observation.Observation) *observation.Observation {
	o.From = netip.AddrPortFrom(o.From.Addr(), n)
	o.Last = at(until)
	return o
}

func TestOneAddressWithoutMAC(t *testing.T) {
	const ip, public = "10.0.0.11", "203.0.113.9"
	tests := []struct {
		name string
		in   []any
		want []string
	}{
		{
			name: "a camera on a raw link",
			in: []any{
				sight("", ip, 0, 90, 64), hikvision(ip, camera, serialOne, 3), wsd(ip, uuidOne, 10), wsd(ip, uuidOne, 60), onvif(ip, "F41207733", 20),
				say("rtsp", "", ip, "10.0.0.2", 30, observation.RTSPServer, "x"), page(ip, 40), about(observation.Receiver, say("http", "", "10.0.0.2", ip, 41, observation.HTTPPath, "/")),
			},
			want: []string{"[" + camera + "] [" + serialOne + " F41207733] [" + uuidOne + "] [" + ip + "] obs=7"},
		},
		{
			name: "a camera behind a router",
			in: []any{
				sight(gateway, ip, 0, 90, 63), sight(gateway, "10.0.0.12", 0, 90, 63), hops(1, framed(gateway, wsd(ip, uuidOne, 10))), hops(1, framed(gateway, onvif(ip, "F41207733", 20))), hops(1, framed(gateway, page(ip, 40))),
			},
			want: []string{"[] [F41207733] [" + uuidOne + "] [" + ip + "] obs=3", "[] [] [] [10.0.0.12] obs=0"},
		},
		{
			name: "two cameras forwarded on one public address",
			in: []any{
				say("isapi", "", public, "10.0.0.2", 3, observation.IsapiSerial, serialOne), say("isapi", "", public, "10.0.0.2", 50, observation.IsapiSerial, serialOne),
				say("isapi", "", public, "10.0.0.2", 20, observation.IsapiSerial, serialTwo), say("isapi", "", public, "10.0.0.2", 80, observation.IsapiSerial, serialTwo),
				wsd(public, uuidOne, 21), page(public, 30), say("rtsp", "", public, "10.0.0.2", 30, observation.RTSPServer, "x"),
			},
			want: []string{"[] [" + serialOne + "] [] [" + public + "] obs=2", "[] [" + serialTwo + "] [] [" + public + "] obs=2", "[] [] [" + uuidOne + "] [" + public + "] obs=1", "[] [] [] [" + public + "] obs=2"},
		},
		{
			name: "two cameras asked one after the other on one public address",
			in: []any{
				say("isapi", "", public, "10.0.0.2", 3, observation.IsapiSerial, serialOne), wsd(public, uuidOne, 4),
				say("isapi", "", public, "10.0.0.2", 20, observation.IsapiSerial, serialTwo), wsd(public, uuidTwo, 21),
			},
			want: []string{"[] [" + serialOne + "] [] [" + public + "] obs=1", "[] [" + serialTwo + "] [] [" + public + "] obs=1", "[] [] [" + uuidOne + "] [" + public + "] obs=1", "[] [] [" + uuidTwo + "] [" + public + "] obs=1"},
		},
		{
			name: "two cameras forwarded on one address of the site, each answering in turn",
			in: []any{
				onvif(ip, "F41207733", 3), onvif(ip, "F55555123", 4), wsd(ip, uuidOne, 5), wsd(ip, uuidTwo, 6),
			},
			want: []string{"[] [F41207733] [] [" + ip + "] obs=1", "[] [F55555123] [] [" + ip + "] obs=1", "[] [] [" + uuidOne + "] [" + ip + "] obs=1", "[] [] [" + uuidTwo + "] [" + ip + "] obs=1"},
		},
		{
			name: "two ports of one address with a certificate each",
			in: []any{
				wsd(ip, uuidOne, 5), onvif(ip, "F41207733", 20),
				port(443, 40, say("tls", "", ip, "10.0.0.2", 5, observation.TLSSPKI, "aa11")), port(8443, 50, say("tls", "", ip, "10.0.0.2", 6, observation.TLSSPKI, "bb22")),
			},
			want: []string{"[] [F41207733] [] [" + ip + "] obs=1", "[] [] [" + uuidOne + "] [" + ip + "] obs=3"},
		},
		{
			name: "a lease that moved",
			in: []any{
				hikvision(ip, camera, serialOne, 3), wsd(ip, uuidOne, 10), onvif(ip, "F41207733", 20), page(ip, 30),
				onvif(ip, "F55555123", 500), hikvision(ip, second, serialTwo, 510), wsd(ip, uuidTwo, 520), page(ip, 530),
			},
			want: []string{"[" + second + "] [" + serialTwo + " F55555123] [" + uuidTwo + "] [" + ip + "] obs=4", "[" + camera + "] [" + serialOne + " F41207733] [" + uuidOne + "] [" + ip + "] obs=4"},
		},
		{
			name: "a lease that moved to one that answers less",
			in:   []any{onvif(ip, "F41207733", 20), page(ip, 30), onvif(ip, "F55555123", 500), wsd(ip, uuidTwo, 520), page(ip, 530)},
			want: []string{"[] [F41207733] [] [" + ip + "] obs=2", "[] [F55555123] [" + uuidTwo + "] [" + ip + "] obs=3"},
		},
		{
			name: "a day without a word: another may hold the address by now",
			in:   []any{wsd(ip, uuidOne, 10), onvif(ip, "F41207733", 90_000)},
			want: []string{"[] [F41207733] [] [" + ip + "] obs=1", "[] [] [" + uuidOne + "] [" + ip + "] obs=1"},
		},
		{
			name: "one UUID at two addresses that two MACs held joins neither to the other",
			in: []any{
				hikvision(ip, camera, serialOne, 3), wsd(ip, uuidOne, 10),
				input(1, hikvision("10.0.0.12", second, serialTwo, 3)), input(1, wsd("10.0.0.12", uuidOne, 10)),
			},
			want: []string{"[" + second + "] [" + serialTwo + "] [] [10.0.0.12] obs=1", "[" + camera + "] [" + serialOne + "] [] [" + ip + "] obs=1", "[] [] [" + uuidOne + "] [" + ip + " 10.0.0.12] obs=2"},
		},
		{
			name: "one address in two VLANs",
			in:   []any{vlan(10, wsd(ip, uuidOne, 10)), vlan(20, onvif(ip, "F41207733", 11))},
			want: []string{"[] [F41207733] [] [" + ip + "] obs=1", "[] [] [" + uuidOne + "] [" + ip + "] obs=1"},
		},
		{
			name: "a link-local address made from a MAC that a message states",
			in: []any{
				hikvision(ip, camera, serialOne, 3), sight("", "fe80::b2c5:54ff:fe25:5b0e", 0, 9, 255),
				say("mdns", "", "fe80::b2c5:54ff:fe25:5b0e", "ff02::fb", 4, observation.MDNSHostname, "cam"), sight("", "fe80::b2c5:54ff:fe25:5b0f", 0, 9, 255),
			},
			want: []string{"[" + camera + "] [" + serialOne + "] [] [" + ip + " fe80::b2c5:54ff:fe25:5b0e] obs=2", "[] [] [] [fe80::b2c5:54ff:fe25:5b0f] obs=0"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := slices.Sorted(slices.Values(test.want))
			for range 2 {
				devices, _ := resolve(test.in...)
				if got := known(devices); !slices.Equal(got, want) {
					t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
				slices.Reverse(test.in)
			}
		})
	}
}

func framed(m string, o *observation.Observation) *observation.Observation {
	o.MAC = mac(m)
	return o
}

func vlan(n uint16, o *observation.Observation) *observation.Observation {
	o.VLAN = n
	return o
}

// What a recorder passes on is no claim to its own address.
func TestRecorderWithoutMAC(t *testing.T) {
	const recorder = "10.0.0.9"
	list := say("isapi", "", recorder, "10.0.0.2", 8)
	in := []any{
		hikvision(recorder, second, serialOne, 3), wsd(recorder, uuidOne, 4), onvif(recorder, "F41207733", 5), page(recorder, 6), list,
	}
	for n := 1; n <= 3; n++ {
		ip, serial := fmt.Sprintf("10.0.0.%d", 20+n), fmt.Sprintf("DS-2CD20210101AAWRF000000%d", n)
		o := hikvision(ip, fmt.Sprintf("b0:c5:54:00:00:0%d", n), serial, 10+n)
		o.From = netip.AddrPortFrom(netip.MustParseAddr(recorder), 37020)
		list.Fields = append(list.Fields, observation.Field{Name: observation.IsapiChannel, Value: fmt.Sprintf("%d %s DS-2CD V5 %s", n, ip, serial)})
		in = append(in, o)
	}
	in = append(in, wsd("10.0.0.21", uuidTwo, 30)) // the first channel, seen itself
	devices, _ := resolve(in...)
	var top ID
	for _, d := range devices {
		if slices.Contains(d.MACs, mac(second)) {
			top = d.ID
			if len(d.Observations) != 5 || len(d.MACs) != 1 || len(d.Addresses) != 1 || d.Behind != "" {
				t.Errorf("the recorder is %q", known([]*Device{d}))
			}
		}
	}
	for _, d := range devices {
		if d.ID != top && (d.Behind != top || d.Channel == "" || len(d.MACs) != 1) {
			t.Errorf("%q is channel %q of %q", known([]*Device{d}), d.Channel, d.Behind)
		}
		if slices.Contains(d.UUIDs, uuidTwo) != (d.Channel == "1") {
			t.Errorf("%q, channel %s: the UUID is the first channel's", known([]*Device{d}), d.Channel)
		}
	}
	if len(devices) != 4 || top == "" {
		t.Errorf("want a recorder and 3 cameras: %q", known(devices))
	}
}

// A flood of made-up identities at one address must cost no more than in
// proportion to its size: were each held against each, go test would cut this short.
func TestFloodOfNamesOnOneAddress(t *testing.T) {
	r := New()
	for i := range 60_000 {
		o := wsd("10.0.0.1", fmt.Sprintf("1419d68a-1dd2-11b2-a105-%012d", i+1), i/7)
		o.ID = int64(2 * i)
		r.Add(o)
		o = onvif("10.0.0.1", fmt.Sprintf("F41%07d", i), i/5)
		o.ID = int64(2*i + 1)
		r.Add(o)
	}
	if len(r.Devices()) == 0 {
		t.Error("no devices")
	}
}
