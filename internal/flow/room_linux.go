package flow

import "syscall"

const madvHugepage = 14 // MADV_HUGEPAGE of madvise(2)

// mapped returns size zeroed bytes, nil if there are none. Pages of 2 MB are a
// wish: where the system has it otherwise, nothing but time is lost.
func mapped(size int) []byte {
	b, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE|syscall.MAP_NORESERVE)
	if err != nil {
		return nil
	}
	_ = syscall.Madvise(b, madvHugepage)
	return b
}

func unmap(b []byte) { _ = syscall.Munmap(b) } // of what mapped returned it cannot fail
