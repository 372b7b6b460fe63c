package tell

import (
	"encoding/binary"
	"slices"

	"github.com/lenscap/lenscap/internal/store"
)

// A mark is what was told of a site: of each device the digest of what was worked
// out of it, and the digests of what was told. As bytes it is its version, 2, and
// for each device in order 8 bytes of its id's digest, 8 of its own, how many were
// told (a varint) and these, 8 bytes each. Version 1 has only these, of all devices.
type mark struct {
	of  map[uint64]*marked // by the digest of a device's id
	all set                // told of any of them
}

type marked struct {
	digest uint64
	told   []uint64
}

const markVersion = 2

func newMark() *mark { return &mark{of: map[uint64]*marked{}, all: set{}} }

// markOf reads a mark. What a cut one lacks is told again.
func markOf(b []byte) *mark {
	m := newMark()
	if len(b) == 0 || b[0] != markVersion {
		m.all = setOf(b)
		return m
	}
	for b = b[1:]; len(b) > 16; {
		d := &marked{digest: binary.BigEndian.Uint64(b[8:])}
		id := binary.BigEndian.Uint64(b)
		n, size := binary.Uvarint(b[16:])
		if b = b[16:]; size <= 0 || n > uint64(len(b)-size)/8 {
			return m
		}
		b = b[size:]
		for ; n > 0; n-- {
			k := binary.BigEndian.Uint64(b)
			d.told, m.all[k], b = append(d.told, k), true, b[8:]
		}
		m.of[id] = d
	}
	return m
}

// take notes a device, and says that it is as it was in another mark: then what was
// told of it is taken over.
func (m *mark) take(was *mark, d store.DeviceDigest) bool {
	id, now := key(d.Device), &marked{}
	if len(d.Digest) >= 8 {
		now.digest = binary.BigEndian.Uint64(d.Digest)
	}
	m.of[id] = now
	before := was.of[id]
	if before == nil || before.digest != now.digest || now.digest == 0 {
		return false
	}
	now.told = before.told
	return true
}

// add notes what is told of a device.
func (m *mark) add(device string, k uint64) {
	if d := m.of[key(device)]; d != nil {
		d.told = append(d.told, k)
	}
}

func (m *mark) bytes() []byte {
	ids := make([]uint64, 0, len(m.of))
	for id := range m.of {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	out := []byte{markVersion}
	for _, id := range ids {
		d := m.of[id]
		slices.Sort(d.told)
		told := slices.Compact(d.told)
		out = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(out, id), d.digest)
		out = binary.AppendUvarint(out, uint64(len(told)))
		for _, k := range told {
			out = binary.BigEndian.AppendUint64(out, k)
		}
	}
	return out
}
