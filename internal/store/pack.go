package store

import (
	"encoding/json"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// maxUnpacked bounds what a packed document may become: the file may be
// another's.
const maxUnpacked = 64 << 20

// A packer compresses documents. The zero value is ready; it is used by one
// goroutine.
type packer struct{ enc *zstd.Encoder }

// pack compresses b; nothing stays nothing. The same b gives the same bytes.
func (p *packer) pack(b []byte) []byte {
	if len(b) == 0 {
		return []byte{}
	}
	if p.enc == nil {
		var err error
		p.enc, err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<17), zstd.WithEncoderCRC(false))
		if err != nil {
			panic(err) // the options are constants
		}
	}
	return p.enc.EncodeAll(b, make([]byte, 0, len(b)/4+64))
}

var unpacker = sync.OnceValue(func() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxUnpacked))
	if err != nil {
		panic(err) // the options are constants
	}
	return d
})

// unpack reads a packed JSON document into v.
func unpack(b []byte, v any) error {
	text, err := unpacked(b)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, v)
}

func unpacked(b []byte) ([]byte, error) {
	if len(b) == 0 {
		return nil, nil
	}
	text, err := unpacker().DecodeAll(b, nil)
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	return text, nil
}
