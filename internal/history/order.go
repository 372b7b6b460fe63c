package history

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
	"sync"
)

// compare is the order of rows in a file: device by device, and of a device far
// end by far end, hour after hour. All that depends on the far end then repeats
// from row to row, which is a fifth of the bytes of the order by hour.
func compare(a, b *Row) int {
	switch {
	case a.Site != b.Site:
		return cmp.Compare(a.Site, b.Site)
	case a.Device != b.Device:
		return strings.Compare(a.Device, b.Device)
	}
	if c := a.Address.Compare(b.Address); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.Port, b.Port), cmp.Compare(a.Hour, b.Hour), cmp.Compare(a.Ingest, b.Ingest))
}

// byDay parts rows by day. The result points into rows.
func byDay(rows []Row) map[int64][]*Row {
	count := map[int64]int{}
	for i := range rows {
		count[dayOf(rows[i].Hour)]++
	}
	days := make(map[int64][]*Row, len(count))
	for day, n := range count {
		days[day] = make([]*Row, 0, n)
	}
	last, list := int64(-1), []*Row(nil)
	for i := range rows {
		if d := dayOf(rows[i].Hour); d != last {
			if last >= 0 {
				days[last] = list
			}
			last, list = d, days[d]
		}
		list = append(list, &rows[i])
	}
	if last >= 0 {
		days[last] = list
	}
	return days
}

// order sorts rows as [compare] does, and gives where each device's begin. Rows
// come device after device or hour after hour, never at random: parting them by
// device first leaves little to sort.
func order(rows []*Row, workers int) (out []*Row, starts []int) {
	if slices.IsSortedFunc(rows, compare) {
		for i, r := range rows {
			if i == 0 || r.Device != rows[i-1].Device || r.Site != rows[i-1].Site {
				starts = append(starts, i)
			}
		}
		return rows, starts
	}
	type owner struct {
		site   int64
		device string
	}
	of := make([]int32, len(rows))
	number := map[owner]int32{}
	var owners []owner
	last, n := owner{}, int32(-1)
	for i, r := range rows {
		if o := (owner{r.Site, r.Device}); n < 0 || o != last {
			k, ok := number[o]
			if !ok {
				k = int32(len(owners)) //nolint:gosec // a slice of rows holds fewer
				number[o] = k
				owners = append(owners, o)
			}
			last, n = o, k
		}
		of[i] = n
	}

	rank := make([]int32, len(owners))
	for i := range rank {
		rank[i] = int32(i) //nolint:gosec // as above
	}
	slices.SortFunc(rank, func(a, b int32) int {
		return cmp.Or(cmp.Compare(owners[a].site, owners[b].site), strings.Compare(owners[a].device, owners[b].device))
	})
	sizes := make([]int, len(owners))
	for _, n := range of {
		sizes[n]++
	}
	ends, total := make([]int, len(owners)), 0
	for _, n := range rank {
		ends[n] = total
		starts = append(starts, total)
		total += sizes[n]
	}
	out = make([]*Row, len(rows))
	for i, r := range rows {
		out[ends[of[i]]] = r
		ends[of[i]]++
	}

	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			var d deviceOrder
			for i := w; i < len(starts); i += workers {
				end := len(out)
				if i+1 < len(starts) {
					end = starts[i+1]
				}
				d.sort(out[starts[i]:end])
			}
		})
	}
	wg.Wait()
	return out, starts
}

// A deviceOrder sorts the rows of one device after the other. Its keys hold no
// pointers: moving those costs more than comparing.
type deviceOrder struct {
	keys []key
	rows []*Row
}

type key struct {
	high, low    uint64 // of the far end's address
	hour, ingest int64
	row          int32
	port         uint16
	bits         uint8 // of the address: 0, 32 or 128
}

func (d *deviceOrder) sort(rows []*Row) {
	d.keys, d.rows = d.keys[:0], append(d.rows[:0], rows...)
	sorted := true
	for i, r := range rows {
		if r.Address.Zone() != "" {
			slices.SortFunc(rows, compare)
			return
		}
		k := key{hour: r.Hour, ingest: r.Ingest, row: int32(i), port: r.Port, bits: uint8(r.Address.BitLen())} //nolint:gosec // few rows, and 128 at most
		if r.Address.IsValid() {
			b := r.Address.As16()
			k.high, k.low = binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
		}
		sorted = sorted && (i == 0 || d.keys[i-1].compare(&k) <= 0)
		d.keys = append(d.keys, k)
	}
	if sorted {
		return
	}
	slices.SortFunc(d.keys, func(a, b key) int { return a.compare(&b) })
	for i := range d.keys {
		rows[i] = d.rows[d.keys[i].row]
	}
}

// compare is [compare] of two rows of a device, whose addresses have no zone.
func (a *key) compare(b *key) int {
	switch {
	case a.bits != b.bits:
		return cmp.Compare(a.bits, b.bits)
	case a.high != b.high:
		return cmp.Compare(a.high, b.high)
	case a.low != b.low:
		return cmp.Compare(a.low, b.low)
	case a.port != b.port:
		return cmp.Compare(a.port, b.port)
	case a.hour != b.hour:
		return cmp.Compare(a.hour, b.hour)
	}
	return cmp.Compare(a.ingest, b.ingest)
}
