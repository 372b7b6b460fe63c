package record

import (
	"fmt"
	"strings"
	"testing"
)

// eveBoth gives the events of one flow: flow is the flow event, half those of its
// two directions.
func eveBoth(id int) (flow, half string) {
	const ends = `"src_ip":"%s","src_port":%d,"dest_ip":"%s","dest_port":%d,"proto":"TCP"`
	there := fmt.Sprintf(ends, "192.168.1.64", 40000+id, "203.0.113.9", 443)
	back := fmt.Sprintf(ends, "203.0.113.9", 443, "192.168.1.64", 40000+id)
	head := `{"timestamp":"2026-01-02T03:04:05+0000","flow_id":%d,"event_type":`
	flow = fmt.Sprintf(head+`"flow",%s,"flow":{"pkts_toserver":5,"pkts_toclient":4,"bytes_toserver":500,"bytes_toclient":400},"tcp":{"tcp_flags_ts":"02"}}`+"\n", id, there)
	half = fmt.Sprintf(head+`"netflow",%s,"netflow":{"pkts":5,"bytes":500}}`+"\n", id, there) + fmt.Sprintf(head+`"netflow",%s,"netflow":{"pkts":4,"bytes":400}}`+"\n", id, back)
	return flow, half
}

func TestAFlowThatIsToldTwiceCountsOnce(t *testing.T) {
	flow1, half1 := eveBoth(1)
	flow2, half2 := eveBoth(2)
	_, noID := eveBoth(0)
	var many, manyHalves strings.Builder
	for id := 10; id < 10+maxHeld; id++ {
		f, h := eveBoth(id)
		many.WriteString(f)
		manyHalves.WriteString(h)
	}
	for _, tt := range []struct {
		name, in          string
		flows             int
		bytes, out, first int
	}{
		{"flow events only", flow1 + flow2, 2, 1800, 0, 0},
		{"netflow events only", half1 + half2, 4, 1800, 0, 0},
		{"flow events before", flow1 + half1 + flow2 + half2, 2, 1800, 4, len(flow1)},
		{"netflow events before", half1 + flow1 + half2 + flow2, 2, 1800, 4, 0},
		{"netflow events about", half1[:len(half1)/2] + flow1 + half1[len(half1)/2:], 1, 900, 2, 0},
		{"flows of which each kind has another", flow1 + half2, 3, 1800, 0, 0},
		{"netflow events without a flow_id", flow1 + noID, 3, 1800, 0, 0},
		{"more than are kept back", half1 + half2 + manyHalves.String(), 4 + 2*maxHeld, 900 * (2 + maxHeld), 0, 0},
		{"many flow events between", flow1 + many.String() + half1, 1 + maxHeld, 900 * (1 + maxHeld), 2, len(flow1) + many.Len()},
		{"all netflow events behind all flow events", many.String() + manyHalves.String(), maxHeld, 900 * maxHeld, 2 * maxHeld, many.Len()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, res := readWith(t, &eveReader, tt.in)
			total, sighted := 0, 0
			for _, f := range got.flows {
				total += int(f.Client.Bytes + f.Server.Bytes)
			}
			for _, s := range got.sights {
				sighted += int(s.Bytes)
			}
			if len(got.flows) != tt.flows || total != tt.bytes || sighted != tt.bytes {
				t.Errorf("%d flows of %d bytes, %d bytes sighted; want %d of %d", len(got.flows), total, sighted, tt.flows, tt.bytes)
			}
			left := 0
			for _, g := range res.Gaps {
				if left += int(g.Packets); g.Offset != int64(tt.first) {
					t.Errorf("%+v, want offset %d", g, tt.first)
				}
			}
			if left != tt.out || res.Records != int64(strings.Count(tt.in, "\n")) {
				t.Errorf("%d left out, want %d; %d records", left, tt.out, res.Records)
			}
		})
	}
}
