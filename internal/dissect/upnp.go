package dissect

import (
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// UPnP device descriptions are XML over HTTP. Bodies reach parseUPnP through
// the HTTP dissector; nothing is read by port.
var upnpDissector = Dissector{Name: "upnp", Fuzz: "FuzzUPnP"}

// upnpNames gives the field of each element of a device, in lower case, since
// devices spell serialNumber in several ways. Elements for the hardware address
// are makers' additions.
var upnpNames = map[string]string{
	"devicetype": observation.UPnPDeviceType, "friendlyname": observation.UPnPFriendlyName,
	"manufacturer": observation.UPnPManufacturer, "modelname": observation.UPnPModelName,
	"modelnumber": observation.UPnPModelNumber, "modeldescription": observation.UPnPModelDesc,
	"serialnumber": observation.UPnPSerial, "udn": observation.UPnPUUID,
	"macaddress": observation.UPnPMAC, "mac": observation.UPnPMAC, "hwaddr": observation.UPnPMAC,
}

// parseUPnP reads a device description: the root device first, then the devices
// inside it, wherever the document puts them.
//
// Format: UPnP device architecture 2.0, section 2.3.
func parseUPnP(b []byte) fields {
	var root, nested fields
	walkXML(b, func(e *element) bool {
		n := len(e.path)
		if n < 3 || e.path[n-2] != "device" || !e.under("root", "device") {
			return true
		}
		into := &root
		if n > 3 {
			into = &nested
		}
		value := e.text
		switch name := upnpNames[strings.ToLower(e.name())]; name {
		case "":
			return true
		case observation.UPnPUUID:
			into.addOnce(name, bareUUID(value))
		case observation.UPnPMAC:
			into.addOnce(name, macText(value))
		default:
			into.addOnce(name, value)
		}
		return true
	})
	for _, f := range nested {
		root.addOnce(f.Name, f.Value)
	}
	return root
}
