package flow

import (
	"runtime"
	"slices"
	"sync"
	"unsafe"
)

// A room is memory outside Go's heap for what a large table holds, in pages of
// 2 MB where the system has them: to find a flow is to wait for memory, and with
// thousands of pages of 4 kB much of that is waiting for where the page is.
//
// Nothing in it may point into Go's heap. What it holds is given back when its
// owner is collected.
type room struct {
	free []byte // the rest of the last region, zeroed
	held *regions
	used int // bytes handed out
}

// regions is what the system gave.
type regions struct {
	mu  sync.Mutex
	all [][]byte
}

func (h *regions) keep(b []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, b)
}

// drop gives the region back that begins at p, and reports whether there is one.
func (h *regions) drop(p unsafe.Pointer) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	i := slices.IndexFunc(h.all, func(b []byte) bool { return unsafe.Pointer(unsafe.SliceData(b)) == p })
	if i < 0 {
		return false
	}
	unmap(h.all[i])
	h.all = slices.Delete(h.all, i, i+1)
	return true
}

// dropAll gives everything back; nothing in it may be used any more.
func (h *regions) dropAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, b := range h.all {
		unmap(b)
	}
	h.all = nil
}

// left is how many regions are held.
func (h *regions) left() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.all)
}

// own gives what r holds back when owner, of which r is a part, is collected.
func (r *room) own(owner *Table) {
	r.held = &regions{}
	runtime.AddCleanup(owner, (*regions).dropAll, r.held)
}

const (
	regionSize = 64 << 20 // is asked of the system at once; what nobody has touched takes no memory
	hugePage   = 2 << 20
)

// records returns n zeroed records, of Go's heap where the system has no other.
func (r *room) records(n int) []Record {
	size := n * int(unsafe.Sizeof(Record{}))
	if len(r.free) < size {
		if r.free = mapped(regionSize); len(r.free) < size {
			return make([]Record, n)
		}
		r.held.keep(r.free)
	}
	b := r.free[:size]
	r.free = r.free[size:]
	r.used += size
	return unsafe.Slice((*Record)(unsafe.Pointer(unsafe.SliceData(b))), n)
}

// words returns n zeroed words, of Go's heap where they are few. A nil room has
// only that.
func (r *room) words(n int) []uint64 {
	if r == nil || 8*n < hugePage {
		return make([]uint64, n)
	}
	b := mapped(8 * n)
	if b == nil {
		return make([]uint64, n)
	}
	r.held.keep(b)
	r.used += 8 * n
	return unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(b))), n)
}

// drop gives back what words returned.
func (r *room) drop(w []uint64) {
	if r != nil && r.held.drop(unsafe.Pointer(unsafe.SliceData(w))) {
		r.used -= 8 * len(w)
	}
}
