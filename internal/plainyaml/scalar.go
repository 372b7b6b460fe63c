package plainyaml

import "strings"

// scalar reads a scalar on this line. In brackets (flow) it ends where these
// part values.
func (r *reader) scalar(flow bool) (text string, plain, ok bool) {
	if r.rest() == "" {
		return "", false, false
	}
	switch r.s[r.pos] {
	case '\'':
		text, ok = r.single()
		return text, false, ok
	case '"':
		text, ok = r.double()
		return text, false, ok
	}
	text, ok = r.plain(flow)
	return text, true, ok
}

// single reads 'it”s'.
func (r *reader) single() (string, bool) {
	line := r.rest()[1:]
	for i := 0; i < len(line); i++ {
		if line[i] != '\'' {
			continue
		}
		if i+1 < len(line) && line[i+1] == '\'' {
			i++
			continue
		}
		r.pos += i + 2
		return strings.ReplaceAll(line[:i], "''", "'"), true
	}
	return "", false
}

// double reads "…" with the commonest escapes.
func (r *reader) double() (string, bool) {
	line := r.rest()[1:]
	if n := strings.IndexAny(line, `"\`); n >= 0 && line[n] == '"' {
		r.pos += n + 2
		return line[:n], true
	}
	var out []byte
	for i := 0; i < len(line); i++ {
		switch c := line[i]; c {
		case '"':
			r.pos += i + 2
			return string(out), true
		case '\\':
			i++
			at := -1
			if i < len(line) {
				at = strings.IndexByte(`\"/ntr0`, line[i])
			}
			if at < 0 {
				return "", false
			}
			out = append(out, "\\\"/\n\t\r\x00"[at])
		default:
			out = append(out, c)
		}
	}
	return "", false
}

// plain reads a scalar without quotes. What could be anything else to YAML is
// refused.
func (r *reader) plain(flow bool) (string, bool) {
	line := r.rest()
	if strings.IndexByte("-?:,[]{}#&*!|>'\"%@`<=~", line[0]) >= 0 {
		return "", false
	}
	end := len(line)
	if flow {
		end = strings.IndexAny(line, ",[]{}")
		if end < 0 {
			return "", false
		}
	}
	if n := strings.Index(line[:end], " #"); n >= 0 {
		if flow {
			return "", false
		}
		end = n
	}
	text := strings.TrimRight(line[:end], " ")
	if strings.Contains(text, ": ") || strings.HasSuffix(text, ":") || isNull(text) {
		return "", false
	}
	r.pos += end
	return text, true
}

func isNull(s string) bool { return len(s) == 4 && strings.EqualFold(s, "null") }

// A style is how a block of lines becomes one text.
var styles = map[string]struct{ between, end string }{
	">-": {" ", ""}, ">": {" ", "\n"}, "|-": {"\n", ""}, "|": {"\n", "\n"},
}

// linesText reads a folded or literal block below a key or dash at indent.
func (r *reader) linesText(indent int) (string, bool) {
	style, ok := styles[strings.TrimRight(r.rest(), " ")]
	if !ok {
		return "", false
	}
	r.skipLine()
	var out strings.Builder
	depth := -1
	for {
		line := r.rest()
		text := strings.TrimLeft(line, " ")
		at := len(line) - len(text)
		if text == "" || at <= indent {
			break
		}
		if depth < 0 {
			depth = at
		} else {
			out.WriteString(style.between)
		}
		if at != depth || text[len(text)-1] == ' ' {
			return "", false
		}
		out.WriteString(text)
		r.skipLine()
	}
	if depth < 0 {
		return "", false
	}
	atEnd := r.pos == len(r.s) && r.s[len(r.s)-1] != '\n'
	before := r.pos
	r.next()
	// A line of content after blank ones would belong to the block, and so would
	// a comment as deep as it.
	if r.indent > indent || deepComment(r.s[before:r.pos], indent) || atEnd && style.end != "" {
		return "", false
	}
	return out.String() + style.end, true
}

// deepComment reports a comment that stands deeper than indent.
func deepComment(s string, indent int) bool {
	for line := range strings.SplitSeq(s, "\n") {
		text := strings.TrimLeft(line, " ")
		if text != "" && len(line)-len(text) > indent {
			return true
		}
	}
	return false
}
