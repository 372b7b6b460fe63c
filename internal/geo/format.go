package geo

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"sort"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// The compact form (.lsg) is text lines and columns of numbers, all in one zstd
// frame:
//
//	lenscap-geo 1
//	name NAME AND DATE, FOR PEOPLE
//	note LICENCE AND PUBLISHER
//	countries US DE CN …
//	ipv4 RANGES BYTES BYTES
//	ipv6 RANGES BYTES BYTES
//	(an empty line)
//
// then for IPv4 and for IPv6 three columns, each as long as its line says: the
// gaps, the lengths, and one byte a range, the position of its country in the
// line of countries. Ranges are in order and do not overlap. A gap is the number
// of addresses (IPv6: of /64 networks) since the end of the range before, as a
// base-128 number with the low bits first (as in encoding/binary). A length is
// an odd number times a power of two, since most ranges are CIDR blocks: a byte
// with the power, then (odd-1)/2 as such a number.
const formatLine = "lenscap-geo 1"

// maxDecoded bounds the form once decompressed, in bytes. Ours has 2.5 million.
const maxDecoded = 64 << 20

// ErrFormat is returned for bytes that are not the compact form, or damaged.
var ErrFormat = errors.New("not a country file of Lenscap, or damaged")

// Decode reads the compact form.
func Decode(b []byte) (*layer, error) {
	f, err := unpack(b)
	if err != nil {
		return nil, err
	}
	return f.decode()
}

// A form is the compact form with its head read.
type form struct {
	*layer // without changes
	v4, v6 columnSet
}

// unpack reads the head of the compact form.
func unpack(b []byte) (form, error) {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxDecoded))
	if err != nil {
		return form{}, err
	}
	defer z.Close()
	// Ours is a fifth of what it holds; room for that at once is not made again.
	const usual = 5
	plain, err := z.DecodeAll(b, make([]byte, 0, min(usual*len(b), maxDecoded)))
	if err != nil {
		return form{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return newForm(plain)
}

func decodePlain(plain []byte) (*layer, error) {
	f, err := newForm(plain)
	if err != nil {
		return nil, err
	}
	return f.decode()
}

func (f *form) decode() (*layer, error) {
	l := f.layer
	l.v4, l.v6 = newChanges(f.v4.changes()), newChanges(f.v6.changes())
	if err := f.v4.each(&l.v4); err != nil {
		return nil, err
	}
	if err := f.v6.each(&l.v6); err != nil {
		return nil, err
	}
	return l, nil
}

func newForm(plain []byte) (form, error) {
	head, body, ok := bytes.Cut(plain, []byte("\n\n"))
	if !ok {
		return form{}, fmt.Errorf("%w: its head has no end", ErrFormat)
	}
	lines := map[string]string{}
	for i, line := range strings.Split(string(head), "\n") {
		if i == 0 {
			if line != formatLine {
				return form{}, fmt.Errorf("%w: it starts with %.20q", ErrFormat, line)
			}
			continue
		}
		key, rest, _ := strings.Cut(line, " ")
		lines[key] = rest
	}
	l := &layer{name: clean(lines["name"]), note: clean(lines["note"]), values: make([]value, 1, 257)}
	for i, code := range strings.Fields(lines["countries"]) {
		if i >= 256 || !isCountry(code) {
			return form{}, fmt.Errorf("%w: country %.20q", ErrFormat, code)
		}
		l.values = append(l.values, value{country: code})
	}
	known := len(l.values) - 1
	// The form is in order and without overlap, so that nothing is left to flatten.
	four, body, err := newColumns("ipv4", lines["ipv4"], body, known, last4)
	if err != nil {
		return form{}, err
	}
	six, body, err := newColumns("ipv6", lines["ipv6"], body, known, last6)
	if err != nil {
		return form{}, err
	}
	if len(body) > 0 {
		return form{}, fmt.Errorf("%w: %d bytes too many", ErrFormat, len(body))
	}
	return form{l, four, six}, nil
}

// columnSet is the three columns of one family of addresses.
type columnSet struct {
	family                   string
	n, known                 int // ranges; countries in the list
	limit                    uint64
	gaps, lengths, countries []byte
}

// newColumns cuts the columns of a family, as long as line says, off body.
func newColumns(family, line string, body []byte, known int, limit uint64) (c columnSet, rest []byte, err error) {
	var sizes [3]int
	fields := strings.Fields(line)
	for i := range sizes {
		if len(fields) == len(sizes) {
			sizes[i], err = strconv.Atoi(fields[i])
		}
		if len(fields) != len(sizes) || err != nil || sizes[i] < 0 || sizes[i] > len(body) {
			return c, nil, fmt.Errorf("%w: %s: sizes %.60q", ErrFormat, family, line)
		}
	}
	n, g, l := sizes[0], sizes[1], sizes[2]
	if n+g+l > len(body) {
		return c, nil, fmt.Errorf("%w: %s: %d bytes for %d, %d and %d", ErrFormat, family, len(body), n, g, l)
	}
	return columnSet{family: family, n: n, known: known, limit: limit, gaps: body[:g], lengths: body[g : g+l], countries: body[g+l:][:n]}, body[n+g+l:], nil
}

// changes is how many changes of value there are at most: where each range
// starts, and where one ends with a gap behind it.
func (c *columnSet) changes() int {
	n := c.n + 1
	first := true // byte of a number
	for _, b := range c.gaps {
		if first && b != 0 {
			n++
		}
		first = b < 0x80
	}
	return n
}

// each gives the changes of all ranges.
func (c *columnSet) each(to putter) error {
	k := joint{to: to}
	wrong := func(i int, what string) error {
		return fmt.Errorf("%w: %s: range %d %s", ErrFormat, c.family, i, what)
	}
	var at uint64
	for i := range c.n {
		gap, used := binary.Uvarint(c.gaps)
		length, used2 := takeLength(c.lengths)
		if used <= 0 || used2 <= 0 {
			return wrong(i, "is cut")
		}
		c.gaps, c.lengths = c.gaps[used:], c.lengths[used2:]
		if gap > c.limit-at || length-1 > c.limit-at-gap {
			return wrong(i, "goes beyond the last address")
		}
		if int(c.countries[i]) >= c.known {
			return wrong(i, "has a country beyond the list")
		}
		s := span{at + gap, at + gap + length - 1, uint32(c.countries[i]) + 1}
		if at = s.last + 1; s.last == c.limit && i < c.n-1 {
			return wrong(i, "is the last there can be, and more follow")
		}
		k.add(s)
	}
	if len(c.gaps)+len(c.lengths) > 0 {
		return wrong(c.n, "is none, and bytes are left")
	}
	k.end(c.limit)
	return nil
}

func takeLength(b []byte) (n uint64, used int) {
	if len(b) == 0 || b[0] > 63 {
		return 0, 0
	}
	half, used := binary.Uvarint(b[1:])
	if used <= 0 || half > 1<<62 {
		return 0, 0
	}
	odd := half*2 + 1
	if bits.Len64(odd)+int(b[0]) > 64 {
		return 0, 0
	}
	return odd << b[0], used + 1
}

func putLength(b []byte, n uint64) []byte {
	power := bits.TrailingZeros64(n)
	return binary.AppendUvarint(append(b, byte(power)), (n>>power-1)/2)
}

// Encode writes countries of CSV files (see [Set.Add] for their form) in the
// compact form. Ranges of other values than a country are left out.
func Encode(w io.Writer, name, note string, files ...string) error {
	b := newBuilder()
	for _, file := range files {
		if err := readFile(b, file); err != nil {
			return err
		}
	}
	v4, v6 := flatten(b.v4, special4), flatten(b.v6, special6)
	order, at := byUse(b.values, v4, v6)
	if len(order) > 256 {
		return fmt.Errorf("%d countries: the form has room for 256", len(order))
	}
	c4, c6 := columns(v4, at), columns(v6, at)
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	out := bufio.NewWriter(z)
	fmt.Fprintf(out, "%s\nname %s\nnote %s\ncountries %s\n", formatLine, clean(name), clean(note), strings.Join(order, " "))
	fmt.Fprintf(out, "ipv4 %d %d %d\nipv6 %d %d %d\n\n", len(v4), len(c4[0]), len(c4[1]), len(v6), len(c6[0]), len(c6[1]))
	for _, column := range [][]byte{c4[0], c4[1], c4[2], c6[0], c6[1], c6[2]} {
		if _, err := out.Write(column); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return z.Close()
}

// byUse orders countries by how many ranges they have, and says for each value
// where its country stands in that order.
func byUse(values []value, families ...[]span) (order []string, at []byte) {
	uses := make([]int, len(values))
	for _, spans := range families {
		for _, s := range spans {
			uses[s.value]++
		}
	}
	ids := make([]int, 0, len(values))
	for i := range values {
		if values[i].country != "" && uses[i] > 0 {
			ids = append(ids, i)
		}
	}
	sort.SliceStable(ids, func(i, j int) bool {
		a, b := ids[i], ids[j]
		return uses[a] > uses[b] || uses[a] == uses[b] && values[a].country < values[b].country
	})
	at = make([]byte, len(values))
	for place, id := range ids {
		order = append(order, values[id].country)
		at[id] = byte(place)
	}
	return order, at
}

// columns gives gaps, lengths and countries.
func columns(spans []span, at []byte) (c [3][]byte) {
	var next uint64
	for _, s := range spans {
		c[0] = binary.AppendUvarint(c[0], s.first-next)
		c[1] = putLength(c[1], s.last-s.first+1)
		c[2] = append(c[2], at[s.value])
		next = s.last + 1
	}
	return c
}
