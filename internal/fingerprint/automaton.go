package fingerprint

import "slices"

// An automaton finds which of many short strings occur in a text, reading each
// byte of the text once (Aho and Corasick, 1975). ASCII letters are folded.
//
// It is a full transition table over byte classes: bytes that occur in no
// string share class 0, which always leads to the root.
type automaton struct {
	class   [256]uint8
	classes int
	next    []uint16 // next[state*classes+class]
	out     [][]int  // per state, the values of the strings that end there; sorted, without repeats
	ends    []bool   // per state, len(out) > 0
}

// maxStates bounds the table; 65,535 states are about 5,000 strings.
const maxStates = 1<<16 - 1

// A word is one string and the number reported when it occurs.
type word struct {
	text  string // lower case, not empty
	value int
}

// newAutomaton builds the table. It reports false when the words need more than
// maxStates states.
func newAutomaton(words []word) (*automaton, bool) {
	a := &automaton{classes: 1}
	for _, w := range words {
		for i := 0; i < len(w.text); i++ {
			if c := w.text[i]; a.class[c] == 0 {
				if a.classes == 255 {
					return nil, false
				}
				a.class[c] = uint8(a.classes)
				a.classes++
			}
		}
	}
	states := countStates(words)
	if states > maxStates {
		return nil, false
	}
	a.out = make([][]int, 1, states)
	a.next = make([]uint16, a.classes, states*a.classes)
	for _, w := range words {
		a.insert(w)
	}
	for c := byte('A'); c <= 'Z'; c++ {
		a.class[c] = a.class[c+'a'-'A']
	}
	a.link()
	a.ends = make([]bool, len(a.out))
	for i, o := range a.out {
		a.ends[i] = len(o) > 0
	}
	return a, true
}

// countStates is how many beginnings the words have, the empty one among them.
func countStates(words []word) int {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = w.text
	}
	slices.Sort(texts)
	n, last := 1, ""
	for _, t := range texts {
		same := 0
		for same < len(t) && same < len(last) && t[same] == last[same] {
			same++
		}
		n += len(t) - same
		last = t
	}
	return n
}

func (a *automaton) insert(w word) {
	s := 0
	for i := 0; i < len(w.text); i++ {
		at := s*a.classes + int(a.class[w.text[i]])
		if a.next[at] == 0 {
			a.next[at] = uint16(len(a.out))
			a.out = append(a.out, nil)
			a.next = a.next[:len(a.next)+a.classes]
		}
		s = int(a.next[at])
	}
	a.out[s] = appendNew(a.out[s], w.value)
}

// link turns the trie into an automaton, breadth first: a missing edge leads
// where the longest proper suffix leads.
func (a *automaton) link() {
	fail := make([]uint16, len(a.out))
	queue := make([]uint16, 0, len(a.out))
	for c := 1; c < a.classes; c++ {
		if s := a.next[c]; s != 0 {
			queue = append(queue, s)
		}
	}
	for len(queue) > 0 {
		s := queue[0]
		queue = queue[1:]
		f := fail[s]
		for _, v := range a.out[f] {
			a.out[s] = appendNew(a.out[s], v)
		}
		for c := 1; c < a.classes; c++ {
			at := int(s)*a.classes + c
			to := a.next[int(f)*a.classes+c]
			if t := a.next[at]; t != 0 {
				fail[t] = to
				queue = append(queue, t)
			} else {
				a.next[at] = to
			}
		}
	}
}

func appendNew(s []int, v int) []int {
	for _, x := range s {
		if x == v {
			return s
		}
	}
	return append(s, v)
}

// scan sets in hits the bit of every string's value that occurs in text, and
// reports whether text holds a byte that is not ASCII.
func (a *automaton) scan(text string, hits *[maxRows / 64]uint64) (wide bool) {
	var s uint16
	var high byte
	n := a.classes
	for i := 0; i < len(text); i++ {
		c := text[i]
		high |= c
		s = a.next[int(s)*n+int(a.class[c])]
		if a.ends[s] {
			for _, v := range a.out[s] {
				hits[v>>6] |= 1 << (v & 63)
			}
		}
	}
	return high >= 0x80
}
