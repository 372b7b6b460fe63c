package dissect

import "github.com/lenscap/lenscap/internal/observation"

// HNAP is the Home Network Administration Protocol, SOAP over HTTP. Bodies
// reach parseHNAP through the HTTP dissector; nothing is read by port.
var hnapDissector = Dissector{Name: "hnap", Fuzz: "FuzzHNAP"}

// hnapNames gives the field of each element of GetDeviceSettingsResponse, as
// D-Link cameras and plugs send it (IoT Sentinel captures, D-LinkCam).
var hnapNames = map[string]string{
	"VendorName": observation.HNAPVendor, "ModelName": observation.HNAPModel,
	"ModelDescription": observation.HNAPDesc, "FirmwareVersion": observation.HNAPFirmware,
	"HardwareVersion": observation.HNAPHardware, "DeviceName": observation.HNAPName,
	"Type": observation.HNAPType,
}

// parseHNAP reads the device's settings in an answer. What it calls its modules
// ("Camera", "Audio Renderer") follows its type under the same field name.
// Other answers, the login among them, yield nothing.
func parseHNAP(b []byte) fields {
	var f, modules fields
	walkXML(b, func(e *element) bool {
		if !e.under("Envelope", "Body", "GetDeviceSettingsResponse") {
			return true
		}
		switch {
		case len(e.path) == 5 && e.path[3] == "ModuleTypes" && e.name() == "string":
			modules.addOnce(observation.HNAPType, e.text)
		case len(e.path) != 4:
		case e.name() == "DeviceMacId":
			f.addFirst(observation.HNAPMAC, macText(e.text))
		case hnapNames[e.name()] != "":
			f.addFirst(hnapNames[e.name()], e.text)
		}
		return true
	})
	for _, m := range modules {
		f.addOnce(m.Name, m.Value)
	}
	return f
}
