package store

import (
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/lenscap/lenscap/internal/observation"
)

// A digest says which observations of a site are equal. It is SHA-256 of the
// file's own secret key and of what is listed at digester.of, cut to 128 bits:
// who does not know the key cannot make two observations that share one.
type digest [16]byte

// A digester works digests out. It is used by one goroutine.
type digester struct {
	text []byte
	key  int // length of the key at the beginning of text
}

func newDigester(key []byte) *digester {
	return &digester{text: append(make([]byte, 0, 1024), key...), key: len(key)}
}

// of takes in who spoke (link and IP address; where there is no link address,
// the UTC day too, for an address changes hands), whom it is about, the VLAN, the
// protocol and the fields. Ports, the packet and times make no difference.
// [observation.Log] joins by the same within one input.
func (d *digester) of(o *observation.Observation) digest {
	b := d.text[:d.key]
	b = append(b, o.MAC[:]...)
	b = appendAddr(b, o.From.Addr())
	day := int64(0)
	if o.MAC.IsZero() && !o.Seen.IsZero() {
		day = o.Seen.Unix() / int64(24*time.Hour/time.Second)
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(day))
	b = append(b, byte(o.About), byte(o.VLAN>>8), byte(o.VLAN))
	if o.About == observation.Receiver {
		b = appendAddr(b, o.To.Addr())
		b = append(b, o.ToMAC[:]...)
	}
	b = appendText(b, o.Protocol)
	for i := range o.Fields {
		b = appendText(b, o.Fields[i].Name)
		b = appendText(b, o.Fields[i].Value)
	}
	d.text = b
	sum := sha256.Sum256(b)
	return digest(sum[:16])
}

// appendAddr writes an address with its length before it. Zones are left out:
// they name an interface of who listened.
func appendAddr(b []byte, a netip.Addr) []byte {
	a16 := a.As16()
	b = append(b, byte(a.BitLen()))
	return append(b, a16[:]...)
}

func appendText(b []byte, s string) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
	return append(b, s...)
}
