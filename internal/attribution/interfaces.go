package attribution

import (
	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
)

// Public texts that define the fields of makers' own interfaces.
const (
	srcVAPIX      = "https://developer.axis.com/vapix/network-video/basic-device-information/"
	srcDahuaCGI   = "https://github.com/rroller/dahua/tree/c2b8b41c98856af457721f2523bd6a2f37588b15"
	srcLAPI       = "https://github.com/apache/hertzbeat/blob/master/home/docs/help/uniview.md"
	srcTapo       = "https://github.com/python-kasa/python-kasa/tree/a29d0610bacd084a2197a7025cf083d4d2a51b02"
	srcUniFi      = "https://github.com/uilibs/uiprotect/tree/506380e93364547b8523451be3f7f538a3c15a57"
	srcDVRIP      = "https://github.com/NeiroNx/python-dvr"
	srcNeolink    = "https://github.com/QuantumEntangledAndy/neolink/tree/6e05e7844b5b50f89787d30bffcbbd3471bfcfde"
	srcMHED       = "https://github.com/AlexandruIspas659/ipcprobe/blob/05d3d7c15f5f6d75f6002d31520147517fd81033/PROTOCOL.md"
	srcDahuaDVRIP = "https://github.com/mcw0/DahuaConsole/tree/5f8f35b13437d06e6e9b01f63bc151303939eda2"
	srcUbnt       = "https://github.com/nitefood/python-ubnt-discovery"
	srcLLDP       = "https://www.ieee802.org/1/pages/802.1AB-rev.html"
)

// interfaceDeclarations are what the fields of makers' own interfaces are
// defined to say; they belong to [declarations].
var interfaceDeclarations = map[string]declaration{
	observation.VapixBrand:       {brand: true, strength: good, source: srcVAPIX},
	observation.VapixModel:       {model: true, strength: good, source: srcVAPIX},
	observation.VapixProduct:     {model: true, strength: weak, source: srcVAPIX},
	observation.VapixFirmware:    {firmware: true, strength: good, source: srcVAPIX},
	observation.DahuaCGIVendor:   {brand: true, strength: good, source: srcDahuaCGI},
	observation.DahuaCGIModel:    {model: true, strength: good, source: srcDahuaCGI},
	observation.DahuaCGIFirmware: {firmware: true, strength: good, source: srcDahuaCGI},
	observation.LapiManufacturer: {brand: true, strength: good, source: srcLAPI},
	observation.LapiModel:        {model: true, strength: good, source: srcLAPI},
	observation.LapiFirmware:     {firmware: true, strength: good, source: srcLAPI},
	observation.TapoManufacturer: {brand: true, strength: good, source: srcTapo},
	observation.TapoModel:        {model: true, strength: good, source: srcTapo},
	observation.TapoFirmware:     {firmware: true, strength: good, source: srcTapo},
	observation.KasaModel:        {model: true, strength: good, source: srcTapo},
	observation.KasaFirmware:     {firmware: true, strength: good, source: srcTapo},
	observation.UniFiType:        {model: true, strength: good, source: srcUniFi},
	observation.UniFiModel:       {model: true, strength: weak, source: srcUniFi},
	observation.UniFiFirmware:    {firmware: true, strength: good, source: srcUniFi},
	observation.UbntModel:        {model: true, strength: good, source: srcUbnt},
	observation.UbntPlatform:     {model: true, strength: weak, source: srcUbnt},
	observation.UbntFirmware:     {firmware: true, strength: good, source: srcUbnt},
	observation.DVRIPModel:       {model: true, strength: weak, source: srcDVRIP},
	observation.DVRIPFirmware:    {firmware: true, strength: good, source: srcDVRIP},
	observation.BaichuanModel:    {model: true, strength: good, source: srcNeolink},
	observation.BaichuanFirmware: {firmware: true, strength: good, source: srcNeolink},
	observation.TVTModel:         {model: true, strength: good, source: srcMHED},
	observation.TVTFirmware:      {firmware: true, strength: good, source: srcMHED},
	observation.TVTVendor:        {brand: true, strength: good, source: srcMHED},
	observation.DahuaModel:       {model: true, strength: good, source: srcDahuaDVRIP},
	observation.DahuaFirmware:    {firmware: true, strength: good, source: srcDahuaDVRIP},
	observation.LLDPManufacturer: {brand: true, strength: good, source: srcLLDP},
	observation.LLDPModel:        {model: true, strength: good, source: srcLLDP},
	observation.LLDPFirmware:     {firmware: true, strength: weak, source: srcLLDP},
	observation.LLDPSoftware:     {firmware: true, strength: good, source: srcLLDP},
}

func declares(field string) (declaration, bool) {
	d, ok := declarations[field]
	if !ok {
		d, ok = interfaceDeclarations[field]
	}
	if !ok {
		d, ok = linkDeclarations[field]
	}
	return d, ok
}

// ownInterfaces are interfaces over HTTP, and protocols without a port in the
// knowledge base, that one maker's firmware has: a field that only its answer
// fills, and the public text that says whose it is.
var ownInterfaces = []struct {
	field   string
	company maker.ID
	source  string
	says    string
}{
	{observation.VapixBrand, "axis", srcVAPIX, "VAPIX is the interface of Axis firmware"},
	{observation.VapixModel, "axis", srcVAPIX, "VAPIX is the interface of Axis firmware"},
	{observation.DahuaCGIModel, "dahua", srcDahuaCGI, "magicBox.cgi is the interface of Dahua firmware, whatever name is on the box"},
	{observation.DahuaCGISerial, "dahua", srcDahuaCGI, "magicBox.cgi is the interface of Dahua firmware, whatever name is on the box"},
	{observation.DahuaCGIFirmware, "dahua", srcDahuaCGI, "magicBox.cgi is the interface of Dahua firmware, whatever name is on the box"},
	{observation.LapiModel, "uniview", srcLAPI, "LAPI is the interface of Uniview firmware, whatever name is on the box"},
	{observation.LapiSerial, "uniview", srcLAPI, "LAPI is the interface of Uniview firmware, whatever name is on the box"},
	{observation.LapiURL, "uniview", srcLAPI, "LAPI is the interface of Uniview firmware, whatever name is on the box"},
	{observation.TapoType, "tplink", srcTapo, "only TP-Link's smart devices describe themselves like this"},
	{observation.KasaModel, "tplink", srcTapo, "only TP-Link's smart devices describe themselves like this"},
	{observation.UniFiKind, "ubiquiti", srcUniFi, "UniFi Protect manages equipment of Ubiquiti"},
}

// interfaces adds what follows from an answer of a maker's own interface: the
// first field of one that it fills is evidence enough.
func (r *Resolver) interfaces(g *gathered, o *observation.Observation) {
	if o.About == observation.Named {
		return // a recorder's words about a camera that may be another maker's
	}
	switch o.Protocol {
	case "vapix", "dahua-cgi", "lapi", "tapo", "kasa", "unifi":
	default:
		return
	}
	for i := range ownInterfaces {
		p := &ownInterfaces[i]
		for _, f := range o.Fields {
			if f.Name != p.field {
				continue
			}
			src := maker.Source{URLs: []string{p.source}, Verified: true}
			ev := g.evidence(o, f, "interface/"+o.Protocol, src, p.says)
			g.platform = append(g.platform, signal{value: r.name(p.company), id: p.company, family: famProtocol, strength: strong, ev: ev})
			return
		}
	}
}
