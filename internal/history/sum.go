package history

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// sumColumns are what the day's totals of a file tell apart: all that the pages
// ask by, so that country by day reads no row.
var sumColumns = [...]int{colSite, colScope, colCountry, colControllerID, colController, colJurisdiction, colPurpose, colVideo, colEncrypted}

const (
	numSums   = len(sumColumns)
	fewerSums = 16 // totals are kept of a file that has so many times more rows
	sumFields = 8

	maxTotals = 64 << 20 // bytes, unpacked
)

// A summer adds the rows of a row group up while it is encoded.
type summer struct {
	at   map[[numSums]int32]int32
	keys [][numSums]int32
	sums []sums
}

func (s *summer) reset() {
	if s.at == nil || len(s.at) > 1<<16 {
		s.at = map[[numSums]int32]int32{}
	}
	clear(s.at)
	s.keys, s.sums = s.keys[:0], s.sums[:0]
}

// page adds a page of n rows, of which cols has the places and numbers. Those that
// another row counts are left out.
func (s *summer) page(cols *[numColumns]colEncoder, n int) {
	var codes [numSums][]int32
	for i, c := range sumColumns {
		codes[i] = cols[c].codes[:n]
	}
	hours, hour := cols[colHour].nrs, cols[colHour].codes[:n]
	flows, up, down := cols[colFlows].nums[:n], cols[colBytesUp].nums[:n], cols[colBytesDown].nums[:n]
	packetsUp, packetsDown := cols[colPacketsUp].nums[:n], cols[colPacketsDown].nums[:n]
	first, last := cols[colFirst].nums[:n], cols[colLast].nums[:n]
	again := cols[colAgain].flags
	var key [numSums]int32
	var to *sums
	for i := range n {
		if again[i>>3]>>(i&7)&1 != 0 {
			to = nil
			continue
		}
		if to == nil || !sameCodes(&codes, i) {
			for j := range key {
				key[j] = codes[j][i]
			}
			k, ok := s.at[key]
			if !ok {
				k = int32(len(s.keys)) //nolint:gosec // fewer than rows of a group
				s.at[key] = k
				s.keys, s.sums = append(s.keys, key), append(s.sums, noSums)
			}
			to = &s.sums[k]
		}
		to.rows++
		to.flows += flows[i]
		to.up += up[i]
		to.down += down[i]
		to.packetsUp += packetsUp[i]
		to.packetsDown += packetsDown[i]
		h := hours[hour[i]] / 1000
		to.first, to.last = min(to.first, h+first[i]), max(to.last, h+last[i])
	}
}

// sameCodes is whether row i of a page is of the same group as the one before.
func sameCodes(codes *[numSums][]int32, i int) bool {
	for j := range codes {
		if codes[j][i] != codes[j][i-1] {
			return false
		}
	}
	return true
}

// dayTotals are the totals of a file, until it is written.
type dayTotals struct {
	sites  places[int64]
	texts  places[string]
	at     map[[numSums]int32]int32 // by places in sites and texts
	keys   [][numSums]int32
	sums   []sums
	groups [numSums][]int32 // memory: the place here of each in a group's dictionary
}

// places numbers values as they come.
type places[T comparable] struct {
	at   map[T]int32
	list []T
}

func (p *places[T]) of(v T) int32 {
	n, ok := p.at[v]
	if !ok {
		if p.at == nil {
			p.at = map[T]int32{}
		}
		n = int32(len(p.list)) //nolint:gosec // fewer than rows
		p.at[v] = n
		p.list = append(p.list, v)
	}
	return n
}

// add takes what a group has come to.
func (d *dayTotals) add(e *encoder) {
	if d.at == nil {
		d.at = map[[numSums]int32]int32{}
	}
	for j, c := range sumColumns {
		here := d.groups[j][:0]
		for _, v := range e.cols[c].words {
			here = append(here, d.texts.of(v))
		}
		for _, v := range e.cols[c].nrs {
			here = append(here, d.sites.of(v))
		}
		d.groups[j] = here
	}
	for i, key := range e.sum.keys {
		for j, k := range key {
			key[j] = d.groups[j][k]
		}
		n, ok := d.at[key]
		if !ok {
			n = int32(len(d.keys)) //nolint:gosec // fewer than rows
			d.at[key] = n
			d.keys, d.sums = append(d.keys, key), append(d.sums, noSums)
		}
		d.sums[n].join(&e.sum.sums[i])
	}
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// marshal writes the totals of a file of rows rows, nil when it has too few of
// them for that to be of use: a checksum, the length, and packed by zstd: the
// texts, then column by column the totals, as they came.
func (d *dayTotals) marshal(day, rows int64) ([]byte, error) {
	if int64(len(d.keys))*fewerSums > rows {
		return nil, nil
	}
	b := binary.AppendUvarint(nil, uint64(len(d.texts.list)))
	for _, s := range d.texts.list {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	b = binary.AppendUvarint(b, uint64(len(d.keys)))
	for i := range d.keys {
		b = binary.AppendVarint(b, d.sites.list[d.keys[i][0]])
	}
	for j := 1; j < numSums; j++ {
		for i := range d.keys {
			b = binary.AppendUvarint(b, uint64(d.keys[i][j])) //nolint:gosec // not below 0
		}
	}
	for n := range sumFields {
		for i := range d.sums {
			v := *d.sums[i].field(n)
			if n >= sumFields-2 {
				v -= day * daySec
			}
			b = binary.AppendVarint(b, v)
		}
	}
	z, err := packer()
	if err != nil {
		return nil, err
	}
	defer packers.Put(z)
	out := z.EncodeAll(b, make([]byte, 8))
	binary.LittleEndian.PutUint32(out[4:], uint32(len(b))) //nolint:gosec // below maxTotals, or it is not read
	binary.LittleEndian.PutUint32(out, crc32.Checksum(out[4:], castagnoli))
	return out, nil
}

// packers pack totals. With the usual window each would keep 20 MB; as it is
// 6 MB, which the collector takes when a hub has nothing to do.
var packers sync.Pool

func packer() (*zstd.Encoder, error) {
	if z, ok := packers.Get().(*zstd.Encoder); ok {
		return z, nil
	}
	return zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithWindowSize(1<<20), zstd.WithEncoderCRC(false))
}

// unpacker unpacks what this store packed. It may be used from many goroutines.
var unpacker = sync.OnceValues(func() (*zstd.Decoder, error) {
	return zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxPage), zstd.WithDecoderLowmem(true))
})

// unpack gives what b was packed from, in the memory of to: exactly raw bytes.
func unpack(to, b []byte, raw int) ([]byte, error) {
	z, err := unpacker()
	if err != nil {
		return nil, err
	}
	var head zstd.Header
	if err := head.Decode(b); err != nil {
		return nil, err
	}
	if head.HasFCS && head.FrameContentSize != uint64(raw) { //nolint:gosec // not below 0
		return nil, fmt.Errorf("it holds %d bytes, not %d", head.FrameContentSize, raw)
	}
	if cap(to) < raw {
		to = make([]byte, 0, raw+raw/4)
	}
	out, err := z.DecodeAll(b, to[:0])
	if err == nil && len(out) != raw {
		err = fmt.Errorf("it holds %d bytes, not %d", len(out), raw)
	}
	return out, err
}

var errTotals = errors.New("its totals contradict themselves")

// readTotals reads what marshal wrote, as columns of a reader without a group.
func readTotals(b []byte, day, rows int64) (*reader, []sums, error) {
	if len(b) < 8 || !same(crc32.Checksum(b[4:], castagnoli), binary.LittleEndian.Uint32(b)) {
		return nil, nil, errSum
	}
	n := binary.LittleEndian.Uint32(b[4:])
	if n > maxTotals {
		return nil, nil, errTotals
	}
	b, err := unpack(nil, b[8:], int(n))
	if err != nil {
		return nil, nil, err
	}
	w := walk{b}
	count := func(most int64) int {
		v, e := w.varint()
		if e != nil || v > uint64(most) { //nolint:gosec // not below 0
			err = errTotals
			return 0
		}
		return int(v) //nolint:gosec // bounded
	}
	number := func() int64 {
		v, k := binary.Varint(w.b)
		if k <= 0 {
			err = errTotals
			return 0
		}
		w.b = w.b[k:]
		return v
	}
	words := make([]string, count(int64(len(b))))
	all := string(b)
	for i := range words {
		size := count(int64(len(w.b)))
		if size > len(w.b) {
			return nil, nil, errTotals
		}
		at := len(b) - len(w.b)
		words[i] = all[at : at+size]
		w.b = w.b[size:]
	}
	k := count(min(int64(len(w.b)), rows))
	r := &reader{n: k, all: int64(k)}
	site := &pages{codes: make([]int32, k)}
	for i := range k {
		if v := number(); len(site.ints) == 0 || v != site.ints[len(site.ints)-1] {
			site.ints = append(site.ints, v)
		}
		site.codes[i] = int32(len(site.ints) - 1) //nolint:gosec // bounded
	}
	r.col[colSite] = site
	for _, c := range sumColumns[1:] {
		p := &pages{codes: make([]int32, k), texts: words}
		for i := range k {
			p.codes[i] = int32(count(int64(len(words)) - 1)) //nolint:gosec // bounded
		}
		r.col[c] = p
	}
	out := make([]sums, k)
	for n := range sumFields {
		for i := range out {
			v := number()
			if n >= sumFields-2 {
				v += day * daySec
			}
			*out[i].field(n) = v
		}
	}
	total := int64(0)
	for i := range out {
		total += out[i].rows
	}
	if err != nil || total > rows || len(w.b) > 0 {
		return nil, nil, errTotals
	}
	return r, out, nil
}

// field is one of the sums, in the order in which they are written.
func (s *sums) field(n int) *int64 {
	return [sumFields]*int64{&s.rows, &s.flows, &s.up, &s.down, &s.packetsUp, &s.packetsDown, &s.first, &s.last}[n]
}

// noTotals makes Totals read rows; tests set it.
var noTotals bool

// fromTotals is whether the totals of day's files have the answer.
func (p *plan) fromTotals(day int64) bool {
	return p.summed && !noTotals && p.lo <= day*daySec && p.hi >= (day+1)*daySec
}

// isDetail is whether the day's totals do not tell the values of a column apart.
func isDetail(c int) bool { return !slices.Contains(sumColumns[:], c) }

// readTotals reads the day's totals of the file.
func (t *table) readTotals(day int64) (*reader, []sums, error) {
	b, err := readInto(t.f, new([]byte), t.totals.offset, int(t.totals.size))
	if err != nil {
		return nil, nil, pathError(t.path, "read totals: ", err)
	}
	r, list, err := readTotals(b, day, t.rows)
	if err != nil {
		return nil, nil, pathError(t.path, "totals: ", err)
	}
	return r, list, nil
}

// addTotals adds up a file's totals.
func (a *adder) addTotals(r *reader, list []sums, day int64) error {
	if r.n == 0 || !a.begin(r) {
		return nil
	}
	size := a.combine(r)
	if err := a.places(r, day, size); err != nil {
		return err
	}
	from := 0
	for _, x := range a.local.runs {
		for i := from; i < int(x.end); i++ {
			a.sums[x.at].join(&list[i])
		}
		from = int(x.end)
	}
	return nil
}
