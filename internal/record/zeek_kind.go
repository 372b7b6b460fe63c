package record

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
	zeekIsJSON // bits of their own
	zeekHasKeys
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
		{1<<zeekSSL | 1<<zeekQUIC, "names contacted over TLS, and who showed which certificate (ssl.log, quic.log)"},
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
	if n&(1<<zeekHasKeys) == 0 {
		out = append(out, "keys of certificates, unless x509.log has them whole (log-certs-base64)")
	}
	return append(out, "the contents of HTTP answers: titles, icons, device descriptions (UPnP, HNAP, ISAPI, ONVIF)",
		"multicast discovery (mDNS, SSDP, WS-Discovery, SADP, DHIP)", "RTSP and RTP, and the makers' own protocols", "the shape of traffic within a flow")
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
