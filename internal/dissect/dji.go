package dissect

import (
	"bytes"
	"strconv"

	"github.com/lenscap/lenscap/internal/observation"
)

// DJI DroneID is what DJI's drones with Wi-Fi links put into their beacons: a
// vendor element of OUI 26:37:12 (60:60:1F, DJI's registered one, on some), then
// 58 62 13 and a kind: 10 for flight telemetry, 11 for what its owner entered.
// Where it flies and what its owner wrote is not read. Beacons reach djiElement
// through wlanFrame.
//
// Layout: https://github.com/kismetwireless/kismet/blob/6043acbfe76709b51f7a03ec2b9be50975362694/kaitai_definitions/dot11_ie_221_dji_droneid.ksy;
// numbers of products: https://github.com/RUB-SysSec/DroneSecurity/blob/363d41d1128c01894b8f00509e020203532d2890/src/droneid_packet.py.
// We have not seen one in a capture.
var djiDissector = Dissector{Name: "dji", Fuzz: "FuzzDJI"}

const (
	djiSerialLen     = 16
	djiTelemetryAt   = 5  // serial number in telemetry: after version, number (2) and state (2)
	djiProductAt     = 53 // number of the product in telemetry
	djiPurposeSerial = 0  // serial number in what the owner entered
)

var djiHeads = [][]byte{{0x26, 0x37, 0x12, 0x58, 0x62, 0x13}, {0x60, 0x60, 0x1f, 0x58, 0x62, 0x13}}

// djiElement reads the content of a vendor element, if it is DJI's.
func djiElement(b []byte, emit Emit) {
	if len(b) < 7 || !bytes.HasPrefix(b, djiHeads[0]) && !bytes.HasPrefix(b, djiHeads[1]) {
		return
	}
	var f fields
	record := b[7:]
	switch b[6] {
	case 0x10:
		f.addFixed(observation.DJISerial, record, djiTelemetryAt, djiSerialLen)
		if len(record) > djiProductAt {
			number := record[djiProductAt]
			f.add(observation.DJIProduct, strconv.Itoa(int(number)))
			f.add(observation.DJIModel, djiProducts[number])
		}
	case 0x11:
		f.addFixed(observation.DJISerial, record, djiPurposeSerial, djiSerialLen)
	}
	f.send(emit, "dji")
}

// djiProducts names the products by number; those that name a part or a series
// only are left out.
var djiProducts = map[byte]string{
	1: "Inspire 1", 4: "Phantom 3 Standard", 5: "Matrice 100", 11: "Phantom 4", 12: "Agras MG-1", 14: "Matrice 600", 15: "Phantom 3 4K",
	16: "Mavic Pro", 17: "Inspire 2", 18: "Phantom 4 Pro", 21: "Spark", 23: "Matrice 600 Pro", 24: "Mavic Air", 25: "Matrice 200",
	27: "Phantom 4 Advanced", 28: "Matrice 210", 30: "Matrice 210 RTK", 34: "Agras MG-1A", 35: "Phantom 4 RTK", 36: "Phantom 4 Pro V2.0",
	38: "Agras MG-1P", 40: "Agras MG-1P RTK", 41: "Mavic 2", 51: "Mavic 2 Enterprise", 53: "Mavic Mini", 58: "Mavic Air 2",
	59: "P4 Multispectral", 60: "Matrice 300 RTK", 61: "FPV", 63: "Mini 2", 64: "Agras T10", 65: "Agras T30", 66: "Air 2S",
	67: "Matrice 30", 68: "Mavic 3", 69: "Mavic 2 Enterprise Advanced", 70: "Mini SE",
}
