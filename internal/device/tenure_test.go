package device

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lenscap/lenscap/internal/observation"
)

// A log without hardware addresses, in which DHCP gives one address to a camera
// and two months later to a lamp. What is said from the address in both times,
// and the address itself, belongs to each for its own time.
func TestAddressThatChangedHands(t *testing.T) {
	const later = 60 * 24 * 3600
	lease := func(m string, sec int) *observation.Observation {
		return about(observation.Receiver, say("dhcp", "", "192.168.1.1", "192.168.1.50", sec, observation.DHCPMAC, m, observation.DHCPAssignedIP, "192.168.1.50"))
	}
	ask := func(sec, last int, name string) *observation.Observation {
		o := say("dns", "", "192.168.1.50", "192.168.1.1", sec, observation.DNSQuestion, name)
		o.Last = at(last)
		return o
	}
	camera, lamp := "44:19:b6:01:02:03", "00:17:88:24:76:ff"
	for _, c := range []struct {
		name  string
		parts []any
		want  []string // MAC: first and last second at the address, names asked for
	}{
		{
			"each asks in its time",
			[]any{lease(camera, 0), ask(60, 60, "a"), ask(90, later+90, "both"), lease(lamp, later), ask(later+60, later+60, "b"), sight("", "192.168.1.50", 0, later+600, 0)},
			[]string{"00:17:88:24:76:ff: 5184000-5184060 [b]", "44:19:b6:01:02:03: 0-90 [a both]"},
		},
		{
			"one holder keeps what went on",
			[]any{lease(camera, 0), ask(60, 60, "a"), ask(90, later+90, "both"), sight("", "192.168.1.50", 0, later+600, 0)},
			[]string{"44:19:b6:01:02:03: 0-5184600 [a both]"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			devices, _ := resolve(c.parts...)
			var got []string
			for _, d := range devices {
				if len(d.MACs) == 0 {
					continue // the server
				}
				var names []string
				for _, o := range d.Observations {
					if n := o.Get(observation.DNSQuestion); n != "" {
						names = append(names, n)
					}
				}
				slices.Sort(names)
				a := d.Addresses[0]
				got = append(got, fmt.Sprintf("%s: %d-%d %v", d.MACs[0], seconds(a.First), seconds(a.Last), names))
			}
			slices.Sort(got)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("who had the address when (-want +got):\n%s", diff)
			}
		})
	}
}

func seconds(t time.Time) int { return int(t.Sub(start).Seconds()) }
