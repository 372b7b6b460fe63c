package asset

import (
	"archive/zip"
	"bytes"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"runtime"
	"runtime/metrics"
	"strings"
	"testing"
	"time"
)

// mostMemory is what reading any file may take, in bytes of the heap and with
// what waits to be collected.
const mostMemory = 160 << 20

// peak is the most that the heap grew to while do ran, looked at every
// millisecond.
func peak(do func()) int64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	now := func() int64 { metrics.Read(s); return int64(s[0].Value.Uint64()) } //nolint:gosec // never so large
	runtime.GC()
	before, most := now(), int64(0)
	done, seen := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(seen)
		for t := time.NewTicker(time.Millisecond); ; {
			select {
			case <-done:
				return
			case <-t.C:
				most = max(most, now()-before)
			}
		}
	}()
	do()
	close(done)
	<-seen
	return most
}

// craft makes a spreadsheet of a sheet and of shared texts, each as it is
// written by a function, and of so many bytes that do not pack.
func craft(t testing.TB, sheet, texts func(io.Writer), ballast int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	write := func(name string, fill func(io.Writer)) {
		out, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		fill(out)
	}
	fixed := func(s string) func(io.Writer) { return func(w io.Writer) { io.WriteString(w, s) } }
	const of = `http://schemas.openxmlformats.org/officeDocument/2006/relationships/`
	write("[Content_Types].xml", fixed(`<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/></Types>`))
	write("_rels/.rels", fixed(`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="`+of+`officeDocument" Target="xl/workbook.xml"/></Relationships>`))
	write("xl/workbook.xml", fixed(`<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="`+strings.TrimSuffix(of, "/")+`"><sheets><sheet name="Cameras" sheetId="1" r:id="rId1"/></sheets></workbook>`))
	write("xl/_rels/workbook.xml.rels", fixed(`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="`+of+`worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="`+of+`sharedStrings" Target="sharedStrings.xml"/></Relationships>`))
	write("xl/worksheets/sheet1.xml", func(w io.Writer) {
		io.WriteString(w, `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`)
		sheet(w)
		io.WriteString(w, `</sheetData></worksheet>`)
	})
	write("xl/sharedStrings.xml", func(w io.Writer) {
		io.WriteString(w, `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`)
		texts(w)
		io.WriteString(w, `</sst>`)
	})
	write("xl/media/image1.png", func(w io.Writer) {
		var seed maphash.Hash
		for i := range ballast / 8 {
			seed.WriteByte(byte(i))
			h := seed.Sum64()
			w.Write([]byte{byte(h), byte(h >> 8), byte(h >> 16), byte(h >> 24), byte(h >> 32), byte(h >> 40), byte(h >> 48), byte(h >> 56)})
		}
	})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func times(n int, s string) func(io.Writer) {
	return func(w io.Writer) {
		chunk := []byte(strings.Repeat(s, min(n, 4096)))
		for ; n > 0; n -= 4096 {
			w.Write(chunk[:min(n, 4096)*len(s)])
		}
	}
}

const headXML = `<row r="1"><c r="A1" t="str"><v>Name</v></c><c r="B1" t="str"><v>Serial</v></c></row>`

// Whatever a file of 10 MB unpacks to, reading it takes bounded memory. The
// variable LENSCAP_LIST names the one file to read.
func TestMemoryIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("reads some hundred MB")
	}
	header := func(next func(io.Writer)) func(io.Writer) {
		return func(w io.Writer) { io.WriteString(w, headXML); next(w) }
	}
	wide := func(n int, cell string) func(io.Writer) { return times(n, "<row>"+strings.Repeat(cell, 2000)+"</row>") }
	var many strings.Builder
	for i := range 300 {
		fmt.Fprintf(&many, "Column %d,", i)
	}
	mapping := map[string]*Mapping{"csv, many columns": {Header: 1, Columns: map[string]Field{"name": Name}}}
	only := os.Getenv("LENSCAP_LIST")
	for name, file := range map[string]func() []byte{
		"xlsx, empty texts": func() []byte {
			return craft(t, header(times(1000, `<row><c t="s"><v>0</v></c></row>`)), times(5_000_000, `<si/>`), 8<<20)
		},
		"xlsx, long texts": func() []byte {
			return craft(t, header(wide(100, `<c t="s"><v>0</v></c>`)), func(w io.Writer) { io.WriteString(w, "<si><t>"); times(30<<20, "a")(w); io.WriteString(w, "</t></si>") }, 8<<20)
		},
		"xlsx, texts of 32 kB": func() []byte {
			return craft(t, header(wide(100, `<c t="s"><v>0</v></c>`)), times(3000, "<si><t>"+strings.Repeat("a", 32<<10)+"</t></si>"), 8<<20)
		},
		"xlsx, many cells in a row": func() []byte {
			return craft(t, header(times(1, "<row>"+strings.Repeat(`<c><v>1</v></c>`, 1<<20)+"</row>")), times(1, `<si/>`), 8<<20)
		},
		"xlsx, many rows": func() []byte {
			return craft(t, header(times(1_000_000, `<row><c><v>1</v></c><c><v>2</v></c></row>`)), times(1, `<si/>`), 8<<20)
		},
		"xlsx, elements in others": func() []byte { return craft(t, header(times(4<<20, `<a>`)), times(1, `<si/>`), 8<<20) },
		"xlsx, a long tag": func() []byte {
			return craft(t, header(func(w io.Writer) { io.WriteString(w, `<row r="`); times(100<<20, "1")(w) }), times(1, `<si/>`), 8<<20)
		},
		"csv, many columns": func() []byte {
			return []byte("Name," + many.String() + "\n" + strings.Repeat(strings.Repeat("a,", 300)+"\n", 10<<20/602))
		},
		"csv, many rows": func() []byte { return []byte("Name,Serial\n" + strings.Repeat("a,b\n", 5<<19)) },
		"csv, one line":  func() []byte { return []byte("Name,Serial\n" + strings.Repeat("a,", 5<<20)) },
		"json, many objects": func() []byte {
			return []byte(`{"results":[` + strings.Repeat(`{},`, 3<<20) + `{"device_type":{"model":"a"}}]}`)
		},
		"json, one object": func() []byte {
			return []byte(`{"results":[{"device_type":{"model":"a"},"x":[` + strings.Repeat(`{},`, 3<<20) + `1]}]}`)
		},
		"nmap, many ports": func() []byte {
			return []byte(`<nmaprun><host><ports>` + strings.Repeat(`<port/>`, 10<<20/7) + `</ports></host></nmaprun>`)
		},
		"nmap, elements in others": func() []byte { return []byte(`<nmaprun>` + strings.Repeat(`<a>`, 3<<20)) },
	} {
		if only != "" && only != name {
			continue
		}
		b := file() // one at a time, so that the heap is small before
		if len(b) > 14<<20 {
			t.Fatalf("%s: %d bytes", name, len(b))
		}
		var l *List
		var err error
		began := time.Now()
		most := peak(func() { l, err = Read(bytes.NewReader(b), "list", mapping[name]) })
		rows, faults := 0, []Fault(nil)
		if l != nil {
			rows, faults = len(l.Rows), l.Faults[max(0, len(l.Faults)-1):]
		}
		t.Logf("%-26s %5.1f MB of file, %4d MB of memory, %v: %d rows, %v %v", name, float64(len(b))/1e6, most/1e6, time.Since(began).Round(time.Millisecond), rows, faults, err)
		if most > mostMemory {
			t.Errorf("%s: %d MB of memory, want %d at most", name, most>>20, mostMemory>>20)
		}
	}
}
