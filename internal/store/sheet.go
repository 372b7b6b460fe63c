package store

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/lenscap/lenscap/internal/finding"
	"github.com/lenscap/lenscap/internal/hub"
)

// A sheet holds what the devices of a site can be asked, counted and sorted by,
// column by column: table sheet has a row for each. To ask something of the
// estate is to read the columns that it names, a few kilobytes a site, instead of
// every device. A sheet follows from the site's devices, is written with them in
// one transaction, and is read in the snapshot of whoever asks, so that it needs
// no bookkeeping in memory and nothing is read at the start.

// A sheetColumn is one of text, number or list.
type sheetColumn struct {
	name   string
	text   func(*hub.Device) string
	number func(*hub.Device) int64
	list   func(to []string, d *hub.Derived) []string // texts; they may repeat
}

// sheetColumns are numbered by their place, which is part of the key in the
// file: new ones go to the end.
var sheetColumns = []sheetColumn{
	{name: "name", text: func(d *hub.Device) string { return d.Name }},
	{name: "kind", text: func(d *hub.Device) string { return d.Kind }},
	{name: "brand", text: func(d *hub.Device) string { return d.Brand }},
	{name: "maker", text: func(d *hub.Device) string { return d.Maker }},
	{name: "makers", list: func(to []string, d *hub.Derived) []string { return append(to, d.Device.MakerID, d.Device.Maker) }},
	{name: "grade", text: func(d *hub.Device) string { return d.MakerGrade }},
	{name: "platform", text: func(d *hub.Device) string { return d.Platform }},
	{name: "chip", text: func(d *hub.Device) string { return d.Chip }},
	{name: "chip.maker", text: func(d *hub.Device) string { return d.ChipMaker }},
	{name: "model", text: func(d *hub.Device) string { return d.Model }},
	{name: "firmware", text: func(d *hub.Device) string { return d.Firmware }},
	{name: "place", text: func(d *hub.Device) string { return string(place(d.Address)) }},
	{name: "mac", text: func(d *hub.Device) string { return d.MAC }},
	{name: "serial", text: func(d *hub.Device) string { return d.Serial }},
	{name: "hostname", text: func(d *hub.Device) string { return d.Hostname }},
	{name: "zone", text: func(d *hub.Device) string { return d.Zone }},
	{name: "behind", text: func(d *hub.Device) string { return d.Behind }},
	{name: "presence", text: func(d *hub.Device) string { return d.Presence }},
	{name: "verdict", text: func(d *hub.Device) string { return d.Verdict }},
	{name: "video", text: func(d *hub.Device) string { return d.Video }},
	{name: "vlan", number: func(d *hub.Device) int64 { return int64(d.VLAN) }},
	{name: "severity", number: func(d *hub.Device) int64 { return int64(d.Severity) }},
	{name: "outside", number: func(d *hub.Device) int64 { return oneIf(d.Outside) }},
	{name: "up", number: func(d *hub.Device) int64 { return d.BytesUp }},
	{name: "down", number: func(d *hub.Device) int64 { return d.BytesDown }},
	{name: "first", number: func(d *hub.Device) int64 { return nano(d.First) }},
	{name: "last", number: func(d *hub.Device) int64 { return nano(d.Last) }},
	{name: "changed", number: func(d *hub.Device) int64 { return nano(d.Changed) }},
	{name: "country", list: reached(func(r *hub.Reach) string { return r.Country })},
	{name: "controller", list: reached(func(r *hub.Reach) string { return r.Controller })},
	{name: "controllers", list: func(to []string, d *hub.Derived) []string {
		for i := range d.Reach {
			to = append(to, d.Reach[i].ControllerID, d.Reach[i].Controller)
		}
		return to
	}},
	{name: "jurisdiction", list: reached(func(r *hub.Reach) string { return r.Jurisdiction })},
	{name: "network", list: reached(func(r *hub.Reach) string { return r.Network })},
	{name: "purpose", list: reached(func(r *hub.Reach) string { return r.Purpose })},
	{name: "far name", list: reached(func(r *hub.Reach) string { return r.Name })},
	{name: "far address", list: reached(func(r *hub.Reach) string { return r.Address })},
	{name: "far port", list: reached(func(r *hub.Reach) string { return strconv.Itoa(int(r.Port)) })},
	{name: "encrypted", list: reached(func(r *hub.Reach) string { return r.Encrypted })},
	{name: "far video", list: reached(func(r *hub.Reach) string { return r.Video })},
	{name: "rule", list: ruled(2, math.MaxInt)},
	{name: "rule.unclear", list: ruled(1, 1)},
	{name: "protocol", list: func(to []string, d *hub.Derived) []string {
		if d.Doc != nil {
			for _, p := range d.Doc.Protocols {
				if p != "" {
					to = append(to, p)
				}
			}
		}
		return to
	}},
	{name: "change", list: func(to []string, d *hub.Derived) []string {
		for i := range d.Changes {
			to = append(to, d.Changes[i].What)
		}
		return to
	}},
}

func oneIf(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func reached(value func(*hub.Reach) string) func([]string, *hub.Derived) []string {
	return func(to []string, d *hub.Derived) []string {
		for i := range d.Reach {
			to = append(to, value(&d.Reach[i]))
		}
		return to
	}
}

func ruled(least, most int) func([]string, *hub.Derived) []string {
	return func(to []string, d *hub.Derived) []string {
		for i := range d.Findings {
			if s := finding.Severity(d.Findings[i].Verdict); s >= least && s <= most {
				to = append(to, d.Findings[i].Regime)
			}
		}
		return to
	}
}

const (
	sheetShift = 8   // a row of table sheet is site << 8 | column
	sheetRows  = 255 // the column that has the devices' row ids
)

var columnNumber = func() map[string]int {
	out := map[string]int{}
	for i, c := range sheetColumns {
		out[c.name] = i
	}
	return out
}()

// A sheetMaker makes the sheet of a site, device by device. The zero value is
// ready.
type sheetMaker struct {
	ids     []int64
	columns []columnMaker
	values  []string
	key     []byte
}

// A columnMaker numbers the values of a column in the order in which they come.
type columnMaker struct {
	numbers []int64
	codes   []uint32
	known   map[string]uint32 // by what encodes it
	values  [][]byte
}

func (s *sheetMaker) add(id int64, d *hub.Derived) {
	if s.columns == nil {
		s.columns = make([]columnMaker, len(sheetColumns))
		for i := range s.columns {
			s.columns[i].known = map[string]uint32{}
		}
	}
	s.ids = append(s.ids, id)
	for i := range sheetColumns {
		c, to := &sheetColumns[i], &s.columns[i]
		switch {
		case c.number != nil:
			to.numbers = append(to.numbers, c.number(&d.Device))
			continue
		case c.text != nil:
			s.key = append(s.key[:0], c.text(&d.Device)...)
		default:
			s.values = c.list(s.values[:0], d)
			slices.Sort(s.values)
			s.key = s.key[:0]
			for _, v := range slices.Compact(s.values) {
				s.key = binary.AppendUvarint(s.key, uint64(len(v)))
				s.key = append(s.key, v...)
			}
		}
		code, ok := to.known[string(s.key)]
		if !ok {
			code = uint32(len(to.values)) //nolint:gosec // fewer than devices
			v := slices.Clone(s.key)
			to.known[string(v)] = code
			to.values = append(to.values, v)
		}
		to.codes = append(to.codes, code)
	}
}

// keep writes the sheet, of which only columns that changed.
func (s *sheetMaker) keep(t *Tx, site int64) error {
	put := func(column int, data []byte) error {
		if _, err := t.exec("INSERT INTO sheet (id, data) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data WHERE data <> excluded.data", site<<sheetShift|int64(column), data); err != nil {
			return fmt.Errorf("keep the sheet of site %d: %w", site, err)
		}
		return nil
	}
	for i := range s.columns {
		c := &s.columns[i]
		data := appendNumbers(nil, c.numbers)
		if sheetColumns[i].number == nil {
			data = appendCodes(nil, c.values, c.codes)
		}
		if err := put(i, data); err != nil {
			return err
		}
	}
	if len(s.ids) == 0 {
		_, err := t.exec("DELETE FROM sheet WHERE id BETWEEN ? AND ?", site<<sheetShift, site<<sheetShift|sheetRows)
		return err
	}
	return put(sheetRows, appendNumbers(nil, s.ids))
}

// appendNumbers writes numbers as what they are above the least of them, in as
// few bytes each as the greatest needs: how many there are, the least, the width.
func appendNumbers(b []byte, list []int64) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	if len(list) == 0 {
		return b
	}
	least := slices.Min(list)
	b = binary.AppendVarint(b, least)
	width := widthOf(uint64(slices.Max(list)) - uint64(least)) //nolint:gosec // wraps to the difference
	b = append(b, width)
	for _, n := range list {
		b = appendWide(b, width, uint64(n)-uint64(least)) //nolint:gosec // likewise
	}
	return b
}

// appendCodes writes the values that there are, each with its length before it,
// and then the number of the value of each device.
func appendCodes(b []byte, values [][]byte, codes []uint32) []byte {
	b = binary.AppendUvarint(b, uint64(len(values)))
	for _, v := range values {
		b = binary.AppendUvarint(b, uint64(len(v)))
		b = append(b, v...)
	}
	width := widthOf(uint64(max(1, len(values)) - 1))
	b = binary.AppendUvarint(b, uint64(len(codes)))
	b = append(b, width)
	for _, c := range codes {
		b = appendWide(b, width, uint64(c))
	}
	return b
}

func widthOf(most uint64) byte {
	switch {
	case most == 0:
		return 0
	case most < 1<<8:
		return 1
	case most < 1<<16:
		return 2
	case most < 1<<32:
		return 4
	}
	return 8
}

func appendWide(b []byte, width byte, n uint64) []byte {
	switch width {
	case 0:
		return b
	case 1:
		return append(b, byte(n))
	case 2:
		return binary.LittleEndian.AppendUint16(b, uint16(n)) //nolint:gosec // as wide as it needs
	case 4:
		return binary.LittleEndian.AppendUint32(b, uint32(n)) //nolint:gosec // likewise
	}
	return binary.LittleEndian.AppendUint64(b, n)
}
