package main

import (
	"fmt"
	"io"
	"strings"
)

// hubSizes writes what was measured on each size, and how it grows.
func hubSizes(page io.Writer, list []hubSize) {
	fmt.Fprint(page, "\n### Estates by size\n\nA question is asked up to 200 times, after once to warm the page cache. *Growth* is the factor of the p99 from the size before, and in brackets that of the estate.\n\n")
	row := func(name string, cell func(z *hubSize) string) {
		cells := make([]string, len(list))
		for i := range list {
			cells[i] = cell(&list[i])
		}
		fmt.Fprintf(page, "| %s | %s |\n", name, strings.Join(cells, " | "))
	}
	row("", func(z *hubSize) string { return fmt.Sprintf("%d devices", z.devices) })
	row("---", func(*hubSize) string { return "---" })
	row("sites; observations; rows of history", func(z *hubSize) string {
		return fmt.Sprintf("%d; %d; %d", z.filled.Sites, z.filled.Observations, z.filled.Rows)
	})
	row("observations a second in", func(z *hubSize) string { return per(z.filled.Observations, z.filled.Evidence.Seconds()) })
	row("devices a second worked in (`ReplaceSite`)", func(z *hubSize) string { return per(z.filled.Devices, z.filled.Derived.Seconds()) })
	row("likewise, nothing having changed", func(z *hubSize) string { return per(z.filled.AgainDevices, z.filled.Again.Seconds()) })
	row("rows of history a second in, compacted", func(z *hubSize) string { return per(z.filled.Rows, z.filled.History.Seconds()) })
	row("store on disk, MB", func(z *hubSize) string { return fmt.Sprintf("%.0f", float64(z.bytes[0])/1e6) })
	row("history on disk, MB (bytes a row)", func(z *hubSize) string {
		return fmt.Sprintf("%.0f (%.1f)", float64(z.bytes[1])/1e6, float64(z.bytes[1])/float64(max(z.filled.Rows, 1)))
	})
	row("bytes on disk a device a day", func(z *hubSize) string {
		return fmt.Sprintf("%.0f", float64(z.bytes[0]+z.bytes[1])/float64(z.devices)/30)
	})
	row("of these the history", func(z *hubSize) string { return fmt.Sprintf("%.0f", float64(z.bytes[1])/float64(z.devices)/30) })
	row("opened in, ms", func(z *hubSize) string { return fmt.Sprintf("%.0f", z.Open*1000) })
	row("memory when open, MB", func(z *hubSize) string { return fmt.Sprintf("%.0f", z.Idle) })
	row("memory at most while asked, MB", func(z *hubSize) string { return fmt.Sprintf("%.0f", z.Peak) })
	if len(list) == 0 || len(list[0].Answers) == 0 {
		return
	}
	fmt.Fprint(page, "\n| question: median / p99, ms |")
	for i := range list {
		fmt.Fprintf(page, " %d devices |", list[i].devices)
		if i > 0 {
			fmt.Fprintf(page, " growth (%.0f) |", float64(list[i].devices)/float64(list[i-1].devices))
		}
	}
	fmt.Fprintf(page, "\n|---%s|\n", strings.Repeat("|---", 2*len(list)-1))
	for k, q := range list[0].Answers {
		fmt.Fprintf(page, "| %s |", q.Name)
		for i := range list {
			if k >= len(list[i].Answers) {
				break
			}
			a := list[i].Answers[k]
			fmt.Fprintf(page, " %.1f / **%.1f** |", a.Median, a.P99)
			if i > 0 {
				fmt.Fprintf(page, " %.1f |", a.P99/list[i-1].Answers[k].P99)
			}
		}
		fmt.Fprintln(page)
	}
}

func per(n int64, seconds float64) string {
	if seconds <= 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f", float64(n)/seconds)
}
