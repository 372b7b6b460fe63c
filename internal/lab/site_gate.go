package lab

import (
	"net/netip"
	"time"
)

// gateWork plays the cabinet at the gate: a number-plate camera and the computer
// that opens the barrier.
func (s *site) gateWork() {
	const model, serial, firmware = "DS-TCG227-AIR", "DS-TCG227-AIR20210617AAWRG22840916", "V4.5.1build 210409"
	camera := s.put(&Station{Name: "Hikvision number-plate camera at the gate", MAC: mac("08:a1:89:e2:14:6f"), IP: addr("10.30.0.20"), Segment: s.gate},
		Label{Camera: true, Kind: "anpr", Brand: "Hikvision", Maker: "hikvision", Model: model, Firmware: firmware, Serial: serial})
	barrier := s.put(&Station{Name: "barrier computer", MAC: mac("00:14:22:6a:0d:93"), IP: addr("10.30.0.10"), Segment: s.gate}, Label{Kind: "not a camera"})
	s.Gratuitous(sec(26), camera)
	s.Gratuitous(sec(27), barrier)
	s.ARP(sec(27.5), camera, s.router)
	s.Clock(sec(28), camera, s.router)
	s.UDP(sec(175), barrier, 37020, sadpGroup, sadpInquiry(s.uuid()))
	s.UDP(sec(175.3), camera, 37020, sadpGroup, sadpAnswer(camera, "10.30.0.1", s.uuid(), model, serial, firmware, "V5.0 build 210331", "1"))
	s.ARP(sec(179.9), barrier, camera)
	info := `<?xml version="1.0" encoding="UTF-8"?>` + "\r\n" + `<DeviceInfo version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema">` + "\r\n" + elements(
		"deviceName", "Gate in", "deviceID", "c1a7b6e0-5d2f-11b4-9c0a-08a189e2146f", "deviceDescription", "IPCamera", "deviceLocation", "hangzhou", "systemContact", "Hikvision.China",
		"model", model, "serialNumber", serial, "macAddress", camera.MAC.String(), "firmwareVersion", "V4.5.1", "firmwareReleasedDate", "build 210409",
		"encoderVersion", "V5.0", "encoderReleasedDate", "build 210331", "deviceType", "IPCamera", "telecontrolID", "255", "manufacturer", "hikvision", "OEMCode", "1") + "</DeviceInfo>\r\n"
	challenge := Response("401 Unauthorized", "", "Server: App-webs/", `WWW-Authenticate: Digest realm="IP Camera(G2284)", domain="::", qop="auth", nonce="5f0cf3c61d4a9b07:1772439180", algorithm="MD5"`)
	s.Get(sec(180), barrier, camera, 40112, 80, "BarrierControl/2.1",
		Page{"/ISAPI/System/deviceInfo", challenge},
		Page{"/ISAPI/System/deviceInfo", Response("200 OK", info, "Server: App-webs/", "Content-Type: application/xml; charset=\"UTF-8\"")})
	view := &RTSP{Path: "/Streaming/Channels/101", Realm: "IP Camera(G2284)", Public: "OPTIONS, DESCRIBE, PLAY, PAUSE, SETUP, TEARDOWN, SET_PARAMETER, GET_PARAMETER",
		SDP: hikSDP("/Streaming/Channels/101", "1920,1080"), Agent: "BarrierControl/2.1", Track: "/trackID=1"}
	s.OverUDP(sec(184), barrier, camera, 40120, 554, 8230, view, s.Video(96, 10, 700), 40)
	plate := `<EventNotificationAlert version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema">` + "\r\n" + elements(
		"ipAddress", camera.IP.String(), "macAddress", camera.MAC.String(), "channelID", "1", "eventType", "ANPR", "eventDescription", "ANPR") +
		"<ANPR>" + elements("licensePlate", "LAB 001", "confidenceLevel", "97", "line", "1") + "</ANPR></EventNotificationAlert>\r\n"
	d := s.Dial(sec(200), camera, 41877, barrier, 8088)
	d.Client(Request("POST", "/plates", netip.AddrPortFrom(barrier.IP, 8088).String(), plate, "Content-Type: application/xml"))
	d.Wait(5 * time.Millisecond).Server(Response("200 OK", ""))
	d.Close()
}
