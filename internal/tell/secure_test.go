package tell_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/lenscap/lenscap/internal/tell"
)

// certificate makes one for 127.0.0.1, and the pool that trusts it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// last is why the last delivery was not taken; "" when it was.
func (r *rig) last() string {
	r.Helper()
	list, err := r.db.Webhooks(r.Context(), r.org.ID)
	if err != nil || len(list) == 0 {
		r.Fatalf("no subscription: %v", err)
	}
	d, err := r.db.DeliveryPage(r.Context(), list[0].ID, 0, 1)
	if err != nil || len(d) != 1 {
		r.Fatalf("no delivery: %v", err)
	}
	return d[0].Error
}

// A syslog server with TLS is told when its certificate is one that is trusted,
// and nothing at all when it is not.
func TestSyslogOverTLS(t *testing.T) {
	cert, pool := certificate(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := make(chan string, 10)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b := bufio.NewReader(c)
			for {
				n, err := b.ReadString(' ')
				if err != nil {
					break // also a client that does not trust the certificate
				}
				size, _ := strconv.Atoi(strings.TrimSpace(n))
				msg := make([]byte, size)
				if _, err := io.ReadFull(b, msg); err != nil {
					break
				}
				got <- string(msg)
			}
			c.Close()
		}
	}()
	r := newRig(t)
	r.cfg.Syslog = &tell.Syslog{Server: l.Addr().String(), Network: "tls"}
	r.look() // subscribes
	r.seen(r.camera("d-1", "Gate", ""))
	r.look()
	if why := r.last(); !strings.Contains(why, "certificate") {
		t.Errorf("a certificate that nobody signed: %q", why)
	}
	select {
	case msg := <-got:
		t.Errorf("it was told %q", msg)
	default:
	}
	r.cfg.Syslog.TLS = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	r.now = r.now.Add(time.Minute)
	r.look()
	if why := r.last(); why != "" {
		t.Fatal(why)
	}
	if msg := <-got; !strings.Contains(msg, "device.new") {
		t.Errorf("told %q", msg)
	}
	r.cfg.Syslog.TLS = &tls.Config{RootCAs: pool, ServerName: "other.example.org", MinVersion: tls.VersionTLS12}
	r.seen(r.camera("d-1", "Gate", ""), r.camera("d-2", "Door", ""))
	r.look()
	if why := r.last(); !strings.Contains(why, "other.example.org") {
		t.Errorf("a certificate of another name: %q", why)
	}
}

// A lockbox is a mailbox that asks for a password and notes whether it came in
// clear.
type lockbox struct {
	*mailbox
	clear bool
}

func (b *lockbox) NewSession(c *smtp.Conn) (smtp.Session, error) {
	_, secure := c.TLSConnectionState()
	return &lockedSession{mailSession{b.mailbox}, b, secure, false}, nil
}

type lockedSession struct {
	mailSession
	box    *lockbox
	secure bool
	in     bool
}

func (s *lockedSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *lockedSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		s.box.mu.Lock()
		defer s.box.mu.Unlock()
		s.box.clear = s.box.clear || !s.secure
		if user != "hub" || password != "oriole quarry" {
			return errors.New("no")
		}
		s.in = true
		return nil
	}), nil
}

func (s *lockedSession) Mail(string, *smtp.MailOptions) error {
	if !s.in {
		return smtp.ErrAuthRequired
	}
	return nil
}

// Mail goes by TLS, from the first byte or after STARTTLS, to a server whose
// certificate is trusted; neither password nor mail goes any other way.
func TestMailOverTLS(t *testing.T) {
	cert, pool := certificate(t)
	for _, c := range []struct {
		name    string
		mode    string
		offered bool // the server knows STARTTLS
		implied bool // the server speaks TLS from the first byte
		pool    *x509.CertPool
		says    string // of the delivery; "": it arrives
	}{
		{"STARTTLS", "starttls", true, false, pool, ""},
		{"TLS from the first byte", "tls", true, true, pool, ""},
		{"STARTTLS with a certificate nobody signed", "starttls", true, false, nil, "certificate"},
		{"TLS with a certificate nobody signed", "tls", true, true, nil, "certificate"},
		{"a server that does not offer STARTTLS", "starttls", false, false, pool, "STARTTLS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			box := &lockbox{mailbox: &mailbox{}}
			srv := smtp.NewServer(box)
			srv.AllowInsecureAuth = true // so that a password in clear would be taken, and seen
			if c.offered {
				srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
			}
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			if c.implied {
				l = tls.NewListener(l, srv.TLSConfig)
			}
			go srv.Serve(l)
			defer srv.Close()
			r.cfg.Mail = &tell.Mail{Server: l.Addr().String(), TLS: c.mode, User: "hub", Password: "oriole quarry", From: "hub@example.org", Roots: c.pool}
			r.subscribe("mailto:ada@example.org", tell.DeviceNew)
			r.look()
			r.seen(r.camera("d-1", "Gate", ""))
			r.look()
			why := r.last()
			box.mu.Lock()
			defer box.mu.Unlock()
			if c.says == "" && (why != "" || len(box.got) != 1) {
				t.Errorf("%d mails: %s", len(box.got), why)
			}
			if c.says != "" && (!strings.Contains(why, c.says) || len(box.got) != 0) {
				t.Errorf("%d mails: %q, want it to say %q", len(box.got), why, c.says)
			}
			if box.clear {
				t.Error("the password went in clear")
			}
			if strings.Contains(why, "oriole") {
				t.Errorf("the password is in the delivery's error: %s", why)
			}
		})
	}
}
