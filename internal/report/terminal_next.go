package report

import (
	"fmt"
	"slices"
	"strings"
)

// stepsShown bounds what a person is told to do next.
const stepsShown = 5

// A todo is one step that findings ask for.
type todo struct {
	text    string
	gravity int // place in outcomes of the gravest finding that asks for it
	devices map[string]bool
	rules   map[string]bool
}

// todos lists the distinct steps, those of the gravest verdicts and the most
// devices first.
func todos(x *index, devices []*Device) []*todo {
	at := map[string]*todo{}
	var out []*todo
	for _, d := range devices {
		for _, f := range x.findings[d.ID] {
			if f.Next == "" {
				continue
			}
			text := next(f)
			s := at[text]
			if s == nil {
				s = &todo{text: text, gravity: len(outcomes), devices: map[string]bool{}, rules: map[string]bool{}}
				at[text], out = s, append(out, s)
			}
			s.gravity = min(s.gravity, outcomeOf(f).gravity())
			s.devices[d.ID], s.rules[f.Regime] = true, true
		}
	}
	slices.SortStableFunc(out, func(a, b *todo) int {
		return firstOf(a.gravity-b.gravity, len(b.devices)-len(a.devices), len(b.rules)-len(a.rules), strings.Compare(a.text, b.text))
	})
	return out
}

// next writes what to do, at most [stepsShown] steps.
func (t *term) next() {
	list := todos(t.x, t.x.questioned(t.doc))
	if len(list) == 0 {
		return
	}
	t.title("What to do next")
	for i, s := range list[:min(len(list), stepsShown)] {
		about := plural(len(s.devices), "device", "devices")
		if len(s.devices) == 1 {
			for id := range s.devices {
				about = cutMiddle(t.x.devices[id].Name, 32)
			}
		}
		t.prose(2, 3, fmt.Sprintf("%d. %s (%s, %s)", i+1, s.text, about, plural(len(s.rules), "rule", "rules")))
	}
}
