package record

import (
	"bytes"
	"context"
	"io"
)

// Zeek's logs, as tab-separated values with their header lines or as JSON, one
// log or several behind each other (rotated files joined, or a stream of all).
//
// Read are conn, dns, http, ssl, quic, dhcp, software, known_hosts, known_services,
// known_devices, known_certs, x509, ntp, snmp and sip. Lines of other logs are counted
// and say only that the originator of a connection spoke.
//
// Format: https://docs.zeek.org/en/master/log-formats.html, and the fields of each
// log under https://docs.zeek.org/en/master/script-reference/log-files.html.
var zeekReader = Reader{Name: "Zeek log", Fuzz: "FuzzZeek", Is: isZeek, Read: readZeek}

func isZeek(head []byte) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(head) == 0 {
		return false
	}
	if head[0] == '#' {
		for _, p := range []string{"#separator ", "#fields\t", "#path\t", "#set_separator"} {
			if bytes.HasPrefix(head, []byte(p)) {
				return true
			}
		}
		return false
	}
	if end := bytes.IndexByte(head, '\n'); end >= 0 {
		head = head[:end]
	}
	var row zeekRow
	row.json(head) // it may be cut
	if row.nanoseconds() == 0 {
		return false
	}
	if row.has(zUID) || row.has(zOrigH) || row.path {
		return true
	}
	switch zeekKindOf(&row) {
	case zeekSoftware, zeekKnownCerts, zeekKnownServices, zeekX509, zeekDHCP:
		return true
	case zeekKnownHosts, zeekKnownDevices: // little to go by: nothing else may be there
		return row.members <= 3
	}
	return false
}

func readZeek(ctx context.Context, r io.Reader, job *Job) (Result, error) {
	own := *job
	if own.Shared == nil {
		own.Shared = NewShared()
	}
	res, all, err := readLines(ctx, r, &own, lineFormat{line: zeekLine, header: zeekHeaderBehind})
	res.Format, res.Lacks = zeekFormat(all.has.notes), zeekLacks(all)
	if job.Shared == nil {
		for _, l := range own.Shared.Close() {
			res.Lacks = append(res.Lacks, l.What)
		}
	}
	return res, err
}

// zeekLine reads one line.
func zeekLine(b *batch, line []byte) {
	h, _ := b.header.(*zeekHeader)
	if h == nil {
		h = &zeekDefault
	}
	row := &b.zeek
	var kind zeekKind
	switch {
	case line[0] == '#':
		b.header = h.with(line)
		return
	case line[0] == '{':
		if !row.json(line) {
			b.bad(notJSON)
			return
		}
		b.notes |= 1 << zeekIsJSON
		if kind = row.kind; !row.path {
			kind = zeekKindOf(row)
		}
	case h.columns == 0:
		b.bad("lines without a header (#fields) before them")
		return
	default:
		if !row.split(h, line) {
			b.bad("lines that have not the columns that #fields names, or were cut")
			return
		}
		kind = h.kind
	}
	at := row.nanoseconds()
	if at == 0 {
		b.bad("lines without a time")
		return
	}
	b.records++
	b.notes |= 1 << kind
	z := zeekEntry{row: row, kind: kind, time: at}
	z.read(b)
}
