package access_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/access"
)

// shown is the certificate that a client sees.
func shown(t *testing.T, c *access.Certificate, name string) *x509.Certificate {
	t.Helper()
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	go tls.Server(b, c.TLS()).Handshake()
	client := tls.Client(a, &tls.Config{ServerName: name, InsecureSkipVerify: true})
	if err := client.Handshake(); err != nil {
		t.Fatal(err)
	}
	return client.ConnectionState().PeerCertificates[0]
}

func TestASelfMadeCertificate(t *testing.T) {
	dir := t.TempDir()
	now := &clock{t: time.Now()}
	load := func(names ...string) *access.Certificate {
		t.Helper()
		c, err := access.LoadCertificate(access.CertificateConfig{Folder: dir, Names: names, Now: now.now})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := load("cams.example.org", "10.1.2.3:8443", "[fd00::1]:8443")
	leaf := shown(t, c, "localhost")
	for _, name := range []string{"localhost", "127.0.0.1", "::1", "cams.example.org", "10.1.2.3", "fd00::1"} {
		if err := leaf.VerifyHostname(name); err != nil {
			t.Error(err)
		}
	}
	if !c.SelfMade() || !regexp.MustCompile(`^([0-9A-F]{2}:){31}[0-9A-F]{2}$`).MatchString(c.Fingerprint()) {
		t.Errorf("fingerprint %q, self-made %v", c.Fingerprint(), c.SelfMade())
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "cams.example.org", CurrentTime: now.now()}); err != nil {
		t.Errorf("who trusts it cannot use it: %v", err)
	}
	if st, err := os.Stat(filepath.Join(dir, "tls-key.pem")); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("key: %v, %v", st.Mode(), err)
	}
	if again := load("cams.example.org"); again.Fingerprint() != c.Fingerprint() {
		t.Error("a restart made another one")
	}
	if more := load("cams.example.org", "other.example.org"); more.Fingerprint() == c.Fingerprint() {
		t.Error("a name was added and the certificate stayed")
	}
	c = load("cams.example.org", "other.example.org")
	before := c.Fingerprint()
	now.add(c.Expires().Sub(now.now()) - 29*24*time.Hour)
	if c.Fingerprint() == before {
		t.Error("it is not renewed a month before its end")
	}
	if left := shown(t, c, "localhost").NotAfter.Sub(now.now()); left < 800*24*time.Hour {
		t.Errorf("the new one holds for %s", left)
	}
	if err := os.WriteFile(filepath.Join(dir, "tls-key.pem"), []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if load("cams.example.org").Fingerprint() == "" {
		t.Error("a broken key is not made anew")
	}
}

func TestAGivenCertificateIsReadAgain(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	now := &clock{t: time.Now()}
	for _, d := range []string{dir, other} {
		if _, err := access.LoadCertificate(access.CertificateConfig{Folder: d}); err != nil {
			t.Fatal(err)
		}
	}
	cert, key := filepath.Join(dir, "tls-cert.pem"), filepath.Join(dir, "tls-key.pem")
	c, err := access.LoadCertificate(access.CertificateConfig{Cert: cert, Key: key, Now: now.now})
	if err != nil {
		t.Fatal(err)
	}
	first := shown(t, c, "localhost")
	move := func(name string) {
		t.Helper()
		b, err := os.ReadFile(filepath.Join(other, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), b, 0o600)
		}
		if err == nil {
			err = os.Chtimes(filepath.Join(dir, name), now.now().Add(time.Minute), now.now().Add(time.Minute))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	move("tls-cert.pem") // the key is still the old one
	now.add(time.Minute)
	if !shown(t, c, "localhost").Equal(first) {
		t.Error("half a change is shown")
	}
	move("tls-key.pem")
	if !shown(t, c, "localhost").Equal(first) {
		t.Error("the files are looked at for every connection")
	}
	now.add(time.Minute)
	if shown(t, c, "localhost").Equal(first) || c.SelfMade() {
		t.Error("the new one is not shown")
	}
	for name, bad := range map[string]access.CertificateConfig{
		"no key": {Cert: cert}, "no certificate": {Key: key}, "absent": {Cert: cert, Key: filepath.Join(dir, "nothing.pem")}, "swapped": {Cert: key, Key: cert},
	} {
		if _, err := access.LoadCertificate(bad); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
