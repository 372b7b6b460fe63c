package export_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/lenscap/lenscap/internal/packet"
	"github.com/lenscap/lenscap/internal/record/export"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What nfpcapd wrote of a capture says the same as the capture's packets.
func TestNfdumpAgreesWithPackets(t *testing.T) {
	want := map[string]uint64{}
	packets(t, "../../../examples/lab-station.pcapng", func(p *packet.Packet) {
		if p.SrcPort != 0 && p.Tunnel == 0 {
			want[fmt.Sprint(p.Source(), " ", p.Destination())]++
		}
	})
	for _, name := range []string{"nfpcapd.nfcapd", "nfpcapd-bzip2.nfcapd"} {
		b := read(t, "testdata/"+name)
		if !export.IsNfdump(b) || export.IsMessages(b) {
			t.Errorf("%s is not recognised", name)
		}
		k := &kept{}
		x := export.New(0, k)
		n, err := x.Nfdump(context.Background(), bytes.NewReader(b), func(int64) {})
		x.Finish()
		if err != nil || n != int64(len(b)) || len(x.Gaps()) > 0 {
			t.Errorf("%s: read %d of %d bytes, %v, gaps %+v", name, n, len(b), err, x.Gaps())
		}
		if got := sums(k.flows); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %d directions, want %d; differences:\n%s", name, len(got), len(want), difference(got, want))
		}
		macs := 0
		for _, s := range k.sights {
			if !s.MAC.IsZero() {
				macs++
			}
		}
		if fat := name == "nfpcapd.nfcapd"; fat != (macs == len(k.sights)) || !fat && macs > 0 {
			t.Errorf("%s: %d of %d sightings have a hardware address", name, macs, len(k.sights))
		}
	}
}

// A file of messages gives what the messages gave one by one.
func TestFileOfMessages(t *testing.T) {
	for _, name := range []string{"softflowd-v5.pcap", "softflowd-v9.pcap", "softflowd-ipfix.pcap"} {
		want, _ := decode(t, "testdata/"+name)
		var file []byte
		packets(t, "testdata/"+name, func(p *packet.Packet) {
			if export.Looks(p.Payload) {
				file = append(file, p.Payload...)
			}
		})
		if !export.IsMessages(file) {
			t.Errorf("%s is not recognised", name)
		}
		k := &kept{}
		x := export.New(0, k)
		n, err := x.Messages(context.Background(), bytes.NewReader(file), func(int64) {})
		x.Finish()
		if err != nil || n != int64(len(file)) || len(unreadOf(x)) > 0 || !reflect.DeepEqual(sums(k.flows), sums(want.flows)) {
			t.Errorf("%s: read %d of %d bytes, %v, gaps %+v, %d flows, want %d", name, n, len(file), err, x.Gaps(), len(k.flows), len(want.flows))
		}

		// cut anywhere, and followed by something else: what came before is kept
		k = &kept{}
		x = export.New(0, k)
		cut := append(file[:len(file)/2:len(file)/2], "nonsense"...)
		if n, err = x.Messages(context.Background(), bytes.NewReader(cut), func(int64) {}); err != nil || n != int64(len(cut)) {
			t.Errorf("%s cut: read %d of %d bytes, %v", name, n, len(cut), err)
		}
		x.Finish()
		if len(x.Gaps()) == 0 || x.Records == 0 {
			t.Errorf("%s cut: %d records, gaps %+v, want some of both", name, x.Records, x.Gaps())
		}
	}
}

func TestNfdumpThatIsNotRead(t *testing.T) {
	b := read(t, "testdata/nfpcapd.nfcapd")
	for _, c := range []struct {
		at   int
		to   byte
		want string
	}{
		{2, 1, "layout 1"},
		{16, 1, "LZO"},
		{17, 1, "encrypted"},
	} {
		bad := bytes.Clone(b)
		bad[c.at] = c.to
		_, err := export.New(0, &kept{}).Nfdump(context.Background(), bytes.NewReader(bad), func(int64) {})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("byte %d = %d: %v, want %q", c.at, c.to, err, c.want)
		}
	}
	k := &kept{}
	x := export.New(0, k)
	if _, err := x.Nfdump(context.Background(), bytes.NewReader(b[:len(b)/2]), func(int64) {}); err != nil {
		t.Error(err)
	}
	x.Finish()
	if len(k.flows) < 10 || len(x.Gaps()) == 0 {
		t.Errorf("cut file: %d flows, gaps %+v, want some of both", len(k.flows), x.Gaps())
	}
}

func FuzzFile(f *testing.F) {
	f.Add(read(f, "testdata/nfpcapd.nfcapd"))
	f.Add(read(f, "testdata/nfpcapd-bzip2.nfcapd"))
	for _, name := range []string{"softflowd-v5.pcap", "softflowd-v9.pcap", "softflowd-ipfix.pcap"} {
		packets(f, "testdata/"+name, func(p *packet.Packet) { f.Add(bytes.Clone(p.Payload)) })
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, read := range []func(*export.Decoder) (int64, error){
			func(x *export.Decoder) (int64, error) {
				return x.Messages(context.Background(), bytes.NewReader(b), func(int64) {})
			},
			func(x *export.Decoder) (int64, error) {
				return x.Nfdump(context.Background(), bytes.NewReader(b), func(int64) {})
			},
		} {
			k := &kept{}
			x := export.New(0, k)
			if n, err := read(x); n > int64(len(b)) {
				t.Errorf("read %d of %d bytes, %v", n, len(b), err)
			}
			x.Finish()
		}
	})
}
