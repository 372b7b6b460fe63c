package dissect

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/observation"
)

func gzipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.String()
}

const page = "<html><head><title>\n  Caf&eacute;\t&amp; gate </title></head><body></body></html>"

// Three requests sent at once, and their answers: plain, chunked, compressed.
var (
	httpAsked = []string{
		"GET /doc/page/login.asp?user=admin&pwd=12345&_=1 HTTP/1.1\r\nHost: Cam.example:8080\r\nUser-Agent: curl/8\r\nAuthorization: Basic YTpi\r\n\r\n",
		"HEAD /missing HTTP/1.1\r\nHost: cam.example\r\n\r\n",
		"GET /favicon.ico HTTP/1.1\r\nHost: cam.example\r\n\r\n",
		"GET /secret HTTP/1.1\r\nHost: cam.example\r\n\r\n",
	}
	httpTold = []string{
		"HTTP/1.1 100 Continue\r\n\r\n" + fmt.Sprintf("HTTP/1.1 200 OK\r\nServer: App-webs/\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n%x;ext=1\r\n%s\r\n0\r\nTrailer: x\r\n\r\n", 20, page[:20], len(page)-20, page[20:]),
		"HTTP/1.1 404 Not Found\r\nContent-Length: 999\r\n\r\n",
		fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: image/x-icon\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s", len(gzipped("icon")), gzipped("icon")),
		"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"DVRNVRDVS\", nonce=\"1\"\r\nwww-authenticate: Basic realm=\"DVRNVRDVS\"\r\nContent-Length: 0\r\n\r\n",
	}
)

// after gives the offsets behind each message.
func after(messages []string) []int {
	var ends []int
	n := 0
	for _, m := range messages {
		n += len(m)
		ends = append(ends, n)
	}
	return ends
}

func TestHTTPPipelined(t *testing.T) {
	c, s := after(httpAsked), after(httpTold)
	host := list("http.host", "cam.example")
	want := []Message{
		{Protocol: "http", FromClient: true, End: c[0], Fields: list("http.host", "cam.example", "http.user-agent", "curl/8")},
		{Protocol: "http", FromClient: true, End: c[1], Fields: host},
		{Protocol: "http", FromClient: true, End: c[2], Fields: host},
		{Protocol: "http", FromClient: true, End: c[3], Fields: host},
		{Protocol: "http", End: s[0], Fields: list("http.status", "200", "http.path", "/doc/page/login.asp?user=*&pwd=*&_=1", "http.server", "App-webs/",
			"http.title", "Café & gate", "http.body", strings.ReplaceAll(strings.ReplaceAll(page, "\n", " "), "\t", " "))},
		{Protocol: "http", End: s[1], Fields: list("http.status", "404")},
		{Protocol: "http", End: s[2], Fields: list("http.status", "200", "http.path", "/favicon.ico",
			"http.favicon-md5", "baec6461b0d69dde1b861aefbe375d8a", "http.favicon-mmh3", "1355950459")},
		{Protocol: "http", End: s[3], Fields: list("http.status", "401", "http.path", "/secret",
			"http.www-authenticate", `Digest realm="DVRNVRDVS", nonce="1"`, "http.realm", "DVRNVRDVS", "http.www-authenticate", `Basic realm="DVRNVRDVS"`)},
	}
	same(t, collectTCP(8080, []byte(strings.Join(httpAsked, "")), []byte(strings.Join(httpTold, ""))), want)
}

func TestHTTPAnswers(t *testing.T) {
	get := "GET /x HTTP/1.1\r\n\r\n"
	tests := []struct {
		name, client, server string
		want                 []string // protocol and names of fields of each message of the server
	}{
		{"no request was seen", "", "HTTP/1.0 200 OK\r\nServer: a\r\n\r\nhello", []string{"http http.status http.server http.body"}},
		{"cut in a header", get, "HTTP/1.0 200 OK\r\nServer: a\r\nWWW-Auth", []string{"http http.status http.path http.server"}},
		{"picture", get, "HTTP/1.0 200 OK\r\nContent-Type: image/jpeg\r\n\r\nJFIF", []string{"http http.status http.path"}},
		{"error says nothing of the path", get, "HTTP/1.0 500 No\r\n\r\n", []string{"http http.status"}},
		{"through a proxy: another device's answer", "GET http://a.example/ISAPI/System/deviceInfo HTTP/1.1\r\n\r\n", "HTTP/1.0 200 OK\r\nServer: a\r\n\r\n", nil},
		{"tunnel", "CONNECT a.example:443 HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", nil},
		{"description of a UPnP device", get, "HTTP/1.1 200 OK\r\n\r\n" + upnpDescription, []string{"http http.status http.path", "upnp"}},
		{"event in a multipart stream", get, "HTTP/1.1 200 OK\r\n\r\n--b\r\nContent-Type: application/xml\r\n\r\n<EventNotificationAlert xmlns=\"http://www.hikvision.com/ver20/XMLSchema\"><macAddress>44:19:b6:00:00:01</macAddress></EventNotificationAlert>\r\n--b--", []string{"http http.status http.path", "isapi"}},
		{"chunk larger than 2^64", get, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000010\r\nabc", []string{"http http.status http.path"}},
		{"compressed body cut short", get, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 999\r\n\r\n" + gzipped("<title>gate</title>")[:28], []string{"http http.status http.path http.title http.body"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, m := range collectTCP(80, []byte(tt.client), []byte(tt.server)) {
				if m.FromClient {
					continue
				}
				line := m.Protocol
				for _, f := range m.Fields {
					if m.Protocol == "http" {
						line += " " + f.Name
					}
				}
				got = append(got, line)
			}
			same(t, got, tt.want)
		})
	}
}

// A camera that posts an event to its recorder is the client.
func TestHTTPEventFromClient(t *testing.T) {
	body := `<EventNotificationAlert version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema"><ipAddress>192.0.2.5</ipAddress><macAddress>44:19:b6:00:00:01</macAddress></EventNotificationAlert>`
	request := fmt.Sprintf("POST /alarm HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	found := false
	for _, m := range collectTCP(80, []byte(request), nil) {
		found = found || m.FromClient && m.Protocol == "isapi" && fields(m.Fields).get(observation.IsapiMAC) == "44:19:b6:00:00:01"
	}
	same(t, found, true)
}

func TestBodyText(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"password in JSON", `{"user":"a","password":"hunter2","b":1}`, `{"user":"a","password":"*","b":1}`},
		{"token in key=value", "token=abc&x=1", "token=*&x=1"},
		{"password in XML", "<password>hunter2</password>", "<password>*</password>"},
		{"model and firmware stay", "deviceType=IPC-HFW2431S\r\nversion=2.800", "deviceType=IPC-HFW2431S\r\nversion=2.800"},
		{"binary", "\x00\x01\x02", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { same(t, bodyText(&httpMessage{body: []byte(tt.in)}), tt.want) })
	}
}

// A gzip bomb costs no more than the bound.
func TestDecodeBodyIsBounded(t *testing.T) {
	bomb := gzipped(strings.Repeat("\x00", 20<<20))
	got, whole := decodeBody([]byte(bomb), "gzip", true)
	if len(got) != maxHTTPBody || whole {
		t.Errorf("%d bytes, whole %v", len(got), whole)
	}
}

// The digest of no bytes, and of two lines of base64, worked out with Python's
// base64.encodebytes and the published MurmurHash3.
func TestFaviconHash(t *testing.T) {
	same(t, faviconHash(nil), int32(0))
	same(t, faviconHash(bytes.Repeat([]byte{7}, 100)), int32(-1572641354))
}

func FuzzHTTP(f *testing.F) {
	f.Add([]byte(strings.Join(httpAsked, "")), []byte(strings.Join(httpTold, "")))
	f.Add(packet(f, "hnap-client.bin"), packet(f, "hnap-server.bin"))
	f.Add([]byte("GET /d.xml HTTP/1.1\r\n\r\n"), []byte("HTTP/1.1 200 OK\r\n\r\n"+upnpDescription))
	f.Fuzz(func(t *testing.T, client, server []byte) {
		for _, m := range collect(func(emit Emit) { dissectHTTP(1, 80, client, server, emit) }) {
			check(t, m, len(client), len(server))
		}
	})
}
