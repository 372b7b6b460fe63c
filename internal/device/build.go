package device

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// A draft is a device in the making.
type draft struct {
	*Device
	root  int
	name  string // key text the ID is taken from
	addrs map[netip.Addr]span
	all   span
	keyed bool // has a key other than an address
	inner bool // known only as a channel of a recorder
	named bool // something it sent names equipment
}

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
	case "sadp", "isapi", "dhip", "onvif", "upnp", "hnap", "sdp", "baichuan", "odid":
		return true
	}
	return false
}

// build makes devices of what was joined.
func (w *work) build() []*Device {
	drafts := make(map[int]*draft, len(w.keys))
	at := func(n int) *draft {
		n = w.root(n)
		d := drafts[n]
		if d == nil {
			d = &draft{Device: &Device{}, root: n, addrs: map[netip.Addr]span{}}
			drafts[n] = d
		}
		return d
	}
	for i, o := range w.obs {
		if w.at[i] >= 0 {
			at(w.at[i]).observe(o, w.addressOf(i))
		}
	}
	for _, s := range w.sent {
		at(s.node).send(s)
	}
	for k, list := range w.claims {
		for _, c := range list {
			d := at(c.node)
			d.hold(k.ip, c.span)
			d.where(realm{k.input, c.vlan})
		}
	}
	for _, l := range w.behind {
		at(l.camera).keyed = true
	}
	for n := range w.keys {
		if d := drafts[w.root(n)]; d != nil {
			d.key(w.keys[n])
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

func (d *draft) observe(o *observation.Observation, ip netip.Addr) {
	d.Observations = append(d.Observations, o)
	d.where(realmOf(o))
	var s span
	s.add(o.Seen, o.Last)
	d.all.add(s.first, s.last)
	if ip.IsValid() {
		d.hold(ip, s)
	}
	if o.About == observation.Sender && !unicast(o.From.Addr().Unmap()) && usable(o.MAC) {
		d.OnLink = true
	}
	for _, f := range o.Fields {
		d.named = d.named || identifies(f.Name)
		switch {
		case f.Name == observation.DHCPHostname || f.Name == observation.MDNSHostname || f.Name == observation.OnvifHostname || f.Name == observation.SNMPSysName:
			d.Hostnames = append(d.Hostnames, f.Value)
		case uuidFields[f.Name]:
			if u := uuidKey(f.Value); u != "" {
				d.UUIDs = append(d.UUIDs, u)
			}
		case f.Name == observation.TLSSPKI:
			d.Certs = append(d.Certs, strings.ToLower(f.Value))
		default:
			if serialKey(o, f) != "" {
				d.Serials = append(d.Serials, strings.TrimSpace(f.Value))
			}
		}
	}
}

func (d *draft) send(s sent) {
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
	t := d.addrs[ip]
	t.add(s.first, s.last)
	d.addrs[ip] = t
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
func (d *draft) key(k key) {
	name := ""
	switch k.kind {
	case byMAC, byLocalMAC:
		d.keyed = true
		if !slices.Contains(d.MACs, k.mac) {
			d.MACs = append(d.MACs, k.mac)
		}
		name = digit(k.kind) + " mac " + k.mac.String()
		if k.kind == byLocalMAC {
			name += fmt.Sprintf(" vlan %d", k.vlan)
		}
	case bySerial:
		d.keyed = true
		name = digit(k.kind) + " serial " + k.text
	case byUUID:
		d.keyed = true
		name = digit(k.kind) + " uuid " + k.text
	case byAddress:
		name = fmt.Sprintf("%d address %s vlan %d", k.kind, k.ip, k.vlan)
	case byChannel:
		d.keyed = true
		name = digit(k.kind) + " " + k.text
	}
	if d.name == "" || name < d.name {
		d.name = name
	}
}

// digit is the kind as one character, so that names sort by strength.
func digit(k keyKind) string { return string('0' + rune(k)) }

// finish sorts every list, names the devices and leaves out the far ends.
func (w *work) finish(drafts map[int]*draft) []*Device {
	var list []*draft
	for _, d := range drafts {
		if d.isDevice() {
			d.tidy()
			list = append(list, d)
		}
	}
	nameByCert(list)
	for _, d := range list {
		d.inner = strings.HasPrefix(d.name, digit(byChannel)+" ")
	}
	name(list, func(d *draft) bool { return !d.inner })
	byRoot := map[int]*draft{}
	for _, d := range list {
		byRoot[d.root] = d
	}
	w.linkUp(byRoot)
	for _, d := range list {
		if d.inner {
			d.name = string(d.Behind) + " " + d.name
		}
	}
	name(list, func(d *draft) bool { return d.inner })
	out := make([]*Device, len(list))
	for i, d := range list {
		out[i] = d.Device
	}
	slices.SortFunc(out, func(a, b *Device) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return out
}

// linkUp sets Behind and Channel; of several recorders it takes the one with
// the smallest ID, and of several channels the first.
func (w *work) linkUp(byRoot map[int]*draft) {
	for _, l := range w.behind {
		d, recorder := byRoot[w.root(l.camera)], byRoot[w.root(l.recorder)]
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
	for ip := range d.addrs {
		if local(ip) {
			return true
		}
	}
	return false
}

// tidy turns the sets of a draft into sorted lists.
func (d *draft) tidy() {
	d.First, d.Last = d.all.first, d.all.last
	for ip, s := range d.addrs {
		d.Addresses = append(d.Addresses, Address{IP: ip, First: s.first, Last: s.last})
		if !s.first.IsZero() {
			d.all.add(s.first, s.last)
		}
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
// told apart by their first address and time.
func name(list []*draft, wants func(*draft) bool) {
	byID := map[ID][]*draft{}
	for _, d := range list {
		if wants(d) {
			d.ID = idOf(d.name)
		}
		byID[d.ID] = append(byID[d.ID], d)
	}
	for id, same := range byID {
		if len(same) == 1 || id == "" {
			continue
		}
		slices.SortFunc(same, func(a, b *draft) int { return strings.Compare(a.long(), b.long()) })
		for n, d := range same {
			if wants(d) {
				d.ID = idOf(fmt.Sprintf("%s #%d", d.long(), n))
			}
		}
	}
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
			ours[a.IP] = true
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
