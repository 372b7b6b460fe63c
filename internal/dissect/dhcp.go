package dissect

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/insomniacslk/dhcp/dhcpv4"

	"github.com/lenscap/lenscap/internal/observation"
)

// DHCPv4 (RFC 2131), UDP ports 67 and 68.
var dhcpDissector = Dissector{Name: "dhcp", Fuzz: "FuzzDHCP", UDP: []uint16{67, 68}, Datagram: dissectDHCP}

const (
	bootpHeader = 236 // fixed part of RFC 951, before the magic cookie
	maxDHCP     = 4096
)

// dissectDHCP reads one DHCPv4 message.
func dissectDHCP(_, _ uint16, b []byte, emit Emit) bool {
	f, about := parseDHCP(b)
	return f.sendAbout(emit, "dhcp", about)
}

// parseDHCP reads one message. A request is about its sender, unless a relay
// passed it on (giaddr is set) and the frame is the relay's; an answer is about
// the client it names by hardware address. Of an answer, the vendor class and
// the parameter list are the server's and left out; the address is kept from an
// ACK only, since an offer may be declined.
//
// b may be cut: options before the cut are kept, and of a message that ends
// inside the fixed header the hardware address.
//
// Format: RFC 2131, section 2; options RFC 2132, 3004, 4702.
func parseDHCP(b []byte) (fields, observation.About) {
	if len(b) < 34 || b[0] != 1 && b[0] != 2 {
		return nil, observation.Sender
	}
	p, err := dhcpv4.FromBytes(wholeDHCP(b))
	if err != nil {
		return nil, observation.Sender
	}
	mac := dhcpMAC(p)
	if mac.IsZero() {
		return nil, observation.Sender
	}
	var f fields
	f.add(observation.DHCPMessage, dhcpMessageType(p))
	f.add(observation.DHCPMAC, mac.String())
	if p.OpCode == dhcpv4.OpcodeBootReply {
		f.add(observation.DHCPHostname, dhcpHostname(p))
		if ip, ok := netip.AddrFromSlice(p.YourIPAddr.To4()); ok && p.MessageType() == dhcpv4.MessageTypeAck && stationAddr(ip) {
			f.add(observation.DHCPAssignedIP, ip.String())
		}
		f.add(observation.DHCPServer, optionAddr(p, dhcpv4.OptionServerIdentifier))
		return f, observation.Named
	}
	f.add(observation.DHCPVendorClass, optionText(p, dhcpv4.OptionClassIdentifier))
	f.add(observation.DHCPHostname, dhcpHostname(p))
	f.add(observation.DHCPParameters, decimalList(p.Options.Get(dhcpv4.OptionParameterRequestList)))
	f.add(observation.DHCPRequestedIP, optionAddr(p, dhcpv4.OptionRequestedIPAddress))
	f.add(observation.DHCPServer, optionAddr(p, dhcpv4.OptionServerIdentifier))
	if !p.GatewayIPAddr.IsUnspecified() {
		return f, observation.Named
	}
	return f, observation.Sender
}

// wholeDHCP makes of a message that may be cut one that the library takes: the
// fixed header filled up with zeros, the options that are whole, and an end.
func wholeDHCP(b []byte) []byte {
	b = b[:min(len(b), maxDHCP)]
	if len(b) < bootpHeader+4 {
		whole := make([]byte, bootpHeader, bootpHeader+5)
		copy(whole, b)
		return append(whole, 99, 130, 83, 99, dhcpv4.OptionEnd.Code())
	}
	end := bootpHeader + 4
	for end < len(b) && b[end] != dhcpv4.OptionEnd.Code() {
		if b[end] == dhcpv4.OptionPad.Code() {
			end++
			continue
		}
		if end+2 > len(b) || end+2+int(b[end+1]) > len(b) {
			break
		}
		end += 2 + int(b[end+1])
	}
	whole := make([]byte, end, end+1)
	copy(whole, b)
	return append(whole, dhcpv4.OptionEnd.Code())
}

// dhcpMAC is the client's Ethernet address; zero for other kinds of link.
func dhcpMAC(p *dhcpv4.DHCPv4) observation.MAC {
	var mac observation.MAC
	if p.HWType == 1 && len(p.ClientHWAddr) == len(mac) {
		copy(mac[:], p.ClientHWAddr)
	}
	if mac.Group() {
		return observation.MAC{}
	}
	return mac
}

func dhcpMessageType(p *dhcpv4.DHCPv4) string {
	switch t := p.MessageType(); t {
	case dhcpv4.MessageTypeNone:
		return ""
	default:
		return strings.ToUpper(t.String())
	}
}

func optionText(p *dhcpv4.DHCPv4, code dhcpv4.OptionCode) string {
	return strings.TrimRight(string(p.Options.Get(code)), "\x00")
}

func optionAddr(p *dhcpv4.DHCPv4, code dhcpv4.OptionCode) string {
	ip, ok := netip.AddrFromSlice(p.Options.Get(code))
	if !ok || !stationAddr(ip) {
		return ""
	}
	return ip.String()
}

// dhcpHostname is option 12, or the name in option 81 (RFC 4702, section 2.1).
func dhcpHostname(p *dhcpv4.DHCPv4) string {
	if name := optionText(p, dhcpv4.OptionHostName); name != "" {
		return name
	}
	fqdn := p.Options.Get(dhcpv4.OptionFQDN)
	if len(fqdn) <= 3 {
		return ""
	}
	if fqdn[0]&4 != 0 { // the E bit: labels, not text
		return wireName(fqdn[3:])
	}
	return strings.TrimRight(string(fqdn[3:]), ".\x00")
}

// wireName reads a name of length-prefixed labels without compression. A name
// that lacks its end is partial and kept (RFC 4704, section 4.2).
func wireName(b []byte) string {
	var labels []string
	for len(b) > 0 && b[0] != 0 && b[0] < 64 && int(b[0]) < len(b) {
		labels = append(labels, string(b[1:1+b[0]]))
		b = b[1+b[0]:]
	}
	return strings.Join(labels, ".")
}

// decimalList writes octets in decimal with commas between.
func decimalList(b []byte) string {
	var s strings.Builder
	for i, o := range b {
		if i > 0 {
			s.WriteByte(',')
		}
		s.WriteString(strconv.Itoa(int(o)))
	}
	return s.String()
}
