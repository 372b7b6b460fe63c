package lab

import (
	"crypto/ed25519"
	"crypto/md5"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/big"
	"net/netip"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/observation"
)

// Request is an HTTP question; headers come as "Name: value".
func Request(method, path, host string, body string, headers ...string) []byte {
	h := append([]string{method + " " + path + " HTTP/1.1", "Host: " + host}, headers...)
	return message(h, body)
}

// Response is an HTTP answer.
func Response(status string, body string, headers ...string) []byte {
	h := append([]string{"HTTP/1.1 " + status}, headers...)
	if body == "" {
		h = append(h, "Content-Length: 0")
	}
	return message(h, body)
}

// message joins head and body, and says how long the body is.
func message(head []string, body string) []byte {
	if body != "" {
		head = append(head, fmt.Sprintf("Content-Length: %d", len(body)))
	}
	return []byte(strings.Join(head, "\r\n") + "\r\n\r\n" + body)
}

// RTSP is a camera's or recorder's video service, as a client meets it.
type RTSP struct {
	Path   string // of the stream asked for: "/Streaming/Channels/101"
	Realm  string // of the 401; "" when it asks for no password
	Server string // header of each answer; may be ""
	Public string // methods
	SDP    string // of DESCRIBE; %IP stands for the device's address
	Agent  string // of the client
	Track  string // control of the video medium, appended to the path: "/trackID=1"
}

// Open plays OPTIONS, DESCRIBE without and with a password, SETUP and PLAY, as far
// as the first picture. transport is the header of SETUP, answered with extra.
func (r *RTSP) Open(d *Dialogue, transport, extra string) {
	url := "rtsp://" + d.server.addr.String() + r.Path
	seq := 0
	ask := func(method, url string, headers ...string) []byte {
		seq++
		h := append([]string{method + " " + url + " RTSP/1.0", fmt.Sprintf("CSeq: %d", seq), "User-Agent: " + r.Agent}, headers...)
		return message(h, "")
	}
	tell := func(status, body string, headers ...string) []byte {
		h := []string{"RTSP/1.0 " + status, fmt.Sprintf("CSeq: %d", seq)}
		if r.Server != "" {
			h = append(h, "Server: "+r.Server)
		}
		return message(append(h, headers...), body)
	}
	d.Client(ask("OPTIONS", url)).Server(tell("200 OK", "", "Public: "+r.Public))
	var password []string
	if r.Realm != "" {
		nonce := hex.EncodeToString(d.n.Random(16))
		d.Client(ask("DESCRIBE", url, "Accept: application/sdp"))
		d.Server(tell("401 Unauthorized", "", fmt.Sprintf(`WWW-Authenticate: Digest realm="%s", nonce="%s", stale="FALSE"`, r.Realm, nonce)))
		sum := md5.Sum([]byte(nonce)) // answers no real password
		password = []string{fmt.Sprintf(`Authorization: Digest username="viewer", realm="%s", nonce="%s", uri="%s", response="%x"`, r.Realm, nonce, url, sum)}
	}
	sdp := strings.ReplaceAll(r.SDP, "%IP", d.server.addr.Addr().String())
	d.Client(ask("DESCRIBE", url, append([]string{"Accept: application/sdp"}, password...)...))
	d.Reorder().Server(tell("200 OK", sdp, "Content-Type: application/sdp", "Content-Base: "+url+"/"))
	session := fmt.Sprintf("%d", 100000000+binary.BigEndian.Uint32(d.n.Random(4))%800000000)
	d.Client(ask("SETUP", url+r.Track, append([]string{"Transport: " + transport}, password...)...))
	d.Server(tell("200 OK", "", "Session: "+session+";timeout=60", "Transport: "+transport+extra))
	d.Client(ask("PLAY", url, append([]string{"Session: " + session, "Range: npt=0.000-"}, password...)...))
	d.Server(tell("200 OK", "", "Session: "+session, "Range: npt=0.000-"))
}

// Close ends the session and the connection.
func (r *RTSP) Close(d *Dialogue) {
	url := "rtsp://" + d.server.addr.String() + r.Path
	d.Client(message([]string{"TEARDOWN " + url + " RTSP/1.0", "CSeq: 90", "User-Agent: " + r.Agent}, ""))
	d.Server(message([]string{"RTSP/1.0 200 OK", "CSeq: 90"}, ""))
	d.Close()
}

// OverUDP watches count pictures over UDP from port media of the camera.
func (n *Network) OverUDP(at time.Duration, client, camera *Station, sport, port, media uint16, r *RTSP, v *Stream, count int) {
	d := n.Dial(at, client, sport, camera, port)
	to := 2*(sport/2) + 100
	r.Open(d, fmt.Sprintf("RTP/AVP;unicast;client_port=%d-%d", to, to+1), fmt.Sprintf(";server_port=%d-%d;ssrc=%08x", media, media+1, v.SSRC()))
	v.Datagrams(d.At+40*time.Millisecond, count, camera, media, client, to)
	d.Wait(time.Duration(count)*v.interval() + 200*time.Millisecond)
	r.Close(d)
}

// OverTCP watches count pictures inside the RTSP connection.
func (n *Network) OverTCP(at time.Duration, client, camera *Station, sport, port uint16, r *RTSP, v *Stream, count int) {
	d := n.Dial(at, client, sport, camera, port)
	r.Open(d, "RTP/AVP/TCP;unicast;interleaved=0-1", fmt.Sprintf(";ssrc=%08x", v.SSRC()))
	v.Interleaved(d.Wait(40*time.Millisecond), 0, count)
	r.Close(d)
}

// An Endpoint is a WS-Discovery target (OASIS 2009) as ONVIF uses it.
type Endpoint struct {
	UUID   string
	Types  string // "dn:NetworkVideoTransmitter tds:Device"
	Scopes []string
	XAddrs string
}

const soapOpen = `<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
	`<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"` +
	` xmlns:dn="http://www.onvif.org/ver10/network/wsdl" xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema">`

// SOAP puts a body, and a header for WS-Discovery, into an envelope.
func SOAP(header, body string) string {
	if header != "" {
		header = "<s:Header>" + header + "</s:Header>"
	}
	return soapOpen + header + "<s:Body>" + body + "</s:Body></s:Envelope>"
}

var discovery = netip.MustParseAddrPort("239.255.255.250:3702")

// Probe lets client look for ONVIF devices on its segment.
func (n *Network) Probe(at time.Duration, client *Station, sport uint16) (id string) {
	id = n.uuid()
	n.UDP(at, client, sport, discovery, []byte(SOAP(
		"<a:MessageID>urn:uuid:"+id+"</a:MessageID><a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To><a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>",
		"<d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe>")))
	return id
}

// ProbeMatch lets s answer a probe.
func (n *Network) ProbeMatch(at time.Duration, s *Station, e Endpoint, id string, client *Station, dport uint16) {
	n.UDP(at, s, 3702, client.Port(dport), []byte(SOAP(
		"<a:MessageID>urn:uuid:"+n.uuid()+"</a:MessageID><a:RelatesTo>urn:uuid:"+id+"</a:RelatesTo><a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To><a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</a:Action>",
		"<d:ProbeMatches><d:ProbeMatch>"+e.body()+"</d:ProbeMatch></d:ProbeMatches>")))
}

// Hello lets s say that it has come.
func (n *Network) Hello(at time.Duration, s *Station, e Endpoint) {
	n.UDP(at, s, 3702, discovery, []byte(SOAP(
		"<a:MessageID>urn:uuid:"+n.uuid()+"</a:MessageID><a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To><a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Hello</a:Action>",
		"<d:Hello>"+e.body()+"</d:Hello>")))
}

func (e *Endpoint) body() string {
	return "<a:EndpointReference><a:Address>urn:uuid:" + e.UUID + "</a:Address></a:EndpointReference><d:Types>" + e.Types + "</d:Types><d:Scopes>" +
		strings.Join(e.Scopes, " ") + "</d:Scopes><d:XAddrs>" + e.XAddrs + "</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion>"
}

func (n *Network) uuid() string {
	b := n.Random(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Information is the answer to ONVIF's GetDeviceInformation.
type Information struct{ Manufacturer, Model, Firmware, Serial, Hardware string }

// GetDeviceInformation lets client ask a device over HTTP on port 80 what it is.
func (n *Network) GetDeviceInformation(at time.Duration, client, s *Station, sport uint16, info Information, headers ...string) {
	q := SOAP("", "<tds:GetDeviceInformation/>")
	a := SOAP("", "<tds:GetDeviceInformationResponse><tds:Manufacturer>"+info.Manufacturer+"</tds:Manufacturer><tds:Model>"+info.Model+"</tds:Model><tds:FirmwareVersion>"+
		info.Firmware+"</tds:FirmwareVersion><tds:SerialNumber>"+info.Serial+"</tds:SerialNumber><tds:HardwareId>"+info.Hardware+"</tds:HardwareId></tds:GetDeviceInformationResponse>")
	const soapType = "Content-Type: application/soap+xml; charset=utf-8"
	d := n.Dial(at, client, sport, s, 80)
	d.Ask(Request("POST", "/onvif/device_service", s.IP.String(), q, soapType), Response("200 OK", a, append([]string{soapType}, headers...)...))
	d.Close()
}

// Get lets client fetch paths in one HTTP connection; pages holds the answers.
func (n *Network) Get(at time.Duration, client, s *Station, sport, port uint16, agent string, pages ...Page) {
	d := n.Dial(at, client, sport, s, port)
	for i, p := range pages {
		if i == 1 {
			d.Lose()
		}
		d.Client(Request("GET", p.Path, s.IP.String(), "", "User-Agent: "+agent, "Accept: */*"))
		d.Server(p.Answer).Wait(12 * time.Millisecond)
	}
	d.Close()
}

// A Page is a path and what the server answers.
type Page struct {
	Path   string
	Answer []byte
}

// SSDP lets s announce itself (UPnP device architecture, section 1.2).
func (n *Network) SSDP(at time.Duration, s *Station, server, location, uuid, kind string) {
	n.UDP(at, s, 1900, netip.MustParseAddrPort("239.255.255.250:1900"), []byte("NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nCACHE-CONTROL: max-age=1800\r\nLOCATION: "+
		location+"\r\nNT: "+kind+"\r\nNTS: ssdp:alive\r\nSERVER: "+server+"\r\nUSN: uuid:"+uuid+"::"+kind+"\r\n\r\n"))
}

// Search lets s look for UPnP devices.
func (n *Network) Search(at time.Duration, s *Station, sport uint16, kind string) {
	n.UDP(at, s, sport, netip.MustParseAddrPort("239.255.255.250:1900"), []byte("M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 2\r\nST: "+kind+"\r\n\r\n"))
}

// LLDP lets s tell its neighbour what it is (IEEE 802.1AB).
func (n *Network) LLDP(at time.Duration, s *Station, port, name, descr string) {
	tlv := func(b []byte, kind byte, value []byte) []byte {
		b = append(b, kind<<1|byte(len(value)>>8), byte(len(value)))
		return append(b, value...)
	}
	b := tlv(nil, 1, append([]byte{4}, s.MAC[:]...))
	b = tlv(b, 2, append([]byte{5}, port...))
	b = tlv(b, 3, []byte{0, 120})
	b = tlv(b, 5, []byte(name))
	b = tlv(b, 6, []byte(descr))
	b = tlv(b, 7, []byte{0, 4, 0, 4}) // a bridge, switched on
	n.Frame(at, s, observation.MAC{0x01, 0x80, 0xc2, 0, 0, 0x0e}, typeLLDP, tlv(b, 0, nil))
}

// ClientHello is the first TLS message of a client that asks for name.
func (n *Network) ClientHello(name string) []byte {
	sni := binary.BigEndian.AppendUint16([]byte{0}, uint16(len(name)))
	sni = append(sni, name...)
	ext := tlsExtension(nil, 0, vector16(sni))
	ext = tlsExtension(ext, 10, []byte{0, 4, 0, 0x1d, 0, 0x17})
	ext = tlsExtension(ext, 11, []byte{1, 0})
	ext = tlsExtension(ext, 13, []byte{0, 8, 4, 3, 8, 4, 4, 1, 8, 7})
	b := append([]byte{3, 3}, n.Random(32)...)
	b = append(b, 0)
	b = append(b, 0, 8, 0xc0, 0x2f, 0xc0, 0x30, 0xc0, 0x2b, 0x00, 0xff)
	b = append(b, 1, 0)
	b = append(b, vector16(ext)...)
	return tlsRecord(22, handshake(1, b))
}

// ServerHello is the answer of a TLS 1.2 server with its certificate.
func (n *Network) ServerHello(certificate []byte) []byte {
	b := append([]byte{3, 3}, n.Random(32)...)
	b = append(b, 0, 0xc0, 0x2b, 0) // TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
	b = append(b, vector16(tlsExtension(nil, 0xff01, []byte{0}))...)
	all := handshake(2, b)
	one := append([]byte{byte(len(certificate) >> 16), byte(len(certificate) >> 8), byte(len(certificate))}, certificate...)
	all = append(all, handshake(11, append([]byte{byte(len(one) >> 16), byte(len(one) >> 8), byte(len(one))}, one...))...)
	exchange := append([]byte{3, 0, 0x1d, 32}, n.Random(32)...)
	exchange = append(exchange, 8, 7) // signature by Ed25519 (RFC 8422)
	exchange = append(exchange, vector16(n.Random(64))...)
	all = append(all, handshake(12, exchange)...)
	return tlsRecord(22, append(all, handshake(14, nil)...))
}

// Secret is a TLS record of application data: size bytes without meaning.
func (n *Network) Secret(size int) []byte {
	return tlsRecord(23, n.content(size))
}

// KeyExchange is the second flight of a TLS 1.2 client.
func (n *Network) KeyExchange() []byte {
	b := tlsRecord(22, handshake(16, append([]byte{32}, n.Random(32)...)))
	b = append(b, tlsRecord(20, []byte{1})...)
	return append(b, tlsRecord(22, n.Random(40))...)
}

func tlsRecord(kind byte, b []byte) []byte {
	return append([]byte{kind, 3, 3}, vector16(b)...)
}

func handshake(kind byte, b []byte) []byte {
	return append([]byte{kind, byte(len(b) >> 16), byte(len(b) >> 8), byte(len(b))}, b...)
}

func tlsExtension(list []byte, kind uint16, b []byte) []byte {
	return append(binary.BigEndian.AppendUint16(list, kind), vector16(b)...)
}

func vector16(b []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...)
}

// Certificate is a self-signed certificate whose key is derived from seed. Its
// signature (Ed25519) does not depend on chance.
func Certificate(seed string, subject pkix.Name, names []string, from time.Time) []byte {
	key := sha256.Sum256([]byte(seed))
	private := ed25519.NewKeyFromSeed(key[:])
	t := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(key[:8]), Subject: subject, DNSNames: names,
		NotBefore: from, NotAfter: from.AddDate(10, 0, 0),
	}
	der, err := x509.CreateCertificate(nil, t, t, private.Public(), private)
	if err != nil {
		panic("lab: " + err.Error())
	}
	return der
}
