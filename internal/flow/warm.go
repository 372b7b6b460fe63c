package flow

import "github.com/lenscap/lenscap/internal/packet"

// Warm fetches into the processor's caches what [Table.Add] will need for these
// packets. The table is far larger than the caches, and waiting for one packet's
// flow after the other takes longer than all else that is done for it; asked for
// together, the processor waits for many at once. It changes nothing.
func (t *Table) Warm(ps []packet.Packet) {
	var hashes [64]uint32
	for len(ps) > 0 {
		n := min(len(ps), len(hashes))
		for i := range n {
			hashes[i] = t.hash(&ps[i])
		}
		var touched uint64
		for _, h := range hashes[:n] {
			touched += t.slots.slot[h&t.slots.mask]
		}
		for _, h := range hashes[:n] {
			if e := t.slots.slot[h&t.slots.mask]; uint32(e>>32) == h && e != 0 {
				f := t.at(uint32(e) - 1)
				touched += f.Client.Packets + f.Server.Packets + f.ID + uint64(f.hash)
			}
		}
		t.warmed += touched
		ps = ps[n:]
	}
}
