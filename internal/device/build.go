package device

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// A draft is a device in the making.
type draft struct {
	Device
	root  int
	name  string // key text the ID is taken from
	addrs []held
	index map[netip.Addr]int // of addrs, once they are many
	all   span
	keyed bool // has a key other than an address
	inner bool // known only as a channel of a recorder
	named bool // something it sent names equipment
}

// A held is an address and when it was the device's.
type held struct {
	ip netip.Addr
	span
}

// fewAddresses is how many addresses of a device are searched one by one.
const fewAddresses = 8

// identifying are the fields by which an address on another network shows that
// it is equipment of the site and no far end. Nothing a web server says of
// itself is among them: name, title, realm, page and certificate are what every
// server on the internet has.
var identifying = map[string]bool{
	observation.WSDUUID: true, observation.SSDPServer: true, observation.SSDPUSN: true, observation.SSDPUUID: true,
	observation.RTSPServer: true, observation.RTSPRealm: true, observation.RTSPPath: true,
	observation.SNMPSysDescr: true, observation.SNMPSysObjectID: true,
	observation.PPPPUID: true, observation.Model: true,
}

// identifies reports whether a field of this name is said only by or of
// equipment, not by who asks for it.
func identifies(name string) bool {
	if identifying[name] {
		return true
	}
	if name == observation.SADPInquiry || name == observation.DHIPMethod {
		return false // questions
	}
	switch p, _, _ := strings.Cut(name, "."); p {
	case "sadp", "isapi", "dhip", "onvif", "upnp", "hnap", "sdp", "baichuan", "odid", "dji", "tapo", "kasa", "unifi", "ubnt", "discovery":
		return true
	}
	return false
}

// build makes devices of what was joined.
func (w *work) build() []*Device {
	drafts := make([]*draft, len(w.keys)) // by root
	at := func(n int) *draft {
		n = w.root(n)
		d := drafts[n]
		if d == nil {
			d = &draft{root: n}
			drafts[n] = d
		}
		return d
	}
	for i, o := range w.obs {
		if w.at[i] >= 0 {
			ip := w.addressOf(i)
			at(w.at[i]).observe(o, ip, w.tenure(realmOf(o), ip, w.at[i], spanOf(o)))
		}
	}
	for i := range w.sent {
		s := &w.sent[i]
		s.span = w.tenure(s.realm, s.ip, s.node, s.span)
		at(s.node).send(s)
	}
	for k, c := range w.claims {
		for _, c := range c.list {
			d := at(c.node)
			d.hold(k.ip, c.span)
			d.where(realm{k.input, c.vlan})
		}
	}
	for _, l := range w.behind {
		at(l.camera).keyed = true
	}
	for _, a := range w.alike {
		if d := drafts[w.root(a.node)]; d != nil {
			d.Alike = append(d.Alike, a.Alike)
		}
	}
	for n := range w.keys {
		if d := drafts[w.root(n)]; d != nil {
			d.key(&w.keys[n])
		}
	}
	for m, s := range w.binder.macs {
		if !s.router {
			continue
		}
		n, ok := w.byMAC[m.mac]
		if m.mac.Local() {
			n, ok = w.index[key{kind: byLocalMAC, realm: m.realm, mac: m.mac}]
		}
		if !ok {
			continue // only ever passed on what others sent
		}
		if d := drafts[w.root(n)]; d != nil {
			d.Router = true
		}
	}
	return w.finish(drafts)
}

// observe takes an observation of the device, which had the address then.
func (d *draft) observe(o *observation.Observation, ip netip.Addr, s span) {
	d.Observations = append(d.Observations, o)
	d.where(realmOf(o))
	d.all.add(s.first, s.last)
	if ip.IsValid() {
		d.hold(ip, s)
	}
	if o.About == observation.Sender && !unicast(o.From.Addr().Unmap()) && usable(o.MAC) {
		d.OnLink = true
	}
	for i := range o.Fields {
		d.field(o, &o.Fields[i])
	}
}

func (d *draft) field(o *observation.Observation, f *observation.Field) {
	d.named = d.named || identifies(f.Name)
	switch roleOf(f.Name) {
	case ownName:
		d.Hostnames = append(d.Hostnames, f.Value)
	case ownUUID:
		if u := uuidKey(f.Value); u != "" {
			d.UUIDs = append(d.UUIDs, u)
		}
	case ownCert:
		d.Certs = append(d.Certs, strings.ToLower(f.Value))
	case ownSerial:
		if scope, serial := serialOf(o, f); scope != "" {
			d.Serials = append(d.Serials, serial)
		}
	}
}

func (d *draft) send(s *sent) {
	d.where(s.realm)
	d.Packets += s.packets
	d.Bytes += s.bytes
	d.all.add(s.span.first, s.span.last)
	d.OnLink = d.OnLink || s.ownFrame
	if s.ip.IsValid() {
		d.hold(s.ip, s.span)
	}
}

func (d *draft) hold(ip netip.Addr, s span) {
	i := d.holding(ip)
	if i < 0 {
		i = len(d.addrs)
		d.addrs = append(d.addrs, held{ip: ip})
		if d.index != nil {
			d.index[ip] = i
		}
	}
	d.addrs[i].add(s.first, s.last)
}

// holding is the index of an address in addrs, -1 when it is not there.
func (d *draft) holding(ip netip.Addr) int {
	if len(d.addrs) > fewAddresses {
		if d.index == nil {
			d.index = make(map[netip.Addr]int, 2*len(d.addrs))
			for i, a := range d.addrs {
				d.index[a.ip] = i
			}
		}
		if i, ok := d.index[ip]; ok {
			return i
		}
		return -1
	}
	return slices.IndexFunc(d.addrs, func(a held) bool { return a.ip == ip })
}

func (d *draft) where(r realm) {
	if !slices.Contains(d.Inputs, r.input) {
		d.Inputs = append(d.Inputs, r.input)
	}
	if r.vlan != 0 && !slices.Contains(d.VLANs, r.vlan) {
		d.VLANs = append(d.VLANs, r.vlan)
	}
}

// key takes one key of the device; the strongest, and of these the smallest,
// becomes its name.
func (d *draft) key(k *key) {
	d.keyed = d.keyed || k.kind != byAddress
	if k.kind == byMAC || k.kind == byLocalMAC {
		d.MACs = append(d.MACs, k.mac)
	}
	if d.name != "" && d.name[0] < digit(k.kind)[0] {
		return
	}
	if name := k.String(); d.name == "" || name < d.name {
		d.name = name
	}
}

// String is the key as text that sorts by strength.
func (k *key) String() string {
	s := digit(k.kind)
	switch k.kind {
	case byMAC:
		return s + " mac " + k.mac.String()
	case byLocalMAC:
		return s + " mac " + k.mac.String() + " vlan " + strconv.Itoa(int(k.vlan))
	case bySerial:
		return s + " serial " + k.text
	case byUUID:
		return s + " uuid " + k.text
	case byAddress:
		return s + " address " + k.ip.String() + " vlan " + strconv.Itoa(int(k.vlan))
	}
	return s + " " + k.text
}

// digit is the kind as one character, so that names sort by strength.
func digit(k keyKind) string { return string('0' + rune(k)) }

// finish sorts every list, names the devices and leaves out the far ends.
// drafts are by root, nil where there is none.
func (w *work) finish(drafts []*draft) []*Device {
	list := make([]*draft, 0, len(drafts))
	for n, d := range drafts {
		switch {
		case d == nil:
		case d.isDevice():
			d.tidy()
			list = append(list, d)
		default:
			drafts[n] = nil
		}
	}
	nameByCert(list)
	for _, d := range list {
		d.inner = strings.HasPrefix(d.name, digit(byChannel)+" ")
	}
	name(list, func(d *draft) bool { return !d.inner })
	w.linkUp(drafts)
	for _, d := range list {
		if d.inner {
			d.name = string(d.Behind) + " " + d.name
		}
	}
	name(list, func(d *draft) bool { return d.inner })
	out := make([]*Device, len(list))
	for i, d := range list {
		out[i] = &d.Device
	}
	slices.SortFunc(out, func(a, b *Device) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return out
}

// linkUp sets Behind and Channel; of several recorders it takes the one with
// the smallest ID, and of several channels the first.
func (w *work) linkUp(drafts []*draft) {
	for _, l := range w.behind {
		d, recorder := drafts[w.root(l.camera)], drafts[w.root(l.recorder)]
		if d == nil || recorder == nil || d == recorder {
			continue
		}
		switch {
		case d.Behind == "" || recorder.ID < d.Behind:
			d.Behind, d.Channel = recorder.ID, l.channel
		case recorder.ID == d.Behind && l.channel != "" && (d.Channel == "" || len(l.channel) < len(d.Channel) || len(l.channel) == len(d.Channel) && l.channel < d.Channel):
			d.Channel = l.channel
		}
	}
}

func (d *draft) isDevice() bool {
	if d.keyed || d.named {
		return true
	}
	return slices.ContainsFunc(d.addrs, func(a held) bool { return local(a.ip) })
}

// tidy turns the sets of a draft into sorted lists.
func (d *draft) tidy() {
	if len(d.addrs) > 0 {
		d.Addresses = make([]Address, 0, len(d.addrs))
	}
	for _, a := range d.addrs {
		d.Addresses = append(d.Addresses, Address{IP: a.ip, First: a.first, Last: a.last})
		d.all.add(a.first, a.last)
	}
	d.First, d.Last = d.all.first, d.all.last
	slices.SortFunc(d.Addresses, func(a, b Address) int { return a.IP.Compare(b.IP) })
	slices.SortFunc(d.MACs, func(a, b observation.MAC) int {
		if a.Local() != b.Local() {
			if b.Local() {
				return -1
			}
			return 1
		}
		return slices.Compare(a[:], b[:])
	})
	d.MACs = slices.Compact(d.MACs) // a locally administered one is a key in each input
	slices.SortFunc(d.Alike, func(a, b Alike) int { return cmp.Or(slices.Compare(a.MAC[:], b.MAC[:]), a.IP.Compare(b.IP)) })
	d.Alike = slices.Compact(d.Alike)
	slices.Sort(d.Inputs)
	slices.Sort(d.VLANs)
	for _, list := range []*[]string{&d.Serials, &d.UUIDs, &d.Hostnames, &d.Certs} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
}

// nameByCert names a device that is otherwise only an address after its
// certificate, if no other device shows the same.
func nameByCert(list []*draft) {
	owners := map[string]int{}
	for _, d := range list {
		for _, c := range d.Certs {
			owners[c]++
		}
	}
	for _, d := range list {
		if !d.keyed && len(d.Addresses) == 1 {
			for _, c := range d.Certs {
				if owners[c] == 1 {
					d.name = "cert " + c
					break
				}
			}
		}
	}
}

// name gives IDs to those that want one. Two devices whose keys read alike (a
// locally administered MAC in two inputs) or whose short digests collide are
// told apart by what else was seen of them, their first address and time before
// all.
func name(list []*draft, wants func(*draft) bool) {
	byID := make(map[ID]*draft, len(list))
	same := map[ID][]*draft{}
	for _, d := range list {
		if wants(d) {
			d.ID = idOf(d.name)
		}
		if d.ID == "" {
			continue
		}
		if other := byID[d.ID]; other == nil {
			byID[d.ID] = d
		} else {
			if same[d.ID] == nil {
				same[d.ID] = []*draft{other}
			}
			same[d.ID] = append(same[d.ID], d)
		}
	}
	for _, alike := range same {
		slices.SortFunc(alike, compareDrafts)
		for n, d := range alike {
			if wants(d) {
				d.ID = idOf(d.long() + " #" + strconv.Itoa(n))
			}
		}
	}
}

// compareDrafts orders devices whose names are the same. The inputs come last:
// they may be given in any order.
func compareDrafts(a, b *draft) int {
	return cmp.Or(
		strings.Compare(a.long(), b.long()), a.Last.Compare(b.Last), cmp.Compare(a.Packets, b.Packets), cmp.Compare(a.Bytes, b.Bytes),
		cmp.Compare(len(a.Observations), len(b.Observations)), slices.Compare(a.VLANs, b.VLANs), slices.Compare(a.Inputs, b.Inputs),
		slices.CompareFunc(a.Observations, b.Observations, compare),
	)
}

func idOf(s string) ID {
	sum := sha256.Sum256([]byte(s))
	return ID("d-" + hex.EncodeToString(sum[:5]))
}

func (d *draft) long() string {
	s := d.name
	for _, a := range d.Addresses {
		s += " " + a.IP.String()
	}
	return s + " " + d.First.UTC().Format("2006-01-02T15:04:05.999999999")
}

// farEnds counts the addresses seen that no device has.
func (w *work) farEnds(devices []*Device) int {
	ours := map[netip.Addr]bool{}
	for _, d := range devices {
		for _, a := range d.Addresses {
			if !local(a.IP) {
				ours[a.IP] = true
			}
		}
	}
	far := map[netip.Addr]bool{}
	see := func(a netip.Addr) {
		if a = a.Unmap(); unicast(a) && !local(a) && !ours[a] {
			far[a] = true
		}
	}
	for _, o := range w.obs {
		see(o.From.Addr())
		see(o.To.Addr())
	}
	for _, s := range w.seen {
		see(s.IP)
	}
	return len(far)
}
