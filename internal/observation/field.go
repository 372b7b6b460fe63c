package observation

// Field names. The part before the dot is the protocol of the observation.
// A name that several dissectors could fill means the same in each.
const (
	// ARP (RFC 826). About the sender.
	ARPMAC = "arp.mac" // sender hardware address
	ARPIP  = "arp.ip"  // sender protocol address; absent in a probe

	// DHCPv4 (RFC 2131, 2132) and DHCPv6 (RFC 8415). Requests are about the
	// sender; answers about the client they name (Named).
	DHCPMessage     = "dhcp.message"      // DISCOVER, REQUEST, ACK, SOLICIT …
	DHCPMAC         = "dhcp.mac"          // client hardware address, or the one inside a DUID
	DHCPVendorClass = "dhcp.vendor-class" // option 60; DHCPv6 option 16
	DHCPHostname    = "dhcp.hostname"     // option 12 or 81; DHCPv6 option 39
	DHCPParameters  = "dhcp.parameters"   // option 55 or ORO, decimal, comma between
	DHCPRequestedIP = "dhcp.requested-ip" // option 50
	DHCPAssignedIP  = "dhcp.assigned-ip"  // yiaddr of an ACK; IA address of a REPLY
	DHCPServer      = "dhcp.server"       // option 54
	DHCPDUID        = "dhcp.duid"         // DHCPv6 client identifier, hexadecimal

	// DNS (RFC 1035). Questions are about the sender; answers about the Receiver.
	DNSQuestion = "dns.question" // name, lower case, no final dot
	DNSAnswer   = "dns.answer"   // "name address" of A and AAAA; the name is the one asked, CNAMEs followed

	// mDNS and DNS-SD (RFC 6762, 6763). About the sender.
	MDNSHostname = "mdns.hostname" // owner of an A or AAAA record, or SRV target, no ".local"
	MDNSAddress  = "mdns.address"  // its address
	MDNSService  = "mdns.service"  // "_http._tcp"
	MDNSInstance = "mdns.instance" // instance label, unescaped
	MDNSTXT      = "mdns.txt"      // one string, "key=value" or bare
	MDNSMAC      = "mdns.mac"      // of the TXT string macaddress= beside an Axis service (_axis-video._tcp, _axis-nvr._tcp)

	// SSDP (UPnP device architecture 2.0, section 1). About the sender.
	SSDPServer    = "ssdp.server"
	SSDPLocation  = "ssdp.location"
	SSDPUSN       = "ssdp.usn"
	SSDPType      = "ssdp.type"       // NT or ST of an announcement or answer
	SSDPUUID      = "ssdp.uuid"       // the uuid: part of USN, without prefix
	SSDPSearch    = "ssdp.search"     // ST of an M-SEARCH: the sender is looking, not offering
	SSDPUserAgent = "ssdp.user-agent" // of an M-SEARCH

	// UPnP device description (section 2.3). About the sender.
	UPnPDeviceType   = "upnp.device-type"
	UPnPFriendlyName = "upnp.friendly-name"
	UPnPManufacturer = "upnp.manufacturer"
	UPnPModelName    = "upnp.model-name"
	UPnPModelNumber  = "upnp.model-number"
	UPnPModelDesc    = "upnp.model-description"
	UPnPSerial       = "upnp.serial"
	UPnPUUID         = "upnp.uuid" // UDN without "uuid:"
	UPnPMAC          = "upnp.mac"  // from elements that carry one

	// WS-Discovery (OASIS 2009) and ONVIF. About the sender.
	WSDMessage        = "wsd.message" // Hello, Bye, Probe, ProbeMatches, ResolveMatches
	WSDTypes          = "wsd.types"   // local name of one type: NetworkVideoTransmitter …
	WSDUUID           = "wsd.uuid"    // endpoint reference without "urn:uuid:" or "uuid:"
	WSDXAddr          = "wsd.xaddr"   // one URL
	WSDScope          = "wsd.scope"   // one scope URI, as sent
	WSDProbe          = "wsd.probe"   // type looked for: the sender is a client
	OnvifScopeName    = "onvif.scope-name"
	OnvifScopeHW      = "onvif.scope-hardware"
	OnvifScopeMfr     = "onvif.scope-manufacturer"
	OnvifScopeLoc     = "onvif.scope-location"
	OnvifScopeType    = "onvif.scope-type"
	OnvifScopeMAC     = "onvif.scope-mac"
	OnvifManufacturer = "onvif.manufacturer" // GetDeviceInformationResponse
	OnvifModel        = "onvif.model"
	OnvifFirmware     = "onvif.firmware"
	OnvifSerial       = "onvif.serial"
	OnvifHardware     = "onvif.hardware-id"
	OnvifService      = "onvif.service"    // namespace URL of one service
	OnvifCapability   = "onvif.capability" // element path that is true, e.g. "Analytics/RuleSupport"
	OnvifXAddr        = "onvif.xaddr"
	OnvifMAC          = "onvif.mac"      // HwAddress of GetNetworkInterfacesResponse
	OnvifHostname     = "onvif.hostname" // GetHostnameResponse

	// Hikvision SADP (UDP 37020, ethertype 0x8033). About the sender;
	// an answer relayed by a recorder is Named.
	SADPModel     = "sadp.model"       // DeviceDescription
	SADPType      = "sadp.device-type" // number
	SADPSerial    = "sadp.serial"      // DeviceSN
	SADPFirmware  = "sadp.firmware"    // SoftwareVersion
	SADPDSP       = "sadp.dsp-version"
	SADPMAC       = "sadp.mac"
	SADPIP        = "sadp.ip"
	SADPIP6       = "sadp.ip6"
	SADPOEMCode   = "sadp.oem-code" // DetailOEMCode or OEMCode; 1 is the maker's own build
	SADPOEMInfo   = "sadp.oem-info"
	SADPActivated = "sadp.activated"
	SADPHTTPPort  = "sadp.http-port"
	SADPSDKPort   = "sadp.command-port"
	SADPAnalogue  = "sadp.analogue-channels"
	SADPDigital   = "sadp.digital-channels"
	SADPInquiry   = "sadp.inquiry" // Types of a probe: the sender is a client
	SADPBoot      = "sadp.boot"    // SWKH boot-loader handshake (UDP 9978/9979)
	SADPLayer2    = "sadp.layer2"  // "true" when it came in ethertype 0x8033

	// Hikvision ISAPI (XML over HTTP). About the sender.
	IsapiModel        = "isapi.model"
	IsapiFirmware     = "isapi.firmware"      // "V5.7.17"
	IsapiFirmwareDate = "isapi.firmware-date" // "build 240606"
	IsapiSerial       = "isapi.serial"
	IsapiMAC          = "isapi.mac"
	IsapiIP           = "isapi.ip"          // address a document gives for the device it is about
	IsapiDeviceType   = "isapi.device-type" // IPCamera, NVR, DVR …
	IsapiDeviceName   = "isapi.device-name"
	IsapiManufacturer = "isapi.manufacturer"
	IsapiOEMCode      = "isapi.oem-code"
	IsapiNamespace    = "isapi.namespace"
	IsapiContact      = "isapi.system-contact"
	IsapiPlatform     = "isapi.platform" // firmwareVersionInfo, "B-R-G5-0"
	IsapiElement      = "isapi.element"  // root element of the document
	IsapiChannel      = "isapi.channel"  // an IP channel of a recorder: "id address model firmware serial"

	// Dahua DHIP / DHDiscover (UDP 37810). About the device its fields name.
	DHIPMAC          = "dhip.mac"
	DHIPModel        = "dhip.model" // DeviceType
	DHIPClass        = "dhip.class" // DeviceClass: NVR, HCVR, IPC …
	DHIPSerial       = "dhip.serial"
	DHIPFirmware     = "dhip.firmware"
	DHIPVendor       = "dhip.vendor"
	DHIPManufacturer = "dhip.manufacturer"
	DHIPName         = "dhip.machine-name"
	DHIPIP           = "dhip.ip"
	DHIPIP6          = "dhip.ip6"
	DHIPHTTPPort     = "dhip.http-port"
	DHIPPort         = "dhip.port"
	DHIPInputs       = "dhip.video-inputs"
	DHIPRemoteInputs = "dhip.remote-video-inputs"
	DHIPInit         = "dhip.init"
	DHIPMethod       = "dhip.method" // client.notifyDevInfo; DHDiscover.search is a question

	// RTSP (RFC 2326, 7826) and SDP (RFC 8866).
	RTSPServer    = "rtsp.server"     // Server header
	RTSPRealm     = "rtsp.realm"      // bare realm of WWW-Authenticate
	RTSPPath      = "rtsp.path"       // path and query the server answered with 200 or 401; about the server
	RTSPStatus    = "rtsp.status"     // code of an answer
	RTSPPublic    = "rtsp.public"     // methods
	RTSPHeader    = "rtsp.header"     // Session line of an answer as sent, its spaces kept and its digits as "0"
	RTSPUserAgent = "rtsp.user-agent" // about the client
	RTSPRequest   = "rtsp.request"    // method; about the client
	SDPLine       = "sdp.line"        // one line, as sent
	SDPVideo      = "sdp.video"       // codec of a video medium: H264, H265, JPEG …
	SDPAudio      = "sdp.audio"
	SDPBackchan   = "sdp.backchannel" // "true" when the device takes audio in (talk-back)

	// RTP (RFC 3550), summed per flow. About the sender.
	RTPCodec   = "rtp.codec"   // from payload type or SDP: H264 …; "dynamic 96" when unknown
	RTPMedia   = "rtp.media"   // video, audio, unknown
	RTPPackets = "rtp.packets" // decimal
	RTPBytes   = "rtp.bytes"   // payload, decimal
	RTPTo      = "rtp.to"      // receiver's address

	// HTTP (RFC 9110). Server fields are about the server, User-Agent about the client.
	HTTPServer       = "http.server"
	HTTPTitle        = "http.title"
	HTTPAuthenticate = "http.www-authenticate" // whole value
	HTTPRealm        = "http.realm"
	HTTPPath         = "http.path"   // path and query the server answered with 200 or 401
	HTTPStatus       = "http.status" // code
	HTTPFaviconMD5   = "http.favicon-md5"
	HTTPFaviconMMH3  = "http.favicon-mmh3" // murmur3 of base64 with line feeds, signed decimal
	HTTPBody         = "http.body"         // first MaxValue bytes of a text body, for body fingerprints
	HTTPUserAgent    = "http.user-agent"
	HTTPHost         = "http.host" // name the client asked for

	// HNAP1 (SOAP over HTTP, D-Link and others). About the server.
	HNAPVendor   = "hnap.vendor"
	HNAPModel    = "hnap.model"
	HNAPDesc     = "hnap.model-description"
	HNAPFirmware = "hnap.firmware"
	HNAPHardware = "hnap.hardware"
	HNAPName     = "hnap.device-name"
	HNAPType     = "hnap.type"
	HNAPMAC      = "hnap.mac"

	// TLS (RFC 8446, 5246). Client hello about the client, certificate about the server.
	TLSSNI     = "tls.sni"
	TLSALPN    = "tls.alpn"
	TLSJA4     = "tls.ja4"
	TLSSubject = "tls.subject" // RFC 2253
	TLSIssuer  = "tls.issuer"
	TLSSPKI    = "tls.spki-sha256" // hexadecimal
	TLSSerial  = "tls.serial"
	TLSSAN     = "tls.san"
	TLSExpires = "tls.not-after" // RFC 3339

	// NTP (RFC 5905).
	NTPMode = "ntp.mode" // client or server

	// SNMP (RFC 3418).
	SNMPSysDescr    = "snmp.sysdescr"
	SNMPSysObjectID = "snmp.sysobjectid" // dotted, no leading dot
	SNMPSysName     = "snmp.sysname"
	SNMPValue       = "snmp.oid-value" // "oid=value"
	SNMPMAC         = "snmp.mac"       // ifPhysAddress of an interface, the first four

	// Reolink Baichuan (TCP 9000, magic F0 DE BC 0A). About the server.
	BaichuanMessage  = "baichuan.message" // number of a message the device sent; in UDP discovery its name, D2C_T
	BaichuanClass    = "baichuan.class"
	BaichuanModel    = "baichuan.model" // DeviceInfo or VersionInfo that is sent in the clear or lightly masked
	BaichuanName     = "baichuan.name"  // chosen by people
	BaichuanType     = "baichuan.type"  // "ipc", "nvr", "wifi_solo_ipc"
	BaichuanFirmware = "baichuan.firmware"
	BaichuanHardware = "baichuan.hardware"
	BaichuanSerial   = "baichuan.serial"
	BaichuanUID      = "baichuan.uid"      // number for connections from outside
	BaichuanChannels = "baichuan.channels" // decimal

	// PPPP, the P2P protocol of CS2 Network (F1 header). About the device.
	PPPPMessage = "pppp.message"
	PPPPUID     = "pppp.uid" // "ABCD-123456-EFGHI"

	// Interfaces of makers over HTTP. About the server; a camera that a recorder
	// lists is Named.

	// Axis VAPIX (param.cgi, basicdeviceinfo.cgi).
	VapixBrand    = "vapix.brand"
	VapixModel    = "vapix.model"   // full name: "AXIS M1065-LW Network Camera"
	VapixProduct  = "vapix.product" // number: "M1065-LW"
	VapixType     = "vapix.type"    // "Network Camera"
	VapixFirmware = "vapix.firmware"
	VapixSerial   = "vapix.serial" // of Axis' own, the MAC address without colons
	VapixMAC      = "vapix.mac"
	VapixHardware = "vapix.hardware-id"
	VapixSoC      = "vapix.soc"

	// Dahua's CGI (magicBox.cgi, configManager.cgi).
	DahuaCGIModel    = "dahua-cgi.model" // deviceType or type
	DahuaCGIFamily   = "dahua-cgi.update-serial"
	DahuaCGIClass    = "dahua-cgi.class"
	DahuaCGISerial   = "dahua-cgi.serial"
	DahuaCGIFirmware = "dahua-cgi.firmware" // "2.800.0000016.0.R build:2020-06-05"
	DahuaCGIHardware = "dahua-cgi.hardware"
	DahuaCGISoC      = "dahua-cgi.processor"
	DahuaCGIVendor   = "dahua-cgi.vendor"
	DahuaCGIName     = "dahua-cgi.machine-name"
	DahuaCGIMAC      = "dahua-cgi.mac"

	// Uniview LAPI (JSON).
	LapiModel        = "lapi.model"
	LapiSerial       = "lapi.serial"
	LapiFirmware     = "lapi.firmware"
	LapiHardware     = "lapi.hardware"
	LapiMAC          = "lapi.mac"
	LapiName         = "lapi.device-name"
	LapiType         = "lapi.device-type"
	LapiManufacturer = "lapi.manufacturer"
	LapiIP           = "lapi.ip"   // address a recorder gives for a camera behind it
	LapiURL          = "lapi.path" // ResponseURL

	// QUIC Initial packets (RFC 9000, 9001, 9369). About the client.
	QUICVersion = "quic.version" // "1", "2", "draft-29"
	QUICSNI     = "quic.sni"
	QUICALPN    = "quic.alpn"

	// STUN and TURN (RFC 8489, 8656). Requests are about the sender, answers
	// about the receiver; SOFTWARE and REALM are about who sent them.
	STUNMessage  = "stun.message"  // "Binding request", "Allocate success" …, "ChannelData"
	STUNSoftware = "stun.software" // SOFTWARE
	STUNRealm    = "stun.realm"
	STUNUser     = "stun.username"       // "yes": USERNAME is present; never its value
	STUNMapped   = "stun.mapped-address" // "address:port" the far end sees of the asker
	STUNPeer     = "stun.peer-address"   // XOR-PEER-ADDRESS: who the relay speaks with
	STUNRelayed  = "stun.relayed-address"
	STUNOther    = "stun.other-address" // OTHER-ADDRESS or ALTERNATE-SERVER: another server

	// Dahua P2P (UDP 8800, DHGET and DHPOST; PTCP). About the device its fields
	// name; PTCP is about nobody.
	DHP2PMessage = "dhp2p.message" // method and path without serial number: "DHGET /probe/device"; "PTCP"
	DHP2PSerial  = "dhp2p.serial"  // of the device asked for or that registers
	DHP2PServer  = "dhp2p.server"  // address of a server that an answer names
	DHP2PPeer    = "dhp2p.peer"    // address of the device or client that an answer names

	// ThroughTek Kalay, or TUTK (UDP). About the device its UID names.
	TUTKMessage = "tutk.message" // "discovery", "discovery answer", "session" … of the published ones
	TUTKUID     = "tutk.uid"     // 20 letters and digits
	TUTKPeer    = "tutk.peer"    // address that a server's answer gives of the device

	// PPPP, continued.
	PPPPServer = "pppp.server"         // "address:port" of a relay that a server's answer lists; about the receiver
	PPPPMapped = "pppp.mapped-address" // "address:port" a server sees of the asker; about the receiver
	PPPPPeer   = "pppp.peer-address"   // "address:port" a server tells to open a path to; about the receiver

	// Xiongmai DVRIP, or Sofia (TCP 34567, UDP 34569). About the device.
	DVRIPInquiry  = "dvrip.inquiry" // "search": the sender is a client
	DVRIPMessage  = "dvrip.message" // number of the first message the device sent
	DVRIPModel    = "dvrip.model"   // DeviceModel
	DVRIPHardware = "dvrip.hardware"
	DVRIPFirmware = "dvrip.firmware"
	DVRIPBuild    = "dvrip.build"
	DVRIPSerial   = "dvrip.serial"
	DVRIPMAC      = "dvrip.mac"
	DVRIPIP       = "dvrip.ip"
	DVRIPName     = "dvrip.hostname"
	DVRIPType     = "dvrip.device-type" // of a login's answer: DVR, HVR, IPC …
	DVRIPChannels = "dvrip.channels"
	DVRIPTCPPort  = "dvrip.tcp-port"
	DVRIPHTTPPort = "dvrip.http-port"

	// TVT (NVMS9000, TCP 6036 and 9008; MHED discovery, UDP 23456). About the device.
	TVTInquiry  = "tvt.inquiry"     // "search", "set-network": the sender is a client
	TVTMessage  = "tvt.message"     // "greeting", "login", "announce": the device's
	TVTDevice   = "tvt.device-type" // number in the greeting
	TVTMAC      = "tvt.mac"
	TVTIP       = "tvt.ip"
	TVTName     = "tvt.device-name"
	TVTSerial   = "tvt.serial"
	TVTModel    = "tvt.model"
	TVTFirmware = "tvt.firmware"
	TVTBuild    = "tvt.build-date" // YYYY-MM-DD
	TVTVendor   = "tvt.vendor"     // the badge
	TVTHTTPPort = "tvt.http-port"
	TVTRTSPPort = "tvt.rtsp-port"

	// Dahua's DVRIP (TCP 37777). About the server.
	DahuaMessage  = "dahua-dvrip.message" // "login", "information"
	DahuaRealm    = "dahua-dvrip.realm"   // "Login to …"
	DahuaSerial   = "dahua-dvrip.serial"  // of the realm, where it is one
	DahuaModel    = "dahua-dvrip.model"
	DahuaFirmware = "dahua-dvrip.firmware"

	// Hikvision's SDK (TCP 8000). About the server.
	HikSDKMessage = "hik-sdk.message" // "login", "control"

	// EZVIZ and Hik-Connect frames (magic 9EBAACE9; TCP 9010, 9020 and UDP). The
	// message is about its sender, the serial only about the device it names.
	EzvizMessage = "ezviz.message" // command, hexadecimal: "2011"
	EzvizService = "ezviz.service" // "commands" or "media": a device serves it on its port in the local network
	EzvizSerial  = "ezviz.serial"
	EzvizMapped  = "ezviz.mapped-address" // "address:port" a server sees of the asker

	// Open Drone ID (ASTM F3411) in 802.11 beacons and NAN frames. About the sender.
	ODIDID       = "odid.id"
	ODIDIDType   = "odid.id-type" // serial-number, registration, utm, session
	ODIDUAType   = "odid.ua-type"
	ODIDSelf     = "odid.self-id"
	ODIDSystem   = "odid.operator-location" // take-off, live or fixed: how the operator's place was found; the place is not read
	ODIDOperator = "odid.operator-id"       // registration number of the operator
	ODIDAuth     = "odid.auth"              // type of an authentication message
	ODIDStatus   = "odid.status"            // ground, airborne, emergency, failure

	// LLDP (IEEE 802.1AB; LLDP-MED: ANSI/TIA-1057). About the sender, which is
	// as often a switch as an end device: lldp.capability tells.
	LLDPChassis      = "lldp.chassis-id" // as text; a MAC in usual form
	LLDPMAC          = "lldp.mac"        // chassis ID, or else port ID, of the subtype MAC address
	LLDPPort         = "lldp.port-id"
	LLDPPortDesc     = "lldp.port-description"
	LLDPName         = "lldp.system-name"
	LLDPDescription  = "lldp.system-description"
	LLDPCapability   = "lldp.capability"         // one that is enabled: bridge, router, station, telephone …
	LLDPAddress      = "lldp.management-address" // IP
	LLDPMEDClass     = "lldp.med-class"          // endpoint class I, II, III, or network
	LLDPHardware     = "lldp.hardware"           // LLDP-MED inventory
	LLDPFirmware     = "lldp.firmware"
	LLDPSoftware     = "lldp.software"
	LLDPSerial       = "lldp.serial"
	LLDPManufacturer = "lldp.manufacturer"
	LLDPModel        = "lldp.model"
	LLDPAsset        = "lldp.asset-id"
	LLDPPower        = "lldp.power" // power over Ethernet in words: "device, class 3, wants 12.9 W"

	// CDP (Cisco Discovery Protocol, LLC/SNAP 00000C 2000). About the sender, as
	// often a switch as an end device.
	CDPDevice     = "cdp.device-id"
	CDPName       = "cdp.system-name"
	CDPPlatform   = "cdp.platform"   // the model of an end device
	CDPVersion    = "cdp.version"    // software version, often several lines made one
	CDPCapability = "cdp.capability" // one that is set: router, switch, station …
	CDPAddress    = "cdp.address"
	CDPPort       = "cdp.port-id"
	CDPPower      = "cdp.power" // consumption, "12.0 W"

	// Ubiquiti discovery (UDP 10001, versions 1 and 2). About the sender.
	UbntMAC      = "ubnt.mac"
	UbntIP       = "ubnt.ip"
	UbntFirmware = "ubnt.firmware"
	UbntHostname = "ubnt.hostname"
	UbntPlatform = "ubnt.platform" // short name of the model: "UVC", "N5B"
	UbntModel    = "ubnt.model"    // long name
	UbntESSID    = "ubnt.essid"
	UbntUptime   = "ubnt.uptime" // seconds

	// UniFi Protect (JSON of the recorder's interface). About the device described.
	UniFiKind     = "unifi.model-key" // camera, nvr, bridge, chime, light, sensor …
	UniFiType     = "unifi.type"      // "UVC G4 Doorbell Pro"
	UniFiModel    = "unifi.market-name"
	UniFiFirmware = "unifi.firmware"
	UniFiHardware = "unifi.hardware"
	UniFiPlatform = "unifi.platform" // "s5l", the chip family
	UniFiMAC      = "unifi.mac"
	UniFiIP       = "unifi.ip"
	UniFiName     = "unifi.name" // chosen by people
	UniFiGUID     = "unifi.guid"

	// TP-Link Kasa (UDP and TCP 9999, get_sysinfo). About the sender.
	KasaModel    = "kasa.model"
	KasaType     = "kasa.type"        // type or mic_type: IOT.SMARTPLUGSWITCH, IOT.IPCAMERA …
	KasaName     = "kasa.device-name" // dev_name or description, the maker's words
	KasaAlias    = "kasa.alias"       // chosen by people
	KasaMAC      = "kasa.mac"
	KasaFirmware = "kasa.firmware"
	KasaHardware = "kasa.hardware"
	KasaID       = "kasa.device-id"

	// TP-Link Tapo, VIGI and later Kasa (UDP 20002; JSON of the local interface).
	// About the sender.
	TapoType         = "tapo.device-type" // SMART.IPCAMERA, SMART.TAPODOORBELL, SMART.TAPOPLUG …
	TapoModel        = "tapo.model"
	TapoManufacturer = "tapo.manufacturer"
	TapoMAC          = "tapo.mac"
	TapoIP           = "tapo.ip"
	TapoFirmware     = "tapo.firmware"
	TapoHardware     = "tapo.hardware"
	TapoID           = "tapo.device-id"
	TapoEncryption   = "tapo.encryption" // encrypt_type of the management interface

	// Discovery of camera makers that has no other name (UDP). About the sender.
	DiscoveryProtocol     = "discovery.protocol" // bosch, hanwha, panasonic, vivotek, foscam-mjpeg, sony, vstarcam, hds, gigevision
	DiscoveryModel        = "discovery.model"
	DiscoveryManufacturer = "discovery.manufacturer"
	DiscoveryName         = "discovery.name" // chosen by people
	DiscoveryMAC          = "discovery.mac"
	DiscoveryIP           = "discovery.ip"
	DiscoverySerial       = "discovery.serial"
	DiscoveryFirmware     = "discovery.firmware"

	// DJI DroneID in 802.11 beacons. About the sender.
	DJISerial  = "dji.serial"
	DJIProduct = "dji.product-type" // number
	DJIModel   = "dji.model"        // its published name

	// 802.11 management.
	WLANSSID = "wlan.ssid"

	// Free-standing answers of other tools (identify, lists).
	Model     = "model"
	FTPBanner = "ftp.banner"
	Telnet    = "telnet.banner"
	SIPAgent  = "sip.user-agent"
	SSHBanner = "ssh.banner"
	MAC48     = "mac"       // hardware address that a list gives for the device
	Contacted = "contacted" // name of a server that the device was seen to ask for

	// Flows of which nothing else was recorded. About the sender, which is the
	// device of the site, whoever opened the flow.
	FlowService = "flow.service" // "tcp/554": it answered on that port
	FlowReached = "flow.reached" // "udp/32100": a server on another network answered it on that port

	// What nmap concludes of a service (-sV). About the server; another tool's
	// words, not the device's.
	NmapService    = "nmap.service"     // product, version and extra information
	NmapDeviceType = "nmap.device-type" // "webcam", "storage-misc" …
	NmapCPE        = "nmap.cpe"
)
