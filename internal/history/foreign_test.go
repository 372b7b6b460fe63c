package history

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// hyparquet is a reader that shares no code with ours. The script prints a file's
// rows as JSON; numbers beyond 2^53 and times become texts.
const hyparquet = `
import { asyncBufferFromFile, parquetReadObjects, parquetMetadataAsync } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
const file = await asyncBufferFromFile(process.argv[2])
const metadata = await parquetMetadataAsync(file)
const rows = await parquetReadObjects({ file, metadata, compressors })
const meta = Object.fromEntries(metadata.key_value_metadata.map(x => [x.key, x.value]))
const plain = (k, v) => typeof v === 'bigint' ? v.toString() : v
console.log(JSON.stringify({ meta, rows }, plain))
`

// A reader that is not ours reads the files, and finds the same in them.
func TestAnotherReaderReadsTheFiles(t *testing.T) {
	modules, err := filepath.Abs(filepath.Join("..", "..", "out", "parquet"))
	if err != nil {
		t.Fatal(err)
	}
	node, err := exec.LookPath("node")
	if _, e := os.Stat(filepath.Join(modules, "node_modules", "hyparquet-compressors")); err != nil || e != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("node or hyparquet is not there: scripts/test-tools installs it")
		}
		t.Skip("node and hyparquet are needed: run scripts/test-tools")
	}
	script := filepath.Join(modules, "read.mjs") // imports are looked for beside it
	if err := os.WriteFile(script, []byte(hyparquet), 0o600); err != nil {
		t.Fatal(err)
	}
	rows := some(1, 20)
	rows = append(rows, Row{Site: -3, Device: "d-odd", Hour: 20000 * daySec, Port: 65535, Name: "größe.example", ASN: 4294967295, Audio: true, BytesUp: 1<<63 - 1, First: 20000 * daySec * second})
	s := open(t, t.TempDir(), Options{})
	if err := s.Append(ctx, rows); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, script, filepath.Join(s.dir, dayName(20000), "0001.parquet"))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	var got struct {
		Meta map[string]string
		Rows []struct {
			Site, Ingest, Flows                       json.Number
			Device, Hour, Address, Name, Country, App string
			Port, ASN                                 int64
			Audio                                     bool
			Up                                        json.Number `json:"bytes_up"`
			Down                                      json.Number `json:"bytes_down"`
			From                                      string      `json:"device_address"`
			First, Last                               int64
		}
	}
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v: %.300s", err, out)
	}
	if got.Meta[metaVersion] != version || got.Meta[metaDay] != dayName(20000) || got.Meta[metaAbout] == "" {
		t.Errorf("metadata: %v", got.Meta)
	}
	want := kept(rows)
	if len(got.Rows) != len(want) {
		t.Fatalf("%d rows, want %d", len(got.Rows), len(want))
	}
	num := func(n json.Number) int64 { v, _ := n.Int64(); return v }
	bad := slices.IndexFunc(want, func(w Row) bool {
		g := got.Rows[0]
		got.Rows = got.Rows[1:]
		addr := func(a interface {
			IsValid() bool
			String() string
		}) string {
			if !a.IsValid() {
				return ""
			}
			return a.String()
		}
		same := num(g.Site) == w.Site && g.Device == w.Device && g.Hour == stampMillis(w.Hour) && g.Address == addr(w.Address) && g.From == addr(w.From) && g.Name == w.Name &&
			g.Country == w.Country && g.App == w.App && g.Port == int64(w.Port) && g.ASN == int64(w.ASN) && g.Audio == w.Audio && num(g.Up) == w.BytesUp && num(g.Down) == w.BytesDown &&
			num(g.Flows) == w.Flows && num(g.Ingest) == w.Ingest && g.First == w.First/second-w.Hour
		if !same {
			t.Errorf("got  %+v\nwant %+v", g, w)
		}
		return !same
	})
	if bad >= 0 {
		t.Errorf("row %d of %d", bad, len(want))
	}
}

// stampMillis is an hour as JSON has a JavaScript date.
func stampMillis(hour int64) string {
	return time.Unix(hour, 0).UTC().Format("2006-01-02T15:04:05.000Z")
}
