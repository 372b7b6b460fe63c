package lab

import (
	"strings"
	"time"
)

// gateway is the router's address in the network of cameras.
func (p *play) gateway(s *Station) string { return s.Segment.Router.On(s.Segment).String() }

// matches answers the search for ONVIF devices.
func (p *play) matches(s *Station, at time.Duration, name, hardware string, more ...string) {
	m := hexMAC(s)
	p.ProbeMatch(at, s, Endpoint{
		UUID: strings.ToLower("5e1a4c00-" + m[:4] + "-11b5-8a02-" + m), Types: "dn:NetworkVideoTransmitter tds:Device", XAddrs: service(s),
		Scopes: onvifScopes(name, hardware, "", more...),
	}, p.probe, p.seeker, seekerPort)
}

// informs answers GetDeviceInformation, some minutes after the search.
func (p *play) informs(s *Station, at time.Duration, manufacturer, hardware string, m *member) {
	at += 5*time.Minute + time.Duration(m.host)*7*time.Second
	p.ARP(at-time.Second, p.seeker, s)
	p.GetDeviceInformation(at, p.seeker, s, 50000+uint16(m.host), Information{manufacturer, m.truth.Model, p.today, m.truth.Serial, hardware})
}

// saysHikvision is a device of Hikvision's platform; oem names another badge.
func saysHikvision(p *play, m *member, s *Station, at time.Duration) {
	code, more, name := "1", []string(nil), "HIKVISION%20"+m.truth.Model
	if m.truth.Brand != "Hikvision" {
		code, more, name = "30217", []string{"OEMInfo", m.truth.Brand}, m.truth.Brand+"%20"+m.truth.Model
	}
	p.UDP(at, s, 37020, sadpGroup, sadpAnswer(s, p.gateway(s), p.uuid(), m.truth.Model, m.truth.Serial, p.today, "V7.3 build 200303", code, more...))
	p.matches(s, at+5*time.Millisecond, name, m.truth.Model, "onvif://www.onvif.org/MAC/"+s.MAC.String())
	if m.truth.Brand != "Hikvision" {
		p.informs(s, at, m.truth.Brand, "88", m)
	}
}

func viewHikvision(m *member) *RTSP {
	return &RTSP{Path: "/Streaming/Channels/101", Realm: "IP Camera(" + m.truth.Serial[len(m.truth.Serial)-5:] + ")",
		Public: "OPTIONS, DESCRIBE, PLAY, PAUSE, SETUP, TEARDOWN, SET_PARAMETER, GET_PARAMETER", SDP: hikSDP("/Streaming/Channels/101", "1920,1080"), Agent: "Rtsp Client/2.0", Track: "/trackID=1"}
}

// saysDahua is a device of Dahua's platform.
func saysDahua(p *play, m *member, s *Station, at time.Duration) {
	class, remote, inputs, brand := "IPC", "0", "1", "General"
	if m.truth.Kind == "recorder" {
		class, remote, inputs = "NVR", "16", "0"
	}
	if m.truth.Brand != "" {
		brand = m.truth.Brand
	}
	p.UDP(at, s, 37810, dhipGroup, dhipReply(s, p.gateway(s), class, m.truth.Model, class, m.truth.Serial, p.today, brand, remote, inputs))
}

func viewDahua(m *member) *RTSP { return dahuaView(m.truth.Serial, "Rtsp Client/2.0") }

func saysAxis(p *play, m *member, s *Station, at time.Duration) {
	txt := []string{"macaddress=" + hexMAC(s)}
	name := "AXIS " + m.truth.Model + " - " + hexMAC(s)
	p.Announce(at-time.Hour, s, "axis-"+strings.ToLower(hexMAC(s)), Service{name, "_axis-video._tcp", 80, txt}, Service{name, "_rtsp._tcp", 554, append(txt, "path=axis-media/media.amp")})
	p.matches(s, at, "AXIS%20"+m.truth.Model, m.truth.Model)
	p.informs(s, at, "AXIS", "854", m)
}

func viewAxis(m *member) *RTSP {
	return &RTSP{Path: "/axis-media/media.amp?videocodec=h264", Realm: "AXIS_" + m.truth.Serial, Server: "GStreamer RTSP server",
		Public: "OPTIONS, DESCRIBE, GET_PARAMETER, PAUSE, PLAY, SETUP, SET_PARAMETER, TEARDOWN", Agent: "Rtsp Client/2.0", Track: "&stream=0",
		SDP: sdpOf("Session streamed with GStreamer", "stream=0")}
}

func saysUniview(p *play, m *member, s *Station, at time.Duration) {
	p.matches(s, at, m.truth.Model, m.truth.Model, "onvif://www.onvif.org/location/country/unknown")
	p.informs(s, at, "UNIVIEW", "A", m)
}

func viewUniview(m *member) *RTSP {
	return &RTSP{Path: "/media/video1", Realm: strings.ReplaceAll(m.mac, ":", ""), Public: "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER, SET_PARAMETER",
		Agent: "Rtsp Client/2.0", Track: "/video", SDP: sdpOf("VCP IPC Realtime stream", "video")}
}

func saysBosch(p *play, m *member, s *Station, at time.Duration) {
	p.matches(s, at, "Bosch", "F000B543")
	p.informs(s, at, "Bosch", "F000B543", m)
}

func viewBosch(*member) *RTSP {
	return &RTSP{Path: "/rtsp_tunnel?inst=1", Realm: "Use 'live' as User Name", Public: "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER",
		Agent: "Rtsp Client/2.0", Track: "&stream=video", SDP: sdpOf("LIVE VIEW", "stream=video")}
}

func saysHanwha(p *play, m *member, s *Station, at time.Duration) {
	p.matches(s, at, m.truth.Model, m.truth.Model)
	p.informs(s, at, "Hanwha Techwin", "0", m)
}

func viewHanwha(m *member) *RTSP {
	return &RTSP{Path: "/profile2/media.smp", Realm: m.truth.Model, Public: "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER, SET_PARAMETER",
		Agent: "Rtsp Client/2.0", Track: "/trackID=v", SDP: sdpOf("Media Presentation", "trackID=v")}
}

func saysMobotix(p *play, m *member, s *Station, at time.Duration) {
	p.matches(s, at, m.truth.Model, m.truth.Model)
	p.informs(s, at, "MOBOTIX AG", "MX", m)
}

func viewMobotix(*member) *RTSP {
	return &RTSP{Path: "/stream0/mobotix.h264", Realm: "MOBOTIX", Public: "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN", Agent: "Rtsp Client/2.0", Track: "/track1", SDP: sdpOf("stream0", "track1")}
}

func saysReolink(p *play, m *member, s *Station, at time.Duration) {
	p.matches(s, at, "IPC-BO", m.truth.Model)
	p.informs(s, at, "Reolink", "IPC_523128M5MP", m)
}

func viewReolink(*member) *RTSP {
	return &RTSP{Path: "/h264Preview_01_main", Realm: "BC Streaming Media", Server: "BC Server", Public: "OPTIONS, DESCRIBE, SETUP, TEARDOWN, PLAY, PAUSE, GET_PARAMETER, SET_PARAMETER",
		Agent: "Rtsp Client/2.0", Track: "/trackID=1", SDP: sdpOf("Session streamed by \"preview\"", "trackID=1")}
}

// saysNothing is a camera that names nobody who made it.
func saysNothing(p *play, m *member, s *Station, at time.Duration) {
	p.matches(s, at, "IPCAM", m.truth.Model)
	p.informs(s, at, "IPCAM", "1.0", m)
}

func viewNothing(*member) *RTSP {
	return &RTSP{Path: "/live/main", Realm: "stream", Public: "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN", Agent: "Rtsp Client/2.0", Track: "/video", SDP: sdpOf("live", "video")}
}

func sdpOf(session, control string) string {
	return lines("v=0", "o=- 3981 1 IN IP4 %IP", "s="+session, "c=IN IP4 0.0.0.0", "t=0 0", "a=range:npt=now-", "m=video 0 RTP/AVP 96", "a=rtpmap:96 H264/90000", "a=control:"+control, "a=recvonly")
}

func saysSwitch(p *play, _ *member, s *Station, at time.Duration) {
	p.LLDP(at, s, "Gi0/24", "sw-"+p.pl.folder, "Cisco IOS Software, C2960 Software (C2960-LANBASEK9-M), Version 15.0(2)SE11")
}

func saysPrinter(p *play, m *member, s *Station, at time.Duration) {
	tail := hexMAC(s)[6:]
	txt := []string{"txtvers=1", "ty=HP " + m.truth.Model, "product=(HP " + m.truth.Model + ")", "rp=ipp/print", "usb_MFG=HP", "usb_MDL=" + m.truth.Model}
	p.Announce(at, s, "HP"+tail, Service{"HP " + m.truth.Model + " (" + tail + ")", "_ipp._tcp", 631, txt})
}

func saysStorage(p *play, m *member, s *Station, at time.Duration) {
	p.Announce(at, s, "archive", Service{"archive", "_http._tcp", 5000, []string{"vendor=Synology", "model=" + m.truth.Model, "version_major=7", "version_minor=2"}})
}
