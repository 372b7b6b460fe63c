package hub_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/hub"
)

func TestNames(t *testing.T) {
	for s, ok := range map[string]bool{
		"Ash council": true, "Städtische Überwachung": true, "北京市": true, "مجلس المدينة": true, "O’Neill & Sons (East)": true, strings.Repeat("a", 200): true,
		"": false, "  ": false, strings.Repeat("a", 201): false, "Ash\ncouncil": false, "Ash\x00": false, "Ash\x1b[31m": false, "Ash\u202elicnuoc": false, "Ash\u2066x": false,
		"Ash\u200bcouncil": false, "\ufeffAsh": false, "Ash\u00adcouncil": false, "Ash\u2028": false, "Ash\xff": false, "Ash\u200d": false, "\u3164": false,
	} {
		if err := hub.CheckName("the name", s); (err == nil) != ok || err != nil && !errors.Is(err, hub.ErrInvalid) {
			t.Errorf("CheckName(%q) = %v", s, err)
		}
	}
	for s, ok := range map[string]bool{"two\r\nlines\tand a tab": true, "می\u200cخواهم": true, "\U0001f469\u200d\U0001f4bb": true, "x\u202ey": false, "x\u2067y": false, "x\x07": false, "\xff": false} {
		if err := hub.CheckProse("a note", s); (err == nil) != ok {
			t.Errorf("CheckProse(%q) = %v", s, err)
		}
	}
}
