package egress

import (
	"net/netip"

	"github.com/lenscap/lenscap/internal/observation"
)

// An Estate is what Conversations needs to know of the devices. A function that
// is nil knows nothing.
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

func (e *Estate) owner(input int, addr netip.Addr, mac observation.MAC, first, last int64) string {
	if e.Owner == nil || !addr.IsValid() || group(addr) {
		return ""
	}
	return e.Owner(input, addr, mac, first, last)
}

func (e *Estate) rank(id string) int {
	if e.Rank == nil {
		return 0
	}
	return e.Rank(id)
}

func (e *Estate) recorder(id string) bool { return id != "" && e.IsRecorder != nil && e.IsRecorder(id) }

// before says whether device x comes before device y.
func (e *Estate) before(x, y string) bool {
	if a, b := e.rank(x), e.rank(y); a != b {
		return a < b
	}
	return x < y
}

func (e *Estate) input(i int) string {
	if i < 0 || i >= len(e.Inputs) {
		return ""
	}
	return e.Inputs[i]
}
