package record

import (
	"encoding/pem"
	"strings"

	"github.com/lenscap/lenscap/internal/dissect"
	"github.com/lenscap/lenscap/internal/observation"
)

// say keeps what a script found: of a port that is open, or of the host.
func (n *nmapRun) say(s *nmapScript) {
	for _, o := range s.observations(n.port) {
		switch {
		case n.port == nil:
			n.host.keep(o)
		case n.port.open && len(n.port.said) < maxSaid:
			n.port.said = append(n.port.said, o)
		}
	}
}

// observations turns the output of a script into what packets would have said;
// port is nil for a script about the host.
//
// Scripts: https://nmap.org/nsedoc/scripts/.
func (s *nmapScript) observations(port *nmapPort) []observation.Observation {
	var f fieldList
	protocol := "http"
	switch s.id {
	case "http-title":
		f.add(observation.HTTPTitle, []byte(s.get("title")))
	case "http-server-header":
		for _, v := range s.values {
			f.addOnce(observation.HTTPServer, []byte(v.text))
		}
		if len(s.values) == 0 {
			f.add(observation.HTTPServer, []byte(s.output))
		}
	case "http-auth":
		s.auth(&f)
	case "ssl-cert":
		return s.certificate()
	case "rtsp-methods":
		protocol = "rtsp"
		f.add(observation.RTSPPublic, []byte(s.output))
	case "snmp-sysdescr":
		protocol = "snmp"
		text, _, _ := strings.Cut(s.output, "\n  System uptime")
		f.add(observation.SNMPSysDescr, []byte(text))
	case "upnp-info":
		return s.upnp()
	case "wsdd-discover":
		protocol = "wsd"
		s.eachLine(func(key, value string) {
			switch key {
			case "Address":
				f.addOnce(observation.WSDXAddr, []byte(value))
			case "Type":
				for _, t := range strings.Fields(value) {
					f.addOnce(observation.WSDTypes, []byte(t[strings.LastIndexByte(t, ':')+1:]))
				}
			}
		})
	case "banner":
		if port == nil {
			return nil
		}
		switch port.service {
		case "ftp":
			protocol = "ftp"
			f.add(observation.FTPBanner, []byte(s.output))
		case "telnet":
			protocol = "telnet"
			f.add(observation.Telnet, []byte(s.output))
		case "ssh":
			protocol = "ssh"
			f.add(observation.SSHBanner, []byte(s.output))
		}
	case "fingerprint-strings":
		return s.strings()
	}
	return []observation.Observation{{Protocol: protocol, Fields: f}}
}

// auth writes a challenge as a server would have sent it; nmap keeps its parts.
func (s *nmapScript) auth(f *fieldList) {
	var scheme string
	for _, v := range s.values {
		name := v.path[strings.LastIndexByte(v.path, '/')+1:]
		switch name {
		case "scheme":
			scheme = v.text
		case "realm":
			f.addOnce(observation.HTTPAuthenticate, []byte(scheme+` realm="`+v.text+`"`))
			f.addOnce(observation.HTTPRealm, []byte(v.text))
		}
	}
}

// certificate reads the certificate that ssl-cert gives whole, in PEM.
func (s *nmapScript) certificate() []observation.Observation {
	var out []observation.Observation
	block, _ := pem.Decode([]byte(s.get("pem")))
	if block != nil {
		dissect.Answer("x509", block.Bytes, func(m dissect.Message) {
			out = append(out, observation.Observation{Protocol: m.Protocol, Fields: m.Fields})
		})
	}
	if len(out) > 0 {
		return out
	}
	var f fieldList
	f.add(observation.TLSSubject, []byte(s.name("subject")))
	f.add(observation.TLSIssuer, []byte(s.name("issuer")))
	return []observation.Observation{{Protocol: "tls", Fields: f}}
}

// nameParts are the parts of a name in the order of certificates from packets.
var nameParts = []struct{ long, short string }{
	{"emailAddress", "EMAILADDRESS"}, {"commonName", "CN"}, {"organizationalUnitName", "OU"}, {"organizationName", "O"},
	{"localityName", "L"}, {"stateOrProvinceName", "ST"}, {"countryName", "C"},
}

// name puts the table of a name together.
func (s *nmapScript) name(table string) string {
	var parts []string
	for _, p := range nameParts {
		if v := s.get(table + "/" + p.long); v != "" {
			parts = append(parts, p.short+"="+escapeValue(v))
		}
	}
	return strings.Join(parts, ",")
}

// eachLine calls yield with each "key: value" line of the output.
func (s *nmapScript) eachLine(yield func(key, value string)) {
	for line := range strings.Lines(s.output) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			yield(key, value)
		}
	}
}

// upnpLines are the lines of upnp-info and the fields they hold.
var upnpLines = map[string]string{
	"Name": observation.UPnPFriendlyName, "Manufacturer": observation.UPnPManufacturer, "Model Descr": observation.UPnPModelDesc,
	"Model Name": observation.UPnPModelName, "Model Version": observation.UPnPModelNumber,
}

// upnp reads what upnp-info prints of the first device it describes.
func (s *nmapScript) upnp() []observation.Observation {
	var announced, described fieldList
	seen := map[string]bool{}
	s.eachLine(func(key, value string) {
		if seen[key] {
			return
		}
		seen[key] = true
		switch key {
		case "Server":
			announced.add(observation.SSDPServer, []byte(value))
		case "Location":
			announced.add(observation.SSDPLocation, []byte(value))
		default:
			if name := upnpLines[key]; name != "" {
				described.add(name, []byte(value))
			}
		}
	})
	return []observation.Observation{{Protocol: "ssdp", Fields: announced}, {Protocol: "upnp", Fields: described}}
}

// strings reads raw answers that nmap could not place. Its empty lines are lost,
// so that of a body nothing can be told.
func (s *nmapScript) strings() []observation.Observation {
	var out []observation.Observation
	for _, v := range s.values {
		var raw strings.Builder
		for line := range strings.Lines(strings.TrimLeft(v.text, "\n")) {
			raw.WriteString(strings.TrimSpace(line))
			raw.WriteString("\r\n")
		}
		raw.WriteString("\r\n")
		protocol := ""
		switch {
		case strings.Contains(v.path, "RTSPRequest") && strings.HasPrefix(raw.String(), "RTSP/"):
			protocol = "rtsp"
		case strings.Contains(v.path, "GetRequest") && strings.HasPrefix(raw.String(), "HTTP/1"):
			protocol = "http"
		default:
			continue
		}
		dissect.Answer(protocol, []byte(raw.String()), func(m dissect.Message) {
			out = append(out, observation.Observation{Protocol: m.Protocol, About: m.About, Fields: m.Fields})
		})
	}
	return out
}
