// Package examples holds what comes with the program to try it on: captures and
// the demonstration estate. It is data and imports nothing; README.md says what
// each holds, how it was made and under which licence.
package examples

import (
	"embed"
	"io/fs"
)

//go:embed lab-station.pcapng mixed-site.pcapng.gz NOTICE
var captures embed.FS

//go:embed estate
var estate embed.FS

// Captures has lab-station.pcapng and mixed-site.pcapng.gz, and the NOTICE of
// whose the latter is.
var Captures fs.FS = captures

// Estate has estate.json and a folder for each site: its asset lists and its
// captures by day, YYYY-MM-DD.pcapng.zst.
var Estate = sub(estate, "estate")

// First is the capture that the first page of an empty hub offers.
func First() (name string, b []byte) {
	const first = "lab-station.pcapng"
	b, err := captures.ReadFile(first)
	if err != nil {
		panic("examples: " + err.Error()) // it is embedded
	}
	return first, b
}

func sub(fsys fs.FS, dir string) fs.FS {
	out, err := fs.Sub(fsys, dir)
	if err != nil {
		panic("examples: " + err.Error()) // the name is valid
	}
	return out
}
