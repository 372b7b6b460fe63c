package settings

import "net/netip"

// Settings are all settings of a hub. A key that the file does not have keeps
// the value given here as usual.
type Settings struct {
	// Folder of everything the hub keeps: the database, the history of conversations and files that wait to be read. Empty: what --data says.
	Data string `yaml:"data"`
	// Address of the hub as browsers have it, such as https://lenscap.example.org. Links in mail and the sign-in elsewhere need it. Empty: the address it listens on.
	PublicURL string `yaml:"public_url"`
	// Folder of another release of the knowledge base. Empty: the one inside the program.
	KnowledgeBase string    `yaml:"knowledge_base"`
	Listen        Listen    `yaml:"listen"`
	Limits        Limits    `yaml:"limits"`
	Retention     Retention `yaml:"retention"`
	Backup        Backup    `yaml:"backup"`
	// Folders whose new files are read by themselves.
	Watch []Watch `yaml:"watch"`
	// Ports on which flow exporters (NetFlow 5 and 9, IPFIX, sFlow) are heard.
	Collect  []Collect `yaml:"collect"`
	OIDC     OIDC      `yaml:"oidc"`
	Mail     Mail      `yaml:"mail"`
	Syslog   Syslog    `yaml:"syslog"`
	Webhooks Webhooks  `yaml:"webhooks"`
	NetBox   NetBox    `yaml:"netbox"`
	Log      Log       `yaml:"log"`
	Otel     Otel      `yaml:"otel"`
}

// Listen is where the hub serves its pages.
type Listen struct {
	// Address and port. A port alone, ":8443", is every address of the machine.
	Address string `yaml:"address"`
	// How connections are encrypted: off (on this machine, or behind a proxy that does it), self-made (a certificate the hub makes itself) or files (certificate and key below).
	TLS string `yaml:"tls" choices:"off,self-made,files"`
	// File of the certificate and those above it, in PEM.
	Certificate string `yaml:"certificate"`
	// File of its key, in PEM.
	Key string `yaml:"key"`
	// Other names the hub answers to, with port unless it is the usual one.
	Hosts []string `yaml:"hosts"`
	// Networks of proxies whose word is believed on a client's address (X-Forwarded-For) and on whether it came by TLS (X-Forwarded-Proto).
	Proxies []netip.Prefix `yaml:"proxies"`
}

// Limits bound what people and programs may ask of the hub.
type Limits struct {
	// Size of one uploaded file.
	Upload Size `yaml:"upload"`
	// Size of one input after unpacking. Reading ends there, and what was read is kept.
	Unpacked Size `yaml:"unpacked"`
	// How long one input is read. Reading ends then, and what was read is kept.
	Reading Duration `yaml:"reading"`
	// Size of all unfinished uploads of one person. Those that nobody goes on with are deleted after two days.
	Unfinished Size `yaml:"unfinished"`
	// Room that is left free on the disk for sign-in, decisions and the log. With less, nothing is taken in or read.
	Free Size `yaml:"free"`
	// Size of a request that is no upload.
	Body Size `yaml:"body"`
	// How long a sign-in lasts, whatever its use.
	Session Duration `yaml:"session"`
	// How long it lasts without use.
	SessionIdle Duration `yaml:"session_idle"`
	// Signed-in browsers of one account at a time; the oldest is signed out.
	Sessions int `yaml:"sessions"`
}

// Retention says how many days things are kept. 0 keeps them for ever. What a
// device said last, decisions, notes, asset lists and the audit log always stay.
type Retention struct {
	// What devices said and was said again since.
	Evidence int `yaml:"evidence"`
	// Who talked to whom, by the hour: at least as long after its capture was handed in, however old the recording.
	Conversations int `yaml:"conversations"`
	// Events that were told to webhooks, by mail or by syslog.
	Deliveries int `yaml:"deliveries"`
}

// Backup says where copies of the hub go that are ordered in its pages or over its
// interface for programs. A command names the folder itself.
type Backup struct {
	// Folder in which each copy gets one of its own; best on another disk. Empty: backups, in the hub's folder.
	Folder string `yaml:"folder"`
}

// Watch is a folder whose new files are read.
type Watch struct {
	// The folder. A file is read when it has not grown for a while.
	Folder string `yaml:"folder"`
	// The site the files are of, as organisation/site.
	Site string `yaml:"site"`
	// How often the folder is looked through.
	Every Duration `yaml:"every"`
	// What becomes of a file that was read: keep, or delete.
	Then string `yaml:"then" choices:"keep,delete"`
}

// Collect is a port on which flow exporters are heard.
type Collect struct {
	// UDP address and port, such as ":2055".
	Address string `yaml:"address"`
	// The site the flows are of, as organisation/site.
	Site string `yaml:"site"`
	// Networks of the exporters. Others are refused. Senders of UDP can be forged: keep the port off networks that strangers reach.
	Allow []netip.Prefix `yaml:"allow"`
}

// OIDC is signing in elsewhere, with OpenID Connect.
type OIDC struct {
	// Address of the issuer, as in its own documents. Empty: local accounts only.
	Issuer string `yaml:"issuer"`
	// The hub's name at the issuer.
	ClientID string `yaml:"client_id"`
	// The hub's secret at the issuer; better in a file. Empty for a public client.
	ClientSecret Secret `yaml:"client_secret"`
	// File that holds it.
	ClientSecretFile string `yaml:"client_secret_file"`
	// What the button says. Empty: the issuer's host name.
	Name string `yaml:"name"`
	// What is asked for beside openid.
	Scopes []string `yaml:"scopes"`
	// Claim that an account is named by. Empty: preferred_username, else email.
	NameClaim string `yaml:"name_claim"`
	// Claim that decides roles, such as groups or realm_access.roles. Empty: roles are given on the hub.
	RoleClaim string `yaml:"role_claim"`
	// What values of that claim mean. At each sign-in they replace all roles of the account.
	Roles []Grant `yaml:"roles"`
	// Make an account for who has none. Otherwise an administrator does.
	Create bool `yaml:"create"`
	// Where else the issuer's servers stand: names, addresses or networks. The issuer itself and the Internet are allowed.
	Allow []string `yaml:"allow"`
}

// Grant gives a role to whose claim has a value.
type Grant struct {
	// Value of the claim.
	Value string `yaml:"value"`
	// The role it gives.
	Role string `yaml:"role" choices:"viewer,analyst,operator,admin,watchdog"`
	// The organisation it is given in, by name. Empty: all of them.
	Organisation string `yaml:"organisation"`
}

// Mail is how the hub sends mail. The server is the only address it speaks to.
type Mail struct {
	// Name and port of the mail server, such as smtp.example.org:587. Empty: no mail is sent.
	Server string `yaml:"server"`
	// How the connection is encrypted: starttls, tls (from the first byte) or off (on this machine only).
	TLS string `yaml:"tls" choices:"starttls,tls,off"`
	// Account at the server. Empty: none is asked for.
	User string `yaml:"user"`
	// Its password; better in a file.
	Password Secret `yaml:"password"`
	// File that holds it.
	PasswordFile string `yaml:"password_file"`
	// Address mail comes from.
	From string `yaml:"from"`
}

// Syslog is where findings and changes are told to a SIEM.
type Syslog struct {
	// Name and port of the server. Empty: nothing is sent.
	Server string `yaml:"server"`
	// How messages travel: udp, tcp or tls.
	Network string `yaml:"network" choices:"udp,tcp,tls"`
	// How they are written: rfc5424 or cef.
	Format string `yaml:"format" choices:"rfc5424,cef"`
}

// Webhooks are requests to addresses that people enter in the pages.
type Webhooks struct {
	// Where they may go: names (siem.example.org, *.example.org), addresses, networks, or "public" for the whole Internet. Empty: nowhere. Private networks and this machine need an address, network or name of theirs; http:// needs the address or network.
	Allow []string `yaml:"allow"`
}

// NetBox is where asset lists may be fetched from, and written back to.
type NetBox struct {
	// Where NetBox servers may stand: names, addresses or networks. Empty: nowhere.
	Allow []string `yaml:"allow"`
}

// Log is what the hub says of itself, on standard error.
type Log struct {
	// The least important that is written.
	Level string `yaml:"level" choices:"debug,info,warn,error"`
	// How lines are written.
	Format string `yaml:"format" choices:"text,json"`
}

// Otel is where traces of requests go (OpenTelemetry).
type Otel struct {
	// Address of a collector that speaks OTLP over HTTP, such as http://127.0.0.1:4318. Empty: no traces are made.
	Endpoint string `yaml:"endpoint"`
	// Part of the requests that are traced, from 0 to 1.
	Sample float64 `yaml:"sample"`
}

// Usual are the settings of a hub without a file.
func Usual() *Settings {
	return &Settings{
		Listen:    Listen{Address: "localhost:8470", TLS: "off"},
		Limits:    Limits{Upload: 16e9, Unpacked: 512e9, Reading: 2 * hour, Unfinished: 64e9, Free: 256e6, Body: 1e6, Session: 12 * hour, SessionIdle: 2 * hour, Sessions: 10},
		Retention: Retention{Evidence: 0, Conversations: 400, Deliveries: 30},
		OIDC:      OIDC{Scopes: []string{"profile", "email"}},
		Mail:      Mail{TLS: "starttls"},
		Syslog:    Syslog{Network: "tls", Format: "rfc5424"},
		Log:       Log{Level: "info", Format: "text"},
		Otel:      Otel{Sample: 0.1},
	}
}

// usual fills in what an entry of a list leaves out.
func (w *Watch) usual() {
	if w.Every == 0 {
		w.Every = minute
	}
	if w.Then == "" {
		w.Then = "keep"
	}
}
