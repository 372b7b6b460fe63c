package identify_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"testing"

	"github.com/lenscap/lenscap/internal/identify"
)

// ordinary are banners that have nothing to do with cameras; %d makes each line
// different, as a scanner delivers them.
var ordinary = []string{
	`{"id":"%d","kind":"http-server","value":"nginx/1.%[1]d.0"}`,
	`{"id":"%d","kind":"http-server","value":"Apache/2.4.%[1]d (Ubuntu) OpenSSL/1.1.1 PHP/7.%[1]d"}`,
	`{"id":"%d","kind":"http-server","value":"Microsoft-IIS/10.%[1]d"}`,
	`{"id":"%d","kind":"html-title","value":"Welcome to nginx! %[1]d"}`,
	`{"id":"%d","kind":"html-title","value":"Dashboard of server number %[1]d - Login"}`,
	`{"id":"%d","kind":"www-authenticate","value":"Basic realm=\"Router %[1]d\""}`,
	`{"id":"%d","kind":"ssh-banner","value":"SSH-2.0-OpenSSH_8.%[1]dp1 Debian-5"}`,
	`{"id":"%d","kind":"ftp-banner","value":"220 ProFTPD 1.3.%[1]d Server (Debian) ready."}`,
	`{"id":"%d","kind":"x509-subject","value":"CN=www%[1]d.example.com,O=Example Ltd,C=GB"}`,
	`{"id":"%d","kind":"x509-issuer","value":"CN=R%[1]d,O=Let's Encrypt,C=US"}`,
	`{"id":"%d","kind":"dhcp-hostname","value":"laptop-%[1]d"}`,
	`{"id":"%d","kind":"snmp-sysdescr","value":"Linux server%[1]d 5.10.0 #1 SMP x86_64"}`,
	`{"id":"%d","kind":"telnet-banner","value":"Ubuntu 22.04 LTS\r\nserver%[1]d login: "}`,
	`{"id":"%d","kind":"http-server","value":"cloudflare %[1]d"}`,
	`{"id":"%d","kind":"html-title","value":"404 Not Found (%[1]d)"}`,
	`{"id":"%d","kind":"http-server","value":"lighttpd/1.4.%[1]d"}`,
	`{"id":"%d","kind":"favicon-mmh3","value":"%[1]d"}`,
	`{"id":"%d","kind":"www-authenticate","value":"Digest realm=\"Restricted area\", nonce=\"%[1]x\", qop=\"auth\""}`,
}

// cameras are banners of cameras and recorders.
var cameras = []string{
	`{"id":"%d","kind":"http-server","value":"Hikvision-Webs"}`,
	`{"id":"%d","kind":"rtsp-realm","value":"IP Camera(AB%[1]d)"}`,
	`{"id":"%d","kind":"ftp-banner","value":"220 AXIS M1065-LW Network Camera 9.10.%[1]d (2019) ready."}`,
	`{"id":"%d","kind":"www-authenticate","value":"Digest realm=\"AXIS_ACCC8E%06[1]X\", nonce=\"000\""}`,
	`{"id":"%d","kind":"snmp-sysdescr","value":"; AXIS P5534-E; PTZ Dome Network Camera; 5.40.9.%[1]d; May 15 2012 09:50; 188.1; 1;"}`,
	`{"id":"%d","kind":"rtsp-server","value":"H264DVR 1.%[1]d"}`,
	`{"id":"%d","kind":"dhcp-hostname","value":"axis-accc8e%06[1]x"}`,
	`{"id":"%d","kind":"mac","value":"44:19:b6:%02[1]x:00:01"}`,
}

// banners makes n lines, one in ten of a camera, none like another.
func banners(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		form := ordinary[(i/10*9+i%10)%len(ordinary)]
		v := i
		if i%10 == 9 {
			form = cameras[i/10%len(cameras)]
			if i/10%len(cameras) == 7 {
				v = i % 256
			}
		}
		fmt.Fprintf(&b, form, v)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// BenchmarkIdentify is the whole of identify on one core: read, parse, match,
// attribute, write JSON. Its ratio is to the same lines only read and decoded
// with encoding/json in the same run.
func BenchmarkIdentify(b *testing.B) {
	const n = 100_000
	in := banners(n)
	cfg := identify.Config{Resolver: resolver(b), Workers: 1, Format: toJSON}
	for _, c := range []struct {
		name string
		run  func()
	}{
		{"whole", func() {
			if stats, err := identify.Run(context.Background(), cfg, "bench", bytes.NewReader(in), io.Discard); err != nil || stats.Lines != n || stats.Bad != 0 {
				b.Fatal(stats, err)
			}
		}},
		{"decode-only", func() {
			s := bufio.NewScanner(bytes.NewReader(in))
			for s.Scan() {
				var v struct{ ID, Kind, Value string }
				if err := json.Unmarshal(s.Bytes(), &v); err != nil {
					b.Fatal(err)
				}
			}
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				c.run()
			}
			b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "banners/s")
		})
	}
}
