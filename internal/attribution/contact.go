package attribution

import (
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
)

// contacted adds cloud names the device asked for. They support a platform and
// never make it alone: the computer of someone who views cameras asks for them too.
func (r *Resolver) contacted(g *gathered, o *observation.Observation, f observation.Field) {
	name := f.Value
	switch f.Name {
	case observation.DNSAnswer: // about who asked; some tools log no question
		name, _, _ = strings.Cut(name, " ")
	case observation.DNSQuestion, observation.TLSSNI, observation.HTTPHost, observation.QUICSNI, observation.Contacted:
		if o.About != observation.Sender {
			return
		}
	default:
		return
	}
	if f.Name != observation.Contacted {
		g.asked(name)
	}
	d, ok := r.base.Domain(name)
	if !ok || d.Company == "" || d.Specificity != "vendor-only" || f.Name != observation.Contacted && typed(name, d.Suffix) {
		return
	}
	ev := g.evidence(o, f, "domain/"+d.Suffix, d.Source, "it asks for a name of "+r.name(d.Company)+" ("+d.Purpose+")")
	s := signal{value: r.name(d.Company), id: d.Company, family: famContact, strength: weak, ev: ev}
	if !d.Source.Verified {
		s.strength, s.unread = hint, true
	}
	if r.isBadge(d.Company) {
		g.brand = append(g.brand, s)
	} else {
		g.platform = append(g.platform, s)
	}
	if f.Name == observation.Contacted || peopleAsk(d.Purpose) {
		return
	}
	switch s.value, s.id, s.by = KindCamera, "", d.Company; {
	case strings.Contains(d.Suffix, "camera"):
		s.ev.Says += ", which says that it is for cameras; an app that shows their pictures asks for it too"
	case r.camerasOnly(d.Company):
		s.ev.Says += ", which makes cameras, recorders for them and little else; an app that shows their pictures asks for it too"
	default:
		return
	}
	g.asks = append(g.asks, s)
}

// peopleAsk reports the purpose of a name that anybody's browser asks for: pages
// and files to download.
func peopleAsk(purpose string) bool {
	switch purpose {
	case "web", "storage", "firmware-update", "firmware-update/storage":
		return true
	}
	return false
}

// typed reports a name that people type or follow links to: a company's bare
// domain, or a page of it, unless the row is of just that name.
func typed(name, suffix string) bool {
	first, rest, _ := strings.Cut(name, ".")
	if !strings.Contains(rest, ".") {
		return true
	}
	switch first {
	case "www", "shop", "store", "support", "help", "blog", "login", "account", "accounts", "portal", "my", "docs", "community", "forum", "m":
		return name != suffix
	}
	return false
}

// camerasOnly reports a company that sells cameras, what records them and little
// else. A trade with two words, such as consumer-cam/network, is of those who
// sell other things under the same names.
func (r *Resolver) camerasOnly(id maker.ID) bool {
	c, ok := r.base.Company(id)
	if !ok {
		return false
	}
	switch strings.TrimSuffix(c.Segment, " (legacy)") {
	case "cctv", "cctv-odm", "consumer-cam", "consumer-cam-odm", "cloud-cctv", "dvr", "nvr", "ptz":
		return true
	}
	return false
}

// manyNames is how many different domains a camera asks for at most. Cameras of
// the recorded set ask for one to six: their cloud, their clock, a rented store.
const manyNames = 16

// asked counts the domains that the device asks for, by their last two labels,
// and notes those that only the systems of phones and computers ask for.
func (g *gathered) asked(name string) {
	for _, of := range systemNames {
		if rest, ok := strings.CutSuffix(name, of); ok && (rest == "" || rest[len(rest)-1] == '.') {
			g.viewer("it asks for " + name + ", as phones and computers do")
			return
		}
	}
	if len(g.domains) > manyNames {
		return
	}
	at := strings.LastIndexByte(name, '.')
	if at < 0 {
		return
	}
	domain := name[strings.LastIndexByte(name[:at], '.')+1:]
	if g.domains == nil {
		g.domains = make(map[string]bool, 8)
	}
	if g.domains[domain] = true; len(g.domains) > manyNames {
		g.viewer("it asks for names of more than " + itoa(manyNames) + " domains, as a computer does that people use")
	}
}

// systemNames are asked for by the systems of phones, computers and televisions
// to see whether they are online, for messages and for updates.
var systemNames = []string{
	"connectivitycheck.gstatic.com", "clients3.google.com", "clients4.google.com", "mtalk.google.com", "play.googleapis.com", "android.clients.google.com", "android.apis.google.com",
	"captive.apple.com", "push.apple.com", "icloud.com", "itunes.apple.com", "mzstatic.com", "xp.apple.com", "gs-loc.apple.com",
	"msftconnecttest.com", "msftncsi.com", "windowsupdate.com", "update.microsoft.com", "settings-win.data.microsoft.com", "detectportal.firefox.com",
	"connectivitycheck.platform.hicloud.com", "connect.rom.miui.com", "graph.facebook.com", "whatsapp.net", "spotify.com", "doubleclick.net", "netflix.com", "app-measurement.com", "crashlytics.com",
}

// viewer notes a sign that people use the device to look at cameras, or at
// anything: then the names it asks for say nothing of what it is. The first
// sign stands.
func (g *gathered) viewer(says string) {
	if g.views == "" {
		g.views = says
	}
}

// viewing looks for the words by which programs of phones, computers and
// browsers name themselves.
func (g *gathered) viewing(o *observation.Observation, f observation.Field) {
	var words []string
	switch f.Name {
	case observation.HTTPUserAgent, observation.SSDPUserAgent:
		words = agentWords
	case observation.DHCPVendorClass:
		words = []string{"android-dhcp", "MSFT "}
	case observation.FlowService:
		if strings.HasSuffix(f.Value, "/53") {
			g.viewer("it answers DNS: it asks for what others want to know")
		}
		return
	default:
		return
	}
	if o.About != observation.Sender {
		return
	}
	for _, w := range words {
		if strings.Contains(f.Value, w) {
			g.viewer("it calls itself " + f.Value)
			return
		}
	}
}

// agentWords stand in the User-Agent of browsers and of the libraries that apps
// of phones are made with, not in that of small firmware.
var agentWords = []string{
	"Windows", "Macintosh", "iPhone", "iPad", "CFNetwork", "Darwin/", "Android", "Dalvik", "okhttp", "ksoap2", "X11;", "Chrome/", "Firefox/", "Safari/", "Dart/", "Electron/",
}

// weighNames lets the names it asks for speak for a camera beside something of
// another kind that does: the phone of whoever has one asks for the same. They do
// not count where something shows a device that people use, or a router, or where
// it asks for names of several companies that have nothing to do with each other, as
// a program does that shows the cameras of all. With the registered prefix of the
// same company, that counts too.
func (r *Resolver) weighNames(g *gathered) {
	if len(g.d.MACs) > 0 && !slices.ContainsFunc(g.d.MACs, func(m observation.MAC) bool { return !m.Local() }) {
		g.viewer("its hardware address is one that software made up, as phones do")
	}
	if g.d.Router {
		g.viewer("it is a router: what it asks for, others want to know")
	}
	for i := range g.asks { // what it reached by port comes after the names, and is of a platform that many makers use
		if a, first := &g.asks[i], &g.asks[0]; a.family == first.family && !r.kin(string(a.by), string(first.by)) {
			g.viewer("it asks for names of " + r.name(first.by) + " and of " + r.name(a.by))
		}
	}
	if g.views != "" {
		g.brand = slices.DeleteFunc(g.brand, func(s signal) bool { return s.family == famContact && !g.counts(&s) })
		if len(g.asks) > 0 {
			g.step("kind", "against", "the names it asks for say nothing of what it is: "+g.views, g.asks[0].ev)
		}
		return
	}
	if len(g.asks) > 0 && !r.seconded(g) {
		g.alone = true
		g.step("kind", "against", namesAlone, g.asks[0].ev)
		return
	}
	g.kind = append(g.kind, g.asks...)
	for i := range g.kind {
		k := &g.kind[i]
		if k.family != famHardware || k.value != KindCamera || k.strength > hint {
			continue
		}
		for _, s := range g.asks {
			if s.strength > hint && k.by == s.by {
				k.strength = weak
			}
		}
	}
}

// namesAlone is why such names make no kind.
const namesAlone = "only the names it asks for speak for a camera; a phone or computer with the maker's app asks for them too"

// seconded reports whether anything but a name speaks for video equipment: of
// whatever company a kind, ONVIF, a P2P server that answers it; or a witness for a
// company whose names it asks for.
func (r *Resolver) seconded(g *gathered) bool {
	video := func(s signal) bool { return s.family != famContact && s.value != KindNotCamera }
	if g.onvif != nil || slices.ContainsFunc(g.kind, video) || slices.ContainsFunc(g.asks, video) {
		return true
	}
	same := func(s signal) bool {
		return s.family != famContact && s.id != "" && slices.ContainsFunc(g.asks, func(a signal) bool { return r.kin(string(s.id), string(a.by)) })
	}
	return slices.ContainsFunc(g.platform, same) || slices.ContainsFunc(g.brand, same)
}
