// Package asset reads what an organisation says it has: lists from a video
// management system, a spreadsheet, NetBox, runZero or nmap.
//
// What is declared stays what somebody wrote: it is checked and brought into one
// form, never completed from what was seen. A cell that cannot be right is a
// [Fault] with its row and column, and loses nothing else. Columns that hold
// passwords or user names are never kept. It opens no connection: [NetBox]
// speaks through a client that its caller gives it.
package asset

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// Bounds on a list.
const (
	maxFile   = 32_000_000 // bytes
	maxRows   = 100_000
	maxKept   = 96 << 20   // bytes that all rows take, roughly
	maxEntry  = 1 << 20    // bytes of one, in JSON and XML
	maxCells  = 20_000_000 // of a spreadsheet
	maxCols   = 512
	maxCell   = 1024 // characters
	maxFaults = 1000 // told one by one; the rest is counted
)

// A Declared is one line of a list: a piece of equipment that somebody says
// exists. Empty fields were not said. Equipment that no network shows (body-worn
// cameras, drones, dash cams) is one with a Kind and no address.
type Declared struct {
	Line        int               `json:"line,omitempty"` // of the file, from 1; for NetBox the id
	Name        string            `json:"name,omitempty"`
	Kind        string            `json:"kind,omitempty"`  // one of Kinds where it was recognised, else as written, in lower case
	Brand       string            `json:"brand,omitempty"` // on the box
	Maker       string            `json:"maker,omitempty"`
	Model       string            `json:"model,omitempty"`
	Firmware    string            `json:"firmware,omitempty"`
	Serial      string            `json:"serial,omitempty"`
	MAC         string            `json:"mac,omitempty"` // 44:19:b6:00:00:01
	IP          string            `json:"ip,omitempty"`
	Hostname    string            `json:"hostname,omitempty"` // lower case
	Site        string            `json:"site,omitempty"`
	Zone        string            `json:"zone,omitempty"`
	VLAN        int               `json:"vlan,omitempty"` // 1 to 4094; 0 not said
	Location    string            `json:"location,omitempty"`
	Owner       string            `json:"owner,omitempty"`
	Purchased   string            `json:"purchased,omitempty"` // YYYY, YYYY-MM or YYYY-MM-DD
	Installed   string            `json:"installed,omitempty"`
	SupportEnds string            `json:"support_ends,omitempty"`
	Tags        []string          `json:"tags,omitempty"`
	Extra       map[string]string `json:"extra,omitempty"` // of columns that stand for no field, by their header
}

// A Fault is a cell that could not be taken, or a row that says nothing.
type Fault struct {
	Row    int    `json:"row"`              // of the file, from 1, as a spreadsheet counts
	Column string `json:"column,omitempty"` // its header; "" for the row as a whole
	Value  string `json:"value,omitempty"`  // as written, cut at 80 characters
	Says   string `json:"says"`             // what is wrong, and what to do
}

// String words the fault with its place.
func (f Fault) String() string {
	where := fmt.Sprintf("row %d", f.Row)
	if f.Column != "" {
		where += ", " + f.Column
	}
	if f.Value != "" {
		return fmt.Sprintf("%s: %q: %s", where, f.Value, f.Says)
	}
	return where + ": " + f.Says
}

// A List is what a file declares.
type List struct {
	Format  string     // for people: "CSV (semicolon, Windows-1252)", "Excel, sheet Cameras" …
	Rows    []Declared // in the order of the file
	Faults  []Fault    // likewise, 1000 at most
	More    int        // faults beyond those
	Repeats []Repeat   // rows that are not in Rows, for an earlier one says just the same; likewise, 1000 at most
	Again   int        // how many such rows there are in all
	file    string     // its name, for words
	kept    int        // bytes that Rows take, roughly
	Columns []Column   // of a table, in its order
	Mapping Mapping    // with which it was read: given or guessed

	Written map[int]Update // of devices of NetBox, what an earlier [NetBox.Write] left there, by their id
}

// A Column is one of a table, and what became of it.
type Column struct {
	Key     string   // by which a [Mapping] names it
	Header  string   // as written; the letters of the column where there is no header
	Field   Field    // what it stands for
	Samples []string // the first few different values; none of a secret column
}

// add keeps a row, and is false when it does not because there are too many.
func (l *List) add(d Declared) bool {
	size := 512 // a Declared, and its share of a slice that grew
	for k, v := range d.Extra {
		size += 64 + len(k) + len(v)
	}
	for _, t := range d.Tags {
		size += 16 + len(t)
	}
	switch {
	case len(l.Rows) >= maxRows:
		l.fault(Fault{Row: d.Line, Says: fmt.Sprintf("the list has more than %d rows; this and what follows was not read; split it", maxRows)})
		return false
	case l.kept+size > maxKept:
		l.fault(Fault{Row: d.Line, Says: "the list says too much for one; this and what follows was not read; split it, or set columns that are not needed to ignore"})
		return false
	}
	l.kept += size
	l.Rows = append(l.Rows, d)
	return true
}

func (l *List) fault(f Fault) {
	if len(l.Faults) >= maxFaults {
		l.More++
		return
	}
	f.Value = cut(f.Value, 80)
	l.Faults = append(l.Faults, f)
}

// Errors of files that are none of these formats.
var (
	ErrOldExcel = errors.New("this is a file of Excel 2003 or before, or an encrypted one; save it as .xlsx without password, or as CSV")
	ErrTooLarge = fmt.Errorf("the list has more than %d MB; split it", maxFile/1_000_000)
	ErrNotList  = errors.New("this is no list that Lenscap reads: CSV, Excel (.xlsx), nmap XML, runZero JSONL, or devices of NetBox's REST interface")
)

// Read reads a list to its end; the file's name only words errors. m says what
// its columns mean; nil: it is guessed, and the guess is in the result. Nothing
// is kept anywhere, so that reading is also the dry run.
//
// The format is told by content: CSV with comma, semicolon, tab or bar, in UTF-8,
// UTF-16 or Windows-1252; XLSX; nmap XML; runZero's assets as JSON lines; a page
// of NetBox's /api/dcim/devices/. 32 MB and 100,000 rows are read at most. It may
// take some 200 MB of memory while it works, so that a hub reads one at a time.
// The error is r's, or that the file is none of these.
func Read(r io.Reader, name string, m *Mapping) (*List, error) {
	var b strings.Builder
	if of, ok := r.(interface{ Stat() (fs.FileInfo, error) }); ok {
		if is, err := of.Stat(); err == nil {
			b.Grow(int(max(0, min(is.Size(), maxFile+1))))
		}
	}
	if _, err := io.Copy(&b, io.LimitReader(r, maxFile+1)); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	l, err := read(b.String(), name, m)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return l, nil
}

func read(b, name string, m *Mapping) (*List, error) {
	switch {
	case len(b) > maxFile:
		return nil, ErrTooLarge
	case strings.HasPrefix(b, "PK\x03\x04"):
		l, err := readExcel(b, m)
		if err == nil {
			l.once()
			l.repeated()
		}
		return l, err
	case strings.HasPrefix(b, "\xd0\xcf\x11\xe0"):
		return nil, ErrOldExcel
	case strings.HasPrefix(b, "%PDF"), strings.HasPrefix(b, "\x1f\x8b"):
		return nil, ErrNotList
	}
	text, encoding := decode(b)
	head := strings.TrimSpace(text[:min(len(text), 4096)])
	var l *List
	var err error
	switch {
	case strings.HasPrefix(head, "<"):
		if !strings.Contains(head, "<nmaprun") {
			return nil, ErrNotList
		}
		l, err = readNmap(text), nil
	case strings.HasPrefix(head, "{"), strings.HasPrefix(head, "["):
		l, err = readJSON(text)
	case strings.ContainsRune(head, 0):
		return nil, ErrNotList
	default:
		l, err = readCSV(text, encoding, name, m), nil
	}
	if err != nil {
		return nil, err
	}
	l.once()
	l.repeated()
	return l, nil
}

// named reports whether a line says anything by which its device is known.
func (d *Declared) named() bool {
	return d.Name != "" || d.Serial != "" || d.MAC != "" || d.IP != "" || d.Hostname != "" || d.Model != ""
}

// cut shortens text to n characters.
func cut(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i] + "…"
		}
		n--
	}
	return s
}
