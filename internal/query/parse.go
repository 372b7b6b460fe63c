package query

import (
	"slices"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// Parse reads a text. An empty one asks for everything. The error is an
// [*Error] with the place and, where there is one, the nearest name.
//
//	query = and { "OR" and }
//	and   = not { [ "AND" ] not }
//	not   = { "NOT" | "-" } ( "(" query ")" | term )
//	term  = [ field op ] value { "," value }
//	op    = ":" | "=" | "!=" | "<" | "<=" | ">" | ">=" | ":!"
//	value = pieces in quotes or without, "*" between them for any text
//
// AND, OR and NOT are recognised in any case; in quotes they are words.
func Parse(text string, fields []Field) (*Query, error) {
	p := parser{lexer: lexer{text: text, fields: fields}}
	switch {
	case len(text) > maxText:
		return nil, p.fault(maxText-maxText%utf8.UTFMax, len(text), "", "the text has more than %d bytes", maxText)
	case !utf8.ValidString(text):
		return nil, p.fault(0, 0, "", "the text is not UTF-8")
	}
	for i, r := range text {
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return nil, p.fault(i, i+1, "", "a control character")
		}
	}
	q, err := p.parse()
	if err != nil {
		return nil, err
	}
	return q, nil
}

type parser struct {
	lexer
	token token
	terms int
	depth int
}

func (p *parser) advance() (err *Error) {
	p.token, err = p.next()
	return err
}

func (p *parser) parse() (*Query, *Error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	if p.token.kind == end {
		return &Query{}, nil
	}
	n, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.token.kind == closing {
		return nil, p.fault(p.token.at, p.token.end, "", "this parenthesis closes nothing")
	}
	return &Query{Root: n}, nil
}

func (p *parser) or() (Node, *Error) {
	var of []Node
	for {
		n, err := p.and()
		if err != nil {
			return nil, err
		}
		if o, ok := n.(*Or); ok { // a parenthesis that changes nothing
			of = append(of, o.Of...)
		} else {
			of = append(of, n)
		}
		if p.token.kind != or {
			break
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
	if len(of) == 1 {
		return of[0], nil
	}
	return &Or{of}, nil
}

func (p *parser) and() (Node, *Error) {
	var of []Node
	for {
		n, err := p.not()
		if err != nil {
			return nil, err
		}
		if a, ok := n.(*And); ok {
			of = append(of, a.Of...)
		} else {
			of = append(of, n)
		}
		if p.token.kind == and {
			if err := p.advance(); err != nil {
				return nil, err
			}
			continue
		}
		if p.token.kind == end || p.token.kind == closing || p.token.kind == or {
			break
		}
	}
	if len(of) == 1 {
		return of[0], nil
	}
	return &And{of}, nil
}

// not reads NOTs and what they apply to. Two of them say nothing.
func (p *parser) not() (Node, *Error) {
	negated, seen := false, 0
	for p.token.kind == not {
		negated = !negated
		if seen++; seen > maxDepth {
			return nil, p.fault(p.token.at, p.token.end, "", "more than %d NOTs in a row", maxDepth)
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
	n, err := p.primary()
	if err != nil {
		return nil, err
	}
	if negated {
		return invert(n), nil
	}
	return n, nil
}

func invert(n Node) Node {
	if n, ok := n.(*Not); ok {
		return n.Of
	}
	return &Not{n}
}

func (p *parser) primary() (Node, *Error) {
	t := p.token
	switch t.kind {
	case open:
		if p.depth++; p.depth > maxDepth {
			return nil, p.fault(t.at, t.end, "", "more than %d parentheses inside each other", maxDepth)
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
		n, err := p.or()
		if err != nil {
			return nil, err
		}
		p.depth--
		if p.token.kind != closing {
			return nil, p.fault(t.at, t.end, "", "this parenthesis is not closed")
		}
		return n, p.advance()
	case term:
		n, err := p.make(t)
		if err != nil {
			return nil, err
		}
		return n, p.advance()
	case end:
		return nil, p.fault(t.at, t.end, "", "the text ends where a word or field:value should stand")
	case closing:
		return nil, p.fault(t.at, t.end, "", "a parenthesis closes where a word or field:value should stand")
	}
	return nil, p.fault(t.at, t.end, "", "%s stands where a word or field:value should; quote it to search for it", p.text[t.at:t.end])
}

// make turns a term's token into a node.
func (p *parser) make(t token) (Node, *Error) {
	if p.terms += len(t.values); p.terms > maxTerms {
		return nil, p.fault(t.at, t.end, "", "more than %d words and values", maxTerms)
	}
	if t.field == nil {
		w := &Word{}
		for _, r := range t.values {
			w.Values = append(w.Values, Value{parts: r.parts})
		}
		return w, nil
	}
	n := &Term{Field: t.field, Op: t.op, Other: t.other}
	if t.op != Is && len(t.values) > 1 {
		return nil, p.fault(t.values[1].at, t.end, "", "%s takes one value", t.op)
	}
	for _, r := range t.values {
		v, says, near := read(t.field, r, t.op)
		if says != "" {
			return nil, p.fault(r.at, r.end, near, "%s: %s", t.field.Name, says)
		}
		n.Values = append(n.Values, v)
	}
	if t.field.Type == Choice && t.op != Is {
		if says := n.spread(t.values[0]); says != "" {
			return nil, p.fault(t.values[0].at, t.end, "", "%s: %s", t.field.Name, says)
		}
	}
	if t.negated {
		return &Not{n}, nil
	}
	return n, nil
}

// spread makes a comparison by rank a list of the values it stands for.
func (n *Term) spread(r raw) (says string) {
	at := slices.IndexFunc(n.Field.Values, func(v string) bool { return Fold(v) == Fold(r.whole()) })
	if at < 0 {
		return "write one of its values behind " + n.Op.String() + "; " + n.Field.listed()
	}
	list := n.Field.Values
	switch n.Op {
	case Less:
		list = list[at+1:]
	case LessEqual:
		list = list[at:]
	case Greater:
		list = list[:at]
	case GreaterEqual:
		list = list[:at+1]
	}
	if len(list) == 0 {
		return "nothing is beyond " + strconv.Quote(n.Field.Values[at])
	}
	n.Op, n.Values = Is, nil
	for _, v := range list {
		n.Values = append(n.Values, Value{parts: []string{v}})
	}
	return ""
}
