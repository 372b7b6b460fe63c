package report

import (
	"bufio"
	"io"
	"strconv"

	"github.com/lenscap/lenscap/internal/egress"
)

// Destinations writes what each device was seen to talk to as CSV, one line for
// each entry an access list would need, in the manner of a Manufacturer Usage
// Description: who, in which direction, whom by name or address, protocol and
// port. It is what was seen, not what ought to be allowed; a person decides
// that. Multicast and broadcast are left out. Cells are written as by [CSV].
//
// Terms: RFC 8520, section 8 (from-device, to-device; dns names).
func Destinations(w io.Writer, doc *Document) error {
	b := bufio.NewWriter(w)
	for i, name := range destinationColumns {
		writeCell(b, i, name)
	}
	b.WriteByte('\n')
	devices := map[string]*Device{}
	for i := range doc.Devices {
		devices[doc.Devices[i].ID] = &doc.Devices[i]
	}
	for i := range doc.Conversations {
		c := &doc.Conversations[i]
		d := devices[c.Device]
		if c.Scope == egress.ScopeGroup || d == nil {
			continue
		}
		for i, cell := range destinationCells(d, c) {
			writeCell(b, i, cell)
		}
		b.WriteByte('\n')
	}
	return flush(b, "destinations")
}

var destinationColumns = []string{
	"device", "device_name", "mac", "maker", "model", "firmware", "direction", "scope", "dns_name", "address", "peer_device", "protocol", "port",
	"app", "purpose", "country", "asn", "network", "controller", "jurisdiction", "encrypted", "video", "bytes_up", "bytes_down",
	"packets_up", "packets_down", "first", "last",
}

func destinationCells(d *Device, c *egress.Conversation) []string {
	mac := ""
	if len(d.MACs) > 0 {
		mac = d.MACs[0]
	}
	direction := map[string]string{"device": "from-device", "far end": "to-device", "both": "both"}[c.Opened]
	if direction == "" {
		direction = "unknown"
	}
	asn := ""
	if c.ASN > 0 {
		asn = strconv.FormatUint(uint64(c.ASN), 10)
	}
	n := func(v uint64) string { return strconv.FormatUint(v, 10) }
	return []string{
		d.ID, d.Name, mac, d.Maker.Value, d.Model.Value, d.Firmware.Value, direction, c.Scope, c.Name, c.Address, c.Peer, c.Protocol, n(uint64(c.Port)),
		c.App, c.Purpose, c.Country, asn, c.Network, c.Controller, c.Jurisdiction, c.Encrypted, c.Video.Verdict, n(c.BytesUp), n(c.BytesDown),
		n(c.PacketsUp), n(c.PacketsDown), c.First, c.Last,
	}
}
