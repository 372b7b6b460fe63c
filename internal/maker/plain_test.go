package maker

import (
	"io/fs"
	"reflect"
	"testing"

	"github.com/lenscap/lenscap/internal/plainyaml"
	"github.com/lenscap/lenscap/kb"
)

// A file that package plainyaml does not take costs thirty times as much at
// every start.
func TestCompaniesOfTheReleaseAreReadFastAndAlike(t *testing.T) {
	b, err := fs.ReadFile(kb.FS, companiesFile)
	if err != nil {
		t.Fatal(err)
	}
	var got []companyEntry
	if !plainyaml.Decode(b, &got) {
		t.Fatal("not in the plain form of package plainyaml: write the entry as those beside it")
	}
	l := &loader{}
	if want, _ := l.decodeCompanies(b); len(l.problems) > 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("read otherwise by package yaml (%v)", l.problems)
	}
}

func TestRowIDsAreLowerCaseWordsAndSigns(t *testing.T) {
	for id, want := range map[string]bool{"oui/00-1a": true, "2n": true, "a._-/": true, "": false, "-a": false, "A": false, "a b": false, "ä": false} {
		if isRowID(id) != want {
			t.Errorf("isRowID(%q) = %v", id, !want)
		}
	}
}

func TestModelsThatAreTheirOwnKey(t *testing.T) {
	for model, want := range map[string]string{"DS-2CD2032-I": "DS-2CD2032-I", "ds-2cd": "DS-2CD", "C6N (EU)": "C6N", "C6 N": "C6N", "É1": "É1", "é1": "É1", "A\u00a0B": "AB"} {
		if got := modelKey(model); got != want {
			t.Errorf("modelKey(%q) = %q, want %q", model, got, want)
		}
	}
}
