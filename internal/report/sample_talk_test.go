package report

import (
	"fmt"
	"math"

	"github.com/lenscap/lenscap/internal/egress"
	"github.com/lenscap/lenscap/internal/observation"
)

const eve = "eve-north.json.gz"

// evilName is what a hostile device may look up: long, with markup and marks
// that turn text.
const evilName = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" + evilScript + evilBidi + "tail.example"

// to is a conversation outside with everything that most of them have.
func to(device, name, address string, port uint16, country string, up, down uint64) egress.Conversation {
	c := egress.Conversation{
		Device: device, From: "10.20.0.11", Address: address, Port: port, Protocol: "tcp", App: "tls", Opened: "device", Scope: egress.ScopeOutside,
		Name: name, Names: []egress.Name{}, Country: country, PlaceSource: "ip-location-db asn-country 2026-11 (CC0)",
		Purpose: egress.PurposeUnknown, Evidence: []observation.Evidence{}, Flows: 4, BytesUp: up, BytesDown: down, PacketsUp: up/900 + 1, PacketsDown: down/900 + 1,
		First: "2026-11-03T08:02:11Z", Last: "2026-11-03T09:41:50Z", Encrypted: "yes",
		Video: egress.Video{Verdict: egress.VideoNo, Why: "0.003 Mbit/s up over 98 min, more came down than went up"},
	}
	if name != "" {
		c.Names = []egress.Name{{Name: name, From: "tls.sni", Input: siteA, Packet: 5012}}
		c.Evidence = []observation.Evidence{ev(siteA, 5012, "tls.sni", name, "", "", "The device asked for this name when it opened the connection.")}
	}
	return c
}

// under says who controls the far end.
func under(c egress.Conversation, controller, id, jurisdiction, purpose, suffix string) egress.Conversation {
	c.Controller, c.ControllerID, c.Jurisdiction, c.Purpose = controller, id, jurisdiction, purpose
	c.Evidence = append(c.Evidence, ev(siteA, 5012, "tls.sni", c.Name, "domain/"+suffix, "https://www.example.com/domains/"+suffix, suffix+" is a domain of "+controller))
	return c
}

func in(c egress.Conversation, asn uint32, network string, cloud bool) egress.Conversation {
	c.ASN, c.Network, c.Cloud = asn, network, cloud
	return c
}

func sampleConversations() []egress.Conversation {
	const hik, anpr, nvr, axis, uniview, evil, plug, vms = "d-1a2b3c4d5e", "d-2b3c4d5e6f", "d-3c4d5e6f70", "d-5e6f708192", "d-708192a3b4", "d-8192a3b4c5", "d-92a3b4c5d6", "d-a3b4c5d6e7"
	stun := under(in(to(hik, "p2p-eu.hik-connect.com", "198.51.100.24", 8443, "IE", 1_214_000_000, 22_400_000), 16509, "AMAZON-02", true), "Hikvision", "hikvision", "CN", egress.PurposeP2P, "hik-connect.com")
	stun.Video = egress.Video{Verdict: egress.VideoYes, Audio: true, Why: "1.6 Mbit/s up for 98 min, 41 times what came down, packets of 1,390 B at a steady 150/s with a larger burst every 2.0 s"}
	stun.Protocol, stun.App = "udp", "dtls"
	stun.Evidence = append(stun.Evidence, observation.Evidence{Field: "asn", Value: "AS16509", Rule: "network/as16509", Source: "https://www.npmjs.com/package/@ip-location-db/asn", Says: "The address is in a network that is rented out."})
	dahua := under(in(to(nvr, "", "203.0.113.80", 8800, "DE", 48_000_000, 3_100_000), 45102, "Alibaba US Technology Co., Ltd.", true), "Dahua", "dahua", "CN", egress.PurposeP2P, "easy4ipcloud.com")
	dahua.Protocol, dahua.App, dahua.Opened = "udp", "p2p", "both"
	dahua.Video = egress.Video{Verdict: egress.VideoPossibly, Why: "0.9 Mbit/s up for 7 min in three bursts; too few packets to tell a photo upload from video"}
	evilTo := in(to(evil, evilName, "192.0.2.66", 443, "RU", 91_000, 4_000), 64500, evilImage+" Networks", false)
	evilTo.Evidence[0].Value = evilName
	evilTo.Video = egress.Video{Verdict: egress.VideoTooShort, Why: "two seconds, 64 packets"}
	ntp := under(to(axis, "pool.ntp.example", "192.0.2.123", 123, "GB", 9_120, 9_120), "", "", "", egress.PurposeNTP, "ntp.example")
	ntp.Protocol, ntp.App, ntp.Encrypted = "udp", "ntp", "no"
	six := in(to(uniview, "ezcloud.uniview.com", "2001:db8:4::17", 443, "SG", 3_400_000, 880_000), 132203, "Tencent Building", true)
	six = under(six, "Zhejiang Uniview Technologies", "uniview", "CN", egress.PurposeCloud, "uniview.com")
	unknown := in(to(anpr, "", "203.0.113.201", 6001, "", 700_000, 12_000), 0, "", false)
	unknown.Encrypted, unknown.App, unknown.Opened = "unknown", "", "far end"
	update := under(in(to(hik, "update.hikvision.com", "198.51.100.77", 443, "US", 41_000, 18_300_000), 16509, "AMAZON-02", true), "Hikvision", "hikvision", "CN", egress.PurposeUpdate, "hikvision.com")
	update.Names[0].Input, update.Evidence[0].Input, update.Evidence[0].Packet = eve, eve, 12
	tuya := under(in(to(plug, "a2.tuyaeu.com", "203.0.113.8", 8883, "DE", 310_000, 290_000), 16509, "AMAZON-02", true), "Tuya", "tuya", "CN", egress.PurposeTelemetry, "tuyaeu.com")

	inside := func(device, peer, address string, port uint16, purpose string, up, down uint64, v egress.Video) egress.Conversation {
		return egress.Conversation{Device: device, Peer: peer, From: "10.20.0.11", Address: address, Port: port, Protocol: "tcp", App: "rtsp", Opened: "far end", Scope: egress.ScopeInside,
			Names: []egress.Name{}, Purpose: purpose, Evidence: []observation.Evidence{}, Flows: 2, BytesUp: up, BytesDown: down, PacketsUp: up/1200 + 1, PacketsDown: down/80 + 1,
			First: "2026-11-03T08:00:20Z", Last: "2026-11-03T09:41:50Z", Encrypted: "no", Video: v}
	}
	video := egress.Video{Verdict: egress.VideoYes, Why: "4.1 Mbit/s up for 101 min"}
	list := []egress.Conversation{
		stun, update, inside(hik, vms, "10.20.0.50", 554, egress.PurposeRecorder, 3_120_000_000, 8_000_000, video),
		unknown, dahua, inside(nvr, "", "10.20.0.99", 37777, egress.PurposeViewer, 92_000_000, 400_000, video),
		ntp, inside(axis, vms, "10.20.0.50", 554, egress.PurposeRecorder, 2_000_000_000, 4_000_000, video), six, evilTo, tuya,
	}
	group := inside(hik, "", "239.255.255.250", 3702, egress.PurposeDiscovery, 20_000, 0, egress.Video{Verdict: egress.VideoNo, Why: "0.001 Mbit/s"})
	group.Scope, group.Protocol, group.App, group.Opened = egress.ScopeGroup, "udp", "wsd", "device"
	return append(list, group)
}

func timeline(bucket int64, n int, up, down float64) *egress.Timeline {
	t := &egress.Timeline{Start: "2026-11-03T08:00:00Z", Bucket: bucket}
	for i := range n {
		wave := 0.5 + 0.5*math.Sin(float64(i)/5)
		if i%17 == 3 {
			wave = 0
		}
		t.Up = append(t.Up, uint64(up*wave))
		t.Down = append(t.Down, uint64(down*(1-wave)))
	}
	return t
}

// talking is [sample] with who its devices talk to.
func talking() *Document {
	doc := sample()
	doc.Inputs = append(doc.Inputs, Input{Name: eve, Format: "Suricata EVE JSON + gzip", Unit: "line", Packets: 1288, Bytes: 911_000, First: "2026-11-03T08:00:00Z", Last: "2026-11-03T09:41:55Z",
		Lacks: []string{"sizes of single packets, so that video is told from averages alone", "ARP, so that MAC addresses are missing"}, NotUnderstood: []Gap{{Offset: -1, Packets: 3, Why: "not a JSON object"}}})
	doc.Devices[0].Inputs = append(doc.Devices[0].Inputs, eve)
	doc.Devices[0].Traffic, doc.Devices[2].Traffic, doc.Devices[7].Traffic = timeline(60, 102, 24e6, 4e5), timeline(3600, 170, 4e6, 9e5), timeline(60, 1, 9e4, 4e3)
	doc.Conversations = sampleConversations()
	doc.Places = []string{"ip-location-db asn-country 2026-11 (CC0)", "ip-location-db asn 2026-11 (PDDL)"}
	Summarise(doc)
	return doc
}

// chatty is an audit of n devices with ten conversations each, half of them outside.
func chatty(n int) *Document {
	doc := large(n)
	seeds := sampleConversations()
	for i := range doc.Devices {
		d := &doc.Devices[i]
		for j := range 10 {
			c := seeds[(i+j)%len(seeds)]
			c.Device, c.Peer = d.ID, ""
			c.Address = fmt.Sprintf("203.0.%d.%d", j, i%250)
			if j >= 5 {
				c.Scope = egress.ScopeInside
			}
			c.BytesUp = c.BytesUp*uint64(i%7+1) + uint64(j)
			doc.Conversations = append(doc.Conversations, c)
		}
		d.Traffic = timeline(3600, 96, 1e6, 1e5)
	}
	Summarise(doc)
	return doc
}
