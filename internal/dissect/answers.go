package dissect

import (
	"bytes"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// What follows reads the answers by which cameras of several makers describe
// themselves over HTTP. Each function takes one body that its caller knows to be
// of that interface, and is also fit for answers that came out of other tools.
// Whether a body on the wire is of it, answerParts decides.

// maxLines bounds the lines of one text of key=value; a full parameter list of
// a camera has two thousand.
const maxLines = 8192

// eachKeyValue calls visit with every line "key=value" of b.
func eachKeyValue(b []byte, visit func(key, value string)) {
	n := 0
	for line := range bytes.Lines(b) {
		if n++; n > maxLines {
			return
		}
		key, value, ok := bytes.Cut(bytes.TrimSpace(line), []byte("="))
		if key = bytes.TrimSpace(key); ok && len(key) > 0 && len(key) < 256 {
			visit(string(key), string(bytes.TrimSpace(value)))
		}
	}
}

// vapixParameters gives the field of each parameter of param.cgi, without
// "root.". Names: https://developer.axis.com/vapix/network-video/parameter-management/
var vapixParameters = map[string]string{
	"Brand.Brand":                    observation.VapixBrand,
	"Brand.ProdFullName":             observation.VapixModel,
	"Brand.ProdNbr":                  observation.VapixProduct,
	"Brand.ProdType":                 observation.VapixType,
	"Properties.Firmware.Version":    observation.VapixFirmware,
	"Properties.System.SerialNumber": observation.VapixSerial,
	"Properties.System.HardwareID":   observation.VapixHardware,
	"Properties.System.Soc":          observation.VapixSoC,
}

// vapixProperties gives the field of each property of basicdeviceinfo.cgi.
// Names: https://developer.axis.com/vapix/network-video/basic-device-information/
var vapixProperties = map[string]string{
	"Brand":        observation.VapixBrand,
	"ProdFullName": observation.VapixModel,
	"ProdNbr":      observation.VapixProduct,
	"ProdType":     observation.VapixType,
	"Version":      observation.VapixFirmware,
	"SerialNumber": observation.VapixSerial,
	"HardwareID":   observation.VapixHardware,
	"Soc":          observation.VapixSoC,
}

// ParseVAPIX reads Axis' text of parameters (param.cgi) or its JSON of basic
// device information. It returns nil for other text. The serial number of an
// Axis device is its MAC address, and is given as both.
func ParseVAPIX(b []byte) []observation.Field {
	var f fields
	if looksJSON(b) {
		walkJSON(b, nil, func(keys []string, value string) bool {
			if n := len(keys); n > 1 && keys[n-2] == "propertyList" {
				f.addNamed(vapixProperties[keys[n-1]], value)
			}
			return true
		})
	} else {
		eachKeyValue(b, func(key, value string) {
			key = strings.TrimPrefix(key, "root.")
			if strings.HasPrefix(key, "Network.") && strings.HasSuffix(key, ".MACAddress") {
				if mac := macText(value); mac != "" {
					f.addOnce(observation.VapixMAC, mac)
				}
				return
			}
			f.addNamed(vapixParameters[key], value)
		})
	}
	if serial := f.get(observation.VapixSerial); strings.EqualFold(f.get(observation.VapixBrand), "AXIS") && len(serial) == 12 {
		f.addOnce(observation.VapixMAC, macText(serial))
	}
	if !f.has(observation.VapixModel) && !f.has(observation.VapixProduct) && !f.has(observation.VapixSerial) &&
		!f.has(observation.VapixFirmware) && !f.has(observation.VapixMAC) {
		return nil
	}
	return f
}

// addNamed is addFirst, unless the name is empty.
func (f *fields) addNamed(name, value string) {
	if name != "" {
		f.addFirst(name, value)
	}
}

// dahuaKeys gives the field of each key of magicBox.cgi, in lower case. Names:
// https://github.com/rroller/dahua (custom_components/dahua/client.py), which
// records answers, and https://github.com/tchellomello/python-amcrest.
var dahuaKeys = map[string]string{
	"devicetype":      observation.DahuaCGIModel,
	"type":            observation.DahuaCGIModel,
	"updateserial":    observation.DahuaCGIFamily,
	"class":           observation.DahuaCGIClass,
	"serialnumber":    observation.DahuaCGISerial,
	"sn":              observation.DahuaCGISerial,
	"hardwareversion": observation.DahuaCGIHardware,
	"processor":       observation.DahuaCGISoC,
	"vendor":          observation.DahuaCGIVendor,
	"name":            observation.DahuaCGIName,
}

// ParseDahuaCGI reads the lines by which Dahua's magicBox.cgi and
// configManager.cgi answer. It returns nil for text without any known key. Some
// answers are a single line such as "type=IPC-HDW5831R-ZE": the caller must know
// that the text is of this interface.
//
// "version=" is both the firmware's and the hardware's; only the firmware's has
// a build behind it.
func ParseDahuaCGI(b []byte) []observation.Field {
	var f fields
	eachKeyValue(b, func(key, value string) {
		switch key = strings.ToLower(key); {
		case key == "version":
			if version, build, ok := strings.Cut(value, ",build:"); ok {
				f.addFirst(observation.DahuaCGIFirmware, strings.TrimSpace(version)+" build:"+strings.TrimSpace(build))
			}
		case strings.HasPrefix(key, "table.network.") && strings.HasSuffix(key, ".physicaladdress"):
			if mac := macText(value); mac != "" {
				f.addOnce(observation.DahuaCGIMAC, mac)
			}
		default:
			f.addNamed(dahuaKeys[key], value)
		}
	})
	return f
}

// dahuaCGI reports whether a body is of Dahua's interface: it answers a request
// for it, or has the keys that only getSystemInfo has side by side.
func dahuaCGI(target string, b []byte) bool {
	path := strings.ToLower(target[:min(len(target), 128)])
	if strings.Contains(path, "/cgi-bin/magicbox.cgi") || strings.Contains(path, "/cgi-bin/configmanager.cgi") {
		return true
	}
	b = b[:min(len(b), 1024)]
	return bytes.Contains(b, []byte("deviceType=")) && bytes.Contains(b, []byte("serialNumber=")) &&
		(bytes.Contains(b, []byte("processor=")) || bytes.Contains(b, []byte("updateSerial=")))
}

// ParseISAPI reads what a document of Hikvision's ISAPI, or of PSIA, says about
// the device that sent it; nil for other XML. The cameras that a recorder lists
// are only in the field isapi.channel.
func ParseISAPI(b []byte) []observation.Field {
	parts := isapiParts(b, false)
	if len(parts) == 0 {
		return nil
	}
	return parts[0].fields
}

// lapiKeys gives the field of each key. Names as recorded in the client of
// https://github.com/apache/hertzbeat (home/docs/help/uniview.md) and in live
// answers that clients of the NVR302 quote.
var lapiKeys = map[string]string{
	"DeviceModel":     observation.LapiModel,
	"SerialNumber":    observation.LapiSerial,
	"FirmwareVersion": observation.LapiFirmware,
	"SoftwareVersion": observation.LapiFirmware,
	"HardwareVersion": observation.LapiHardware,
	"MAC":             observation.LapiMAC,
	"MACAddress":      observation.LapiMAC,
	"DeviceName":      observation.LapiName,
	"DeviceType":      observation.LapiType,
	"Manufacturer":    observation.LapiManufacturer,
}

// ParseLAPI reads the JSON by which Uniview's LAPI answers for a device's own
// description: what stands in Response/Data itself. It returns nil for JSON
// without LAPI's envelope.
func ParseLAPI(b []byte) []observation.Field {
	parts := lapiParts(b)
	if len(parts) == 0 || parts[0].about != observation.Sender {
		return nil
	}
	return parts[0].fields
}

// lapiParts reads one answer: what it says of its sender, and a part for each
// camera that a recorder lists (Channels/System/ChannelDetailInfos, DeviceInfos).
func lapiParts(b []byte) []part {
	if !looksJSON(b) {
		return nil
	}
	var (
		own      fields
		behind   []part
		envelope bool
	)
	begin := func(keys []string) {
		if len(keys) == 3 && lapiList(keys) && len(behind) < maxFields {
			behind = append(behind, part{protocol: "lapi", about: observation.Named})
		}
	}
	walkJSON(b, begin, func(keys []string, value string) bool {
		n := len(keys)
		switch {
		case n < 2 || keys[0] != "Response":
		case n == 2 && keys[1] == "ResponseURL" && strings.HasPrefix(value, "/LAPI/"):
			own.addFirst(observation.LapiURL, value)
			envelope = true
		case n == 2 && keys[1] == "ResponseString":
			envelope = true
		case n == 3 && keys[1] == "Data":
			lapiField(&own, keys[2], value)
		case n > 3 && lapiList(keys) && len(behind) > 0:
			camera := &behind[len(behind)-1].fields
			switch {
			case n == 5 && keys[3] == "AddressInfo" && keys[4] == "Address":
				camera.addFirst(observation.LapiIP, value)
			case n == 4, n == 5 && keys[3] == "AddressInfo":
				lapiField(camera, keys[n-1], value)
			}
		}
		return true
	})
	if !envelope || !own.has(observation.LapiURL) && !(own.has(observation.LapiModel) && own.has(observation.LapiSerial)) {
		return nil // some other answer, or a namesake's
	}
	parts := []part{{protocol: "lapi", fields: own}}
	for _, p := range behind { // a slot without a camera has none of these
		if p.fields.has(observation.LapiMAC) || p.fields.has(observation.LapiSerial) || p.fields.has(observation.LapiIP) {
			parts = append(parts, p)
		}
	}
	return parts
}

// lapiList reports whether keys, at least three, lead to a list of cameras or
// into it.
func lapiList(keys []string) bool {
	return keys[0] == "Response" && keys[1] == "Data" && (keys[2] == "DetailInfos" || keys[2] == "DeviceInfos")
}

func lapiField(f *fields, key, value string) {
	name := lapiKeys[key]
	if name == observation.LapiMAC {
		if value = macText(value); value == "ff:ff:ff:ff:ff:ff" || value == "00:00:00:00:00:00" {
			return // a slot without a camera
		}
	}
	if name == observation.LapiType && strings.Trim(value, "0123456789") == "" {
		return // a number without a published meaning
	}
	f.addNamed(name, value)
}

// looksJSON reports whether b starts as a JSON object.
func looksJSON(b []byte) bool {
	b = bytes.TrimLeft(b[:min(len(b), 64)], "\ufeff \t\r\n")
	return len(b) > 0 && b[0] == '{'
}
