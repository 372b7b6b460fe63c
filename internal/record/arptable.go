package record

import (
	"bytes"
	"context"
	"io"
	"net/netip"
	"strings"

	"github.com/lenscap/lenscap/internal/observation"
)

// The neighbours of a machine or a router, as text: arp -an and arp -n, ip neigh,
// also as JSON (ip -j neigh, with -p or without), /proc/net/arp, Windows' arp -a,
// Cisco's show ip arp, MikroTik's /ip arp print. All entries are of the time of
// the file.
var arpReader = Reader{Name: "ARP table", Fuzz: "FuzzARPTable", Is: isARPTable, Read: readARPTable}

// A neighbour is one entry.
type neighbour struct {
	ip  netip.Addr
	mac observation.MAC
}

// neighbourOf reads one line in any of the forms. proven is false for an entry
// that somebody set by hand; ok is false for a line in none of the forms.
func neighbourOf(line []byte) (n neighbour, proven, ok bool) {
	var words [8][]byte
	w := words[:0]
	for word := range bytes.FieldsSeq(line) {
		if len(w) == cap(words[:]) {
			break
		}
		w = append(w, word)
	}
	at := func(i int) string {
		if i < len(w) {
			return string(w[i])
		}
		return ""
	}
	ip, mac := "", ""
	proven = true
	switch {
	case at(2) == "at" && strings.HasPrefix(at(1), "("): // ? (192.0.2.1) at 02:… [ether] on eth0
		ip, mac = strings.Trim(at(1), "()"), at(3)
	case at(1) == "dev" && at(3) == "lladdr": // 192.0.2.1 dev eth0 lladdr 02:… REACHABLE
		ip, mac = at(0), at(4)
		proven = !bytes.Contains(line, []byte("PERMANENT")) && !bytes.Contains(line, []byte("NOARP"))
	case at(1) == "ether": // 192.0.2.1 ether 02:… C eth0
		ip, mac = at(0), at(2)
		proven = !strings.Contains(at(3), "M")
	case strings.HasPrefix(at(1), "0x") && strings.HasPrefix(at(2), "0x"): // 192.0.2.1 0x1 0x2 02:… * eth0
		ip, mac = at(0), at(3)
	case at(0) == "Internet" && strings.Contains(at(3), "."): // Internet 192.0.2.1 12 0200.0000.0001 ARPA Vlan1
		ip, mac = at(1), at(3)
	case strings.Count(at(1), "-") == 5 && len(w) == 3: // 192.0.2.1 02-00-… dynamic
		ip, mac = at(0), at(1)
	case isNumber(at(0)) && address([]byte(at(1))).IsValid(): // 0 192.0.2.1 02:… bridge, set by hand
		ip, mac, proven = at(1), at(2), false
	case isNumber(at(0)) && isFlags(at(1)): // 0 DC 192.0.2.1 02:… bridge reachable
		ip, mac = at(2), at(3)
		proven = strings.ContainsAny(at(1), "DH")
	default:
		return n, false, false
	}
	n.ip = address([]byte(ip))
	n.mac, ok = looseMAC(mac)
	return n, proven, ok && n.ip.IsValid()
}

// isNumber reports whether s is the number of an entry.
func isNumber(s string) bool {
	_, ok := decimal([]byte(s))
	return ok && len(s) <= 6
}

// isFlags reports whether s is the flags of an entry, such as "DC".
func isFlags(s string) bool {
	return len(s) > 0 && len(s) <= 6 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// looseMAC reads a hardware address, also in the form of BSD, which leaves out
// leading zeros ("b0:c5:54:25:5b:e").
func looseMAC(s string) (observation.MAC, bool) {
	parts := strings.Split(s, ":")
	if len(parts) == 6 && len(s) < 17 {
		for i, p := range parts {
			if len(p) == 1 {
				parts[i] = "0" + p
			}
		}
		s = strings.Join(parts, ":")
	}
	return observation.ParseMAC(s)
}

// unanswered reports whether a line is an entry without a hardware address.
func unanswered(line []byte) bool {
	for _, w := range []string{"incomplete", "Incomplete", "INCOMPLETE", "FAILED", "failed", "00:00:00:00:00:00", "no entry"} {
		if bytes.Contains(line, []byte(w)) {
			return true
		}
	}
	return false
}

// isARPTable reports whether among the first lines there are entries, and hardly
// anything else: headings, and entries that had no answer.
func isARPTable(head []byte) bool {
	if bytes.IndexByte(head, 0) >= 0 {
		return false
	}
	entries, others := 0, 0
	for line := range bytes.Lines(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))) {
		if len(head) >= 4096 && !bytes.HasSuffix(line, []byte("\n")) {
			break // cut
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 || unanswered(line) {
			continue
		}
		if _, _, ok := neighbourOf(line); ok {
			entries++
		} else if others++; others > 3 {
			return false
		}
		if entries >= 20 {
			break
		}
	}
	return entries > 0
}

func readARPTable(ctx context.Context, r io.Reader, job *Job) (Result, error) {
	seen := int64(0)
	if !job.Modified.IsZero() {
		seen = job.Modified.UnixNano()
	}
	line := func(b *batch, line []byte) {
		n, proven, ok := neighbourOf(line)
		if !ok {
			if looksLikeEntry(line) {
				b.bad("lines that are no entry")
			}
			return
		}
		b.records++
		if n.mac.Group() || !proven {
			return
		}
		b.hasMAC = true
		b.time(seen, seen)
		b.sights.see(speaker{ip: n.ip, mac: n.mac}, seen, seen, 0, 0)
		b.observe(observation.Observation{Seen: nano(seen), Protocol: "arp", MAC: n.mac, From: netip.AddrPortFrom(n.ip, 0), Fields: []observation.Field{
			{Name: observation.ARPMAC, Value: n.mac.String()}, {Name: observation.ARPIP, Value: n.ip.String()},
		}})
	}
	res, _, err := readLines(ctx, r, job, lineFormat{line: line})
	res.Format = "ARP table"
	res.Lacks = []string{"traffic: who speaks with whom, and how much", "everything devices say", "when each entry was learnt"}
	return res, err
}

// looksLikeEntry reports whether a line that was not understood begins as an
// entry would: with an address.
func looksLikeEntry(line []byte) bool {
	for word := range bytes.FieldsSeq(line) {
		return address(bytes.Trim(word, "()")).IsValid() && !unanswered(line)
	}
	return false
}
