package report

import (
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/egress"
)

// pips draws a grade in four steps: none, one, two or three of three filled. It
// always stands beside the word.
func pips(g attribution.Grade) string {
	return strings.Repeat("●", int(g)) + strings.Repeat("○", 3-int(g))
}

// A named is a claim with its name in words.
type named struct {
	name  string
	claim *attribution.Claim
}

// claimsOf lists the claims about a device in the order they are read.
func claimsOf(d *Device) []named {
	return []named{
		{"Kind", &d.Kind}, {"Brand", &d.Brand}, {"Maker", &d.Maker}, {"Platform", &d.Platform},
		{"Model", &d.Model}, {"Firmware", &d.Firmware}, {"Chip", &d.Chip},
		{"Chip maker", &d.ChipMaker}, {"Network part", &d.NetworkPart},
	}
}

// conflictsOf counts what evidence says against the claims chosen.
func conflictsOf(d *Device) int {
	n := 0
	for _, c := range claimsOf(d) {
		n += len(c.claim.Conflicts)
	}
	return n
}

// whyOf is the reasoning for a claim in few words: what each piece of evidence
// says, strongest first, each sentence once.
func whyOf(c *attribution.Claim) []string {
	var out []string
	for i := range c.Evidence {
		s := c.Evidence[i].Says
		if s == "" {
			s = c.Evidence[i].Field + " = " + c.Evidence[i].Value
		}
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// shortWhy names the protocols a claim rests on, strongest first: "SADP, RTSP, MAC".
func shortWhy(c *attribution.Claim) string {
	var out []string
	for i := range c.Evidence {
		p := protocolName(c.Evidence[i].Protocol)
		if p != "" && !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return strings.Join(out, ", ")
}

// protocolNames are the protocols whose usual name is not theirs in capitals.
var protocolNames = map[string]string{
	"baichuan":       "Baichuan",
	"dahua-dvrip":    "Dahua private protocol",
	"dhip":           "DHIP",
	"dhp2p":          "Dahua P2P",
	"discovery":      "maker's discovery",
	"dji":            "DJI DroneID",
	"dvrip":          "DVRIP (Sofia)",
	"ethernet":       "Ethernet",
	"ezviz":          "EZVIZ",
	"flow":           "traffic",
	"hik-sdk":        "Hikvision SDK",
	"kasa":           "TP-Link Kasa",
	"knowledge base": "knowledge base",
	"lapi":           "Uniview LAPI",
	"mdns":           "mDNS",
	"nmap":           "nmap",
	"odid":           "Open Drone ID",
	"pppp":           "PPPP",
	"tapo":           "TP-Link Tapo",
	"telnet":         "Telnet",
	"tutk":           "TUTK (Kalay)",
	"tvt":            "TVT",
	"ubnt":           "Ubiquiti discovery",
	"unifi":          "UniFi",
	"upnp":           "UPnP",
	"vapix":          "VAPIX",
	"wlan":           "Wi-Fi",
	"wsd":            "WS-Discovery",
	"x509":           "X.509",
}

// protocolName is a protocol as its own standard or its maker writes it.
func protocolName(p string) string {
	if name, ok := protocolNames[p]; ok {
		return name
	}
	return strings.ToUpper(p)
}

func addressesOf(d *Device) []string {
	out := make([]string, len(d.Addresses))
	for i, a := range d.Addresses {
		out[i] = a.IP
	}
	return out
}

// kindWords is how many of a kind there are: "1 camera", "2 number-plate cameras".
func kindWords(kind string, n int) string {
	switch kind {
	case attribution.KindANPR:
		return plural(n, "number-plate camera", "number-plate cameras")
	case attribution.KindVMS:
		return plural(n, "video server", "video servers")
	case attribution.KindNotCamera:
		return plural(n, "that is not a camera", "that are not cameras")
	case attribution.KindUnknown:
		return thousands(int64(n)) + " of unknown kind"
	}
	return plural(n, kind, kind+"s")
}

// purposeName is what a conversation is for as a cell of a table.
func purposeName(purpose string) string {
	switch purpose {
	case egress.PurposeP2P:
		return "peer to peer"
	case egress.PurposePush:
		return "push messages"
	case egress.PurposeNTP:
		return "time (NTP)"
	case egress.PurposeDNS:
		return "names (DNS)"
	case egress.PurposeUnknown:
		return "not known"
	}
	return purpose
}

// kindName is a kind as a cell of a table.
func kindName(kind string) string {
	switch kind {
	case attribution.KindANPR:
		return "number-plate camera"
	case attribution.KindVMS:
		return "video server"
	}
	return kind
}
