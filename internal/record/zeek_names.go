package record

// zeekNames knows the names of JSON members by the very bytes between one value
// and the next, and for each which came next the last few times. A log's lines
// have the same members in the same order, nearly, so that most names are
// recognised by one comparison, without looking for where they end.
//
// The bytes are learnt from lines as they come: whoever writes them can make the
// guesses fail, which costs a look-up, but not make one wrong.
type zeekNames struct {
	known []zeekMember // the first stands for the beginning of a line
	by    map[string]uint16
}

// A zeekMember is the name of one with what stands around it, such as `,"uid":`.
type zeekMember struct {
	bytes string
	field zeekField
	next  [3]uint16 // indices in known, the latest guess first; 0 for none
}

// maxNamesLearnt bounds the names known, and maxNameBytes the length of one.
const (
	maxNamesLearnt = 1024
	maxNameBytes   = 64
)

// next moves o to its next member, as [jsonObject.name] does. It returns the
// number of its name, to be given with the next call, and its field; a number
// below zero where there is none.
func (n *zeekNames) next(o *jsonObject, before int) (int, zeekField) {
	if n.known == nil {
		n.known, n.by = make([]zeekMember, 1, 64), map[string]uint16{}
	}
	at := o.at
	rest := o.b[at:]
	for _, guess := range n.known[before].next {
		if guess == 0 {
			break
		}
		g := &n.known[guess]
		if len(rest) <= len(g.bytes) || string(rest[:len(g.bytes)]) != g.bytes {
			continue
		}
		if o.from = at + len(g.bytes); o.b[o.from] <= ' ' {
			o.from = space(o.b, o.from)
		}
		return int(guess), g.field
	}
	if !o.name() {
		return -1, zNone
	}
	return n.learn(before, o.b[at:o.from], o.key)
}

// learn notes which name came behind another.
func (n *zeekNames) learn(before int, written, key []byte) (int, zeekField) {
	found, ok := n.by[string(written)]
	if !ok {
		field := zeekFieldOf(key)
		if len(n.known) == maxNamesLearnt || len(written) > maxNameBytes {
			return 0, field
		}
		found = uint16(len(n.known))
		n.known = append(n.known, zeekMember{bytes: string(written), field: field})
		n.by[n.known[found].bytes] = found
	}
	next := &n.known[before].next
	next[0], next[1], next[2] = found, next[0], next[1]
	return int(found), n.known[found].field
}
