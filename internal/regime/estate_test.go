package regime

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const wholeEstate = `organisation: Example Borough Council
type: uk-council
site: Town hall
sensitive:
  secret: false
  developed-vetting: false
  ministers:
  socpa: false
purpose:
  public-safety: true
facts:
  core-network: true
purchased: 2021-05
installed: 2021-06-14
`

func TestLoadEstate(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     Organisation
	}{
		{"empty file", "", Organisation{}},
		{"only a comment", "# nothing yet\n", Organisation{}},
		{"the country follows from the type, and an empty answer is not known", wholeEstate, Organisation{
			Name: "Example Borough Council", Type: "uk-council", Country: "GB", Site: "Town hall",
			Sensitive: map[string]bool{"secret": false, "developed-vetting": false, "socpa": false},
			Purpose:   map[string]bool{"public-safety": true}, Facts: map[string]bool{"core-network": true},
			Purchased: "2021-05", Installed: "2021-06-14"}},
		{"a contractor may be anywhere", "type: us-federal-contractor\ncountry: GB\n", Organisation{Type: "us-federal-contractor", Country: "GB"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := LoadEstate(strings.NewReader(c.in), "estate.yaml")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLoadEstateNamesLineKeyAndWhatIsAllowed(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"a type that does not exist", "site: x\ntype: uk-concil\n", `estate.yaml:2: type "uk-concil": one of uk-central-government, `},
		{"a key that does not exist", "colour: red\n", `estate.yaml:1: there is no key "colour": one of organisation, type`},
		{"a limb that does not exist", "sensitive:\n  secrets: true\n", `estate.yaml:2: sensitive: there is no key "secrets": one of secret, developed-vetting, ministers, socpa`},
		{"an answer that is neither", "purpose:\n  public-safety: perhaps\n", `estate.yaml:2: purpose.public-safety is "perhaps": true or false`},
		{"a date that is none", "purchased: May 2021\n", `estate.yaml:1: purchased: date "May 2021": write it as YYYY-MM-DD, YYYY-MM or YYYY`},
		{"a day that is none", "installed: 2021-02-30\n", `estate.yaml:1: installed: date "2021-02-30"`},
		{"a country in words", "country: England\n", `estate.yaml:1: country "England": two capital letters`},
		{"a country that is none", "country: XX\n", `estate.yaml:1: country "XX": two capital letters`},
		{"the United Kingdom by another code", "country: UK\n", `estate.yaml:1: country "UK": the United Kingdom is GB`},
		{"a forbidden country that is none", "egress:\n  countries: [UK]\n", `country "UK": the United Kingdom is GB`},
		{"type against country", "type: uk-police\ncountry: US\n", `estate.yaml: country "US": type "uk-police" is one of GB`},
		{"a list", "- a\n- b\n", `estate.yaml:1: an estate file is a list of keys`},
		{"the same key twice", "site: a\nsite: b\n", `site`},
		{"no YAML", "site: [", `read estate.yaml: yaml:`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := LoadEstate(strings.NewReader(c.in), "estate.yaml")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%q:\n got %v\nwant … %s …", c.in, err, c.want)
			}
		})
	}
	_, err := LoadEstate(strings.NewReader("type: x\ncountry: y\n"), "estate.yaml")
	if err == nil || strings.Count(err.Error(), "estate.yaml:") != 2 {
		t.Errorf("two faults, told: %v", err)
	}
}

func TestCheckRefusesFlagsLoadEstateWouldRefuse(t *testing.T) {
	org := Organisation{Type: "uk-police", Sensitive: map[string]bool{"secret": true}}
	if err := org.Check(); err != nil || org.Country != "GB" {
		t.Errorf("country %q, %v", org.Country, err)
	}
	for _, bad := range []Organisation{{Type: "police"}, {Country: "gb"}, {Purchased: "yesterday"}, {Facts: map[string]bool{"colour": true}}, {Type: "uk-police", Country: "FR"}} {
		if err := bad.Check(); err == nil {
			t.Errorf("%+v was accepted", bad)
		}
	}
}

func TestEveryFactThatAFileMayGiveHasAKey(t *testing.T) {
	keys := map[string]bool{}
	for _, k := range EstateKeys() {
		if keys[k.Key] || k.Says == "" || k.Type == "" {
			t.Errorf("%+v: twice, or without words", k)
		}
		keys[k.Key] = true
	}
	for _, f := range Facts {
		if f.Key != "" && !keys[f.Key] && f.Key != "type" && f.Key != "country" {
			t.Errorf("%s: key %s is not documented", f.Name, f.Key)
		}
		if f.Says == "" || f.About != "device" && f.Key == "" {
			t.Errorf("%s: needs words, and a key unless it is read from the device", f.Name)
		}
	}
}

func FuzzLoadEstate(f *testing.F) {
	f.Add([]byte(wholeEstate))
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("sensitive: {secret: 1}\nsite: |\n  x"))
	f.Fuzz(func(t *testing.T, b []byte) {
		org, err := LoadEstate(strings.NewReader(string(b)), "f")
		if err == nil {
			if err := org.Check(); err != nil {
				t.Errorf("accepted, then refused: %v", err)
			}
		}
	})
}
