package query

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

// columns find the fields of estate in the tables of newBase.
var columns = map[string]Column{
	"":               {Expr: "d.everything", Kept: Folded},
	"maker":          {Expr: "m.maker", Of: "EXISTS (SELECT 1 FROM makers m WHERE m.device = d.id AND %s)", Kept: Folded},
	"model":          {Expr: "d.model"},
	"name":           {Expr: "d.name", Kept: Folded},
	"verdict":        {Expr: "d.verdict"},
	"site.sensitive": {Expr: "d.sensitive"},
	"egress.country": {Expr: "r.country", Of: "d.id IN (SELECT r.device FROM reach r WHERE %s)"},
	"vlan":           {Expr: "d.vlan"},
	"bytes":          {Expr: "d.bytes"},
	"first":          {Expr: "d.first"},
	"last":           {Expr: "d.last", Kept: InSeconds},
	"support.ends":   {Expr: "d.ends", Kept: InDays},
	"ip":             {Expr: "a.ip", Of: "EXISTS (SELECT 1 FROM addresses a WHERE a.device = d.id AND %s)"},
	"mac":            {Expr: "d.mac", Kept: Folded},
}

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func mustNet(s string) netip.Prefix {
	a := netip.MustParseAddr(s)
	return netip.PrefixFrom(a, a.BitLen())
}

type row map[string][]string

// newBase fills an SQLite database with rows that use every way of keeping values.
func newBase(t testing.TB, rng *rand.Rand, n int) (*sql.DB, []row) {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	exec := func(text string, args ...any) {
		if _, err := db.Exec(text, args...); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	exec(`CREATE TABLE devices (id INTEGER PRIMARY KEY, everything TEXT NOT NULL, model TEXT, name TEXT, verdict TEXT, sensitive INTEGER, vlan INTEGER, bytes INTEGER,
		first INTEGER, last INTEGER, ends TEXT, mac TEXT) STRICT`)
	exec(`CREATE TABLE makers (device INTEGER, maker TEXT) STRICT`)
	exec(`CREATE TABLE reach (device INTEGER, country TEXT) STRICT`)
	exec(`CREATE TABLE addresses (device INTEGER, ip TEXT, bytes BLOB) STRICT`)
	pick := func(values ...string) string { return values[rng.IntN(len(values))] }
	null := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	var rows []row
	for id := range n {
		first := now.Add(-time.Duration(rng.IntN(100*24)) * time.Hour)
		last := now.Add(-time.Duration(rng.IntN(20*24)) * time.Hour)
		r := row{
			"model":          {pick("", "DS-2CD2043", "ds-2cd2", "100%", "a_b", "IPC HDW", `back\slash`, "axb")},
			"name":           {pick("", "Überwachung Nord", "front door", "KÖLN-1", "AND")},
			"verdict":        {pick("", "prohibited", "restricted", "cannot-tell")},
			"site.sensitive": {pick("", "true", "false")},
			"vlan":           {pick("", "1", "10", "15", "20", "100")},
			"bytes":          {pick("0", "999", "1000", "1500000", "9007199254740993")},
			"first":          {first.Format(time.RFC3339)},
			"last":           {last.Format(time.RFC3339)},
			"support.ends":   {pick("", "2026-11-22", "2026-11-23", "2026-12-31", "2027-02-28")},
			"mac":            {pick("", "44:19:b6:00:00:01", "44:1a:b6:00:00:01", "c0:56:e3:aa:bb:cc")},
		}
		for range rng.IntN(3) {
			m := pick("hikvision", "Hangzhou Hikvision", "Axis", "Dahua")
			r["maker"] = append(r["maker"], m)
			exec("INSERT INTO makers VALUES (?, ?)", id, Fold(m))
		}
		for range rng.IntN(4) {
			c := pick("GB", "CN", "DE", "US")
			r["egress.country"] = append(r["egress.country"], c)
			exec("INSERT INTO reach VALUES (?, ?)", id, c)
		}
		for range rng.IntN(3) {
			a := pick("10.0.0.1", "10.0.4.9", "10.0.3.200", "192.168.1.1", "fe80::1", "2001:db8::5", "110.0.0.1")
			r["ip"] = append(r["ip"], a)
			first, _ := bounds(mustNet(a))
			exec("INSERT INTO addresses VALUES (?, ?, ?)", id, a, first)
		}
		r[""] = []string{strings.Join([]string{r["model"][0], r["name"][0], strings.Join(r["maker"], " ")}, "\n")}
		var sensitive any
		if s := r["site.sensitive"][0]; s != "" {
			sensitive = s == "true"
		}
		exec("INSERT INTO devices VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", id, Fold(r[""][0]), r["model"][0], Fold(r["name"][0]), null(r["verdict"][0]), sensitive,
			null(r["vlan"][0]), null(r["bytes"][0]), first.UnixNano(), last.Unix(), null(r["support.ends"][0]), r["mac"][0])
		rows = append(rows, r)
	}
	return db, rows
}

// compare fails unless SQL and Match choose the same rows.
func compare(t *testing.T, db *sql.DB, rows []row, columns map[string]Column, q *Query) int {
	t.Helper()
	q.Now = now
	where, args, err := q.SQL(columns)
	if err != nil {
		if strings.Contains(err.Error(), "IPv6 networks") {
			return 0
		}
		t.Fatalf("%s: %v", q, err)
	}
	found, err := db.Query("SELECT d.id FROM devices d WHERE "+where, args...)
	if err != nil {
		t.Fatalf("%s: %s: %v", q, where, err)
	}
	defer found.Close()
	got := map[int]bool{}
	for found.Next() {
		var id int
		if err := found.Scan(&id); err != nil {
			t.Fatal(err)
		}
		got[id] = true
	}
	for id, r := range rows {
		if want := q.Match(func(f string) []string { return r[f] }); want != got[id] {
			t.Errorf("%s: Match %v, SQL %v\nrow %v\n%s %v", q, want, got[id], r, where, args)
			return 0
		}
	}
	return len(got)
}

// asked are terms whose meaning is not obvious, besides made-up ones.
var asked = []string{
	"maker:hikvision", "maker:*hik*", "maker:hik*", "maker!=hikvision", "maker:!hikvision", "maker:!*", "NOT maker:*", "maker:axis,dahua", "-maker:!axis,dahua",
	"model:100%", "model:a_b", "model:ds*", `model:"DS*"`, "model:DS-2CD2", "model:*2*4*", `model:back\slash`, "model:!ds*", "model!=*",
	"name:überwachung*", "name:KÖLN-1", "name:*nord", `name:"front door"`, `name:"AND"`, "name:*",
	"verdict:prohibited", "verdict!=prohibited", "verdict:!prohibited", "verdict:*", "verdict:*i*",
	"site.sensitive:true", "site.sensitive:false", "site.sensitive:unknown", "site.sensitive!=true", "site.sensitive:!true", "site.sensitive:!unknown", "site.sensitive!=unknown",
	"site.sensitive:true,unknown", "site.sensitive:!true,unknown", "NOT site.sensitive:*", "egress.country!=GB", "egress.country:!GB", "egress.country:GB", "egress.country:!GB,CN",
	"vlan:10", "vlan:10..20", "vlan!=10", "vlan>10", "vlan>=10", "vlan<=15", "vlan:!10,20", "vlan:1,100", "vlan<1.5", "NOT vlan>10", "bytes>1k", "bytes:9007199254740993", "bytes<9007199254740993", "bytes:0",
	"first>7d", "first<30d", "first:2026-10", "last>=2026-11-20T10:00", "last:today", "last:7d", "last<2026-11-10", "last!=yesterday", "last:2026-11-10..2026-11-12",
	"support.ends<today", "support.ends<=today", "support.ends>now", "support.ends<+90d", "support.ends:2026-12", "support.ends:*", "NOT support.ends<+90d", "support.ends:!today",
	"ip:10.0.0.0/8", "ip:10.0.0.0/22", "ip:10.0.4.8/29", "ip:10.0.0.1", "ip!=10.0.0.1", "ip:!10.0.0.0/8", "ip:fe80::1", "ip:2001:db8::/32", "ip:0.0.0.0/0", "ip:*",
	"mac:44:19:b6*", "mac:441*", "mac:*cc", "mac:44*01", "mac:44-19-B6-00-00-01", "mac!=44:19:b6*", "mac:*", "mac:!44*",
	"hik", "ds*hik", "überw", "hikvision,dahua", "-axis", `"100%"`, `"_"`, "no*rd", "köln",
}

func TestSQLAndMatchAgree(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	db, rows := newBase(t, rng, 400)
	inBytes := map[string]Column{}
	for k, v := range columns {
		inBytes[k] = v
	}
	inBytes["ip"] = Column{Expr: "a.bytes", Of: columns["ip"].Of, Kept: InBytes}
	chosen := 0
	for _, a := range asked {
		q, err := Parse(a, estate)
		if err != nil {
			t.Fatal(err)
		}
		n := compare(t, db, rows, columns, q) + compare(t, db, rows, inBytes, q)
		if n == 0 && a != "maker:!*" && a != `model:"DS*"` || n == 2*len(rows) && a != "name:*" {
			t.Errorf("%s chooses %d of %d rows: the test says nothing", a, n, 2*len(rows))
		}
	}
	for range 600 {
		q, err := Parse(compose(rng, 3), estate)
		if err != nil {
			t.Fatal(err)
		}
		chosen += compare(t, db, rows, columns, q)
		if again, err := Parse(q.String(), estate); err != nil || again.String() != q.String() {
			t.Fatalf("%s reads as %v: %v", q, again, err)
		}
	}
	t.Logf("%d rows chosen by 600 made-up queries", chosen)
	if chosen < 1000 {
		t.Error("made-up queries choose next to nothing")
	}
}

// compose makes a query of those asked.
func compose(rng *rand.Rand, depth int) string {
	if depth == 0 || rng.IntN(4) == 0 {
		return asked[rng.IntN(len(asked))]
	}
	a, b := compose(rng, depth-1), compose(rng, depth-1)
	return []string{
		fmt.Sprintf("(%s) AND %s", a, b), fmt.Sprintf("%s OR %s", a, b), fmt.Sprintf("NOT (%s)", a), fmt.Sprintf("%s (%s)", a, b),
	}[rng.IntN(4)]
}

func TestNothingOfTheTextStandsInSQL(t *testing.T) {
	plain := map[string]Column{}
	for k, v := range columns {
		plain[k] = Column{Expr: "c", Kept: v.Kept}
	}
	for _, evil := range []string{`'; DROP TABLE devices; --`, `x%' OR 1=1`, "??", `\`} {
		for _, text := range []string{Ask("maker", evil), quote(evil), "model:*" + quote(evil) + "*"} {
			q, err := Parse(text, estate)
			if err != nil {
				t.Fatal(err)
			}
			where, args, err := q.SQL(plain)
			if err != nil {
				t.Fatal(err)
			}
			if strings.ContainsAny(where, ";-") || strings.Contains(where, "DROP") || strings.Count(where, "?") != len(args) {
				t.Errorf("%s became %s with %d arguments", text, where, len(args))
			}
		}
	}
}

func TestColumnsThatAreMissingAreNamed(t *testing.T) {
	q, err := Parse("x maker:a", estate)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := q.SQL(map[string]Column{"": {Expr: "e"}}); err == nil || !strings.Contains(err.Error(), "maker") {
		t.Errorf("got %v", err)
	}
	if _, _, err := q.SQL(map[string]Column{"": {Expr: "e"}, "maker": {Expr: "m", Of: "EXISTS (SELECT 1)"}}); err == nil || !strings.Contains(err.Error(), "wraps nothing") {
		t.Errorf("got %v", err)
	}
}

func TestAnIndexMaySearchWords(t *testing.T) {
	q, err := Parse("hikvision ab", estate)
	if err != nil {
		t.Fatal(err)
	}
	where, args, err := q.SQL(map[string]Column{"": {Expr: "e", Kept: Folded, Find: func(parts []string) (string, []any, bool) {
		return "d.id IN (SELECT rowid FROM f WHERE f MATCH ?)", []any{parts[0]}, len(parts[0]) > 2
	}}})
	want := `((d.id IN (SELECT rowid FROM f WHERE f MATCH ?)) AND (e LIKE ? ESCAPE '\'))`
	if err != nil || where != want || args[0] != "hikvision" || args[1] != "%ab%" {
		t.Errorf("got %s %v %v, want %s", where, args, err, want)
	}
}

func TestTheLargestQueryRuns(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	db, rows := newBase(t, rng, 10)
	for _, text := range []string{
		strings.Repeat("-x OR ", 399) + "y", strings.Repeat("maker:*a ", 400), strings.Repeat("(", 50) + "a" + strings.Repeat(")", 50),
		strings.Repeat("NOT (a OR ", 49) + "b" + strings.Repeat(")", 49), strings.Repeat("ip:10.0.0.0/9 ", 200), "maker:" + strings.Repeat("a,", 399) + "b",
	} {
		q, err := Parse(text, estate)
		if err != nil {
			t.Fatalf("%.40s: %v", text, err)
		}
		compare(t, db, rows, columns, q)
	}
}

func FuzzParse(f *testing.F) {
	for _, a := range asked {
		f.Add(a)
	}
	f.Add(`(a OR -b) "c \" d"* last:1d..2d`)
	db, rows := newBase(f, rand.New(rand.NewPCG(5, 6)), 8)
	f.Fuzz(func(t *testing.T, text string) {
		Complete(text, len(text)/2, estate, nil)
		q, err := Parse(text, estate)
		if err != nil {
			if e := err.(*Error); e.At > e.End || e.End > len(text) || e.Char < 1 {
				t.Fatalf("%q: the error is at %d to %d", text, e.At, e.End)
			}
			return
		}
		again, err := Parse(q.String(), estate)
		if len(q.String()) <= maxText && (err != nil || again.String() != q.String()) {
			t.Fatalf("%q reads as %q, and that as %v: %v", text, q, again, err)
		}
		if strings.ContainsRune(text, '\U0010ffff') {
			return
		}
		compare(t, db, rows, columns, q)
	})
}

func BenchmarkMatch(b *testing.B) {
	_, rows := newBase(b, rand.New(rand.NewPCG(1, 2)), 400)
	q, err := Parse("maker:hikvision AND site.sensitive:true AND egress.country!=GB", estate)
	if err != nil {
		b.Fatal(err)
	}
	for i := range b.N {
		r := rows[i%len(rows)]
		q.Match(func(f string) []string { return r[f] })
	}
}
