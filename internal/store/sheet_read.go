package store

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

var errSheet = errors.New("a sheet cannot be read; `lenscap hub rebuild` makes it again")

// A sheet is what was read of the sheet of one site. It is used until the next is
// read.
type sheet struct {
	site *askedSite
	ids  []int64
	raw  [sheetRows + 1][]byte // of the columns that were asked for

	numbers map[int][]int64
	codes   map[int]*codedColumn
}

// A codedColumn is a column of text or lists.
type codedColumn struct {
	values []string   // of a column of text
	lists  [][]string // of a column of lists
	codes  []uint32   // of each device, the place of its value
}

// readNumbers is the reverse of appendNumbers, for so many numbers at most. It
// appends to out.
func readNumbers(out []int64, b []byte, most int) ([]int64, error) {
	n, b, err := readCount(b)
	if err != nil || n == 0 {
		return out, err
	}
	least, k := binary.Varint(b)
	if k <= 0 || len(b) == k {
		return out, errSheet
	}
	width := int(b[k])
	b = b[k+1:]
	if err := fits(b, n, width, most); err != nil {
		return out, err
	}
	for i := range n {
		out = append(out, least+int64(wide(b, i, width))) //nolint:gosec // wraps back to the number
	}
	return out, nil
}

// readCount reads a number of things, each of which is a byte at least somewhere
// in a file of 1 GB.
func readCount(b []byte) (n int, rest []byte, err error) {
	v, k := binary.Uvarint(b)
	if k <= 0 || v > 1<<30 {
		return 0, nil, errSheet
	}
	return int(v), b[k:], nil
}

// fits holds a number of things against the bytes that are left and against the most
// that there may be: equal ones need no bytes.
func fits(b []byte, n, width, most int) error {
	if !slices.Contains([]int{0, 1, 2, 4, 8}, width) || len(b) != n*width || n > most {
		return errSheet
	}
	return nil
}

func wide(b []byte, i, width int) uint64 {
	switch width {
	case 1:
		return uint64(b[i])
	case 2:
		return uint64(binary.LittleEndian.Uint16(b[2*i:]))
	case 4:
		return uint64(binary.LittleEndian.Uint32(b[4*i:]))
	case 8:
		return binary.LittleEndian.Uint64(b[8*i:])
	}
	return 0
}

// readCodes is the reverse of appendCodes, for so many codes at most.
func readCodes(b []byte, lists bool, most int) (*codedColumn, error) {
	n, b, err := readCount(b)
	if err != nil || n > len(b) {
		return nil, errSheet
	}
	c := &codedColumn{}
	for range n {
		size, rest, err := readCount(b)
		if err != nil || size > len(rest) {
			return nil, errSheet
		}
		value := rest[:size]
		b = rest[size:]
		if !lists {
			c.values = append(c.values, string(value))
			continue
		}
		list := []string{}
		for len(value) > 0 {
			size, rest, err := readCount(value)
			if err != nil || size > len(rest) {
				return nil, errSheet
			}
			list = append(list, string(rest[:size]))
			value = rest[size:]
		}
		c.lists = append(c.lists, list)
	}
	devices, b, err := readCount(b)
	if err != nil || len(b) == 0 {
		return nil, errSheet
	}
	width := int(b[0])
	b = b[1:]
	if err := fits(b, devices, width, most); err != nil {
		return nil, err
	}
	c.codes = make([]uint32, devices)
	for i := range c.codes {
		v := wide(b, i, width)
		if v >= uint64(n) {
			return nil, errSheet
		}
		c.codes[i] = uint32(v) //nolint:gosec // below n
	}
	return c, nil
}

// column gives a column of numbers.
func (s *sheet) column(n int) ([]int64, error) {
	if list, ok := s.numbers[n]; ok {
		return list, nil
	}
	list, err := readNumbers(nil, s.raw[n], len(s.ids))
	if err == nil && len(list) != len(s.ids) {
		err = errSheet
	}
	s.numbers[n] = list
	return list, err
}

// coded gives a column of text or lists.
func (s *sheet) coded(n int) (*codedColumn, error) {
	if c, ok := s.codes[n]; ok {
		return c, nil
	}
	c, err := readCodes(s.raw[n], sheetColumns[n].list != nil, len(s.ids))
	if err == nil && len(c.codes) != len(s.ids) {
		err = errSheet
	}
	s.codes[n] = c
	return c, err
}

// An askedSite is a site whose devices are asked for.
type askedSite struct {
	id               int64
	name             string
	sensitive        sql.NullInt64
	organisation     int64
	organisationName string
}

// sensitivity is as the facet of that name has it.
func (s *askedSite) sensitivity() string {
	if !s.sensitive.Valid {
		return ""
	}
	return [...]string{"false", "true"}[s.sensitive.Int64&1]
}

// askedSites are the sites of a query.
func askedSites(ctx context.Context, tx querier, q *DeviceQuery) ([]askedSite, error) {
	where, args := q.visible("s.id")
	return collect(ctx, tx, func(r scanner) (s askedSite, err error) {
		err = r.Scan(&s.id, &s.name, &s.sensitive, &s.organisation, &s.organisationName)
		return s, err
	}, "SELECT s.id, s.name, s.sensitive, o.id, o.name FROM site s JOIN organisation o ON o.id = s.organisation WHERE "+where+" ORDER BY s.id", args...)
}

// sitesAtOnce is how many sites' sheets one statement reads.
const sitesAtOnce = 512

// readSheets calls fn with the sheet of each site that has devices, of which the
// columns were read.
func readSheets(ctx context.Context, tx querier, sites []askedSite, columns []int, fn func(*sheet) error) error {
	s := &sheet{}
	var keys []int64
	for len(sites) > 0 {
		n := min(sitesAtOnce, len(sites))
		some := sites[:n]
		sites = sites[n:]
		keys = keys[:0]
		for i := range some {
			for _, c := range columns {
				keys = append(keys, some[i].id<<sheetShift|int64(c))
			}
			keys = append(keys, some[i].id<<sheetShift|sheetRows) // last: then the sheet is whole
		}
		if err := s.read(ctx, tx, some, keys, fn); err != nil {
			return err
		}
	}
	return nil
}

func (s *sheet) read(ctx context.Context, tx querier, sites []askedSite, keys []int64, fn func(*sheet) error) error {
	rows, err := tx.QueryContext(ctx, "SELECT s.id, s.data FROM json_each(?) j CROSS JOIN sheet s ON s.id = j.value", jsonInts(keys))
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	at := 0
	var data sql.RawBytes
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id, &data); err != nil {
			return err
		}
		for at < len(sites) && sites[at].id != id>>sheetShift {
			at++
		}
		if at == len(sites) {
			return errSheet
		}
		c := id & sheetRows
		s.raw[c] = append(s.raw[c][:0], data...)
		if c != sheetRows {
			continue
		}
		s.site, s.numbers, s.codes = &sites[at], map[int][]int64{}, map[int]*codedColumn{}
		if s.ids, err = readNumbers(s.ids[:0], s.raw[c], len(s.raw[c])); err == nil {
			err = fn(s)
		}
		if err != nil {
			return fmt.Errorf("site %d: %w", s.site.id, err)
		}
		for i := range s.raw {
			s.raw[i] = s.raw[i][:0]
		}
	}
	return rows.Err()
}
