package query

import (
	"math"
	"net/netip"
	"strconv"
	"strings"
)

// A Value is what a field is compared with.
type Value struct {
	parts   []string // Text, Choice, MAC and words: what stands between the stars; one part: no star
	any     bool     // * alone: any value
	unknown bool     // Bool: not known
	yes     bool     // Bool
	low     number   // Number: from
	high    number   // to, both included
	when    moment   // Time: from
	until   moment   // to, where a range was given
	ranged  bool     // Number and Time: written a..b
	net     netip.Prefix
}

// read makes a value of a field's type, or says what is wrong with it.
func read(f *Field, r raw, op Op) (v Value, says, near string) {
	if op == Is && r.starred() && r.whole() == "*" {
		return Value{any: true}, "", ""
	}
	if f.Type != Text && f.Type != Choice && f.Type != MAC && r.starred() {
		return v, "a star stands for any value only by itself in a " + f.Type.String(), ""
	}
	s := r.whole()
	switch f.Type {
	case Text:
		v.parts = r.parts
	case Choice:
		v.parts = r.parts
		if !r.starred() && !holds(f.Values, s) {
			return v, strconv.Quote(s) + " is none of its values; " + f.listed(), nearest(s, f.Values)
		}
	case MAC:
		v.parts, says = readMAC(r.parts)
	case Bool:
		v.yes, v.unknown, says = readBool(s)
	case Number:
		says = v.readRange(s, op, v.readNumber)
	case Time:
		says = v.readRange(s, op, v.readTime)
	case Address:
		v.net, says = readNet(s)
	}
	return v, says, near
}

// listed says which values a choice has.
func (f *Field) listed() string {
	out := "they are " + strings.Join(f.Values, ", ")
	if f.Ranked {
		out += ", the highest first"
	}
	return out
}

func holds(list []string, s string) bool {
	for _, x := range list {
		if Fold(x) == Fold(s) {
			return true
		}
	}
	return false
}

// readRange reads a value, or two with dots between them.
func (v *Value) readRange(s string, op Op, one func(s string, high bool) string) string {
	from, to, ranged := strings.Cut(s, "..")
	if ranged && op != Is {
		return "a range has no order; write one value behind " + op.String()
	}
	if says := one(from, false); says != "" {
		return says
	}
	if !ranged {
		to = from
	}
	v.ranged = ranged
	return one(to, true)
}

// readMAC brings the text between stars into lower case hexadecimal digits.
func readMAC(parts []string) (out []string, says string) {
	n := 0
	for _, p := range parts {
		p = bareMAC(p)
		if strings.Trim(p, "0123456789abcdef") != "" {
			return nil, "a hardware address has hexadecimal digits; * stands for the rest"
		}
		n += len(p)
		out = append(out, p)
	}
	if len(out) == 1 && n != 12 || n > 12 {
		return nil, "a hardware address has 12 hexadecimal digits; * stands for the rest"
	}
	return out, ""
}

var macMarks = strings.NewReplacer(":", "", "-", "", ".", "")

// bareMAC is a hardware address without what separates its digits.
func bareMAC(s string) string { return Fold(macMarks.Replace(s)) }

// colons puts them between the digits, as 44:19:b6.
func colons(digits string) string {
	var b strings.Builder
	for i := range len(digits) {
		if i > 0 && i%2 == 0 {
			b.WriteByte(':')
		}
		b.WriteByte(digits[i])
	}
	return b.String()
}

func readBool(s string) (yes, unknown bool, says string) {
	switch Fold(s) {
	case "true", "yes", "1":
		return true, false, ""
	case "false", "no", "0":
		return false, false, ""
	case "unknown":
		return false, true, ""
	}
	return false, false, "write true, false or unknown"
}

func readNet(s string) (netip.Prefix, string) {
	if a, err := netip.ParseAddr(s); err == nil {
		a = a.WithZone("").Unmap()
		return netip.PrefixFrom(a, a.BitLen()), ""
	}
	p, err := netip.ParsePrefix(s)
	if err != nil || p.Addr().Is4In6() {
		return p, "write an address or a network such as 10.0.0.0/8"
	}
	return p.Masked(), ""
}

// A number is whole where it can be, because a float cannot count bytes beyond
// 2^53.
type number struct {
	whole bool
	i     int64
	f     float64
}

func (n number) String() string {
	if n.whole {
		return strconv.FormatInt(n.i, 10)
	}
	return strconv.FormatFloat(n.f, 'g', -1, 64)
}

// arg is the number as an argument of SQL.
func (n number) arg() any {
	if n.whole {
		return n.i
	}
	return n.f
}

// less compares as SQLite does: whole numbers exactly.
func (n number) less(m number) bool {
	if n.whole && m.whole {
		return n.i < m.i
	}
	return n.float() < m.float()
}

func (n number) float() float64 {
	if n.whole {
		return float64(n.i)
	}
	return n.f
}

// parseNumber reads digits, without a unit.
func parseNumber(s string) (number, bool) {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return number{whole: true, i: i}, true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) || strings.ContainsAny(s, "xXpP_") {
		return number{}, false
	}
	return number{f: f}, true
}

var factors = map[byte]int64{'k': 1e3, 'K': 1e3, 'M': 1e6, 'G': 1e9, 'T': 1e12}

func (v *Value) readNumber(s string, high bool) string {
	digits, factor := s, int64(1)
	if n := len(s); n > 1 && factors[s[n-1]] > 0 {
		digits, factor = s[:n-1], factors[s[n-1]]
	}
	n, ok := parseNumber(digits)
	if !ok {
		return strconv.Quote(s) + " is no number; write 5, 2.5, 10k, 3M or 8000..8100"
	}
	if n.whole && factor > 1 {
		if n.i > math.MaxInt64/factor || n.i < math.MinInt64/factor {
			return strconv.Quote(s) + " is too large"
		}
		n.i *= factor
	} else if factor > 1 {
		n.f *= float64(factor)
		if n.f == math.Trunc(n.f) && math.Abs(n.f) < 1<<53 {
			n = number{whole: true, i: int64(n.f)}
		}
	}
	if high {
		v.high = n
	} else {
		v.low = n
	}
	return ""
}

// bytes16 is an address as 16 bytes, IPv4 mapped.
func bytes16(a netip.Addr) []byte { b := a.As16(); return b[:] }

// bounds are the first and the last address of a network, as 16 bytes.
func bounds(p netip.Prefix) (first, last []byte) {
	first = bytes16(p.Addr())
	last = bytes16(p.Addr())
	bits := p.Bits()
	if p.Addr().Is4() {
		bits += 96
	}
	for i := bits; i < 128; i++ {
		last[i/8] |= 0x80 >> (i % 8)
	}
	return first, last
}
