package main

import (
	"fmt"
	"io"
	"strings"
)

// hubSizes writes what was measured on each size, and how it grows.
func hubSizes(page io.Writer, list []hubSize) {
	fmt.Fprint(page, "\n### Estates by size\n\nA question is asked up to 200 times, after once to warm the page cache. Between two a change is committed, so that the store works every answer out; over HTTP an answer that was given before is given again until something changes, as in earnest. *Growth* is the factor of the p99 from the size before, and in brackets that of the estate.\n\n")
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
	row("store and history opened in, ms", func(z *hubSize) string { return fmt.Sprintf("%.0f", z.Open*1000) })
	row("memory when these are open; at most while they are asked, MB", func(z *hubSize) string { return fmt.Sprintf("%.0f; %.0f", z.hubTold.Idle, z.hubTold.Peak) })
	if len(list) > 0 && len(list[0].Pages) > 0 {
		row("the whole hub serves after, s", func(z *hubSize) string { return fmt.Sprintf("%.2f", z.Start) })
		row("its memory when idle, freed of what starting left, without the pages of the program's own file (must be ≤ 60), MB", func(z *hubSize) string { return fmt.Sprintf("**%.0f**", z.hubPages.Own) })
		row("with them; at most under load, MB", func(z *hubSize) string { return fmt.Sprintf("%.0f; %.0f", z.hubPages.Idle, z.hubPages.Peak) })
	}
	table(page, "question to store or history", list, func(z *hubSize) []answer { return z.Answers })
	table(page, "page over HTTP, whole", list, func(z *hubSize) []answer { return z.Pages })
	for i := range list {
		z := &list[i]
		switch {
		case z.NotInstalled:
			fmt.Fprint(page, "\nwrk is not installed (apt-get install wrk): no load was put on.\n")
		case len(z.Load) > 0:
			fmt.Fprintf(page, "\n%d devices, %d readers of the estate page for %d s with wrk, while captures of 12 devices were taken in one after the other: %d captures done; %s.\n",
				z.devices, readers, z.LoadSeconds, z.Ingests, strings.Join(z.Load, "; "))
		}
	}
}

// table writes medians and 99th percentiles of each size beside each other.
func table(page io.Writer, title string, list []hubSize, of func(*hubSize) []answer) {
	if len(list) == 0 || len(of(&list[0])) == 0 {
		return
	}
	fmt.Fprintf(page, "\n| %s: median / p99, ms |", title)
	for i := range list {
		fmt.Fprintf(page, " %d devices |", list[i].devices)
		if i > 0 {
			fmt.Fprintf(page, " growth (%.0f) |", float64(list[i].devices)/float64(list[i-1].devices))
		}
	}
	fmt.Fprintf(page, "\n|---%s|\n", strings.Repeat("|---", 2*len(list)-1))
	for k, q := range of(&list[0]) {
		fmt.Fprintf(page, "| %s |", q.Name)
		for i := range list {
			if k >= len(of(&list[i])) {
				break
			}
			a := of(&list[i])[k]
			fmt.Fprintf(page, " %.1f / **%.1f** |", a.Median, a.P99)
			if i > 0 {
				fmt.Fprintf(page, " %.1f |", a.P99/of(&list[i-1])[k].P99)
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
