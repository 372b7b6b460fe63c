package tell

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/report"
	"github.com/lenscap/lenscap/internal/store"
)

// Mail is the server that mail is handed to.
type Mail struct {
	Server   string // name and port
	TLS      string // starttls, tls (from the first byte) or off
	User     string // "": none is asked for
	Password string
	From     string
	Roots    *x509.CertPool // that the server's certificate is checked by; nil: the system's
}

type mailer struct {
	Mail
	host string
	opts []mail.Option
}

func newMailer(c Mail) (*mailer, error) {
	host, port, err := net.SplitHostPort(c.Server)
	if err != nil {
		return nil, fmt.Errorf("mail: server %q: write its name and port, smtp.example.org:587", c.Server)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("mail: server %q: the port is no number", c.Server)
	}
	if err := checkAddress(c.From); err != nil {
		return nil, fmt.Errorf("mail: from %q: %w", c.From, err)
	}
	m := &mailer{Mail: c, host: host}
	m.opts = []mail.Option{mail.WithTimeout(patience / 2)}
	switch c.TLS {
	case "", "starttls":
		m.opts = append(m.opts, mail.WithTLSPolicy(mail.TLSMandatory))
	case "tls":
		m.opts = append(m.opts, mail.WithSSL())
	case "off":
		m.opts = append(m.opts, mail.WithTLSPolicy(mail.NoTLS))
	default:
		return nil, fmt.Errorf("mail: tls %q: starttls, tls or off", c.TLS)
	}
	secure := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, RootCAs: c.Roots}
	m.opts = append(m.opts, mail.WithPort(n), mail.WithTLSConfig(secure))
	if c.User != "" {
		m.opts = append(m.opts, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(c.User), mail.WithPassword(c.Password))
		if c.TLS == "tls" {
			// The library takes a connection that it did not open for one in clear, and
			// would give no password to a server that takes plain ones.
			m.opts = append(m.opts, mail.WithOpportunisticSMTPAuth(mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthSCRAMSHA1, mail.SMTPAuthPlain, mail.SMTPAuthLogin, mail.SMTPAuthCramMD5))
		}
	}
	to, err := access.Outbound([]string{host})
	if err != nil {
		return nil, fmt.Errorf("mail: server: %w", err)
	}
	dial := to.DialContext
	if c.TLS == "tls" {
		dial = secured(dial, secure)
	}
	m.opts = append(m.opts, mail.WithDialContextFunc(dial))
	if _, err := mail.NewClient(host, m.opts...); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return m, nil
}

// secured speaks TLS from the first byte: the library leaves that to who dials.
func secured(dial mail.DialContextFunc, secure *tls.Config) mail.DialContextFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		c := tls.Client(conn, secure)
		if err := c.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		return c, nil
	}
}

func checkAddress(s string) error {
	a, err := netmail.ParseAddress(s)
	if err != nil || a.Name != "" || a.Address != s || strings.ContainsAny(s, "\r\n,;") {
		return errors.New("write one address, name@example.org")
	}
	return nil
}

func (m *mailer) tell(ctx context.Context, w *store.Webhook, d *store.Delivery, e *Event) error {
	to, err := url.PathUnescape(strings.TrimPrefix(w.URL, "mailto:"))
	if err == nil {
		err = checkAddress(to)
	}
	if err != nil {
		return fmt.Errorf("%w: the address of the subscription: %w", errFinal, err)
	}
	msg := mail.NewMsg()
	if err := errors.Join(msg.From(m.From), msg.To(to)); err != nil {
		return fmt.Errorf("%w: %w", errFinal, err)
	}
	msg.Subject("Lenscap: " + e.Says)
	msg.SetDateWithValue(e.At)
	msg.SetMessageIDWithValue(fmt.Sprintf("lenscap-%d-%d@%s", d.ID, e.At.Unix(), domain(m.From))) // the same when it is sent again
	msg.SetGenHeader(mail.Header("Auto-Submitted"), "auto-generated")
	msg.SetBodyString(mail.TypeTextPlain, text(e))
	c, err := mail.NewClient(m.host, m.opts...)
	if err != nil {
		return err
	}
	if err := c.DialAndSendWithContext(ctx, msg); err != nil {
		return fmt.Errorf("mail server %s: %w", m.Server, err)
	}
	return nil
}

func domain(address string) string {
	_, d, _ := strings.Cut(address, "@")
	return d
}

// text is an event as a person reads it.
func text(e *Event) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s).\n", strings.TrimSuffix(e.Says, "."), e.Organisation.Name)
	if e.Link != "" {
		fmt.Fprintf(&b, "%s\n", e.Link)
	}
	for i := range e.Items {
		it := &e.Items[i]
		name := it.Name
		if name == "" {
			name = it.Device
		}
		fmt.Fprintf(&b, "\n- %s", name)
		if made := strings.TrimSpace(it.Maker + " " + it.Model); made != "" {
			fmt.Fprintf(&b, ", %s", made)
		}
		if it.Address != "" {
			fmt.Fprintf(&b, ", %s", it.Address)
		}
		b.WriteString("\n")
		if !it.When.IsZero() {
			fmt.Fprintf(&b, "  %s\n", it.When.UTC().Format(time.RFC1123))
		}
		fmt.Fprintf(&b, "  %s\n", it.Says)
		if it.Link != "" {
			fmt.Fprintf(&b, "  %s\n", it.Link)
		}
	}
	fmt.Fprintf(&b, "\n%s of this kind (%s). An administrator of the hub says who is told.\n", report.Plural(int64(max(len(e.Items), 1)), "event", "events"), e.Kind)
	return b.String()
}
