package history

import (
	"cmp"
	"net/netip"
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

// order sorts rows as [compare] does. Rows come device after device or hour
// after hour, never at random: parting them by device first leaves little to sort.
func order(rows []*Row, workers int) []*Row {
	if slices.IsSortedFunc(rows, compare) {
		return rows
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
	parts := make([][2]int, len(rank))
	for i, n := range rank {
		ends[n] = total
		parts[i] = [2]int{total, total + sizes[n]}
		total += sizes[n]
	}
	out := make([]*Row, len(rows))
	for i, r := range rows {
		out[ends[of[i]]] = r
		ends[of[i]]++
	}

	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			var keys []key
			for i := w; i < len(parts); i += workers {
				keys = orderDevice(out[parts[i][0]:parts[i][1]], keys)
			}
		})
	}
	wg.Wait()
	return out
}

type key struct {
	addr netip.Addr
	hour int64
	row  *Row
	port uint16
}

// orderDevice sorts the rows of one device. keys is memory that it may use.
func orderDevice(rows []*Row, keys []key) []key {
	keys = keys[:0]
	for _, r := range rows {
		keys = append(keys, key{r.Address, r.Hour, r, r.Port})
	}
	slices.SortFunc(keys, func(a, b key) int {
		if c := a.addr.Compare(b.addr); c != 0 {
			return c
		}
		return cmp.Or(cmp.Compare(a.port, b.port), cmp.Compare(a.hour, b.hour), cmp.Compare(a.row.Ingest, b.row.Ingest))
	})
	for i := range keys {
		rows[i] = keys[i].row
	}
	return keys
}
