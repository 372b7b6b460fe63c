package lab

import (
	"net/netip"
	"time"
)

// gateWork plays the cabinet at the gate: a number-plate camera and the computer
// that opens the barrier.
func (s *site) gateWork() {
	const model, serial, firmware = "DHI-ITC215-PW6M-IRLZF", "8J04D1BPAK5E903", "2.625.0000000.8.R"
	camera := s.put(&Station{Name: "Dahua number-plate camera at the gate", MAC: mac("14:a7:8b:e2:14:6f"), IP: addr("10.30.0.20"), Segment: s.gate},
		Label{Camera: true, Kind: "anpr", Brand: "Dahua", Maker: "dahua", Model: model, Firmware: firmware, Serial: serial})
	barrier := s.put(&Station{Name: "barrier computer", MAC: mac("00:14:22:6a:0d:93"), IP: addr("10.30.0.10"), Segment: s.gate}, Label{Kind: "not a camera"})
	s.Gratuitous(sec(26), camera)
	s.Gratuitous(sec(27), barrier)
	s.ARP(sec(27.5), camera, s.router)
	s.Clock(sec(28), camera, s.router)
	s.UDP(sec(175), barrier, 45810, dhipGroup, dhip(`{"method":"DHDiscover.search","params":{"mac":"","uni":1}}`))
	s.UDP(sec(175.3), camera, 37810, dhipGroup, dhipReply(camera, "10.30.0.1", "ITC", model, "GATE-IN", serial, firmware, "Dahua", "0", "1"))
	s.ARP(sec(179.9), barrier, camera)
	challenge := Response("401 Unauthorized", "", `WWW-Authenticate: Digest realm="Login to `+serial+`", qop="auth", nonce="1839406127", opaque="6c1f0d2ab93e4475"`, "Connection: close")
	s.Get(sec(180), barrier, camera, 40112, 80, "BarrierControl/2.1", Page{"/cgi-bin/magicBox.cgi?action=getSystemInfo", challenge})
	view := dahuaView(serial, "BarrierControl/2.1")
	s.OverUDP(sec(184), barrier, camera, 40120, 554, 21170, view, s.Video(96, 10, 700), 40)
	plate := `{"Picture":{"Plate":{"IsExist":true,"PlateNumber":"LAB 001","PlateColor":"White","Confidence":97},"SnapInfo":{"LanNo":1,"DeviceID":"` + serial + `"}}}`
	d := s.Dial(sec(200), camera, 41877, barrier, 8088)
	d.Client(Request("POST", "/NotificationInfo/TollgateInfo", netip.AddrPortFrom(barrier.IP, 8088).String(), plate, "Content-Type: application/json"))
	d.Wait(5 * time.Millisecond).Server(Response("200 OK", `{"Result":true}`, "Content-Type: application/json"))
	d.Close()
}
