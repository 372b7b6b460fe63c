package identify

import (
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/lenscap/lenscap/internal/dissect"
	"github.com/lenscap/lenscap/internal/fingerprint"
	"github.com/lenscap/lenscap/internal/observation"
)

// A Kind is one kind of answer that can be read.
type Kind struct {
	Name    string
	Aliases []string // other names for it
	Says    string   // what the value is
	Example string   // a value; "" only for those that are binary

	protocol string                                      // of the observation
	fields   []string                                    // a text: the fields it fills
	refine   func(string) string                         // a text: makes it what the field holds
	also     func(o *observation.Observation, v string)  // a text: further fields that follow from it
	read     func(x *Identifier, value string) (ok bool) // a document
}

// text makes a kind whose value is the text of one field.
func text(name, field, says, example string, aliases ...string) Kind {
	protocol, _, _ := strings.Cut(field, ".")
	return Kind{Name: name, Aliases: aliases, Says: says, Example: example, protocol: protocol, fields: []string{field}}
}

// answer makes a kind whose value one of dissect's readers reads.
func answer(name, protocol, says, example string, aliases ...string) Kind {
	return Kind{Name: name, Aliases: aliases, Says: says, Example: example, read: func(x *Identifier, value string) bool {
		return x.dissect(protocol, value)
	}}
}

// listed makes a kind that a function of dissect reads into one list of fields.
func listed(name, protocol, says, example string, parse func([]byte) []observation.Field, aliases ...string) Kind {
	return Kind{Name: name, Aliases: aliases, Says: says, Example: example, read: func(x *Identifier, value string) bool {
		f := parse([]byte(value))
		if len(f) > 0 {
			o := x.observe(protocol)
			o.Fields = append(o.Fields, f...)
		}
		return len(f) > 0
	}}
}

// with returns k with a function that makes its text what the field holds.
func (k Kind) with(refine func(string) string) Kind { k.refine = refine; return k }

// and returns k with a function that adds what follows from its text.
func (k Kind) and(also func(*observation.Observation, string)) Kind { k.also = also; return k }

// kinds is every kind, in the order in which they are listed.
var kinds = []Kind{
	text("http-server", observation.HTTPServer, "Server header of an HTTP answer", "Hikvision-Webs", "server", "http.server"),
	text("html-title", observation.HTTPTitle, "title of the first page", "NETSurveillance WEB", "title", "http-title"),
	text("www-authenticate", observation.HTTPAuthenticate, "WWW-Authenticate header, whole", `Digest realm="AXIS_ACCC8E012345", nonce="0"`, "www-auth", "http-authenticate").and(addRealm),
	text("http-realm", observation.HTTPRealm, "realm of WWW-Authenticate, alone", "IP Camera(AB705)", "realm"),
	text("http-path", observation.HTTPPath, "path the web server answered, or its URL", "/doc/page/login.asp", "path", "url", "http-url").with(path),
	text("http-body", observation.HTTPBody, "text of a page, its beginning", `<meta name="publisher" content="MOBOTIX AG, Germany">`, "body"),
	answer("http", "http", "one raw HTTP answer: status line, headers, body", "HTTP/1.1 401 Unauthorized\r\nServer: DNVRS-Webs\r\n\r\n", "http-response", "http-answer"),
	text("favicon-md5", observation.HTTPFaviconMD5, "MD5 of the icon, hexadecimal", "89b932fcc47cf4ca3faadb0cfdef89cf", "favicon-hash-md5").with(strings.ToLower),
	text("favicon-mmh3", observation.HTTPFaviconMMH3, "MurmurHash3 of the icon as Shodan counts it, decimal", "-520888198", "favicon-hash", "favicon"),
	text("x509-subject", observation.TLSSubject, "subject of the certificate", "CN=HIKVISION,O=HIKVISION,C=CN", "tls-subject", "cert-subject", "tls-cert-subject").with(distinguishedName),
	text("x509-issuer", observation.TLSIssuer, "issuer of the certificate", "CN=Axis device ID intermediate CA,O=Axis Communications AB", "tls-issuer", "cert-issuer", "tls-cert-issuer").with(distinguishedName),
	{Name: "x509", Aliases: []string{"certificate"}, Says: "the certificate: PEM, or DER in base64", Example: exampleCertificate, read: (*Identifier).certificate},
	text("dhcp-vendor-class", observation.DHCPVendorClass, "DHCP option 60", "AXIS,Network Camera,P3245-LV,10.12.228", "vendor-class"),
	text("dhcp-hostname", observation.DHCPHostname, "DHCP option 12", "axis-accc8e012345", "hostname"),
	text("mac", observation.MAC48, "hardware address", "44:19:b6:00:00:01", "mac-address").with(macText),
	answer("rtsp", "rtsp", "one raw RTSP answer, or several", "RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\nWWW-Authenticate: Digest realm=\"IP Camera(AB705)\"\r\n\r\n", "rtsp-response", "rtsp-answer"),
	text("rtsp-server", observation.RTSPServer, "Server header of an RTSP answer", "H264DVR 1.0"),
	text("rtsp-realm", observation.RTSPRealm, "realm of an RTSP answer", "Login to AMC0000AAAAAAAAAA"),
	text("rtsp-path", observation.RTSPPath, "path the RTSP server answered, or its URL", "rtsp://192.0.2.1/cam/realmonitor?channel=1&subtype=0", "rtsp-url").with(path),
	answer("sdp", "sdp", "a session description", "v=0\r\ns=Media Server\r\na=packetization-supported:DH\r\n"),
	text("sip-user-agent", observation.SIPAgent, "User-Agent or Server header of SIP", "Hikvision", "sip"),
	text("ftp-banner", observation.FTPBanner, "first line of an FTP server", "220 AXIS M1065-LW Network Camera 9.10.1 (2019) ready.", "ftp").with(withoutCode),
	text("telnet-banner", observation.Telnet, "what a Telnet server says first", "192.0.0.64 login:", "telnet"),
	text("ssh-banner", observation.SSHBanner, "first line of an SSH server", "SSH-2.0-dropbear_2016.74", "ssh"),
	text("snmp-sysdescr", observation.SNMPSysDescr, "sysDescr.0", "; AXIS P5534-E; PTZ Dome Network Camera; 5.40.9.2", "sysdescr"),
	text("snmp-sysobjectid", observation.SNMPSysObjectID, "sysObjectID.0", "1.3.6.1.4.1.368", "sysobjectid").with(oid),
	answer("snmp", "snmp", "lines of OID=value, an snmprec file, a walk of net-snmp, or a message", "1.3.6.1.2.1.1.1.0=Linux camera\n1.3.6.1.2.1.1.2.0=1.3.6.1.4.1.368", "snmprec", "snmpwalk"),
	answer("onvif", "onvif", "SOAP answer of ONVIF's device service", "<Envelope><Body><GetDeviceInformationResponse><Manufacturer>HIKVISION</Manufacturer></GetDeviceInformationResponse></Body></Envelope>"),
	{Name: "ws-discovery", Aliases: []string{"wsd", "onvif-scopes"}, Says: "ProbeMatches or Hello of WS-Discovery, or its scopes alone", Example: "onvif://www.onvif.org/hardware/DS-2CD2143G0-I onvif://www.onvif.org/name/HIKVISION", read: (*Identifier).discovery},
	answer("sadp", "sadp", "Hikvision's SADP answer (XML, or the frame)", "<ProbeMatch><DeviceDescription>DS-2CD2143G0-I</DeviceDescription></ProbeMatch>"),
	answer("dhip", "dhip", "Dahua's discovery answer (datagram, or its JSON)", `{"mac":"90:02:a9:00:00:01","params":{"deviceInfo":{"DeviceType":"IPC-HFW1230S"}}}`, "dhdiscover"),
	answer("ssdp", "ssdp", "SSDP announcement or answer", "NOTIFY * HTTP/1.1\r\nNT: upnp:rootdevice\r\nSERVER: Linux/2.6 UPnP/1.0 IPCamera\r\n\r\n"),
	answer("upnp", "upnp", "UPnP device description (XML)", "<root><device><manufacturer>Hikvision</manufacturer></device></root>"),
	{Name: "mdns", Aliases: []string{"dns-sd"}, Says: "names and TXT strings of mDNS, one a line, or a message", Example: "AXIS M1065-LW - ACCC8E012345._axis-video._tcp.local\nmacaddress=ACCC8E012345", read: (*Identifier).multicast},
	answer("isapi", "isapi", "ISAPI document (XML), or JSON of path → document", `{"System/deviceInfo":"<DeviceInfo xmlns=\"http://www.hikvision.com/ver20/XMLSchema\"><model>DS-2CD2143G0-I</model></DeviceInfo>"}`, "psia"),
	listed("vapix", "vapix", "Axis' param.cgi (text) or basicdeviceinfo.cgi (JSON)", "root.Brand.Brand=AXIS\nroot.Brand.ProdFullName=AXIS M1065-LW Network Camera", dissect.ParseVAPIX),
	listed("dahua-cgi", "dahua-cgi", "Dahua's magicBox.cgi (text)", "deviceType=IPC-HFW1230S\nserialNumber=1A2B3C4D5E6F7G8", dissect.ParseDahuaCGI, "magicbox"),
	listed("lapi", "lapi", "Uniview's LAPI (JSON)", `{"Response":{"ResponseURL":"/LAPI/V1.0/System/DeviceInfo","Data":{"DeviceModel":"IPC3614LE"}}}`, dissect.ParseLAPI),
	listed("tapo", "tapo", "TP-Link's later interface and discovery (JSON)", `{"result":{"device_type":"SMART.IPCAMERA","device_model":"C100"}}`, dissect.ParseTapo, "vigi"),
	listed("kasa", "kasa", "TP-Link's get_sysinfo (JSON)", `{"system":{"get_sysinfo":{"model":"KC120(US)","type":"IOT.IPCAMERA"}}}`, dissect.ParseKasa),
	{Name: "unifi", Says: "UniFi Protect's record of a device (JSON)", Example: `{"modelKey":"camera","mac":"331AFA68BE00","type":"UVC G4 Doorbell Pro","firmwareVersion":"4.48.16"}`, read: (*Identifier).unifi},
	answer("hnap", "hnap", "D-Link's GetDeviceSettings (SOAP)", "<Envelope><Body><GetDeviceSettingsResponse><ModelName>DCS-935L</ModelName></GetDeviceSettingsResponse></Body></Envelope>"),
	text("hostname-contacted", observation.Contacted, "name of a server that the device asked for", "dev.hik-connect.com", "domain", "sni", "dns-question").with(serverName),
	text("model", observation.Model, "model number, as a list gives it", "DS-2CD2143G0-I", "model-number"),
}

// clean makes any text fit for a field.
func clean(s string) string { return dissect.Clean(s) }

// index finds a kind by every name it has. Kinds of fingerprints that have no
// entry above take the text of the field that they read first; so do the names
// of those fields.
var index = sync.OnceValue(func() map[string]*Kind {
	m := make(map[string]*Kind, 4*len(kinds))
	for i := range kinds {
		m[kinds[i].Name] = &kinds[i]
	}
	for i := range kinds {
		for _, a := range kinds[i].Aliases {
			m[a] = &kinds[i]
		}
	}
	for _, name := range fingerprint.Kinds() {
		for i, field := range fingerprint.Reads(name) {
			k := text(name, field, "text of the field "+field, "")
			if m[name] == nil && i == 0 {
				m[name] = &k
			}
			if m[field] == nil {
				m[field] = &k
			}
		}
	}
	return m
})

// find gives the kind of that name, nil if there is none. Case, and "_" for "-",
// do not matter.
func find(name string) *Kind {
	m := index()
	if k := m[name]; k != nil {
		return k
	}
	return m[strings.ReplaceAll(strings.ToLower(name), "_", "-")]
}

// Kinds lists the kinds, those that come up most first.
func Kinds() []Kind { return slices.Clone(kinds) }

// Further lists the names of the kinds of fingerprints that are taken as well,
// each as the text it reads, sorted.
func Further() []string {
	var out []string
	for _, name := range fingerprint.Kinds() {
		if k := find(name); k != nil && k.Name == name && !slices.ContainsFunc(kinds, func(x Kind) bool { return x.Name == name }) {
			out = append(out, name)
		}
	}
	return out
}

// Known reports whether there is a kind of that name.
func Known(name string) bool { return find(name) != nil }

// addRealm adds the realm that a WWW-Authenticate header carries.
func addRealm(o *observation.Observation, v string) {
	if r := dissect.Realm(v); r != "" {
		o.Fields = append(o.Fields, observation.Field{Name: observation.HTTPRealm, Value: r})
	}
}

// path is the path and query of a URL; a path stays as it is.
func path(v string) string {
	u, err := url.Parse(v)
	if err != nil || u.Host == "" {
		return v
	}
	return u.RequestURI()
}

// withoutCode drops the reply code before an FTP greeting.
func withoutCode(v string) string {
	if len(v) > 4 && (v[3] == ' ' || v[3] == '-') && strings.Trim(v[:3], "0123456789") == "" {
		return strings.TrimSpace(v[4:])
	}
	return v
}

// oid drops the dot that tools write before an object identifier.
func oid(v string) string { return strings.TrimPrefix(strings.TrimPrefix(v, "OID: "), ".") }

// macText is a hardware address in the usual form, "" for what is none.
func macText(v string) string {
	m, ok := observation.ParseMAC(v)
	if !ok {
		return ""
	}
	return m.String()
}

// serverName is a name in lower case, without scheme, path, port and final dot.
func serverName(v string) string {
	if _, rest, ok := strings.Cut(v, "://"); ok {
		v = rest
	}
	if i := strings.IndexAny(v, "/:"); i >= 0 {
		v = v[:i]
	}
	return strings.ToLower(strings.TrimSuffix(v, "."))
}

// distinguishedName turns the forms of OpenSSL ("/C=CN/O=x", "C = CN, O = x")
// into the one of RFC 2253 without spaces, which the fingerprints read. The order
// stays as it is.
func distinguishedName(v string) string {
	if strings.HasPrefix(v, "/") && strings.Contains(v, "=") {
		v = strings.ReplaceAll(v[1:], "/", ",")
	}
	if strings.Contains(v, " = ") || strings.Contains(v, ", ") {
		v = dnSpaces.Replace(v)
	}
	return v
}

// dnSpaces drops the spaces that OpenSSL and others print around "=" and after a
// comma before the next attribute.
var dnSpaces = strings.NewReplacer(" = ", "=", ", CN", ",CN", ", OU", ",OU", ", O=", ",O=", ", O =", ",O=", ", L", ",L", ", ST", ",ST", ", C=", ",C=", ", C =", ",C=", ", emailAddress", ",emailAddress")

// exampleCertificate is one made for this list; nobody holds its key.
const exampleCertificate = "MIIBNDCB5wIUVDCkyCuXrXFxGNkf3qrJqJGtEQcwBQYDK2VwMD0xHzAdBgNVBAoMFkF4aXMgQ29tbXVuaWNhdGlvbnMgQUIxGjAYBgNV" +
	"BAMMEWF4aXMtYWNjYzhlMDEyMzQ1MB4XDTI2MTEyMzAxMDAwMFoXDTQ2MTExODAxMDAwMFowPTEfMB0GA1UECgwWQXhpcyBDb21tdW5p" +
	"Y2F0aW9ucyBBQjEaMBgGA1UEAwwRYXhpcy1hY2NjOGUwMTIzNDUwKjAFBgMrZXADIQAP9ZpLnXsc0GaIiCa5nFLGs/B6Vy410xe0U9SS" +
	"F1j0kjAFBgMrZXADQQC/NJ/EhWHyCKyIPsr/bTgLDYBMK2R+iKoMrwIk7h86eVxKNVRb+qpJSEj/7nbbtBgF9m95LGix9lknVNQWn/8D"
