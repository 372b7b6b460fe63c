package record

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// decimal reads a whole number in decimal. A fraction or an exponent is cut off,
// a number too large or below zero is 0 and false.
func decimal(b []byte) (uint64, bool) {
	if len(b) == 0 || len(b) > 19 {
		return 0, false
	}
	var n uint64
	for i, c := range b {
		if c -= '0'; c > 9 {
			if i == 0 || b[i] != '.' && b[i] != 'e' && b[i] != 'E' {
				return 0, false
			}
			f, err := strconv.ParseFloat(string(b), 64)
			if err != nil || f < 0 || f >= 1<<63 {
				return 0, false
			}
			return uint64(f), true
		}
		n = n*10 + uint64(c)
	}
	return n, true
}

// small is a number that fits 16 bits, 0 for any other.
func small(b []byte) uint16 {
	if n, ok := decimal(b); ok && n <= 0xffff {
		return uint16(n)
	}
	return 0
}

// count is a number, 0 for what is none.
func count(b []byte) uint64 {
	n, _ := decimal(b)
	return n
}

// address reads an IPv4 or IPv6 address, IPv4 in IPv6 as IPv4; the zero Addr for
// what is none. Addresses as tools write them take no allocation.
func address(b []byte) netip.Addr {
	var v4 [4]byte
	part, digits, n := 0, 0, 0
	for _, c := range b {
		switch {
		case c >= '0' && c <= '9':
			if digits == 3 || digits > 0 && n == 0 {
				return address6(b)
			}
			n = n*10 + int(c-'0')
			digits++
		case c == '.' && digits > 0 && part < 3 && n < 256:
			v4[part] = byte(n)
			part, digits, n = part+1, 0, 0
		default:
			return address6(b)
		}
	}
	if part != 3 || digits == 0 || n > 255 {
		return address6(b)
	}
	v4[3] = byte(n)
	return netip.AddrFrom4(v4)
}

// addresses keeps what texts were read as addresses lately: few speak again and
// again.
type addresses [128]struct {
	first, last uint64 // bytes of the text, which may overlap
	length      int
	addr        netip.Addr
}

// read is [address].
func (a *addresses) read(b []byte) netip.Addr {
	n := len(b)
	if n < 8 || n > 16 {
		return address(b)
	}
	first, last := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:])
	e := &a[(first^last>>8)*0x9e3779b97f4a7c15>>57]
	if e.first != first || e.last != last || e.length != n {
		e.first, e.last, e.length, e.addr = first, last, n, address(b)
	}
	return e.addr
}

// address6 reads an IPv6 address without zone or dots by hand, and leaves any
// other to package netip.
//
// Syntax: RFC 4291, section 2.2.
func address6(b []byte) netip.Addr {
	if len(b) > 64 || bytes.IndexByte(b, ':') < 0 {
		return netip.Addr{}
	}
	var ip [16]byte
	at, gap, digits, group := 0, -1, 0, 0
	for i := 0; i < len(b); i++ {
		if b[i] != ':' {
			d := hexDigit[b[i]]
			if digits++; d == 0 || digits > 4 || at == 16 {
				return otherAddress(b)
			}
			if group = group<<4 | int(d-1); i+1 < len(b) {
				continue
			}
		}
		switch {
		case digits > 0:
			ip[at], ip[at+1] = byte(group>>8), byte(group)
			at, digits, group = at+2, 0, 0
			if b[i] == ':' && i+1 == len(b) {
				return otherAddress(b) // ends in one colon
			}
		case gap >= 0 || i == 0 && (len(b) < 2 || b[1] != ':'):
			return otherAddress(b)
		case i == 0: // the first of two colons
		default:
			gap = at
		}
	}
	switch {
	case gap < 0 && at == 16:
	case gap >= 0 && at < 16:
		tail := at - gap
		copy(ip[16-tail:], ip[gap:at])
		clear(ip[gap : 16-tail])
	default:
		return otherAddress(b)
	}
	return netip.AddrFrom16(ip).Unmap()
}

func otherAddress(b []byte) netip.Addr {
	a, _ := netip.ParseAddr(string(b))
	return a.Unmap()
}

// hexDigit is the value of a digit plus one, 0 for what is none.
var hexDigit = func() (t [256]uint8) {
	for i := range 10 {
		t['0'+i] = uint8(i + 1)
	}
	for i := range 6 {
		t['a'+i], t['A'+i] = uint8(i+11), uint8(i+11)
	}
	return t
}()

// stamp reads a time as nanoseconds since 1970-01-01 UTC: "2016-04-15T15:08:38",
// then a fraction or none, then Z, "+0200", "+02:00" or nothing (UTC). 0 for what
// is no such time, and for one before 1970 or after 2261.
func stamp(b []byte) int64 {
	if len(b) < 19 || b[4] != '-' || b[7] != '-' || b[10] != 'T' && b[10] != ' ' || b[13] != ':' || b[16] != ':' {
		return 0
	}
	year, month, day := two(b)*100+two(b[2:]), two(b[5:]), two(b[8:])
	hour, minute, second := two(b[11:]), two(b[14:]), two(b[17:])
	if year < 1970 || year > 2261 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 {
		return 0
	}
	ns := (days(year, month, day)*86400 + int64(hour*3600+minute*60+second)) * int64(time.Second)
	rest := b[19:]
	if len(rest) > 0 && (rest[0] == '.' || rest[0] == ',') {
		rest = rest[1:]
		for unit := int64(time.Second) / 10; len(rest) > 0 && rest[0] >= '0' && rest[0] <= '9'; unit /= 10 {
			ns += int64(rest[0]-'0') * unit
			rest = rest[1:]
		}
	}
	if len(rest) >= 5 && (rest[0] == '+' || rest[0] == '-') {
		minutes := rest[3:]
		if minutes[0] == ':' {
			minutes = minutes[1:]
		}
		h, m := two(rest[1:]), two(minutes)
		if h < 0 || h > 14 || m < 0 || m > 59 {
			return 0
		}
		offset := int64(h*3600+m*60) * int64(time.Second)
		if rest[0] == '+' {
			offset = -offset
		}
		ns += offset
	} else if len(rest) > 0 && rest[0] != 'Z' {
		return 0
	}
	return max(ns, 0)
}

// two is the value of two digits, below zero for anything else.
func two(b []byte) int {
	if len(b) < 2 || b[0]-'0' > 9 || b[1]-'0' > 9 {
		return -1 << 20
	}
	return int(b[0]-'0')*10 + int(b[1]-'0')
}

// days counts from 1970-01-01 in the Gregorian calendar.
//
// Source: https://howardhinnant.github.io/date_algorithms.html, days_from_civil.
func days(year, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	return int64(365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 719469)
}

// seconds reads seconds since 1970 with a fraction as nanoseconds, without
// losing digits on the way through a float; 0 for what is none.
func seconds(b []byte) int64 {
	if len(b) == 17 && b[10] == '.' { // as Zeek writes the time of a line
		first, last := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[9:])
		last = last&^0xffff | '0'<<8 | '0' // six digits behind the point
		if tens, ones := b[8]-'0', b[9]-'0'; digits8(first) && digits8(last) && tens <= 9 && ones <= 9 {
			if whole := number8(first)*100 + int64(tens)*10 + int64(ones); whole <= 1<<33 {
				return whole*int64(time.Second) + number8(last)*1000
			}
			return 0
		}
	}
	var whole int64
	i := 0
	for ; i < len(b) && b[i]-'0' <= 9; i++ {
		if whole = whole*10 + int64(b[i]-'0'); whole > 1<<33 {
			return 0
		}
	}
	ns := whole * int64(time.Second)
	switch {
	case i == 0:
		return 0
	case i < len(b) && b[i] == '.':
		i++
		for unit := int64(time.Second) / 10; i < len(b) && b[i]-'0' <= 9; unit /= 10 {
			ns += int64(b[i]-'0') * unit
			i++
		}
	}
	if i < len(b) {
		f, err := strconv.ParseFloat(string(b), 64)
		if err != nil || f < 0 || f > 1<<33 {
			return 0
		}
		return int64(f * 1e9)
	}
	return ns
}

// digits8 reports whether eight bytes are digits.
func digits8(b uint64) bool {
	const zeros, high = 0x3030303030303030, 0xf0f0f0f0f0f0f0f0
	return b&high == zeros && (b+0x0606060606060606)&high == zeros
}

// number8 is the number that eight digits are, of which the first is in the
// lowest byte: two, four and all of them are put together at once.
func number8(b uint64) int64 {
	b &= 0x0f0f0f0f0f0f0f0f
	b = b*10 + b>>8
	const every = 0x000000ff000000ff
	return int64((b&every*(100+1000000<<32) + b>>16&every*(1+10000<<32)) >> 32)
}

// protocols gives numbers to the names that tools print, in lower case.
//
// Source: IANA, Assigned Internet Protocol Numbers.
var protocols = map[string]uint8{
	"icmp": 1, "igmp": 2, "ipip": 4, "tcp": 6, "udp": 17, "ipv6": 41, "gre": 47, "esp": 50, "ah": 51,
	"ipv6-icmp": 58, "icmp6": 58, "icmpv6": 58, "ospf": 89, "pim": 103, "vrrp": 112, "l2tp": 115, "sctp": 132,
}

// protocol is the number of a protocol given by name or number.
func protocol(b []byte) uint8 {
	switch string(b) {
	case "TCP", "tcp":
		return 6
	case "UDP", "udp":
		return 17
	case "ICMP", "icmp":
		return 1
	}
	if n, ok := decimal(b); ok && n < 256 {
		return uint8(n)
	}
	return protocols[strings.ToLower(string(b))]
}
