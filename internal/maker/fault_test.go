package maker_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lenscap/lenscap/internal/maker"
	"github.com/lenscap/lenscap/kb"
)

// small is a knowledge base of one row a file, without a fault.
func small() map[string]string {
	const src = ",https://example.org/,read,yes\n"
	return map[string]string{
		"makers/companies.yaml": `- id: acme
  legal_name: "Acme Co., Ltd."
  names: [Acme]
  home: CN
  parent: owner
  kind: manufacturer
  segment: cctv
  ownership:
    - {owner: owner, control: true, text: bought, from: "2018", source: ["https://example.org/"], basis: read, verified: yes}
  source: ["https://example.org/"]
  basis: read
  verified: yes
- id: owner
  legal_name: Owner Inc.
  names: [Owner]
  home: "NO"
  kind: holding
  segment: ""
  source: ["github-index:1"]
  basis: read
  verified: no
`,
		"brands/oem.csv":                "id,brand,brand_id,maker_id,kind,scope,from,to,period,confidence,note,source,basis,verified\noem/x,X,,acme,OEM,,,,,high," + src,
		"brands/unattributed.csv":       "id,brand,family,source,basis,verified\nunattributed/y,Y,fam" + src,
		"prefixes/oui.csv":              "id,prefix,bits,organisation,company_id,specificity,registry_country,listed,source,basis,verified\noui/1,00:40:8c,24,ACME,acme,mixed,," + src,
		"prefixes/cta2063a.csv":         "id,code,organisation,company_id,role,note,source,basis,verified\ncta/1,15AB,ACME,acme,aircraft," + src,
		"chips/chips.csv":               "id,company_id,brand,model,soc,soc_maker_id,sensor,wifi,evidence,confidence,note,source,basis,verified\nchip/1,acme,Acme,M1,T31,,,,teardown,high," + src,
		"domains/domains.csv":           "id,suffix,company_id,purpose,jurisdiction,specificity,note,source,basis,verified\ndomain/1,acme.example,acme,cloud,CN,vendor-only," + src,
		"ports/ports.csv":               "id,proto,port,service,company_id,strength,note,source,basis,verified\nport/1,tcp,80,web,,weak," + src,
		"capabilities/capabilities.csv": "id,capability,protocol,company_id,request,element_path,positive_when,example,note,source,basis,verified\ncapability/1,face,ISAPI,acme,,,,," + src,
		"advisories/cves.csv":           "id,cve,company_id,affected,firmware_range,weakness,cvss,cvss_basis,exploited,exploited_date,spread,note,source,basis,verified\nadvisory/1,CVE-2020-1234,acme,all,,bad,9.8,read,no,,," + src,
	}
}

func fsOf(files map[string]string) fs.FS {
	m := fstest.MapFS{}
	for name, data := range files {
		m[name] = &fstest.MapFile{Data: []byte(data)}
	}
	return m
}

func TestLoadTakesASmallKnowledgeBase(t *testing.T) {
	b, err := maker.Load(fsOf(small()))
	if err != nil {
		t.Fatal(err)
	}
	if c, _ := b.Company("owner"); c == nil || c.Home != "NO" || c.Source.Verified {
		t.Errorf("owner = %+v, want Norway and unverified", c)
	}
}

// TestLoadNamesEachFault changes one thing and wants the fault named with its
// file and line, and the author told what to do.
func TestLoadNamesEachFault(t *testing.T) {
	for _, c := range []struct{ name, file, old, new, want string }{
		{"owner that is no company", "makers/companies.yaml", "owner: owner", "owner: nobody", `:9: acme: owner "nobody" is no company`},
		{"parent that is no company", "makers/companies.yaml", "parent: owner", "parent: nobody", `parent "nobody" is no company`},
		{"parent that does not control", "makers/companies.yaml", `from: "2018"`, `to: "2018"`, "is not who controls it today"},
		{"country in words", "makers/companies.yaml", "home: CN", "home: China", `:1: acme: home "China"`},
		{"misspelt key", "makers/companies.yaml", "segment: cctv", "segmnt: cctv", `:1: does not parse: line 7: no such key "segmnt"`},
		{"misspelt key within", "makers/companies.yaml", "text: bought", "txt: bought", `no such key "txt"`},
		{"no names", "makers/companies.yaml", "names: [Acme]", "names: []", "has no names"},
		{"date in words", "makers/companies.yaml", `"2018"`, `"spring 2018"`, `from "spring 2018" is no date`},
		{"ends before it starts", "makers/companies.yaml", `from: "2018"`, `from: "2018", to: "2017"`, "ends before it starts"},
		{"not sorted", "makers/companies.yaml", "id: owner", "id: abc", "stands out of order"},
		{"own parent", "makers/companies.yaml", "home: \"NO\"", "home: \"NO\"\n  parent: acme", "is its own parent"},
		{"no list", "makers/companies.yaml", "- id: acme", "id: acme", "does not parse"},
		{"no source", "brands/oem.csv", "https://example.org/", "", ":2: oem/x: has no source"},
		{"source in words", "brands/oem.csv", "https://example.org/", "a friend told me", "is no address"},
		{"other scheme", "brands/oem.csv", "https://example.org/", "javascript://x", "is no address"},
		{"recalled and verified", "brands/oem.csv", ",read,", ",recalled,", "recalled and verified at once"},
		{"index number and verified", "brands/oem.csv", "https://example.org/", "github-index:12", "only an index number"},
		{"unknown basis", "brands/oem.csv", ",read,", ",guessed,", `basis "guessed"`},
		{"maker that is no company", "brands/oem.csv", ",acme,", ",nobody,", `maker_id "nobody" is no company`},
		{"unknown kind", "brands/oem.csv", ",OEM,", ",ODM,", `kind "ODM"; use one of: OEM, former OEM`},
		{"placeholder as brand", "brands/oem.csv", "oem/x,X,", "oem/x,General,", `brand "General" is what devices send`},
		{"id taken in another file", "brands/oem.csv", "oem/x,", "port/1,", "id is used twice, first at brands/oem.csv:2"},
		{"id with a space", "brands/oem.csv", "oem/x,", "oem x,", `id "oem x"`},
		{"missing cell", "brands/oem.csv", ",high,", ",", "has 13 cells; make it 14"},
		{"other header", "brands/oem.csv", "scope", "range", "header is"},
		{"open quote", "brands/oem.csv", ",X,", ",\"X,", "does not parse"},
		{"not UTF-8", "brands/oem.csv", ",X,", ",\xff,", "is not UTF-8"},
		{"prefix too long", "prefixes/oui.csv", "00:40:8c,", "00:40:8c:1,", `prefix "00:40:8c:1" of 24 bits`},
		{"prefix in capitals", "prefixes/oui.csv", "00:40:8c", "00:40:8C", `prefix "00:40:8C"`},
		{"prefix no hexadecimal", "prefixes/oui.csv", "00:40:8c", "00:40:8g", `prefix "00:40:8g"`},
		{"prefix of a group", "prefixes/oui.csv", "00:40:8c", "01:40:8c", "group or locally administered"},
		{"drone code with an O", "prefixes/cta2063a.csv", "15AB", "15OB", `code "15OB"`},
		{"drone code of no role", "prefixes/cta2063a.csv", "aircraft", "drone", `role "drone"`},
		{"prefix twice", "prefixes/oui.csv", "oui/1", "oui/0,00:40:8c,24,ACME,acme,mixed,,,https://example.org/,read,yes\noui/1", "prefix is there already, as oui/0"},
		{"chip of nothing", "chips/chips.csv", ",T31,", ",,", "names no part"},
		{"top-level domain", "domains/domains.csv", "acme.example", "com", "is no domain name"},
		{"port out of range", "ports/ports.csv", ",80,", ",70000,", `port "70000"`},
		{"no CVE number", "advisories/cves.csv", "CVE-2020-1234", "CVE 1", `cve "CVE 1"`},
		{"exploited without a day", "advisories/cves.csv", ",no,", ",yes,", "do not agree"},
		{"score of eleven", "advisories/cves.csv", "9.8", "11.0", `cvss "11.0"`},
		{"file away", "ports/ports.csv", "*", "", "ports/ports.csv: cannot be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := small()
			if c.old == "*" {
				delete(files, c.file)
			} else {
				if !strings.Contains(files[c.file], c.old) {
					t.Fatalf("%s holds no %q", c.file, c.old)
				}
				files[c.file] = strings.Replace(files[c.file], c.old, c.new, 1)
			}
			b, err := maker.Load(fsOf(files))
			if err == nil || b != nil {
				t.Fatal("no fault was found")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("got\n%v\nwant %q", err, c.want)
			}
			for _, p := range maker.Lint(fsOf(files)) {
				if p.File == "" || p.Says == "" || p.Do == "" {
					t.Errorf("fault without file, what is wrong or what to do: %+v", p)
				}
			}
		})
	}
}

func TestLoadReportsEveryFaultAtOnce(t *testing.T) {
	files := small()
	files["brands/oem.csv"] = strings.Replace(files["brands/oem.csv"], ",acme,", ",nobody,", 1)
	files["ports/ports.csv"] = strings.Replace(files["ports/ports.csv"], ",80,", ",0,", 1)
	files["makers/companies.yaml"] = strings.Replace(files["makers/companies.yaml"], "home: CN", "home: cn", 1)
	if got := maker.Lint(fsOf(files)); len(got) != 3 {
		t.Errorf("got %d faults, want 3: %v", len(got), got)
	}
}

// FuzzLoad gives a stranger's file in place of ours: it may be refused, it may
// not panic.
func FuzzLoad(f *testing.F) {
	names := []string{"makers/companies.yaml", "brands/oem.csv", "prefixes/oui.csv", "chips/chips.csv", "domains/domains.csv", "ports/ports.csv"}
	for i, name := range names {
		f.Add(i, small()[name])
		b, err := fs.ReadFile(kb.FS, name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(i, string(b[:1500]))
	}
	f.Fuzz(func(t *testing.T, file int, data string) {
		files := small()
		files[names[uint(file)%uint(len(names))]] = data
		b, err := maker.Load(fsOf(files))
		if err == nil {
			for _, c := range b.Companies() {
				b.Parents(c.ID, "2020-01-01")
			}
		}
	})
}
