package asset

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What people call a camera is not what it calls itself: "Fuel pumps" and "ipcam"
// were once said to agree.
func TestCompare(t *testing.T) {
	d := &Declared{Name: "Fuel pumps", Maker: "Hikvision", Model: "DS-2CD2143G2-I", MAC: "44:19:b6:00:00:01", VLAN: 20, Owner: "Estates", Firmware: "5.7.4"}
	s := &Seen{Name: "ipcam", Makers: []string{"Hangzhou Hikvision Digital Technology", "hikvision"}, Models: []string{"DS-2CD2143G2-I(2.8mm)"}, MACs: []string{"44:19:b6:00:00:09", "44:19:b6:00:00:01"},
		Firmwares: []string{"V5.7.3"}, IPs: []string{"10.0.0.1"}, VLANs: []int{20}}
	got := Compare(d, s)
	want := []Comparison{
		{Name, "Fuel pumps", "ipcam", NotCompared}, {Maker, "Hikvision", "Hangzhou Hikvision Digital Technology", Same}, {Model, "DS-2CD2143G2-I", "DS-2CD2143G2-I(2.8mm)", Same},
		{Firmware, "5.7.4", "V5.7.3", Differs}, {MAC, "44:19:b6:00:00:01", "44:19:b6:00:00:01", Same}, {IP, "", "10.0.0.1", NotDeclared}, {VLAN, "20", "20", Same}, {Owner, "Estates", "", NotSeen},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, c := range Compare(d, nil) {
		if c.Says != NotSeen {
			t.Errorf("of what was not seen: %+v", c)
		}
	}
	for _, c := range Compare(nil, s) {
		if c.Says != NotDeclared {
			t.Errorf("of what nobody declared: %+v", c)
		}
	}
}

func TestMatchByName(t *testing.T) {
	seen := []Seen{{ID: "a", Name: "Nordtor 3", IPs: []string{"10.0.0.1"}, Models: []string{"P3245-LV"}}, {ID: "b", Name: "IPC"}, {ID: "c", Hostnames: []string{"gate-7"}}}
	for _, c := range []struct {
		name string
		in   Declared
		want int
		says string
	}{
		{"the same name", Declared{Name: "nordtor-3"}, 0, ""},
		{"its host name", Declared{Name: "Gate 7"}, 2, ""},
		{"a name it came with", Declared{Name: "IPC"}, -1, ""},
		{"another address", Declared{Name: "Nordtor 3", IP: "10.0.0.2"}, -1, "the device seen with this name has another IP address"},
		{"another model", Declared{Name: "Nordtor 3", Model: "DS-2CD2143G2-I"}, -1, "the device seen with this name has another model"},
	} {
		p := Match([]Declared{c.in}, seen)[0]
		if p.Seen != c.want || p.Says != c.says || p.Seen >= 0 && p.By != "name" {
			t.Errorf("%s: Match(%+v) = %+v, want %d %q", c.name, c.in, p, c.want, c.says)
		}
	}
}

func TestLine(t *testing.T) {
	d, faults := Line(map[Field]string{Name: " Officer 7 ", Kind: "body-worn", Purchased: "soon", MAC: "zz", Tags: "a; b"})
	if want := (Declared{Name: "Officer 7", Kind: "body-worn", Tags: []string{"a", "b"}}); !cmp.Equal(d, want) || len(faults) != 2 || faults[0].Column != "mac" || faults[1].Column != "purchased" {
		t.Errorf("%+v %v", d, faults)
	}
	if _, faults := Line(map[Field]string{Kind: "drone", Owner: "Police"}); len(faults) != 1 || faults[0].Column != "name" {
		t.Errorf("a line that names nothing: %v", faults)
	}
}

func TestReadMapping(t *testing.T) {
	m, err := ReadMapping(strings.NewReader("columns: {Gerätename: name, \"IP-Adresse\": ip, \"Notiz#2\": owner}\ndates: dmy\nkind: drone\n"), "m.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := &Mapping{Columns: map[string]Field{"geratename": Name, "ipadresse": IP, "notiz#2": Owner}, Dates: "dmy", Kind: "drone"}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Error(diff)
	}
	for in, says := range map[string]string{
		"columns: {A: nmae}":   `column "A": "nmae" is no field`,
		"columns: {A: secret}": "is no field",
		"dates: ymd":           "neither dmy nor mdy",
		"kind: spaceship":      "is none of",
		"colums: {A: name}":    "colums",
		"":                     "EOF",
	} {
		if _, err := ReadMapping(strings.NewReader(in), "m.yaml"); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "m.yaml") {
			t.Errorf("ReadMapping(%q): %v, want %q", in, err, says)
		}
	}
}

func FuzzReadMapping(f *testing.F) {
	f.Add("columns: {A: name}\ndates: dmy\n")
	f.Fuzz(func(t *testing.T, in string) {
		m, err := ReadMapping(strings.NewReader(in), "m.yaml")
		if err != nil {
			return
		}
		if _, err := Read(strings.NewReader("A;B\n1;2\n"), "x.csv", m); err != nil {
			t.Error(err)
		}
	})
}
