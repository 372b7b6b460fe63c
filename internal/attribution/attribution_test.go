package attribution_test

import (
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/fingerprint"
	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/kb"
)

var resolver = sync.OnceValue(func() *attribution.Resolver {
	base, err := maker.Load(kb.FS)
	if err != nil {
		panic(err)
	}
	prints, err := fingerprint.Load(kb.FS)
	if err != nil {
		panic(err)
	}
	return attribution.New(base, prints)
})

// said is one message of a device: protocol, then name and value in turn.
func said(protocol string, pairs ...string) *observation.Observation {
	o := &observation.Observation{Packet: 7, Seen: time.Unix(1, 0), Last: time.Unix(1, 0), Count: 1, Protocol: protocol, From: netip.MustParseAddrPort("192.0.2.9:1000")}
	for i := 0; i+1 < len(pairs); i += 2 {
		o.Fields = append(o.Fields, observation.Field{Name: pairs[i], Value: pairs[i+1]})
	}
	return o
}

// attribute makes one device of a MAC and messages.
func attribute(t *testing.T, mac string, obs ...*observation.Observation) attribution.Attribution {
	t.Helper()
	d := &device.Device{ID: "d-1", Inputs: []int{0}, Observations: obs, OnLink: true}
	if mac != "" {
		m, ok := observation.ParseMAC(mac)
		if !ok {
			t.Fatalf("bad MAC %q", mac)
		}
		d.MACs = []observation.MAC{m}
		for _, o := range obs {
			o.MAC = m
		}
	}
	return resolver().Attribute(d, []string{"in.pcap"})
}

const (
	hikMAC   = "44:19:b6:01:02:03" // Hangzhou Hikvision
	dahuaMAC = "3c:ef:8c:01:02:03" // Zhejiang Dahua
	dlinkMAC = "b0:c5:54:01:02:03" // D-Link, which makes many things
	localMAC = "02:11:22:33:44:55"
)

func TestAttribute(t *testing.T) {
	sadp := said("sadp", observation.SADPModel, "DS-2CD2143G0-I", observation.SADPMAC, hikMAC, observation.SADPFirmware, "V5.6.5build 200316", observation.SADPOEMCode, "1")
	dhip := func(brand string) *observation.Observation {
		return said("dhip", observation.DHIPMAC, dahuaMAC, observation.DHIPModel, "DHI-XVR5116HE", observation.DHIPClass, "HCVR", observation.DHIPSerial, "3A000N2DMV55891",
			observation.DHIPFirmware, "3.210.0001.7", observation.DHIPVendor, brand, observation.DHIPManufacturer, brand)
	}
	for _, c := range []struct {
		name string
		mac  string
		obs  []*observation.Observation
		want string // kind, brand, maker, platform, model, firmware: each "value grade"
	}{
		{
			name: "a genuine Hikvision camera: protocol and prefix agree",
			mac:  hikMAC, obs: []*observation.Observation{sadp},
			want: "camera probable | Hikvision | Hikvision confirmed | Hikvision confirmed | DS-2CD2143G0-I probable | V5.6.5 build 200316 probable",
		},
		{
			name: "another build code is another badge",
			mac:  localMAC, obs: []*observation.Observation{said("sadp", observation.SADPModel, "CMIP3342W", observation.SADPOEMCode, "27")},
			want: "camera possible | LTS | Hikvision confirmed | Hikvision probable | CMIP3342W probable |  unknown",
		},
		{
			name: "another build code and a model nobody knows: the badge stays open",
			mac:  hikMAC, obs: []*observation.Observation{said("sadp", observation.SADPModel, "XQ-4402", observation.SADPOEMCode, "27")},
			want: "camera possible |  | Hikvision confirmed | Hikvision confirmed | XQ-4402 probable |  unknown",
		},
		{
			name: "the protocol alone is probable, whatever the address",
			mac:  localMAC, obs: []*observation.Observation{said("sadp", observation.SADPModel, "DS-2CD2143G0-I", observation.SADPFirmware, "V5.6.5")},
			want: "camera probable |  | Hikvision probable | Hikvision probable | DS-2CD2143G0-I probable | V5.6.5 probable",
		},
		{
			name: "a placeholder is never a brand",
			mac:  dahuaMAC, obs: []*observation.Observation{dhip("General")},
			want: "recorder probable |  | Dahua confirmed | Dahua confirmed | DHI-XVR5116HE probable | 3.210.0001.7 probable",
		},
		{
			name: "a badge on Dahua firmware, with the relation on file",
			mac:  localMAC, obs: []*observation.Observation{dhip("Intelbras")},
			want: "recorder probable | Intelbras | Dahua confirmed | Dahua probable | DHI-XVR5116HE probable | 3.210.0001.7 probable",
		},
		{
			name: "a prefix of a company that makes many things makes nothing a camera",
			mac:  dlinkMAC, obs: []*observation.Observation{said("dns", observation.DNSQuestion, "example.org")},
			want: "unknown unknown |  |  unknown |  unknown |  unknown |  unknown",
		},
		{
			name: "a locally administered address proves no maker",
			mac:  localMAC, obs: []*observation.Observation{said("arp", observation.ARPMAC, localMAC)},
			want: "unknown unknown |  |  unknown |  unknown |  unknown |  unknown",
		},
		{
			name: "who asks for a maker's cloud may be a viewer",
			mac:  localMAC, obs: []*observation.Observation{said("dns", observation.DNSQuestion, "api.hik-connect.com")},
			want: "unknown unknown |  |  unknown |  unknown |  unknown |  unknown",
		},
		{
			name: "a player that serves a film is no camera",
			mac:  localMAC, obs: []*observation.Observation{said("rtsp", observation.RTSPServer, "Wowza Streaming Engine 4.8.0", observation.SDPVideo, "H264", observation.SDPLine, "a=range:npt=0-596.48")},
			want: "not a camera | | | | | ",
		},
		{
			name: "a class name is shown as sent and not taken for a model",
			mac:  dahuaMAC, obs: []*observation.Observation{said("dhip", observation.DHIPMAC, dahuaMAC, observation.DHIPModel, "NVR", observation.DHIPSerial, "2G022J9NHVF1D00", observation.DHIPClass, "NVR", observation.DHIPVendor, "Private")},
			want: "recorder probable |  | Dahua confirmed | Dahua confirmed | NVR possible |  unknown",
		},
		{
			name: "a maker of its own range is not handed to one who built a part of it",
			mac:  "00:07:5f:b3:42:0d", obs: []*observation.Observation{said("onvif", observation.OnvifManufacturer, "Bosch", observation.OnvifModel, "NBE-3502-AL"), said("http", observation.HTTPServer, "VCS-VideoJet-Webserver")},
			want: "camera possible | Bosch | Bosch probable | Bosch probable | NBE-3502-AL probable |  unknown",
		},
		{
			name: "a transmitter of ONVIF that serves live video is a camera, whoever made it",
			mac:  localMAC, obs: []*observation.Observation{said("wsd", observation.WSDTypes, "NetworkVideoTransmitter"), said("rtsp", observation.SDPVideo, "H264", observation.SDPLine, "a=control:trackID=1")},
			want: "camera probable |  |  unknown |  unknown |  unknown |  unknown",
		},
		{
			name: "a name that a person chose makes no camera of a plug",
			mac:  localMAC, obs: []*observation.Observation{said("dhcp", observation.DHCPHostname, "ipcamera"), said("hnap", observation.HNAPModel, "DSP-W215")},
			want: "not a camera possible | D-Link | D-Link possible |  unknown | DSP-W215 probable |  unknown",
		},
		{
			name: "a drone's remote identification",
			mac:  localMAC, obs: []*observation.Observation{said("odid", observation.ODIDID, "1581F0000000000000AB", observation.ODIDIDType, "serial-number")},
			want: "drone probable | DJI | DJI possible | DJI possible |  unknown |  unknown",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := attribute(t, c.mac, c.obs...)
			got := fmt.Sprintf("%s %s | %s | %s %s | %s %s | %s %s | %s %s", a.Kind.Value, a.Kind.Grade, a.Brand.Value, a.Maker.Value, a.Maker.Grade,
				a.Platform.Value, a.Platform.Grade, a.Model.Value, a.Model.Grade, a.Firmware.Value, a.Firmware.Grade)
			if c.want == "not a camera | | | | | " {
				if a.Kind.Value == attribution.KindCamera {
					t.Errorf("kind = %s %s", a.Kind.Value, a.Kind.Grade)
				}
				return
			}
			if got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestConflictIsShownNotAveraged gives two makers' own protocols one voice each.
func TestConflictIsShownNotAveraged(t *testing.T) {
	a := attribute(t, localMAC,
		said("sadp", observation.SADPModel, "DS-2CD2143G0-I"),
		said("dhip", observation.DHIPMAC, "3c:ef:8c:01:02:03", observation.DHIPSerial, "3A000N2DMV55891"),
	)
	if a.Platform.Grade > attribution.Probable || len(a.Platform.Conflicts) == 0 {
		t.Errorf("platform %s %s with %d conflicts; both makers must be shown", a.Platform.Value, a.Platform.Grade, len(a.Platform.Conflicts))
	}
	b := attribute(t, localMAC, said("dhip", observation.DHIPFirmware, "1.0.0"), said("onvif", observation.OnvifFirmware, "2.0.0"))
	if b.Firmware.Value != "" || len(b.Firmware.Conflicts) != 2 {
		t.Errorf("two versions that stand equally well gave %q with %d conflicts; want unknown with both", b.Firmware.Value, len(b.Firmware.Conflicts))
	}
}

// TestEarlierFirmwareIsNoConflict lets a device take an update.
func TestEarlierFirmwareIsNoConflict(t *testing.T) {
	at := func(second int64, protocol, field, version string) *observation.Observation {
		o := said(protocol, field, version)
		o.Seen, o.Last = time.Unix(second, 0), time.Unix(second+5, 0)
		return o
	}
	for _, c := range []struct {
		name        string
		obs         []*observation.Observation
		value, note string
		conflicts   int
	}{
		{"an update", []*observation.Observation{at(10, "onvif", observation.OnvifFirmware, "10.12.228"), at(100, "onvif", observation.OnvifFirmware, "11.11.116")}, "11.11.116", "it stated 10.12.228 earlier", 0},
		{"two updates, heard of last first", []*observation.Observation{at(300, "onvif", observation.OnvifFirmware, "3"), at(10, "onvif", observation.OnvifFirmware, "1"), at(100, "onvif", observation.OnvifFirmware, "2")}, "3", "it stated 2 earlier", 0},
		{"an update that two protocols show", []*observation.Observation{at(10, "dhip", observation.DHIPFirmware, "1.0"), at(12, "onvif", observation.OnvifFirmware, "1.0"), at(100, "onvif", observation.OnvifFirmware, "2.0")}, "2.0", "it stated 1.0 earlier", 0},
		{"one protocol did not follow", []*observation.Observation{at(10, "dhip", observation.DHIPFirmware, "1.0"), at(200, "dhip", observation.DHIPFirmware, "1.0"), at(12, "onvif", observation.OnvifFirmware, "1.0"), at(100, "onvif", observation.OnvifFirmware, "2.0")}, "1.0", "", 1},
		{"in turns", []*observation.Observation{at(10, "onvif", observation.OnvifFirmware, "1.0"), at(100, "onvif", observation.OnvifFirmware, "2.0"), at(200, "onvif", observation.OnvifFirmware, "1.0")}, "", "", 2},
		{"two protocols, each its own", []*observation.Observation{at(10, "dhip", observation.DHIPFirmware, "1.0"), at(100, "onvif", observation.OnvifFirmware, "2.0")}, "", "", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := attribute(t, localMAC, c.obs...).Firmware
			if f.Value != c.value || len(f.Conflicts) != c.conflicts || c.note != "" && f.Note != c.note {
				t.Errorf("got %q (%d conflicts, note %q), want %q (%d, %q)", f.Value, len(f.Conflicts), f.Note, c.value, c.conflicts, c.note)
			}
		})
	}
}

// TestTwoProtocolsConfirm says model and version in two protocols.
func TestTwoProtocolsConfirm(t *testing.T) {
	a := attribute(t, hikMAC,
		said("sadp", observation.SADPModel, "DS-2CD2143G0-I", observation.SADPFirmware, "V5.6.5build 200316"),
		said("onvif", observation.OnvifManufacturer, "HIKVISION", observation.OnvifModel, "DS-2CD2143G0-I", observation.OnvifFirmware, "V5.6.5 build 200316"),
	)
	if a.Model.Grade != attribution.Confirmed || a.Firmware.Grade != attribution.Confirmed || a.Brand.Value != "Hikvision" {
		t.Errorf("model %s, firmware %s, brand %q; want confirmed, confirmed, Hikvision", a.Model.Grade, a.Firmware.Grade, a.Brand.Value)
	}
}

// TestEveryStatementCarriesEvidence checks the rule that makes a claim disputable.
func TestEveryStatementCarriesEvidence(t *testing.T) {
	a := attribute(t, hikMAC, said("sadp", observation.SADPModel, "DS-2CD2143G0-I", observation.SADPMAC, hikMAC))
	for name, c := range map[string]attribution.Claim{"kind": a.Kind, "brand": a.Brand, "maker": a.Maker, "platform": a.Platform, "model": a.Model, "network part": a.NetworkPart, "chip": a.Chip} {
		if c.Value == "" || c.Grade == attribution.Unknown {
			continue
		}
		if len(c.Evidence) == 0 {
			t.Errorf("%s: %s without evidence", name, c.Value)
		}
		for _, e := range c.Evidence {
			if e.Rule == "" || e.Source == "" || e.Says == "" {
				t.Errorf("%s: evidence without rule, source or words: %+v", name, e)
			}
			if e.Protocol != "knowledge base" && (e.Input != "in.pcap" || e.Packet == 0) {
				t.Errorf("%s: evidence points at no packet: %+v", name, e)
			}
		}
	}
	if len(a.Steps) == 0 {
		t.Error("no steps to explain")
	}
}

// TestRecalledRowsSupportPossibleAtMost looks for every row that nobody checked.
func TestRecalledRowsSupportPossibleAtMost(t *testing.T) {
	prints, err := fingerprint.Load(kb.FS)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, row := range prints.Rows() {
		reads := fingerprint.Reads(row.Kind)
		if row.Source.Verified || row.Company == "" || len(reads) == 0 || len(row.Examples) == 0 {
			continue
		}
		n++
		a := attribute(t, localMAC, said("x", reads[0], row.Examples[0]))
		for _, c := range []attribution.Claim{a.Maker, a.Platform} {
			if c.ID != string(row.Company) || c.Grade <= attribution.Possible {
				continue
			}
			verified := false
			for _, e := range c.Evidence {
				verified = verified || !e.Unverified
			}
			if !verified {
				t.Errorf("%s: recalled evidence alone gave %s %s", row.ID, c.Value, c.Grade)
			}
		}
	}
	if n == 0 {
		t.Error("found no unverified row: the test tests nothing")
	}
}
