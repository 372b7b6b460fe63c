package lab

import (
	"crypto/x509/pkix"
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"

	"github.com/miekg/dns"
)

// office begins the flows of workstations, one at each turn.
type office struct {
	l       Load
	s       *schedule
	clients [][2]peer // IPv4 and IPv6 of each workstation
	router  [2]peer
	sites   []*website
	begun   int
	ports   []uint16 // last used by each workstation
	pool    []*talk
}

// A website is a far end that workstations call, and what is said to and by it.
type website struct {
	at                      [2]peer
	hello, answer           []byte // TLS: first messages of client and server
	request, page           []byte // HTTP
	question, reply, reply6 []byte // DNS
}

const (
	websites  = 400
	favourite = 12 // websites that one workstation calls in a minute
)

func newOffice(l Load, e *estate, s *schedule) *office {
	o := &office{l: l, s: s, ports: make([]uint16, len(e.office))}
	six := func(ip netip.Addr) netip.Addr {
		b := netip.MustParseAddr("2001:db8:40::").As16()
		copy(b[12:], ip.AsSlice())
		return netip.AddrFrom16(b)
	}
	two := func(s *Station, ip netip.Addr, ttl uint8) [2]peer {
		return [2]peer{{s.MAC, ip, ttl}, {s.MAC, six(ip), ttl}}
	}
	o.router = two(e.router, e.router.IP, 64)
	for i, c := range e.office {
		o.clients = append(o.clients, two(c, c.IP, 128))
		o.ports[i] = uint16(20000 + i)
	}
	for i := range websites {
		o.sites = append(o.sites, newWebsite(e, i, two(e.router, farAddress(i), 50)))
	}
	return o
}

// farAddress spreads the websites over the public space.
func farAddress(i int) netip.Addr {
	first := []byte{5, 13, 23, 34, 52, 62, 80, 93, 104, 142, 151, 178, 185, 195, 212, 217}
	return netip.AddrFrom4([4]byte{first[i%len(first)], byte(i * 7), byte(i * 13), byte(10 + i%200)})
}

func newWebsite(e *estate, i int, at [2]peer) *website {
	name := fmt.Sprintf("www.shop-%03d.example", i)
	w := &website{at: at, hello: e.n.ClientHello(name), request: Request("GET", fmt.Sprintf("/page/%d", i), name, "", "User-Agent: "+viewerHTTP, "Accept: */*")}
	w.answer = e.n.secretHello(1150)
	if i%8 == 0 {
		w.answer = e.n.ServerHello(Certificate(name, pkix.Name{CommonName: name}, []string{name}, loadStart.AddDate(0, -2, 0)))
	}
	w.page = Response("200 OK", fmt.Sprintf("<html><head><title>Shop %d</title></head><body>%0800d</body></html>", i, i), "Content-Type: text/html", "Server: nginx")
	q := new(dns.Msg)
	q.SetQuestion(dns.Fqdn(name), dns.TypeA)
	a := new(dns.Msg)
	a.SetReply(q)
	a.RecursionAvailable = true
	a.Answer = []dns.RR{record(fmt.Sprintf("%s 300 IN A %s", dns.Fqdn(name), at[0].ip))}
	w.question, w.reply = packDNS(q), packDNS(a)
	a.Answer = []dns.RR{record(fmt.Sprintf("%s 300 IN AAAA %s", dns.Fqdn(name), at[1].ip))}
	w.reply6 = packDNS(a)
	return w
}

// secretHello is the answer of a TLS 1.3 server: its hello in the clear, then the
// certificate and the rest encrypted, size bytes of it (RFC 8446, section 2).
func (n *Network) secretHello(size int) []byte {
	b := append([]byte{3, 3}, n.Random(32)...)
	b = append(b, 0, 0x13, 0x02, 0) // TLS_AES_256_GCM_SHA384
	b = append(b, vector16(tlsExtension(tlsExtension(nil, 43, []byte{3, 4}), 51, append([]byte{0, 0x1d, 0, 32}, n.Random(32)...)))...)
	all := tlsRecord(22, handshake(2, b))
	return append(append(all, tlsRecord(20, []byte{1})...), n.Secret(size)...)
}

// Shares of the kinds of flow, in a hundred.
const (
	shareDNS   = 25
	shareTLS   = 49
	shareHTTP  = 4
	shareSYN   = 14 // unanswered, or refused
	shareClock = 3  // the rest: a datagram and its answer
)

func (o *office) send(t *tape, now time.Duration) (time.Duration, bool) {
	who := t.below(len(o.clients))
	site := o.sites[(who*31+t.below(favourite)*t.below(favourite)/favourite*17)%len(o.sites)]
	six := 0
	if o.begun%10 == 7 {
		six = 1
	}
	if o.ports[who]++; o.ports[who] < 20000 {
		o.ports[who] = 20000
	}
	f := o.take()
	*f = talk{o: o, site: site, six: six, client: &o.clients[who][six], server: &site.at[six], sport: o.ports[who], cseq: uint32(t.random()), sseq: uint32(t.random())}
	switch at := t.below(100); {
	case at < shareDNS:
		f.kind, f.server, f.dport = talkDNS, &o.router[six], 53
	case at < shareDNS+shareTLS:
		f.kind, f.dport = talkTLS, 443
	case at < shareDNS+shareTLS+shareHTTP:
		f.kind, f.dport = talkHTTP, 80
	case at < shareDNS+shareTLS+shareHTTP+shareSYN:
		f.kind, f.dport = talkSYN, uint16(1000+who%7)
		f.server = &o.sites[who%len(o.sites)].at[six] // a service that is gone, called again and again
		if o.begun%8 == 0 {                           // and somebody tries the ports of his neighbours
			f.client, f.server, f.dport = &o.clients[0][six], &o.clients[who][six], []uint16{22, 80, 443, 445, 554, 8000, 37777}[t.below(7)]
		}
	case at < shareDNS+shareTLS+shareHTTP+shareSYN+shareClock:
		f.kind, f.server, f.dport = talkClock, &o.router[six], 123
	default:
		f.kind, f.dport = talkOther, uint16(30000+who%50)
	}
	o.s.add(now, f)
	o.begun++
	return o.l.Length * time.Duration(o.begun+1) / time.Duration(o.l.Flows), o.begun < o.l.Flows
}

func (o *office) take() *talk {
	if n := len(o.pool); n > 0 {
		f := o.pool[n-1]
		o.pool = o.pool[:n-1]
		return f
	}
	return new(talk)
}

const (
	talkDNS = iota
	talkTLS
	talkHTTP
	talkSYN
	talkClock
	talkOther
)

// A talk is one flow of a workstation.
type talk struct {
	o              *office
	site           *website
	client, server *peer
	kind, six      int
	step           int
	sport, dport   uint16
	cseq, sseq     uint32
}

const (
	roundTrip = 12 * time.Millisecond
	thinking  = 90 * time.Millisecond
)

func (f *talk) send(t *tape, now time.Duration) (time.Duration, bool) {
	step := f.step
	f.step++
	var again time.Duration
	switch f.kind {
	case talkDNS:
		again = f.names(t, now, step)
	case talkSYN:
		again = f.knock(t, now, step)
	case talkTLS, talkHTTP:
		again = f.connection(t, now, step)
	case talkClock:
		b := make([]byte, 48)
		b[0] = 0x23 + byte(step)
		if step == 1 {
			binary.BigEndian.PutUint32(b[40:], uint32(loadStart.Unix()+int64(now/time.Second)+2208988800))
		}
		again = f.datagram(t, now, step == 0, b)
	default:
		again = f.datagram(t, now, step == 0, t.noise(40+t.below(160)))
	}
	if again == 0 {
		f.o.pool = append(f.o.pool, f)
		return 0, false
	}
	return now + again, true
}

// datagram sends one of a pair of datagrams.
func (f *talk) datagram(t *tape, now time.Duration, ask bool, b []byte) time.Duration {
	if ask {
		t.udp(now, f.client, f.server, f.sport, f.dport, b)
		return roundTrip
	}
	t.udp(now, f.server, f.client, f.dport, f.sport, b)
	return 0
}

func (f *talk) names(t *tape, now time.Duration, step int) time.Duration {
	b := f.site.question
	if step == 1 {
		if b = f.site.reply; f.six == 1 {
			b = f.site.reply6
		}
	}
	b = append(t.filler[:0], b...)
	binary.BigEndian.PutUint16(b, f.sport)
	if step == 1 { // a resolver counts the time to live down
		size := 4
		if f.six == 1 {
			size = 16
		}
		binary.BigEndian.PutUint32(b[len(b)-size-6:], uint32(1+t.below(300)))
	}
	if f.six == 1 {
		binary.BigEndian.PutUint16(b[12+len(dnsName(b[12:])):], dns.TypeAAAA)
	}
	return f.datagram(t, now, step == 0, b)
}

// dnsName is the uncompressed name that b begins with.
func dnsName(b []byte) []byte {
	i := 0
	for b[i] != 0 {
		i += 1 + int(b[i])
	}
	return b[:i+1]
}

// knock tries a port that is closed, or where nobody is.
func (f *talk) knock(t *tape, now time.Duration, step int) time.Duration {
	if step == 0 {
		t.tcp(now, f.client, f.server, f.sport, f.dport, f.cseq, 0, flagSYN, nil)
		if f.sport%2 == 0 {
			return roundTrip
		}
		return 0
	}
	t.tcp(now, f.server, f.client, f.dport, f.sport, 0, f.cseq+1, flagRST|flagACK, nil)
	return 0
}

func (f *talk) up(t *tape, now time.Duration, flags uint8, b []byte) {
	t.tcp(now, f.client, f.server, f.sport, f.dport, f.cseq, f.sseq, flags, b)
	f.cseq += uint32(len(b))
}

func (f *talk) down(t *tape, now time.Duration, flags uint8, b []byte) {
	t.tcp(now, f.server, f.client, f.dport, f.sport, f.sseq, f.cseq, flags, b)
	f.sseq += uint32(len(b))
}

// connection plays handshake, first messages, records each way and the end.
func (f *talk) connection(t *tape, now time.Duration, step int) time.Duration {
	ask, tell := f.site.hello, f.site.answer
	rounds := 1 + f.o.l.Talk*int(f.sport%3)
	if f.kind == talkHTTP {
		ask, tell, rounds = f.site.request, f.site.page, 0
	}
	switch step {
	case 0:
		t.tcp(now, f.client, f.server, f.sport, f.dport, f.cseq, 0, flagSYN, nil)
		f.cseq++
		return roundTrip
	case 1:
		t.tcp(now, f.server, f.client, f.dport, f.sport, f.sseq, f.cseq, flagSYN|flagACK, nil)
		f.sseq++
		return roundTrip / 20
	case 2:
		f.up(t, now, flagACK, nil)
		return roundTrip / 20
	case 3:
		if f.kind == talkTLS {
			ask = append(t.filler[:0], ask...)
			fresh(t, ask[11:43])
		}
		f.up(t, now, flagACK|flagPSH, ask)
		return roundTrip
	case 4:
		f.down(t, now, flagACK|flagPSH, tell)
		return roundTrip / 20
	}
	step -= 5
	if step < 2*rounds {
		size := f.o.l.Record/2 + t.below(f.o.l.Record+1)
		if step%2 == 0 {
			f.up(t, now, flagACK|flagPSH, f.secret(t, size/4))
			return roundTrip
		}
		f.down(t, now, flagACK|flagPSH, f.secret(t, size*7/4))
		return thinking
	}
	if f.o.l.Stay {
		return 0
	}
	switch step - 2*rounds {
	case 0:
		f.up(t, now, flagFIN|flagACK, nil)
		f.cseq++
		return roundTrip
	case 1:
		f.down(t, now, flagFIN|flagACK, nil)
		f.sseq++
		return roundTrip / 20
	}
	f.up(t, now, flagACK, nil)
	return 0
}

// fresh draws b anew, as each connection does the random bytes of its hello.
func fresh(t *tape, b []byte) {
	for ; len(b) >= 8; b = b[8:] {
		binary.LittleEndian.PutUint64(b, t.random())
	}
}

// secret is a record of application data, at most a segment.
func (f *talk) secret(t *tape, size int) []byte {
	size = min(max(size, 32), 1400)
	b := t.noise(5 + size)
	b[0], b[1], b[2] = 23, 3, 3
	binary.BigEndian.PutUint16(b[3:], uint16(size))
	return b
}
