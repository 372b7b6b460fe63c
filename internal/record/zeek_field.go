package record

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
	zCertFPs
	zCertFUIDs
	zClientCertFPs
	zClientCertFUIDs
	zFingerprint
	zID
	zCertSerial
	zCertIssuer
	zNotAfter
	zSANDNS
	zSANURI
	zSANEmail
	zSANIP
	zCert
	zPath // of JSON: the log
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
	case "cert_chain_fps":
		return zCertFPs
	case "cert_chain_fuids":
		return zCertFUIDs
	case "client_cert_chain_fps":
		return zClientCertFPs
	case "client_cert_chain_fuids":
		return zClientCertFUIDs
	case "fingerprint":
		return zFingerprint
	case "id":
		return zID
	case "certificate.serial":
		return zCertSerial
	case "certificate.issuer":
		return zCertIssuer
	case "certificate.not_valid_after":
		return zNotAfter
	case "san.dns":
		return zSANDNS
	case "san.uri":
		return zSANURI
	case "san.email":
		return zSANEmail
	case "san.ip":
		return zSANIP
	case "cert":
		return zCert
	case "_path", "@path":
		return zPath
	}
	return zNone
}
