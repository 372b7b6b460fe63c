package geo

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"
)

// isMMDB looks for the marker of MaxMind DB files: the metadata stand after it,
// within the last 128 KiB.
//
// Source: MaxMind DB File Format Specification 2.0, "Database Metadata".
func isMMDB(b []byte) bool {
	return bytes.Contains(b[max(0, len(b)-128<<10):], []byte("\xab\xcd\xefMaxMind.com"))
}

// readMMDB copies what a MaxMind DB says of countries and networks. It walks
// from one network to the next by look-ups, so that a damaged tree costs no
// more than one step a network.
func readMMDB(b []byte, name string) (l *layer, err error) {
	defer func() {
		if r := recover(); r != nil { // a reader of foreign bytes that is not ours
			l, err = nil, errors.New("damaged MMDB: fetch it again")
		}
	}()
	db, err := maxminddb.OpenBytes(b)
	if err != nil {
		return nil, fmt.Errorf("damaged MMDB: %w", err)
	}
	m := mmdb{db: db, to: newBuilder(), known: map[uintptr]uint32{}}
	if err := m.walk(netip.IPv4Unspecified(), netip.MustParseAddr("223.255.255.255")); err != nil {
		return nil, err
	}
	if db.Metadata.IPVersion == 6 {
		if err := m.walk(netip.MustParseAddr("2000::"), netip.MustParseAddr("3fff:ffff:ffff:ffff::")); err != nil {
			return nil, err
		}
	}
	if len(m.to.values) == 1 {
		return nil, fmt.Errorf("MMDB of type %.60q says neither country nor network of any address", db.Metadata.DatabaseType)
	}
	built := time.Unix(int64(min(db.Metadata.BuildEpoch, 1<<40)), 0).UTC().Format(time.DateOnly) //nolint:gosec // bounded
	return m.to.layer(name+" of "+built, clean(db.Metadata.DatabaseType)+", given by the user"), nil
}

// maxSteps bounds the networks that are asked for, those without an answer too.
const maxSteps = 4 * maxRanges

type mmdb struct {
	db    *maxminddb.Reader
	to    *builder
	known map[uintptr]uint32 // by the record's place in the file
	steps int
}

// walk adds every network from first to last.
func (m *mmdb) walk(first, last netip.Addr) error {
	for at := first; at.IsValid() && at.Compare(last) <= 0; {
		if m.steps++; m.steps > maxSteps {
			return fmt.Errorf("MMDB with more than %d networks", maxSteps)
		}
		r := m.db.Lookup(at)
		if err := r.Err(); err != nil {
			return fmt.Errorf("damaged MMDB: %w", err)
		}
		p := r.Prefix()
		if !p.IsValid() || p.Addr().Is4() != first.Is4() || !p.Contains(at) || first.Is6() && p.Bits() < 3 {
			// A tree that is shorter than the walk's own prefix has nothing for all of it.
			if !r.Found() {
				return nil
			}
			return errors.New("damaged MMDB: a network does not hold its own address")
		}
		if p.Addr().Is6() && p.Bits() > 64 { // one /64 has one place
			p = netip.PrefixFrom(at, 64).Masked()
		}
		if r.Found() {
			if err := m.add(r, p); err != nil {
				return err
			}
		}
		at = after(p)
	}
	return nil
}

// after gives the first address after p; the zero Addr when there is none.
func after(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	bit := p.Bits() - 1
	for ; bit >= 0; bit-- {
		mask := byte(0x80 >> (bit % 8))
		if b[bit/8]&mask == 0 {
			b[bit/8] |= mask
			a, _ := netip.AddrFromSlice(b)
			return a
		}
		b[bit/8] &^= mask
	}
	return netip.Addr{}
}

func (m *mmdb) add(r maxminddb.Result, p netip.Prefix) error {
	id, ok := m.known[r.Offset()]
	if !ok {
		id = m.to.id(valueOf(r))
		m.known[r.Offset()] = id
	}
	first, last, four := keys(p)
	return m.to.add(four, first, last, id)
}

// countryPaths, asnPaths and namePaths are where the layouts in use keep each
// fact: GeoLite2 and DB-IP, ip-location-db, ipinfo.
var (
	countryPaths = [][]any{{"country", "iso_code"}, {"country_code"}, {"country"}, {"registered_country", "iso_code"}}
	asnPaths     = [][]any{{"autonomous_system_number"}, {"asn"}, {"as_number"}}
	namePaths    = [][]any{{"autonomous_system_organization"}, {"as_name"}, {"asn_name"}, {"as_organization"}, {"name"}}
)

func valueOf(r maxminddb.Result) value {
	var v value
	for _, path := range countryPaths {
		var s string
		if r.DecodePath(&s, path...) == nil && isCountry(s) {
			v.country = s
			break
		}
	}
	for _, path := range asnPaths {
		if v.asn = asnAt(r, path); v.asn != 0 {
			break
		}
	}
	if v.asn == 0 {
		return v
	}
	for _, path := range namePaths {
		var s string
		if r.DecodePath(&s, path...) == nil && s != "" {
			v.network = clean(s)
			break
		}
	}
	return v
}

// asnAt reads a number, or a text such as AS13335.
func asnAt(r maxminddb.Result, path []any) uint32 {
	var n uint32
	if r.DecodePath(&n, path...) == nil && n != 0 {
		return n
	}
	var s string
	if r.DecodePath(&s, path...) != nil {
		return 0
	}
	parsed, err := strconv.ParseUint(strings.TrimPrefix(s, "AS"), 10, 32)
	if err != nil {
		return 0
	}
	return uint32(parsed)
}
