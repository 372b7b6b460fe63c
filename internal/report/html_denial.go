package report

import (
	"regexp"
	"strings"

	"github.com/lenscap/lenscap/internal/finding"
)

// cited is the list of addresses in parentheses that a statement ends with.
var cited = regexp.MustCompile(`\s*\((https?://[^()]+)\)$`)

// withSources puts the sources of a company's statement beside the claim that
// has it, and returns the statements that no claim has.
func (v *deviceView) withSources(list []*finding.Finding) []claimView {
	var left []claimView
	seen := map[string]bool{}
	for _, f := range list {
		if f.Denial == "" || seen[f.Denial] {
			continue
		}
		seen[f.Denial] = true
		n := claimView{Note: f.Denial}
		if m := cited.FindStringSubmatch(f.Denial); m != nil {
			n.Note = strings.TrimSuffix(f.Denial, m[0])
			for _, s := range strings.Split(m[1], ";") {
				n.NoteLinks = append(n.NoteLinks, newLink(strings.TrimSpace(s)))
			}
		}
		said := false
		for i := range v.Claims {
			c := &v.Claims[i]
			_, note, ok := strings.Cut(c.Note, " says: ")
			if ok && strings.Contains(n.Note, strings.TrimSuffix(note, ".")) {
				c.NoteLinks, said = n.NoteLinks, true
			}
		}
		if !said {
			left = append(left, n)
		}
	}
	return left
}
