package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/lenscap/lenscap/internal/hub"
	"github.com/lenscap/lenscap/internal/report"
)

// ingestSaid is what lenscap ingest answers, also as JSON.
type ingestSaid struct {
	Site    string     `json:"site"`
	NewSite bool       `json:"new_site,omitempty"` // it was made
	Files   []fileSaid `json:"files"`
}

// A fileSaid is what became of one file.
type fileSaid struct {
	File    string     `json:"file"`                    // as it was named
	Input   int64      `json:"input,omitempty"`         // id in the hub; 0: not taken
	State   string     `json:"state,omitempty"`         // done, failed, cancelled
	Already bool       `json:"already_there,omitempty"` // the site had it: it is the input of then, and nothing was added
	Handed  *time.Time `json:"handed_in,omitempty"`     // when the input was
	Packets int64      `json:"packets"`                 // or lines, or records: see unit
	Unit    string     `json:"unit,omitempty"`
	Error   string     `json:"error,omitempty"` // why nothing was kept of it
}

// saidOf is what became of a file that is an input. again says that it was one
// already.
func saidOf(file string, in *hub.Ingest, again bool) fileSaid {
	s := fileSaid{File: file, Input: in.ID, State: in.State, Already: again, Handed: &in.Queued, Packets: in.Input.Packets, Unit: cmp.Or(in.Input.Unit, "packet"), Error: in.Error}
	if s.State != hub.Done && s.Error == "" {
		s.Error = s.State
	}
	return s
}

// print says it in a line, unless nothing was kept: that is told at the end.
func (s *fileSaid) print(w io.Writer) {
	name := report.Visible(filepath.Base(s.File))
	switch {
	case s.Error != "":
	case s.Already:
		fmt.Fprintf(w, "%s: already there, input %d of %s: nothing was added\n", name, s.Input, s.Handed.UTC().Format("2006-01-02 15:04Z"))
	default:
		fmt.Fprintf(w, "%s: %s\n", name, report.Plural(s.Packets, s.Unit, s.Unit+"s"))
	}
}

// end is an error that names the files of which nothing was kept.
func (s *ingestSaid) end(w io.Writer, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(s); err != nil {
			return err
		}
	}
	var refused []string
	for i := range s.Files {
		if f := &s.Files[i]; f.Error != "" {
			refused = append(refused, report.Visible(filepath.Base(f.File))+": "+report.Visible(f.Error))
		}
	}
	if len(refused) > 0 {
		return refusedError{refused, len(s.Files)}
	}
	return nil
}

// A refusedError names the files of which nothing was kept; the others were taken.
type refusedError struct {
	files []string // each with the reason
	of    int
}

func (e refusedError) Error() string {
	return fmt.Sprintf("nothing was kept of %d of %d files:\n  %s", len(e.files), e.of, strings.Join(e.files, "\n  "))
}
