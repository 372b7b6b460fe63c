package lab

import "time"

// estatePlaces are the sites of the estate.
func estatePlaces() []place {
	return []place{townHall(), depot(), library(), carPark(), controlRoom()}
}

var (
	notSensitive = map[string]bool{"secret": false, "developed-vetting": false, "ministers": false, "socpa": false}
	udhcp        = []byte{1, 3, 6, 12, 15, 28, 42}
)

// base are the things every site has that are no cameras.
func base(net byte, pc string) []member {
	tail := string("0123456789abcdef"[net&15])
	return []member{
		{name: "router", mac: "4c:5e:0c:42:7a:0" + tail, host: 1, office: true, truth: Label{Kind: "not a camera"}},
		{name: "access switch", mac: "00:1b:54:d3:40:8" + tail, host: 2, office: true, ttl: 255, speaks: saysSwitch, truth: Label{Kind: "not a camera", Brand: "Cisco", Maker: "cisco"}},
		{name: "computer that manages video", mac: "00:14:22:7b:0d:9" + tail, host: seekerHost, ttl: 128, truth: Label{Kind: "not a camera"},
			dhcp: DHCP{Hostname: "NSC-VMS-" + tail, VendorClass: "MSFT 5.0", Parameters: []byte{1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252}}},
		{name: "office computer", mac: "00:14:22:90:31:c" + tail, host: 50, office: true, ttl: 128, truth: Label{Kind: "not a camera"},
			dhcp:  DHCP{Hostname: pc, VendorClass: "MSFT 5.0", Parameters: []byte{1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252}},
			calls: []visit{{name: "news.example.org", first: 9 * time.Hour, every: 4, up: 600, down: 9000}, {name: "mail.example.net", first: 8 * time.Hour, every: 5, up: 900, down: 1400}}},
		{name: "printer", mac: "3c:d9:2b:6b:77:2" + tail, host: 70, office: true, speaks: saysPrinter, truth: Label{Kind: "not a camera", Brand: "HP", Maker: "hp", Model: "LaserJet M404dn"},
			dhcp: DHCP{Hostname: "HP6B772" + tail, VendorClass: "Hewlett-Packard JetDirect", Parameters: []byte{6, 3, 1, 15, 66, 67, 13, 44, 12, 81}}},
	}
}

// hikConnect are the visits of a camera to its maker's service.
func hikConnect(first time.Duration) []visit {
	return []visit{{name: "litedev.hik-connect.com", first: first, every: 3, up: 260, down: 180}}
}

func townHall() place {
	const hour = time.Hour
	return place{
		folder: "town-hall", net: 41, watched: func(int) bool { return true }, list: exported, comma: ',',
		site: indexSite{Name: "Town hall", Says: "A sensitive site. A camera took new firmware on 30 October; a camera on the list was never seen.",
			Facts: indexFacts{Address: "1 Market Square, Northshire", Owner: "Northshire Council", Landlord: "Northshire Council", DataController: "Northshire Council",
				Sensitive: map[string]bool{"secret": false, "developed-vetting": false, "ministers": true, "socpa": false},
				Purpose:   map[string]bool{"public-safety": true, "government-facility": true}, Purchased: "2020-09", Installed: "2020-11", Tags: []string{"civic"}}},
		members: append(base(41, "NSC-TH-0117"),
			member{name: "dome over the entrance", mac: "2c:a5:9c:61:08:1e", host: 11, speaks: saysHikvision, view: viewHikvision, calls: hikConnect(2 * hour),
				truth: Label{Camera: true, Kind: "camera", Brand: "Hikvision", Maker: "hikvision", Model: "DS-2CD2143G0-I", Firmware: "V5.6.5build 200316", Serial: "DS-2CD2143G0-I20201002AAWRE52310733"},
				dhcp:  DHCP{Hostname: "HikvisionDS", VendorClass: "udhcp 1.19.4", Parameters: udhcp}, declared: declared{name: "TH-01 Entrance", place: "Entrance", when: "2020-11-16"}},
			member{name: "dome in the foyer", mac: "2c:a5:9c:61:08:52", host: 12, speaks: saysHikvision, view: viewHikvision, calls: hikConnect(hour),
				truth: Label{Camera: true, Kind: "camera", Brand: "Hikvision", Maker: "hikvision", Model: "DS-2CD2143G0-I", Firmware: "V5.6.5build 200316", Serial: "DS-2CD2143G0-I20201002AAWRE52310751"},
				dhcp:  DHCP{Hostname: "HikvisionDS", VendorClass: "udhcp 1.19.4", Parameters: udhcp}, declared: declared{name: "TH-02 Foyer", place: "Foyer", when: "2020-11-16"}},
			member{name: "dome in the stairwell, which took new firmware", mac: "b8:a4:4f:6a:41:70", host: 14, speaks: saysAxis, view: viewAxis,
				calls: []visit{{name: "connect.axis.com", first: 4 * hour, every: 6, up: 300, down: 500}, {name: "connect.axis.com", from: 9, until: 9, first: 3 * hour, up: 300, down: 60000}},
				truth: Label{Camera: true, Kind: "camera", Brand: "Axis", Maker: "axis", Model: "P3245-LV", Firmware: "10.12.228", Serial: "B8A44F6A4170"}, newer: "11.11.116", newerOn: 9,
				dhcp: DHCP{Hostname: "axis-b8a44f6a4170", Parameters: udhcp}, declared: declared{name: "TH-03 Stairwell", place: "Stairwell, 2nd floor", when: "2023-02-08"}},
			member{name: "dome in the council chamber's corridor", mac: "e4:30:22:1a:c4:06", host: 15, speaks: saysHanwha, view: viewHanwha,
				truth: Label{Camera: true, Kind: "camera", Brand: "Hanwha", Maker: "hanwha", Model: "XNV-6080", Firmware: "1.41.06_20211208", Serial: "ZRXP70GN400127E"},
				dhcp:  DHCP{Hostname: "XNV-6080-E430221AC406", VendorClass: "udhcp 1.20.2", Parameters: udhcp}, declared: declared{name: "TH-04 Corridor", place: "Corridor, 1st floor", when: "2022-01-20"}},
			member{name: "camera in the mayor's car park", mac: "00:07:5f:b4:10:0d", host: 16, speaks: saysBosch, view: viewBosch,
				calls: []visit{{name: "remotesecurity.boschsecurity.com", first: 5 * hour, every: 8, up: 280, down: 300}},
				truth: Label{Camera: true, Kind: "camera", Brand: "Bosch", Maker: "bosch", Model: "NBE-3502-AL", Firmware: "7.80.0128", Serial: "044518273610120931"},
				dhcp:  DHCP{Hostname: "camera-b4100d", Parameters: udhcp}, declared: declared{name: "TH-05 Yard", place: "Yard", when: "2021-06-02"}},
			member{name: "recorder", mac: "3c:ef:8c:90:c3:0a", host: 5, speaks: saysDahua,
				calls: []visit{{name: "iotaccess.easy4ipcloud.com", first: hour, every: 4, up: 320, down: 200}},
				truth: Label{Camera: true, Kind: "recorder", Brand: "Dahua", Maker: "dahua", Model: "DHI-NVR5216-16P-4KS2", Firmware: "4.003.00IB001.0.R", Serial: "5G04A8BPAZ3C1F2"},
				dhcp:  DHCP{Hostname: "NVR", VendorClass: "udhcp 1.22.1", Parameters: udhcp}, declared: declared{name: "TH-NVR-1", place: "Server room", when: "2020-11-16"}},
			member{name: "network storage", mac: "00:11:32:a1:0b:f3", host: 80, office: true, speaks: saysStorage, truth: Label{Kind: "not a camera", Brand: "Synology", Maker: "synology", Model: "DS220+"},
				dhcp: DHCP{Hostname: "archive", VendorClass: "dhcpcd-9.4.1", Parameters: udhcp}},
		),
		extra: [][]string{ // never seen
			{"NSC-VMS-41", "TH-06 Council chamber", "True", "http://10.41.20.17/", "00:04:7d:5b:90:2e", "Pelco", "IXE20", "IX2E-4471-0093", "3.21.0.2811", "ONVIF Conformant Device", "Council chamber", "2019-04-11"},
		},
	}
}

func depot() place {
	const hour = time.Hour
	return place{
		folder: "depot", net: 42, watched: func(d int) bool { return d%2 == 1 }, list: spreadsheet, comma: ';',
		site: indexSite{Name: "Highways depot", Says: "From 7 November a camera of nobody's make talks to another company's cloud in another country. The list calls a Dahua camera a Bosch. It also has what no network shows.",
			Facts: indexFacts{Address: "Quarry Lane, Northshire", Owner: "Northshire Council", Landlord: "Quarry Estates Ltd (invented)", DataController: "Northshire Council",
				Sensitive: notSensitive, Purpose: map[string]bool{"public-safety": true}, Purchased: "2019", Tags: []string{"highways", "vehicles"}}},
		members: append(base(42, "NSC-HD-0031"),
			member{name: "number-plate camera at the gate", mac: "08:a1:89:f0:14:6f", host: 20, speaks: saysHikvision, view: viewHikvision, calls: hikConnect(2 * hour),
				truth:    Label{Camera: true, Kind: "anpr", Brand: "Hikvision", Maker: "hikvision", Model: "DS-TCG227-AIR", Firmware: "V4.5.1build 210409", Serial: "DS-TCG227-AIR20210617AAWRG23150916"},
				declared: declared{name: "Gate ANPR in", place: "Gate", when: "08/2021"}},
			member{name: "bullet that sends no badge, declared as a Bosch", mac: "3c:ef:8c:91:20:95", host: 13, speaks: saysDahua, view: viewDahua,
				calls:    []visit{{name: "iotaccess.easy4ipcloud.com", first: 2 * hour, every: 4, up: 300, down: 190}, {name: "cmgw-sg.easy4ipcloud.com", first: 3 * hour, every: 8, up: 500, down: 240}},
				truth:    Label{Camera: true, Kind: "camera", Maker: "dahua", Model: "IPC-HFW2431S-S", Firmware: "2.800.0000000.21.R", Serial: "7H02C1BPAJ7D4E1"},
				dhcp:     DHCP{Hostname: "IPC", VendorClass: "udhcp 1.22.1", Parameters: udhcp},
				declared: declared{name: "Salt barn", place: "Salt barn", when: "05/2019", maker: "Bosch", model: "NBE-3502-AL"}},
			member{name: "bullet sold by LTS, made by Hikvision", mac: "14:2f:fd:19:6b:52", host: 12, speaks: saysHikvision, view: viewHikvision, calls: hikConnect(hour),
				truth: Label{Camera: true, Kind: "camera", Brand: "LTS", Maker: "hikvision", Model: "CMIP8242W-28M", Firmware: "V5.5.82build 190220", Serial: "CMIP8242W-28M20190611AAWRD0521811"},
				dhcp:  DHCP{Hostname: "IPCamera", VendorClass: "udhcp 1.19.4", Parameters: udhcp}, declared: declared{name: "Workshop", place: "Workshop", when: "07/2019"}},
			member{name: "camera of nobody's make, which changed whom it talks to", mac: "00:e0:4c:68:13:c8", host: 17, speaks: saysNothing, view: viewNothing,
				calls: []visit{
					{name: "m2.iotcplatform.com", until: 16, first: hour, every: 3, up: 420, down: 300},
					{name: "a1.tuyacn.com", from: 17, first: hour, every: 3, up: 1400, down: 420}},
				truth: Label{Camera: true, Kind: "camera", Model: "V500-WD", Firmware: "1.4.22", Serial: "6813c8"},
				dhcp:  DHCP{Hostname: "ipcam", VendorClass: "udhcp 1.30.1", Parameters: []byte{1, 3, 6, 12, 15}}, declared: declared{name: "Fuel pumps", place: "Fuel pumps", when: "03/2022", maker: "unbranded"}},
			member{name: "turret in the store", mac: "48:ea:63:2d:59:e4", host: 16, speaks: saysUniview, view: viewUniview,
				calls: []visit{{name: "en.ezcloud.uniview.com", first: 4 * hour, every: 6, up: 350, down: 260}},
				truth: Label{Camera: true, Kind: "camera", Brand: "Uniview", Maker: "uniview", Model: "IPC3614SR3-DPF28M", Firmware: "IPC_D1201-B0031P75D1905", Serial: "210235C3HW3205001517"},
				dhcp:  DHCP{Hostname: "IPC", VendorClass: "udhcp 1.15.2", Parameters: udhcp}, declared: declared{name: "Store", place: "Store", when: "03/2022"}},
			member{name: "dome in the yard", mac: "b8:a4:4f:5d:22:18", host: 14, speaks: saysAxis, view: viewAxis,
				truth: Label{Camera: true, Kind: "camera", Brand: "Axis", Maker: "axis", Model: "P3245-LV", Firmware: "11.11.116", Serial: "B8A44F5D2218"},
				dhcp:  DHCP{Hostname: "axis-b8a44f5d2218", Parameters: udhcp}, declared: declared{name: "Yard", place: "Yard", when: "01/2024"}},
			member{name: "smart plug in the mess room", mac: "50:c7:bf:7f:2d:18", host: 90, office: true, truth: Label{Kind: "not a camera", Brand: "TP-Link", Maker: "tplink", Model: "HS100"},
				calls: []visit{{name: "devs.tplinkcloud.com", first: hour, every: 6, up: 200, down: 120}},
				dhcp:  DHCP{Hostname: "HS100", VendorClass: "udhcp 1.19.4", Parameters: udhcp}},
		),
		extra: [][]string{ // no network shows these
			columns(10, "NSC-4251", "Body-worn camera, enforcement officer 1", "Body-worn camera", "Motorola Solutions", "VB400", "VB4-0118802", "", "Issued", "02/2023", ""),
			columns(10, "NSC-4252", "Body-worn camera, enforcement officer 2", "Body-worn camera", "Motorola Solutions", "VB400", "VB4-0118807", "", "Issued", "02/2023", ""),
			columns(10, "NSC-4253", "Body-worn camera, enforcement officer 3", "Body-worn camera", "Motorola Solutions", "VB400", "VB4-0118815", "", "Docked", "02/2023", ""),
			columns(10, "NSC-4254", "Body-worn camera, spare", "Body-worn camera", "Motorola Solutions", "VB400", "VB4-0118823", "", "Docked", "02/2023", "battery weak"),
			columns(10, "NSC-4260", "Drone for bridge inspections", "Drone", "DJI", "Matrice 30T", "1ZNBK2900C00X1", "", "Store, locked", "09/2022", "flown by Highways only"),
			columns(10, "NSC-4271", "Dash camera, gritter 4", "Dash camera", "Nextbase", "522GW", "522G-77104132", "", "Gritter 4", "11/2021", ""),
		},
	}
}
