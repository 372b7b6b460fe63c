package fingerprint

import (
	"math/rand/v2"
	"reflect"
	"regexp/syntax"
	"strings"
	"testing"
)

func TestRequiredLiterals(t *testing.T) {
	tests := []struct {
		name, pattern string
		want          []string
		folded        bool
	}{
		{name: "whole text", pattern: `^DVRNVRDVS$`, want: []string{"dvrnvrdvs"}},
		{name: "the longest of two runs", pattern: `^AXIS,(?:PTZ Dome )?Network Camera,(.*)`, want: []string{"axis,network camera,", "axis,ptz dome network camera,"}},
		{name: "either branch", pattern: `^(?:Hikvision|DNVRS)-Webs$`, want: []string{"hikvision-webs", "dnvrs-webs"}},
		{name: "a branch that demands nothing", pattern: `^(?:Hikvision|.*)$`},
		{name: "optional start", pattern: `^i?DS-2CD`, want: []string{"ds-2cd", "ids-2cd"}},
		{name: "folded", pattern: `(?i)^hikvision`, want: []string{"hikvision"}, folded: true},
		{name: "repeated group", pattern: `(?:camera)+x`, want: []string{"camera"}},
		{name: "star demands nothing", pattern: `(?:camera)*`},
		{name: "few digits are not worth many literals", pattern: `^RLC-\d`, want: []string{"rlc-"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			re, err := syntax.Parse(tt.pattern, syntax.Perl)
			if err != nil {
				t.Fatal(err)
			}
			got, folded := required(re)
			if len(got) == 2 && len(tt.want) == 2 && got[0] == tt.want[1] {
				got[0], got[1] = got[1], got[0]
			}
			if len(got)+len(tt.want) > 0 && !reflect.DeepEqual(got, tt.want) || folded != tt.folded {
				t.Errorf("required(%q) = %q, %v; want %q, %v", tt.pattern, got, folded, tt.want, tt.folded)
			}
		})
	}
}

// Every text that matches must hold a literal: compared on texts drawn at random
// from the letters of the pattern, for every row of the knowledge base in
// TestPrefilterLosesNothing.
func TestAutomatonFindsWhatContainsFinds(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	draw := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "aAbBcé"[rng.IntN(7)]
		}
		return string(b)
	}
	for range 300 {
		var words []word
		for v := range 1 + rng.IntN(70) {
			words = append(words, word{lower(draw(1 + rng.IntN(5))), v})
		}
		a, ok := newAutomaton(words)
		if !ok {
			t.Fatal("70 short words do not fit")
		}
		for range 20 {
			text := draw(rng.IntN(30))
			var got, want [maxRows / 64]uint64
			a.scan(text, &got)
			for _, w := range words {
				if strings.Contains(lower(text), w.text) {
					want[w.value>>6] |= 1 << (w.value & 63)
				}
			}
			if got != want {
				t.Fatalf("words %v in %q: got bits %x, want %x", words, text, got[:2], want[:2])
			}
		}
	}
}
