package attribution

import (
	"regexp"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// personalName matches the names that the systems of phones, tablets and personal
// computers come with or make of their owner's name: "Annas-iPhone", "Pixel-7",
// "Galaxy-S21", "DESKTOP-4F7K2QX". The first are names of products; Windows makes
// the last kind where nobody gave one
// (https://www.techtarget.com/searchenterprisedesktop/blog/Windows-Enterprise-Desktop/Win10-ComputerName-Generation).
var personalName = regexp.MustCompile(`(?i)(?:^|[^a-z])(?:iphone|ipad|ipod|macbook|imac|chromebook)(?:$|[^a-z]|air|pro|mini)` +
	`|(?:^|[-_ .])pixel-?(?:\d|fold|tablet|xl)|(?:^|[-_ .])galaxy-(?:s|a|m|z|j|note|tab|fold|flip|xcover)-?\d*` +
	`|^android-[0-9a-f]{8,16}(?:$|\.)|^(?:desktop|laptop)-[a-z0-9]{5,8}(?:$|\.)`)

// personal notes a device whose name is one of a phone or a personal computer: it
// speaks against video equipment, and what it asks for, people do. People choose
// names, so it is a hint.
func (r *Resolver) personal(g *gathered, o *observation.Observation, f observation.Field) {
	if f.Name != observation.DHCPHostname && f.Name != observation.MDNSHostname || o.About == observation.Receiver ||
		len(f.Value) > 128 || strings.Contains(strings.ToLower(f.Value), "cam") || !personalName.MatchString(f.Value) {
		return
	}
	ev := g.evidence(o, f, "reading/personal-name", ownSource, "it calls itself "+f.Value+", as phones and personal computers are named")
	g.viewer(ev.Says)
	g.kind = append(g.kind, signal{value: KindNotCamera, family: familyOf(f.Name), strength: hint, ev: ev})
}
