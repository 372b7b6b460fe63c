package dissect

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lenscap/lenscap/internal/observation"
)

// sameRemembered dissects with and without a Memory, which must say the same.
func sameRemembered(t *testing.T, m *Memory, name string, read func(m *Memory, emit Emit)) {
	t.Helper()
	got := collect(func(emit Emit) { read(m, emit) })
	want := collect(func(emit Emit) { read(nil, emit) })
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(Message{}, "Known")); diff != "" {
		t.Fatalf("%s: (-without +with a memory)\n%s", name, diff)
	}
}

// conversations are what a Memory remembers of, client and server.
func conversations(t testing.TB) map[string][2][]byte {
	return map[string][2][]byte{
		"HTTP":        {[]byte(strings.Join(httpAsked, "")), []byte(strings.Join(httpTold, ""))},
		"HTTP answer": {[]byte("GET /a HTTP/1.1\r\nHost: a\r\n\r\n"), []byte("HTTP/1.1 200 OK\r\nDate: today\r\nServer: x\r\nContent-Type: text/html\r\nContent-Length: 49\r\n\r\n<html><head><title>Cam</title></head>pwd=1</html>")},
		"proxy":       {[]byte("GET http://a:1/b HTTP/1.1\r\nHost: c\r\nUser-Agent: d\r\n\r\n"), nil},
		"hello":       {helloOf(t, 1), nil},
	}
}

// helloOf is a client hello as a browser sends it: with reserved values drawn by
// lot, names, versions and keys.
func helloOf(t testing.TB, lot uint64) []byte {
	t.Helper()
	r := rand.New(rand.NewPCG(lot, 0))
	random := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	grease := func() []byte { v := byte(r.IntN(16)<<4 | 10); return []byte{v, v} }
	sized := func(n int, b ...byte) []byte {
		head := []byte{byte(len(b) >> 16), byte(len(b) >> 8), byte(len(b))}
		return append(head[3-n:], b...)
	}
	extension := func(kind []byte, data ...byte) []byte { return append(kind, sized(2, data...)...) }
	body := append([]byte{3, 3}, random(32)...)
	body = append(body, sized(1, random(32)...)...)
	body = append(body, sized(2, append(grease(), 0x13, 1, 0x13, 2, 0xc0, 0x2b)...)...)
	body = append(body, 1, 0)
	var all []byte
	all = append(all, extension(grease())...)
	all = append(all, extension([]byte{0, 0}, sized(2, append([]byte{0}, sized(2, []byte("www.shop.example")...)...)...)...)...)
	all = append(all, extension([]byte{0, 43}, sized(1, append(grease(), 3, 4, 3, 3)...)...)...)
	all = append(all, extension([]byte{0, 13}, sized(2, 4, 3, 8, 4)...)...)
	all = append(all, extension([]byte{0, 16}, sized(2, append(sized(1, []byte("h2")...), sized(1, []byte("http/1.1")...)...)...)...)...)
	all = append(all, extension([]byte{0, 51}, random(36)...)...)
	body = append(body, sized(2, all...)...)
	return append([]byte{22, 3, 1}, sized(2, append([]byte{1}, sized(3, body...)...)...)...)
}

// TestMemorySaysTheSame changes each byte of what is remembered in turn, each to
// two other values: whatever a message depends on must be part of what is looked
// up.
func TestMemorySaysTheSame(t *testing.T) {
	m := NewMemory()
	for name, c := range conversations(t) {
		for half, b := range c {
			for range 2 {
				sameRemembered(t, m, name, func(m *Memory, emit Emit) { m.Stream(1, 80, c[0], c[1], emit) })
			}
			for i := range b {
				for _, x := range []byte{1, 0x80} {
					changed := [2][]byte{c[0], c[1]}
					changed[half] = bytes.Clone(b)
					changed[half][i] ^= x
					sameRemembered(t, m, name, func(m *Memory, emit Emit) { m.Stream(1, 80, changed[0], changed[1], emit) })
				}
			}
		}
	}
	for name, b := range plainMessages(t) {
		for i := range b {
			for _, x := range []byte{0, 1, 0x80} {
				changed := bytes.Clone(b)
				changed[i] ^= x
				sameRemembered(t, m, name, func(m *Memory, emit Emit) { m.Datagram(53, 40000, changed, emit) })
			}
		}
	}
}

// TestMemoryOfHellos draws one client's hello again and again: it is known from
// the second on.
func TestMemoryOfHellos(t *testing.T) {
	m := NewMemory()
	var first *observation.Digest
	for lot := range uint64(50) {
		b := helloOf(t, lot)
		sameRemembered(t, m, "hello", func(m *Memory, emit Emit) { m.Stream(1, 443, b, nil, emit) })
		m.Stream(1, 443, b, nil, func(told Message) {
			if first == nil {
				first = told.Known
			}
			if told.Known == nil || told.Known != first {
				t.Fatalf("hello %d is not known", lot)
			}
		})
	}
	seen := helloOf(t, 1)
	allocations := testing.AllocsPerRun(100, func() { m.Stream(1, 443, seen, nil, func(Message) {}) })
	if allocations != 0 {
		t.Errorf("%v allocations for a hello that is known", allocations)
	}
}

// TestMemoryKeepsNothingLarge tells an answer of unusual size twice.
func TestMemoryKeepsNothingLarge(t *testing.T) {
	m := NewMemory()
	large := []byte("HTTP/1.1 401 No\r\n" + strings.Repeat("WWW-Authenticate: Basic realm=\""+strings.Repeat("x", 900)+"\"\r\n", 4) + "Content-Length: 0\r\n\r\n")
	large = bytes.Replace(large, []byte("xxx"), []byte("yyy"), 1)
	for range 2 {
		m.Stream(1, 80, nil, large, func(told Message) {
			if told.Known != nil {
				t.Errorf("%d fields are kept", len(told.Fields))
			}
		})
	}
}

// TestOnlyTLSBeginsWithARecord holds the short way of [ofStream] to the list.
func TestOnlyTLSBeginsWithARecord(t *testing.T) {
	for i := range Dissectors {
		d := &Dissectors[i]
		if d.LooksStream == nil || d.Name == "tls" {
			continue
		}
		for name, c := range conversations(t) {
			for _, b := range c {
				for first := byte(20); first <= 23 && len(b) > 0; first++ {
					b := bytes.Clone(b)
					b[0] = first
					if d.LooksStream(b) {
						t.Errorf("%s takes %s with %d at its head", d.Name, name, first)
					}
				}
			}
		}
	}
}
