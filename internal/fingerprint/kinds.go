package fingerprint

import (
	"sort"

	"github.com/lenscap/lenscap/internal/observation"
)

// kinds says which fields a kind of fingerprint reads, first the one that says
// least of who answered: text handed over under a kind's name is taken as that.
// A kind without fields serves text that other tools hand over (package verbs
// identify and explain), not packets.
var kinds = map[string][]string{
	"device-type": {
		observation.VapixType, observation.TapoType, observation.KasaType, observation.UniFiKind, observation.UniFiType,
		observation.LapiType, observation.BaichuanType, observation.DVRIPType,
	},
	"dhcp-hostname":        {observation.DHCPHostname},
	"dhcp-vendor-class":    {observation.DHCPVendorClass},
	"dhdiscover-json":      {},
	"dhip-class":           {observation.DHIPClass, observation.DahuaCGIClass},
	"dhip-method":          {observation.DHIPMethod},
	"dhip-vendor":          {observation.DHIPVendor, observation.DHIPManufacturer},
	"discovery-protocol":   {observation.DiscoveryProtocol},
	"favicon-md5":          {observation.HTTPFaviconMD5},
	"favicon-mmh3":         {observation.HTTPFaviconMMH3},
	"firmware-name":        {},
	"ftp-banner":           {observation.FTPBanner},
	"hardware-string":      {observation.OnvifHardware, observation.HNAPHardware},
	"hnap-description":     {observation.HNAPDesc, observation.HNAPName},
	"hnap-type":            {observation.HNAPType},
	"html-title":           {observation.HTTPTitle},
	"http-body":            {observation.HTTPBody},
	"http-path":            {observation.HTTPPath},
	"http-realm":           {observation.HTTPRealm},
	"http-server":          {observation.HTTPServer, observation.SSDPServer},
	"isapi-contact":        {observation.IsapiContact},
	"isapi-device-type":    {observation.IsapiDeviceType},
	"isapi-deviceinfo":     {observation.HTTPBody},
	"isapi-manufacturer":   {observation.IsapiManufacturer},
	"isapi-namespace":      {observation.IsapiNamespace},
	"isapi-platform":       {observation.IsapiPlatform},
	"link-capability":      {observation.LLDPCapability, observation.CDPCapability},
	"local-discovery-json": {},
	"mdns-hostname":        {observation.MDNSHostname},
	"mdns-instance":        {observation.MDNSInstance},
	"mdns-service":         {observation.MDNSService},
	"mdns-txt":             {observation.MDNSTXT},
	"model-regex": {
		observation.Model, observation.SADPModel, observation.IsapiModel, observation.DHIPModel, observation.OnvifModel,
		observation.OnvifScopeHW, observation.OnvifScopeName, observation.UPnPModelName, observation.UPnPModelNumber,
		observation.HNAPModel, observation.VapixProduct, observation.DahuaCGIModel, observation.DahuaModel, observation.TVTModel, observation.LapiModel, observation.TapoModel,
		observation.KasaModel, observation.UniFiType, observation.UbntModel, observation.LLDPModel, observation.BaichuanModel,
	},
	"onvif-manufacturer":   {observation.OnvifManufacturer, observation.OnvifScopeMfr, observation.LLDPManufacturer, observation.LapiManufacturer, observation.TVTVendor, observation.TapoManufacturer},
	"onvif-scope-hardware": {observation.OnvifScopeHW},
	"onvif-scope-location": {observation.OnvifScopeLoc},
	"onvif-scope-name":     {observation.OnvifScopeName},
	"onvif-scope-type":     {observation.OnvifScopeType},
	"pppp-uid":             {observation.PPPPUID},
	"rtsp-header":          {observation.RTSPHeader},
	"rtsp-path":            {observation.RTSPPath},
	"rtsp-realm":           {observation.RTSPRealm, observation.HTTPRealm},
	"rtsp-sdp":             {observation.SDPLine},
	"rtsp-server":          {observation.RTSPServer},
	"sadp-description":     {observation.SADPModel},
	"sip-user-agent":       {observation.SIPAgent},
	"ssh-banner":           {observation.SSHBanner},
	"snmp-oid-value":       {observation.SNMPValue},
	"snmp-sysdescr":        {observation.SNMPSysDescr, observation.LLDPDescription}, // the same text, by IEEE 802.1AB
	"snmp-sysobjectid":     {observation.SNMPSysObjectID},
	"ssdp-server":          {observation.SSDPServer, observation.HTTPServer},
	"telnet-banner":        {observation.Telnet},
	"tls-cert-issuer":      {observation.TLSIssuer},
	"tls-cert-subject":     {observation.TLSSubject},
	"tls-jarm":             {},
	"ubnt-platform":        {observation.UbntPlatform, observation.UbntModel},
	"upnp-device":          {observation.UPnPDeviceType, observation.SSDPType},
	"upnp-friendly-name":   {observation.UPnPFriendlyName},
	"upnp-manufacturer":    {observation.UPnPManufacturer},
	"upnp-model":           {observation.UPnPModelName, observation.UPnPModelDesc, observation.UPnPModelNumber},
	"wlan-ssid":            {observation.WLANSSID},
	"wsd-types":            {observation.WSDTypes},
	"www-auth-realm":       {observation.HTTPAuthenticate},
}

// Products lists the values of [Row.Product].
var Products = []string{
	"", "camera", "recorder", "encoder", "anpr", "doorbell", "body-worn dock", "drone", "vms server",
	"access-terminal", "intercom", "radar", "not a camera",
}

// Kinds lists the kinds of fingerprints, sorted.
func Kinds() []string {
	out := make([]string, 0, len(kinds))
	for k := range kinds {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

// Reads lists the fields a kind reads; none for a kind that reads no packet
// and for one that does not exist.
func Reads(kind string) []string { return kinds[kind] }
