package dissect

import (
	"bytes"
	"testing"
)

func hnapBody(t testing.TB) []byte {
	_, body, _ := bytes.Cut(packet(t, "hnap-server.bin"), []byte("\r\n\r\n"))
	return body
}

var hnapFields = list(
	"hnap.type", "ConnectedHomeClient", "hnap.device-name", "DCS-935L", "hnap.vendor", "D-Link",
	"hnap.model-description", "Wireless Internet Camera", "hnap.model", "DCS-935L", "hnap.mac", "b0:c5:54:25:5b:0e",
	"hnap.firmware", "1.06", "hnap.hardware", "A1",
	"hnap.type", "Optical Recognition", "hnap.type", "Environmental Sensor", "hnap.type", "Camera",
)

func TestHNAP(t *testing.T) {
	same(t, parseHNAP(hnapBody(t)), fields(hnapFields))
	cutAt := bytes.Index(hnapBody(t), []byte("1.06"))
	same(t, parseHNAP(hnapBody(t)[:cutAt]), fields(hnapFields[:6]))
	login := `<soap:Envelope><soap:Body><LoginResponse><Challenge>F5B5</Challenge><Cookie>7704</Cookie></LoginResponse></soap:Body></soap:Envelope>`
	same(t, len(parseHNAP([]byte(login))), 0)
}

// The recorded conversation: what the phone asks, and what the camera answers.
func TestHNAPOverHTTP(t *testing.T) {
	client, server := packet(t, "hnap-client.bin"), packet(t, "hnap-server.bin")
	same(t, collectTCP(80, client, server), []Message{
		{Protocol: "http", FromClient: true, End: len(client), Fields: list("http.host", "10.10.10.37", "http.user-agent", "ksoap2-android/2.6.0+")},
		{Protocol: "http", End: len(server), Fields: list("http.status", "200", "http.path", "/HNAP1/")},
		{Protocol: "hnap", End: len(server), Fields: hnapFields},
	})
}

func FuzzHNAP(f *testing.F) {
	f.Add(hnapBody(f))
	fuzzBody(f, parseHNAP)
}
