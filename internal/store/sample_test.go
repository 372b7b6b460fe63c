package store

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/device"
	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/observation"
	"github.com/lenscap/lenscap/internal/report"
)

var day = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

// sqliteExec changes a file behind the store's back.
func sqliteExec(t testing.TB, path, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err == nil {
		_, err = db.Exec(text)
	}
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// sampleEvidence makes n different observations, as dissectors give them: a few
// fields each, most values shared between devices.
func sampleEvidence(seed uint64, n int) hub.Evidence {
	rng := rand.New(rand.NewPCG(seed, 1))
	var e hub.Evidence
	for i := range n {
		mac := observation.MAC{0x44, 0x19, 0xb6, byte(i >> 16), byte(i >> 8), byte(i)}
		ip := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		seen := day.Add(time.Duration(i) * time.Millisecond)
		o := &observation.Observation{Input: 7, Packet: int64(i + 1), Seen: seen, Last: seen.Add(time.Hour), Count: 1 + int64(rng.IntN(50)), MAC: mac, VLAN: uint16(rng.IntN(3) * 10),
			From: netip.AddrPortFrom(ip, 37020), To: netip.MustParseAddrPort("239.255.255.250:37020"), TTL: 64}
		switch rng.IntN(4) {
		case 0:
			o.Protocol = "sadp"
			o.Fields = []observation.Field{{Name: observation.SADPModel, Value: fmt.Sprintf("DS-2CD20%dG0", i%40)}, {Name: observation.SADPSerial, Value: fmt.Sprintf("DS-2CD2043G0-I20190101AAWR%09d", i)},
				{Name: observation.SADPFirmware, Value: "V5.5.82build 190909"}, {Name: observation.SADPMAC, Value: mac.String()}, {Name: observation.SADPIP, Value: ip.String()}, {Name: observation.SADPActivated, Value: "true"}}
		case 1:
			o.Protocol, o.To = "arp", netip.AddrPort{}
			o.Fields = []observation.Field{{Name: observation.ARPMAC, Value: mac.String()}, {Name: observation.ARPIP, Value: ip.String()}}
		case 2:
			o.Protocol = "dns"
			o.Fields = []observation.Field{{Name: observation.DNSQuestion, Value: fmt.Sprintf("dev-%d.hik-connect.com", i%100)}}
		default:
			o.Protocol, o.About, o.ToMAC = "dhcp", observation.Receiver, mac
			o.Fields = []observation.Field{{Name: observation.DHCPMessage, Value: "ACK"}, {Name: observation.DHCPAssignedIP, Value: ip.String()}, {Name: observation.DHCPHostname, Value: fmt.Sprintf("HIKVISION-%d", i)}, {Name: observation.DHCPParameters, Value: "1,3,6,12,15,28,42"}}
		}
		e.Observations = append(e.Observations, o)
		if i%4 == 0 {
			e.Sightings = append(e.Sightings, device.Sighting{Input: 7, MAC: mac, IP: ip, First: seen, Last: seen.Add(time.Minute), Packets: 5, Bytes: 500, VLAN: 10, TTL: 64})
		}
	}
	return e
}

var (
	sampleMakers   = []string{"Hikvision", "Dahua", "Axis", "Hanwha", "Uniview", "Bosch", ""}
	sampleKinds    = []string{"camera", "camera", "camera", "recorder", "router", "unknown"}
	sampleVerdicts = []finding.Verdict{finding.Prohibited, finding.Restricted, finding.AdvisedAgainst, finding.NotCovered, finding.CannotTell}
	sampleCountry  = []string{"CN", "GB", "US", "DE", "NL", "SG", ""}
)

// sampleDerived makes the i-th device of a site.
func sampleDerived(site int64, i int) *hub.Derived {
	rng := rand.New(rand.NewPCG(uint64(site), uint64(i)))
	maker := sampleMakers[rng.IntN(len(sampleMakers))]
	ip := netip.AddrFrom4([4]byte{10, byte(site), byte(i >> 8), byte(i)}).String()
	mac := observation.MAC{0x44, 0x19, byte(site), byte(i >> 16), byte(i >> 8), byte(i)}.String()
	first := day.Add(-time.Duration(rng.IntN(1000)) * time.Hour)
	d := &hub.Derived{Device: hub.Device{Site: site, Device: fmt.Sprintf("d-%04x%06x", site, i), Presence: []string{hub.Both, hub.SeenOnly}[rng.IntN(2)], Name: fmt.Sprintf("cam-%d", i), Kind: sampleKinds[rng.IntN(len(sampleKinds))],
		Brand: maker, Maker: maker, MakerID: maker, MakerGrade: []string{"confirmed", "probable", "possible", "unknown"}[rng.IntN(4)], Model: fmt.Sprintf("%s-M%d", maker, rng.IntN(60)), Firmware: fmt.Sprintf("V5.%d.%d", rng.IntN(8), rng.IntN(30)),
		Address: ip, MAC: mac, Serial: fmt.Sprintf("SN%d-%d", site, i), Hostname: fmt.Sprintf("host-%d", i), VLAN: uint16(rng.IntN(4) * 10), Zone: []string{"", "cctv", "office"}[rng.IntN(3)],
		Video: []string{"", "no", "video", "possibly video"}[rng.IntN(4)], First: first, Last: day, Changed: first.Add(time.Hour)}}
	doc := &report.Device{ID: d.Device.Device, Name: d.Device.Name, MACs: []string{mac}, Addresses: []report.Address{{IP: ip, First: first.Format(time.RFC3339), Last: day.Format(time.RFC3339)}},
		Serials: []string{d.Device.Serial}, Hostnames: []string{d.Device.Hostname}, FirstSeen: first.Format(time.RFC3339), Protocols: []string{"sadp", "arp"}}
	for p := range 6 {
		doc.Seen = append(doc.Seen, report.Seen{Input: "a.pcap", Packet: int64(p*100 + i), Time: day.Format(time.RFC3339), Count: 3, Protocol: "sadp", Fields: [][2]string{{"sadp.model", d.Device.Model}, {"sadp.serial", d.Device.Serial}}})
	}
	d.Doc = doc
	gravest := 0
	for r := range 8 {
		v := sampleVerdicts[rng.IntN(len(sampleVerdicts))]
		d.Findings = append(d.Findings, finding.Finding{Regime: fmt.Sprintf("regime-%d", r), Name: fmt.Sprintf("Regime %d", r), Force: finding.Law, Clause: "s.1", Device: d.Device.Device, Verdict: v, AsAt: "2026-11-20",
			Why: "It was made by " + maker + ", which the list names.", Missing: []string{}, Sources: []string{"https://example.org/list"}, Evidence: []observation.Evidence{{Input: "a.pcap", Packet: int64(i), Protocol: "sadp", Field: "sadp.model", Value: d.Device.Model}}})
		if s := finding.Severity(v); s > gravest {
			gravest, d.Device.Severity, d.Device.Verdict = s, s, string(v)
		}
	}
	for c := range rng.IntN(4) {
		country := sampleCountry[rng.IntN(len(sampleCountry))]
		up := int64(rng.IntN(1 << 20))
		d.Reach = append(d.Reach, hub.Reach{Country: country, Controller: maker, ControllerID: maker, Jurisdiction: "CN", Network: "AS1 Example", Purpose: "cloud", Name: fmt.Sprintf("p%d.example.com", c), Address: fmt.Sprintf("203.0.113.%d", c),
			Port: 443, Protocol: "tcp", Encrypted: "yes", Video: "no", BytesUp: up, BytesDown: up / 3, First: first, Last: day})
		d.Device.Outside, d.Device.BytesUp, d.Device.BytesDown = true, d.Device.BytesUp+up, d.Device.BytesDown+up/3
	}
	d.Changes = append(d.Changes, hub.Change{At: first, What: "appeared", After: ip, Says: "It was seen for the first time.", Ingest: 1}, hub.Change{At: first.Add(time.Hour), What: "firmware", Before: "V5.0", After: d.Device.Firmware, Says: "Its firmware changed."})
	return d
}

// sampleSite yields the first n devices of a site.
func sampleSite(site int64, n int) func(func(*hub.Derived) bool) {
	return func(yield func(*hub.Derived) bool) {
		for i := range n {
			if !yield(sampleDerived(site, i)) {
				return
			}
		}
	}
}
