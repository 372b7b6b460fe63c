package geo

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/bits"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
)

// maxFile bounds a data set of the user's, in bytes once decompressed.
const maxFile = 2 << 30

// Add lets a file or folder the user names answer before what is already
// there; of a folder every such file in it, the last by name first. It reads
//
//   - any MMDB with countries or networks (GeoLite2, DB-IP, ipinfo,
//     ip-location-db),
//   - CSV or TSV with one range a line: first and last address, dotted or as
//     numbers, or one prefix; then a country of two letters, or the number of a
//     network and its holder, or number, country and holder (iptoasn.com),
//   - the compact form of our own,
//
// each plain or in gzip or zstd. Its error names the file, the line where there
// is one, and what to do; the set is then as it was. Data sets that say both
// country and network of an address answer for both.
func (s *Set) Add(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("open geo data: %w", err)
	}
	files := []string{path}
	if info.IsDir() {
		if files, err = dataFiles(path); err != nil {
			return fmt.Errorf("open geo data: %w", err)
		}
	}
	var added []*layer
	for _, file := range files {
		l, err := open(file)
		if err != nil {
			return fmt.Errorf("read geo data %s: %w", file, err)
		}
		added = append(added, l)
	}
	for _, l := range added {
		s.put(l)
	}
	s.index()
	return nil
}

// kinds are the endings of files that are read from a folder.
var kinds = []string{".mmdb", ".csv", ".tsv", ".lsg"}

func dataFiles(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		name := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(e.Name()), ".gz"), ".zst")
		if slices.Contains(kinds, filepath.Ext(name)) {
			out = append(out, filepath.Join(dir, e.Name()))
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s holds no file of country or network data: expected names that end in %s, .gz or .zst", dir, strings.Join(kinds, ", "))
	}
	return out, nil
}

// open reads one file of the user's.
func open(path string) (*layer, error) {
	b, err := content(path)
	if err != nil {
		return nil, err
	}
	day := ""
	if info, err := os.Stat(path); err == nil {
		day = ", file of " + info.ModTime().UTC().Format(time.DateOnly)
	}
	name := clean(filepath.Base(path))
	switch {
	case strings.HasPrefix(string(b[:min(len(b), 64)]), formatLine+"\n"):
		return decodePlain(b)
	case isMMDB(b):
		return readMMDB(b, name)
	}
	to := newBuilder()
	if err := readCSV(to, strings.NewReader(string(b))); err != nil {
		return nil, err
	}
	return to.layer(name+day, "given by the user"), nil
}

// content reads a file whole and decompressed.
func content(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		var p *fs.PathError
		if errors.As(err, &p) { // the caller names the file
			err = p.Err
		}
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	r, err := decompressed(f)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("%w: fetch it again", err)
	}
	if len(b) > maxFile {
		return nil, fmt.Errorf("has more than %d bytes: give a data set of countries or networks, not of cities", maxFile)
	}
	return b, nil
}

// decompressed looks at the first bytes, not at the name.
func decompressed(f io.Reader) (io.Reader, error) {
	r := bufio.NewReaderSize(f, 1<<16)
	head, _ := r.Peek(4)
	switch {
	case strings.HasPrefix(string(head), "\x1f\x8b"):
		return gzip.NewReader(r)
	case string(head) == "\x28\xb5\x2f\xfd":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxFile))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	}
	return r, nil
}

// readFile adds a CSV file to b.
func readFile(b *builder, path string) error {
	text, err := content(path)
	if err == nil {
		err = readCSV(b, strings.NewReader(string(text)))
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// readCSV adds every line of r to b. A first line that is no range is taken for
// the names of the columns; any other such line is an error with its number.
func readCSV(b *builder, r io.Reader) error {
	in := bufio.NewReaderSize(r, 1<<16)
	c := csv.NewReader(in)
	head, _ := in.Peek(1 << 12)
	line, _, _ := strings.Cut(string(head), "\n")
	if strings.Contains(line, "\t") {
		c.Comma, c.LazyQuotes = '\t', true
	}
	c.FieldsPerRecord, c.ReuseRecord = -1, true
	good := 0
	for n := 1; ; n++ {
		record, err := c.Read()
		if errors.Is(err, io.EOF) {
			if good == 0 {
				return errors.New("holds no range of addresses: expected lines such as 1.0.0.0,1.0.0.255,AU or an MMDB file")
			}
			return nil
		}
		if err != nil {
			return err // has the line
		}
		if err := b.record(record); err != nil {
			if n == 1 && !errors.Is(err, errReversed) {
				continue
			}
			at, _ := c.FieldPos(0)
			return fmt.Errorf("line %d: %w", at, err)
		}
		good++
	}
}

// record adds one line.
func (b *builder) record(f []string) error {
	four, first, last, f, err := parseRange(f)
	if err != nil {
		return err
	}
	var v value
	switch {
	case len(f) == 0:
		return errors.New("says neither country nor network: expected AU, or 13335,Cloudflare")
	case isCountry(f[0]):
		v.country = f[0]
	case f[0] == "" || f[0] == "-" || f[0] == "None" || len(f[0]) == 2 && strings.ToUpper(f[0]) == f[0] && f[0][0] >= 'A':
		// ZZ, EU and the like: a range of no one country.
	default:
		n, err := strconv.ParseUint(strings.TrimPrefix(f[0], "AS"), 10, 32)
		if err != nil {
			return fmt.Errorf("%.40q is neither a country of two letters nor the number of a network", f[0])
		}
		v.asn = uint32(n)
		if len(f) > 2 && len(f[1]) == 2 { // iptoasn.com: number, country, holder
			if isCountry(f[1]) {
				v.country = f[1]
			}
			f = f[1:]
		}
		if len(f) > 1 && n != 0 {
			v.network = clean(f[1])
		}
	}
	return b.add(four, first, last, b.id(v))
}

// errReversed is wrapped by the error for a range whose ends are exchanged: such
// a line is no heading.
var errReversed = errors.New("reversed")

// parseRange reads first and last address, or one prefix, and gives the columns
// after them.
func parseRange(f []string) (four bool, first, last uint64, rest []string, err error) {
	if strings.Contains(f[0], "/") {
		p, err := netip.ParsePrefix(f[0])
		if err != nil {
			return false, 0, 0, nil, fmt.Errorf("%.60q is no prefix of addresses", f[0])
		}
		first, last, four = keys(p)
		return four, first, last, f[1:], nil
	}
	if len(f) < 2 {
		return false, 0, 0, nil, errors.New("has one column: expected first address, last address, country")
	}
	four, first, ok := parseAddr(f[0])
	four2, last, ok2 := parseAddr(f[1])
	if ok && ok2 && four == four2 && first > last {
		return false, 0, 0, nil, fmt.Errorf("the range %.60s to %.60s is %w: its first address is behind its last", f[0], f[1], errReversed)
	}
	if !ok || !ok2 || four != four2 {
		return false, 0, 0, nil, fmt.Errorf("%.60q to %.60q is no range of addresses", f[0], f[1])
	}
	return four, first, last, f[2:], nil
}

// parseAddr reads an address as text or as one decimal number, and gives its
// key. A number under 2^32 is taken for IPv4.
func parseAddr(s string) (four bool, key uint64, ok bool) {
	if strings.ContainsAny(s, ".:") {
		a, err := netip.ParseAddr(s)
		if err != nil || a.Zone() != "" {
			return false, 0, false
		}
		a = a.Unmap()
		key, _, four = keys(netip.PrefixFrom(a, a.BitLen()))
		return four, key, true
	}
	if s == "" || len(s) > 39 {
		return false, 0, false
	}
	var hi, lo uint64
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false, 0, false
		}
		over, low := bits.Mul64(lo, 10)
		low, carry := bits.Add64(low, uint64(s[i]-'0'), 0)
		over2, high := bits.Mul64(hi, 10)
		high, carry = bits.Add64(high, over, carry)
		if over2 != 0 || carry != 0 {
			return false, 0, false
		}
		hi, lo = high, low
	}
	if hi == 0 && lo < 1<<32 {
		return true, lo, true
	}
	return false, hi, true
}
