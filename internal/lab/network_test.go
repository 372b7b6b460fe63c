package lab

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/capture"
	"github.com/lenscap/lenscap/internal/packet"
)

// pair is a network of one segment with a client and a server.
func pair() (n *Network, client, server *Station) {
	n = New(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), "test")
	g := n.Segment("one", "", 7)
	client = n.Add(&Station{Name: "client", MAC: mac("02:00:00:00:00:01"), IP: addr("192.0.2.1"), Segment: g})
	server = n.Add(&Station{Name: "server", MAC: mac("02:00:00:00:00:02"), IP: addr("192.0.2.2"), Segment: g})
	return n, client, server
}

// decoded reads back what the network wrote, with the product's own reader.
func decoded(t *testing.T, n *Network) []packet.Packet {
	t.Helper()
	var b bytes.Buffer
	if err := n.Write(&b, "test"); err != nil {
		t.Fatal(err)
	}
	r, err := capture.NewReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	var (
		f   capture.Frame
		d   packet.Decoder
		out []packet.Packet
	)
	for {
		if err := r.Next(&f); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		var p packet.Packet
		if got := d.Decode(&f, &p); got == packet.Malformed {
			t.Fatalf("frame %d is malformed", f.Number)
		}
		p.Payload = bytes.Clone(p.Payload)
		out = append(out, p)
	}
	if gaps := append(r.Stats().Gaps, d.Gaps()...); len(gaps) > 0 {
		t.Errorf("not understood: %+v", gaps)
	}
	return out
}

func TestDialogueHasHandshakeAndEnd(t *testing.T) {
	n, client, server := pair()
	n.Dial(time.Second, client, 40000, server, 80).Ask([]byte("question"), []byte("answer")).Close()
	var flags []uint8
	for _, p := range decoded(t, n) {
		flags = append(flags, p.Flags)
		if p.VLAN != 7 {
			t.Errorf("packet %d has VLAN %d, want 7", p.Number, p.VLAN)
		}
	}
	const ack, psh = flagACK, flagACK | flagPSH
	want := []uint8{flagSYN, flagSYN | flagACK, ack, psh, ack, psh, ack, flagFIN | flagACK, flagFIN | flagACK, ack}
	if !slices.Equal(flags, want) {
		t.Errorf("flags %v, want %v", flags, want)
	}
}

// sent are the sequence numbers of the server's data, counted from its first byte.
func sent(packets []packet.Packet) (offsets []uint32, data map[uint32][]byte) {
	var start uint32
	data = map[uint32][]byte{}
	for _, p := range packets {
		switch {
		case p.SrcPort != 80:
		case p.Flags&flagSYN != 0:
			start = p.Seq + 1
		case len(p.Payload) > 0:
			offsets = append(offsets, p.Seq-start)
			data[p.Seq-start] = p.Payload
		}
	}
	return offsets, data
}

func TestSegmentsOvertakeAndComeTwice(t *testing.T) {
	message := bytes.Repeat([]byte("0123456789"), 400)
	for _, tt := range []struct {
		name string
		do   func(d *Dialogue)
		want []uint32
	}{
		{"in order", func(*Dialogue) {}, []uint32{0, 1460, 2920}},
		{"the first two change places", func(d *Dialogue) { d.Reorder() }, []uint32{1460, 0, 2920}},
		{"the first comes again at the end", func(d *Dialogue) { d.Lose() }, []uint32{0, 1460, 2920, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n, client, server := pair()
			d := n.Dial(0, client, 40000, server, 80)
			tt.do(d)
			d.Server(message).Close()
			got, data := sent(decoded(t, n))
			if !slices.Equal(got, tt.want) {
				t.Errorf("offsets %v, want %v", got, tt.want)
			}
			whole := slices.Concat(data[0], data[1460], data[2920])
			if !bytes.Equal(whole, message) {
				t.Errorf("%d bytes arrive, want %d", len(whole), len(message))
			}
		})
	}
}

func TestShortMessagesCanOvertakeToo(t *testing.T) {
	n, client, server := pair()
	n.Dial(0, client, 40000, server, 80).Reorder().Server([]byte("abcdef")).Close()
	got, data := sent(decoded(t, n))
	if want := []uint32{4, 0}; !slices.Equal(got, want) || string(data[0])+string(data[4]) != "abcdef" {
		t.Errorf("offsets %v with %v, want %v with abcdef", got, data, want)
	}
}

func TestRoutedPacketsAreSeenOnBothSegments(t *testing.T) {
	n := New(time.Unix(0, 0), "test")
	a, b := n.Segment("a", "", 0), n.Segment("b", "", 9)
	router := n.Add(&Station{Name: "router", MAC: mac("02:00:00:00:00:fe"), IP: addr("192.0.2.254"), Segment: a, Also: []Leg{{b, addr("198.51.100.254")}}})
	a.Router, b.Router = router, router
	one := n.Add(&Station{Name: "one", MAC: mac("02:00:00:00:00:01"), IP: addr("192.0.2.1"), Segment: a})
	two := n.Add(&Station{Name: "two", MAC: mac("02:00:00:00:00:02"), IP: addr("198.51.100.2"), Segment: b})
	far := n.Add(&Station{Name: "far end", IP: addr("203.0.113.9")})
	n.UDP(0, one, 1000, two.Port(2000), []byte("there"))
	n.UDP(time.Second, far, 53, two.Port(2000), []byte("back"))
	n.UDP(2*time.Second, one, 1000, netip.AddrPortFrom(router.On(a), 53), []byte("near"))
	got := decoded(t, n)
	want := []struct {
		src, dst string
		vlan     uint16
		ttl      uint8
	}{
		{"02:00:00:00:00:01", "02:00:00:00:00:fe", 0, 64},
		{"02:00:00:00:00:fe", "02:00:00:00:00:02", 9, 63},
		{"02:00:00:00:00:fe", "02:00:00:00:00:02", 9, 52},
		{"02:00:00:00:00:01", "02:00:00:00:00:fe", 0, 64},
	}
	if len(got) != len(want) {
		t.Fatalf("%d packets, want %d", len(got), len(want))
	}
	for i, w := range want {
		p := got[i]
		if p.SrcMAC.String() != w.src || p.DstMAC.String() != w.dst || p.VLAN != w.vlan || p.TTL != w.ttl {
			t.Errorf("packet %d: %s to %s, VLAN %d, TTL %d; want %+v", i+1, p.SrcMAC, p.DstMAC, p.VLAN, p.TTL, w)
		}
	}
}

func TestGroupAddresses(t *testing.T) {
	for _, tt := range []struct{ ip, want string }{
		{"239.255.255.250", "01:00:5e:7f:ff:fa"},
		{"224.0.0.251", "01:00:5e:00:00:fb"},
		{"ff02::fb", "33:33:00:00:00:fb"},
		{"255.255.255.255", "ff:ff:ff:ff:ff:ff"},
		{"192.0.2.1", ""},
	} {
		got, ok := groupMAC(addr(tt.ip))
		if got.String() != tt.want || ok != (tt.want != "") {
			t.Errorf("groupMAC(%s) = %s, %v; want %q", tt.ip, got, ok, tt.want)
		}
	}
}

// The example of RFC 1071, section 3: its sum is ddf2.
func TestChecksumOfTheRFC(t *testing.T) {
	if got := fold(sum(0, []byte{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7})); got != ^uint16(0xddf2) {
		t.Errorf("checksum %04x, want %04x", got, ^uint16(0xddf2))
	}
	if got, want := fold(sum(0, []byte{0xab})), ^uint16(0xab00); got != want {
		t.Errorf("checksum of an odd byte %04x, want %04x", got, want)
	}
}

func TestPicturesCountUp(t *testing.T) {
	n, _, _ := pair()
	v := n.Video(96, 25, 100)
	var last uint16
	for picture := range 3 {
		for i, b := range v.Picture() {
			seq, tick := binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[4:])
			if picture+i > 0 && seq != last+1 {
				t.Errorf("sequence %d after %d", seq, last)
			}
			last = seq
			if want := v.tick - 3600; tick != want { // 90000 / 25, already moved on
				t.Errorf("timestamp %d, want %d", tick, want)
			}
			if marker := b[1]&0x80 != 0; marker != (i == 1) {
				t.Errorf("packet %d of a picture: marker %v", i, marker)
			}
		}
	}
}

func TestTwoStationsWithOneAddressAreAFault(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	n, client, _ := pair()
	n.Add(&Station{Name: "thief", IP: client.IP})
}
