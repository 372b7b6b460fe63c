package history

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
)

// A made estate: days × devices × far ends, like shared/performance.md has it:
// every device has 40 far ends, of which about 30 are talked to in an hour.
type estate struct {
	devices, days int
	start         int64 // first hour
	seed          uint64
}

type farEnd struct {
	addr                        netip.Addr
	name, country, network, ctl string
	asn                         uint32
	port                        uint16
	app, purpose, video         string
	scope                       string
	weight                      int64
}

var countries = []string{"GB", "DE", "US", "CN", "IE", "NL", "FR", "SG", "JP", "HK", "KR", "IN", "SE", "PL", "IT", "ES", "CH", "FI", "BR", ""}

func makeFarEnds(r *rand.Rand, n int) []farEnd {
	out := make([]farEnd, n)
	apps := []string{"tls", "tls", "tls", "quic", "http", "dns", "ntp", "rtsp"}
	purposes := []string{"telemetry", "cloud", "push", "p2p", "update", "dns", "ntp", "recorder"}
	for i := range out {
		k := r.IntN(len(apps))
		ctl := r.IntN(60)
		out[i] = farEnd{
			addr:    netip.AddrFrom4([4]byte{byte(20 + r.IntN(180)), byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256))}),
			name:    fmt.Sprintf("%c%d.region%d.controller-%d.example.com", 'a'+rune(r.IntN(26)), r.IntN(1000), r.IntN(9), ctl),
			country: countries[r.IntN(len(countries))], network: fmt.Sprintf("Network number %d Ltd", ctl*3+r.IntN(3)), asn: uint32(13000 + ctl),
			ctl: fmt.Sprintf("Controller %d", ctl), port: []uint16{443, 443, 8883, 443, 80, 53, 123, 554}[k], app: apps[k], purpose: purposes[k],
			video: []string{"no", "no", "no", "too short to tell", "possibly video"}[r.IntN(5)], scope: []string{"outside", "outside", "outside", "inside"}[r.IntN(4)],
			weight: int64(200 << r.IntN(14)),
		}
	}
	return out
}

// day makes the rows of one day, hour by hour.
func (e estate) day(day int) []Row {
	r := rand.New(rand.NewPCG(e.seed, 1))
	pool := makeFarEnds(r, 4000)
	own := make([][]int, e.devices)
	for d := range own {
		for len(own[d]) < 40 {
			if k := r.IntN(len(pool)); !slices.Contains(own[d], k) {
				own[d] = append(own[d], k)
			}
		}
	}
	r = rand.New(rand.NewPCG(e.seed, uint64(day)+2))
	var out []Row
	for h := range 24 {
		hour := e.start + int64(day)*86400 + int64(h)*3600
		for d := range e.devices {
			for _, k := range own[d] {
				if r.IntN(4) == 0 {
					continue
				}
				f := &pool[k]
				up := f.weight + r.Int64N(f.weight)
				down := f.weight/4 + r.Int64N(f.weight)
				if f.app == "ntp" || f.app == "dns" { // a question and its answer, a few times an hour
					n := 1 + r.Int64N(6)
					up, down = 76*n, 76*n
				}
				first := r.Int64N(1800_000)
				last := first + r.Int64N(1800_000)
				out = append(out, Row{
					Site: int64(d % 8), Device: deviceID(d), Hour: hour,
					From: netip.AddrFrom4([4]byte{10, byte(d % 8), byte(d >> 8), byte(d)}), Address: f.addr, Port: f.port, Protocol: "tcp", App: f.app, Opened: "device",
					Scope: f.scope, Name: f.name, Country: f.country, Network: f.network, ASN: f.asn, Controller: f.ctl, ControllerID: "c-" + f.ctl, Jurisdiction: f.country,
					Purpose: f.purpose, Encrypted: "yes", Video: f.video, Ingest: int64(h/6 + 1),
					Flows: 1 + r.Int64N(4), BytesUp: up, BytesDown: down, PacketsUp: 1 + up/700, PacketsDown: 1 + down/900,
					First: (hour*1000 + first) * 1e6, Last: (hour*1000 + last) * 1e6,
				})
			}
		}
	}
	return out
}

func deviceID(d int) string { return fmt.Sprintf("d-%010x", uint64(d)*2654435761%(1<<40)) }

// sparseDay makes a day of devices that say four things each, as package hubload
// does: counters are of one number that chance gave, and devices of a kind talk to
// the same far ends.
func sparseDay(devices, day int) (rows []Row) {
	r := rand.New(rand.NewPCG(1, 1))
	pool := makeFarEnds(r, 300)
	kinds := make([][]int, 30)
	for i := range kinds {
		for range 3 + r.IntN(6) {
			kinds[i] = append(kinds[i], r.IntN(len(pool)))
		}
	}
	for d := range devices {
		site, id := sparseDevice(d)
		ends, i := kinds[d*17%len(kinds)], d%1000
		for k := range int64(4) {
			hour := (20000+int64(day))*daySec + k*6*hourSec
			f := &pool[ends[int(k)%len(ends)]]
			c := int64((uint64(d)*0x9e3779b97f4a7c15 ^ uint64(hour)*0xbf58476d1ce4e5b9) >> 33)
			x := Row{
				Site: site, Device: id, Hour: hour, From: netip.AddrFrom4([4]byte{10, 20, byte(i >> 8), byte(i)}), Address: f.addr, Port: f.port, Protocol: "tcp",
				App: f.app, Opened: "device", Scope: f.scope, Name: f.name, Country: f.country, Network: f.network, ASN: f.asn, Controller: f.ctl, ControllerID: "c-" + f.ctl,
				Jurisdiction: f.country, Purpose: f.purpose, Encrypted: "yes", Video: f.video, Ingest: site,
				Flows: 1 + c%5, PacketsUp: 6 + c%90, PacketsDown: 6 + c%70,
			}
			x.BytesUp, x.BytesDown = x.PacketsUp*(60+c%900), x.PacketsDown*(60+c%1200)
			x.First = (hour + c%1800) * second
			x.Last = x.First + c%1700*second
			rows = append(rows, x)
		}
	}
	return rows
}

// sparseDevice is the site and the id of a device of [sparseDay].
func sparseDevice(d int) (site int64, id string) {
	h := uint64(d+1) * 0x9e3779b97f4a7c15 //nolint:gosec // any bits do
	h = (h ^ h>>29) * 0xbf58476d1ce4e5b9
	return int64(d/1000 + 1), fmt.Sprintf("d-%010x", h>>24)
}
