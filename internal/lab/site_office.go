package lab

import "time"

// officeWork plays the office: nothing in it is a camera, though one computer
// watches some.
func (s *site) officeWork() {
	s.network()
	s.computer()
	s.phone()
	s.printer()
	s.storage()
	s.plug()
}

// network is what holds the office together: the switch and the far ends.
func (s *site) network() {
	sw := s.put(&Station{Name: "access switch", MAC: mac("00:1b:54:c2:40:80"), IP: addr("10.10.0.2"), TTL: 255, Segment: s.office}, Label{Kind: "not a camera", Brand: "Cisco", Maker: "cisco"})
	s.Gratuitous(sec(0.3), sw)
	for i := range 10 {
		s.LLDP(sec(1+30*float64(i)), sw, "Gi0/24", "sw-office", "Cisco IOS Software, C2960 Software (C2960-LANBASEK9-M), Version 15.0(2)SE11")
	}
	s.Clock(sec(3), sw, s.router)
}

func (s *site) computer() {
	pc := s.put(&Station{Name: "Windows computer that watches cameras", MAC: mac("00:14:22:8f:31:c6"), IP: addr("10.10.0.50"), IP6: linkLocal(mac("00:14:22:8f:31:c6")), TTL: 128, Segment: s.office},
		Label{Kind: "not a camera"})
	s.Lease(sec(6), pc, DHCP{Hostname: "DESKTOP-4K7Q2LB", VendorClass: "MSFT 5.0", Parameters: []byte{1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252}})
	s.ARP(sec(6.3), pc, s.router)
	s.Hello(sec(7.5), pc, Endpoint{UUID: "b3a5c0de-6f1a-4c55-9d0c-0014228f31c6", Types: "wsdp:Device pub:Computer", XAddrs: "http://10.10.0.50:5357/b3a5c0de-6f1a-4c55-9d0c-0014228f31c6/"})
	s.Search(sec(8), pc, 50901, "urn:dial-multiscreen-org:service:dial:1")
	web := s.far("a news page", "198.51.100.20")
	s.Resolve(sec(30), pc, "news.example.org", web.IP)
	d := s.Dial(sec(30.1), pc, 50912, web, 443)
	d.Client(s.ClientHello("news.example.org")).Server(s.Secret(3100)).Client(s.Secret(520)).Reorder().Server(s.Secret(9000))
	d.Close()
}

// watches is what the computer does with a camera of the other network, once
// that is there.
func (s *site) watches(pc, camera *Station, view *RTSP) {
	page := `<!doctype html><html><head><title>login</title><script src="/doc/script/lib/seajs/config/sea-config.js"></script></head><body></body></html>`
	s.Get(sec(210), pc, camera, 50930, 80, viewerHTTP,
		Page{"/", Response("302 Found", "", "Server: App-webs/", "Location: /doc/page/login.asp")},
		Page{"/doc/page/login.asp", Response("200 OK", page, "Server: App-webs/", "Content-Type: text/html")})
	s.OverTCP(sec(215), pc, camera, 50940, 554, view, s.Video(96, 10, 700), 30)
}

func (s *site) phone() {
	p := s.put(&Station{Name: "visitor's phone with a private address", MAC: mac("be:42:7a:10:93:5d"), IP: addr("10.10.0.61"), IP6: linkLocal(mac("be:42:7a:10:93:5d")), Segment: s.office},
		Label{Kind: "not a camera"})
	s.Lease(sec(33), p, DHCP{Hostname: "Pixel-7", VendorClass: "android-dhcp-14", Parameters: []byte{1, 3, 6, 15, 26, 28, 51, 58, 59, 43, 114, 108}})
	s.Browse(sec(34), p, "_googlecast._tcp", "_ipp._tcp")
	mail := s.far("a mail service", "198.51.100.31")
	s.Resolve(sec(35), p, "mail.example.net", mail.IP)
	d := s.Dial(sec(35.2), p, 38110, mail, 443)
	d.Client(s.ClientHello("mail.example.net")).Server(s.Secret(2600)).Client(s.Secret(800)).Server(s.Secret(1400)).Wait(9 * time.Second).Client(s.Secret(140))
	d.Close()
}

func (s *site) printer() {
	p := s.put(&Station{Name: "printer", MAC: mac("3c:d9:2b:5a:77:21"), IP: addr("10.10.0.70"), IP6: linkLocal(mac("3c:d9:2b:5a:77:21")), TTL: 64, Segment: s.office},
		Label{Kind: "not a camera", Brand: "HP", Maker: "hp", Model: "LaserJet M404dn"})
	s.Lease(sec(4), p, DHCP{Hostname: "HP5A7721", VendorClass: "Hewlett-Packard JetDirect", Parameters: []byte{6, 3, 1, 15, 66, 67, 13, 44, 12, 81}})
	txt := []string{"txtvers=1", "ty=HP LaserJet M404dn", "product=(HP LaserJet M404dn)", "rp=ipp/print", "usb_MFG=HP", "usb_MDL=LaserJet M404dn", "note=first floor"}
	s.Announce(sec(5), p, "HP5A7721", Service{"HP LaserJet M404dn (5A7721)", "_ipp._tcp", 631, txt}, Service{"HP LaserJet M404dn (5A7721)", "_pdl-datastream._tcp", 9100, txt[:2]})
	s.SSDP(sec(5.5), p, "HP/1.0 UPnP/1.0", "http://10.10.0.70:80/description.xml", "4a1f2e00-7c3b-11ee-b962-3cd92b5a7721", "urn:schemas-upnp-org:device:Printer:1")
	pc := s.byIP[addr("10.10.0.50")]
	s.SNMP(sec(38), pc, p, "HP ETHERNET MULTI-ENVIRONMENT,ROM none,JETDIRECT,JD153,EEPROM JSI24090012,CIDATE 01/23/2024", "1.3.6.1.4.1.11.2.3.9.1")
}

func (s *site) storage() {
	nas := s.put(&Station{Name: "network storage with a media server", MAC: mac("00:11:32:94:0b:f3"), IP: addr("10.10.0.80"), Segment: s.office},
		Label{Kind: "not a camera", Brand: "Synology", Maker: "synology", Model: "DS220+", Serial: "2150SBRLAB017"})
	s.Lease(sec(3.4), nas, DHCP{Hostname: "archive", VendorClass: "dhcpcd-9.4.1", Parameters: []byte{1, 3, 6, 12, 15, 28, 42, 121}})
	const uuid = "73656d61-6e61-7300-b2c1-001132940bf3"
	for i := range 4 {
		s.SSDP(sec(8.5+60*float64(i)), nas, "Linux/4.4.302 UPnP/1.0 MediaServer/1.1", "http://10.10.0.80:50001/desc/device.xml", uuid, "urn:schemas-upnp-org:device:MediaServer:1")
	}
	s.Announce(sec(9), nas, "archive", Service{"archive", "_smb._tcp", 445, nil}, Service{"archive", "_http._tcp", 5000, []string{"vendor=Synology", "model=DS220+", "version_major=7", "version_minor=2"}})
	pc := s.byIP[addr("10.10.0.50")]
	desc := `<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion><major>1</major><minor>0</minor></specVersion><device>` +
		elements("deviceType", "urn:schemas-upnp-org:device:MediaServer:1", "friendlyName", "archive", "manufacturer", "Synology Inc", "modelName", "DS220+", "modelNumber", "7.2",
			"serialNumber", "2150SBRLAB017", "UDN", "uuid:"+uuid) + "</device></root>"
	s.ARP(sec(39.9), pc, nas)
	s.Get(sec(40), pc, nas, 50920, 50001, "Microsoft-Windows/10.0 UPnP/1.0", Page{"/desc/device.xml", Response("200 OK", desc, "Content-Type: text/xml", "Server: Linux/4.4.302 UPnP/1.0 MediaServer/1.1")})
}

func (s *site) plug() {
	p := s.put(&Station{Name: "smart plug", MAC: mac("50:c7:bf:6e:2d:18"), IP: addr("10.10.0.90"), Segment: s.office}, Label{Kind: "not a camera", Brand: "TP-Link", Maker: "tplink", Model: "HS100"})
	s.Lease(sec(28), p, DHCP{Hostname: "HS100", VendorClass: "udhcp 1.19.4", Parameters: []byte{1, 3, 6, 12, 15, 28, 42}})
	s.Clock(sec(29), p, s.router)
	cloud := s.far("a plug's far end", "203.0.113.150")
	s.Resolve(sec(31), p, "devs.tplinkcloud.com", cloud.IP)
	d := s.Dial(sec(31.1), p, 2451, cloud, 443)
	d.Client(s.ClientHello("devs.tplinkcloud.com")).Server(s.Secret(1500)).Client(s.Secret(260))
	d.Wait(20 * time.Second).Close()
}
