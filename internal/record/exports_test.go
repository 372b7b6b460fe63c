package record

import (
	"bytes"
	"context"
	"os"
	"testing"
)

func TestExportsAreRecognisedAndRead(t *testing.T) {
	b, err := os.ReadFile("export/testdata/nfpcapd.nfcapd")
	if err != nil {
		t.Fatal(err)
	}
	format := Recognise(b[:100])
	if format == nil || format.Name != "nfdump file" {
		t.Fatalf("recognised as %+v", format)
	}
	var c counter
	r, err := format.Read(context.Background(), bytes.NewReader(b), &Job{Sink: &c})
	if err != nil || r.Format != "nfdump" || r.Unit != "record" || r.Records < 50 || r.Bytes != int64(len(b)) || len(r.Gaps) > 0 || len(r.Lacks) == 0 || r.First == 0 {
		t.Errorf("%v, %+v", err, r)
	}
	if c.flows < 50 || c.sights < 15 || c.sights > 60 {
		t.Errorf("%d flows and %d senders", c.flows, c.sights)
	}
}

func FuzzExports(f *testing.F) {
	b, err := os.ReadFile("export/testdata/nfpcapd.nfcapd")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, format := range []Reader{nfdumpReader, messagesReader} {
			var c counter
			if r, _ := format.Read(context.Background(), bytes.NewReader(b), &Job{Sink: &c}); int64(c.flows) > r.Records {
				t.Errorf("%s: %d flows of %d records", format.Name, c.flows, r.Records)
			}
		}
	})
}
