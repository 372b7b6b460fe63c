package maker

import (
	"testing"

	"github.com/lenscap/lenscap/kb"
)

func TestSerialCode(t *testing.T) {
	b, err := Load(kb.FS)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, serial string
		ok, module   bool
		company      ID
	}{
		{"DJI", "1581F45T000000000001", true, false, "dji"},
		{"Autel", "1748FEV3HMK924451281", true, false, "autel"},
		{"module on any aircraft", "1596A0123456789", true, true, ""},
		{"length code does not fit", "1581F45T0000", false, false, ""},
		{"length code of none", "15810", false, false, ""},
		{"a letter the standard leaves out", "1581F45T00000000000O", false, false, ""},
		{"code nobody is known for", "ZZZZ3ABC", false, false, ""},
		{"registration number", "GBR-OP-123ABCD", false, false, ""},
		{"lower case", "1581f45t000000000001", false, false, ""},
		{"empty", "", false, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, ok := b.SerialCode(tt.serial)
			if ok != tt.ok || c.Module != tt.module || c.Company != tt.company {
				t.Errorf("SerialCode(%q) = %+v, %v", tt.serial, c, ok)
			}
		})
	}
}
