package access

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
)

// ErrNotAllowed is returned by a [Dialer] for an address that nobody allowed.
var ErrNotAllowed = errors.New("access: not an allowed address")

// Public in an allow-list stands for every name and address on the Internet.
const Public = "public"

const (
	dialTime     = 5 * time.Second
	answerTime   = 20 * time.Second
	answerSize   = 16 << 20 // bytes, unpacked
	headerSize   = 64 << 10
	mostRedirect = 3
)

// A Dialer opens connections to where an allow-list says, and nowhere else. It is
// the only one for calls that the hub makes of its own accord: webhooks, NetBox,
// sign-in elsewhere.
//
// The address is looked at when the connection is made, after the name was looked
// up, so that a name which means one thing when it is checked and another when it
// is called gains nothing.
type Dialer struct {
	names    map[string]bool // lower case; ".example.org" stands for all below it
	networks []netip.Prefix
	public   bool
	resolver *net.Resolver // nil: the system's
}

// Outbound makes a dialer of an allow-list. Its entries are
//
//   - a name, "siem.example.org": wherever it points on the Internet or in a
//     private network; "*.example.org" is every name below
//   - an address or network, "10.1.2.3", "10.1.0.0/16": by whatever name
//   - "public": every name, as long as it points to the Internet
//
// This machine itself, link-local addresses (where clouds keep their secrets),
// multicast and reserved ones are only reached when an address or network says
// so; "localhost" says so for 127.0.0.0/8 and ::1. An empty list allows nothing.
func Outbound(allow []string) (*Dialer, error) {
	d := &Dialer{names: map[string]bool{}}
	for _, entry := range allow {
		s := strings.ToLower(strings.TrimSpace(entry))
		if p, err := netip.ParsePrefix(s); err == nil {
			d.networks = append(d.networks, unmapped(p).Masked())
			continue
		}
		if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
			a = a.Unmap().WithZone("")
			d.networks = append(d.networks, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		switch name := strings.TrimSuffix(strings.TrimPrefix(s, "*"), "."); {
		case s == Public:
			d.public = true
		case s == "localhost":
			d.networks = append(d.networks, netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128"))
		case isNumber(name[strings.LastIndexByte(name, '.')+1:]):
			return nil, fmt.Errorf("access: %q in an allow-list ends in a number and is no address; write 10.1.2.3, with four numbers", clip(entry, 80))
		case strings.Trim(name, ".") == "" || strings.ContainsAny(name, "/:@*?#[] \t") || strings.HasPrefix(s, "*") != strings.HasPrefix(name, "."):
			return nil, fmt.Errorf("access: %q in an allow-list is no name, address or network; write siem.example.org, *.example.org, 10.1.2.3 or 10.1.0.0/16", clip(entry, 80))
		default:
			d.names[name] = true
		}
	}
	return d, nil
}

func unmapped(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p
}

// DialContext connects to "name:port" by TCP. The error is [ErrNotAllowed] when
// the list does not allow it, with what to add.
func (d *Dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if network != "tcp" && network != "tcp4" && network != "tcp6" {
		return nil, fmt.Errorf("%w: %s", ErrNotAllowed, network)
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if _, err := plainHost(host); err != nil {
		return nil, fmt.Errorf("%w: %q: %w", ErrNotAllowed, clip(host, 100), err)
	}
	plain, _ := ctx.Value(plainKey{}).(bool)
	dialer := net.Dialer{Timeout: dialTime, Resolver: d.resolver, Control: func(_, at string, _ syscall.RawConn) error { return d.checkPlain(host, at, plain) }}
	return dialer.DialContext(ctx, network, address)
}

// DialPacket is [Dialer.DialContext] for UDP: nothing is sent until something is
// written, and then only there.
func (d *Dialer) DialPacket(ctx context.Context, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if _, err := plainHost(host); err != nil {
		return nil, fmt.Errorf("%w: %q: %w", ErrNotAllowed, clip(host, 100), err)
	}
	dialer := net.Dialer{Timeout: dialTime, Resolver: d.resolver, Control: func(_, at string, _ syscall.RawConn) error { return d.check(host, at) }}
	return dialer.DialContext(ctx, "udp", address)
}

// check is called with the address of the socket, just before it connects.
func (d *Dialer) check(host, at string) error {
	to, err := netip.ParseAddrPort(at)
	if err != nil {
		return fmt.Errorf("%w: %q", ErrNotAllowed, at)
	}
	a := to.Addr().Unmap().WithZone("")
	for _, n := range d.networks {
		if n.Contains(a) {
			return nil
		}
	}
	kind := kindOf(a)
	switch {
	case kind == never:
		return fmt.Errorf("%w: %s is %s, which is this machine, link-local or reserved; if it is meant, add the address to the allow-list", ErrNotAllowed, host, a)
	case d.named(host), d.public && kind == onInternet:
		return nil
	}
	return fmt.Errorf("%w: %s (%s) is not in the allow-list; add %q if it is meant", ErrNotAllowed, host, a, host)
}

func (d *Dialer) named(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	if d.names[host] {
		return true
	}
	for i := range host {
		if host[i] == '.' && d.names[host[i:]] {
			return true
		}
	}
	return false
}

type addressKind int

const (
	onInternet addressKind = iota
	inPrivate              // RFC 1918, RFC 4193, RFC 6598
	never
)

// special are addresses that are not the Internet (IANA's special-purpose
// registries, 2026-11) and that the standard library does not tell apart. Those
// that carry an IPv4 address inside are here whole: what they reach cannot be
// told from outside.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("3fff::/20"),
	netip.MustParsePrefix("5f00::/16"), netip.MustParsePrefix("fec0::/10"),
}

var shared = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598: of a provider or a VPN

func kindOf(a netip.Addr) addressKind {
	if !a.IsGlobalUnicast() { // loopback, link-local, multicast, unspecified, broadcast
		return never
	}
	for _, p := range special {
		if p.Contains(a) {
			return never
		}
	}
	if a.IsPrivate() || shared.Contains(a) {
		return inPrivate
	}
	return onInternet
}

// plainKey in a context says that a connection is for a request in clear, which
// goes only where the list has an address or network.
type plainKey struct{}

// checkPlain is check; plain says that what is sent there can be read on the way.
func (d *Dialer) checkPlain(host, at string, plain bool) error {
	if err := d.check(host, at); err != nil || !plain {
		return err
	}
	to, err := netip.ParseAddrPort(at)
	if err != nil {
		return fmt.Errorf("%w: %q", ErrNotAllowed, at)
	}
	a := to.Addr().Unmap().WithZone("")
	if slices.ContainsFunc(d.networks, func(n netip.Prefix) bool { return n.Contains(a) }) {
		return nil
	}
	return fmt.Errorf("%w: http:// to %s (%s) can be read and changed on the way; use https://, or add that address or its network to the allow-list", ErrNotAllowed, host, a)
}

// MayCall says why [Dialer.WebhookClient] would not call an address now, as
// [hub.ErrInvalid] in words for who typed it: it is in clear, of this machine, of
// a private network, or in no allow-list. A name is looked up only when the list
// has it or has "public"; one that cannot be found yet is let through, for the
// dialer asks again when it calls.
func (d *Dialer) MayCall(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("%w: write https://name/path", hub.ErrInvalid)
	}
	if p := u.Port(); p != "" {
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 {
			return fmt.Errorf("%w: port %s is none; write one from 1 to 65535", hub.ErrInvalid, clip(p, 20))
		}
	}
	host, err := plainHost(u.Hostname())
	if err != nil {
		return fmt.Errorf("%w: %q: %w", hub.ErrInvalid, clip(u.Hostname(), 100), err)
	}
	var at []netip.Addr
	if a, err := netip.ParseAddr(host); err == nil {
		at = []netip.Addr{a}
	} else if ofThisMachine(host) {
		at = []netip.Addr{netip.MustParseAddr("127.0.0.1")}
	} else {
		if !d.named(host) && !d.public && len(d.networks) == 0 {
			return fmt.Errorf("%w: %s is not in the allow-list; add %q if it is meant", hub.ErrInvalid, clip(host, 100), clip(host, 100))
		}
		if at, err = d.lookUp(ctx, u.Scheme, host); err != nil {
			return err
		}
	}
	for _, a := range at {
		if err := d.checkPlain(host, netip.AddrPortFrom(a, 1).String(), u.Scheme == "http"); err != nil {
			return fmt.Errorf("%w: %s", hub.ErrInvalid, strings.TrimPrefix(err.Error(), ErrNotAllowed.Error()+": "))
		}
	}
	return nil
}

// lookUp is what a name points to now; nothing when it cannot be found, and the list
// has it or has "public".
func (d *Dialer) lookUp(ctx context.Context, scheme, host string) ([]netip.Addr, error) {
	ctx, stop := context.WithTimeout(ctx, dialTime)
	defer stop()
	resolver := d.resolver
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	at, err := resolver.LookupNetIP(ctx, "ip", host)
	switch {
	case err == nil:
		return at, nil
	case !d.named(host) && !d.public:
		return nil, fmt.Errorf("%w: %s is not in the allow-list by name, and cannot be found", hub.ErrInvalid, clip(host, 100))
	case scheme == "http":
		return nil, fmt.Errorf("%w: http:// is for addresses in the allow-list, and %s cannot be found; use https://", hub.ErrInvalid, clip(host, 100))
	}
	return nil, nil
}

// WebhookClient is [Dialer.Client] for addresses that people type into a page: in
// clear, by http://, it goes only to an address or network of the list, by whatever
// name.
func (d *Dialer) WebhookClient() *http.Client {
	c := d.Client()
	c.Transport = encrypted{c.Transport}
	return c
}

// encrypted marks requests in clear for the dialer.
type encrypted struct{ http.RoundTripper }

func (e encrypted) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" {
		r = r.WithContext(context.WithValue(r.Context(), plainKey{}, true))
	}
	return e.RoundTripper.RoundTrip(r)
}

// Client is an HTTP client over the dialer. It uses no proxy of the environment,
// follows a redirect only to the same scheme, name and port, and gives up after
// 20 seconds, at 64 KB of headers and at 16 MB of body, unpacked.
func (d *Dialer) Client() *http.Client {
	return &http.Client{
		Timeout: answerTime,
		Transport: bounded{&http.Transport{
			DialContext: d.DialContext, TLSHandshakeTimeout: dialTime, ResponseHeaderTimeout: answerTime, IdleConnTimeout: 30 * time.Second,
			MaxIdleConns: 10, MaxConnsPerHost: 10, MaxResponseHeaderBytes: headerSize, ForceAttemptHTTP2: true,
		}},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			first := via[0].URL
			if r.URL.Scheme != first.Scheme || !strings.EqualFold(r.URL.Host, first.Host) {
				return fmt.Errorf("%w: %s sends on to %s://%s; put that address in the settings if it is meant", ErrNotAllowed, first.Host, r.URL.Scheme, clip(r.URL.Host, 100))
			}
			if len(via) > mostRedirect {
				return fmt.Errorf("%w: %s sends on more than %d times", ErrNotAllowed, first.Host, mostRedirect)
			}
			return nil
		},
	}
}

// HTTPClient is [Dialer.Client] of an allow-list; see [Outbound].
func HTTPClient(allow []string) (*http.Client, error) {
	d, err := Outbound(allow)
	if err != nil {
		return nil, err
	}
	return d.Client(), nil
}

// bounded ends answers that are too long with an error.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" && r.URL.Scheme != "http" {
		return nil, fmt.Errorf("%w: %s", ErrNotAllowed, clip(r.URL.Scheme, 20))
	}
	resp, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = &boundedBody{ReadCloser: resp.Body, left: answerSize, from: r.URL.Host}
	}
	return resp, err
}

type boundedBody struct {
	io.ReadCloser
	left int64
	from string
}

func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left+1)])
	if b.left -= int64(n); b.left < 0 {
		return n + int(b.left), fmt.Errorf("access: the answer of %s is longer than %d bytes", b.from, answerSize)
	}
	return n, err
}
