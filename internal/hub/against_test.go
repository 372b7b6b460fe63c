package hub

import (
	"encoding/json"
	"testing"

	"github.com/lenscap/lenscap/internal/asset"
)

func TestAListAgainstTheOneItReplaces(t *testing.T) {
	kept := func(list ...asset.Declared) (out []Declared) {
		for i, a := range list {
			a.Line = i + 2
			b, err := json.Marshal(&a)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, Declared{List: "cameras", Line: a.Line, Fields: b})
		}
		return out
	}
	gate := asset.Declared{Name: "Gate", MAC: "44:19:b6:00:00:01", Firmware: "1.0"}
	moved := gate
	moved.Firmware = "2.0"
	roof := asset.Declared{Name: "Roof", Serial: "S1"}
	lost := asset.Declared{Name: "Lost", IP: "10.0.0.9"}
	for _, c := range []struct {
		name   string
		before []Declared
		now    asset.List
		want   Difference
	}{
		{"nothing was kept", nil, asset.List{Rows: []asset.Declared{gate, roof}}, Difference{New: 2}},
		{"in another order", kept(gate, roof), asset.List{Rows: []asset.Declared{roof, gate}}, Difference{Same: 2}},
		{"one of each", kept(gate, roof, lost), asset.List{Rows: []asset.Declared{moved, roof, {Name: "New"}}, Faults: []asset.Fault{{Row: 5}, {Row: 5}, {Row: 7}}, More: 2}, Difference{New: 1, Changed: 1, Same: 1, Gone: 1, Wrong: 4}},
		{"twice the same line", kept(gate), asset.List{Rows: []asset.Declared{gate, gate}}, Difference{New: 1, Same: 1}},
	} {
		got, err := Against(c.before, &c.now)
		if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", c.name, got, err, c.want)
		}
	}
	if _, err := Against([]Declared{{List: "x", Line: 3, Fields: []byte("{")}}, &asset.List{}); err == nil {
		t.Error("a kept line that is no JSON is no error")
	}
}
