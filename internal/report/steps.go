package report

import (
	"slices"
	"strings"

	"github.com/lenscap/lenscap/internal/finding"
)

// next is what to do about a finding, with the flags of the command that answer
// what it asks.
func next(f *finding.Finding) string {
	flags := flagsOf(f.Asks)
	if flags == "" {
		return f.Next
	}
	return strings.TrimSuffix(f.Next, ".") + ": " + flags + "."
}

// flagsOf are the flags that give the values of these keys of the estate file.
func flagsOf(keys []string) string {
	if len(keys) == 0 {
		return ""
	}
	switch k := keys[0]; k {
	case "type":
		return "--org-type or an estate file"
	case "country":
		return "--country or an estate file"
	case "purchased", "installed":
		return "--" + k + " 2021-05-01 (its own day) or an estate file"
	}
	if len(keys) == 1 {
		return "--fact " + keys[0] + "=yes (or =no)"
	}
	group, _, _ := strings.Cut(keys[0], ".")
	names := slices.Clone(keys)
	for i := range names {
		names[i] = strings.TrimPrefix(names[i], group+".")
	}
	if group == "sensitive" {
		return "--sensitive " + strings.Join(names, ",") + " (those that hold) or --sensitive none"
	}
	return "--fact " + keys[0] + "=yes, and likewise " + strings.Join(names[1:], ", ")
}
