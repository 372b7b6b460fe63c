package dissect

import (
	"fmt"
	"strings"
	"testing"
)

func TestWalkJSON(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"values of every kind", `{"a":"x","b":1.50,"c":true,"d":null}`, "a=x b=1.50 c=true"},
		{"objects within", `{"a":{"b":{"c":1}},"d":2}`, "a.b.c=1 d=2"},
		{"lists within", `{"a":[1,[2,{"b":3}],4],"c":5}`, "a=1 a=2 a.b=3 a=4 c=5"},
		{"a list outside", `[{"a":1},{"a":2}]`, "a=1 a=2"},
		{"cut in a value", `{"a":1,"b":{"c":2,"d":"x`, "a=1 b.c=2"},
		{"malformed", `{"a":1,,"b":2}`, "a=1"},
		{"only the first document", `{"a":1}{"a":2}`, "a=1"},
		{"a bare value", `"x"`, "=x"},
		{"deep", strings.Repeat(`{"a":`, 100), ""},
		{"nothing", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			walkJSON([]byte(tt.in), nil, func(keys []string, value string) bool {
				got = append(got, fmt.Sprintf("%s=%s", strings.Join(keys, "."), value))
				return true
			})
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("%s, want %s", s, tt.want)
			}
		})
	}
}
