package lab

import (
	"crypto/x509/pkix"
	"net/netip"
	"strings"
	"time"
)

// cameraNet is who stands in the camera network.
type cameraNet struct {
	*site
	recorder, laptop *Station
	probe            string // id of the laptop's search
}

const (
	laptopPort = 51720 // from which the technician's tool searches
	viewerHTTP = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
)

// cameraWork plays the camera network: everything starts up, a technician's tool
// looks for devices, the recorder fetches pictures.
func (s *site) cameraWork() {
	c := &cameraNet{site: s}
	c.recorder = s.put(&Station{Name: "recorder of Dahua under the badge of Intelbras", MAC: mac("24:fd:0d:51:c3:0a"), IP: addr("10.20.0.5"), Segment: s.cameras},
		Label{Camera: true, Kind: "recorder", Brand: "Intelbras", Maker: "dahua", Model: "NVD 1316", Firmware: "4.003.00IB001.0.R", Serial: "QKXB3100417NV"})
	c.laptop = s.put(&Station{Name: "technician's laptop with a search tool", MAC: mac("3c:97:0e:4b:18:77"), IP: addr("10.20.0.200"), TTL: 128, Segment: s.cameras},
		Label{Kind: "not a camera"})
	s.Lease(sec(1.2), c.recorder, DHCP{Hostname: "NVD", VendorClass: "udhcp 1.22.1", Parameters: []byte{1, 3, 6, 12, 15, 28, 42}})
	s.Lease(sec(41), c.laptop, DHCP{Hostname: "SERVICE-07", VendorClass: "MSFT 5.0", Parameters: []byte{1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252}})
	c.probe = s.Probe(sec(45), c.laptop, laptopPort)
	s.UDP(sec(46), c.laptop, laptopPort+1, sadpGroup, sadpInquiry(s.uuid()))
	s.UDP(sec(47), c.laptop, laptopPort+2, dhipGroup, dhip(`{"method":"DHDiscover.search","params":{"mac":"","uni":1}}`))
	c.hikvision()
	c.rebadged()
	c.dahuaRecorder()
	c.dahuaPlaceholder()
	c.axisCamera()
	c.boschCamera()
	c.univiewCamera()
	c.nobody()
}

var sadpGroup = netip.MustParseAddrPort("239.255.255.250:37020")

// sadpInquiry is the search for devices of Hikvision's platform.
func sadpInquiry(uuid string) []byte {
	return []byte(`<?xml version="1.0" encoding="utf-8"?>` + element("Probe", element("Uuid", strings.ToUpper(uuid))+element("Types", "inquiry")))
}

// sadpAnswer is what one of them answers; oem is 1 in the maker's own build.
func sadpAnswer(s *Station, gateway, uuid, model, serial, firmware, dsp, oem string, more ...string) []byte {
	body := elements(append([]string{
		"Uuid", strings.ToUpper(uuid), "Types", "inquiry", "DeviceType", "34889", "DeviceDescription", model, "DeviceSN", serial,
		"CommandPort", "8000", "HttpPort", "80", "MAC", strings.ReplaceAll(s.MAC.String(), ":", "-"), "IPv4Address", s.IP.String(),
		"IPv4SubnetMask", "255.255.255.0", "IPv4Gateway", gateway, "IPv6Address", "::", "DHCP", "true", "AnalogChannelNum", "0", "DigitalChannelNum", "0",
		"SoftwareVersion", firmware, "DSPVersion", dsp, "BootTime", "2026-03-02 08:00:09", "Encrypt", "true", "ResetAbility", "false", "Activated", "true",
		"PasswordResetAbility", "true", "DetailOEMCode", oem}, more...)...)
	return []byte(`<?xml version="1.0" encoding="UTF-8" ?>` + "\r\n<ProbeMatch>\r\n" + body + "</ProbeMatch>\r\n")
}

// hikSDP is a session description of Hikvision's platform.
func hikSDP(path, size string) string {
	return lines("v=0", "o=- 1772438461204418 1772438461204418 IN IP4 %IP", "s=Media Presentation", "e=NONE", "b=AS:5050", "t=0 0",
		"a=control:rtsp://%IP:554"+path+"/", "m=video 0 RTP/AVP 96", "c=IN IP4 0.0.0.0", "b=AS:5000", "a=recvonly", "a=x-dimensions:"+size,
		"a=control:rtsp://%IP:554"+path+"/trackID=1", "a=rtpmap:96 H264/90000",
		"a=fmtp:96 profile-level-id=4D0029; packetization-mode=1; sprop-parameter-sets=Z00AKYpmA8ARPyo=,aO48gA==",
		"a=Media_header:MEDIAINFO=494D4B48010300000400000100000000000000000000000000000000000000000000000000000000;", "a=appversion:1.0")
}

func (c *cameraNet) hikvision() {
	const model, serial = "DS-2CD2143G0-I", "DS-2CD2143G0-I20200914AAWRE41207733"
	s := c.put(&Station{Name: "Hikvision dome over the entrance", MAC: mac("2c:a5:9c:40:d7:1e"), IP: addr("10.20.0.11"), Segment: c.cameras},
		Label{Camera: true, Kind: "camera", Brand: "Hikvision", Maker: "hikvision", Model: model, Firmware: "V5.6.5build 200316", Serial: serial})
	c.Lease(sec(9), s, DHCP{Hostname: "HikvisionDS", VendorClass: "udhcp 1.19.4", Parameters: []byte{1, 3, 6, 12, 15, 28, 42, 121}})
	c.ARP(sec(9.4), s, c.router)
	c.Clock(sec(10), s, c.router)
	cloud := c.far("far end of Hik-Connect", "203.0.113.41")
	c.Resolve(sec(11), s, "litedev.hik-connect.com", cloud.IP)
	d := c.Dial(sec(11.1), s, 43022, cloud, 443)
	d.Client(c.ClientHello("litedev.hik-connect.com")).Wait(20 * time.Millisecond).Server(c.Secret(1220)).Client(c.Secret(310)).Server(c.Secret(180))
	d.Wait(4 * time.Second).Client(c.Secret(92))
	d.Close()
	c.UDP(sec(46.31), s, 37020, sadpGroup, sadpAnswer(s, "10.20.0.1", c.uuid(), model, serial, "V5.6.5build 200316", "V7.3 build 200303", "1"))
	c.ProbeMatch(sec(45.2), s, Endpoint{
		UUID: "7c3f4000-a61b-11b5-8391-2ca59c40d71e", Types: "dn:NetworkVideoTransmitter tds:Device", XAddrs: service(s),
		Scopes: onvifScopes("HIKVISION%20"+model, model, "country/china", "onvif://www.onvif.org/MAC/2c:a5:9c:40:d7:1e"),
	}, c.probe, c.laptop, laptopPort)
	view := &RTSP{Path: "/Streaming/Channels/101", Realm: "IP Camera(F4127)", Public: "OPTIONS, DESCRIBE, PLAY, PAUSE, SETUP, TEARDOWN, SET_PARAMETER, GET_PARAMETER",
		SDP: hikSDP("/Streaming/Channels/101", "2688,1520"), Agent: "LibVLC/3.0.21 (LIVE555 Streaming Media v2016.11.28)", Track: "/trackID=1"}
	c.ARP(sec(59.9), c.laptop, s)
	c.OverUDP(sec(60), c.laptop, s, 50544, 554, 8224, view, c.Video(96, 10, 900), 50)
	c.watches(c.byIP[addr("10.10.0.50")], s, view)
}

func (c *cameraNet) rebadged() {
	const model, serial = "CMIP8242W-28M", "CMIP8242W-28M20190522AAWRD0418811"
	s := c.put(&Station{Name: "camera of Hikvision under the badge of LTS", MAC: mac("14:2f:fd:08:6b:52"), IP: addr("10.20.0.12"), Segment: c.cameras},
		Label{Camera: true, Kind: "camera", Brand: "LTS", Maker: "hikvision", Model: model, Firmware: "V5.5.82 build 190220", Serial: serial})
	c.Lease(sec(12), s, DHCP{Hostname: "IPCamera", VendorClass: "udhcp 1.19.4", Parameters: []byte{1, 3, 6, 12, 15, 28, 42, 121}})
	c.Clock(sec(12.8), s, c.router)
	c.UDP(sec(46.37), s, 37020, sadpGroup, sadpAnswer(s, "10.20.0.1", c.uuid(), model, serial, "V5.5.82build 190220", "V7.3 build 190110", "30217", "OEMInfo", "LTS"))
	c.ProbeMatch(sec(45.26), s, Endpoint{
		UUID: "5a1d2800-77c9-11b5-8a02-142ffd086b52", Types: "dn:NetworkVideoTransmitter tds:Device", XAddrs: service(s),
		Scopes: onvifScopes("LTS%20"+model, model, "city/lab"),
	}, c.probe, c.laptop, laptopPort)
	view := &RTSP{Path: "/Streaming/Channels/101", Realm: "IP Camera(D0418)", Public: "OPTIONS, DESCRIBE, PLAY, PAUSE, SETUP, TEARDOWN, SET_PARAMETER, GET_PARAMETER",
		SDP: hikSDP("/Streaming/Channels/101", "1920,1080"), Agent: "Rtsp Client/2.0", Track: "/trackID=1"}
	c.ARP(sec(64.9), c.recorder, s)
	c.OverTCP(sec(65), c.recorder, s, 39412, 554, view, c.Video(96, 10, 800), 30)
	c.GetDeviceInformation(sec(71), c.laptop, s, 50561, Information{"LTS", model, "V5.5.82 build 190220", serial, "88"})
	c.remoteView(sec(110), s)
}

// remoteView lets somebody far away look through the camera: its maker's relay
// takes the pictures, sealed, whatever badge is on the box.
func (c *cameraNet) remoteView(at time.Duration, camera *Station) {
	const name = "vtm-relay.hik-connect.com"
	relay := c.far("relay of Hik-Connect", "203.0.113.42")
	c.Resolve(at, camera, name, relay.IP)
	d := c.Dial(at+100*time.Millisecond, camera, 43517, relay, 443)
	d.Client(c.ClientHello(name)).Wait(20 * time.Millisecond).Server(c.Secret(1220)).Client(c.Secret(310)).Server(c.Secret(180))
	for i := range 150 { // fifteen seconds, ten pictures a second, a whole one every two
		begin, size := d.At, 1900+i*137%700
		if i%20 == 0 {
			size *= 5
		}
		d.Client(c.Secret(size))
		d.At = max(d.At, begin+100*time.Millisecond)
	}
	d.Close()
}

var dhipGroup = netip.MustParseAddrPort("239.255.255.251:37810")

// dhip puts the 32-byte header of Dahua's discovery before a body.
func dhip(body string) []byte {
	h := make([]byte, 32)
	h[0] = 32
	copy(h[4:], "DHIP")
	h[16], h[17] = byte(len(body)), byte(len(body)>>8)
	h[24], h[25] = h[16], h[17]
	return append(h, body...)
}

// dhipReply is the answer of a device of Dahua's platform.
func dhipReply(s *Station, gateway, class, model, name, serial, firmware, brand, remote, inputs string) []byte {
	return dhip(`{"mac":"` + s.MAC.String() + `","method":"client.notifyDevInfo","params":{"deviceInfo":{"AlarmInputChannels":0,"AlarmOutputChannels":0,"DeviceClass":"` + class +
		`","DeviceType":"` + model + `","Find":"BD","HttpPort":80,"IPv4Address":{"DefaultGateway":"` + gateway + `","DhcpEnable":true,"IPAddress":"` + s.IP.String() +
		`","SubnetMask":"255.255.255.0"},"IPv6Address":{"DefaultGateway":"","DhcpEnable":null,"IPAddress":"\/64","LinkLocalAddress":"` + linkLocal(s.MAC).String() +
		`\/64"},"Init":166,"MachineName":"` + name + `","Manufacturer":"` + brand + `","Port":37777,"RemoteVideoInputChannels":` + remote + `,"SerialNo":"` + serial +
		`","Vendor":"` + brand + `","Version":"` + firmware + `","VideoInputChannels":` + inputs + `,"VideoOutputChannels":0}}}` + "\n")
}

func (c *cameraNet) dahuaRecorder() {
	s := c.recorder
	c.Clock(sec(2), s, c.router)
	c.UDP(sec(47.22), s, 37810, dhipGroup, dhipReply(s, "10.20.0.1", "NVR", "NVD 1316", "NVD", "QKXB3100417NV", "4.003.00IB001.0.R", "Intelbras", "16", "0"))
	c.ARP(sec(79.9), c.laptop, s)
	page := `<!DOCTYPE html><html><head><meta charset="utf-8"><title>WEB SERVICE</title><link rel="stylesheet" href="/baseProj/css/login.css"></head><body><div id="login"></div></body></html>`
	c.Get(sec(80), c.laptop, s, 50570, 80, viewerHTTP,
		Page{"/", Response("200 OK", page, "Content-Type: text/html", "CONNECTION: close", "X-Frame-Options: SAMEORIGIN")},
		Page{"/RPC2_Login", Response("200 OK", `{"error":{"code":285409410},"id":1,"result":false}`, "Content-Type: application/json")})
}

func (c *cameraNet) dahuaPlaceholder() {
	const model, serial, firmware = "IPC-HFW2431S-S", "7F0A92BPAJ6C4E1", "2.800.0000000.21.R"
	s := c.put(&Station{Name: "Dahua bullet that sends no badge", MAC: mac("3c:ef:8c:7d:20:95"), IP: addr("10.20.0.13"), Segment: c.cameras},
		Label{Camera: true, Kind: "camera", Brand: "", Maker: "dahua", Model: model, Firmware: firmware, Serial: serial})
	c.Lease(sec(14), s, DHCP{Hostname: "IPC", VendorClass: "udhcp 1.22.1", Parameters: []byte{1, 3, 6, 12, 15, 28, 42}})
	c.Clock(sec(14.6), s, c.router)
	c.UDP(sec(47.31), s, 37810, dhipGroup, dhipReply(s, "10.20.0.1", "IPC", model, "IPC", serial, firmware, "General", "0", "1"))
	view := dahuaView(serial, "Rtsp Client/2.0")
	c.ARP(sec(89.9), c.recorder, s)
	c.OverTCP(sec(90), c.recorder, s, 39420, 554, view, c.Video(96, 10, 800), 40)
}

// dahuaView is the video service of a camera of Dahua's platform.
func dahuaView(serial, agent string) *RTSP {
	return &RTSP{Path: "/cam/realmonitor?channel=1&subtype=0", Realm: "Login to " + serial, Server: "Rtsp Server/3.0",
		Public: "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, SET_PARAMETER, PAUSE", Agent: agent, Track: "/trackID=0",
		SDP: lines("v=0", "o=- 2254817736 2254817736 IN IP4 0.0.0.0", "s=Media Server", "c=IN IP4 0.0.0.0", "t=0 0", "a=control:*", "a=packetization-supported:DH",
			"a=rtppayload-supported:DH", "a=range:npt=now-", "m=video 0 RTP/AVP 96", "a=control:trackID=0", "a=framerate:20.000000", "a=rtpmap:96 H264/90000",
			"a=fmtp:96 packetization-mode=1;profile-level-id=4D401F;sprop-parameter-sets=Z01AH6sSB4CL9wgAAAMACAAAAwCUeMGVAA==,aO48gAA=", "a=recvonly")}
}

func (c *cameraNet) axisCamera() {
	s := c.put(&Station{Name: "Axis dome in the stairwell", MAC: mac("b8:a4:4f:5d:1e:70"), IP: addr("10.20.0.14"), IP6: linkLocal(mac("b8:a4:4f:5d:1e:70")), Segment: c.cameras},
		Label{Camera: true, Kind: "camera", Brand: "Axis", Maker: "axis", Model: "P3245-LV", Firmware: "10.12.228", Serial: "B8A44F5D1E70"})
	host := "axis-" + strings.ToLower(hexMAC(s))
	c.Lease(sec(16), s, DHCP{Hostname: host, VendorClass: "AXIS,Network Camera,P3245-LV,10.12.228", Parameters: []byte{1, 3, 6, 12, 15, 28, 42, 66, 67, 121}})
	c.Clock(sec(16.8), s, c.router)
	txt := []string{"macaddress=" + hexMAC(s)}
	name := "AXIS P3245-LV - " + hexMAC(s)
	c.Announce(sec(18), s, host, Service{name, "_axis-video._tcp", 80, txt}, Service{name, "_http._tcp", 80, txt}, Service{name, "_rtsp._tcp", 554, append(txt, "path=axis-media/media.amp")})
	c.Announce(sec(19), s, host, Service{name, "_axis-video._tcp", 80, txt})
	c.SNMP(sec(52), c.laptop, s, "; AXIS P3245-LV; Network Camera; 10.12.228; Jan 22 2024 09:41; 854; 1;", "1.3.6.1.4.1.368.1.1")
	c.ProbeMatch(sec(45.33), s, Endpoint{
		UUID: "e58f47a2-41d2-4d3b-9a06-b8a44f5d1e70", Types: "dn:NetworkVideoTransmitter tds:Device", XAddrs: service(s),
		Scopes: onvifScopes("AXIS%20P3245-LV", "P3245-LV", ""),
	}, c.probe, c.laptop, laptopPort)
	c.ARP(sec(99.9), c.laptop, s)
	c.GetDeviceInformation(sec(100), c.laptop, s, 50580, Information{"AXIS", "P3245-LV", "10.12.228", hexMAC(s), "854"})
	certificate := Certificate("axis", pkix.Name{CommonName: host, Organization: []string{"Axis Communications AB"}}, []string{host + ".local"}, c.Start.AddDate(-2, 0, 0))
	d := c.Dial(sec(103), c.laptop, 50581, s, 443)
	d.Client(c.ClientHello(host + ".local")).Server(c.ServerHello(certificate)).Client(c.KeyExchange()).Server(c.Secret(240)).Client(c.Secret(420)).Server(c.Secret(1800))
	d.Close()
	view := &RTSP{Path: "/axis-media/media.amp?videocodec=h264", Realm: "AXIS_" + hexMAC(s), Server: "GStreamer RTSP server",
		Public: "OPTIONS, DESCRIBE, GET_PARAMETER, PAUSE, PLAY, SETUP, SET_PARAMETER, TEARDOWN", Agent: "Rtsp Client/2.0", Track: "&stream=0",
		SDP: lines("v=0", "o=- 5217401822611840193 1 IN IP4 %IP", "s=Session streamed with GStreamer", "i=rtsp-server", "t=0 0", "a=tool:GStreamer", "a=type:broadcast",
			"a=range:npt=now-", "a=control:rtsp://%IP/axis-media/media.amp?videocodec=h264", "m=video 0 RTP/AVP 96", "c=IN IP4 0.0.0.0", "b=AS:50000", "a=rtpmap:96 H264/90000",
			"a=fmtp:96 packetization-mode=1;profile-level-id=4d0029;sprop-parameter-sets=Z00AKeKQDwBE/LgLcBAQGkHiRFQ=,aO48gA==", "a=framerate:25.000000", "a=control:stream=0")}
	c.OverTCP(sec(110), c.recorder, s, 39431, 554, view, c.Video(96, 10, 800), 30)
}

func (c *cameraNet) boschCamera() {
	const serial = "044518273610120047"
	s := c.put(&Station{Name: "Bosch bullet in the yard", MAC: mac("00:07:5f:b3:42:0d"), IP: addr("10.20.0.15"), Segment: c.cameras},
		Label{Camera: true, Kind: "camera", Brand: "Bosch", Maker: "bosch", Model: "NBE-3502-AL", Firmware: "7.80.0128", Serial: serial})
	c.Lease(sec(20), s, DHCP{Hostname: "camera-b3420d", Parameters: []byte{1, 3, 6, 12, 15, 42}})
	c.Clock(sec(20.6), s, c.router)
	c.ProbeMatch(sec(45.41), s, Endpoint{
		UUID: "00075fb3-420d-0075-fb34-20d00075fb34", Types: "dn:NetworkVideoTransmitter tds:Device", XAddrs: service(s),
		Scopes: onvifScopes("Bosch", "F000B543", ""),
	}, c.probe, c.laptop, laptopPort)
	c.ARP(sec(119.9), c.laptop, s)
	c.GetDeviceInformation(sec(120), c.laptop, s, 50590, Information{"Bosch", "NBE-3502-AL", "7.80.0128", serial, "F000B543"})
	page := "<html><head><title>Bosch Security Systems</title></head><body></body></html>"
	c.Get(sec(122), c.laptop, s, 50591, 80, viewerHTTP,
		Page{"/", Response("401 Unauthorized", page, "Content-Type: text/html",
			`WWW-Authenticate: Digest realm="Use 'live' as User Name",nonce="8c40f2a17de35b90c4d21e6f0a7b9358",opaque="",stale=FALSE,algorithm=MD5`)})
	certificate := Certificate("bosch", pkix.Name{Country: []string{"DE"}, Province: []string{"Bayern"}, Locality: []string{"Grasbrunn"},
		Organization: []string{"Bosch Sicherheitssysteme GmbH"}, CommonName: "local.myboschcam.net"}, []string{"local.myboschcam.net"}, c.Start.AddDate(-3, 0, 0))
	d := c.Dial(sec(123), c.laptop, 50592, s, 443)
	d.Client(c.ClientHello("local.myboschcam.net")).Server(c.ServerHello(certificate)).Client(c.KeyExchange()).Server(c.Secret(200)).Client(c.Secret(380)).Server(c.Secret(900))
	d.Close()
	view := &RTSP{Path: "/rtsp_tunnel?inst=1", Realm: "Use 'live' as User Name", Public: "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER", Agent: "Rtsp Client/2.0", Track: "&stream=video",
		SDP: lines("v=0", "o=- 0 0 IN IP4 %IP", "s=LIVE VIEW", "c=IN IP4 0.0.0.0", "t=0 0", "a=control:rtsp://%IP/rtsp_tunnel?inst=1", "a=range:npt=now-", "m=video 0 RTP/AVP 35",
			"a=rtpmap:35 H264/90000", "a=control:stream=video", "a=recvonly", "a=fmtp:35 packetization-mode=1;profile-level-id=4d4029;sprop-parameter-sets=Z01AKZpmBkCf82AiAAADAAIAAAMAeB4wZUA=,aO48gA==")}
	c.OverTCP(sec(125), c.recorder, s, 39444, 554, view, c.Video(35, 10, 800), 30)
}

func (c *cameraNet) univiewCamera() {
	const model, serial, firmware = "IPC3614SR3-DPF28M", "210235C3HW3204000517", "IPC_D1201-B0031P75D1905"
	s := c.put(&Station{Name: "Uniview turret in the store", MAC: mac("48:ea:63:1c:59:e4"), IP: addr("10.20.0.16"), Segment: c.cameras},
		Label{Camera: true, Kind: "camera", Brand: "Uniview", Maker: "uniview", Model: model, Firmware: firmware, Serial: serial})
	c.Lease(sec(22), s, DHCP{Hostname: "IPC", VendorClass: "udhcp 1.15.2", Parameters: []byte{1, 3, 6, 12, 15, 28, 42}})
	cloud := c.far("far end of EZCloud", "203.0.113.87")
	c.Resolve(sec(23), s, "en.ezcloud.uniview.com", cloud.IP)
	c.ProbeMatch(sec(45.47), s, Endpoint{
		UUID: "00010010-0001-1020-8000-48ea631c59e4", Types: "dn:NetworkVideoTransmitter", XAddrs: service(s),
		Scopes: onvifScopes(model, model, "country/unknown"),
	}, c.probe, c.laptop, laptopPort)
	c.ARP(sec(139.9), c.laptop, s)
	c.GetDeviceInformation(sec(140), c.laptop, s, 50600, Information{"UNIVIEW", model, firmware, serial, "A"})
	info := `{"Response":{"ResponseURL":"/LAPI/V1.0/System/DeviceInfo","CreatedID":-1,"ResponseCode":0,"SubResponseCode":0,"ResponseString":"Succeed","StatusCode":0,"StatusString":"Succeed",` +
		`"Data":{"DeviceName":"` + model + `","DeviceModel":"` + model + `","DeviceConfig":"","SerialNumber":"` + serial + `","FirmwareVersion":"` + firmware + `","HardewareID":"A","PCBVersion":"A"}}}`
	c.Get(sec(142), c.laptop, s, 50601, 80, viewerHTTP, Page{"/LAPI/V1.0/System/DeviceInfo", Response("200 OK", info, "Content-Type: application/json; charset=utf-8")})
	view := &RTSP{Path: "/media/video1", Realm: "48ea631c59e4", Public: "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER, SET_PARAMETER", Agent: "Rtsp Client/2.0", Track: "/video",
		SDP: lines("v=0", "o=- 1001 1 IN IP4 %IP", "s=VCP IPC Realtime stream", "m=video 0 RTP/AVP 105", "c=IN IP4 %IP", "a=control:rtsp://%IP/media/video1/video", "a=rtpmap:105 H264/90000",
			"a=fmtp:105 profile-level-id=640029; packetization-mode=1; sprop-parameter-sets=Z2QAKax7AwCgC3oQAAADABAAAAMB6PGDGWA=,aO48sA==", "a=recvonly",
			"m=application 0 RTP/AVP 107", "c=IN IP4 %IP", "a=control:rtsp://%IP/media/video1/metadata", "a=rtpmap:107 vnd.onvif.metadata/90000", "a=fmtp:107 DecoderTag=h3c-v3 RTCP=0", "a=recvonly")}
	c.OverTCP(sec(145), c.recorder, s, 39455, 554, view, c.Video(105, 10, 800), 30)
}

// nobody is a camera that tells nothing of who made it.
func (c *cameraNet) nobody() {
	const model, firmware = "V500-WD", "1.4.22"
	s := c.put(&Station{Name: "camera of nobody's make", MAC: mac("02:6e:41:9a:03:c8"), IP: addr("10.20.0.17"), Segment: c.cameras},
		Label{Camera: true, Kind: "camera", Model: model, Firmware: firmware, Serial: "9a03c8"})
	c.Lease(sec(24), s, DHCP{Hostname: "ipcam", VendorClass: "udhcp 1.30.1", Parameters: []byte{1, 3, 6, 12, 15}})
	c.ProbeMatch(sec(45.52), s, Endpoint{
		UUID: "9a03c8d0-0b3e-4c61-a3c8-026e419a03c8", Types: "dn:NetworkVideoTransmitter", XAddrs: service(s),
		Scopes: onvifScopes("IPCAM", model, ""),
	}, c.probe, c.laptop, laptopPort)
	c.ARP(sec(159.9), c.laptop, s)
	c.GetDeviceInformation(sec(160), c.laptop, s, 50610, Information{"IPCAM", model, firmware, "9a03c8", "1.0"})
	view := &RTSP{Path: "/live/main", Realm: "stream", Public: "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN", Agent: "LibVLC/3.0.21 (LIVE555 Streaming Media v2016.11.28)", Track: "/video",
		SDP: lines("v=0", "o=- 3981 1 IN IP4 %IP", "s=live", "c=IN IP4 0.0.0.0", "t=0 0", "a=range:npt=now-", "m=video 0 RTP/AVP 96", "a=rtpmap:96 H264/90000", "a=control:video", "a=recvonly")}
	c.OverUDP(sec(165), c.laptop, s, 50620, 554, 20480, view, c.Video(96, 10, 700), 30)
}
