package record

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What iproute2 6.1 prints.
const (
	neighboursPlain  = `[{"dst":"192.168.1.64","dev":"eth0","lladdr":"b0:c5:54:25:5b:0e","state":["STALE"]},{"dst":"fd00::1","dev":"eth0","state":["FAILED"]},{"dst":"192.168.1.8","dev":"eth0","lladdr":"02:00:00:00:00:08","state":["PERMANENT"]}]` + "\n"
	neighboursPretty = "[ {\n        \"dst\": \"192.168.1.64\",\n        \"dev\": \"eth0\",\n        \"lladdr\": \"b0:c5:54:25:5b:0e\",\n        \"state\": [ \"REACHABLE\" ]\n    },{\n        \"dst\": \"192.168.1.9\",\n        \"dev\": \"eth0\",\n        \"state\": [ \"INCOMPLETE\" ]\n    } ]\n"
)

func TestNeighboursAsJSON(t *testing.T) {
	entry := "arp 192.168.1.64:0>invalid AddrPort sender: arp.mac=b0:c5:54:25:5b:0e arp.ip=192.168.1.64"
	for _, tt := range []struct {
		name, in      string
		records, gaps int
		want          []string
	}{
		{"on one line", neighboursPlain, 3, 0, []string{entry}},
		{"with -p", neighboursPretty, 2, 0, []string{entry}},
		{"two lists", neighboursPlain + neighboursPretty, 5, 0, []string{entry, entry}},
		{"cut in an element", neighboursPlain[:len(neighboursPlain)-30], 2, 1, []string{entry}},
		{"cut behind an element", neighboursPlain[:strings.Index(neighboursPlain, "},")+1], 1, 1, []string{entry}},
		{"an element of another kind", strings.Replace(neighboursPlain, "]}]", "]},7,{\"dst\":8}]", 1), 3, 1, []string{entry}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if r := Recognise([]byte(tt.in)); r == nil || r.Name != neighboursReader.Name {
				t.Fatalf("recognised as %+v", r)
			}
			got, res := readWith(t, &neighboursReader, tt.in)
			if diff := cmp.Diff(tt.want, got.said()); diff != "" {
				t.Error(diff)
			}
			if len(res.Gaps) != tt.gaps || res.Records != int64(tt.records) || len(got.sights) != 1 || res.Bytes != int64(len(tt.in)) {
				t.Errorf("%+v, %+v", res, got.sights)
			}
		})
	}
}

func FuzzNeighbours(f *testing.F) {
	f.Add([]byte(neighboursPlain))
	f.Add([]byte(neighboursPretty))
	f.Fuzz(func(t *testing.T, b []byte) { fuzzReader(t, &neighboursReader, b) })
}
