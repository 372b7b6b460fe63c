// Command pack writes CSV files of countries in the compact form that the
// knowledge base carries. It fetches nothing and knows no data set: scripts/geo
// calls it with files whose hash it has checked.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"

	"github.com/lenscap/lenscap/internal/geo"
)

func main() {
	out := flag.String("o", "", "file to write")
	name := flag.String("name", "", "data set and date, for people")
	note := flag.String("note", "", "licence and publisher, for people")
	flag.Parse()
	var b bytes.Buffer
	err := geo.Encode(&b, *name, *note, flag.Args()...)
	if err == nil {
		err = os.WriteFile(*out, b.Bytes(), 0o644) //nolint:gosec // public data
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}
