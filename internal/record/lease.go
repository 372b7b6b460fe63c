package record

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"net/netip"
	"strconv"

	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/observation"
)

// The lease files of three DHCP servers: ISC dhcpd (dhcpd.leases), dnsmasq
// (dnsmasq.leases) and Kea (memfile CSV, IPv4 and IPv6). A lease says what a
// DHCP acknowledgement says: a hardware address, the address it was given, and
// the name it gave itself.
var (
	iscReader     = Reader{Name: "dhcpd leases", Fuzz: "FuzzLeases", Is: isISC, Read: readISC}
	dnsmasqReader = Reader{Name: "dnsmasq leases", Fuzz: "FuzzLeases", Is: isDnsmasq, Read: readDnsmasq}
	keaReader     = Reader{Name: "Kea leases", Fuzz: "FuzzLeases", Is: isKea, Read: readKea}
)

// leaseLacks is what packets would have shown.
var leaseLacks = []string{"traffic: who speaks with whom, and how much", "everything devices say other than in DHCP", "devices with a fixed address"}

// A lease is one entry of a lease file.
type lease struct {
	ip    netip.Addr
	mac   observation.MAC
	duid  []byte // hexadecimal
	name  []byte
	class []byte // vendor class
	begun int64  // 0 where the file does not say
	ends  int64  // 0 for never, and where the file does not say
}

// give adds what the lease says.
func (l *lease) give(b *batch) {
	var f fieldList
	if l.mac.Group() {
		l.mac = observation.MAC{}
	}
	f.add(observation.DHCPMessage, []byte("ACK"))
	f.add(observation.DHCPMAC, []byte(l.mac.String()))
	f.add(observation.DHCPDUID, l.duid)
	f.add(observation.DHCPVendorClass, l.class)
	f.add(observation.DHCPHostname, l.name)
	if l.ip.IsValid() {
		f.addAddr(observation.DHCPAssignedIP, []byte(l.ip.String()))
	}
	b.time(l.begun, l.begun)
	b.observe(observation.Observation{Seen: nano(l.begun), Protocol: "dhcp", About: observation.Named, Fields: f})
}

// isISC recognises dhcpd.leases by its first statement or the comment on top.
func isISC(head []byte) bool {
	for line := range bytes.Lines(head) {
		line = bytes.TrimSpace(line)
		switch {
		case len(line) == 0:
		case line[0] == '#':
			if bytes.Contains(line, []byte("dhcpd.leases(5)")) {
				return true
			}
		case bytes.HasPrefix(line, []byte("lease ")):
			words := bytes.Fields(line)
			return len(words) == 3 && address(words[1]).IsValid() && string(words[2]) == "{"
		case bytes.HasPrefix(line, []byte("authoring-byte-order")), bytes.HasPrefix(line, []byte("server-duid")), bytes.HasPrefix(line, []byte("default-duid")):
		default:
			return false
		}
	}
	return false
}

// readISC reads dhcpd.leases, in which a later entry of an address replaces an
// earlier one; both were true at their time.
//
// Format: dhcpd.leases(5), https://kb.isc.org/docs/en/isc-dhcp-44-manual-pages-dhcpdleases.
func readISC(ctx context.Context, r io.Reader, job *Job) (Result, error) {
	var now *lease
	depth := 0
	line := func(b *batch, line []byte) {
		line = bytes.TrimSpace(line)
		switch {
		case len(line) == 0 || line[0] == '#':
		case bytes.HasPrefix(line, []byte("lease ")) && depth == 0:
			words := bytes.Fields(line)
			if len(words) < 3 || !address(words[1]).IsValid() {
				b.bad("leases without an address")
				return
			}
			now, depth = &lease{ip: address(words[1])}, 1
		case bytes.HasSuffix(line, []byte("{")):
			depth++
		case line[0] == '}':
			if depth = max(depth-1, 0); depth == 0 && now != nil {
				b.records++
				if !now.mac.IsZero() {
					now.give(b)
				}
				now = nil
			}
		case now != nil && depth == 1:
			now.statement(line)
		case depth == 0 && bytes.IndexByte(line, ';') < 0:
			b.bad("lines that are no statement")
		}
	}
	res, _, err := readLines(ctx, r, job, lineFormat{line: line, ordered: true})
	if now != nil {
		res.Gaps = append(res.Gaps, capture.Gap{Offset: res.Bytes, Packets: 1, Why: "a lease that the file ends within"})
	}
	res.Format, res.Lacks = "dhcpd leases", leaseLacks
	return res, err
}

// statement reads one statement of a lease.
func (l *lease) statement(line []byte) {
	line = bytes.TrimRight(line, ";")
	words := bytes.Fields(line)
	switch {
	case len(words) >= 3 && string(words[0]) == "hardware" && string(words[1]) == "ethernet":
		l.mac, _ = observation.ParseMAC(string(bytes.TrimRight(words[2], ";")))
	case len(words) >= 3 && string(words[0]) == "starts" && string(words[1]) == "epoch":
		l.begun = seconds(bytes.TrimRight(words[2], ";"))
	case len(words) >= 4 && string(words[0]) == "starts":
		day := bytes.ReplaceAll(words[2], []byte("/"), []byte("-"))
		l.begun = stamp(append(append(bytes.Clone(day), 'T'), bytes.TrimRight(words[3], ";")...))
	case bytes.HasPrefix(line, []byte("client-hostname ")):
		l.name = quoted(line)
	case bytes.HasPrefix(line, []byte("set vendor-class-identifier")):
		l.class = quoted(line)
	}
}

// quoted is the text between the first quotation mark and the last.
func quoted(line []byte) []byte {
	from, to := bytes.IndexByte(line, '"'), bytes.LastIndexByte(line, '"')
	if from < 0 || to <= from {
		return nil
	}
	return bytes.Clone(line[from+1 : to])
}

// dnsmasqLease reads "expiry MAC address name client-id".
func dnsmasqLease(line []byte) (l lease, ok bool) {
	words := bytes.Fields(line)
	if len(words) != 5 {
		return l, false
	}
	if _, ok := decimal(words[0]); !ok {
		return l, false
	}
	l.ends = seconds(words[0])
	if l.ip = address(words[2]); !l.ip.IsValid() {
		return l, false
	}
	if l.mac, ok = observation.ParseMAC(string(words[1])); !ok {
		if !l.ip.Is6() { // in IPv6 leases it is a number, and the DUID comes last
			return l, false
		}
		l.duid = bytes.ReplaceAll(words[4], []byte(":"), nil)
		if _, err := hex.DecodeString(string(l.duid)); err != nil {
			l.duid = nil
		}
	}
	if string(words[3]) != "*" {
		l.name = words[3]
	}
	return l, true
}

func isDnsmasq(head []byte) bool {
	line, _, whole := bytes.Cut(head, []byte("\n"))
	_, ok := dnsmasqLease(line)
	return ok && (whole || len(head) < 4096)
}

// readDnsmasq reads dnsmasq.leases. Its lines tell when a lease ends, not when it
// began: the file's own time stands in, or the end, where a copy has lost that
// time: what has ended is not in the file any more. A router without a clock
// writes how long a lease lasts, which is no time.
//
// Format: dnsmasq's lease.c, lease_update_file; https://thekelleys.org.uk/dnsmasq/docs/dnsmasq-man.html.
func readDnsmasq(ctx context.Context, r io.Reader, job *Job) (Result, error) {
	line := func(b *batch, line []byte) {
		if bytes.HasPrefix(line, []byte("duid ")) { // the server's own
			return
		}
		l, ok := dnsmasqLease(line)
		if !ok {
			b.bad("lines that are no lease")
			return
		}
		b.records++
		if l.begun = 0; !job.Modified.IsZero() {
			l.begun = job.Modified.UnixNano()
		}
		if l.ends > aClock && l.ends < l.begun {
			l.begun = l.ends
		}
		l.give(b)
	}
	res, _, err := readLines(ctx, r, job, lineFormat{line: line})
	res.Format, res.Lacks = "dnsmasq leases", append([]string{"when a lease began"}, leaseLacks...)
	return res, err
}

// aClock is a time before which no clock that was set stands: 2000-01-01.
const aClock = 946684800 * 1_000_000_000

func isKea(head []byte) bool {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	return bytes.HasPrefix(line, []byte("address,hwaddr,client_id,")) || bytes.HasPrefix(line, []byte("address,duid,valid_lifetime,"))
}

// readKea reads the CSV of Kea's memfile, whose first line names its columns.
//
// Format: https://kea.readthedocs.io/en/latest/arm/dhcp4-srv.html, memfile.
func readKea(ctx context.Context, r io.Reader, job *Job) (Result, error) {
	columns := map[string]int{}
	line := func(b *batch, line []byte) {
		cells := bytes.Split(line, []byte(","))
		if string(cells[0]) == "address" {
			clear(columns)
			for i, c := range cells {
				columns[string(c)] = i
			}
			return
		}
		cell := func(name string) []byte {
			if i, ok := columns[name]; ok && i < len(cells) {
				return cells[i]
			}
			return nil
		}
		l := lease{ip: address(cell("address"))}
		if !l.ip.IsValid() {
			b.bad("lines that are no lease")
			return
		}
		b.records++
		l.mac, _ = observation.ParseMAC(string(cell("hwaddr")))
		l.duid = bytes.ReplaceAll(cell("duid"), []byte(":"), nil)
		l.name = bytes.TrimSuffix(bytes.ReplaceAll(cell("hostname"), []byte("&#x2c"), []byte(",")), []byte("."))
		if expires, valid := count(cell("expire")), count(cell("valid_lifetime")); expires > valid {
			l.begun = seconds(strconv.AppendUint(nil, expires-valid, 10))
		}
		if l.mac.IsZero() && len(l.duid) == 0 {
			return // reclaimed
		}
		l.give(b)
	}
	res, _, err := readLines(ctx, r, job, lineFormat{line: line, ordered: true})
	res.Format, res.Lacks = "Kea leases", leaseLacks
	return res, err
}
