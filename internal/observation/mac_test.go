package observation

import "testing"

func TestParseMAC(t *testing.T) {
	tests := []struct {
		in   string
		want string // "" when refused
	}{
		{"b0:c5:54:25:5b:0e", "b0:c5:54:25:5b:0e"},
		{"B0-C5-54-25-5B-0E", "b0:c5:54:25:5b:0e"},
		{"b0c5.5425.5b0e", "b0:c5:54:25:5b:0e"},
		{"B0C554255B0E", "b0:c5:54:25:5b:0e"},
		{" b0:c5:54:25:5b:0e\r\n", "b0:c5:54:25:5b:0e"},
		{"00:00:00:00:00:00", ""},
		{"000000000000", ""},
		{"", ""},
		{"b0:c5:54:25:5b", ""},
		{"b0:c5:54:25:5b:0e:00", ""},
		{"b0:c5:54:25:5b:0", ""},
		{"b0:c5:54:25:5b:0g", ""},
		{"b0:c5:54 25:5b:0e", ""},
		{"@0c554255b0e", ""},
		{"`0c554255b0e", ""},
		{"b0:c5:54:25:5b:0\xc5", ""},
	}
	for _, tt := range tests {
		m, ok := ParseMAC(tt.in)
		if got := m.String(); got != tt.want || ok != (tt.want != "") {
			t.Errorf("ParseMAC(%q) = %q, %v; want %q", tt.in, got, ok, tt.want)
		}
	}
}

func TestParseMACAllocatesNothing(t *testing.T) {
	for _, s := range []string{"b0:c5:54:25:5b:0e", " B0-C5-54-25-5B-0E ", "none"} {
		if n := testing.AllocsPerRun(100, func() { ParseMAC(s) }); n != 0 {
			t.Errorf("ParseMAC(%q): %v allocations", s, n)
		}
	}
}

func FuzzParseMAC(f *testing.F) {
	for _, s := range []string{"b0:c5:54:25:5b:0e", "B0-C5-54-25-5B-0E", "b0c5.5425.5b0e", "000000000000", "b0:c5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, ok := ParseMAC(s)
		if ok == m.IsZero() {
			t.Errorf("ParseMAC(%q) = %s, %v", s, m, ok)
		}
		if again, _ := ParseMAC(m.String()); again != m {
			t.Errorf("ParseMAC(%q) = %s, which reads as %s", s, m, again)
		}
	})
}
