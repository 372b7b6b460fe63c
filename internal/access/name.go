package access

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// plainHost is the name or address of a URL as it is dialled: small letters, ASCII,
// without the dot at the end. It fails for what some resolvers take for an address
// that nobody reads there: 0, 2130706433, 0x7f.1, 127.1, digits of other scripts.
//
// Which names are numbers: the URL standard (url.spec.whatwg.org, 2026), "ends in a
// number".
func plainHost(host string) (string, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		if a.Zone() != "" {
			return "", errors.New("an address with a zone is of this machine's own link")
		}
		return a.String(), nil
	}
	name := strings.TrimSuffix(host, ".")
	if ascii := strings.IndexFunc(name, func(r rune) bool { return r > 0x7f }) < 0; !ascii {
		was := strings.Split(name, ".")
		mapped, err := idna.Lookup.ToASCII(name)
		if err != nil {
			return "", errors.New("it is no name of a server; write it in the letters of its script alone, or as xn--…")
		}
		labels := strings.Split(mapped, ".")
		if len(labels) != len(was) {
			return "", errors.New("it has dots of another script; write plain ones")
		}
		for i, l := range labels {
			if !strings.HasPrefix(l, "xn--") && strings.IndexFunc(was[i], func(r rune) bool { return r > 0x7f }) >= 0 {
				return "", errors.New("it has letters or digits of another script that stand for " + strconv.Quote(l) + "; write those")
			}
		}
		name = mapped
	}
	name = strings.ToLower(name)
	if len(name) > 253 {
		return "", errors.New("it is longer than a name may be")
	}
	labels := strings.Split(name, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || strings.IndexFunc(l, notOfName) >= 0 {
			return "", errors.New("it is no name of a server: letters, digits, hyphens, and single dots between them")
		}
	}
	if last := labels[len(labels)-1]; isNumber(last) {
		return "", errors.New("it ends in a number and is no address; write an address with four numbers, 192.0.2.1, or a name")
	}
	return name, nil
}

func notOfName(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_')
}

// isNumber reports whether a part of a name is one in decimal, octal or hexadecimal.
func isNumber(s string) bool {
	if hex, ok := strings.CutPrefix(s, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// ofThisMachine reports a name that means this machine whatever a resolver says (RFC
// 6761, 6.3).
func ofThisMachine(name string) bool {
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}
