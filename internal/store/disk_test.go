package store

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// A disk is an SQLite VFS, "failing", between SQLite and the system's own. It
// fails a write, an fsync, a truncation or a deletion, before or after that took
// effect, and knows what of each file was brought to the disk by an fsync: what
// a power cut leaves.
type disk struct {
	sync.Mutex
	countdown int   // operations until one fails; 0: none does
	how       fault // fails how
	hit       bool  // it did

	names  map[uintptr]string // of open files
	synced map[string][]byte  // content of files at their last fsync
	loose  map[string][]write // written since
}

type write struct {
	at   int64
	data []byte // nil: the file was cut to at
}

type fault string

const (
	before fault = "before it took effect"
	after  fault = "after it took effect"
	torn   fault = "in the middle"
	full   fault = "because the disk is full"
)

var theDisk = &disk{}

// reset forgets all files but one, which was on the disk before.
func (d *disk) reset(path string) {
	d.Lock()
	defer d.Unlock()
	b, _ := os.ReadFile(path)
	d.countdown, d.hit = 0, false
	d.names, d.synced, d.loose = map[uintptr]string{}, map[string][]byte{path: b}, map[string][]write{}
}

func (d *disk) arm(countdown int, how fault) {
	d.Lock()
	defer d.Unlock()
	d.countdown, d.how, d.hit = countdown, how, false
}

// disarm reports whether the fault struck.
func (d *disk) disarm() bool {
	d.Lock()
	defer d.Unlock()
	d.countdown = 0
	return d.hit
}

// strikes counts an operation and says how it fails, "" if it does not.
func (d *disk) strikes() fault {
	if d.countdown == 0 {
		return ""
	}
	if d.countdown--; d.countdown > 0 {
		return ""
	}
	d.hit = true
	return d.how
}

// powerCut writes to dir what a power cut now leaves of the files beside path:
// what was synced, and of what was written since a part that rng chooses (none
// if rng is nil).
func (d *disk) powerCut(t testing.TB, path, dir string, rng *rand.Rand) string {
	t.Helper()
	d.Lock()
	defer d.Unlock()
	for _, suffix := range []string{"", "-wal"} {
		b, ok := d.synced[path+suffix]
		list := d.loose[path+suffix]
		if !ok && (rng == nil || len(list) == 0) {
			continue
		}
		b = append([]byte(nil), b...)
		for _, w := range list {
			if rng == nil || rng.IntN(2) == 0 {
				continue
			}
			if w.data == nil {
				b = b[:min(w.at, int64(len(b)))]
				continue
			}
			if n := int(w.at) + len(w.data); n > len(b) {
				b = append(b, make([]byte, n-len(b))...)
			}
			copy(b[w.at:], w.data)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(path)+suffix), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, filepath.Base(path))
}

// What follows speaks to SQLite as translated from C: a pointer to a function is
// the word that a Go func value is made of.

var (
	base      sqlite3.Tsqlite3_vfs
	originals = map[uintptr]*sqlite3.Tsqlite3_io_methods{} // by our copy's address
	copies    = map[uintptr]uintptr{}                      // our copy, by the original's address

	openFP     = xOpen
	deleteFP   = xDelete
	writeFP    = xWrite
	truncateFP = xTruncate
	syncFP     = xSync
	closeFP    = xClose

	register = sync.OnceFunc(func() {
		tls := libc.NewTLS()
		system := sqlite3.Xsqlite3_vfs_find(tls, 0)
		base = *(*sqlite3.Tsqlite3_vfs)(ptr(system))
		ours := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(base)))
		v := (*sqlite3.Tsqlite3_vfs)(ptr(ours))
		*v = base
		name, err := libc.CString("failing")
		if err != nil {
			panic(err)
		}
		v.FpNext, v.FzName = 0, name
		v.FxOpen, v.FxDelete = *(*uintptr)(unsafe.Pointer(&openFP)), *(*uintptr)(unsafe.Pointer(&deleteFP))
		if rc := sqlite3.Xsqlite3_vfs_register(tls, ours, 0); rc != 0 {
			panic(rc)
		}
	})
)

// ptr is an address of C's as a pointer.
func ptr(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }

func xOpen(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32 {
	fn := *(*func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32)(unsafe.Pointer(&struct{ uintptr }{base.FxOpen}))
	rc := fn(tls, vfs, name, file, flags, out)
	f := (*sqlite3.Tsqlite3_file)(ptr(file))
	if rc != 0 || f.FpMethods == 0 {
		return rc
	}
	theDisk.Lock()
	defer theDisk.Unlock()
	ours, ok := copies[f.FpMethods]
	if !ok {
		original := (*sqlite3.Tsqlite3_io_methods)(ptr(f.FpMethods))
		ours = libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(*original)))
		m := (*sqlite3.Tsqlite3_io_methods)(ptr(ours))
		*m = *original
		m.FxWrite, m.FxTruncate, m.FxSync, m.FxClose = *(*uintptr)(unsafe.Pointer(&writeFP)), *(*uintptr)(unsafe.Pointer(&truncateFP)), *(*uintptr)(unsafe.Pointer(&syncFP)), *(*uintptr)(unsafe.Pointer(&closeFP))
		copies[f.FpMethods], originals[ours] = ours, original
	}
	f.FpMethods = ours
	if name != 0 {
		theDisk.names[file] = libc.GoString(name)
	}
	return rc
}

func original(file uintptr) *sqlite3.Tsqlite3_io_methods {
	theDisk.Lock()
	defer theDisk.Unlock()
	return originals[(*sqlite3.Tsqlite3_file)(ptr(file)).FpMethods]
}

func xClose(tls *libc.TLS, file uintptr) int32 {
	fn := *(*func(*libc.TLS, uintptr) int32)(unsafe.Pointer(&struct{ uintptr }{original(file).FxClose}))
	theDisk.Lock()
	delete(theDisk.names, file)
	theDisk.Unlock()
	return fn(tls, file)
}

func xWrite(tls *libc.TLS, file, buf uintptr, n int32, at sqlite3.Tsqlite3_int64) int32 {
	fn := *(*func(*libc.TLS, uintptr, uintptr, int32, sqlite3.Tsqlite3_int64) int32)(unsafe.Pointer(&struct{ uintptr }{original(file).FxWrite}))
	theDisk.Lock()
	defer theDisk.Unlock()
	how := theDisk.strikes()
	switch how {
	case before:
		return sqlite3.SQLITE_IOERR_WRITE
	case full:
		return sqlite3.SQLITE_FULL
	case torn:
		n /= 2
	}
	rc := fn(tls, file, buf, n, at)
	if name := theDisk.names[file]; rc == 0 && name != "" {
		theDisk.loose[name] = append(theDisk.loose[name], write{at, bytes.Clone(libc.GoBytes(buf, int(n)))})
	}
	if how != "" {
		return sqlite3.SQLITE_IOERR_WRITE
	}
	return rc
}

func xTruncate(tls *libc.TLS, file uintptr, size sqlite3.Tsqlite3_int64) int32 {
	fn := *(*func(*libc.TLS, uintptr, sqlite3.Tsqlite3_int64) int32)(unsafe.Pointer(&struct{ uintptr }{original(file).FxTruncate}))
	theDisk.Lock()
	defer theDisk.Unlock()
	how := theDisk.strikes()
	if how == before || how == full {
		return sqlite3.SQLITE_IOERR_TRUNCATE
	}
	rc := fn(tls, file, size)
	if name := theDisk.names[file]; rc == 0 && name != "" {
		theDisk.loose[name] = append(theDisk.loose[name], write{at: size})
	}
	if how != "" {
		return sqlite3.SQLITE_IOERR_TRUNCATE
	}
	return rc
}

func xSync(tls *libc.TLS, file uintptr, flags int32) int32 {
	fn := *(*func(*libc.TLS, uintptr, int32) int32)(unsafe.Pointer(&struct{ uintptr }{original(file).FxSync}))
	theDisk.Lock()
	defer theDisk.Unlock()
	how := theDisk.strikes()
	if how == before || how == full {
		return sqlite3.SQLITE_IOERR_FSYNC
	}
	rc := fn(tls, file, flags)
	if name := theDisk.names[file]; rc == 0 && name != "" {
		if b, err := os.ReadFile(name); err == nil {
			theDisk.synced[name] = b
			delete(theDisk.loose, name)
		}
	}
	if how != "" {
		return sqlite3.SQLITE_IOERR_FSYNC
	}
	return rc
}

func xDelete(tls *libc.TLS, vfs, name uintptr, syncDir int32) int32 {
	fn := *(*func(*libc.TLS, uintptr, uintptr, int32) int32)(unsafe.Pointer(&struct{ uintptr }{base.FxDelete}))
	theDisk.Lock()
	defer theDisk.Unlock()
	how := theDisk.strikes()
	if how == before || how == full {
		return sqlite3.SQLITE_IOERR_DELETE
	}
	rc := fn(tls, vfs, name, syncDir)
	if rc == 0 {
		path := libc.GoString(name)
		maps.DeleteFunc(theDisk.synced, func(k string, _ []byte) bool { return k == path })
		delete(theDisk.loose, path)
	}
	if how != "" {
		return sqlite3.SQLITE_IOERR_DELETE
	}
	return rc
}
