package regime

import (
	"fmt"
	"testing"

	"github.com/lenscap/lenscap/internal/attribution"
	"github.com/lenscap/lenscap/internal/egress"
)

// BenchmarkJudgeEgress is a camera with ordinary conversations, and one that
// talks to a thousand far ends.
func BenchmarkJudgeEgress(b *testing.B) {
	e, _ := release(b)
	org, day := Organisation{Egress: Egress{Companies: []string{"tuya"}, Countries: []string{"KP"}}}, on(b, "2026-11-22")
	d := Device{"d-1", attribution.Attribution{Kind: sureOf("", attribution.KindCamera)}}
	for _, n := range []int{4, 1000} {
		var talks []*egress.Conversation
		for i := range n {
			c := talkTo(fmt.Sprintf("n%d.example.net", i), []string{"", "hikvision", "dahua", "axis"}[i%4], []string{"", "CN", "CN", "SE"}[i%4], "IE", egress.PurposeCloud)
			c.BytesUp = uint64(i * 7919 % 1000)
			talks = append(talks, &c)
		}
		b.Run(fmt.Sprint("conversations-", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				e.JudgeEgress(d, talks, &org, day)
			}
			b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "conversations/s")
		})
	}
}
