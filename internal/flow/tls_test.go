package flow

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/packet"
)

// tlsRecord is a record of that type.
func tlsRecord(kind byte, contents string) string {
	return string([]byte{kind, 3, 3, byte(len(contents) >> 8), byte(len(contents))}) + contents
}

// TestTLSIsKeptUntilItIsEncrypted sends both halves in segments of every size:
// the handshake records are handed over whole as soon as both are encrypted, and
// nothing behind them is kept.
func TestTLSIsKeptUntilItIsEncrypted(t *testing.T) {
	hello := tlsRecord(22, "\x01\x00\x00\x20client's hello, with a name in it")
	answer := tlsRecord(22, "\x02\x00\x00\x10server's hello") + tlsRecord(22, "\x0b\x00\x00\x10a certificate")
	secret := tlsRecord(20, "\x01") + tlsRecord(22, strings.Repeat("s", 40)) + tlsRecord(23, strings.Repeat("x", 400))
	for size := 6; size < 500; size += 7 {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			var got told
			table, c := New(Config{}, &got), &clock{}
			connect(table, c)
			for _, s := range []struct {
				from, to, bytes string
				seq             uint32
			}{{viewer, camera, hello + secret, 1000}, {camera, viewer, answer + secret, 5000}} {
				for at := 0; at < len(s.bytes); at += size {
					table.Add(c.tcp(s.from, s.to, packet.ACK, s.seq+uint32(at), s.bytes[at:min(at+size, len(s.bytes))]))
				}
			}
			if len(got.streams) != 1 {
				t.Fatalf("%d streams before the end of the connection, want 1", len(got.streams))
			}
			s := got.streams[0]
			if trim(s.Client.Data, hello) != hello || trim(s.Server.Data, answer) != answer || s.Client.Full || s.Server.Full {
				t.Errorf("got %q and %q", s.Client.Data, s.Server.Data)
			}
			if table.streams.used() != 0 || table.streams.chunks.taken != 0 {
				t.Errorf("%d records and %d chunks are still taken", table.streams.used(), table.streams.chunks.taken)
			}
		})
	}
}

// trim takes off the head of the next record, of which at most four bytes came
// before it was known to be of another type.
func trim(got, want string) string {
	if rest := len(got) - len(want); rest > 0 && rest < tlsHead {
		return got[:len(want)]
	}
	return got
}

func TestWhatOnlyBeginsLikeTLSIsKept(t *testing.T) {
	for name, halves := range map[string][2]string{
		"a plain answer to a hello":  {tlsRecord(22, "\x01\x00\x00\x20hello"), "HTTP/1.1 400 Bad Request\r\n\r\n"},
		"a protocol of another kind": {"\x14\x03\x00\x00\x00\x08commands", "\x17\x03\x00\x00\x00\x08answered"},
	} {
		t.Run(name, func(t *testing.T) {
			var got told
			table, c := New(Config{}, &got), &clock{}
			connect(table, c)
			table.Add(c.tcp(viewer, camera, packet.ACK, 1000, halves[0]))
			table.Add(c.tcp(camera, viewer, packet.ACK, 5000, halves[1]))
			table.Close()
			if s := got.streams[0]; s.Client.Data != halves[0] || s.Server.Data != halves[1] {
				t.Errorf("got %q and %q", s.Client.Data, s.Server.Data)
			}
		})
	}
}
