package lab

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"
)

// A place is one site of the estate.
type place struct {
	folder  string
	net     byte // its networks are 10.net.10.0/24 (office) and 10.net.20.0/24 (cameras, VLAN 20)
	watched func(day int) bool
	members []member
	site    indexSite // what is said of it
	extra   [][]string
	list    func(pl *place) [][]string
	comma   rune
}

// A member is one device of a site.
type member struct {
	name     string
	mac      string
	host     byte // last number of its address
	office   bool
	since    int // first day on which it is there; 0: from the beginning
	truth    Label
	newer    string // firmware from day newerOn
	newerOn  int
	dhcp     DHCP
	ttl      uint8
	speaks   func(p *play, m *member, s *Station, at time.Duration) // when somebody searches; nil: never
	view     func(m *member) *RTSP                                  // video that the recorder fetches; nil: none
	calls    []visit
	declared declared
}

// A visit is a service outside that a member visits.
type visit struct {
	name        string // one of estateEnds
	from, until int    // days; 0: open
	every       int    // hours between visits; 0: one visit a day
	first       time.Duration
	up, down    int           // bytes of a visit, without handshake
	video       time.Duration // of live pictures sent there, in place of a visit
	clock       bool          // asks the time, by NTP
	port        uint16        // 0: 443
}

// estateEnds are the services outside, each with an address of a network that
// stands in the country meant.
var estateEnds = map[string]string{
	"litedev.hik-connect.com":          "52.16.40.11",   // Amazon, Ireland
	"vtm-relay.hik-connect.com":        "34.240.10.20",  // Amazon, Ireland
	"assets.hikvision.com":             "47.254.130.9",  // Alibaba, registered in the United States
	"iotaccess.easy4ipcloud.com":       "3.120.40.9",    // Amazon, Germany
	"cmgw-sg.easy4ipcloud.com":         "13.228.3.4",    // Amazon, Singapore
	"en.ezcloud.uniview.com":           "8.211.3.9",     // Alibaba, Singapore
	"p2p3.reolink.com":                 "54.144.10.8",   // Amazon, United States
	"pushx.reolink.com":                "54.144.10.9",   // Amazon, United States
	"connect.axis.com":                 "13.48.20.9",    // Amazon, Sweden
	"device.wisenetcloud.com":          "13.124.20.4",   // Amazon, South Korea
	"remotesecurity.boschsecurity.com": "52.59.3.4",     // Amazon, Germany
	"m2.iotcplatform.com":              "18.196.10.77",  // Amazon, Germany
	"a1.tuyacn.com":                    "120.24.60.7",   // Alibaba, China
	"devs.tplinkcloud.com":             "34.240.11.31",  // Amazon, Ireland
	"pool.ntp.org":                     "139.162.200.4", // Akamai, United Kingdom
	"news.example.org":                 "198.51.100.20",
	"mail.example.net":                 "198.51.100.31",
}

// firmware is what a member runs on a day.
func (m *member) firmware(day int) string {
	if m.newerOn > 0 && day >= m.newerOn {
		return m.newer
	}
	return m.truth.Firmware
}

func (pl *place) address(m *member) netip.Addr {
	net := byte(20)
	if m.office {
		net = 10
	}
	return netip.AddrFrom4([4]byte{10, pl.net, net, m.host})
}

// days are those on which the site was watched.
func (pl *place) days() []int {
	var out []int
	for d := 1; d <= EstateDays; d++ {
		if pl.watched(d) {
			out = append(out, d)
		}
	}
	return out
}

// play is one day of one site.
type play struct {
	*Network
	pl       *place
	day      int
	today    string // firmware of the member that speaks
	seeker   *Station
	probe    string
	stations map[*member]*Station
}

const seekerPort = 51720

// play makes what was seen at the site on a day, the n-th that was watched. On
// every third, and on the first, the seeker looks for devices.
func (pl *place) play(day, n int) *Network {
	net := New(EstateDay(day), fmt.Sprintf("lenscap estate %s %d", pl.folder, day))
	net.Filler = filler()
	p := &play{Network: net, pl: pl, day: day, stations: map[*member]*Station{}}
	office := p.Segment("office", "Office of "+pl.site.Name+", untagged. "+EstateComment, 0)
	cameras := p.Segment("cameras", "Trunk to the camera switch of "+pl.site.Name+", VLAN 20. "+EstateComment, 20)
	var recorder *Station
	for i := range pl.members {
		m := &pl.members[i]
		if day < m.since {
			continue
		}
		st := &Station{Name: m.name, MAC: mac(m.mac), IP: pl.address(m), TTL: m.ttl, Segment: cameras}
		if m.office {
			st.Segment = office
		}
		if m.host == 1 { // the router stands in both
			st.Segment, st.IP = office, netip.AddrFrom4([4]byte{10, pl.net, 10, 1})
			st.Also = []Leg{{cameras, netip.AddrFrom4([4]byte{10, pl.net, 20, 1})}}
			office.Router, cameras.Router = st, st
		}
		p.stations[m] = p.Add(st)
		if m.host == seekerHost {
			p.seeker = st
		}
		if m.truth.Kind == "recorder" {
			recorder = st
		}
	}
	if recorder == nil {
		recorder = p.seeker
	}
	p.routine(n)
	if n%3 == 0 {
		p.search()
	}
	p.watch(recorder, n)
	return net
}

// seekerHost is the number of the computer that manages video: it looks for
// devices, and fetches video where there is no recorder.
const seekerHost = 200

// routine is what members do by themselves all day.
func (p *play) routine(n int) {
	ends := map[string]*Station{}
	for i := range p.pl.members {
		m := &p.pl.members[i]
		s := p.stations[m]
		if s == nil || m.host == 1 {
			continue
		}
		wake := 5*time.Hour + time.Duration(i)*97*time.Second
		if n%4 == 0 && m.dhcp.Hostname != "" {
			p.Lease(wake, s, m.dhcp)
		} else {
			p.Gratuitous(wake, s)
		}
		p.ARP(wake+2*time.Second, s, s.Segment.Router)
		for h := range 4 {
			p.Clock(p.about(time.Duration(h)*6*time.Hour+time.Hour), s, s.Segment.Router)
		}
		for _, c := range m.calls {
			if p.day < c.from || c.until > 0 && p.day > c.until {
				continue
			}
			end := ends[c.name]
			if end == nil {
				end = p.Add(&Station{Name: c.name, IP: addr(estateEnds[c.name])})
				ends[c.name] = end
			}
			p.visits(s, end, c)
		}
	}
}

// about moves a moment of the day by up to twenty minutes.
func (p *play) about(at time.Duration) time.Duration {
	return at + time.Duration(binary.BigEndian.Uint16(p.Random(2)))%1200*time.Second
}

// visits plays a day's visits to a service.
func (p *play) visits(s, end *Station, c visit) {
	every := time.Duration(c.every) * time.Hour
	if every == 0 {
		every = 24 * time.Hour
	}
	port := c.port
	if port == 0 {
		port = 443
	}
	named := false
	for hour := c.first; hour < 24*time.Hour-30*time.Minute; hour += every {
		at := p.about(hour)
		if !named {
			p.Resolve(at-time.Second, s, c.name, end.IP)
			named = true
		}
		if c.clock {
			p.Clock(at, s, end)
			continue
		}
		r := p.Random(4)
		d := p.Dial(at, s, 32768+binary.BigEndian.Uint16(r)%28000, end, port)
		d.Client(p.ClientHello(c.name)).Server(p.Secret(1220))
		if c.video > 0 {
			p.live(d, c.video)
		} else {
			d.Client(p.Secret(c.up + int(r[2]))).Server(p.Secret(c.down + int(r[3])))
		}
		d.Close()
	}
}

// live sends pictures as they are taken: ten a second, a whole one every two seconds.
func (p *play) live(d *Dialogue, length time.Duration) {
	for i := range int(length / (100 * time.Millisecond)) {
		begin, size := d.At, 1900+i*137%700
		if i%20 == 0 {
			size *= 5
		}
		d.Client(p.Secret(size))
		d.At = max(d.At, begin+100*time.Millisecond)
	}
}

// search lets the seeker look for devices, and each answer.
func (p *play) search() {
	const at = 7*time.Hour + 30*time.Minute
	p.probe = p.Probe(at, p.seeker, seekerPort)
	p.UDP(at+time.Second, p.seeker, seekerPort+1, sadpGroup, sadpInquiry(p.uuid()))
	p.UDP(at+2*time.Second, p.seeker, seekerPort+2, dhipGroup, dhip(`{"method":"DHDiscover.search","params":{"mac":"","uni":1}}`))
	for i := range p.pl.members {
		m := &p.pl.members[i]
		if s := p.stations[m]; s != nil && m.speaks != nil {
			p.today = m.firmware(p.day)
			m.speaks(p, m, s, at+3*time.Second+time.Duration(i)*11*time.Millisecond)
		}
	}
}

// watch lets the recorder fetch the video of two cameras, others each day.
func (p *play) watch(recorder *Station, n int) {
	var with []*member
	for i := range p.pl.members {
		if m := &p.pl.members[i]; m.view != nil && p.stations[m] != nil {
			with = append(with, m)
		}
	}
	for i := range min(2, len(with)) {
		m := with[(2*n+i)%len(with)]
		at := time.Duration(9+5*i)*time.Hour + time.Duration(n)*time.Minute
		p.ARP(at-time.Second, recorder, p.stations[m])
		p.OverTCP(at, recorder, p.stations[m], uint16(39000+n*10+i), 554, m.view(m), p.Video(96, 10, 600), 15) //nolint:gosec // small
	}
}
