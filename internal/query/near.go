package query

import (
	"slices"
	"strings"
)

// Nearest is the value among values that a person most likely meant by text; ""
// when none is near.
func Nearest(text string, values []string) string { return nearest(text, values) }

// nearest is the name among names that a person most likely meant; "" when none
// is near: as many letters may differ as a third of the name, and a name that
// holds the text, or ends in it behind a dot, counts as near.
func nearest(text string, names []string) string {
	text = strings.ToLower(text)
	best, least := "", len(text)/3+1
	for _, n := range names {
		low := strings.ToLower(n)
		d := distance(text, low)
		if i := strings.LastIndexByte(low, '.'); i >= 0 {
			d = min(d, distance(text, low[i+1:])+1)
		}
		if len(text) > 2 && strings.HasPrefix(low, text) {
			d = min(d, 1)
		}
		if d < least || d == least && best == "" {
			best, least = n, d
		}
	}
	return best
}

// distance is how many letters must be put in, left out, replaced or swapped
// with their neighbour to make b of a.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	before, above := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above = above, slices.Clone(row)
	}
	return above[len(b)]
}
