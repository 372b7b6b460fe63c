package access

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// CertificateFiles are the names of the self-made certificate and of its key, in the
// hub's folder.
var CertificateFiles = [2]string{"tls-cert.pem", "tls-key.pem"}

// CertificateConfig says which certificate the hub shows: one that is given, or
// one that it makes itself.
type CertificateConfig struct {
	Cert, Key string           // files in PEM; both or none
	Folder    string           // of the hub's data: where the self-made one is kept
	Names     []string         // names and addresses of a self-made one, beside localhost and this machine's name
	Log       *slog.Logger     // nil: nothing is logged
	Now       func() time.Time // nil: time.Now
}

const (
	selfLife   = 825 * 24 * time.Hour // the longest that Apple's systems accept of a certificate somebody trusts by hand
	renewUnder = 30 * 24 * time.Hour
	lookEvery  = 10 * time.Second // at the files
)

// A Certificate is the one that the hub shows. Files that change are read again
// without a restart; while they cannot be read the last good one stays.
type Certificate struct {
	CertificateConfig
	self bool

	mu     sync.Mutex
	now    *tls.Certificate
	looked time.Time
	state  string // sizes and times of the files as last read
}

// LoadCertificate reads the given certificate, or makes one. The error names the
// file and says what is wrong with it.
func LoadCertificate(c CertificateConfig) (*Certificate, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	out := &Certificate{CertificateConfig: c}
	switch {
	case c.Cert == "" && c.Key == "":
		out.self = true
		out.Cert, out.Key = filepath.Join(c.Folder, CertificateFiles[0]), filepath.Join(c.Folder, CertificateFiles[1])
		if err := out.makeIfNeeded(); err != nil {
			return nil, fmt.Errorf("make a certificate: %w", err)
		}
	case c.Cert == "" || c.Key == "":
		return nil, errors.New("tls: a certificate and its key are two files; give both, or none for a self-made one")
	}
	if err := out.read(); err != nil {
		return nil, err
	}
	return out, nil
}

// TLS is the server's configuration.
func (c *Certificate) TLS() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return c.current(), nil
		},
	}
}

// SelfMade reports whether the hub made it, so that browsers will ask about it.
func (c *Certificate) SelfMade() bool { return c.self }

// Fingerprint is the SHA-256 of the certificate as browsers show it:
// "AB:CD:…".
func (c *Certificate) Fingerprint() string {
	sum := sha256.Sum256(c.current().Certificate[0])
	return strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":")
}

// Expires is when the certificate does not hold any more.
func (c *Certificate) Expires() time.Time { return c.current().Leaf.NotAfter }

// current is the certificate to show now.
func (c *Certificate) current() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.Now(); now.Sub(c.looked) >= lookEvery {
		if c.self && c.now != nil && c.now.Leaf.NotAfter.Sub(now) < renewUnder {
			if err := c.make(); err != nil {
				c.Log.Error("certificate not renewed", slog.Any("error", err))
			}
		}
		if state := c.files(); state != c.state {
			if err := c.readLocked(); err != nil {
				c.Log.Error("certificate not read again, the last one stays", slog.Any("error", err))
				c.state, c.looked = state, now
			}
		}
		c.looked = now
	}
	return c.now
}

func (c *Certificate) read() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.readLocked()
}

func (c *Certificate) readLocked() error {
	state := c.files()
	pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	if err != nil {
		return fmt.Errorf("read certificate %s with key %s: %w", c.Cert, c.Key, err)
	}
	if now := c.Now(); now.After(pair.Leaf.NotAfter) {
		c.Log.Warn("certificate has expired", slog.String("file", c.Cert), slog.Time("expired", pair.Leaf.NotAfter))
	}
	c.now, c.state, c.looked = &pair, state, c.Now()
	return nil
}

// files tells whether the files changed.
func (c *Certificate) files() string {
	var s strings.Builder
	for _, name := range []string{c.Cert, c.Key} {
		if st, err := os.Stat(name); err == nil {
			fmt.Fprintf(&s, "%d %d;", st.Size(), st.ModTime().UnixNano())
		} else {
			s.WriteString("absent;")
		}
	}
	return s.String()
}

// makeIfNeeded keeps a self-made certificate that still holds for all names.
func (c *Certificate) makeIfNeeded() error {
	pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.Log.Warn("self-made certificate cannot be read and is made anew", slog.Any("error", err))
	}
	if err == nil && pair.Leaf.NotAfter.Sub(c.Now()) >= renewUnder {
		missing := false
		for _, name := range c.names() {
			missing = missing || pair.Leaf.VerifyHostname(name) != nil
		}
		if !missing {
			return nil
		}
	}
	return c.make()
}

// names are what a self-made certificate is for.
func (c *Certificate) names() []string {
	out := []string{"localhost", "127.0.0.1", "::1"}
	if host, err := os.Hostname(); err == nil && host != "" && !strings.ContainsAny(host, "_ ") {
		out = append(out, host)
	}
	for _, n := range c.Names {
		if h, _, err := net.SplitHostPort(n); err == nil {
			n = h
		}
		if n = strings.Trim(n, "[]"); n != "" {
			out = append(out, n)
		}
	}
	return out
}

// make writes a new key and certificate.
func (c *Certificate) make() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return err
	}
	now := c.Now().UTC()
	t := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "Lenscap hub", Organization: []string{"self-made"}},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(selfLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	for _, n := range c.names() {
		if ip := net.ParseIP(n); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, n)
		}
	}
	cert, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := replaceFile(c.Key, "PRIVATE KEY", der, 0o600); err != nil {
		return err
	}
	return replaceFile(c.Cert, "CERTIFICATE", cert, 0o644)
}

// replaceFile writes a PEM file whole or not at all.
func replaceFile(name, kind string, der []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	err = errors.Join(f.Chmod(mode), pem.Encode(f, &pem.Block{Type: kind, Bytes: der}), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
