package report

import (
	"bufio"
	"fmt"
	"io"
	"reflect"
)

// inRuns are the lists of a document that its runs have parts of.
var inRuns = []string{"Inputs", "Devices", "Findings", "Streams", "Conversations"}

// A keptList is one of them, on its way.
type keptList struct {
	*List
	text *Kept
}

// JSONRuns is [JSON] of a document in runs. It holds one of them: the summary stands
// before what it counts, so that all lists are kept aside, and nothing is written
// before everything was gone through. What is said of the whole is what the first run
// says, but that rules and data sets are those of all.
func JSONRuns(w io.Writer, runs Runs, aside *Aside) error {
	var doc *Document
	lists := map[string]keptList{}
	for _, name := range inRuns {
		k, err := aside.Keep()
		if err != nil {
			return err
		}
		lists[name] = keptList{NewList(k, "  "), k}
	}
	s, seen := newSums(), map[string]bool{}
	for run, err := range runs {
		if err != nil {
			return err
		}
		if doc == nil {
			first := *run.Document
			first.Regimes, first.Places = nil, nil
			doc = &first
		}
		s.add(run.Document)
		v := reflect.ValueOf(run.Document).Elem()
		for _, name := range inRuns {
			if err := addAll(lists[name].List, v.FieldByName(name)); err != nil {
				return fmt.Errorf("write JSON: %w", err)
			}
		}
		if run.First {
			doc.Regimes = unseen(doc.Regimes, run.Regimes, seen, func(r *Regime) string { return "regime " + r.ID })
			doc.Places = unseen(doc.Places, run.Places, seen, func(place *string) string { return "place " + *place })
		}
	}
	if doc == nil {
		doc = &Document{}
	}
	doc.Summary, doc.Asked = s.Summary, s.asking.answers(&doc.Estate)
	return writeMembers(w, doc, func(b *bufio.Writer, field string, v reflect.Value) error {
		l, ok := lists[field]
		if !ok {
			return writeMember(b, field, v)
		}
		if err := l.End(); err != nil {
			return err
		}
		_, err := l.text.WriteTo(b)
		return err
	})
}

// unseen appends what is new to a list.
func unseen[T any](list, more []T, seen map[string]bool, key func(*T) string) []T {
	for i := range more {
		if k := key(&more[i]); !seen[k] {
			seen[k] = true
			list = append(list, more[i])
		}
	}
	return list
}
