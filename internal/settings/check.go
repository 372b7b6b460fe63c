package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
)

// Check says what of the settings cannot work, each a [*Problem]. It looks at
// files and folders that are named, and opens no connection.
func (s *Settings) Check() []error {
	c := checker{}
	c.choices(reflect.ValueOf(s).Elem(), "")
	c.listen(s)
	for _, x := range []struct {
		key   string
		value int64
	}{{"limits.upload", int64(s.Limits.Upload)}, {"limits.unpacked", int64(s.Limits.Unpacked)}, {"limits.reading", int64(s.Limits.Reading)}, {"limits.unfinished", int64(s.Limits.Unfinished)}, {"limits.body", int64(s.Limits.Body)}, {"limits.session", int64(s.Limits.Session)}, {"limits.session_idle", int64(s.Limits.SessionIdle)}, {"limits.sessions", int64(s.Limits.Sessions)}} {
		c.want(x.value > 0, x.key, "must be more than nothing")
	}
	for _, x := range []struct {
		key   string
		value int
	}{{"retention.evidence", s.Retention.Evidence}, {"retention.conversations", s.Retention.Conversations}, {"retention.deliveries", s.Retention.Deliveries}} {
		c.want(x.value >= 0, x.key, "must be a number of days; 0 keeps for ever")
	}
	c.inputs(s)
	c.signIn(s)
	c.told(s)
	return c.problems
}

type checker struct{ problems []error }

func (c *checker) want(ok bool, key, says string) {
	if !ok {
		c.problems = append(c.problems, &Problem{Key: key, Says: says})
	}
}

// choices checks the values that must be one of a few.
func (c *checker) choices(v reflect.Value, key string) {
	for i := range v.NumField() {
		f, k := v.Type().Field(i), join(key, v.Type().Field(i).Tag.Get("yaml"))
		switch {
		case f.Tag.Get("choices") != "":
			list := strings.Split(f.Tag.Get("choices"), ",")
			ok := false
			for _, x := range list {
				ok = ok || x == v.Field(i).String()
			}
			c.want(ok, k, fmt.Sprintf("%q is none of %s", v.Field(i).String(), strings.Join(list, ", ")))
		case f.Type.Kind() == reflect.Struct && !isText(f.Type):
			c.choices(v.Field(i), k)
		case f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct && !isText(f.Type.Elem()):
			for j := range v.Field(i).Len() {
				c.choices(v.Field(i).Index(j), fmt.Sprintf("%s[%d]", k, j))
			}
		}
	}
}

func (c *checker) listen(s *Settings) {
	host, ok := c.address(s.Listen.Address, "listen.address")
	local := host == "localhost"
	if a, err := netip.ParseAddr(host); err == nil {
		local = a.IsLoopback()
	}
	if ok && s.Listen.TLS == "off" && !local {
		c.want(len(s.Listen.Proxies) > 0, "listen.tls", "off is for this machine alone, or behind a proxy (listen.proxies): passwords would cross the network in clear; write self-made or files")
	}
	if s.Listen.TLS == "files" {
		c.file(s.Listen.Certificate, "listen.certificate")
		c.file(s.Listen.Key, "listen.key")
	} else {
		c.want(s.Listen.Certificate == "" && s.Listen.Key == "", "listen.tls", "must be files for listen.certificate and listen.key to be used")
	}
	if s.PublicURL != "" {
		c.url(s.PublicURL, "public_url", "http", "https")
	}
}

// address checks host:port and returns the host.
func (c *checker) address(s, key string) (host string, ok bool) {
	host, port, err := net.SplitHostPort(s)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	c.want(err == nil, key, fmt.Sprintf("%q is no address with port; write localhost:8470 or :8470", s))
	return host, err == nil
}

func (c *checker) url(s, key string, schemes ...string) *url.URL {
	u, err := url.Parse(s)
	ok := err == nil && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == ""
	if ok {
		ok = false
		for _, x := range schemes {
			ok = ok || u.Scheme == x
		}
	}
	c.want(ok, key, fmt.Sprintf("%q is no address that begins with %s://, without user and query", s, strings.Join(schemes, ":// or ")))
	if !ok {
		return nil
	}
	return u
}

func (c *checker) file(name, key string) {
	if name == "" {
		c.want(false, key, "must name a file")
		return
	}
	f, err := os.Open(name)
	if err == nil {
		err = f.Close()
	}
	c.want(err == nil, key, fmt.Sprintf("cannot be read: %v", err))
}

func (c *checker) inputs(s *Settings) {
	folders := map[string]bool{}
	for i, w := range s.Watch {
		key := fmt.Sprintf("watch[%d]", i)
		c.folder(w.Folder, key+".folder")
		c.want(!folders[filepath.Clean(w.Folder)], key+".folder", "stands there twice; the files would be of two sites")
		folders[filepath.Clean(w.Folder)] = true
		c.site(w.Site, key+".site")
		c.want(w.Every >= Duration(1e9), key+".every", "must be a second at least")
	}
	ports := map[string]bool{}
	for i, l := range s.Collect {
		key := fmt.Sprintf("collect[%d]", i)
		c.address(l.Address, key+".address")
		c.want(!ports[l.Address], key+".address", "stands there twice")
		ports[l.Address] = true
		c.site(l.Site, key+".site")
		c.want(len(l.Allow) > 0, key+".allow", "must name the exporters' networks: anybody could send flows otherwise")
	}
}

// folder is one whose files are read, and may be deleted, by the hub.
func (c *checker) folder(name, key string) {
	info, err := os.Stat(name)
	switch {
	case name == "":
		c.want(false, key, "must name a folder")
	case errors.Is(err, fs.ErrNotExist):
		c.want(false, key, fmt.Sprintf("%q does not exist: make it with `sudo install -d -m 755 %s`; who the hub runs as must be able to read it, and with `then: delete` to delete in it", name, shellWord(name)))
	case err != nil:
		c.want(false, key, fmt.Sprintf("%q cannot be looked at: %v", name, err))
	default:
		c.want(info.IsDir(), key, fmt.Sprintf("%q is a file; name the folder that it is in", name))
	}
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./@%+=:,-]+$`)

// shellWord is a name as a shell takes it.
func shellWord(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func (c *checker) site(s, key string) {
	organisation, site, ok := strings.Cut(s, "/")
	c.want(ok && strings.TrimSpace(organisation) != "" && strings.TrimSpace(site) != "", key, fmt.Sprintf("%q is no site; write organisation/site", s))
}

func (c *checker) signIn(s *Settings) {
	o := &s.OIDC
	if o.Issuer == "" {
		c.want(o.ClientID == "" && len(o.Roles) == 0, "oidc.issuer", "must be given for the rest of oidc to be used")
		return
	}
	if u := c.url(o.Issuer, "oidc.issuer", "https", "http"); u != nil && u.Scheme == "http" {
		a, err := netip.ParseAddr(u.Hostname())
		c.want(u.Hostname() == "localhost" || err == nil && a.IsLoopback(), "oidc.issuer", "must begin with https:// unless it stands on this machine")
	}
	c.want(o.ClientID != "", "oidc.client_id", "must be given")
	c.want(s.PublicURL != "", "public_url", "must be given: the issuer sends people back to it")
	c.secret(o.ClientSecret, o.ClientSecretFile, "oidc.client_secret")
	c.want(len(o.Roles) == 0 || o.RoleClaim != "", "oidc.role_claim", "must name the claim that oidc.roles look at")
	for i, g := range o.Roles {
		c.want(g.Value != "", fmt.Sprintf("oidc.roles[%d].value", i), "must be given")
	}
}

func (c *checker) secret(s Secret, file, key string) {
	c.want(s == "" || file == "", key, "stands both here and in "+key+"_file; keep one")
	if file != "" {
		_, err := readSecret(s, file)
		c.want(err == nil, key+"_file", fmt.Sprint(err))
	}
}

func (c *checker) told(s *Settings) {
	if s.Mail.Server != "" {
		host, _ := c.address(s.Mail.Server, "mail.server")
		_, err := mail.ParseAddress(s.Mail.From)
		c.want(err == nil, "mail.from", fmt.Sprintf("%q is no mail address", s.Mail.From))
		c.secret(s.Mail.Password, s.Mail.PasswordFile, "mail.password")
		a, err := netip.ParseAddr(host)
		c.want(s.Mail.TLS != "off" || host == "localhost" || err == nil && a.IsLoopback(), "mail.tls", "off is for a server on this machine only")
	}
	if s.Syslog.Server != "" {
		c.address(s.Syslog.Server, "syslog.server")
	}
	if s.Otel.Endpoint != "" {
		c.url(s.Otel.Endpoint, "otel.endpoint", "http", "https")
	}
	c.want(s.Otel.Sample >= 0 && s.Otel.Sample <= 1, "otel.sample", "must be from 0 to 1")
	for _, l := range []struct {
		key  string
		list []string
	}{{"webhooks.allow", s.Webhooks.Allow}, {"netbox.allow", s.NetBox.Allow}, {"oidc.allow", s.OIDC.Allow}} {
		for _, e := range l.list {
			c.want(e != "" && !strings.ContainsAny(e, " \t@?#") && !strings.Contains(e, "://"), l.key, fmt.Sprintf("%q is no name, address or network; no https:// in front", e))
		}
	}
}

// Secret is the hub's secret at the issuer, from the settings or its file.
func (o *OIDC) Secret() (string, error) { return readSecret(o.ClientSecret, o.ClientSecretFile) }

// Secret is the password at the mail server, from the settings or its file.
func (m *Mail) Secret() (string, error) { return readSecret(m.Password, m.PasswordFile) }

const maxSecret = 64 << 10

// readSecret is the first line of a file, or the secret itself.
func readSecret(s Secret, file string) (string, error) {
	if file == "" {
		return string(s), nil
	}
	info, err := os.Stat(file)
	if err == nil && (info.Size() > maxSecret || !info.Mode().IsRegular()) {
		err = errors.New("is no file with a secret in it")
	}
	if err != nil {
		return "", fmt.Errorf("read secret: %w", err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read secret: %w", err)
	}
	line, _, _ := strings.Cut(string(b), "\n")
	if line = strings.TrimRight(line, "\r"); line == "" {
		return "", fmt.Errorf("read secret: %s is empty", file)
	}
	return line, nil
}

// rebase makes the names of files and folders absolute, from the folder of the
// settings file.
func (s *Settings) rebase(folder string) {
	for _, p := range []*string{&s.Data, &s.KnowledgeBase, &s.Backup.Folder, &s.Listen.Certificate, &s.Listen.Key, &s.OIDC.ClientSecretFile, &s.Mail.PasswordFile} {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(folder, *p)
		}
	}
	for i := range s.Watch {
		if p := &s.Watch[i].Folder; *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(folder, *p)
		}
	}
}
