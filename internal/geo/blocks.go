package geo

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"strconv"

	"github.com/lenscap/lenscap/internal/plaincsv"
)

// loadBlocks reads the blocks of the networks that matter, and their holders'
// names from the table beside it.
func loadBlocks(fsys fs.FS, name string) (*layer, error) {
	holders := map[string]uint32{} // number in b of each network
	b := newBuilder()
	err := rows(fsys, networksFile, []string{"id", "asn", "holder"}, func(_ int, r []string) error {
		n, err := strconv.ParseUint(r[1], 10, 32)
		if err != nil || n == 0 {
			return fmt.Errorf("%s: %s: asn %q: write the number alone", networksFile, r[0], r[1])
		}
		holders[r[1]] = b.id(value{asn: uint32(n), network: clean(r[2])})
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = rows(fsys, name, []string{"prefix", "asn"}, func(line int, r []string) error {
		p, err := netip.ParsePrefix(r[0])
		if err != nil {
			return fmt.Errorf("line %d: %q: write a prefix such as 192.0.2.0/24", line, r[0])
		}
		id, ok := holders[r[1]]
		if !ok {
			return fmt.Errorf("line %d: network %q is not in %s", line, r[1], networksFile)
		}
		first, last, four := keys(p)
		return b.add(four, first, last, id)
	})
	if err != nil {
		return nil, err
	}
	return b.layer(blocksName, "large blocks of selected networks only; Route Views by way of ip-location-db, CC BY 4.0, checked against no registry"), nil
}

// blocksName is how the table of blocks is named beside an answer.
const blocksName = "Lenscap networks of 2026-06-17"

// rows reads a CSV file whose header starts with the columns named, and gives
// those columns of every row to each, with the line; they are valid until it
// returns.
func rows(fsys fs.FS, name string, columns []string, each func(line int, cells []string) error) error {
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	r := plaincsv.NewReader(string(b))
	width := 0
	for {
		cells, line, err := r.Read()
		if errors.Is(err, io.EOF) && width > 0 {
			return nil
		}
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%s: has no header", name)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if width == 0 {
			if err := header(name, cells, columns); err != nil {
				return err
			}
			width = len(cells)
			continue
		}
		if len(cells) != width {
			return fmt.Errorf("%s: record on line %d: %w", name, line, csv.ErrFieldCount)
		}
		if err := each(line, cells[:len(columns)]); err != nil {
			return err
		}
	}
}

func header(name string, cells, columns []string) error {
	if len(cells) < len(columns) {
		return fmt.Errorf("%s: has no header", name)
	}
	for i, c := range columns {
		if cells[i] != c {
			return errors.New(name + ": column " + strconv.Itoa(i+1) + " is not " + c)
		}
	}
	return nil
}
