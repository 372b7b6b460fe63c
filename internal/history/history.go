// Package history keeps what devices said to whom, hour by hour, in Parquet
// files of a day each, and answers who a device talked to and how much went
// where.
//
// The files are the format: DuckDB, Spark, ClickHouse or pandas read them
// without Lenscap (docs/adr/0005-history-in-parquet.md has the columns). A file
// is written under another name, synced, and renamed; nothing in it is ever
// changed in place. A file that is torn or not ours is named and left alone.
//
// The package judges nothing and looks nothing up: country, controller and
// purpose are what the caller says they are, and the caller may say it again
// ([Store.Rewrite]). It imports no other package of ours.
package history

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"time"
)

// A Row is one device's talk with one service of one far end in one hour.
//
// Texts are kept as UTF-8 and cut at 1024 bytes. First and Last are kept to the
// second.
type Row struct {
	Site   int64  // of the hub
	Device string // id, "d-…"; never ""
	Hour   int64  // seconds since 1970-01-01 UTC, a multiple of 3600

	From, Address netip.Addr // of the device and of the far end; the zero Addr is unknown
	Port          uint16     // of the service; 0 for several and for protocols without ports
	Protocol      string     // tcp, udp, icmp, or the IP protocol's number
	App           string     // protocol above it; "" unknown
	Opened        string     // who opened its flows
	Scope         string     // outside, inside, group
	Name          string     // that the device used for the far end; "" unknown

	Country      string // ISO 3166-1 alpha-2, where the server stands; "" unknown
	Network      string // who runs that network
	ASN          uint32 // 0 unknown
	Cloud        bool   // a provider that rents its network out
	Controller   string // company that controls the service; "" unknown
	ControllerID string // its id in the knowledge base
	Jurisdiction string // of that company
	Purpose      string // what for
	Encrypted    string // yes, no, unknown
	Video        string // verdict
	Audio        bool

	Ingest int64 // that told of it
	Again  bool  // another ingest's row has it too, and counts: it is in no total

	Flows                  int64 // counters are never below 0
	BytesUp, BytesDown     int64 // up is from the device
	PacketsUp, PacketsDown int64
	First, Last            int64 // nanoseconds since 1970-01-01 UTC
}

// Options are the settings of a [Store]; the zero value has working ones.
type Options struct {
	MaxFiles  int // of a day, before Append puts the small ones together; 0: 8
	OpenFiles int // kept open between questions; 0: 64
	Groups    int // a question may have at most; 0: 1,000,000
	Workers   int // goroutines of one call; 0: as many as there are cores

	ReadOnly bool // nothing is locked, made or removed, and nothing can be added: for a copy, also on a medium that cannot be written

	disk disk // that tests fail; nil: the operating system's
}

// A Day is what the store has of one day.
type Day struct {
	Date  string // 2026-11-23, UTC
	Files int
	Rows  int64
	Bytes int64 // on disk
}

// A Torn file is one in the store's folder that is not used: cut short, damaged,
// or not the store's. Its rows, if it has any, are in no answer.
type Torn struct {
	Path string
	Why  string
}

var (
	// ErrLocked is returned by [Open] while another process has the folder open.
	ErrLocked = errors.New("history: another process has this folder open")

	// ErrClosed is returned by every method after [Store.Close]. It is also
	// [fs.ErrClosed].
	ErrClosed = fmt.Errorf("history: %w", fs.ErrClosed)

	// ErrTooMany is returned by [Store.Totals] when the answer would have more
	// groups than Options.Groups: ask for fewer days or keys.
	ErrTooMany = errors.New("history: more groups than allowed; ask for fewer days or fewer keys")
)

const daySec = 24 * hourSec

// dayOf is the day of an hour, counted from 1970-01-01.
func dayOf(hour int64) int64 { return hour / daySec }

// dayName is the folder of a day.
func dayName(day int64) string { return time.Unix(day*daySec, 0).UTC().Format(time.DateOnly) }

// dayNumber is the day a folder is named after; false when it is not.
func dayNumber(name string) (int64, bool) {
	t, err := time.Parse(time.DateOnly, name)
	if err != nil || t.Unix() < 0 || t.Unix() > latest {
		return 0, false
	}
	return t.Unix() / daySec, true
}
