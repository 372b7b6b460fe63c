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
