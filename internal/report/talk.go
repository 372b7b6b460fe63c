package report

import (
	"cmp"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/egress"
)

// A talk is who the devices of a document talk to, added up for people. It
// points into the document's conversations and changes nothing.
type talk struct {
	outside  []*egress.Conversation // most bytes up first
	inside   []*egress.Conversation
	groups   int // conversations with nobody in particular: counted, not shown
	of       map[string]*share
	reaching []string // devices that reach outside, most bytes up first
	total    volume
	at       map[string]string // device → address
	silent   bool              // no input holds traffic
	kinds    map[string]string // device → kind
	names    map[string]string // device → name
}

// A share is one device's part in a talk.
type share struct {
	outside, inside []*egress.Conversation // most bytes up first; inside also those that are listed under the far end
	volume
	audio bool
}

// A volume is what went over some conversations outside.
type volume struct {
	up, down     uint64
	devices      map[string]bool
	servers      map[string]bool   // addresses
	countries    map[string]uint64 // where the servers stand, "" for not known → bytes up
	controllers  map[string]uint64 // company, "" for not known → bytes up
	purposes     map[string]uint64
	video        string // the gravest verdict, "" when there was no conversation
	cloudUnknown uint64 // bytes up to rented networks of which no controller is known
}

// reaches reports whether a device sent something outside in a conversation, or
// tried to.
func reaches(c *egress.Conversation) bool {
	return c.Scope == egress.ScopeOutside && (c.BytesUp > 0 || c.PacketsUp > 0 || c.Opened == "device" || c.Opened == "both")
}

// videoRank orders verdicts on video, what needs a person first.
var videoRank = map[string]int{"": 0, egress.VideoNo: 1, egress.VideoTooShort: 2, egress.VideoPossibly: 3, egress.VideoYes: 4}

func (v *volume) add(c *egress.Conversation) {
	if v.devices == nil {
		v.devices, v.servers = map[string]bool{}, map[string]bool{}
		v.countries, v.controllers, v.purposes = map[string]uint64{}, map[string]uint64{}, map[string]uint64{}
	}
	v.up, v.down = v.up+c.BytesUp, v.down+c.BytesDown
	v.devices[c.Device], v.servers[c.Address] = true, true
	v.countries[c.Country] += c.BytesUp
	v.controllers[c.Controller] += c.BytesUp
	v.purposes[c.Purpose] += c.BytesUp
	if videoRank[c.Video.Verdict] > videoRank[v.video] {
		v.video = c.Video.Verdict
	}
	if c.Controller == "" && c.Cloud {
		v.cloudUnknown += c.BytesUp
	}
}

// most lists the keys of a count, the largest first and "" last.
func most(count map[string]uint64) []string {
	keys := slices.Sorted(maps.Keys(count))
	slices.SortStableFunc(keys, func(a, b string) int {
		if a == "" || b == "" {
			return cmp.Compare(len(b), len(a))
		}
		return cmp.Compare(count[b], count[a])
	})
	return keys
}

// known leaves "" out.
func known(keys []string) []string {
	return slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return k == "" })
}

func newTalk(doc *Document) *talk {
	t := &talk{of: map[string]*share{}, kinds: map[string]string{}, names: map[string]string{}, at: map[string]string{}}
	t.silent = !slices.ContainsFunc(doc.Inputs, func(in Input) bool { return holdsTraffic(&in) })
	for i := range doc.Devices {
		t.kinds[doc.Devices[i].ID], t.names[doc.Devices[i].ID] = kindOf(&doc.Devices[i]), doc.Devices[i].Name
		if len(doc.Devices[i].Addresses) > 0 {
			t.at[doc.Devices[i].ID] = bestAddress(&doc.Devices[i])
		}
	}
	for i := range doc.Conversations {
		c := &doc.Conversations[i]
		switch c.Scope {
		case egress.ScopeGroup:
			t.groups++
		case egress.ScopeOutside:
			t.outside = append(t.outside, c)
		default:
			t.inside = append(t.inside, c)
		}
	}
	sortByBytes(t.outside)
	sortByBytes(t.inside)
	for _, c := range t.outside {
		s := t.share(c.Device)
		s.outside = append(s.outside, c)
		if reaches(c) {
			s.add(c)
			t.total.add(c)
			s.audio = s.audio || c.Video.Audio
		}
	}
	for _, c := range t.inside {
		s := t.share(c.Device)
		s.inside = append(s.inside, c)
		if c.Peer != "" && c.Peer != c.Device {
			s = t.share(c.Peer)
			s.inside = append(s.inside, c)
		}
	}
	for id, s := range t.of {
		if len(s.servers) > 0 {
			t.reaching = append(t.reaching, id)
		}
	}
	slices.SortFunc(t.reaching, func(a, b string) int {
		return cmp.Or(cmp.Compare(t.of[b].up, t.of[a].up), cmp.Compare(t.of[b].down, t.of[a].down), strings.Compare(a, b))
	})
	return t
}

func (t *talk) share(device string) *share {
	s := t.of[device]
	if s == nil {
		s = &share{}
		t.of[device] = s
	}
	return s
}

// shareOf is a device's part, empty for one that was not heard to talk.
func (t *talk) shareOf(device string) *share {
	if s := t.of[device]; s != nil {
		return s
	}
	return &share{}
}

// takesVideo reports whether video goes over c, for certain or possibly.
func takesVideo(c *egress.Conversation) bool {
	return c.Video.Verdict == egress.VideoYes || c.Video.Verdict == egress.VideoPossibly
}

// byBytes puts what takes video first, then most bytes up.
func byBytes(a, b *egress.Conversation) int {
	if x, y := takesVideo(a), takesVideo(b); x != y {
		if x {
			return -1
		}
		return 1
	}
	if a.BytesUp != b.BytesUp {
		return cmp.Compare(b.BytesUp, a.BytesUp)
	}
	if a.BytesDown != b.BytesDown {
		return cmp.Compare(b.BytesDown, a.BytesDown)
	}
	return cmp.Or(strings.Compare(a.Address, b.Address), cmp.Compare(a.Port, b.Port))
}

// sortByBytes sorts by byBytes, equal ones as they stand, with what nearly always
// decides held beside the pointers.
func sortByBytes(list []*egress.Conversation) {
	type place struct {
		up uint64 // the highest bit set for what takes video
		at int
		c  *egress.Conversation
	}
	places := make([]place, len(list))
	for i, c := range list {
		places[i] = place{c.BytesUp &^ (1 << 63), i, c}
		if takesVideo(c) {
			places[i].up |= 1 << 63
		}
	}
	slices.SortFunc(places, func(a, b place) int {
		if a.up != b.up {
			return cmp.Compare(b.up, a.up)
		}
		if c := byBytes(a.c, b.c); c != 0 {
			return c
		}
		return cmp.Compare(a.at, b.at)
	})
	for i := range places {
		list[i] = places[i].c
	}
}

// name is what to call a device.
func (t *talk) name(id string) string {
	return cmp.Or(t.names[id], id)
}

// nameAt is a device's name with the address that the table of devices gives it,
// where the name is another.
func (t *talk) nameAt(id string) string {
	name, at := t.name(id), t.at[id]
	if at == "" || strings.HasPrefix(name, at) {
		return name
	}
	return at + " " + name
}

// withVideo lists the reaching devices whose gravest verdict on video is this one.
func (t *talk) withVideo(verdict string) []string {
	var out []string
	for _, id := range t.reaching {
		if t.of[id].video == verdict {
			out = append(out, id)
		}
	}
	return out
}

// leaving says in a word whether video leaves a device, "" for one that does not
// reach outside.
func (s *share) leaving() string {
	switch {
	case len(s.servers) == 0:
		return ""
	case s.video == egress.VideoYes:
		return "yes"
	case s.video == egress.VideoPossibly:
		return "possibly"
	}
	return cmp.Or(s.video, egress.VideoTooShort)
}

// talksKey is the letter of a device in the page's data: what leaves it.
func (t *talk) talksKey(device string) string {
	s := t.shareOf(device)
	switch {
	case len(s.servers) == 0:
		return "n"
	case s.video == egress.VideoYes:
		return "v"
	case s.video == egress.VideoPossibly:
		return "p"
	case s.video == egress.VideoTooShort:
		return "s"
	}
	return "o"
}

// A route is where data of some devices goes: to servers in one country that
// one company controls. The two are separate facts, and either may not be known.
type route struct {
	controller, jurisdiction, country string
	volume
	from map[string]uint64 // kind or device → bytes up
}

// routes adds the conversations outside up, most bytes up first. from names
// what a device is counted as.
func (t *talk) routes(from func(device string) string) []*route {
	type key struct{ controller, jurisdiction, country string }
	at := map[key]*route{}
	var out []*route
	for _, c := range t.outside {
		if !reaches(c) {
			continue
		}
		k := key{c.Controller, c.Jurisdiction, c.Country}
		r := at[k]
		if r == nil {
			r = &route{controller: c.Controller, jurisdiction: c.Jurisdiction, country: c.Country, from: map[string]uint64{}}
			at[k], out = r, append(out, r)
		}
		r.add(c)
		r.from[from(c.Device)] += c.BytesUp
	}
	slices.SortStableFunc(out, func(a, b *route) int {
		return cmp.Or(cmp.Compare(b.up, a.up), cmp.Compare(b.down, a.down), strings.Compare(a.controller, b.controller), strings.Compare(a.country, b.country))
	})
	return out
}

// A destination is one server by the name the devices used, or by its address
// where they used none.
type destination struct {
	*egress.Conversation // the one with the most bytes up
	volume
}

// destinations adds the conversations outside up by server and service, those
// that take video first, then by bytes up.
func (t *talk) destinations() []*destination {
	type key struct {
		name, protocol string
		port           uint16
	}
	at := map[key]*destination{}
	var out []*destination
	for _, c := range t.outside {
		if !reaches(c) {
			continue
		}
		k := key{cmp.Or(c.Name, c.Address), c.Protocol, c.Port}
		d := at[k]
		if d == nil {
			d = &destination{Conversation: c}
			at[k], out = d, append(out, d)
		}
		d.add(c)
	}
	slices.SortStableFunc(out, func(a, b *destination) int {
		return cmp.Or(cmp.Compare(videoRank[b.video]/3, videoRank[a.video]/3), cmp.Compare(b.up, a.up), cmp.Compare(b.down, a.down))
	})
	return out
}

// service is an address and port as it is written: "203.0.113.9:443".
func service(c *egress.Conversation) string {
	if c.Port == 0 {
		return c.Address
	}
	return net.JoinHostPort(c.Address, strconv.Itoa(int(c.Port)))
}

// protocolOf is "tcp, tls", or "udp" alone.
func protocolOf(c *egress.Conversation) string {
	if c.App == "" || c.App == c.Protocol {
		return c.Protocol
	}
	return c.Protocol + ", " + c.App
}

// controllerOf is the company that controls a server, in words.
func controllerOf(name string) string {
	return cmp.Or(name, "not known")
}

func standsIn(country string) string {
	return cmp.Or(countryName(country), "not known")
}

// jurisdictionOf is whose law a controller is under; nothing is said of a
// controller that is not known.
func jurisdictionOf(controller, country string) string {
	if controller == "" {
		return ""
	}
	return cmp.Or(countryName(country), "not known")
}

// rented is what is said beside a network that a provider rents out.
const rented = "rented network: says nothing of who controls it"

// networkOf names who runs the network a server stands in.
func networkOf(c *egress.Conversation) string {
	s := c.Network
	if c.ASN != 0 {
		as := "AS" + strconv.FormatUint(uint64(c.ASN), 10)
		if s == "" {
			return as
		}
		s += " (" + as + ")"
	}
	return s
}

// rate writes bits a second of bytes in seconds: "2.4 Mbit/s".
func rate(bytes uint64, seconds int64) string {
	v := float64(bytes) * 8 / float64(max(seconds, 1)) / 1e6
	switch {
	case v >= 99.5:
		return strconv.FormatFloat(v, 'f', 0, 64) + " Mbit/s"
	case v >= 0.095:
		return strconv.FormatFloat(v, 'f', 1, 64) + " Mbit/s"
	case v >= 0.00095:
		return strconv.FormatFloat(v, 'f', 3, 64) + " Mbit/s"
	case bytes == 0:
		return "0 Mbit/s"
	}
	return "under 0.001 Mbit/s"
}

// bytesOf is size for what conversations count in.
func bytesOf(n uint64) string { return size(int64(min(n, 1<<62))) }

// places are the data sets behind countries and networks, in a sentence.
func places(doc *Document) string {
	if len(doc.Places) == 0 {
		return ""
	}
	return "Country and network by " + and(doc.Places) + "."
}
