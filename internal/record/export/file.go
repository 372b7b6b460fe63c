package export

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
)

// IsMessages reports whether a file begins with exporters' messages, one behind
// the other, as they were sent: an IPFIX file (RFC 5655), or datagrams of
// NetFlow written down.
func IsMessages(head []byte) bool {
	if len(head) < 24 || head[0] != 0 {
		return false
	}
	switch head[1] {
	case 5:
		n := int(be16(head[2:]))
		return n > 0 && n <= 30 && be32(head[8:]) > 600_000_000 // seconds since 1970: a clock that was set
	case 9:
		n, id, length := be16(head[2:]), be16(head[20:]), be16(head[22:])
		return n > 0 && n < 512 && (id <= 1 || id >= 256) && length >= 8 && be32(head[8:]) > 600_000_000
	case 10:
		n, id, length := int(be16(head[2:])), be16(head[16:]), int(be16(head[18:]))
		return n >= 20 && (id == 2 || id == 3 || id >= 256) && length >= 4 && length <= n-16 && be32(head[4:]) > 600_000_000
	}
	return false
}

// Messages decodes a file of messages to its end. A message whose length cannot
// be told ends it, with a gap; the error is ctx's or r's own. It calls
// progress now and then with the bytes read.
func (x *Decoder) Messages(ctx context.Context, r io.Reader, progress func(bytes int64)) (int64, error) {
	in := bufio.NewReaderSize(r, 1<<17) // more than the longest message
	var offset, number int64
	for {
		head, err := in.Peek(24)
		if len(head) == 0 || len(head) < 16 {
			if len(head) > 0 {
				x.gaps.add(offset, int64(len(head)), 1, "export messages cut short at the end of the file")
			}
			return offset, notEnd(err)
		}
		n := messageLength(in, head)
		if n == 0 {
			rest, err := io.Copy(io.Discard, in)
			x.gaps.add(offset, rest, 0, "bytes that are no export message, and what is behind them")
			return offset + rest, err
		}
		b, err := in.Peek(n)
		if len(b) < n {
			x.gaps.add(offset, int64(len(b)), 1, "export messages cut short at the end of the file")
		}
		number++
		x.Message(netip.AddrPort{}, b, 0, number)
		if _, discard := in.Discard(len(b)); discard != nil || len(b) < n {
			return offset + int64(len(b)), notEnd(errors.Join(discard, err))
		}
		offset += int64(n)
		if number&0x3ff == 0 {
			progress(offset)
			if ctx.Err() != nil {
				return offset, ctx.Err()
			}
		}
	}
}

func notEnd(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// messageLength is how long the message is that begins with head; 0 when it is
// none. NetFlow 9 does not say: its sets are walked to where none can be.
func messageLength(in *bufio.Reader, head []byte) int {
	switch be16(head) {
	case 5:
		if n := int(be16(head[2:])); n > 0 && n <= 30 && len(head) == 24 {
			return 24 + 48*n
		}
	case 10:
		if n := int(be16(head[2:])); n >= 16 {
			return n
		}
	case 9:
		for n := 20; ; {
			b, _ := in.Peek(n + 4) // a short answer shows in its length
			if len(b) < n+4 {
				return max(n, len(b))
			}
			id, length := be16(b[n:]), int(be16(b[n+2:]))
			if id == 9 || id == 5 || id == 10 || id > 1 && id < 256 || length < 4 || n+length > 1<<16 {
				if n == 20 {
					return 0
				}
				return n
			}
			n += length
		}
	}
	return 0
}

// ErrCompressed is returned for an nfdump file packed in a way that is not read.
var ErrCompressed = errors.New("the nfdump file is compressed with LZO or LZ4, which is not read; write it again without: nfdump -r FILE -w FILE.plain")

// maxBlock bounds a block of an nfdump file, in bytes; nfdump's own are a few
// megabytes at most.
const maxBlock = 64 << 20

// IsNfdump reports whether a file begins as those of nfcapd, nfpcapd and nfdump
// do since their version 1.7, in the byte order of nearly every machine.
func IsNfdump(head []byte) bool {
	return len(head) >= 40 && head[0] == 0x0c && head[1] == 0xa5
}

// Nfdump decodes a file of nfdump's second layout to its end.
//
// Layout: nfdump 1.7's own output, and the field names of `nfdump -o raw`: a
// file header of 40 bytes; blocks with a header of 12; records of typed
// elements; numbers in little-endian order.
func (x *Decoder) Nfdump(ctx context.Context, r io.Reader, progress func(bytes int64)) (int64, error) {
	in := bufio.NewReaderSize(r, 1<<17)
	var head [40]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return 0, fmt.Errorf("read header: %w", err)
	}
	if v := le16(head[2:]); v != 2 {
		return 40, fmt.Errorf("the nfdump file has layout %d, and only layout 2 (nfdump 1.7) is read; convert it with nfdump 1.7: nfdump -r FILE -w FILE.new", v)
	}
	if head[17] != 0 {
		return 40, errors.New("the nfdump file is encrypted")
	}
	unpack, err := blockUnpacker(head[16])
	if err != nil {
		return 40, err
	}
	offset, number := int64(40), int64(0)
	var buf []byte
	for {
		var h [12]byte
		if n, err := io.ReadFull(in, h[:]); err != nil {
			if n > 0 {
				x.gaps.add(offset, int64(n), 0, "nfdump blocks cut short at the end of the file")
				err = nil
			}
			return offset + int64(n), notEnd(err)
		}
		size := int(le32(h[4:]))
		if size > maxBlock {
			x.gaps.add(offset, 0, 0, "nfdump blocks longer than any real one, and what is behind them")
			return offset, nil
		}
		if cap(buf) < size {
			buf = make([]byte, size)
		}
		n, err := io.ReadFull(in, buf[:size])
		offset += 12 + int64(n)
		if err != nil {
			x.gaps.add(offset, int64(n), 0, "nfdump blocks cut short at the end of the file")
			if !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
				return offset, err
			}
		}
		if kind := le16(h[8:]); kind == 3 { // data; others describe exporters and statistics
			b := buf[:n]
			if le16(h[10:])&1 == 0 { // a flag says that a block was left as it is
				if b, err = unpack(b); err != nil {
					x.gaps.add(offset, int64(n), 0, "nfdump blocks that cannot be unpacked")
					b = nil
				}
			}
			number = x.block(b, number)
		}
		progress(offset)
		if ctx.Err() != nil || n < size {
			return offset, ctx.Err()
		}
	}
}
