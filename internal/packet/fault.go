package packet

import (
	"fmt"

	"github.com/lenscap/lenscap/internal/capture"
)

// A cause is why a frame was not understood.
type cause uint8

const (
	badLink cause = iota
	badEthernet
	badIP
	badIPv4
	badIPv6
	badTCP
	badUDP
	badTunnel
	badNesting
	badLoopback
	badCooked
	badPPP
	badMPLS
	badWLAN
	wlanDamaged
	wlanEncrypted
	wlanFragment
	fragmentAlone
	fragmentBad
	headerCut
	linkOther // more unknown link types than are told apart
)

var causes = [...]string{
	badLink:       "link type %d is not read",
	badEthernet:   "an Ethernet header that is too short",
	badIP:         "neither IPv4 nor IPv6 where IP should be",
	badIPv4:       "an IPv4 header that cannot be right",
	badIPv6:       "an IPv6 header that cannot be right",
	badTCP:        "a TCP header that cannot be right",
	badUDP:        "a UDP header that cannot be right",
	badTunnel:     "a tunnel header that cannot be right",
	badNesting:    "tunnels nested too deep",
	badLoopback:   "a loopback header of an unknown address family",
	badCooked:     "a Linux cooked header that is too short",
	badPPP:        "a PPP header that cannot be right",
	badMPLS:       "MPLS that holds neither IP nor Ethernet",
	badWLAN:       "an 802.11 header that cannot be right",
	wlanDamaged:   "802.11 frames damaged on the air (bad checksum)",
	wlanEncrypted: "802.11 data that are encrypted",
	wlanFragment:  "802.11 fragments, which are not put together",
	fragmentAlone: "IP fragments whose others are missing",
	fragmentBad:   "IP fragments that do not fit together",
	headerCut:     "headers that the snapshot length cut off",
	linkOther:     "other link types that are not read",
}

// maxFaults bounds how many different faults are told apart.
const maxFaults = 64

// A faultCount is a gap before it is put in words.
type faultCount struct {
	cause cause
	link  capture.Link // of badLink
	gap   capture.Gap
}

// faults counts what was not understood.
type faults []faultCount

// add counts packets and bytes under a cause.
func (f *faults) add(c cause, link capture.Link, offset, bytes, packets int64) {
	n := f.find(c, link)
	if n == nil && c == badLink && len(*f) >= maxFaults {
		c, link = linkOther, 0
		n = f.find(c, link)
	}
	if n == nil {
		*f = append(*f, faultCount{c, link, capture.Gap{Offset: offset, Bytes: bytes, Packets: packets}})
		return
	}
	n.gap.Bytes += bytes
	n.gap.Packets += packets
	n.gap.Offset = min(n.gap.Offset, offset)
}

// find returns the count of a cause, nil when there is none.
func (f *faults) find(c cause, link capture.Link) *faultCount {
	for i := range *f {
		if n := &(*f)[i]; n.cause == c && n.link == link {
			return n
		}
	}
	return nil
}

// list puts the counts in words, those of extra added.
func (f faults) list(extra capture.Gap) []capture.Gap {
	all := append(faults(nil), f...)
	if extra.Packets > 0 {
		all.add(fragmentAlone, 0, extra.Offset, extra.Bytes, extra.Packets)
	}
	var gaps []capture.Gap
	for _, n := range all {
		n.gap.Why = causes[n.cause]
		if n.cause == badLink {
			n.gap.Why = fmt.Sprintf(n.gap.Why, n.link)
		}
		gaps = append(gaps, n.gap)
	}
	return gaps
}

// fault counts the current frame and returns [Malformed].
func (d *Decoder) fault(c cause) Result {
	if d.trial > 0 {
		return Malformed
	}
	if d.cut && c <= badWLAN && c != badNesting {
		c = headerCut
	}
	d.faults.add(c, 0, d.offset, int64(d.size), 1)
	return Malformed
}

// faultLink counts the current frame as one of a link type that is not read.
func (d *Decoder) faultLink(link capture.Link) Result {
	d.faults.add(badLink, link, d.offset, int64(d.size), 1)
	return Malformed
}
