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
	for _, h := range hashes {
		if e := t.slots.slot[h&t.slots.mask]; uint32(e>>32) == h && e != 0 {
			f := t.at(uint32(e) - 1)
			touched += f.Client.Packets + f.Server.Packets + f.ID + uint64(f.hash)
		}
	}
	t.warmed += touched
}
