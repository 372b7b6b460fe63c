package record

import (
	"context"
	"os"
	"runtime"
	"strconv"
	"testing"
)

// TestALongStreamTakesFlatMemory reads 128 MB, or as many as LENSCAP_STREAM_MB
// says, and looks at the heap on the way.
func TestALongStreamTakesFlatMemory(t *testing.T) {
	megabytes := int64(128)
	if n, err := strconv.ParseInt(os.Getenv("LENSCAP_STREAM_MB"), 10, 64); err == nil {
		megabytes = n
	}
	for name, r := range map[string]*Reader{"eve.json": &eveReader, "zeek.json": &zeekReader} {
		runtime.GC()
		var now, early, late runtime.MemStats
		runtime.ReadMemStats(&now)
		var c counter
		told := int64(0)
		res, err := r.Read(context.Background(), newRepeater([]byte(sample(t, name)), megabytes<<20), &Job{Sink: &c, Progress: func(n int64) {
			switch told++; {
			case told == megabytes/8:
				runtime.ReadMemStats(&early)
			case told%64 == 0:
				var m runtime.MemStats
				if runtime.ReadMemStats(&m); m.HeapInuse > late.HeapInuse {
					late = m
				}
			}
		}})
		if err != nil || res.Bytes != megabytes<<20 {
			t.Fatalf("%s: %+v, %v", name, res, err)
		}
		t.Logf("%s: %d MB, %d records: heap %d kB before, %d kB at an eighth, at most %d kB behind it", name, megabytes, res.Records, now.HeapInuse>>10, early.HeapInuse>>10, late.HeapInuse>>10)
		if late.HeapInuse > now.HeapInuse+64<<20 {
			t.Errorf("%s: the heap grew to %d MB", name, late.HeapInuse>>20)
		}
	}
}
