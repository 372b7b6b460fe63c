package maker

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Chips lists what is known to be in a model, best confidence first. company
// narrows the answer to that company's models and to rows that name nobody;
// "" takes all. The model must be the whole model name: case, spaces, a region
// in brackets such as "(EU)" and a brand name in front do not matter, and
// nothing is concluded from a shared beginning.
func (b *Base) Chips(company ID, model string) []Chip {
	var found []Chip
	for _, key := range b.modelKeys(model) {
		for _, i := range b.byModel[key] {
			if c := b.chips[i]; company == "" || c.Company == "" || c.Company == company {
				found = append(found, c)
			}
		}
		if len(found) > 0 {
			break
		}
	}
	slices.SortStableFunc(found, func(a, b Chip) int { return rank(a.Confidence) - rank(b.Confidence) })
	return found
}

var region = regexp.MustCompile(`\s*\([A-Za-z]{2,3}(/[A-Za-z]{2,3})*\)`)

// modelKey is a model name in capitals without region and spaces.
func modelKey(model string) string {
	const longest = 100 // bytes
	if len(model) > longest {
		return ""
	}
	if isModelKey(model) {
		return model
	}
	if strings.Contains(model, "(") {
		model = region.ReplaceAllString(model, "")
	}
	return strings.ToUpper(strings.Join(strings.Fields(model), ""))
}

// isModelKey reports a model that is its own key: capitals, digits and signs.
func isModelKey(model string) bool {
	for i := range len(model) {
		if c := model[i]; c <= ' ' || c >= utf8.RuneSelf || 'a' <= c && c <= 'z' || c == '(' {
			return false
		}
	}
	return true
}

// modelKeys is the key of a model as given, then without the company's name
// in front: "Hikvision DS-2CD2032-I".
func (b *Base) modelKeys(model string) []string {
	keys := []string{modelKey(model)}
	if first, rest, ok := strings.Cut(strings.TrimSpace(model), " "); ok && b.names[nameKey(first)] != nil {
		keys = append(keys, modelKey(rest))
	}
	return slices.DeleteFunc(keys, func(k string) bool { return k == "" })
}

func rank(confidence string) int {
	switch confidence {
	case "high":
		return 0
	case "medium":
		return 1
	}
	return 2
}
