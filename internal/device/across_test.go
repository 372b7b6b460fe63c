package device

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/observation"
)

const day = 24 * 60 * 60

// in sets the input and VLAN of a sighting.
func in(n int, vlan uint16, s Sighting) Sighting {
	s.Input, s.VLAN = n, vlan
	return s
}

// leased is one entry of a lease file that is input n.
func leased(n int, m, ip string, sec int) *observation.Observation {
	o := about(observation.Named, say("dhcp", "", "", "", sec, observation.DHCPMAC, m, observation.DHCPAssignedIP, ip))
	o.Input, o.TTL = n, 0
	return o
}

// untimed takes the time off.
func untimed(o *observation.Observation) *observation.Observation {
	o.Seen, o.Last = time.Time{}, time.Time{}
	return o
}

// TestAddressesOfOtherInputs gives one input the MAC of an address and another
// none, as a lease file or a capture beside flow records.
func TestAddressesOfOtherInputs(t *testing.T) {
	const ip = "192.168.1.64"
	flows := in(1, 0, sight("", ip, 0, 600, 0))
	one, apart := []string{"[" + camera + "] [" + ip + "] obs=0"}, []string{"[" + camera + "] [" + ip + "] obs=0", "[] [" + ip + "] obs=0"}
	tests := []struct {
		name string
		in   []any
		want []string
	}{
		{"a capture beside flow records", []any{in(0, 0, sight(camera, ip, 100, 200, 64)), flows}, one},
		{"a capture of the hours after", []any{in(0, 0, sight(camera, ip, 9000, 9300, 64)), flows}, one},
		{"a capture of two days after", []any{in(0, 0, sight(camera, ip, 2*day, 2*day+60, 64)), flows}, apart},
		{"a capture of two days before", []any{in(0, 0, sight(camera, ip, -2*day, -2*day+60, 64)), flows}, apart},
		{"two sites with one address, captured at once", []any{
			in(0, 0, sight(camera, ip, 100, 200, 64)), in(2, 0, sight(second, ip, 100, 200, 64)), flows,
		}, []string{"[" + second + "] [" + ip + "] obs=0", "[" + camera + "] [" + ip + "] obs=0", "[] [" + ip + "] obs=0"}},
		{"two sites with one address, captured hours apart", []any{
			in(0, 0, sight(camera, ip, 100, 200, 64)), in(2, 0, sight(second, ip, 9000, 9300, 64)), flows,
		}, []string{"[" + second + "] [" + ip + "] obs=0", "[" + camera + "] [" + ip + "] obs=0", "[] [" + ip + "] obs=0"}},
		{"two inputs that know one device", []any{
			in(0, 0, sight(camera, ip, 100, 200, 64)), in(2, 0, sight(camera, ip, 300, 400, 64)), flows,
		}, one},
		{"two inputs without MACs and one with", []any{
			in(0, 0, sight(camera, ip, 100, 200, 64)), flows, in(2, 0, sight("", ip, 50, 90, 0)),
		}, one},
		{"an address that changed hands long before", []any{
			in(0, 0, sight(second, ip, -3*day, -2*day, 64)), in(0, 0, sight(camera, ip, 100, 200, 64)), flows,
		}, []string{"[" + second + "] [" + ip + "] obs=0", "[" + camera + "] [" + ip + "] obs=0"}},
		{"an address that changed hands while the records went on", []any{
			in(0, 0, sight(second, ip, 0, 200, 64)), in(0, 0, sight(camera, ip, 300, 600, 64)), flows,
		}, []string{"[" + second + "] [" + ip + "] obs=0", "[" + camera + "] [" + ip + "] obs=0", "[] [" + ip + "] obs=0"}},
		{"records between two that had the address", []any{
			in(0, 0, sight(second, ip, -300, -200, 64)), in(0, 0, sight(camera, ip, 700, 900, 64)), flows,
		}, []string{"[" + second + "] [" + ip + "] obs=0", "[" + camera + "] [" + ip + "] obs=0", "[] [" + ip + "] obs=0"}},
		{"two that answer for one address at once", []any{
			in(0, 0, sight(second, ip, 0, 200, 64)), in(0, 0, sight(camera, ip, 100, 600, 64)), flows,
		}, []string{"[" + second + "] [" + ip + "] obs=0", "[" + camera + "] [" + ip + "] obs=0", "[] [" + ip + "] obs=0"}},
		{"the input itself knows the address by another MAC at once with a third", []any{
			in(0, 0, sight(camera, ip, 0, 600, 64)), in(1, 0, sight(second, ip, 0, 600, 64)), in(1, 0, sight(phone, ip, 0, 600, 64)), flows,
		}, []string{"[" + second + "] [" + ip + "] obs=0", "[" + camera + "] [" + ip + "] obs=0", "[" + phone + "] [" + ip + "] obs=0", "[] [" + ip + "] obs=0"}},
		{"the same VLAN", []any{in(0, 7, sight(camera, ip, 0, 60, 64)), in(1, 7, sight("", ip, 0, 60, 0))}, one},
		{"a VLAN and none", []any{in(0, 7, sight(camera, ip, 0, 60, 64)), flows}, one},
		{"two VLANs", []any{in(0, 7, sight(camera, ip, 0, 60, 64)), in(1, 8, sight("", ip, 0, 60, 0))}, apart},
		{"one address in two VLANs, the records name one", []any{
			in(0, 7, sight(camera, ip, 0, 60, 64)), in(0, 8, sight(second, ip, 0, 60, 64)), in(1, 7, sight("", ip, 0, 60, 0)),
		}, []string{"[" + second + "] [" + ip + "] obs=0", "[" + camera + "] [" + ip + "] obs=0"}},
		{"one address in two VLANs, the records name none", []any{
			in(0, 7, sight(camera, ip, 0, 60, 64)), in(0, 8, sight(second, ip, 0, 60, 64)), flows,
		}, []string{"[" + second + "] [" + ip + "] obs=0", "[" + camera + "] [" + ip + "] obs=0", "[] [" + ip + "] obs=0"}},
		{"a self-assigned address, which is on every link", []any{
			in(0, 0, sight(camera, "169.254.7.7", 0, 60, 64)), in(1, 0, sight("", "169.254.7.7", 0, 60, 0)),
		}, []string{"[" + camera + "] [169.254.7.7] obs=0", "[] [169.254.7.7] obs=0"}},
		{"a router's fe80::1", []any{
			in(0, 0, sight(camera, "fe80::1", 0, 60, 64)), in(1, 0, sight("", "fe80::1", 0, 60, 0)),
		}, []string{"[" + camera + "] [fe80::1] obs=0", "[] [fe80::1] obs=0"}},
		{"a random link-local address", []any{
			in(0, 0, sight(camera, "fe80::1c2d:3e4f:5a6b:7c8d", 0, 60, 64)), in(1, 0, sight("", "fe80::1c2d:3e4f:5a6b:7c8d", 0, 60, 0)),
		}, []string{"[" + camera + "] [fe80::1c2d:3e4f:5a6b:7c8d] obs=0"}},
		{"another address", []any{in(0, 0, sight(camera, ip, 0, 60, 64)), in(1, 0, sight("", "192.168.1.65", 0, 60, 0))},
			[]string{"[" + camera + "] [" + ip + "] obs=0", "[] [192.168.1.65] obs=0"}},
		{"a lease and records of a week later", []any{leased(0, camera, ip, -7*day), flows}, []string{"[" + camera + "] [" + ip + "] obs=1"}},
		{"a lease of the same evening", []any{leased(0, camera, ip, 10*3600), flows}, []string{"[" + camera + "] [" + ip + "] obs=1"}},
		{"a lease of two days later", []any{leased(0, camera, ip, 2*day), flows}, []string{"[" + camera + "] [" + ip + "] obs=1", "[] [" + ip + "] obs=0"}},
		{"a lease of no time", []any{untimed(leased(0, camera, ip, 0)), flows}, []string{"[" + camera + "] [" + ip + "] obs=1"}},
		{"a lease of which a later one takes the address", []any{leased(0, second, ip, -7*day), leased(0, camera, ip, -day), flows},
			[]string{"[" + second + "] [" + ip + "] obs=1", "[" + camera + "] [" + ip + "] obs=1"}},
		{"records from before the address was given to the next", []any{leased(0, camera, ip, -7*day), leased(0, second, ip, 700), flows},
			[]string{"[" + second + "] [" + ip + "] obs=1", "[" + camera + "] [" + ip + "] obs=1"}},
		{"records from while it was", []any{leased(0, camera, ip, -7*day), leased(0, second, ip, 300), flows},
			[]string{"[" + second + "] [" + ip + "] obs=1", "[" + camera + "] [" + ip + "] obs=1", "[] [" + ip + "] obs=0"}},
		{"the lease files of two sites", []any{leased(0, camera, ip, -7*day), leased(2, second, ip, -60), flows},
			[]string{"[" + second + "] [" + ip + "] obs=1", "[" + camera + "] [" + ip + "] obs=1", "[] [" + ip + "] obs=0"}},
		{"a lease and what a log says of the address", []any{leased(0, camera, ip, -60), input(1, say("dns", "", ip, "192.168.1.1", 5, observation.DNSQuestion, "api.example")), flows},
			[]string{"[" + camera + "] [" + ip + "] obs=2"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := slices.Clone(tt.want)
			slices.Sort(want)
			for range 2 {
				devices, _ := resolve(tt.in...)
				if got := brief(devices); !reflect.DeepEqual(got, want) {
					t.Errorf("\n got %v\nwant %v", got, want)
				}
				slices.Reverse(tt.in)
			}
		})
	}
}
