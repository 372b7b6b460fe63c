package attribution

import (
	"strings"

	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
)

// A companyName is one name of a company in the camera trade.
type companyName struct {
	name string
	id   maker.ID
}

// ordinary are names of companies that are words of their own: a text may begin
// with them and mean something else.
var ordinary = map[string]bool{
	"ajax": true, "appro": true, "arlo": true, "axis": true, "blink": true, "concept pro": true, "costar": true, "focus": true, "ion": true, "juan": true,
	"luma": true, "logic": true, "matrix": true, "merkury": true, "nest": true, "night owl": true, "ring": true, "sense": true, "tyco": true, "vector": true, "vista": true,
}

// namesOf lists the names of companies in the camera trade by their first word
// in lower case. Names of fewer than four letters are left out: they are the
// beginning of too many texts.
func namesOf(base *maker.Base) map[string][]companyName {
	names := map[string][]companyName{}
	for _, c := range base.Companies() {
		if strings.Contains(c.Segment, "soc") || !strings.HasPrefix(c.Segment, "cctv") && !strings.Contains(c.Segment, "cam") {
			continue
		}
		for _, n := range c.Names {
			word := strings.ToLower(firstWord(n))
			if len(n) < 4 || word == "" || ordinary[strings.ToLower(n)] || len(base.ByName(n)) != 1 {
				continue
			}
			names[word] = append(names[word], companyName{n, c.ID})
		}
	}
	return names
}

// firstWord is the letters, digits and hyphens of ASCII that s starts with.
func firstWord(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i] | 0x20; (c < 'a' || c > 'z') && (s[i] < '0' || s[i] > '9') && s[i] != '-' {
			return s[:i]
		}
	}
	return s
}

// namesMaker are the fields whose text devices often begin with their maker's name.
var namesMaker = map[string]bool{
	observation.HTTPServer: true, observation.HTTPTitle: true, observation.HTTPRealm: true, observation.RTSPServer: true, observation.RTSPRealm: true,
	observation.SNMPSysDescr: true, observation.SIPAgent: true, observation.FTPBanner: true, observation.Telnet: true, observation.DHCPVendorClass: true, observation.DHCPHostname: true,
	observation.UPnPModelDesc: true, observation.UPnPFriendlyName: true, observation.Model: true, observation.TLSSubject: true, observation.TLSIssuer: true,
}

// named adds the name of a company with which a text begins: a weak sign of the
// badge, whatever the firmware is. Of a certificate the organisation counts.
func (r *Resolver) named(g *gathered, o *observation.Observation, f observation.Field) {
	if !namesMaker[f.Name] {
		return
	}
	text := f.Value
	if f.Name == observation.TLSSubject || f.Name == observation.TLSIssuer {
		at := strings.Index(text, "O=")
		if at < 0 || at > 0 && text[at-1] != ',' && text[at-1] != ' ' && text[at-1] != '+' {
			return
		}
		text = text[at+2:]
	}
	c, ok := r.beginsWith(text)
	if !ok || g.has(f, c.id) {
		return
	}
	ev := g.evidence(o, f, "reading/name-in-text", ownSource, "the text begins with the name of "+r.name(c.id))
	s := signal{value: r.name(c.id), id: c.id, family: familyOf(f.Name), strength: weak, ev: ev}
	g.brand = append(g.brand, s)
	if k := kindInText(text); k != "" {
		s.value, s.id, s.by = k, "", c.id
		s.ev.Says = "behind the name of " + r.name(c.id) + " the text says what it is"
		g.kind = append(g.kind, s)
	}
}

// kindInText is the kind of video equipment that a text of a camera maker names.
func kindInText(text string) string {
	text = strings.ToLower(text)
	for _, w := range []struct{ word, kind string }{
		{"network camera", KindCamera}, {"ip camera", KindCamera}, {"ipcam", KindCamera}, {"ip cam", KindCamera}, {"dome camera", KindCamera},
		{"video encoder", KindEncoder}, {"video recorder", KindRecorder}, {" nvr", KindRecorder}, {" dvr", KindRecorder}, {"doorbell", KindDoorbell}, {"video door", KindDoorbell},
	} {
		if strings.Contains(text, w.word) {
			return w.kind
		}
	}
	return ""
}

// beginsWith finds the longest name that text begins with, as whole words.
func (r *Resolver) beginsWith(text string) (best companyName, ok bool) {
	word := firstWord(text)
	if len(word) < 2 || len(word) > 24 {
		return best, false
	}
	for _, c := range r.byWord[strings.ToLower(word)] {
		if len(text) >= len(c.name) && strings.EqualFold(text[:len(c.name)], c.name) && len(c.name) > len(best.name) && firstWord(text[len(c.name):]) == "" {
			best = c
		}
	}
	return best, best.id != ""
}

// has reports a signal for that company from the same text.
func (g *gathered) has(f observation.Field, id maker.ID) bool {
	for _, list := range [][]signal{g.platform, g.brand} {
		for i := range list {
			if list[i].id == id && list[i].ev.Field == f.Name && list[i].ev.Value == f.Value {
				return true
			}
		}
	}
	return false
}
