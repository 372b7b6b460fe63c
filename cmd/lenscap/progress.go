package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/lenscap/lenscap/internal/pipeline"
)

// progressBar shows rate and time left on w, for work that takes over a second.
func progressBar(w io.Writer) func(pipeline.Progress) {
	start := time.Now()
	var bar *progressbar.ProgressBar
	return func(p pipeline.Progress) {
		if time.Since(start) < time.Second {
			return
		}
		if bar == nil {
			total := p.Total
			if total == 0 {
				total = -1
			}
			bar = progressbar.NewOptions64(total,
				progressbar.OptionSetWriter(w), progressbar.OptionShowBytes(true), progressbar.OptionSetPredictTime(true),
				progressbar.OptionSetWidth(24), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
		}
		bar.Describe(fmt.Sprintf("%s %d of %d", p.Stage, p.Number, p.Of))
		_ = bar.Set64(p.Read) // fails beyond the total, when a file grows while it is read
	}
}
