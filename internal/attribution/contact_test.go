package attribution_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/observation"
)

// asks is a device that asks DNS for names.
func asks(names ...string) []*observation.Observation {
	out := make([]*observation.Observation, 0, len(names))
	for _, n := range names {
		out = append(out, said("dns", observation.DNSQuestion, n))
	}
	return out
}

// flows is a device of which flows show only that it answered on ports, or was
// answered on one by a server outside.
func flows(field string, ports ...string) []*observation.Observation {
	out := make([]*observation.Observation, 0, len(ports))
	for _, p := range ports {
		out = append(out, said("flow", field, p))
	}
	return out
}

func join(lists ...[]*observation.Observation) []*observation.Observation {
	var out []*observation.Observation
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

// TestWhereNoAnswerOfTheDeviceIsThere judges devices by what a flow log or the
// names in one hold.
func TestWhereNoAnswerOfTheDeviceIsThere(t *testing.T) {
	many := make([]string, 0, 20)
	for i := range 20 {
		many = append(many, fmt.Sprintf("www.site%d.example", i))
	}
	for _, c := range []struct {
		name string
		mac  string
		obs  []*observation.Observation
		want string // kind grade | maker grade
	}{
		{"one name of a maker of cameras only", "", asks("api.hik-connect.com", "pool.ntp.org"), "unknown unknown | Hikvision possible"},
		{"the same name read from the answer, where no question was logged", "", []*observation.Observation{about(observation.Receiver, said("dns", observation.DNSAnswer, "api.hik-connect.com 192.0.2.7"))}, "unknown unknown | Hikvision possible"},
		{"a question that the device was sent", "", []*observation.Observation{about(observation.Receiver, said("dns", observation.DNSQuestion, "api.hik-connect.com"))}, "unknown unknown |  unknown"},
		{"many names of one maker are one witness", "", asks("api.hik-connect.com", "apiieu.hik-connect.com", "apiius.hik-connect.com", "hik-cloud.com"), "unknown unknown | Hikvision possible"},
		{"a name whose row nobody checked", "", asks("iotaccess.easy4ipcloud.com"), "unknown unknown | Dahua possible"},
		{"a maker that makes other things too says nothing of the kind", "", asks("signal.mydlink.com"), "unknown unknown | D-Link possible"},
		{"such a maker's name that says what it is for", "", asks("webapi.camera.home.nest.com"), "unknown unknown | Nest possible"},
		{"a phone that asks for the name of a badge", "", asks("signal.mydlink.com", "mtalk.google.com"), "unknown unknown |  unknown"},
		{"a platform that many makers share", "", asks("a1.tuyaus.com"), "unknown unknown |  unknown"},
		{"a page that anybody's browser asks for", "", asks("assets.hikvision.com"), "unknown unknown | Hikvision possible"},
		{"the maker's own pages", "", asks("www.hik-connect.com", "hik-connect.com", "support.ring.com"), "unknown unknown |  unknown"},
		{"a name that begins with www and is on file as a device's", "", asks("www.easy4ipcloud.com"), "unknown unknown | Dahua possible"},
		{"a phone with the maker's app: its system asks for its own names", "", asks("api.hik-connect.com", "connectivitycheck.gstatic.com"), "unknown unknown |  unknown"},
		{"an app that names its library", "", append(asks("api.hik-connect.com"), said("http", observation.HTTPUserAgent, "Dalvik/2.1.0 (Linux; U; Android 5.1.1)")), "unknown unknown |  unknown"},
		{"a phone that asks for its address", "", append(asks("api.hik-connect.com"), said("dhcp", observation.DHCPVendorClass, "android-dhcp-13")), "unknown unknown |  unknown"},
		{"a computer that asks for many names", "", asks(append(many, "api.hik-connect.com")...), "unknown unknown |  unknown"},
		{"a program that shows the cameras of all makers", "", asks("api.hik-connect.com", "p2p.reolink.com"), "unknown unknown |  unknown"},
		{"a hardware address that software made up", localMAC, asks("api.hik-connect.com"), "unknown unknown |  unknown"},
		{"a resolver asks for what others want to know", "", append(asks("api.hik-connect.com"), flows(observation.FlowService, "udp/53")...), "unknown unknown |  unknown"},
		{"the prefix of that maker agrees: the maker is probable, the kind stays open", hikMAC, asks("api.hik-connect.com"), "camera possible | Hikvision probable"},
		{"the port of RTSP beside the name", "", join(asks("api.hik-connect.com"), flows(observation.FlowService, "tcp/554")), "camera possible | Hikvision possible"},
		{"the name it gives itself beside the name", "", append(asks("api.hik-connect.com"), said("dhcp", observation.DHCPHostname, "ipcam")), "camera possible | Hikvision possible"},
		{"a telephone called by its owner's name", "", append(asks("api.hik-connect.com"), said("dhcp", observation.DHCPHostname, "Annas-iPhone")), "not a camera possible |  unknown"},
		{"a telephone in a list of leases", "", append(asks("api.hik-connect.com"), about(observation.Named, said("dhcp", observation.DHCPHostname, "Pixel-7"))), "not a camera possible |  unknown"},
		{"a computer of which Windows made the name", "", append(asks("api.hik-connect.com"), said("mdns", observation.MDNSHostname, "DESKTOP-4F7K2QX.local")), "not a camera possible |  unknown"},
		{"a computer with such a name that answers as a server of video does", "", append(flows(observation.FlowService, "tcp/37777"), said("dhcp", observation.DHCPHostname, "LAPTOP-4F7K2QX")), "camera possible | Dahua possible"},
		{"prefix, name and port agree", dahuaMAC, join(asks("iotaccess.easy4ipcloud.com"), flows(observation.FlowService, "tcp/37777")), "camera possible | Dahua probable"},
		{"three kinds whose sources were read agree", hikMAC, join(asks("api.hik-connect.com"), flows(observation.FlowService, "udp/37020")), "camera probable | Hikvision probable"},
		{"the prefix of one maker and the names of another", dahuaMAC, asks("api.hik-connect.com"), "camera possible | Dahua possible"},
		{"the port of one maker's own protocol", "", flows(observation.FlowService, "tcp/37777"), "camera possible | Dahua possible"},
		{"ten ports of one maker are one witness", "", flows(observation.FlowService, "tcp/37777", "udp/37778", "udp/37810"), "camera possible | Dahua possible"},
		{"the ports of two makers", "", flows(observation.FlowService, "tcp/37777", "tcp/34567"), "camera possible |  unknown"},
		{"the port of RTSP", "", flows(observation.FlowService, "tcp/554"), "camera possible |  unknown"},
		{"ports that everybody has", "", flows(observation.FlowService, "tcp/80", "tcp/443", "tcp/8443", "tcp/49152"), "unknown unknown |  unknown"},
		{"ports that a maker's firmware shares with others: AirPlay, Kerberos, an object store", "", flows(observation.FlowService, "tcp/5000", "tcp/88", "tcp/9000", "tcp/8000"), "unknown unknown |  unknown"},
		{"such a port beside the maker's prefix", dahuaMAC, flows(observation.FlowService, "tcp/5000"), "camera possible | Dahua possible"},
		{"a port of all things of a platform", "", flows(observation.FlowService, "tcp/6668"), "unknown unknown | Tuya possible"},
		{"a port of a cloud on a device of the site", "", flows(observation.FlowService, "udp/32100"), "unknown unknown |  unknown"},
		{"a P2P server outside answers it", "", flows(observation.FlowReached, "udp/32100"), "camera possible |  unknown"},
		{"a P2P server outside answers what asks for one maker's names", "", join(flows(observation.FlowReached, "udp/32100"), asks("api.us.xiaoyi.com")), "camera possible | YI possible"},
		{"a P2P server outside answers a program for the cameras of all", "", join(flows(observation.FlowReached, "udp/32100"), asks("api.us.xiaoyi.com", "p2p.reolink.com")), "unknown unknown |  unknown"},
		{"a P2P server outside answers a phone", "", join(flows(observation.FlowReached, "udp/32100"), asks("captive.apple.com")), "unknown unknown |  unknown"},
		{"what it said on the port counts, the bare port does not", "", join(flows(observation.FlowService, "tcp/554"), []*observation.Observation{on(554, said("rtsp", observation.RTSPServer, "Wowza Streaming Engine 4.8.0"))}), "unknown unknown |  unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := attribute(t, c.mac, c.obs...)
			if got := fmt.Sprintf("%s %s | %s %s", a.Kind.Value, a.Kind.Grade, a.Maker.Value, a.Maker.Grade); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
			if a.Platform.Value != "" {
				t.Errorf("platform %s %s: neither names nor ports are firmware", a.Platform.Value, a.Platform.Grade)
			}
			for _, e := range append(a.Kind.Evidence, a.Maker.Evidence...) {
				if e.Says == "" || e.Rule == "" || e.Packet == 0 {
					t.Errorf("evidence without words, rule or packet: %+v", e)
				}
			}
		})
	}
}

// TestPersonalNames tells the names of phones and computers from those of anything else.
func TestPersonalNames(t *testing.T) {
	for name, want := range map[string]string{
		"Annas-iPhone": attribution.KindNotCamera, "iPhone": attribution.KindNotCamera, "Pixel-7": attribution.KindNotCamera, "Pixel-7-Pro": attribution.KindNotCamera,
		"Galaxy-S21": attribution.KindNotCamera, "Toms-Galaxy-A52": attribution.KindNotCamera, "MacBook-Pro-von-Anna": attribution.KindNotCamera, "MacBookAir": attribution.KindNotCamera, "iPad": attribution.KindNotCamera,
		"android-1f2e3d4c5b6a7988": attribution.KindNotCamera, "DESKTOP-4F7K2QX": attribution.KindNotCamera, "LAPTOP-4F7K2QX.local": attribution.KindNotCamera,
		"galaxy": attribution.KindUnknown, "pixel-wall": attribution.KindUnknown, "desktop-camera": attribution.KindUnknown, "front-desktop-1": attribution.KindUnknown, "miphones": attribution.KindUnknown, "cam-12": attribution.KindUnknown, "": attribution.KindUnknown,
	} {
		if a := attribute(t, "", said("dhcp", observation.DHCPHostname, name)); a.Kind.Value != want {
			t.Errorf("%q: %s, want %s", name, a.Kind.Value, want)
		}
	}
}

// TestNamesAloneSaySo wants the words where only names spoke for a camera.
func TestNamesAloneSaySo(t *testing.T) {
	a := attribute(t, "", asks("api.hik-connect.com")...)
	if !strings.Contains(a.Kind.Note, "only the names it asks for") || !strings.Contains(a.Maker.Note, "only the names it asks for") {
		t.Errorf("kind: %q, maker: %q", a.Kind.Note, a.Maker.Note)
	}
}

// about sets whom the fields describe.
func about(a observation.About, o *observation.Observation) *observation.Observation {
	o.About = a
	return o
}

// on sets the port the device spoke from.
func on(port uint16, o *observation.Observation) *observation.Observation {
	o.From = netip.AddrPortFrom(o.From.Addr(), port)
	return o
}

// TestWhyNamesWereNotCounted wants the reason among the steps.
func TestWhyNamesWereNotCounted(t *testing.T) {
	a := attribute(t, "", append(asks("api.hik-connect.com"), asks("captive.apple.com")...)...)
	for _, s := range a.Steps {
		if s.Claim == "kind" && s.Weight == "against" && strings.Contains(s.Says, "captive.apple.com") {
			return
		}
	}
	t.Errorf("no step says why the name was not counted: %+v", a.Steps)
}

// TestRoutersAskForOthers gives the names to a router.
func TestRoutersAskForOthers(t *testing.T) {
	d := &device.Device{ID: "d-1", Inputs: []int{0}, Observations: asks("api.hik-connect.com"), Router: true}
	if a := resolver().Attribute(d, []string{"in.pcap"}); a.Kind.Value != attribution.KindUnknown || a.Maker.Value != "" {
		t.Errorf("kind %s, maker %s; want nothing of either", a.Kind.Value, a.Maker.Value)
	}
}

// TestInterfaceIdentifier reads the hardware address from IPv6 addresses of flow
// records, where no frame shows it.
func TestInterfaceIdentifier(t *testing.T) {
	for _, c := range []struct{ name, addr, part, maker string }{
		{"made from Hikvision's prefix", "fe80::4619:b6ff:fe01:203", "Hangzhou Hikvision Digital Technology Co.,Ltd.", "Hikvision possible"},
		{"a random one", "fe80::1c2d:3e4f:5a6b:7c8d", "", " unknown"},
		{"made from an address that software chose", "fe80::11:22ff:fe33:4455", "", " unknown"},
		{"version 4", "192.0.2.254", "", " unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &device.Device{ID: "d-1", Inputs: []int{0}, Addresses: []device.Address{{IP: netip.MustParseAddr(c.addr)}}}
			a := resolver().Attribute(d, []string{"in.pcap"})
			if got := fmt.Sprintf("%s %s", a.Maker.Value, a.Maker.Grade); !strings.EqualFold(a.NetworkPart.Value, c.part) || got != c.maker {
				t.Errorf("network part %q, maker %s; want %q, %s", a.NetworkPart.Value, got, c.part, c.maker)
			}
		})
	}
}
