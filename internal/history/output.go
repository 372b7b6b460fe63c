package history

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// An output is what was written of a file, and what its footer will say.
type output struct {
	w      diskFile
	at     int64
	sum    uint32 // of all that was written
	rows   int64
	groups []format.RowGroup
	bounds []byte // column indexes, whose places in groups count from their beginning;
	places []byte // offset indexes likewise, which stand after them as readers expect
	totals dayTotals
}

func (o *output) write(b []byte) error {
	if o.at == 0 {
		o.at = int64(len(magic))
		o.sum = crc32.Update(0, castagnoli, []byte(magic))
		if _, err := o.w.Write([]byte(magic)); err != nil {
			return err
		}
	}
	o.at += int64(len(b))
	o.sum = crc32.Update(o.sum, castagnoli, b)
	_, err := o.w.Write(b)
	return err
}

// group writes a row group.
func (o *output) group(e *encoder) error {
	if err := o.write(nil); err != nil {
		return err
	}
	rg := format.RowGroup{
		NumRows: int64(e.rows), FileOffset: o.at, Columns: make([]format.ColumnChunk, numColumns),
		SortingColumns: []format.SortingColumn{{ColumnIdx: colSite}, {ColumnIdx: colDevice}}, Ordinal: int16(len(o.groups)), //nolint:gosec // beyond it nobody looks
	}
	at := o.at
	var all []byte
	for i := range rg.Columns {
		dict := e.dictionary(i)
		o.chunk(&rg.Columns[i], e, i, at, len(dict))
		all = append(append(all, dict...), e.cols[i].body...)
		at = o.at + int64(len(all))
		rg.TotalByteSize += rg.Columns[i].MetaData.TotalUncompressedSize
	}
	rg.TotalCompressedSize = int64(len(all))
	o.groups = append(o.groups, rg)
	o.rows += rg.NumRows
	o.totals.add(e)
	return o.write(all)
}

// chunk says of a column that begins at a place what a footer and an index say.
func (o *output) chunk(x *format.ColumnChunk, e *encoder, i int, at int64, dict int) {
	c, col := &e.cols[i], &columns[i]
	md := &x.MetaData
	md.Type, md.PathInSchema, md.NumValues = physical(col), []string{col.name}, int64(e.rows)
	md.TotalUncompressedSize, md.TotalCompressedSize = int64(c.raw), int64(dict+len(c.body))
	md.DataPageOffset = at + int64(dict)
	if c.packed {
		md.Codec = format.Zstd
	}
	switch {
	case col.dict:
		md.DictionaryPageOffset, md.Encoding = at, []format.Encoding{format.Plain, format.RLEDictionary}
	case col.front:
		md.Encoding = []format.Encoding{format.DeltaByteArray}
	case col.flag != nil:
		md.Encoding = []format.Encoding{format.Plain}
	default:
		md.Encoding = []format.Encoding{format.DeltaBinaryPacked}
		if dict > 0 {
			md.DictionaryPageOffset, md.Encoding = at, []format.Encoding{format.Plain, format.RLEDictionary, format.DeltaBinaryPacked}
		}
	}
	places := format.OffsetIndex{PageLocations: make([]format.PageLocation, len(c.sizes))}
	first, offset := 0, md.DataPageOffset
	for p, size := range c.sizes {
		places.PageLocations[p] = format.PageLocation{Offset: offset, CompressedPageSize: int32(size), FirstRowIndex: int64(first)} //nolint:gosec // maxPage at most
		first, offset = e.ends[p], offset+int64(size)
	}
	x.OffsetIndexOffset, x.OffsetIndexLength = addIndex(&o.places, &places)
	if i == colAgain && !e.again { // readers need not look
		md.Statistics = format.Statistics{MinValue: []byte{0}, MaxValue: []byte{0}}
	}
	if !col.bounds {
		return
	}
	index := format.ColumnIndex{NullPages: make([]bool, len(c.sizes)), NullCounts: make([]int64, len(c.sizes))}
	low, high := c.low[0], c.high[0]
	for p := range c.sizes {
		index.MinValues, index.MaxValues = append(index.MinValues, c.low[p].bytes(col)), append(index.MaxValues, c.high[p].bytes(col))
		low = bound{min(low.n, c.low[p].n), min(low.text, c.low[p].text)}
		high = bound{max(high.n, c.high[p].n), max(high.text, c.high[p].text)}
	}
	md.Statistics = format.Statistics{MinValue: low.bytes(col), MaxValue: high.bytes(col)}
	x.ColumnIndexOffset, x.ColumnIndexLength = addIndex(&o.bounds, &index)
}

func addIndex(to *[]byte, v any) (offset int64, length int32) {
	b, err := thrift.Marshal(&compact, v)
	if err != nil {
		panic(err) // it writes into memory
	}
	at := len(*to)
	*to = append(*to, b...)
	return int64(at), int32(len(b)) //nolint:gosec // a few bytes a page
}

// bytes are a bound as the format has it.
func (b bound) bytes(col *column) []byte {
	if col.text != nil || col.addr != nil {
		return []byte(b.text)
	}
	return binary.LittleEndian.AppendUint64(nil, uint64(b.n)) //nolint:gosec // its bits
}

func physical(col *column) format.Type {
	switch {
	case col.text != nil || col.addr != nil:
		return format.ByteArray
	case col.flag != nil:
		return format.Boolean
	case col.narrow:
		return format.Int32
	}
	return format.Int64
}

// finish writes what follows the row groups: the day's totals, the page indexes,
// the seal and the footer.
func (o *output) finish(day int64, replaces []int) error {
	elements, err := schemaElements()
	if err != nil {
		return err
	}
	md := format.FileMetaData{Version: 2, Schema: elements, NumRows: o.rows, RowGroups: o.groups, CreatedBy: "lenscap version " + version}
	add := func(key, value string) {
		md.KeyValueMetadata = append(md.KeyValueMetadata, format.KeyValue{Key: key, Value: value})
	}
	add(metaVersion, version)
	add(metaDay, dayName(day))
	add(metaAbout, about)
	if len(replaces) > 0 {
		add(metaReplaces, numbers(replaces))
	}
	b, err := o.totals.marshal(day, o.rows)
	if err != nil {
		return err
	}
	if b != nil {
		add(metaTotals, fmt.Sprint(o.at, len(b)))
		if err := o.write(b); err != nil {
			return err
		}
	}
	index := slices.Concat(o.bounds, o.places)
	s := seal{index: o.at, body: o.sum, indexSum: crc32.Checksum(index, castagnoli)}
	for i := range o.groups {
		for c := range o.groups[i].Columns {
			x := &o.groups[i].Columns[c]
			x.OffsetIndexOffset += o.at + int64(len(o.bounds))
			if x.ColumnIndexLength > 0 {
				x.ColumnIndexOffset += o.at
			}
		}
	}
	for range elements[1:] {
		md.ColumnOrders = append(md.ColumnOrders, format.ColumnOrder{Value: &format.TypeDefinedOrder{}})
	}
	footer, err := thrift.Marshal(&compact, &md)
	if err != nil {
		return err
	}
	b = s.append(index, footer)
	b = append(b, footer...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(footer))) //nolint:gosec // a file of 4 GB of footer is none
	return o.write(append(b, magic...))
}
