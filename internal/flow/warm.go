package flow

// Warm fetches into the processor's caches what [Table.AddHashed] will need for
// packets with these hashes. The table is far larger than the caches, and waiting
// for one packet's flow after the other takes longer than all else that is done
// for it; asked for together, the processor waits for many at once. It changes
// nothing.
func (t *Table) Warm(hashes []uint32) {
	var touched uint64
	for _, h := range hashes {
		touched += t.slots.slot[h&t.slots.mask]
	}
	var found [64]*Record
	n := 0
	for _, h := range hashes {
		i := h & t.slots.mask
		for range 8 { // a flow stands near its place, nearly always in the same line
			e := t.slots.slot[i]
			if e == 0 {
				break
			}
			if uint32(e>>32) == h {
				f := t.at(uint32(e) - 1)
				touched += f.Client.Packets + f.Server.Packets + f.ID + uint64(f.hash)
				found[n%len(found)] = f
				n++
				break
			}
			i = (i + 1) & t.slots.mask
		}
	}
	for _, f := range found[:min(n, len(found))] {
		if f.stream != 0 && f.state&stateOver == 0 {
			s := t.streams.at(f.stream)
			touched += uint64(s.client.next) + uint64(s.server.next) + uint64(s.server.skip) + uint64(s.next)
		}
	}
	t.warmed += touched
}
