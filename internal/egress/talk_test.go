package egress

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/observation"
)

// answer is a DNS answer that receiver got a number of seconds after start.
func answer(receiver, name, addr string, second int) *observation.Observation {
	at := time.Unix(0, start).Add(time.Duration(second) * time.Second).UTC()
	return &observation.Observation{
		Packet: int64(second + 1), Seen: at, Last: at, Count: 1, Protocol: "dns", About: observation.Receiver,
		From: netip.MustParseAddrPort("10.0.9.1:53"), To: netip.MustParseAddrPort(receiver + ":5353"),
		Fields: []observation.Field{{Name: observation.DNSAnswer, Value: name + " " + addr}},
	}
}

// say is a message from one address to another.
func say(from, to, protocol, field, value string, second int) *observation.Observation {
	at := time.Unix(0, start).Add(time.Duration(second) * time.Second).UTC()
	return &observation.Observation{
		Packet: int64(second + 1), Seen: at, Last: at, Count: 1, Protocol: protocol,
		From: netip.MustParseAddrPort(from), To: netip.MustParseAddrPort(to), Fields: []observation.Field{{Name: field, Value: value}},
	}
}

const (
	camera   = "10.0.0.1"
	another  = "10.0.0.2"
	recorder = "10.0.1.1"
	laptop   = "10.0.9.9"
)

// short is what the rules below decide.
type short struct {
	Address                                 string
	Port                                    uint16
	App, Opened, Scope, Name                string
	Country                                 string
	ASN                                     uint32
	Cloud                                   bool
	Controller, Jurisdiction, Purpose, Secr string
}

func shorten(c *Conversation) short {
	return short{c.Address, c.Port, c.App, c.Opened, c.Scope, c.Name, c.Country, c.ASN, c.Cloud, c.ControllerID, c.Jurisdiction, c.Purpose, c.Encrypted}
}

func TestWhatAConversationSays(t *testing.T) {
	places, base := knowledge(t)
	tcp := func(client, server string) flow.Summary { return sum(client, server, protoTCP, 10, 1000, 2000) }
	udp := func(client, server string) flow.Summary { return sum(client, server, protoUDP, 10, 1000, 2000) }
	from := camera + ":40000"
	for _, c := range []struct {
		name string
		in   flow.Summary
		seen []*observation.Observation
		want short
		says string // a sentence of the evidence has this
	}{
		{
			name: "a server of the maker's in a rented network: place and controller are two facts",
			in:   tcp(from, "52.58.1.1:443"),
			seen: []*observation.Observation{answer(camera, "dev.hik-connect.com", "52.58.1.1", 1), say(from, "52.58.1.1:443", "tls", observation.TLSSNI, "dev.hik-connect.com", 10)},
			want: short{"52.58.1.1", 443, "tls", "device", ScopeOutside, "dev.hik-connect.com", "DE", 16509, true, "hikvision", "CN", PurposeCloud, "yes"},
			says: "rented out: that says nothing of who controls the server",
		},
		{
			name: "no name, in a rented network: nobody is said to control it",
			in:   tcp(from, "52.58.1.1:443"),
			want: short{"52.58.1.1", 443, "tls", "device", ScopeOutside, "", "DE", 16509, true, "", "", PurposeUnknown, "unknown"},
		},
		{
			name: "the name another device used is not this one's",
			in:   tcp(from, "52.58.1.1:443"),
			seen: []*observation.Observation{answer(another, "dev.hik-connect.com", "52.58.1.1", 1), say(another+":40000", "52.58.1.1:443", "tls", observation.TLSSNI, "dev.hik-connect.com", 10)},
			want: short{"52.58.1.1", 443, "tls", "device", ScopeOutside, "", "DE", 16509, true, "", "", PurposeUnknown, "unknown"},
		},
		{
			name: "a name of rented storage names no controller",
			in:   tcp(from, "52.58.1.1:443"),
			seen: []*observation.Observation{say(from, "52.58.1.1:443", "tls", observation.TLSSNI, "bucket-7.s3.eu-central-1.amazonaws.com", 10)},
			want: short{"52.58.1.1", 443, "tls", "device", ScopeOutside, "bucket-7.s3.eu-central-1.amazonaws.com", "DE", 16509, true, "", "", PurposeStorage, "yes"},
			says: "anyone can rent",
		},
		{
			name: "a maker's own bucket there names the maker",
			in:   tcp(from, "52.58.1.1:80"),
			seen: []*observation.Observation{say(from, "52.58.1.1:80", "http", observation.HTTPHost, "reolink-storage.s3.amazonaws.com", 10)},
			want: short{"52.58.1.1", 80, "http", "device", ScopeOutside, "reolink-storage.s3.amazonaws.com", "DE", 16509, true, "reolink", "CN", PurposeUpdate, "no"},
		},
		{
			name: "the name asked for in the conversation comes before a DNS answer",
			in:   tcp(from, "47.88.59.209:443"),
			seen: []*observation.Observation{answer(camera, "cdn.example.net", "47.88.59.209", 1), say(from, "47.88.59.209:443", "quic", observation.QUICSNI, "log.us.xiaoyi.com", 11)},
			want: short{"47.88.59.209", 443, "quic", "device", ScopeOutside, "log.us.xiaoyi.com", "US", 45102, true, "yi", "CN", PurposeTelemetry, "yes"},
		},
		{
			name: "of two DNS answers the nearest before",
			in:   udp(from, "47.88.59.209:32100"),
			seen: []*observation.Observation{answer(camera, "p2p1.reolink.com", "47.88.59.209", 1), answer(camera, "p2p2.reolink.com", "47.88.59.209", 5), answer(camera, "p2p3.reolink.com", "47.88.59.209", 500)},
			want: short{"47.88.59.209", 32100, "", "device", ScopeOutside, "p2p2.reolink.com", "US", 45102, true, "reolink", "CN", PurposeP2P, "unknown"},
		},
		{
			name: "an update server by the words of its name",
			in:   tcp(from, "193.0.6.139:443"),
			seen: []*observation.Observation{say(from, "193.0.6.139:443", "tls", observation.TLSSNI, "fota-7.cam.example.org", 10)},
			want: short{"193.0.6.139", 443, "tls", "device", ScopeOutside, "fota-7.cam.example.org", "NL", 0, false, "", "", PurposeUpdate, "yes"},
			says: `"fota" in the name`,
		},
		{
			name: "a Host header with an address is no name",
			in:   tcp(from, "193.0.6.139:80"),
			seen: []*observation.Observation{say(from, "193.0.6.139:80", "http", observation.HTTPHost, "193.0.6.139", 10)},
			want: short{"193.0.6.139", 80, "http", "device", ScopeOutside, "", "NL", 0, false, "", "", PurposeUnknown, "no"},
		},
		{
			name: "a company's own network",
			in:   tcp(from, "192.40.4.1:9999"),
			want: short{"192.40.4.1", 9999, "", "device", ScopeOutside, "", "US", 394646, false, "eagle-eye", "US", PurposeCloud, "unknown"},
			says: "own",
		},
		{
			name: "public time", in: udp(from, "193.0.6.139:123"),
			seen: []*observation.Observation{answer(camera, "0.pool.ntp.org", "193.0.6.139", 1), say(from, "193.0.6.139:123", "ntp", "ntp.mode", "client", 10)},
			want: short{"193.0.6.139", 123, "ntp", "device", ScopeOutside, "0.pool.ntp.org", "NL", 0, false, "", "", PurposeNTP, "no"},
		},
		{
			name: "MQTT over TLS", in: tcp(from, "52.58.1.1:8883"),
			want: short{"52.58.1.1", 8883, "mqtt", "device", ScopeOutside, "", "DE", 16509, true, "", "", PurposePush, "unknown"},
			says: "no message shows it",
		},
		{
			name: "a recorder that fetches video: listed as the camera's, on the camera's port",
			in:   tcp(recorder+":50000", camera+":554"),
			seen: []*observation.Observation{say(recorder+":50000", camera+":554", "rtsp", observation.RTSPRequest, "DESCRIBE", 10)},
			want: short{recorder, 554, "rtsp", "far end", ScopeInside, "", "", 0, false, "", "", PurposeRecorder, "no"},
		},
		{
			name: "a laptop that looks",
			in:   tcp(laptop+":50000", camera+":554"),
			want: short{laptop, 554, "rtsp", "far end", ScopeInside, "", "", 0, false, "", "", PurposeViewer, "unknown"},
		},
		{
			name: "a stranger from outside that asks the device",
			in:   tcp("193.0.6.139:50000", camera+":8000"),
			seen: []*observation.Observation{say("193.0.6.139:50000", camera+":8000", "http", observation.HTTPHost, "my-camera.example.org", 10)},
			want: short{"193.0.6.139", 8000, "http", "far end", ScopeOutside, "", "NL", 0, false, "", "", PurposeViewer, "no"},
		},
		{
			name: "multicast", in: udp(camera+":3702", "239.255.255.250:3702"),
			want: short{"239.255.255.250", 3702, "wsd", "device", ScopeGroup, "", "", 0, false, "", "", PurposeDiscovery, "unknown"},
		},
		{
			name: "a peer that announces itself", in: tcp(from, laptop+":445"),
			seen: []*observation.Observation{{Protocol: "mdns", From: netip.MustParseAddrPort(laptop + ":5353"), To: netip.MustParseAddrPort("224.0.0.251:5353"), Count: 1,
				Fields: []observation.Field{{Name: observation.MDNSHostname, Value: "files"}, {Name: observation.MDNSAddress, Value: laptop}}}},
			want: short{laptop, 445, "", "device", ScopeInside, "files", "", 0, false, "", "", PurposeUnknown, "unknown"},
			says: "announces",
		},
		{
			name: "an address for documentation stands nowhere", in: tcp(from, "198.51.100.7:443"),
			want: short{"198.51.100.7", 443, "tls", "device", ScopeOutside, "", "", 0, false, "", "", PurposeUnknown, "unknown"},
		},
		{
			name: "carrier-grade NAT is inside", in: tcp(from, "100.64.3.4:443"),
			want: short{"100.64.3.4", 443, "tls", "device", ScopeInside, "", "", 0, false, "", "", PurposeUnknown, "unknown"},
		},
		{
			name: "the platform's own name says that many brands use it", in: tcp(from, "52.58.1.1:443"),
			seen: []*observation.Observation{say(from, "52.58.1.1:443", "tls", observation.TLSSNI, "a1.tuyaeu.com", 10)},
			want: short{"52.58.1.1", 443, "tls", "device", ScopeOutside, "a1.tuyaeu.com", "DE", 16509, true, "tuya", "CN", PurposeCloud, "yes"},
			says: "devices of many brands",
		},
		{
			name: "a subsidiary names its parent", in: tcp(from, "52.58.1.1:443"),
			seen: []*observation.Observation{say(from, "52.58.1.1:443", "tls", observation.TLSSNI, "api.ezvizlife.com", 10)},
			want: short{"52.58.1.1", 443, "tls", "device", ScopeOutside, "api.ezvizlife.com", "DE", 16509, true, "ezviz", "CN", PurposeCloud, "yes"},
			says: "It belongs to Hikvision",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := NewBook(0)
			b.Add(&c.in)
			got := b.Conversations(cameras(), c.seen, places, base)
			if len(got) != 1 {
				t.Fatalf("%d conversations: %+v", len(got), got)
			}
			if d := cmp.Diff(c.want, shorten(&got[0])); d != "" {
				t.Errorf("%s\n%+v", d, got[0].Evidence)
			}
			said := false
			for _, e := range got[0].Evidence {
				said = said || strings.Contains(e.Says, c.says)
				if e.Says == "" || e.Rule == "" || !strings.HasSuffix(e.Says, ".") {
					t.Errorf("evidence without words or rule: %+v", e)
				}
			}
			if c.says != "" && !said {
				t.Errorf("nothing says %q: %+v", c.says, got[0].Evidence)
			}
			if got[0].Names == nil || got[0].Evidence == nil || (got[0].Name == "") != (len(got[0].Names) == 0) {
				t.Errorf("names %v beside %q", got[0].Names, got[0].Name)
			}
			if p := got[0]; (p.Country != "" || p.ASN != 0) != (p.PlaceSource != "") {
				t.Errorf("place of %q", p.PlaceSource)
			}
		})
	}
}

func TestNetworksOfTheEstateAndAClosedSite(t *testing.T) {
	b := NewBook(0)
	b.Inside([]netip.Prefix{netip.MustParsePrefix("193.0.6.0/24")})
	for _, far := range []string{"193.0.6.139:443", "52.58.1.1:443"} {
		s := sum(camera+":40000", far, protoTCP, 10, 1000, 2000)
		b.Add(&s)
	}
	e := cameras()
	e.Closed, e.Networks = true, []netip.Prefix{netip.MustParsePrefix("193.0.6.0/24")}
	got := b.Conversations(e, nil, nil, nil)
	if len(got) != 2 || got[0].Scope != ScopeOutside || !got[0].Closed || got[1].Scope != ScopeInside || got[1].Closed {
		t.Errorf("%+v", got)
	}
	if l := b.Timelines(e)["camera-001"]; l == nil || total(l.Up) != 1000 || total(l.Down) != 2000 {
		t.Errorf("timeline counts what stays inside: %+v", l)
	}
}

func total(v []uint64) (sum uint64) {
	for _, n := range v {
		sum += n
	}
	return sum
}

func TestPortsOfPeerToPeerAreFolded(t *testing.T) {
	b := NewBook(0)
	for i := range 40 {
		s := sum(camera+":40000", netip.AddrPortFrom(netip.MustParseAddr("52.58.1.1"), uint16(20000+i*7)).String(), protoUDP, i, 1000, 2000)
		b.Add(&s)
	}
	for _, port := range []string{"443", "8000"} { // services with a name of their own stay
		s := sum(camera+":40000", "52.58.1.1:"+port, protoTCP, 1, 10, 20)
		b.Add(&s)
	}
	_, base := knowledge(t)
	got := b.Conversations(cameras(), nil, nil, base)
	if len(got) != 3 || got[0].Port != 0 || got[0].Flows != 40 || got[0].BytesUp != 40_000 {
		t.Errorf("%+v", got)
	}
	for i := range 12 { // under a limit nothing is lost
		small := NewBook(16)
		for j := range 400 {
			s := sum(camera+":40000", netip.AddrPortFrom(netip.MustParseAddr("52.58.1.1"), uint16(20000+(i+j)*7)).String(), protoUDP, j, 1, 2)
			small.Add(&s)
		}
		var up uint64
		for _, c := range small.Conversations(cameras(), nil, nil, base) {
			up += c.BytesUp
		}
		if dropped := small.Losses(0).Dropped; up != 400 || dropped != 0 || small.n > 16 {
			t.Errorf("%d bytes, %d entries, %d dropped", up, small.n, dropped)
		}
	}
}

// Hours are told apart while flows come in, so that an address that two devices
// held one after the other is not mixed up; a flow over midnight is one.
func TestAnAddressThatChangesHands(t *testing.T) {
	b := NewBook(0)
	for _, second := range []int{0, 3600, 7200, 10800} {
		s := sum(camera+":40000", "52.58.1.1:443", protoTCP, second, 100, 200)
		b.Add(&s)
	}
	e := cameras()
	e.Owner = func(_ int, a netip.Addr, _ observation.MAC, first, _ int64) string {
		switch {
		case a.String() != camera:
			return ""
		case first < start+7000e9:
			return "camera-001"
		}
		return "camera-002"
	}
	got := b.Conversations(e, nil, nil, nil)
	if len(got) != 2 || got[0].Device != "camera-001" || got[1].Device != "camera-002" || got[0].BytesUp != 200 || got[1].Flows != 2 {
		t.Errorf("%+v", got)
	}
}

// Zeek writes flows into one file and names into others; captures are cut into
// files of their own too.
func TestANameSaidInAnotherInput(t *testing.T) {
	b := NewBook(0)
	s := sum(camera+":40000", "52.58.1.1:443", protoTCP, 0, 100, 200)
	b.Add(&s)
	for _, c := range []struct {
		name  string
		after int // seconds
		to    string
		want  string
	}{
		{"said of the same ends and port", 5, "52.58.1.1:443", "dev.hik-connect.com"},
		{"on another port", 5, "52.58.1.1:8443", ""},
		{"to another server", 5, "52.58.1.2:443", ""},
		{"days later, when the address may be another's", 200_000, "52.58.1.1:443", ""},
	} {
		name := say(camera+":40000", c.to, "tls", observation.TLSSNI, "dev.hik-connect.com", c.after)
		name.Input = 1
		got := b.Conversations(cameras(), []*observation.Observation{name}, nil, nil)
		if len(got) != 1 || got[0].Name != c.want {
			t.Errorf("%s: %+v", c.name, got)
			continue
		}
		if c.want != "" && (got[0].Names[0].Input != "b.pcap" || got[0].Encrypted != "yes") {
			t.Errorf("%s: %+v", c.name, got[0])
		}
	}
}

func TestTimelines(t *testing.T) {
	b := NewBook(0)
	s := sum(camera+":40000", "52.58.1.1:443", protoTCP, 0, 1000, 3001)
	s.First, s.Last = start, start+10e9
	b.Add(&s)
	l := b.Timelines(cameras())["camera-001"]
	if l.Bucket != 1 || len(l.Up) != 11 || l.Start != "2026-05-28T20:26:40Z" || l.Up[0] != 100 || l.Up[9] != 100 || l.Up[10] != 0 || total(l.Down) != 3001 {
		t.Errorf("ten seconds: %+v", l)
	}
	for i := range 500 { // three weeks
		s := sum(camera+":40000", "52.58.1.1:443", protoTCP, i*3600, 10, 20)
		b.Add(&s)
		s = sum(camera+":40000", laptop+":443", protoTCP, i*3600, 10, 20) // stays inside
		b.Add(&s)
	}
	l = b.Timelines(cameras())["camera-001"]
	if len(l.Up) > maxBuckets || len(l.Up) < 10 || len(l.Up) != len(l.Down) || total(l.Up) != 6000 || total(l.Down) != 13001 {
		t.Errorf("three weeks: %+v", l)
	}
	many := NewBook(0)
	for i := range maxLines + 10 {
		s := sum(netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(i / 250), byte(i % 250)}), 40000).String(), "52.58.1.1:443", protoTCP, 1, 1, 1)
		many.Add(&s)
	}
	if len(many.lines.by) != maxLines || many.Untimed() != 10 {
		t.Errorf("%d lines, %d missed", len(many.lines.by), many.Untimed())
	}
}

func FuzzTimeline(f *testing.F) {
	f.Add(int64(0), int64(10), int64(5), int64(1<<40), uint16(7))
	f.Add(int64(1<<62), int64(1<<62), int64(-5), int64(3), uint16(65535))
	f.Fuzz(func(t *testing.T, a, b, c, d int64, n uint16) {
		var one, two curve
		one.spread(a, b, uint64(n), 1)
		one.spread(c, d, uint64(n), 1)
		two.spread(d, a, uint64(n), 1)
		one.merge(&two)
		if one.n < 1 || one.n > maxBuckets || total(one.up[:]) != 3*uint64(n) || total(one.down[:]) != 3 {
			t.Errorf("%d buckets of %d s: %d and %d bytes of %d", one.n, one.length, total(one.up[:]), total(one.down[:]), 3*uint64(n))
		}
	})
}

// FuzzConversations reads bytes as summaries and messages: whatever a capture or
// a record holds, no byte is invented and every conversation is whole.
func FuzzConversations(f *testing.F) {
	f.Add([]byte("\x01\x02\x06\x01\x00\x10camera.example.org 52.58.1.1 and more"), uint8(0))
	f.Add([]byte(strings.Repeat("\x00\xff\x11\x80\x7f", 60)), uint8(3))
	places, base := knowledge(f)
	addrs := []string{camera, another, recorder, laptop, "52.58.1.1", "193.0.6.139", "239.255.255.250", "fe80::1", "2a05:d014::1", "0.0.0.0"}
	f.Fuzz(func(t *testing.T, in []byte, limit uint8) {
		b := NewBook(int(limit))
		var seen []*observation.Observation
		var most uint64
		for len(in) >= 12 {
			c, s := netip.MustParseAddr(addrs[int(in[0])%len(addrs)]), netip.MustParseAddr(addrs[int(in[1])%len(addrs)])
			first := int64(in[3])<<56 | int64(in[4])<<40 | int64(in[5])<<30
			sum := flow.Summary{
				Number: int64(in[6]), First: first, Last: first + int64(int8(in[7]))<<34, Proto: in[2], Begins: in[8]&1 != 0, Exact: in[8]&2 != 0, Input: int(in[8] >> 6),
				Client: flow.End{Addr: netip.AddrPortFrom(c, uint16(in[9])<<8|uint16(in[10])), Bytes: uint64(in[11]) << 10, Packets: uint64(in[11])},
				Server: flow.End{Addr: netip.AddrPortFrom(s, uint16(in[10])<<8|uint16(in[9])), Bytes: uint64(in[4]) << 10, Packets: uint64(in[4])},
			}
			b.Add(&sum)
			most += sum.Client.Bytes + sum.Server.Bytes
			at := time.Unix(0, first).UTC()
			seen = append(seen, &observation.Observation{
				Input: sum.Input, Seen: at, Last: at, Count: 1, From: sum.Client.Addr, To: sum.Server.Addr, About: observation.About(in[8] >> 2 & 1),
				Protocol: []string{"dns", "tls", "http", "mdns"}[in[8]>>4&3],
				Fields: []observation.Field{
					{Name: []string{observation.DNSAnswer, observation.TLSSNI, observation.HTTPHost, observation.MDNSHostname}[in[8]>>4&3], Value: string(in[:12])},
					{Name: observation.MDNSAddress, Value: c.String()},
				},
			})
			in = in[1+int(in[11])%11:]
		}
		var got uint64
		for _, v := range b.Conversations(cameras(), seen, places, base) {
			got += v.BytesUp + v.BytesDown
			if v.Device == "" || v.Device == v.Peer || v.Purpose == "" || v.Encrypted == "" || v.Opened == "" || v.Names == nil || v.Evidence == nil || v.Flows < 1 {
				t.Errorf("%+v", v)
			}
		}
		if got > most {
			t.Errorf("%d bytes of %d", got, most)
		}
		b.Timelines(cameras())
	})
}

// TestHoursAddUpToTheConversation holds the two ways to tell of a book together.
func TestHoursAddUpToTheConversation(t *testing.T) {
	places, base := knowledge(t)
	book := NewBook(0)
	for i := range 3 {
		s := sum(camera+":40000", "52.58.1.1:443", protoTCP, 10, 1000, 2000)
		s.First += int64(i) * hour
		s.Last += int64(i) * hour
		book.Add(&s)
	}
	e := cameras()
	seen := []*observation.Observation{answer(camera, "dev.hik-connect.com", "52.58.1.1", 1)}
	whole := book.Conversations(e, seen, places, base)
	if len(whole) != 1 {
		t.Fatalf("%d conversations, want 1", len(whole))
	}
	var up uint64
	var flows int64
	hours := map[int64]bool{}
	book.Hours(e, seen, places, base, func(h int64, c *Conversation) {
		up += c.BytesUp
		flows += c.Flows
		hours[h] = true
		if c.Name != whole[0].Name || c.ControllerID != whole[0].ControllerID || c.Country != whole[0].Country {
			t.Errorf("hour %d: %s of %s in %s, want %s of %s in %s", h, c.Name, c.ControllerID, c.Country, whole[0].Name, whole[0].ControllerID, whole[0].Country)
		}
	})
	if len(hours) != 3 || up != whole[0].BytesUp || flows != whole[0].Flows {
		t.Errorf("%d hours with %d bytes up in %d flows, want 3 with %d in %d", len(hours), up, flows, whole[0].BytesUp, whole[0].Flows)
	}
}
