package lab

import "time"

func library() place {
	const hour = time.Hour
	return place{
		folder: "library", net: 43, watched: func(d int) bool { return d%3 == 1 }, list: exported, comma: ',',
		site: indexSite{Name: "Central library", Says: "A camera for homes that nobody declared, with an account outside.",
			Facts: indexFacts{Address: "8 Station Road, Northshire", Owner: "Northshire Council", Landlord: "Northshire Arts Trust (invented)", DataController: "Northshire Council",
				Sensitive: notSensitive, Purpose: map[string]bool{"public-safety": true}, Purchased: "2022-03"}},
		members: append(base(43, "NSC-LB-0009"),
			member{name: "dome in the reading room", mac: "e4:30:22:1a:d1:3b", host: 11, speaks: saysHanwha, view: viewHanwha,
				calls: []visit{{name: "device.wisenetcloud.com", first: 3 * hour, every: 6, up: 300, down: 240}},
				truth: Label{Camera: true, Kind: "camera", Brand: "Hanwha", Maker: "hanwha", Model: "QNV-6012R", Firmware: "1.41.14_20230717", Serial: "ZS3P70GR500471X"},
				dhcp:  DHCP{Hostname: "QNV-6012R-E430221AD13B", VendorClass: "udhcp 1.20.2", Parameters: udhcp}, declared: declared{name: "LB-01 Reading room", place: "Reading room", when: "2022-04-04"}},
			member{name: "dome at the desk", mac: "e4:30:22:1a:d1:44", host: 12, speaks: saysHanwha, view: viewHanwha,
				calls: []visit{{name: "device.wisenetcloud.com", first: 2 * hour, every: 6, up: 300, down: 240}},
				truth: Label{Camera: true, Kind: "camera", Brand: "Hanwha", Maker: "hanwha", Model: "QNV-6012R", Firmware: "1.41.14_20230717", Serial: "ZS3P70GR500480E"},
				dhcp:  DHCP{Hostname: "QNV-6012R-E430221AD144", VendorClass: "udhcp 1.20.2", Parameters: udhcp}, declared: declared{name: "LB-02 Desk", place: "Desk", when: "2022-04-04"}},
			member{name: "camera for homes that nobody declared", mac: "ec:71:db:40:9c:77", host: 31, since: 7, speaks: saysReolink, view: viewReolink,
				calls: []visit{{name: "p2p3.reolink.com", first: hour, every: 3, up: 340, down: 160}, {name: "pushx.reolink.com", first: 10 * hour, every: 5, up: 900, down: 140}},
				truth: Label{Camera: true, Kind: "camera", Brand: "Reolink", Maker: "reolink", Model: "RLC-520A", Firmware: "v3.1.0.2368_23062508", Serial: "00000000037265"},
				dhcp:  DHCP{Hostname: "reolink", VendorClass: "udhcp 1.24.1", Parameters: udhcp}, declared: declared{not: true}},
		),
	}
}

func carPark() place {
	const hour = time.Hour
	return place{
		folder: "car-park", net: 44, watched: func(d int) bool { return d%2 == 0 }, list: exported, comma: ',',
		site: indexSite{Name: "Mill Street car park", Says: "In the night of 2 November a camera sent two minutes of video out, by its maker's relay.",
			Facts: indexFacts{Address: "Mill Street, Northshire", Owner: "Parkwell Ltd (invented)", Landlord: "Northshire Council", DataController: "Northshire Council", Lead: "Northshire Council",
				Sensitive: notSensitive, Purpose: map[string]bool{"public-safety": true}, Purchased: "2018-05", Tags: []string{"contractor"}}},
		members: append(base(44, "PARK-DESK"),
			member{name: "number-plate camera, in", mac: "08:a1:89:e2:31:0c", host: 21, speaks: saysHikvision, view: viewHikvision, calls: hikConnect(hour),
				truth:    Label{Camera: true, Kind: "anpr", Brand: "Hikvision", Maker: "hikvision", Model: "DS-TCG227-AIR", Firmware: "V4.5.1build 210409", Serial: "DS-TCG227-AIR20210617AAWRG22841022"},
				declared: declared{name: "CP-ANPR-IN", place: "Lane in", when: "2021-07-01"}},
			member{name: "camera at the pay machine, which sent video out in a night", mac: "14:2f:fd:08:71:aa", host: 12, speaks: saysHikvision, view: viewHikvision,
				calls: append(hikConnect(3*hour), visit{name: "vtm-relay.hik-connect.com", from: 12, until: 12, first: 2*hour + 10*time.Minute, video: 2 * time.Minute}),
				truth: Label{Camera: true, Kind: "camera", Brand: "LTS", Maker: "hikvision", Model: "CMIP8242W-28M", Firmware: "V5.5.82build 190220", Serial: "CMIP8242W-28M20190522AAWRD0418902"},
				dhcp:  DHCP{Hostname: "IPCamera", VendorClass: "udhcp 1.19.4", Parameters: udhcp}, declared: declared{name: "CP-02 Pay machine", place: "Level 0", when: "2019-06-20"}},
			member{name: "bullet on level 1", mac: "3c:ef:8c:7d:31:b0", host: 13, speaks: saysDahua, view: viewDahua,
				calls: []visit{{name: "iotaccess.easy4ipcloud.com", first: 2 * hour, every: 4, up: 300, down: 190}},
				truth: Label{Camera: true, Kind: "camera", Maker: "dahua", Model: "IPC-HFW2431S-S", Firmware: "2.800.0000000.21.R", Serial: "7H02C1BPAJ7D512"},
				dhcp:  DHCP{Hostname: "IPC", VendorClass: "udhcp 1.22.1", Parameters: udhcp}, declared: declared{name: "CP-03 Level 1", place: "Level 1", when: "2021-07-01", maker: "Dahua"}},
		),
	}
}

func controlRoom() place {
	const hour = time.Hour
	return place{
		folder: "control-room", net: 45, watched: func(d int) bool { return d%2 == 1 }, list: exported, comma: ',',
		site: indexSite{Name: "Emergency control room", Says: "A closed site. A camera that replaced another on 9 November reached outside on 13 November.",
			Facts: indexFacts{Address: "not given", Owner: "Northshire Council", Landlord: "Northshire Fire Authority (invented)", DataController: "Northshire Fire Authority (invented)", Lead: "Northshire Fire Authority (invented)",
				Sensitive: map[string]bool{"secret": false, "developed-vetting": true, "ministers": false, "socpa": false},
				Purpose:   map[string]bool{"public-safety": true, "critical-infrastructure": true}, Purchased: "2021-11", Closed: true, Tags: []string{"shared"}}},
		members: append(closed(base(45, "ECR-1")),
			member{name: "dome in the operations room", mac: "b8:a4:4f:61:07:c3", host: 11, speaks: saysAxis, view: viewAxis,
				truth: Label{Camera: true, Kind: "camera", Brand: "Axis", Maker: "axis", Model: "P3245-LV", Firmware: "11.11.116", Serial: "B8A44F6107C3"},
				dhcp:  DHCP{Hostname: "axis-b8a44f6107c3", Parameters: udhcp}, declared: declared{name: "ECR-01 Operations", place: "Operations room", when: "2022-01-10"}},
			member{name: "camera over the door", mac: "00:03:c5:2e:71:90", host: 12, speaks: saysMobotix, view: viewMobotix,
				truth:    Label{Camera: true, Kind: "camera", Brand: "Mobotix", Maker: "mobotix", Model: "Mx-VB1A-5-IR-VA", Firmware: "1.04.3", Serial: "10.23.113.144"},
				declared: declared{name: "ECR-02 Door", place: "Outer door", when: "2022-01-10"}},
			member{name: "dome in the plant room", mac: "e4:30:22:1b:05:f2", host: 13, speaks: saysHanwha, view: viewHanwha,
				truth: Label{Camera: true, Kind: "camera", Brand: "Hanwha", Maker: "hanwha", Model: "XNV-6080", Firmware: "1.41.06_20211208", Serial: "ZRXP70GN400311K"},
				dhcp:  DHCP{Hostname: "XNV-6080-E430221B05F2", VendorClass: "udhcp 1.20.2", Parameters: udhcp}, declared: declared{name: "ECR-03 Plant", place: "Plant room", when: "2022-01-10"}},
			member{name: "turret that replaced another, and reached outside", mac: "48:ea:63:1c:7b:09", host: 14, since: 19, speaks: saysUniview, view: viewUniview,
				calls: []visit{{name: "en.ezcloud.uniview.com", from: 23, until: 23, first: 11 * hour, every: 2, up: 2600, down: 900}},
				truth: Label{Camera: true, Kind: "camera", Brand: "Uniview", Maker: "uniview", Model: "IPC3614SR3-DPF28M", Firmware: "IPC_D1201-B0031P75D1905", Serial: "210235C3HW3204000822"},
				dhcp:  DHCP{Hostname: "IPC", VendorClass: "udhcp 1.15.2", Parameters: udhcp}, declared: declared{name: "ECR-04 Corridor", place: "Corridor", when: "2022-01-10", maker: "Hanwha", model: "XNV-6080", mac: "e4:30:22:1b:06:11"}},
		),
	}
}

// closed takes away what reaches outside.
func closed(list []member) []member {
	for i := range list {
		list[i].calls = nil
	}
	return list
}
