package export

import (
	"net/netip"

	"github.com/lenscap/lenscap/internal/observation"
)

// Bounds on what an exporter may make a reader remember.
const (
	maxTemplates = 4096
	maxFields    = 256
)

// A templateKey names a template: ids are an exporter's own, in one of its
// observation domains.
type templateKey struct {
	exporter netip.AddrPort
	domain   uint32
	id       uint16
	version  uint8
}

// A template is compiled: only the fields that are wanted have steps, and what
// lies between them is skipped by its length.
type template struct {
	steps   []step
	least   int  // bytes of the shortest record
	options bool // describes the exporter, not flows
}

// A step is one wanted field, or some bytes to pass by.
type step struct {
	element uint16
	length  uint16 // 65535: given in the record
	reverse bool   // of the other direction: RFC 5103
}

const variable = 65535

// Information elements that are read, as IANA numbers them; NetFlow 9 uses the
// same numbers for those below 128.
const (
	ieBytes, iePackets, ieProto, ieFlags       = 1, 2, 4, 6
	ieSrcPort, ieSrc4, ieDstPort, ieDst4       = 7, 8, 11, 12
	ieLastUp, ieFirstUp                        = 21, 22
	ieOutBytes, ieOutPackets                   = 23, 24
	ieSrc6, ieDst6                             = 27, 28
	ieSampling, ieMaxTTL                       = 34, 53
	ieSrcMAC, iePostDstMAC, ieVLAN             = 56, 57, 58
	ieDstMAC, iePostSrcMAC                     = 80, 81
	ieTotalBytes, ieTotalPackets               = 85, 86
	ieStartSec, ieEndSec, ieStartMS, ieEndMS   = 150, 151, 152, 153
	ieStartUS, ieEndUS, ieStartNS, ieEndNS     = 154, 155, 156, 157
	ieStartDelta, ieEndDelta, ieBoot           = 158, 159, 160
	ieInitBytes, ieRespBytes, ieDirection      = 231, 232, 239
	ieInitPackets, ieRespPackets               = 298, 299
	ieSamplingRandom, ieSamplingPacketInterval = 50, 305
	reversePEN                                 = 29305
)

// wanted are the elements a record is made of.
var wanted = func() (w [512]bool) {
	for _, e := range []int{
		ieBytes, iePackets, ieProto, ieFlags, ieSrcPort, ieSrc4, ieDstPort, ieDst4, ieLastUp, ieFirstUp, ieOutBytes, ieOutPackets,
		ieSrc6, ieDst6, ieMaxTTL, ieSrcMAC, iePostDstMAC, ieVLAN, ieDstMAC, iePostSrcMAC, ieTotalBytes, ieTotalPackets,
		ieStartSec, ieEndSec, ieStartMS, ieEndMS, ieStartUS, ieEndUS, ieStartNS, ieEndNS, ieStartDelta, ieEndDelta, ieBoot,
		ieInitBytes, ieRespBytes, ieDirection, ieInitPackets, ieRespPackets,
	} {
		w[e] = true
	}
	return w
}()

// learn reads the templates of a set.
func (m *message) learn(b []byte) {
	for len(b) >= 4 && !zero(b) {
		id, n := be16(b), int(be16(b[2:]))
		b = b[4:]
		if id < 256 {
			m.bad(len(b), "export templates with a forbidden number")
			return
		}
		if n == 0 { // withdrawn: RFC 7011, section 8.1
			delete(m.x.templates, templateKey{m.exporter, m.domain, id, m.version})
			continue
		}
		var t *template
		if t, b = m.fields(b, n); t == nil {
			m.bad(len(b), "export templates cut short or too long")
			return
		}
		m.keep(id, t)
	}
}

// learnOptions reads the options templates of a set; of their records only
// whether the exporter samples, and when it started, is of interest.
func (m *message) learnOptions(b []byte) {
	for len(b) >= 6 && !zero(b) {
		id, n := be16(b), int(be16(b[2:]))
		head := 6
		if m.version == 9 { // lengths in bytes: RFC 3954, section 6.1
			n = (int(be16(b[2:])) + int(be16(b[4:]))) / 4
		} else if n == 0 {
			delete(m.x.templates, templateKey{m.exporter, m.domain, id, m.version})
			b = b[4:]
			continue
		}
		b = b[head:]
		var t *template
		if t, b = m.fields(b, n); t == nil || id < 256 {
			m.bad(len(b), "export templates cut short or too long")
			return
		}
		t.options = true
		m.keep(id, t)
	}
}

func (m *message) keep(id uint16, t *template) {
	key := templateKey{m.exporter, m.domain, id, m.version}
	if m.x.templates[key] == nil && len(m.x.templates) >= maxTemplates {
		m.bad(0, "export templates beyond the number kept")
		return
	}
	m.x.templates[key] = t
}

// fields compiles n field descriptions. It returns nil when b is too short for
// them.
func (m *message) fields(b []byte, n int) (*template, []byte) {
	if n > maxFields {
		return nil, b
	}
	t := &template{}
	for ; n > 0; n-- {
		if len(b) < 4 {
			return nil, b
		}
		s := step{element: be16(b), length: be16(b[2:])}
		b = b[4:]
		if m.version == 10 && s.element&0x8000 != 0 {
			if len(b) < 4 {
				return nil, b
			}
			s.element &^= 0x8000
			s.reverse = be32(b) == reversePEN
			if !s.reverse {
				s.element = 0
			}
			b = b[4:]
		}
		if s.length == variable && m.version == 10 {
			t.least++
		} else {
			t.least += int(s.length)
		}
		t.add(s)
	}
	return t, b
}

// add appends a step, or lengthens the bytes to pass by.
func (t *template) add(s step) {
	sampling := s.element == ieSampling || s.element == ieSamplingRandom || s.element == ieSamplingPacketInterval
	if !sampling && (int(s.element) >= len(wanted) || !wanted[s.element]) {
		s.element = 0
	}
	if last := len(t.steps) - 1; last >= 0 && s.element == 0 && t.steps[last].element == 0 && s.length != variable && t.steps[last].length != variable &&
		int(s.length)+int(t.steps[last].length) < variable {
		t.steps[last].length += s.length
		return
	}
	t.steps = append(t.steps, s)
}

// next cuts the bytes of one field off b.
func (s *step) next(b []byte) (field, rest []byte, ok bool) {
	n := int(s.length)
	if s.length == variable { // RFC 7011, section 7
		if len(b) < 1 {
			return nil, b, false
		}
		n, b = int(b[0]), b[1:]
		if n == 255 {
			if len(b) < 2 {
				return nil, b, false
			}
			n, b = int(be16(b)), b[2:]
		}
	}
	if n > len(b) {
		return nil, b, false
	}
	return b[:n], b[n:], true
}

// samples reports whether the records of an options set give a sampling
// interval above one.
func (t *template) samples(b []byte) bool {
	for len(b) >= t.least && t.least > 0 {
		for i := range t.steps {
			s := &t.steps[i]
			field, rest, ok := s.next(b)
			if !ok {
				return false
			}
			if s.element != 0 && number(field) > 1 && !wanted[s.element] {
				return true
			}
			b = rest
		}
	}
	return false
}

// boot gives when the exporter started, in nanoseconds, where the first record of
// an options set says it.
func (t *template) boot(b []byte) (at int64, ok bool) {
	for i := range t.steps {
		field, rest, whole := t.steps[i].next(b)
		if !whole {
			break
		}
		if t.steps[i].element == ieBoot && !t.steps[i].reverse {
			n := number(field)
			at, ok = int64(n)*millisecond, n < 1<<43 // later ones do not fit
		}
		b = rest
	}
	return at, ok && at > 0
}

// number reads an unsigned number of any length up to eight bytes (RFC 7011,
// section 6.2); longer ones are none of ours and give 0.
func number(b []byte) uint64 {
	switch len(b) {
	case 8:
		return be64(b)
	case 4:
		return uint64(be32(b))
	case 2:
		return uint64(be16(b))
	case 1:
		return uint64(b[0])
	}
	if len(b) > 8 {
		return 0
	}
	var n uint64
	for _, x := range b {
		n = n<<8 | uint64(x)
	}
	return n
}

// times are the ways in which a record gives its time.
type times struct {
	firstUp, lastUp       uint64 // milliseconds since the exporter started
	hasFirstUp, hasLastUp bool
	boot                  int64
}

// decode reads one record. It returns false when b ends inside it.
func (t *template) decode(b []byte, m *message, r *exported) ([]byte, bool) {
	when := times{boot: m.boot}
	outward := false
	for i := range t.steps {
		s := &t.steps[i]
		field, rest, ok := s.next(b)
		if !ok {
			return b, false
		}
		b = rest
		if s.element == 0 {
			continue
		}
		if s.reverse {
			r.reverse(s.element, field)
			continue
		}
		r.set(s.element, field, &when, m, &outward)
	}
	if when.boot != 0 {
		if when.hasFirstUp {
			r.first = m.since(when.boot, when.firstUp)
		}
		if when.hasLastUp {
			r.last = m.since(when.boot, when.lastUp)
		}
	}
	return b, true
}

// reverse sets what the record says of the other direction.
func (r *exported) reverse(element uint16, field []byte) {
	switch element {
	case ieBytes, ieTotalBytes:
		r.backBytes = number(field)
	case iePackets, ieTotalPackets:
		r.backPackets = number(field)
	case ieFlags:
		r.back = uint8(number(field))
	}
}

// set sets one element of the record.
func (r *exported) set(element uint16, field []byte, when *times, m *message, outward *bool) {
	switch element {
	case ieSrc4, ieSrc6:
		setAddr(&r.src, field)
	case ieDst4, ieDst6:
		setAddr(&r.dst, field)
	case ieSrcMAC, iePostSrcMAC:
		setMAC(&r.srcMAC, field)
	case ieDstMAC, iePostDstMAC:
		setMAC(&r.dstMAC, field)
	case ieSrcPort:
		r.sport = uint16(number(field))
	case ieDstPort:
		r.dport = uint16(number(field))
	case ieProto:
		r.proto = uint8(number(field))
	case ieFlags:
		r.flags = uint8(number(field))
	case ieMaxTTL:
		r.ttl = uint8(number(field))
	case ieVLAN:
		r.vlan = uint16(number(field)) & 0xfff
	case ieBytes, ieTotalBytes, ieInitBytes, ieOutBytes:
		r.bytes = max(r.bytes, number(field))
	case iePackets, ieTotalPackets, ieInitPackets, ieOutPackets:
		r.packets = max(r.packets, number(field))
	case ieRespBytes:
		r.backBytes = number(field)
	case ieRespPackets:
		r.backPackets = number(field)
	case ieDirection:
		r.knownStart = number(field) == 1 // initiator: RFC 5103, section 6.3
	case ieFirstUp:
		when.firstUp, when.hasFirstUp = number(field), true
	case ieLastUp:
		when.lastUp, when.hasLastUp = number(field), true
	case ieBoot:
		when.boot = int64(number(field)) * millisecond
	default:
		r.setTime(element, field, m)
	}
}

// setTime sets an absolute time.
func (r *exported) setTime(element uint16, field []byte, m *message) {
	n := number(field)
	switch element {
	case ieStartSec:
		r.first = int64(n) * second
	case ieEndSec:
		r.last = int64(n) * second
	case ieStartMS:
		r.first = int64(n) * millisecond
	case ieEndMS:
		r.last = int64(n) * millisecond
	case ieStartUS, ieStartNS:
		r.first = ntpTime(n)
	case ieEndUS, ieEndNS:
		r.last = ntpTime(n)
	case ieStartDelta:
		r.first = m.sent - int64(n)*1000
	case ieEndDelta:
		r.last = m.sent - int64(n)*1000
	}
}

// ntpTime reads seconds since 1900 and their fraction (RFC 7011, section 6.1.9).
func ntpTime(n uint64) int64 {
	return (int64(n>>32)-2_208_988_800)*second + int64((n&0xffffffff)*1_000_000_000>>32)
}

func setAddr(to *netip.Addr, b []byte) {
	if a, ok := netip.AddrFromSlice(b); ok && (!to.IsValid() || to.IsUnspecified()) { // of two forms the other one is all zero
		*to = a.Unmap()
	}
}

func setMAC(to *observation.MAC, b []byte) {
	if len(b) == len(to) && to.IsZero() {
		copy(to[:], b)
	}
}
