package report

import (
	"fmt"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/observation"
)

// Strings a hostile device could send. Each one is planted in several fields of
// the sample, and no writer may let any of them act.
const (
	evilScript = `<script>window.pwned=1</script>`
	evilImage  = `"><img src=x onerror="window.pwned=1">`
	evilEscape = "\x1b]0;pwned\x07\x1b[31mred\x1b[2J"
	evilBidi   = "cam\u202egnp.exe\u2066"
	evilCell   = `=HYPERLINK("http://evil.example","x")`
	evilLink   = "javascript:window.pwned=1"
)

func ev(input string, packet int64, field, value, rule, source, says string) observation.Evidence {
	protocol := field
	for i := range field {
		if field[i] == '.' {
			protocol = field[:i]
			break
		}
	}
	return observation.Evidence{Input: input, Packet: packet, Protocol: protocol, Field: field, Value: value, Rule: rule, Source: source, Says: says}
}

func claim(value, id string, g attribution.Grade, e ...observation.Evidence) attribution.Claim {
	return attribution.Claim{Value: value, ID: id, Grade: g, Evidence: e}
}

const (
	siteA = "site-a.pcapng"
	siteB = "north-gate.pcap.gz"
	nilOn = "https://www.chinalawtranslate.com/en/national-intelligence-law-of-the-p-r-c-2017/"
)

func addr(ip string) []Address {
	return []Address{{IP: ip, First: "2026-11-03T08:00:01Z", Last: "2026-11-03T09:41:55Z"}}
}

func base(id, name, ip, mac string) Device {
	return Device{
		ID: id, Name: name, MACs: []string{mac}, Addresses: addr(ip),
		FirstSeen: "2026-11-03T08:00:01Z", LastSeen: "2026-11-03T09:41:55Z", Inputs: []string{siteA}, Protocols: []string{"arp", "dhcp"},
	}
}

// sample is an audit in which every part of a report has something to show. It
// is made up, like every serial number and address in it; the companies are
// real, and so are the sentences the knowledge base holds about them.
func sample() *Document {
	doc := &Document{
		Schema: SchemaURL, SchemaVersion: SchemaVersion, Lenscap: "0.1.0", AsAt: "2026-11-22",
		KnowledgeBase: KnowledgeBase{Name: "2026.11", Date: "2026-11-22", Digest: "sha256:3f1c9a0de84b7f6652ad0b1e73c99d41b86f00c2c6ad5e0f97ab83d152e4c7aa"},
		Estate:        Estate{Organisation: "Eastshire Police (example)", OrganisationType: "uk-police", Country: "GB", Site: "North gate", Sensitive: map[string]bool{"secret": false, "ministers": false}},
		Inputs: []Input{
			{Name: siteA, Format: "pcapng", Packets: 48211, Bytes: 31_204_118, First: "2026-11-03T08:00:01Z", Last: "2026-11-03T09:41:55Z", NotUnderstood: []Gap{
				{Offset: 1_204_771, Bytes: 18_230, Packets: 121, Why: "ethertype 0x88cc (LLDP) is not decoded"},
				{Offset: 22_118_004, Bytes: 1_514, Packets: 1, Why: "IPv4 header longer than the packet"},
			}},
			{Name: siteB, Format: "pcap + gzip", Packets: 9120, Bytes: 4_811_902, First: "2026-11-03T08:10:00Z", Last: "2026-11-03T08:52:12Z", NotUnderstood: []Gap{
				{Offset: 4_957_822, Bytes: 611, Packets: 0, Why: "the file ends inside a packet"},
			}, Error: "unexpected end of gzip stream at offset 4957822"},
		},
		Summary: Summary{FarEnds: 37},
		Devices: sampleDevices(),
		Regimes: sampleRegimes(),
		Streams: []Stream{
			{Device: "d-1a2b3c4d5e", From: "10.20.0.11:8000", To: "10.20.0.50:51002", Media: "video", Codec: "H265", Packets: 20114, Bytes: 22_118_092, First: "2026-11-03T08:01:00Z", Last: "2026-11-03T09:40:00Z"},
			{Device: "d-1a2b3c4d5e", From: "10.20.0.11:8002", To: "10.20.0.50:51004", Media: "audio", Codec: "PCMU", Packets: 4800, Bytes: 768_000, First: "2026-11-03T08:01:00Z", Last: "2026-11-03T09:40:00Z"},
			{Device: "", From: "10.20.9.9:5004", To: "10.20.0.50:51010", Media: "unknown", Codec: "dynamic 96", Packets: 12, Bytes: 9800, First: "2026-11-03T08:01:00Z", Last: "2026-11-03T08:01:02Z"},
		},
	}
	doc.Findings = sampleFindings(doc.Devices)
	Summarise(doc)
	return doc
}

func sampleDevices() []Device {
	hik := base("d-1a2b3c4d5e", "Gate-East-2", "10.20.0.11", "c0:56:e3:00:11:22")
	hik.Serials, hik.UUIDs, hik.Hostnames = []string{"DS-2CD2143G0-I20190412AAWRD10000001"}, []string{"7a6b5c4d-0000-1000-8000-c056e3001122"}, []string{"gate-east-2"}
	hik.Inputs, hik.Protocols = []string{siteA, siteB}, []string{"arp", "dhcp", "sadp", "isapi", "rtsp", "onvif", "rtp"}
	sadp := ev(siteA, 412, "sadp.model", "DS-2CD2143G0-I", "sadp-description/hik-ds", "https://www.hikvision.com/en/support/tools/hitools/; https://github.com/example/sadp", "Only Hikvision firmware answers SADP with a DS- description")
	realm := ev(siteA, 901, "rtsp.realm", "IP Camera(C1234)", "rtsp-realm/hik", "https://www.shodan.io/search?query=IP+Camera", "The RTSP realm has the form Hikvision firmware uses")
	oui := ev(siteA, 3, "arp.mac", "c0:56:e3:00:11:22", "oui/C056E3", "https://standards-oui.ieee.org/oui/oui.txt", "The MAC prefix is registered to Hangzhou Hikvision Digital Technology")
	recalled := ev(siteA, 412, "sadp.model", "DS-2CD2143G0-I", "chip/hik-g0", "", "A teardown of this model is said to show this chip")
	recalled.Unverified = true
	hik.Attribution = attribution.Attribution{
		Kind: claim("camera", "", attribution.Confirmed, sadp, realm), Brand: claim("Hikvision", "hikvision", attribution.Confirmed, sadp),
		Maker:    claim("Hikvision", "hikvision", attribution.Confirmed, sadp, realm, oui),
		Platform: claim("Hikvision IPC G0", "", attribution.Probable, ev(siteA, 950, "isapi.platform", "B-R-G0-0", "platform/hik-g0", "https://www.hikvision.com/en/support/download/firmware/", "The firmware names its build platform")),
		Model:    claim("DS-2CD2143G0-I", "", attribution.Confirmed, sadp), Firmware: claim("V5.5.82 build 190909", "", attribution.Confirmed, ev(siteA, 412, "sadp.firmware", "V5.5.82 build 190909", "field/sadp.firmware", "", "The device states it")),
		Chip: claim("Hi3516CV500", "", attribution.Possible, recalled), ChipMaker: claim("HiSilicon", "hisilicon", attribution.Possible, recalled),
		NetworkPart: claim("Hikvision", "hikvision", attribution.Confirmed, oui),
		Steps: []attribution.Step{
			{Claim: "kind", Says: "SADP answers with a channel count of one come from cameras", Weight: "strong", From: []observation.Evidence{sadp}},
			{Claim: "maker", Says: "Only Hikvision firmware answers SADP", Weight: "strong", From: []observation.Evidence{sadp}},
			{Claim: "maker", Says: "The MAC prefix agrees", Weight: "good", From: []observation.Evidence{oui}},
			{Claim: "maker", Says: "The RTSP realm agrees, and is an independent kind of evidence", Weight: "good", From: []observation.Evidence{realm}},
			{Claim: "maker", Says: "Two independent kinds of evidence, one of them the maker's own protocol: confirmed", Weight: "conclusion"},
			{Claim: "chip", Says: "The row was recalled, not read, and supports at most possible", Weight: "weak", From: []observation.Evidence{recalled}},
		},
	}
	hik.Chip.Note = "The row for this chip has no public source that was read, so it supports at most possible."
	hik.Seen = []Seen{
		{Input: siteA, Packet: 412, Time: "2026-11-03T08:00:09Z", Count: 14, Protocol: "sadp", Fields: [][2]string{{"sadp.model", "DS-2CD2143G0-I"}, {"sadp.firmware", "V5.5.82 build 190909"}, {"sadp.serial", "DS-2CD2143G0-I20190412AAWRD10000001"}, {"sadp.mac", "c0:56:e3:00:11:22"}, {"sadp.activated", "true"}}},
		{Input: siteA, Packet: 901, Time: "2026-11-03T08:01:00Z", Count: 2, Protocol: "rtsp", Fields: [][2]string{{"rtsp.status", "401"}, {"rtsp.realm", "IP Camera(C1234)"}}},
	}

	anpr := base("d-2b3c4d5e6f", "iDS-TCM203-A", "10.20.0.12", "44:19:b6:0a:0b:0c")
	anpr.Kind = claim("anpr", "", attribution.Probable, ev(siteB, 77, "isapi.device-type", "ITC", "kind/isapi-itc", "https://www.hikvision.com/", "The device type is that of a traffic camera"))
	anpr.Brand = claim("Hikvision", "hikvision", attribution.Probable, ev(siteB, 77, "isapi.model", "iDS-TCM203-A", "model-regex/hik-ids", "https://www.hikvision.com/", "The model number has Hikvision's form"))
	anpr.Maker = claim("Hikvision", "hikvision", attribution.Probable, anpr.Brand.Evidence[0])
	anpr.Model = claim("iDS-TCM203-A", "", attribution.Confirmed, anpr.Brand.Evidence[0])
	anpr.Inputs, anpr.Protocols = []string{siteB}, []string{"isapi", "http"}

	nvr := base("d-3c4d5e6f70", "NVR-BACKOFFICE", "10.20.0.20", "38:af:29:10:20:30")
	nvr.Protocols, nvr.Serials = []string{"dhip", "http", "onvif"}, []string{"6J0123PAZ4F5E6D"}
	badge := ev(siteA, 1204, "dhip.vendor", "Lorex", "dhip-vendor/lorex", "https://www.lorex.com/", "The reply names the brand on the box")
	dhip := ev(siteA, 1204, "dhip.model", "N841A8-Z", "dhip/any", "https://github.com/example/dahua-dhip", "Only Dahua firmware answers DHIP on UDP 37810")
	nvr.Kind, nvr.Brand = claim("recorder", "", attribution.Confirmed, ev(siteA, 1204, "dhip.class", "NVR", "kind/dhip-class", "https://github.com/example/dahua-dhip", "The device states its class")), claim("Lorex", "lorex", attribution.Confirmed, badge)
	nvr.Maker = claim("Dahua", "dahua", attribution.Confirmed, dhip, ev(siteA, 8, "arp.mac", "38:af:29:10:20:30", "oui/38AF29", "https://standards-oui.ieee.org/oui/oui.txt", "The MAC prefix is registered to Zhejiang Dahua Technology"))
	nvr.Maker.Note = "The name on the box is Lorex; who produced it is a separate claim."
	nvr.Model, nvr.Firmware = claim("N841A8-Z", "", attribution.Confirmed, dhip), claim("4.001.0000006.0", "", attribution.Confirmed, ev(siteA, 1204, "dhip.firmware", "4.001.0000006.0", "field/dhip.firmware", "", "The device states it"))
	nvr.Platform = claim("Dahua DHIP", "", attribution.Confirmed, dhip)

	chan1 := base("d-4d5e6f7081", "channel 1 of NVR-BACKOFFICE", "10.20.0.21", "38:af:29:10:20:31")
	chan1.Behind, chan1.Channel, chan1.Protocols = nvr.ID, "1", []string{"dhip"}
	chan1.Kind, chan1.Maker = claim("camera", "", attribution.Probable, dhip), claim("Dahua", "dahua", attribution.Possible, dhip)
	chan1.Model = claim("IPC-HDW1230T", "", attribution.Possible, dhip)

	axis := base("d-5e6f708192", "axis-b8a44f112233", "10.20.0.31", "b8:a4:4f:11:22:33")
	axis.Hostnames, axis.Protocols = []string{"axis-b8a44f112233"}, []string{"mdns", "upnp", "http", "rtsp"}
	mdns := ev(siteA, 210, "mdns.instance", "AXIS P3245-LV - B8A44F112233", "mdns-instance/axis", "https://developer.axis.com/", "The service name has Axis's form")
	axis.Kind, axis.Brand = claim("camera", "", attribution.Confirmed, mdns), claim("Axis", "axis", attribution.Confirmed, mdns)
	axis.Maker = claim("Axis", "axis", attribution.Confirmed, mdns, ev(siteA, 5, "arp.mac", "b8:a4:4f:11:22:33", "oui/B8A44F", "https://standards-oui.ieee.org/oui/oui.txt", "The MAC prefix is registered to Axis Communications"))
	axis.Model, axis.Firmware = claim("P3245-LV", "", attribution.Confirmed, mdns), claim("10.12.228", "", attribution.Probable, ev(siteA, 260, "upnp.model-number", "10.12.228", "field/upnp", "", "The description states it"))
	axis.Chip, axis.ChipMaker = claim("ARTPEC-7", "", attribution.Probable, mdns), claim("Axis", "axis", attribution.Probable, mdns)

	dlink := base("d-6f708192a3", "DCS-936L", "10.20.0.41", "b0:c5:54:aa:bb:cc")
	dlink.Protocols = []string{"hnap", "http"}
	hnap := ev(siteA, 3301, "hnap.model", "DCS-936L", "model-regex/dlink-dcs", "https://www.dlink.com/", "D-Link gives the prefix DCS to cameras only")
	dlink.Kind, dlink.Brand = claim("camera", "", attribution.Confirmed, hnap), claim("D-Link", "d-link", attribution.Confirmed, hnap)
	dlink.Maker = attribution.Claim{Grade: attribution.Unknown, Note: "D-Link buys many of its cameras from others, and no row says who built this one."}
	dlink.Maker.Conflicts = []attribution.Alternative{
		{Value: "Alpha Networks", ID: "alpha-networks", Grade: attribution.Possible, Evidence: []observation.Evidence{ev(siteA, 3301, "hnap.model", "DCS-936L", "oem/0132", "https://fccid.io/KA2CS936LA1", "The grant for this model names Alpha Networks as its contact")}},
		{Value: "D-Link", ID: "d-link", Grade: attribution.Possible, Evidence: []observation.Evidence{ev(siteA, 3290, "arp.mac", "b0:c5:54:aa:bb:cc", "oui/B0C554", "https://standards-oui.ieee.org/oui/oui.txt", "The MAC prefix is D-Link's, which it uses for all its equipment")}},
	}
	dlink.Model, dlink.Firmware = claim("DCS-936L", "", attribution.Confirmed, hnap), claim("1.08.02", "", attribution.Confirmed, ev(siteA, 3301, "hnap.firmware", "1.08.02", "field/hnap.firmware", "", "The device states it"))

	uniview := base("d-708192a3b4", "IPC322LB-SF28-A", "10.20.0.42", "c4:79:05:01:02:03")
	unvScope := ev(siteA, 1888, "onvif.scope-hardware", "IPC322LB-SF28-A", "model-regex/unv-ipc", "https://global.uniview.com/", "The ONVIF hardware scope has Uniview's form")
	uniview.Kind, uniview.Brand = claim("camera", "", attribution.Confirmed, unvScope), claim("Uniview", "uniview", attribution.Probable, unvScope)
	uniview.Maker, uniview.Model = claim("Zhejiang Uniview Technologies", "uniview", attribution.Probable, unvScope), claim("IPC322LB-SF28-A", "", attribution.Confirmed, unvScope)
	uniview.Protocols = []string{"wsd", "onvif"}

	evil := base("d-8192a3b4c5", evilImage, "10.20.0.66", "02:00:5e:66:66:66")
	evil.Hostnames, evil.Serials, evil.Certs = []string{evilScript, evilBidi}, []string{evilCell, evilEscape}, []string{"ab12" + evilScript}
	scope := ev(siteA, 4000, "wsd.scope", "onvif://www.onvif.org/name/"+evilScript, "kind/onvif-nvt", evilLink+"; data:text/html,"+evilScript+"; https://www.onvif.org/specs/core/ONVIF-Core-Specification.pdf", "The type offered is NetworkVideoTransmitter "+evilImage)
	evil.Kind, evil.Model, evil.Firmware = claim("camera", "", attribution.Probable, scope), claim(evilBidi, "", attribution.Possible, scope), claim(evilEscape, "", attribution.Possible, scope)
	evil.Maker.Note, evil.Protocols = "The prefix is locally administered and proves no maker.", []string{"wsd", "http"}
	evil.Seen = []Seen{{Input: siteA, Packet: 4000, Time: "2026-11-03T08:20:00Z", Count: 1, Protocol: "http", Fields: [][2]string{{"http.title", evilScript}, {"http.server", evilEscape}, {"tls.subject", "CN=" + evilImage}, {"http.body", evilBidi}}}}

	plug := base("d-92a3b4c5d6", "smart-plug-kitchen", "10.20.0.70", "d8:1f:12:00:00:01")
	plug.Kind = claim("not a camera", "", attribution.Probable, ev(siteA, 600, "mdns.service", "_hap._tcp", "kind/hap-plug", "https://developer.apple.com/homekit/", "The accessory category is an outlet"))
	plug.Maker = claim("Tuya", "tuya", attribution.Possible, ev(siteA, 601, "arp.mac", "d8:1f:12:00:00:01", "oui/D81F12", "https://standards-oui.ieee.org/oui/oui.txt", "The MAC prefix is registered to Tuya Smart"))

	vms := base("d-a3b4c5d6e7", "vms-01", "10.20.0.50", "00:15:5d:10:20:30")
	vms.Kind = claim("vms server", "", attribution.Probable, ev(siteA, 1100, "http.server", "Milestone XProtect", "http-server/milestone", "https://www.milestonesys.com/", "The server names the product"))
	vms.Brand, vms.Maker = claim("Milestone", "milestone", attribution.Probable, vms.Kind.Evidence[0]), claim("Milestone Systems", "milestone", attribution.Probable, vms.Kind.Evidence[0])

	who := base("d-b4c5d6e7f8", "10.20.0.99", "10.20.0.99", "3c:6a:9d:00:00:09")
	list := []Device{hik, anpr, nvr, chan1, axis, dlink, uniview, evil, plug, vms, who}
	for i := range 6 {
		p := base(fmt.Sprintf("d-c5d6e7f8%02d", i), fmt.Sprintf("office-%d", i+1), fmt.Sprintf("10.20.1.%d", 10+i), fmt.Sprintf("00:21:5a:00:00:%02x", i))
		p.Kind = claim("not a camera", "", attribution.Probable, ev(siteA, int64(40+i), "dhcp.vendor-class", "MSFT 5.0", "kind/windows", "https://learn.microsoft.com/", "Windows computers send this DHCP class"))
		list = append(list, p)
	}
	return list
}

func sampleRegimes() []Regime {
	return []Regime{
		{ID: "us-889a1B", Name: "NDAA FY2019 s.889(a)(1)(B)", Jurisdiction: "United States", Force: "law", Citation: "Pub. L. 115-232 s.889(a)(1)(B); FAR 52.204-25(b)(2)", Who: "Entities that contract with a US executive agency, whatever the use of the equipment", What: "Equipment, systems or services that use covered telecommunications equipment as a substantial or essential component: video surveillance equipment produced by Hangzhou Hikvision Digital Technology or Zhejiang Dahua Technology, or any subsidiary or affiliate", Confidence: "high", InForce: "since 2020-08-13", Sources: []string{"https://www.acquisition.gov/far/52.204-25"}},
		{ID: "uk-wms-2022", Name: "Written ministerial statement on surveillance equipment (Cabinet Office)", Jurisdiction: "United Kingdom (central government)", Force: "policy", Citation: "Written ministerial statement, 24 November 2022", Who: "UK government departments; police forces and councils are under no obligation", What: "Visual surveillance equipment produced by companies subject to the National Intelligence Law of the People's Republic of China, on sensitive sites", Confidence: "high", InForce: "since 2022-11-24", Sources: []string{"https://questions-statements.parliament.uk/written-statements/detail/2022-11-24/hcws386"}},
		{ID: "uk-psti-2022", Name: "PSTI product security regime", Jurisdiction: "United Kingdom", Force: "law", Citation: "Product Security and Telecommunications Infrastructure Act 2022", Who: "Makers, importers and distributors of consumer connectable products", What: "No default passwords, a published contact and support period", Exceptions: "Products for business use only", Confidence: "high", InForce: "since 2024-04-29", Sources: []string{"https://www.legislation.gov.uk/ukpga/2022/46"}},
		{ID: "uk-npsa-ncst", Name: "NPSA/NCSC guidance on network connected security technologies", Jurisdiction: "United Kingdom", Force: "guidance", Citation: "NPSA NCST guidance", Who: "National infrastructure and police", What: "Know who made each device, where its data goes, and keep it off core networks", Confidence: "medium", InForce: "current", Sources: []string{"https://www.npsa.gov.uk/"}},
		{ID: "us-asda-2023", Name: "American Security Drone Act of 2023", Jurisdiction: "United States", Force: "law", Citation: "Pub. L. 118-31", Who: "US federal agencies and grantees", What: "Unmanned aircraft systems of covered foreign entities", Confidence: "high", InForce: "since 2023-12-22", Sources: []string{"https://www.congress.gov/"}},
		{ID: "cn-nil", Name: "National Intelligence Law arts 7, 14", Jurisdiction: "China", Force: "risk factor", Citation: "National Intelligence Law, adopted 27 June 2017", Who: "Organisations and citizens under the law of the People's Republic of China", What: "May be asked to support state intelligence work", Confidence: "medium", InForce: "since 2017-06-28", Sources: []string{nilOn}},
	}
}

func sampleFindings(devices []Device) []finding.Finding {
	var out []finding.Finding
	add := func(d *Device, f finding.Finding) {
		f.Device, f.AsAt = d.ID, "2026-11-22"
		if f.Verdict != finding.NotCovered && len(d.Maker.Evidence) > 0 {
			f.Evidence = d.Maker.Evidence[:1]
		}
		out = append(out, f)
	}
	for i := range devices {
		d := &devices[i]
		covered := d.Maker.ID == "hikvision" || d.Maker.ID == "dahua"
		chinese := covered || d.Maker.ID == "uniview"
		unsure := IsVideo(d.Kind.Value) && d.Maker.Value == ""
		f889 := finding.Finding{Regime: "us-889a1B", Name: "NDAA FY2019 s.889(a)(1)(B)", Force: finding.Law, Clause: "s.889(a)(1)(B)", Verdict: finding.NotCovered, Why: "The maker is not one the section names.", Sources: []string{"https://www.acquisition.gov/far/52.204-25"}}
		wms := finding.Finding{Regime: "uk-wms-2022", Name: "Written ministerial statement on surveillance equipment (Cabinet Office)", Force: finding.Policy, Clause: "statement of 24 November 2022", Verdict: finding.NotCovered, Why: "The maker is not subject to the law the statement names.", Sources: []string{"https://questions-statements.parliament.uk/written-statements/detail/2022-11-24/hcws386"}}
		npsa := finding.Finding{Regime: "uk-npsa-ncst", Name: "NPSA/NCSC guidance on network connected security technologies", Force: finding.Guidance, Clause: "NCST guidance", Verdict: finding.NotCovered, Why: "Not a network connected security technology.", Sources: []string{"https://www.npsa.gov.uk/", evilLink}}
		law := finding.Finding{Regime: "cn-nil", Name: "National Intelligence Law arts 7, 14", Force: finding.Risk, Clause: "arts 7 and 14", Verdict: finding.NotCovered, Why: "No evidence of a maker under this law.", Sources: []string{nilOn}}
		switch {
		case covered:
			f889.Verdict, f889.WouldBe = finding.CannotTell, finding.Prohibited
			f889.WouldFor = "any organisation that contracts with a US executive agency"
			f889.Why, f889.Missing = "The section names "+d.Maker.Value+".", []string{"whether the organisation contracts with a US executive agency"}
			f889.Next = "Ask the contracts officer whether any US federal contract or grant is held."
			f889.Denial = "It says that it has never been found to endanger national security and that the section is not supported by evidence (statement, 2019)."
			wms.Verdict, wms.Why, wms.Next = finding.AdvisedAgainst, "Police forces are under no obligation, and the statement is followed by many as good practice.", "Decide and record whether to follow the statement."
			npsa.Verdict, npsa.Why, npsa.Next = finding.Restricted, "The guidance keeps equipment of this maker off core networks.", "Move the device to a network of its own."
			if d.Maker.Grade == attribution.Confirmed && d.Kind.Value == attribution.KindCamera {
				npsa.Verdict, npsa.Clause, npsa.Why = finding.Prohibited, "force standing order 14", "The force's own order forbids cameras of this maker at custody entrances."
			}
		case unsure:
			f889.Verdict, f889.WouldBe, f889.Why, f889.Missing = finding.CannotTell, "", "The maker is not known.", []string{"who made the device"}
			wms.Verdict, wms.Why, wms.Missing = finding.CannotTell, "The maker is not known.", []string{"who made the device"}
			f889.Next, wms.Next = "Read the label on the device, or capture while it starts up.", "Read the label on the device, or capture while it starts up."
		}
		if chinese {
			law.Verdict, law.Why = finding.AdvisedAgainst, "The maker's home is in the People's Republic of China, whose law asks organisations to support intelligence work."
			law.Disputed = "The maker's lawyers and some scholars hold that the articles have no force outside China and that no case of a forced disclosure from cameras is known; others hold that a company could not refuse."
			law.Denial = "It says that it would refuse such a request and stores no customer video."
			law.Next = "Weigh it with where the device's data goes; it is a factor, and no rule by itself."
		}
		for _, f := range []finding.Finding{f889, wms, npsa, law} {
			add(d, f)
		}
	}
	return out
}

// large is an audit of n devices, one in five of them a camera.
func large(n int) *Document {
	doc := sample()
	seeds := sampleDevices()
	doc.Devices = nil
	for i := range n {
		d := seeds[len(seeds)-1-i%5]
		if i%5 == 0 {
			d = seeds[i/5%8]
		}
		d.ID, d.Name = fmt.Sprintf("d-%010x", i), fmt.Sprintf("%s-%d", d.Name, i)
		d.Addresses = addr(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255))
		doc.Devices = append(doc.Devices, d)
	}
	doc.Findings = sampleFindings(doc.Devices)
	Summarise(doc)
	return doc
}
