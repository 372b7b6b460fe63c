package dissect

import (
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// ISAPI is the XML-over-HTTP interface of Hikvision's platform, and PSIA its
// forerunner with the same device document. Bodies reach isapiParts through the
// HTTP dissector; nothing is read by port.
var isapiDissector = Dissector{Name: "isapi", Fuzz: "FuzzISAPI"}

// isapiNames gives the field of each element of DeviceInfo. Names and order are
// those of the documents in https://github.com/maciej-or/hikvision_next
// (tests/fixtures).
var isapiNames = map[string]string{
	"deviceName":           observation.IsapiDeviceName,
	"model":                observation.IsapiModel,
	"serialNumber":         observation.IsapiSerial,
	"macAddress":           observation.IsapiMAC,
	"firmwareVersion":      observation.IsapiFirmware,
	"firmwareReleasedDate": observation.IsapiFirmwareDate,
	"deviceType":           observation.IsapiDeviceType,
	"systemContact":        observation.IsapiContact,
	"manufacturer":         observation.IsapiManufacturer,
	"OEMCode":              observation.IsapiOEMCode,
	"firmwareVersionInfo":  observation.IsapiPlatform,
}

// isapiSpaces are what the namespaces of ISAPI documents contain, badge builds
// included.
var isapiSpaces = []string{"hikvision.com/", "std-cgi.com/", "isapi.org/", "psialliance.org/", "/ver20/XMLSchema", "/ver10/XMLSchema"}

// isapiRoots are the elements that make a document ISAPI whatever its
// namespace.
var isapiRoots = map[string]bool{
	"DeviceInfo": true, "InputProxyChannelList": true, "InputProxyChannelStatusList": true,
	"EventNotificationAlert": true,
}

// isapiParts reads an ISAPI document: first what it says about its sender, then
// one part for each camera that a recorder lists. In a request (fromClient) only
// an event notification is read, for there the device is the client; what a
// client writes to a device is its wish and no sighting.
//
// It returns nothing for other XML. User names and passwords in a document are
// never among the fields.
func isapiParts(b []byte, fromClient bool) []part {
	root, space := xmlRoot(b)
	if !isapiRoots[root] && !isapiSpace(space) || fromClient && root != "EventNotificationAlert" {
		return nil
	}
	d := isapiDocument{}
	d.own.add(observation.IsapiElement, root)
	d.own.add(observation.IsapiNamespace, space)
	walkXML(b, func(e *element) bool {
		d.read(e)
		return len(d.behind) < maxFields
	})
	if !isapiSpace(space) && len(d.own) < 4 && len(d.behind) == 0 {
		return nil // another maker's document with the same root
	}
	return append([]part{{protocol: "isapi", fields: d.own}}, d.behind...)
}

func isapiSpace(space string) bool {
	for _, s := range isapiSpaces {
		if strings.Contains(space, s) {
			return true
		}
	}
	return false
}

// An isapiDocument gathers what one document says.
type isapiDocument struct {
	own     fields
	behind  []part // cameras of a recorder
	channel isapiChannel
}

// read takes one element at its end.
func (d *isapiDocument) read(e *element) {
	switch e.path[0] {
	case "DeviceInfo":
		if name := isapiNames[e.name()]; name != "" && len(e.path) == 2 {
			d.own.addFirst(name, e.text)
		}
	case "EventNotificationAlert":
		d.event(e)
	case "InputProxyChannelList", "InputProxyChannelStatusList", "InputProxyChannel", "InputProxyChannelStatus":
		d.proxy(e)
	case "NetworkInterfaceList", "NetworkInterface", "Link":
		if e.name() == "MACAddress" {
			d.own.addOnce(observation.IsapiMAC, e.text)
		}
	}
}

// event reads the addresses by which a device signs an event notification. A
// recorder signs its cameras' events with its own.
func (d *isapiDocument) event(e *element) {
	if len(e.path) != 2 {
		return
	}
	switch e.name() {
	case "macAddress":
		d.own.addFirst(observation.IsapiMAC, e.text)
	case "ipAddress":
		d.own.addFirst(observation.IsapiIP, e.text)
	}
}

// An isapiChannel is one camera of a recorder.
type isapiChannel struct {
	id, address, model, firmware, serial, mac string
}

// proxy reads a list of a recorder's channels, one element at a time.
func (d *isapiDocument) proxy(e *element) {
	c := &d.channel
	inSource := len(e.path) >= 2 && e.path[len(e.path)-2] == "sourceInputPortDescriptor"
	switch name := e.name(); {
	case name == "InputProxyChannel" || name == "InputProxyChannelStatus":
		d.endChannel()
	case name == "id" && !inSource && c.id == "":
		c.id = e.text
	case !inSource:
	case name == "ipAddress" || name == "ipv6Address" && c.address == "":
		c.address = e.text
	case name == "model":
		c.model = e.text
	case name == "firmwareVersion":
		c.firmware = e.text
	case name == "serialNumber":
		c.serial = e.text
	case name == "macAddress":
		c.mac = e.text
	}
}

// endChannel ends one channel: a line for the recorder, and a part about the
// camera itself if anything tells it from others.
func (d *isapiDocument) endChannel() {
	c := d.channel
	d.channel = isapiChannel{}
	if c.address == "" && c.serial == "" && c.model == "" {
		return
	}
	version, date, _ := strings.Cut(c.firmware, " ") // "V5.7.15 build 240201"
	words := []string{c.id, c.address, c.model, version, c.serial}
	for i, w := range words {
		if words[i] = strings.Join(strings.Fields(w), "_"); words[i] == "" {
			words[i] = "-"
		}
	}
	d.own.addOnce(observation.IsapiChannel, strings.Join(words, " "))
	var f fields
	f.add(observation.IsapiModel, c.model)
	f.add(observation.IsapiFirmware, version)
	f.add(observation.IsapiFirmwareDate, date)
	f.add(observation.IsapiSerial, c.serial)
	f.add(observation.IsapiMAC, c.mac)
	f.add(observation.IsapiIP, c.address)
	if len(f) > 0 {
		d.behind = append(d.behind, part{protocol: "isapi", about: observation.Named, fields: f})
	}
}
