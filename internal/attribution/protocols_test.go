package attribution_test

import (
	"fmt"
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
)

// What the protocols of makers' platforms say of a device, at an address that
// tells nothing.
func TestPlatformProtocols(t *testing.T) {
	named := said("lapi", observation.LapiManufacturer, "HIKVISION", observation.LapiModel, "DS-2CD2143G0-I", observation.LapiMAC, localMAC)
	named.About = observation.Named
	for _, c := range []struct {
		name string
		obs  *observation.Observation
		want string // kind, brand, platform, model, firmware
	}{
		{
			"Xiongmai's system information",
			said("dvrip", observation.DVRIPMessage, "1021", observation.DVRIPHardware, "50H20L_18EV200_S38", observation.DVRIPFirmware, "V4.02.R12.00018520"),
			"camera possible |  | Xiongmai probable |  | V4.02.R12.00018520 probable",
		},
		{"a client that looks for Xiongmai's devices", said("dvrip", observation.DVRIPInquiry, "search"), "unknown unknown |  |  |  | "},
		{
			"TVT's announcement under a badge",
			said("tvt", observation.TVTMessage, "announce", observation.TVTModel, "DCN-BM8127AIN", observation.TVTFirmware, "1.5-1428327", observation.TVTVendor, "DVC"),
			"camera possible | DVC possible | TVT probable | DCN-BM8127AIN probable | 1.5-1428327 probable",
		},
		{
			"the terms of Dahua's login",
			said("dahua-dvrip", observation.DahuaMessage, "login", observation.DahuaRealm, "Login to 5L04507PAJBD5F6"),
			"camera possible |  | Dahua probable |  | ",
		},
		{
			"Dahua's system information under a badge",
			said("dahua-cgi", observation.DahuaCGIModel, "IP4M-1041B", observation.DahuaCGISerial, "AMC0000000001"),
			"camera possible | Amcrest possible | Dahua probable | IP4M-1041B probable | ",
		},
		{
			"Uniview's description",
			said("lapi", observation.LapiURL, "/LAPI/V1.0/System/DeviceInfo", observation.LapiModel, "NVR302-16S2", observation.LapiFirmware, "B3220P12"),
			"camera possible |  | Uniview probable | NVR302-16S2 probable | B3220P12 probable",
		},
		{"a camera in a Uniview recorder's list is not Uniview's for that", named, ""},
		{"Hikvision's SDK alone is only possible", said("hik-sdk", observation.HikSDKMessage, "login"), "unknown unknown |  | Hikvision possible |  | "},
		{"the local service of EZVIZ", said("ezviz", observation.EzvizMessage, "2012", observation.EzvizService, "commands"), "unknown unknown |  | EZVIZ possible |  | "},
		{"a phone asks EZVIZ's servers for its address", said("ezviz", observation.EzvizMessage, "0812"), "unknown unknown |  |  |  | "},
		{"Kalay is many makers'", said("tutk", observation.TUTKMessage, "keep-alive"), "camera possible |  |  |  | "},
		{"who asks Kalay's servers for a device is none", said("tutk", observation.TUTKMessage, "look-up answer", observation.TUTKPeer, "203.0.113.5:32201"), "unknown unknown |  |  |  | "},
		{"who asks PPPP's servers is none", said("pppp", observation.PPPPMapped, "203.0.113.5:32201"), "unknown unknown |  |  |  | "},
		{"DHP2P is an app's too", said("dhp2p", observation.DHP2PMessage, "DHGET /online/p2psrv"), "unknown unknown |  |  |  | "},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := attribute(t, localMAC, c.obs)
			show := func(value string, grade fmt.Stringer) string {
				if value == "" {
					return ""
				}
				return value + " " + grade.String()
			}
			got := show(a.Kind.Value, a.Kind.Grade) + " | " + show(a.Brand.Value, a.Brand.Grade) + " | " + show(a.Platform.Value, a.Platform.Grade) + " | " +
				show(a.Model.Value, a.Model.Grade) + " | " + show(a.Firmware.Value, a.Firmware.Grade)
			if c.want == "" {
				if a.Platform.ID == "uniview" {
					t.Errorf("got %s", got)
				}
				return
			}
			if got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}
