package attribution

import (
	"slices"
	"strconv"
	"strings"

	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
)

// kindOf maps a product of the knowledge base to a kind of equipment. An access
// terminal has a lens and a face reader, so it is not waved through as "not a camera".
func kindOf(product string) string {
	switch product {
	case "camera", "access-terminal":
		return KindCamera
	case "recorder":
		return KindRecorder
	case "encoder":
		return KindEncoder
	case "anpr":
		return KindANPR
	case "doorbell", "intercom":
		return KindDoorbell
	case "body-worn dock":
		return KindBodyWorn
	case "drone":
		return KindDrone
	case "vms server":
		return KindVMS
	case "not a camera", "radar":
		return KindNotCamera
	}
	return ""
}

// kind says what equipment the device is. What it says of its own class weighs
// most. Video alone makes a camera only when the stream is live.
func (r *Resolver) kind(g *gathered, a *Attribution) Claim {
	r.behaviour(g)
	r.undecided(g, a)
	g.transmitter()
	g.prefixAgrees()
	cs := rank(g.kind, func(x, y *signal) bool { return x.value == y.value })
	cs = narrower(onlyHinted(namesLose(cs)))
	g.weigh("kind", cs)
	c := conclude(cs)
	if c.Value == "" && len(cs) > 1 && cs[0].value != KindNotCamera && cs[1].value != KindNotCamera {
		// It is video equipment whichever is right, so it is listed as that.
		best := &cs[0]
		if slices.Index(likelier, cs[1].value) < slices.Index(likelier, best.value) {
			best = &cs[1]
		}
		c.Value, c.Grade, c.Evidence = best.value, Possible, evidenceOf(best.signals)
		c.Note = cs[0].value + " or " + cs[1].value + ": the evidence does not decide"
		c.Conflicts = slices.DeleteFunc(c.Conflicts, func(a Alternative) bool { return a.Value == best.value })
	}
	if c.Value == "" && c.Note == "" && g.alone {
		c.Note = namesAlone
	}
	if c.Value == "" && c.Note == "" {
		c.Note = "nothing that was seen says what it is"
	}
	if c.Value == "" {
		c.Value = KindUnknown
	}
	g.step("kind", "conclusion", c.Value+": "+c.Grade.String())
	return c
}

// undecided adds a hint for a device of which nothing says which equipment it is
// while its firmware, or the name it gives itself, is of a company in video
// surveillance, or while it answers ONVIF. It is called a camera then, possible
// at most, so that it is listed and asked about.
func (r *Resolver) undecided(g *gathered, a *Attribution) {
	if len(g.kind) > 0 {
		return
	}
	ev, says := observation.Evidence{}, ""
	switch {
	case r.surveillance(&a.Platform) && (a.Platform.Grade >= Probable || answersVideo(a.Platform.Evidence)):
		ev, says = a.Platform.Evidence[0], a.Platform.Value+" makes video surveillance equipment; which kind this is, camera or recorder, nothing says"
	case g.onvif != nil:
		ev, says = *g.onvif, "it answers ONVIF, the interface of video surveillance equipment; which kind this is nothing says"
	default:
		return
	}
	ev.Says = says
	g.kind = append(g.kind, signal{value: KindCamera, family: famBehaviour, strength: hint, ev: ev})
}

// surveillance reports a claim for a company whose trade is video surveillance.
func (r *Resolver) surveillance(c *Claim) bool {
	company, ok := r.base.Company(maker.ID(c.ID))
	return ok && len(c.Evidence) > 0 && strings.HasPrefix(company.Segment, "cctv")
}

// answersVideo reports evidence from a video service, a management interface or
// a login page that is checked: a text there is the firmware's own.
func answersVideo(evidence []observation.Evidence) bool {
	return slices.ContainsFunc(evidence, func(e observation.Evidence) bool {
		switch familyOf(e.Field) {
		case famVideo, famManage, famWeb, famCert:
			return !e.Unverified
		}
		return false
	})
}

// likelier decides between kinds of video equipment that stand equally well: the
// word that says more first, and a camera before the box that serves for one.
var likelier = []string{KindDoorbell, KindANPR, KindBodyWorn, KindDrone, KindRecorder, KindVMS, KindCamera, KindEncoder}

// namesLose drops "camera" where it rests only on names that people choose while
// something else says that the device is none: "camera-desk" is a good name for a
// printer beside the camera.
func namesLose(cs []candidate) []candidate {
	none := false
	for i := range cs {
		none = none || cs[i].value == KindNotCamera && cs[i].heard()
	}
	return keep(cs, func(c *candidate) bool {
		return !none || c.value != KindCamera || slices.ContainsFunc(c.signals, func(s *signal) bool { return s.strength > hint && !chosenNames[s.ev.Field] })
	})
}

// chosenNames are fields that hold what a person or an installer typed.
var chosenNames = map[string]bool{
	observation.DHCPHostname: true, observation.MDNSInstance: true, observation.MDNSHostname: true, observation.UPnPFriendlyName: true,
	observation.LLDPName: true, observation.CDPName: true, observation.UbntHostname: true, observation.KasaAlias: true, observation.DiscoveryName: true,
	observation.OnvifScopeName: true, observation.HNAPName: true, observation.SNMPSysName: true, observation.WLANSSID: true,
}

// transmitter lets "ONVIF network video transmitter" count for a camera where
// nothing says that it is a recorder, encoder or doorbell: those are transmitters too.
func (g *gathered) transmitter() {
	for _, s := range g.kind {
		if s.value != KindCamera && s.value != KindNotCamera && s.strength > hint {
			return
		}
	}
	for i := range g.kind {
		if k := &g.kind[i]; transmitterRows[k.ev.Rule] && k.value == KindCamera && !k.ev.Unverified {
			k.strength = good
		}
	}
}

// transmitterRows are the rows that read ONVIF's word for a video source.
var transmitterRows = map[string]bool{"onvif-scope-type/transmitter": true, "wsd-types/transmitter": true, "wsd-types/onvif-transmitter": true}

// prefixAgrees lets the registered prefix stand as a second witness for a text
// that is typical of one company's equipment of some kind: the device has that
// company's network part. The prefix without such a text says nothing of the kind.
func (g *gathered) prefixAgrees() {
	for _, hw := range append(slices.Clone(g.platform), g.brand...) {
		if hw.family != famHardware || hw.strength == hint {
			continue
		}
		for _, k := range g.kind {
			if k.strength < good || k.by == "" || k.by != hw.id || k.family == famHardware {
				continue
			}
			ev := hw.ev
			ev.Says += ", the company of which " + k.ev.Field + " is typical"
			g.kind = append(g.kind, signal{value: k.value, by: k.by, family: famHardware, strength: weak, ev: ev})
			break
		}
	}
}

// onlyHinted drops "camera" where only a prefix or the maker's trade hints at it
// and something says which video equipment it is: a hint of the trade fits every
// kind of it.
func onlyHinted(cs []candidate) []candidate {
	other := false
	for i := range cs {
		other = other || cs[i].value != KindCamera && cs[i].value != KindNotCamera && cs[i].heard()
	}
	return keep(cs, func(c *candidate) bool { return !other || c.value != KindCamera || c.heard() })
}

// narrower lets a kind that is a camera with a purpose take over the signals that
// only say camera: a doorbell is one, an ANPR camera is one.
func narrower(cs []candidate) []candidate {
	cam := -1
	for i := range cs {
		if cs[i].value == KindCamera {
			cam = i
		}
	}
	if cam < 0 {
		return cs
	}
	for i := range cs {
		switch cs[i].value {
		case KindDoorbell, KindANPR, KindDrone:
			if !cs[i].heard() {
				continue
			}
			cs[i].signals = append(cs[i].signals, cs[cam].signals...)
			if cam != i {
				cs = append(cs[:cam:cam], cs[cam+1:]...)
			}
			return rerank(cs)
		}
	}
	return cs
}

func rerank(cs []candidate) []candidate {
	var all []signal
	for i := range cs {
		for _, s := range cs[i].signals {
			one := *s
			one.value = cs[i].value
			all = append(all, one)
		}
	}
	return rank(all, func(x, y *signal) bool { return x.value == y.value })
}

// behaviour adds what the traffic shows without a pattern: channels, live video.
func (r *Resolver) behaviour(g *gathered) {
	var video, finite *observation.Evidence
	for _, o := range g.d.Observations {
		for _, f := range o.Fields {
			switch f.Name {
			case observation.DHIPInputs, observation.DHIPRemoteInputs, observation.SADPDigital, observation.SADPAnalogue:
				n, err := strconv.Atoi(f.Value)
				if err != nil || n < 2 || n > 4096 {
					continue
				}
				g.kind = append(g.kind, signal{value: KindRecorder, family: famProtocol, strength: good,
					ev: g.evidence(o, f, "reading/channels", ownSource, "it takes in "+f.Value+" pictures: a recorder")})
			case observation.IsapiChannel:
				g.kind = append(g.kind, signal{value: KindRecorder, family: famProtocol, strength: strong,
					ev: g.evidence(o, f, "reading/channels", ownSource, "it lists cameras that it records")})
			case observation.DJISerial, observation.DJIProduct:
				g.kind = append(g.kind, signal{value: KindDrone, family: famProtocol, strength: strong,
					ev: g.evidence(o, f, "reading/droneid", ownSource, "it broadcasts DJI's DroneID")})
			case observation.ODIDID, observation.ODIDSelf, observation.ODIDUAType, observation.ODIDOperator, observation.ODIDStatus:
				g.kind = append(g.kind, signal{value: KindDrone, family: famProtocol, strength: strong,
					ev: g.evidence(o, f, "reading/remote-id", ownSource, "it broadcasts a drone's remote identification (ASTM F3411)")})
			case observation.SDPVideo:
				e := g.evidence(o, f, "reading/live-video", ownSource, "it serves live video over RTSP")
				video = &e
			case observation.SDPLine:
				if finiteRange(f.Value) {
					e := g.evidence(o, f, "reading/live-video", ownSource, "what it serves has an end: a recording, not a camera")
					finite = &e
				}
			}
		}
	}
	if video != nil && finite == nil {
		g.kind = append(g.kind, signal{value: KindCamera, family: famBehaviour, strength: weak, ev: *video})
	}
}

// finiteRange reports an SDP range that ends (RFC 2326, section C.1.5): live
// pictures have none, or an open one.
func finiteRange(line string) bool {
	v, ok := strings.CutPrefix(strings.TrimSpace(line), "a=range:npt=")
	if !ok {
		return false
	}
	_, end, ok := strings.Cut(v, "-")
	if !ok {
		return false
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(end), 64)
	return err == nil && f > 0
}
