package dissect

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"github.com/lenscap/lenscap/internal/observation"
)

// plainMessages are messages that plainDNS must read, must leave, or that are cut.
func plainMessages(t testing.TB) map[string][]byte {
	t.Helper()
	pack := func(name string, qtype uint16, answers ...string) []byte {
		m := new(dns.Msg)
		m.SetQuestion(name, qtype)
		if answers != nil {
			q := m
			m = new(dns.Msg)
			m.SetReply(q)
		}
		m.Compress = true
		for _, a := range answers {
			rr, err := dns.NewRR(a)
			if err != nil {
				t.Fatal(err)
			}
			m.Answer = append(m.Answer, rr)
		}
		b, err := m.Pack()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	all := map[string][]byte{
		"question":        pack("WWW.Camera-1.example.", dns.TypeA),
		"root":            pack(".", dns.TypeNS),
		"address":         pack("www.example.", dns.TypeA, "www.example. 5 IN A 192.0.2.1", "www.example. 5 IN A 192.0.2.2", "www.example. 5 IN A 192.0.2.1"),
		"IPv6":            pack("www.example.", dns.TypeAAAA, "www.example. 5 IN AAAA 2001:db8::1"),
		"mapped":          pack("www.example.", dns.TypeAAAA, "www.example. 5 IN AAAA ::ffff:192.0.2.1"),
		"no answer":       pack("www.example.", dns.TypeA, []string{}...),
		"alias":           pack("www.example.", dns.TypeA, "www.example. 5 IN CNAME a.example.", "a.example. 5 IN A 192.0.2.1"),
		"strange letters": pack(`a\.b\032c.example.`, dns.TypeA, `a\.b\032c.example. 5 IN A 192.0.2.1`),
		"text":            pack("www.example.", dns.TypeTXT, `www.example. 5 IN TXT "x"`),
		"long":            pack(strings.Repeat("a23456789.", 24), dns.TypeA),
	}
	cut := all["address"]
	all["cut in the answer"] = cut[:len(cut)-3]
	all["cut in the question"] = cut[:20]
	return all
}

// samePlain holds the short way to the long one.
func samePlain(t *testing.T, name string, b []byte) bool {
	t.Helper()
	got, response, ok := plainDNS(b)
	if !ok {
		return false
	}
	m := readDNS(b)
	want := dnsQuestions(&m)
	if m.response {
		want = dnsAnswers(&m)
	}
	if response != m.response || !cmp.Equal([]observation.Field(got), []observation.Field(want)) && len(got)+len(want) > 0 {
		t.Errorf("%s: %q read as %v, want %v", name, b, got, want)
	}
	return true
}

func TestPlainDNSSaysTheSame(t *testing.T) {
	for name, b := range plainMessages(t) {
		if ok := samePlain(t, name, b); ok != strings.Contains("question root address IPv6 mapped no answer long", name) {
			t.Errorf("%s: read the short way: %t", name, ok)
		}
	}
}

func FuzzPlainDNS(f *testing.F) {
	for _, b := range plainMessages(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) { samePlain(t, "fuzzed", b) })
}

// TestPlainTextIsClean holds the quick look at values to clean's own rules.
func TestPlainTextIsClean(t *testing.T) {
	for c := range 256 {
		for at := range 12 {
			b := []byte("abcdefghijkl")
			b[at] = byte(c)
			want := c >= 0x20 && c <= 0x7e && (c != ' ' || at != 0 && at != 11)
			if got := isPlain(string(b)); got != want {
				t.Errorf("%q is plain: %t, want %t", b, got, want)
			}
			if s := clean(string(b)); !utf8.ValidString(s) || want && s != string(b) {
				t.Errorf("%q cleaned to %q", b, s)
			}
		}
	}
}

func TestLooksHTML(t *testing.T) {
	for in, want := range map[string]bool{
		"<HTML>": true, "\n <!DocType Html>": true, "<?xml ?><a><head/>": true, "<<title>": true, "<htm": false, "html": false, "": false,
		strings.Repeat(" ", 1020) + "<html": false,
	} {
		if got := looksHTML([]byte(in)); got != want {
			t.Errorf("%q looks like a page: %t, want %t", in[:min(len(in), 20)], got, want)
		}
	}
	if !looksHTML(append(bytes.Repeat([]byte("<"), 1000), "<html"...)) {
		t.Error("a page behind many brackets is none")
	}
}
