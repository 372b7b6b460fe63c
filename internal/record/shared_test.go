package record

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lenscap/lenscap/internal/observation"
)

// What Zeek 6 writes of a camera's handshake: ssl.log without names, and the
// certificate in x509.log.
const (
	sslJSON  = `{"_path":"ssl","ts":1767323045.1,"uid":"C1","id.orig_h":"192.168.1.65","id.orig_p":40001,"id.resp_h":"192.168.1.64","id.resp_p":443,"version":"TLSv12","cipher":"TLS_RSA","resumed":false,"established":true,"cert_chain_fps":["AB12","cd34"],"client_cert_chain_fps":["ef56"]}` + "\n"
	x509JSON = `{"_path":"x509","ts":1767323045.0,"fingerprint":"ab12","certificate.version":3,"certificate.serial":"FB01","certificate.subject":"emailAddress=a@b.example,CN=Caf\\C3\\A9\\, Cam,O=Hangzhou","certificate.issuer":"CN=Root","certificate.not_valid_before":1600000000.0,"certificate.not_valid_after":1900000000.0,"san.dns":["cam.local","cam.local"],"san.ip":["192.168.1.64"],"host_cert":true}` + "\n" +
		`{"_path":"x509","ts":1767323045.0,"fingerprint":"cd34","certificate.serial":"02","certificate.subject":"CN=Middle","certificate.issuer":"CN=Root"}` + "\n" +
		`{"_path":"x509","ts":1767323045.0,"fingerprint":"ef56","certificate.serial":"03","certificate.subject":"CN=Viewer","certificate.issuer":"CN=Root","client_cert":true}` + "\n"
	sslTSV = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tssl\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tcipher\tcert_chain_fps\tclient_cert_chain_fps\n" +
		"1767323045.1\tC1\t192.168.1.65\t40001\t192.168.1.64\t443\tTLS_RSA\tab12,cd34\tef56\n1767323045.2\tC2\t192.168.1.65\t40002\t192.168.1.66\t443\tTLS_RSA\t(empty)\t-\n"
	x509TSV = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tx509\n#fields\tts\tfingerprint\tcertificate.version\tcertificate.serial\tcertificate.subject\tcertificate.issuer\tcertificate.not_valid_after\tsan.dns\tsan.ip\n" +
		"1767323045.0\tab12\t3\tFB01\temailAddress=a@b.example,CN=Caf\\\\C3\\\\A9\\\\, Cam,O=Hangzhou\tCN=Root\t1900000000.000000\tcam.local\t192.168.1.64\n1767323045.0\tcd34\t3\t02\tCN=Middle\tCN=Root\t-\t-\t-\n1767323045.0\tef56\t3\t03\tCN=Viewer\tCN=Root\t-\t-\t-\n"
)

var shownSays = []string{
	"tls 192.168.1.64:443>192.168.1.65:40001 sender: tls.subject=EMAILADDRESS=a@b.example,CN=Café\\, Cam,O=Hangzhou tls.issuer=CN=Root tls.serial=00fb01 tls.not-after=2030-03-17T17:46:40Z tls.san=cam.local tls.san=192.168.1.64",
	"tls 192.168.1.65:40001>192.168.1.64:443 sender: tls.subject=CN=Viewer tls.issuer=CN=Root tls.serial=03",
}

// readShared reads inputs as one audit does.
func readShared(t *testing.T, inputs ...string) (*recorder, []Result, []Lack) {
	t.Helper()
	var rec recorder
	var out []Result
	shared := NewShared()
	for i, in := range inputs {
		r := Recognise([]byte(in[:min(len(in), 4096)]))
		if r == nil {
			t.Fatalf("not recognised: %q", in)
		}
		res, err := r.Read(context.Background(), strings.NewReader(in), &Job{Input: i, Sink: &rec, Shared: shared})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, res)
	}
	return &rec, out, shared.Close()
}

func TestCertificatesFindTheirServersInAnyOrder(t *testing.T) {
	for name, inputs := range map[string][]string{
		"ssl.log before x509.log, JSON":       {sslJSON, x509JSON},
		"x509.log before ssl.log, JSON":       {x509JSON, sslJSON},
		"one file, ssl first":                 {sslJSON + x509JSON},
		"one file, x509 first":                {x509JSON + sslJSON},
		"ssl.log before x509.log, TSV":        {sslTSV, x509TSV},
		"x509.log before ssl.log, TSV":        {x509TSV, sslTSV},
		"JSON and TSV":                        {sslJSON, x509TSV},
		"a log of something else between":     {sslTSV, eveQuestion + "\n", x509TSV},
		"the certificate logged again":        {x509JSON, sslJSON, x509JSON},
		"one file of TSV, ssl first, rotated": {sslTSV + x509TSV},
	} {
		t.Run(name, func(t *testing.T) {
			rec, results, lacks := readShared(t, inputs...)
			var got []string
			for i, s := range rec.said() {
				if strings.HasPrefix(s, "tls") {
					got = append(got, s)
					if o := rec.seen[i]; !strings.Contains(inputs[o.Input], "cert_chain_fps") || !o.Seen.Equal(at("2026-01-02T03:04:05.1Z")) {
						t.Errorf("%s: of input %d, %v", s, o.Input, o.Seen)
					}
				}
			}
			if len(got) == 2 && got[0] > got[1] {
				got[0], got[1] = got[1], got[0]
			}
			if diff := cmp.Diff(shownSays, got); diff != "" {
				t.Error(diff)
			}
			if len(lacks) > 0 || len(results[0].Gaps) > 0 {
				t.Errorf("lacks %+v, gaps %+v", lacks, results[0].Gaps)
			}
		})
	}
}

func TestWithoutTheOtherLogTheLackIsTold(t *testing.T) {
	rec, _, lacks := readShared(t, sslJSON)
	if want := []Lack{{0, "the contents of 2 certificates that ssl.log names: they stand in x509.log, in no input here"}}; len(rec.seen) > 0 || !cmp.Equal(want, lacks) {
		t.Errorf("%q, %+v", rec.said(), lacks)
	}
	rec, _, lacks = readShared(t, x509JSON)
	if want := []Lack{{0, "whose the certificates of x509.log are: ssl.log says that, and no input here names them"}}; len(rec.seen) > 0 || !cmp.Equal(want, lacks) {
		t.Errorf("%q, %+v", rec.said(), lacks)
	}
	_, res := readWith(t, &zeekReader, sslJSON) // alone, without a Shared
	if !strings.Contains(strings.Join(res.Lacks, "\n"), "the contents of 2 certificates") {
		t.Errorf("%q", res.Lacks)
	}
}

func TestWhatSSLLogSaysItselfIsKept(t *testing.T) {
	both := strings.Replace(sslJSON, `"cipher"`, `"subject":"CN=own","issuer":"CN=me","cipher"`, 1)
	both = strings.Replace(both, `,"client_cert_chain_fps":["ef56"]`, "", 1)
	own := "tls 192.168.1.64:443>192.168.1.65:40001 sender: tls.subject=CN=own tls.issuer=CN=me"
	rec, _, _ := readShared(t, both)
	if diff := cmp.Diff([]string{own}, rec.said()); diff != "" {
		t.Error(diff)
	}
	for _, order := range [][]string{{both, x509JSON}, {x509JSON, both}} { // the certificate says it all
		rec, _, _ := readShared(t, order...)
		if diff := cmp.Diff(shownSays[:1], rec.said()); diff != "" {
			t.Error(diff)
		}
	}
}

func TestCertificatesOfOldZeekAreJoinedByTransfer(t *testing.T) {
	ssl := strings.NewReplacer(`"cert_chain_fps":["AB12","cd34"]`, `"cert_chain_fuids":["Fab1","Fcd3"],"subject":"CN=x"`, `,"client_cert_chain_fps":["ef56"]`, "").Replace(sslJSON)
	certs := strings.NewReplacer(`"fingerprint":"ab12"`, `"id":"Fab1"`, `"fingerprint":"cd34"`, `"id":"Fcd3"`, `"fingerprint":"ef56"`, `"id":"Fef5"`).Replace(x509JSON)
	for _, order := range [][]string{{ssl, certs}, {certs, ssl}, {ssl + ssl + ssl, certs}} {
		rec, _, lacks := readShared(t, order...)
		if diff := cmp.Diff(shownSays[:1], rec.said()); diff != "" || len(lacks) > 0 {
			t.Error(diff, lacks)
		}
	}
}

func TestAWholeCertificateInTheLogGivesItsKey(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "whole"}}
	made, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	der := base64.StdEncoding.EncodeToString(made)
	whole := strings.Replace(x509JSON, `"certificate.version":3`, `"cert":"`+der+`"`, 1)
	rec, res, _ := readShared(t, sslJSON+whole)
	found := false
	for _, o := range rec.seen {
		found = found || o.Get(observation.TLSSPKI) != ""
	}
	if !found || strings.Contains(strings.Join(res[0].Lacks, "\n"), "keys of certificates") {
		t.Errorf("%q, %q", rec.said(), res[0].Lacks)
	}
}

// TestSharedMemoryIsBounded gives certificates and servers without end, as a
// hostile network would.
func TestSharedMemoryIsBounded(t *testing.T) {
	s := NewShared()
	var rec recorder
	lost := int64(0)
	long := strings.Repeat("x", observation.MaxValue)
	for i := range maxCerts + 20000 {
		c := &sharedCert{id: fmt.Sprint("c", i), once: i%3 == 0, fields: []observation.Field{{Name: observation.TLSSubject, Value: "CN=x"}}}
		if i%32 == 0 {
			c.fields[0].Value = long
		}
		lost += s.certificate(c)
	}
	if len(s.order) > maxCerts || len(s.certs) > maxCerts || s.text > maxCertText || lost == 0 {
		t.Errorf("%d certificates, %d bytes, %d lost", len(s.certs), s.text, lost)
	}
	refused := 0
	for i := range maxShowings + 1000 {
		w := &showing{id: fmt.Sprint("w", i), sink: &rec, own: []observation.Field{{Name: observation.TLSSubject, Value: fmt.Sprint(i)}}}
		if !s.show(w) {
			refused++
		}
	}
	if len(s.shown) != maxShowings || refused != 1000 || len(rec.seen) != refused {
		t.Errorf("%d wait, %d refused, %d told", len(s.shown), refused, len(rec.seen))
	}
	for i := range 10000 { // one transfer each: nothing of it may stay
		id := fmt.Sprint("t", i)
		s.certificate(&sharedCert{id: id, once: true, fields: []observation.Field{{Name: observation.TLSSubject, Value: "CN=y"}}})
		s.show(&showing{id: id, once: true, sink: &rec})
		if s.certs[id] != nil {
			t.Fatal("a transfer's certificate stays")
		}
	}
	s.Close()
	if len(rec.seen) != maxShowings+1000+10000 {
		t.Errorf("%d told in the end", len(rec.seen))
	}
}
