package device

import (
	"reflect"
	"slices"
	"testing"
)

// TestAChosenMACOverInputs cuts recordings into files, beside what only looks like
// that: clones, containers and two sites.
func TestAChosenMACOverInputs(t *testing.T) {
	const own, ip = "02:6e:41:9a:03:c8", "10.20.0.17"
	d := func(m, ip string) string { return "[" + m + "] [" + ip + "] obs=0" }
	know := func(n int, m string) any { return in(n, 0, sight(m, "10.20.0.5", 0, 9, 64)) } // a device that says which network it is
	tests := []struct {
		name string
		site bool
		in   []any
		want []string
	}{
		{"files of one recording", false, []any{know(0, second), know(1, second), in(0, 0, sight(own, ip, 0, 60, 64)), in(1, 0, sight(own, ip, 61, 120, 64))},
			[]string{d(own, ip), d(second, "10.20.0.5")}},
		{"three files, the first and the last of which know nothing in common", false, []any{
			know(0, second), know(1, second), in(1, 0, sight(phone, "10.20.0.6", 0, 9, 64)), in(2, 0, sight(phone, "10.20.0.6", 0, 9, 64)),
			in(0, 0, sight(own, ip, 0, 60, 64)), in(1, 0, sight(own, ip, 130, 160, 64)), in(2, 0, sight(own, ip, 61, 120, 64)),
		}, []string{d(own, ip), d(second, "10.20.0.5"), d(phone, "10.20.0.6")}},
		{"two sensors at once", false, []any{know(0, second), know(1, second), in(0, 0, sight(own, ip, 0, 60, 64)), in(1, 0, sight(own, ip, 5, 50, 64))},
			[]string{d(own, ip), d(second, "10.20.0.5")}},
		{"inputs of one site", true, []any{in(0, 0, sight(own, ip, 0, 60, 64)), in(1, 0, sight(own, ip, 61, 120, 64))}, []string{d(own, ip)}},
		{"two networks of one site that use the same addresses", true, []any{
			know(0, second), know(1, phone), in(0, 0, sight(own, ip, 0, 60, 64)), in(1, 0, sight(own, ip, 61, 120, 64)),
		}, []string{d(own, ip), d(own, ip), d(second, "10.20.0.5"), d(phone, "10.20.0.5")}},
		{"clones at two sites of one audit", false, []any{in(0, 0, sight(own, ip, 0, 60, 64)), in(1, 0, sight(own, ip, 61, 120, 64))},
			[]string{d(own, ip), d(own, ip)}},
		{"clones behind the virtual router that every site has", false, []any{
			know(0, "00:00:5e:00:01:01"), know(1, "00:00:5e:00:01:01"), in(0, 0, sight(own, ip, 0, 60, 64)), in(1, 0, sight(own, ip, 61, 120, 64)),
		}, []string{d(own, ip), d(own, ip), d("00:00:5e:00:01:01", "10.20.0.5")}},
		{"a public address is one network", false, []any{in(0, 0, sight(own, "203.0.113.9", 0, 60, 64)), in(1, 0, sight(own, "203.0.113.9", 61, 120, 64))},
			[]string{d(own, "203.0.113.9")}},
		{"two days later", true, []any{in(0, 0, sight(own, ip, 0, 60, 64)), in(1, 0, sight(own, ip, 2*day, 2*day+9, 64))}, []string{d(own, ip), d(own, ip)}},
		{"each day for a week", true, []any{in(0, 0, sight(own, ip, 0, 60, 64)), in(2, 0, sight(own, ip, 2*day, 2*day+9, 64)), in(1, 0, sight(own, ip, day, day+9, 64))},
			[]string{d(own, ip)}},
		{"another address", true, []any{in(0, 0, sight(own, ip, 0, 60, 64)), in(1, 0, sight(own, "10.20.0.18", 61, 120, 64))}, []string{d(own, ip), d(own, "10.20.0.18")}},
		{"a phone that took a new MAC", true, []any{in(0, 0, sight(own, ip, 0, 60, 64)), in(1, 0, sight("02:11:22:33:44:55", ip, 61, 120, 64))},
			[]string{d(own, ip), d("02:11:22:33:44:55", ip)}},
		{"another VLAN", true, []any{in(0, 7, sight(own, ip, 0, 60, 64)), in(1, 8, sight(own, ip, 61, 120, 64))}, []string{d(own, ip), d(own, ip)}},
		{"a self-assigned address", true, []any{in(0, 0, sight(own, "169.254.7.7", 0, 60, 64)), in(1, 0, sight(own, "169.254.7.7", 61, 120, 64))},
			[]string{d(own, "169.254.7.7"), d(own, "169.254.7.7")}},
		{"Docker's, made of the address", true, []any{
			in(0, 0, sight("02:42:ac:11:00:02", "172.17.0.2", 0, 60, 64)), in(1, 0, sight("02:42:ac:11:00:02", "172.17.0.2", 61, 120, 64)),
		}, []string{d("02:42:ac:11:00:02", "172.17.0.2"), d("02:42:ac:11:00:02", "172.17.0.2")}},
		{"QEMU's, that ships with it", true, []any{
			in(0, 0, sight("52:54:00:12:34:56", "10.0.2.15", 0, 60, 64)), in(1, 0, sight("52:54:00:12:34:56", "10.0.2.15", 61, 120, 64)),
		}, []string{d("52:54:00:12:34:56", "10.0.2.15"), d("52:54:00:12:34:56", "10.0.2.15")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			slices.Sort(tt.want)
			for range 2 {
				r := New()
				for _, s := range tt.in {
					r.Sight(s.(Sighting))
				}
				if tt.site {
					r.OneSite()
				}
				devices := r.Devices()
				if got := brief(devices); !reflect.DeepEqual(got, tt.want) {
					t.Errorf("\n got %v\nwant %v", got, tt.want)
				}
				for _, d := range devices {
					if why := len(d.MACs) == 1 && d.MACs[0].Local() && len(d.Inputs) > 1; why != (len(d.Alike) > 0) {
						t.Errorf("%v in inputs %v: says %v", d.MACs, d.Inputs, d.Alike)
					}
				}
				slices.Reverse(tt.in)
			}
		})
	}
}
