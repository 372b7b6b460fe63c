package fingerprint

import (
	"regexp/syntax"
	"unicode/utf8"
)

// maxAlternatives bounds the literals kept for one pattern. A pattern with more
// is tried on every value.
const maxAlternatives = 40

// enough is the literal length, in bytes, that lint asks for; a longer one is
// not worth multiplying alternatives for.
const enough = 4

// required returns strings of which every text that matches the pattern holds
// at least one, in lower case (ASCII letters only), and whether one of them
// came from a case-insensitive part. It returns none when the pattern demands
// no literal. Of several choices it takes the one whose shortest string is
// longest.
func required(re *syntax.Regexp) (lits []string, folded bool) {
	n := analyse(re.Simplify())
	best := n.need
	if better(n.exact, best) {
		best = n.exact
	}
	for _, s := range best {
		if s == "" {
			return nil, false
		}
	}
	return best, n.folded
}

// lits is what is known of the texts one node of a pattern matches.
type lits struct {
	exact  []string // the node matches these strings and nothing else; nil when unknown
	need   []string // each match holds one of these; nil when nothing is required
	folded bool
}

func shortest(s []string) int {
	if len(s) == 0 {
		return -1
	}
	n := len(s[0])
	for _, x := range s[1:] {
		n = min(n, len(x))
	}
	return n
}

// better reports whether requiring one of a is more selective than one of b.
func better(a, b []string) bool {
	la, lb := shortest(a), shortest(b)
	return la > lb || la == lb && la > 0 && len(a) < len(b)
}

func analyse(re *syntax.Regexp) lits {
	switch re.Op {
	case syntax.OpLiteral:
		return literal(re)
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return lits{exact: []string{""}}
	case syntax.OpCapture:
		return analyse(re.Sub[0])
	case syntax.OpPlus:
		n := analyse(re.Sub[0])
		if better(n.exact, n.need) {
			n.need = n.exact
		}
		n.exact = nil
		return n
	case syntax.OpQuest:
		n := analyse(re.Sub[0])
		if n.exact == nil || len(n.exact) >= maxAlternatives {
			return lits{folded: n.folded}
		}
		return lits{exact: append([]string{""}, n.exact...), folded: n.folded}
	case syntax.OpCharClass:
		return class(re)
	case syntax.OpConcat:
		return concat(re.Sub)
	case syntax.OpAlternate:
		return alternate(re.Sub)
	}
	return lits{}
}

func literal(re *syntax.Regexp) lits {
	fold := re.Flags&syntax.FoldCase != 0
	b := make([]byte, 0, len(re.Rune))
	for _, r := range re.Rune {
		if fold && r >= utf8.RuneSelf {
			return lits{} // simple folding of other scripts is not worth a table
		}
		b = utf8.AppendRune(b, r)
	}
	return lits{exact: []string{lower(string(b))}, folded: fold}
}

// class expands a class of a few ASCII characters, "[46]", "[Vv]".
func class(re *syntax.Regexp) lits {
	var out []string
	seen := map[string]bool{}
	for i := 0; i+1 < len(re.Rune); i += 2 {
		if re.Rune[i+1] >= utf8.RuneSelf || re.Rune[i+1]-re.Rune[i] > 9 {
			return lits{folded: len(out) > 0}
		}
		for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
			if s := lower(string(r)); !seen[s] {
				seen[s] = true
				out = append(out, s)
			}
		}
	}
	if len(out) == 0 || len(out) > 10 {
		return lits{}
	}
	return lits{exact: out}
}

func concat(subs []*syntax.Regexp) lits {
	run := []string{""} // exact texts of the nodes since the last unknown one
	var out lits
	whole := true
	flush := func() {
		if better(run, out.need) && shortest(run) > 0 {
			out.need = run
		}
		run = []string{""}
	}
	for _, sub := range subs {
		n := analyse(sub)
		out.folded = out.folded || n.folded
		wide := len(n.exact) > 4 && shortest(run) >= enough
		if n.exact != nil && !wide && len(run)*len(n.exact) <= maxAlternatives {
			run = cross(run, n.exact)
			continue
		}
		whole = false
		flush()
		if n.exact != nil { // not worth multiplying: start again with this node
			run = n.exact
		} else if better(n.need, out.need) {
			out.need = n.need
		}
	}
	if whole {
		out.exact = run
		return out
	}
	flush()
	return out
}

func cross(a, b []string) []string {
	if len(a) == 1 && a[0] == "" {
		return b
	}
	out := make([]string, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			out = append(out, x+y)
		}
	}
	return out
}

func alternate(subs []*syntax.Regexp) lits {
	var out lits
	exact := true
	for i, sub := range subs {
		n := analyse(sub)
		out.folded = out.folded || n.folded
		need := n.need
		if n.exact != nil {
			need = n.exact
		}
		if exact && n.exact != nil {
			out.exact = append(out.exact, n.exact...)
		} else {
			exact, out.exact = false, nil
		}
		if i == 0 {
			out.need = append([]string(nil), need...)
		} else if out.need != nil && need != nil {
			out.need = append(out.need, need...)
		}
		if need == nil || shortest(need) == 0 {
			out.need = nil
		}
		if len(out.need) > maxAlternatives || out.need == nil && !exact {
			return lits{folded: out.folded}
		}
	}
	return out
}

// lower folds ASCII capitals, as the automaton does.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
