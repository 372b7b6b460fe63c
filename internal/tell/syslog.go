package tell

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/store"
)

// Syslog is a server that is told of everything, a message for each device.
type Syslog struct {
	Server  string      // name and port
	Network string      // udp, tcp or tls
	Format  string      // rfc5424 or cef
	TLS     *tls.Config // nil: the system's certificates
}

// syslogger writes messages. Of TCP a write that succeeded is all there is to
// know: a server that dies with what it has not read loses it.
type syslogger struct {
	Syslog
	to      *access.Dialer
	version string
	machine string
}

func newSyslogger(c Syslog, version string) (*syslogger, error) {
	host, _, err := net.SplitHostPort(c.Server)
	if err != nil {
		return nil, fmt.Errorf("syslog: server %q: write its name and port, siem.example.org:6514", c.Server)
	}
	switch c.Network {
	case "udp", "tcp", "tls":
	default:
		return nil, fmt.Errorf("syslog: network %q: udp, tcp or tls", c.Network)
	}
	switch c.Format {
	case "", "rfc5424", "cef":
	default:
		return nil, fmt.Errorf("syslog: format %q: rfc5424 or cef", c.Format)
	}
	to, err := access.Outbound([]string{host})
	if err != nil {
		return nil, fmt.Errorf("syslog: server: %w", err)
	}
	s := &syslogger{Syslog: c, to: to, version: version, machine: "-"}
	if name, err := os.Hostname(); err == nil {
		s.machine = token(name, 255)
	}
	return s, nil
}

// tell opens a connection for each event: there are few, and a connection that
// was kept may be dead without a sign.
func (s *syslogger) tell(ctx context.Context, _ *store.Webhook, d *store.Delivery, e *Event) (err error) {
	var conn net.Conn
	if s.Network == "udp" {
		conn, err = s.to.DialPacket(ctx, s.Server)
	} else {
		conn, err = s.to.DialContext(ctx, "tcp", s.Server)
	}
	if err != nil {
		return fmt.Errorf("syslog server: %w", err)
	}
	defer func() {
		if e := conn.Close(); err == nil && e != nil {
			err = fmt.Errorf("syslog server: %w", e)
		}
	}()
	if until, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(until); err != nil {
			return err
		}
	}
	if s.Network == "tls" {
		cfg := s.TLS.Clone()
		if cfg == nil {
			cfg = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		if cfg.ServerName == "" {
			cfg.ServerName, _, _ = net.SplitHostPort(s.Server) // checked when it was made
		}
		secure := tls.Client(conn, cfg)
		if err := secure.HandshakeContext(ctx); err != nil {
			return fmt.Errorf("syslog server: %w", err)
		}
		conn = secure
	}
	for _, msg := range s.messages(d, e) {
		if s.Network != "udp" {
			msg = strconv.Itoa(len(msg)) + " " + msg // RFC 5425 and RFC 6587: octet counting
		}
		if _, err := conn.Write([]byte(msg)); err != nil {
			return fmt.Errorf("syslog server: %w", err)
		}
	}
	return nil
}

// mostMessage keeps a message within what receivers must take (RFC 5424, section
// 6.1).
const mostMessage = 2048

// messages is one for each item.
func (s *syslogger) messages(d *store.Delivery, e *Event) []string {
	items := e.Items
	if len(items) == 0 {
		items = []Item{{Says: e.Says, Link: e.Link}}
	}
	out := make([]string, len(items))
	for i := range items {
		it := &items[i]
		// facility 13 is "log audit"; severity of syslog counts down from 7
		priority := 13*8 + max(2, 6-e.severity()/2)
		head := fmt.Sprintf("<%d>1 %s %s lenscap %d %s ", priority, e.At.UTC().Format("2006-01-02T15:04:05.000000Z"), s.machine, os.Getpid(), token(e.Kind, 32))
		says := it.Says
		if it.Name != "" {
			says = it.Name + ": " + says
		}
		if s.Format == "cef" {
			out[i] = clip(head+"- "+s.cef(d, e, it, says), mostMessage-4)
			continue
		}
		out[i] = clip(head+structured(d, e, it)+" \ufeff"+line(says), mostMessage-4)
	}
	return out
}

// pairs are what is known of an item, in a fixed order.
func pairs(d *store.Delivery, e *Event, it *Item) [][2]string {
	all := [][2]string{{"event", fmt.Sprintf("lenscap-%d", d.ID)}, {"kind", e.Kind}, {"organisation", e.Organisation.Name}}
	add := func(k, v string) {
		if v != "" {
			all = append(all, [2]string{k, clip(v, 200)})
		}
	}
	if e.Site != nil {
		add("site", e.Site.Name)
	}
	if e.Query != nil {
		add("query", e.Query.Name)
	}
	if e.Ingest != nil {
		add("ingest", strconv.FormatInt(e.Ingest.ID, 10))
	}
	for _, p := range [][2]string{{"device", it.Device}, {"name", it.Name}, {"maker", it.Maker}, {"model", it.Model}, {"address", it.Address}, {"regime", it.Regime}, {"clause", it.Clause},
		{"verdict", it.Verdict}, {"what", it.What}, {"before", it.Before}, {"after", it.After}, {"link", it.Link}} {
		add(p[0], p[1])
	}
	return all
}

// structuredID is in the name space of an enterprise number. 32473 is the one for
// examples (RFC 5612): Lenscap has none of its own.
const structuredID = "lenscap@32473"

func structured(d *store.Delivery, e *Event, it *Item) string {
	var b strings.Builder
	b.WriteString("[" + structuredID)
	for _, p := range pairs(d, e, it) {
		if b.Len() > mostMessage/2 { // the text must have room, and a cut element is none
			break
		}
		b.WriteString(" " + p[0] + `="` + structuredEscape.Replace(line(p[1])) + `"`)
	}
	b.WriteString("]")
	return b.String()
}

var (
	structuredEscape = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `]`, `\]`)
	cefHead          = strings.NewReplacer(`\`, `\\`, `|`, `\|`)
	cefValue         = strings.NewReplacer(`\`, `\\`, `=`, `\=`)
)

// cefKeys are the names of ArcSight's dictionary (CEF Implementation Standard,
// version 26); what it has no name for goes into custom strings.
var cefKeys = map[string]string{"event": "externalId", "address": "src", "name": "shost", "device": "deviceExternalId", "link": "request"}

func (s *syslogger) cef(d *store.Delivery, e *Event, it *Item, says string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CEF:0|Lenscap|Lenscap|%s|%s|%s|%d|", cefHead.Replace(line(s.version)), cefHead.Replace(e.Kind), cefHead.Replace(line(e.Says)), e.severity())
	at := e.At
	if !it.When.IsZero() {
		at = it.When
	}
	fmt.Fprintf(&b, "rt=%d msg=%s", at.UnixMilli(), cefValue.Replace(line(says)))
	custom := 0
	for _, p := range pairs(d, e, it) {
		switch k := cefKeys[p[0]]; {
		case p[0] == "kind":
		case k == "":
			if custom++; custom <= 6 {
				fmt.Fprintf(&b, " cs%dLabel=%s cs%d=%s", custom, p[0], custom, cefValue.Replace(line(p[1])))
			}
		default:
			fmt.Fprintf(&b, " %s=%s", k, cefValue.Replace(line(p[1])))
		}
	}
	return b.String()
}

// line keeps text on one line.
func line(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

// token is text as a header of RFC 5424 takes it: visible ASCII.
func token(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
	if s == "" {
		return "-"
	}
	return s[:min(len(s), n)]
}
