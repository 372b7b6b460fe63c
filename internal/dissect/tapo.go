package dissect

import (
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// Tapo is the discovery of TP-Link's later devices (Tapo, VIGI, Kasa since
// 2023): UDP port 20002, a header of 16 bytes and JSON. The header: version,
// kind, number of the operation (two bytes), length (two bytes), flags, a spare
// byte, a number of the sender, and a checksum, big-endian. A question carries a
// public key; the answer says what and where the device is.
//
// Read in https://github.com/petretiandrea/plugp100/tree/0f369dfbc1dda7e975e14b58c9597a725f05f8e8
// (plugp100/discovery: 02 00 0001, length, kind 2201 of an answer), and in the
// recorded answers that we test with.
var tapoDissector = Dissector{
	Name:     "tapo",
	Fuzz:     "FuzzTapo",
	UDP:      []uint16{20002, 20004},
	Datagram: tapoDatagram,
}

const tapoHeaderLen = 16

// tapoDatagram reads an answer.
func tapoDatagram(src, _ uint16, b []byte, emit Emit) bool {
	if len(b) <= tapoHeaderLen || b[0] == 0 || b[0] > 4 || b[tapoHeaderLen] != '{' {
		return false
	}
	if src == 20002 || src == 20004 {
		fields(ParseTapo(b[tapoHeaderLen:])).send(emit, "tapo")
	}
	return true
}

// tapoNames gives the field of each key, of the discovery answer and of the
// answers to getDeviceInfo (cameras) and get_device_info (plugs, bulbs, hubs).
var tapoNames = map[string]string{
	"device_type": observation.TapoType, "type": observation.TapoType,
	"device_model": observation.TapoModel, "model": observation.TapoModel,
	"manufacturer_name": observation.TapoManufacturer,
	"mac":               observation.TapoMAC, "ip": observation.TapoIP, "local_ip": observation.TapoIP,
	"firmware_version": observation.TapoFirmware, "sw_version": observation.TapoFirmware, "fw_ver": observation.TapoFirmware,
	"hardware_version": observation.TapoHardware, "hw_version": observation.TapoHardware, "hw_ver": observation.TapoHardware,
	"device_id": observation.TapoID, "dev_id": observation.TapoID,
	"encrypt_type": observation.TapoEncryption,
}

// tapoHolders are the objects whose keys speak of the device itself, not of a
// hub's children or of a setting.
var tapoHolders = []string{"result", "discovery_result", "mgt_encrypt_schm", "basic_info", "info", "get_device_info"}

// ParseTapo reads the JSON with which a Tapo, VIGI or later Kasa device describes
// itself: the discovery answer, or answers of its local interface, alone or one
// beside the other. It returns nil for any other text; of one that is cut, the
// values before the cut. The first value of a field stands.
func ParseTapo(b []byte) []observation.Field {
	var f fields
	walkJSON(b, nil, func(path []string, value string) bool {
		at := len(path) - 1
		if at < 0 || at > 0 && !slices.Contains(tapoHolders, path[at-1]) || slices.Contains(path[:at], "child_device_list") {
			return true
		}
		name := tapoNames[path[at]]
		switch name {
		case "":
			return true
		case observation.TapoMAC:
			value = macText(value)
		case observation.TapoType:
			if !strings.HasPrefix(value, "SMART.") && !strings.HasPrefix(value, "IOT.") && !strings.HasPrefix(value, "TAPO.") {
				return true
			}
		}
		f.addFirst(name, value)
		return true
	})
	if !f.has(observation.TapoType) { // every answer has it, and little else that has these keys does
		return nil
	}
	return f
}
