package access_test

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/miekg/dns"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/hub"
)

func TestWhereTheDialerGoes(t *testing.T) {
	const (
		internet = "93.184.216.34:443"
		private  = "10.1.2.3:443"
		loop     = "127.0.0.1:443"
		metadata = "169.254.169.254:80"
	)
	for _, c := range []struct {
		name  string
		allow []string
		host  string
		at    string
		want  bool
	}{
		{"nothing is allowed by an empty list", nil, "example.org", internet, false},
		{"a name", []string{"example.org"}, "example.org", internet, true},
		{"a name in capitals, with a dot", []string{"Example.org"}, "EXAMPLE.ORG.", internet, true},
		{"a name in a private network", []string{"siem.corp"}, "siem.corp", private, true},
		{"another name", []string{"example.org"}, "example.com", internet, false},
		{"a name below", []string{"example.org"}, "a.example.org", internet, false},
		{"a name with that end", []string{"example.org"}, "notexample.org", internet, false},
		{"names below", []string{"*.example.org"}, "a.b.example.org", internet, true},
		{"names below, and not itself", []string{"*.example.org"}, "example.org", internet, false},
		{"a name that points to this machine", []string{"example.org"}, "example.org", loop, false},
		{"a name that points to a cloud's secrets", []string{"example.org"}, "example.org", metadata, false},
		{"the Internet", []string{"public"}, "anything.example", internet, true},
		{"the Internet by address", []string{"public"}, "93.184.216.34", internet, true},
		{"the Internet, pointing to a private network", []string{"public"}, "anything.example", private, false},
		{"the Internet, pointing to this machine", []string{"public"}, "anything.example", loop, false},
		{"the Internet, pointing to a cloud's secrets", []string{"public"}, "anything.example", metadata, false},
		{"the Internet, mapped loopback", []string{"public"}, "x", "[::ffff:127.0.0.1]:80", false},
		{"the Internet, mapped private", []string{"public"}, "x", "[::ffff:10.0.0.1]:80", false},
		{"the Internet, compatible loopback", []string{"public"}, "x", "[::127.0.0.1]:80", false},
		{"the Internet, NAT64 of a private address", []string{"public"}, "x", "[64:ff9b::10.0.0.1]:80", false},
		{"the Internet, 6to4 of a private address", []string{"public"}, "x", "[2002:a00:1::1]:80", false},
		{"the Internet, Teredo", []string{"public"}, "x", "[2001:0:a00:1::1]:80", false},
		{"the Internet, IPv6 loopback", []string{"public"}, "x", "[::1]:80", false},
		{"the Internet, IPv6 link-local", []string{"public"}, "x", "[fe80::1%eth0]:80", false},
		{"the Internet, IPv6 private", []string{"public"}, "x", "[fd00::1]:80", false},
		{"the Internet, unspecified", []string{"public"}, "x", "0.0.0.0:80", false},
		{"the Internet, unspecified IPv6", []string{"public"}, "x", "[::]:80", false},
		{"the Internet, this network", []string{"public"}, "x", "0.1.2.3:80", false},
		{"the Internet, broadcast", []string{"public"}, "x", "255.255.255.255:80", false},
		{"the Internet, multicast", []string{"public"}, "x", "224.0.0.1:80", false},
		{"the Internet, reserved", []string{"public"}, "x", "250.0.0.1:80", false},
		{"the Internet, of a provider", []string{"public"}, "x", "100.64.0.1:80", false},
		{"the Internet by IPv6", []string{"public"}, "x", "[2606:2800:220:1::1]:443", true},
		{"an address", []string{"10.1.2.3"}, "whatever", private, true},
		{"an address mapped", []string{"10.1.2.3"}, "whatever", "[::ffff:10.1.2.3]:80", true},
		{"an address given mapped", []string{"::ffff:10.1.2.3"}, "whatever", private, true},
		{"another address", []string{"10.1.2.4"}, "whatever", private, false},
		{"a network", []string{"10.1.0.0/16"}, "whatever", private, true},
		{"a network given by one of its addresses", []string{"10.1.9.9/16"}, "whatever", private, true},
		{"this machine, said so", []string{"127.0.0.0/8"}, "whatever", loop, true},
		{"localhost", []string{"localhost"}, "localhost", "[::1]:80", true},
		{"an address in the place of a name", []string{"10.1.2.3.example"}, "10.1.2.3", private, false},
	} {
		d, err := access.Outbound(c.allow)
		if err != nil {
			t.Fatal(err)
		}
		err = d.Check(c.host, c.at)
		if (err == nil) != c.want || err != nil && !errors.Is(err, access.ErrNotAllowed) {
			t.Errorf("%s: %s at %s: %v, want ok %v", c.name, c.host, c.at, err, c.want)
		}
	}
	for _, bad := range []string{"", "*", "*.", "http://example.org", "example.org:443", "10.0.0.0/33", "a b", "*example.org", "user@host", "."} {
		if _, err := access.Outbound([]string{bad}); err == nil {
			t.Errorf("%q is taken for an entry", bad)
		}
	}
}

// names is a DNS server on this machine that gives other answers each time.
func names(t *testing.T, answer func(question string, n int32) netip.Addr) *net.Resolver {
	t.Helper()
	var asked atomic.Int32
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &dns.Server{PacketConn: pc, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		name := q.Question[0].Name
		if a := answer(name, asked.Add(1)); a.Is4() == (q.Question[0].Qtype == dns.TypeA) {
			rr, err := dns.NewRR(name + " 0 IN " + map[bool]string{true: "A ", false: "AAAA "}[a.Is4()] + a.String())
			if err != nil {
				t.Error(err)
			}
			m.Answer = append(m.Answer, rr)
		}
		w.WriteMsg(m)
	})}
	go srv.ActivateAndServe()
	t.Cleanup(func() { srv.Shutdown() })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
}

func TestANameThatChangesItsMind(t *testing.T) {
	var reached atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer srv.Close()
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	for _, c := range []struct {
		name  string
		allow []string
		host  string
		to    string
		want  bool
	}{
		{"a name of the Internet rebound to this machine", []string{"public"}, "rebind.example", "127.0.0.1", false},
		{"an allowed name rebound to this machine", []string{"rebind.example"}, "rebind.example", "127.0.0.1", false},
		{"by IPv6", []string{"public"}, "rebind.example", "::1", false},
		{"by a mapped address", []string{"public"}, "rebind.example", "::ffff:127.0.0.1", false},
		{"a name that this machine is allowed by", []string{"127.0.0.1"}, "here.example", "127.0.0.1", true},
		{"an address written as one number", []string{"public"}, "2130706433", "127.0.0.1", false},
		{"an address written in octal", []string{"public"}, "0177.0.0.1", "127.0.0.1", false},
	} {
		reached.Store(0)
		d, err := access.Outbound(c.allow)
		if err != nil {
			t.Fatal(err)
		}
		d.Resolve(names(t, func(string, int32) netip.Addr { return netip.MustParseAddr(c.to) }))
		resp, err := d.Client().Get("http://" + c.host + ":" + port + "/")
		if err == nil {
			resp.Body.Close()
		}
		if got := err == nil && reached.Load() == 1; got != c.want || !c.want && reached.Load() > 0 {
			t.Errorf("%s: %v, reached %d times, want ok %v", c.name, err, reached.Load(), c.want)
		}
		var none *net.DNSError
		if !c.want && !errors.Is(err, access.ErrNotAllowed) && !errors.As(err, &none) {
			t.Errorf("%s: %v is neither ErrNotAllowed nor an unknown name", c.name, err)
		}
	}
}

func TestRedirectsStayWhereTheyAre(t *testing.T) {
	var inside atomic.Int32
	secret := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { inside.Add(1) }))
	defer secret.Close()
	var hops atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		switch to := q.URL.Query().Get("to"); {
		case q.URL.Path == "/loop":
			hops.Add(1)
			http.Redirect(w, q, "/loop", http.StatusFound)
		case to != "":
			http.Redirect(w, q, to, http.StatusTemporaryRedirect)
		}
	}))
	defer srv.Close()
	client, err := access.HTTPClient([]string{"127.0.0.1"}) // both servers are allowed: the redirect is what is refused
	if err != nil {
		t.Fatal(err)
	}
	for to, want := range map[string]bool{
		"/there": true, srv.URL + "/there": true,
		secret.URL + "/latest/meta-data": false, strings.Replace(srv.URL, "http:", "https:", 1): false, "http://localhost:1/": false, "ftp://127.0.0.1/": false, "file:///etc/passwd": false,
	} {
		resp, err := client.Post(srv.URL+"/?to="+url.QueryEscape(to), "application/json", strings.NewReader("{}"))
		if err == nil {
			resp.Body.Close()
		}
		if (err == nil) != want {
			t.Errorf("redirect to %s: %v, want ok %v", to, err, want)
		}
	}
	if n := inside.Load(); n != 0 {
		t.Errorf("the other server was reached %d times", n)
	}
	if resp, err := client.Get(srv.URL + "/loop"); err == nil {
		resp.Body.Close()
		t.Error("a redirect in a circle was followed to its end")
	}
	if n := hops.Load(); n > 5 {
		t.Errorf("%d hops", n)
	}
	if resp, err := client.Get("file:///etc/passwd"); err == nil {
		resp.Body.Close()
		t.Error("a file was read")
	}
}

func TestAnswersAreBounded(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		var to io.Writer = w
		if q.URL.Path == "/bomb" {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			defer z.Close()
			to = z
		}
		n := access.AnswerSize
		if q.URL.Path != "/fits" {
			n++
		}
		if q.URL.Path == "/head" {
			w.Header().Set("X-Long", strings.Repeat("x", 200_000))
		}
		to.Write(make([]byte, n))
	}))
	defer srv.Close()
	client, err := access.HTTPClient([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{"/fits": true, "/long": false, "/bomb": false, "/head": false} {
		n := int64(0)
		resp, err := client.Get(srv.URL + path)
		if err == nil {
			n, err = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
		if (err == nil) != want || n > access.AnswerSize {
			t.Errorf("%s: %d bytes, %v; want ok %v", path, n, err, want)
		}
	}
}

func TestNoProxyOfTheEnvironment(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:9")
	client, err := access.HTTPClient([]string{"10.255.255.1"})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Get("http://example.invalid/")
	if err == nil {
		resp.Body.Close()
	}
	if err == nil || strings.Contains(err.Error(), "proxy") || strings.Contains(err.Error(), "127.0.0.1:9") {
		t.Errorf("the proxy was asked: %v", err)
	}
}

// TestANameIsAskedBeforeItIsKept asks where names point to when an address is typed,
// and again when it is called.
func TestANameIsAskedBeforeItIsKept(t *testing.T) {
	for _, c := range []struct {
		name  string
		allow []string
		url   string
		to    string
		says  string // "": it is taken
	}{
		{"the Internet", []string{"public"}, "https://hook.example/", "93.184.216.34", ""},
		{"a private network", []string{"public"}, "https://hook.example/", "10.0.0.1", "not in the allow-list"},
		{"a private network that is in the list", []string{"public", "10.0.0.0/8"}, "https://hook.example/", "10.0.0.1", ""},
		{"a private network, by a name that is in the list", []string{"hook.example"}, "https://hook.example/", "10.0.0.1", ""},
		{"this machine", []string{"public"}, "https://hook.example/", "127.0.0.1", "this machine"},
		{"this machine, by a name that is in the list", []string{"hook.example"}, "https://hook.example/", "127.0.0.1", "this machine"},
		{"this machine, mapped", []string{"public"}, "https://hook.example/", "::ffff:127.0.0.1", "this machine"},
		{"a cloud's secrets", []string{"hook.example"}, "https://hook.example/", "169.254.169.254", "link-local"},
		{"the same with a dot at the end", []string{"public"}, "https://hook.example./", "10.0.0.1", "not in the allow-list"},
	} {
		d, err := access.Outbound(c.allow)
		if err != nil {
			t.Fatal(err)
		}
		d.Resolve(names(t, func(string, int32) netip.Addr { return netip.MustParseAddr(c.to) }))
		err = d.MayCall(t.Context(), c.url)
		if c.says == "" && err != nil || c.says != "" && (!errors.Is(err, hub.ErrInvalid) || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v, want it to say %q", c.name, err, c.says)
		}
	}
	d, err := access.Outbound([]string{"public"})
	if err != nil {
		t.Fatal(err)
	}
	var inside atomic.Bool
	d.Resolve(names(t, func(string, int32) netip.Addr {
		if inside.Load() {
			return netip.MustParseAddr("10.0.0.1")
		}
		return netip.MustParseAddr("93.184.216.34")
	}))
	if err := d.MayCall(t.Context(), "https://rebind.example/"); err != nil {
		t.Fatalf("while it points to the Internet: %v", err)
	}
	inside.Store(true)
	resp, err := d.WebhookClient().Post("https://rebind.example/", "application/json", strings.NewReader("{}"))
	if err == nil {
		resp.Body.Close()
	}
	if !errors.Is(err, access.ErrNotAllowed) {
		t.Errorf("when it points to a private network: %v", err)
	}
	for _, odd := range []string{"https://0/", "https://127.1/", "https://0x7f.1/", "https://①②⑦.0.0.1/", "https://localhost./"} {
		resp, err := d.WebhookClient().Post(odd, "application/json", strings.NewReader("{}"))
		if err == nil {
			resp.Body.Close()
		}
		if !errors.Is(err, access.ErrNotAllowed) {
			t.Errorf("%s is called: %v", odd, err)
		}
	}
}
