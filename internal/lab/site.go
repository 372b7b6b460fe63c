package lab

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/observation"
)

// SiteComment is what the capture says of itself.
const SiteComment = "Made by Lenscap's lab (internal/lab), a simulation. Nothing in this file was recorded: " +
	"every station, address, serial number and certificate is invented; answers are shaped like those of real devices."

// A Label is the truth about one station.
type Label struct {
	Src      string `json:"src"` // its IPv4 address
	MAC      string `json:"mac"`
	Camera   bool   `json:"camera"` // a camera of any kind, or a recorder
	Kind     string `json:"kind"`   // as in package attribution; "" where there is nothing to see
	Brand    string `json:"brand"`  // name it gives itself or is sold under; "" when left out
	Maker    string `json:"maker"`  // id in the knowledge base; "" when nothing tells
	Model    string `json:"model"`
	Firmware string `json:"firmware"`
	Serial   string `json:"serial"`
	Name     string `json:"name"` // what it is, in words
}

// A site is a network in the making, with its truth.
type site struct {
	*Network
	office, cameras, gate *Segment
	router                *Station
	labels                []Label
}

// Site builds the lab's station: a small firm with an office, a camera network
// (VLAN 20) and a gate with a number-plate camera, over some five minutes from
// Start. It is the source of examples/lab-station.pcapng.
func Site() (*Network, []Label) {
	s := &site{Network: New(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), "lenscap lab station 1")}
	s.office = s.Segment("office", "Office, untagged. "+SiteComment, 0)
	s.cameras = s.Segment("cameras", "Trunk to the camera switch, VLAN 20. "+SiteComment, 20)
	s.gate = s.Segment("gate", "Cabinet at the gate, untagged. "+SiteComment, 0)
	s.router = s.put(&Station{
		Name: "router", MAC: mac("4c:5e:0c:31:7a:01"), IP: addr("10.10.0.1"), Segment: s.office,
		Also: []Leg{{s.cameras, addr("10.20.0.1")}, {s.gate, addr("10.30.0.1")}},
	}, Label{Kind: "not a camera"})
	for _, g := range s.segments {
		g.Router = s.router
	}
	s.officeWork()
	s.cameraWork()
	s.gateWork()
	return s.Network, s.labels
}

// put adds a station with its truth.
func (s *site) put(st *Station, l Label) *Station {
	l.Src, l.MAC, l.Name = st.IP.String(), st.MAC.String(), st.Name
	s.labels = append(s.labels, l)
	return s.Add(st)
}

// far adds an address beyond the router, of which there is nothing to say.
func (s *site) far(name, ip string) *Station {
	return s.Add(&Station{Name: name, IP: addr(ip)})
}

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

func mac(s string) observation.MAC {
	m, ok := observation.ParseMAC(s)
	if !ok {
		panic("lab: no hardware address: " + s)
	}
	return m
}

// linkLocal is the IPv6 address made from a hardware address (RFC 4291, appendix A).
func linkLocal(m observation.MAC) netip.Addr {
	return netip.AddrFrom16([16]byte{0xfe, 0x80, 8: m[0] ^ 2, 9: m[1], 10: m[2], 11: 0xff, 12: 0xfe, 13: m[3], 14: m[4], 15: m[5]})
}

func sec(f float64) time.Duration { return time.Duration(f * float64(time.Second)) }

// lines joins the lines of a session description.
func lines(l ...string) string { return strings.Join(l, "\r\n") + "\r\n" }

// element is an XML element with text.
func element(name, text string) string { return "<" + name + ">" + text + "</" + name + ">" }

// elements are several, a line each: name, text, name, text …
func elements(pairs ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		b.WriteString(element(pairs[i], pairs[i+1]) + "\r\n")
	}
	return b.String()
}

// onvifScopes are the scopes of an endpoint: name, hardware and place.
func onvifScopes(name, hardware, place string, more ...string) []string {
	out := []string{
		"onvif://www.onvif.org/type/video_encoder", "onvif://www.onvif.org/Profile/Streaming",
		"onvif://www.onvif.org/hardware/" + hardware, "onvif://www.onvif.org/name/" + name,
	}
	if place != "" {
		out = append(out, "onvif://www.onvif.org/location/"+place)
	}
	return append(out, more...)
}

func service(s *Station) string { return fmt.Sprintf("http://%s/onvif/device_service", s.IP) }
