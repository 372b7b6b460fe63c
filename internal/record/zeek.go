package record

import (
	"bytes"
	"context"
	"io"
	"strconv"
)

// Zeek's logs, as tab-separated values with their header lines or as JSON, one
// log or several behind each other (rotated files joined, or a stream of all).
//
// Read are conn, dns, http, ssl, quic, dhcp, software, known_hosts, known_services,
// known_devices, known_certs, ntp, snmp and sip. Lines of other logs are counted
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
	o, ok := object(head)
	if !ok {
		return false
	}
	var row zeekRow
	members := 0
	for o.next() {
		row.member(o.key, o.val)
		members++
	}
	if row.nanoseconds() == 0 {
		return false
	}
	if row.has(zUID) || row.has(zOrigH) || row.path != "" {
		return true
	}
	switch zeekKindOf(&row) {
	case zeekSoftware, zeekKnownCerts, zeekKnownServices, zeekX509, zeekDHCP:
		return true
	case zeekKnownHosts, zeekKnownDevices: // little to go by: nothing else may be there
		return members <= 3
	}
	return false
}

func readZeek(ctx context.Context, r io.Reader, job *Job) (Result, error) {
	res, all, err := readLines(ctx, r, job, lineFormat{line: zeekLine, header: zeekHeaderBehind})
	res.Format, res.Lacks = zeekFormat(all.has.notes), zeekLacks(all)
	return res, err
}

// A zeekKind is one of Zeek's logs; its number is also its bit in [batch.notes].
type zeekKind uint8

const (
	zeekOther zeekKind = iota
	zeekConn
	zeekDNS
	zeekHTTP
	zeekSSL
	zeekQUIC
	zeekDHCP
	zeekSoftware
	zeekKnownHosts
	zeekKnownServices
	zeekKnownDevices
	zeekKnownCerts
	zeekX509
	zeekNTP
	zeekSNMP
	zeekSIP
	zeekKinds
	zeekIsJSON // a bit of its own
)

var zeekPaths = map[string]zeekKind{
	"conn": zeekConn, "dns": zeekDNS, "http": zeekHTTP, "ssl": zeekSSL, "quic": zeekQUIC, "dhcp": zeekDHCP, "software": zeekSoftware,
	"known_hosts": zeekKnownHosts, "known_services": zeekKnownServices, "known_devices": zeekKnownDevices, "known_certs": zeekKnownCerts,
	"x509": zeekX509, "ntp": zeekNTP, "snmp": zeekSNMP, "sip": zeekSIP,
}

// zeekFormat names what was read.
func zeekFormat(notes uint64) string {
	how := "TSV"
	if notes&(1<<zeekIsJSON) != 0 {
		how = "JSON"
	}
	names := ""
	for name, k := range zeekPaths {
		if notes&(1<<k) == 0 {
			continue
		}
		if names != "" {
			return "Zeek logs (" + how + ")"
		}
		names = name + " "
	}
	return "Zeek " + names + "log (" + how + ")"
}

// zeekLacks says what packets would have shown.
func zeekLacks(t *tally) []string {
	n := t.has.notes
	var out []string
	for _, l := range []struct {
		of   uint64
		what string
	}{
		{1 << zeekConn, "flows: who sent how much to whom (conn.log)"},
		{1 << zeekDNS, "names asked for (dns.log)"},
		{1<<zeekSSL | 1<<zeekQUIC, "names contacted over TLS, and certificates (ssl.log, quic.log)"},
		{1 << zeekHTTP, "HTTP requests (http.log)"},
		{1 << zeekSoftware, "names and versions of servers (software.log)"},
	} {
		if n&l.of == 0 {
			out = append(out, l.what)
		}
	}
	if !t.has.mac {
		out = append(out, "hardware addresses, unless dhcp.log, known_devices.log or the policy mac-logging give them")
	}
	if n&(1<<zeekX509) != 0 {
		out = append(out, "whose the certificates of x509.log are: it gives no address")
	}
	return append(out, "the contents of HTTP answers: titles, icons, device descriptions (UPnP, HNAP, ISAPI, ONVIF)",
		"multicast discovery (mDNS, SSDP, WS-Discovery, SADP, DHIP)", "RTSP and RTP, and the makers' own protocols", "keys of certificates", "the shape of traffic within a flow")
}

// A zeekField is a column that some log is read for.
type zeekField uint8

const (
	zTS zeekField = iota
	zUID
	zOrigH
	zOrigP
	zRespH
	zRespP
	zProto
	zService
	zDuration
	zOrigBytes
	zRespBytes
	zConnState
	zHistory
	zOrigPkts
	zOrigIPBytes
	zRespPkts
	zRespIPBytes
	zOrigL2
	zRespL2
	zVLAN
	zIPProto
	zQuery
	zQType
	zAnswers
	zRcode
	zMethod
	zHost
	zURI
	zUserAgent
	zStatus
	zVersion
	zServerName
	zNextProtocol
	zEstablished
	zSubject
	zIssuer
	zClientSubject
	zClientIssuer
	zJA4
	zDCID
	zMAC
	zHostName
	zClientFQDN
	zRequestedAddr
	zAssignedAddr
	zAssignedIP
	zClientAddr
	zServerAddr
	zMsgTypes
	zClientSoftware
	zSoftwareType
	zUnparsed
	zHostP
	zPortNum
	zPortProto
	zIssuerSubject
	zSerial
	zDHCPHost
	zCertSubject
	zMode
	zStratum
	zDisplay
	zCommunity
	zSeq
	zRequestFrom
	zCipher
	zFields
	zNone = zFields
)

// zeekFieldOf gives the field of a column's name, zNone for one that is not read.
func zeekFieldOf(name []byte) zeekField {
	switch string(name) {
	case "ts":
		return zTS
	case "uid":
		return zUID
	case "id.orig_h":
		return zOrigH
	case "id.orig_p":
		return zOrigP
	case "id.resp_h":
		return zRespH
	case "id.resp_p":
		return zRespP
	case "proto":
		return zProto
	case "service":
		return zService
	case "duration":
		return zDuration
	case "orig_bytes":
		return zOrigBytes
	case "resp_bytes":
		return zRespBytes
	case "conn_state":
		return zConnState
	case "history":
		return zHistory
	case "orig_pkts":
		return zOrigPkts
	case "orig_ip_bytes":
		return zOrigIPBytes
	case "resp_pkts":
		return zRespPkts
	case "resp_ip_bytes":
		return zRespIPBytes
	case "orig_l2_addr":
		return zOrigL2
	case "resp_l2_addr":
		return zRespL2
	case "vlan":
		return zVLAN
	case "ip_proto":
		return zIPProto
	case "query":
		return zQuery
	case "qtype_name":
		return zQType
	case "answers":
		return zAnswers
	case "rcode_name":
		return zRcode
	case "method":
		return zMethod
	case "host":
		return zHost
	case "uri":
		return zURI
	case "user_agent":
		return zUserAgent
	case "status_code":
		return zStatus
	case "version":
		return zVersion
	case "server_name":
		return zServerName
	case "next_protocol":
		return zNextProtocol
	case "established":
		return zEstablished
	case "subject":
		return zSubject
	case "issuer":
		return zIssuer
	case "client_subject":
		return zClientSubject
	case "client_issuer":
		return zClientIssuer
	case "ja4":
		return zJA4
	case "cipher":
		return zCipher
	case "client_initial_dcid":
		return zDCID
	case "mac":
		return zMAC
	case "host_name":
		return zHostName
	case "client_fqdn":
		return zClientFQDN
	case "requested_addr":
		return zRequestedAddr
	case "assigned_addr":
		return zAssignedAddr
	case "assigned_ip":
		return zAssignedIP
	case "client_addr":
		return zClientAddr
	case "server_addr":
		return zServerAddr
	case "msg_types":
		return zMsgTypes
	case "client_software":
		return zClientSoftware
	case "software_type":
		return zSoftwareType
	case "unparsed_version":
		return zUnparsed
	case "host_p":
		return zHostP
	case "port_num":
		return zPortNum
	case "port_proto":
		return zPortProto
	case "issuer_subject":
		return zIssuerSubject
	case "serial":
		return zSerial
	case "dhcp_host_name":
		return zDHCPHost
	case "certificate.subject":
		return zCertSubject
	case "mode":
		return zMode
	case "stratum":
		return zStratum
	case "display_string":
		return zDisplay
	case "community":
		return zCommunity
	case "seq":
		return zSeq
	case "request_from":
		return zRequestFrom
	}
	return zNone
}

// A zeekRow is one line: the values of the columns that are read.
type zeekRow struct {
	v       [zFields][]byte // as written; nil for unset
	used    []zeekField     // those that were set, of JSON
	path    string
	header  *zeekHeader // nil for JSON
	escaped bool        // the line has a backslash somewhere
}

// reset makes the row empty for the next line, unless that is of the same log.
func (r *zeekRow) reset(h *zeekHeader) {
	if h != nil && r.header == h {
		return
	}
	if r.header != nil || h != nil {
		clear(r.v[:])
	}
	for _, f := range r.used {
		r.v[f] = nil
	}
	r.used, r.path, r.header = r.used[:0], "", h
}

func (r *zeekRow) set(f zeekField, v []byte) {
	r.v[f] = v
	r.used = append(r.used, f)
}

func (r *zeekRow) has(f zeekField) bool { return r.v[f] != nil }

// member keeps a member of a JSON line.
func (r *zeekRow) member(key, val []byte) {
	if len(val) > 0 && val[0] == 'n' { // null
		return
	}
	if f := zeekFieldOf(key); f != zNone {
		r.set(f, val)
		return
	}
	switch string(key) {
	case "_path", "@path":
		r.path = string(text(val))
	case "id": // some shippers make an object of what has a dot
		o, ok := object(val)
		if !ok {
			return
		}
		for o.next() {
			if f := zeekFieldOf(append([]byte("id."), o.key...)); f != zNone {
				r.set(f, o.val)
			}
		}
	}
}

// text is a value as text, without escapes.
func (r *zeekRow) text(f zeekField) []byte {
	v := r.v[f]
	if r.header == nil {
		if len(v) > 0 && v[0] != '"' {
			return v // a number
		}
		return text(v)
	}
	if len(v) == len(r.header.empty) && string(v) == string(r.header.empty) {
		return nil
	}
	if !r.escaped || bytes.IndexByte(v, '\\') < 0 {
		return v
	}
	return unescapeZeek(v)
}

// list calls yield with each element of a set or vector.
func (r *zeekRow) list(f zeekField, yield func([]byte)) {
	v := r.v[f]
	if r.header == nil {
		for a := array(v); a.next(); {
			yield(text(a.val))
		}
		return
	}
	if len(v) == 0 || bytes.Equal(v, r.header.empty) {
		return
	}
	for n := 0; n < maxRecords; n++ {
		part, rest, more := bytes.Cut(v, r.header.set)
		if bytes.IndexByte(part, '\\') >= 0 {
			part = unescapeZeek(part)
		}
		yield(part)
		if !more {
			return
		}
		v = rest
	}
}

// number is a count, 0 for unset.
func (r *zeekRow) number(f zeekField) uint64 { return count(r.text(f)) }

// nanoseconds is the time of the row: seconds, milliseconds or ISO 8601.
func (r *zeekRow) nanoseconds() int64 {
	v := r.text(zTS)
	if len(v) > 4 && v[4] == '-' {
		return stamp(v)
	}
	if n := len(v); n == 13 && bytes.IndexByte(v, '.') < 0 { // milliseconds, with json_timestamps = JSON::TS_MILLIS
		ms, _ := decimal(v)
		return int64(ms) * 1e6
	}
	return seconds(v)
}

// unescapeZeek undoes \xHH and \\.
func unescapeZeek(v []byte) []byte {
	out := make([]byte, 0, len(v))
	for i := 0; i < len(v); i++ {
		if v[i] != '\\' || i+1 == len(v) {
			out = append(out, v[i])
			continue
		}
		if v[i+1] == '\\' {
			out = append(out, '\\')
			i++
			continue
		}
		if v[i+1] == 'x' && i+4 <= len(v) {
			if n, err := strconv.ParseUint(string(v[i+2:i+4]), 16, 8); err == nil {
				out = append(out, byte(n))
				i += 3
				continue
			}
		}
		out = append(out, v[i])
	}
	return out
}

// A zeekHeader is what the header lines of a tab-separated log say. It is never
// changed; a new header line makes a new one.
type zeekHeader struct {
	separator byte
	set       []byte
	empty     []byte
	unset     []byte
	path      string
	columns   []zeekField // zNone for those that are not read
	kind      zeekKind
}

var zeekDefault = zeekHeader{separator: '\t', set: []byte(","), empty: []byte("(empty)"), unset: []byte("-")}

// maxColumns bounds the columns of a log.
const maxColumns = 1024

// with is the header after one more header line.
func (h *zeekHeader) with(line []byte) *zeekHeader {
	if value, ok := bytes.CutPrefix(line, []byte("#separator ")); ok { // begins a new header
		next := zeekDefault
		if value = unescapeZeek(bytes.TrimSpace(value)); len(value) == 1 {
			next.separator = value[0]
		}
		return &next
	}
	next := *h
	key, value, ok := bytes.Cut(line, []byte{h.separator})
	if !ok {
		return h
	}
	value = bytes.Clone(value)
	switch string(key) {
	case "#set_separator":
		if value = unescapeZeek(value); len(value) > 0 {
			next.set = value
		}
	case "#empty_field":
		next.empty = value
	case "#unset_field":
		next.unset = value
	case "#path":
		next.path = string(value)
	case "#fields":
		names := bytes.Split(value, []byte{h.separator})
		next.columns = make([]zeekField, 0, min(len(names), maxColumns))
		for _, name := range names[:min(len(names), maxColumns)] {
			next.columns = append(next.columns, zeekFieldOf(name))
		}
	default:
		return h
	}
	next.kind = zeekPaths[next.path]
	if next.path == "" {
		next.kind = next.guess()
	}
	return &next
}

// guess tells a log without #path by its columns.
func (h *zeekHeader) guess() zeekKind {
	var row zeekRow
	for _, f := range h.columns {
		if f != zNone {
			row.v[f] = []byte{}
		}
	}
	return zeekKindOf(&row)
}

// zeekHeaderBehind is the header in force behind a chunk.
func zeekHeaderBehind(before any, chunk []byte) any {
	h, _ := before.(*zeekHeader)
	if h == nil {
		h = &zeekDefault
	}
	chunk = bytes.TrimPrefix(chunk, []byte("\xef\xbb\xbf"))
	for at := 0; at < len(chunk); {
		if chunk[at] == '#' {
			line, _, _ := bytes.Cut(chunk[at:], []byte("\n"))
			h = h.with(bytes.TrimRight(line, "\r"))
		}
		n := bytes.Index(chunk[at:], []byte("\n#"))
		if n < 0 {
			break
		}
		at += n + 1
	}
	return h
}

// zeekKindOf tells a log by the fields a line has.
func zeekKindOf(r *zeekRow) zeekKind {
	switch {
	case r.has(zConnState), r.has(zOrigPkts):
		return zeekConn
	case r.has(zDCID):
		return zeekQUIC
	case r.has(zSoftwareType):
		return zeekSoftware
	case r.has(zCertSubject):
		return zeekX509
	case r.has(zMsgTypes), r.has(zAssignedIP), r.has(zMAC) && r.has(zAssignedAddr):
		return zeekDHCP
	case r.has(zIssuerSubject):
		return zeekKnownCerts
	case r.has(zPortProto):
		return zeekKnownServices
	case r.has(zRequestFrom), r.has(zSeq) && r.has(zMethod):
		return zeekSIP
	case r.has(zStratum):
		return zeekNTP
	case r.has(zDisplay), r.has(zCommunity):
		return zeekSNMP
	case r.has(zEstablished), r.has(zCipher), r.has(zServerName):
		return zeekSSL
	case r.has(zQuery), r.has(zQType), r.has(zAnswers):
		return zeekDNS
	case r.has(zUID) && (r.has(zMethod) || r.has(zStatus) || r.has(zURI)):
		return zeekHTTP
	case r.has(zMAC) && !r.has(zUID):
		return zeekKnownDevices
	case r.has(zHost) && !r.has(zUID):
		return zeekKnownHosts
	}
	return zeekOther
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
		row.reset(nil)
		o, _ := object(line)
		for o.next() {
			row.member(o.key, o.val)
		}
		if !o.closed() {
			b.bad(notJSON)
			return
		}
		b.notes |= 1 << zeekIsJSON
		if kind = zeekPaths[row.path]; row.path == "" {
			kind = zeekKindOf(row)
		}
	case h.columns == nil:
		b.bad("lines without a header (#fields) before them")
		return
	default:
		row.reset(h)
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

// split cuts a line of tab-separated values into its columns. It sets all that
// the header names, so that a row need not be made empty between lines of one log.
func (r *zeekRow) split(h *zeekHeader, line []byte) bool {
	r.escaped = bytes.IndexByte(line, '\\') >= 0
	columns, separator := h.columns, h.separator
	for from, i := 0, 0; ; i++ {
		for i < len(line) && line[i] != separator {
			i++
		}
		if len(columns) == 0 {
			return false
		}
		if f := columns[0]; f != zNone {
			value := line[from:i:i]
			if len(value) == len(h.unset) && (len(value) == 0 || value[0] == h.unset[0]) && string(value) == string(h.unset) {
				value = nil
			}
			r.v[f] = value
		}
		columns = columns[1:]
		if from = i + 1; i == len(line) {
			return len(columns) == 0
		}
	}
}
