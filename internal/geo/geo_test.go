package geo

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/oschwald/maxminddb-golang/v2"
)

func embedded(t testing.TB) *Set {
	t.Helper()
	s, err := Load(os.DirFS("../../kb"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Where these addresses stand is also what their holders publish: Amazon's and
// Google's regions, the registries' records.
func TestLookupInTheEmbeddedData(t *testing.T) {
	s := embedded(t)
	for _, c := range []struct {
		addr, country string
		asn           uint32
	}{
		{"8.8.8.8", "US", 0}, // Google Public DNS is a small block: not in the table of large ones
		{"52.58.1.1", "DE", 16509},
		{"3.120.0.1", "DE", 16509}, // eu-central-1
		{"::ffff:3.120.0.1", "DE", 16509},
		{"54.229.64.81", "IE", 16509}, // eu-west-1, where the D-Link camera of IoT Sentinel goes
		{"34.89.128.1", "DE", 396982},
		{"20.52.1.1", "DE", 8075},
		{"47.88.59.209", "US", 45102}, // where the Yi camera goes: Alibaba's, in the United States
		{"2a05:d014::1", "DE", 16509},
		{"2001:4860:4860::8888", "US", 0},
		{"2001:4860:8000::1", "US", 15169},
		{"193.0.6.139", "NL", 0}, // RIPE NCC
	} {
		if p := s.Lookup(netip.MustParseAddr(c.addr)); p.Country != c.country || p.ASN != c.asn {
			t.Errorf("%s: got %+v, want %s and AS%d", c.addr, p, c.country, c.asn)
		}
	}
}

func TestLookupSaysNothingOfAddressesThatAreNotPublic(t *testing.T) {
	s := embedded(t)
	wide := t.TempDir() + "/wide.csv"
	write(t, wide, "0.0.0.0,255.255.255.255,AQ\n::,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,AQ\n")
	if err := s.Add(wide); err != nil {
		t.Fatal(err)
	}
	for _, a := range strings.Fields(`0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 169.254.1.1 172.16.0.1 172.31.255.255 192.168.1.1 192.0.2.1 198.18.0.1 198.19.255.255 198.51.100.7
		203.0.113.9 224.0.0.1 239.255.255.250 255.255.255.255 :: ::1 fe80::1 fd00::1 ff02::fb 2001:db8::1 3fff::1 2001:2::1`) {
		if p := s.Lookup(netip.MustParseAddr(a)); p != (Place{}) {
			t.Errorf("%s: %+v", a, p)
		}
	}
	if p := s.Lookup(netip.Addr{}); p != (Place{}) {
		t.Errorf("no address: %+v", p)
	}
	for _, a := range []string{"9.255.255.255", "11.0.0.0", "172.32.0.0", "100.128.0.0", "223.255.255.255", "2001:db9::", "2a00::"} {
		if p := s.Lookup(netip.MustParseAddr(a)); p.Country != "AQ" {
			t.Errorf("%s beside such a block: %+v", a, p)
		}
	}
}

func TestLookupAllocatesNothing(t *testing.T) {
	s := embedded(t)
	a := netip.MustParseAddr("52.58.1.1")
	if n := testing.AllocsPerRun(100, func() { s.Lookup(a) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Tables and flatten are held to the plainest search there is.
func TestTablesAgreeWithASearchOfTheSpans(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 3))
		var spans []span
		edges := []uint64{0, 1<<32 - 1}
		for i := range 1 + r.IntN(30) {
			size := r.IntN(33)
			first := uint64(r.Uint32()) >> size << size
			if r.IntN(2) == 0 {
				first = uint64(r.IntN(8))<<16 + uint64(r.IntN(300))
			}
			last := min(first+uint64(r.Uint32())>>r.IntN(32), 1<<32-1)
			spans = append(spans, span{first, last, uint32(i + 1)})
			edges = append(edges, first, first-1, first+1, last, last-1, last+1)
		}
		want := func(k uint64) uint32 { // the one that starts last, of those that start together the shorter, then the later
			var best span
			for _, s := range spans {
				if k < s.first || k > s.last {
					continue
				}
				if best.value == 0 || s.first > best.first || s.first == best.first && s.last <= best.last {
					best = s
				}
			}
			return best.value
		}
		flat := flatten(append([]span(nil), spans...), nil)
		c4 := changesOf(flat, last4)
		four := newTable(&c4, 0, shift4, 40)
		if again := four.changes(); !slices.Equal(again.at, c4.at) || !slices.Equal(again.value, c4.value) {
			t.Fatalf("seed %d: a table gives back %v, was made of %v", seed, again, c4)
		}
		var up []span
		for _, s := range flat {
			up = append(up, span{base6 + s.first<<29, base6 + s.last<<29 + (1<<29 - 1), s.value})
		}
		c6 := changesOf(up, last6)
		six := newTable(&c6, base6, shift6, 1<<17*int(seed&1))
		for range 200 {
			edges = append(edges, uint64(r.Uint32()))
		}
		for _, k := range edges {
			if k > 1<<32-1 {
				continue
			}
			if got := four.find(k); got != want(k) {
				t.Fatalf("seed %d: IPv4 key %#x: %d, want %d\n%v", seed, k, got, want(k), spans)
			}
			if got := six.find(base6 + k<<29 + 5); got != want(k) {
				t.Fatalf("seed %d: IPv6 key %#x: %d, want %d", seed, k, got, want(k))
			}
		}
	}
}

// The tables inside the binary are those of the knowledge base beside it, and
// say the same.
func TestTablesInTheBinaryAreMadeOfTheKnowledgeBase(t *testing.T) {
	kb := os.DirFS("../../kb")
	made, err := Made(kb)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(made, tables) {
		t.Fatal("tables.bin is of another knowledge base: run go generate ./internal/geo")
	}
	got, want := ready(kb), &Set{}
	if err := want.load(kb); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.places, want.places) || !slices.Equal(got.Sources(), want.Sources()) {
		t.Errorf("places or sources differ")
	}
	for _, a := range randomAddrs(1 << 16) {
		if got, want := got.Lookup(a), want.Lookup(a); got != want {
			t.Fatalf("%s: %+v, loaded from the files %+v", a, got, want)
		}
	}
	mine := t.TempDir() + "/mine.csv"
	write(t, mine, "8.8.8.0/24,AQ\n")
	if err := got.Add(mine); err != nil {
		t.Fatal(err)
	}
	if p := got.Lookup(netip.MustParseAddr("8.8.8.8")); p.Country != "AQ" {
		t.Errorf("what was added to them does not answer: %+v", p)
	}
	if p := got.Lookup(netip.MustParseAddr("52.58.1.1")); p.Country != "DE" || p.ASN != 16509 {
		t.Errorf("what was there before it does not: %+v", p)
	}
}

// A knowledge base with other files is read: its tables are not those in the binary.
func TestAnotherKnowledgeBaseIsRead(t *testing.T) {
	other := fstest.MapFS{
		networksFile: {Data: []byte("id,asn,holder\nnetwork/1,64500,Example\n")},
		blocksFile:   {Data: []byte("prefix,asn\n52.58.0.0/16,64500\n")},
	}
	s, err := Load(other)
	if err != nil {
		t.Fatal(err)
	}
	if p := s.Lookup(netip.MustParseAddr("52.58.1.1")); p.ASN != 64500 || p.Country != "" {
		t.Errorf("%+v, want the network of that base alone", p)
	}
}

// The embedded form says what the published CSV says, of the first and last
// address of every range. It needs the files that scripts/geo leaves in out/geo.
func TestEmbeddedCountriesAreThoseOfTheDataSet(t *testing.T) {
	dir := filepath.Join("..", "..", "out", "geo", "package")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the data set is not here: scripts/geo fetches it")
	}
	s := embedded(t)
	special := func(spans []span, k uint64) bool {
		for _, sp := range spans {
			if k >= sp.first && k <= sp.last {
				return true
			}
		}
		return false
	}
	type claim struct {
		first, last netip.Addr
		country     string
	}
	for _, family := range []string{"ipv4", "ipv6"} {
		text, err := os.ReadFile(filepath.Join(dir, "geo-whois-asn-country-"+family+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		var claims []claim
		for line := range strings.Lines(string(text)) {
			f := strings.Split(strings.TrimSpace(line), ",")
			claims = append(claims, claim{netip.MustParseAddr(f[0]), netip.MustParseAddr(f[1]), f[2]})
		}
		// Where ranges of the set overlap, or two share one /64, one of them answers.
		contested := 0
		for _, c := range claims {
			for _, a := range []netip.Addr{c.first, c.last} {
				k, _, four := keys(netip.PrefixFrom(a, a.BitLen()))
				if four && special(special4, k) || !four && (special(special6, k) || k>>61 != 1) {
					continue
				}
				got := s.Lookup(a).Country
				if got == c.country {
					continue
				}
				if contested++; contested > 500 || !isCountry(c.country) { // AN is no more
					continue
				}
				bits := 64
				if four {
					bits = 32
				}
				block := netip.PrefixFrom(a, bits).Masked()
				if !slices.ContainsFunc(claims, func(o claim) bool {
					return o.country == got && o.first.Compare(a) <= 0 && a.Compare(o.last) <= 0 || !four && o.country == got && (block.Contains(o.first) || block.Contains(o.last))
				}) {
					t.Errorf("%s: got %q, want %q", a, got, c.country)
				}
			}
		}
		t.Logf("%s: %d ranges, %d edges claimed by two", family, len(claims), contested)
		if len(claims) < 100_000 || contested > len(claims)/20 {
			t.Errorf("%s: %d ranges, %d edges claimed by two", family, len(claims), contested)
		}
	}
}

func write(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestCountryName(t *testing.T) {
	for code, want := range map[string]string{"CN": "China", "de": "Germany", "TW": "Taiwan", "HK": "Hong Kong", "ZZ": "ZZ", "": "", "USA": "USA"} {
		if got := CountryName(code); got != want {
			t.Errorf("%q: %q, want %q", code, got, want)
		}
	}
	for _, p := range embedded(t).places[1:] {
		if CountryName(p.Country) == p.Country && p.Country != "" {
			t.Errorf("%s has no name", p.Country)
		}
	}
}

// randomAddrs is n public-looking addresses, one in ten of them IPv6.
func randomAddrs(n int) []netip.Addr {
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]netip.Addr, n)
	for i := range out {
		var b [16]byte
		binary.BigEndian.PutUint64(b[8:], r.Uint64())
		if i%10 == 0 {
			binary.BigEndian.PutUint64(b[:], 0x2a00<<48|r.Uint64()>>11)
			out[i] = netip.AddrFrom16(b)
			continue
		}
		b[8] = b[8]%222 + 1
		out[i] = netip.AddrFrom4([4]byte(b[8:12]))
	}
	return out
}

// BenchmarkLookup asks for addresses all over the world, which is the worst
// case: an audit asks for the same few again and again. The peer holds the same
// countries in an MMDB file.
func BenchmarkLookup(b *testing.B) {
	s := embedded(b)
	addrs := randomAddrs(1 << 16)
	peer := peerOf(b)
	found := 0
	b.ReportAllocs()
	i := 0
	runtime.LockOSThread() // rates are by the processor's time: other work on the machine does not count
	defer runtime.UnlockOSThread()
	began := busy()
	for b.Loop() {
		if s.Lookup(addrs[i&0xffff]).Country != "" {
			found++
		}
		i++
	}
	rate := float64(i) / (busy() - began)
	began = busy()
	const asked = 1 << 18
	both := 0
	for i := range asked {
		var v struct {
			Country struct {
				Code string `maxminddb:"iso_code"`
			} `maxminddb:"country"`
		}
		if err := peer.Lookup(addrs[i&0xffff]).Decode(&v); err != nil {
			b.Fatal(err)
		}
		if v.Country.Code != "" {
			both++
		}
	}
	peerRate := asked / (busy() - began)
	if share, peerShare := float64(found)/float64(i), float64(both)/asked; share > 0 && i > asked && (share-peerShare > 0.01 || peerShare-share > 0.01) {
		b.Fatalf("found %.3f, the peer %.3f", share, peerShare)
	}
	b.ReportMetric(rate, "lookups/s")
	b.ReportMetric(rate/peerRate, "×maxminddb")
}

// peerOf writes the embedded countries as an MMDB file and opens it.
func peerOf(b *testing.B) *maxminddb.Reader {
	b.Helper()
	raw, err := os.ReadFile("../../kb/geo/country.lsg")
	if err != nil {
		b.Fatal(err)
	}
	l, err := Decode(raw)
	if err != nil {
		b.Fatal(err)
	}
	w := newMMDBWriter(true)
	for _, f := range []struct {
		spans []span
		four  bool
	}{{l.v4.spans(), true}, {l.v6.spans(), false}} {
		for _, s := range f.spans {
			v := mmdbMap(map[string][]byte{"country": mmdbMap(map[string][]byte{"iso_code": mmdbText(l.values[s.value].country)})})
			for _, p := range prefixes(s, f.four) {
				w.put(p, v)
			}
		}
	}
	db, err := maxminddb.OpenBytes(w.bytes("Country"))
	if err != nil {
		b.Fatal(err)
	}
	return db
}

func (c *changes) spans() (out []span) {
	for i, v := range c.value {
		if v != 0 {
			out = append(out, span{c.at[i], c.at[i+1] - 1, v})
		}
	}
	return out
}

// BenchmarkLoad is what every command pays; files is what it costs to read those
// of another release.
func BenchmarkLoad(b *testing.B) {
	kb := os.DirFS("../../kb")
	b.Run("in-the-binary", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if ready(kb) == nil {
				b.Fatal("run go generate ./internal/geo")
			}
		}
	})
	b.Run("files", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := (&Set{}).load(kb); err != nil {
				b.Fatal(err)
			}
		}
	})
}
