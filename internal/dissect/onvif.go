package dissect

import (
	"bytes"
	"net/url"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// WS-Discovery (OASIS, 2009; UDP port 3702) and the answers of ONVIF's device
// service (ONVIF Core Specification, SOAP over HTTP). Elements are told apart by
// local name: namespaces differ between the drafts that devices implement.
var onvifDissector = Dissector{
	Name:     "wsd",
	Fuzz:     "FuzzONVIF",
	UDP:      []uint16{3702},
	Looks:    looksSOAP,
	Datagram: wsdDatagram,
}

// looksSOAP reports whether b starts like a SOAP envelope. It looks at no more
// than 256 bytes.
func looksSOAP(b []byte) bool {
	if len(b) < 16 || b[0] != '<' {
		return false
	}
	return bytes.Contains(b[:min(len(b), 256)], []byte("Envelope"))
}

// wsdDatagram reads one WS-Discovery message.
func wsdDatagram(_, _ uint16, b []byte, emit Emit) bool {
	parts := wsdParts(b)
	for _, p := range parts {
		p.fields.sendAbout(emit, p.protocol, p.about)
	}
	return len(parts) > 0
}

// wsdKinds are the messages of WS-Discovery, by the first element of the body.
// The matches are the answers' own elements.
var wsdKinds = map[string]string{
	"Hello": "Hello", "Bye": "Bye", "Probe": "Probe", "Resolve": "Resolve",
	"ProbeMatches": "ProbeMatches", "ResolveMatches": "ResolveMatches",
	"ProbeMatch": "ProbeMatches", "ResolveMatch": "ResolveMatches",
}

// wsdParts reads the matches of an answer, or the announcement or question. An
// answer with several matches comes from a proxy: each match is then only about
// the device it names.
func wsdParts(b []byte) []part {
	var (
		all  []part
		f    fields
		text wsdText
	)
	walkXML(b, func(e *element) bool {
		if len(e.path) < 3 || e.path[1] != "Body" {
			return len(all) < maxFields
		}
		kind := wsdKinds[e.path[2]]
		if kind == "" {
			return true
		}
		text.read(e)
		whole := len(e.path) == 3
		if match := len(e.path) == 4 && strings.HasSuffix(e.name(), "Match"); match || whole {
			if f = text.fields(kind); len(f) > 1 || whole && len(all) == 0 {
				all = append(all, part{protocol: "wsd", fields: f})
			}
			text = wsdText{}
		}
		return !whole && len(all) < maxFields
	})
	if len(all) > 1 {
		for i := range all {
			all[i].about = observation.Named
		}
	}
	return all
}

// A wsdText holds the texts of one announcement, match or question.
type wsdText struct {
	address, types, scopes, xaddrs string
}

func (t *wsdText) read(e *element) {
	switch e.name() {
	case "Address":
		if len(e.path) >= 2 && e.path[len(e.path)-2] == "EndpointReference" {
			t.address = e.text
		}
	case "Types":
		t.types = e.text
	case "Scopes":
		t.scopes = e.text
	case "XAddrs":
		t.xaddrs = e.text
	}
}

func (t *wsdText) fields(kind string) fields {
	var f fields
	f.add(observation.WSDMessage, kind)
	if kind == "Probe" || kind == "Resolve" {
		for name := range strings.FieldsSeq(t.types) {
			f.addOnce(observation.WSDProbe, localName(name))
		}
		return f
	}
	f.add(observation.WSDUUID, bareUUID(t.address))
	for name := range strings.FieldsSeq(t.types) {
		f.addOnce(observation.WSDTypes, localName(name))
	}
	for address := range strings.FieldsSeq(t.xaddrs) {
		f.addOnce(observation.WSDXAddr, address)
	}
	for scope := range strings.FieldsSeq(t.scopes) {
		addScope(&f, scope)
	}
	return f
}

// localName drops the prefix of a qualified name.
func localName(s string) string { return s[strings.LastIndexByte(s, ':')+1:] }

// bareUUID drops what devices write before a UUID: "urn:uuid:", "uuid:" or
// "urn:".
func bareUUID(s string) string {
	for _, prefix := range []string{"urn:", "uuid:"} {
		if len(s) > len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
			s = s[len(prefix):]
		}
	}
	return s
}

// scopeNames gives the field of each kind of ONVIF scope, in lower case. The
// first five are of the specification (section 7.3.2.2) or near it, the others
// what makers add.
var scopeNames = map[string]string{
	"name": observation.OnvifScopeName, "hardware": observation.OnvifScopeHW,
	"location": observation.OnvifScopeLoc, "type": observation.OnvifScopeType,
	"manufacturer": observation.OnvifScopeMfr, "mfr": observation.OnvifScopeMfr,
	"vendor": observation.OnvifScopeMfr, "brand": observation.OnvifScopeMfr,
	"mac": observation.OnvifScopeMAC, "macaddr": observation.OnvifScopeMAC,
	"macaddress": observation.OnvifScopeMAC, "mac_address": observation.OnvifScopeMAC,
	"serial": observation.OnvifSerial, "serialnumber": observation.OnvifSerial,
	"firmware": observation.OnvifFirmware, "firmwareversion": observation.OnvifFirmware,
}

// addScope adds a scope as sent and, if it is one of ONVIF's, what it says.
func addScope(f *fields, scope string) {
	f.addOnce(observation.WSDScope, scope)
	const scheme = "onvif://"
	if len(scope) < len(scheme) || !strings.EqualFold(scope[:len(scheme)], scheme) {
		return
	}
	_, path, _ := strings.Cut(scope[len(scheme):], "/")
	kind, value, _ := strings.Cut(path, "/")
	name := scopeNames[strings.ToLower(kind)]
	if name == "" {
		return
	}
	f.addOnce(name, unescape(strings.Trim(value, "/")))
}

// unescape decodes percent escapes; a text with a malformed one stays as it is.
func unescape(s string) string {
	if t, err := url.PathUnescape(s); err == nil {
		return t
	}
	return s
}

// onvifNames gives the field of each element of GetDeviceInformationResponse.
var onvifNames = map[string]string{
	"Manufacturer": observation.OnvifManufacturer, "Model": observation.OnvifModel,
	"FirmwareVersion": observation.OnvifFirmware, "SerialNumber": observation.OnvifSerial,
	"HardwareId": observation.OnvifHardware,
}

// onvifParts reads the SOAP envelope in an HTTP answer; nothing if it is none,
// or says nothing of the device. WS-Discovery over HTTP is read as well.
func onvifParts(b []byte) []part {
	if root, _ := xmlRoot(b); root != "Envelope" {
		return nil
	}
	var f fields
	walkXML(b, func(e *element) bool {
		if !e.under("Envelope", "Body") || len(e.path) < 4 || e.text == "" {
			return true
		}
		below := e.path[3:] // of the answer's element
		switch e.path[2] {
		case "GetDeviceInformationResponse":
			if name := onvifNames[e.name()]; name != "" && len(below) == 1 {
				f.addFirst(name, e.text)
			}
		case "GetScopesResponse":
			if e.name() == "ScopeItem" {
				addScope(&f, e.text)
			}
		case "GetServicesResponse":
			onvifService(&f, below, e.text)
		case "GetCapabilitiesResponse":
			onvifCapability(&f, below, e.text)
		case "GetHostnameResponse":
			if e.name() == "Name" {
				f.addFirst(observation.OnvifHostname, e.text)
			}
		case "GetNetworkInterfacesResponse":
			if e.name() == "HwAddress" {
				f.addOnce(observation.OnvifMAC, e.text)
			}
		}
		return true
	})
	if len(f) > 0 {
		return []part{{protocol: "onvif", fields: f}}
	}
	return wsdParts(b)
}

// onvifService reads Service/Namespace and Service/XAddr.
func onvifService(f *fields, below []string, text string) {
	if len(below) != 2 || below[0] != "Service" {
		return
	}
	switch below[1] {
	case "Namespace":
		f.addOnce(observation.OnvifService, text)
	case "XAddr":
		f.addOnce(observation.OnvifXAddr, text)
	}
}

// onvifCapability reads what is true, and the addresses, below Capabilities.
func onvifCapability(f *fields, below []string, text string) {
	if len(below) < 2 || below[0] != "Capabilities" {
		return
	}
	switch {
	case below[len(below)-1] == "XAddr":
		f.addOnce(observation.OnvifXAddr, text)
	case text == "true" || text == "1" && strings.HasSuffix(below[len(below)-1], "Support"):
		f.addOnce(observation.OnvifCapability, strings.Join(below[1:], "/"))
	}
}
