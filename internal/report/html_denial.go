package report

import (
	"regexp"
	"strings"

	"github.com/lenscap/lenscap/internal/finding"
)

// cited is a statement and the list of addresses in parentheses that it ends with.
var cited = regexp.MustCompile(`(.*?)\s*\((https?://[^()]+)\)(?:\s+|$)`)

// statements takes the statements of companies apart that a finding has in one
// text: each with its sources, but for the last, which may have none.
func statements(denial string) (out []claimView) {
	end := 0
	for _, m := range cited.FindAllStringSubmatchIndex(denial, -1) {
		n := claimView{Note: denial[m[2]:m[3]]}
		for s := range strings.SplitSeq(denial[m[4]:m[5]], ";") {
			n.NoteLinks = append(n.NoteLinks, newLink(strings.TrimSpace(s)))
		}
		out, end = append(out, n), m[1]
	}
	if rest := strings.TrimSpace(denial[end:]); rest != "" {
		out = append(out, claimView{Note: rest})
	}
	return out
}

// withSources puts the sources of a company's statement beside the claim that
// has it, and returns the statements that no claim has, each once.
func (v *deviceView) withSources(list []*finding.Finding) []claimView {
	var left []claimView
	seen := map[string]bool{}
	for _, f := range list {
		for _, n := range statements(f.Denial) {
			if seen[n.Note] {
				continue
			}
			seen[n.Note] = true
			said := false
			for i := range v.Claims {
				if c := &v.Claims[i]; strings.HasSuffix(c.Note, n.Note) {
					c.NoteLinks, said = n.NoteLinks, true
				}
			}
			if !said {
				left = append(left, n)
			}
		}
	}
	return left
}
