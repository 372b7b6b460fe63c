package geo

import (
	"bytes"
	"compress/gzip"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

func TestAddReadsEveryLayout(t *testing.T) {
	gz := func(s string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = w.Write([]byte(s))
		_ = w.Close()
		return b.String()
	}
	zst := func(s string) string {
		w, _ := zstd.NewWriter(nil)
		return string(w.EncodeAll([]byte(s), nil))
	}
	mmdb := func(six bool, kind string, m map[string][]byte) string {
		w := newMMDBWriter(six)
		w.put(netip.MustParsePrefix("5.6.7.0/24"), mmdbMap(m))
		w.put(netip.MustParsePrefix("200.0.0.0/8"), mmdbMap(map[string][]byte{"x": mmdbText("y")}))
		if six {
			w.put(netip.MustParsePrefix("2a01:4f8::/32"), mmdbMap(m))
			w.put(netip.MustParsePrefix("2a02::1:2:3:0/112"), mmdbMap(m))
		}
		return string(w.bytes(kind))
	}
	iso := func(c string) []byte { return mmdbMap(map[string][]byte{"iso_code": mmdbText(c)}) }
	country, network, both := Place{Country: "DE"}, Place{ASN: 64500, Network: "Example, Inc."}, Place{Country: "DE", ASN: 64500, Network: "Example, Inc."}
	for _, c := range []struct {
		name, file, text string
		want             Place // of 5.6.7.8
		six              bool  // and of 2a01:4f8::1
	}{
		{"countries, dotted", "a.csv", "5.6.7.0,5.6.7.255,DE\n2a01:4f8::,2a01:4f8:ffff:ffff:ffff:ffff:ffff:ffff,DE\n", country, true},
		{"countries, numbers", "a.csv", "84281088,84281343,DE\n55832868898047719633825846016008519680,55832868977275882148090183609552470015,DE\n", country, true},
		{"countries with names of columns", "a.csv", "start_ip,end_ip,country\r\n5.6.7.0,5.6.7.255,DE\r\n", country, false},
		{"prefixes", "a.csv", "network,country_iso_code\n5.6.7.0/24,DE\n2a01:4f8::/32,DE\n", country, true},
		{"networks", "a.csv", "5.6.7.0,5.6.7.255,64500,\"Example, Inc.\"\n", network, false},
		{"networks with AS", "a.csv", "5.6.7.0/24,AS64500,\"Example, Inc.\"\n", network, false},
		{"iptoasn.com", "ip2asn.tsv", "5.6.7.0\t5.6.7.255\t64500\tDE\tExample, Inc.\n9.0.0.0\t9.0.0.255\t0\tNone\tNot routed\n", both, false},
		{"gzip", "a.csv.gz", gz("5.6.7.0,5.6.7.255,DE\n"), country, false},
		{"zstd", "a.csv.zst", zst("5.6.7.0,5.6.7.255,DE\n"), country, false},
		{"a smaller range inside a larger one", "a.csv", "5.0.0.0,5.255.255.255,US\n5.6.7.0,5.6.7.255,DE\n", country, false},
		{"GeoLite2 Country", "a.mmdb", mmdb(true, "GeoLite2-Country", map[string][]byte{"country": iso("DE"), "registered_country": iso("US")}), country, true},
		{"GeoLite2 where only the registration is known", "a.mmdb", mmdb(true, "GeoLite2-Country", map[string][]byte{"registered_country": iso("DE")}), country, true},
		{"GeoLite2 ASN, gzip", "a.mmdb.gz", gz(mmdb(true, "GeoLite2-ASN", map[string][]byte{
			"autonomous_system_number": mmdbUint(6, 64500), "autonomous_system_organization": mmdbText("Example, Inc.")})), network, true},
		{"ip-location-db", "a.mmdb", mmdb(false, "country ipv4", map[string][]byte{"country_code": mmdbText("DE")}), country, false},
		{"ipinfo", "a.mmdb", mmdb(true, "ipinfo free_country_asn.mmdb", map[string][]byte{
			"country": mmdbText("DE"), "asn": mmdbText("AS64500"), "as_name": mmdbText("Example, Inc.")}), both, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), c.file)
			write(t, path, c.text)
			s := &Set{}
			if err := s.Add(path); err != nil {
				t.Fatal(err)
			}
			addrs := []string{"5.6.7.8", "5.6.7.0", "5.6.7.255", "::ffff:5.6.7.9"}
			if c.six {
				addrs = append(addrs, "2a01:4f8::1", "2a01:4f8:ffff:ffff:ffff::")
			}
			for _, a := range addrs {
				got := s.Lookup(netip.MustParseAddr(a))
				if !strings.Contains(got.Source, c.file) && !strings.Contains(got.Source, "2026-05-28") {
					t.Errorf("%s: source %q", a, got.Source)
				}
				got.Source = ""
				if got != c.want {
					t.Errorf("%s: got %+v, want %+v", a, got, c.want)
				}
			}
			for _, a := range []string{"5.6.8.0", "4.255.255.255", "2a01:4f9::1"} {
				if got := s.Lookup(netip.MustParseAddr(a)); got.Country == "DE" || got.ASN != 0 {
					t.Errorf("%s: %+v", a, got)
				}
			}
		})
	}
}

func TestWhatTheUserGivesIsAskedFirst(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "1-old.csv"), "52.58.0.0,52.58.255.255,FR\n")
	write(t, filepath.Join(dir, "2-new.csv"), "52.58.1.0,52.58.1.255,NL\n")
	write(t, filepath.Join(dir, "notes.txt"), "not read")
	s := embedded(t)
	if err := s.Add(dir); err != nil {
		t.Fatal(err)
	}
	for addr, want := range map[string]string{"52.58.1.1": "NL", "52.58.2.1": "FR", "3.120.0.1": "DE"} {
		p := s.Lookup(netip.MustParseAddr(addr))
		if p.Country != want || p.ASN != 16509 || p.Network == "" {
			t.Errorf("%s: %+v, want %s and the network of the embedded table", addr, p, want)
		}
	}
	if p := s.Lookup(netip.MustParseAddr("52.58.1.1")); !strings.Contains(p.Source, "2-new.csv, file of ") || !strings.Contains(p.Source, "; "+blocksName) {
		t.Errorf("source %q does not name both data sets", p.Source)
	}
	if n := s.Sources(); len(n) != 4 || !strings.HasPrefix(n[0], "2-new.csv") || !strings.Contains(n[2], "CC BY 4.0") {
		t.Errorf("sources %q", n)
	}
}

func TestAddRefusesWithFileLineAndReason(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ name, text, want string }{
		{"not-an-address.csv", "1.0.0.0,1.0.0.255,AU\n1.0.1.0,nowhere,CN\n", "line 2"},
		{"backwards.csv", "1.0.0.0,1.0.0.255,AU\n1.0.2.0,1.0.1.0,CN\n", "line 2"},
		{"families.csv", "1.0.0.0,1.0.0.255,AU\n1.0.1.0,2a00::,CN\n", "line 2"},
		{"unknown-code.csv", "1.0.0.0,1.0.0.255,AU\n1.0.1.0,1.0.1.255,Atlantis\n", "Atlantis"},
		{"quote.csv", "1.0.0.0,1.0.0.255,AU\n1.0.1.0,1.0.1.255,13335,\"Cloud\nflare\n", "line"},
		{"one-column.csv", "x\n1.0.0.0\n", "line 2"},
		{"empty.csv", "", "holds no range"},
		{"cut.csv.gz", "\x1f\x8b\x08\x00\x00", "unexpected EOF"},
		{"cut.mmdb", "\xab\xcd\xefMaxMind.com", "damaged MMDB"},
	} {
		path := filepath.Join(dir, c.name)
		write(t, path, c.text)
		s := embedded(t)
		err := s.Add(path)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", c.name, err)
		}
		if len(s.sources) != 2 {
			t.Errorf("%s: a part of it was kept", c.name)
		}
	}
	if err := (&Set{}).Add(filepath.Join(dir, "absent")); err == nil {
		t.Error("an absent file is no error")
	}
	if err := (&Set{}).Add(t.TempDir()); err == nil || !strings.Contains(err.Error(), ".mmdb") {
		t.Errorf("an empty folder: %v", err)
	}
}

func TestEncodeThenDecode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	write(t, path, "1.0.0.0,1.0.0.255,AU\n1.0.1.0,1.0.1.0,CN\n10.0.0.0,11.0.0.0,US\n223.255.255.0,223.255.255.255,AU\n2001::,2001:0:ffff::,US\n2a00::,2a00::ffff,DE\n")
	var b bytes.Buffer
	if err := Encode(&b, "a name", "a note", path); err != nil {
		t.Fatal(err)
	}
	l, err := Decode(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	s := &Set{}
	s.put(l)
	s.index()
	for a, want := range map[string]string{"1.0.0.0": "AU", "1.0.0.255": "AU", "1.0.1.0": "CN", "1.0.1.1": "", "10.0.0.1": "", "11.0.0.0": "US", "11.0.0.1": "",
		"223.255.255.255": "AU", "2001:0:5::": "US", "2a00::1": "DE", "2a00:0:0:1::": ""} {
		if got := s.Lookup(netip.MustParseAddr(a)).Country; got != want {
			t.Errorf("%s: %q, want %q", a, got, want)
		}
	}
	if got := s.Sources(); len(got) != 1 || got[0] != "a name: a note" {
		t.Errorf("sources %q", got)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(formatLine + "\nname x\nnote y\ncountries US DE\nipv4 2 2 4\nipv6 1 1 2\n\n\x00\x05\x08\x00\x00\x01\x00\x01\x00\x01\x00"))
	f.Add([]byte(formatLine + "\n\n"))
	f.Add([]byte(formatLine + "\ncountries US\nipv4 1 10 3\nipv6 0 0 0\n\n\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x3f\x01\x00"))
	if z, err := os.ReadFile("../../kb/geo/country.lsg"); err == nil {
		f.Add(z[:4096])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = Decode(b)
		l, err := decodePlain(b)
		if err != nil {
			return
		}
		s := &Set{}
		s.put(l)
		s.index()
		ask(t, s)
	})
}

func FuzzReadCSV(f *testing.F) {
	f.Add("1.0.0.0,1.0.0.255,AU\n")
	f.Add("16777216,16777471,13335,\"Cloudflare, Inc.\"\n")
	f.Add("a,b\n5.6.7.0/24,AS1\n2a00::/12,DE\n::/0,US\n")
	f.Add("1.0.0.0\t1.0.0.255\t13335\tUS\tCLOUDFLARENET\n")
	f.Add("0,340282366920938463463374607431768211455,US\n")
	f.Fuzz(func(t *testing.T, text string) {
		b := newBuilder()
		if readCSV(b, strings.NewReader(text)) != nil {
			return
		}
		s := &Set{}
		s.put(b.layer("x", ""))
		s.index()
		ask(t, s)
	})
}

func FuzzReadMMDB(f *testing.F) {
	for _, six := range []bool{false, true} {
		w := newMMDBWriter(six)
		w.put(netip.MustParsePrefix("5.6.7.0/24"), mmdbMap(map[string][]byte{"country": mmdbMap(map[string][]byte{"iso_code": mmdbText("DE")})}))
		w.put(netip.MustParsePrefix("9.0.0.0/8"), mmdbMap(map[string][]byte{"asn": mmdbText("AS5"), "name": mmdbText("x")}))
		f.Add(w.bytes("x"))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<14 {
			return
		}
		l, err := readMMDB(b, "x")
		if err != nil {
			return
		}
		s := &Set{}
		s.put(l)
		s.index()
		ask(t, s)
	})
}

// ask looks up addresses at the edges: none may be outside a table, and none
// that is not public may have a place.
func ask(t *testing.T, s *Set) {
	t.Helper()
	for _, a := range []string{"0.0.0.0", "1.0.0.0", "5.6.7.8", "127.0.0.1", "223.255.255.255", "255.255.255.255", "2000::", "2a00::1", "3fff:ffff::", "::", "ffff::"} {
		p := s.Lookup(netip.MustParseAddr(a))
		if len(p.Network) > 120 || p.Country != "" && !isCountry(p.Country) {
			t.Errorf("%s: %+v", a, p)
		}
	}
}
