// Command pack writes CSV files of countries in the compact form that the
// knowledge base carries, and the tables that are made of a knowledge base. It
// fetches nothing and knows no data set: scripts/geo calls it with files whose
// hash it has checked.
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
	tables := flag.String("tables", "", "knowledge base to make tables of, in the place of CSV files")
	flag.Parse()
	var b bytes.Buffer
	var err error
	if *tables != "" {
		var made []byte
		made, err = geo.Made(os.DirFS(*tables))
		b.Write(made)
	} else {
		err = geo.Encode(&b, *name, *note, flag.Args()...)
	}
	if err == nil {
		err = os.WriteFile(*out, b.Bytes(), 0o644) //nolint:gosec // public data
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}
