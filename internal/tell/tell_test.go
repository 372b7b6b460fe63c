package tell_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/leodido/go-syslog/v4/rfc5424"

	"github.com/lenscap/lenscap/internal/access"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/store"
	"github.com/lenscap/lenscap/internal/tell"
)

// A rig is a real store with one organisation and site, and a clock.
type rig struct {
	*testing.T
	db   *store.DB
	org  hub.Organisation
	site hub.Site
	now  time.Time
	cfg  tell.Config
}

type quiet struct{}

func (quiet) Listen() (<-chan hub.Event, func()) { return nil, func() {} }

func newRig(t *testing.T) *rig {
	r := &rig{T: t, now: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC), org: hub.Organisation{Name: "Ash council"}, site: hub.Site{Name: "Town hall"}}
	var err error
	if r.db, err = store.Open(t.Context(), filepath.Join(t.TempDir(), "hub.db"), store.Options{Now: func() time.Time { return r.now }}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.db.Close() })
	r.do(func(tx *store.Tx) error {
		if err := tx.AddOrganisation(&r.org); err != nil {
			return err
		}
		r.site.Organisation = r.org.ID
		return tx.AddSite(&r.site)
	})
	to, err := access.Outbound([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	r.cfg = tell.Config{Store: r.db, Hub: quiet{}, Webhooks: to, URL: "https://hub.example.org", Version: "test", Now: func() time.Time { return r.now }}
	return r
}

func (r *rig) do(fn func(*store.Tx) error) {
	r.Helper()
	if err := r.db.Keep(r.Context(), fn); err != nil {
		r.Fatal(err)
	}
}

// seen puts devices at the site, as the hub does when it worked it out.
func (r *rig) seen(list ...*hub.Derived) {
	r.Helper()
	r.now = r.now.Add(time.Minute)
	r.do(func(tx *store.Tx) error {
		if err := tx.ReplaceSite(r.site.ID, []byte("{}"), seqOf(list)); err != nil {
			return err
		}
		return tx.SetDerived(r.site.ID, r.now)
	})
}

func seqOf(list []*hub.Derived) iter.Seq[*hub.Derived] { return slices.Values(list) }

func (r *rig) camera(id, name string, verdict finding.Verdict, changes ...hub.Change) *hub.Derived {
	d := &hub.Derived{Device: hub.Device{Site: r.site.ID, Device: id, Presence: hub.SeenOnly, Name: name, Maker: "Example Ltd"}, Changes: changes}
	if verdict != "" {
		d.Findings = []finding.Finding{{Device: id, Regime: "gb-test", Name: "Test rule", Verdict: verdict, Why: "it is so"}}
	}
	return d
}

func (r *rig) subscribe(url string, events ...string) {
	r.Helper()
	w := store.Webhook{Organisation: r.org.ID, URL: url, Secret: tell.NewSecret(), Events: events, Active: true}
	r.do(func(tx *store.Tx) error { return tx.SetWebhook(&w) })
}

// look begins anew each time, as after a restart.
func (r *rig) look() {
	r.Helper()
	m, err := tell.New(r.cfg)
	if err != nil {
		r.Fatal(err)
	}
	if err := m.Look(r.Context()); err != nil {
		r.Fatal(err)
	}
	if err := m.Deliver(r.Context()); err != nil {
		r.Fatal(err)
	}
}

// A receiver is a webhook that notes what it is sent.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	got    []string // kind and what it says of each event
	ids    []string
	faults []string
	status int
}

func newReceiver(r *rig) *receiver {
	h := &receiver{status: 200}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		b, _ := io.ReadAll(q.Body)
		var e tell.Event
		_ = json.Unmarshal(b, &e)
		h.mu.Lock()
		defer h.mu.Unlock()
		list, _ := r.db.Webhooks(context.Background(), r.org.ID)
		at, _ := strconv.ParseInt(q.Header.Get("Webhook-Timestamp"), 10, 64)
		want, err := tell.Sign(list[0].Secret, q.Header.Get("Webhook-Id"), time.Unix(at, 0), b)
		if err != nil || q.Header.Get("Webhook-Signature") != want {
			h.faults = append(h.faults, "the signature does not hold")
		}
		h.ids = append(h.ids, q.Header.Get("Webhook-Id"))
		if h.status == 200 {
			h.got = append(h.got, e.Kind+": "+e.Says)
		}
		w.WriteHeader(h.status)
	}))
	r.Cleanup(h.Close)
	return h
}

func (h *receiver) take() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := h.got
	h.got = nil
	return out
}

func TestEventsAreToldOnceEach(t *testing.T) {
	r := newRig(t)
	h := newReceiver(r)
	check := func(what string, want ...string) {
		t.Helper()
		if got := h.take(); !slices.Equal(got, want) {
			t.Errorf("%s: told\n%q, want\n%q", what, got, want)
		}
	}
	old := r.camera("d-1", "Gate", finding.Restricted)
	r.seen(old)
	r.subscribe(h.URL+"/hook?key=secret", tell.Every)
	r.look()
	check("what was there before anybody asked")
	q := hub.Query{Organisation: r.org.ID, Name: "all", Text: "kind!=printer", Alert: true, By: "ada"}
	r.do(func(tx *store.Tx) error { return tx.SaveQuery(&q) })
	r.look()
	change := hub.Change{At: r.now, What: hub.FirmwareNow, Before: "1", After: "2", Says: "Said 2, and 1 before."}
	r.seen(r.camera("d-1", "Gate", finding.Prohibited, change), r.camera("d-2", "Door", ""))
	r.look()
	check("a new device, a change and a graver verdict", "device.new: 1 new device at Town hall", "device.changed: 1 change at Town hall", "finding.prohibited: 1 new finding “prohibited” at Town hall", "query.match: 1 device begins to match “all”")
	r.look()
	r.seen(r.camera("d-1", "Gate", finding.Prohibited, change), r.camera("d-2", "Door", ""))
	r.look()
	check("the same again")

	in := hub.Ingest{Site: r.site.ID, Name: "x.pcap", State: hub.Failed, Error: "no packets", Ended: r.now.Add(time.Second)}
	r.do(func(tx *store.Tx) error { return tx.AddIngest(&in) })
	r.look()
	check("an input that failed", "ingest.failed: An input of Town hall could not be read: x.pcap: no packets")

	d := hub.Decision{Site: r.site.ID, Device: "d-1", Regime: "gb-test", Status: "accepted", Waiver: hub.Waiver{Why: "goes in May", By: "ada", Until: r.now.Format(time.DateOnly)}}
	r.do(func(tx *store.Tx) error { return tx.SetDecision(&d) })
	r.look()
	check("a waiver on its last day")
	r.now = r.now.AddDate(0, 0, 1)
	r.look()
	check("the day after", "waiver.ended: 1 waiver ended at Town hall")
	r.look()
	check("and again")
	if len(h.faults) > 0 {
		t.Error(h.faults)
	}
}

// What comes between a subscription, or a saved search, and the next look is told.
func TestWhatComesAfterASubscriptionIsTold(t *testing.T) {
	r := newRig(t)
	h := newReceiver(r)
	begin := func() {
		t.Helper()
		m, err := tell.New(r.cfg)
		if err != nil {
			t.Fatal(err)
		}
		m.Subscribed(t.Context(), r.org.ID)
	}
	r.seen(r.camera("d-1", "Gate", ""))
	r.subscribe(h.URL, tell.DeviceNew, tell.QueryMatch)
	begin()
	r.seen(r.camera("d-1", "Gate", ""), r.camera("d-2", "Door", ""))
	r.look()
	if got, want := h.take(), []string{"device.new: 1 new device at Town hall"}; !slices.Equal(got, want) {
		t.Errorf("after a subscription: told %q, want %q", got, want)
	}
	q := hub.Query{Organisation: r.org.ID, Name: "all", Text: "kind!=printer", Alert: true, By: "ada"}
	r.do(func(tx *store.Tx) error { return tx.SaveQuery(&q) })
	begin()
	r.seen(r.camera("d-1", "Gate", ""), r.camera("d-2", "Door", ""), r.camera("d-3", "Roof", ""))
	r.look()
	if got, want := h.take(), []string{"device.new: 1 new device at Town hall", "query.match: 1 device begins to match “all”"}; !slices.Equal(got, want) {
		t.Errorf("after a search was saved: told %q, want %q", got, want)
	}
}

// A receiver that sends on has not taken it, and is not followed.
func TestAWebhookIsNotSentOn(t *testing.T) {
	r := newRig(t)
	followed := make(chan string, 1)
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/else" {
			followed <- q.Method
			w.WriteHeader(http.StatusNoContent)
			return
		}
		http.Redirect(w, q, "/else", http.StatusFound)
	}))
	t.Cleanup(h.Close)
	r.subscribe(h.URL, tell.DeviceNew)
	r.look()
	r.seen(r.camera("d-1", "Gate", ""))
	r.look()
	list, err := r.db.Webhooks(t.Context(), r.org.ID)
	if err != nil {
		t.Fatal(err)
	}
	last, err := r.db.DeliveryPage(t.Context(), list[0].ID, 0, 1)
	if err != nil || len(last) != 1 || last[0].Error != "the receiver answered 302 Found" || last[0].Next.IsZero() {
		t.Errorf("kept %+v %v", last, err)
	}
	select {
	case method := <-followed:
		t.Errorf("it was followed by %s", method)
	default:
	}
}

func TestWhatIsNotTakenIsTriedAgain(t *testing.T) {
	r := newRig(t)
	h := newReceiver(r)
	r.subscribe(h.URL, tell.DeviceNew)
	r.look()
	h.status = 500
	r.seen(r.camera("d-1", "Gate", ""))
	r.look()
	r.look() // it is not time yet
	if len(h.ids) != 1 {
		t.Fatalf("tried %d times, want 1", len(h.ids))
	}
	h.status = 200
	r.now = r.now.Add(time.Minute)
	r.look()
	if got := h.take(); len(got) != 1 || h.ids[0] != h.ids[1] {
		t.Errorf("told %q under %q", got, h.ids)
	}
	h.status = 500
	r.seen(r.camera("d-1", "Gate", ""), r.camera("d-2", "Door", ""))
	for range 30 {
		r.look()
		r.now = r.now.Add(25 * time.Hour)
	}
	if n := len(h.ids) - 2; n != 13 {
		t.Errorf("tried %d times before it was given up, want 13", n)
	}
	list, err := r.db.Webhooks(t.Context(), r.org.ID)
	if err != nil {
		t.Fatal(err)
	}
	last, err := r.db.DeliveryPage(t.Context(), list[0].ID, 0, 1)
	if err != nil || len(last) != 1 || !last[0].Next.IsZero() || last[0].Error != "the receiver answered 500 Internal Server Error" {
		t.Errorf("kept %+v %v", last, err)
	}
}

func TestAWebhookGoesOnlyWhereItMay(t *testing.T) {
	r := newRig(t)
	h := newReceiver(r)
	var err error
	if r.cfg.Webhooks, err = access.Outbound([]string{"siem.example.org"}); err != nil {
		t.Fatal(err)
	}
	r.subscribe(h.URL+"/?token=hidden", tell.DeviceNew)
	r.look()
	r.seen(r.camera("d-1", "Gate", ""))
	r.look()
	if len(h.ids) != 0 {
		t.Error("it was called")
	}
	list, _ := r.db.Webhooks(t.Context(), r.org.ID)
	last, err := r.db.DeliveryPage(t.Context(), list[0].ID, 0, 1)
	if err != nil || len(last) != 1 || !strings.Contains(last[0].Error, "allow-list") || strings.Contains(last[0].Error, "hidden") {
		t.Errorf("kept %+v %v", last, err)
	}
}

func TestSyslog(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			r := newRig(t)
			var addr string
			got := make(chan []byte, 20)
			if network == "udp" {
				pc, err := net.ListenPacket("udp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				defer pc.Close()
				addr = pc.LocalAddr().String()
				go func() {
					for {
						b := make([]byte, 4096)
						n, _, err := pc.ReadFrom(b)
						if err != nil {
							return
						}
						got <- b[:n]
					}
				}()
			} else {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				defer l.Close()
				addr = l.Addr().String()
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
								break
							}
							size, _ := strconv.Atoi(strings.TrimSpace(n))
							msg := make([]byte, size)
							if _, err := io.ReadFull(b, msg); err != nil {
								break
							}
							got <- msg
						}
						c.Close()
					}
				}()
			}
			r.cfg.Syslog = &tell.Syslog{Server: addr, Network: network}
			r.look() // subscribes
			r.seen(r.camera("d-1", `Gate "]\`+"\n<13>1 forged", finding.Prohibited))
			r.look()
			r.cfg.Syslog.Format = "cef"
			r.seen(r.camera("d-1", "Gate", finding.Prohibited), r.camera("d-2", "a|b=c\\d", ""))
			r.look()
			parser := rfc5424.NewParser()
			for _, want := range []string{"device.new", "finding.prohibited", "device.new"} {
				b := <-got
				m, err := parser.Parse(b)
				if err != nil {
					t.Fatalf("%q: %v", b, err)
				}
				s := m.(*rfc5424.SyslogMessage)
				if *s.MsgID != want || bytes.ContainsAny(b, "\n\r") {
					t.Errorf("message %q, want %s on one line", b, want)
				}
				if strings.HasPrefix(*s.Message, "CEF:0|Lenscap|Lenscap|test|device.new|") {
					if !strings.Contains(*s.Message, `a|b\=c\\d`) {
						t.Errorf("CEF is not escaped: %s", *s.Message)
					}
				} else if (*s.StructuredData)["lenscap@32473"]["device"] != "d-1" {
					t.Errorf("structured data %v", *s.StructuredData)
				}
			}
		})
	}
}

// mailbox is an SMTP server that keeps what it is sent.
type mailbox struct {
	mu   sync.Mutex
	got  []string
	to   []string
	fail bool
}

func (m *mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &mailSession{m}, nil }

type mailSession struct{ m *mailbox }

func (s *mailSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if s.m.fail {
		return errors.New("try later")
	}
	s.m.to = append(s.m.to, to)
	return nil
}
func (s *mailSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.got = append(s.m.got, string(b))
	return err
}
func (s *mailSession) Reset()        {}
func (s *mailSession) Logout() error { return nil }

func TestMail(t *testing.T) {
	r := newRig(t)
	box := &mailbox{fail: true}
	srv := smtp.NewServer(box)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go srv.Serve(l)
	defer srv.Close()
	r.cfg.Mail = &tell.Mail{Server: l.Addr().String(), TLS: "off", From: "hub@example.org"}
	r.subscribe("mailto:ada@example.org", tell.DeviceNew)
	r.look()
	r.seen(r.camera("d-1", "Gate\r\nBcc: everybody@example.org", ""))
	r.look()
	box.fail = false
	r.now = r.now.Add(time.Minute)
	r.look()
	if len(box.got) != 1 || !slices.Equal(box.to, []string{"ada@example.org"}) {
		t.Fatalf("%d mails to %q", len(box.got), box.to)
	}
	head, body, _ := strings.Cut(box.got[0], "\r\n\r\n")
	if strings.Contains(head, "Bcc:") || !strings.Contains(head, "Subject: Lenscap: 1 new device at Town hall") || !strings.Contains(body, "hub.example.org/devices/") {
		t.Errorf("mail:\n%s", box.got[0])
	}
	if strings.Contains(body, "\nBcc:") {
		t.Errorf("a device's name begins a line of its own:\n%s", body)
	}
}

func TestCheckTarget(t *testing.T) {
	for _, c := range []struct {
		allow []string
		mail  bool
		url   string
		says  string // part of the refusal; "": it is taken
	}{
		{[]string{"siem.example.org"}, true, "https://siem.example.org/in", ""},
		{[]string{"public"}, false, "https://93.184.216.34/in", ""},
		{[]string{"10.0.0.0/8"}, false, "https://10.0.0.1/x", ""},
		{[]string{"10.0.0.1"}, false, "http://10.0.0.1/x", ""},
		{[]string{"localhost"}, false, "http://localhost:9000/x", ""},
		{nil, true, "mailto:ada@example.org", ""},
		{nil, false, "https://siem.example.org/in", "webhooks.allow"},
		{[]string{"siem.example.org"}, false, "https://other.example.org/in", "not in the allow-list"},
		{[]string{"siem.example.org"}, false, "http://siem.example.org/in", "https://"},
		{[]string{"public"}, false, "http://93.184.216.34/in", "can be read and changed on the way"},
		{[]string{"public"}, false, "https://10.0.0.1/x", "not in the allow-list"},
		{[]string{"public"}, false, "https://127.0.0.1/x", "this machine"},
		{[]string{"public"}, false, "https://localhost/x", "this machine"},
		{[]string{"public"}, false, "https://[::1]/x", "this machine"},
		{[]string{"public"}, false, "https://[::ffff:127.0.0.1]/x", "this machine"},
		{[]string{"public"}, false, "https://169.254.169.254/latest", "link-local"},
		{[]string{"public"}, false, "https://[fe80::1]/", "link-local"},
		{[]string{"public"}, false, "https://192.168.1.1/", "not in the allow-list"},
		{[]string{"public"}, false, "https://0/", "ends in a number"},
		{[]string{"public"}, false, "https://2130706433/", "ends in a number"},
		{[]string{"public"}, false, "https://127.1/", "ends in a number"},
		{[]string{"public"}, false, "https://0x7f.1/", "ends in a number"},
		{[]string{"public"}, false, "https://0x7f000001/", "ends in a number"},
		{[]string{"public"}, false, "https://0177.0.0.1/", "ends in a number"},
		{[]string{"public"}, false, "https://127.0.0.1./", "ends in a number"},
		{[]string{"public"}, false, "https://a.example.0X7F/", "ends in a number"},
		{[]string{"public"}, false, "https://localhost./", "this machine"},
		{[]string{"public"}, false, "https://LocalHost.:8443/", "this machine"},
		{[]string{"public"}, false, "https://hub.localhost/", "this machine"},
		{[]string{"public"}, false, "https://１２７.0.0.1/", `stand for "127"`},
		{[]string{"public"}, false, "https://①②⑦.0.0.1/", `stand for "127"`},
		{[]string{"public"}, false, "https://ｌocalhost/", `stand for "localhost"`},
		{[]string{"public"}, false, "https://127。0。0。1/", "dots of another script"},
		{[]string{"public"}, false, "https://[::ffff:7f00:1]/", "this machine"},
		{[]string{"public"}, false, "https://[::ffff:10.0.0.1]/", "not in the allow-list"},
		{[]string{"public"}, false, "https://[fe80::1%25eth0]/", "zone"},
		{[]string{"public"}, false, "https://[64:ff9b::7f00:1]/", "this machine"},
		{[]string{"public"}, false, "https://a..example.org/", "single dots"},
		{[]string{"public"}, false, "https://93.184.216.34:0/", "port 0"},
		{[]string{"public"}, false, "https://93.184.216.34:70000/", "port 70000"},
		{[]string{"public"}, false, "HTTPS://93.184.216.34/", "small letters"},
		{[]string{"bücher.example", "xn--bcher-kva.example"}, false, "https://bücher.example/", ""},
		{nil, false, "mailto:ada@example.org", "mail.server"},
		{nil, false, "syslog:", "syslog.server"},
		{[]string{"public"}, true, "ftp://x", "url: https"},
		{[]string{"public"}, true, "https://u:p@x/", "without a user"},
		{[]string{"public"}, true, "mailto:a@b,c@d", "one address"},
		{[]string{"public"}, true, "mailto:a@b?bcc=c@d", "one address"},
		{[]string{"public"}, true, "syslog://other", "syslog: alone"},
		{[]string{"public"}, true, "file:///etc/passwd", "url: https"},
		{[]string{"public"}, true, "", "url: https"},
		{[]string{"public"}, true, "mailto:a%0d%0aBcc:x@y", "one address"},
	} {
		cfg := tell.Config{Hub: quiet{}}
		if c.allow != nil {
			var err error
			if cfg.Webhooks, err = access.Outbound(c.allow); err != nil {
				t.Fatal(err)
			}
		}
		if c.mail {
			cfg.Mail = &tell.Mail{Server: "127.0.0.1:25", From: "hub@example.org"}
		}
		m, err := tell.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		err = m.CheckTarget(t.Context(), c.url)
		switch {
		case c.says == "" && err != nil:
			t.Errorf("%q with %v: %v", c.url, c.allow, err)
		case c.says != "" && (!errors.Is(err, hub.ErrInvalid) || !strings.Contains(err.Error(), c.says)):
			t.Errorf("%q with %v: %v, want it to say %q", c.url, c.allow, err, c.says)
		}
	}
}

// A name may mean a public address when it is subscribed and this machine when it
// is called: the dialer looks then.
func TestAWebhookInClearGoesOnlyToAnAddressOfTheList(t *testing.T) {
	r := newRig(t)
	h := newReceiver(r)
	_, port, _ := strings.Cut(strings.TrimPrefix(h.URL, "http://"), ":")
	var err error
	if r.cfg.Webhooks, err = access.Outbound([]string{"localhost.example", "public"}); err != nil {
		t.Fatal(err)
	}
	r.subscribe("http://localhost:"+port+"/", tell.DeviceNew)
	r.look()
	r.seen(r.camera("d-1", "Gate", ""))
	r.look()
	if len(h.ids) != 0 {
		t.Error("this machine was called though the list only has the Internet")
	}
	if r.cfg.Webhooks, err = access.Outbound([]string{"localhost"}); err != nil {
		t.Fatal(err)
	}
	r.now = r.now.Add(time.Hour)
	r.look()
	if got := h.take(); len(got) != 1 {
		t.Errorf("told %q", got)
	}
	m, err := tell.New(r.cfg)
	if err != nil {
		t.Fatal(err)
	}
	list, _ := r.db.Webhooks(t.Context(), r.org.ID)
	if err := m.Try(t.Context(), &list[0]); err != nil {
		t.Error(err)
	}
	if got := h.take(); len(got) != 1 || !strings.HasPrefix(got[0], "test: ") {
		t.Errorf("a trial told %q", got)
	}
	h.status = 500
	if err := m.Try(t.Context(), &list[0]); !errors.Is(err, hub.ErrInvalid) || !strings.Contains(err.Error(), "500") {
		t.Errorf("a trial that was not taken: %v", err)
	}
}
