package attribution

import (
	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
)

// Public texts that define the fields of discovery, link protocols and drones.
const (
	srcDiscovery = "https://github.com/julienblitte/UniversalScanner/tree/1be6e8be67d7e51345a227f47df0cb601c45f169"
	srcCDP       = "https://github.com/the-tcpdump-group/tcpdump/blob/master/print-cdp.c"
	srcDroneID   = "https://github.com/kismetwireless/kismet/blob/6043acbfe76709b51f7a03ec2b9be50975362694/kaitai_definitions/dot11_ie_221_dji_droneid.ksy"
	srcDJITypes  = "https://github.com/RUB-SysSec/DroneSecurity/blob/363d41d1128c01894b8f00509e020203532d2890/src/droneid_packet.py"
)

// linkDeclarations are what the fields of discovery, CDP and DroneID are defined
// to say; they belong to [declarations].
var linkDeclarations = map[string]declaration{
	observation.DiscoveryManufacturer: {brand: true, strength: good, source: srcDiscovery},
	observation.DiscoveryModel:        {model: true, strength: good, source: srcDiscovery},
	observation.DiscoveryFirmware:     {firmware: true, strength: good, source: srcDiscovery},
	observation.CDPPlatform:           {model: true, strength: weak, source: srcCDP},
	observation.CDPVersion:            {firmware: true, strength: weak, source: srcCDP},
	observation.DJIModel:              {model: true, strength: good, source: srcDJITypes},
}

// discoveryPorts gives the port under which the knowledge base knows each
// maker's discovery. GigE Vision is no maker's.
var discoveryPorts = map[string]int{"bosch": 1757, "hanwha": 7701, "panasonic": 10670, "vivotek": 10000, "sony": 2380, "vstarcam": 8600}

// discovered adds what follows from an answer of a maker's own discovery: whose
// firmware it is, and that it is video equipment; which kind, camera or
// recorder, the protocol does not say.
func (r *Resolver) discovered(g *gathered, o *observation.Observation, f observation.Field) {
	port, ok := discoveryPorts[f.Value]
	if !ok {
		return
	}
	for _, p := range r.base.Port("udp", port) {
		if p.Company == "" {
			continue
		}
		ev := g.evidence(o, f, p.Row, p.Source, "only "+r.name(p.Company)+"'s firmware answers this search")
		s := signal{value: r.name(p.Company), id: p.Company, family: famProtocol, strength: strong, ev: ev}
		k := signal{value: KindCamera, by: p.Company, family: famProtocol, strength: weak, ev: ev}
		if !p.Source.Verified {
			s.strength, k.strength = hint, hint
		}
		g.platform = append(g.platform, s)
		g.kind = append(g.kind, k)
		return
	}
}

// drone adds what a drone's broadcast says: its serial number begins with the
// code of its maker, and DroneID is DJI's own. Both are good, not strong: a
// broadcast is not signed, and transmitters that imitate it are public.
func (r *Resolver) drone(g *gathered, o *observation.Observation, f observation.Field) {
	switch f.Name {
	case observation.DJISerial, observation.DJIProduct:
		src := maker.Source{URLs: []string{srcDroneID}, Verified: true}
		ev := g.evidence(o, f, "interface/dji-droneid", src, "DroneID is what DJI's drones broadcast")
		s := signal{value: r.name("dji"), id: "dji", family: famProtocol, strength: good, ev: ev}
		g.platform, g.brand = append(g.platform, s), append(g.brand, s)
	case observation.ODIDID:
		if o.Get(observation.ODIDIDType) != "serial-number" {
			return
		}
		c, ok := r.base.SerialCode(f.Value)
		if !ok {
			return
		}
		if c.Module {
			ev := g.evidence(o, f, c.Row, c.Source, "the number is that of a module by "+c.Organisation+", which any maker's aircraft may carry")
			g.step("maker", "against", ev.Says, ev)
			return
		}
		ev := g.evidence(o, f, c.Row, c.Source, "the serial number begins with the code of "+c.Organisation+" (CTA-2063-A)")
		s := signal{value: c.Organisation, id: c.Company, family: famSelf, strength: good, ev: ev}
		if !c.Source.Verified {
			s.strength = hint
		}
		if c.Company != "" {
			s.value = r.name(c.Company)
			g.platform = append(g.platform, s)
		}
		g.brand = append(g.brand, s)
	}
}
