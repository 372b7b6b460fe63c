package egress

import (
	"net/netip"

	"github.com/lenscap/lenscap/internal/flow"
	"github.com/lenscap/lenscap/internal/geo"
	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/internal/observation"
)

// A Book adds flows up by address pair, hour and service, in fixed memory.
type Book struct{}

// NewBook returns an empty book that keeps at most limit entries (0: 1<<18);
// beyond it the services of one pair of addresses are folded into one, then
// the oldest are dropped, and both are counted.
func NewBook(limit int) *Book { return &Book{} }

// Add counts a part of a flow. It keeps nothing of s and allocates nothing for
// a pair that is known.
func (b *Book) Add(s *flow.Summary) {}

// An Estate is what Conversations needs to know of the devices.
type Estate struct {
	// Owner returns the id of the device that held addr in that input at that
	// time with that MAC (zero: not known), and "" for an address of no device.
	Owner func(input int, addr netip.Addr, mac observation.MAC, first, last int64) string
	// Rank orders devices: a conversation of two devices is listed once, as that
	// of the one with the lower rank. IsRecorder tells recorders and video management.
	Rank       func(id string) int
	IsRecorder func(id string) bool
	// Maker returns the maker's id of a device, "" unknown.
	Maker    func(id string) string
	Networks []netip.Prefix // inside the estate, beside private addresses
	Closed   bool           // the site is said to reach nothing outside
	Inputs   []string       // names of the inputs by number
}

// Conversations adds the book up by device and far end, with the names the
// devices used in what was observed. Sorted by device in rank order, outside
// first, most bytes up first.
func (b *Book) Conversations(e *Estate, seen []*observation.Observation, places *geo.Set, base *maker.Base) []Conversation {
	return nil
}

// Timelines gives each device's traffic with the outside over time; devices
// with none are absent.
func (b *Book) Timelines(e *Estate) map[string]*Timeline { return nil }

// Dropped says how many flows could not be kept apart or at all, for the report.
func (b *Book) Dropped() (folded, dropped int64) { return 0, 0 }
