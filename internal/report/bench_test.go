package report

import (
	"bytes"
	"testing"
)

// BenchmarkHTML draws an audit of 5,000 devices, a fifth of them cameras.
func BenchmarkHTML(b *testing.B) {
	doc := large(5000)
	var page bytes.Buffer
	for b.Loop() {
		page.Reset()
		if err := HTML(&page, doc); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(page.Len()))
	b.ReportMetric(float64(page.Len())/1e6, "MB/page")
}
