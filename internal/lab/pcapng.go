package lab

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// Block types and options of pcapng.
//
// Format: https://ietf-opsawg-wg.github.io/draft-ietf-opsawg-pcap/draft-ietf-opsawg-pcapng.html
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockPacket    = 6

	optEnd     = 0
	optComment = 1
	optName    = 2 // of an interface
	optDescr   = 3
	optApp     = 4 // of a section
	optTsresol = 9

	linkEthernet = 1
)

// Write writes everything that passed as one pcapng section: an interface a
// segment, stamps in nanoseconds. comment goes into the section header.
func (n *Network) Write(w io.Writer, comment string) error {
	var b bytes.Buffer
	head := binary.LittleEndian.AppendUint32(nil, 0x1a2b3c4d)
	head = append(head, 1, 0, 0, 0)                                // version 1.0
	head = append(head, bytes.Repeat([]byte{0xff}, 8)...)          // length of the section: not said
	head = append(head, option(optComment, comment)...)            //
	head = append(head, option(optApp, "Lenscap internal/lab")...) //
	block(&b, blockSection, append(head, option(optEnd, "")...))
	for _, g := range n.segments {
		idb := []byte{linkEthernet, 0, 0, 0, 0, 0, 4, 0} // snap length 262144
		idb = append(idb, option(optName, g.Name)...)
		idb = append(idb, option(optDescr, fmt.Sprintf("simulated span port, VLAN %d", g.VLAN))...)
		idb = append(idb, option(optComment, g.Comment)...)
		idb = append(idb, option(optTsresol, "\x09")...)
		block(&b, blockInterface, append(idb, option(optEnd, "")...))
	}
	for _, f := range n.sorted() {
		stamp := uint64(n.Start.Add(f.at).UnixNano())
		e := binary.LittleEndian.AppendUint32(nil, uint32(f.port))
		e = binary.LittleEndian.AppendUint32(e, uint32(stamp>>32))
		e = binary.LittleEndian.AppendUint32(e, uint32(stamp))
		e = binary.LittleEndian.AppendUint32(e, uint32(len(f.data)))
		e = binary.LittleEndian.AppendUint32(e, uint32(len(f.data)))
		block(&b, blockPacket, append(e, pad(f.data)...))
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write capture: %w", err)
	}
	return nil
}

func block(b *bytes.Buffer, kind uint32, body []byte) {
	size := uint32(12 + len(body))
	head := binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, kind), size)
	b.Write(head)
	b.Write(body)
	b.Write(head[4:])
}

func option(code uint16, value string) []byte {
	b := binary.LittleEndian.AppendUint16(nil, code)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	return append(b, pad([]byte(value))...)
}

// pad fills up with zeros to a multiple of four.
func pad(b []byte) []byte {
	return append(b[:len(b):len(b)], make([]byte, -len(b)&3)...)
}
