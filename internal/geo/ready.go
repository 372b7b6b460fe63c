package geo

import (
	"bytes"
	_ "embed" // of tables.bin
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"strconv"
	"strings"
)

//go:generate go run ./pack -tables ../../kb -o tables.bin

// tables is what [Made] gave of the knowledge base inside the binary. It is
// searched where it lies: most runs never touch most of its pages.
//
//go:embed tables.bin
var tables []byte

// The form of tables.bin, which only the binary it is in reads:
//
//	lenscap-geo-tables 1 CHECKSUM
//	source TEXT                                       (each of Set.sources)
//	fact COUNTRY ASN HOLDER COUNTRYFROM NETWORKFROM   (each of Set.facts but the first; parted by tabs)
//	table SHIFT BASE GRAIN START VALUE BYTES BYTES    (IPv4, then IPv6)
//	(an empty line)
//
// then index and entries of both tables. CHECKSUM is of the files it was made of.
const tablesLine = "lenscap-geo-tables 1 "

// Made gives the tables of a knowledge base in the form that [Load] finds inside
// the binary.
func Made(fsys fs.FS) ([]byte, error) {
	s := &Set{}
	if err := s.load(fsys); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s%s\n", tablesLine, checksum(fsys))
	for _, source := range s.sources {
		fmt.Fprintf(&b, "source %s\n", source)
	}
	for _, f := range s.facts[1:] {
		fmt.Fprintf(&b, "fact %s\t%d\t%s\t%s\t%s\n", f.country, f.asn, f.network, f.countryFrom, f.networkFrom)
	}
	for _, t := range []*table{&s.v4, &s.v6} {
		fmt.Fprintf(&b, "table %d %d %d %d %d %d %d\n", t.shift, t.base, t.grain, t.start, t.value, len(t.index), len(t.entry))
	}
	b.WriteByte('\n')
	for _, part := range [][]byte{s.v4.index, s.v4.entry, s.v6.index, s.v6.entry} {
		b.Write(part)
	}
	return b.Bytes(), nil
}

// checksum is of the files that [Set.load] reads.
func checksum(fsys fs.FS) string {
	sum := crc32.NewIEEE()
	room := make([]byte, 32<<10)
	for _, name := range []string{blocksFile, networksFile, countriesFile} {
		fmt.Fprintf(sum, "%s\n", name)
		f, err := fsys.Open(name)
		if err != nil {
			continue // load says what is missing
		}
		_, err = io.CopyBuffer(sum, f, room)
		_ = f.Close() // read only
		if err != nil {
			return "" // and what cannot be read
		}
	}
	return fmt.Sprintf("%08x", sum.Sum32())
}

// ready is the Set of tables.bin, nil when that was made of other files.
func ready(fsys fs.FS) *Set {
	head, body, _ := bytes.Cut(tables, []byte("\n\n"))
	first, lines, _ := strings.Cut(string(head), "\n")
	if first != tablesLine+checksum(fsys) {
		return nil
	}
	s := &Set{facts: make([]fact, 1, 2048)}
	of := []*table{&s.v4, &s.v6}
	for line := range strings.SplitSeq(lines, "\n") {
		kind, rest, _ := strings.Cut(line, " ")
		switch kind {
		case "source":
			s.sources = append(s.sources, rest)
		case "fact":
			var f fact
			var asn string
			for _, cell := range []*string{&f.country, &asn, &f.network, &f.countryFrom, &f.networkFrom} {
				*cell, rest, _ = strings.Cut(rest, "\t")
			}
			n, _ := strconv.ParseUint(asn, 10, 32) // written by Made
			f.asn = uint32(n)
			s.facts = append(s.facts, f)
		case "table":
			body = of[0].take(rest, body)
			of = of[1:]
		}
	}
	s.place()
	return s
}

// take reads what line says of a table, and cuts the table off body.
func (t *table) take(line string, body []byte) (rest []byte) {
	var index, entry int
	if _, err := fmt.Sscan(line, &t.shift, &t.base, &t.grain, &t.start, &t.value, &index, &entry); err != nil {
		panic(err) // the test has read it
	}
	t.index, t.entry = body[:index:index], body[index:][:entry:entry]
	return body[index+entry:]
}
