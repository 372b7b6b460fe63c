package settings

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hub.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

var equal = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })

func TestNoFileIsUsual(t *testing.T) {
	for _, path := range []string{"", file(t, ""), file(t, "# nothing\n"), file(t, "listen:\nmail: {}\n")} {
		s, err := Load(path, []string{"HOME=/x", "LENSCAP_KB=/y"})
		if err != nil {
			t.Fatalf("%q: %v", path, err)
		}
		want := Usual()
		if diff := cmp.Diff(want, s, equal); diff != "" {
			t.Errorf("%q: %s", path, diff)
		}
	}
}

func TestFileAndEnvironment(t *testing.T) {
	dir := t.TempDir()
	path := file(t, `
data: /var/lib/lenscap
public_url: https://lenscap.example.org
listen: {address: ":8443", tls: self-made, hosts: [a.example, b.example], proxies: [10.0.0.0/8]}
limits: {upload: 2 GiB, session: 7d, sessions: 3}
retention:
  conversations: 90
watch:
  - {folder: `+dir+`, site: Force/HQ}
collect:
  - address: ":2055"
    site: Force/HQ
    allow: [10.1.0.0/16, 192.0.2.1/32]
oidc: {issuer: https://id.example.org, client_id: lenscap, client_secret: hunter2, role_claim: groups, roles: [{value: cctv-admins, role: admin}]}
webhooks: {allow: [siem.example.org, 10.9.0.0/16]}
log: {level: debug}
`)
	s, err := Load(path, []string{
		"LENSCAP_HUB_LISTEN_ADDRESS=127.0.0.1:9000", "LENSCAP_HUB_LIMITS_UPLOAD=5M", "LENSCAP_HUB_LISTEN_HOSTS=x.example, y.example", "LENSCAP_HUB_LISTEN_PROXIES=", "LENSCAP_HUB_RETENTION_EVIDENCE=7",
		"LENSCAP_HUB_OTEL_SAMPLE=0.5", "LENSCAP_HUB_OIDC_CREATE=yes", "LENSCAP_HUB_COLLECT=[{address: ':6343', site: A/B, allow: [10.0.0.0/8]}]",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Usual()
	want.Data, want.PublicURL = "/var/lib/lenscap", "https://lenscap.example.org"
	want.Listen = Listen{Address: "127.0.0.1:9000", TLS: "self-made", Hosts: []string{"x.example", "y.example"}, Proxies: []netip.Prefix{}}
	want.Limits.Upload, want.Limits.Session, want.Limits.Sessions = 5e6, Duration(7*24*time.Hour), 3
	want.Retention.Conversations, want.Retention.Evidence = 90, 7
	want.Watch = []Watch{{Folder: dir, Site: "Force/HQ", Every: minute, Then: "keep"}}
	want.Collect = []Collect{{Address: ":6343", Site: "A/B", Allow: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}}
	want.OIDC.Issuer, want.OIDC.ClientID, want.OIDC.ClientSecret, want.OIDC.RoleClaim, want.OIDC.Create = "https://id.example.org", "lenscap", "hunter2", "groups", true
	want.OIDC.Roles = []Grant{{Value: "cctv-admins", Role: "admin"}}
	want.Webhooks.Allow = []string{"siem.example.org", "10.9.0.0/16"}
	want.Log.Level, want.Otel.Sample = "debug", 0.5
	if diff := cmp.Diff(want, s, equal); diff != "" {
		t.Error(diff)
	}
	if got, err := s.OIDC.Secret(); got != "hunter2" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

func TestWhatIsWrongIsNamed(t *testing.T) {
	for _, c := range []struct{ text, env, want string }{
		{"listen:\n  adress: :80\n", "", ":2: listen.adress: there is no such key; did you mean address?"},
		{"lisen: {}\n", "", ":1: lisen: there is no such key; did you mean listen?"},
		{"zzzzzzzz: 1\n", "", "there are data, public_url"},
		{"log: {level: debug}\nlog: {level: info}\n", "", "log: stands here twice"},
		{"log:\n  level: loud\n", "", "log.level: \"loud\" is none of debug, info, warn, error"},
		{"limits:\n  upload: much\n", "", ":2: limits.upload: \"much\" is no size"},
		{"limits:\n  upload: 99999999T\n", "", "is no size"},
		{"limits: {session: soon}", "", "no time span"},
		{"limits: {sessions: 1.5}", "", "no whole number"},
		{"limits: {body: 0}", "", "limits.body: must be more"},
		{"limits: 5", "", "keys are wanted: upload, "},
		{"listen: {hosts: a}", "", "a list is wanted"},
		{"listen: {address: [a]}", "", "one value is wanted, text"},
		{"listen: {address: nowhere}", "", "no address with port"},
		{"listen: {address: ':8470'}", "", "listen.tls: off is for this machine"},
		{"listen: {tls: files}", "", "listen.certificate: must name a file"},
		{"listen: {tls: files, certificate: gone.pem, key: gone.pem}", "", "listen.certificate: cannot be read"},
		{"listen: {key: k.pem}", "", "must be files"},
		{"listen: {proxies: [10.0.0.1]}", "", "\"10.0.0.1\" is no network; write 10.0.0.0/8, or"},
		{"retention: {evidence: -1}", "", "number of days"},
		{"watch: [{folder: /gone, site: a/b}]", "", "watch[0].folder: \"/gone\" does not exist: make it with `sudo install -d -m 755 /gone`"},
		{"watch: [{folder: '/gone/town hall', site: a/b}]", "", "install -d -m 755 '/gone/town hall'`"},
		{"watch: [{folder: /etc/passwd, site: a/b}]", "", "watch[0].folder: \"/etc/passwd\" is a file"},
		{"watch: [{folder: /, site: HQ}]", "", "\"HQ\" is no site"},
		{"watch: [{folder: /, site: a/b, then: burn}]", "", "watch[0].then: \"burn\" is none of"},
		{"collect: [{address: ':2055', site: a/b}]", "", "collect[0].allow: must name"},
		{"oidc: {issuer: http://id.example.org, client_id: x}", "", "https:// unless"},
		{"oidc: {issuer: https://id.example.org, client_id: x}", "", "public_url: must be given"},
		{"oidc: {client_id: x}", "", "oidc.issuer: must be given"},
		{"public_url: https://u:p@x.example", "", "without user"},
		{"mail: {server: smtp.example:25, from: a@b.example, tls: 'off'}", "", "mail.tls: off is for"},
		{"mail: {server: smtp.example:25}", "", "no mail address"},
		{"mail: {server: smtp.example:25, from: a@b.example, password: x, password_file: y}", "", "keep one"},
		{"webhooks: {allow: ['https://x.example']}", "", "no https:// in front"},
		{"a: [", "", "no YAML"},
		{"- a", "", "keys are wanted"},
		{"", "LENSCAP_HUB_LISTEN_ADRESS=x", "LENSCAP_HUB_LISTEN_ADRESS: no setting has this variable; did you mean LENSCAP_HUB_LISTEN_ADDRESS?"},
		{"", "LENSCAP_HUB_LIMITS_SESSIONS=x", "LENSCAP_HUB_LIMITS_SESSIONS: limits.sessions: \"x\" is no whole number"},
		{"", "LENSCAP_HUB_WATCH=/in", "write the list as YAML"},
		{"", "LENSCAP_HUB_WATCH=[{folder: /in, sites: a}]", "did you mean site?"},
	} {
		_, err := Load(file(t, c.text), []string{c.env})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q %s: %v, want %q", c.text, c.env, err, c.want)
		}
	}
	if _, err := Load("/gone.yaml", nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	_, err := Load(file(t, "a: 1\nb: 2\nlog: {level: 3, c: 4}\n"), nil)
	if n := strings.Count(fmt.Sprint(err), "no such key"); n != 3 {
		t.Errorf("all problems at once: %v", err)
	}
}

func TestSecretsAreShownNowhere(t *testing.T) {
	path := file(t, "public_url: https://l.example\noidc: {issuer: https://id.example.org, client_id: x, client_secret: hunter2}\nmail: {server: 'localhost:25', from: a@b.example, password: hunter2}\n")
	s, err := Load(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("settings", slog.Any("s", s), slog.Any("p", s.Mail.Password))
	for _, text := range []string{s.Show(), fmt.Sprintf("%v %+v %#v %s %q", *s, *s, *s, s.Mail.Password, s.Mail.Password), log.String()} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("a secret stands in %s", text)
		}
	}
	if !strings.Contains(s.Show(), "client_secret: (hidden)") {
		t.Errorf("Show does not say that there is one:\n%s", s.Show())
	}
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("hunter3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := (&Mail{PasswordFile: secret}).Secret(); got != "hunter3" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := (&Mail{PasswordFile: os.DevNull}).Secret(); err == nil {
		t.Error("a device is taken for a file")
	}
}

func TestWhatIsShownReadsAgain(t *testing.T) {
	s, err := Load("", []string{"LENSCAP_HUB_COLLECT=[{address: ':6343', site: A/B, allow: [10.0.0.0/8]}]", "LENSCAP_HUB_LIMITS_SESSION=90m", "LENSCAP_HUB_WEBHOOKS_ALLOW=public,10.0.0.0/8", "LENSCAP_HUB_DATA=/x", "LENSCAP_HUB_WATCH=[{folder: /, site: a/b}]"})
	if err != nil {
		t.Fatal(err)
	}
	again, err := Load(file(t, s.Show()), nil)
	if err != nil {
		t.Fatalf("%v in\n%s", err, s.Show())
	}
	empty := cmp.FilterValues(func(a, b []netip.Prefix) bool { return len(a)+len(b) == 0 }, cmp.Ignore())
	none := cmp.FilterValues(func(a, b []string) bool { return len(a)+len(b) == 0 }, cmp.Ignore())
	grants := cmp.FilterValues(func(a, b []Grant) bool { return len(a)+len(b) == 0 }, cmp.Ignore())
	if diff := cmp.Diff(s, again, equal, empty, none, grants); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(s.Show(), "# \n") {
		t.Error("a key without a comment")
	}
}

func TestSizesAndSpans(t *testing.T) {
	for in, want := range map[string]string{"0": "0", "1000": "1 kB", "1001": "1001", "1k": "1 kB", "512 MiB": "512 MiB", "16GB": "16 GB", "16 gib": "16 GiB", "1536K": "1536 kB", "2T": "2 TB", "2Ti": "2 TiB", "1024": "1 KiB", "1 B": "1"} {
		var s Size
		if err := s.UnmarshalText([]byte(in)); err != nil || s.String() != want {
			t.Errorf("%s: %s %v, want %s", in, s, err, want)
		}
	}
	for _, in := range []string{"", "GB", "1.5", "1 GG", "1 iB", "-1", "9999999999 TB", "1é"} {
		var s Size
		if err := s.UnmarshalText([]byte(in)); err == nil {
			t.Errorf("%q is %s", in, s)
		}
	}
	for in, want := range map[string]string{"30d": "30d", "24h": "1d", "90m": "90m", "12h": "12h", "90s": "1m30s", "0s": "0s"} {
		var d Duration
		if err := d.UnmarshalText([]byte(in)); err != nil || d.String() != want {
			t.Errorf("%s: %s %v, want %s", in, d, err, want)
		}
	}
}

func TestTheUsualSettingsHold(t *testing.T) {
	if problems := Usual().Check(); len(problems) > 0 {
		t.Error(problems)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"listen: {address: ':1'}", "watch: [{folder: /x}]", "a: &a [*a]", "x: {<<: *y}", "retention:\n  evidence: 5", "oidc: {roles: [{value: x}]}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := Usual()
		if len(s.read("f", []byte(text))) == 0 {
			s.Check()
			if s.Show() == "" {
				t.Error("nothing shown")
			}
		}
	})
}
