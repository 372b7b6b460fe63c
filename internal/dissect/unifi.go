package dissect

import (
	"bytes"
	"encoding/json"

	"github.com/lenscap/lenscap/internal/observation"
)

// UniFi is what the recorder of Ubiquiti's UniFi Protect tells of its devices in
// JSON. It goes over TLS, so no packet shows it; other tools hand it over.
var unifiDissector = Dissector{Name: "unifi", Fuzz: "FuzzUniFi"}

// unifiKeys gives the field of each key of a device, in the order they are told;
// as in the recorded answers of https://github.com/uilibs/uiprotect
// (tests/sample_data).
var unifiKeys = []struct{ key, field string }{
	{"modelKey", observation.UniFiKind}, {"type", observation.UniFiType}, {"marketName", observation.UniFiModel},
	{"firmwareVersion", observation.UniFiFirmware}, {"hardwareRevision", observation.UniFiHardware}, {"platform", observation.UniFiPlatform},
	{"mac", observation.UniFiMAC}, {"host", observation.UniFiIP}, {"name", observation.UniFiName}, {"guid", observation.UniFiGUID},
}

// unifiLists are the keys of a bootstrap that hold devices.
var unifiLists = []string{"nvr", "cameras", "bridges", "chimes", "lights", "sensors", "viewers", "doorlocks", "aiports", "aiProcessors", "linkstations"}

// Bounds of one bootstrap: a recorder serves fewer than a hundred devices, and
// tells some 10 KB of each.
const (
	maxUniFi     = 1024
	maxUniFiJSON = 16 << 20 // bytes
)

// ParseUniFi reads the JSON of one device, or of the first device that a list or the
// recorder's bootstrap holds. See [ParseUniFiDevices].
func ParseUniFi(b []byte) []observation.Field {
	if all := ParseUniFiDevices(b); len(all) > 0 {
		return all[0]
	}
	return nil
}

// ParseUniFiDevices reads the JSON of one device, a list of such, or the bootstrap of
// a recorder, which has the recorder and a list for each kind of device. An
// object without modelKey and a hardware address is no device. It returns nil
// for any other text, and for one that is cut.
func ParseUniFiDevices(b []byte) [][]observation.Field {
	var all [][]observation.Field
	if len(b) > maxUniFiJSON {
		return nil
	}
	switch b = bytes.TrimSpace(b); {
	case bytes.HasPrefix(b, []byte("[")):
		return unifiList(all, b)
	case bytes.HasPrefix(b, []byte("{")):
		object := unifiObject(b)
		if all = unifiDevice(all, object); len(all) > 0 {
			return all
		}
		for _, key := range unifiLists {
			if held := object[key]; bytes.HasPrefix(held, []byte("[")) {
				all = unifiList(all, held)
			} else {
				all = unifiDevice(all, unifiObject(held))
			}
		}
	}
	return all
}

// unifiObject reads the keys of an object; nil when b is none.
func unifiObject(b []byte) map[string]json.RawMessage {
	var object map[string]json.RawMessage
	if json.Unmarshal(b, &object) != nil {
		return nil
	}
	return object
}

// unifiList adds every device of a list.
func unifiList(all [][]observation.Field, b []byte) [][]observation.Field {
	var list []json.RawMessage
	if json.Unmarshal(b, &list) != nil {
		return all
	}
	for _, e := range list[:min(len(list), maxUniFi)] {
		all = unifiDevice(all, unifiObject(e))
	}
	return all
}

// unifiDevice adds the device that an object describes, if it does.
func unifiDevice(all [][]observation.Field, object map[string]json.RawMessage) [][]observation.Field {
	var f fields
	for _, k := range unifiKeys {
		var value any
		if json.Unmarshal(object[k.key], &value) != nil {
			continue
		}
		text, ok := value.(string)
		if !ok {
			if _, number := value.(float64); !number {
				continue
			}
			text = string(object[k.key])
		}
		if k.field == observation.UniFiMAC {
			text = macText(text)
		}
		f.add(k.field, text)
	}
	if !f.has(observation.UniFiKind) || !f.has(observation.UniFiMAC) {
		return all
	}
	return append(all, f)
}
