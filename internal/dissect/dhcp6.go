package dissect

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"

	"github.com/insomniacslk/dhcp/dhcpv6"

	"github.com/lenscap/lenscap/internal/observation"
)

// DHCPv6 (RFC 8415), UDP ports 546 and 547.
var dhcp6Dissector = Dissector{Name: "dhcp", Fuzz: "FuzzDHCP6", UDP: []uint16{546, 547}, Datagram: dissectDHCP6}

const (
	dhcp6Header      = 4
	dhcp6RelayHeader = 34
	maxRelays        = 8  // RFC 8415, section 7.6: HOP_COUNT_LIMIT
	maxDHCP6Options  = 64 // of one message
	maxDHCP6Option   = 512
)

// dissectDHCP6 reads one DHCPv6 message.
func dissectDHCP6(_, _ uint16, b []byte, emit Emit) bool {
	f, about := parseDHCP6(b)
	return f.sendAbout(emit, "dhcp", about)
}

// parseDHCP6 reads one message, and of a relayed one the message inside, which
// is about the client it names and not about the relay. Advertisements and
// replies are about the client too; its address is kept from a reply only.
//
// b may be cut: options before the cut are kept. Options are unpacked one at a
// time, since the library refuses a message whole for one bad option, and only
// up to 512 bytes, since its decoder of names takes quadratic time.
//
// Format: RFC 8415, section 8 and 9; options RFC 8415, 4704.
func parseDHCP6(b []byte) (fields, observation.About) {
	about := observation.Sender
	for hops := 0; len(b) > 0 && (b[0] == byte(dhcpv6.MessageTypeRelayForward) || b[0] == byte(dhcpv6.MessageTypeRelayReply)); hops++ {
		if b = relayedDHCP6(b); hops >= maxRelays {
			return nil, about
		}
		about = observation.Named
	}
	if len(b) < dhcp6Header {
		return nil, about
	}
	kind := dhcpv6.MessageType(b[0])
	if kind < dhcpv6.MessageTypeSolicit || kind > dhcpv6.MessageTypeInformationRequest {
		return nil, about
	}
	answer := kind == dhcpv6.MessageTypeAdvertise || kind == dhcpv6.MessageTypeReply
	if answer {
		about = observation.Named
	}
	var f fields
	f.add(observation.DHCPMessage, strings.ToUpper(kind.String()))
	named := false
	eachDHCP6(b[dhcp6Header:], func(code dhcpv6.OptionCode, data []byte) {
		if code == dhcpv6.OptionClientID {
			addDUID(&f, data)
			named = true
			return
		}
		addDHCP6(&f, kind, answer, code, data)
	})
	if about == observation.Named && !named {
		return nil, about
	}
	return f, about
}

// relayedDHCP6 is the message inside that of a relay; nil if there is none.
func relayedDHCP6(b []byte) []byte {
	if len(b) < dhcp6RelayHeader {
		return nil
	}
	var inner []byte
	eachDHCP6(b[dhcp6RelayHeader:], func(code dhcpv6.OptionCode, data []byte) {
		if code == dhcpv6.OptionRelayMsg && inner == nil {
			inner = data
		}
	})
	return inner
}

// eachDHCP6 calls yield with each whole option, and with what is there of a
// relayed message that is cut.
func eachDHCP6(b []byte, yield func(code dhcpv6.OptionCode, data []byte)) {
	for range maxDHCP6Options {
		if len(b) < 4 {
			return
		}
		code, end := dhcpv6.OptionCode(binary.BigEndian.Uint16(b)), 4+count16(b[2:])
		if end > len(b) {
			if code == dhcpv6.OptionRelayMsg {
				yield(code, b[4:])
			}
			return
		}
		yield(code, b[4:end])
		b = b[end:]
	}
}

// addDUID adds the client identifier, and the hardware address in those that
// were made from one (DUID-LLT and DUID-LL of Ethernet; RFC 8415, section 11).
func addDUID(f *fields, data []byte) {
	if len(data) < 3 || len(data) > 130 {
		return
	}
	f.add(observation.DHCPDUID, hex.EncodeToString(data))
	duid, err := dhcpv6.DUIDFromBytes(data)
	if err != nil {
		return
	}
	var mac observation.MAC
	switch d := duid.(type) {
	case *dhcpv6.DUIDLLT:
		if d.HWType == 1 && len(d.LinkLayerAddr) == len(mac) {
			copy(mac[:], d.LinkLayerAddr)
		}
	case *dhcpv6.DUIDLL:
		if d.HWType == 1 && len(d.LinkLayerAddr) == len(mac) {
			copy(mac[:], d.LinkLayerAddr)
		}
	}
	if !mac.Group() {
		f.add(observation.DHCPMAC, mac.String())
	}
}

// addDHCP6 adds what one option says of the client.
func addDHCP6(f *fields, kind dhcpv6.MessageType, answer bool, code dhcpv6.OptionCode, data []byte) {
	switch code {
	case dhcpv6.OptionFQDN: // RFC 4704: one octet of flags, then labels
		if len(data) > 1 {
			f.addFirst(observation.DHCPHostname, wireName(data[1:]))
		}
		return
	case dhcpv6.OptionVendorClass, dhcpv6.OptionORO:
		if answer {
			return
		}
	case dhcpv6.OptionIANA, dhcpv6.OptionIATA:
		if kind != dhcpv6.MessageTypeReply {
			return
		}
	default:
		return
	}
	if len(data) > maxDHCP6Option {
		return
	}
	option, err := dhcpv6.ParseOption(code, data)
	if err != nil {
		return
	}
	switch o := option.(type) {
	case *dhcpv6.OptVendorClass:
		for _, class := range o.Data {
			f.add(observation.DHCPVendorClass, vendorClass(o.EnterpriseNumber, class))
		}
	case *dhcpv6.OptIANA:
		addAddresses(f, o.Options.Addresses())
	case *dhcpv6.OptIATA:
		addAddresses(f, o.Options.Addresses())
	default:
		f.add(observation.DHCPParameters, optionCodes(data))
	}
}

// vendorClass writes the text first and the enterprise number behind it, so
// that a pattern for DHCPv4 option 60 fits both.
func vendorClass(enterprise uint32, class []byte) string {
	text := clean(string(class))
	if text == "" {
		return ""
	}
	return text + " (enterprise " + strconv.FormatUint(uint64(enterprise), 10) + ")"
}

func addAddresses(f *fields, addresses []*dhcpv6.OptIAAddress) {
	for _, a := range addresses {
		if ip, ok := netip.AddrFromSlice(a.IPv6Addr.To16()); ok && stationAddr(ip) {
			f.add(observation.DHCPAssignedIP, ip.String())
		}
	}
}

// optionCodes writes a list of 16-bit codes in decimal with commas between.
func optionCodes(b []byte) string {
	var s strings.Builder
	for ; len(b) >= 2; b = b[2:] {
		if s.Len() > 0 {
			s.WriteByte(',')
		}
		s.WriteString(strconv.Itoa(count16(b)))
	}
	return s.String()
}
