package access

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Policy is what a page may load and run: what the hub serves, no more, and
// nothing written into the page.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// headers sets what keeps other pages away from ours (OWASP HTTP Headers Cheat
// Sheet).
func (g *Guard) headers(h http.Header) {
	h.Set("Content-Security-Policy", Policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()")
	if g.secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// answersTo reports whether a Host header names this hub. Any address does,
// localhost, and this machine's own name: a page elsewhere whose name is made to
// point here has another, and so is no page of ours to the browser nor to us.
func (g *Guard) answersTo(host string) bool {
	if strings.EqualFold(host, g.public.Host) || slices.ContainsFunc(g.Hosts, func(h string) bool { return strings.EqualFold(host, h) }) {
		return true
	}
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil || name == "" {
		return true
	}
	first, _, _ := strings.Cut(g.machine, ".")
	return strings.EqualFold(name, "localhost") || g.machine != "" && (strings.EqualFold(name, g.machine) || strings.EqualFold(name, first))
}

// from is the address a request comes from. X-Forwarded-For counts from its end,
// as far as it was written by proxies of ours. IPv6 is cut to the network one
// subscriber has.
func (g *Guard) from(r *http.Request) netip.Addr {
	at := remote(r)
	if g.trusted(at) {
		chain := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for _, s := range slices.Backward(chain) {
			a, err := netip.ParseAddr(strings.TrimSpace(s))
			if err != nil {
				break
			}
			if at = a.Unmap().WithZone(""); !g.trusted(at) {
				break
			}
		}
	}
	if at.Is6() {
		p, _ := at.Prefix(64) // 64 is in range
		return p.Addr()
	}
	return at
}

func remote(r *http.Request) netip.Addr {
	p, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return p.Addr().Unmap().WithZone("")
}

func (g *Guard) trusted(a netip.Addr) bool {
	return slices.ContainsFunc(g.Proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

var errForeign = errors.New("access: the request comes from another site")

// fromHere refuses a change that a page of another site asked for, by what the
// browser says of it (Sec-Fetch-Site, else Origin).
func (g *Guard) fromHere(r *http.Request) error {
	if err := g.cross.Check(r); err != nil {
		return fmt.Errorf("%w: %w", errForeign, err)
	}
	return nil
}
