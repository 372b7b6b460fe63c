package geo

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"strconv"
)

// loadBlocks reads the blocks of the networks that matter, and their holders'
// names from the table beside it.
func loadBlocks(fsys fs.FS, name string) (*layer, error) {
	rows, err := table(fsys, "networks/networks.csv", "id", "asn", "holder")
	if err != nil {
		return nil, err
	}
	holders := make(map[string]value, len(rows))
	for _, r := range rows {
		n, err := strconv.ParseUint(r[1], 10, 32)
		if err != nil || n == 0 {
			return nil, fmt.Errorf("networks/networks.csv: %s: asn %q: write the number alone", r[0], r[1])
		}
		holders[r[1]] = value{asn: uint32(n), network: clean(r[2])}
	}
	rows, err = table(fsys, name, "prefix", "asn")
	if err != nil {
		return nil, err
	}
	b := newBuilder()
	for i, r := range rows {
		p, err := netip.ParsePrefix(r[0])
		if err != nil {
			return nil, fmt.Errorf("line %d: %q: write a prefix such as 192.0.2.0/24", i+2, r[0])
		}
		v, ok := holders[r[1]]
		if !ok {
			return nil, fmt.Errorf("line %d: network %q is not in networks/networks.csv", i+2, r[1])
		}
		first, last, four := keys(p)
		if err := b.add(four, first, last, b.id(v)); err != nil {
			return nil, err
		}
	}
	return b.layer(blocksName, "large blocks of selected networks only; Route Views by way of ip-location-db, CC BY 4.0, checked against no registry"), nil
}

// blocksName is how the table of blocks is named beside an answer.
const blocksName = "Lenscap networks of 2026-06-17"

// table reads a CSV file whose header starts with the columns named, and gives
// those columns of every row.
func table(fsys fs.FS, name string, columns ...string) ([][]string, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // read only
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(rows) == 0 || len(rows[0]) < len(columns) {
		return nil, fmt.Errorf("%s: has no header", name)
	}
	for i, c := range columns {
		if rows[0][i] != c {
			return nil, errors.New(name + ": column " + strconv.Itoa(i+1) + " is not " + c)
		}
	}
	for i := range rows {
		rows[i] = rows[i][:len(columns)]
	}
	return rows[1:], nil
}
