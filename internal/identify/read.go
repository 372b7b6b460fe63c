package identify

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"strings"

	"github.com/lenscap/lenscap/internal/dissect"
	"github.com/lenscap/lenscap/internal/observation"
)

// dissect reads a document. Its messages are about the device, but for those
// about other devices that it names: they are counted. A document that speaks of
// nobody but devices by name is taken to be about the first.
func (x *Identifier) dissect(protocol, value string) bool {
	var named []dissect.Message
	own := false
	found := dissect.Answer(protocol, []byte(value), func(m dissect.Message) {
		if m.About == observation.Named {
			named = append(named, m)
			return
		}
		own = true
		x.message(m)
	})
	if !own && len(named) > 0 {
		x.message(named[0])
		named = named[1:]
	}
	x.result.Others += len(named)
	return found
}

func (x *Identifier) message(m dissect.Message) {
	o := x.observe(m.Protocol)
	o.Fields = append(o.Fields, m.Fields...)
}

// certificate reads PEM, or base64 of DER, or DER.
func (x *Identifier) certificate(value string) bool {
	der := []byte(value)
	if block, _ := pem.Decode(der); block != nil {
		der = block.Bytes
	} else if b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(value), "")); err == nil && len(b) > 0 {
		der = b
	}
	return x.dissect("x509", string(der))
}

// discovery reads a message of WS-Discovery, or scopes as tools print them: URIs
// with white space or a comma between them.
func (x *Identifier) discovery(value string) bool {
	if strings.Contains(value, "<") {
		return x.dissect("wsd", value)
	}
	scopes := strings.FieldsFunc(value, func(r rune) bool { return r <= ' ' || r == ',' || r == '"' || r == '[' || r == ']' })
	var b bytes.Buffer
	b.WriteString("<Envelope><Body><Hello><Scopes>")
	for _, s := range scopes {
		if strings.Contains(s, "://") && !strings.ContainsAny(s, "<&") {
			b.WriteString(s + " ")
		}
	}
	b.WriteString("</Scopes></Hello></Body></Envelope>")
	return x.dissect("wsd", b.String()) && len(x.device.Observations[len(x.device.Observations)-1].Fields) > 1
}

// multicast reads a message, or what tools print of one: a line with a service
// name in it is an instance or a service, one with "=" is a TXT string, another
// is a host's name.
func (x *Identifier) multicast(value string) bool {
	if x.dissect("mdns", value) {
		return true
	}
	o := x.observe("mdns")
	n := 0
	for line := range strings.Lines(value) {
		if n++; n > maxLines {
			break
		}
		line = clean(line)
		switch instance, service, ok := cutService(line); {
		case line == "":
		case ok:
			o.Fields = append(o.Fields, observation.Field{Name: observation.MDNSService, Value: service})
			if instance != "" {
				o.Fields = append(o.Fields, observation.Field{Name: observation.MDNSInstance, Value: instance})
			}
		case strings.Contains(line, "="):
			o.Fields = append(o.Fields, observation.Field{Name: observation.MDNSTXT, Value: strings.Trim(line, `"`)})
		default:
			o.Fields = append(o.Fields, observation.Field{Name: observation.MDNSHostname, Value: strings.TrimSuffix(strings.TrimSuffix(line, "."), ".local")})
		}
	}
	return len(o.Fields) > 0
}

// maxLines bounds the lines of a text that are read.
const maxLines = 256

// cutService splits "Front door._http._tcp.local" into instance and service.
func cutService(line string) (instance, service string, ok bool) {
	for _, proto := range []string{"._tcp", "._udp"} {
		end := strings.Index(line, proto)
		if end < 0 {
			continue
		}
		start := strings.LastIndex(line[:end], "_")
		if start < 0 {
			continue
		}
		service = line[start : end+len(proto)]
		return strings.TrimSuffix(line[:start], "."), service, true
	}
	return "", "", false
}

// unifi reads one record of a device, or the first of a list.
func (x *Identifier) unifi(value string) bool {
	all := dissect.ParseUniFiDevices([]byte(value))
	if len(all) == 0 {
		return false
	}
	o := x.observe("unifi")
	o.Fields = append(o.Fields, all[0]...)
	x.result.Others += len(all) - 1
	return true
}
