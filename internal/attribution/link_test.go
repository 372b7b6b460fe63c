package attribution_test

import (
	"fmt"
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
)

const (
	djiMAC  = "04:a8:5a:01:02:03" // SZ DJI Technology
	axisMAC = "ac:cc:8e:01:02:03" // Axis
)

// TestLinkAndDiscovery says what follows from what devices tell their neighbours,
// their makers' search tools and the air.
func TestLinkAndDiscovery(t *testing.T) {
	for _, c := range []struct {
		name string
		mac  string
		obs  []*observation.Observation
		want string // kind, brand, maker, platform, model, firmware: each "value grade"
	}{
		{
			name: "DroneID, and a prefix of DJI",
			mac:  djiMAC, obs: []*observation.Observation{said("dji", observation.DJISerial, "163CG9NR0A1B2C", observation.DJIProduct, "58", observation.DJIModel, "Mavic Air 2")},
			want: "drone probable | DJI | DJI probable | DJI probable | Mavic Air 2 probable |  unknown",
		},
		{
			name: "DroneID alone can be imitated",
			mac:  localMAC, obs: []*observation.Observation{said("dji", observation.DJISerial, "163CG9NR0A1B2C")},
			want: "drone probable | DJI | DJI possible | DJI possible |  unknown |  unknown",
		},
		{
			name: "a module's serial number says nothing of the aircraft",
			mac:  localMAC, obs: []*observation.Observation{said("odid", observation.ODIDID, "1596A0123456789", observation.ODIDIDType, "serial-number")},
			want: "drone probable |  |  unknown |  unknown |  unknown |  unknown",
		},
		{
			name: "a code that nobody checked supports nothing",
			mac:  localMAC, obs: []*observation.Observation{said("odid", observation.ODIDID, "1668BR40FA0098ER", observation.ODIDIDType, "serial-number")},
			want: "drone probable | Skydio | Skydio possible |  unknown |  unknown |  unknown",
		},
		{
			name: "a registration is no serial number",
			mac:  localMAC, obs: []*observation.Observation{said("odid", observation.ODIDID, "1581F0000000000000AB", observation.ODIDIDType, "registration")},
			want: "drone probable |  |  unknown |  unknown |  unknown |  unknown",
		},
		{
			name: "only the operator is told",
			mac:  localMAC, obs: []*observation.Observation{said("odid", observation.ODIDOperator, "GBR-OP-123ABCD")},
			want: "drone probable |  |  unknown |  unknown |  unknown |  unknown",
		},
		{
			name: "a camera's inventory over LLDP",
			mac:  axisMAC, obs: []*observation.Observation{said("lldp", observation.LLDPMAC, axisMAC, observation.LLDPCapability, "station", observation.LLDPManufacturer, "Axis Communications AB", observation.LLDPModel, "P3245-LVE", observation.LLDPSoftware, "10.12.65")},
			want: "camera possible | Axis | Axis possible |  unknown | P3245-LVE probable | 10.12.65 probable",
		},
		{
			name: "a switch over LLDP is no camera",
			mac:  localMAC, obs: []*observation.Observation{said("lldp", observation.LLDPCapability, "bridge", observation.LLDPCapability, "router", observation.LLDPManufacturer, "Cisco Systems, Inc.", observation.LLDPModel, "WS-C2960")},
			want: "not a camera possible | Cisco Systems, Inc. |  unknown |  unknown | WS-C2960 probable |  unknown",
		},
		{
			name: "a camera with ports for others is still one",
			mac:  hikMAC, obs: []*observation.Observation{
				said("lldp", observation.LLDPCapability, "bridge"),
				said("sadp", observation.SADPModel, "DS-2CD2143G0-I", observation.SADPMAC, hikMAC),
			},
			want: "camera probable | Hikvision | Hikvision confirmed | Hikvision confirmed | DS-2CD2143G0-I probable |  unknown",
		},
		{
			name: "a maker's own search is answered",
			mac:  "00:07:5f:01:02:03", obs: []*observation.Observation{said("discovery", observation.DiscoveryProtocol, "bosch", observation.DiscoveryModel, "FLEXIDOME IP starlight 8000i", observation.DiscoveryMAC, "00:07:5f:01:02:03")},
			want: "camera possible | Bosch | Bosch confirmed | Bosch confirmed | FLEXIDOME IP starlight 8000i probable |  unknown",
		},
		{
			name: "machine vision names its maker itself",
			mac:  localMAC, obs: []*observation.Observation{said("discovery", observation.DiscoveryProtocol, "gigevision", observation.DiscoveryManufacturer, "Basler", observation.DiscoveryModel, "acA1300-30gc")},
			want: "camera possible | Basler | Basler possible |  unknown | acA1300-30gc probable |  unknown",
		},
		{
			name: "a Tapo camera found by its app",
			mac:  localMAC, obs: []*observation.Observation{said("tapo", observation.TapoType, "SMART.IPCAMERA", observation.TapoModel, "C210(EU)", observation.TapoFirmware, "1.4.3 Build 241010 Rel.33858n")},
			want: "camera probable | Tapo | TP-Link confirmed | TP-Link probable | C210(EU) probable | 1.4.3 Build 241010 Rel.33858n probable",
		},
		{
			name: "a Tapo doorbell is that",
			mac:  localMAC, obs: []*observation.Observation{said("tapo", observation.TapoType, "SMART.TAPODOORBELL", observation.TapoModel, "D130(US)")},
			want: "doorbell probable | Tapo | TP-Link confirmed | TP-Link probable | D130(US) probable |  unknown",
		},
		{
			name: "a Kasa plug is no camera",
			mac:  localMAC, obs: []*observation.Observation{said("kasa", observation.KasaType, "IOT.SMARTPLUGSWITCH", observation.KasaModel, "HS110(EU)", observation.KasaAlias, "Garage camera")},
			want: "not a camera probable | Kasa | TP-Link confirmed | TP-Link probable | HS110(EU) probable |  unknown",
		},
		{
			name: "a Ubiquiti camera announces itself",
			mac:  localMAC, obs: []*observation.Observation{said("ubnt", observation.UbntMAC, "dc:9f:db:00:00:01", observation.UbntPlatform, "AirCam", observation.UbntFirmware, "AirCam.GM8126.v3.1.4")},
			want: "camera probable |  | Ubiquiti probable | Ubiquiti probable | AirCam possible | AirCam.GM8126.v3.1.4 probable",
		},
		{
			name: "a Ubiquiti antenna announces itself",
			mac:  localMAC, obs: []*observation.Observation{said("ubnt", observation.UbntMAC, "dc:9f:db:00:00:01", observation.UbntPlatform, "N5B")},
			want: "unknown unknown |  | Ubiquiti probable | Ubiquiti probable | N5B possible |  unknown",
		},
		{
			name: "a Reolink recorder says what it is at the login",
			mac:  localMAC, obs: []*observation.Observation{said("baichuan", observation.BaichuanMessage, "1", observation.BaichuanType, "nvr"), said("baichuan", observation.BaichuanMessage, "80", observation.BaichuanModel, "RLN8-410")},
			want: "recorder probable |  | Reolink probable | Reolink probable | RLN8-410 probable |  unknown",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := attribute(t, c.mac, c.obs...)
			got := fmt.Sprintf("%s %s | %s | %s %s | %s %s | %s %s | %s %s", a.Kind.Value, a.Kind.Grade, a.Brand.Value, a.Maker.Value, a.Maker.Grade,
				a.Platform.Value, a.Platform.Grade, a.Model.Value, a.Model.Grade, a.Firmware.Value, a.Firmware.Grade)
			if got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}
