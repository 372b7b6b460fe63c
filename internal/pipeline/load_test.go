package pipeline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"testing"
	"time"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/lab"
	"github.com/lenscap/lenscap/internal/pipeline"
)

// smallLoad is the bench's estate with 40 cameras instead of 400.
var smallLoad = lab.Load{Seed: "test", Cameras: 40, Recorders: 4, Workstations: 12, Length: 14 * time.Second, VideoRate: 20_000, Flows: 1500, Talk: 2, Record: 300}

func written(t testing.TB, l lab.Load) ([]byte, lab.Made) {
	t.Helper()
	var b bytes.Buffer
	made, err := l.Write(&b)
	if err != nil {
		t.Fatal(err)
	}
	if int64(b.Len()) != made.Bytes {
		t.Fatalf("%d bytes written, %d told", b.Len(), made.Bytes)
	}
	return b.Bytes(), made
}

func TestEveryCameraOfALoadIsFound(t *testing.T) {
	in, made := written(t, smallLoad)
	doc, err := audit(t, in)
	if err != nil {
		t.Fatal(err)
	}
	kinds, makers := map[string]int{}, map[string]int{}
	for _, d := range doc.Devices {
		kinds[d.Kind.Value]++
		if d.Kind.Value == attribution.KindCamera {
			makers[d.Maker.Value]++
		}
	}
	if kinds[attribution.KindCamera] != smallLoad.Cameras || kinds[attribution.KindRecorder] != smallLoad.Recorders {
		t.Errorf("%d cameras and %d recorders, want %d and %d: %v", kinds[attribution.KindCamera], kinds[attribution.KindRecorder], smallLoad.Cameras, smallLoad.Recorders, kinds)
	}
	for _, maker := range []string{"Hikvision", "Dahua", "Axis", "Uniview"} {
		if makers[maker] == 0 {
			t.Errorf("no camera of %s: %v", maker, makers)
		}
	}
	if doc.Inputs[0].Packets != made.Packets || len(doc.Inputs[0].NotUnderstood) != 0 {
		t.Errorf("%d packets of %d, not understood: %v", doc.Inputs[0].Packets, made.Packets, doc.Inputs[0].NotUnderstood)
	}
	media := map[string]int{}
	for _, s := range doc.Streams {
		media[s.Media]++
	}
	if media["video"] != smallLoad.Cameras {
		t.Errorf("%v streams, want %d of video", media, smallLoad.Cameras)
	}
}

func TestALoadIsTheSameEachTime(t *testing.T) {
	a, _ := written(t, smallLoad)
	b, _ := written(t, smallLoad)
	if !bytes.Equal(a, b) {
		t.Error("the same load was written differently")
	}
}

// TestTheSameLoadGivesTheSameAnswer audits twice: what runs at once must not
// change the order of anything.
func TestTheSameLoadGivesTheSameAnswer(t *testing.T) {
	in, _ := written(t, smallLoad)
	var answers [2][]byte
	for i := range answers {
		doc, err := audit(t, in)
		if err != nil {
			t.Fatal(err)
		}
		if answers[i], err = json.Marshal(doc); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(answers[0], answers[1]) {
		t.Error("two audits of one capture differ")
	}
}

// BenchmarkAudit is the whole path over a capture in memory; run it with
// -cpuprofile to see where the time goes.
func BenchmarkAudit(b *testing.B) {
	for _, c := range []struct {
		name string
		load lab.Load
	}{{"video", lab.VideoHeavy}, {"small", lab.SmallHeavy}} {
		b.Run(c.name, func(b *testing.B) {
			l := c.load
			l.Length /= 4
			l.Flows /= 4
			in, made := written(b, l)
			knowledge()
			b.SetBytes(made.Bytes)
			b.ReportAllocs()
			for b.Loop() {
				doc, err := pipeline.Run(context.Background(), pipeline.Config{Inputs: []string{"-"}, Stdin: struct{ io.Reader }{bytes.NewReader(in)}, Knowledge: knowledge(), AsAt: asAt})
				if err != nil || doc.Inputs[0].Packets != made.Packets {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(made.Packets)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mpackets/s")
		})
	}
}
