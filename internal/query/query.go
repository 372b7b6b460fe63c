// Package query is the language in which people ask for part of an estate:
//
//	maker:hikvision AND site.sensitive:true AND egress.country!=GB
//
// A text is parsed against a list of fields into a [Query], which becomes the
// WHERE of an SQL statement or judges one row in memory, both with the same
// answer. Nothing of the text ever stands in the SQL: values are arguments, and
// expressions come from the caller. It knows no table and reads no database.
//
// A field holds no value, one or many. `field:x` is true when one of them is x,
// case ignored and `*` standing for any text; `field!=x` is its opposite: none
// of them is, also when there is no value at all; `field:!x` is true when one of
// them is something else than x. So `egress.country!=GB` finds devices that
// reach nothing in Britain, and `egress.country:!GB` those that reach somewhere
// else. `field:*` asks for any value.
package query

import (
	"fmt"
	"strings"
	"time"
)

// A Type is what the values of a field are, and decides which operators it has.
type Type uint8

// The types of fields.
const (
	Text    Type = iota // compared whole, case ignored; * stands for any text
	Choice              // a text that is one of Field.Values
	Number              // a whole or broken number; 10k, 2M and 3G count in thousands
	Time                // a moment; 2026-11-01, 2026-11, 2026-11-01T10:30, today, 7d ago as 7d, in 90 days as +90d
	Bool                // true, false or not known
	Address             // an IP address or a network such as 10.0.0.0/8
	MAC                 // a hardware address in any spelling; * stands for the rest
)

var typeNames = [...]string{"text", "choice", "number", "time", "yes or no", "address", "hardware address"}

// String is the name of the type, for people.
func (t Type) String() string {
	if int(t) >= len(typeNames) {
		return "unknown"
	}
	return typeNames[t]
}

// ordered reports whether < and > make sense.
func (t Type) ordered() bool { return t == Number || t == Time }

// A Field is something that can be asked for.
type Field struct {
	Name   string   // lower case letters, digits, dots and dashes, beginning with a letter
	Type   Type     //
	Says   string   // what it holds, for people
	Values []string // of a Choice: all it can be; of another type: proposals for completion
	Ranked bool     // of a Choice: Values go from the highest to the lowest, and < and > stand for those below and above
}

// ordered reports whether < and > make sense of its values.
func (f *Field) ordered() bool { return f.Type.ordered() || f.Type == Choice && f.Ranked }

// Bounds on what a person may ask.
const (
	maxText  = 4096 // bytes
	maxDepth = 50   // of parentheses and NOTs inside each other
	maxTerms = 400  // words and values in all
)

// A Query is a parsed text. Its methods do not change it.
type Query struct {
	Root Node           // nil: everything
	Now  time.Time      // what relative times count from; zero: the moment SQL or Match is called
	Zone *time.Location // of dates; nil: UTC
}

// A Node is an [And], [Or], [Not], [Word] or [Term].
type Node interface{ node() }

// An And is true when all of its nodes are. It has two at least.
type And struct{ Of []Node }

// An Or is true when one of its nodes is. It has two at least.
type Or struct{ Of []Node }

// A Not is true when its node is not.
type Not struct{ Of Node }

// A Word is text that is searched everywhere: true when one of its patterns is
// found anywhere in one of the texts of a row.
type Word struct{ Values []Value }

// A Term compares one field.
type Term struct {
	Field  *Field
	Op     Op
	Other  bool    // field:!x, one of the field's values is none of these
	Values []Value // one of them suffices; one only where Op is not Is
}

func (*And) node()  {}
func (*Or) node()   {}
func (*Not) node()  {}
func (*Word) node() {}
func (*Term) node() {}

// An Op is how a field is compared with a value.
type Op uint8

// The operators. != is a [Not] of Is.
const (
	Is Op = iota
	Less
	LessEqual
	Greater
	GreaterEqual
)

var opText = [...]string{":", "<", "<=", ">", ">="}

// String is the operator as it is written.
func (o Op) String() string { return opText[o] }

// An Error says what of a text could not be understood.
type Error struct {
	At, End int    // bytes of the text it is about; At == End at the end of the text
	Char    int    // At in characters, from 1, for people
	Says    string // what is wrong, and what to do
	Near    string // the nearest name or value that would be right; "" none
}

// Error words the error with its place.
func (e *Error) Error() string {
	s := fmt.Sprintf("character %d: %s", e.Char, e.Says)
	if e.Near != "" {
		s += fmt.Sprintf(" (did you mean %s?)", e.Near)
	}
	return s
}

// Mended is the text with the nearest name or value in the place of what is
// wrong; "" where none is near.
func (e *Error) Mended(text string) string {
	if e.Near == "" || e.At < 0 || e.End > len(text) || e.At >= e.End {
		return ""
	}
	near := e.Near
	if !strings.HasSuffix(near, ":") {
		near = quote(near)
	}
	return text[:e.At] + near + text[e.End:]
}

// Fold brings text into the form in which it is compared: lower case, of all
// scripts. A column that holds folded text is searched by its index; see
// [Column].
func Fold(s string) string { return strings.ToLower(s) }

// Uses lists the names of the fields asked for, each once, in the order first
// met; "" stands for words.
func (q *Query) Uses() []string {
	var out []string
	seen := map[string]bool{}
	var walk func(Node)
	walk = func(n Node) {
		name := ""
		switch n := n.(type) {
		case *And:
			for _, c := range n.Of {
				walk(c)
			}
			return
		case *Or:
			for _, c := range n.Of {
				walk(c)
			}
			return
		case *Not:
			walk(n.Of)
			return
		case *Term:
			name = n.Field.Name
		case *Word:
		default:
			return
		}
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
	}
	walk(q.Root)
	return out
}

// clock is the moment relative times count from, and the zone of dates.
func (q *Query) clock() clock {
	c := clock{now: q.Now, zone: q.Zone}
	if c.now.IsZero() {
		c.now = time.Now()
	}
	if c.zone == nil {
		c.zone = time.UTC
	}
	return c
}
