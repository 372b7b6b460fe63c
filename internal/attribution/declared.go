package attribution

import (
	"strings"
	"unicode"

	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
)

// declaration says what a structured field of a protocol states by its own
// definition, without a pattern.
type declaration struct {
	brand, model, firmware bool
	strength               strength
	source                 string // public text that defines the field
}

const (
	srcOnvif = "https://www.onvif.org/ver10/device/wsdl/devicemgmt.wsdl"
	srcUPnP  = "https://openconnectivity.org/upnp-specs/UPnP-arch-DeviceArchitecture-v2.0-20200417.pdf"
	srcISAPI = "https://github.com/maciej-or/hikvision_next/tree/f6dac0dabb26281cf6e287181621ffbead573ce9"
	srcSADP  = "https://github.com/MatrixEditor/hiktools/tree/a05091977389d74159729671b8f76d9946e533dc"
	srcDHIP  = "https://github.com/rroller/dahua/tree/c2b8b41c98856af457721f2523bd6a2f37588b15"
	srcHNAP  = "https://github.com/andypitcher/IoT_Sentinel/tree/0743dc668bb317600663be18a35f89fad134400a"
	srcDNSSD = "https://www.rfc-editor.org/rfc/rfc6763#section-6"
)

// declarations are the fields whose definition is "brand", "model" or "firmware".
var declarations = map[string]declaration{
	observation.OnvifManufacturer: {brand: true, strength: good, source: srcOnvif},
	observation.OnvifScopeMfr:     {brand: true, strength: weak, source: srcOnvif},
	observation.OnvifModel:        {model: true, strength: good, source: srcOnvif},
	observation.OnvifScopeHW:      {model: true, strength: weak, source: srcOnvif},
	observation.OnvifFirmware:     {firmware: true, strength: good, source: srcOnvif},
	observation.UPnPManufacturer:  {brand: true, strength: good, source: srcUPnP},
	observation.UPnPModelNumber:   {model: true, strength: good, source: srcUPnP},
	observation.UPnPModelName:     {model: true, strength: good, source: srcUPnP},
	observation.IsapiManufacturer: {brand: true, strength: good, source: srcISAPI},
	observation.IsapiModel:        {model: true, strength: good, source: srcISAPI},
	observation.IsapiFirmware:     {firmware: true, strength: good, source: srcISAPI},
	observation.SADPModel:         {model: true, strength: good, source: srcSADP},
	observation.SADPFirmware:      {firmware: true, strength: good, source: srcSADP},
	observation.DHIPVendor:        {brand: true, strength: good, source: srcDHIP},
	observation.DHIPManufacturer:  {brand: true, strength: good, source: srcDHIP},
	observation.DHIPModel:         {model: true, strength: good, source: srcDHIP},
	observation.DHIPFirmware:      {firmware: true, strength: good, source: srcDHIP},
	observation.HNAPVendor:        {brand: true, strength: good, source: srcHNAP},
	observation.HNAPModel:         {model: true, strength: good, source: srcHNAP},
	observation.HNAPFirmware:      {firmware: true, strength: good, source: srcHNAP},
	observation.Model:             {model: true, strength: weak, source: srcDNSSD},
}

// srcOEMCode records the code of six of the maker's own cameras; other values
// were never published.
const srcOEMCode = "https://github.com/maciej-or/hikvision_next/issues/100"

// buildCode reads Hikvision's OEM code: 1 is the maker's own build, so the badge
// is its own; another one is a build for somebody else.
func (r *Resolver) buildCode(g *gathered, o *observation.Observation, f observation.Field) {
	src := maker.Source{URLs: []string{srcOEMCode}, Verified: true}
	switch f.Value {
	case "", "0":
	case "1":
		ev := g.evidence(o, f, "field/oem-code", src, "build code 1: the maker's own build, not one for another badge")
		g.brand = append(g.brand, signal{value: r.name(hikvision), id: hikvision, family: famProtocol, strength: good, ev: ev})
	default:
		g.badge = append(g.badge, g.evidence(o, f, "field/oem-code", src, "build code "+f.Value+": a build for another badge"))
	}
}

// hikvision is the company whose protocols carry the build code.
const hikvision = maker.ID("hikvision")

// declared adds what a structured field states.
func (r *Resolver) declared(g *gathered, o *observation.Observation, f observation.Field) {
	if f.Name == observation.SADPOEMCode || f.Name == observation.IsapiOEMCode {
		r.buildCode(g, o, f)
		return
	}
	d, ok := declares(f.Name)
	if !ok || f.Value == "" {
		return
	}
	src := maker.Source{URLs: []string{d.source}, Verified: true}
	switch {
	case d.brand:
		ev := g.evidence(o, f, "field/"+f.Name, src, "the device states its brand")
		if placeholder(f.Value) {
			ev.Says = "a placeholder for a badge that was left out, not a brand"
			g.placeholder = append(g.placeholder, ev)
			return
		}
		r.addBrand(g, f.Value, familyOf(f.Name), d.strength, ev)
	case d.model:
		st := d.strength
		if f.Name == observation.UPnPModelNumber && !hasLetter(f.Value) {
			st = hint // many devices put a version there
		}
		g.addModel(f.Value, familyOf(f.Name), st, g.evidence(o, f, "field/"+f.Name, src, "the device states its model"))
	case d.firmware:
		v := f.Value
		if f.Name == observation.IsapiFirmware {
			if build := o.Get(observation.IsapiFirmwareDate); build != "" && !strings.Contains(v, build) {
				v += " " + build
			}
		}
		ev := g.evidence(o, f, "field/"+f.Name, src, "the device states its firmware version")
		g.firmware = append(g.firmware, signal{value: v, family: familyOf(f.Name), strength: d.strength, ev: ev})
	}
}

// addBrand adds a name the device gives itself. A name the knowledge base has is
// shown as the knowledge base writes it; another one as it was sent.
func (r *Resolver) addBrand(g *gathered, text string, fam family, st strength, ev observation.Evidence) {
	s := signal{value: strings.TrimSpace(text), family: fam, strength: st, ev: ev}
	if cs := r.base.ByName(text); len(cs) == 1 {
		s.id = cs[0].ID
		s.value = r.name(s.id)
	}
	g.brand = append(g.brand, s)
}

// textRecord reads the DNS-SD keys that name a model or a version (RFC 6763
// leaves the keys to each service; these are the ones in wide use).
func (r *Resolver) textRecord(g *gathered, o *observation.Observation, f observation.Field) {
	src := maker.Source{URLs: []string{srcDNSSD}, Verified: true}
	key, value, ok := strings.Cut(f.Value, "=")
	value = strings.TrimSpace(value)
	if !ok || value == "" {
		return
	}
	switch strings.ToLower(strings.TrimSpace(key)) {
	case "model_number", "model", "md", "mdl", "modelname", "model_name", "am", "usb_mdl", "product_id":
		g.addModel(value, famSelf, good, g.evidence(o, f, "field/mdns.txt", src, "the device states its model"))
	case "manufacturer", "vendor", "mf", "usb_mfg", "brand":
		if !placeholder(value) {
			r.addBrand(g, value, famSelf, good, g.evidence(o, f, "field/mdns.txt", src, "the device states its brand"))
		}
	case "version", "fw", "fwversion", "fw_version", "firmware", "firmwareversion", "sw_version", "fv", "ver":
		v, says := value, "the device states its firmware version"
		if o.Get(observation.MDNSService) == "_dhnap._tcp" && len(value) == 4 && digits(value) {
			v, says = strings.TrimPrefix(value[:2], "0")+"."+value[2:], "the device states its firmware version, two digits of each part: "+value
		}
		g.firmware = append(g.firmware, signal{value: v, family: famSelf, strength: good, ev: g.evidence(o, f, "field/mdns.txt", src, says)})
	}
}

// placeholders are what firmware says where a badge was left out. Dahua's
// discovery sends "Private" and "General".
var placeholders = map[string]bool{
	"": true, "private": true, "general": true, "generic": true, "onvif": true, "none": true, "null": true, "unknown": true, "n/a": true,
	"ipc": true, "ipcamera": true, "ip camera": true, "ipcam": true, "camera": true, "network camera": true, "networkcamera": true, "nvr": true, "dvr": true, "xvr": true,
	"h264": true, "h.264": true, "manufacturer": true, "vendor": true, "default": true, "oem": true, "neutral": true, "customer": true, "others": true, "device": true,
	"linux": true, "embedded": true, "ipnc": true, "webcam": true, "ipdome": true, "hd ipc": true, "onvif_ipnc": true, "hvr": true, "hcvr": true,
}

func placeholder(s string) bool {
	return placeholders[strings.ToLower(strings.TrimSpace(s))]
}

func hasLetter(s string) bool {
	return strings.ContainsFunc(s, unicode.IsLetter)
}

func digits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}
