package lab

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/observation"
)

// An estate is the set-up of a [Load]: its stations, what they say before the
// video runs, and the video sessions that follow.
type estate struct {
	n        *Network
	g        *Segment
	router   *Station
	laptop   *Station
	cameras  []*Station
	sessions []*session
	office   []*Station
	probe    string
	l        Load
}

// A loadMake is one make of camera as it shows itself: how often in a hundred,
// and how.
type loadMake struct {
	share int
	oui   [3]byte
	name  string
	play  func(e *estate, s *Station, i int) *RTSP
}

var loadMakes = []loadMake{
	{40, [3]byte{0x2c, 0xa5, 0x9c}, "Hikvision", (*estate).hikvision},
	{30, [3]byte{0x3c, 0xef, 0x8c}, "Dahua", (*estate).dahua},
	{12, [3]byte{0xb8, 0xa4, 0x4f}, "Axis", (*estate).axis},
	{10, [3]byte{0x48, 0xea, 0x63}, "Uniview", (*estate).uniview},
	{8, [3]byte{0x02, 0x6e, 0x41}, "nobody's", (*estate).unknown},
}

// makeOf spreads the makes over the numbers of cameras.
func makeOf(i int) *loadMake {
	at := i * 37 % 100
	for m := range loadMakes {
		if at -= loadMakes[m].share; at < 0 {
			return &loadMakes[m]
		}
	}
	return &loadMakes[0]
}

// address is the i-th address from base on.
func address(base string, i int) netip.Addr {
	b := addr(base).As4()
	binary.BigEndian.PutUint32(b[:], binary.BigEndian.Uint32(b[:])+uint32(i))
	return netip.AddrFrom4(b)
}

// ownMAC is the hardware address number i under a prefix.
func ownMAC(oui [3]byte, i int) observation.MAC {
	return observation.MAC{oui[0], oui[1], oui[2], 0x40 + byte(i>>16), byte(i >> 8), byte(i)}
}

// spread is moment i of n evenly spread over length from begin on.
func spread(begin, length time.Duration, i, n int) time.Duration {
	return begin + length*time.Duration(i)/time.Duration(max(n, 1))
}

func newEstate(l Load) *estate {
	e := &estate{n: New(loadStart, "load "+l.Seed), l: l}
	n := e.n
	e.g = n.Segment("estate", SiteComment, 0)
	e.router = n.Add(&Station{Name: "router", MAC: mac("4c:5e:0c:44:00:01"), IP: addr("10.40.0.1"), Segment: e.g})
	e.g.Router = e.router
	e.laptop = n.Add(&Station{Name: "technician's laptop", MAC: mac("3c:97:0e:4b:18:77"), IP: addr("10.40.0.9"), TTL: 128, Segment: e.g})
	n.Lease(sec(0.1), e.laptop, DHCP{Hostname: "SERVICE-07", VendorClass: "MSFT 5.0", Parameters: []byte{1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252}})
	for i := range l.Workstations {
		s := n.Add(&Station{Name: fmt.Sprintf("workstation %d", i), MAC: ownMAC([3]byte{0x3c, 0x97, 0x0e}, i), IP: address("10.41.0.10", i), TTL: 128, Segment: e.g})
		n.Lease(spread(sec(0.2), sec(3.5), i, l.Workstations), s, DHCP{Hostname: fmt.Sprintf("PC-%04d", i), VendorClass: "MSFT 5.0", Parameters: []byte{1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252}})
		e.office = append(e.office, s)
	}
	e.probe = n.Probe(sec(4), e.laptop, laptopPort)
	n.UDP(sec(4.1), e.laptop, laptopPort+1, sadpGroup, sadpInquiry(n.uuid()))
	n.UDP(sec(4.2), e.laptop, laptopPort+2, dhipGroup, dhip(`{"method":"DHDiscover.search","params":{"mac":"","uni":1}}`))
	recorders := e.recorders()
	for i := range l.Cameras {
		m := makeOf(i)
		s := n.Add(&Station{Name: fmt.Sprintf("%s camera %d", m.name, i), MAC: ownMAC(m.oui, i), IP: address("10.40.1.10", i), Segment: e.g})
		s.IP6 = linkLocal(s.MAC)
		view := m.play(e, s, i)
		n.ARP(spread(sec(5.9), sec(3), i, l.Cameras), recorders[i%len(recorders)], s)
		n.Clock(spread(sec(2), sec(2), i, l.Cameras), s, e.router)
		if l.VideoRate > 0 {
			e.watch(i, recorders[i%len(recorders)], s, view)
		}
		e.cameras = append(e.cameras, s)
	}
	return e
}

// watch opens a recorder's session with a camera; the video follows in the load.
func (e *estate) watch(i int, recorder, s *Station, view *RTSP) {
	at := spread(sec(6), sec(3), i, e.l.Cameras)
	sport, from, to := uint16(30000+i), recorder.IP, s.IP
	if i%10 == 3 {
		from, to = recorder.IP6, s.IP6
	}
	d := e.n.dial(at, recorder, netip.AddrPortFrom(from, sport), s, netip.AddrPortFrom(to, 554))
	v := e.n.Video(96, 15, 1400)
	c := &session{
		camera: peer{s.MAC, to, 64}, recorder: peer{recorder.MAC, from, 64}, sport: sport, media: uint16(20000 + 2*i), udp: i%2 == 0,
		ssrc: v.ssrc, sequence: v.seq, tick: v.tick, rate: e.l.VideoRate, tcp: d, index: i,
	}
	if c.udp {
		view.Open(d, fmt.Sprintf("RTP/AVP;unicast;client_port=%d-%d", c.media, c.media+1), fmt.Sprintf(";server_port=8224-8225;ssrc=%08x", c.ssrc))
	} else {
		view.Open(d, "RTP/AVP/TCP;unicast;interleaved=0-1", fmt.Sprintf(";ssrc=%08x", c.ssrc))
	}
	c.begin = d.At + 40*time.Millisecond
	e.sessions = append(e.sessions, c)
}

// recorders are of the two makes that have a discovery of their own.
func (e *estate) recorders() []*Station {
	var all []*Station
	for i := range e.l.Recorders {
		oui, name := [3]byte{0x2c, 0xa5, 0x9c}, "DS-7732NI-I4"
		if i%2 == 1 {
			oui, name = [3]byte{0x3c, 0xef, 0x8c}, "NVR5432-4KS2"
		}
		s := e.n.Add(&Station{Name: fmt.Sprintf("recorder %d", i), MAC: ownMAC(oui, 0x10000+i), IP: address("10.40.0.20", i), Segment: e.g})
		s.IP6 = linkLocal(s.MAC)
		serial := fmt.Sprintf("7F0A92BPAN%05X", i)
		e.n.Lease(spread(sec(0.4), sec(1), i, e.l.Recorders), s, DHCP{Hostname: "NVR", VendorClass: "udhcp 1.22.1", Parameters: []byte{1, 3, 6, 12, 15, 28, 42}})
		at := spread(sec(4.3), sec(0.2), i, e.l.Recorders)
		if i%2 == 0 {
			serial = fmt.Sprintf("%s1620210914CCRRE%08d", name, i)
			e.n.UDP(at, s, 37020, sadpGroup, sadpAnswer(s, "10.40.0.1", e.n.uuid(), name, serial, "V4.31.102build 210510", "V5.0 build 210415", "1"))
		} else {
			e.n.UDP(at, s, 37810, dhipGroup, dhipReply(s, "10.40.0.1", "NVR", name, "NVR", serial, "4.003.0000000.0.R", "Dahua", "32", "0"))
		}
		all = append(all, s)
	}
	return all
}

// come plays what every camera does when it starts, and its answer to the search.
func (e *estate) come(s *Station, i int, c DHCP, uuid, types string, scopes []string) {
	e.n.Lease(spread(sec(0.5), sec(3), i, e.l.Cameras), s, c)
	e.n.ProbeMatch(spread(sec(4.3), sec(1.2), i, e.l.Cameras), s, Endpoint{UUID: uuid, Types: types, Scopes: scopes, XAddrs: service(s)}, e.probe, e.laptop, laptopPort)
}

// cloud lets a camera in three call its maker's service.
func (e *estate) cloud(s *Station, i int, name, ip string) {
	if i%3 != 0 {
		return
	}
	far := e.n.byIP[addr(ip)]
	if far == nil {
		far = e.n.Add(&Station{Name: name, IP: addr(ip)})
	}
	at := spread(sec(4), sec(2), i, e.l.Cameras)
	e.n.Resolve(at, s, name, far.IP)
	d := e.n.Dial(at+30*time.Millisecond, s, uint16(43000+i%20000), far, 443)
	d.Client(e.n.ClientHello(name)).Wait(20 * time.Millisecond).Server(e.n.Secret(1220)).Client(e.n.Secret(310)).Server(e.n.Secret(180))
	d.Wait(4 * time.Second).Client(e.n.Secret(92))
}

func (e *estate) hikvision(s *Station, i int) *RTSP {
	const model, firmware = "DS-2CD2143G0-I", "V5.6.5build 200316"
	serial := fmt.Sprintf("%s20200914AAWRE%08d", model, i)
	e.come(s, i, DHCP{Hostname: "HikvisionDS", VendorClass: "udhcp 1.19.4", Parameters: []byte{1, 3, 6, 12, 15, 28, 42, 121}},
		"7c3f4000-a61b-11b5-8391-"+strings.ToLower(hexMAC(s)), "dn:NetworkVideoTransmitter tds:Device", onvifScopes("HIKVISION%20"+model, model, "country/china"))
	e.n.UDP(spread(sec(4.3), sec(1.2), i, e.l.Cameras), s, 37020, sadpGroup, sadpAnswer(s, "10.40.0.1", e.n.uuid(), model, serial, firmware, "V7.3 build 200303", "1"))
	e.cloud(s, i, "litedev.hik-connect.com", "203.0.113.41")
	return &RTSP{Path: "/Streaming/Channels/101", Realm: fmt.Sprintf("IP Camera(%05d)", i), Public: "OPTIONS, DESCRIBE, PLAY, PAUSE, SETUP, TEARDOWN, SET_PARAMETER, GET_PARAMETER",
		SDP: hikSDP("/Streaming/Channels/101", "2688,1520"), Agent: "Rtsp Client/2.0", Track: "/trackID=1"}
}

func (e *estate) dahua(s *Station, i int) *RTSP {
	const model, firmware = "IPC-HFW2431S-S", "2.800.0000000.21.R"
	serial := fmt.Sprintf("7F0A92BPAJ%05X", i)
	e.come(s, i, DHCP{Hostname: "IPC", VendorClass: "udhcp 1.22.1", Parameters: []byte{1, 3, 6, 12, 15, 28, 42}},
		"5a1d2800-77c9-11b5-8a02-"+strings.ToLower(hexMAC(s)), "dn:NetworkVideoTransmitter tds:Device", onvifScopes("Dahua", model, "country/china"))
	e.n.UDP(spread(sec(4.3), sec(1.2), i, e.l.Cameras), s, 37810, dhipGroup, dhipReply(s, "10.40.0.1", "IPC", model, "IPC", serial, firmware, "Dahua", "0", "1"))
	e.cloud(s, i, "www.easy4ipcloud.com", "203.0.113.42")
	return dahuaView(serial, "Rtsp Client/2.0")
}

func (e *estate) axis(s *Station, i int) *RTSP {
	host := "axis-" + strings.ToLower(hexMAC(s))
	e.come(s, i, DHCP{Hostname: host, VendorClass: "AXIS,Network Camera,P3245-LV,10.12.228", Parameters: []byte{1, 3, 6, 12, 15, 28, 42, 66, 67, 121}},
		"e58f47a2-41d2-4d3b-9a06-"+strings.ToLower(hexMAC(s)), "dn:NetworkVideoTransmitter tds:Device", onvifScopes("AXIS%20P3245-LV", "P3245-LV", ""))
	name := "AXIS P3245-LV - " + hexMAC(s)
	e.n.Announce(spread(sec(3), sec(2), i, e.l.Cameras), s, host, Service{name, "_axis-video._tcp", 80, []string{"macaddress=" + hexMAC(s)}}, Service{name, "_rtsp._tcp", 554, nil})
	return &RTSP{Path: "/axis-media/media.amp", Realm: "AXIS_" + hexMAC(s), Server: "GStreamer RTSP server", Public: "OPTIONS, DESCRIBE, PAUSE, PLAY, SETUP, TEARDOWN", Agent: "Rtsp Client/2.0", Track: "/stream=0",
		SDP: lines("v=0", "o=- 5217401822611840193 1 IN IP4 %IP", "s=Session streamed with GStreamer", "i=rtsp-server", "t=0 0", "a=tool:GStreamer", "m=video 0 RTP/AVP 96", "c=IN IP4 0.0.0.0", "a=rtpmap:96 H264/90000", "a=control:stream=0")}
}

func (e *estate) uniview(s *Station, i int) *RTSP {
	const model, firmware = "IPC3614SR3-DPF28M", "IPC_D1201-B0031P75D1905"
	e.come(s, i, DHCP{Hostname: "IPC", VendorClass: "udhcp 1.15.2", Parameters: []byte{1, 3, 6, 12, 15, 28, 42}},
		"00010010-0001-1020-8000-"+strings.ToLower(hexMAC(s)), "dn:NetworkVideoTransmitter", onvifScopes(model, model, "country/unknown"))
	e.n.GetDeviceInformation(spread(sec(5), sec(2), i, e.l.Cameras), e.laptop, s, uint16(52000+i%10000), Information{"UNIVIEW", model, firmware, fmt.Sprintf("210235C3HW3204%06d", i), "A"})
	e.cloud(s, i, "en.ezcloud.uniview.com", "203.0.113.87")
	return &RTSP{Path: "/media/video1", Realm: strings.ToLower(hexMAC(s)), Public: "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN", Agent: "Rtsp Client/2.0", Track: "/video",
		SDP: lines("v=0", "o=- 1001 1 IN IP4 %IP", "s=VCP IPC Realtime stream", "m=video 0 RTP/AVP 96", "c=IN IP4 %IP", "a=rtpmap:96 H264/90000", "a=recvonly")}
}

// unknown is a camera that tells nothing of who made it.
func (e *estate) unknown(s *Station, i int) *RTSP {
	e.come(s, i, DHCP{Hostname: "ipcam", VendorClass: "udhcp 1.30.1", Parameters: []byte{1, 3, 6, 12, 15}},
		"9a03c8d0-0b3e-4c61-a3c8-"+strings.ToLower(hexMAC(s)), "dn:NetworkVideoTransmitter", onvifScopes("IPCAM", "V500-WD", ""))
	return &RTSP{Path: "/live/main", Realm: "stream", Public: "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN", Agent: "Rtsp Client/2.0", Track: "/video",
		SDP: lines("v=0", "o=- 3981 1 IN IP4 %IP", "s=live", "c=IN IP4 0.0.0.0", "m=video 0 RTP/AVP 96", "a=rtpmap:96 H264/90000", "a=control:video")}
}
